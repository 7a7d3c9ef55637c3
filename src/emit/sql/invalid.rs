//! What is wrong with a subject: path and code of each mistake that a typed table can still hold.

use super::dialect::Dialect;
use super::expression::Printer;
use crate::emit::Gap;
use crate::number::Number;
use crate::protocol::{Members, Protocol, Range, Type};

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
    /// The fact whose events are checked.
    event: Option<usize>,
}

impl<D: Dialect> Checks<'_, D> {
    fn when(&mut self, condition: String, path: &str, code: &'static str) {
        self.found.push((condition, path.to_string(), code));
    }

    fn number(&mut self, value: &str, path: &str, field: &str, range: &Range, whole: bool) {
        let known = format!("{value} IS NOT NULL");
        self.when(format!("{known} AND NOT {}", D::finite(value)), path, "not-finite");
        let finite = format!("{known} AND {}", D::finite(value));
        let double = |number: &Number| number.to_string().parse::<f64>().map(|d| D::double(&d.to_string())).unwrap_or_default();
        let mut beyond = format!("abs({value}) >= {} OR {value} <> 0 AND abs({value}) < {}", D::large(), D::small());
        if let Some((low, high)) = range {
            beyond = format!("{beyond} OR {value} < {} OR {value} > {}", double(low), double(high));
        }
        if let Some(width) = self.printer.calculated.get(&(field.to_string(), self.event)) {
            let (narrow, widest) = (D::exact(value, width.before + width.behind, width.behind), D::exact(value, 38, 21));
            beyond = format!("{beyond} OR {narrow} IS DISTINCT FROM {widest} OR {widest} IS NULL");
            if let Some(too_long) = D::too_long_a_number(value) {
                beyond = format!("{beyond} OR {too_long}");
            }
        }
        if whole {
            // What is no number of the language, for its size, is no fraction either.
            let fraction = format!("abs({value}) >= {} AND abs({value}) < {} AND {value} <> {}", D::small(), D::large(), D::rounded(value));
            self.when(format!("{finite} AND {fraction}"), path, "wrong-type");
            self.when(format!("{finite} AND NOT ({fraction}) AND ({beyond})"), path, "out-of-range");
        } else {
            self.when(format!("{finite} AND ({beyond})"), path, "out-of-range");
        }
    }

    fn date(&mut self, value: &str, path: &str, also: &str) {
        let [first, _] = super::days::<D>(value);
        self.when(format!("{value} IS NOT NULL{also} AND ({first}) IS NULL"), path, "not-a-date");
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
                self.date(&D::field(value, "date"), &format!("{path} || '.date'"), "");
                let limits = format!("{} > {}", D::field(value, "lower"), D::field(value, "upper"));
                self.when(limits, path, "limits-out-of-order");
            }
            Type::Date => self.date(value, path, ""),
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

/// The mistakes of a subject, a list of texts: path and code.
pub(super) fn mistakes<D: Dialect>(printer: &Printer<'_, D>) -> String {
    let protocol: &Protocol = printer.protocol;
    let mut checks = Checks { printer, found: Vec::new(), event: None };
    let mut lists = Vec::new();
    for (id, fact) in protocol.facts.iter().enumerate() {
        let name = &fact.about.name;
        let value = format!("_s.{}", D::ident(name));
        let path = format!("'$.{name}'");
        checks.value(&value, &fact.ty, &path, name);
        lists.extend(checks.list());
        match &fact.ty {
            Type::SetOf(members) => lists.push(of_set::<D>(&value, members, &path, "_i")),
            Type::Events(events) => {
                checks.event = Some(id);
                let path = format!("{path} || '[' || {} || ']'", D::text_of(&D::index("_i")));
                checks.when(D::is_missing(&D::element(&value, &D::indexed("_i"))), &path, "wrong-type");
                checks.date(&format!("_e.{}", D::ident("date")), &format!("{path} || '.date'"), "");
                if events.lasting {
                    let end = format!("_e.{}", D::ident("end"));
                    checks.date(&end, &format!("{path} || '.end'"), &format!(" AND {end} <> 'ongoing'"));
                    let [_, last] = super::days::<D>(&end);
                    let [first, _] = super::days::<D>(&format!("_e.{}", D::ident("date")));
                    checks.when(format!("{end} <> 'ongoing' AND ({last}) < ({first})"), &format!("{path} || '.end'"), "end-before-start");
                }
                let mut of_event = Vec::new();
                for (attribute, ty) in &events.attributes {
                    let (value, path) = (format!("_e.{}", D::ident(attribute)), format!("{path} || '.{attribute}'"));
                    checks.value(&value, ty, &path, attribute);
                    if let Type::SetOf(members) = ty {
                        of_event.push(of_set::<D>(&value, members, &path, "_j"));
                    }
                }
                of_event.extend(checks.list());
                checks.event = None;
                let each = D::flat_map_indexed(&value, "_e", "_i", &D::concat(&of_event));
                lists.push(format!("coalesce({each}, {})", D::texts(&[])));
            }
            _ => {}
        }
    }
    let all = if lists.is_empty() { D::texts(&[]) } else { D::concat(&lists) };
    // What does not apply is looked at once everything else is right.
    let carried: Vec<String> = protocol
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
            let applies = format!("_s.{} IS FALSE", D::ident(&format!("{name}.applies")));
            let told = D::texts(&[format!("$.{name} does-not-apply")]);
            format!("CASE WHEN {applies} AND {nothing} THEN {told} ELSE {} END", D::texts(&[]))
        })
        .collect();
    if carried.is_empty() {
        return all;
    }
    D::bound("_z", &all, &format!("CASE WHEN {} > 0 THEN _z ELSE {} END", D::length("_z"), D::concat(&carried)))
}
