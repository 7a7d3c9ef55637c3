//! Numbers: dimensions, arithmetic, comparisons.
//!
//! Two sides meet in one unit: a literal is converted when it is read, another
//! value by an exact factor. What does not convert is an error that says why.

use super::Checker;
use super::expressions::literal_in;
use super::value::{Choice, Leaf, MAX_CASES, Numeric, Typed};
use crate::diagnostic::Code;
use crate::number::Number;
use crate::protocol::{Comparison, MemberExpr, Num, Part, Place, Term, Test};
use crate::span::Span;
use crate::syntax::ast::{self, Expr};
use crate::units::Unit;

impl Checker<'_> {
    pub(super) fn compare(&mut self, left: &Expr, op: ast::Comparison, right: &Expr, span: Span) -> Option<Test> {
        // Each side is typed once: typing twice would double with every level of nesting.
        let (a, b) = (self.typed(left), self.typed(right));
        if let Some(done) = self.compare_members((left, &a), op, (right, &b), span) {
            return done;
        }
        for side in [left, right] {
            self.report_unknown(side);
        }
        let (a, b) = (self.as_choice(a, left), self.as_choice(b, right));
        let (a, b) = (a?, b?);
        self.lift(a, b, span, &mut |checker, a, b| checker.compare_leaves((a, left.span), op, (b, right.span)))
    }

    fn compare_leaves(&mut self, (a, at): (Leaf, Span), op: ast::Comparison, (b, bt): (Leaf, Span)) -> Option<Test> {
        if let (Leaf::Date(_), _) | (_, Leaf::Date(_)) = (&a, &b) {
            let (date, other) = if matches!(a, Leaf::Date(_)) { (at, bt) } else { (bt, at) };
            let (d, o) = (self.written(date), self.written(other));
            let word = match op {
                ast::Comparison::Equal | ast::Comparison::NotEqual => "on",
                ast::Comparison::Less => "before",
                ast::Comparison::LessOrEqual => "on or before",
                ast::Comparison::Greater => "after",
                ast::Comparison::GreaterOrEqual => "on or after",
            };
            let help = if matches!((&a, &b), (Leaf::Date(_), Leaf::Date(_))) {
                format!("write `{d} {word} {o}`")
            } else {
                "a date is compared with a date".to_string()
            };
            let what = self.written(at.to(bt));
            self.push(
                Code::TypeMismatch.at(at.to(bt), format!("dates are not compared with signs: `{what}`")).label("a date").help(help),
            );
            return None;
        }
        let (left, right) = match (&a, &b) {
            (Leaf::Limit(times, upper), Leaf::Lab(place, unit)) => {
                (limit_of(times, *upper, *place, unit), self.numeric(&b, bt)?)
            }
            (Leaf::Lab(place, unit), Leaf::Limit(times, upper)) => {
                (self.numeric(&a, at)?, limit_of(times, *upper, *place, unit))
            }
            _ => (self.numeric(&a, at)?, self.numeric(&b, bt)?),
        };
        self.compare_numbers((left, at), op, (right, bt))
    }

    fn compare_numbers(&mut self, (a, at): (Numeric, Span), op: ast::Comparison, (b, bt): (Numeric, Span)) -> Option<Test> {
        let (a, b) = if a.literal.is_some() && b.literal.is_none() {
            (self.convert(a, &b.unit, at, bt)?, b)
        } else {
            let b = self.convert(b, &a.unit, bt, at)?;
            (a, b)
        };
        for (side, other, span) in [(&a, &b, bt), (&b, &a, at)] {
            if side.whole && side.literal.is_none() {
                self.whole_against(other, span)?;
                self.outside_plausible(side, other, span);
            } else if side.literal.is_none() {
                self.outside_plausible(side, other, span);
            }
        }
        self.strict_years(&a, op, &b, at, bt);
        let test = |op| Test::Compare(op, a.num.clone(), b.num.clone());
        Some(match op {
            ast::Comparison::Equal => test(Comparison::Equal),
            ast::Comparison::NotEqual => Test::Not(Box::new(test(Comparison::Equal))),
            ast::Comparison::Less => test(Comparison::Less),
            ast::Comparison::LessOrEqual => test(Comparison::LessOrEqual),
            ast::Comparison::Greater => test(Comparison::Greater),
            ast::Comparison::GreaterOrEqual => test(Comparison::GreaterOrEqual),
        })
    }

    /// An integer is compared with whole literals only.
    fn whole_against(&mut self, other: &Numeric, span: Span) -> Option<()> {
        match &other.literal {
            Some(literal) if !literal.is_whole() => {
                let text = self.written(span);
                self.push(
                    Code::FractionalLiteral
                        .at(span, format!("a whole number is compared with `{text}`, which is none"))
                        .label("not whole")
                        .help("say which whole number is meant, in the unit that counts"),
                );
                None
            }
            _ => Some(()),
        }
    }

    fn outside_plausible(&mut self, side: &Numeric, other: &Numeric, span: Span) {
        let (Some((low, high)), Some(literal)) = (&side.range, &other.literal) else { return };
        if literal < low || literal > high {
            let text = self.written(span);
            let unit = if side.unit.is_one() { String::new() } else { format!(" {}", side.unit) };
            self.push(
                Code::OutsidePlausible
                    .at(span, format!("`{text}` lies outside the plausible range {low} .. {high}{unit}, so this never changes"))
                    .label("no record reaches it")
                    .help("mend the limit, or widen the range of the fact"),
            );
        }
    }

    /// `years from … > 5`: six completed years, where "more than five" was meant.
    fn strict_years(&mut self, a: &Numeric, op: ast::Comparison, b: &Numeric, at: Span, bt: Span) {
        let (elapsed, literal, strict) = match (&a.literal, &b.literal, op) {
            (None, Some(n), ast::Comparison::Greater) => (a, n, at.to(bt)),
            (Some(n), None, ast::Comparison::Less) => (b, n, at.to(bt)),
            _ => return,
        };
        let opened = match &elapsed.num {
            Num::Define(id) => match &self.protocol.defines[*id].body {
                crate::protocol::DefineBody::Number(num, _) => num,
                _ => return,
            },
            num => num,
        };
        let Num::Elapsed(unit, dates) = opened else { return };
        // An upper age limit, as in `exclude age > 60 years`, is what it says.
        if self.is_birth(&dates[0]) {
            return;
        }
        let next = literal.add(&Number::whole(1));
        self.push(
            Code::StrictYears
                .at(strict, format!("completed {0} above {literal} means at least {next} of them", unit.word()))
                .label(format!("{next} completed {}", unit.word()))
                .help(format!("for \"more than {literal} {0}\" write `DATE more than {literal} {0} before ANCHOR`", unit.word())),
        );
    }

    fn is_birth(&self, date: &crate::protocol::DateExpr) -> bool {
        match date {
            crate::protocol::DateExpr::Place(Place::Fact(id)) => self.protocol.facts[*id].about.name.contains("birth"),
            _ => false,
        }
    }

    pub(super) fn in_range(&mut self, value: &Expr, low: &Expr, high: &Expr, span: Span) -> Option<Test> {
        let x = self.typed(value);
        if let Some(done) = self.member_range(value, &x, low, high) {
            return done;
        }
        for side in [value, low, high] {
            self.report_unknown(side);
        }
        let (x, a, b) = (self.as_choice(x, value), self.choice(low), self.choice(high));
        let (x, a, b) = (x?, a?, b?);
        if let (Leaf::Number(lower), Leaf::Number(upper)) = (a.first(), b.first())
            && let (Some(n), Some(m)) = (&lower.literal, &upper.literal)
            && let Some((factor, shift)) = upper.unit.conversion(&lower.unit)
            && m.mul(&factor).add(&shift) < *n
        {
            self.empty_range(low.span.to(high.span), low.span, high.span);
            return None;
        }
        if let Leaf::Date(_) = x.first() {
            let text = self.written(value.span);
            self.mismatch(span, "a range of numbers", "a range of dates", format!("write `{text} on or after …` and `{text} on or before …`"));
            return None;
        }
        if x.cases().saturating_mul(a.cases()).saturating_mul(b.cases()) > MAX_CASES {
            self.too_many_cases(span);
            return None;
        }
        // The range is one test: its branches are compared whole, not end by end.
        let ends = a.try_zip(b, &mut |a, b| Some((a, b)))?;
        let test = x.try_zip(ends, &mut |x, (a, b)| {
            let above = self.compare_leaves((x.clone(), value.span), ast::Comparison::GreaterOrEqual, (a, low.span));
            let below = self.compare_leaves((x, value.span), ast::Comparison::LessOrEqual, (b, high.span));
            Some(Test::And(vec![above?, below?]))
        });
        test.map(Choice::lift)
    }

    /// A value that has to be a number; a lab is its value.
    pub(super) fn numeric(&mut self, leaf: &Leaf, span: Span) -> Option<Numeric> {
        match leaf {
            Leaf::Number(numeric) => Some(numeric.clone()),
            Leaf::Lab(place, unit) => Some(Numeric {
                num: Num::Lab(*place, Part::Value),
                unit: unit.clone(),
                whole: false,
                literal: None,
                range: None,
            }),
            Leaf::Limit(_, upper) => {
                let (word, part) = if *upper { ("ULN", "upper") } else { ("LLN", "lower") };
                self.push(
                    Code::LimitWithoutLab
                        .at(span, format!("`{word}` stands alone opposite a lab, whose limit it is"))
                        .label("the limit of what?")
                        .help(format!("anywhere else write the limit itself: `lab.{part}`")),
                );
                None
            }
            Leaf::MemberName(name) => {
                self.push(
                    Code::MemberOutOfPlace
                        .at(span, format!("`{name}` is a member, and nothing here has it"))
                        .label("a member")
                        .help("a member stands opposite the fact that it belongs to"),
                );
                None
            }
            Leaf::Member(_, enumeration) => {
                let help = if enumeration.ordered { "compare it with a member of its scale" } else { "compare it with a member, with `=` or `in`" };
                self.mismatch(span, "a number", &leaf.describe(), help);
                None
            }
            Leaf::Set(..) => {
                self.mismatch(span, "a number", "a set", "count its members with `count(…)`, or ask `has`");
                None
            }
            Leaf::Events(_) => {
                self.mismatch(span, "a number", "events", "count them with `count(…)`, or take an attribute of one");
                None
            }
            Leaf::Date(_) => {
                self.mismatch(span, "a number", "a date", "count the time between two dates: `days from a to b`");
                None
            }
        }
    }

    /// The number in another unit.
    pub(super) fn convert(&mut self, numeric: Numeric, target: &Unit, span: Span, opposite: Span) -> Option<Numeric> {
        let Some((factor, shift)) = numeric.unit.conversion(target) else {
            self.unit_mismatch(&numeric.unit, target, span, opposite, numeric.literal.is_some());
            return None;
        };
        let identity = factor == Number::whole(1) && shift.is_zero();
        if identity {
            return Some(Numeric { unit: target.clone(), ..numeric });
        }
        if let Some(literal) = &numeric.literal {
            return Some(literal_in(literal.mul(&factor).add(&shift), target.clone()));
        }
        let whole = numeric.whole && factor.is_whole() && shift.is_whole();
        let range = numeric.range.map(|(low, high)| (low.mul(&factor).add(&shift), high.mul(&factor).add(&shift)));
        Some(Numeric { num: Num::Convert(Box::new(numeric.num), factor, shift), unit: target.clone(), whole, literal: None, range })
    }

    fn unit_mismatch(&mut self, found: &Unit, expected: &Unit, span: Span, opposite: Span, literal: bool) {
        let (text, other) = (self.written(span), self.written(opposite));
        let describe = |unit: &Unit| if unit.is_one() { "a plain number".to_string() } else { format!("in `{unit}`") };
        let (a, b) = (describe(found), describe(expected));
        let diagnostic = if found.mixes_months_and_days(expected) {
            Code::MonthsAgainstDays
                .at(span, format!("`{text}` is {a}, but `{other}` is {b}: a month has no fixed number of days"))
                .help("count both sides alike: `months from … to …` against months, `days from … to …` against days")
        } else if found.needs_molar_mass(expected) {
            Code::MolarMass
                .at(span, format!("`{text}` is {a} and `{other}` {b}: mass against substance needs a molar mass"))
                .help("restate the limit in the unit of the lab, and note the conversion")
        } else if found.is_point() != expected.is_point() && found.dimensions == expected.dimensions {
            Code::DegreeArithmetic
                .at(span, format!("`{text}` is {a} and `{other}` {b}: a point of a scale is no difference"))
                .help("degrees compare with degrees; a difference of degrees is in `'K'`")
        } else if literal && found.is_one() {
            Code::UnitMismatch
                .at(span, format!("`{text}` has no unit, but `{other}` is {b}"))
                .help(match expected.as_calendar() {
                    Some(unit) => format!("write `{text} {}`", unit.word()),
                    None => format!("write `{text} '{expected}'`"),
                })
        } else {
            Code::UnitMismatch
                .at(span, format!("`{text}` is {a}, but `{other}` is {b}"))
                .help(format!("{} is no {}", found.describe(), expected.describe()))
        };
        self.push(diagnostic.label(a).related(opposite, b));
    }

    // ------------------------------------------------------------ arithmetic

    pub(super) fn sum(&mut self, terms: &[(bool, Expr)]) -> Typed {
        self.arithmetic(terms, |checker, sum, (minus, term, at), so_far| checker.add(sum, minus, term, at, so_far))
    }

    pub(super) fn product(&mut self, terms: &[(bool, Expr)]) -> Typed {
        self.arithmetic(terms, |checker, product, (over, factor, at), _| checker.multiply(product, over, &factor, at))
    }

    /// Folds the terms from the left, case by case.
    fn arithmetic(
        &mut self,
        terms: &[(bool, Expr)],
        mut join: impl FnMut(&mut Self, Numeric, (bool, Numeric, Span), Span) -> Option<Numeric>,
    ) -> Typed {
        let choices: Vec<Option<Choice<Leaf>>> = terms.iter().map(|(_, term)| self.choice(term)).collect();
        let Some(choices) = choices.into_iter().collect::<Option<Vec<_>>>() else { return Typed::Poison };
        let cases = choices.iter().map(Choice::cases).fold(1usize, usize::saturating_mul);
        let (Some((_, first)), Some((_, last))) = (terms.first(), terms.last()) else { return Typed::Poison };
        if cases > MAX_CASES {
            self.too_many_cases(first.span.to(last.span));
            return Typed::Poison;
        }
        let mut choices = choices.into_iter().zip(terms);
        let Some((start, (_, expr))) = choices.next() else { return Typed::Poison };
        let mut result = start.try_map(&mut |leaf| self.numeric(&leaf, expr.span));
        let mut so_far = expr.span;
        for (choice, (inverse, expr)) in choices {
            let Some(left) = result else { return Typed::Poison };
            result = left.try_zip(choice, &mut |left, right| {
                let right = self.numeric(&right, expr.span)?;
                join(self, left, (*inverse, right, expr.span), so_far)
            });
            so_far = so_far.to(expr.span);
        }
        match result.and_then(|choice| choice.try_map(&mut |numeric| Some(Leaf::Number(numeric)))) {
            Some(choice) => Typed::Value(choice),
            None => Typed::Poison,
        }
    }

    fn add(&mut self, sum: Numeric, minus: bool, term: Numeric, at: Span, so_far: Span) -> Option<Numeric> {
        let unit = match (sum.unit.is_point(), term.unit.is_point(), minus) {
            (false, false, _) => sum.unit.clone(),
            (true, true, true) => sum.unit.difference(),
            (true, false, _) => {
                // A point plus or minus a difference is a point.
                let term = self.convert(term, &sum.unit.difference(), at, so_far)?;
                return Some(joined(sum.clone(), minus, term, sum.unit.clone()));
            }
            (false, true, false) => {
                let sum = self.convert(sum, &term.unit.difference(), so_far, at)?;
                let unit = term.unit.clone();
                return Some(joined(sum, minus, term, unit));
            }
            (true, true, false) | (false, true, true) => {
                let text = self.written(so_far.to(at));
                self.push(
                    Code::DegreeArithmetic
                        .at(so_far.to(at), format!("degrees are points: `{text}` has no meaning"))
                        .label("points do not add up")
                        .help("a point minus a point is a difference in `'K'`; a point plus a difference is a point"),
                );
                return None;
            }
        };
        let target = sum.unit.clone();
        let term = self.convert(term, &target, at, so_far)?;
        Some(joined(sum, minus, term, unit))
    }

    fn multiply(&mut self, product: Numeric, over: bool, factor: &Numeric, at: Span) -> Option<Numeric> {
        if product.unit.is_point() || factor.unit.is_point() {
            self.push(
                Code::DegreeArithmetic
                    .at(at, "degrees are points and are neither multiplied nor divided")
                    .label("a point in a product")
                    .help("take a difference first"),
            );
            return None;
        }
        if over && factor.literal.as_ref().is_some_and(Number::is_zero) {
            self.push(Code::DivisionByZero.at(at, "this divides by zero").label("zero").help("a quotient by zero has no value in any record"));
            return None;
        }
        let unit = product.unit.combine(&factor.unit, over);
        let literal = match (&product.literal, &factor.literal) {
            (Some(a), Some(b)) if over => a.div(b),
            (Some(a), Some(b)) => Some(a.mul(b)),
            _ => None,
        };
        if let Some(literal) = literal {
            return Some(literal_in(literal, unit));
        }
        let whole = product.whole && factor.whole && !over;
        let mut terms = match product.num {
            Num::Product(terms) if terms.first().is_some_and(|term| !term.inverse) => terms,
            num => vec![Term { inverse: false, num }],
        };
        terms.push(Term { inverse: over, num: factor.num.clone() });
        Some(Numeric { num: Num::Product(terms), unit, whole, literal: None, range: None })
    }

}

/// A sum of two numbers in one unit.
fn joined(sum: Numeric, minus: bool, term: Numeric, unit: Unit) -> Numeric {
    if let (Some(a), Some(b)) = (&sum.literal, &term.literal) {
        return literal_in(if minus { a.sub(b) } else { a.add(b) }, unit);
    }
    let whole = sum.whole && term.whole;
    let mut terms = match sum.num {
        Num::Sum(terms) => terms,
        num => vec![Term { inverse: false, num }],
    };
    terms.push(Term { inverse: minus, num: term.num });
    Numeric { num: Num::Sum(terms), unit, whole, literal: None, range: None }
}

/// So many times a limit of the lab opposite.
fn limit_of(times: &Number, upper: bool, place: Place, unit: &Unit) -> Numeric {
    let limit = Num::Lab(place, if upper { Part::Upper } else { Part::Lower });
    let num = if *times == Number::whole(1) {
        limit
    } else {
        Num::Product(vec![
            Term { inverse: false, num: Num::Literal(times.clone()) },
            Term { inverse: false, num: limit },
        ])
    };
    Numeric { num, unit: unit.clone(), whole: false, literal: None, range: None }
}

/// A member as a number, for comparing two facts of one enumeration.
pub(super) fn rank(member: MemberExpr) -> Num {
    Num::Rank(member)
}
