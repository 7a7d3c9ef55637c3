//! The layers of the view: each adds columns to those of the one before.

use super::dialect::Dialect;
use super::expression::Printer;
use super::shared::Settled;
use super::note;
use crate::emit::Gap;
use crate::emit::writer::{Writer, comment_lines};
use crate::protocol::DefineBody;

/// A test that stands in a column of its own: a definition, or the condition of a fact.
pub(super) struct Column {
    /// The comment above it.
    comment: Vec<String>,
    /// What other tests read it by.
    name: String,
    /// Name and expression.
    pub columns: Vec<(String, String)>,
    reads: Vec<String>,
}

/// What the column of a definition begins with: no fact's name does.
pub(super) const DEFINE: &str = "_define.";

/// The column that another is part of: what is open stands beside what it keeps open.
fn owner(column: &str) -> String {
    match column.strip_prefix(DEFINE) {
        // A definition may itself be called `open`.
        Some(define) => format!("{DEFINE}{}", define.strip_suffix(".open").unwrap_or(define)),
        None => column.strip_suffix(".open").map_or_else(|| column.to_string(), |fact| format!("{fact}.applies")),
    }
}

/// A SELECT of all there is and of more; each with its comment, its name and its expression.
pub(super) fn layer<D: Dialect>(columns: &[(Vec<String>, String, String)], from: &str, out: &mut Writer) {
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

impl Column {
    /// The column as it is written, and what it reads now that it is known which values are shared.
    fn settled(mut self, settled: &Settled) -> Self {
        for (_, value) in &mut self.columns {
            self.reads.extend(settled.reads(value));
            *value = settled.spell(value);
        }
        self
    }
}

/// These columns, and those of the shared values.
pub(super) fn all(columns: Vec<Column>, settled: &Settled) -> Vec<Column> {
    let shared = settled.columns.iter().map(|(name, value, reads)| Column {
        comment: Vec::new(),
        name: name.clone(),
        columns: vec![(name.clone(), value.clone())],
        reads: reads.clone(),
    });
    columns.into_iter().map(|column| column.settled(settled)).chain(shared).collect()
}

/// Definitions and the conditions of facts, each in a column.
pub(super) fn columns<D: Dialect>(printer: &mut Printer<'_, D>, gaps: &mut Vec<Gap>) -> Vec<Column> {
    let protocol = printer.protocol;
    let mut columns = Vec::new();
    for define in &protocol.defines {
        let DefineBody::Test(test) = &define.body else { continue };
        let name = format!("{DEFINE}{}", define.about.name);
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
pub(super) fn write<D: Dialect>(mut columns: Vec<Column>, out: &mut Writer) -> String {
    let mut names: std::collections::HashSet<String> = std::collections::HashSet::new();
    let mut number = 0;
    while !columns.is_empty() {
        let (mut ready, mut rest): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|column| column.reads.iter().all(|read| names.contains(&owner(read))));
        // No definition leads back to itself, so something is always ready; were it not, the engine had better say so.
        if ready.is_empty() {
            std::mem::swap(&mut ready, &mut rest);
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
