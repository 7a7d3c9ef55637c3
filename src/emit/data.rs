//! The protocol as data: everything that was declared, resolved and converted.

use serde_json::{Map, Value, json};

use super::{Emitted, json_number, pretty, schema_id};
use crate::calendar::{Distance, Relation, day_text};
use crate::number::Number;
use crate::protocol::{
    About, Comparison, DateExpr, DefineBody, FORMAT_VERSION, Fact, FactId, Give, Header, HowMany, MemberExpr, Members,
    Num, Pick, Place, Protocol, Rhythm, Role, Rule, Schedule, Selection, SetExpr, SetTest, Statement, Term, Test, Type,
    Which, registry,
};
use crate::units::Unit;

pub(super) fn emit_json(protocol: &Protocol) -> Emitted {
    Emitted { text: pretty(&Printer::new(protocol).protocol()), gaps: Vec::new() }
}

pub(super) fn emit_yaml(protocol: &Protocol) -> Emitted {
    let value = Printer::new(protocol).protocol();
    let body = serde_yaml::to_string(&value).unwrap_or_default();
    // Readers of YAML 1.1 take an unquoted `no` for false; what could be mistaken is quoted below.
    Emitted { text: quote_ambiguous(&body), gaps: Vec::new() }
}

/// Quotes the plain scalars that YAML 1.1 reads as booleans or dates.
fn quote_ambiguous(yaml: &str) -> String {
    let ambiguous = |scalar: &str| {
        let date = scalar.len() == 10 && scalar.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        date || matches!(scalar.to_ascii_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "=" | "<<")
    };
    let mut text = String::with_capacity(yaml.len());
    for line in yaml.lines() {
        // A plain scalar starts with no `- ` and holds no `: `, and no text of a protocol has more than one line.
        let item = line.trim_start().trim_start_matches("- ");
        let scalar = item.split_once(": ").map_or(item, |(_, value)| value);
        if scalar.len() < line.len() && ambiguous(scalar) {
            text.push_str(&format!("{}'{scalar}'\n", &line[..line.len() - scalar.len()]));
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

struct Printer<'a> {
    protocol: &'a Protocol,
    /// The fact whose events are asked, within a condition.
    scope: Option<FactId>,
}

/// Puts a value under a key, unless there is none.
fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.into(), value.into());
    }
}

impl<'a> Printer<'a> {
    fn new(protocol: &'a Protocol) -> Self {
        Self { protocol, scope: None }
    }

    fn protocol(&self) -> Value {
        let p = self.protocol;
        let criteria = p.criteria.iter().map(|criterion| {
            let mut map = about(&criterion.about);
            map.insert("kind".into(), criterion.kind.word().into());
            if let Some(arms) = &criterion.arms {
                map.insert("arms".into(), arms.iter().map(|arm| p.arms[*arm].about.name.clone()).collect());
            }
            map.insert("attested".into(), criterion.attested.into());
            self.rule(&criterion.rule, &mut map);
            let readings = criterion.readings.iter().map(|reading| {
                let mut map = about(&reading.about);
                self.rule(&reading.rule, &mut map);
                Value::Object(map)
            });
            map.insert("readings".into(), readings.collect());
            Value::Object(map)
        });
        let defines = p.defines.iter().map(|define| {
            let mut map = about(&define.about);
            map.insert("written".into(), define.written.clone().into());
            self.body(&define.body, &mut map);
            let readings = define.readings.iter().map(|reading| {
                let mut map = about(&reading.about);
                map.insert("written".into(), reading.written.clone().into());
                self.body(&reading.body, &mut map);
                Value::Object(map)
            });
            map.insert("readings".into(), readings.collect());
            Value::Object(map)
        });
        json!({
            "$schema": "https://lind.example/format/1/protocol.schema.json",
            "format": FORMAT_VERSION,
            "id": schema_id(p, "protocol.json"),
            "trial": header(&p.header),
            "facts": p.facts.iter().map(|fact| self.fact(fact)).collect::<Vec<_>>(),
            "defines": defines.collect::<Vec<_>>(),
            "assumptions": self.statements(&p.assumptions),
            "hypotheses": self.statements(&p.hypotheses),
            "criteria": criteria.collect::<Vec<_>>(),
            "interventions": p.interventions.iter().map(|intervention| {
                let mut map = about(&intervention.about);
                map.insert("kind".into(), registry::spelling(&intervention.kind).into());
                put(&mut map, "label", intervention.label.clone());
                Value::Object(map)
            }).collect::<Vec<_>>(),
            "arms": p.arms.iter().map(|arm| {
                let mut map = about(&arm.about);
                map.insert("kind".into(), registry::spelling(&arm.kind).into());
                put(&mut map, "label", arm.label.clone());
                put(&mut map, "participants", arm.participants);
                map.insert("gives".into(), arm.gives.iter().map(|give| self.give(give)).collect());
                Value::Object(map)
            }).collect::<Vec<_>>(),
        })
    }

    fn fact(&self, fact: &Fact) -> Value {
        let mut map = about(&fact.about);
        let role = match fact.role {
            Role::Fact => "fact",
            Role::Anchor => "anchor",
            Role::Attestation => "attestation",
        };
        map.insert("role".into(), role.into());
        map.insert("type".into(), type_json(&fact.ty));
        put(&mut map, "when", fact.when.as_ref().map(|when| self.test(when)));
        Value::Object(map)
    }

    fn statements(&self, statements: &[Statement]) -> Value {
        let statements = statements.iter().map(|statement| {
            let mut map = about(&statement.about);
            map.insert("written".into(), statement.written.clone().into());
            map.insert("test".into(), self.test(&statement.test));
            Value::Object(map)
        });
        statements.collect()
    }

    fn rule(&self, rule: &Rule, map: &mut Map<String, Value>) {
        map.insert("written".into(), rule.written.clone().into());
        map.insert("test".into(), self.test(&rule.test));
        put(map, "unless", rule.unless.as_ref().map(|unless| self.test(unless)));
    }

    fn body(&self, body: &DefineBody, map: &mut Map<String, Value>) {
        match body {
            DefineBody::Test(test) => map.insert("test".into(), self.test(test)),
            DefineBody::Number(num, unit) => {
                map.insert("unit".into(), unit.code.clone().into());
                map.insert("number".into(), self.num(num))
            }
            DefineBody::Date(date) => map.insert("date".into(), self.date(date)),
            DefineBody::Inlined => map.insert("inlined".into(), true.into()),
        };
    }

    fn give(&self, give: &Give) -> Value {
        let mut map = Map::new();
        map.insert("intervention".into(), self.protocol.interventions[give.intervention].about.name.clone().into());
        if let Some((from, to, unit)) = &give.dose {
            map.insert("dose".into(), json!({ "from": json_number(from), "to": json_number(to), "unit": unit.code }));
        }
        put(&mut map, "route", give.route.clone());
        put(&mut map, "schedule", give.schedule.as_ref().map(schedule));
        Value::Object(map)
    }

    // ------------------------------------------------------------ tests

    fn tests(&self, op: &str, tests: &[Test]) -> Value {
        json!({ "op": op, "of": tests.iter().map(|test| self.test(test)).collect::<Vec<_>>() })
    }

    fn test(&self, test: &Test) -> Value {
        match test {
            Test::Fact(place) => json!({ "op": "is", "place": self.place(*place) }),
            Test::Define(id) => json!({ "op": "define", "name": self.protocol.defines[*id].about.name }),
            Test::Pick(pick) => json!({ "op": "is", "pick": self.pick(pick) }),
            Test::Not(inner) => json!({ "op": "not", "of": self.test(inner) }),
            Test::And(tests) => self.tests("and", tests),
            Test::Or(tests) => self.tests("or", tests),
            Test::If(parts) => json!({
                "op": "if", "condition": self.test(&parts[0]), "then": self.test(&parts[1]), "else": self.test(&parts[2]),
            }),
            Test::SomeOf(how, count, tests) => {
                let how = match how {
                    HowMany::AtLeast => "at-least",
                    HowMany::AtMost => "at-most",
                    HowMany::Exactly => "exactly",
                };
                json!({ "op": how, "count": count, "of": tests.iter().map(|test| self.test(test)).collect::<Vec<_>>() })
            }
            Test::Compare(op, left, right) => {
                json!({ "op": "compare", "sign": sign(*op), "left": self.num(left), "right": self.num(right) })
            }
            Test::Member(member, among) => {
                json!({ "op": "member", "value": self.member(member), "in": names(&self.protocol.members_of(member, self.scope), among) })
            }
            Test::Has(set, question) => {
                let (set_json, members) = self.set(set);
                let (key, wanted) = match question {
                    SetTest::Any => return json!({ "op": "has-any", "set": set_json }),
                    SetTest::AnyOf(wanted) => ("has-any-of", wanted),
                    SetTest::AnyExcept(wanted) => ("has-any-except", wanted),
                    SetTest::AllOf(wanted) => ("has-all-of", wanted),
                };
                json!({ "op": key, "set": set_json, "members": names(&members, wanted) })
            }
            Test::Date(date, relation, anchor) => {
                let mut map = Map::new();
                map.insert("op".into(), "date".into());
                map.insert("date".into(), self.date(date));
                self.window(*relation, anchor, &mut map);
                Value::Object(map)
            }
            Test::Some(selection) => json!({ "op": "some", "selection": self.selection(selection) }),
        }
    }

    fn window(&self, relation: Relation, anchor: &DateExpr, map: &mut Map<String, Value>) {
        map.insert("relation".into(), relation.name().into());
        put(map, "distance", relation.distance().map(distance));
        map.insert("anchor".into(), self.date(anchor));
    }

    fn selection(&self, selection: &Selection) -> Value {
        let mut map = Map::new();
        map.insert("events".into(), self.protocol.facts[selection.events].about.name.clone().into());
        let within = Self { protocol: self.protocol, scope: Some(selection.events) };
        put(&mut map, "where", selection.condition.as_ref().map(|test| within.test(test)));
        if let Some((relation, anchor)) = &selection.window {
            self.window(*relation, anchor, &mut map);
        }
        Value::Object(map)
    }

    fn pick(&self, pick: &Pick) -> Value {
        let which = match pick.which {
            Which::Latest => "latest",
            Which::Earliest => "earliest",
            Which::Highest => "highest",
            Which::Lowest => "lowest",
        };
        let within = Self { protocol: self.protocol, scope: Some(pick.selection.events) };
        json!({ "which": which, "selection": self.selection(&pick.selection), "attribute": within.place(pick.attribute) })
    }

    // ------------------------------------------------------------ values

    fn place(&self, place: Place) -> Value {
        match place {
            Place::Fact(id) => self.protocol.facts[id].about.name.clone().into(),
            Place::EventDate => json!({ "event": "date" }),
            Place::EventEnd => json!({ "event": "end" }),
            Place::Attribute(i) => {
                let name = self.protocol.attribute(i, self.scope).map(|(name, _)| name.clone()).unwrap_or_default();
                json!({ "event": name })
            }
        }
    }

    fn num(&self, num: &Num) -> Value {
        let terms = |op: &str, terms: &[Term], inverse: &str| {
            let of = terms.iter().map(|term| {
                let num = self.num(&term.num);
                if term.inverse { json!({ inverse: num }) } else { num }
            });
            json!({ "op": op, "of": of.collect::<Vec<_>>() })
        };
        match num {
            Num::Literal(number) => json!({ "literal": json_number(number) }),
            Num::Place(place) => json!({ "place": self.place(*place) }),
            Num::Lab(place, part) => json!({ "place": self.place(*place), "part": part.key() }),
            Num::Rank(member) => json!({ "op": "rank", "value": self.member(member) }),
            Num::Define(id) => json!({ "define": self.protocol.defines[*id].about.name }),
            Num::Sum(of) => terms("sum", of, "minus"),
            Num::Product(of) => terms("product", of, "over"),
            Num::Convert(inner, factor, shift) => {
                json!({ "op": "convert", "of": self.num(inner), "factor": json_number(factor), "shift": json_number(shift) })
            }
            Num::Elapsed(unit, dates) => {
                json!({ "op": "elapsed", "unit": unit.word(), "from": self.date(&dates[0]), "to": self.date(&dates[1]) })
            }
            Num::Count(selection) => json!({ "op": "count", "selection": self.selection(selection) }),
            Num::Size(set) => json!({ "op": "size", "set": self.set(set).0 }),
            Num::Pick(pick) => json!({ "pick": self.pick(pick) }),
        }
    }

    fn date(&self, date: &DateExpr) -> Value {
        match date {
            DateExpr::Literal(day) => json!({ "literal": day_text(*day) }),
            DateExpr::Place(place) => json!({ "place": self.place(*place) }),
            DateExpr::Lab(place) => json!({ "place": self.place(*place), "part": "date" }),
            DateExpr::Define(id) => json!({ "define": self.protocol.defines[*id].about.name }),
            DateExpr::Pick(pick) => json!({ "pick": self.pick(pick) }),
        }
    }

    fn member(&self, member: &MemberExpr) -> Value {
        match member {
            MemberExpr::Place(place) => json!({ "place": self.place(*place) }),
            MemberExpr::Pick(pick) => json!({ "pick": self.pick(pick) }),
        }
    }

    fn set(&self, set: &SetExpr) -> (Value, Members) {
        let value = match set {
            SetExpr::Place(place) => json!({ "place": self.place(*place) }),
            SetExpr::Pick(pick) => json!({ "pick": self.pick(pick) }),
        };
        (value, self.protocol.members_of_set(set, self.scope))
    }
}

fn names(members: &Members, among: &[u16]) -> Value {
    among.iter().filter_map(|i| members.get(usize::from(*i)).cloned()).collect()
}

fn sign(op: Comparison) -> &'static str {
    op.symbol()
}

fn distance(distance: Distance) -> Value {
    json!({ "count": distance.count, "unit": distance.unit.word() })
}

fn about(about: &About) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("name".into(), about.name.clone().into());
    put(&mut map, "text", about.text.clone());
    if !about.notes.is_empty() {
        map.insert("notes".into(), about.notes.clone().into());
    }
    if !about.codes.is_empty() {
        let codes = about.codes.iter().map(|code| {
            let uri = registry::CODE_SYSTEMS.iter().find(|(name, _)| *name == code.system).map(|(_, uri)| *uri);
            json!({ "system": uri.unwrap_or(&code.system), "code": code.code })
        });
        map.insert("codes".into(), codes.collect());
    }
    map.insert("line".into(), about.line.into());
    map
}

fn header(header: &Header) -> Value {
    let age = |age: &Option<(Number, Unit)>| age.as_ref().map(|(number, unit)| json!({ "value": json_number(number), "unit": unit.code }));
    let word = |word: &Option<String>| word.as_deref().map(registry::spelling);
    let mut map = Map::new();
    map.insert("id".into(), header.id.clone().into());
    put(&mut map, "title", header.title.clone());
    put(&mut map, "official_title", header.official_title.clone());
    put(&mut map, "summary", header.summary.clone());
    put(&mut map, "version", header.version.clone());
    map.insert("other_ids".into(), header.other_ids.clone().into());
    if let Some(sponsor) = &header.sponsor {
        let mut named = Map::new();
        named.insert("name".into(), sponsor.clone().into());
        put(&mut named, "class", word(&header.sponsor_class));
        map.insert("sponsor".into(), named.into());
    }
    put(&mut map, "status", word(&header.status));
    map.insert("conditions".into(), header.conditions.clone().into());
    put(&mut map, "purpose", word(&header.purpose));
    put(&mut map, "allocation", word(&header.allocation));
    put(&mut map, "model", word(&header.model));
    put(&mut map, "masking", word(&header.masking));
    put(&mut map, "phase", word(&header.phase));
    if let Some(count) = header.enrollment {
        let mut enrollment = Map::new();
        enrollment.insert("count".into(), count.into());
        put(&mut enrollment, "type", header.enrollment_actual.map(|actual| if actual { "ACTUAL" } else { "ESTIMATED" }));
        map.insert("enrollment".into(), enrollment.into());
    }
    put(&mut map, "sex", word(&header.sex));
    put(&mut map, "minimum_age", age(&header.minimum_age));
    put(&mut map, "maximum_age", age(&header.maximum_age));
    put(&mut map, "healthy_volunteers", header.healthy);
    Value::Object(map)
}

fn type_json(ty: &Type) -> Value {
    let mut map = Map::new();
    let mut kind = |kind: &str| map.insert("kind".into(), kind.into());
    let range = match ty {
        Type::Integer(range) | Type::Number(range) | Type::Quantity(_, range) => range.clone(),
        _ => None,
    };
    match ty {
        Type::Boolean => drop(kind("boolean")),
        Type::Attested(by) => {
            kind("attested");
            map.insert("by".into(), by.clone().into());
        }
        Type::OneOf(members) => {
            kind("one-of");
            map.insert("members".into(), members.to_vec().into());
        }
        Type::SetOf(members) => {
            kind("set-of");
            map.insert("members".into(), members.to_vec().into());
        }
        Type::Scale(members) => {
            kind("scale");
            map.insert("members".into(), members.to_vec().into());
        }
        Type::Integer(_) => drop(kind("integer")),
        Type::Number(_) => drop(kind("number")),
        Type::Quantity(unit, _) => {
            kind("quantity");
            map.insert("unit".into(), unit.code.clone().into());
        }
        Type::Lab(unit) => {
            kind("lab");
            map.insert("unit".into(), unit.code.clone().into());
        }
        Type::Date => drop(kind("date")),
        Type::Events(events) => {
            kind("events");
            map.insert("lasting".into(), events.lasting.into());
            let attributes = events.attributes.iter().map(|(name, ty)| json!({ "name": name, "type": type_json(ty) }));
            map.insert("attributes".into(), attributes.collect());
        }
    }
    if let Some((low, high)) = range {
        map.insert("range".into(), json!([json_number(&low), json_number(&high)]));
    }
    Value::Object(map)
}

fn schedule(schedule: &Schedule) -> Value {
    let mut map = Map::new();
    match &schedule.rhythm {
        Rhythm::Once => drop(map.insert("rhythm".into(), "once".into())),
        Rhythm::Doses(count, apart, unit) => {
            map.insert("rhythm".into(), "doses".into());
            map.insert("count".into(), (*count).into());
            map.insert("apart".into(), json!({ "value": json_number(apart), "unit": unit }));
        }
        Rhythm::Times(count, unit) => {
            map.insert("rhythm".into(), "times".into());
            map.insert("count".into(), (*count).into());
            map.insert("each".into(), unit.clone().into());
        }
        Rhythm::Every(number, unit) => {
            map.insert("rhythm".into(), "every".into());
            map.insert("period".into(), json!({ "value": json_number(number), "unit": unit }));
        }
        Rhythm::On(unit, days) => {
            map.insert("rhythm".into(), "on".into());
            map.insert("unit".into(), unit.clone().into());
            map.insert("at".into(), days.clone().into());
        }
    }
    if let Some((unit, at)) = &schedule.from {
        map.insert("from".into(), json!({ "value": at, "unit": unit }));
    }
    if let Some((number, unit)) = &schedule.lasting {
        map.insert("for".into(), json!({ "value": json_number(number), "unit": unit }));
    }
    Value::Object(map)
}
