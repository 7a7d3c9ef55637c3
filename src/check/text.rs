//! The verbatim text against the logic.
//!
//! A slip between the words of a protocol and its expression is the mistake
//! that nobody else will find. Each rule here speaks only where the text is
//! plain enough to be sure: a number with its unit, a comparing phrase right
//! before a number, a "no A or B".

use std::collections::{HashMap, HashSet};

use super::Checker;
use crate::diagnostic::{Applicability, Code, Diagnostic, Severity};
use crate::number::Number;
use crate::resolve::Operand;
use crate::span::Span;
use crate::syntax::ast::{
    Comparison, Criterion, Expr, ExprKind, Item, Logic, Quantity, Reach, RuleBody, Side, UnitRef, Window, WindowKind,
};
use crate::units::Unit;

/// A number in the text, and the unit behind it.
struct Mention {
    number: Number,
    unit: Option<Unit>,
    /// What the words before it say of the comparison.
    phrase: Option<Comparison>,
    shown: String,
}

/// A number with a unit in the logic.
struct Limit {
    number: Number,
    unit: Unit,
    /// How the logic compares with it, the fact on the left.
    op: Option<Comparison>,
    span: Span,
    /// The sign and the limit behind it, where the limit stands there by itself.
    test: Option<Span>,
    /// The unit, as it is written.
    written: Span,
}

impl Checker<'_> {
    pub(super) fn check_texts(&mut self) {
        let mut seen: HashMap<String, Span> = HashMap::new();
        let ast = self.ast;
        let is_error = |d: &&Diagnostic| d.severity() == Severity::Error;
        let mut errors: Vec<u32> = self.diagnostics.iter().filter(is_error).map(|d| d.span.start).collect();
        errors.sort_unstable();
        for item in &ast.items {
            let Item::Criterion(criterion) = item else { continue };
            let Some(text) = &criterion.text.verbatim else {
                self.push(
                    Code::MissingText
                        .at(criterion.name.span, format!("the criterion `{}` has no verbatim text", criterion.name.text))
                        .label("whose words are these?")
                        .help("put the protocol's own sentence, in quotes, before the expression"),
                );
                continue;
            };
            let folded = text.value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            if folded.is_empty() {
                self.push(Code::MissingText.at(text.span, "the verbatim text is empty").label("nothing written"));
                continue;
            }
            if let Some(first) = seen.get(&folded) {
                let first = *first;
                self.push(
                    Code::DuplicateText
                        .at(text.span, "two criteria carry the same text")
                        .label("again")
                        .related(first, "first here")
                        .help("give each its own words, or make one of the two"),
                );
            } else {
                seen.insert(folded.clone(), text.span);
            }
            self.check_text(criterion, &folded, text.span, &errors);
        }
    }

    /// `errors` is where errors start, in order.
    fn check_text(&mut self, criterion: &Criterion, text: &str, at: Span, errors: &[u32]) {
        let RuleBody::Expr(body) = &criterion.rule.body else { return };
        let mut limits = Vec::new();
        self.limits(body, &mut limits, &mut HashSet::new());
        if let Some(unless) = &criterion.rule.unless {
            self.limits(unless, &mut limits, &mut HashSet::new());
        }
        let mut mentions = mentions(text);
        self.comparators_against_text(&limits, &mentions, at);
        // A note accounts for a number on either side: one that the text leaves open, one that the logic leaves out.
        for note in &criterion.text.notes {
            let noted = self::mentions(&note.value.to_lowercase());
            mentions.retain(|mention| !noted.iter().any(|note| note.number == mention.number));
            mentions.extend(noted.into_iter().filter(|note| limits.iter().any(|limit| limit.number == note.number)));
        }
        // A limit that was refused is no limit that the text could be held against.
        let next = errors.partition_point(|at| *at < criterion.span.start);
        if errors.get(next).is_some_and(|at| *at <= criterion.span.end) {
            return;
        }
        self.numbers_against_text(&limits, &mentions, body.span, at);
        self.negated_or(body, text, at);
        if (text.contains("prior to") || text.contains("before")) && !text.contains("after") {
            self.either_side(body, at);
        }
    }

    fn numbers_against_text(&mut self, limits: &[Limit], mentions: &[Mention], body: Span, at: Span) {
        let mut unasked = mentions.iter().filter(|mention| {
            let unit = mention.unit.as_ref();
            unit.is_some_and(|unit| !limits.iter().any(|limit| same(&limit.number, &limit.unit, &mention.number, unit)))
        });
        // Only where one number is left over in the text is it plain which one was meant.
        let meant = unasked.next().filter(|_| unasked.next().is_none());
        for mention in mentions {
            let Some(unit) = &mention.unit else { continue };
            if limits.iter().any(|limit| same(&limit.number, &limit.unit, &mention.number, unit)) {
                continue;
            }
            self.push(
                Code::NumberNotInLogic
                    .at(body, format!("the text says `{}`, the expression does not", mention.shown))
                    .label("not asked here")
                    .related(at, format!("`{}`", mention.shown))
                    .help("state it, or say in a `note` why it is left out"),
            );
        }
        let mut told = HashSet::new();
        for limit in limits {
            let said = mentions.iter().any(|mention| match &mention.unit {
                Some(unit) => same(&limit.number, &limit.unit, &mention.number, unit),
                None => limit.number == mention.number,
            });
            if said || !told.insert(limit.span) {
                continue;
            }
            // A definition may state what no single criterion's words repeat.
            if limit.span.start < body.start || limit.span.end > body.end {
                continue;
            }
            let shown = self.written(limit.span);
            let mut diagnostic = Code::NumberNotInText
                .at(limit.span, format!("the expression asks for `{shown}`, the text does not say it"))
                .label("not in the text")
                .related(at, "the text")
                .help("mend the one that is wrong; where the text leaves it open, add a `note` and a `reading`");
            if let Some((span, words)) = meant.and_then(|meant| self.as_the_text_says(limit, meant)) {
                diagnostic = diagnostic.fix(span, words, Applicability::NeedsReview);
            }
            self.push(diagnostic);
        }
    }

    /// A comparison in the words of the text: `> 17 years` as `>= 18 years`. It may mean the same, or not.
    fn as_the_text_says(&self, limit: &Limit, meant: &Mention) -> Option<(Span, String)> {
        let (op, phrase, unit) = (limit.op?, meant.phrase?, meant.unit.as_ref()?);
        let one_way = [[Comparison::Less, Comparison::LessOrEqual], [Comparison::Greater, Comparison::GreaterOrEqual]]
            .iter()
            .any(|way| way.contains(&op) && way.contains(&phrase));
        let same_unit = same(&Number::whole(1), &limit.unit, &Number::whole(1), unit);
        let unit = limit.written.text(self.source.text());
        let test = limit.test.filter(|_| one_way && same_unit)?;
        Some((test, format!(" {} {} {}", phrase.symbol(), meant.number, unit.trim())))
    }

    fn comparators_against_text(&mut self, limits: &[Limit], mentions: &[Mention], at: Span) {
        for mention in mentions {
            let Some(phrase) = mention.phrase else { continue };
            let unique = mentions.iter().filter(|other| other.number == mention.number).count() == 1;
            let matching: Vec<&Limit> = limits
                .iter()
                .filter(|limit| match &mention.unit {
                    Some(unit) => same(&limit.number, &limit.unit, &mention.number, unit),
                    None => limit.number == mention.number,
                })
                .collect();
            let [limit] = matching[..] else { continue };
            let Some(op) = limit.op else { continue };
            if !unique || op == phrase {
                continue;
            }
            let (span, symbol) = (limit.span, op.symbol());
            self.push(
                Code::ComparatorAgainstText
                    .at(span, format!("the text says `{}`, which is `{}`, the expression `{symbol}`", mention.shown, phrase.symbol()))
                    .label(format!("compared with `{symbol}`"))
                    .related(at, format!("`{}`", mention.shown))
                    .help("they differ for a subject exactly at the limit, or for everybody"),
            );
        }
    }

    /// `not a or b` where the text says "no A or B".
    fn negated_or(&mut self, body: &Expr, text: &str, at: Span) {
        let ExprKind::Chain(Logic::Or, operands) = &body.kind else { return };
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let no = words.iter().position(|word| matches!(*word, "no" | "without" | "neither" | "absence"));
        let or = words.iter().rposition(|word| matches!(*word, "or" | "nor"));
        let (Some(no), Some(or)) = (no, or) else { return };
        let first_negated = matches!(operands.first().map(|e| &e.kind), Some(ExprKind::Not(inner)) if !matches!(inner.kind, ExprKind::Group(_)));
        // "No A, or B in a good state" is what it says: only names are taken for a list under one "no".
        let others_plain = operands.iter().skip(1).all(|e| match &e.kind {
            ExprKind::Not(inner) => matches!(inner.kind, ExprKind::Value(..)),
            kind => matches!(kind, ExprKind::Value(..)),
        });
        // "no A or there is no B" negates both by itself.
        let once = words.iter().filter(|word| matches!(**word, "no" | "not" | "without")).count() == 1;
        if first_negated && others_plain && no < or && once {
            self.push(
                Code::NegatedOr
                    .at(body.span, "the text's \"no\" reaches every part of \"A or B\"; here one of them is enough")
                    .label("admits whoever has the one and not the other")
                    .related(at, "\"no … or …\"")
                    .help("write `not (a or b)`"),
            );
        }
    }

    /// `within N of A` where the text says "prior to".
    fn either_side(&mut self, expr: &Expr, at: Span) {
        let mut found = Vec::new();
        windows(expr, &mut |window| {
            if let WindowKind::Reach(_, _, Side::Of, _) = window.kind {
                found.push(window.span);
            }
        });
        for span in found {
            self.push(
                Code::EitherSide
                    .at(span, "`of` reaches to either side of the date, the text only before it")
                    .label("both sides")
                    .related(at, "the text")
                    .help("write `before`"),
            );
        }
    }

    /// The numbers with units in an expression, and in the definitions that it uses.
    fn limits(&self, expr: &Expr, found: &mut Vec<Limit>, seen: &mut HashSet<usize>) {
        self.limits_under(expr, None, found, seen);
    }

    fn limits_under(&self, expr: &Expr, op: Option<Comparison>, found: &mut Vec<Limit>, seen: &mut HashSet<usize>) {
        let plain = |expr: &Expr, found: &mut Vec<Limit>, seen: &mut HashSet<usize>| self.limits_under(expr, None, found, seen);
        match &expr.kind {
            ExprKind::Quantity(quantity) => found.extend(limit_of(quantity, op)),
            ExprKind::Value(name, _) => {
                if let Some(Operand::Define(i)) = self.names.operands.get(&name.text)
                    && seen.insert(*i)
                    && let Item::Define(define) = &self.ast.items[*i]
                    && !self.names.cyclic.contains(&name.text)
                {
                    plain(&define.body, found, seen);
                }
            }
            ExprKind::Compare(left, comparison, right) => {
                let from = found.len();
                self.limits_under(right, Some(*comparison), found, seen);
                if let ExprKind::Quantity(_) = right.kind {
                    found[from..].iter_mut().for_each(|limit| limit.test = Some(left.span.after().to(right.span)));
                }
                self.limits_under(left, Some(comparison.mirrored()), found, seen);
            }
            ExprKind::InRange(value, low, high) => {
                plain(value, found, seen);
                self.limits_under(low, Some(Comparison::GreaterOrEqual), found, seen);
                self.limits_under(high, Some(Comparison::LessOrEqual), found, seen);
            }
            // Under `not` or in arithmetic the words of the text need not match the sign.
            ExprKind::Not(inner) => {
                let from = found.len();
                plain(inner, found, seen);
                found[from..].iter_mut().for_each(|limit| limit.op = None);
            }
            ExprKind::Group(inner) => self.limits_under(inner, op, found, seen),
            ExprKind::Sum(terms) | ExprKind::Product(terms) => {
                terms.iter().for_each(|(_, term)| plain(term, found, seen));
            }
            ExprKind::If(cases, otherwise) => {
                for (condition, value) in cases {
                    plain(condition, found, seen);
                    self.limits_under(value, op, found, seen);
                }
                otherwise.iter().for_each(|expr| self.limits_under(expr, op, found, seen));
            }
            ExprKind::Chain(_, operands) | ExprKind::SomeOf(_, _, operands) => {
                operands.iter().for_each(|expr| plain(expr, found, seen));
            }
            ExprKind::Count(inner) | ExprKind::Pick(_, inner, _) | ExprKind::InMembers(inner, _) | ExprKind::Has(inner, _) => {
                plain(inner, found, seen);
            }
            ExprKind::Where(_, condition) => plain(condition, found, seen),
            ExprKind::Elapsed(_, from, to) => {
                plain(from, found, seen);
                plain(to, found, seen);
            }
            ExprKind::Window(subject, window) => {
                plain(subject, found, seen);
                found.extend(window_limit(window));
            }
            ExprKind::Date(_) | ExprKind::Missing => {}
        }
    }
}

fn limit_of(quantity: &Quantity, op: Option<Comparison>) -> Option<Limit> {
    let unit = match quantity.unit.as_ref()? {
        UnitRef::Word(word) => Unit::word(&word.text)?,
        UnitRef::Code(code) => Unit::parse(&code.text).ok()?,
        UnitRef::Limit(upper, _) => limit_unit(*upper),
    };
    let (span, number) = (quantity.span, quantity.number.span);
    let written = Span { start: number.end, end: span.end };
    Some(Limit { number: Number::parse(&quantity.number.text).ok()?, unit, op, span, test: None, written })
}

/// `ULN` and `LLN` as units of their own, so that they match only themselves.
fn limit_unit(upper: bool) -> Unit {
    let code = if upper { "{ULN}" } else { "{LLN}" };
    Unit::parse(code).unwrap_or_else(|_| Unit::one())
}

fn window_limit(window: &Window) -> Option<Limit> {
    let WindowKind::Reach(reach, duration, side, _) = &window.kind else { return None };
    let op = match (reach, side) {
        (Reach::MoreThan, _) => Some(Comparison::Greater),
        (Reach::AtLeast, _) => Some(Comparison::GreaterOrEqual),
        (Reach::LessThan, _) => Some(Comparison::Less),
        (Reach::Within, _) => Some(Comparison::LessOrEqual),
    };
    let unit = Unit::word(&duration.unit.as_ref()?.text)?;
    Some(Limit { number: Number::parse(&duration.number.text).ok()?, unit, op, span: duration.span, test: None, written: duration.span })
}

/// Whether two quantities are the same amount.
fn same(a: &Number, unit: &Unit, b: &Number, other: &Unit) -> bool {
    other.conversion(unit).is_some_and(|(factor, shift)| b.mul(&factor).add(&shift) == *a)
}

fn windows(expr: &Expr, visit: &mut dyn FnMut(&Window)) {
    match &expr.kind {
        ExprKind::Window(subject, window) => {
            windows(subject, visit);
            visit(window);
        }
        ExprKind::Chain(_, operands) | ExprKind::SomeOf(_, _, operands) => {
            operands.iter().for_each(|expr| windows(expr, visit));
        }
        ExprKind::Not(inner) | ExprKind::Group(inner) | ExprKind::Count(inner) | ExprKind::Pick(_, inner, _) => {
            windows(inner, visit);
        }
        ExprKind::Compare(left, _, right) => {
            windows(left, visit);
            windows(right, visit);
        }
        ExprKind::If(cases, otherwise) => {
            for (condition, value) in cases {
                windows(condition, visit);
                windows(value, visit);
            }
            otherwise.iter().for_each(|expr| windows(expr, visit));
        }
        ExprKind::InRange(..)
        | ExprKind::InMembers(..)
        | ExprKind::Has(..)
        | ExprKind::Sum(_)
        | ExprKind::Product(_)
        | ExprKind::Elapsed(..)
        | ExprKind::Date(_)
        | ExprKind::Quantity(_)
        | ExprKind::Where(..)
        | ExprKind::Value(..)
        | ExprKind::Missing => {}
    }
}

/// Phrases that compare, longest first; the text is in lower case.
const PHRASES: &[(&str, Comparison)] = &[
    ("greater than or equal to", Comparison::GreaterOrEqual),
    ("less than or equal to", Comparison::LessOrEqual),
    ("not less than", Comparison::GreaterOrEqual),
    ("no less than", Comparison::GreaterOrEqual),
    ("not more than", Comparison::LessOrEqual),
    ("no more than", Comparison::LessOrEqual),
    ("greater than", Comparison::Greater),
    ("higher than", Comparison::Greater),
    ("longer than", Comparison::Greater),
    ("more than", Comparison::Greater),
    ("older than", Comparison::Greater),
    ("shorter than", Comparison::Less),
    ("younger than", Comparison::Less),
    ("lower than", Comparison::Less),
    ("less than", Comparison::Less),
    ("at least", Comparison::GreaterOrEqual),
    ("at most", Comparison::LessOrEqual),
    ("up to", Comparison::LessOrEqual),
    ("exceeding", Comparison::Greater),
    ("above", Comparison::Greater),
    ("below", Comparison::Less),
    ("over", Comparison::Greater),
    ("under", Comparison::Less),
    (">=", Comparison::GreaterOrEqual),
    ("<=", Comparison::LessOrEqual),
    ("≥", Comparison::GreaterOrEqual),
    ("≤", Comparison::LessOrEqual),
    (">", Comparison::Greater),
    ("<", Comparison::Less),
];

const NUMBER_WORDS: &[(&str, i64)] = &[
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
];

/// Units as texts write them; a unit that a text may mean otherwise is left out.
const TEXT_UNITS: &[(&str, &str)] = &[
    ("%", "%"),
    ("mg/dl", "mg/dL"),
    ("g/dl", "g/dL"),
    ("g/l", "g/L"),
    ("mmol/l", "mmol/L"),
    ("umol/l", "umol/L"),
    ("µmol/l", "umol/L"),
    ("iu/ml", "[IU]/mL"),
    ("u/l", "U/L"),
    ("kg", "kg"),
    ("mg", "mg"),
    ("ms", "ms"),
    ("msec", "ms"),
    ("ml/min", "mL/min"),
];

/// Words after which a unit alone is one of it.
const PAST: &[&str] = &["past ", "last ", "previous ", "preceding "];

/// How texts name the limits of normal.
const LIMITS: &[(&str, bool)] = &[
    ("the upper limit of normal", true),
    ("upper limit of normal", true),
    ("the lower limit of normal", false),
    ("lower limit of normal", false),
    ("the uln", true),
    ("the lln", false),
    ("uln", true),
    ("lln", false),
];

/// The numbers of a text in lower case, with the unit behind and the phrase before each.
fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let boundary = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let mut token = None;
        if boundary && bytes[at].is_ascii_digit() {
            token = Some((rest[..digits].trim_end_matches('.').len(), None));
        } else if boundary && bytes[at].is_ascii_alphabetic() {
            let word = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let value = NUMBER_WORDS.iter().find(|(name, _)| *name == &rest[..word]).map(|(_, n)| *n);
            token = value.map(|value| (word, Some(value)));
        }
        // "In the past year" is within one of it.
        if token.is_none() && boundary && let Some(skip) = PAST.iter().find(|past| rest.starts_with(**past)).map(|past| past.len()) {
            let (unit, unit_length) = unit_behind(&rest[skip - 1..]);
            if let Some(unit) = unit.filter(|unit| unit.as_calendar().is_some()) {
                let shown = rest[..skip - 1 + unit_length].to_string();
                found.push(Mention { number: Number::whole(1), unit: Some(unit), phrase: None, shown });
                at += skip - 1 + unit_length;
                continue;
            }
        }
        // The limit of normal without a number is once the limit.
        if token.is_none() && boundary && let Some((words, upper)) = LIMITS.iter().find(|(words, _)| rest.starts_with(words)) {
            let (phrase, start) = phrase_before(&text[..at]);
            let shown = text[start.unwrap_or(at)..at + words.len()].to_string();
            found.push(Mention { number: Number::whole(1), unit: Some(limit_unit(*upper)), phrase, shown });
            at += words.len();
            continue;
        }
        let Some((length, word)) = token else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let number = match word {
            Some(value) => Some(Number::whole(value)),
            None => Number::parse(&rest[..length]).ok(),
        };
        // Thousands run together whether or not a comma parts them.
        let (number, length) = match (number, thousands(&rest[length..])) {
            (Some(_), Some(more)) if word.is_none() => (Number::parse(&rest[..length + more].replace(',', "")).ok(), length + more),
            (number, _) => (number, length),
        };
        let after = &text[at + length..];
        let (unit, unit_length) = unit_behind(after);
        // A number word without a unit is no limit: "one of the following".
        if let Some(number) = number
            && (word.is_none() || unit.is_some())
        {
            let (phrase, start) = phrase_before(&text[..at]);
            let shown = text[start.unwrap_or(at)..at + length + unit_length].to_string();
            found.push(Mention { number, unit, phrase, shown });
        }
        at += (length + unit_length).max(1);
    }
    found
}

/// How long the groups of three digits are that a comma parts from a number.
fn thousands(rest: &str) -> Option<usize> {
    let mut length = 0;
    while rest[length..].len() >= 4
        && rest[length..].starts_with(',')
        && rest.as_bytes()[length + 1..length + 4].iter().all(u8::is_ascii_digit)
        && !rest.as_bytes().get(length + 4).is_some_and(u8::is_ascii_digit)
    {
        length += 4;
    }
    (length > 0).then_some(length)
}

fn unit_behind(after: &str) -> (Option<Unit>, usize) {
    // `24-hour urine` names a sample, not a limit.
    let trimmed = after.trim_start_matches(' ');
    let multiple = ["times ", "x ", "\u{d7} "].iter().find_map(|times| trimmed.strip_prefix(times)).unwrap_or(trimmed);
    if let Some((words, upper)) = LIMITS.iter().find(|(words, _)| multiple.starts_with(words)) {
        return (Some(limit_unit(*upper)), after.len() - multiple.len() + words.len());
    }
    let skipped = after.len() - trimmed.len();
    let word = trimmed.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ')' | '.' | '"')).next().unwrap_or_default();
    let unit = Unit::word(word)
        .or_else(|| TEXT_UNITS.iter().find(|(text, _)| *text == word).and_then(|(_, code)| Unit::parse(code).ok()));
    let length = if unit.is_some() { skipped + word.len() } else { 0 };
    (unit, length)
}

fn phrase_before(before: &str) -> (Option<Comparison>, Option<usize>) {
    let trimmed = before.trim_end();
    let Some((phrase, op)) = PHRASES.iter().find(|(phrase, _)| trimmed.ends_with(phrase)) else { return (None, None) };
    let start = trimmed.len() - phrase.len();
    // "not older than" says at most.
    let negation = ["not", "no", "never"].iter().find(|word| trimmed[..start].trim_end().ends_with(&format!(" {word}")) || trimmed[..start].trim_end() == **word);
    match negation {
        Some(word) => (Some(op.negated()), Some(trimmed[..start].trim_end().len() - word.len())),
        None => (Some(*op), Some(start)),
    }
}
