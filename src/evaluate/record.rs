//! Subject records: reading JSON and YAML into values, or into errors with their JSON path.
//!
//! One reader serves every format that serde knows. It never stops at the
//! first mistake: what is wrong is noted with its path and skipped, so a
//! record is reported whole. A record that is invalid has no values at all.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Truth;
use super::engine::Engine;
use super::text::{INFINITE, described, escapes_half_a_character, with_infinities_marked};
use crate::calendar::Days;
use crate::diagnostic::{Code, did_you_mean};
use crate::number::{MAX_MAGNITUDE, Number};
use crate::protocol::{Events, Members, Part, Protocol, Range, Type};

/// The largest record that is read, in bytes.
pub const MAX_RECORD: usize = 16 * 1024 * 1024;

/// What is wrong with a record, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    /// The JSON path, such as `$.pt.value`; `$` is the record.
    pub path: String,
    /// What kind of mistake.
    pub code: Code,
    /// The sentence.
    pub message: String,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.message, self.code.name())
    }
}

/// A valid subject record.
#[derive(Debug, Clone)]
pub struct Record {
    values: Box<[Value]>,
}

impl Record {
    /// One value for each fact of the protocol, in its order.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }
}

/// What a record says of one fact.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Unknown,
    /// Its `when` is false.
    NotApplicable,
    Boolean(bool),
    Member(u16),
    /// Ascending.
    Set(Box<[u16]>),
    Number(Number),
    Date(Days),
    Lab(Box<Lab>),
    Events(Box<[Event]>),
}

impl Value {
    /// Whether it is what a fact may say that does not apply.
    pub fn carries_nothing(&self) -> bool {
        match self {
            Self::Unknown | Self::NotApplicable | Self::Boolean(false) => true,
            Self::Set(members) => members.is_empty(),
            Self::Events(events) => events.is_empty(),
            Self::Boolean(true) | Self::Member(_) | Self::Number(_) | Self::Date(_) | Self::Lab(_) => false,
        }
    }
}

/// A laboratory value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Lab {
    pub value: Option<Number>,
    pub upper: Option<Number>,
    pub lower: Option<Number>,
    pub date: Option<Days>,
}

impl Lab {
    pub fn part(&self, part: Part) -> Option<&Number> {
        match part {
            Part::Value => self.value.as_ref(),
            Part::Upper => self.upper.as_ref(),
            Part::Lower => self.lower.as_ref(),
        }
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub date: Option<Days>,
    pub end: End,
    pub attributes: Box<[Value]>,
}

/// When an event ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    Unknown,
    Ongoing,
    On(Days),
}

/// Reads the records of one protocol.
#[derive(Debug)]
pub struct RecordReader<'p> {
    protocol: &'p Protocol,
    keys: HashMap<&'p str, usize>,
    subject_key: Option<String>,
}

/// What is noted while a record is read.
#[derive(Default)]
struct Notes {
    errors: Vec<RecordError>,
    subject: Option<String>,
    /// Where the format itself gave up.
    broke_at: Option<String>,
}

/// The way from the record to the value in hand; it lies on the stack, and is only spelt out for a mistake.
#[derive(Clone, Copy)]
struct Trail<'a> {
    step: Step<'a>,
    from: Option<&'a Trail<'a>>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The way as a JSON path.
fn path(trail: Option<&Trail<'_>>) -> String {
    let Some(Trail { step, from }) = trail else { return "$".into() };
    let mut path = path(*from);
    match step {
        Step::Key(key) => push_key(&mut path, key),
        Step::Index(i) => path.push_str(&format!("[{i}]")),
    }
    path
}

/// A record as read: the subject it names, and what it says or what is wrong with it.
#[derive(Debug)]
pub struct Read {
    /// The value under the key that names subjects, where one was asked for.
    pub subject: Option<String>,
    /// The record, or every mistake in it.
    pub record: Result<Record, Vec<RecordError>>,
}

impl<'p> RecordReader<'p> {
    /// A reader for the protocol's records.
    pub fn new(protocol: &'p Protocol) -> Self {
        let keys = protocol.facts.iter().enumerate().map(|(id, fact)| (fact.about.name.as_str(), id)).collect();
        Self { protocol, keys, subject_key: None }
    }

    /// The same reader, taking `key` for the name of the subject rather than for a fact.
    #[must_use]
    pub fn with_subject_key(mut self, key: Option<String>) -> Self {
        self.subject_key = key;
        self
    }

    /// Reads one JSON text.
    pub fn json(&self, text: &[u8]) -> Read {
        if let Some(read) = too_large(text.len()) {
            return read;
        }
        let mut read = self.json_once(text);
        // The parser stops at a number that no double holds; what else is wrong is told all the same.
        if read.record.as_ref().is_err_and(|errors| errors.iter().any(|error| error.code == Code::NotFinite)) {
            read = self.json_once(&with_infinities_marked(text));
        }
        // A string that was passed over, as that of an undeclared key is, was not looked into.
        if read.record.is_err() && escapes_half_a_character(text) {
            let half = || Err((Code::RecordSyntax, "the text is no JSON: an escape is half a character".into()));
            return Read { subject: read.subject, ..self.read(|_| half()) };
        }
        read
    }

    fn json_once(&self, text: &[u8]) -> Read {
        // A text that is UTF-8 as a whole need not be looked at string by string.
        match std::str::from_utf8(text) {
            Ok(text) => self.json_from(serde_json::Deserializer::from_str(text)),
            Err(_) => self.json_from(serde_json::Deserializer::from_slice(text)),
        }
    }

    fn json_from<'de, R: serde_json::de::Read<'de>>(&self, mut deserializer: serde_json::Deserializer<R>) -> Read {
        self.read(|seed| {
            let values = seed.deserialize(&mut deserializer).map_err(json_error)?;
            deserializer.end().map_err(json_error)?;
            Ok(values)
        })
    }

    /// Reads from any serde format; `syntax` describes what the format itself refuses.
    pub fn deserialize<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Read
    where
        D::Error: fmt::Display,
    {
        self.read(|seed| seed.deserialize(deserializer).map_err(|error| (Code::RecordSyntax, error.to_string())))
    }

    /// One value of a fact; none, where it is not valid.
    pub(super) fn value(&self, fact: usize, json: &serde_json::Value) -> Option<Value> {
        let notes = RefCell::new(Notes::default());
        let seed = ValueSeed { notes: &notes, ty: &self.protocol.facts[fact].ty, trail: None };
        seed.deserialize(json).ok().filter(|_| notes.into_inner().errors.is_empty())
    }

    fn read(&self, run: impl FnOnce(RecordSeed<'_, 'p>) -> Result<Box<[Value]>, (Code, String)>) -> Read {
        let notes = RefCell::new(Notes::default());
        let values = run(RecordSeed { reader: self, notes: &notes });
        let mut notes = notes.into_inner();
        let values = match values {
            Ok(values) => values,
            Err((code, message)) => {
                // Of a text that is no JSON no path can be told; the message says where it breaks.
                // Nothing else of it can be trusted then, so nothing else is told.
                if code == Code::RecordSyntax {
                    (notes.errors, notes.broke_at) = (Vec::new(), None);
                }
                let path = notes.broke_at.take().unwrap_or_else(|| "$".into());
                notes.errors.push(RecordError { path, code, message });
                return Read { subject: notes.subject, record: Err(notes.errors) };
            }
        };
        if !notes.errors.is_empty() {
            return Read { subject: notes.subject, record: Err(notes.errors) };
        }
        Read { subject: notes.subject, record: self.apply_whens(values) }
    }

    /// Decides which facts apply; one that does not must carry nothing.
    fn apply_whens(&self, mut values: Box<[Value]>) -> Result<Record, Vec<RecordError>> {
        let mut errors = Vec::new();
        for id in &self.protocol.conditional {
            let fact = &self.protocol.facts[*id];
            let Some(when) = &fact.when else { continue };
            let applies = crate::stack::with_stack(self.protocol.depth, || Engine::new(self.protocol, &values).test(when));
            if applies != Truth::False {
                continue;
            }
            if !values[*id].carries_nothing() {
                errors.push((*id, RecordError {
                    path: path(Some(&Trail { step: Step::Key(&fact.about.name), from: None })),
                    code: Code::DoesNotApply,
                    message: format!("`{}` does not apply to this subject, so it carries null, false or []", fact.about.name),
                }));
            }
            values[*id] = Value::NotApplicable;
        }
        errors.sort_by_key(|(id, _)| *id);
        if errors.is_empty() { Ok(Record { values }) } else { Err(errors.into_iter().map(|(_, error)| error).collect()) }
    }
}

/// A record that is not even looked at.
pub fn too_large(bytes: usize) -> Option<Read> {
    (bytes > MAX_RECORD).then(|| Read {
        subject: None,
        record: Err(vec![RecordError {
            path: "$".into(),
            code: Code::RecordTooLarge,
            message: format!("the record has {bytes} bytes; {MAX_RECORD} is the limit"),
        }]),
    })
}

/// A key as a step of a JSON path: bare where it is a name, else in brackets and quotes.
fn push_key(path: &mut String, key: &str) {
    let is_name = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name {
        path.push('.');
        path.push_str(key);
    } else {
        path.push_str(&format!("[{}]", serde_json::Value::from(key)));
    }
}

fn json_error(error: serde_json::Error) -> (Code, String) {
    let text = error.to_string();
    if text.starts_with("number out of range") {
        return (Code::NotFinite, "the number is too large for any machine".into());
    }
    if text.starts_with("recursion limit") {
        return (Code::RecordSyntax, format!("the record nests too deep (line {}, column {})", error.line(), error.column()));
    }
    // A record of NDJSON is a line, and which one it is stands before the message.
    (Code::RecordSyntax, format!("the text is no JSON: {}", text.replace(" at line 1 column ", " at column ")))
}

// ---------------------------------------------------------------- seeds

/// What reads the whole record.
struct RecordSeed<'r, 'p> {
    reader: &'r RecordReader<'p>,
    notes: &'r RefCell<Notes>,
}

/// What reads one value of a type.
#[derive(Clone, Copy)]
struct ValueSeed<'t> {
    notes: &'t RefCell<Notes>,
    ty: &'t Type,
    trail: Option<&'t Trail<'t>>,
}

fn note(notes: &RefCell<Notes>, trail: Option<&Trail<'_>>, code: Code, message: String) {
    notes.borrow_mut().errors.push(RecordError { path: path(trail), code, message });
}

/// Remembers where reading broke off; the innermost place is told first, and counts.
fn broke(notes: &RefCell<Notes>, trail: Option<&Trail<'_>>) {
    notes.borrow_mut().broke_at.get_or_insert_with(|| path(trail));
}

impl<'de> DeserializeSeed<'de> for RecordSeed<'_, '_> {
    type Value = Box<[Value]>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl RecordSeed<'_, '_> {
    fn not_an_object(&self, what: &str) -> Box<[Value]> {
        note(self.notes, None, Code::RecordNotObject, format!("a record is an object with one key for each fact, not {what}"));
        Box::new([])
    }
}

impl<'de> Visitor<'de> for RecordSeed<'_, '_> {
    type Value = Box<[Value]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one key for each fact")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let count = self.reader.protocol.facts.len();
        let mut values: Box<[Value]> = (0..count).map(|_| Value::Unknown).collect();
        let mut seen = vec![false; count];
        let mut expected = 0;
        while let Some(key) = map.next_key_seed(KeySeed)? {
            // Keys mostly come in the order of the protocol.
            let id = match self.reader.protocol.facts.get(expected) {
                Some(fact) if fact.about.name == *key => Some(expected),
                _ => self.reader.keys.get(&*key).copied(),
            };
            let Some(id) = id else {
                if self.reader.subject_key.as_deref() == Some(&*key) {
                    self.notes.borrow_mut().subject = Some(map.next_value_seed(SubjectSeed)?);
                    continue;
                }
                self.undeclared(&key);
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            expected = id + 1;
            let fact = &self.reader.protocol.facts[id];
            let trail = Some(&Trail { step: Step::Key(&fact.about.name), from: None });
            if std::mem::replace(&mut seen[id], true) {
                note(self.notes, trail, Code::RepeatedKey, format!("the key `{key}` stands twice"));
            }
            values[id] = map.next_value_seed(ValueSeed { notes: self.notes, ty: &fact.ty, trail })?;
        }
        Ok(values)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.not_an_object("a list"))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(self.not_an_object("a boolean"))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(self.not_an_object("a number"))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(self.not_an_object("a number"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(self.not_an_object("a number"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.not_an_object(described(text)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(self.not_an_object("null"))
    }
}

impl RecordSeed<'_, '_> {
    fn undeclared(&self, key: &str) {
        let near = did_you_mean(key, self.reader.keys.keys().copied());
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let trail = Trail { step: Step::Key(key), from: None };
        note(self.notes, Some(&trail), Code::UndeclaredKey, format!("the protocol declares no `{key}`{hint}"));
    }
}

/// A key, borrowed where the format allows.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = std::borrow::Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = std::borrow::Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(key.into())
            }
            fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
                Ok(key.to_string().into())
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The name of a subject: a string or a number, as text.
struct SubjectSeed;

impl<'de> DeserializeSeed<'de> for SubjectSeed {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        struct SubjectVisitor;
        impl Visitor<'_> for SubjectVisitor {
            type Value = String;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a number that names the subject")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<String, E> {
                Ok(name.to_string())
            }
            fn visit_i64<E: de::Error>(self, name: i64) -> Result<String, E> {
                Ok(name.to_string())
            }
            fn visit_u64<E: de::Error>(self, name: u64) -> Result<String, E> {
                Ok(name.to_string())
            }
            fn visit_f64<E: de::Error>(self, name: f64) -> Result<String, E> {
                Ok(name.to_string())
            }
        }
        deserializer.deserialize_any(SubjectVisitor)
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self).inspect_err(|_| broke(self.notes, self.trail))
    }
}

/// What a value of the type looks like in a record.
pub fn expectation(ty: &Type) -> String {
    match ty {
        Type::Boolean | Type::Attested(_) => "true or false".into(),
        Type::OneOf(_) | Type::Scale(_) => "a member, as a string".into(),
        Type::SetOf(_) => "a list of members".into(),
        Type::Integer(_) => "a whole number".into(),
        Type::Number(_) => "a number".into(),
        Type::Quantity(unit, _) => format!("a number in `{unit}`"),
        Type::Lab(unit) => format!("an object with a `value` in `{unit}`"),
        Type::Date => "a date: \"2026-03-01\", \"2026-03\" or \"2026\"".into(),
        Type::Events(_) => "a list of events".into(),
    }
}

impl<'t> ValueSeed<'t> {
    fn note(&self, code: Code, message: String) -> Value {
        note(self.notes, self.trail, code, message);
        Value::Unknown
    }

    /// What reads a part of this value.
    fn part<'s>(&self, ty: &'s Type, trail: &'s Trail<'s>) -> ValueSeed<'s>
    where
        't: 's,
    {
        ValueSeed { notes: self.notes, ty, trail: Some(trail) }
    }

    /// The way to a part of this value.
    fn to<'s>(&self, step: Step<'s>) -> Trail<'s>
    where
        't: 's,
    {
        Trail { step, from: self.trail }
    }

    fn wrong(&self, found: &str) -> Value {
        self.note(Code::WrongType, format!("expected {}, not {found}", expectation(self.ty)))
    }

    fn number(&self, number: Option<Number>, range: &Range, whole: bool) -> Value {
        let Some(number) = number else {
            return self.note(
                Code::OutOfRange,
                format!("numbers lie below 10^{MAX_MAGNITUDE} and, unless zero, above its inverse"),
            );
        };
        if whole && !number.is_whole() {
            return self.wrong("a fraction");
        }
        if let Some((low, high)) = range
            && (number < *low || number > *high)
        {
            return self.note(Code::OutOfRange, format!("{number} lies outside the plausible range {low} .. {high}"));
        }
        Value::Number(number)
    }

    fn double(&self, value: f64) -> Value {
        if !value.is_finite() {
            return self.note(Code::NotFinite, "the number is not finite".into());
        }
        match self.ty {
            Type::Integer(range) => self.number(Number::from_f64(value), range, true),
            Type::Number(range) | Type::Quantity(_, range) => self.number(Number::from_f64(value), range, false),
            _ => self.wrong("a number"),
        }
    }

    /// Whole numbers that a double holds exactly need no detour.
    fn whole(&self, value: i64) -> Value {
        if value.unsigned_abs() >= 1 << 53 {
            return self.double(value as f64);
        }
        match self.ty {
            Type::Integer(range) | Type::Number(range) | Type::Quantity(_, range) => {
                self.number(Some(Number::whole(value)), range, false)
            }
            _ => self.wrong("a number"),
        }
    }

    fn member(&self, text: &str, members: &Members) -> Option<u16> {
        let found = members.iter().position(|member| member == text);
        if found.is_none() {
            let near = did_you_mean(text, members.iter().map(String::as_str));
            let hint = near.map_or_else(
                || format!("; its members are: {}", members.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", ")),
                |near| format!("; did you mean `{near}`?"),
            );
            self.note(Code::UndeclaredMember, format!("`{text}` is no member{hint}"));
        }
        found.map(|i| i as u16)
    }

    fn set<'de, A: SeqAccess<'de>>(&self, mut seq: A, members: &Members) -> Result<Value, A::Error> {
        let one = Type::OneOf(members.clone());
        let mut found = Vec::new();
        let mut index = 0;
        loop {
            let trail = self.to(Step::Index(index));
            let element = self.part(&one, &trail);
            let before = self.notes.borrow().errors.len();
            match seq.next_element_seed(element)? {
                None => break,
                Some(Value::Member(member)) if found.contains(&member) => {
                    element.note(Code::RepeatedMember, format!("`{}` stands twice in the set", members[usize::from(member)]));
                }
                Some(Value::Member(member)) => found.push(member),
                Some(_) if self.notes.borrow().errors.len() == before => {
                    element.note(Code::WrongType, "a set holds members, not null".into());
                }
                Some(_) => {}
            }
            index += 1;
        }
        found.sort_unstable();
        Ok(Value::Set(found.into_boxed_slice()))
    }

    fn events<'de, A: SeqAccess<'de>>(&self, mut seq: A, events: &Events) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        loop {
            let trail = self.to(Step::Index(found.len()));
            match seq.next_element_seed(EventSeed { value: self.part(self.ty, &trail), events })? {
                Some(event) => found.push(event),
                None => return Ok(Value::Events(found.into_boxed_slice())),
            }
        }
    }

    fn lab<'de, A: MapAccess<'de>>(&self, mut map: A) -> Result<Value, A::Error> {
        let Type::Lab(unit) = self.ty else { return Ok(Value::Unknown) };
        let number = Type::Quantity(unit.clone(), None);
        let mut lab = Lab::default();
        let mut seen = [false; 4];
        const PARTS: [&str; 4] = ["value", "upper", "lower", "date"];
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let trail = self.to(Step::Key(&key));
            let Some(i) = PARTS.iter().position(|part| *part == key) else {
                note(self.notes, Some(&trail), Code::UndeclaredKey, format!("a lab has no `{key}`: its keys are value, upper, lower, date"));
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let part = self.part(if i == 3 { &Type::Date } else { &number }, &trail);
            if std::mem::replace(&mut seen[i], true) {
                part.note(Code::RepeatedKey, format!("the key `{key}` stands twice"));
            }
            match (i, map.next_value_seed(part)?) {
                (0, Value::Number(n)) => lab.value = Some(n),
                (1, Value::Number(n)) => lab.upper = Some(n),
                (2, Value::Number(n)) => lab.lower = Some(n),
                (3, Value::Date(days)) => lab.date = Some(days),
                _ => {}
            }
        }
        if let (Some(lower), Some(upper)) = (&lab.lower, &lab.upper)
            && lower > upper
        {
            self.note(Code::LimitsOutOfOrder, format!("the lower limit {lower} is above the upper limit {upper}"));
        }
        Ok(Value::Lab(Box::new(lab)))
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&expectation(self.ty))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Unknown)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Unknown)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(match self.ty {
            Type::Boolean | Type::Attested(_) => Value::Boolean(value),
            _ => self.wrong("a boolean"),
        })
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(self.whole(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| self.double(value as f64), |value| self.whole(value)))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Value, E> {
        Ok(self.double(value as f64))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Value, E> {
        Ok(self.double(value as f64))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(self.double(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        if text == INFINITE {
            return Ok(self.note(Code::NotFinite, "the number is too large for any machine".into()));
        }
        Ok(match self.ty {
            Type::OneOf(members) | Type::Scale(members) => self.member(text, members).map_or(Value::Unknown, Value::Member),
            Type::Date => match Days::parse(text) {
                Some(days) => Value::Date(days),
                None => self.note(Code::NotADate, format!("`{text}` is no day, month or year of the calendar")),
            },
            _ => self.wrong("a string"),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        match self.ty {
            Type::SetOf(members) => self.set(seq, members),
            Type::Events(events) => self.events(seq, events),
            _ => {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(self.wrong("a list"))
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        if let Type::Lab(_) = self.ty {
            return self.lab(map);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self.wrong("an object"))
    }
}

/// What reads one event.
struct EventSeed<'t> {
    value: ValueSeed<'t>,
    events: &'t Events,
}

impl EventSeed<'_> {
    fn empty(&self) -> Event {
        Event { date: None, end: End::Unknown, attributes: vec![Value::Unknown; self.events.attributes.len()].into() }
    }

    fn wrong(&self, found: &str) -> Event {
        self.value.note(Code::WrongType, format!("expected an event: an object with a `date`, not {found}"));
        self.empty()
    }
}

impl<'de> DeserializeSeed<'de> for EventSeed<'_> {
    type Value = Event;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// An `end`: a date or `"ongoing"`.
struct EndSeed<'t>(ValueSeed<'t>);

impl<'de> DeserializeSeed<'de> for EndSeed<'_> {
    type Value = End;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<End, D::Error> {
        let ValueSeed { notes, trail, .. } = self.0;
        deserializer.deserialize_any(self).inspect_err(|_| broke(notes, trail))
    }
}

impl EndSeed<'_> {
    fn other(value: Value) -> End {
        match value {
            Value::Date(days) => End::On(days),
            _ => End::Unknown,
        }
    }
}

impl<'de> Visitor<'de> for EndSeed<'_> {
    type Value = End;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date or \"ongoing\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<End, E> {
        if text == "ongoing" { Ok(End::Ongoing) } else { self.0.visit_str(text).map(Self::other) }
    }

    fn visit_unit<E: de::Error>(self) -> Result<End, E> {
        Ok(End::Unknown)
    }

    fn visit_none<E: de::Error>(self) -> Result<End, E> {
        Ok(End::Unknown)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<End, E> {
        self.0.visit_bool(value).map(Self::other)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<End, E> {
        self.0.visit_i64(value).map(Self::other)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<End, E> {
        self.0.visit_u64(value).map(Self::other)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<End, E> {
        self.0.visit_f64(value).map(Self::other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<End, A::Error> {
        self.0.visit_seq(seq).map(Self::other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<End, A::Error> {
        self.0.visit_map(map).map(Self::other)
    }
}

impl<'de> Visitor<'de> for EventSeed<'_> {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let mut event = self.empty();
        let slots = self.events.attributes.len() + 2;
        let (mut few, mut many) = ([false; 16], Vec::new());
        let seen = if slots <= few.len() {
            &mut few[..]
        } else {
            many.resize(slots, false);
            &mut many[..]
        };
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let slot = match &*key {
                "date" => Some(0),
                "end" if self.events.lasting => Some(1),
                key => self.events.attributes.iter().position(|(name, _)| name == key).map(|i| i + 2),
            };
            let trail = self.value.to(Step::Key(&key));
            let Some(slot) = slot else {
                note(self.value.notes, Some(&trail), Code::UndeclaredKey, format!("these events declare no `{key}`"));
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let ty = if slot < 2 { &Type::Date } else { &self.events.attributes[slot - 2].1 };
            let part = self.value.part(ty, &trail);
            if std::mem::replace(&mut seen[slot], true) {
                part.note(Code::RepeatedKey, format!("the key `{key}` stands twice"));
            }
            match slot {
                0 => {
                    event.date = match map.next_value_seed(part)? {
                        Value::Date(days) => Some(days),
                        _ => None,
                    };
                }
                1 => event.end = map.next_value_seed(EndSeed(part))?,
                i => event.attributes[i - 2] = map.next_value_seed(part)?,
            }
        }
        if let (Some(date), End::On(end)) = (event.date, event.end)
            && end.last < date.first
        {
            let trail = self.value.to(Step::Key("end"));
            note(self.value.notes, Some(&trail), Code::EndBeforeStart, "the event ends before it starts".into());
        }
        Ok(event)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Event, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.wrong("a list"))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Event, E> {
        Ok(self.wrong("a boolean"))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Event, E> {
        Ok(self.wrong("a number"))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Event, E> {
        Ok(self.wrong("a number"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Event, E> {
        Ok(self.wrong("a number"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Event, E> {
        Ok(self.wrong(described(text)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Event, E> {
        Ok(self.wrong("null"))
    }
}
