//! Expressions: what each of them is, and the tests that are made of tests.

use super::Checker;
use super::value::{Choice, Enumeration, Leaf, MAX_CASES, Numeric, Typed};
use crate::diagnostic::{Applicability, Code, did_you_mean};
use crate::number::Number;
use crate::protocol::{DateExpr, HowMany, MemberExpr, Num, Part, Place, SetExpr, Test, Type};
use crate::resolve::Operand;
use crate::span::Span;
use crate::syntax::ast::{self, Expr, ExprKind, Logic, Name};
use crate::units::Unit;

impl Checker<'_> {
    /// An expression that has to be a test.
    pub(super) fn test(&mut self, expr: &Expr) -> Option<Test> {
        let typed = self.typed(expr);
        self.as_test(typed, expr)
    }

    fn as_test(&mut self, typed: Typed, expr: &Expr) -> Option<Test> {
        match typed {
            Typed::Test(test) => Some(test),
            Typed::Poison => None,
            Typed::Value(choice) => {
                let text = self.written(expr.span);
                let leaf = choice.first();
                let help = match leaf {
                    Leaf::Events(_) => format!("write `{text} ever`, or give it a window such as `within 3 weeks before …`"),
                    Leaf::Set(..) => format!("write `{text} has any`, or `{text} has m`"),
                    Leaf::Number(_) | Leaf::Lab(..) | Leaf::Limit(..) => format!("compare it: `{text} > …`"),
                    Leaf::Date(_) => format!("say how it lies to another date: `{text} before …`"),
                    Leaf::Member(..) | Leaf::MemberName(_) => format!("compare it: `{text} = …`"),
                };
                let what = leaf.describe();
                self.push(
                    Code::NotATest
                        .at(expr.span, format!("expected a test, but `{text}` is {what}"))
                        .label(format!("this is {what}"))
                        .help(help),
                );
                None
            }
        }
    }

    /// What an expression is.
    pub(super) fn typed(&mut self, expr: &Expr) -> Typed {
        let test = match &expr.kind {
            ExprKind::Missing => return Typed::Poison,
            ExprKind::Group(inner) => return self.typed(inner),
            ExprKind::If(cases, otherwise) => return self.conditional(cases, otherwise.as_deref(), expr.span),
            ExprKind::Value(name, part) => return self.value(name, part.as_ref()),
            ExprKind::Where(events, condition) => return self.events_where(events, condition),
            ExprKind::Date(text) => return self.date_literal(text, expr.span),
            ExprKind::Quantity(quantity) => return self.quantity(quantity),
            ExprKind::Sum(terms) => return self.sum(terms),
            ExprKind::Product(terms) => return self.product(terms),
            ExprKind::Elapsed(unit, from, to) => return self.elapsed(unit, from, to),
            ExprKind::Count(inner) => return self.count(inner),
            ExprKind::Pick(which, selection, attribute) => return self.pick(*which, selection, attribute),
            ExprKind::Chain(logic, operands) => self.chain(*logic, operands),
            ExprKind::Not(inner) => self.not(inner),
            ExprKind::SomeOf(how, count, operands) => self.some_of(*how, count, operands),
            ExprKind::Compare(left, op, right) => self.compare(left, *op, right, expr.span),
            ExprKind::InRange(value, low, high) => self.in_range(value, low, high, expr.span),
            ExprKind::InMembers(value, list) => self.in_members(value, list, expr.span),
            ExprKind::Has(set, has) => self.has(set, has),
            ExprKind::Window(subject, window) => return self.windowed(subject, window, expr.span),
        };
        test.map_or(Typed::Poison, Typed::Test)
    }

    // ------------------------------------------------------------ tests of tests

    fn chain(&mut self, logic: Logic, operands: &[Expr]) -> Option<Test> {
        let tests: Vec<Option<Test>> = operands.iter().map(|operand| self.test(operand)).collect();
        let tests = tests.into_iter().collect::<Option<Vec<_>>>()?;
        Some(match logic {
            Logic::And => Test::And(tests),
            Logic::Or => Test::Or(tests),
        })
    }

    fn not(&mut self, inner: &Expr) -> Option<Test> {
        self.test(inner).map(|test| Test::Not(Box::new(test)))
    }

    fn some_of(&mut self, how: ast::HowMany, count: &ast::Num, operands: &[Expr]) -> Option<Test> {
        let tests: Vec<Option<Test>> = operands.iter().map(|operand| self.test(operand)).collect();
        let number = self.literal(count);
        let tests = tests.into_iter().collect::<Option<Vec<_>>>()?;
        let wanted = number?.to_i64().and_then(|n| usize::try_from(n).ok());
        let how = match how {
            ast::HowMany::AtLeast => HowMany::AtLeast,
            ast::HowMany::AtMost => HowMany::AtMost,
            ast::HowMany::Exactly => HowMany::Exactly,
        };
        let decided = match (how, wanted) {
            (_, None) => Some("is no number of tests"),
            (HowMany::AtLeast, Some(0)) => Some("always holds"),
            (HowMany::AtLeast | HowMany::Exactly, Some(n)) if n > tests.len() => Some("never holds"),
            (HowMany::AtMost, Some(n)) if n >= tests.len() => Some("always holds"),
            _ => None,
        };
        if let Some(decided) = decided {
            self.push(
                Code::ImpossibleCount
                    .at(count.span, format!("`{}` of {} tests {decided}", count.text, tests.len()))
                    .label(decided)
                    .help("count the tests in the list again"),
            );
            return None;
        }
        Some(Test::SomeOf(how, wanted?, tests))
    }

    fn conditional(&mut self, cases: &[(Expr, Expr)], otherwise: Option<&Expr>, span: Span) -> Typed {
        let conditions: Vec<Option<Test>> = cases.iter().map(|(condition, _)| self.test(condition)).collect();
        let values: Vec<Typed> = cases.iter().map(|(_, value)| self.typed(value)).collect();
        let otherwise_typed = otherwise.map(|expr| self.typed(expr));
        let Some(conditions) = conditions.into_iter().collect::<Option<Vec<_>>>() else { return Typed::Poison };
        let first_is_test = matches!(values.first(), Some(Typed::Test(_)));
        let mut result = match otherwise_typed {
            Some(typed) => typed,
            None if values.iter().all(|value| matches!(value, Typed::Test(_))) => {
                // `if a then b` is true where a is false.
                let mut conditions = conditions.into_iter().zip(values).rev();
                let Some((condition, Typed::Test(value))) = conditions.next() else { return Typed::Poison };
                let last = Test::Or(vec![Test::Not(Box::new(condition)), value]);
                return Typed::Test(conditions.fold(last, |otherwise, (condition, value)| match value {
                    Typed::Test(value) => Test::If(Box::new([condition, value, otherwise])),
                    Typed::Value(_) | Typed::Poison => otherwise,
                }));
            }
            None if values.iter().any(|value| matches!(value, Typed::Poison)) => return Typed::Poison,
            None => {
                self.push(
                    Code::MissingElse
                        .at(span.after(), "a value needs an `else`: what is it where no condition holds?")
                        .label("missing here")
                        .help("write `(if c then x else y)`"),
                );
                return Typed::Poison;
            }
        };
        for ((condition, value), (_, written)) in conditions.into_iter().zip(values).zip(cases).rev() {
            result = match (value, result) {
                (Typed::Poison, _) | (_, Typed::Poison) => Typed::Poison,
                (Typed::Test(value), Typed::Test(otherwise)) => {
                    Typed::Test(Test::If(Box::new([condition, value, otherwise])))
                }
                (Typed::Value(value), Typed::Value(otherwise)) if alike(value.first(), otherwise.first()) => {
                    let choice = Choice::If(Box::new(condition), Box::new(value), Box::new(otherwise));
                    if choice.cases() > MAX_CASES {
                        self.too_many_cases(span);
                        return Typed::Poison;
                    }
                    Typed::Value(choice)
                }
                (value, otherwise) => {
                    let (a, b) = (value.describe(), otherwise.describe());
                    let hint = if first_is_test { "compare in each branch" } else { "give each branch a value of one type" };
                    self.push(
                        Code::TypeMismatch
                            .at(written.span, format!("one branch is {a}, another {b}"))
                            .label(format!("this is {a}"))
                            .help(hint),
                    );
                    Typed::Poison
                }
            };
        }
        result
    }

    pub(super) fn too_many_cases(&mut self, span: Span) {
        self.push(
            Code::TooManyCases
                .at(span, format!("this test has more than {MAX_CASES} cases to compare"))
                .label("too many cases")
                .help("split it into several tests, or name a part that is itself a test with `define`"),
        );
    }

    /// Combines the cases of two values into one test, case by case.
    pub(super) fn lift(
        &mut self,
        left: Choice<Leaf>,
        right: Choice<Leaf>,
        span: Span,
        test: &mut dyn FnMut(&mut Self, Leaf, Leaf) -> Option<Test>,
    ) -> Option<Test> {
        if left.cases().saturating_mul(right.cases()) > MAX_CASES {
            self.too_many_cases(span);
            return None;
        }
        left.try_zip(right, &mut |left, right| test(self, left, right)).map(Choice::lift)
    }

    /// The cases of an expression that has to be a value.
    pub(super) fn choice(&mut self, expr: &Expr) -> Option<Choice<Leaf>> {
        let typed = self.typed(expr);
        self.as_choice(typed, expr)
    }

    pub(super) fn as_choice(&mut self, typed: Typed, expr: &Expr) -> Option<Choice<Leaf>> {
        match typed {
            Typed::Value(choice) => Some(choice),
            Typed::Poison => None,
            Typed::Test(_) => {
                let text = self.written(expr.span);
                self.push(
                    Code::BooleanComparison
                        .at(expr.span, format!("`{text}` is a test and is not compared"))
                        .label("true, false or unknown by itself")
                        .help(format!("write `{text}` or `not {text}`, joined with `and`, `or`, `if`")),
                );
                None
            }
        }
    }

    /// A type mismatch, in the words of the place.
    pub(super) fn mismatch(&mut self, span: Span, expected: &str, found: &str, help: impl Into<String>) {
        let text = self.written(span);
        self.push(
            Code::TypeMismatch
                .at(span, format!("expected {expected}, but `{text}` is {found}"))
                .label(format!("this is {found}"))
                .help(help),
        );
    }

    // ------------------------------------------------------------ values

    /// A bare name, or a part of one.
    fn value(&mut self, name: &Name, part: Option<&Name>) -> Typed {
        if name.text.is_empty() {
            return Typed::Poison;
        }
        if let Some(typed) = self.attribute(name) {
            return match part {
                Some(part) => self.part(typed, name, part),
                None => typed,
            };
        }
        let Some(operand) = self.names.operands.get(&name.text).copied() else {
            if !self.names.members.contains(&name.text) {
                // An attribute out of its `where` is known to nobody here.
                let reported = self.scope.is_some();
                if reported {
                    self.unknown_attribute(name);
                }
                return Typed::Poison;
            }
            if let Some(part) = part {
                self.push(Code::UnknownAttribute.at(part.span, format!("the member `{}` has no parts", name.text)).label("no such part"));
                return Typed::Poison;
            }
            return Typed::leaf(Leaf::MemberName(name.text.clone()));
        };
        let typed = match operand {
            Operand::Define(i) => self.defined(i, name),
            Operand::Values(_) => {
                self.push(
                    Code::MemberOutOfPlace
                        .at(name.span, format!("`{}` is a list of values, not a value", name.text))
                        .label("a list")
                        .help(format!("write `x in {0}` or `s has any of {0}`", name.text)),
                );
                return Typed::Poison;
            }
            Operand::Fact(_) | Operand::Anchor(_) | Operand::Attested(_) | Operand::AttestedReading(..) => {
                match self.fact_of(operand) {
                    Some(id) if !self.names.cyclic.contains(&name.text) => {
                        let ty = self.protocol.facts[id].ty.clone();
                        typed_place(Place::Fact(id), &ty)
                    }
                    _ => return Typed::Poison,
                }
            }
        };
        match part {
            Some(part) => self.part(typed, name, part),
            None => typed,
        }
    }

    fn defined(&mut self, i: usize, name: &Name) -> Typed {
        let Some(typed) = self.defines.get(&i) else { return Typed::Poison };
        let Some(id) = self.define_ids.get(&i).copied() else { return Typed::Poison };
        match typed {
            Typed::Poison => Typed::Poison,
            Typed::Test(_) => Typed::Test(Test::Define(id)),
            Typed::Value(choice) => match choice.single() {
                Some(Leaf::Number(numeric)) if numeric.literal.is_none() => {
                    Typed::leaf(Leaf::Number(Numeric { num: Num::Define(id), ..numeric.clone() }))
                }
                Some(Leaf::Date(_)) => Typed::leaf(Leaf::Date(DateExpr::Define(id))),
                Some(Leaf::Limit(..)) => {
                    self.push(
                        Code::LimitWithoutLab
                            .at(name.span, "a multiple of ULN or LLN stands directly opposite a lab")
                            .label("behind a name")
                            .help("write it where the lab is compared"),
                    );
                    Typed::Poison
                }
                _ => Typed::Value(choice.clone()),
            },
        }
    }

    /// A name within a `where` that means an attribute of the event in hand.
    fn attribute(&mut self, name: &Name) -> Option<Typed> {
        let fact = self.scope?;
        let Type::Events(events) = &self.protocol.facts[fact].ty else { return None };
        match name.text.as_str() {
            "date" => return Some(Typed::leaf(Leaf::Date(DateExpr::Place(Place::EventDate)))),
            "end" if events.lasting => return Some(Typed::leaf(Leaf::Date(DateExpr::Place(Place::EventEnd)))),
            _ => {}
        }
        let i = events.attributes.iter().position(|(known, _)| *known == name.text)?;
        let ty = events.attributes[i].1.clone();
        Some(typed_place(Place::Attribute(i), &ty))
    }

    pub(super) fn unknown_attribute(&mut self, name: &Name) {
        let known = self.attribute_names();
        let near = did_you_mean(&name.text, known.iter().map(String::as_str));
        let help = near.map_or_else(|| format!("its attributes are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        self.push(
            Code::UnknownAttribute
                .at(name.span, format!("these events have no attribute `{}`", name.text))
                .label("no such attribute")
                .help(help),
        );
    }

    fn attribute_names(&self) -> Vec<String> {
        let mut names = vec!["date".to_string()];
        if let Some(fact) = self.scope
            && let Type::Events(events) = &self.protocol.facts[fact].ty
        {
            if events.lasting {
                names.push("end".into());
            }
            names.extend(events.attributes.iter().map(|(name, _)| name.clone()));
        }
        names
    }

    /// `lab.upper`, `lab.lower`, `lab.value`, `lab.date`.
    fn part(&mut self, typed: Typed, name: &Name, part: &Name) -> Typed {
        let (place, unit) = match typed {
            Typed::Poison => return Typed::Poison,
            Typed::Value(Choice::One(Leaf::Lab(place, unit))) => (place, unit),
            other => {
                let (what, help) = match &other {
                    Typed::Value(Choice::One(Leaf::Events(_))) => (
                        "events".to_string(),
                        format!("take one of them: `latest({}).{}`, or ask `{} where ({} …)`", name.text, part.text, name.text, part.text),
                    ),
                    other => (other.describe(), "only a lab has parts: `upper`, `lower`, `value`, `date`".to_string()),
                };
                self.push(
                    Code::UnknownAttribute
                        .at(part.span, format!("`{}` is {what} and has no part `{}`", name.text, part.text))
                        .label("no such part")
                        .help(help),
                );
                return Typed::Poison;
            }
        };
        let numeric = |part| {
            Typed::leaf(Leaf::Number(Numeric { num: Num::Lab(place, part), unit: unit.clone(), whole: false, literal: None, range: None }))
        };
        match part.text.as_str() {
            "value" => numeric(Part::Value),
            "upper" => numeric(Part::Upper),
            "lower" => numeric(Part::Lower),
            "date" => Typed::leaf(Leaf::Date(DateExpr::Lab(place))),
            other => {
                let near = did_you_mean(other, ["value", "upper", "lower", "date"]);
                let help = near.map_or_else(|| "a lab has `value`, `upper`, `lower` and `date`".to_string(), |near| format!("did you mean `{near}`?"));
                self.push(
                    Code::UnknownAttribute
                        .at(part.span, format!("a lab has no part `{other}`"))
                        .label("no such part")
                        .help(help)
                        .fix(part.span, near.unwrap_or("value"), Applicability::NeedsReview),
                );
                Typed::Poison
            }
        }
    }

    fn quantity(&mut self, quantity: &ast::Quantity) -> Typed {
        let number = self.literal(&quantity.number);
        let unit = match &quantity.unit {
            None => Some(Unit::one()),
            Some(ast::UnitRef::Limit(upper, _)) => {
                return number.map_or(Typed::Poison, |number| Typed::leaf(Leaf::Limit(number, *upper)));
            }
            Some(unit) => self.unit(unit),
        };
        let (Some(number), Some(unit)) = (number, unit) else { return Typed::Poison };
        Typed::leaf(Leaf::Number(literal_in(number, unit)))
    }
}

/// A number as written, in a unit.
pub(super) fn literal_in(number: Number, unit: Unit) -> Numeric {
    Numeric { num: Num::Literal(number.clone()), unit, whole: number.is_whole(), literal: Some(number), range: None }
}

/// Whether two values can stand in the branches of one `if`.
fn alike(a: &Leaf, b: &Leaf) -> bool {
    let kind = |leaf: &Leaf| match leaf {
        Leaf::Number(_) | Leaf::Limit(..) | Leaf::Lab(..) => 0,
        Leaf::Date(_) => 1,
        Leaf::Member(..) | Leaf::MemberName(_) => 2,
        Leaf::Set(..) => 3,
        Leaf::Events(_) => 4,
    };
    kind(a) == kind(b)
}

/// What stands at a place of that type.
pub(super) fn typed_place(place: Place, ty: &Type) -> Typed {
    let number = |unit: Unit, whole: bool, range: Option<(Number, Number)>| {
        Typed::leaf(Leaf::Number(Numeric { num: Num::Place(place), unit, whole, literal: None, range }))
    };
    match ty {
        Type::Boolean | Type::Attested(_) => Typed::Test(Test::Fact(place)),
        Type::OneOf(members) => {
            Typed::leaf(Leaf::Member(MemberExpr::Place(place), Enumeration { members: members.clone(), ordered: false }))
        }
        Type::Scale(members) => {
            Typed::leaf(Leaf::Member(MemberExpr::Place(place), Enumeration { members: members.clone(), ordered: true }))
        }
        Type::SetOf(members) => Typed::leaf(Leaf::Set(SetExpr::Place(place), members.clone())),
        Type::Integer(range) => number(Unit::one(), true, range.clone()),
        Type::Number(range) => number(Unit::one(), false, range.clone()),
        Type::Quantity(unit, range) => number(unit.clone(), false, range.clone()),
        Type::Lab(unit) => Typed::leaf(Leaf::Lab(place, unit.clone())),
        Type::Date => Typed::leaf(Leaf::Date(DateExpr::Place(place))),
        Type::Events(_) => match place {
            Place::Fact(events) => {
                Typed::leaf(Leaf::Events(crate::protocol::Selection { events, condition: None, window: None }))
            }
            // Events hold no events, so no attribute is of this type.
            Place::EventDate | Place::EventEnd | Place::Attribute(_) => Typed::Poison,
        },
    }
}
