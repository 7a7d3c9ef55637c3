//! What the view says of each subject: verdict, missing facts, criteria, mistakes.

use super::column_of;
use super::dialect::Dialect;
use super::layers::layer;
use crate::emit::writer::Writer;
use crate::protocol::{Criterion, Protocol};

/// A verdict over some of the criteria: of all, or of those of an arm.
struct Scope<'p> {
    criteria: Vec<&'p Criterion>,
    /// What stands before the names of its columns in the view.
    prefix: String,
    /// The columns within the view: the verdict, and the facts that keep it open.
    verdict: String,
    open: String,
}

/// The verdict of these criteria.
fn verdict<D: Dialect>(criteria: &[&Criterion]) -> String {
    let all: Vec<String> = criteria.iter().map(|criterion| format!("_s.{}", D::ident(&column_of(criterion)))).collect();
    let all = if all.is_empty() { "TRUE".into() } else { all.join(" AND ") };
    format!("CASE WHEN {all} THEN 'eligible' WHEN NOT ({all}) THEN 'ineligible' ELSE 'undetermined' END")
}

/// The best of several verdicts.
fn best<D: Dialect>(scopes: &[Scope<'_>]) -> String {
    let any = |word: &str| scopes.iter().map(|scope| format!("_s.{} = '{word}'", D::ident(&scope.verdict))).collect::<Vec<_>>().join(" OR ");
    format!("CASE WHEN {} THEN 'eligible' WHEN {} THEN 'undetermined' ELSE 'ineligible' END", any("eligible"), any("undetermined"))
}

fn scopes(protocol: &Protocol) -> Vec<Scope<'_>> {
    let all = protocol.criteria.iter();
    if !protocol.is_scoped() {
        return vec![Scope { criteria: all.collect(), prefix: String::new(), verdict: "_verdict".into(), open: "_open".into() }];
    }
    let arms = protocol.arms.iter().enumerate().map(|(id, arm)| Scope {
        criteria: all.clone().filter(|criterion| criterion.arms.as_ref().is_none_or(|arms| arms.contains(&id))).collect(),
        prefix: format!("arm_{}_", arm.about.name),
        verdict: format!("_verdict.{}", arm.about.name),
        open: format!("_open.{}", arm.about.name),
    });
    arms.collect()
}

/// The layers behind the criteria, and the columns of the view.
pub(super) fn write<D: Dialect>(protocol: &Protocol, opens: &[(&Criterion, String)], out: &mut Writer) {
    let scopes = scopes(protocol);
    let nothing = D::texts(&[]);
    let mut add = |name: &str, columns: Vec<(String, String)>, from: &str| {
        out.line(&format!("), {name} {} (", D::LAYER));
        let columns: Vec<_> = columns.into_iter().map(|(name, value)| (Vec::new(), D::ident(&name), value)).collect();
        out.indented(|out| layer::<D>(&columns, from, out));
    };
    let mut verdicts: Vec<_> = scopes.iter().map(|scope| (scope.verdict.clone(), verdict::<D>(&scope.criteria))).collect();
    verdicts.push(("_valid".into(), format!("{} = 0", D::length("_s._invalid"))));
    add("verdicts", verdicts, "criteria");
    // What is open is looked for where it is asked for: of a verdict that is undetermined.
    let undetermined = |scope: &Scope<'_>| format!("_s.{} = 'undetermined'", D::ident(&scope.verdict));
    let mut last = "verdicts";
    if protocol.is_scoped() {
        let any = scopes.iter().map(undetermined).collect::<Vec<_>>().join(" OR ");
        let open = |(criterion, open): &(&Criterion, String)| {
            let name = format!("{}.open", column_of(criterion));
            (name, format!("CASE WHEN _s._valid AND ({any}) THEN {open} ELSE {nothing} END"))
        };
        add("openings", opens.iter().map(open).collect(), last);
        last = "openings";
    }
    let mut open: Vec<_> = scopes
        .iter()
        .map(|scope| {
            let lists: Vec<String> = if protocol.is_scoped() {
                scope.criteria.iter().map(|criterion| format!("_s.{}", D::ident(&format!("{}.open", column_of(criterion))))).collect()
            } else {
                opens.iter().map(|(_, open)| open.clone()).collect()
            };
            let all = if lists.is_empty() { nothing.clone() } else { D::concat(&lists) };
            (scope.open.clone(), format!("CASE WHEN _s._valid AND {} THEN {all} ELSE {nothing} END", undetermined(scope)))
        })
        .collect();
    if protocol.is_scoped() {
        open.push(("_verdict".into(), best::<D>(&scopes)));
    }
    add("missing", open, last);
    out.line(")");
    select::<D>(protocol, &scopes, out);
}

fn select<D: Dialect>(protocol: &Protocol, scopes: &[Scope<'_>], out: &mut Writer) {
    let of_valid = |expression: String| format!("CASE WHEN _s._valid THEN {expression} END");
    let facts: Vec<String> = protocol.facts.iter().map(|fact| fact.about.name.clone()).collect();
    // In order of declaration.
    let missing = |verdict: &str, open: &str| {
        let named = D::filter(&D::texts(&facts), "_n", &D::contains(open, "_n"));
        format!("CASE WHEN _s.{} = 'undetermined' THEN {named} ELSE {} END", D::ident(verdict), D::texts(&[]))
    };
    let of = |scope: &Scope<'_>| format!("_s.{}", D::ident(&scope.open));
    let all = scopes.iter().map(of).collect::<Vec<_>>();
    let mut columns: Vec<(String, String)> = vec![
        ("_subject".into(), format!("_s.{}", D::ident("_subject"))),
        ("verdict".into(), of_valid(format!("_s.{}", D::ident("_verdict")))),
        ("missing".into(), of_valid(missing("_verdict", &if all.is_empty() { D::texts(&[]) } else { D::concat(&all) }))),
    ];
    for criterion in &protocol.criteria {
        let name = column_of(criterion);
        columns.push((format!("{}_{}", criterion.kind.word(), criterion.about.name), of_valid(format!("_s.{}", D::ident(&name)))));
    }
    for scope in scopes.iter().filter(|_| protocol.is_scoped()) {
        columns.push((format!("{}verdict", scope.prefix), of_valid(format!("_s.{}", D::ident(&scope.verdict)))));
        columns.push((format!("{}missing", scope.prefix), of_valid(missing(&scope.verdict, &of(scope)))));
    }
    columns.push(("contradicts".into(), of_valid("_s._contradicts".into())));
    columns.push(("invalid".into(), "_s._invalid".into()));
    out.line("SELECT");
    out.indented(|out| {
        for (i, (name, expression)) in columns.iter().enumerate() {
            out.line(&format!("{expression} AS {}{}", D::ident(name), if i + 1 < columns.len() { "," } else { "" }));
        }
    });
    out.line("FROM missing AS _s;");
}
