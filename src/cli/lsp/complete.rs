//! What may stand at a place, from what stands before it on its line.

use std::collections::BTreeSet;

use lsp_types::{CompletionItem, CompletionItemKind as Kind};

use super::document::Document;
use super::index::item;
use crate::diagnostic::{Code, Severity};
use crate::protocol::registry;
use crate::syntax::ast::{Item, MemberList, Type, TypeKind};
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
        return known_codes().map(|(code, _)| entry(code, Kind::Unit, None)).collect();
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
    if let Some(members) = members_opposite(document, before) {
        return members;
    }
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        let limits = ["ULN", "LLN"].map(|word| entry(word, Kind::Unit, None));
        let codes = known_codes().map(|(code, _)| entry(&format!("'{code}'"), Kind::Unit, None));
        return TIMES.map(|word| entry(word, Kind::Unit, None)).into_iter().chain(limits).chain(codes).collect();
    }
    let mut found = named(document, |item| matches!(item, Item::Fact(_)), Kind::Variable);
    found.extend(named(document, |item| matches!(item, Item::Anchor(_)), Kind::Event));
    found.extend(named(document, |item| matches!(item, Item::Define(_)), Kind::Function));
    found.extend(named(document, |item| matches!(item, Item::Values(_)), Kind::Enum));
    found.extend(WORDS.map(|word| entry(word, Kind::Keyword, None)));
    found
}

fn entry(label: &str, kind: Kind, detail: Option<String>) -> CompletionItem {
    CompletionItem { label: label.into(), kind: Some(kind), detail, ..CompletionItem::default() }
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
fn members_opposite(document: &Document, before: &str) -> Option<Vec<CompletionItem>> {
    let tokens: Vec<&str> = before.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '{')).filter(|word| !word.is_empty()).collect();
    let open = before.rfind('{') > before.rfind('}');
    let operator = tokens.iter().rposition(|word| matches!(*word, "=" | "!=" | "has" | "in" | ">=" | "<=" | "<" | ">"))?;
    let rest = &tokens[operator + 1..];
    if !(open || rest.is_empty() || rest.iter().all(|word| matches!(*word, "any" | "all" | "of" | "except"))) {
        return None;
    }
    let name = tokens.get(operator.checked_sub(1)?)?;
    document.known().find_map(|known| {
        known.ast.items.iter().find_map(|item| match item {
            Item::Fact(fact) if fact.name.text == *name => members(document, fact.ty.as_ref()?),
            _ => None,
        })
    })
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
