//! The keys of the records of one protocol, or of two versions of one together.
//!
//! Facts of two versions are one where they have the same name and types that
//! can carry the same values; a fact whose type changed beyond that is two.

mod reach;
mod slots;

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::alike::Alike;
use super::sample::{TODAY, ordinary_value};
use crate::evaluate::RecordReader;
use crate::protocol::{FactId, Members, Protocol, Role, Type};

/// A key of the record, in one version or in both.
#[expect(clippy::struct_excessive_bools, reason = "none of them decides another")]
pub(super) struct Key {
    pub name: String,
    pub ty: Type,
    /// How many events of a list the tests can tell apart.
    pub slots: usize,
    /// How often an event is in the list tells it from others.
    pub repeated: bool,
    /// Its events are asked for others of the same list.
    pub nests: bool,
    pub too_many: bool,
    /// The two versions record it differently: for other subjects, in another range, with other members.
    pub differs: bool,
    pub anchor: bool,
}

/// The keys of the records of one protocol, or of two versions.
pub(super) struct Keys<'p> {
    pub sides: Vec<&'p Protocol>,
    pub all: Vec<Key>,
    of_facts: Vec<Vec<usize>>,
    facts: Vec<Vec<Option<FactId>>>,
    members: Vec<HashMap<usize, Rc<[usize]>>>,
    /// Whether any key differs between the versions.
    pub differ: bool,
    /// For each criterion of the version after, the one of the version before that says the same.
    unchanged: Vec<Option<usize>>,
    /// What reads the records of each side.
    pub readers: Vec<RecordReader<'p>>,
    /// Of the first and the last event of a list all is told that they need of their own list, as of those that decide.
    pub full_ends: bool,
}

impl<'p> Keys<'p> {
    pub fn new(sides: Vec<&'p Protocol>, full_ends: bool) -> Self {
        let mut all: Vec<Key> = Vec::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        let mut keys = Vec::new();
        for protocol in &sides {
            let mut own = Vec::new();
            for fact in &protocol.facts {
                let ty = without_range(&fact.ty);
                let present = by_name.get(fact.about.name.as_str()).copied();
                let merged = present.and_then(|key| merge(&all[key].ty, &ty).map(|ty| (key, ty)));
                let key = if let Some((key, ty)) = merged {
                    all[key].ty = ty;
                    key
                } else {
                    all.push(Key {
                        name: fact.about.name.clone(),
                        ty,
                        slots: 0,
                        repeated: false,
                        nests: false,
                        too_many: false,
                        differs: false,
                        anchor: fact.role == Role::Anchor,
                    });
                    by_name.insert(&fact.about.name, all.len() - 1);
                    all.len() - 1
                };
                own.push(key);
            }
            keys.push(own);
        }
        let facts = keys
            .iter()
            .map(|own| {
                let mut facts = vec![None; all.len()];
                own.iter().enumerate().for_each(|(fact, key)| facts[*key] = Some(fact));
                facts
            })
            .collect();
        let members = sides
            .iter()
            .zip(&keys)
            .map(|(protocol, own)| {
                let maps = protocol.facts.iter().zip(own).filter_map(|(fact, key)| {
                    let (mine, merged) = (members_of(&fact.ty)?, members_of(&all[*key].ty)?);
                    (mine != merged).then(|| {
                        let index = |name: &String| merged.iter().position(|member| member == name).unwrap_or(0);
                        (*key, mine.iter().map(index).collect())
                    })
                });
                maps.collect()
            })
            .collect();
        let readers = sides.iter().map(|protocol| RecordReader::new(protocol)).collect();
        let mut keys = Self { sides, all, of_facts: keys, facts, members, differ: false, unchanged: Vec::new(), readers, full_ends };
        keys.compare();
        keys.count_slots();
        keys
    }

    /// Marks what the two versions record differently, and which criteria they state alike.
    fn compare(&mut self) {
        let [before, after] = self.sides[..] else { return };
        let range = |ty: &Type| match ty {
            Type::Integer(range) | Type::Number(range) | Type::Quantity(_, range) => range.clone(),
            _ => None,
        };
        let shared: Vec<(usize, FactId, FactId)> =
            (0..self.all.len()).filter_map(|key| Some((key, self.facts[0][key]?, self.facts[1][key]?))).collect();
        for (key, old, new) in &shared {
            let (old, new) = (&before.facts[*old].ty, &after.facts[*new].ty);
            self.all[*key].differs = range(old) != range(new) || members_of(old) != members_of(new);
        }
        let alike = Alike::new(self);
        let differ: Vec<usize> = shared.iter().filter(|(_, old, new)| !alike.facts(*old, *new)).map(|(key, ..)| *key).collect();
        let by_name: HashMap<&str, usize> =
            before.criteria.iter().enumerate().map(|(i, criterion)| (criterion.about.name.as_str(), i)).collect();
        let unchanged = after.criteria.iter().map(|criterion| {
            let old = *by_name.get(criterion.about.name.as_str())?;
            alike.criteria(&before.criteria[old], criterion).then_some(old)
        });
        self.unchanged = unchanged.collect();
        self.differ = !differ.is_empty();
        differ.into_iter().for_each(|key| self.all[key].differs = true);
    }

    /// The criterion of the version before that one of the version after repeats.
    pub fn unchanged(&self, criterion: usize) -> Option<usize> {
        self.unchanged.get(criterion).copied().flatten()
    }

    pub fn key_of(&self, side: usize, fact: FactId) -> usize {
        self.of_facts[side][fact]
    }

    pub fn fact_of(&self, side: usize, key: usize) -> Option<FactId> {
        self.facts[side][key]
    }

    /// What is said under a key of nobody in particular.
    pub fn usual(&self, key: usize) -> Value {
        let of = |side: usize| self.facts[side][key].map(|fact| &self.sides[side].facts[fact]);
        let Some(fact) = (0..self.sides.len()).rev().find_map(of) else { return Value::Null };
        match ordinary_value(&fact.ty, &fact.role) {
            Value::Object(mut lab) => {
                lab.insert("date".into(), json!(TODAY));
                Value::Object(lab)
            }
            value => value,
        }
    }

    /// Where the members of a side stand among those of the key; none, where they are the same.
    pub fn members(&self, side: usize, key: usize) -> Option<Rc<[usize]>> {
        self.members[side].get(&key).cloned()
    }
}

fn members_of(ty: &Type) -> Option<&Members> {
    match ty {
        Type::OneOf(members) | Type::SetOf(members) | Type::Scale(members) => Some(members),
        _ => None,
    }
}

/// Ranges are asked of each side by itself.
fn without_range(ty: &Type) -> Type {
    match ty {
        Type::Integer(_) => Type::Integer(None),
        Type::Number(_) => Type::Number(None),
        Type::Quantity(unit, _) => Type::Quantity(unit.clone(), None),
        Type::Attested(_) => Type::Boolean,
        ty => ty.clone(),
    }
}

/// A type that carries the values of both, where they can be the same values.
fn merge(a: &Type, b: &Type) -> Option<Type> {
    let union = |a: &Members, b: &Members| -> Members {
        a.iter().chain(b.iter().filter(|member| !a.contains(member))).cloned().collect()
    };
    match (a, b) {
        (a, b) if a == b => Some(a.clone()),
        (Type::OneOf(a), Type::OneOf(b)) => Some(Type::OneOf(union(a, b))),
        (Type::SetOf(a), Type::SetOf(b)) => Some(Type::SetOf(union(a, b))),
        (Type::Scale(a), Type::Scale(b)) => Some(Type::Scale(union(a, b))),
        _ => None,
    }
}
