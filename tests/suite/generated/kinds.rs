//! The kinds of values that generated facts have, and how these are declared.

use super::super::support::Random;
use super::node::Node;

/// What a fact or an attribute holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    Boolean,
    OneOf(&'static Words),
    SetOf(&'static Words),
    Scale(&'static Words),
    Number(Class),
    Integer,
    Lab(Class),
    Date,
    Events(Vec<(String, Kind)>),
}

/// An enumeration: the name of its `values`, and its members.
#[derive(PartialEq, Debug)]
pub struct Words {
    pub name: &'static str,
    pub members: &'static [&'static str],
}

pub const COLOURS: Words = Words { name: "colours", members: &["red", "green", "blue"] };
pub const DRUGS: Words = Words { name: "drugs", members: &["abacavir", "bosutinib", "cabergoline", "dasatinib", "ephedrine"] };
pub const GRADES: Words = Words { name: "grades", members: &["none", "mild", "moderate", "severe"] };

/// Units that convert into each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Plain,
    Months,
    Days,
    Mass,
    Activity,
    Point,
    Difference,
    Percent,
}

impl Class {
    pub const ALL: [Self; 8] =
        [Self::Plain, Self::Months, Self::Days, Self::Mass, Self::Activity, Self::Point, Self::Difference, Self::Percent];

    pub fn units(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[""],
            Self::Months => &["years", "months"],
            Self::Days => &["weeks", "days", "hours", "'min'"],
            Self::Mass => &["'mg/dL'", "'g/L'", "'ug/mL'", "'kg/m3'"],
            Self::Activity => &["'U/L'", "'kU/L'"],
            Self::Point => &["'Cel'", "'[degF]'"],
            Self::Difference => &["'K'", "'mK'"],
            Self::Percent => &["'%'"],
        }
    }
}

/// Numbers that protocols compare with, and some that strain exact arithmetic.
const LITERALS: &[&str] = &[
    "0", "1", "2", "3", "5", "10", "12", "18", "40", "65", "100", "-1", "0.5", "1.5", "2.5", "0.1", "7.3", "36.6", "-2.25",
];
const STRANGE: &[&str] = &["1e6", "0.001", "123456.789", "1e-9", "99999999999999999", "0.12345678901234567", "1e12", "1e20", "33.333333"];

pub fn literal(random: &mut Random, whole: bool) -> String {
    let from = if random.once_in(24) { STRANGE } else { LITERALS };
    let text = *random.choose(from);
    if whole && text.parse::<f64>().is_ok_and(|value| value.fract() != 0.0) { random.below(20).to_string() } else { text.to_string() }
}

impl Kind {
    /// A kind for an attribute, or for a fact that is no list of events: the nth, so that a row of them has every one.
    pub fn nth(n: usize, random: &mut Random) -> Self {
        match n % 9 {
            0 => Self::OneOf(&COLOURS),
            1 => Self::SetOf(&DRUGS),
            2 => Self::Number(*random.choose(&Class::ALL)),
            3 => Self::Scale(&GRADES),
            4 => Self::Lab(*random.choose(&[Class::Mass, Class::Activity, Class::Percent])),
            5 => Self::Date,
            6 => Self::Integer,
            7 => Self::Number(*random.choose(&Class::ALL)),
            _ => Self::Boolean,
        }
    }

    /// The type, as it is declared.
    pub fn declared(&self, random: &mut Random) -> Node {
        let members = |words: &Words, random: &mut Random| {
            if random.once_in(3) { words.name.to_string() } else { format!("{{ {} }}", words.members.join(", ")) }
        };
        match self {
            Self::Boolean if random.once_in(4) => Node::bare("attested by investigator", vec![]),
            Self::Boolean => Node::bare("boolean", vec![]),
            Self::OneOf(words) => Node::bare(format!("one of {}", members(words, random)), vec![]),
            Self::SetOf(words) => Node::bare(format!("set of {}", members(words, random)), vec![]),
            // A scale is ordered as it stands, so it names its members itself.
            Self::Scale(words) => Node::bare(format!("scale {{ {} }}", words.members.join(", ")), vec![]),
            Self::Integer => Node::bare("integer@", vec![range(random, true)]),
            Self::Number(Class::Plain) => Node::bare("number@", vec![range(random, false)]),
            Self::Number(class) => Node::bare(format!("quantity {}@", random.choose(class.units())), vec![range(random, false)]),
            Self::Lab(class) => Node::bare(format!("lab {}", random.choose(class.units())), vec![]),
            Self::Date => Node::bare("date", vec![]),
            Self::Events(attributes) => {
                let each = attributes.iter().map(|(name, kind)| Node::bare(format!("{name}: @"), vec![kind.declared(random)]));
                Node::bare("events {@}", vec![Node::list(super::node::Sort::Bare, ", ", 1, each.collect())])
            }
        }
    }
}

/// A plausible range, now and then.
fn range(random: &mut Random, whole: bool) -> Node {
    let range = random.once_in(3).then(|| {
        let low = *random.choose(if whole { &["-3", "0", "1"] } else { &["-2.5", "0", "0.5"] });
        let high = *random.choose(if whole { &["4", "10", "120"] } else { &["7.5", "99.9", "250"] });
        Node::bare(format!(" in {low} .. {high}"), vec![])
    });
    Node::optional(range)
}
