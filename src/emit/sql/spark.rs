//! `Spark SQL`: arrays, structs and lambdas, spelled so that they mean the same with ANSI mode and without.
//!
//! No function of its own stands in the file: Spark lets none be called within a lambda.

use super::dialect::Dialect;
use super::number::OF_A_COUNT;
use crate::calendar::{CalendarUnit, Distance};
use crate::protocol::{Protocol, Type};

pub(super) struct Spark;

fn fifteen_digits(value: &str) -> String {
    format!("format_string('%.14e', {value})")
}

impl Spark {
    /// The type of a record: the columns of the table, as the reader of JSON wants them.
    fn schema(protocol: &Protocol) -> Vec<(String, String)> {
        protocol.facts.iter().map(|fact| (Self::ident(&fact.about.name), Self::column(&fact.about.name, &fact.ty))).collect()
    }

    /// A difference in months, or in years of twelve: as many as can be added without passing the later day.
    fn months(from: &str, to: &str, parts: &str, step: i32) -> String {
        let count = Self::bound("_m", parts, &format!("_m - CASE WHEN add_months(_w.since, CAST({step} * _m AS INT)) > _w.till THEN 1 ELSE 0 END"));
        Self::bound("_w", &format!("named_struct('since', {from}, 'till', {to})"), &count)
    }
}

impl Dialect for Spark {
    const NAME: &'static str = "Spark SQL";
    // There is no infinity among dates; these lie further from every date than a distance reaches.
    const BEFORE_ALL: &'static str = "DATE '-20000-01-01'";
    const AFTER_ALL: &'static str = "DATE '+20000-01-01'";
    const DIGITS: Option<usize> = Some(38);
    const WIDENS: bool = true;
    const NO_EVENTS: &'static str = "array()";
    const DATES: &'static str = "";

    fn ident(name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    /// Spark puts the values of variables into comments too, and lets a backslash at the end of one go on to the next line.
    fn comment(line: &str) -> String {
        let line = line.replace("${", "$ {");
        if line.ends_with('\\') { format!("{line} .") } else { line }
    }

    fn texts(items: &[String]) -> String {
        let items: Vec<String> = items.iter().map(|item| format!("'{item}'")).collect();
        if items.is_empty() { "CAST(array() AS ARRAY<STRING>)".into() } else { format!("array({})", items.join(", ")) }
    }

    fn concat(lists: &[String]) -> String {
        format!("concat({})", lists.join(", "))
    }

    fn one(text: &str) -> String {
        format!("array({text})")
    }

    fn length(list: &str) -> String {
        format!("array_size({list})")
    }

    fn contains(list: &str, item: &str) -> String {
        format!("array_contains({list}, {item})")
    }

    fn slice(list: &str, count: &str) -> String {
        format!("slice({list}, 1, {count})")
    }

    fn element(list: &str, position: &str) -> String {
        format!("try_element_at({list}, CAST({position} AS INT))")
    }

    fn position(list: &str, item: &str) -> String {
        format!("nullif(array_position({list}, {item}), 0)")
    }

    fn map(list: &str, variable: &str, body: &str) -> String {
        format!("transform({list}, {variable} -> {body})")
    }

    fn map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String {
        format!("transform({list}, ({variable}, {index}) -> {body})")
    }

    /// Spark counts from 0.
    fn index(variable: &str) -> String {
        variable.to_string()
    }

    fn indexed(variable: &str) -> String {
        format!("{variable} + 1")
    }

    fn filter(list: &str, variable: &str, condition: &str) -> String {
        format!("filter({list}, {variable} -> {condition})")
    }

    fn flat_map(list: &str, variable: &str, body: &str) -> String {
        format!("flatten({})", Self::map(list, variable, body))
    }

    fn flat_map_indexed(list: &str, variable: &str, index: &str, body: &str) -> String {
        format!("flatten({})", Self::map_indexed(list, variable, index, body))
    }

    fn count_distinct(list: &str, variable: &str, body: &str) -> String {
        format!("array_size(array_compact(array_distinct({})))", Self::map(list, variable, body))
    }

    fn sorted(list: &str) -> String {
        format!("array_sort({list})")
    }

    fn greatest_of(list: &str) -> String {
        format!("array_max({list})")
    }

    fn least_of(list: &str) -> String {
        format!("array_min({list})")
    }

    fn any(truths: &str) -> String {
        format!("array_contains({truths}, TRUE)")
    }

    fn lacks_any(list: &str) -> String {
        format!("exists({list}, _e -> _e IS NULL)")
    }

    fn wrong_set(list: &str, members: &str) -> String {
        format!("array_size(array_intersect({list}, {members})) < array_size({list})")
    }

    fn has_any_of(list: &str, items: &[String]) -> String {
        format!("arrays_overlap({list}, {})", Self::texts(items))
    }

    fn has_all_of(list: &str, items: &[String]) -> String {
        format!("(array_size(array_except({}, {list})) = 0)", Self::texts(items))
    }

    fn record(_ty: &str, parts: &[(&str, String)]) -> String {
        let parts: Vec<String> = parts.iter().map(|(name, value)| format!("'{name}', {value}")).collect();
        format!("named_struct({})", parts.join(", "))
    }

    fn bound(name: &str, value: &str, body: &str) -> String {
        format!("get(transform(array({value}), {name} -> {body}), 0)")
    }

    fn first_day(text: &str) -> String {
        format!(
            "CASE WHEN length({text}) IN (4, 7, 10) AND {text} RLIKE '^[0-9]{{4}}(-[0-9]{{2}}){{0,2}}$' AND {text} >= '0001' \
             THEN try_cast({text} AS DATE) END"
        )
    }

    fn last_day(text: &str) -> String {
        let first = Self::first_day(text);
        format!("CASE length({text}) WHEN 4 THEN make_date(year({first}), 12, 31) WHEN 7 THEN last_day({first}) ELSE {first} END")
    }

    fn later(day: &str, distance: Distance) -> String {
        let added = match distance.unit {
            CalendarUnit::Years => format!("add_months({day}, {})", 12 * distance.count),
            CalendarUnit::Months => format!("add_months({day}, {})", distance.count),
            CalendarUnit::Weeks => format!("date_add({day}, {})", 7 * distance.count),
            CalendarUnit::Days => format!("date_add({day}, {})", distance.count),
        };
        format!("CASE WHEN {day} = {after} THEN {day} ELSE {added} END", after = Self::AFTER_ALL)
    }

    fn completed(unit: CalendarUnit, from: &str, to: &str) -> String {
        let years = "year(_w.till) - year(_w.since)";
        match unit {
            CalendarUnit::Years => Self::months(from, to, years, 12),
            CalendarUnit::Months => Self::months(from, to, &format!("12 * ({years}) + month(_w.till) - month(_w.since)"), 1),
            CalendarUnit::Weeks => format!("floor(datediff({to}, {from}) / 7)"),
            CalendarUnit::Days => format!("datediff({to}, {from})"),
        }
    }

    fn double(text: &str) -> String {
        format!("{text}D")
    }

    /// Before version 19 Java does not always write a double with its shortest digits. Up to 15 are the same in
    /// every decimal that reads back as the double.
    fn exact(value: &str, digits: usize, scale: usize) -> String {
        format!("try_cast({} AS DECIMAL({digits}, {scale}))", fifteen_digits(value))
    }

    fn too_long_a_number(value: &str) -> Option<String> {
        Some(format!("CAST({} AS DOUBLE) <> {value}", fifteen_digits(value)))
    }

    /// The product of two decimals has a type that holds it.
    fn factor(value: &str, digits: usize, scale: usize) -> String {
        Self::exact(value, digits, scale)
    }

    fn count(value: &str) -> String {
        format!("CAST({value} AS DECIMAL({OF_A_COUNT}, 0))")
    }

    fn large() -> &'static str {
        "1e21D"
    }

    fn small() -> &'static str {
        "1e-21D"
    }

    fn decimal(text: &str) -> String {
        format!("{text}BD")
    }

    /// Not a number is greater than infinity here.
    fn finite(value: &str) -> String {
        format!("abs({value}) < CAST('Infinity' AS DOUBLE)")
    }

    /// The floor would be an integer of 64 bits.
    fn rounded(value: &str) -> String {
        format!("rint({value})")
    }

    fn text_of(value: &str) -> String {
        format!("CAST({value} AS STRING)")
    }

    fn column(_name: &str, ty: &Type) -> String {
        match ty {
            Type::Boolean | Type::Attested(_) => "BOOLEAN".into(),
            Type::OneOf(_) | Type::Scale(_) | Type::Date => "STRING".into(),
            Type::SetOf(_) => "ARRAY<STRING>".into(),
            Type::Integer(_) | Type::Number(_) | Type::Quantity(..) => "DOUBLE".into(),
            Type::Lab(_) => "STRUCT<`value`: DOUBLE, `upper`: DOUBLE, `lower`: DOUBLE, `date`: STRING>".into(),
            Type::Events(events) => {
                let end = if events.lasting { ", `end`: STRING" } else { "" };
                let attribute = |(name, ty): &(String, Type)| format!(", {}: {}", Self::ident(name), Self::column(name, ty));
                format!("ARRAY<STRUCT<`date`: STRING{end}{}>>", events.attributes.iter().map(attribute).collect::<String>())
            }
        }
    }

    fn table(protocol: &Protocol) -> String {
        let columns = Self::schema(protocol);
        let declared = columns.iter().map(|(name, ty)| format!(",\n    {name} {ty}"));
        let read: Vec<String> = columns.iter().map(|(name, ty)| format!("        {name} {ty}")).collect();
        format!(
            "CREATE TABLE subject (\n    `_subject` STRING NOT NULL{}\n) USING parquet;\n\n\
             -- To load NDJSON records, whose subjects are then numbered:\n\
             --     INSERT INTO subject_line SELECT\n\
             --         CAST(row_number() OVER (ORDER BY monotonically_increasing_id()) AS STRING), value FROM text.`records.ndjson`;\n\
             --     INSERT INTO subject SELECT * FROM subject_records;\n\
             CREATE TABLE subject_line (\n    `_subject` STRING NOT NULL,\n    `record` STRING\n) USING parquet;\n\
             CREATE VIEW subject_records AS SELECT _l.`_subject`, _l._r.* FROM (\n    SELECT `_subject`, from_json(`record`, '\n{}\n    ', \
             map('mode', 'FAILFAST')) AS _r FROM subject_line\n) AS _l;\n",
            declared.collect::<String>(),
            read.join(",\n"),
        )
    }

    fn view(name: &str) -> String {
        format!("CREATE VIEW {} AS", Self::ident(name))
    }
}
