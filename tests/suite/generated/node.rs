//! What a generated protocol is written as: a tree that can be printed, and made smaller piece by piece.

/// What stands at a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    Test,
    Value,
    /// Anything else: never in parentheses, and nothing takes its place.
    Bare,
}

/// A text with an `@` for each part; or parts with something between them, of which some may be left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    pub sort: Sort,
    template: String,
    pub parts: Vec<Node>,
    /// What stands between the parts of a list, and how many it has at least.
    list: Option<(&'static str, usize)>,
}

impl Node {
    pub fn new(sort: Sort, template: impl Into<String>, parts: Vec<Node>) -> Self {
        let template = template.into();
        assert_eq!(template.matches('@').count(), parts.len(), "{template}");
        Self { sort, template, parts, list: None }
    }

    pub fn test(template: impl Into<String>, parts: Vec<Node>) -> Self {
        Self::new(Sort::Test, template, parts)
    }

    pub fn value(template: impl Into<String>, parts: Vec<Node>) -> Self {
        Self::new(Sort::Value, template, parts)
    }

    pub fn bare(template: impl Into<String>, parts: Vec<Node>) -> Self {
        Self::new(Sort::Bare, template, parts)
    }

    /// Parts of which all but `fewest` may go.
    pub fn list(sort: Sort, joint: &'static str, fewest: usize, parts: Vec<Node>) -> Self {
        Self { sort, template: String::new(), parts, list: Some((joint, fewest)) }
    }

    /// A part that may be left out, or is.
    pub fn optional(part: Option<Node>) -> Self {
        Self::list(Sort::Bare, "", 0, part.into_iter().collect())
    }

    pub fn text(&self) -> String {
        if let Some((joint, _)) = self.list {
            return self.parts.iter().map(Self::within).collect::<Vec<_>>().join(joint);
        }
        let mut parts = self.parts.iter();
        self.template.split('@').enumerate().fold(String::new(), |text, (i, words)| {
            let part = if i == 0 { String::new() } else { parts.next().map(Self::within).unwrap_or_default() };
            text + &part + words
        })
    }

    /// As it stands within another node.
    fn within(&self) -> String {
        let text = self.text();
        if self.sort != Sort::Bare && text.contains(' ') { format!("({text})") } else { text }
    }

    /// Every tree that is this one with a piece less, the boldest first.
    pub fn smaller(&self) -> Vec<Node> {
        let mut found = Vec::new();
        if self.sort != Sort::Bare {
            // What is said further in may be enough.
            let mut inner: Vec<&Node> = self.parts.iter().collect();
            while let Some(node) = inner.pop() {
                if node.sort == self.sort {
                    found.push(node.clone());
                }
                inner.extend(&node.parts);
            }
        }
        if let Some((_, fewest)) = self.list
            && self.parts.len() > fewest
        {
            found.extend((0..self.parts.len()).map(|i| {
                let mut fewer = self.clone();
                fewer.parts.remove(i);
                fewer
            }));
        }
        found.extend(self.plainer());
        for (i, part) in self.parts.iter().enumerate() {
            found.extend(part.smaller().into_iter().map(|part| {
                let mut with = self.clone();
                with.parts[i] = part;
                with
            }));
        }
        found
    }

    /// The same with a plainer number, where it starts with one.
    fn plainer(&self) -> Vec<Node> {
        let end = self.template.find(' ').unwrap_or(self.template.len());
        let (number, rest) = self.template.split_at(end);
        if self.sort == Sort::Test || !number.bytes().any(|b| b.is_ascii_digit()) || number.parse::<f64>().is_err() {
            return Vec::new();
        }
        let plain = ["0", "1", "2", "10"];
        let known = plain.iter().position(|plain| *plain == number).unwrap_or(plain.len());
        plain[..known].iter().map(|plain| Self { template: format!("{plain}{rest}"), ..self.clone() }).collect()
    }
}
