//! A diff as Markdown: old text, new text, effect, witness; and the same as a page of HTML.

use super::Told;
use super::human::{headline, masked, meaning, sentence, summary};
use crate::analysis::{Area, Item, Written};
use crate::cli::report::markup;

/// The rows of a table: its heads, then its cells, all plain text.
struct Table {
    title: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// The parts of the document that both forms share.
struct Parts {
    title: String,
    verdict: String,
    tables: Vec<Table>,
    notes: Vec<String>,
}

fn parts(told: &Told<'_>) -> Parts {
    let diff = told.diff;
    let of = |wanted: &dyn Fn(Area) -> bool| -> Vec<&Item> { diff.items.iter().filter(|item| wanted(item.area)).collect() };
    let criteria = of(&|area| matches!(area, Area::Criterion | Area::Population));
    let others = of(&|area| !matches!(area, Area::Criterion | Area::Population));
    let mut tables = vec![
        Table {
            title: "Criteria",
            head: vec!["Criterion", "Old text", "New text", "Effect", "Witness"],
            rows: criteria.iter().map(|item| criterion_row(told, item)).collect(),
        },
        Table {
            title: "Everything else",
            head: vec!["What", "Old", "New", "Effect"],
            rows: others
                .iter()
                .map(|item| vec![item.name.clone(), words(item.before.as_ref()), words(item.after.as_ref()), effect(told, item)])
                .collect(),
        },
        Table {
            title: "Who changes verdict, records with gaps included",
            head: vec!["From", "To", "Somebody"],
            rows: diff
                .transitions
                .iter()
                .map(|transition| {
                    let who = match &transition.witness {
                        Some(witness) => sentence(witness, told.protocols),
                        None if transition.undecided => "undecided".into(),
                        None => "nobody".into(),
                    };
                    vec![transition.from.word().into(), transition.to.word().into(), who]
                })
                .collect(),
        },
    ];
    tables.push(Table {
        title: "Subjects of each arm",
        head: vec!["Arm", "Effect"],
        rows: diff.arms.iter().map(|arm| vec![arm.name.clone(), arm.change.word().into()]).collect(),
    });
    if diff.under.iter().any(|under| under.change != diff.change) {
        tables.push(Table {
            title: "Under each reading and hypothesis",
            head: vec!["Reading or hypothesis", "Effect"],
            rows: diff.under.iter().map(|under| vec![under.name.clone(), under.change.word().into()]).collect(),
        });
    }
    if let Some(moves) = told.cohort {
        tables.push(Table {
            title: "Cohort",
            head: vec!["From", "To", "Subjects", "Who"],
            rows: moves
                .moved
                .iter()
                .map(|((from, to), (count, names))| vec![(*from).into(), (*to).into(), count.to_string(), names.join(", ")])
                .collect(),
        });
    }
    tables.retain(|table| !table.rows.is_empty());
    let title = headline(told).lines().next().unwrap_or_default().to_string();
    Parts { title, verdict: meaning(told), tables, notes: diff.undecided.iter().map(|why| format!("Undecided: {why}")).collect() }
}

fn criterion_row(told: &Told<'_>, item: &Item) -> Vec<String> {
    let witnesses: Vec<String> = [("newly in", &item.gained), ("newly out", &item.lost)]
        .into_iter()
        .filter_map(|(what, witness)| witness.as_ref().map(|witness| format!("{what}: {}", sentence(witness, told.protocols))))
        .collect();
    let witness = if witnesses.is_empty() { "none exists".into() } else { witnesses.join("; ") };
    vec![item.name.clone(), words(item.before.as_ref()), words(item.after.as_ref()), effect(told, item), witness]
}

fn effect(told: &Told<'_>, item: &Item) -> String {
    let mut effect = item.sentence.clone();
    if let Some(by) = &item.masked_by {
        effect.push_str("; ");
        effect.push_str(&masked(by));
    }
    if !item.needs.is_empty() {
        effect.push_str(&format!("; reads now: {}", item.needs.join(", ")));
    }
    if let Some(approval) = told.approvals.of(item) {
        effect.push_str(&format!("; approved by {}: {}", approval.by, approval.reason));
    }
    effect
}

fn words(side: Option<&Written>) -> String {
    let Some(side) = side else { return "—".into() };
    let parts: Vec<String> = [side.text.clone(), side.logic.clone()].into_iter().flatten().collect();
    parts.join(" / ")
}

/// The Markdown document.
pub fn document(told: &Told<'_>) -> String {
    let parts = parts(told);
    let mut text = format!("# {}\n\n**Eligibility: {}.**\n", escape(&parts.title), escape(&parts.verdict));
    for table in &parts.tables {
        text.push_str(&format!("\n## {}\n\n| {} |\n|{}\n", table.title, table.head.join(" | "), "---|".repeat(table.head.len())));
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    for note in &parts.notes {
        text.push_str(&format!("\n{}\n", escape(note)));
    }
    text.push_str(&format!("\n{}. Every subject was replayed through both versions.\n", summary(told)));
    text
}

/// Text of a protocol is data: nothing in it starts a cell, a link, a tag or a list.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '[' | ']' | '#' | '!' => safe.extend(['\\', c]),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("&#64;"),
            '\n' | '\r' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// The same as a page of HTML that needs nothing else.
pub fn page(told: &Told<'_>) -> String {
    let parts = parts(told);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<style>\n\
         body {{ font: 15px/1.4 sans-serif; margin: 2em; max-width: 80em }}\n\
         table {{ border-collapse: collapse }}\nth, td {{ border: 1px solid #bbb; padding: .3em .6em; text-align: left; vertical-align: top }}\n\
         </style>\n</head>\n<body>\n<h1>{0}</h1>\n<p><strong>Eligibility: {1}.</strong></p>\n",
        markup(&parts.title),
        markup(&parts.verdict)
    );
    for table in &parts.tables {
        let row = |tag: &str, cells: Vec<String>| {
            cells.iter().fold(String::new(), |row, cell| row + &format!("<{tag}>{}</{tag}>", markup(cell)))
        };
        text.push_str(&format!("<h2>{}</h2>\n<table>\n<tr>{}</tr>\n", table.title, row("th", table.head.iter().map(|h| (*h).to_string()).collect())));
        for cells in &table.rows {
            text.push_str(&format!("<tr>{}</tr>\n", row("td", cells.clone())));
        }
        text.push_str("</table>\n");
    }
    for note in &parts.notes {
        text.push_str(&format!("<p>{}</p>\n", markup(note)));
    }
    text.push_str(&format!("<p>{}. Every subject was replayed through both versions.</p>\n</body>\n</html>\n", markup(&summary(told))));
    text
}
