//! Values that are read in several places: each is calculated once, in a column of a layer before.
//!
//! While tests are printed such a value is a mark in the text. Once all is
//! printed, a mark that is read more than once becomes a column, any other the
//! value itself. So the text grows with the protocol, however deep it nests.

use std::collections::HashMap;

const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

struct Value {
    text: String,
    /// The columns that were read for it.
    reads: Vec<String>,
}

/// The values that were marked; each comes behind those that it is made of.
#[derive(Default)]
pub(super) struct Shared {
    values: Vec<Value>,
    places: HashMap<String, usize>,
}

/// What the marks come to.
pub(super) struct Settled {
    spelled: Vec<String>,
    /// The columns that each mark stands for or is made of.
    reads: Vec<Vec<String>>,
    /// Name, value and what it reads.
    pub columns: Vec<(String, String, Vec<String>)>,
}

/// The parts of a text: marks, and what stands between them.
fn parts(text: &str) -> impl Iterator<Item = Result<usize, &str>> {
    text.split(OPEN).enumerate().flat_map(|(i, part)| {
        let (mark, rest) = part.split_once(CLOSE).filter(|_| i > 0).map_or((None, part), |(mark, rest)| (mark.parse().ok(), rest));
        mark.map(Ok).into_iter().chain(std::iter::once(Err(rest)))
    })
}

impl Shared {
    /// A mark for the value, the same for the same text.
    pub fn mark(&mut self, text: String, reads: &[String]) -> String {
        let place = *self.places.entry(text).or_insert_with_key(|text| {
            self.values.push(Value { text: text.clone(), reads: reads.to_vec() });
            self.values.len() - 1
        });
        format!("{OPEN}{place}{CLOSE}")
    }

    /// Decides which marks become columns, `most` of them at most, by how often all that is printed reads them.
    pub fn settle<'t>(self, printed: impl Iterator<Item = &'t str>, most: usize, column: fn(&str) -> String) -> Settled {
        let mut uses = vec![0_usize; self.values.len()];
        let mut found = Vec::new();
        let mut count = |text: &str, found: &mut Vec<usize>| {
            for mark in parts(text).filter_map(Result::ok) {
                uses[mark] += 1;
                if uses[mark] == 1 {
                    found.push(mark);
                }
            }
        };
        printed.for_each(|text| count(text, &mut found));
        while let Some(mark) = found.pop() {
            count(&self.values[mark].text, &mut found);
        }
        let mut settled = Settled { spelled: Vec::new(), reads: Vec::new(), columns: Vec::new() };
        for (value, uses) in self.values.into_iter().zip(uses) {
            let (text, mut reads) = (settled.spell(&value.text), settled.reads(&value.text));
            if uses > 1 && settled.columns.len() < most {
                let name = format!("_v{}", settled.columns.len() + 1);
                reads.extend(value.reads);
                settled.spelled.push(column(&name));
                settled.reads.push(vec![name.clone()]);
                settled.columns.push((name, text, reads));
            } else {
                settled.spelled.push(text);
                settled.reads.push(reads);
            }
        }
        settled
    }
}

impl Settled {
    /// The text as it is written.
    pub fn spell(&self, text: &str) -> String {
        parts(text).map(|part| part.map_or_else(|between| between, |mark| &self.spelled[mark])).collect()
    }

    /// The columns of shared values that the text reads.
    pub fn reads(&self, text: &str) -> Vec<String> {
        parts(text).filter_map(Result::ok).flat_map(|mark| self.reads[mark].iter().cloned()).collect()
    }
}
