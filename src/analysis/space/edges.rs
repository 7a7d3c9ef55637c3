//! The limits that a test asks of: met, and missed by the least there is.

use std::collections::BTreeSet;

use super::super::days::{DayVar, Step};
use super::super::logic::Lit;
use super::Theory;
use crate::number::Number;

/// Comparisons that were asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) days: BTreeSet<(DayVar, Step, DayVar)>,
    pub(super) limits: BTreeSet<(usize, Number)>,
}

impl Theory {
    /// Begins to record which limits are asked for.
    pub fn record_edges(&mut self) {
        self.asked = Some(Asked::default());
    }

    /// The limits that were asked for since: met, and missed by the least there is on both sides.
    pub fn recorded_edges(&mut self) -> Vec<(String, Vec<Lit>)> {
        let Asked { days, limits } = self.asked.take().unwrap_or_default();
        let mut found = Vec::new();
        // Of a date that is exact the first day is the date.
        let plain = |var: DayVar| self.days[var].same_as.map_or(var, |(first, _)| first);
        let days: BTreeSet<_> = days.into_iter().map(|(from, step, to)| (plain(from), step, plain(to))).collect();
        for (from, step, to) in days {
            for (off, what) in [(0, "a date lies on the limit to the day"), (1, "a date lies a day beyond the limit"), (-1, "a date lies a day before the limit")] {
                let (reached, passed) = (self.atom(from, step.plus(off), to), self.atom(from, step.plus(off + 1), to));
                found.push((what.to_string(), vec![reached, !passed, self.days[from].alive, self.days[to].alive]));
            }
        }
        for (form, limit) in limits {
            let whole = self.forms[form].terms.keys().all(|var| self.numbers[*var].whole);
            let text = limit.to_string();
            let places = if whole { 0 } else { text.split_once('.').map_or(1, |(_, decimals)| decimals.len() as i32) };
            let step = Number::decimal(1, -places);
            let alive: Vec<Lit> = self.forms[form].terms.keys().map(|var| self.numbers[*var].alive).collect();
            for (value, what) in [
                (limit.clone(), format!("a value lies on the limit {text}")),
                (limit.add(&step), format!("a value lies just above the limit {text}")),
                (limit.sub(&step), format!("a value lies just below the limit {text}")),
            ] {
                let (most, below) = (self.limit(form, value.clone(), false), self.limit(form, value, true));
                found.push((what, [&alive[..], &[most, !below]].concat()));
            }
        }
        found
    }
}
