//! Expressions: one function for each rule of the grammar, of the same name.

use pest::iterators::Pair;

use super::ast::{
    Comparison, Expr, ExprKind, Has, HowMany, Logic, MemberList, Name, Order, Quantity, Reach, Side, UnitRef, Which,
    Window, WindowKind,
};
use super::parse::{Parser, R, span};
use crate::diagnostic::{Applicability, Code};
use crate::span::Span;

type P<'i> = Pair<'i, R>;

fn expr(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, span }
}

impl Parser<'_> {
    pub(super) fn nothing(at: Span) -> Expr {
        expr(ExprKind::Missing, at)
    }

    pub(super) fn expression(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        match pair.as_rule() {
            R::expression => match pair.into_inner().next() {
                Some(inner) => self.expression(inner),
                None => Self::nothing(whole),
            },
            R::conditional => self.conditional(pair),
            R::chain => self.chain(pair),
            R::negation => self.negation(pair),
            R::test => self.test(pair),
            R::sum => self.sum(pair),
            R::product => self.product(pair),
            _ => self.operand(pair),
        }
    }

    fn first(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        pair.into_inner().next().map_or_else(|| Self::nothing(whole), |p| self.expression(p))
    }

    fn conditional(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut cases = Vec::new();
        let mut otherwise = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                R::kw_if | R::kw_else => {}
                R::case => {
                    let at = span(&part).after();
                    let mut halves = Vec::new();
                    for half in part.into_inner() {
                        match half.as_rule() {
                            R::kw_then => {}
                            R::missing_then => {
                                self.missing(Code::MissingThen, &half, "expected `then`", "if CONDITION then TEST, perhaps with else TEST");
                            }
                            _ => halves.push(self.expression(half)),
                        }
                    }
                    let value = halves.pop().unwrap_or_else(|| Self::nothing(at));
                    let condition = halves.pop().unwrap_or_else(|| Self::nothing(at));
                    cases.push((condition, value));
                }
                _ => otherwise = Some(Box::new(self.expression(part))),
            }
        }
        expr(ExprKind::If(cases, otherwise), whole)
    }

    fn chain(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut logic: Option<(Logic, Span)> = None;
        let mut operands = Vec::new();
        let mut mixed = false;
        for part in pair.into_inner() {
            let at = span(&part);
            let next = match part.as_rule() {
                R::kw_and => Logic::And,
                R::kw_or => Logic::Or,
                R::foreign_logic => self.foreign_logic(at, logic.map_or(Logic::And, |(logic, _)| logic)),
                _ => {
                    operands.push(self.expression(part));
                    continue;
                }
            };
            match logic {
                None => logic = Some((next, at)),
                Some((first, first_at)) if first != next && !mixed => {
                    mixed = true;
                    self.diagnostics.push(
                        Code::MixedAndOr
                            .at(at, "`and` beside `or` needs parentheses")
                            .label("which binds first?")
                            .related(first_at, "the other one")
                            .help("write `(a and b) or c` or `a and (b or c)`"),
                    );
                }
                Some(_) => {}
            }
        }
        match logic {
            // What was meant is open, so nothing is concluded from it.
            _ if mixed => Self::nothing(whole),
            Some((logic, _)) => expr(ExprKind::Chain(logic, operands), whole),
            None => operands.pop().unwrap_or_else(|| Self::nothing(whole)),
        }
    }

    fn foreign_logic(&mut self, at: Span, before: Logic) -> Logic {
        let (word, logic) = match at.text(self.source()) {
            "&&" | "&" => ("and", Logic::And),
            "||" | "|" => ("or", Logic::Or),
            _ => ("", before),
        };
        let diagnostic = Code::ForeignOperator
            .at(at, format!("`{}` is no operator here", at.text(self.source())))
            .label("from another language?");
        self.diagnostics.push(if word.is_empty() {
            diagnostic.help("write `if a then b`")
        } else {
            diagnostic.help(format!("write `{word}`")).fix(at, word, Applicability::Safe)
        });
        logic
    }

    fn negation(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut starts = Vec::new();
        let mut operand = Self::nothing(whole.after());
        for part in pair.into_inner() {
            match part.as_rule() {
                R::kw_not => starts.push(span(&part)),
                _ => operand = self.expression(part),
            }
        }
        // Two negations say nothing, however many are written.
        let odd = starts.len() % 2 == 1;
        match starts.last() {
            Some(start) if odd => {
                let at = start.to(operand.span);
                expr(ExprKind::Not(Box::new(operand)), at)
            }
            _ => operand,
        }
    }

    fn test(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut left = Self::nothing(whole);
        let mut compared: Option<Span> = None;
        for part in pair.into_inner() {
            let at = span(&part);
            left = match part.as_rule() {
                R::sum => self.sum(part),
                R::compare => {
                    if let Some(first) = compared {
                        self.diagnostics.push(
                            Code::ChainedComparison
                                .at(at, "a test compares two sides, not three")
                                .label("a second comparison")
                                .related(first, "the first")
                                .help("write `x in low .. high`, or two tests with `and`"),
                        );
                        continue;
                    }
                    compared = Some(at);
                    self.compare(left, part, whole)
                }
                R::in_range => self.in_range(left, part, whole),
                R::has => self.has(left, part, whole),
                R::window => {
                    let window = self.window(part);
                    expr(ExprKind::Window(Box::new(left), Box::new(window)), whole)
                }
                R::foreign_between => self.foreign_between(left, part, whole),
                _ => left,
            };
        }
        left
    }

    fn compare(&mut self, left: Expr, pair: P<'_>, whole: Span) -> Expr {
        let mut op = Comparison::Equal;
        let mut right = Self::nothing(span(&pair).after());
        for part in pair.into_inner() {
            if part.as_rule() == R::cmp_op {
                op = self.cmp_op(&part);
            } else {
                right = self.expression(part);
            }
        }
        expr(ExprKind::Compare(Box::new(left), op, Box::new(right)), whole)
    }

    fn cmp_op(&mut self, pair: &P<'_>) -> Comparison {
        let (op, foreign) = match pair.as_str() {
            "=" => (Comparison::Equal, false),
            "!=" => (Comparison::NotEqual, false),
            "<" => (Comparison::Less, false),
            "<=" => (Comparison::LessOrEqual, false),
            ">" => (Comparison::Greater, false),
            ">=" => (Comparison::GreaterOrEqual, false),
            "==" => (Comparison::Equal, true),
            "<>" | "≠" => (Comparison::NotEqual, true),
            "=<" | "≤" => (Comparison::LessOrEqual, true),
            _ => (Comparison::GreaterOrEqual, true),
        };
        if foreign {
            let at = span(pair);
            self.diagnostics.push(
                Code::ForeignOperator
                    .at(at, format!("`{}` is written `{}`", pair.as_str(), op.symbol()))
                    .label("from another language?")
                    .fix(at, op.symbol(), Applicability::Safe),
            );
        }
        op
    }

    fn foreign_between(&mut self, left: Expr, pair: P<'_>, whole: Span) -> Expr {
        let at = span(&pair);
        let mut ends: Vec<Expr> =
            pair.into_inner().filter(|p| p.as_rule() == R::sum).map(|p| self.sum(p)).collect();
        let (Some(high), Some(low)) = (ends.pop(), ends.pop()) else { return left };
        let (a, b) = (low.span.text(self.source()).to_string(), high.span.text(self.source()).to_string());
        self.diagnostics.push(
            Code::ForeignBetween
                .at(at, "`between` leaves open whether its ends are in")
                .label("say it with `in`")
                .help(format!("write `in {a} .. {b}`, both ends in, or two comparisons"))
                .fix(at, format!("in {a} .. {b}"), Applicability::NeedsReview),
        );
        expr(ExprKind::InRange(Box::new(left), Box::new(low), Box::new(high)), whole)
    }

    fn in_range(&mut self, left: Expr, pair: P<'_>, whole: Span) -> Expr {
        let at = span(&pair);
        let mut ends = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                R::kw_in => {}
                R::members => {
                    let list = MemberList::Members(self.members(part), at);
                    return expr(ExprKind::InMembers(Box::new(left), list), whole);
                }
                _ => ends.push(self.expression(part)),
            }
        }
        let second = if ends.len() > 1 { ends.pop() } else { None };
        let first = ends.pop().unwrap_or_else(|| Self::nothing(at.after()));
        match (second, first) {
            (Some(high), low) => expr(ExprKind::InRange(Box::new(left), Box::new(low), Box::new(high)), whole),
            (None, Expr { kind: ExprKind::Value(name, None), .. }) => {
                expr(ExprKind::InMembers(Box::new(left), MemberList::Values(name)), whole)
            }
            (None, Expr { kind: ExprKind::Missing, .. }) => Self::nothing(whole),
            (None, other) => {
                self.diagnostics.push(
                    Code::MissingOperand
                        .at(other.span.after(), "expected `..` and the upper end of the range")
                        .label("missing here")
                        .help("`x in 20 years .. 60 years`, `x in { a, b }` or `x in NAME`"),
                );
                Self::nothing(whole)
            }
        }
    }

    fn has(&mut self, left: Expr, pair: P<'_>, whole: Span) -> Expr {
        let mut has = None;
        for part in pair.into_inner() {
            has = match part.as_rule() {
                R::kw_has => None,
                R::name => Some(Has::Member(Self::name(&part))),
                R::has_any => Some(Has::Any),
                R::has_any_of => Some(Has::AnyOf(self.list_of(part))),
                R::has_any_except => Some(Has::AnyExcept(self.list_of(part))),
                R::has_all_of => Some(Has::AllOf(self.list_of(part))),
                _ => {
                    self.missing(Code::MissingOperand, &part, "expected what the set has", "has m, has any, has any of { … }, has any except { … }, has all of { … }");
                    None
                }
            };
        }
        match has {
            Some(has) => expr(ExprKind::Has(Box::new(left), has), whole),
            None => Self::nothing(whole),
        }
    }

    fn list_of(&mut self, pair: P<'_>) -> MemberList {
        let mut list = MemberList::Missing;
        for part in pair.into_inner() {
            match part.as_rule() {
                R::some => list = self.some(part),
                R::missing_members => list = self.missing_members(&part),
                _ => {}
            }
        }
        list
    }

    fn window(&mut self, pair: P<'_>) -> Window {
        let whole = span(&pair);
        let Some(inner) = pair.into_inner().next() else {
            return Window { kind: WindowKind::Ever, span: whole };
        };
        let which = inner.as_rule();
        if which == R::ever {
            return Window { kind: WindowKind::Ever, span: whole };
        }
        let mut reach = Reach::Within;
        let mut order = Order::Before;
        let mut side = Side::Before;
        let mut duration = None;
        let mut anchor = Self::nothing(whole.after());
        for part in inner.into_inner() {
            match part.as_rule() {
                R::more_than => reach = Reach::MoreThan,
                R::less_than => reach = Reach::LessThan,
                R::at_least => reach = Reach::AtLeast,
                R::on_or_before => order = Order::OnOrBefore,
                R::on_or_after => order = Order::OnOrAfter,
                R::kw_on => order = Order::On,
                R::w_of => side = Side::Of,
                R::kw_before => {}
                R::kw_after => {
                    order = Order::After;
                    side = Side::After;
                }
                R::duration => duration = Some(self.duration(part)),
                R::moment => anchor = self.first(part),
                _ => {}
            }
        }
        let kind = match duration {
            Some(duration) => WindowKind::Reach(reach, duration, side, anchor),
            None => WindowKind::Order(order, anchor),
        };
        Window { kind, span: whole }
    }

    fn sum(&mut self, pair: P<'_>) -> Expr {
        self.terms(pair, R::minus, ExprKind::Sum)
    }

    fn product(&mut self, pair: P<'_>) -> Expr {
        self.terms(pair, R::slash, ExprKind::Product)
    }

    /// The parts of a sum or a product; `inverse` marks the one behind it.
    fn terms(&mut self, pair: P<'_>, inverse: R, make: fn(Vec<(bool, Expr)>) -> ExprKind) -> Expr {
        let whole = span(&pair);
        let mut terms = Vec::new();
        let mut inverted = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                R::plus | R::star => inverted = false,
                found if found == inverse => inverted = true,
                _ => terms.push((inverted, self.expression(part))),
            }
        }
        if terms.len() > 1 {
            return expr(make(terms), whole);
        }
        terms.pop().map_or_else(|| Self::nothing(whole), |(_, term)| term)
    }

    fn operand(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let kind = match pair.as_rule() {
            R::group => return self.group(pair),
            R::some_of => return self.some_of(pair),
            R::elapsed => return self.elapsed(pair),
            R::count => {
                let selection = self.selection_of(pair);
                ExprKind::Count(Box::new(selection))
            }
            R::pick => return self.pick(pair),
            R::date => ExprKind::Date(pair.as_str().to_string()),
            R::quantity => ExprKind::Quantity(self.quantity(pair)),
            R::bare_unit => return self.bare_unit(pair),
            R::events => return self.events(pair),
            R::value => {
                let mut names = pair.into_inner().map(|p| Self::name(&p));
                match names.next() {
                    Some(name) => ExprKind::Value(name, names.next()),
                    None => ExprKind::Missing,
                }
            }
            R::bare_if => {
                self.diagnostics.push(
                    Code::BareIf
                        .at(whole, "within an expression `if` stands in parentheses")
                        .label("where does it end?")
                        .help("write `(if c then x else y)`"),
                );
                return self.first(pair);
            }
            R::foreign_not => {
                let at = Span::new(whole.start as usize, whole.start as usize + 1);
                self.diagnostics.push(
                    Code::ForeignOperator
                        .at(at, "`!` is written `not`")
                        .label("from another language?")
                        .fix(at, "not ", Applicability::Safe),
                );
                let operand = self.first(pair);
                ExprKind::Not(Box::new(operand))
            }
            R::missing_operand => {
                self.missing_operand(&pair);
                ExprKind::Missing
            }
            _ => ExprKind::Missing,
        };
        expr(kind, whole)
    }

    fn missing_operand(&mut self, pair: &P<'_>) {
        let at = self.behind(span(pair).start);
        // Within a smart quote, which is read as a plain one and blanks, nothing can start.
        let rest = self.source().get(span(pair).start as usize..).unwrap_or_default();
        let next: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let mut diagnostic = Code::MissingOperand.at(at, "expected an expression").label("missing here");
        if !next.is_empty() {
            let here = Span::new(span(pair).start as usize, span(pair).start as usize + next.len());
            diagnostic = diagnostic.related(here, format!("`{next}` cannot start one"));
        }
        self.diagnostics.push(diagnostic.help("a fact, a number with its unit, a date, or a test"));
    }

    fn group(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut inner = Self::nothing(whole);
        for part in pair.into_inner() {
            match part.as_rule() {
                R::missing_rparen => self.missing_rparen(&part, whole),
                _ => inner = self.expression(part),
            }
        }
        expr(ExprKind::Group(Box::new(inner)), whole)
    }

    fn missing_rparen(&mut self, part: &P<'_>, opened: Span) {
        let at = self.behind(span(part).start);
        let open = opened.text(self.source()).find('(').map_or(0, |n| n as u32) + opened.start;
        self.diagnostics.push(
            Code::UnclosedParenthesis
                .at(at, "expected `)`")
                .label("missing here")
                .related(Span { start: open, end: open + 1 }, "opened here"),
        );
    }

    fn some_of(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut how = HowMany::AtLeast;
        let mut count = None;
        let mut operands = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                R::at_least | R::w_of => {}
                R::at_most => how = HowMany::AtMost,
                R::kw_exactly => how = HowMany::Exactly,
                R::number => count = Some(Self::number(&part)),
                R::missing_rparen => self.missing_rparen(&part, whole),
                _ => operands.push(self.expression(part)),
            }
        }
        match count {
            Some(count) => expr(ExprKind::SomeOf(how, count, operands), whole),
            None => Self::nothing(whole),
        }
    }

    fn elapsed(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut inner = pair.into_inner().filter(|p| !matches!(p.as_rule(), R::w_from | R::w_to));
        let Some(unit) = inner.next().map(|p| Self::unit_word(&p)) else { return Self::nothing(whole) };
        let mut next = || inner.next().map_or_else(|| Self::nothing(whole.after()), |p| self.expression(p));
        let (from, to) = (next(), next());
        expr(ExprKind::Elapsed(unit, Box::new(from), Box::new(to)), whole)
    }

    /// `count(` selection `)`, with what is missing reported.
    fn selection_of(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut selection = Self::nothing(whole);
        for part in pair.into_inner() {
            match part.as_rule() {
                R::selection => selection = self.selection(part),
                R::missing_rparen => self.missing_rparen(&part, whole),
                _ => {}
            }
        }
        selection
    }

    fn selection(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut events = Self::nothing(whole);
        for part in pair.into_inner() {
            events = match part.as_rule() {
                R::window => {
                    let window = self.window(part);
                    expr(ExprKind::Window(Box::new(events), Box::new(window)), whole)
                }
                _ => self.operand(part),
            };
        }
        events
    }

    fn pick(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut which = Which::Latest;
        let mut selection = Self::nothing(whole);
        let mut attribute: Option<Name> = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                R::kw_latest => which = Which::Latest,
                R::kw_earliest => which = Which::Earliest,
                R::kw_highest => which = Which::Highest,
                R::kw_lowest => which = Which::Lowest,
                R::selection => selection = self.selection(part),
                R::name => attribute = Some(Self::name(&part)),
                R::missing_rparen => self.missing_rparen(&part, whole),
                R::missing_attribute => self.missing(
                    Code::MissingAttribute,
                    &part,
                    "expected `.` and the attribute to take",
                    "`latest(ecog before screening).grade`; to ask whether there is one, write `e before screening`",
                ),
                _ => {}
            }
        }
        match attribute {
            Some(attribute) => expr(ExprKind::Pick(which, Box::new(selection), attribute), whole),
            None => Self::nothing(whole),
        }
    }

    fn events(&mut self, pair: P<'_>) -> Expr {
        let whole = span(&pair);
        let mut name = None;
        let mut condition = Self::nothing(whole);
        for part in pair.into_inner() {
            match part.as_rule() {
                R::kw_where => {}
                R::name => name = Some(Self::name(&part)),
                R::missing_rparen => self.missing_rparen(&part, whole),
                R::unbracketed => {
                    let at = span(&part);
                    if at.start == at.end {
                        self.missing(Code::MissingOperand, &part, "expected a condition", "write `where (CONDITION)`");
                        continue;
                    }
                    let text = at.text(self.source()).to_string();
                    self.diagnostics.push(
                        Code::UnbracketedWhere
                            .at(at, "the condition of `where` stands in parentheses")
                            .label("where does it end?")
                            .fix(at, format!("({text})"), Applicability::NeedsReview),
                    );
                    condition = self.test(part);
                }
                _ => condition = self.expression(part),
            }
        }
        match name {
            Some(name) => expr(ExprKind::Where(name, Box::new(condition)), whole),
            None => Self::nothing(whole),
        }
    }

    fn bare_unit(&mut self, pair: P<'_>) -> Expr {
        let at = span(&pair);
        let text = at.text(self.source()).to_string();
        self.diagnostics.push(
            Code::BareLimit
                .at(at, format!("expected a number before `{text}`"))
                .label("of how many?")
                .help(format!("write `1 {text}`"))
                .fix(Span { start: at.start, end: at.start }, "1 ", Applicability::NeedsReview),
        );
        Self::nothing(at)
    }

    pub(super) fn quantity(&mut self, pair: P<'_>) -> Quantity {
        let whole = span(&pair);
        let mut number = None;
        let mut unit = None;
        for part in pair.into_inner() {
            let at = span(&part);
            match part.as_rule() {
                R::number => number = Some(Self::number(&part)),
                R::comma_number => number = Some(self.comma_number(&part)),
                R::unit => unit = self.unit(part),
                R::unit_word => unit = Some(UnitRef::Word(Self::unit_word(&part))),
                R::limit => unit = Some(UnitRef::Limit(part.as_str() == "ULN", at)),
                _ => {
                    let text = part.as_str().to_string();
                    self.diagnostics.push(
                        Code::UnquotedUnit
                            .at(at, format!("the unit `{text}` stands in quotes"))
                            .label("a unit?")
                            .help(format!("write `'{text}'`; words for time need no quotes"))
                            .fix(at, format!("'{text}'"), Applicability::NeedsReview),
                    );
                    unit = Some(UnitRef::Code(Name { text, span: at }));
                    continue;
                }
            }
            if let (Some(number), Some(_)) = (&number, &unit) {
                self.check_glued(number.span, at);
            }
        }
        let number = number.unwrap_or(super::ast::Num { text: "0".into(), span: whole });
        Quantity { number, unit, span: whole }
    }

    /// `3,5` for 3.5; `10,000` could be either of two numbers.
    fn comma_number(&mut self, pair: &P<'_>) -> super::ast::Num {
        let at = span(pair);
        let text = pair.as_str().to_string();
        let thousands = text.rsplit(',').next().is_some_and(|end| end.len() == 3);
        let point = text.replace(',', ".");
        let diagnostic = Code::DecimalComma.at(at, format!("decimals are written with a point, and thousands run together: not `{text}`")).label("a comma");
        self.diagnostics.push(if thousands {
            diagnostic.help(format!("write `{point}` or `{}`, whichever is meant", text.replace(',', "")))
        } else {
            diagnostic.help(format!("write `{point}`")).fix(at, point.clone(), Applicability::NeedsReview)
        });
        super::ast::Num { text: point, span: at }
    }

    pub(super) fn check_glued(&mut self, number: Span, unit: Span) {
        if Self::touches(number, unit) && !unit.text(self.source()).starts_with('\'') {
            self.diagnostics.push(
                Code::GluedUnit
                    .at(number.to(unit), "a space belongs between a number and its unit")
                    .label("glued together")
                    .fix(number.after(), " ", Applicability::Safe),
            );
        }
    }
}
