//! Dates, windows and events.

use super::Checker;
use super::expressions::typed_place;
use super::value::{Choice, Leaf, MAX_CASES, Numeric, Typed};
use crate::calendar::{CalendarUnit, Days, Distance, MAX_DISTANCE_YEARS, Relation};
use crate::diagnostic::Code;
use crate::protocol::{Bound, DateExpr, MemberExpr, Num, Pick, Place, Selection, SetExpr, Test, Type, Which};
use crate::span::Span;
use crate::syntax::ast::{self, Expr, Name, Order, Reach, Side, Window, WindowKind};
use crate::units::Unit;

impl Checker<'_> {
    pub(super) fn date_literal(&mut self, text: &str, span: Span) -> Typed {
        match Days::parse(text) {
            Some(days) => Typed::leaf(Leaf::Date(DateExpr::Literal(days.first))),
            None => {
                self.push(
                    Code::ImpossibleDate
                        .at(span, format!("there is no day `{text}`"))
                        .label("not in the calendar")
                        .help("a date is written year-month-day, from 0001-01-01 to 9999-12-31"),
                );
                Typed::Poison
            }
        }
    }

    /// The cases of an expression that has to be a date.
    fn dates(&mut self, expr: &Expr) -> Option<Choice<DateExpr>> {
        let choice = self.choice(expr)?;
        choice.try_map(&mut |leaf| match leaf {
            Leaf::Date(date) => Some(date),
            Leaf::Events(_) => {
                let text = self.written(expr.span);
                self.mismatch(expr.span, "a date", "events", format!("take the date of one of them: `latest({text}).date`"));
                None
            }
            Leaf::Lab(..) => {
                let text = self.written(expr.span);
                self.mismatch(expr.span, "a date", "a lab", format!("write `{text}.date`"));
                None
            }
            leaf => {
                self.mismatch(expr.span, "a date", &leaf.describe(), "an anchor, a date fact, the `date` of an event, or 2015-01-01");
                None
            }
        })
    }

    pub(super) fn elapsed(&mut self, unit: &ast::UnitWord, from: &Expr, to: &Expr) -> Typed {
        let calendar = unit.calendar();
        if calendar.is_none() {
            self.distance_unit(unit.span, &unit.text);
        }
        let (from, to) = (self.dates(from), self.dates(to));
        let (Some(calendar), Some(from), Some(to)) = (calendar, from, to) else { return Typed::Poison };
        let choice = from.try_zip(to, &mut |from, to| {
            Some(Leaf::Number(Numeric {
                num: Num::Elapsed(calendar, Box::new([from, to])),
                unit: Unit::calendar(calendar),
                whole: true,
                literal: None,
                range: None,
            }))
        });
        choice.map_or(Typed::Poison, Typed::Value)
    }

    fn distance_unit(&mut self, span: Span, text: &str) {
        self.push(
            Code::DistanceUnit
                .at(span, format!("dates have no {}s", text.trim_end_matches('s')))
                .label("finer than a day")
                .help("count in years, months, weeks or days"),
        );
    }

    fn distance(&mut self, duration: &ast::Duration) -> Option<Distance> {
        let word = duration.unit.as_ref()?;
        let number = self.literal(&duration.number);
        let Some(unit) = word.calendar() else {
            self.distance_unit(word.span, &word.text);
            return None;
        };
        let number = number?;
        if number.is_zero() || number.is_negative() {
            self.push(
                Code::EmptyWindow
                    .at(duration.number.span, format!("a window of `{}` {} holds no distance", duration.number.text, word.text))
                    .label("not positive")
                    .help("for the day itself write `on A`; the other side of A is `after A`"),
            );
            return None;
        }
        let Some(count) = number.to_i64() else {
            let smaller = match unit {
                CalendarUnit::Years => "months",
                CalendarUnit::Months => "weeks or days",
                CalendarUnit::Weeks | CalendarUnit::Days => "whole days",
            };
            self.push(
                Code::FractionalDistance
                    .at(duration.number.span, format!("a distance is a whole number of {}", unit.word()))
                    .label("a fraction")
                    .help(format!("say it in {smaller}")),
            );
            return None;
        };
        let years = match unit {
            CalendarUnit::Years => count,
            CalendarUnit::Months => count / 12,
            CalendarUnit::Weeks => count / 52,
            CalendarUnit::Days => count / 366,
        };
        if years > MAX_DISTANCE_YEARS {
            self.push(
                Code::DistanceTooLong
                    .at(duration.number.span, format!("a distance is at most {MAX_DISTANCE_YEARS} years"))
                    .label("too long")
                    .help("a date without a limit is written `before A` or `after A`"),
            );
            return None;
        }
        Some(Distance { count: count as i32, unit })
    }

    /// How a date must lie to an anchor, and the anchor; absent for `ever`.
    fn window(&mut self, window: &Window) -> Option<Option<(Relation, Choice<DateExpr>)>> {
        match &window.kind {
            WindowKind::Ever => Some(None),
            WindowKind::Order(order, anchor) => {
                let relation = match order {
                    Order::Before => Relation::Before,
                    Order::OnOrBefore => Relation::OnOrBefore,
                    Order::On => Relation::On,
                    Order::OnOrAfter => Relation::OnOrAfter,
                    Order::After => Relation::After,
                };
                let anchor = self.dates(anchor)?;
                Some(Some((relation, anchor)))
            }
            WindowKind::Reach(reach, duration, side, anchor) => {
                let distance = self.distance(duration);
                let anchor = self.dates(anchor);
                let n = distance?;
                let relation = match (reach, side) {
                    (_, Side::Of) => Relation::WithinOf(n),
                    (Reach::Within, Side::Before) => Relation::WithinBefore(n),
                    (Reach::Within, Side::After) => Relation::WithinAfter(n),
                    (Reach::LessThan, Side::Before) => Relation::LessBefore(n),
                    (Reach::LessThan, Side::After) => Relation::LessAfter(n),
                    (Reach::AtLeast, Side::Before) => Relation::AtLeastBefore(n),
                    (Reach::AtLeast, Side::After) => Relation::AtLeastAfter(n),
                    (Reach::MoreThan, Side::Before) => Relation::MoreBefore(n),
                    (Reach::MoreThan, Side::After) => Relation::MoreAfter(n),
                };
                Some(Some((relation, anchor?)))
            }
        }
    }

    /// A date or events with a window.
    pub(super) fn windowed(&mut self, subject: &Expr, window: &Window, span: Span) -> Typed {
        let typed = self.typed(subject);
        let checked = self.window(window);
        let choice = match typed {
            Typed::Value(choice) => choice,
            Typed::Poison => return Typed::Poison,
            Typed::Test(_) => {
                let text = self.written(subject.span);
                self.mismatch(
                    subject.span,
                    "a date or events",
                    "a test",
                    format!("a boolean has no dates; declare `fact {text}: events` to ask when"),
                );
                return Typed::Poison;
            }
        };
        let Some(checked) = checked else { return Typed::Poison };
        let anchors = match checked {
            None => None,
            Some((relation, anchors)) => {
                if choice.cases().saturating_mul(anchors.cases()) > MAX_CASES {
                    self.too_many_cases(span);
                    return Typed::Poison;
                }
                Some((relation, anchors))
            }
        };
        let test = match anchors {
            None => choice.try_map(&mut |leaf| match leaf {
                Leaf::Events(selection) => Some(Test::Some(Box::new(selection))),
                leaf => {
                    self.mismatch(subject.span, "events", &leaf.describe(), "`ever` asks whether there is an event");
                    None
                }
            }),
            Some((relation, anchors)) => choice.try_zip(anchors, &mut |leaf, anchor| match leaf {
                Leaf::Date(date) => Some(Test::Date(date, relation, anchor)),
                Leaf::Events(selection) => {
                    Some(Test::Some(Box::new(Selection { window: Some((relation, anchor)), ..selection })))
                }
                Leaf::Lab(..) => {
                    let text = self.written(subject.span);
                    self.mismatch(subject.span, "a date or events", "a lab", format!("ask for its date: `{text}.date …`"));
                    None
                }
                leaf => {
                    self.mismatch(subject.span, "a date or events", &leaf.describe(), "windows ask when something was");
                    None
                }
            }),
        };
        test.map_or(Typed::Poison, |choice| Typed::Test(choice.lift()))
    }

    /// `e where (condition)`.
    pub(super) fn events_where(&mut self, name: &Name, condition: &Expr) -> Typed {
        let value = Expr { kind: ast::ExprKind::Value(name.clone(), None), span: name.span };
        let Some(mut selection) = self.events(&value) else {
            return Typed::Poison;
        };
        let outer = self.scope.replace(selection.events);
        let test = self.test(condition);
        self.scope = outer;
        let Some(test) = test else { return Typed::Poison };
        selection.condition = Some(test);
        Typed::leaf(Leaf::Events(selection))
    }

    /// An expression that has to be the name of events.
    fn events(&mut self, expr: &Expr) -> Option<Selection> {
        match self.typed(expr) {
            Typed::Value(Choice::One(Leaf::Events(selection))) => Some(selection),
            Typed::Poison => None,
            other => {
                let text = self.written(expr.span);
                let what = other.describe();
                self.push(
                    Code::NotEvents
                        .at(expr.span, format!("expected events, but `{text}` is {what}"))
                        .label(format!("this is {what}"))
                        .help(format!("declare `fact {text}: events {{ … }}` to record each with its date")),
                );
                None
            }
        }
    }

    /// Events with or without a window, as they stand in `count(…)` and its kin.
    fn selection(&mut self, expr: &Expr) -> Option<Choice<Selection>> {
        if let ast::ExprKind::Window(subject, window) = &expr.kind {
            let selection = self.events(subject);
            let window = self.window(window);
            let (selection, window) = (selection?, window?);
            return match window {
                None => Some(Choice::One(selection)),
                Some((relation, anchors)) => anchors
                    .try_map(&mut |anchor| Some(Selection { window: Some((relation, anchor)), ..selection.clone() })),
            };
        }
        self.events(expr).map(Choice::One)
    }

    pub(super) fn count(&mut self, inner: &Expr) -> Typed {
        let counted = |num| Leaf::Number(Numeric { num, unit: Unit::one(), whole: true, literal: None, range: None });
        if !matches!(inner.kind, ast::ExprKind::Window(..) | ast::ExprKind::Where(..)) {
            match self.typed(inner) {
                Typed::Value(choice) if matches!(choice.first(), Leaf::Set(..)) => {
                    let sizes = choice.try_map(&mut |leaf| match leaf {
                        Leaf::Set(set, _) => Some(counted(Num::Size(set))),
                        _ => None,
                    });
                    return sizes.map_or(Typed::Poison, Typed::Value);
                }
                Typed::Value(Choice::One(Leaf::Events(selection))) => {
                    return Typed::leaf(counted(Num::Count(Box::new(selection))));
                }
                Typed::Poison => return Typed::Poison,
                other => {
                    let what = other.describe();
                    self.mismatch(inner.span, "events or a set", &what, "`count` counts events or the members of a set");
                    return Typed::Poison;
                }
            }
        }
        let choice = self.selection(inner);
        let counts = choice.and_then(|c| c.try_map(&mut |selection| Some(counted(Num::Count(Box::new(selection))))));
        counts.map_or(Typed::Poison, Typed::Value)
    }

    /// `latest(e …).a` and its kin.
    pub(super) fn pick(&mut self, which: ast::Which, selection: &Expr, attribute: &Name) -> Typed {
        let Some(selection) = self.selection(selection) else { return Typed::Poison };
        let fact = selection.first().events;
        let Type::Events(events) = self.protocol.facts[fact].ty.clone() else { return Typed::Poison };
        let (place, ty) = match attribute.text.as_str() {
            "date" => (Place::EventDate, Type::Date),
            "end" if events.lasting => (Place::EventEnd, Type::Date),
            name => match events.attributes.iter().position(|(known, _)| known == name) {
                Some(i) => (Place::Attribute(i), events.attributes[i].1.clone()),
                None => {
                    let outer = self.scope.replace(fact);
                    self.unknown_attribute(attribute);
                    self.scope = outer;
                    return Typed::Poison;
                }
            },
        };
        let which = match which {
            ast::Which::Latest => Which::Latest,
            ast::Which::Earliest => Which::Earliest,
            ast::Which::Highest => Which::Highest,
            ast::Which::Lowest => Which::Lowest,
        };
        let ranked = matches!(which, Which::Highest | Which::Lowest);
        if ranked && matches!(ty, Type::Boolean | Type::Attested(_) | Type::OneOf(_) | Type::SetOf(_)) {
            self.push(
                Code::Unordered
                    .at(attribute.span, format!("the attribute `{}` has no order, so none is highest or lowest", attribute.text))
                    .label("not ordered")
                    .help("take the `latest` or `earliest`, or declare the attribute a `scale { … }`"),
            );
            return Typed::Poison;
        }
        let bound = bound_of(which, &ty);
        let picked = selection.try_map(&mut |selection| {
            let pick = Box::new(Pick { which, selection, attribute: place, bound: bound.clone() });
            Some(match typed_place(place, &ty) {
                Typed::Test(_) => Picked::Test(Test::Pick(pick)),
                Typed::Value(Choice::One(leaf)) => Picked::Leaf(match leaf {
                    Leaf::Number(numeric) => Leaf::Number(Numeric { num: Num::Pick(pick), ..numeric }),
                    Leaf::Lab(_, unit) => {
                        Leaf::Number(Numeric { num: Num::Pick(pick), unit, whole: false, literal: None, range: None })
                    }
                    Leaf::Date(_) => Leaf::Date(DateExpr::Pick(pick)),
                    Leaf::Member(_, enumeration) => Leaf::Member(MemberExpr::Pick(pick), enumeration),
                    Leaf::Set(_, members) => Leaf::Set(SetExpr::Pick(pick), members),
                    Leaf::Limit(..) | Leaf::Events(_) | Leaf::MemberName(_) => return None,
                }),
                Typed::Value(Choice::If(..)) | Typed::Poison => return None,
            })
        });
        match picked {
            None => Typed::Poison,
            Some(choice) if matches!(choice.first(), Picked::Test(_)) => choice
                .try_map(&mut |picked| match picked {
                    Picked::Test(test) => Some(test),
                    Picked::Leaf(_) => None,
                })
                .map_or(Typed::Poison, |choice| Typed::Test(choice.lift())),
            Some(choice) => choice
                .try_map(&mut |picked| match picked {
                    Picked::Leaf(leaf) => Some(leaf),
                    Picked::Test(_) => None,
                })
                .map_or(Typed::Poison, Typed::Value),
        }
    }
}

/// What a pick turns out to be.
#[derive(Clone)]
enum Picked {
    Test(Test),
    Leaf(Leaf),
}

/// What no value of the type exceeds, or falls below.
fn bound_of(which: Which, ty: &Type) -> Option<Bound> {
    let highest = match which {
        Which::Highest => true,
        Which::Lowest => false,
        Which::Latest | Which::Earliest => return None,
    };
    match ty {
        Type::Integer(Some((low, high))) | Type::Number(Some((low, high))) | Type::Quantity(_, Some((low, high))) => {
            Some(Bound::Number(if highest { high.clone() } else { low.clone() }))
        }
        Type::Scale(members) => Some(Bound::Member(if highest { members.len() as u16 - 1 } else { 0 })),
        _ => None,
    }
}
