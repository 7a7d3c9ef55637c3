//! Numbers that satisfy linear comparisons: exact Fourier–Motzkin elimination.
//!
//! Only numbers that are compared with each other come here, a few at a time;
//! what is compared with constants alone is decided by the order of the
//! constants. Each derived comparison knows what it was derived from, so a
//! contradiction names its causes.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::number::Number;

/// An index of a number that is looked for.
pub(super) type NumVar = usize;

/// A sum of multiples, and a constant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Linear {
    pub terms: BTreeMap<NumVar, Number>,
    pub constant: Number,
}

impl Linear {
    pub fn constant(number: Number) -> Self {
        Self { terms: BTreeMap::new(), constant: number }
    }

    pub fn var(var: NumVar) -> Self {
        Self { terms: BTreeMap::from([(var, Number::whole(1))]), constant: Number::whole(0) }
    }

    pub fn is_constant(&self) -> bool {
        self.terms.is_empty()
    }

    pub fn scale(&self, factor: &Number) -> Self {
        if factor.is_zero() {
            return Self::constant(Number::whole(0));
        }
        Self {
            terms: self.terms.iter().map(|(var, n)| (*var, n.mul(factor))).collect(),
            constant: self.constant.mul(factor),
        }
    }

    pub fn add(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        sum.constant = sum.constant.add(&other.constant);
        for (var, n) in &other.terms {
            let entry = sum.terms.entry(*var).or_insert_with(|| Number::whole(0));
            *entry = entry.add(n);
            if entry.is_zero() {
                sum.terms.remove(var);
            }
        }
        sum
    }

    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.scale(&Number::whole(-1)))
    }
}

/// `terms <= bound`, or `<`.
#[derive(Debug, Clone)]
pub(super) struct Constraint {
    pub terms: BTreeMap<NumVar, Number>,
    pub bound: Number,
    pub strict: bool,
}

/// A constraint and what it was derived from, by index.
#[derive(Clone)]
struct Derived {
    constraint: Constraint,
    from: Vec<usize>,
}

/// Elimination may grow so far before it is given up.
const MAX_DERIVED: usize = 20_000;

/// Why there are no such numbers.
#[derive(Debug)]
pub(super) enum NoNumbers {
    /// These constraints (by index) cannot hold together.
    Conflict(Vec<usize>),
    /// It grew too large, or only numbers that no record can say would do.
    GaveUp,
}

/// How a value is to be chosen.
pub(super) struct Wish {
    pub near: Number,
    pub kind: Kind,
}

/// What kind of number a value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    /// One that a record can say.
    Decimal,
    /// Any: on the way to another one.
    Rational,
}

/// Values for all variables of the constraints, each as near to its wish as the ones before it allow.
///
/// Where whole numbers are asked for and rational ones are all that is found,
/// one of them is rounded down, or else up: branch and bound.
/// That may be done `left` times.
pub(super) fn solve(
    constraints: &[Constraint],
    wish: impl Fn(NumVar) -> Wish,
    left: &mut usize,
) -> Result<BTreeMap<NumVar, Number>, NoNumbers> {
    branch(&mut constraints.to_vec(), &wish, left)
}

fn branch(constraints: &mut Vec<Constraint>, wish: &dyn Fn(NumVar) -> Wish, left: &mut usize) -> Result<BTreeMap<NumVar, Number>, NoNumbers> {
    let stages = eliminate(constraints, &|var| wish(var).kind == Kind::Whole)?;
    // A value chosen early may ask for a third of it later, which no record can say: then from elsewhere.
    for start in [None, Some(0), Some(30), Some(21), Some(90)] {
        let wish = |var: NumVar| match start {
            None => wish(var),
            Some(n) => Wish { near: Number::whole(n), ..wish(var) },
        };
        if let Some(values) = choose_all(constraints, &stages, &wish) {
            return Ok(values);
        }
    }
    let rational = |var: NumVar| Wish { kind: Kind::Rational, ..wish(var) };
    let values = choose_all(constraints, &stages, &rational).ok_or(NoNumbers::GaveUp)?;
    let Some((var, value)) = values.into_iter().find(|(var, value)| wish(*var).kind == Kind::Whole && !value.is_whole()) else {
        return Err(NoNumbers::GaveUp);
    };
    *left = left.checked_sub(1).ok_or(NoNumbers::GaveUp)?;
    let (floor, this) = (value.floor(), constraints.len());
    let below = Constraint { terms: BTreeMap::from([(var, Number::whole(1))]), bound: floor.clone(), strict: false };
    let above = Constraint { terms: BTreeMap::from([(var, Number::whole(-1))]), bound: floor.neg().sub(&Number::whole(1)), strict: false };
    let mut causes = Vec::new();
    for side in [below, above] {
        constraints.push(side);
        let found = branch(constraints, wish, left);
        constraints.truncate(this);
        match found {
            // What conflicts without the rounding conflicts whichever way it goes.
            Err(NoNumbers::Conflict(core)) if !core.contains(&this) => return Err(NoNumbers::Conflict(core)),
            Err(NoNumbers::Conflict(core)) => causes.extend(core.into_iter().filter(|i| *i != this)),
            other => return other,
        }
    }
    causes.sort_unstable();
    causes.dedup();
    Err(NoNumbers::Conflict(causes))
}

/// The variables in the order of their elimination, each with the constraints it stood in then.
fn eliminate(constraints: &[Constraint], is_whole: &dyn Fn(NumVar) -> bool) -> Result<Vec<(NumVar, Vec<Derived>)>, NoNumbers> {
    let mut open = Tightest::new(is_whole);
    for (i, constraint) in constraints.iter().enumerate() {
        open.add(Derived { constraint: constraint.clone(), from: vec![i] });
    }
    let mut stages: Vec<(NumVar, Vec<Derived>)> = Vec::new();
    loop {
        contradiction(&open.kept)?;
        let equal = equality(&open.kept, is_whole);
        let Some(var) = equal.as_ref().map(|(var, _)| *var).or_else(|| cheapest(&open.kept, is_whole)) else { return Ok(stages) };
        let own: Vec<Rc<Terms>> = open.kept.keys().filter(|terms| terms.binary_search_by_key(&var, |(var, _)| *var).is_ok()).cloned().collect();
        // What a number is equal to takes its place; all else that bounds it follows.
        let is_equal = |terms: &Terms| equal.as_ref().is_none_or(|(_, equal)| equal.contains(terms));
        let own: Vec<(bool, Derived)> = own.into_iter().filter_map(|terms| Some((is_equal(&terms), open.kept.remove(&terms)?))).collect();
        let (uppers, lowers): (Vec<_>, Vec<_>) = own.iter().partition(|(_, derived)| !derived.constraint.terms[&var].is_negative());
        for (equal, upper) in &uppers {
            for (_, lower) in lowers.iter().filter(|(other, _)| *equal || *other) {
                open.add(join(upper, lower, var));
            }
        }
        if open.kept.len() > MAX_DERIVED {
            return Err(NoNumbers::GaveUp);
        }
        stages.push((var, own.into_iter().map(|(_, derived)| derived).collect()));
    }
}

/// Values for all variables, the last eliminated first.
fn choose_all(constraints: &[Constraint], stages: &[(NumVar, Vec<Derived>)], wish: &dyn Fn(NumVar) -> Wish) -> Option<BTreeMap<NumVar, Number>> {
    // A number that went with another one before its own turn is free.
    let mut values: BTreeMap<NumVar, Number> = BTreeMap::new();
    for var in constraints.iter().flat_map(|c| c.terms.keys()).filter(|var| stages.iter().all(|(staged, _)| staged != *var)) {
        values.insert(*var, nearest(&None, &None, &wish(*var)).unwrap_or_else(|| Number::whole(0)));
    }
    for (var, own) in stages.iter().rev() {
        let value = choose(*var, own, &values, &wish(*var))?;
        values.insert(*var, value);
    }
    Some(values)
}

/// A number that the constraints say the value of, given the others, and the terms that say so, both ways. Of whole
/// numbers one that stands there once, so that any whole numbers for the others leave a whole one for it.
fn equality(open: &Kept, is_whole: &dyn Fn(NumVar) -> bool) -> Option<(NumVar, [Terms; 2])> {
    let one = Number::whole(1);
    // Each pair is seen once, from the side that begins with what is not negative.
    let firsts = open.iter().filter(|(terms, _)| terms.first().is_some_and(|(_, n)| !n.is_negative()));
    firsts.filter(|(_, derived)| !derived.constraint.strict).find_map(|(terms, derived)| {
        let negated: Terms = terms.iter().map(|(var, n)| (*var, n.neg())).collect();
        let other = &open.get(&negated)?.constraint;
        if other.strict || other.bound.neg() != derived.constraint.bound {
            return None;
        }
        let all_whole = terms.iter().all(|(var, _)| is_whole(*var));
        let (var, _) = terms.iter().find(|(var, n)| if all_whole { size(n) == one } else { !is_whole(*var) })?;
        Some((*var, [terms.to_vec(), negated]))
    })
}

/// The variable whose elimination leaves the fewest constraints. Of whole numbers those first that stand nowhere as
/// a multiple: whatever whole numbers are chosen for the others then leave a whole one for them.
fn cheapest(open: &Kept, is_whole: &dyn Fn(NumVar) -> bool) -> Option<NumVar> {
    let mut ends: BTreeMap<NumVar, (bool, usize, usize)> = BTreeMap::new();
    let one = Number::whole(1);
    for terms in open.keys() {
        for (var, n) in terms.iter() {
            let (multiple, up, down) = ends.entry(*var).or_default();
            *(if n.is_negative() { down } else { up }) += 1;
            *multiple |= size(n) != one && is_whole(*var);
        }
    }
    ends.into_iter().min_by_key(|(_, (multiple, up, down))| (*multiple, up * down)).map(|(var, _)| var)
}

/// Terms in the order of their variables, which is quick to compare.
type Terms = Vec<(NumVar, Number)>;

fn terms_of(constraint: &Constraint) -> Terms {
    constraint.terms.iter().map(|(var, n)| (*var, n.clone())).collect()
}

/// Constraints by their terms.
type Kept = BTreeMap<Rc<Terms>, Derived>;

/// Of constraints that differ in their bounds alone, the tightest.
struct Tightest<'a> {
    kept: Kept,
    is_whole: &'a dyn Fn(NumVar) -> bool,
}

impl<'a> Tightest<'a> {
    fn new(is_whole: &'a dyn Fn(NumVar) -> bool) -> Self {
        Self { kept: BTreeMap::new(), is_whole }
    }

    fn add(&mut self, derived: Derived) {
        let Constraint { terms, bound, strict } = &derived.constraint;
        let whole = !terms.is_empty() && terms.keys().all(|var| (self.is_whole)(*var));
        // Scaled so that its first coefficient is one, up to the sign; of whole numbers, so that all are whole.
        let unit = if whole { common_measure(terms.values()) } else { terms.values().next().map_or_else(|| Number::whole(1), size) };
        let scaled = |n: &Number| n.div(&unit).unwrap_or_else(|| n.clone());
        let (mut bound, mut strict) = (scaled(bound), *strict);
        if whole {
            // A sum of whole numbers is one itself.
            let floor = bound.floor();
            bound = if strict && floor == bound { floor.sub(&Number::whole(1)) } else { floor };
            strict = false;
        }
        let constraint = Constraint { terms: terms.iter().map(|(var, n)| (*var, scaled(n))).collect(), bound, strict };
        let terms = terms_of(&constraint);
        let tighter = self.kept.get(&terms).is_none_or(|Derived { constraint: known, .. }| {
            constraint.bound < known.bound || constraint.bound == known.bound && constraint.strict && !known.strict
        });
        if tighter {
            self.kept.insert(Rc::new(terms), Derived { constraint, from: derived.from });
        }
    }
}

fn size(n: &Number) -> Number {
    if n.is_negative() { n.neg() } else { n.clone() }
}

/// What is left of constraints without terms says that zero is less than zero, or nothing.
fn contradiction(open: &Kept) -> Result<(), NoNumbers> {
    match open.get(&Terms::new()) {
        Some(Derived { constraint, from }) if constraint.bound.is_negative() || constraint.strict && constraint.bound.is_zero() => {
            Err(NoNumbers::Conflict(from.clone()))
        }
        _ => Ok(()),
    }
}

/// Eliminates `var` between an upper and a lower bound of it.
fn join(upper: &Derived, lower: &Derived, var: NumVar) -> Derived {
    let up = &upper.constraint.terms[&var];
    let down = lower.constraint.terms[&var].neg();
    let left = Linear { terms: upper.constraint.terms.clone(), constant: upper.constraint.bound.clone() }.scale(&down);
    let right = Linear { terms: lower.constraint.terms.clone(), constant: lower.constraint.bound.clone() }.scale(up);
    let sum = left.add(&right);
    let mut from: Vec<usize> = upper.from.iter().chain(&lower.from).copied().collect();
    from.sort_unstable();
    from.dedup();
    Derived {
        constraint: Constraint {
            terms: sum.terms,
            bound: sum.constant,
            strict: upper.constraint.strict || lower.constraint.strict,
        },
        from,
    }
}

/// One end of an interval, and whether it is out.
type End = Option<(Number, bool)>;

fn choose(var: NumVar, own: &[Derived], values: &BTreeMap<NumVar, Number>, wish: &Wish) -> Option<Number> {
    let (mut low, mut high): (End, End) = (None, None);
    for Derived { constraint, .. } in own {
        let mut bound = constraint.bound.clone();
        for (other, n) in constraint.terms.iter().filter(|(other, _)| **other != var) {
            bound = bound.sub(&n.mul(values.get(other)?));
        }
        let coefficient = &constraint.terms[&var];
        let bound = bound.div(coefficient)?;
        let end = if coefficient.is_negative() { &mut low } else { &mut high };
        let tighter = match &*end {
            None => true,
            Some((present, strict)) => {
                let closer = if coefficient.is_negative() { bound > *present } else { bound < *present };
                closer || bound == *present && constraint.strict && !strict
            }
        };
        if tighter {
            *end = Some((bound, constraint.strict));
        }
    }
    nearest(&low, &high, wish)
}

/// The number within an interval that a record can say and that lies nearest to the wish.
pub(super) fn nearest(low: &End, high: &End, wish: &Wish) -> Option<Number> {
    let within = |n: &Number| {
        low.as_ref().is_none_or(|(end, out)| n > end || !out && n == end)
            && high.as_ref().is_none_or(|(end, out)| n < end || !out && n == end)
    };
    let fits = |n: &Number| {
        within(n)
            && match wish.kind {
                Kind::Whole => n.is_whole() && recordable(n),
                Kind::Decimal => recordable(n),
                Kind::Rational => true,
            }
    };
    if fits(&wish.near) {
        return Some(wish.near.clone());
    }
    // The wish lies outside on one side: start from that end, in ever finer steps.
    let from_low = low.as_ref().is_some_and(|(end, _)| wish.near <= *end);
    let end = if from_low { &low.as_ref()?.0 } else { high.as_ref().map(|(end, _)| end).or(low.as_ref().map(|(end, _)| end))? };
    if fits(end) {
        return Some(end.clone());
    }
    let sign = if from_low { 1 } else { -1 };
    for places in 0..=14 {
        let step = Number::decimal(1, -places);
        let grid = end.div(&step)?.floor().mul(&step);
        for k in [0, 1, 2] {
            let n = grid.add(&step.mul(&Number::whole(sign * k)));
            if fits(&n) {
                return Some(n);
            }
        }
        if wish.kind == Kind::Whole {
            break;
        }
    }
    None
}

/// The greatest number of which all of these are whole multiples.
pub(super) fn common_measure<'n>(numbers: impl IntoIterator<Item = &'n Number>) -> Number {
    numbers.into_iter().fold(Number::whole(0), |mut a, n| {
        let mut b = size(n);
        while !b.is_zero() {
            let whole = a.div(&b).map_or_else(|| Number::whole(0), |n| n.floor());
            (a, b) = (b.clone(), a.sub(&whole.mul(&b)));
        }
        a
    })
}

/// Whether a JSON number can say it.
pub(super) fn recordable(number: &Number) -> bool {
    number.to_string().parse::<f64>().ok().and_then(Number::from_f64).is_some_and(|read| read == *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    fn at_most(terms: &[(NumVar, i64)], bound: &str, strict: bool) -> Constraint {
        Constraint { terms: terms.iter().map(|(var, n)| (*var, Number::whole(*n))).collect(), bound: n(bound), strict }
    }

    fn plain(_: NumVar) -> Wish {
        Wish { near: Number::whole(0), kind: Kind::Decimal }
    }

    #[test]
    fn a_difference_and_its_ends_conflict() {
        let constraints = [
            at_most(&[(0, 1), (1, -1)], "3", false),
            at_most(&[(0, -1)], "-10", false),
            at_most(&[(1, 1)], "7", true),
            at_most(&[(1, 1)], "100", true),
        ];
        match solve(&constraints, plain, &mut 9) {
            Err(NoNumbers::Conflict(core)) => assert_eq!(core, [0, 1, 2]),
            other => panic!("{other:?}"),
        }
        let values = solve(&constraints[..2], plain, &mut 9).unwrap();
        assert!(values[&0] >= n("10") && values[&0].sub(&values[&1]) <= n("3"));
    }

    #[test]
    fn whole_numbers_are_found_or_refused() {
        let whole = |_: NumVar| Wish { near: Number::whole(0), kind: Kind::Whole };
        let equal = |terms: &[(NumVar, i64)], value: i64| {
            let other: Vec<(NumVar, i64)> = terms.iter().map(|(var, n)| (*var, -n)).collect();
            [at_most(terms, &value.to_string(), false), at_most(&other, &(-value).to_string(), false)]
        };
        let between = |var: NumVar| [at_most(&[(var, -1)], "0", false), at_most(&[(var, 1)], "3", false)];
        let all = |value: i64| [&equal(&[(0, 3), (1, -2)], value)[..], &between(0), &between(1)].concat();
        let values = solve(&all(5), whole, &mut 9).unwrap();
        assert_eq!((values[&0].to_string(), values[&1].to_string()), ("3".into(), "2".into()));
        // 3a - 2b = 8 has whole solutions, but none so small.
        assert!(matches!(solve(&all(8), whole, &mut 9), Err(NoNumbers::Conflict(_))));
        assert_eq!(common_measure([&n("1"), &n("-0.5"), &n("0.75")]).to_string(), "0.25");
    }

    #[test]
    fn the_nearest_number_is_a_plain_one() {
        let near = |low: &str, high: &str, wish: &str, whole: bool| {
            let kind = if whole { Kind::Whole } else { Kind::Decimal };
            nearest(&Some((n(low), true)), &Some((n(high), false)), &Wish { near: n(wish), kind }).map(|n| n.to_string())
        };
        assert_eq!(near("10.5", "12", "7", false).as_deref(), Some("11"));
        assert_eq!(near("60", "65", "40", true).as_deref(), Some("61"));
        assert_eq!(near("10.5", "10.6", "7", false).as_deref(), Some("10.6"));
        assert_eq!(near("10.5", "10.59", "7", false).as_deref(), Some("10.51"));
        assert_eq!(near("10.2", "10.8", "7", true), None);
        assert!(!recordable(&Number::ratio(1, 3)));
    }
}
