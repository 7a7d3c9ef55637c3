//! What an expression turns out to be, before it becomes part of a test.
//!
//! An `if` over values is carried as a [`Choice`] and lifted into the test that
//! reads it: `hb > (if c then 10 else 11)` becomes `if c then hb > 10 else
//! hb > 11`. That is the language's "compared branch by branch", and it leaves
//! every backend with an `if` over tests alone.

use crate::number::Number;
use crate::protocol::{DateExpr, MemberExpr, Members, Num, Place, Selection, SetExpr, Test};
use crate::units::Unit;

/// How many branches one test may be lifted into.
pub(super) const MAX_CASES: usize = 64;

/// An expression with its type.
#[derive(Debug, Clone)]
pub(super) enum Typed {
    /// A test.
    Test(Test),
    /// A value, perhaps by cases.
    Value(Choice<Leaf>),
    /// A mistake that was reported.
    Poison,
}

/// A value of one of the types, without cases.
#[derive(Debug, Clone)]
pub(super) enum Leaf {
    Number(Numeric),
    /// So many times the upper (true) or lower limit of the lab opposite.
    Limit(Number, bool),
    Date(DateExpr),
    Member(MemberExpr, Enumeration),
    Set(SetExpr, Members),
    Lab(Place, Unit),
    Events(Selection),
    /// A name that means something only opposite an enumeration.
    MemberName(String),
}

/// A number with its unit.
#[derive(Debug, Clone)]
pub(super) struct Numeric {
    pub num: Num,
    pub unit: Unit,
    /// Whether it only takes whole values.
    pub whole: bool,
    /// Its value, where the protocol writes it.
    pub literal: Option<Number>,
    /// What a record may hold.
    pub range: Option<(Number, Number)>,
}

/// The members of a `one of` or a `scale`.
#[derive(Debug, Clone)]
pub(super) struct Enumeration {
    pub members: Members,
    pub ordered: bool,
}

impl Leaf {
    /// For messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Number(numeric) if numeric.unit.is_one() => "a number".into(),
            Self::Number(numeric) => format!("a quantity in `{}`", numeric.unit),
            Self::Limit(_, true) => "a multiple of ULN".into(),
            Self::Limit(_, false) => "a multiple of LLN".into(),
            Self::Date(_) => "a date".into(),
            Self::Member(_, enumeration) if enumeration.ordered => "a member of a scale".into(),
            Self::Member(..) => "one of several members".into(),
            Self::Set(..) => "a set".into(),
            Self::Lab(_, unit) => format!("a lab in `{unit}`"),
            Self::Events(_) => "events".into(),
            Self::MemberName(name) => format!("the member `{name}`"),
        }
    }
}

impl Typed {
    pub fn leaf(leaf: Leaf) -> Self {
        Self::Value(Choice::One(leaf))
    }

    pub fn describe(&self) -> String {
        match self {
            Self::Test(_) => "a test".into(),
            Self::Value(choice) => choice.first().describe(),
            Self::Poison => "an error".into(),
        }
    }
}

/// A value that depends on tests.
#[derive(Debug, Clone)]
pub(super) enum Choice<T> {
    One(T),
    If(Box<Test>, Box<Choice<T>>, Box<Choice<T>>),
}

impl<T> Choice<T> {
    pub fn first(&self) -> &T {
        match self {
            Self::One(value) => value,
            Self::If(_, then, _) => then.first(),
        }
    }

    pub fn cases(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::If(_, then, otherwise) => then.cases().saturating_add(otherwise.cases()),
        }
    }

    pub fn single(&self) -> Option<&T> {
        match self {
            Self::One(value) => Some(value),
            Self::If(..) => None,
        }
    }

    /// Applies `f` to each case; `None` from any makes `None` of all.
    pub fn try_map<U>(self, f: &mut dyn FnMut(T) -> Option<U>) -> Option<Choice<U>> {
        Some(match self {
            Self::One(value) => Choice::One(f(value)?),
            Self::If(condition, then, otherwise) => {
                // Both are visited, so that each mistake is reported.
                let (then, otherwise) = (then.try_map(f), otherwise.try_map(f));
                Choice::If(condition, Box::new(then?), Box::new(otherwise?))
            }
        })
    }

    /// Applies `f` to each pair of cases.
    pub fn try_zip<U: Clone, V>(self, other: Choice<U>, f: &mut dyn FnMut(T, U) -> Option<V>) -> Option<Choice<V>>
    where
        T: Clone,
    {
        match self {
            Self::One(value) => other.try_map(&mut |second| f(value.clone(), second)),
            Self::If(condition, then, otherwise) => {
                let (then, otherwise) = (then.try_zip(other.clone(), f), otherwise.try_zip(other, f));
                Some(Choice::If(condition, Box::new(then?), Box::new(otherwise?)))
            }
        }
    }
}

impl Choice<Test> {
    /// The cases as one test.
    pub fn lift(self) -> Test {
        match self {
            Self::One(test) => test,
            Self::If(condition, then, otherwise) => Test::If(Box::new([*condition, then.lift(), otherwise.lift()])),
        }
    }
}
