//! A generated protocol: its declarations, and what is left when one of them goes.

use lind::compile;
use lind::protocol::Protocol;
use lind::span::Source;

use super::node::Node;

/// A protocol, one node for each declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sketch {
    pub declarations: Vec<Node>,
}

impl Sketch {
    pub fn lines(&self) -> Vec<String> {
        self.declarations.iter().flat_map(|node| node.text().lines().map(str::to_string).collect::<Vec<_>>()).collect()
    }

    /// What it compiles to; none where it has an error.
    pub fn protocol(&self) -> Option<Protocol> {
        compile(&Source::new("generated", self.lines().join("\n") + "\n")).protocol
    }

    /// The same with one declaration more, if that compiles.
    pub fn with(&self, declaration: &Node) -> Option<Self> {
        let mut more = self.clone();
        more.declarations.push(declaration.clone());
        more.protocol().map(|_| more)
    }

    /// Every sketch with a piece less: many declarations first, the last ones before those they use.
    pub fn smaller(&self) -> Vec<Self> {
        let mut found = Vec::new();
        let count = self.declarations.len();
        let mut size = count / 2;
        while size > 0 {
            // From the end, since that is where criteria stand; the first is the trial.
            for end in (size + 1..=count).rev().step_by(size) {
                let mut fewer = self.clone();
                fewer.declarations.drain(end - size..end);
                found.push(fewer);
            }
            size /= 2;
        }
        for (i, node) in self.declarations.iter().enumerate() {
            found.extend(node.smaller().into_iter().map(|node| {
                let mut with = self.clone();
                with.declarations[i] = node;
                with
            }));
        }
        found
    }
}
