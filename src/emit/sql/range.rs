//! Numbers in SQL: the two ends between which each lies, and how they compare.

use super::dialect::Dialect;
use super::expression::{ALWAYS, Open, Printer, Single, Truth};
use super::number::{Exact, holds_between};
use crate::number::Number;
use crate::protocol::{Comparison, DefineBody, Num, Part, Place, Term, Type};

/// A number between two ends. Where `applies` is false the test over it is.
struct Range {
    applies: Option<String>,
    low: Exact,
    /// Absent where it is `low`.
    high: Option<Exact>,
    open: Open,
}

impl Range {
    fn high(&self) -> &Exact {
        self.high.as_ref().unwrap_or(&self.low)
    }
}

impl<D: Dialect> Printer<'_, D> {
    pub fn compare(&mut self, op: Comparison, left: &Num, right: &Num) -> Truth {
        let (left, right) = (self.num(left), self.num(right));
        let open = Self::join([left.open.clone(), right.open.clone()]);
        let applies = [&left.applies, &right.applies];
        let printed = {
            let mut ends = |a: &Exact, op, b: &Exact| holds_between::<D>(a, op, b, &mut self.calculated);
            if left.high.is_none() && right.high.is_none() {
                ends(&left.low, op, &right.low)
            } else {
                Self::compare_ends(op, &left, &right, &mut ends)
            }
        };
        match printed {
            Ok(value) => Truth { value: Self::applied(&applies, value), open },
            Err(reason) => {
                self.gaps.push(reason);
                Truth { value: "CAST(NULL AS BOOLEAN)".into(), open }
            }
        }
    }

    fn compare_ends(
        op: Comparison,
        left: &Range,
        right: &Range,
        ends: &mut impl FnMut(&Exact, Comparison, &Exact) -> Result<String, String>,
    ) -> Result<String, String> {
        let (sure, never) = match op {
            Comparison::Less => (ends(left.high(), op, &right.low)?, ends(&left.low, Comparison::GreaterOrEqual, right.high())?),
            Comparison::LessOrEqual => (ends(left.high(), op, &right.low)?, ends(&left.low, Comparison::Greater, right.high())?),
            Comparison::Greater => (ends(&left.low, op, right.high())?, ends(left.high(), Comparison::LessOrEqual, &right.low)?),
            Comparison::GreaterOrEqual => (ends(&left.low, op, right.high())?, ends(left.high(), Comparison::Less, &right.low)?),
            Comparison::Equal => {
                let sure = [
                    ends(&left.low, Comparison::GreaterOrEqual, right.high())?,
                    ends(left.high(), Comparison::LessOrEqual, &right.low)?,
                ];
                let never = [ends(&left.low, Comparison::Greater, right.high())?, ends(left.high(), Comparison::Less, &right.low)?];
                (sure.join(" AND "), never.join(" OR "))
            }
        };
        Ok(format!("CASE WHEN {sure} THEN TRUE WHEN {never} THEN FALSE END"))
    }

    fn num(&mut self, num: &Num) -> Range {
        let since = self.reads.len();
        match num {
            Num::Literal(number) => Range { applies: None, low: Exact::Literal(number.clone()), high: None, open: Open(None) },
            Num::Place(place) => {
                let single = self.place_single(*place);
                self.recorded(*place, "", single)
            }
            Num::Lab(place, part) => self.lab(*place, *part),
            Num::Rank(member) => {
                let members = self.protocol.members_of(member, self.event());
                let single = self.member(member);
                let value = format!("{} - 1", D::position(&D::texts(&members), &single.value));
                Range { applies: single.applies, low: Exact::Whole(format!("({value})")), high: None, open: single.open }
            }
            Num::Define(id) => match &self.protocol.defines[*id].body {
                DefineBody::Number(num, _) => self.outside(|printer| printer.num(num)),
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => self.no_number("a definition that is no number"),
            },
            Num::Sum(terms) => self.total(terms),
            Num::Product(terms) => self.product(terms),
            Num::Convert(inner, factor, shift) => {
                let range = self.num(inner);
                let convert = |end: &Exact| end.times(&Exact::Literal(factor.clone())).plus(&Exact::Literal(shift.clone()));
                Range { low: convert(&range.low), high: range.high.as_ref().map(convert), ..range }
            }
            Num::Elapsed(unit, dates) => {
                let (from, to) = (self.date(&dates[0]), self.date(&dates[1]));
                let ended = |value: String| {
                    let ends: Vec<&String> = [&from, &to].into_iter().filter(|d| d.endless).map(|d| &d.last).collect();
                    let beyond: Vec<String> = ends.iter().map(|end| format!("{end} = {}", D::AFTER_ALL)).collect();
                    if beyond.is_empty() { value } else { format!("CASE WHEN {} THEN NULL ELSE {value} END", beyond.join(" OR ")) }
                };
                let low = self.share(ended(D::completed(*unit, &from.last, &to.first)), since);
                let high = self.share(ended(D::completed(*unit, &from.first, &to.last)), since);
                let applies = match (from.applies, to.applies) {
                    (Some(from), Some(to)) => Some(format!("{from} AND {to}")),
                    (from, to) => from.or(to),
                };
                let open = Self::when(&format!("{low} IS DISTINCT FROM {high} OR {low} IS NULL"), Self::join([from.open, to.open]));
                Range { applies, low: Exact::Whole(low), high: Some(Exact::Whole(high)), open }
            }
            Num::Count(selection) => {
                let (events, of) = self.select(selection);
                let event = self.enter(selection);
                let test = self.selected(selection, of.as_ref());
                self.leave();
                let open = self.open_selection(selection, &events, &event, &test, of.as_ref());
                if test.value == ALWAYS {
                    return Range { applies: None, low: Exact::Whole(D::length(&events)), high: None, open };
                }
                let truths = self.share(D::map(&events, &event, &test.value), since);
                let mut end = |truth: &str| Exact::Whole(self.share(D::length(&D::filter(&truths, "_t", truth)), since));
                let (low, high) = (end("_t"), end("_t IS NOT FALSE"));
                Range { applies: None, low, high: Some(high), open }
            }
            Num::Size(set) => {
                let set = self.set(set);
                Range { applies: None, low: Exact::Whole(D::length(&set.value)), high: None, open: set.open }
            }
            Num::Pick(pick) => {
                let single = self.pick_single(pick);
                self.events.push((pick.selection.events, String::new()));
                let lab = matches!(self.protocol.type_at(pick.attribute, self.event()), Some(Type::Lab(_)));
                let range = self.recorded(pick.attribute, if lab { ".value" } else { "" }, single);
                self.leave();
                range
            }
        }
    }

    fn no_number(&mut self, what: &str) -> Range {
        self.cannot(what);
        Range { applies: None, low: Exact::Whole("CAST(NULL AS INTEGER)".into()), high: None, open: Open(None) }
    }

    fn recorded(&mut self, place: Place, part: &str, single: Single) -> Range {
        let field = match place {
            Place::Fact(id) => self.protocol.facts[id].about.name.clone(),
            Place::EventDate | Place::EventEnd => String::new(),
            Place::Attribute(i) => self.protocol.attribute(i, self.event()).map(|(name, _)| name.clone()).unwrap_or_default(),
        };
        let event = if matches!(place, Place::Fact(_)) { None } else { self.event() };
        let whence = (format!("{field}{part}"), event);
        Range { applies: single.applies, low: Exact::Recorded(single.value, Some(whence)), high: None, open: single.open }
    }

    fn lab(&mut self, place: Place, part: Part) -> Range {
        let value = D::field(&self.at(place, ""), part.key());
        let open = self.open_lab(place);
        let single = Single { applies: self.applies(place), open: Self::when(&format!("{value} IS NULL"), open), value };
        self.recorded(place, &format!(".{}", part.key()), single)
    }

    fn total(&mut self, terms: &[Term]) -> Range {
        let ranges: Vec<(bool, Range)> = terms.iter().map(|term| (term.inverse, self.num(&term.num))).collect();
        let end = |least: bool| {
            let ends = ranges.iter().map(|(inverse, range)| {
                let end = if least == *inverse { range.high() } else { &range.low };
                (*inverse, end)
            });
            ends.fold(Exact::Literal(Number::whole(0)), |sum, (inverse, end)| if inverse { sum.minus(end) } else { sum.plus(end) })
        };
        let spans = ranges.iter().any(|(_, range)| range.high.is_some());
        let (low, high) = (end(true), spans.then(|| end(false)));
        Self::calculated_from(ranges, low, high)
    }

    fn calculated_from(ranges: Vec<(bool, Range)>, low: Exact, high: Option<Exact>) -> Range {
        let applies: Vec<String> = ranges.iter().filter_map(|(_, range)| range.applies.clone()).collect();
        let applies = (!applies.is_empty()).then(|| applies.join(" AND "));
        Range { applies, low, high, open: Self::join(ranges.into_iter().map(|(_, range)| range.open)) }
    }

    fn product(&mut self, terms: &[Term]) -> Range {
        let mut ranges: Vec<(bool, Range)> = terms.iter().map(|term| (term.inverse, self.num(&term.num))).collect();
        let spans = ranges.iter().filter(|(_, range)| range.high.is_some()).count();
        if spans > 1 || ranges.iter().any(|(inverse, range)| *inverse && range.high.is_some()) {
            return self.no_number("a product of two ranges, or a division by one");
        }
        let product = |high: bool| {
            let ends = ranges.iter().map(|(inverse, range)| {
                let end = if high { range.high() } else { &range.low };
                if *inverse { end.inverted() } else { end.clone() }
            });
            ends.reduce(|product, end| product.times(&end)).unwrap_or(Exact::Literal(Number::whole(1)))
        };
        if spans == 0 {
            let low = product(false);
            return Self::calculated_from(ranges, low, None);
        }
        // One range among exact factors: which end is the lesser depends on their signs.
        let (a, b) = (product(false), product(true));
        let (low, high) = (a.either("LEAST", &b), a.either("GREATEST", &b));
        if let Some(is_zero) = self.comes_to_zero(&ranges) {
            for (_, range) in ranges.iter_mut().filter(|(_, range)| range.high.is_some()) {
                range.open = Self::when(&format!("({is_zero}) IS NOT TRUE"), range.open.clone());
            }
        }
        Self::calculated_from(ranges, low, Some(high))
    }

    /// That one of the exact factors is zero, that all of them and the range are known, and by none is divided in vain: the
    /// product is zero then whatever the range, which keeps nothing open. None where it cannot be, or not be said.
    fn comes_to_zero(&mut self, ranges: &[(bool, Range)]) -> Option<String> {
        let zero = Exact::Literal(Number::whole(0));
        let (mut zeros, mut known) = (Vec::new(), Vec::new());
        for (inverse, range) in ranges {
            if matches!(&range.low, Exact::Literal(number) if !number.is_zero()) {
                continue;
            }
            let is_zero = holds_between::<D>(&range.low, Comparison::Equal, &zero, &mut self.calculated).ok()?;
            if range.high.is_some() {
                known.push(format!("({is_zero}) IS NOT NULL"));
            } else if *inverse {
                known.push(format!("NOT ({is_zero})"));
            } else {
                known.push(format!("({is_zero}) IS NOT NULL"));
                zeros.push(is_zero);
            }
        }
        match (zeros.len(), known.len()) {
            (0, _) => None,
            (1, 1) => zeros.pop(),
            _ => Some(format!("({}) AND {}", zeros.join(" OR "), known.join(" AND "))),
        }
    }
}
