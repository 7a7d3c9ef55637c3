//! Protocols drawn at random, directed by types: what is drawn nearly always compiles.

use lind::emit::{Samples, Target};

use super::super::support::Random;
use super::expressions::Drawer;
use super::kinds::{COLOURS, DRUGS, GRADES, Kind};
use super::node::Node;
use super::sketch::Sketch;

/// Facts of each protocol, beside an anchor and a twin of the last.
const FACTS: usize = 11;
/// How often a declaration is drawn anew where it does not compile.
const TRIES: usize = 20;

/// How much SQL one declaration may come to: SQL writes an operand out wherever it is read, and plans that are
/// too long for their engines test nothing but patience.
const MOST_SQL: usize = 30_000;

/// A protocol with so many criteria.
pub fn sketch(random: &mut Random, criteria: usize) -> Sketch {
    let scoped = random.once_in(4);
    let mut sketch = Sketch { declarations: vec![header(random, scoped)] };
    for words in [&COLOURS, &DRUGS, &GRADES] {
        sketch.declarations.push(Node::bare(format!("values {}: {{ {} }}", words.name, words.members.join(", ")), vec![]));
    }
    if scoped {
        let arms = ["intervention drug_a: drug", "arm left: experimental\n  give drug_a", "arm right: active_comparator\n  give drug_a"];
        sketch.declarations.extend(arms.map(|line| Node::bare(line, vec![])));
    }
    let mut drawer = Drawer::new();
    drawer.know("visit", Kind::Date);
    sketch.declarations.push(Node::bare("anchor visit: \"Visit\"", vec![]));
    let start = random.below(9);
    for i in 0..FACTS {
        let kind = match i {
            0 => Kind::Boolean,
            1 | 2 => events(random),
            3 => Kind::Date,
            _ => Kind::nth(start + i, random),
        };
        fact(random, &mut sketch, &mut drawer, format!("f{i}"), &kind);
    }
    // Two of one kind can be compared with each other.
    let twin = drawer.facts[drawer.facts.len() - 1].1.clone();
    fact(random, &mut sketch, &mut drawer, "twin".into(), &twin);
    for i in 0..=random.below(3) {
        define(random, &mut sketch, &mut drawer, i);
    }
    for i in 0..criteria {
        let drawn = |random: &mut Random| criterion(random, &drawer, scoped, i);
        add(random, &mut sketch, drawn);
    }
    for word in ["assume", "hypothesis"] {
        if random.once_in(2) {
            let drawn = |random: &mut Random| Node::bare(format!("{word} {word}d: @"), vec![drawer.test(random, 2)]);
            add(random, &mut sketch, drawn);
        }
    }
    sketch
}

fn add(random: &mut Random, sketch: &mut Sketch, drawn: impl Fn(&mut Random) -> Node) {
    let size = |sketch: &Sketch| sketch.protocol().map_or(0, |protocol| Target::DuckDb.emit(&protocol, &Samples::default()).text.len());
    let before = size(sketch);
    if let Some(more) = (0..TRIES).filter_map(|_| sketch.with(&drawn(random))).find(|more| size(more) < before + MOST_SQL) {
        *sketch = more;
    }
}

fn header(random: &mut Random, scoped: bool) -> Node {
    let version = random.once_in(2).then(|| Node::bare("\n  version \"1.2\"", vec![]));
    let design = scoped.then(|| Node::bare("\n  allocation randomized\n  model parallel", vec![]));
    Node::bare("trial GENERATED@@", vec![Node::optional(version), Node::optional(design)])
}

fn events(random: &mut Random) -> Kind {
    let start = random.below(9);
    let mut attributes: Vec<(String, Kind)> = (0..2 + random.below(3)).map(|i| (format!("a{i}"), Kind::nth(start + i, random))).collect();
    if random.once_in(2) {
        attributes.push(("end".into(), Kind::Date));
    }
    Kind::Events(attributes)
}

fn fact(random: &mut Random, sketch: &mut Sketch, drawer: &mut Drawer, name: String, kind: &Kind) {
    let when = |random: &mut Random| random.once_in(6).then(|| Node::bare(" when @", vec![drawer.test(random, 1)]));
    let drawn = |random: &mut Random| Node::bare(format!("fact {name}: @@"), vec![kind.declared(random), Node::optional(when(random))]);
    let more = (0..TRIES).find_map(|_| sketch.with(&drawn(random))).expect("facts compile");
    *sketch = more;
    drawer.know(&name, kind.clone());
}

fn define(random: &mut Random, sketch: &mut Sketch, drawer: &mut Drawer, i: usize) {
    let name = format!("d{i}");
    for _ in 0..TRIES {
        let (kind, body) = match random.below(4) {
            0 | 3 => (Kind::Boolean, drawer.test(random, 2)),
            1 => (Kind::Date, drawer.date(random, 1)),
            _ => {
                let class = drawer.class(random);
                (Kind::Number(class), drawer.number(random, class, 2))
            }
        };
        if let Some(more) = sketch.with(&Node::bare(format!("define {name}: @"), vec![body])) {
            *sketch = more;
            drawer.know(&name, kind);
            return;
        }
    }
}

fn criterion(random: &mut Random, drawer: &Drawer, scoped: bool, i: usize) -> Node {
    let word = *random.choose(&["include", "exclude"]);
    let arm = (scoped && random.once_in(3)).then(|| Node::bare(format!(" for {}", random.choose(&["left", "right"])), vec![]));
    if random.once_in(16) {
        return Node::bare(format!("{word} c{i}@: \"c{i}\" attested by subject"), vec![Node::optional(arm)]);
    }
    let unless = random.once_in(5).then(|| Node::bare(" unless @", vec![drawer.test(random, 1)]));
    let reading = random.once_in(8).then(|| Node::bare(format!("\n  reading r{i}: \"r{i}\" @"), vec![drawer.test(random, 1)]));
    let depth = random.below(4);
    let test = drawer.test(random, depth);
    Node::bare(format!("{word} c{i}@: \"c{i}\" @@@"), vec![Node::optional(arm), test, Node::optional(unless), Node::optional(reading)])
}
