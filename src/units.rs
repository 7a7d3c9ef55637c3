//! Units of measure: UCUM spelling, dimensions, exact factors and offsets.
//!
//! In: a unit as UCUM writes it (`g/dL`, `10*9/L`, `{cells}`), or a calendar
//! word. Out: a [`Unit`] with its dimensions and an exact factor to the base
//! of those dimensions, so that converting never rounds. The table holds what
//! clinical protocols use; definitions are those of the UCUM specification
//! (<https://ucum.org/ucum>), checked in the tests below.
//!
//! Promises: units without dimension (`%`, `{cells}`) and arbitrary ones
//! (`[IU]`) are dimensions of their own, so they convert only within the same
//! code; equivalents are no moles; months are no days; degrees are points.

use std::collections::BTreeMap;
use std::fmt;

use crate::calendar::CalendarUnit;
use crate::number::Number;

/// One independent dimension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Metre.
    Length,
    /// Gram.
    Mass,
    /// Second.
    Time,
    /// Calendar month: no fixed number of days.
    Month,
    /// Kelvin.
    Temperature,
    /// Mole.
    Substance,
    /// Chemical equivalent.
    Equivalent,
    /// Osmole.
    Osmole,
    /// Coulomb.
    Charge,
    /// Candela.
    Luminous,
    /// Radian.
    Angle,
    /// A unit that converts only within its own code: `%`, `{cells}`, `[IU]`.
    Own(String),
}

impl Dimension {
    fn name(&self) -> &str {
        match self {
            Self::Length => "length",
            Self::Mass => "mass",
            Self::Time => "time",
            Self::Month => "calendar months",
            Self::Temperature => "temperature",
            Self::Substance => "amount of substance",
            Self::Equivalent => "equivalents",
            Self::Osmole => "osmoles",
            Self::Charge => "charge",
            Self::Luminous => "luminous intensity",
            Self::Angle => "angle",
            Self::Own(code) => code,
        }
    }
}

/// Powers of dimensions; an absent one has power zero.
pub type Dimensions = BTreeMap<Dimension, i32>;

/// A unit, as written and as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// As the author wrote it.
    pub code: String,
    /// Its dimensions.
    pub dimensions: Dimensions,
    /// How many base units one of it is.
    pub factor: Number,
    /// Where its zero lies in base units; only degrees have one.
    pub offset: Option<Number>,
}

/// Why a text is no unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitError {
    /// A part that the table does not hold, with what may have been meant.
    Unknown {
        /// The part.
        part: String,
        /// A code that exists.
        suggestion: Option<&'static str>,
    },
    /// UCUM's mean year and mean month, which are no calendar units.
    Calendar {
        /// `a` or `mo`.
        part: String,
        /// The word to write.
        word: &'static str,
    },
    /// Degrees within a product or with a prefix.
    DegreesInProduct,
    /// Brackets, operators or exponents that do not add up.
    Malformed,
}

impl Unit {
    /// The unit of plain numbers.
    pub fn one() -> Self {
        Self { code: "1".into(), dimensions: Dimensions::new(), factor: Number::whole(1), offset: None }
    }

    /// A calendar unit: years and months count months, weeks and days count seconds.
    pub fn calendar(unit: CalendarUnit) -> Self {
        let (dimension, factor) = match unit {
            CalendarUnit::Years => (Dimension::Month, 12),
            CalendarUnit::Months => (Dimension::Month, 1),
            CalendarUnit::Weeks => (Dimension::Time, 604_800),
            CalendarUnit::Days => (Dimension::Time, 86_400),
        };
        Self {
            code: unit.word().into(),
            dimensions: Dimensions::from([(dimension, 1)]),
            factor: Number::whole(factor),
            offset: None,
        }
    }

    /// A word for time: `years` down to `seconds`, singular or plural.
    pub fn word(word: &str) -> Option<Self> {
        let plural = if word.ends_with('s') { word.to_string() } else { format!("{word}s") };
        let calendar = match plural.as_str() {
            "years" => CalendarUnit::Years,
            "months" => CalendarUnit::Months,
            "weeks" => CalendarUnit::Weeks,
            "days" => CalendarUnit::Days,
            "hours" => return Some(Self::seconds(plural, 3_600)),
            "minutes" => return Some(Self::seconds(plural, 60)),
            "seconds" => return Some(Self::seconds(plural, 1)),
            _ => return None,
        };
        Some(Self::calendar(calendar))
    }

    fn seconds(code: String, factor: i64) -> Self {
        Self {
            code,
            dimensions: Dimensions::from([(Dimension::Time, 1)]),
            factor: Number::whole(factor),
            offset: None,
        }
    }

    /// Reads a UCUM code.
    pub fn parse(code: &str) -> Result<Self, UnitError> {
        if let Some((_, offset, factor)) = DEGREES.iter().find(|(name, _, _)| *name == code) {
            return Ok(Self {
                code: code.into(),
                dimensions: Dimensions::from([(Dimension::Temperature, 1)]),
                factor: Number::constant(factor),
                offset: Some(Number::constant(offset)),
            });
        }
        let mut parser = Parser { rest: code, depth: 0 };
        let (dimensions, factor) = parser.term()?;
        if !parser.rest.is_empty() {
            return Err(UnitError::Malformed);
        }
        Ok(Self { code: code.into(), dimensions, factor, offset: None })
    }

    /// Whether it is the unit of plain numbers.
    pub fn is_one(&self) -> bool {
        self.dimensions.is_empty() && self.offset.is_none() && self.factor == Number::whole(1)
    }

    /// Whether values in it are points (degrees) rather than amounts.
    pub fn is_point(&self) -> bool {
        self.offset.is_some()
    }

    /// The product of two units, or their quotient.
    #[must_use]
    pub fn combine(&self, other: &Self, inverse: bool) -> Self {
        let mut dimensions = self.dimensions.clone();
        let sign = if inverse { -1 } else { 1 };
        for (dimension, power) in &other.dimensions {
            *dimensions.entry(dimension.clone()).or_insert(0) += sign * power;
        }
        dimensions.retain(|_, power| *power != 0);
        let factor = if inverse {
            self.factor.div(&other.factor).unwrap_or_else(|| Number::whole(1))
        } else {
            self.factor.mul(&other.factor)
        };
        let code = match (self.is_one(), other.is_one(), inverse) {
            (_, true, _) => self.code.clone(),
            (true, false, false) => other.code.clone(),
            (true, false, true) => format!("/({})", other.code),
            (false, false, false) => format!("{}.{}", self.code, other.code),
            (false, false, true) => format!("{}/({})", self.code, other.code),
        };
        Self { code, dimensions, factor, offset: None }
    }

    /// What a difference of two values in this unit is measured in.
    #[must_use]
    pub fn difference(&self) -> Self {
        let code = if self.is_point() && self.factor == Number::whole(1) { "K".into() } else { self.code.clone() };
        Self { code, offset: None, ..self.clone() }
    }

    /// How a value in `self` becomes one in `target`: multiply, then add.
    ///
    /// `None` where the dimensions differ, or one is a point and the other an amount.
    pub fn conversion(&self, target: &Self) -> Option<(Number, Number)> {
        if self.dimensions != target.dimensions || self.is_point() != target.is_point() {
            return None;
        }
        let factor = self.factor.div(&target.factor)?;
        let zero = Number::whole(0);
        let shift = match (&self.offset, &target.offset) {
            (Some(a), Some(b)) => a.sub(b).div(&target.factor)?,
            _ => zero,
        };
        Some((factor, shift))
    }

    /// The dimensions in words, for messages.
    pub fn describe(&self) -> String {
        if self.dimensions.is_empty() {
            return "a plain number".into();
        }
        let part = |(dimension, power): (&Dimension, i32)| match power {
            1 => dimension.name().to_string(),
            _ => format!("{}^{power}", dimension.name()),
        };
        let above: Vec<_> = self.dimensions.iter().filter(|(_, p)| **p > 0).map(|(d, p)| part((d, *p))).collect();
        let below: Vec<_> = self.dimensions.iter().filter(|(_, p)| **p < 0).map(|(d, p)| part((d, -*p))).collect();
        match (above.is_empty(), below.is_empty()) {
            (_, true) => above.join(" × "),
            (true, false) => format!("1 per {}", below.join(" × ")),
            (false, false) => format!("{} per {}", above.join(" × "), below.join(" × ")),
        }
    }

    /// Whether the two differ just in that one counts mass where the other counts substance.
    pub fn needs_molar_mass(&self, other: &Self) -> bool {
        let quotient = self.combine(other, true).dimensions;
        let power = |d: &Dimension| quotient.get(d).copied().unwrap_or(0);
        let (mass, substance) = (power(&Dimension::Mass), power(&Dimension::Substance));
        quotient.len() == 2 && mass != 0 && mass == -substance
    }

    /// Whether one counts calendar months where the other counts days.
    pub fn mixes_months_and_days(&self, other: &Self) -> bool {
        let quotient = self.combine(other, true).dimensions;
        quotient.contains_key(&Dimension::Month) && quotient.contains_key(&Dimension::Time)
    }

    /// The calendar unit it is, if it is one.
    pub fn as_calendar(&self) -> Option<CalendarUnit> {
        [CalendarUnit::Years, CalendarUnit::Months, CalendarUnit::Weeks, CalendarUnit::Days]
            .into_iter()
            .find(|unit| {
                let calendar = Self::calendar(*unit);
                self.dimensions == calendar.dimensions && self.factor == calendar.factor && self.offset.is_none()
            })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

/// Name, zero in kelvin, size in kelvin.
const DEGREES: &[(&str, &str, &str)] = &[("Cel", "273.15", "1"), ("[degF]", "229835/900", "5/9")];

/// Prefixes of metric units, longest first.
const PREFIXES: &[(&str, &str)] = &[
    ("da", "10"),
    ("E", "1e18"),
    ("P", "1e15"),
    ("T", "1e12"),
    ("G", "1e9"),
    ("M", "1e6"),
    ("k", "1e3"),
    ("h", "100"),
    ("d", "0.1"),
    ("c", "0.01"),
    ("m", "1e-3"),
    ("u", "1e-6"),
    ("n", "1e-9"),
    ("p", "1e-12"),
    ("f", "1e-15"),
    ("a", "1e-18"),
];

/// Code, whether it takes prefixes, exact factor, and the base units it is made of.
/// A product of two factors is written with `*`.
const ATOMS: &[(&str, bool, &str, &str)] = &[
    ("m", true, "1", "m"),
    ("g", true, "1", "g"),
    ("s", true, "1", "s"),
    ("K", true, "1", "K"),
    ("mol", true, "1", "mol"),
    ("eq", true, "1", "eq"),
    ("osm", true, "1", "osm"),
    ("C", true, "1", "C"),
    ("cd", true, "1", "cd"),
    ("rad", true, "1", "rad"),
    ("L", true, "1e-3", "m3"),
    ("l", true, "1e-3", "m3"),
    ("t", true, "1e6", "g"),
    ("N", true, "1e3", "g.m.s-2"),
    ("Pa", true, "1e3", "g.m-1.s-2"),
    ("bar", true, "1e8", "g.m-1.s-2"),
    ("J", true, "1e3", "g.m2.s-2"),
    ("W", true, "1e3", "g.m2.s-3"),
    ("cal", true, "4184", "g.m2.s-2"),
    ("Hz", true, "1", "s-1"),
    ("Bq", true, "1", "s-1"),
    ("Gy", true, "1", "m2.s-2"),
    ("Sv", true, "1", "m2.s-2"),
    ("A", true, "1", "C.s-1"),
    ("V", true, "1e3", "g.m2.s-2.C-1"),
    ("kat", true, "1", "mol.s-1"),
    ("U", true, "1e-6/60", "mol.s-1"),
    ("m[Hg]", true, "133322000", "g.m-1.s-2"),
    ("m[H2O]", true, "9806650", "g.m-1.s-2"),
    ("min", false, "60", "s"),
    ("h", false, "3600", "s"),
    ("d", false, "86400", "s"),
    ("wk", false, "604800", "s"),
    ("[in_i]", false, "0.0254", "m"),
    ("[ft_i]", false, "0.3048", "m"),
    ("[lb_av]", false, "453.59237", "g"),
    ("[oz_av]", false, "28.349523125", "g"),
    ("[gr]", false, "0.06479891", "g"),
    ("[gal_br]", false, "4.54609e-3", "m3"),
    ("[qt_br]", false, "1.1365225e-3", "m3"),
    ("[pt_br]", false, "5.6826125e-4", "m3"),
    ("[foz_br]", false, "2.84130625e-5", "m3"),
    ("[drp]", false, "5e-8", "m3"),
    ("[tsp_us]", false, "4.92892159375e-6", "m3"),
    ("[car_m]", false, "0.2", "g"),
    ("u", true, "1.6605402e-12*1e-12", "g"),
    ("M", true, "1e3", "mol.m-3"),
    ("10*", false, "10", ""),
    ("10^", false, "10", ""),
    ("deg", false, "1", "!deg"),
    ("%", false, "1", "!%"),
    ("[ppth]", false, "1", "![ppth]"),
    ("[ppm]", false, "1", "![ppm]"),
    ("[ppb]", false, "1", "![ppb]"),
    ("[pH]", false, "1", "![pH]"),
    ("[IU]", true, "1", "![IU]"),
    ("[iU]", true, "1", "![IU]"),
    ("[arb'U]", false, "1", "![arb'U]"),
    ("[CFU]", false, "1", "![CFU]"),
    ("[PFU]", false, "1", "![PFU]"),
    ("[FFU]", false, "1", "![FFU]"),
    ("[EID_50]", false, "1", "![EID_50]"),
    ("[TCID_50]", false, "1", "![TCID_50]"),
    ("[Lf]", false, "1", "![Lf]"),
    ("[USP'U]", false, "1", "![USP'U]"),
    ("[anti'Xa'U]", false, "1", "![anti'Xa'U]"),
    ("[APL'U]", false, "1", "![APL'U]"),
    ("[GPL'U]", false, "1", "![GPL'U]"),
    ("[MPL'U]", false, "1", "![MPL'U]"),
    ("[BAU]", false, "1", "![BAU]"),
    ("[ELU]", false, "1", "![ELU]"),
    ("[diop]", false, "1", "m-1"),
    ("[HP'_X]", false, "1", "![HP'_X]"),
    ("dB", false, "1", "!dB"),
];

/// What people write where UCUM has another code.
const HABITS: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("minute", "min"),
    ("minutes", "min"),
    ("milliseconds", "ms"),
    ("week", "wk"),
    ("weeks", "wk"),
    ("Kg", "kg"),
    ("KG", "kg"),
    ("gram", "g"),
    ("grams", "g"),
    ("litre", "L"),
    ("liter", "L"),
    ("days", "d"),
    ("day", "d"),
    ("IU", "[IU]"),
    ("iu", "[IU]"),
    ("ug", "ug"),
    ("mcg", "ug"),
    ("µg", "ug"),
    ("μg", "ug"),
    ("µmol", "umol"),
    ("μmol", "umol"),
    ("µL", "uL"),
    ("μL", "uL"),
    ("mmHg", "mm[Hg]"),
    ("C", "Cel"),
    ("°C", "Cel"),
    ("degC", "Cel"),
    ("°F", "[degF]"),
    ("F", "[degF]"),
    ("bpm", "/min"),
    ("cells", "{cells}"),
    ("INR", "{INR}"),
    ("ml", "mL"),
    ("cc", "mL"),
    ("lb", "[lb_av]"),
    ("lbs", "[lb_av]"),
    ("percent", "%"),
    ("mEq", "meq"),
    ("Eq", "eq"),
    ("ppm", "[ppm]"),
    ("pH", "[pH]"),
    ("in", "[in_i]"),
    ("ft", "[ft_i]"),
    ("CFU", "[CFU]"),
];

/// The codes of the table that take no prefix, and those that do: for the reference documentation.
pub fn known_codes() -> impl Iterator<Item = (&'static str, bool)> {
    ATOMS.iter().map(|(code, metric, _, _)| (*code, *metric)).chain(DEGREES.iter().map(|(code, _, _)| (*code, false)))
}

const MAX_DEPTH: usize = 8;
const MAX_EXPONENT: i32 = 30;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

type Meant = (Dimensions, Number);

impl Parser<'_> {
    /// `component (("." | "/") component)*`, with an optional leading `/`.
    fn term(&mut self) -> Result<Meant, UnitError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(UnitError::Malformed);
        }
        let mut inverse = self.take('/');
        let mut meant = (Dimensions::new(), Number::whole(1));
        loop {
            let (dimensions, factor) = self.component()?;
            let sign = if inverse { -1 } else { 1 };
            for (dimension, power) in dimensions {
                *meant.0.entry(dimension).or_insert(0) += sign * power;
            }
            meant.1 = if inverse { meant.1.div(&factor).ok_or(UnitError::Malformed)? } else { meant.1.mul(&factor) };
            inverse = match self.rest.chars().next() {
                Some('.') => false,
                Some('/') => true,
                _ => break,
            };
            self.rest = &self.rest[1..];
        }
        meant.0.retain(|_, power| *power != 0);
        self.depth -= 1;
        Ok(meant)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest.strip_prefix(wanted);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    /// A bracketed term, a number, or an atom with its exponent and annotation.
    fn component(&mut self) -> Result<Meant, UnitError> {
        if self.take('(') {
            let meant = self.term()?;
            return if self.take(')') { Ok(meant) } else { Err(UnitError::Malformed) };
        }
        if self.rest.starts_with('{') {
            let code = self.annotation()?;
            return Ok((Dimensions::from([(Dimension::Own(code), 1)]), Number::whole(1)));
        }
        let (atom, exponent) = self.symbol();
        if atom.is_empty() {
            return Err(UnitError::Malformed);
        }
        let (mut dimensions, mut factor) = meaning(&atom)?;
        if exponent.abs() > MAX_EXPONENT {
            return Err(UnitError::Malformed);
        }
        let base = factor.clone();
        factor = Number::whole(1);
        for _ in 0..exponent.abs() {
            factor = factor.mul(&base);
        }
        if exponent < 0 {
            factor = Number::whole(1).div(&factor).ok_or(UnitError::Malformed)?;
        }
        for power in dimensions.values_mut() {
            *power *= exponent;
        }
        if self.rest.starts_with('{') {
            // `mL{total}` is a millilitre: after a unit an annotation says nothing.
            self.annotation()?;
        }
        Ok((dimensions, factor))
    }

    fn annotation(&mut self) -> Result<String, UnitError> {
        let end = self.rest.find('}').ok_or(UnitError::Malformed)?;
        let code = self.rest[..=end].to_string();
        self.rest = &self.rest[end + 1..];
        if code.len() > 2 && code[1..].find('{').is_none() { Ok(code) } else { Err(UnitError::Malformed) }
    }

    /// The next symbol with the exponent behind it (1 where none is written).
    fn symbol(&mut self) -> (String, i32) {
        let mut end = 0;
        let mut in_brackets = false;
        for (i, c) in self.rest.char_indices() {
            match c {
                '[' => in_brackets = true,
                ']' => in_brackets = false,
                '.' | '/' | '(' | ')' | '{' if !in_brackets => break,
                _ => {}
            }
            end = i + c.len_utf8();
        }
        let (symbol, rest) = self.rest.split_at(end);
        self.rest = rest;
        // A leading number is a factor (`10*9`), a trailing one an exponent (`m2`, `s-1`).
        for base in ["10*", "10^"] {
            if let Some(exponent) = symbol.strip_prefix(base)
                && let Ok(exponent) = exponent.parse()
            {
                return (base.to_string(), exponent);
            }
        }
        let digits = symbol.trim_end_matches(|c: char| c.is_ascii_digit());
        let split = digits.strip_suffix(['-', '+']).unwrap_or(digits);
        if !split.is_empty() && split.len() < symbol.len() && !symbol.ends_with(']')
            && let Ok(exponent) = symbol[split.len()..].parse() {
                return (split.to_string(), exponent);
            }
        (symbol.to_string(), 1)
    }
}

/// What one atom means, its prefix included.
fn meaning(symbol: &str) -> Result<Meant, UnitError> {
    if symbol.bytes().all(|b| b.is_ascii_digit()) {
        let factor = Number::parse(symbol).map_err(|_| UnitError::Malformed)?;
        return if factor.is_zero() { Err(UnitError::Malformed) } else { Ok((Dimensions::new(), factor)) };
    }
    match symbol {
        "a" => return Err(UnitError::Calendar { part: symbol.into(), word: "years" }),
        "mo" => return Err(UnitError::Calendar { part: symbol.into(), word: "months" }),
        "Cel" | "[degF]" => return Err(UnitError::DegreesInProduct),
        _ => {}
    }
    if let Some(atom) = ATOMS.iter().find(|atom| atom.0 == symbol) {
        return Ok(atom_meaning(atom));
    }
    for (prefix, scale) in PREFIXES {
        let Some(rest) = symbol.strip_prefix(prefix) else { continue };
        if rest == "Cel" {
            return Err(UnitError::DegreesInProduct);
        }
        if let Some(atom) = ATOMS.iter().find(|atom| atom.0 == rest && atom.1) {
            let (dimensions, factor) = atom_meaning(atom);
            return Ok((dimensions, factor.mul(&Number::constant(scale))));
        }
    }
    let suggestion = HABITS.iter().find(|(habit, _)| *habit == symbol).map(|(_, code)| *code).or_else(|| {
        ATOMS.iter().map(|atom| atom.0).find(|code| code.eq_ignore_ascii_case(symbol) || code.trim_matches(['[', ']']) == symbol)
    });
    Err(UnitError::Unknown { part: symbol.into(), suggestion })
}

fn atom_meaning((_, _, factor, base): &(&str, bool, &str, &str)) -> Meant {
    let factor = factor
        .split('*')
        .filter(|part| !part.is_empty())
        .map(Number::constant)
        .reduce(|a, b| a.mul(&b))
        .unwrap_or_else(|| Number::whole(1));
    (base_dimensions(base), factor)
}

fn base_dimensions(base: &str) -> Dimensions {
    if let Some(own) = base.strip_prefix('!') {
        return Dimensions::from([(Dimension::Own(own.to_string()), 1)]);
    }
    base.split('.')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let name = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
            let power = part[name.len()..].parse().unwrap_or(1);
            let dimension = match name {
                "m" => Dimension::Length,
                "g" => Dimension::Mass,
                "s" => Dimension::Time,
                "K" => Dimension::Temperature,
                "mol" => Dimension::Substance,
                "eq" => Dimension::Equivalent,
                "osm" => Dimension::Osmole,
                "C" => Dimension::Charge,
                "cd" => Dimension::Luminous,
                _ => Dimension::Angle,
            };
            (dimension, power)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(value: &str, from: &str, to: &str) -> Option<String> {
        let (factor, shift) = Unit::parse(from).unwrap().conversion(&Unit::parse(to).unwrap())?;
        Some(Number::parse(value).unwrap().mul(&factor).add(&shift).to_string())
    }

    #[test]
    fn one_dimension_converts_exactly() {
        for (value, from, to, expected) in [
            ("0.1", "mg/dL", "mg/L", "1"),
            ("8", "g/dL", "g/L", "80"),
            ("150", "10*9/L", "10*3/uL", "150"),
            ("1", "U/L", "nkat/L", "50/3"),
            ("1", "kat", "U", "60000000"),
            ("120", "mm[Hg]", "kPa", "15.99864"),
            ("24", "wk", "d", "168"),
            ("1", "[pt_br]", "mL", "568.26125"),
            ("20", "[drp]", "mL", "1"),
            ("1", "[lb_av]", "kg", "0.45359237"),
            ("98.6", "[degF]", "Cel", "37"),
            ("37", "Cel", "[degF]", "98.6"),
            ("1", "m2", "cm2", "10000"),
            ("3", "k[IU]/L", "[IU]/mL", "3"),
            ("1", "mL/min/{1.73_m2}", "mL/min/{1.73_m2}", "1"),
            ("1", "10*9.{cells}", "{cells}", "1000000000"),
            ("60", "/min", "Hz", "1"),
        ] {
            assert_eq!(convert(value, from, to).as_deref(), Some(expected), "{value} {from} in {to}");
        }
    }

    #[test]
    fn what_is_not_the_same_does_not_convert() {
        for (from, to) in [
            ("%", "mmol/mol"),
            ("%", "1"),
            ("{cells}", "{copies}"),
            ("[IU]/mL", "U/mL"),
            ("meq/L", "mmol/L"),
            ("mg/dL", "mmol/L"),
            ("Cel", "K"),
            ("osm", "mol"),
        ] {
            assert_eq!(convert("1", from, to), None, "{from} in {to}");
        }
        assert!(Unit::parse("mg/dL").unwrap().needs_molar_mass(&Unit::parse("mmol/L").unwrap()));
        assert!(!Unit::parse("mg/dL").unwrap().needs_molar_mass(&Unit::parse("g").unwrap()));
        let months = Unit::word("month").unwrap();
        assert!(months.mixes_months_and_days(&Unit::word("days").unwrap()));
        assert_eq!(Unit::word("years").unwrap().conversion(&months).unwrap().0, Number::whole(12));
    }

    #[test]
    fn calendar_codes_are_refused_and_habits_corrected() {
        assert!(matches!(Unit::parse("a"), Err(UnitError::Calendar { word: "years", .. })));
        assert!(matches!(Unit::parse("/mo"), Err(UnitError::Calendar { word: "months", .. })));
        assert!(matches!(Unit::parse("sec"), Err(UnitError::Unknown { suggestion: Some("s"), .. })));
        assert!(matches!(Unit::parse("IU/mL"), Err(UnitError::Unknown { suggestion: Some("[IU]"), .. })));
        assert!(matches!(Unit::parse("mCel"), Err(UnitError::DegreesInProduct)));
        for malformed in ["", "/", "m.", "(m", "m)", "{", "{}", "m//s", "m99", "0"] {
            assert!(Unit::parse(malformed).is_err(), "{malformed}");
        }
        assert!(Unit::parse(&"(".repeat(100_000)).is_err());
    }

    #[test]
    fn every_code_of_the_table_reads() {
        for (code, _) in known_codes() {
            let code = if code.starts_with("10") { format!("{code}3") } else { code.to_string() };
            Unit::parse(&code).unwrap_or_else(|e| panic!("{code}: {e:?}"));
        }
        for (_, code) in HABITS {
            Unit::parse(code).unwrap_or_else(|e| panic!("{code}: {e:?}"));
        }
    }

    #[test]
    fn points_differ_by_amounts() {
        let celsius = Unit::parse("Cel").unwrap();
        assert_eq!(celsius.difference().code, "K");
        assert!(!celsius.difference().is_point());
    }
}
