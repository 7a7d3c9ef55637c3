//! What is wrong with a subject: path and code of each mistake that a typed table can still hold.

use super::dialect::Dialect;
use super::expression::Printer;
use crate::emit::Gap;
use crate::number::Number;
use crate::protocol::{Events, Members, Protocol, Range, Type};

/// What the table and its loader settle before the view sees it.
pub(super) fn gaps<D: Dialect>(printer: &Printer<'_, D>) -> Vec<Gap> {
    let mut gaps = vec![Gap {
        about: "subject".into(),
        reason: "undeclared keys and values of a wrong type are the loader's to refuse; the table cannot hold them".into(),
    }];
    for fact in printer.protocol.facts.iter().filter(|fact| D::too_long(&fact.about.name)) {
        let reason = "its name is too long for a column: it has another name, and the loader leaves it unknown".into();
        gaps.push(Gap { about: fact.about.name.clone(), reason });
    }
    for ((field, event), width) in &printer.calculated {
        let of = event.map_or(String::new(), |fact| format!("{}.", printer.protocol.facts[fact].about.name));
        let of_all = if D::too_long_a_number("").is_some() { "15 digits in all, " } else { "" };
        gaps.push(Gap {
            about: format!("{of}{field}"),
            reason: format!(
                "it is calculated with, so a value of more than {of_all}{} digits before the point or {} behind it is refused as out-of-range",
                width.before, width.behind
            ),
        });
    }
    gaps
}

struct Checks<'c, D> {
    printer: &'c Printer<'c, D>,
    /// Conditions under which there is a mistake, with its path, as an expression, and its code.
    found: Vec<(String, String, &'static str)>,
    /// Where none of these is true there is no mistake. They are quicker to try than to tell what it is.
    doubts: Vec<String>,
    /// The fact whose events are checked.
    event: Option<usize>,
}

impl<D: Dialect> Checks<'_, D> {
    /// A condition that is quick to try.
    fn when(&mut self, condition: String, path: &str, code: &'static str) {
        self.doubts.push(condition.clone());
        self.told(condition, path, code);
    }

    /// A condition that some doubt covers.
    fn told(&mut self, condition: String, path: &str, code: &'static str) {
        self.found.push((condition, path.to_string(), code));
    }

    fn number(&mut self, value: &str, path: &str, field: &str, range: &Range, whole: bool) {
        let known = format!("{value} IS NOT NULL");
        self.told(format!("{known} AND NOT {}", D::finite(value)), path, "not-finite");
        let finite = format!("{known} AND {}", D::finite(value));
        let double = |number: &Number| number.to_string().parse::<f64>().map(|d| D::double(&d.to_string())).unwrap_or_default();
        let mut beyond = format!("abs({value}) >= {} OR {value} <> 0 AND abs({value}) < {}", D::large(), D::small());
        // What is not finite has no such size either.
        let mut doubt = format!("{value} <> 0 AND NOT (abs({value}) >= {} AND abs({value}) < {})", D::small(), D::large());
        if let Some(width) = self.printer.calculated.get(&(field.to_string(), self.event)) {
            let (narrow, widest) = (D::exact(value, width.before + width.behind, width.behind), D::exact(value, 38, 21));
            let mut misfit = format!(" OR {narrow} IS DISTINCT FROM {widest} OR {widest} IS NULL");
            if let Some(too_long) = D::too_long_a_number(value) {
                misfit = format!("{misfit} OR {too_long}");
            }
            beyond.push_str(&misfit);
            // What fits has a size, too.
            doubt = D::fits(value, *width).map_or(format!("{doubt}{misfit}"), |fits| format!("NOT ({fits})"));
        }
        if let Some((low, high)) = range {
            let outside = format!(" OR {value} < {} OR {value} > {}", double(low), double(high));
            beyond.push_str(&outside);
            doubt.push_str(&outside);
        }
        if whole {
            // What is no number of the language, for its size, is no fraction either.
            let fraction = format!("abs({value}) >= {} AND abs({value}) < {} AND {value} <> {}", D::small(), D::large(), D::rounded(value));
            self.told(format!("{finite} AND {fraction}"), path, "wrong-type");
            self.told(format!("{finite} AND NOT ({fraction}) AND ({beyond})"), path, "out-of-range");
            doubt = format!("{doubt} OR {fraction}");
        } else {
            self.told(format!("{finite} AND ({beyond})"), path, "out-of-range");
        }
        self.doubts.push(doubt);
    }

    /// A date, and the first of its days.
    fn date(&mut self, value: &str, first: &str, path: &str, also: &str) {
        let none = D::is_date(value, first).map_or(format!("({first}) IS NULL"), |is_date| format!("{is_date} IS NOT TRUE"));
        self.when(format!("{value} IS NOT NULL{also} AND {none}"), path, "not-a-date");
    }

    /// The first day of a date of the record, which stands in a column, or of one of an event.
    fn first_day(&self, value: &str, column: &str) -> String {
        if self.event.is_none() { format!("_s.{}", D::ident(&format!("{column}.first"))) } else { D::first_day(value) }
    }

    /// A set and the place in it.
    fn set(&mut self, value: &str, members: &Members, path: &str, i: &str) -> String {
        self.doubts.push(D::wrong_set(value, &D::texts(members)));
        of_set::<D>(value, members, path, i)
    }

    fn members(members: &Members) -> String {
        members.iter().map(|member| format!("'{member}'")).collect::<Vec<_>>().join(", ")
    }

    fn value(&mut self, value: &str, ty: &Type, path: &str, field: &str) {
        match ty {
            Type::Boolean | Type::Attested(_) => {}
            Type::OneOf(members) | Type::Scale(members) => {
                self.when(format!("{value} NOT IN ({})", Self::members(members)), path, "undeclared-member");
            }
            Type::SetOf(_) => {}
            Type::Integer(range) => self.number(value, path, field, range, true),
            Type::Number(range) | Type::Quantity(_, range) => self.number(value, path, field, range, false),
            Type::Lab(_) => {
                for part in ["value", "upper", "lower"] {
                    let number = D::field(value, part);
                    self.number(&number, &format!("{path} || '.{part}'"), &format!("{field}.{part}"), &None, false);
                }
                let date = D::field(value, "date");
                let first = self.first_day(&date, &format!("{field}.date"));
                self.date(&date, &first, &format!("{path} || '.date'"), "");
                let limits = format!("{} > {}", D::field(value, "lower"), D::field(value, "upper"));
                self.when(limits, path, "limits-out-of-order");
            }
            Type::Date => {
                let first = self.first_day(value, field);
                self.date(value, &first, path, "");
            }
            Type::Events(_) => {}
        }
    }

    /// The mistakes found so far, as a list of texts.
    fn list(&mut self) -> Vec<String> {
        let found = std::mem::take(&mut self.found);
        found
            .into_iter()
            .map(|(condition, path, code)| format!("CASE WHEN {condition} THEN {} ELSE {} END", D::one(&format!("{path} || ' {code}'")), D::texts(&[])))
            .collect()
    }
}

/// The mistakes in a set; `i` is a name for the place in it.
fn of_set<D: Dialect>(value: &str, members: &Members, path: &str, i: &str) -> String {
    let at = |code: &str| format!("{path} || '[' || {} || '] {code}'", D::text_of(&D::index(i)));
    let each = format!(
        "CASE WHEN _m IS NULL THEN {} WHEN _m NOT IN ({}) THEN {} WHEN {} THEN {} END",
        at("wrong-type"),
        Checks::<D>::members(members),
        at("undeclared-member"),
        D::contains(&D::slice(value, &D::index(i)), "_m"),
        at("repeated-member"),
    );
    let told = D::filter(&D::map_indexed(value, "_m", i, &each), "_m", "_m IS NOT NULL");
    format!("coalesce({told}, {})", D::texts(&[]))
}

/// The mistakes in the events of a fact.
fn of_events<D: Dialect>(checks: &mut Checks<'_, D>, id: usize, events: &Events, value: &str, path: &str) -> String {
    let outer = std::mem::take(&mut checks.doubts);
    checks.event = Some(id);
    let path = format!("{path} || '[' || {} || ']'", D::text_of(&D::index("_i")));
    checks.told(D::is_missing(&D::element(value, &D::indexed("_i"))), &path, "wrong-type");
    let date = format!("_e.{}", D::ident("date"));
    let [first, _] = super::parsed::days::<D>(&date);
    checks.date(&date, &first, &format!("{path} || '.date'"), "");
    if events.lasting {
        let end = format!("_e.{}", D::ident("end"));
        let [first_end, last] = super::parsed::days::<D>(&end);
        checks.date(&end, &first_end, &format!("{path} || '.end'"), &format!(" AND {end} <> 'ongoing'"));
        let reversed = format!("{end} <> 'ongoing' AND ({last}) < ({first})");
        checks.doubts.push(reversed.clone());
        // What is no date has no order.
        let dates = [D::is_date(&date, &first), D::is_date(&end, &last)].into_iter().flatten();
        let reversed = std::iter::once(reversed).chain(dates).collect::<Vec<_>>().join(" AND ");
        checks.told(reversed, &format!("{path} || '.end'"), "end-before-start");
    }
    let mut of_event = Vec::new();
    for (attribute, ty) in &events.attributes {
        let (value, path) = (format!("_e.{}", D::ident(attribute)), format!("{path} || '.{attribute}'"));
        checks.value(&value, ty, &path, attribute);
        if let Type::SetOf(members) = ty {
            of_event.push(checks.set(&value, members, &path, "_j"));
        }
    }
    of_event.extend(checks.list());
    checks.event = None;
    let inner = std::mem::replace(&mut checks.doubts, outer);
    checks.doubts.push(D::lacks_any(value));
    checks.doubts.push(format!("{} > 0", D::length(&D::filter(value, "_e", &inner.join(" OR ")))));
    format!("coalesce({}, {})", D::flat_map_indexed(value, "_e", "_i", &D::concat(&of_event)), D::texts(&[]))
}

/// The mistakes of a subject, a list of texts: path and code.
pub(super) fn mistakes<D: Dialect>(printer: &Printer<'_, D>) -> String {
    let protocol: &Protocol = printer.protocol;
    let mut checks = Checks { printer, found: Vec::new(), doubts: Vec::new(), event: None };
    let mut lists = Vec::new();
    for (id, fact) in protocol.facts.iter().enumerate() {
        let name = &fact.about.name;
        let value = format!("_s.{}", D::ident(name));
        let path = format!("'$.{name}'");
        checks.value(&value, &fact.ty, &path, name);
        lists.extend(checks.list());
        match &fact.ty {
            Type::SetOf(members) => lists.push(checks.set(&value, members, &path, "_i")),
            Type::Events(events) => lists.push(of_events(&mut checks, id, events, &value, &path)),
            _ => {}
        }
    }
    let all = if lists.is_empty() { D::texts(&[]) } else { D::concat(&lists) };
    // What does not apply is looked at once everything else is right.
    let carried: Vec<(String, String)> = protocol
        .facts
        .iter()
        .filter(|fact| fact.when.is_some())
        .map(|fact| {
            let name = &fact.about.name;
            let value = format!("_s.{}", D::ident(name));
            let nothing = match &fact.ty {
                Type::Boolean | Type::Attested(_) => value.clone(),
                Type::SetOf(_) | Type::Events(_) => format!("{} > 0", D::length(&value)),
                Type::Lab(_) => format!("NOT ({})", D::is_missing(&value)),
                Type::OneOf(_) | Type::Scale(_) | Type::Integer(_) | Type::Number(_) | Type::Quantity(..) | Type::Date => {
                    format!("{value} IS NOT NULL")
                }
            };
            let carries = format!("_s.{} IS FALSE AND {nothing}", D::ident(&format!("{name}.applies")));
            (carries, D::texts(&[format!("$.{name} does-not-apply")]))
        })
        .collect();
    let nothing = D::texts(&[]);
    let mut told = all;
    if !carried.is_empty() {
        let lists: Vec<String> = carried.iter().map(|(carries, told)| format!("CASE WHEN {carries} THEN {told} ELSE {nothing} END")).collect();
        told = D::bound("_z", &told, &format!("CASE WHEN {} > 0 THEN _z ELSE {} END", D::length("_z"), D::concat(&lists)));
    }
    let doubts: Vec<String> = checks.doubts.into_iter().chain(carried.into_iter().map(|(carries, _)| carries)).collect();
    if doubts.is_empty() { nothing } else { format!("CASE WHEN {} THEN {told} ELSE {nothing} END", doubts.join(" OR ")) }
}
