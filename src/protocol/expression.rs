//! Tests and the values they compare.
//!
//! A [`Test`] has three values (section 4 of the language). Every test that is
//! not made of other tests is an *atom*: where an operand of an atom does not
//! apply, the atom is false; where one is unknown, so is the atom.

use crate::calendar::{CalendarUnit, Day, Relation};
use crate::number::Number;

use super::{DefineId, FactId};

/// Something that is true, false or unknown of a subject.
#[derive(Debug, Clone)]
pub enum Test {
    /// A boolean fact or attribute.
    Fact(Place),
    /// A definition that is a test.
    Define(DefineId),
    /// The boolean attribute of one of several events.
    Pick(Box<Pick>),
    /// Negation.
    Not(Box<Test>),
    /// All of them; at least two.
    And(Vec<Test>),
    /// One of them; at least two.
    Or(Vec<Test>),
    /// `if c then x else y`.
    If(Box<[Test; 3]>),
    /// `at least k of (…)`.
    SomeOf(HowMany, usize, Vec<Test>),
    /// A comparison of numbers in one unit.
    Compare(Comparison, Num, Num),
    /// The value is one of these members (indices, ascending).
    Member(MemberExpr, Vec<u16>),
    /// A question about a set.
    Has(SetExpr, SetTest),
    /// How a date lies to another.
    Date(DateExpr, Relation, DateExpr),
    /// Some event is selected.
    Some(Box<Selection>),
}

/// How many of several tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowMany {
    /// At least so many.
    AtLeast,
    /// At most so many.
    AtMost,
    /// Exactly so many.
    Exactly,
}

/// The comparisons that are left when sides are exchanged and `!=` is `not … =`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// As the language writes it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Comparison {
    /// The comparison with its sides exchanged.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// A fact of the record.
    Fact(FactId),
    /// The date of the event in hand.
    EventDate,
    /// The end of the event in hand.
    EventEnd,
    /// An attribute of the event in hand, by index.
    Attribute(usize),
}

/// A part of a laboratory value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The value itself.
    Value,
    /// The upper limit of normal.
    Upper,
    /// The lower limit of normal.
    Lower,
}

impl Part {
    /// The key in the record.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Upper => "upper",
            Self::Lower => "lower",
        }
    }
}

/// A number.
#[derive(Debug, Clone)]
pub enum Num {
    /// Written in the protocol, converted to the unit it is compared in.
    Literal(Number),
    /// An integer, number or quantity.
    Place(Place),
    /// A part of a laboratory value.
    Lab(Place, Part),
    /// The position of a scale's member, or of an enumeration's.
    Rank(MemberExpr),
    /// A definition that is a number.
    Define(DefineId),
    /// A sum; the flag marks what is subtracted.
    Sum(Vec<Term>),
    /// A product; the flag marks what is divided by.
    Product(Vec<Term>),
    /// In another unit: times the factor, plus the shift.
    Convert(Box<Num>, Number, Number),
    /// Completed units between two dates.
    Elapsed(CalendarUnit, Box<[DateExpr; 2]>),
    /// How many events are selected.
    Count(Box<Selection>),
    /// How many members a set has.
    Size(SetExpr),
    /// The attribute of one of several events.
    Pick(Box<Pick>),
}

/// A part of a sum or product.
#[derive(Debug, Clone)]
pub struct Term {
    /// Whether it is subtracted, or divided by.
    pub inverse: bool,
    /// The number.
    pub num: Num,
}

/// A date.
#[derive(Debug, Clone)]
pub enum DateExpr {
    /// Written in the protocol.
    Literal(Day),
    /// A date fact, an anchor, or a date of the event in hand.
    Place(Place),
    /// The date of a laboratory value.
    Lab(Place),
    /// A definition that is a date.
    Define(DefineId),
    /// The attribute of one of several events.
    Pick(Box<Pick>),
}

/// One member of an enumeration.
#[derive(Debug, Clone)]
pub enum MemberExpr {
    /// A fact or attribute.
    Place(Place),
    /// The attribute of one of several events.
    Pick(Box<Pick>),
}

/// A set of members.
#[derive(Debug, Clone)]
pub enum SetExpr {
    /// A fact or attribute.
    Place(Place),
    /// The attribute of one of several events.
    Pick(Box<Pick>),
}

/// What is asked of a set; members are indices, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetTest {
    /// It has a member.
    Any,
    /// It has one of these.
    AnyOf(Vec<u16>),
    /// It has one that is not among these.
    AnyExcept(Vec<u16>),
    /// It has all of these.
    AllOf(Vec<u16>),
}

/// Some of the events of a fact.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Which fact; it is of type events.
    pub events: FactId,
    /// What must hold of the event.
    pub condition: Option<Test>,
    /// How its days must lie; the anchor is read outside the event.
    pub window: Option<(Relation, DateExpr)>,
}

/// Which of several events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one that starts last.
    Latest,
    /// The one that starts first.
    Earliest,
    /// The one with the greatest attribute.
    Highest,
    /// The one with the least attribute.
    Lowest,
}

impl Which {
    /// Whether it goes by the attribute itself, not by the dates of the events.
    pub const fn is_extreme(self) -> bool {
        match self {
            Self::Highest | Self::Lowest => true,
            Self::Latest | Self::Earliest => false,
        }
    }
}

/// An attribute of one of several events.
#[derive(Debug, Clone)]
pub struct Pick {
    /// Which of them.
    pub which: Which,
    /// The events.
    pub selection: Selection,
    /// The attribute: never a fact.
    pub attribute: Place,
    /// What no value of the attribute exceeds, for `highest`, or falls below, for `lowest`.
    pub bound: Option<Bound>,
}

/// The end of a type's values in the direction that `highest` or `lowest` looks.
#[derive(Debug, Clone)]
pub enum Bound {
    /// Of a plausible range.
    Number(Number),
    /// The last or first member of a scale.
    Member(u16),
}
