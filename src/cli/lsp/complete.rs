//! What may stand at a place, from what stands before it on its line.

use std::collections::BTreeSet;

use lsp_types::{CompletionItem, CompletionItemKind as Kind};

use super::document::Document;
use super::index::item;
use crate::diagnostic::{Code, Severity};
use crate::protocol::registry;
use crate::syntax::Word;
use crate::syntax::ast::{Attribute, Item, MemberList, Type, TypeKind};
use crate::units::known_codes;

const DECLARATIONS: [&str; 11] =
    ["trial", "anchor", "fact", "values", "define", "assume", "hypothesis", "include", "exclude", "intervention", "arm"];
const FIELDS: [&str; 17] = [
    "title", "official", "summary", "version", "also", "condition", "sponsor", "status", "purpose", "allocation", "model",
    "masking", "phase", "enrollment", "sex", "ages", "healthy",
];
const TYPES: [&str; 11] =
    ["boolean", "attested by", "one of", "set of", "scale", "integer", "number", "quantity", "lab", "date", "events"];
const WORDS: [&str; 31] = [
    "and", "or", "not", "if", "then", "else", "unless", "in", "has", "has any of", "has any except", "has all of", "where",
    "within", "before", "after", "on", "on or before", "on or after", "more than", "less than", "at least", "at most",
    "exactly", "ever", "count", "latest", "earliest", "highest", "lowest", "years from",
];
const TIMES: [&str; 7] = ["years", "months", "weeks", "days", "hours", "minutes", "seconds"];

/// What may stand at a place.
pub fn complete(document: &Document, at: usize) -> Vec<CompletionItem> {
    let text = document.source().text();
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = &text[line_start..at];
    let typed = line.len() - line.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).len();
    let before = &line[..line.len() - typed];
    let last = before.split_whitespace().last().unwrap_or_default();
    if before.matches('\'').count() % 2 == 1 {
        return units(document);
    }
    if before.matches('"').count() % 2 == 1 || before.contains('#') {
        return Vec::new();
    }
    if before.is_empty() {
        return DECLARATIONS.map(|word| entry(word, Kind::Keyword, None)).to_vec();
    }
    if last == "allow" {
        let codes = Code::ALL.iter().filter(|code| code.severity() < Severity::Error);
        return codes.map(|code| entry(code.name(), Kind::Constant, None)).collect();
    }
    if last == "code" {
        return registry::CODE_SYSTEMS.iter().map(|(system, _)| entry(system, Kind::Constant, None)).collect();
    }
    // A name that is about to be declared, or the code of a code system, is nobody's to guess.
    let standing: Vec<&str> = before.split_whitespace().collect();
    let naming = matches!(&standing[..], [keyword] if *keyword == "reading" || DECLARATIONS.contains(keyword));
    if naming || matches!(&standing[..], ["code", _]) || matches!(&standing[..], [.., text, "code", _] if text.ends_with('"')) {
        return Vec::new();
    }
    let declaration = text[..line_start].lines().rev().chain([line]).find(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    let declaration = if line.starts_with(|c: char| c.is_ascii_alphabetic()) { Some(line) } else { declaration };
    let keyword = declaration.and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    let typing_type = keyword == "fact" && (before.trim_end().ends_with(':') || last == "quantity" || last == "lab");
    match keyword {
        "trial" => return header(before, last),
        "fact" if typing_type => return TYPES.map(|word| entry(word, Kind::Keyword, None)).to_vec(),
        "intervention" if before.trim_end().ends_with(':') => return words(registry::INTERVENTION_KIND),
        "arm" if before.trim_end().ends_with(':') => return words(registry::ARM_KIND),
        "arm" if last == "give" => return named(document, |item| matches!(item, Item::Intervention(_)), Kind::Class),
        "arm" => return ["label", "participants", "give", "note"].map(|word| entry(word, Kind::Keyword, None)).to_vec(),
        "include" | "exclude" if last == "for" => return named(document, |item| matches!(item, Item::Arm(_)), Kind::Class),
        _ => {}
    }
    let start = declaration_start(text, line_start);
    let inner = events_around(document, &text[start..at - typed]);
    if let Some(members) = members_opposite(document, before, inner.as_deref()) {
        return members;
    }
    if let Some(chosen) = before.strip_suffix('.').filter(|chosen| !chosen.ends_with('.')) {
        return parts_behind_point(document, chosen, inner.as_deref()).unwrap_or_default();
    }
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        let limits = ["ULN", "LLN"].map(|word| entry(word, Kind::Unit, None));
        let codes = units(document).into_iter().map(|unit| CompletionItem { label: format!("'{}'", unit.label), ..unit });
        return TIMES.map(|word| entry(word, Kind::Unit, None)).into_iter().chain(limits).chain(codes).collect();
    }
    if matches!(last, "before" | "after" | "on") {
        // Windows are told from anchors first, then from other dates.
        let anchors = named(document, |item| matches!(item, Item::Anchor(_)), Kind::Event);
        let dates = named(document, is_dated, Kind::Variable);
        let found = anchors.into_iter().chain(dates).enumerate();
        return found.map(|(i, item)| CompletionItem { sort_text: Some(format!("{i:04}")), ..item }).collect();
    }
    // Within events their attributes come first, and what else may be asked behind them.
    let mut found = inner.as_deref().map(attributes_of).unwrap_or_default();
    found.iter_mut().enumerate().for_each(|(i, item)| item.sort_text = Some(format!("{i:04}")));
    found.extend(named(document, |item| matches!(item, Item::Fact(_)), Kind::Variable));
    found.extend(named(document, |item| matches!(item, Item::Anchor(_)), Kind::Event));
    found.extend(named(document, |item| matches!(item, Item::Define(_)), Kind::Function));
    found.extend(named(document, |item| matches!(item, Item::Values(_)), Kind::Enum));
    found.extend(WORDS.map(|word| entry(word, Kind::Keyword, None)));
    found
}

fn entry(label: &str, kind: Kind, detail: Option<String>) -> CompletionItem {
    CompletionItem { label: label.into(), kind: Some(kind), detail, ..CompletionItem::default() }
}

/// Units: those that the text has already, as they stand there, then the atoms of all others.
fn units(document: &Document) -> Vec<CompletionItem> {
    let mut seen = BTreeSet::new();
    let used = document.known().flat_map(|known| {
        let units = known.words.iter().filter(|(_, word)| *word == Word::Unit);
        units.filter_map(|(span, _)| span.text(known.source.text()).strip_prefix('\'')?.strip_suffix('\''))
    });
    let all = used.chain(known_codes().map(|(code, _)| code)).filter(|code| seen.insert(code.to_string()));
    all.enumerate().map(|(i, code)| CompletionItem { sort_text: Some(format!("{i:04}")), ..entry(code, Kind::Unit, None) }).collect()
}

/// Whether a declaration may be a date: of a definition only its body could tell.
fn is_dated(item: &Item) -> bool {
    matches!(item, Item::Fact(fact) if fact.ty.as_ref().is_some_and(|ty| matches!(ty.kind, TypeKind::Date))) || matches!(item, Item::Define(_))
}

/// Where the declaration around a line starts.
fn declaration_start(text: &str, line_start: usize) -> usize {
    let opens = |at: usize| text[at..].starts_with(|c: char| c.is_ascii_alphabetic());
    let mut start = line_start;
    while start > 0 && !opens(start) {
        start = text[..start - 1].rfind('\n').map_or(0, |n| n + 1);
    }
    start
}

/// The attributes of the events whose `where (` is still open at the end of a text.
fn events_around(document: &Document, text: &str) -> Option<Vec<Attribute>> {
    let mut closed = 0;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' => closed += 1,
            '(' if closed > 0 => closed -= 1,
            '(' => {
                let mut words = text[..at].split_whitespace().rev();
                if words.next() == Some("where") {
                    let name = words.next()?.rsplit(['(', '{', ',']).next()?;
                    return attributes(document, name);
                }
            }
            _ => {}
        }
    }
    None
}

fn fact_type<'d>(document: &'d Document, name: &str) -> Option<&'d Type> {
    document.known().find_map(|known| {
        known.ast.items.iter().find_map(|item| match item {
            Item::Fact(fact) if fact.name.text == name => fact.ty.as_ref(),
            _ => None,
        })
    })
}

fn attributes(document: &Document, name: &str) -> Option<Vec<Attribute>> {
    match &fact_type(document, name)?.kind {
        TypeKind::Events(attributes) => Some(attributes.clone()),
        _ => None,
    }
}

fn attributes_of(attributes: &[Attribute]) -> Vec<CompletionItem> {
    let declared = attributes.iter().map(|attribute| attribute.name.text.as_str());
    declared.chain(["date"]).map(|name| entry(name, Kind::Field, None)).collect()
}

/// What follows a point: a part of a laboratory value, or an attribute of the events that are chosen from.
fn parts_behind_point(document: &Document, chosen: &str, inner: Option<&[Attribute]>) -> Option<Vec<CompletionItem>> {
    if chosen.ends_with(')') {
        let opened = ["latest(", "earliest(", "highest(", "lowest("].iter().filter_map(|word| Some(chosen.rfind(word)? + word.len())).max()?;
        let name: String = chosen[opened..].trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        return attributes(document, &name).map(|attributes| attributes_of(&attributes));
    }
    let name = chosen.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    let attribute = inner.into_iter().flatten().find(|attribute| attribute.name.text == name);
    let ty = attribute.map_or_else(|| fact_type(document, name), |attribute| attribute.ty.as_ref())?;
    let is_lab = matches!(ty.kind, TypeKind::Lab(..));
    is_lab.then(|| ["value", "upper", "lower", "date"].map(|part| entry(part, Kind::Field, None)).to_vec())
}

fn words(words: registry::Words) -> Vec<CompletionItem> {
    words.iter().map(|word| entry(word, Kind::EnumMember, None)).collect()
}

fn header(before: &str, last: &str) -> Vec<CompletionItem> {
    match before.trim() {
        "" => FIELDS.map(|word| entry(word, Kind::Field, None)).to_vec(),
        _ if last.ends_with('"') && before.trim_start().starts_with("sponsor") => words(registry::SPONSOR_CLASS),
        field => words(registry::of_field(field)),
    }
}

/// Declarations of a kind, now and when the text was last whole, each once.
fn named(document: &Document, wanted: impl Fn(&Item) -> bool, kind: Kind) -> Vec<CompletionItem> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for known in document.known() {
        for declared in known.ast.items.iter().filter(|item| wanted(item)) {
            let (span, name) = item(declared);
            if !name.text.is_empty() && seen.insert(name.text.clone()) {
                let head = span.text(known.source.text()).lines().next().unwrap_or_default();
                let detail = head.split_once(':').map(|(_, rest)| rest.trim().to_string());
                found.push(entry(&name.text, kind, detail));
            }
        }
    }
    found
}

/// The members of the fact that stands before `=`, `in {` or `has`.
fn members_opposite(document: &Document, before: &str, inner: Option<&[Attribute]>) -> Option<Vec<CompletionItem>> {
    let tokens: Vec<&str> = before.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '{')).filter(|word| !word.is_empty()).collect();
    let open = before.rfind('{') > before.rfind('}');
    let operator = tokens.iter().rposition(|word| matches!(*word, "=" | "!=" | "has" | "in" | ">=" | "<=" | "<" | ">"))?;
    let rest = &tokens[operator + 1..];
    if !(open || rest.is_empty() || rest.iter().all(|word| matches!(*word, "any" | "all" | "of" | "except"))) {
        return None;
    }
    let name = tokens.get(operator.checked_sub(1)?)?;
    let attribute = inner.into_iter().flatten().find(|attribute| attribute.name.text == *name);
    members(document, attribute.map_or_else(|| fact_type(document, name), |attribute| attribute.ty.as_ref())?)
}

fn members(document: &Document, ty: &Type) -> Option<Vec<CompletionItem>> {
    let (TypeKind::OneOf(list) | TypeKind::SetOf(list) | TypeKind::Scale(list)) = &ty.kind else { return None };
    let list = match list {
        MemberList::Members(members, _) => members.clone(),
        MemberList::Values(name) => document.known().find_map(|known| {
            known.ast.items.iter().find_map(|item| match item {
                Item::Values(values) if values.name.text == name.text => Some(values.members.clone()),
                _ => None,
            })
        })?,
        MemberList::Missing => return None,
    };
    Some(list.iter().map(|member| entry(&member.text, Kind::EnumMember, None)).collect())
}
