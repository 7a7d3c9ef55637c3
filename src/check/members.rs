//! Members and sets: opposite an enumeration a bare name is a member of it.

use super::Checker;
use super::numbers::rank;
use super::value::{Choice, Enumeration, Leaf, Typed};
use crate::diagnostic::{Code, did_you_mean};
use crate::protocol::{Comparison, Members, SetTest, Test};
use crate::span::Span;
use crate::syntax::ast::{self, Expr, ExprKind, Has, MemberList, Name};

/// The bare name that an expression is, through parentheses.
fn bare_name(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Group(inner) => bare_name(inner),
        ExprKind::Value(name, None) => Some(name),
        _ => None,
    }
}

impl Checker<'_> {
    /// A comparison with an enumeration on one side; `None` where neither side is one.
    pub(super) fn compare_members(
        &mut self,
        (left, a): (&Expr, &Typed),
        op: ast::Comparison,
        (right, b): (&Expr, &Typed),
        span: Span,
    ) -> Option<Option<Test>> {
        let (own, opposite) = (enumeration(a), enumeration(b));
        // A name that is a member of the type opposite is that member, whatever else it names.
        if let (Some(name), Some(e)) = (bare_name(right).filter(|name| is_member(name, own)), own) {
            return Some(self.compare_member((left, a), op, (name, opposite), e, span));
        }
        if let (Some(name), Some(e)) = (bare_name(left).filter(|name| is_member(name, opposite)), opposite) {
            return Some(self.compare_member((right, b), op.mirrored(), (name, own), e, span));
        }
        match (own, opposite) {
            (None, None) => None,
            (Some(e), Some(f)) => Some(self.compare_enumerations((left, a, e), op, (right, b, f), span)),
            (Some(e), None) => Some(self.against_name(e, (left, a), op, (right, b), span)),
            (None, Some(e)) => Some(self.against_name(e, (right, b), op.mirrored(), (left, a), span)),
        }
    }

    /// Reports a bare name that means nothing, once it is known that it is no member of what stands opposite.
    pub(super) fn report_unknown(&mut self, side: &Expr) {
        let ExprKind::Value(name, None) = &side.kind else { return };
        let known = self.names.operands.contains_key(&name.text) || self.names.members.contains(&name.text);
        // Within `where` it was reported as an attribute that the events do not have.
        if !known && !name.text.is_empty() && self.scope.is_none() {
            self.push(self.names.unknown(name));
        }
    }

    /// The other side is no enumeration: a misspelt member, an `if` over members, or a mistake.
    fn against_name(
        &mut self,
        enumeration: &Enumeration,
        (side, typed): (&Expr, &Typed),
        op: ast::Comparison,
        (other, other_typed): (&Expr, &Typed),
        span: Span,
    ) -> Option<Test> {
        match (bare_name(other), other_typed) {
            // A mistake in a definition or fact of that name was reported there.
            (Some(name), Typed::Poison) if self.names.operands.contains_key(&name.text) => return None,
            (Some(name), Typed::Poison | Typed::Value(Choice::One(Leaf::MemberName(_)))) => {
                self.unknown_member(name, &enumeration.members);
                return None;
            }
            (Some(_), typed) => {
                self.mismatch(other.span, "a member", &typed.describe(), members_help(&enumeration.members));
                return None;
            }
            (None, _) => {}
        }
        let a = self.as_choice(typed.clone(), side)?;
        let b = self.as_choice(other_typed.clone(), other)?;
        self.lift(a, b, span, &mut |checker, a, b| match (a, b) {
            (Leaf::Member(member, _), Leaf::MemberName(name)) => {
                let Some(i) = enumeration.members.iter().position(|m| *m == name) else {
                    checker.unknown_member(&Name { text: name, span: other.span }, &enumeration.members);
                    return None;
                };
                checker.against_member(member, enumeration, op, i, span)
            }
            (_, b) => {
                checker.mismatch(other.span, "a member", &b.describe(), members_help(&enumeration.members));
                None
            }
        })
    }

    fn compare_member(
        &mut self,
        (side, typed): (&Expr, &Typed),
        op: ast::Comparison,
        (name, own): (&Name, Option<&Enumeration>),
        opposite: &Enumeration,
        span: Span,
    ) -> Option<Test> {
        if own.is_some_and(|own| own.members == opposite.members) {
            self.push(
                Code::AmbiguousMember
                    .at(name.span, format!("`{}` is a member here, and also a fact of the same type", name.text))
                    .label("which of the two?")
                    .help("rename the fact"),
            );
            return None;
        }
        let choice = self.as_choice(typed.clone(), side)?;
        choice
            .try_map(&mut |leaf| match leaf {
                Leaf::Member(member, enumeration) => {
                    let i = enumeration.members.iter().position(|known| *known == name.text)?;
                    self.against_member(member, &enumeration, op, i, span)
                }
                leaf => {
                    self.mismatch(side.span, "a fact with members", &leaf.describe(), "compare the branches one by one");
                    None
                }
            })
            .map(Choice::lift)
    }

    fn against_member(
        &mut self,
        member: crate::protocol::MemberExpr,
        enumeration: &Enumeration,
        op: ast::Comparison,
        i: usize,
        span: Span,
    ) -> Option<Test> {
        let among = |range: std::ops::Range<usize>| range.map(|n| n as u16).collect::<Vec<_>>();
        let count = enumeration.members.len();
        let chosen = match op {
            ast::Comparison::Equal => among(i..i + 1),
            ast::Comparison::NotEqual => return Some(Test::Not(Box::new(Test::Member(member, among(i..i + 1))))),
            ast::Comparison::Less => among(0..i),
            ast::Comparison::LessOrEqual => among(0..i + 1),
            ast::Comparison::Greater => among(i + 1..count),
            ast::Comparison::GreaterOrEqual => among(i..count),
        };
        if !enumeration.ordered && op != ast::Comparison::Equal {
            self.unordered(op, span);
            return None;
        }
        if chosen.is_empty() || (chosen.len() == count && count > 1) {
            let never = chosen.is_empty();
            self.push(
                Code::OutsidePlausible
                    .at(span, format!("no member of the scale {} this, so it never changes", if never { "passes" } else { "fails" }))
                    .label(if never { "never true" } else { "never false" })
                    .help(members_help(&enumeration.members)),
            );
        }
        Some(Test::Member(member, chosen))
    }

    fn unordered(&mut self, op: ast::Comparison, span: Span) {
        self.push(
            Code::Unordered
                .at(span, format!("members of a `one of` have no order, so `{}` has no meaning", op.symbol()))
                .label("not ordered")
                .help("declare the fact a `scale { … }`, lowest first, or write `in { … }`"),
        );
    }

    fn compare_enumerations(
        &mut self,
        (left, x, a): (&Expr, &Typed, &Enumeration),
        op: ast::Comparison,
        (right, y, b): (&Expr, &Typed, &Enumeration),
        span: Span,
    ) -> Option<Test> {
        if a.members != b.members {
            self.push(
                Code::TypeMismatch
                    .at(span, "two enumerations with different members are not compared")
                    .label("different types")
                    .help("declare both with one `values`"),
            );
            return None;
        }
        let asks_order = !matches!(op, ast::Comparison::Equal | ast::Comparison::NotEqual);
        if asks_order && !(a.ordered && b.ordered) {
            self.unordered(op, span);
            return None;
        }
        let (x, y) = (self.as_choice(x.clone(), left)?, self.as_choice(y.clone(), right)?);
        self.lift(x, y, span, &mut |checker, x, y| {
            let (Leaf::Member(x, _), Leaf::Member(y, _)) = (x, y) else {
                checker.mismatch(span, "two facts of one enumeration", "something else", "compare the branches one by one");
                return None;
            };
            let test = |op| Test::Compare(op, rank(x.clone()), rank(y.clone()));
            Some(match op {
                ast::Comparison::Equal => test(Comparison::Equal),
                ast::Comparison::NotEqual => Test::Not(Box::new(test(Comparison::Equal))),
                ast::Comparison::Less => test(Comparison::Less),
                ast::Comparison::LessOrEqual => test(Comparison::LessOrEqual),
                ast::Comparison::Greater => test(Comparison::Greater),
                ast::Comparison::GreaterOrEqual => test(Comparison::GreaterOrEqual),
            })
        })
    }

    /// `nyha in class_i .. class_iii`; `None` where the value is no enumeration.
    pub(super) fn member_range(&mut self, value: &Expr, typed: &Typed, low: &Expr, high: &Expr) -> Option<Option<Test>> {
        let enumeration = enumeration(typed)?;
        let span = low.span.to(high.span);
        if !enumeration.ordered {
            self.unordered(ast::Comparison::LessOrEqual, span);
            return Some(None);
        }
        let mut ends = Vec::new();
        for end in [low, high] {
            let Some(name) = bare_name(end) else {
                self.mismatch(end.span, "a member", "no name", members_help(&enumeration.members));
                return Some(None);
            };
            let Some(i) = enumeration.members.iter().position(|known| *known == name.text) else {
                self.unknown_member(name, &enumeration.members);
                return Some(None);
            };
            ends.push(i);
        }
        if ends[0] > ends[1] {
            self.empty_range(span, low.span, high.span);
            return Some(None);
        }
        let among: Vec<u16> = (ends[0]..=ends[1]).map(|n| n as u16).collect();
        let choice = self.as_choice(typed.clone(), value)?;
        let test = choice.try_map(&mut |leaf| match leaf {
            Leaf::Member(member, _) => Some(Test::Member(member, among.clone())),
            _ => None,
        });
        Some(test.map(Choice::lift))
    }

    pub(super) fn in_members(&mut self, value: &Expr, list: &MemberList, _span: Span) -> Option<Test> {
        let choice = self.choice(value)?;
        choice
            .try_map(&mut |leaf| match leaf {
                Leaf::Member(member, enumeration) => Some(Test::Member(member, self.indices(list, &enumeration.members)?)),
                Leaf::Set(..) => {
                    let text = self.written(value.span);
                    self.mismatch(value.span, "one of several members", "a set", format!("write `{text} has any of …`"));
                    None
                }
                Leaf::Number(_) | Leaf::Lab(..) => {
                    self.mismatch(value.span, "one of several members", &leaf.describe(), "a range of numbers is written `x in a .. b`");
                    None
                }
                leaf => {
                    self.mismatch(value.span, "one of several members", &leaf.describe(), "`in` asks a `one of` or a `scale`");
                    None
                }
            })
            .map(Choice::lift)
    }

    pub(super) fn has(&mut self, set: &Expr, has: &Has) -> Option<Test> {
        let choice = self.choice(set)?;
        choice
            .try_map(&mut |leaf| {
                let Leaf::Set(expr, members) = leaf else {
                    let text = self.written(set.span);
                    let help = match leaf {
                        Leaf::Member(..) => format!("write `{text} = m` or `{text} in {{ … }}`"),
                        Leaf::Events(_) => format!("write `{text} ever`, or `{text} where (…) ever`"),
                        _ => "`has` asks a set".into(),
                    };
                    self.mismatch(set.span, "a set", &leaf.describe(), help);
                    return None;
                };
                let test = match has {
                    Has::Any => SetTest::Any,
                    Has::Member(name) => SetTest::AnyOf(vec![self.index(name, &members)?]),
                    Has::AnyOf(list) => SetTest::AnyOf(self.indices(list, &members)?),
                    Has::AnyExcept(list) => SetTest::AnyExcept(self.indices(list, &members)?),
                    Has::AllOf(list) => SetTest::AllOf(self.indices(list, &members)?),
                };
                Some(Test::Has(expr, test))
            })
            .map(Choice::lift)
    }

    fn index(&mut self, name: &Name, members: &Members) -> Option<u16> {
        let found = members.iter().position(|known| *known == name.text);
        if found.is_none() {
            self.unknown_member(name, members);
        }
        found.map(|i| i as u16)
    }

    /// The members that a list names, as indices in ascending order.
    fn indices(&mut self, list: &MemberList, members: &Members) -> Option<Vec<u16>> {
        let mut found: Vec<u16> = match list {
            MemberList::Missing => return None,
            MemberList::Members(names, _) => {
                for (i, name) in names.iter().enumerate() {
                    if let Some(first) = names[..i].iter().find(|first| first.text == name.text && !name.text.is_empty()) {
                        self.push(
                            Code::DuplicateMember
                                .at(name.span, format!("the member `{}` stands twice", name.text))
                                .label("again")
                                .related(first.span, "first here"),
                        );
                    }
                }
                let all: Vec<Option<u16>> =
                    names.iter().filter(|name| !name.text.is_empty()).map(|name| self.index(name, members)).collect();
                all.into_iter().collect::<Option<_>>()?
            }
            MemberList::Values(name) => {
                let listed = self.members_of(list)?;
                let all: Option<Vec<u16>> =
                    listed.iter().map(|member| members.iter().position(|known| known == member).map(|i| i as u16)).collect();
                let Some(all) = all else {
                    let foreign: Vec<_> = listed.iter().filter(|member| !members.contains(member)).map(|m| format!("`{m}`")).collect();
                    self.push(
                        Code::UnknownMember
                            .at(name.span, format!("`{}` holds {}, which cannot be a value here", name.text, foreign.join(", ")))
                            .label("not of this type")
                            .help(members_help(members)),
                    );
                    return None;
                };
                all
            }
        };
        found.sort_unstable();
        found.dedup();
        (!found.is_empty()).then_some(found)
    }

    pub(super) fn unknown_member(&mut self, name: &Name, members: &Members) {
        let near = did_you_mean(&name.text, members.iter().map(String::as_str));
        let help = near.map_or_else(|| members_help(members), |near| format!("did you mean `{near}`?"));
        self.push(
            Code::UnknownMember
                .at(name.span, format!("`{}` is no member of this type", name.text))
                .label("not a member")
                .help(help),
        );
    }
}

/// The enumeration that a value belongs to.
fn enumeration(typed: &Typed) -> Option<&Enumeration> {
    match typed {
        Typed::Value(choice) => match choice.first() {
            Leaf::Member(_, enumeration) => Some(enumeration),
            _ => None,
        },
        Typed::Test(_) | Typed::Poison => None,
    }
}

fn is_member(name: &Name, enumeration: Option<&Enumeration>) -> bool {
    enumeration.is_some_and(|enumeration| enumeration.members.contains(&name.text))
}

fn members_help(members: &Members) -> String {
    let shown: Vec<&str> = members.iter().take(12).map(String::as_str).collect();
    let more = if members.len() > 12 { ", …" } else { "" };
    format!("its members are: {}{more}", shown.join(", "))
}
