//! Expressions drawn at random over the facts that are known so far.

use super::super::support::Random;
use super::kinds::{Class, Kind, Words, literal};
use super::node::{Node, Sort};

/// What expressions may name.
pub struct Drawer {
    pub facts: Vec<(String, Kind)>,
    /// The attributes of the event at hand, within `where`.
    event: Option<Vec<(String, Kind)>>,
}

const SIGNS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];

impl Drawer {
    pub fn new() -> Self {
        Self { facts: Vec::new(), event: None }
    }

    pub fn know(&mut self, name: &str, kind: Kind) {
        self.facts.push((name.to_string(), kind));
    }

    /// The same within `where`: the attributes of the event come first.
    fn within(&self, attributes: &[(String, Kind)]) -> Self {
        let mut own = attributes.to_vec();
        own.push(("date".into(), Kind::Date));
        Self { facts: self.facts.clone(), event: Some(own) }
    }

    /// A name of what is of some kind, with that kind; within `where` mostly an attribute.
    fn any(&self, random: &mut Random, fits: impl Fn(&Kind) -> bool) -> Option<(String, Kind)> {
        let fitting = |list: &[(String, Kind)]| list.iter().filter(|(_, kind)| fits(kind)).cloned().collect::<Vec<_>>();
        let own = fitting(self.event.as_deref().unwrap_or_default());
        let list = if own.is_empty() || random.once_in(4) { fitting(&self.facts) } else { own };
        (!list.is_empty()).then(|| random.choose(&list).clone())
    }

    /// An operand of some kind: a name, or the attribute of one of several events.
    fn operand(&self, random: &mut Random, depth: usize, fits: &dyn Fn(&Kind) -> bool) -> Option<(Node, Kind)> {
        if depth > 0 && random.once_in(3)
            && let Some((events, Kind::Events(attributes))) = self.any(random, |kind| matches!(kind, Kind::Events(list) if list.iter().any(|(_, kind)| fits(kind))))
        {
            let fitting: Vec<&(String, Kind)> = attributes.iter().filter(|(_, kind)| fits(kind)).collect();
            let (name, kind) = *random.choose(&fitting);
            let which = *random.choose(&["latest", "earliest", "highest", "lowest"]);
            let selection = self.selection(random, &events, &attributes, depth - 1, true);
            return Some((Node::new(sort_of(kind), format!("{which}(@).{name}"), vec![selection]), kind.clone()));
        }
        let (name, kind) = self.any(random, fits)?;
        Some((Node::new(sort_of(&kind), name, vec![]), kind))
    }

    pub fn test(&self, random: &mut Random, depth: usize) -> Node {
        if depth == 0 || random.once_in(3) {
            return self.atom(random, depth);
        }
        let mut parts = |n: usize| (0..n).map(|_| self.test(random, depth - 1)).collect::<Vec<_>>();
        let three = parts(3);
        let mut two = three.clone();
        two.pop();
        match random.below(8) {
            0 => Node::test("not @", vec![two.remove(0)]),
            1 => Node::list(Sort::Test, " and ", 2, three),
            2 => Node::list(Sort::Test, " or ", 2, three),
            3 => Node::list(Sort::Test, " and ", 2, two),
            4 => Node::list(Sort::Test, " or ", 2, two),
            5 => Node::test("if @ then @ else @", three),
            6 => Node::test("if @ then @", two),
            _ => {
                let how = *random.choose(&["at least", "at most", "exactly"]);
                Node::test(format!("{how} {} of (@)", 1 + random.below(2)), vec![Node::list(Sort::Bare, ", ", 2, three)])
            }
        }
    }

    fn atom(&self, random: &mut Random, depth: usize) -> Node {
        for _ in 0..50 {
            let drawn = match random.below(14) {
                0 => self.operand(random, depth, &|kind| *kind == Kind::Boolean).map(|(node, _)| node),
                1 => self.member(random, depth),
                2 => self.grade(random, depth),
                3 => self.set(random, depth),
                4 => self.limits(random),
                5..=8 => Some(self.compare(random, depth.max(1))),
                9 | 10 => Some(Node::test("@ @", vec![self.date(random, depth), self.window(random, depth)])),
                _ => self.some(random, depth),
            };
            if let Some(node) = drawn {
                return node;
            }
        }
        unreachable!("there always is a boolean")
    }

    fn member(&self, random: &mut Random, depth: usize) -> Option<Node> {
        let (one, kind) = self.operand(random, depth, &|kind| matches!(kind, Kind::OneOf(_)))?;
        let Kind::OneOf(words) = kind else { return None };
        Some(match random.below(4) {
            0 => Node::test(format!("@ in {}", some_of(random, words)), vec![one]),
            1 => {
                let (other, _) = self.operand(random, depth, &|kind| *kind == Kind::OneOf(words))?;
                Node::test(format!("@ {} @", random.choose(&["=", "!="])), vec![one, other])
            }
            _ => Node::test(format!("@ {} {}", random.choose(&["=", "!="]), random.choose(words.members)), vec![one]),
        })
    }

    fn grade(&self, random: &mut Random, depth: usize) -> Option<Node> {
        let (grade, kind) = self.operand(random, depth, &|kind| matches!(kind, Kind::Scale(_)))?;
        let Kind::Scale(words) = kind else { return None };
        let sign = *random.choose(&SIGNS);
        Some(match random.below(5) {
            0 => Node::test(format!("@ in {}", some_of(random, words)), vec![grade]),
            1 => Node::test(format!("@ in {} .. {}", words.members[random.below(2)], words.members[2 + random.below(2)]), vec![grade]),
            2 => {
                let (other, _) = self.operand(random, depth, &|kind| *kind == Kind::Scale(words))?;
                Node::test(format!("@ {sign} @"), vec![grade, other])
            }
            _ => Node::test(format!("@ {sign} {}", random.choose(words.members)), vec![grade]),
        })
    }

    fn set(&self, random: &mut Random, depth: usize) -> Option<Node> {
        let (set, kind) = self.operand(random, depth, &|kind| matches!(kind, Kind::SetOf(_)))?;
        let Kind::SetOf(words) = kind else { return None };
        let question = match random.below(5) {
            0 => "any".to_string(),
            1 => format!("any of {}", some_of(random, words)),
            2 => format!("any except {}", some_of(random, words)),
            3 => format!("all of {}", some_of(random, words)),
            _ => (*random.choose(words.members)).to_string(),
        };
        Some(Node::test(format!("@ has {question}"), vec![set]))
    }

    /// A lab against multiples of its own limits.
    fn limits(&self, random: &mut Random) -> Option<Node> {
        let (lab, _) = self.any(random, |kind| matches!(kind, Kind::Lab(_)))?;
        let times = |random: &mut Random| *random.choose(&["0.5", "1", "1.5", "2", "3"]);
        Some(match random.below(3) {
            0 => Node::test(format!("{lab} in {} LLN .. {} ULN", times(random), times(random)), vec![]),
            1 => {
                let cases = vec![self.test(random, 0)];
                Node::test(format!("{lab} {} (if @ then {} ULN else {} LLN)", random.choose(&SIGNS), times(random), times(random)), cases)
            }
            _ => Node::test(format!("{lab} {} {} {}", random.choose(&SIGNS), times(random), random.choose(&["ULN", "LLN"])), vec![]),
        })
    }

    fn compare(&self, random: &mut Random, depth: usize) -> Node {
        let class = self.class(random);
        let left = self.number(random, class, depth);
        let right = if random.once_in(2) { quantity(random, class, true) } else { self.number(random, class, depth) };
        if random.once_in(5) {
            let end = quantity(random, class, true);
            return Node::test("@ in @ .. @", vec![left, right, end]);
        }
        Node::test(format!("@ {} @", random.choose(&SIGNS)), vec![left, right])
    }

    /// A class of which numbers are known, or come of counting.
    pub fn class(&self, random: &mut Random) -> Class {
        let of = |kind: &Kind| match kind {
            Kind::Number(class) | Kind::Lab(class) => Some(*class),
            _ => None,
        };
        let known: Vec<Class> = self.event.iter().flatten().chain(&self.facts).filter_map(|(_, kind)| of(kind)).collect();
        if known.is_empty() || random.once_in(2) { *random.choose(&[Class::Plain, Class::Plain, Class::Months, Class::Days]) } else { *random.choose(&known) }
    }

    /// A number of a class.
    pub fn number(&self, random: &mut Random, class: Class, depth: usize) -> Node {
        if depth > 0 && random.once_in(2) {
            return self.calculated(random, class, depth - 1);
        }
        let fits = |kind: &Kind| match kind {
            Kind::Number(own) | Kind::Lab(own) => *own == class,
            Kind::Integer => class == Class::Plain,
            _ => false,
        };
        match self.operand(random, depth, &fits) {
            Some((node, Kind::Lab(_))) if node.parts.is_empty() && random.once_in(2) => {
                Node::value(format!("{}.{}", node.text(), random.choose(&["upper", "lower"])), vec![])
            }
            Some((node, _)) => node,
            None if depth > 0 => self.calculated(random, class, depth - 1),
            None => quantity(random, class, false),
        }
    }

    fn calculated(&self, random: &mut Random, class: Class, depth: usize) -> Node {
        let choice = random.below(8);
        if choice == 0 {
            let cases = vec![self.test(random, depth.min(1)), self.number(random, class, depth), self.number(random, class, depth)];
            return Node::value("if @ then @ else @", cases);
        }
        let elapsed = |random: &mut Random, unit: &str| {
            Node::value(format!("{unit} from @ to @"), vec![self.date(random, depth), self.date(random, depth)])
        };
        let sign = *random.choose(&["+", "-"]);
        let mut number = |class: Class| self.number(random, class, depth);
        match (class, choice) {
            (Class::Months, 1..=4) => elapsed(random, if choice < 3 { "years" } else { "months" }),
            (Class::Days, 1..=4) => elapsed(random, if choice < 3 { "weeks" } else { "days" }),
            (Class::Plain, 1..=3) => self.counted(random, depth),
            (Class::Plain, 4) => {
                let class = *random.choose(&[Class::Mass, Class::Activity, Class::Months, Class::Plain]);
                Node::value("@ / @", vec![self.number(random, class, depth), self.number(random, class, depth)])
            }
            (Class::Point, _) => Node::value(format!("@ {sign} @"), vec![number(Class::Point), number(Class::Difference)]),
            (Class::Difference, 1 | 2) => Node::value("@ - @", vec![number(Class::Point), number(Class::Point)]),
            (_, 5) => Node::value("@ * @", vec![number(class), number(Class::Plain)]),
            (_, 6) => Node::value("@ / @", vec![number(class), number(Class::Plain)]),
            _ => Node::value(format!("@ {sign} @"), vec![number(class), number(class)]),
        }
    }

    /// How many events, or members.
    fn counted(&self, random: &mut Random, depth: usize) -> Node {
        if random.once_in(2)
            && let Some((set, _)) = self.operand(random, depth, &|kind| matches!(kind, Kind::SetOf(_)))
        {
            return Node::value("count(@)", vec![set]);
        }
        match self.any(random, |kind| matches!(kind, Kind::Events(_))) {
            Some((events, Kind::Events(attributes))) => {
                Node::value("count(@)", vec![self.selection(random, &events, &attributes, depth, true)])
            }
            _ => quantity(random, Class::Plain, true),
        }
    }

    pub fn date(&self, random: &mut Random, depth: usize) -> Node {
        if depth > 0 && random.once_in(6) {
            return Node::value("if @ then @ else @", vec![self.test(random, 0), self.date(random, depth - 1), self.date(random, depth - 1)]);
        }
        if depth > 0 && random.once_in(4)
            && let Some((events, Kind::Events(attributes))) = self.any(random, |kind| matches!(kind, Kind::Events(_)))
        {
            let which = *random.choose(&["latest", "earliest", "highest", "lowest"]);
            let part = if attributes.iter().any(|(name, _)| name == "end") && random.once_in(3) { "end" } else { "date" };
            return Node::value(format!("{which}(@).{part}"), vec![self.selection(random, &events, &attributes, depth - 1, true)]);
        }
        match random.below(6) {
            0 => Node::value(*random.choose(&["2024-02-29", "2025-01-31", "2000-03-01", "1999-12-31"]), vec![]),
            // Asked once: within `where` the next answer may be another.
            1 => Node::value(self.any(random, |kind| matches!(kind, Kind::Lab(_))).map_or("visit".into(), |(lab, _)| format!("{lab}.date")), vec![]),
            2 => Node::value("visit", vec![]),
            _ => Node::value(self.any(random, |kind| *kind == Kind::Date).map_or("visit".into(), |(name, _)| name), vec![]),
        }
    }

    fn some(&self, random: &mut Random, depth: usize) -> Option<Node> {
        let (events, Kind::Events(attributes)) = self.any(random, |kind| matches!(kind, Kind::Events(_)))? else { return None };
        Some(Node::test("@", vec![self.selection(random, &events, &attributes, depth, false)]))
    }

    /// Some of the events of a fact; as a test it needs a window.
    fn selection(&self, random: &mut Random, name: &str, attributes: &[(String, Kind)], depth: usize, free: bool) -> Node {
        let condition =
            random.once_in(2).then(|| Node::bare(" where (@)", vec![self.within(attributes).test(random, depth.min(2))]));
        let window = |random: &mut Random| {
            let window = if random.once_in(4) { Node::bare("ever", vec![]) } else { self.window(random, depth) };
            Node::bare(" @", vec![window])
        };
        let window = (!free || random.once_in(2)).then(|| window(random));
        let fewest = usize::from(!free);
        let window = Node::list(Sort::Bare, "", fewest, window.into_iter().collect());
        Node::bare(format!("{name}@@"), vec![Node::optional(condition), window])
    }

    fn window(&self, random: &mut Random, depth: usize) -> Node {
        let anchor = if random.once_in(3) { self.date(random, depth.saturating_sub(1)) } else { Node::value("visit", vec![]) };
        if random.once_in(4) {
            let order = *random.choose(&["before", "on or before", "on", "on or after", "after"]);
            return Node::bare(format!("{order} @"), vec![anchor]);
        }
        let (n, unit) = *random.choose(&[
            (1, "day"), (2, "days"), (14, "days"), (28, "days"), (1, "week"), (3, "weeks"), (1, "month"), (6, "months"), (13, "months"),
            (1, "year"), (5, "years"), (18, "years"),
        ]);
        let reach = *random.choose(&["within", "within", "less than", "at least", "more than"]);
        let side = if reach == "within" && random.once_in(3) { "of" } else { *random.choose(&["before", "after"]) };
        Node::bare(format!("{reach} {n} {unit} {side} @"), vec![anchor])
    }
}

fn sort_of(kind: &Kind) -> Sort {
    if *kind == Kind::Boolean { Sort::Test } else { Sort::Value }
}

/// A list of members: written, or the name of a `values`.
fn some_of(random: &mut Random, words: &Words) -> String {
    if random.once_in(4) {
        return words.name.to_string();
    }
    let start = random.below(words.members.len());
    let end = start + 1 + random.below(words.members.len() - start);
    format!("{{ {} }}", words.members[start..end].join(", "))
}

/// A literal in one of the units of a class.
fn quantity(random: &mut Random, class: Class, maybe_whole: bool) -> Node {
    let whole = maybe_whole && random.once_in(2);
    let unit = *random.choose(class.units());
    Node::value(format!("{} {unit}", literal(random, whole)).trim().to_string(), vec![])
}
