//! How a database spells what the views need.

use super::number::Width;
use crate::calendar::{CalendarUnit, Distance};
use crate::protocol::{Protocol, Type};

/// A part of an event as a view reads it: name, expression, and the type of the record it comes from.
pub(super) struct ParsedPart {
    pub name: String,
    pub value: String,
    pub ty: Type,
}

/// The spelling of one database. Expressions go in and come out as text.
pub(super) trait Dialect {
    /// The database's name.
    const NAME: &'static str;
    /// A date before, and one after, every other.
    const BEFORE_ALL: &'static str;
    const AFTER_ALL: &'static str;
    /// How many digits an exact number may have; none where there is no limit.
    const DIGITS: Option<usize>;
    /// Whether the type of a product or a sum has a digit more than its parts.
    const WIDENS: bool = false;
    /// Whether comparisons are tried in floating point first.
    const FLOATS: bool = false;

    /// What stands before a layer of a view.
    const LAYER: &'static str = "AS";
    /// How many columns a layer may have.
    const COLUMNS: usize = usize::MAX;
    /// A list without events.
    const NO_EVENTS: &'static str;

    fn ident(name: &str) -> String;
    /// A line of a comment, as the database has to see it.
    fn comment(line: &str) -> String {
        line.to_string()
    }
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
    /// The place in a list, from 0, that the variable of such a body stands for.
    fn index(variable: &str) -> String {
        format!("{variable} - 1")
    }
    /// Its position, from 1.
    fn indexed(variable: &str) -> String {
        variable.to_string()
    }
    /// The lists that `body` gives, one behind the other.
    fn flat_map(list: &str, variable: &str, body: &str) -> String;
    fn flat_map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String;
    fn filter(list: &str, variable: &str, condition: &str) -> String;
    /// How many different values there are, those left out that are NULL.
    fn count_distinct(list: &str, variable: &str, body: &str) -> String;
    fn sorted(list: &str) -> String;
    fn greatest_of(list: &str) -> String;
    fn least_of(list: &str) -> String;
    /// Whether one of several truths is true; NULL where none is and one is NULL.
    fn any(truths: &str) -> String;
    /// Whether an element is missing.
    fn lacks_any(list: &str) -> String;
    /// Whether a set holds something else than some of the members, each once.
    fn wrong_set(list: &str, members: &str) -> String;
    fn has_any_of(list: &str, items: &[String]) -> String;
    fn has_all_of(list: &str, items: &[String]) -> String;
    /// A value with named parts, of a type that the file defines where the database wants one.
    fn record(ty: &str, parts: &[(&str, String)]) -> String;
    /// A part of such a value.
    fn field(value: &str, field: &str) -> String {
        format!("{value}.{}", Self::ident(field))
    }
    /// Whether a value with parts is missing: not one whose parts are.
    fn is_missing(value: &str) -> String {
        format!("{value} IS NULL")
    }
    /// The name of the type of an attribute among the types of picked events.
    fn picked(_ty: &Type, _ranked: bool) -> &'static str {
        ""
    }
    /// `body` with a name for a value that it reads more than once.
    fn bound(name: &str, value: &str, body: &str) -> String;

    /// Functions: `first_day` and `last_day_of`, between which the text of a date lies, `completed_years`, ….
    const DATES: &'static str;
    fn first_day(text: &str) -> String {
        format!("first_day({text})")
    }
    fn last_day(text: &str) -> String {
        format!("last_day_of({text})")
    }
    /// Whether the text is a date, given one of its days; none where it is as soon as it has a day.
    fn is_date(_text: &str, _day: &str) -> Option<String> {
        None
    }
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
    /// A quick test that only numbers pass which have no more digits than this; none where there is no quicker one
    /// than the conversion itself.
    fn fits(_value: &str, _width: Width) -> Option<String> {
        None
    }
    /// Whether a finite double has more digits than its text can be trusted for; none where every text can.
    fn too_long_a_number(_value: &str) -> Option<String> {
        None
    }
    /// A whole number of few digits as an exact one.
    fn count(value: &str) -> String;
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
    /// A whole number near one, itself if that is whole.
    fn rounded(value: &str) -> String {
        format!("floor({value})")
    }
    fn text_of(value: &str) -> String {
        format!("CAST({value} AS VARCHAR)")
    }

    /// The type of a column.
    fn column(name: &str, ty: &Type) -> String;
    /// The definition of the table, and what loads it.
    fn table(protocol: &Protocol) -> String;
    /// The type of the events of a fact as the view reads them, where the database wants it defined.
    fn parsed_type(_name: &str, _parts: &[ParsedPart]) -> String {
        String::new()
    }
    /// Whether the database cannot have a column of the name.
    fn too_long(_name: &str) -> bool {
        false
    }
    /// The first words of the definition of a view.
    fn view(name: &str) -> String;
}

/// So many tests of one member each take as long as one of several.
const FEW: usize = 4;

/// DuckDB: lists, structs and lambdas.
pub(super) struct DuckDb;

impl Dialect for DuckDb {
    const NAME: &'static str = "DuckDB";
    const BEFORE_ALL: &'static str = "DATE '-infinity'";
    const AFTER_ALL: &'static str = "DATE 'infinity'";
    const DIGITS: Option<usize> = Some(38);
    const FLOATS: bool = true;
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
        if let [list] = lists { list.clone() } else { format!("list_concat({})", lists.join(", ")) }
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

    fn flat_map(list: &str, variable: &str, body: &str) -> String {
        format!("flatten({})", Self::map(list, variable, body))
    }

    fn flat_map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String {
        format!("flatten({})", Self::map_indexed(list, variable, index, body))
    }

    fn count_distinct(list: &str, variable: &str, body: &str) -> String {
        format!("len(list_distinct({}))", Self::map(list, variable, body))
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

    fn any(truths: &str) -> String {
        format!("(list_contains({truths}, TRUE) OR CASE WHEN list_position({truths}, NULL) IS NULL THEN FALSE END)")
    }

    fn lacks_any(list: &str) -> String {
        format!("list_position({list}, NULL) IS NOT NULL")
    }

    /// Most sets have a member at most, and none twice.
    fn wrong_set(list: &str, members: &str) -> String {
        let known = Self::filter(list, "_m", &Self::contains(members, "_m"));
        format!("len({known}) < len({list}) OR CASE WHEN len({list}) > 1 THEN len(list_distinct({list})) < len({list}) END")
    }

    /// A few members are quicker to look for one by one.
    fn has_any_of(list: &str, items: &[String]) -> String {
        if items.len() > FEW {
            return format!("list_has_any({list}, {})", Self::texts(items));
        }
        let each: Vec<String> = items.iter().map(|item| Self::contains(list, &format!("'{item}'"))).collect();
        if each.len() == 1 { each.concat() } else { format!("({})", each.join(" OR ")) }
    }

    fn has_all_of(list: &str, items: &[String]) -> String {
        if let [item] = items { Self::contains(list, &format!("'{item}'")) } else { format!("list_has_all({list}, {})", Self::texts(items)) }
    }

    fn record(_ty: &str, parts: &[(&str, String)]) -> String {
        let parts: Vec<String> = parts.iter().map(|(name, value)| format!("'{name}': {value}")).collect();
        format!("{{{}}}", parts.join(", "))
    }

    fn bound(name: &str, value: &str, body: &str) -> String {
        format!("list_transform([{value}], lambda {name}: {body})[1]")
    }

    fn is_date(text: &str, day: &str) -> Option<String> {
        Some(format!("is_date({text}, {day})"))
    }

    /// Days are added to a date as they are; months make a timestamp of it.
    fn later(day: &str, distance: Distance) -> String {
        match distance.unit {
            CalendarUnit::Days => format!("({day} + {})", distance.count),
            CalendarUnit::Weeks => format!("({day} + {})", 7 * distance.count),
            CalendarUnit::Months | CalendarUnit::Years => {
                format!("CAST({day} + INTERVAL {} {} AS DATE)", distance.count, distance.unit.word())
            }
        }
    }

    fn double(text: &str) -> String {
        if text.contains('.') { format!("{text}e0") } else { text.to_string() }
    }

    fn exact(value: &str, digits: usize, scale: usize) -> String {
        format!("TRY_CAST(CAST({value} AS VARCHAR) AS DECIMAL({digits}, {scale}))")
    }

    /// The shortest decimal of a double has 17 digits at most, so that of one from 0.001 on ends before the 20th place.
    /// Where there are fewer places: a whole number below 10¹⁵ and a power of ten up to 10¹⁵ are doubles, so their
    /// quotient is the double nearest to it. If that is the value, the value's shortest decimal is the quotient, for no
    /// two decimals of 15 digits have the same double.
    fn fits(value: &str, width: Width) -> Option<String> {
        let before = width.before.min(9);
        Some(if width.behind >= 20 {
            format!("{value} = 0 OR abs({value}) >= 1e-3 AND abs({value}) < 1e{before}")
        } else {
            let behind = width.behind.min(15 - before);
            format!("abs({value}) < 1e{before} AND round({value} * 1e{behind}) / 1e{behind} = {value}")
        })
    }

    fn factor(value: &str, digits: usize, scale: usize) -> String {
        format!("CAST({} AS DECIMAL(38, {scale}))", Self::exact(value, digits, scale))
    }

    fn count(value: &str) -> String {
        format!("CAST({value} AS DECIMAL(38, 0))")
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

    fn column(_name: &str, ty: &Type) -> String {
        match ty {
            Type::Boolean | Type::Attested(_) => "BOOLEAN".into(),
            Type::OneOf(_) | Type::Scale(_) | Type::Date => "VARCHAR".into(),
            Type::SetOf(_) => "VARCHAR[]".into(),
            Type::Integer(_) | Type::Number(_) | Type::Quantity(..) => "DOUBLE".into(),
            Type::Lab(_) => "STRUCT(\"value\" DOUBLE, \"upper\" DOUBLE, \"lower\" DOUBLE, \"date\" VARCHAR)".into(),
            Type::Events(events) => {
                let end = if events.lasting { ", \"end\" VARCHAR" } else { "" };
                let attribute = |(name, ty): &(String, Type)| format!(", {} {}", Self::ident(name), Self::column(name, ty));
                format!("STRUCT(\"date\" VARCHAR{end}{})[]", events.attributes.iter().map(attribute).collect::<String>())
            }
        }
    }

    fn table(protocol: &Protocol) -> String {
        let columns = protocol.facts.iter().map(|fact| (Self::ident(&fact.about.name), Self::column(&fact.about.name, &fact.ty)));
        let columns: Vec<(String, String)> = columns.collect();
        let declared = columns.iter().map(|(name, ty)| format!(",\n    {name} {ty}"));
        let read = columns.iter().map(|(name, ty)| format!("    {}: '{ty}'", name.replace('"', "'")));
        let named = columns.iter().map(|(name, _)| format!(",\n    {name}"));
        format!(
            "CREATE TABLE subject (\n    \"_subject\" VARCHAR NOT NULL{}\n);\n\n\
             -- To load NDJSON records, whose subjects are then named by their lines:\n\
             --     INSERT INTO subject SELECT * FROM subject_records('records.ndjson');\n\
             CREATE MACRO subject_records(path) AS TABLE\n\
             SELECT\n    CAST(row_number() OVER () AS VARCHAR) AS \"_subject\"{}\n\
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
