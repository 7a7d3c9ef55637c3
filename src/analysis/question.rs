//! Asking for subjects: is there a record for which this holds?
//!
//! What a criterion rests on is opened up only when a question turns on it: to
//! begin with its outcome is free, and the subject that is found, like an
//! ordinary one but for what the question speaks of, is put before the
//! evaluator. Where that says something else of a criterion, the criterion is
//! opened up and the question asked again. No subject under free outcomes is
//! no subject at all, so both answers are exact.

use std::cell::RefCell;
use std::time::Instant;

use serde_json::{Map, Value};

use super::alike::Alike;
use super::encode::{Beyond, Encoder, Tri};
use super::judge::{Judge, Judged};
use super::keys::Keys;
use super::logic::Lit;
use super::sample::TODAY;
use super::space::{Found, Wishes};
use super::subject::{BaseWishes, Subject};
use crate::calendar::{Day, Days, day_text};
use crate::evaluate::{Outcome, Report, Truth};
use crate::protocol::{CriterionKind, Protocol, Rule, Statement, Test, walk};

/// Clauses that one question may learn before it is given up.
const BUDGET: u64 = 20_000;

/// So many events of a list are tried first: those of a subject that is shown should be few.
const FEW: usize = 2;

/// Verdicts are formed of so many outcomes at a time: where one of them is exchanged, the other groups stay.
const GROUP: usize = 64;

/// What a question came to.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Yes(Subject),
    /// Nobody; these of the given literals cannot hold together.
    No(Vec<Lit>),
    Undecided(String),
}

impl Answer {
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }
}

/// A subject that proves something, as each version would record it.
#[derive(Debug, Clone)]
pub struct Witness {
    /// The record for each version asked about.
    pub records: Vec<Map<String, Value>>,
    /// What each version says of it.
    pub reports: Vec<Report>,
    /// The keys in which it differs from an ordinary subject who is eligible, where there is one.
    pub differs: Vec<String>,
}

/// When a subject is eligible for one version, and when ineligible; undetermined is neither.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdicts {
    pub eligible: Lit,
    pub ineligible: Lit,
}

/// What a subject has to be like, beside what the literals of the question say.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// The evaluator says this of it.
    Right(&'a dyn Fn(&[Judged]) -> bool),
    /// The evaluator says of every criterion what the model says.
    AsFound,
    /// The same, but of the assumptions and the criteria that are opened up alone.
    Apart,
}

/// Something that is true, false or unknown of a subject, and whether what it rests on has been opened up.
struct Asked<'p> {
    tri: Tri,
    side: usize,
    what: What<'p>,
    open: bool,
}

#[derive(Clone, Copy)]
enum What<'p> {
    /// Whether a criterion lets the subject pass.
    Criterion(usize),
    /// The same, of a rule that stands in the place of a criterion's own.
    Reading(CriterionKind, &'p Rule),
    /// An assumption that is taken to hold.
    Assumption(&'p Statement),
}

impl<'p> Asked<'p> {
    /// The tests that it rests on.
    fn tests(&self, keys: &Keys<'p>) -> Vec<&'p Test> {
        match self.what {
            What::Criterion(i) => keys.sides[self.side].criteria[i].rule.tests().collect(),
            What::Reading(_, rule) => rule.tests().collect(),
            What::Assumption(statement) => vec![&statement.test],
        }
    }

    /// What the evaluator says of the subject at hand.
    fn said(&self, judge: &Judge<'p>) -> Truth {
        let outcome = match self.what {
            What::Criterion(i) => judge.of(self.side, i),
            What::Reading(kind, rule) => judge.outcome(self.side, kind, rule),
            What::Assumption(statement) => return judge.truth(self.side, &statement.test),
        };
        Truth::between(outcome == Outcome::Pass, outcome != Outcome::Fail)
    }

    /// A reason, and what it is about.
    fn about(&self, keys: &Keys<'_>, why: &str) -> String {
        match self.what {
            What::Criterion(i) => format!("`{}`: {why}", keys.sides[self.side].criteria[i].about.name),
            What::Reading(..) => why.into(),
            What::Assumption(statement) => format!("the assumption `{}`: {why}", statement.about.name),
        }
    }
}

/// Questions about the subjects of one protocol, or of two versions of one.
pub(super) struct Questions<'p> {
    pub encoder: Encoder<'p>,
    /// No assumption that is taken to hold is false.
    world: Vec<Lit>,
    /// Which assumptions of each side are taken to hold.
    held: Vec<Vec<(usize, &'p Statement)>>,
    /// An ordinary subject: eligible, once one is known.
    base: Subject,
    judge: RefCell<Judge<'p>>,
    asked: Vec<Asked<'p>>,
}

impl<'p> Questions<'p> {
    pub fn new(sides: Vec<&'p Protocol>) -> Self {
        Self::with(sides, false)
    }

    /// Where lists have full ends, more of their events are told apart.
    pub fn with(sides: Vec<&'p Protocol>, full_ends: bool) -> Self {
        let encoder = Encoder::new(Keys::new(sides, full_ends), BUDGET);
        let held = held(&encoder.keys);
        let base = Subject::ordinary(&encoder.keys);
        let tests = held.iter().map(|own| own.iter().map(|(_, statement)| &statement.test).collect()).collect();
        let judge = RefCell::new(Judge::new(&encoder.keys, base.clone(), tests));
        let mut questions = Self { encoder, world: Vec::new(), held, base, judge, asked: Vec::new() };
        for side in 0..questions.held.len() {
            for i in 0..questions.held[side].len() {
                let statement = questions.held[side][i].1;
                let tri = questions.open(side, What::Assumption(statement));
                questions.world.push(!tri.f);
            }
        }
        let mut base = questions.base.clone();
        questions.fit(&mut base, false);
        questions.settle(&base);
        questions
    }

    /// Gives up what is asked later than this, if ever.
    pub fn until(mut self, until: Option<Instant>) -> Self {
        if let Some(until) = until {
            self.encoder.theory.logic.stop_at(until);
        }
        self
    }

    pub fn protocol(&self, side: usize) -> &'p Protocol {
        self.encoder.keys.sides[side]
    }

    /// The ordinary subject.
    pub fn base(&self) -> &Subject {
        &self.base
    }

    /// Makes a subject the ordinary one.
    pub fn settle(&mut self, subject: &Subject) {
        self.judge.get_mut().look(&self.encoder.keys, subject);
        self.base = subject.settled();
        self.judge.get_mut().settle(self.base.clone());
    }

    // ------------------------------------------------------------ outcomes

    /// When a rule lets a subject pass, and when it does not.
    pub fn passes(&mut self, side: usize, kind: CriterionKind, rule: &'p Rule) -> Result<Tri, Beyond> {
        let test = self.encoder.test(side, &rule.test)?;
        let lets_in = match kind {
            CriterionKind::Include => test,
            CriterionKind::Exclude => test.not(),
        };
        match &rule.unless {
            None => Ok(lets_in),
            Some(unless) => {
                let unless = self.encoder.test(side, unless)?;
                Ok(self.encoder.both(&[lets_in.not(), unless.not()]).not())
            }
        }
    }

    /// The outcome of a criterion, opened up at once.
    pub fn criterion(&mut self, side: usize, i: usize) -> Result<Tri, Beyond> {
        let criterion = &self.protocol(side).criteria[i];
        let tri = self.passes(side, criterion.kind, &criterion.rule)?;
        self.asked.push(Asked { tri, side, what: What::Criterion(i), open: false });
        Ok(tri)
    }

    /// The outcome of a criterion, opened up when a question turns on it.
    pub fn open_criterion(&mut self, side: usize, i: usize) -> Tri {
        self.open(side, What::Criterion(i))
    }

    /// The outcomes of both sides. What the two state alike is one outcome, and opened up only when a question
    /// turns on it.
    pub fn outcomes(&mut self) -> [Vec<Result<Tri, Beyond>>; 2] {
        let unchanged: Vec<Option<usize>> = (0..self.protocol(1).criteria.len()).map(|i| self.encoder.keys.unchanged(i)).collect();
        let mut kept = vec![false; self.protocol(0).criteria.len()];
        unchanged.iter().flatten().for_each(|i| kept[*i] = true);
        let old: Vec<Result<Tri, Beyond>> =
            (0..kept.len()).map(|i| if kept[i] { Ok(self.open_criterion(0, i)) } else { self.criterion(0, i) }).collect();
        let new = unchanged.iter().enumerate().map(|(i, same)| match same {
            Some(same) => old[*same].clone(),
            None => self.criterion(1, i),
        });
        let new = new.collect();
        [old, new]
    }

    /// The outcome of a rule that stands in the place of a criterion's own, until [`Self::forget`].
    pub fn open_reading(&mut self, side: usize, kind: CriterionKind, rule: &'p Rule) -> Tri {
        self.open(side, What::Reading(kind, rule))
    }

    fn open(&mut self, side: usize, what: What<'p>) -> Tri {
        let logic = &mut self.encoder.theory.logic;
        let tri = Tri { t: logic.likely(), f: logic.fresh() };
        logic.clause(&[!tri.t, !tri.f]);
        self.asked.push(Asked { tri, side, what, open: true });
        tri
    }

    /// Forgets the readings: what they say matters no longer.
    pub fn forget(&mut self) {
        self.asked.retain(|asked| !matches!(asked.what, What::Reading(..)));
    }

    /// The verdicts of a side, given the outcome of each of its criteria.
    pub fn verdicts(&mut self, side: usize, outcomes: &[Tri]) -> Verdicts {
        let protocol = self.protocol(side);
        let arms: Vec<Tri> = if protocol.is_scoped() {
            (0..protocol.arms.len()).map(|arm| self.of_arm(side, arm, outcomes)).collect()
        } else {
            vec![self.all(outcomes)]
        };
        let logic = &mut self.encoder.theory.logic;
        Verdicts { eligible: logic.or(arms.iter().map(|arm| arm.t)), ineligible: logic.and(arms.iter().map(|arm| arm.f)) }
    }

    /// Whether the criteria that are for an arm let a subject pass.
    pub fn of_arm(&mut self, side: usize, arm: usize, outcomes: &[Tri]) -> Tri {
        let own = self.protocol(side).criteria.iter().zip(outcomes).filter(|(criterion, _)| criterion.is_for(arm));
        let own: Vec<Tri> = own.map(|(_, tri)| *tri).collect();
        self.all(&own)
    }

    fn all(&mut self, outcomes: &[Tri]) -> Tri {
        let groups: Vec<Tri> = outcomes.chunks(GROUP).map(|group| self.encoder.both(group)).collect();
        self.encoder.both(&groups)
    }

    // ------------------------------------------------------------ questions

    /// Whether nobody at all fits the assumptions.
    pub fn nobody_fits(&mut self) -> bool {
        !self.world.is_empty() && matches!(self.found(&[]), Answer::No(_))
    }

    /// Looks for a subject of whom everything is known.
    pub fn complete(&mut self, lits: &[Lit], right: &dyn Fn(&[Judged]) -> bool) -> Answer {
        let given = [lits, &[self.encoder.complete]].concat();
        self.ask(&given, right)
    }

    /// Looks for a subject of whom everything is known, and leaves it as it is found: enough where only whether
    /// there is one matters.
    pub fn found(&mut self, lits: &[Lit]) -> Answer {
        let given = [lits, &[self.encoder.complete]].concat();
        self.search(&given, Wanted::AsFound)
    }

    /// The same, of criteria taken by themselves: whatever the others say.
    pub fn apart(&mut self, lits: &[Lit]) -> Answer {
        let given = [lits, &[self.encoder.complete]].concat();
        self.search(&given, Wanted::Apart)
    }

    /// Looks for a subject of whom everything is known; the ordinary one, where it will do.
    pub fn ordinary(&mut self, lits: &[Lit], right: &dyn Fn(&[Judged]) -> bool) -> Answer {
        let base = self.base.clone();
        if self.accepts(&base, true, right) { Answer::Yes(base) } else { self.complete(lits, right) }
    }

    /// Looks for a subject for whom the literals hold, and no assumption is false.
    pub fn ask(&mut self, lits: &[Lit], right: &dyn Fn(&[Judged]) -> bool) -> Answer {
        let complete = lits.contains(&self.encoder.complete);
        match self.search(lits, Wanted::Right(right)) {
            Answer::Yes(subject) => Answer::Yes(self.nearest(subject, None, &|tried| self.accepts(tried, complete, right))),
            other => other,
        }
    }

    /// A subject for whom the literals hold, as it is found.
    fn search(&mut self, lits: &[Lit], wanted: Wanted<'_>) -> Answer {
        const NOT_SO: &str = "the evaluator says something else of the subject that was found";
        let complete = lits.contains(&self.encoder.complete);
        // To begin with no list holds more than a few events, and none more than are told apart.
        let (mut most, mut closed) = (FEW, true);
        let mut given: Vec<Lit> = self.world.iter().chain(lits).copied().collect();
        // Why a criterion could not be opened up, where it was held to what it says of the ordinary subject.
        let mut beyond: Option<String> = None;
        loop {
            let wishes = BaseWishes::new(&self.encoder, &self.base);
            let wishes = Wishes {
                number: &|var| wishes.numbers.get(&var).cloned(),
                day: &|var| wishes.days.get(&var).copied(),
                first: &wishes.first,
            };
            let closes = self.encoder.is_closed().filter(|_| closed);
            let few = self.encoder.few_events(most);
            let assumed: Vec<Lit> = given.iter().chain(&few).copied().chain(closes).collect();
            let values = match self.encoder.theory.ask(&assumed, &wishes) {
                Found::Yes(values) => values,
                Found::No(core) if core.iter().any(|lit| few.contains(lit)) => {
                    most *= 4;
                    continue;
                }
                Found::No(core) if closes.is_some_and(|closes| core.contains(&closes)) => {
                    closed = false;
                    continue;
                }
                Found::No(core) => return beyond.map_or(Answer::No(core), Answer::Undecided),
                Found::Undecided(why) => return Answer::Undecided(why.into()),
            };
            let mut subject = Subject::of_model(&self.encoder, &values, &self.base);
            self.fit(&mut subject, complete);
            if let Wanted::Right(right) = wanted
                && self.accepts(&subject, complete, right)
            {
                return Answer::Yes(subject);
            }
            let Some(mut wrong) = self.misjudged(&subject) else {
                if !closed && self.encoder.tell_kinds() {
                    continue;
                }
                return Answer::Undecided(if closed { NOT_SO } else { self.encoder.why_open() }.into());
            };
            if matches!(wanted, Wanted::Apart) {
                wrong.retain(|i| matches!(self.asked[*i].what, What::Assumption(_)));
            }
            if wrong.is_empty() {
                let found = !matches!(wanted, Wanted::Right(_)) && self.accepts(&subject, complete, &|_| true);
                return if found { Answer::Yes(subject) } else { Answer::Undecided(NOT_SO.into()) };
            }
            let logic = &self.encoder.theory.logic;
            let silent: Vec<bool> = wrong.iter().map(|i| !logic.holds(self.asked[*i].tri.t) && !logic.holds(self.asked[*i].tri.f)).collect();
            for (i, silent) in wrong.into_iter().zip(silent) {
                if let Err(Beyond(why)) = self.open_up(i) {
                    let why = self.asked[i].about(&self.encoder.keys, &why);
                    let Some(held) = self.hold(i, silent) else { return Answer::Undecided(why) };
                    given.extend(held);
                    beyond.get_or_insert(why);
                }
            }
        }
    }

    /// The open criteria of which the evaluator says something else than the model; none, where it does so of one
    /// that is opened up.
    fn misjudged(&self, subject: &Subject) -> Option<Vec<usize>> {
        let logic = &self.encoder.theory.logic;
        let mut judge = self.judge.borrow_mut();
        judge.look(&self.encoder.keys, subject);
        let mut wrong = Vec::new();
        for (i, asked) in self.asked.iter().enumerate() {
            let said = asked.said(&judge);
            if (logic.holds(asked.tri.t), logic.holds(asked.tri.f)) != (said == Truth::True, said == Truth::False) {
                if !asked.open {
                    return None;
                }
                wrong.push(i);
            }
        }
        Some(wrong)
    }

    /// Ties the outcome of an open criterion to what it rests on.
    fn open_up(&mut self, i: usize) -> Result<(), Beyond> {
        let Asked { tri, side, what, .. } = self.asked[i];
        let meant = match what {
            What::Criterion(i) => {
                let criterion = &self.protocol(side).criteria[i];
                self.passes(side, criterion.kind, &criterion.rule)?
            }
            What::Reading(kind, rule) => self.passes(side, kind, rule)?,
            What::Assumption(statement) => self.encoder.test(side, &statement.test)?,
        };
        for (free, tied) in [(tri.t, meant.t), (tri.f, meant.f)] {
            self.encoder.theory.logic.clause(&[!free, tied]);
            self.encoder.theory.logic.clause(&[free, !tied]);
        }
        self.asked[i].open = false;
        Ok(())
    }

    /// Of a criterion that cannot be opened up: its facts as they are of the ordinary subject, or not known where it
    /// is to be undetermined, and what it says then.
    fn hold(&mut self, i: usize, silent: bool) -> Option<Vec<Lit>> {
        let Asked { tri, side, .. } = self.asked[i];
        let (mut held, mut subject) = (Vec::new(), self.base.clone());
        for fact in walk::all_facts(self.protocol(side), self.asked[i].tests(&self.encoder.keys)) {
            let key = self.encoder.keys.key_of(side, fact);
            if silent {
                subject.set(key, Value::Null);
            }
            let raw = self.encoder.raw(key).ok()?;
            let ty = self.encoder.keys.all[key].ty.clone();
            if !self.encoder.pin(&raw, &ty, subject.get(key), &mut held) {
                return None;
            }
        }
        let judge = self.judge.get_mut();
        judge.look(&self.encoder.keys, &subject);
        held.extend(match self.asked[i].said(judge) {
            Truth::True => [tri.t, !tri.f],
            Truth::False => [!tri.t, tri.f],
            Truth::Unknown => [!tri.t, !tri.f],
        });
        Some(held)
    }

    // ------------------------------------------------------------ subjects

    /// Takes away what does not apply; of a complete subject, says what applies and was not said yet.
    pub fn fit(&self, subject: &mut Subject, complete: bool) {
        let keys = &self.encoder.keys;
        let mut judge = self.judge.borrow_mut();
        let conditional: usize = keys.sides.iter().map(|protocol| protocol.conditional.len()).sum();
        // One fact that does not apply can decide whether another does.
        for _ in 0..=2 * conditional {
            judge.look(keys, subject);
            let wrong = judge.wrong(keys);
            let mut said = wrong.iter().map(|key| (*key, Value::Null)).collect::<Vec<_>>();
            if said.is_empty() && complete {
                said = unsaid(keys, &judge, subject).filter(|key| !self.encoder.speaks_of(*key)).map(|key| (key, keys.usual(key))).collect();
            }
            if said.is_empty() {
                return;
            }
            said.into_iter().for_each(|(key, value)| subject.set(key, value));
        }
    }

    /// Whether every side can record the subject, no assumption is false, and each side says what it has to.
    pub fn accepts(&self, subject: &Subject, complete: bool, right: &dyn Fn(&[Judged]) -> bool) -> bool {
        let keys = &self.encoder.keys;
        let mut judge = self.judge.borrow_mut();
        judge.look(keys, subject);
        judge.wrong(keys).is_empty()
            && !(complete && unsaid(keys, &judge, subject).next().is_some())
            && right(&judge.judged())
            && !judge.contradicts()
    }

    /// What the judge says of a subject.
    pub fn judged<T>(&self, subject: &Subject, ask: impl FnOnce(&Judge<'p>) -> T) -> T {
        let mut judge = self.judge.borrow_mut();
        judge.look(&self.encoder.keys, subject);
        ask(&judge)
    }

    /// The subject with as much as possible, but for some keys, set back to what an ordinary one says.
    pub fn nearest(&self, mut subject: Subject, keep: Option<&[usize]>, accepts: &dyn Fn(&Subject) -> bool) -> Subject {
        let kept = |key: &usize| keep.is_some_and(|keep| keep.contains(key));
        let differing = |subject: &Subject| -> Vec<usize> { subject.own().filter(|key| !kept(key)).collect() };
        let differs = differing(&subject);
        set_back(&mut subject, &differs, accepts);
        for key in differs {
            self.drop_events(&mut subject, key, accepts);
            self.bring_dates(&mut subject, key, accepts);
        }
        // What one fact had to say because of another it may no longer have to, now that the other is back.
        loop {
            let differs = differing(&subject);
            for key in &differs {
                set_back(&mut subject, &[*key], accepts);
            }
            if subject.own().filter(|key| !kept(key)).count() == differs.len() {
                return subject;
            }
        }
    }

    /// Brings the dates under a key as near as may be to those of the ordinary subject, which is where they turn.
    fn bring_dates(&self, subject: &mut Subject, key: usize, accepts: &dyn Fn(&Subject) -> bool) {
        let mut places = Vec::new();
        date_places(subject.get(key), String::new(), &mut places);
        for place in places {
            let day = |value: &Value| value.pointer(&place).and_then(Value::as_str).and_then(Days::parse).map(|days| days.first);
            let usual = day(self.base.get(key)).or_else(|| Days::parse(TODAY).map(|days| days.first));
            let (Some(found), Some(usual)) = (day(subject.get(key)), usual) else { continue };
            let mut attempt = |day: Day| {
                let mut value = subject.get(key).clone();
                let Some(Value::String(text)) = value.pointer_mut(&place) else { return false };
                *text = day_text(day)[..text.len()].to_string();
                let mut tried = subject.clone();
                tried.set(key, value);
                let fits = accepts(&tried);
                if fits {
                    *subject = tried;
                }
                fits
            };
            // Halfway to where it will not do any more, again and again.
            let (mut near, mut far) = (usual, found);
            if near == far || attempt(near) {
                continue;
            }
            while (far - near).abs() > 1 {
                let middle = near + (far - near) / 2;
                if attempt(middle) {
                    far = middle;
                } else {
                    near = middle;
                }
            }
        }
    }

    /// Events that prove nothing.
    fn drop_events(&self, subject: &mut Subject, key: usize, accepts: &dyn Fn(&Subject) -> bool) {
        let is_events = matches!(self.encoder.keys.all[key].ty, crate::protocol::Type::Events(_));
        let mut i = 0;
        while let Some(list) = subject.get(key).as_array().filter(|list| is_events && i < list.len()) {
            let mut list = list.clone();
            list.remove(i);
            let mut tried = subject.clone();
            tried.set(key, Value::Array(list));
            if accepts(&tried) {
                *subject = tried;
            } else {
                i += 1;
            }
        }
    }

    /// As it is shown: its records, read as anybody's would be, with what each version says of them. None, where
    /// that is not what was found.
    pub fn witness(&self, subject: &Subject) -> Option<Witness> {
        let keys = &self.encoder.keys;
        let mut witness = Witness { records: Vec::new(), reports: Vec::new(), differs: Vec::new() };
        let judged = self.judged(subject, Judge::judged);
        for (side, judged) in judged.iter().enumerate() {
            let record = Value::Object(subject.record(keys, side));
            let report = Subject::report(keys, side, &record)?;
            let fits = !report.contradicts.iter().any(|i| self.held[side].iter().any(|(held, _)| held == i));
            if !fits || report.verdict != judged.verdict || report.outcomes != judged.outcomes {
                return None;
            }
            let Value::Object(record) = record else { return None };
            witness.records.push(record);
            witness.reports.push(report);
        }
        witness.differs = subject.own().map(|key| keys.all[key].name.clone()).collect();
        Some(witness)
    }

    /// As few of the assumptions as cannot hold together, of those that a question named.
    pub fn minimal(&mut self, core: &[Lit], fixed: &[Lit]) -> Vec<Lit> {
        let mut kept: Vec<Lit> = core.iter().copied().filter(|lit| !fixed.contains(lit) && !self.world.contains(lit)).collect();
        let mut i = 0;
        while i < kept.len() {
            let mut fewer: Vec<Lit> = kept.clone();
            fewer.remove(i);
            let given: Vec<Lit> = fewer.iter().chain(fixed).copied().collect();
            match self.search(&given, Wanted::AsFound) {
                Answer::No(_) => kept = fewer,
                Answer::Yes(_) | Answer::Undecided(_) => i += 1,
            }
        }
        kept
    }
}

/// The assumptions of each side that are taken to hold. What one version alone assumes would hide what the change
/// does to the others; it is taken to hold only where it speaks of a fact that the other version does not have.
fn held<'p>(keys: &Keys<'p>) -> Vec<Vec<(usize, &'p Statement)>> {
    let alike = (keys.sides.len() == 2).then(|| Alike::new(keys));
    let holds = |side: usize, test: &Test| {
        let Some(alike) = &alike else { return true };
        let other = 1 - side;
        let reads = walk::facts(keys.sides[side], test);
        let own = reads.iter().any(|fact| keys.fact_of(other, keys.key_of(side, *fact)).is_none());
        own || keys.sides[other].assumptions.iter().any(|same| if side == 0 { alike.test(test, &same.test) } else { alike.test(&same.test, test) })
    };
    let of = |(side, protocol): (usize, &&'p Protocol)| {
        let stated = protocol.assumptions.iter().enumerate();
        stated.filter(|(_, statement)| holds(side, &statement.test)).collect()
    };
    keys.sides.iter().enumerate().map(of).collect()
}

/// The keys that apply to a subject somewhere, and of which nothing is said.
fn unsaid<'a>(keys: &'a Keys<'_>, judge: &'a Judge<'_>, subject: &'a Subject) -> impl Iterator<Item = usize> {
    keys.sides.iter().enumerate().flat_map(move |(side, protocol)| {
        let open = protocol.conditional.iter().map(move |fact| (*fact, keys.key_of(side, *fact)));
        open.filter(move |(fact, key)| subject.get(*key).is_null() && judge.applies(side, *fact) && !keys.all[*key].differs).map(|(_, key)| key)
    })
}

/// Where the dates of a value stand, as JSON pointers.
fn date_places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::String(text) if Days::parse(text).is_some() => found.push(at),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, value)| date_places(value, format!("{at}/{i}"), found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| date_places(value, format!("{at}/{key}"), found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Sets back as many of the keys as may be, half of them at a time.
fn set_back(subject: &mut Subject, keys: &[usize], accepts: &dyn Fn(&Subject) -> bool) {
    if keys.is_empty() {
        return;
    }
    let mut tried = subject.clone();
    keys.iter().for_each(|key| tried.reset(*key));
    if accepts(&tried) {
        *subject = tried;
    } else if keys.len() > 1 {
        let (left, right) = keys.split_at(keys.len() / 2);
        set_back(subject, left, accepts);
        set_back(subject, right, accepts);
    }
}
