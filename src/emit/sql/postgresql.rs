//! PostgreSQL: arrays of composite types, and subqueries where others have lambdas.

use super::dialect::{Dialect, ParsedPart};
use crate::calendar::Distance;
use crate::protocol::{Protocol, Type};

pub(super) struct PostgreSql;

/// The longest name there is, in bytes; the database cuts off the rest.
const LONGEST: usize = 63;

/// A subquery over the elements of a list; NULL where the list is. OFFSET keeps the list from being put in
/// the place of its name, where it would be made again for each use.
fn over(list: &str, select: &str, from: &str) -> String {
    format!("(SELECT ARRAY(SELECT {select} FROM {from}) FROM (SELECT {list} AS _l OFFSET 0) AS _q WHERE _l IS NOT NULL)")
}

/// The elements of a list with their places.
fn indexed(variable: &str, index: &str) -> String {
    format!("generate_subscripts(_l, 1) AS {index}, LATERAL unnest(_l[{index}:{index}]) AS {variable}")
}

impl Dialect for PostgreSql {
    const NAME: &'static str = "PostgreSQL";
    const BEFORE_ALL: &'static str = "DATE '-infinity'";
    const AFTER_ALL: &'static str = "DATE 'infinity'";
    const DIGITS: Option<usize> = None;
    /// Each layer is calculated once, not put in the place of its name.
    const LAYER: &'static str = "AS MATERIALIZED";
    const COLUMNS: usize = 1664;
    const NO_EVENTS: &'static str = "'{}'";
    const DATES: &'static str = include_str!("../runtime/postgresql.sql");

    /// A name that is too long keeps its first letters, and a hash of the whole.
    fn ident(name: &str) -> String {
        if name.len() <= LONGEST {
            return format!("\"{}\"", name.replace('"', "\"\""));
        }
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        format!("\"{}~{hash:016x}\"", &name[..LONGEST - 17])
    }

    fn texts(items: &[String]) -> String {
        let items: Vec<String> = items.iter().map(|item| format!("'{}'", item.replace('\'', "''"))).collect();
        if items.is_empty() { "'{}'::text[]".into() } else { format!("ARRAY[{}]", items.join(", ")) }
    }

    fn concat(lists: &[String]) -> String {
        format!("({})", lists.join(" || "))
    }

    fn one(text: &str) -> String {
        format!("ARRAY[{text}]")
    }

    fn length(list: &str) -> String {
        format!("cardinality({list})")
    }

    fn contains(list: &str, item: &str) -> String {
        format!("{item} = ANY({list})")
    }

    fn slice(list: &str, count: &str) -> String {
        format!("({list})[:{count}]")
    }

    fn element(list: &str, position: &str) -> String {
        format!("({list})[{position}]")
    }

    fn position(list: &str, item: &str) -> String {
        format!("array_position({list}, {item})")
    }

    fn map(list: &str, variable: &str, body: &str) -> String {
        over(list, body, &format!("unnest(_l) AS {variable}"))
    }

    fn map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String {
        over(list, body, &indexed(variable, index))
    }

    fn flat_map(list: &str, variable: &str, body: &str) -> String {
        over(list, &format!("unnest({body})"), &format!("unnest(_l) AS {variable}"))
    }

    fn flat_map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String {
        over(list, &format!("unnest({body})"), &indexed(variable, index))
    }

    fn filter(list: &str, variable: &str, condition: &str) -> String {
        over(list, variable, &format!("unnest(_l) AS {variable} WHERE {condition}"))
    }

    fn count_distinct(list: &str, variable: &str, body: &str) -> String {
        format!("(SELECT count(DISTINCT {body}) FROM unnest({list}) AS {variable})")
    }

    fn sorted(list: &str) -> String {
        over(list, "_x", "unnest(_l) AS _x ORDER BY _x")
    }

    fn greatest_of(list: &str) -> String {
        format!("(SELECT max(_x) FROM unnest({list}) AS _x)")
    }

    fn least_of(list: &str) -> String {
        format!("(SELECT min(_x) FROM unnest({list}) AS _x)")
    }

    fn any(truths: &str) -> String {
        // Without the cast a subquery would be one over truths, not one that gives a list of them.
        format!("(TRUE = ANY(CAST({truths} AS boolean[])))")
    }

    fn lacks_any(list: &str) -> String {
        format!("array_position({list}, NULL) IS NOT NULL")
    }

    fn wrong_set(list: &str, members: &str) -> String {
        format!("NOT {list} <@ {members} OR cardinality({list}) > (SELECT count(DISTINCT _m) FROM unnest({list}) AS _m)")
    }

    fn has_any_of(list: &str, items: &[String]) -> String {
        format!("({list} && {})", Self::texts(items))
    }

    fn has_all_of(list: &str, items: &[String]) -> String {
        format!("({list} @> {})", Self::texts(items))
    }

    fn record(ty: &str, parts: &[(&str, String)]) -> String {
        let parts: Vec<&str> = parts.iter().map(|(_, value)| value.as_str()).collect();
        format!("ROW({})::{}", parts.join(", "), Self::ident(ty))
    }

    fn field(value: &str, field: &str) -> String {
        format!("({value}).{}", Self::ident(field))
    }

    fn is_missing(value: &str) -> String {
        format!("{value} IS NOT DISTINCT FROM NULL")
    }

    fn picked(ty: &Type, ranked: bool) -> &'static str {
        if ranked {
            return "_pick.rank";
        }
        match ty {
            Type::Boolean | Type::Attested(_) => "_pick.boolean",
            Type::OneOf(_) | Type::Scale(_) => "_pick.text",
            Type::SetOf(_) => "_pick.texts",
            Type::Date => "_pick.date",
            Type::Integer(_) | Type::Number(_) | Type::Quantity(..) | Type::Lab(_) | Type::Events(_) => "_pick.number",
        }
    }

    fn bound(name: &str, value: &str, body: &str) -> String {
        format!("(SELECT {body} FROM (SELECT {value} AS {name} OFFSET 0) AS _b)")
    }

    fn later(day: &str, distance: Distance) -> String {
        format!("CAST({day} + INTERVAL '{} {}' AS date)", distance.count, distance.unit.word())
    }

    fn double(text: &str) -> String {
        if text.contains('.') { format!("CAST({text} AS double precision)") } else { text.to_string() }
    }

    fn exact(value: &str, _digits: usize, _scale: usize) -> String {
        Self::unlimited(value)
    }

    fn factor(value: &str, _digits: usize, _scale: usize) -> String {
        Self::unlimited(value)
    }

    fn count(value: &str) -> String {
        format!("CAST({value} AS numeric)")
    }

    fn unlimited(value: &str) -> String {
        format!("exact({value})")
    }

    fn large() -> &'static str {
        "1e21"
    }

    fn small() -> &'static str {
        "CAST(1e-21 AS double precision)"
    }

    fn decimal(text: &str) -> String {
        text.to_string()
    }

    fn finite(value: &str) -> String {
        format!("{value} NOT IN ('NaN', 'Infinity', '-Infinity')")
    }

    fn column(name: &str, ty: &Type) -> String {
        match ty {
            Type::Boolean | Type::Attested(_) => "boolean".into(),
            Type::OneOf(_) | Type::Scale(_) | Type::Date => "text".into(),
            Type::SetOf(_) => "text[]".into(),
            Type::Integer(_) | Type::Number(_) | Type::Quantity(..) => "double precision".into(),
            Type::Lab(_) => "\"_lab\"".into(),
            Type::Events(_) => format!("{}[]", Self::ident(&format!("_event.{name}"))),
        }
    }

    fn table(protocol: &Protocol) -> String {
        let mut text = String::from(
            "CREATE TYPE \"_lab\" AS (\"value\" double precision, \"upper\" double precision, \"lower\" double precision, \"date\" text);\n",
        );
        let mut columns = String::new();
        for fact in &protocol.facts {
            let name = &fact.about.name;
            columns.push_str(&format!(",\n    {} {}", Self::ident(name), Self::column(name, &fact.ty)));
            let Type::Events(events) = &fact.ty else { continue };
            let end = if events.lasting { ", \"end\" text" } else { "" };
            let attribute = |(name, ty): &(String, Type)| format!(", {} {}", Self::ident(name), Self::column(name, ty));
            let attributes: String = events.attributes.iter().map(attribute).collect();
            text.push_str(&format!("CREATE TYPE {} AS (\"date\" text{end}{attributes});\n", Self::ident(&format!("_event.{name}"))));
        }
        text.push_str(&format!("CREATE TABLE subject (\n    \"_subject\" text NOT NULL{columns}\n);\n\n"));
        text.push_str(
            "-- To load NDJSON records, whose subjects are then named by their lines, in psql:\n\
             --     CREATE TEMPORARY TABLE line (number bigserial, record jsonb);\n\
             --     \\copy line (record) FROM 'records.ndjson' WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')\n\
             --     INSERT INTO subject SELECT (subject_of(CAST(number AS text), record)).* FROM line;\n\
             CREATE FUNCTION subject_of(name text, record jsonb) RETURNS subject LANGUAGE sql AS\n\
             $$ SELECT jsonb_populate_record(CAST(NULL AS subject), record || jsonb_build_object('_subject', name)) $$;\n",
        );
        text
    }

    fn parsed_type(name: &str, parts: &[ParsedPart]) -> String {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| {
                let ty = if part.ty == Type::Date { "date".into() } else { Self::column(&part.name, &part.ty) };
                format!("{} {ty}", Self::ident(&part.name))
            })
            .collect();
        format!("CREATE TYPE {} AS ({});\n", Self::ident(&format!("_events.{name}")), parts.join(", "))
    }

    fn too_long(name: &str) -> bool {
        name.len() > LONGEST
    }

    fn view(name: &str) -> String {
        format!("CREATE VIEW {} AS", Self::ident(name))
    }
}
