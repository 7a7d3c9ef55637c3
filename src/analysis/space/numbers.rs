//! Numbers: what is asked of them in propositions, and the values that answer it.

use std::collections::BTreeMap;

use super::super::linear::{Constraint, Kind, Linear, NoNumbers, NumVar, Wish, common_measure, nearest, recordable, solve};
use super::super::logic::Lit;
use super::{Objection, Quantity, Theory, Wishes};
use crate::number::Number;

/// How often numbers may be rounded for one question.
pub(super) const MAX_BRANCHES: usize = 400;

/// A sum whose limits are ordered: `(b, false)` stands for `< b`, `(b, true)` for `<= b`.
pub(super) struct Form {
    pub(super) terms: BTreeMap<NumVar, Number>,
    pub(super) limits: BTreeMap<(Number, bool), Lit>,
}

pub(super) struct NumInfo {
    pub(super) alive: Lit,
    pub(super) whole: bool,
    /// The forms it stands in.
    pub(super) forms: Vec<usize>,
}

impl Theory {
    /// A new number; `alive` says when it is there to be known at all.
    pub fn number(&mut self, known: Lit, alive: Lit, whole: bool) -> Quantity {
        let alive = self.logic.and([known, alive]);
        self.numbers.push(NumInfo { alive, whole, forms: Vec::new() });
        Quantity { known, var: self.numbers.len() - 1 }
    }

    /// The sum is below zero, or, unless `strict`, zero.
    pub fn at_most_zero(&mut self, sum: &Linear, strict: bool) -> Lit {
        let Some((_, lead)) = sum.terms.first_key_value() else {
            return self.logic.constant(sum.constant.is_negative() || !strict && sum.constant.is_zero());
        };
        let lead = lead.clone();
        let unit = Number::whole(1).div(&lead).unwrap_or_else(|| Number::whole(1));
        let scaled = sum.scale(&unit);
        let bound = scaled.constant.neg();
        let form = self.form(&scaled);
        if lead.is_negative() { !self.limit(form, bound, !strict) } else { self.limit(form, bound, strict) }
    }

    fn form(&mut self, sum: &Linear) -> usize {
        let key: Vec<(NumVar, Number)> = sum.terms.iter().map(|(var, n)| (*var, n.clone())).collect();
        if let Some(form) = self.form_index.get(&key) {
            return *form;
        }
        let form = self.forms.len();
        key.iter().for_each(|(var, _)| self.numbers[*var].forms.push(form));
        self.forms.push(Form { terms: sum.terms.clone(), limits: BTreeMap::new() });
        self.form_index.insert(key, form);
        form
    }

    /// The form is at most the bound, or, where `strict`, below it.
    pub(super) fn limit(&mut self, form: usize, bound: Number, strict: bool) -> Lit {
        if let Some(asked) = &mut self.asked {
            asked.limits.insert((form, bound.clone()));
        }
        let (mut bound, mut closed) = (bound, !strict);
        let terms = &self.forms[form].terms;
        if terms.keys().all(|var| self.numbers[*var].whole) {
            // A sum of multiples of whole numbers goes in steps.
            let step = common_measure(terms.values());
            let steps = bound.div(&step).unwrap_or_else(|| bound.clone());
            let floor = steps.floor();
            let within = if strict && floor == steps { floor.sub(&Number::whole(1)) } else { floor };
            (bound, closed) = (within.mul(&step), true);
        } else if terms.len() == 1 && !recordable(&bound) {
            // No record can say the bound itself.
            closed = false;
        }
        let key = (bound, closed);
        if let Some(lit) = self.forms[form].limits.get(&key) {
            return *lit;
        }
        let lit = self.logic.fresh();
        let below = self.forms[form].limits.range(..key.clone()).next_back().map(|(_, lit)| *lit);
        let above = self.forms[form].limits.range(key.clone()..).next().map(|(_, lit)| *lit);
        if let Some(below) = below {
            self.logic.clause(&[!below, lit]);
        }
        if let Some(above) = above {
            self.logic.clause(&[!lit, above]);
        }
        self.forms[form].limits.insert(key, lit);
        lit
    }

    /// What the model says of a form: at most two constraints, each with its reason.
    fn constraints(&self, form: usize) -> Vec<(Constraint, Lit)> {
        let Form { terms, limits } = &self.forms[form];
        let mut found = Vec::new();
        if let Some(((bound, closed), lit)) = limits.iter().find(|(_, lit)| self.logic.holds(**lit)) {
            found.push((Constraint { terms: terms.clone(), bound: bound.clone(), strict: !closed }, *lit));
        }
        if let Some(((bound, closed), lit)) = limits.iter().rev().find(|(_, lit)| !self.logic.holds(**lit)) {
            let terms = terms.iter().map(|(var, n)| (*var, n.neg())).collect();
            found.push((Constraint { terms, bound: bound.neg(), strict: *closed }, !*lit));
        }
        found
    }

    /// The numbers of the model, or a clause that rules it out.
    pub(super) fn check_numbers(&self, wishes: &Wishes<'_>, left: &mut usize) -> Result<BTreeMap<NumVar, Number>, Objection> {
        let alive = |var: NumVar| self.logic.holds(self.numbers[var].alive);
        let wish = |var: NumVar| Wish {
            near: (wishes.number)(var).or_else(|| self.ties.wish(var, wishes)).unwrap_or_else(|| Number::whole(1)),
            kind: if self.numbers[var].whole { Kind::Whole } else { Kind::Decimal },
        };
        let mut values = BTreeMap::new();
        for start in 0..self.numbers.len() {
            if !alive(start) || values.contains_key(&start) {
                continue;
            }
            // All numbers that are compared with it, directly or through others.
            let (mut group, mut forms) = (vec![start], Vec::new());
            let mut next = 0;
            while next < group.len() {
                for form in &self.numbers[group[next]].forms {
                    if !forms.contains(form) && self.forms[*form].terms.keys().all(|var| alive(*var)) {
                        forms.push(*form);
                        for var in self.forms[*form].terms.keys() {
                            if !group.contains(var) {
                                group.push(*var);
                            }
                        }
                    }
                }
                next += 1;
            }
            let (constraints, reasons): (Vec<Constraint>, Vec<Lit>) = forms.iter().flat_map(|form| self.constraints(*form)).unzip();
            match solve(&constraints, wish, left) {
                Ok(found) => values.extend(found),
                Err(NoNumbers::Conflict(core)) => return Err(Objection::Clause(core.iter().map(|i| !reasons[*i]).collect())),
                Err(NoNumbers::GaveUp) => return Err(Objection::GaveUp("only numbers that no record can say would do")),
            }
            for var in group {
                values.entry(var).or_insert_with(|| nearest(&None, &None, &wish(var)).unwrap_or_else(|| Number::whole(1)));
            }
        }
        Ok(values)
    }
}
