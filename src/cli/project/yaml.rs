//! YAML with the place of each word.
//!
//! In: a source. Out: a tree of nodes with their spans, mappings in their
//! order and with repeated keys, so that whoever reads it can say of each
//! mistake where it stands; or the one finding that it is no YAML.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks};

use crate::diagnostic::{Code, Diagnostic};
use crate::span::{Source, Span};

/// How deep it may nest: settings take three levels.
const MAX_DEPTH: usize = 16;

/// A node and where it stands.
#[derive(Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

/// What a node holds.
#[derive(Debug)]
pub enum Value {
    /// Nothing is written, or `null`.
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Value {
    /// What it is, for a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a word",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// The tree of a text; none, if nothing stands in it.
pub fn parse(source: &Source) -> Result<Option<Node>, Box<Diagnostic>> {
    let places = Places::new(source.text());
    let wrong = |span: Span, message: &str, help: &str| Box::new(Diagnostic { help: Some(help.into()).filter(|_| !help.is_empty()), ..Code::ProjectSyntax.at(span, message) });
    let scanned = |error: ScanError| {
        let at = places.byte(error.marker().index());
        wrong(Span::new(at, at), &format!("this is no YAML: {}", error.info()), "")
    };
    let mut open: Vec<Open> = Vec::new();
    let mut whole = None;
    for event in Parser::new_from_str(source.text()) {
        let (event, marks) = event.map_err(scanned)?;
        let span = places.span(marks);
        let done = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::DocumentStart(_) if whole.is_some() => return Err(wrong(span, "a second document begins here", "settings stand in one document")),
            Event::DocumentStart(_) => continue,
            Event::Alias(_) => return Err(wrong(span, "aliases are not followed here", "write the setting out")),
            Event::Scalar(text, style, ..) => {
                let nothing = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                Node { span, value: if nothing { Value::Nothing } else { Value::Text(text.into_owned()) } }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() == MAX_DEPTH => {
                return Err(wrong(span, "this is nested too deeply for settings", "settings take three levels"));
            }
            Event::SequenceStart(..) => {
                open.push(Open { start: span, value: Value::List(Vec::new()), key: None });
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open { start: span, value: Value::Map(Vec::new()), key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { start, value, .. }) = open.pop() else { continue };
                Node { span: start.to(span), value }
            }
        };
        match open.last_mut() {
            None => whole = Some(done),
            Some(parent) => parent.take(done),
        }
    }
    Ok(whole.filter(|node| !matches!(node.value, Value::Nothing)))
}

/// A list or mapping that has not ended.
struct Open {
    start: Span,
    value: Value,
    key: Option<Node>,
}

impl Open {
    fn take(&mut self, node: Node) {
        match (&mut self.value, self.key.take()) {
            (Value::Map(entries), Some(key)) => entries.push((key, node)),
            (Value::Map(_), None) => self.key = Some(node),
            (Value::List(items), _) => items.push(node),
            (Value::Nothing | Value::Text(_), _) => {}
        }
    }
}

/// The bytes of characters, which the parser counts.
struct Places {
    bytes: Vec<u32>,
}

impl Places {
    fn new(text: &str) -> Self {
        Self { bytes: text.char_indices().map(|(at, _)| at as u32).chain([text.len() as u32]).collect() }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes[character.min(self.bytes.len() - 1)] as usize
    }

    fn span(&self, marks: Marks) -> Span {
        Span::new(self.byte(marks.start.index()), self.byte(marks.end.index()))
    }
}
