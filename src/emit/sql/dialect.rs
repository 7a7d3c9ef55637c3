//! How a database spells what the views need.

use crate::calendar::{CalendarUnit, Distance};
use crate::protocol::{Events, Type};

/// The spelling of one database. Expressions go in and come out as text.
pub(super) trait Dialect {
    /// The database's name.
    const NAME: &'static str;
    /// A date before, and one after, every other.
    const BEFORE_ALL: &'static str;
    const AFTER_ALL: &'static str;
    /// How many digits an exact number may have; none where there is no limit.
    const DIGITS: Option<usize>;

    /// A list without events.
    const NO_EVENTS: &'static str;

    fn ident(name: &str) -> String;
    /// A list of texts.
    fn texts(items: &[String]) -> String;
    fn concat(lists: &[String]) -> String;
    /// A list of one text, which is an expression.
    fn one(text: &str) -> String;
    fn length(list: &str) -> String;
    fn contains(list: &str, item: &str) -> String;
    /// The first so many elements.
    fn slice(list: &str, count: &str) -> String;
    /// The element at a position, from 1.
    fn element(list: &str, position: &str) -> String;
    /// The place of a text in a list, from 1.
    fn position(list: &str, item: &str) -> String;
    fn map(list: &str, variable: &str, body: &str) -> String;
    fn map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String;
    fn filter(list: &str, variable: &str, condition: &str) -> String;
    fn flatten(lists: &str) -> String;
    fn distinct(list: &str) -> String;
    fn sorted(list: &str) -> String;
    fn greatest_of(list: &str) -> String;
    fn least_of(list: &str) -> String;
    fn has_any_of(list: &str, items: &str) -> String;
    fn has_all_of(list: &str, items: &str) -> String;
    /// A value with named parts.
    fn record(parts: &[(&str, String)]) -> String;
    /// `body` with a name for a value that it reads more than once.
    fn bound(name: &str, value: &str, body: &str) -> String;

    /// Functions: `first_day` and `last_day_of`, between which the text of a date lies, `completed_years`, ….
    const DATES: &'static str;
    fn later(day: &str, distance: Distance) -> String;
    /// Completed units between two days.
    fn completed(unit: CalendarUnit, from: &str, to: &str) -> String {
        format!("completed_{}({from}, {to})", unit.word())
    }

    /// A double, written so that it is read as the nearest one.
    fn double(text: &str) -> String;
    /// A recorded number as an exact one of so many digits, so many of them behind the point; NULL where it is none.
    fn exact(value: &str, digits: usize, scale: usize) -> String;
    /// The same as a factor: of a type that holds the product of several.
    fn factor(value: &str, digits: usize, scale: usize) -> String;
    /// The same, of a database that has no limit.
    fn unlimited(value: &str) -> String {
        value.to_string()
    }
    /// 10 to the power of 21, and its inverse: no recorded number is as large, or, unless zero, smaller.
    fn large() -> &'static str;
    fn small() -> &'static str;
    /// An exact number of the protocol.
    fn decimal(text: &str) -> String;
    /// Whether a number is finite.
    fn finite(value: &str) -> String;

    /// The type of a column.
    fn column(ty: &Type) -> String;
    /// The type of a list of events.
    fn events(events: &Events) -> String;
    /// The definition of the table, and what loads it.
    fn table(columns: &[(String, String)]) -> String;
    /// The first words of the definition of a view.
    fn view(name: &str) -> String;
}

/// `DuckDB`: lists, structs and lambdas.
pub(super) struct DuckDb;

impl Dialect for DuckDb {
    const NAME: &'static str = "DuckDB";
    const BEFORE_ALL: &'static str = "DATE '-infinity'";
    const AFTER_ALL: &'static str = "DATE 'infinity'";
    const DIGITS: Option<usize> = Some(38);
    const NO_EVENTS: &'static str = "[]";
    const DATES: &'static str = include_str!("../runtime/duckdb.sql");

    fn ident(name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn texts(items: &[String]) -> String {
        let items: Vec<String> = items.iter().map(|item| format!("'{}'", item.replace('\'', "''"))).collect();
        if items.is_empty() { "[]::VARCHAR[]".into() } else { format!("[{}]", items.join(", ")) }
    }

    fn concat(lists: &[String]) -> String {
        format!("({})", lists.join(" || "))
    }

    fn one(text: &str) -> String {
        format!("[{text}]")
    }

    fn length(list: &str) -> String {
        format!("len({list})")
    }

    fn contains(list: &str, item: &str) -> String {
        format!("list_contains({list}, {item})")
    }

    fn slice(list: &str, count: &str) -> String {
        format!("({list})[1:{count}]")
    }

    fn element(list: &str, position: &str) -> String {
        format!("({list})[{position}]")
    }

    fn position(list: &str, item: &str) -> String {
        format!("list_position({list}, {item})")
    }

    fn map(list: &str, variable: &str, body: &str) -> String {
        format!("list_transform({list}, lambda {variable}: {body})")
    }

    fn map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String {
        format!("list_transform({list}, lambda {variable}, {index}: {body})")
    }

    fn filter(list: &str, variable: &str, condition: &str) -> String {
        format!("list_filter({list}, lambda {variable}: {condition})")
    }

    fn flatten(lists: &str) -> String {
        format!("flatten({lists})")
    }

    fn distinct(list: &str) -> String {
        format!("list_distinct({list})")
    }

    fn sorted(list: &str) -> String {
        format!("list_sort({list})")
    }

    fn greatest_of(list: &str) -> String {
        format!("list_max({list})")
    }

    fn least_of(list: &str) -> String {
        format!("list_min({list})")
    }

    fn has_any_of(list: &str, items: &str) -> String {
        format!("list_has_any({list}, {items})")
    }

    fn has_all_of(list: &str, items: &str) -> String {
        format!("list_has_all({list}, {items})")
    }

    fn record(parts: &[(&str, String)]) -> String {
        let parts: Vec<String> = parts.iter().map(|(name, value)| format!("'{name}': {value}")).collect();
        format!("{{{}}}", parts.join(", "))
    }

    fn bound(name: &str, value: &str, body: &str) -> String {
        format!("list_transform([{value}], lambda {name}: {body})[1]")
    }

    fn later(day: &str, distance: Distance) -> String {
        format!("CAST({day} + INTERVAL {} {} AS DATE)", distance.count, distance.unit.word())
    }

    fn double(text: &str) -> String {
        if text.contains('.') { format!("{text}e0") } else { text.to_string() }
    }

    fn exact(value: &str, digits: usize, scale: usize) -> String {
        format!("TRY_CAST(CAST({value} AS VARCHAR) AS DECIMAL({digits}, {scale}))")
    }

    fn factor(value: &str, digits: usize, scale: usize) -> String {
        format!("CAST({} AS DECIMAL(38, {scale}))", Self::exact(value, digits, scale))
    }

    fn large() -> &'static str {
        "1e21"
    }

    fn small() -> &'static str {
        "1e-21"
    }

    fn decimal(text: &str) -> String {
        let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        format!("CAST({text} AS DECIMAL(38, {scale}))")
    }

    fn finite(value: &str) -> String {
        format!("isfinite({value})")
    }

    fn column(ty: &Type) -> String {
        match ty {
            Type::Boolean | Type::Attested(_) => "BOOLEAN".into(),
            Type::OneOf(_) | Type::Scale(_) | Type::Date => "VARCHAR".into(),
            Type::SetOf(_) => "VARCHAR[]".into(),
            Type::Integer(_) | Type::Number(_) | Type::Quantity(..) => "DOUBLE".into(),
            Type::Lab(_) => "STRUCT(\"value\" DOUBLE, \"upper\" DOUBLE, \"lower\" DOUBLE, \"date\" VARCHAR)".into(),
            Type::Events(events) => Self::events(events),
        }
    }

    fn events(events: &Events) -> String {
        let end = if events.lasting { ", \"end\" VARCHAR" } else { "" };
        let attributes = events.attributes.iter().map(|(name, ty)| format!(", {} {}", Self::ident(name), Self::column(ty)));
        format!("STRUCT(\"date\" VARCHAR{end}{})[]", attributes.collect::<String>())
    }

    fn table(columns: &[(String, String)]) -> String {
        let declared = columns.iter().map(|(name, ty)| format!(",\n    {} {ty}", Self::ident(name)));
        let read = columns.iter().map(|(name, ty)| format!("        {}: '{ty}'", Self::ident(name).replace('"', "'")));
        let named = columns.iter().map(|(name, _)| format!(", {}", Self::ident(name)));
        format!(
            "CREATE TABLE subject (\n    \"_subject\" VARCHAR NOT NULL{}\n);\n\n\
             -- To load NDJSON records, whose subjects are then named by their lines:\n\
             --     INSERT INTO subject SELECT * FROM subject_records('records.ndjson');\n\
             CREATE MACRO subject_records(path) AS TABLE\n\
             SELECT CAST(row_number() OVER () AS VARCHAR) AS \"_subject\"{}\n\
             FROM read_json(path, format = 'newline_delimited', columns = {{\n{}\n}});\n",
            declared.collect::<String>(),
            named.collect::<String>(),
            read.collect::<Vec<_>>().join(",\n"),
        )
    }

    fn view(name: &str) -> String {
        format!("CREATE VIEW {} AS", Self::ident(name))
    }
}
