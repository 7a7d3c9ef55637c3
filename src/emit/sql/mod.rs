//! A checker in SQL: a table of subjects and a view of what the protocol says of them.
//!
//! Text of the protocol reaches the file only as comments, a line each; names
//! are quoted identifiers or texts, and hold letters, digits and `_` alone.

mod dates;
mod dialect;
mod events;
mod expression;
mod float;
mod invalid;
mod layers;
mod number;
mod parsed;
mod postgresql;
mod range;
mod report;
mod shared;
mod spark;

use dialect::{Dialect, DuckDb};
use expression::{Open, Printer, Truth};
use layers::layer;
use parsed::{events_of, parsed, parsed_event};
use postgresql::PostgreSql;
use spark::Spark;

use super::writer::{Writer, comment_lines};
use super::{Emitted, Gap};
use crate::protocol::{Criterion, CriterionKind, Protocol};

/// For DuckDB.
pub(super) fn emit_duckdb(protocol: &Protocol) -> Emitted {
    emit::<DuckDb>(protocol)
}

/// For PostgreSQL.
pub(super) fn emit_postgresql(protocol: &Protocol) -> Emitted {
    emit::<PostgreSql>(protocol)
}

/// For Spark.
pub(super) fn emit_spark(protocol: &Protocol) -> Emitted {
    emit::<Spark>(protocol)
}

fn emit<D: Dialect>(protocol: &Protocol) -> Emitted {
    let mut printer = Printer::<D>::new(protocol);
    let mut gaps: Vec<Gap> = Vec::new();
    let columns = layers::columns(&mut printer, &mut gaps);
    let criteria: Vec<(&Criterion, Truth)> = protocol
        .criteria
        .iter()
        .map(|criterion| {
            let truth = passes(&mut printer, criterion);
            note(&mut printer, &criterion.about.name, &mut gaps);
            (criterion, truth)
        })
        .collect();
    let mut assumptions = Vec::new();
    for assumption in &protocol.assumptions {
        assumptions.push((&assumption.about.name, printer.test(&assumption.test).value));
        note(&mut printer, &assumption.about.name, &mut gaps);
    }
    gaps.extend(invalid::gaps::<D>(&printer));
    // Both ends of a range may lack the same.
    gaps.dedup();
    let invalid = invalid::mistakes::<D>(&printer);
    let contradicts = contradicts::<D>(&assumptions);
    let opens: Vec<(&Criterion, String)> = criteria
        .iter()
        .map(|(criterion, truth)| {
            let known = Truth { value: format!("_s.{}", D::ident(&column_of(criterion))), open: truth.open.clone() };
            (*criterion, Printer::<D>::list(Printer::<D>::guarded(&known)))
        })
        .collect();

    // All that is printed is known, and with it which values are read more than once.
    let parsed = parsed::<D>(protocol);
    let printed = columns.iter().flat_map(|column| column.columns.iter().map(|(_, value)| value.as_str()));
    let printed = printed.chain(criteria.iter().map(|(_, truth)| truth.value.as_str()));
    let printed = printed.chain(opens.iter().map(|(_, open)| open.as_str())).chain([contradicts.as_str()]);
    let taken = 1 + protocol.facts.len() + parsed.len() + 2 * (columns.len() + criteria.len() + protocol.arms.len() + 4);
    let shared = std::mem::take(&mut printer.shared);
    let settled = shared.settle(printed, D::COLUMNS.saturating_sub(taken), |name| format!("_s.{}", D::ident(name)));

    let mut out = Writer::default();
    head::<D>(protocol, &gaps, &mut out);
    out.raw(&D::table(protocol));
    out.line("");
    out.raw(D::DATES);
    out.line("");
    out.line("-- What the protocol says of each subject. TRUE is pass, FALSE is fail, NULL is unknown.");
    for (fact, events) in protocol.facts.iter().filter_map(|fact| events_of(&fact.ty).map(|events| (fact, events))) {
        out.raw(&D::parsed_type(&fact.about.name, &parsed_event::<D>(events)));
    }
    out.line(&D::view("eligibility"));
    out.line(&format!("WITH layer_0 {} (", D::LAYER));
    out.indented(|out| layer::<D>(&parsed, "subject", out));
    let last = layers::write::<D>(layers::all(columns, &settled), &mut out);
    out.line(&format!("), criteria {} (", D::LAYER));
    out.indented(|out| {
        let list = criteria.iter().map(|(criterion, truth)| {
            let mut comment = comment_lines(criterion.about.text.as_deref().unwrap_or_default(), 94);
            comment.extend(comment_lines(&criterion.rule.written, 90).into_iter().map(|line| format!("    {line}")));
            comment.retain(|line| !line.is_empty());
            (comment, D::ident(&column_of(criterion)), settled.spell(&truth.value))
        });
        let mut list: Vec<_> = list.collect();
        list.push((Vec::new(), D::ident("_contradicts"), settled.spell(&contradicts)));
        list.push((Vec::new(), D::ident("_invalid"), invalid));
        layer::<D>(&list, &last, out);
    });
    let opens: Vec<(&Criterion, String)> = opens.into_iter().map(|(criterion, open)| (criterion, settled.spell(&open))).collect();
    report::write::<D>(protocol, &opens, &mut out);
    Emitted { text: out.finish(), gaps }
}

/// The assumptions that are false: few subjects have any.
fn contradicts<D: Dialect>(assumptions: &[(&String, String)]) -> String {
    if assumptions.is_empty() {
        return D::texts(&[]);
    }
    let all: Vec<&str> = assumptions.iter().map(|(_, value)| value.as_str()).collect();
    let false_ones = assumptions.iter().map(|(name, value)| {
        let told = D::texts(std::slice::from_ref(*name));
        format!("CASE WHEN NOT ({value}) THEN {told} ELSE {} END", D::texts(&[]))
    });
    let false_ones = D::concat(&false_ones.collect::<Vec<_>>());
    format!("CASE WHEN NOT ({}) THEN {false_ones} ELSE {} END", all.join(" AND "), D::texts(&[]))
}

fn note<D: Dialect>(printer: &mut Printer<'_, D>, about: &str, gaps: &mut Vec<Gap>) {
    let found = std::mem::take(&mut printer.gaps);
    gaps.extend(found.into_iter().map(|reason| Gap { about: about.to_string(), reason: format!("{reason}: its column is NULL") }));
}

/// The column of a criterion within the view; no part of a fact begins so.
fn column_of(criterion: &Criterion) -> String {
    format!("_{}.{}", criterion.kind.word(), criterion.about.name)
}

fn passes<D: Dialect>(printer: &mut Printer<'_, D>, criterion: &Criterion) -> Truth {
    let test = printer.test(&criterion.rule.test);
    let lets_in = match criterion.kind {
        CriterionKind::Include => test,
        CriterionKind::Exclude => Truth { value: format!("NOT ({})", test.value), open: test.open },
    };
    let Some(unless) = &criterion.rule.unless else { return lets_in };
    let unless = printer.test(unless);
    let opens = [Printer::<D>::list(Printer::<D>::guarded(&lets_in)), Printer::<D>::list(Printer::<D>::guarded(&unless))];
    Truth { value: format!("({} OR {})", lets_in.value, unless.value), open: Open(Some(D::concat(&opens))) }
}

fn head<D: Dialect>(protocol: &Protocol, gaps: &[Gap], out: &mut Writer) {
    let version = protocol.header.version.as_ref().map_or(String::new(), |version| format!(", version {version}"));
    let mut comment = |text: &str| comment_lines(text, 96).iter().for_each(|line| out.line(&D::comment(format!("-- {line}").trim_end())));
    comment(&format!("Eligibility checker for {}{version}, for {}.", protocol.header.id, D::NAME));
    protocol.header.title.iter().for_each(|title| comment(title));
    comment("");
    comment("Generated by lind; edit the protocol, not this file. Run it in a schema of its own.");
    comment("");
    comment("What this file does not say:");
    gaps.iter().for_each(|gap| comment(&format!("- {}: {}", gap.about, gap.reason)));
    out.line("");
}

