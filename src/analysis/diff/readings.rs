//! The change under each reading and hypothesis.

use super::comparison::Comparison;
use super::{Change, Under};
use crate::analysis::alike::Alike;
use crate::analysis::encode::{Beyond, Tri};
use crate::analysis::logic::Lit;
use crate::protocol::{About, Criterion, DefineBody, DefineId, Protocol, Rule, walk};

impl<'p> Comparison<'p> {
    /// The change under each reading and hypothesis, one at a time, all else at its default.
    pub(super) fn readings(&mut self, old: &[Result<Tri, Beyond>], new: &[Result<Tri, Beyond>]) {
        let (before, after) = (self.before, self.after);
        let sides = [(before, old), (after, new)];
        let named = [before, after].into_iter().flat_map(|protocol| &protocol.criteria);
        let named = named.flat_map(|own| own.readings.iter().map(|reading| (&own.about, &reading.about)));
        for (criterion, reading) in each_once(named) {
            let own = sides.map(|(protocol, _)| {
                let i = protocol.criteria.iter().position(|own| own.about.name == criterion)?;
                Some((i, protocol.criteria[i].kind, reading_of(&protocol.criteria[i], &reading)?))
            });
            // What both versions state alike is one outcome.
            let shared = match own {
                [Some((_, kind, old)), Some((_, other, new))] if kind == other => Alike::new(&self.questions.encoder.keys).rules(old, new),
                _ => false,
            };
            let mut eligible = Vec::new();
            let mut known = None;
            for (side, (_, outcomes)) in sides.iter().enumerate() {
                let mut outcomes: Vec<Result<Tri, Beyond>> = outcomes.to_vec();
                if let Some((i, kind, rule)) = own[side] {
                    let tri = known.filter(|_| shared).unwrap_or_else(|| self.questions.open_reading(side, kind, rule));
                    known = Some(tri);
                    outcomes[i] = Ok(tri);
                }
                eligible.push(self.eligible(side, &outcomes));
            }
            self.under(format!("{criterion}: {reading}"), &eligible, &[]);
            self.questions.forget();
        }
        self.define_readings(&sides);
        for (i, hypothesis) in after.hypotheses.iter().enumerate() {
            let mut holds = Vec::new();
            for (side, protocol) in [before, after].into_iter().enumerate() {
                let own = protocol.hypotheses.iter().find(|own| own.about.name == hypothesis.about.name);
                holds.extend(own.map(|own| self.questions.encoder.test(side, &own.test)));
            }
            let holds: Result<Vec<Lit>, Beyond> = holds.into_iter().map(|tri| tri.map(|tri| !tri.f)).collect();
            let eligible: Vec<Option<Lit>> = sides.iter().enumerate().map(|(side, (_, outcomes))| self.eligible(side, outcomes)).collect();
            let name = after.hypotheses[i].about.name.clone();
            match holds {
                Ok(holds) => self.under(name, &eligible, &holds),
                Err(_) => self.undecided_under(name),
            }
        }
    }

    /// The change under each reading of a definition.
    fn define_readings(&mut self, sides: &[(&'p Protocol, &[Result<Tri, Beyond>]); 2]) {
        let named = sides.iter().flat_map(|(protocol, _)| &protocol.defines);
        let named = named.flat_map(|own| own.readings.iter().map(|reading| (&own.about, &reading.about)));
        for (define, reading) in each_once(named) {
            let mut replaced: Vec<(usize, DefineId, &'p DefineBody)> = Vec::new();
            let mut out_of_reach = false;
            for (side, (protocol, _)) in sides.iter().enumerate() {
                let found = protocol.defines.iter().position(|own| own.about.name == define);
                if let Some(i) = found
                    && let Some(other) = protocol.defines[i].readings.iter().find(|own| own.about.name == reading)
                {
                    replaced.push((side, i, &other.body));
                    // Where it decides which facts apply, the records themselves would be others.
                    out_of_reach |= protocol.facts.iter().flat_map(|fact| &fact.when).any(|when| walk::reads_define(protocol, when, i))
                        || matches!(other.body, DefineBody::Inlined);
                }
            }
            let name = format!("{define}: {reading}");
            if out_of_reach {
                self.undecided_under(name);
                continue;
            }
            self.questions.encoder.replace(replaced.clone());
            let mut eligible = Vec::new();
            for (side, (protocol, outcomes)) in sides.iter().enumerate() {
                let mut outcomes = outcomes.to_vec();
                for (at, define, _) in replaced.iter().filter(|(at, ..)| *at == side) {
                    for (i, criterion) in protocol.criteria.iter().enumerate() {
                        if criterion.rule.tests().any(|test| walk::reads_define(protocol, test, *define)) {
                            outcomes[i] = self.questions.passes(*at, criterion.kind, &criterion.rule);
                        }
                    }
                }
                eligible.push(self.eligible(side, &outcomes));
            }
            self.questions.encoder.replace(Vec::new());
            self.under(name, &eligible, &[]);
        }
    }

    fn eligible(&mut self, side: usize, outcomes: &[Result<Tri, Beyond>]) -> Option<Lit> {
        let known: Option<Vec<Tri>> = outcomes.iter().map(|outcome| outcome.as_ref().ok().copied()).collect();
        Some(self.questions.verdicts(side, &known?).eligible)
    }

    fn under(&mut self, name: String, eligible: &[Option<Lit>], given: &[Lit]) {
        match self.change_between(eligible[0], eligible[1], given) {
            Change::Undecided => self.undecided_under(name),
            change => self.diff.under.push(Under { name, change }),
        }
    }

    fn undecided_under(&mut self, name: String) {
        self.undecided(format!("what the change comes to under `{name}`"));
        self.diff.under.push(Under { name, change: Change::Undecided });
    }
}

/// The names of what has a reading, and of the reading; what both versions have, once.
fn each_once<'p>(named: impl Iterator<Item = (&'p About, &'p About)>) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for name in named.map(|(own, reading)| (own.name.clone(), reading.name.clone())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn reading_of<'p>(criterion: &'p Criterion, name: &str) -> Option<&'p Rule> {
    criterion.readings.iter().find(|reading| reading.about.name == name).map(|reading| &reading.rule)
}
