//! Tests as formulas: when is it true of a symbolic record, and when false.
//!
//! This mirrors `evaluate` construct by construct; what is neither true nor
//! false is unknown. What it cannot express exactly it refuses, with a reason;
//! it never approximates.

mod amounts;
mod dates;
mod events;
mod numbers;
mod picks;
mod record;
mod tallies;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use self::events::grows;
pub(super) use self::events::reads_event;
use self::tallies::Tally;
use super::linear::{Linear, NumVar};
use super::logic::Lit;
use super::space::{Raw, Slot, Term, Theory};
use super::keys::Keys;
use crate::protocol::{
    DefineBody, DefineId, FactId, HowMany, MemberExpr, Pick, Place, Protocol, SetExpr, SetTest, Test,
};

/// When a test is true, and when it is false; never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Tri {
    pub t: Lit,
    pub f: Lit,
}

impl Tri {
    pub fn not(self) -> Self {
        Self { t: self.f, f: self.t }
    }
}

/// Why a test lies outside what can be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond(pub String);

pub(super) type Encoded<T> = Result<T, Beyond>;

/// What is asked of events may grow with the third power of how many are told apart. Beyond so many propositions it
/// would take gigabytes before the search so much as begins.
const MAX_SIZE: u32 = 400_000;

const TOO_MANY: &str = "more events would have to be told apart than can be searched";

fn beyond<T>(reason: &str) -> Encoded<T> {
    Err(Beyond(reason.into()))
}

/// What stands for the names that only have a meaning somewhere.
#[derive(Clone, Default)]
struct Env {
    /// The event in hand: its key and slot.
    event: Option<(usize, usize)>,
    /// The slots that picks stand for; none for a pick without a value.
    picks: Vec<(*const Pick, Option<usize>)>,
}

impl Env {
    fn within(&self, key: usize, slot: usize) -> Self {
        Self { event: Some((key, slot)), picks: self.picks.clone() }
    }

    fn with(&self, pick: &Pick, slot: Option<usize>) -> Self {
        let mut env = self.clone();
        env.picks.push((std::ptr::from_ref(pick), slot));
        env
    }

    fn slot_of(&self, pick: &Pick) -> Option<Option<usize>> {
        self.picks.iter().rev().find(|(known, _)| std::ptr::eq(*known, pick)).map(|(_, slot)| *slot)
    }
}

/// Encodes the tests of the sides of a question over one symbolic record.
pub(super) struct Encoder<'p> {
    pub theory: Theory,
    pub keys: Keys<'p>,
    raws: BTreeMap<usize, Rc<Raw>>,
    /// That every fact is known, dates to the day.
    pub complete: Lit,
    defines: HashMap<(usize, DefineId), Tri>,
    whens: HashMap<(usize, FactId), Tri>,
    replaced: Vec<(usize, DefineId, &'p DefineBody)>,
    /// How many of some literals hold, as a number.
    counts: HashMap<Box<[Lit]>, NumVar>,
    /// Of how many literals a number is the count.
    counted: HashMap<NumVar, usize>,
    /// Which sums have been taken count by count.
    by_count: HashSet<(Lit, NumVar)>,
    tallies: Vec<Tally>,
    /// Of how many counts of a list the kinds have been told.
    kinds_of: HashMap<usize, usize>,
    /// That no list holds more events than are told apart, once that matters.
    closed: Option<Lit>,
    /// Of which events all is told that they need of their own list.
    full: HashMap<(usize, usize), Lit>,
    /// What is asked of events that may not be full; what grows with the told events is never what does not.
    opened: HashMap<(Tri, bool, usize, usize), Tri>,
    /// Of the events that a count takes, those that are full.
    full_of_counts: HashMap<Box<[Lit]>, Vec<Lit>>,
    /// Whether what is being encoded reads other events of the list of the event in hand.
    reads_own: bool,
    /// A condition that is taken for something else.
    forced: Option<(&'p Test, Tri)>,
}

impl<'p> Encoder<'p> {
    /// An encoder for one protocol or for two versions of one.
    pub fn new(keys: Keys<'p>, budget: u64) -> Self {
        let mut theory = Theory::new(budget);
        let complete = theory.logic.fresh();
        let (raws, defines, whens, counts) = (BTreeMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        Self {
            theory,
            keys,
            raws,
            complete,
            defines,
            whens,
            replaced: Vec::new(),
            counts,
            counted: HashMap::new(),
            by_count: HashSet::new(),
            tallies: Vec::new(),
            kinds_of: HashMap::new(),
            closed: None,
            full: HashMap::new(),
            opened: HashMap::new(),
            full_of_counts: HashMap::new(),
            reads_own: false,
            forced: None,
        }
    }

    fn protocol(&self, side: usize) -> &'p Protocol {
        self.keys.sides[side]
    }

    /// Puts other bodies in the place of definitions, until the next call.
    pub fn replace(&mut self, replaced: Vec<(usize, DefineId, &'p DefineBody)>) {
        self.replaced = replaced;
        self.defines.clear();
    }

    /// Takes one condition for something else, until the next call.
    pub fn force(&mut self, forced: Option<(&'p Test, Tri)>) {
        self.forced = forced;
        self.defines.clear();
    }

    /// What the limits of a condition are met by, missed and passed by the least there is: in words, and when.
    pub fn edges(&mut self, side: usize, test: &'p Test) -> Vec<(String, Vec<Lit>)> {
        self.theory.record_edges();
        self.defines.clear();
        let known = self.test(side, test).map(|tri| [tri.t, tri.f]);
        let edges = self.theory.recorded_edges();
        let Ok(sides) = known else { return Vec::new() };
        let decided = self.or(sides);
        edges.into_iter().map(|(what, lits)| (what, [lits, vec![decided]].concat())).collect()
    }

    fn body(&self, side: usize, id: DefineId) -> &'p DefineBody {
        let other = self.replaced.iter().find(|(at, define, _)| *at == side && *define == id);
        other.map_or(&self.protocol(side).defines[id].body, |(_, _, body)| body)
    }

    /// What the symbolic record speaks of, by key.
    pub fn raws(&self) -> impl Iterator<Item = (usize, &Rc<Raw>)> {
        self.raws.iter().map(|(key, raw)| (*key, raw))
    }

    /// Whether the symbolic record speaks of a key.
    pub fn speaks_of(&self, key: usize) -> bool {
        self.raws.contains_key(&key)
    }

    /// Whether events have been asked for others of their own list.
    pub fn has_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// That no list holds more events than are told apart, if that has been asked.
    pub fn is_closed(&self) -> Option<Lit> {
        self.closed
    }

    /// That no list holds more events than so many, of those that could.
    pub fn few_events(&self, most: usize) -> Vec<Lit> {
        let lists = self.raws.values().filter_map(|raw| if let Raw::Events { slots, .. } = &**raw { Some(slots) } else { None });
        lists.filter_map(|slots| slots.get(most).map(|slot| !slot.present)).collect()
    }

    /// What it means where nobody was found as long as it holds.
    pub fn why_open(&self) -> &'static str {
        if self.has_full() {
            "each of the events of a list may need another one of the same list"
        } else {
            "more events would have to be counted than are told apart"
        }
    }

    fn closed(&mut self) -> Lit {
        *self.closed.get_or_insert_with(|| self.theory.logic.likely())
    }

    fn yes(&self) -> Lit {
        self.theory.logic.yes()
    }

    fn no(&self) -> Lit {
        self.theory.logic.no()
    }

    fn and(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        self.theory.logic.and(lits)
    }

    fn or(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        self.theory.logic.or(lits)
    }

    fn clause(&mut self, lits: &[Lit]) {
        self.theory.logic.clause(lits);
    }

    // ------------------------------------------------------------ tests

    /// When a test of one side is true, and when it is false.
    pub fn test(&mut self, side: usize, test: &'p Test) -> Encoded<Tri> {
        self.test_in(side, test, &Env::default())
    }

    fn test_in(&mut self, side: usize, test: &'p Test, env: &Env) -> Encoded<Tri> {
        if let Some((forced, tri)) = self.forced
            && std::ptr::eq(forced, test)
        {
            return Ok(tri);
        }
        match test {
            Test::Define(id) => {
                if let Some(tri) = self.defines.get(&(side, *id)) {
                    return Ok(*tri);
                }
                let DefineBody::Test(test) = self.body(side, *id) else { return beyond("a definition is no test") };
                let tri = self.test_in(side, test, &Env::default())?;
                self.defines.insert((side, *id), tri);
                Ok(tri)
            }
            Test::Not(inner) => Ok(self.test_in(side, inner, env)?.not()),
            Test::And(tests) => {
                let parts = self.all(side, tests, env)?;
                Ok(self.both(&parts))
            }
            Test::Or(tests) => {
                let parts: Vec<Tri> = self.all(side, tests, env)?.into_iter().map(Tri::not).collect();
                Ok(self.both(&parts).not())
            }
            Test::If(parts) => {
                let [c, x, y] = &**parts;
                let (c, x, y) = (self.test_in(side, c, env)?, self.test_in(side, x, env)?, self.test_in(side, y, env)?);
                let mut branch = |x: Lit, y: Lit| {
                    let ways = [self.and([c.t, x]), self.and([c.f, y]), self.and([x, y])];
                    self.or(ways)
                };
                Ok(Tri { t: branch(x.t, y.t), f: branch(x.f, y.f) })
            }
            Test::SomeOf(how, wanted, tests) => {
                let parts = self.all(side, tests, env)?;
                let sure: Vec<Lit> = parts.iter().map(|part| part.t).collect();
                let possible: Vec<Lit> = parts.iter().map(|part| !part.f).collect();
                let logic = &mut self.theory.logic;
                let (enough, at_all) = (logic.at_least(&sure, *wanted), logic.at_least(&possible, *wanted));
                let (over, maybe_over) = (logic.at_least(&sure, wanted + 1), logic.at_least(&possible, wanted + 1));
                Ok(match how {
                    HowMany::AtLeast => Tri { t: enough, f: !at_all },
                    HowMany::AtMost => Tri { t: !maybe_over, f: over },
                    HowMany::Exactly => Tri { t: logic.and([enough, !maybe_over]), f: logic.or([over, !at_all]) },
                })
            }
            Test::Fact(_) | Test::Pick(_) | Test::Compare(..) | Test::Member(..) | Test::Has(..) | Test::Date(..) | Test::Some(_) => {
                if env.event.is_some() && self.theory.logic.size() > MAX_SIZE {
                    return beyond(TOO_MANY);
                }
                let outer = std::mem::take(&mut self.reads_own);
                let tri = self.atom(side, test, env);
                let reads_own = std::mem::replace(&mut self.reads_own, outer);
                match env.event {
                    Some(event) if reads_own => Ok(self.opened(tri?, grows(test), event)),
                    _ => tri,
                }
            }
        }
    }

    fn all(&mut self, side: usize, tests: &'p [Test], env: &Env) -> Encoded<Vec<Tri>> {
        tests.iter().map(|test| self.test_in(side, test, env)).collect()
    }

    pub fn both(&mut self, parts: &[Tri]) -> Tri {
        Tri { t: self.and(parts.iter().map(|part| part.t)), f: self.or(parts.iter().map(|part| part.f)) }
    }

    /// An atom: where it reads `latest` and its kin, for each event that may be meant.
    fn atom(&mut self, side: usize, test: &'p Test, env: &Env) -> Encoded<Tri> {
        let Some(pick) = self.open_pick(side, test, env) else { return self.plain_atom(side, test, env) };
        let without = self.atom(side, test, &env.with(pick, None))?;
        let (decided, chosen) = self.pick(side, pick, env)?;
        let (mut t, mut f) = (vec![decided], vec![decided]);
        for (slot, chosen) in chosen.into_iter().enumerate() {
            let with = self.atom(side, test, &env.with(pick, Some(slot)))?;
            t.push(self.or([!chosen, with.t]));
            f.push(self.or([!chosen, with.f]));
        }
        let (t, f) = (self.and(t), self.and(f));
        Ok(Tri { t: self.or([without.t, t]), f: self.or([without.f, f]) })
    }

    fn plain_atom(&mut self, side: usize, test: &'p Test, env: &Env) -> Encoded<Tri> {
        match test {
            Test::Fact(place) => self.boolean(side, *place, env),
            Test::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => self.boolean(side, pick.attribute, &env),
                None => Ok(self.unknown()),
            },
            Test::Compare(op, left, right) => self.compare(side, *op, left, right, env),
            Test::Member(member, among) => {
                let Some((na, lits)) = self.member(side, member, env)? else { return Ok(self.unknown()) };
                let (inside, outside): (Vec<_>, Vec<_>) = lits.iter().enumerate().partition(|(i, _)| among.contains(&(*i as u16)));
                let t = self.or(inside.into_iter().map(|(_, lit)| *lit));
                let f = self.or(outside.into_iter().map(|(_, lit)| *lit).chain([na]));
                Ok(Tri { t, f })
            }
            Test::Has(set, question) => {
                let Some((na, known, lits)) = self.set(side, set, env)? else { return Ok(self.unknown()) };
                let of = |wanted: &dyn Fn(&u16) -> bool| -> Vec<Lit> {
                    lits.iter().enumerate().filter(|(i, _)| wanted(&(*i as u16))).map(|(_, lit)| *lit).collect()
                };
                let holds = match question {
                    SetTest::Any => self.or(lits.iter().copied()),
                    SetTest::AnyOf(wanted) => self.or(of(&|i| wanted.contains(i))),
                    SetTest::AnyExcept(except) => self.or(of(&|i| !except.contains(i))),
                    SetTest::AllOf(wanted) => self.and(of(&|i| wanted.contains(i))),
                };
                let (t, f) = (self.and([known, holds]), self.and([known, !holds]));
                // Of a set that does not apply the question is asked as of an empty one.
                let f = self.or([f, na]);
                Ok(Tri { t, f })
            }
            Test::Date(date, relation, anchor) => {
                let (date, anchor) = (self.date(side, date, env)?, self.date(side, anchor, env)?);
                let extents: Vec<_> = date.cases.iter().map(|(guard, first, last)| (*guard, (*first, *last), (*first, *last))).collect();
                let tri = self.window(&extents, *relation, &anchor.cases);
                let f = self.or([tri.f, date.na, anchor.na]);
                Ok(Tri { t: tri.t, f })
            }
            Test::Some(selection) => self.some(side, selection, env),
            Test::Define(_) | Test::Not(_) | Test::And(_) | Test::Or(_) | Test::If(_) | Test::SomeOf(..) => self.test_in(side, test, env),
        }
    }

    fn unknown(&self) -> Tri {
        Tri { t: self.no(), f: self.no() }
    }

    // ------------------------------------------------------------ places

    /// What stands at a place, and whether it does not apply.
    fn place(&mut self, side: usize, place: Place, env: &Env) -> Encoded<(Rc<Raw>, Lit)> {
        match (place, env.event) {
            (Place::Fact(fact), _) => {
                let key = self.keys.key_of(side, fact);
                let raw = self.raw(key)?;
                let na = if self.protocol(side).facts[fact].when.is_some() { self.when(side, fact)?.f } else { self.no() };
                Ok((self.as_recorded(side, fact, key, &raw, na), na))
            }
            (Place::Attribute(i), Some((key, slot))) => {
                let raw = self.raw(key)?;
                match &*raw {
                    Raw::Events { slots, .. } => Ok((slots[slot].attributes[i].clone(), self.no())),
                    _ => beyond("an attribute of what has no events"),
                }
            }
            (Place::Attribute(_) | Place::EventDate | Place::EventEnd, _) => beyond("a part of no event"),
        }
    }

    fn boolean(&mut self, side: usize, place: Place, env: &Env) -> Encoded<Tri> {
        let (raw, na) = self.place(side, place, env)?;
        let Raw::Boolean { known, value } = &*raw else { return beyond("a test of what is not boolean") };
        let (t, f) = (self.and([*known, *value]), self.and([*known, !*value]));
        let f = self.or([f, na]);
        Ok(Tri { t, f })
    }

    /// The literals of the members as the side numbers them; none, where a pick has no value.
    fn member(&mut self, side: usize, member: &'p MemberExpr, env: &Env) -> Encoded<Option<(Lit, Vec<Lit>)>> {
        let (place, env) = match member {
            MemberExpr::Place(place) => (*place, env.clone()),
            MemberExpr::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => (pick.attribute, env),
                None => return Ok(None),
            },
        };
        let (raw, na) = self.place(side, place, &env)?;
        let Raw::Member { members, .. } = &*raw else { return beyond("a member of what has none") };
        Ok(Some((na, self.own_members(side, place, members))))
    }

    fn set(&mut self, side: usize, set: &'p SetExpr, env: &Env) -> Encoded<Option<(Lit, Lit, Vec<Lit>)>> {
        let (place, env) = match set {
            SetExpr::Place(place) => (*place, env.clone()),
            SetExpr::Pick(pick) => match self.picked(side, pick, env)? {
                Some(env) => (pick.attribute, env),
                None => return Ok(None),
            },
        };
        let (raw, na) = self.place(side, place, &env)?;
        let Raw::Set { known, members } = &*raw else { return beyond("a set of what is none") };
        Ok(Some((na, *known, self.own_members(side, place, members))))
    }

    fn own_members(&self, side: usize, place: Place, members: &[Lit]) -> Vec<Lit> {
        match place {
            Place::Fact(fact) => match self.keys.members(side, self.keys.key_of(side, fact)) {
                Some(map) => map.iter().map(|i| members[*i]).collect(),
                None => members.to_vec(),
            },
            Place::Attribute(_) | Place::EventDate | Place::EventEnd => members.to_vec(),
        }
    }
}
