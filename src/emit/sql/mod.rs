//! A checker in SQL: a table of subjects and a view of what the protocol says of them.
//!
//! Text of the protocol reaches the file only as comments, a line each; names
//! are quoted identifiers or texts, and hold letters, digits and `_` alone.

mod dates;
mod dialect;
mod events;
mod expression;
mod invalid;
mod number;
mod postgresql;
mod spark;

use dialect::{Dialect, DuckDb, ParsedPart};
use postgresql::PostgreSql;
use spark::Spark;
use expression::{Open, Printer, Truth};

use super::writer::{Writer, comment_lines};
use super::{Emitted, Gap};
use crate::protocol::{Criterion, CriterionKind, DefineBody, Events, Protocol, Type};

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

/// A test that stands in a column of its own: a definition, or the condition of a fact.
struct Column {
    /// The comment above it.
    comment: Vec<String>,
    /// What other tests read it by.
    name: String,
    /// Name and expression.
    columns: Vec<(String, String)>,
    reads: Vec<String>,
}

/// The column that another is part of: what is open stands beside what it keeps open.
fn owner(column: &str) -> String {
    match column.strip_suffix(".open") {
        Some(name) if name.starts_with("define.") => name.to_string(),
        Some(fact) => format!("{fact}.applies"),
        None => column.to_string(),
    }
}

fn emit<D: Dialect>(protocol: &Protocol) -> Emitted {
    let mut printer = Printer::<D>::new(protocol);
    let mut gaps: Vec<Gap> = Vec::new();
    let columns = columns(&mut printer, &mut gaps);
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
    out.indented(|out| layer::<D>(&parsed::<D>(protocol), "subject", out));
    let last = layers::<D>(columns, &mut out);
    out.line(&format!("), criteria {} (", D::LAYER));
    out.indented(|out| {
        let list = criteria.iter().map(|(criterion, truth)| {
            let mut comment = comment_lines(criterion.about.text.as_deref().unwrap_or_default(), 94);
            comment.extend(comment_lines(&criterion.rule.written, 90).into_iter().map(|line| format!("    {line}")));
            comment.retain(|line| !line.is_empty());
            (comment, D::ident(&column_of(criterion)), truth.value.clone())
        });
        let mut list: Vec<_> = list.collect();
        let false_ones = assumptions.iter().map(|(name, value)| {
            let told = D::texts(std::slice::from_ref(*name));
            format!("CASE WHEN NOT ({value}) THEN {told} ELSE {} END", D::texts(&[]))
        });
        let false_ones: Vec<String> = false_ones.collect();
        list.push((Vec::new(), D::ident("_contradicts"), if false_ones.is_empty() { D::texts(&[]) } else { D::concat(&false_ones) }));
        list.push((Vec::new(), D::ident("_invalid"), invalid));
        layer::<D>(&list, &last, out);
    });
    out.line(&format!("), openings {} (", D::LAYER));
    out.indented(|out| {
        let open = criteria.iter().map(|(criterion, truth)| {
            let name = column_of(criterion);
            let known = Truth { value: format!("_s.{}", D::ident(&name)), open: truth.open.clone() };
            (Vec::new(), D::ident(&format!("{name}.open")), Printer::<D>::list(Printer::<D>::guarded(&known)))
        });
        layer::<D>(&open.collect::<Vec<_>>(), "criteria", out);
    });
    out.line(")");
    report::<D>(protocol, &mut out);
    Emitted { text: out.finish(), gaps }
}

fn note<D: Dialect>(printer: &mut Printer<'_, D>, about: &str, gaps: &mut Vec<Gap>) {
    let found = std::mem::take(&mut printer.gaps);
    gaps.extend(found.into_iter().map(|reason| Gap { about: about.to_string(), reason: format!("{reason}: its column is NULL") }));
}

/// The column of a criterion within the view; its dot keeps it apart from every fact.
fn column_of(criterion: &Criterion) -> String {
    format!("{}.{}", criterion.kind.word(), criterion.about.name)
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

/// A SELECT of all there is and of more; each with its comment, its name and its expression.
fn layer<D: Dialect>(columns: &[(Vec<String>, String, String)], from: &str, out: &mut Writer) {
    out.line("SELECT");
    out.indented(|out| {
        out.line(if columns.is_empty() { "_s.*" } else { "_s.*," });
        for (i, (comment, name, expression)) in columns.iter().enumerate() {
            comment.iter().for_each(|line| out.line(&D::comment(format!("-- {line}").trim_end())));
            out.line(&format!("{expression} AS {name}{}", if i + 1 < columns.len() { "," } else { "" }));
        }
    });
    out.line(&format!("FROM {from} AS _s"));
}

/// Definitions and the conditions of facts, each in a column.
fn columns<D: Dialect>(printer: &mut Printer<'_, D>, gaps: &mut Vec<Gap>) -> Vec<Column> {
    let protocol = printer.protocol;
    let mut columns = Vec::new();
    for define in &protocol.defines {
        let DefineBody::Test(test) = &define.body else { continue };
        let name = format!("define.{}", define.about.name);
        let truth = printer.test(test);
        let open = Printer::<D>::list(Printer::<D>::guarded(&truth));
        let mut comment = comment_lines(define.about.text.as_deref().unwrap_or_default(), 94);
        comment.extend(comment_lines(&define.written, 90).into_iter().map(|line| format!("    {line}")));
        comment.retain(|line| !line.is_empty());
        columns.push(Column {
            comment,
            columns: vec![(name.clone(), truth.value), (format!("{name}.open"), open)],
            name,
            reads: std::mem::take(&mut printer.reads),
        });
        note(printer, &define.about.name, gaps);
    }
    for id in &protocol.conditional {
        let fact = &protocol.facts[*id];
        let Some(when) = &fact.when else { continue };
        let truth = printer.test(when);
        let lacks = Printer::<D>::list(Printer::<D>::guarded(&truth));
        let own = D::texts(std::slice::from_ref(&fact.about.name));
        let name = format!("{}.applies", fact.about.name);
        columns.push(Column {
            comment: vec![format!("Whether `{}` applies.", fact.about.name)],
            columns: vec![(name.clone(), truth.value), (format!("{}.open", fact.about.name), D::concat(&[own, lacks]))],
            name,
            reads: std::mem::take(&mut printer.reads),
        });
        note(printer, &fact.about.name, gaps);
    }
    columns
}

/// Writes the columns, each in the first layer in which all that it reads is there; gives the last layer's name.
fn layers<D: Dialect>(mut columns: Vec<Column>, out: &mut Writer) -> String {
    let mut names: std::collections::HashSet<String> = std::collections::HashSet::new();
    let mut number = 0;
    while !columns.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|column| column.reads.iter().all(|read| names.contains(&owner(read))));
        // No definition leads back to itself, so something is always ready.
        if ready.is_empty() {
            break;
        }
        columns = rest;
        out.line(&format!("), layer_{} {} (", number + 1, D::LAYER));
        out.indented(|out| {
            let list = ready.iter().flat_map(|column| {
                let comments = std::iter::once(column.comment.clone()).chain(std::iter::repeat(Vec::new()));
                column.columns.iter().zip(comments).map(|((name, value), comment)| (comment, D::ident(name), value.clone()))
            });
            layer::<D>(&list.collect::<Vec<_>>(), &format!("layer_{number}"), out);
        });
        names.extend(ready.into_iter().map(|column| column.name));
        number += 1;
    }
    format!("layer_{number}")
}

/// The days between which a date lies, read from its text.
fn days<D: Dialect>(text: &str) -> [String; 2] {
    [D::first_day(text), D::last_day(text)]
}

fn events_of(ty: &Type) -> Option<&Events> {
    if let Type::Events(events) = ty { Some(events) } else { None }
}

/// The parts of an event `_e` as the view reads it: the days of its dates, and its attributes.
fn parsed_event<D: Dialect>(events: &Events) -> Vec<ParsedPart> {
    let mut parts = Vec::new();
    let mut add = |name: String, value: String, ty: &Type| parts.push(ParsedPart { name, value, ty: ty.clone() });
    let field = |name: &str| format!("_e.{}", D::ident(name));
    let [first, last] = days::<D>(&field("date"));
    add("date.first".into(), first, &Type::Date);
    add("date.last".into(), last, &Type::Date);
    if events.lasting {
        let [first, last] = days::<D>(&field("end"));
        let end = |day: String| format!("CASE WHEN {} = 'ongoing' THEN {} ELSE {day} END", field("end"), D::AFTER_ALL);
        add("end.first".into(), end(first), &Type::Date);
        add("end.last".into(), end(last), &Type::Date);
    }
    for (name, ty) in &events.attributes {
        let value = field(name);
        let part = if matches!(ty, Type::Lab(_)) { ".date" } else { "" };
        if matches!(ty, Type::Lab(_) | Type::Date) {
            let [first, last] = days::<D>(&if part.is_empty() { value.clone() } else { D::field(&value, "date") });
            add(format!("{name}{part}.first"), first, &Type::Date);
            add(format!("{name}{part}.last"), last, &Type::Date);
        }
        if *ty != Type::Date {
            add(name.clone(), value, ty);
        }
    }
    parts
}

/// The days of each date, and the events with theirs.
fn parsed<D: Dialect>(protocol: &Protocol) -> Vec<(Vec<String>, String, String)> {
    let mut columns = Vec::new();
    for fact in &protocol.facts {
        let name = &fact.about.name;
        let value = format!("_s.{}", D::ident(name));
        let mut add = |part: &str, expression: String| columns.push((Vec::new(), D::ident(&format!("{name}{part}")), expression));
        match &fact.ty {
            Type::Date => {
                let [first, last] = days::<D>(&value);
                add(".first", first);
                add(".last", last);
            }
            Type::Lab(_) => {
                let [first, last] = days::<D>(&D::field(&value, "date"));
                add(".date.first", first);
                add(".date.last", last);
            }
            Type::Events(events) => {
                let parts = parsed_event::<D>(events);
                let parts: Vec<(&str, String)> = parts.iter().map(|part| (part.name.as_str(), part.value.clone())).collect();
                add(".events", D::map(&value, "_e", &D::record(&format!("_events.{name}"), &parts)));
            }
            Type::Boolean
            | Type::Attested(_)
            | Type::OneOf(_)
            | Type::SetOf(_)
            | Type::Scale(_)
            | Type::Integer(_)
            | Type::Number(_)
            | Type::Quantity(..) => {}
        }
    }
    columns
}

/// The verdict of these criteria.
fn verdict<D: Dialect>(criteria: &[&Criterion]) -> String {
    let all: Vec<String> = criteria.iter().map(|criterion| format!("_s.{}", D::ident(&column_of(criterion)))).collect();
    let all = if all.is_empty() { "TRUE".into() } else { all.join(" AND ") };
    format!("CASE WHEN {all} THEN 'eligible' WHEN NOT ({all}) THEN 'ineligible' ELSE 'undetermined' END")
}

/// The facts that keep these criteria open, in order of declaration.
fn missing<D: Dialect>(protocol: &Protocol, criteria: &[&Criterion], verdict: &str) -> String {
    let facts: Vec<String> = protocol.facts.iter().map(|fact| fact.about.name.clone()).collect();
    let opens: Vec<String> = criteria.iter().map(|criterion| format!("_s.{}", D::ident(&format!("{}.open", column_of(criterion))))).collect();
    let opens = if opens.is_empty() { D::texts(&[]) } else { D::concat(&opens) };
    let named = D::filter(&D::texts(&facts), "_n", &D::contains(&opens, "_n"));
    format!("CASE WHEN {verdict} = 'undetermined' THEN {named} ELSE {} END", D::texts(&[]))
}

fn report<D: Dialect>(protocol: &Protocol, out: &mut Writer) {
    let valid = format!("{} = 0", D::length("_s._invalid"));
    let of_valid = |expression: String| format!("CASE WHEN {valid} THEN {expression} END");
    let all: Vec<&Criterion> = protocol.criteria.iter().collect();
    let mut columns: Vec<(String, String)> = vec![("_subject".into(), format!("_s.{}", D::ident("_subject")))];
    let mut arms = Vec::new();
    if protocol.is_scoped() {
        for (id, arm) in protocol.arms.iter().enumerate() {
            let own: Vec<&Criterion> =
                all.iter().copied().filter(|criterion| criterion.arms.as_ref().is_none_or(|arms| arms.contains(&id))).collect();
            let verdict = verdict::<D>(&own);
            arms.push((format!("arm_{}", arm.about.name), missing::<D>(protocol, &own, &verdict), verdict));
        }
        let any = |word: &str| arms.iter().map(|(_, _, verdict)| format!("{verdict} = '{word}'")).collect::<Vec<_>>().join(" OR ");
        let best = format!(
            "CASE WHEN {} THEN 'eligible' WHEN {} THEN 'undetermined' ELSE 'ineligible' END",
            any("eligible"),
            any("undetermined")
        );
        let opens: Vec<String> = arms.iter().map(|(_, missing, _)| missing.clone()).collect();
        let facts: Vec<String> = protocol.facts.iter().map(|fact| fact.about.name.clone()).collect();
        let named = D::filter(&D::texts(&facts), "_n", &D::contains(&D::concat(&opens), "_n"));
        columns.push(("verdict".into(), of_valid(best.clone())));
        let joined = format!("CASE WHEN {best} = 'undetermined' THEN {named} ELSE {} END", D::texts(&[]));
        columns.push(("missing".into(), of_valid(joined)));
    } else {
        let verdict = verdict::<D>(&all);
        columns.push(("missing".into(), of_valid(missing::<D>(protocol, &all, &verdict))));
        columns.insert(1, ("verdict".into(), of_valid(verdict)));
    }
    for criterion in &all {
        let name = column_of(criterion);
        columns.push((name.replace('.', "_"), of_valid(format!("_s.{}", D::ident(&name)))));
    }
    for (name, missing, verdict) in arms {
        columns.push((format!("{name}_verdict"), of_valid(verdict)));
        columns.push((format!("{name}_missing"), of_valid(missing)));
    }
    columns.push(("contradicts".into(), of_valid("_s._contradicts".into())));
    columns.push(("invalid".into(), "_s._invalid".into()));
    out.line("SELECT");
    out.indented(|out| {
        for (i, (name, expression)) in columns.iter().enumerate() {
            out.line(&format!("{expression} AS {}{}", D::ident(name), if i + 1 < columns.len() { "," } else { "" }));
        }
    });
    out.line("FROM openings AS _s;");
}
