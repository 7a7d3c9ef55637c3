//! The protocol as data: what is meant, typed and resolved.
//!
//! In: nothing but what [`crate::check`] builds. Out: the one tree that the
//! evaluator, the analysis and every emitter read. Names are resolved to
//! indices, units converted, `if` over values lifted into tests, so that a
//! backend needs no rule of the language beyond the tests below.
//!
//! Nothing here knows the syntax. The invariants are named and executable:
//! [`Protocol::broken_invariants`].

mod expression;
mod invariants;
pub mod registry;
pub mod walk;

use std::sync::Arc;

pub use expression::{
    Bound, DateExpr, HowMany, MemberExpr, Num, Part, Pick, Place, Selection, SetExpr, SetTest, Term, Test, Which,
    Comparison,
};

use crate::number::Number;
use crate::units::Unit;

/// The version of the data format that [`crate::emit`] writes.
pub const FORMAT_VERSION: &str = "1";

/// A whole protocol.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Protocol {
    /// What the registry shows of it.
    pub header: Header,
    /// Facts, anchors and attestations in order of declaration: the keys of a subject record.
    pub facts: Vec<Fact>,
    /// Indices of the facts with a `when`, each behind those that its condition reads.
    pub conditional: Vec<FactId>,
    /// Named expressions.
    pub defines: Vec<Define>,
    /// What is true of the world.
    pub assumptions: Vec<Statement>,
    /// What is contested.
    pub hypotheses: Vec<Statement>,
    /// The criteria in order.
    pub criteria: Vec<Criterion>,
    /// What is given.
    pub interventions: Vec<Intervention>,
    /// To whom.
    pub arms: Vec<Arm>,
    /// The deepest nesting of any test, definitions included.
    pub depth: usize,
}

/// Index into [`Protocol::facts`].
pub type FactId = usize;
/// Index into [`Protocol::defines`].
pub type DefineId = usize;
/// Index into [`Protocol::arms`].
pub type ArmId = usize;

/// What a registry shows of a trial; words are the registry's, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// The registry's identifier.
    pub id: String,
    /// The brief title.
    pub title: Option<String>,
    /// The official title.
    pub official_title: Option<String>,
    /// The brief summary.
    pub summary: Option<String>,
    /// The version of the protocol.
    pub version: Option<String>,
    /// Other identifiers.
    pub other_ids: Vec<String>,
    /// The sponsor's name.
    pub sponsor: Option<String>,
    /// The sponsor's class.
    pub sponsor_class: Option<String>,
    /// The overall status.
    pub status: Option<String>,
    /// The conditions studied.
    pub conditions: Vec<String>,
    /// The primary purpose.
    pub purpose: Option<String>,
    /// The allocation.
    pub allocation: Option<String>,
    /// The interventional model.
    pub model: Option<String>,
    /// The masking.
    pub masking: Option<String>,
    /// The phase.
    pub phase: Option<String>,
    /// How many subjects.
    pub enrollment: Option<u32>,
    /// Whether that number is actual rather than estimated.
    pub enrollment_actual: Option<bool>,
    /// `all`, `female` or `male`.
    pub sex: Option<String>,
    /// The minimum age and its unit.
    pub minimum_age: Option<(Number, Unit)>,
    /// The maximum age and its unit.
    pub maximum_age: Option<(Number, Unit)>,
    /// Whether healthy volunteers are accepted.
    pub healthy: Option<bool>,
}

/// A code of a terminology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The system's short name: `loinc`, `snomed`, …
    pub system: String,
    /// The code.
    pub code: String,
}

/// What a declaration says of itself.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The name it was declared under.
    pub name: String,
    /// The protocol's own words.
    pub text: Option<String>,
    /// Remarks.
    pub notes: Vec<String>,
    /// Codes of terminologies.
    pub codes: Vec<Code>,
    /// The line it starts on, from 1.
    pub line: usize,
}

/// What a key of the record is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A fact of the subject.
    Fact,
    /// A date that windows refer to.
    Anchor,
    /// A criterion that somebody attests.
    Attestation,
}

/// One key of a subject record.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Name, text and codes.
    pub about: About,
    /// What the key is for.
    pub role: Role,
    /// The type of its value.
    pub ty: Type,
    /// Where the fact applies; absent means everywhere.
    pub when: Option<Test>,
}

/// The members of an enumeration, in order of declaration.
pub type Members = Arc<[String]>;

/// A plausible range, both ends in.
pub type Range = Option<(Number, Number)>;

/// The type of a fact or of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// True or false.
    Boolean,
    /// True or false, by somebody's word.
    Attested(String),
    /// One member.
    OneOf(Members),
    /// Any number of members, each at most once.
    SetOf(Members),
    /// One member, ordered by position.
    Scale(Members),
    /// A whole number.
    Integer(Range),
    /// A number.
    Number(Range),
    /// A number in the unit.
    Quantity(Unit, Range),
    /// A laboratory value in the unit, with limits and a date of its own.
    Lab(Unit),
    /// A date, perhaps partial.
    Date,
    /// A list of events.
    Events(Events),
}

/// What an event carries beside its `date`.
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    /// Whether it has an `end`.
    pub lasting: bool,
    /// Its other attributes.
    pub attributes: Vec<(String, Type)>,
}

/// A named expression.
#[derive(Debug, Clone)]
pub struct Define {
    /// Name and text.
    pub about: About,
    /// As written.
    pub written: String,
    /// What it stands for.
    pub body: DefineBody,
    /// Named alternatives.
    pub readings: Vec<DefineReading>,
}

/// A named alternative to a definition.
#[derive(Debug, Clone)]
pub struct DefineReading {
    /// Name and text.
    pub about: About,
    /// As written.
    pub written: String,
    /// What it would stand for.
    pub body: DefineBody,
}

/// What a definition stands for.
#[derive(Debug, Clone)]
pub enum DefineBody {
    /// A test, referred to by [`Test::Define`].
    Test(Test),
    /// A number and its unit, referred to by [`Num::Define`].
    Number(Num, Unit),
    /// A date, referred to by [`DateExpr::Define`].
    Date(DateExpr),
    /// A value that was put in the place of its name wherever it is used.
    Inlined,
}

/// A named statement about the world.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Name and text.
    pub about: About,
    /// As written.
    pub written: String,
    /// What it states.
    pub test: Test,
}

/// Which way a criterion lets subjects pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CriterionKind {
    /// Passes where its rule is true.
    Include,
    /// Passes where its rule is false.
    Exclude,
}

impl CriterionKind {
    /// `include` or `exclude`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Include => "include",
            Self::Exclude => "exclude",
        }
    }
}

/// What a criterion or a reading of it asks.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The test.
    pub test: Test,
    /// Lets the subject pass where it holds.
    pub unless: Option<Test>,
    /// As written.
    pub written: String,
}

/// A criterion.
#[derive(Debug, Clone)]
pub struct Criterion {
    /// Name, text and codes.
    pub about: About,
    /// Which way it lets subjects pass.
    pub kind: CriterionKind,
    /// The arms it is for; absent means all.
    pub arms: Option<Vec<ArmId>>,
    /// What it asks.
    pub rule: Rule,
    /// Named alternatives.
    pub readings: Vec<Reading>,
    /// Whether its outcome rests on somebody's word.
    pub attested: bool,
}

/// A named alternative to a criterion.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Name and text.
    pub about: About,
    /// What it would ask.
    pub rule: Rule,
}

impl Criterion {
    /// Whether it applies to the subjects of an arm.
    pub fn is_for(&self, arm: ArmId) -> bool {
        self.arms.as_ref().is_none_or(|arms| arms.contains(&arm))
    }
}

impl Rule {
    /// The tests it is made of.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        std::iter::once(&self.test).chain(&self.unless)
    }

    /// The test whose truth lets the subject pass.
    pub fn passes(&self, kind: CriterionKind) -> Test {
        let lets_in = match kind {
            CriterionKind::Include => self.test.clone(),
            CriterionKind::Exclude => Test::Not(Box::new(self.test.clone())),
        };
        match &self.unless {
            Some(unless) => Test::Or(vec![lets_in, unless.clone()]),
            None => lets_in,
        }
    }
}

/// What is given to subjects.
#[derive(Debug, Clone)]
pub struct Intervention {
    /// Name and text.
    pub about: About,
    /// The registry's kind, in lower case.
    pub kind: String,
    /// The registry's label.
    pub label: Option<String>,
}

/// A group of subjects.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Name and text.
    pub about: About,
    /// The registry's kind, in lower case.
    pub kind: String,
    /// The registry's label.
    pub label: Option<String>,
    /// How many subjects are planned.
    pub participants: Option<u32>,
    /// What it is given.
    pub gives: Vec<Give>,
}

/// One intervention as given in an arm.
#[derive(Debug, Clone)]
pub struct Give {
    /// Index into [`Protocol::interventions`].
    pub intervention: usize,
    /// How much: from, to, unit.
    pub dose: Option<(Number, Number, Unit)>,
    /// By which route.
    pub route: Option<String>,
    /// When.
    pub schedule: Option<Schedule>,
}

/// When an intervention is given. Units are calendar words in the plural, or hours and less.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The rhythm.
    pub rhythm: Rhythm,
    /// The first day, week, … it is given in.
    pub from: Option<(String, i64)>,
    /// For how long.
    pub lasting: Option<(Number, String)>,
}

/// The rhythm of a schedule.
#[derive(Debug, Clone, PartialEq)]
pub enum Rhythm {
    /// Once.
    Once,
    /// A number of doses, a distance apart.
    Doses(i64, Number, String),
    /// A number of times in each unit.
    Times(i64, String),
    /// Every so many units.
    Every(Number, String),
    /// In the listed days, weeks, …
    On(String, Vec<i64>),
}

impl Protocol {
    /// Whether some criterion is for some arms only, so that each arm has a verdict of its own.
    pub fn is_scoped(&self) -> bool {
        self.criteria.iter().any(|criterion| criterion.arms.is_some())
    }

    /// The fact of that name.
    pub fn fact(&self, name: &str) -> Option<FactId> {
        self.facts.iter().position(|fact| fact.about.name == name)
    }

    /// The type of what stands at a place; `event` is the fact whose events are asked, within a condition.
    pub fn type_at(&self, place: Place, event: Option<FactId>) -> Option<&Type> {
        match place {
            Place::Fact(id) => Some(&self.facts[id].ty),
            Place::EventDate | Place::EventEnd => Some(&Type::Date),
            Place::Attribute(i) => self.attribute(i, event).map(|(_, ty)| ty),
        }
    }

    /// The name and type of an attribute of the events of a fact.
    pub fn attribute(&self, i: usize, event: Option<FactId>) -> Option<&(String, Type)> {
        match &self.facts[event?].ty {
            Type::Events(events) => events.attributes.get(i),
            _ => None,
        }
    }

    /// The members of the enumeration at a place; none, where there is no enumeration.
    pub fn members_at(&self, place: Place, event: Option<FactId>) -> Members {
        match self.type_at(place, event) {
            Some(Type::OneOf(members) | Type::SetOf(members) | Type::Scale(members)) => members.clone(),
            _ => Members::from(Vec::new()),
        }
    }

    /// The members of the enumeration that a value belongs to.
    pub fn members_of(&self, member: &MemberExpr, event: Option<FactId>) -> Members {
        match member {
            MemberExpr::Place(place) => self.members_at(*place, event),
            MemberExpr::Pick(pick) => self.members_at(pick.attribute, Some(pick.selection.events)),
        }
    }

    /// The members that a set may hold.
    pub fn members_of_set(&self, set: &SetExpr, event: Option<FactId>) -> Members {
        match set {
            SetExpr::Place(place) => self.members_at(*place, event),
            SetExpr::Pick(pick) => self.members_at(pick.attribute, Some(pick.selection.events)),
        }
    }

    pub(crate) fn assemble(header: Header) -> Self {
        Self {
            header,
            facts: Vec::new(),
            conditional: Vec::new(),
            defines: Vec::new(),
            assumptions: Vec::new(),
            hypotheses: Vec::new(),
            criteria: Vec::new(),
            interventions: Vec::new(),
            arms: Vec::new(),
            depth: 0,
        }
    }
}
