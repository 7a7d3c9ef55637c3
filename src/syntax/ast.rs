//! What was written: the tree that the parser builds and the checker reads.
//!
//! Every node knows its span. The tree also holds what is ill-formed
//! ([`ExprKind::Missing`], names left empty), so that one mistake does not
//! hide the rest of a file. Nothing here has been resolved or typed.

use crate::calendar::CalendarUnit;
use crate::span::Span;

/// A whole file.
#[derive(Debug, Clone, Default)]
pub struct Ast {
    /// Declarations in the order in which they stand.
    pub items: Vec<Item>,
    /// Comments in order, so that a formatter can put them back.
    pub comments: Vec<Comment>,
}

/// A comment, without its line break.
#[derive(Debug, Clone)]
pub struct Comment {
    /// From `#` to the end of its line.
    pub span: Span,
    /// What stands behind `#`.
    pub text: String,
}

/// A name where it is declared or used; empty where one is missing.
#[derive(Debug, Clone)]
pub struct Name {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A string after folding and escapes.
#[derive(Debug, Clone)]
pub struct Str {
    /// What it says.
    pub value: String,
    /// Where, quotes included.
    pub span: Span,
}

/// A number, with its spelling kept.
#[derive(Debug, Clone)]
pub struct Num {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// Verbatim text, notes and codes of a declaration.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// The protocol's own words.
    pub verbatim: Option<Str>,
    /// `note "…"`, in order.
    pub notes: Vec<Str>,
    /// `code system "…"`, in order.
    pub codes: Vec<CodeRef>,
    /// `allow code "…"`, in order.
    pub allows: Vec<Allow>,
}

/// `allow unused-fact "…"`: a finding of this kind is expected here, and why.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The name of the diagnostic.
    pub code: Name,
    /// Why it may stand.
    pub reason: Str,
    /// All of it.
    pub span: Span,
}

/// `code loinc "5902-2"`.
#[derive(Debug, Clone)]
pub struct CodeRef {
    /// The code system's short name.
    pub system: Name,
    /// The code: always a string.
    pub code: Str,
}

/// A declaration.
#[derive(Debug, Clone)]
pub enum Item {
    /// `trial …`
    Trial(Trial),
    /// `anchor …`
    Anchor(Anchor),
    /// `fact …`
    Fact(Fact),
    /// `values …`
    Values(Values),
    /// `define …`
    Define(Define),
    /// `assume …`
    Assume(Statement),
    /// `hypothesis …`
    Hypothesis(Statement),
    /// `include …`, `exclude …`
    Criterion(Criterion),
    /// `intervention …`
    Intervention(Intervention),
    /// `arm …`
    Arm(Arm),
}

/// The header.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The registry's identifier.
    pub id: Name,
    /// In the order in which they stand.
    pub fields: Vec<Field>,
    /// `allow code "…"`, in order.
    pub allows: Vec<Allow>,
    /// The whole declaration.
    pub span: Span,
}

/// One line of the header.
#[derive(Debug, Clone)]
pub struct Field {
    /// `title`, `ages`, …
    pub word: Name,
    /// What it says.
    pub value: FieldValue,
    /// Word and value.
    pub span: Span,
}

/// What a header line says.
#[derive(Debug, Clone)]
pub enum FieldValue {
    /// `title "…"`
    Text(Str),
    /// `model single_group`
    Choice(Name),
    /// `sponsor "…" industry`
    Sponsor(Str, Option<Name>),
    /// `enrollment 30 estimated`; the flag is true for `actual`
    Enrollment(Num, Option<bool>),
    /// `ages 20 years .. 60 years`
    Ages(Quantity, Option<Quantity>),
}

/// `anchor registration: "…"`.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// Its name.
    pub name: Name,
    /// Its text.
    pub text: Text,
    /// The whole declaration.
    pub span: Span,
}

/// `fact pt: lab 's' "…"`.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Its name.
    pub name: Name,
    /// Its type, where one is written.
    pub ty: Option<Type>,
    /// Where it applies.
    pub when: Option<Expr>,
    /// Its text.
    pub text: Text,
    /// The whole declaration.
    pub span: Span,
}

/// `values tnf: { … }`.
#[derive(Debug, Clone)]
pub struct Values {
    /// Its name.
    pub name: Name,
    /// Its members.
    pub members: Vec<Name>,
    /// Its text.
    pub text: Text,
    /// The whole declaration.
    pub span: Span,
}

/// `define age: …`.
#[derive(Debug, Clone)]
pub struct Define {
    /// Its name.
    pub name: Name,
    /// Its text.
    pub text: Text,
    /// What it stands for.
    pub body: Expr,
    /// Named alternatives.
    pub readings: Vec<Reading>,
    /// The whole declaration.
    pub span: Span,
}

/// `assume …` or `hypothesis …`.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its name.
    pub name: Name,
    /// Its text.
    pub text: Text,
    /// What it states.
    pub body: Expr,
    /// The whole declaration.
    pub span: Span,
}

/// Which way a criterion lets subjects pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CriterionKind {
    /// `include`
    Include,
    /// `exclude`
    Exclude,
}

/// `include …` or `exclude …`.
#[derive(Debug, Clone)]
pub struct Criterion {
    /// Which of the two.
    pub kind: CriterionKind,
    /// Its name.
    pub name: Name,
    /// The arms it is for; empty means all.
    pub arms: Vec<Name>,
    /// Its text.
    pub text: Text,
    /// What it asks.
    pub rule: Rule,
    /// Named alternatives.
    pub readings: Vec<Reading>,
    /// The whole declaration.
    pub span: Span,
}

/// What a criterion or reading asks.
#[derive(Debug, Clone)]
pub struct Rule {
    /// An expression, or somebody's word.
    pub body: RuleBody,
    /// `unless …`.
    pub unless: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// The two kinds of rule.
#[derive(Debug, Clone)]
pub enum RuleBody {
    /// Computed from facts.
    Expr(Expr),
    /// `attested by investigator`.
    Attested(Name),
}

/// `reading of_hepatitis: …`.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Its name.
    pub name: Name,
    /// Its text.
    pub text: Text,
    /// What it asks instead.
    pub rule: Rule,
    /// All of it.
    pub span: Span,
}

/// `intervention uc_msc: drug …`.
#[derive(Debug, Clone)]
pub struct Intervention {
    /// Its name.
    pub name: Name,
    /// The registry's kind, in lower case.
    pub kind: Name,
    /// Its text.
    pub text: Text,
    /// The registry's label.
    pub label: Option<Str>,
    /// The whole declaration.
    pub span: Span,
}

/// `arm treatment: experimental …`.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Its name.
    pub name: Name,
    /// The registry's kind, in lower case.
    pub kind: Name,
    /// Its text.
    pub text: Text,
    /// The registry's label.
    pub label: Option<Str>,
    /// `participants 30`.
    pub participants: Vec<Num>,
    /// What it gives.
    pub gives: Vec<Give>,
    /// The whole declaration.
    pub span: Span,
}

/// `give uc_msc 1e8 '{cells}' intravenous, 2 doses 24 weeks apart`.
#[derive(Debug, Clone)]
pub struct Give {
    /// Which intervention.
    pub intervention: Name,
    /// How much, or from how much to how much.
    pub dose: Option<(Quantity, Option<Quantity>)>,
    /// By which route.
    pub route: Option<Name>,
    /// When.
    pub schedule: Option<Schedule>,
    /// All of it.
    pub span: Span,
}

/// When an intervention is given.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The rhythm.
    pub rhythm: Rhythm,
    /// `from week 6`.
    pub from: Option<(UnitWord, Num)>,
    /// `for 14 days`.
    pub lasting: Option<Duration>,
    /// All of it.
    pub span: Span,
}

/// The rhythm of a schedule.
#[derive(Debug, Clone)]
pub enum Rhythm {
    /// `once`
    Once,
    /// `2 doses 24 weeks apart`
    Doses(Num, Duration),
    /// `3 times a day`
    Times(Num, UnitWord),
    /// `every 2 weeks`, `every day`
    Every(Option<Num>, UnitWord),
    /// `on weeks 0, 2, 4`
    On(UnitWord, Vec<Num>),
}

/// A type of fact or attribute.
#[derive(Debug, Clone)]
pub struct Type {
    /// Which.
    pub kind: TypeKind,
    /// Where.
    pub span: Span,
}

/// The types of facts.
#[derive(Debug, Clone)]
pub enum TypeKind {
    /// `boolean`
    Boolean,
    /// `attested by W`
    Attested(Name),
    /// `one of …`
    OneOf(MemberList),
    /// `set of …`
    SetOf(MemberList),
    /// `scale …`
    Scale(MemberList),
    /// `integer in a .. b`
    Integer(Option<(Num, Num)>),
    /// `number in a .. b`
    Number(Option<(Num, Num)>),
    /// `quantity 's' in a .. b`
    Quantity(Option<UnitRef>, Option<(Num, Num)>),
    /// `lab 'U/L'`
    Lab(Option<UnitRef>),
    /// `date`
    Date,
    /// `events { … }`
    Events(Vec<Attribute>),
}

/// An attribute of events.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Option<Type>,
}

/// Members written out, or the name of a `values`.
#[derive(Debug, Clone)]
pub enum MemberList {
    /// `{ a, b }`
    Members(Vec<Name>, Span),
    /// `tnf_antagonists`
    Values(Name),
    /// Nothing readable; already reported.
    Missing,
}

/// A unit as written.
#[derive(Debug, Clone)]
pub enum UnitRef {
    /// `'mg/dL'`, without the quotes
    Code(Name),
    /// `weeks`
    Word(UnitWord),
    /// `ULN` (true) or `LLN`
    Limit(bool, Span),
}

/// A word for a unit of time.
#[derive(Debug, Clone)]
pub struct UnitWord {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A number with or without a unit.
#[derive(Debug, Clone)]
pub struct Quantity {
    /// The number.
    pub number: Num,
    /// The unit.
    pub unit: Option<UnitRef>,
    /// Both.
    pub span: Span,
}

/// A number of calendar units.
#[derive(Debug, Clone)]
pub struct Duration {
    /// How many.
    pub number: Num,
    /// Of what, where it is written.
    pub unit: Option<UnitWord>,
    /// Both.
    pub span: Span,
}

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// `and` or `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logic {
    /// `and`
    And,
    /// `or`
    Or,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
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
            Self::NotEqual => "!=",
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
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    /// The comparison that holds where this one does not.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }
}

/// `at least`, `at most`, `exactly`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HowMany {
    /// `at least`
    AtLeast,
    /// `at most`
    AtMost,
    /// `exactly`
    Exactly,
}

/// Which of several events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// `latest`
    Latest,
    /// `earliest`
    Earliest,
    /// `highest`
    Highest,
    /// `lowest`
    Lowest,
}

impl Which {
    /// As the language writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Earliest => "earliest",
            Self::Highest => "highest",
            Self::Lowest => "lowest",
        }
    }
}

/// The kinds of expression.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `if c then x else if d then y else z`
    If(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// `a and b and c`
    Chain(Logic, Vec<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `a < b`
    Compare(Box<Expr>, Comparison, Box<Expr>),
    /// `x in a .. b`
    InRange(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `x in { a, b }`
    InMembers(Box<Expr>, MemberList),
    /// `s has …`
    Has(Box<Expr>, Has),
    /// `x WINDOW`
    Window(Box<Expr>, Box<Window>),
    /// `a + b - c`; the flag marks what is subtracted
    Sum(Vec<(bool, Expr)>),
    /// `a * b / c`; the flag marks what is divided by
    Product(Vec<(bool, Expr)>),
    /// `at least 2 of (a, b, c)`
    SomeOf(HowMany, Num, Vec<Expr>),
    /// `years from a to b`
    Elapsed(UnitWord, Box<Expr>, Box<Expr>),
    /// `count(e WINDOW)`
    Count(Box<Expr>),
    /// `latest(e WINDOW).a`
    Pick(Which, Box<Expr>, Name),
    /// `2015-01-01`
    Date(String),
    /// `3 seconds`, `2 ULN`, `5`
    Quantity(Quantity),
    /// `e where (c)`
    Where(Name, Box<Expr>),
    /// `pt`, `pt.upper`
    Value(Name, Option<Name>),
    /// `( … )`
    Group(Box<Expr>),
    /// Nothing readable; already reported.
    Missing,
}

/// What `has` asks of a set.
#[derive(Debug, Clone)]
pub enum Has {
    /// `has m`
    Member(Name),
    /// `has any`
    Any,
    /// `has any of …`
    AnyOf(MemberList),
    /// `has any except …`
    AnyExcept(MemberList),
    /// `has all of …`
    AllOf(MemberList),
}

/// A window in time.
#[derive(Debug, Clone)]
pub struct Window {
    /// Which.
    pub kind: WindowKind,
    /// Where.
    pub span: Span,
}

/// Before or after an anchor, or either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `before`
    Before,
    /// `after`
    After,
    /// `of`
    Of,
}

/// How far from an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// `within`
    Within,
    /// `less than`
    LessThan,
    /// `at least`
    AtLeast,
    /// `more than`
    MoreThan,
}

/// The plain orders of two dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `before`
    Before,
    /// `on or before`
    OnOrBefore,
    /// `on`
    On,
    /// `on or after`
    OnOrAfter,
    /// `after`
    After,
}

/// The kinds of window.
#[derive(Debug, Clone)]
pub enum WindowKind {
    /// `ever`
    Ever,
    /// `within 3 weeks before A`
    Reach(Reach, Duration, Side, Expr),
    /// `on or before A`
    Order(Order, Expr),
}

impl UnitWord {
    /// The calendar unit, unless it counts hours or less.
    pub fn calendar(&self) -> Option<CalendarUnit> {
        match self.text.trim_end_matches('s') {
            "year" => Some(CalendarUnit::Years),
            "month" => Some(CalendarUnit::Months),
            "week" => Some(CalendarUnit::Weeks),
            "day" => Some(CalendarUnit::Days),
            _ => None,
        }
    }
}
