//! Declared types: units, members, plausible ranges.

use std::sync::Arc;

use super::Checker;
use crate::diagnostic::{Applicability, Code};
use crate::number::{MAX_DIGITS, MAX_MAGNITUDE, Number, NumberError};
use crate::protocol::{Events, Members, Range, Type};
use crate::resolve::Operand;
use crate::span::Span;
use crate::syntax::ast::{self, Item, MemberList, TypeKind, UnitRef};
use crate::units::{Unit, UnitError};

impl Checker<'_> {
    /// The type of a fact, or of an attribute where `nested` is set. A poisoned type is absent.
    pub(super) fn type_of(&mut self, ty: &ast::Type, nested: bool) -> Option<Type> {
        Some(match &ty.kind {
            TypeKind::Boolean => Type::Boolean,
            TypeKind::Attested(by) => Type::Attested(by.text.clone()),
            TypeKind::OneOf(list) => Type::OneOf(self.members_of(list)?),
            TypeKind::SetOf(list) => Type::SetOf(self.members_of(list)?),
            TypeKind::Scale(list) => Type::Scale(self.members_of(list)?),
            TypeKind::Integer(range) => Type::Integer(self.plausible(range.as_ref(), true)?),
            TypeKind::Number(range) => Type::Number(self.plausible(range.as_ref(), false)?),
            TypeKind::Quantity(unit, range) => {
                let range = self.plausible(range.as_ref(), false);
                Type::Quantity(self.unit(unit.as_ref()?)?, range?)
            }
            TypeKind::Lab(unit) => Type::Lab(self.unit(unit.as_ref()?)?),
            TypeKind::Date => Type::Date,
            TypeKind::Events(attributes) => {
                if nested {
                    self.push(
                        Code::NestedEvents
                            .at(ty.span, "events do not hold events")
                            .label("within events")
                            .help("declare a fact of its own, and relate the two by their dates"),
                    );
                    return None;
                }
                Type::Events(self.events_type(attributes)?)
            }
        })
    }

    fn events_type(&mut self, attributes: &[ast::Attribute]) -> Option<Events> {
        let mut events = Events { lasting: false, attributes: Vec::new() };
        let mut failed = false;
        for attribute in attributes {
            let Some(written) = &attribute.ty else {
                failed = true;
                continue;
            };
            let Some(ty) = self.type_of(written, true) else {
                failed = true;
                continue;
            };
            match attribute.name.text.as_str() {
                "end" if ty == Type::Date => events.lasting = true,
                "end" => {
                    failed = true;
                    self.push(
                        Code::TypeMismatch
                            .at(written.span, "the `end` of an event is a date")
                            .label("not a date")
                            .help("write `end: date`, or give the attribute another name"),
                    );
                }
                name => {
                    if self.names.operands.contains_key(name) {
                        self.push(
                            Code::HiddenName
                                .at(attribute.name.span, format!("within `where`, the attribute `{name}` hides the operand of that name"))
                                .label("hides it")
                                .related(self.names.declared[name], "the one that is hidden")
                                .help("give one of the two another name"),
                        );
                    }
                    events.attributes.push((name.to_string(), ty));
                }
            }
        }
        (!failed).then_some(events)
    }

    /// The members that a list names.
    pub(super) fn members_of(&mut self, list: &MemberList) -> Option<Members> {
        let names = match list {
            MemberList::Missing => return None,
            MemberList::Members(members, _) => members,
            MemberList::Values(name) => match self.names.operands.get(&name.text) {
                Some(Operand::Values(i)) => match &self.ast.items[*i] {
                    Item::Values(values) => &values.members,
                    _ => return None,
                },
                _ => return None,
            },
        };
        let members: Vec<String> = names.iter().map(|name| name.text.clone()).filter(|name| !name.is_empty()).collect();
        (!members.is_empty()).then(|| Arc::from(members))
    }

    fn plausible(&mut self, range: Option<&(ast::Num, ast::Num)>, whole: bool) -> Option<Range> {
        let Some((low, high)) = range else { return Some(None) };
        let (a, b) = (self.literal(low), self.literal(high));
        let (a, b) = (a?, b?);
        for (number, at) in [(&a, low), (&b, high)] {
            if whole && !number.is_whole() {
                self.push(
                    Code::FractionalLiteral
                        .at(at.span, format!("an integer cannot be `{}`", at.text))
                        .label("not whole")
                        .help("write a whole number, or declare the fact a `number`"),
                );
                return None;
            }
        }
        if a > b {
            self.empty_range(low.span.to(high.span), low.span, high.span);
            return None;
        }
        Some(Some((a, b)))
    }

    pub(super) fn empty_range(&mut self, span: Span, low: Span, high: Span) {
        let (a, b) = (self.written(low), self.written(high));
        self.push(
            Code::EmptyRange
                .at(span, format!("nothing lies in the range `{a} .. {b}`"))
                .label("the lower end is above the upper")
                .help(format!("did you mean `{b} .. {a}`?")),
        );
    }

    /// The value of a number as written.
    pub(super) fn literal(&mut self, number: &ast::Num) -> Option<Number> {
        match Number::parse(&number.text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.push(match error {
                    NumberError::TooManyDigits => Code::TooManyDigits
                        .at(number.span, format!("this number has more than {MAX_DIGITS} significant digits"))
                        .label("too long")
                        .help("a record carries no more, so no record could tell the difference"),
                    NumberError::OutOfRange | NumberError::Malformed => Code::NumberOutOfRange
                        .at(number.span, format!("numbers lie below 10^{MAX_MAGNITUDE} and, unless zero, above its inverse"))
                        .label("too large or too small")
                        .help("declare the fact in a unit that fits its values"),
                });
                None
            }
        }
    }

    /// A unit as written; a limit is none.
    pub(super) fn unit(&mut self, unit: &UnitRef) -> Option<Unit> {
        match unit {
            UnitRef::Word(word) => Unit::word(&word.text),
            UnitRef::Limit(..) => None,
            UnitRef::Code(code) => match Unit::parse(&code.text) {
                Ok(unit) => Some(unit),
                Err(error) => {
                    self.unit_error(&code.text, code.span, &error);
                    None
                }
            },
        }
    }

    fn unit_error(&mut self, code: &str, span: Span, error: &UnitError) {
        self.push(match error {
            UnitError::Calendar { part, word } => Code::CalendarUnit
                .at(span, format!("`{part}` is UCUM's mean {}, not a calendar unit", word.trim_end_matches('s')))
                .label("365.25 or 30.4375 days")
                .help(format!("write `{word}` without quotes: completed calendar {word}")),
            UnitError::Unknown { part, suggestion: Some(suggestion) } => {
                let fixed = code.replacen(part.as_str(), suggestion, 1);
                // The quotes may be what is missing, too.
                let quoted = self.source.text()[..span.start as usize].ends_with('\'');
                let replacement = if quoted { fixed.clone() } else { format!("'{fixed}'") };
                Code::UnknownUnit
                    .at(span, format!("`{part}` is no UCUM unit"))
                    .label("unknown unit")
                    .help(format!("did you mean `'{fixed}'`?"))
                    .fix(span, replacement, Applicability::NeedsReview)
            }
            UnitError::Unknown { .. } if code.contains("1.73") => Code::UnknownUnit
                .at(span, "the body surface that a rate is referred to is an annotation in UCUM")
                .label("unknown unit")
                .help("write `'mL/min/{1.73_m2}'`"),
            UnitError::Unknown { part, suggestion: None } => Code::UnknownUnit
                .at(span, format!("`{part}` is no UCUM unit"))
                .label("unknown unit")
                .help(format!("a unit of counting is written in braces, such as `{{{}}}`", part.trim_matches(['{', '}', '[', ']']))),
            UnitError::DegreesInProduct => Code::DegreeArithmetic
                .at(span, "degrees take no prefix and stand in no product")
                .label("degrees are points")
                .help("state rates of change in `'K'`"),
            UnitError::Malformed => Code::UnknownUnit
                .at(span, format!("`{code}` is no well-formed UCUM unit"))
                .label("cannot be read")
                .help("examples: 'mg/dL', '10*9/L', 'kg/m2', '{cells}'"),
        });
    }
}
