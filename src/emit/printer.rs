//! What a protocol asks, as functions that call a checker's runtime.
//!
//! Every checker has the same functions (`every`, `compare`, `select`, …) and
//! one function of its own for each definition, condition of a fact, criterion
//! and assumption. Here stands what they call; a [`Language`] says how it is
//! spelled.

use super::writer::{Writer, comment_lines};
use crate::calendar::Relation;
use crate::number::Number;
use crate::protocol::{
    About, Bound, Comparison, Criterion, CriterionKind, DateExpr, Define, DefineBody, FactId, HowMany, MemberExpr, Members, Num, Part,
    Pick, Place, Protocol, Selection, SetExpr, SetTest, Term, Test, Type, Which,
};

/// How deep an expression nests before a part of it gets a name: Python reads no more than 200 brackets.
const MAX_DEPTH: usize = 24;

/// What a function returns.
#[derive(Clone, Copy)]
pub(super) enum Returns {
    Truth,
    Number,
    Date,
}

/// A choice of events, in pieces that are spelled.
pub(super) struct SpelledPick<'a> {
    pub which: &'static str,
    pub selection: String,
    pub attribute: String,
    /// The fact and the attribute.
    pub owner: Vec<&'a str>,
    /// The members of the attribute's type, in order; none, where it has none.
    pub members: Members,
    pub bound: Option<Bound>,
}

/// How a language spells the calls. Names of functions come in `snake_case`.
pub(super) trait Language {
    /// What a line of comment starts with.
    const COMMENT: &'static str;
    /// The empty lines between functions.
    const BETWEEN: &'static str = "\n";
    /// What stands for no value.
    const ABSENT: &'static str;

    fn quoted(text: &str) -> String;
    fn number(number: &Number) -> String;
    /// The value of a fact of the subject `s`.
    fn fact(name: &str) -> String;
    /// The value of an attribute of the event `e`.
    fn attribute(name: &str) -> String;
    /// The `date` or the `end` of the event `e`.
    fn of_event(part: &str) -> String {
        format!("e.{part}")
    }
    /// A date that is known.
    fn day(day: i32) -> String;
    fn sign(sign: Comparison) -> String;
    fn relation(relation: Relation) -> String;
    /// A statement that names a value.
    fn binding(name: &str, value: &str) -> String;
    /// A function of an event `e`, and what stands before its use where it needs statements and so a name.
    fn condition(name: &str, statements: &[String], result: &str) -> (Vec<String>, String);
    fn pick(pick: &SpelledPick<'_>) -> String;
    /// A part of a laboratory value: `value`, `upper`, `lower` or `date`.
    fn part(place: &str, part: &str) -> String;
    /// A whole function of the subject `s`.
    fn function(name: &str, returns: Returns, statements: &[String], result: &str, out: &mut Writer);

    /// A member of a type: that of a fact, or of a fact's attribute.
    fn member(_owner: &[&str], name: &str) -> String {
        Self::quoted(name)
    }
    /// A row of a table.
    fn row(cells: &[String]) -> String {
        format!("({})", cells.join(", "))
    }
    /// The arms that a criterion is for.
    fn arms(names: &[String]) -> String {
        format!("[{}]", names.join(", "))
    }
    /// A line of protocol text, as it may stand in a comment.
    fn comment_line(line: &str) -> String {
        line.to_string()
    }
    fn call(function: &str, arguments: &[String]) -> String {
        format!("{function}({})", arguments.join(", "))
    }
    /// A word of the runtime, such as a kind of count.
    fn word(_kind: &str, word: &str) -> String {
        Self::quoted(word)
    }
    /// A list that stands as the last argument.
    fn rest(items: Vec<String>) -> Vec<String> {
        items
    }
    /// A list of signed numbers that stands as the last argument.
    fn terms(terms: Vec<(bool, String)>) -> Vec<String> {
        terms.into_iter().map(|(inverse, num)| Self::row(&[if inverse { "-1" } else { "1" }.into(), num])).collect()
    }
    /// A value, as a function takes it.
    fn value(value: String) -> String {
        value
    }
    /// A boolean as a test; whether it `applies` to every subject.
    fn truth(place: String, _applies: bool) -> String {
        Self::call("is_true", &[Self::value(place)])
    }
    /// A value that an attribute is read from.
    fn copy(place: String) -> String {
        place
    }
    /// A value of the record as a number that may be a range.
    fn as_number(value: String) -> String {
        value
    }
    /// A number of the protocol, as a number that may be a range.
    fn literal(number: &Number) -> String {
        Self::number(number)
    }
    /// The position of a member.
    fn rank(value: String, members: &Members) -> String {
        let names = members.iter().map(|name| Self::quoted(name));
        Self::call("rank", &[vec![value], Self::rest(names.collect())].concat())
    }
    fn convert(value: String, factor: &Number, shift: &Number) -> String {
        Self::call("convert", &[value, Self::number(factor), Self::number(shift)])
    }
    fn select(events: String, condition: Option<String>, window: Option<(String, String)>) -> String {
        let mut arguments = vec![events];
        if condition.is_some() || window.is_some() {
            arguments.push(condition.unwrap_or_else(|| Self::ABSENT.into()));
        }
        arguments.extend(window.into_iter().flat_map(|(relation, anchor)| [relation, anchor]));
        Self::call("select", &arguments)
    }
}

/// A text as comments.
pub(super) fn comment<L: Language>(text: &str, indent: &str, out: &mut Writer) {
    for line in comment_lines(text, 96 - indent.len()) {
        out.line(format!("{}{indent} {}", L::COMMENT, L::comment_line(&line)).trim_end());
    }
}

/// The first lines: which protocol it is, and what its title says.
pub(super) fn title<L: Language>(protocol: &Protocol, out: &mut Writer) {
    let version = protocol.header.version.as_ref().map_or(String::new(), |version| format!(", version {version}"));
    comment::<L>(&format!("Eligibility checker for {}{version}.", protocol.header.id), "", out);
    protocol.header.title.iter().for_each(|title| comment::<L>(title, "", out));
    out.line(L::COMMENT);
}

/// What every report opens with, as key and value.
pub(super) fn header(protocol: &Protocol) -> Vec<(&'static str, &str)> {
    let version = protocol.header.version.as_deref().map(|version| ("version", version));
    std::iter::once(("protocol", protocol.header.id.as_str())).chain(version).collect()
}

/// One function for each definition, condition of a fact, criterion and assumption.
pub(super) fn functions<L: Language>(protocol: &Protocol, out: &mut Writer) {
    protocol.defines.iter().for_each(|define| self::define::<L>(protocol, define, out));
    for id in &protocol.conditional {
        let fact = &protocol.facts[*id];
        let Some(when) = &fact.when else { continue };
        let about = About { text: Some(format!("Whether `{}` applies.", fact.about.name)), ..About::default() };
        let name = format!("when_{}", fact.about.name);
        function::<L>(protocol, &name, Returns::Truth, &about, "", out, |printer| printer.test(when));
    }
    for criterion in &protocol.criteria {
        let name = format!("{}_{}", criterion.kind.word(), criterion.about.name);
        function::<L>(protocol, &name, Returns::Truth, &criterion.about, &criterion.rule.written, out, |printer| {
            let test = printer.test(&criterion.rule.test);
            let lets_in = match criterion.kind {
                CriterionKind::Include => test,
                CriterionKind::Exclude => L::call("negate", &[test]),
            };
            match &criterion.rule.unless {
                Some(unless) => L::call("either", &L::rest(vec![lets_in, printer.test(unless)])),
                None => lets_in,
            }
        });
    }
    for assumption in &protocol.assumptions {
        let name = format!("assume_{}", assumption.about.name);
        let print = |printer: &mut Printer<'_, L>| printer.test(&assumption.test);
        function::<L>(protocol, &name, Returns::Truth, &assumption.about, &assumption.written, out, print);
    }
}

fn define<L: Language>(protocol: &Protocol, define: &Define, out: &mut Writer) {
    let name = format!("define_{}", define.about.name);
    let mut function = |returns, print: &dyn Fn(&mut Printer<'_, L>) -> String| {
        function::<L>(protocol, &name, returns, &define.about, &define.written, out, print);
    };
    match &define.body {
        DefineBody::Test(test) => function(Returns::Truth, &|printer| printer.test(test)),
        DefineBody::Number(num, _) => function(Returns::Number, &|printer| printer.num(num)),
        DefineBody::Date(date) => function(Returns::Date, &|printer| L::copy(printer.date(date))),
        DefineBody::Inlined => {}
    }
}

fn function<L: Language>(
    protocol: &Protocol,
    name: &str,
    returns: Returns,
    about: &About,
    written: &str,
    out: &mut Writer,
    print: impl FnOnce(&mut Printer<'_, L>) -> String,
) {
    let mut printer = Printer::<L>::new(protocol);
    let result = print(&mut printer);
    out.raw(L::BETWEEN);
    about.text.iter().for_each(|text| comment::<L>(text, "", out));
    if !written.is_empty() {
        comment::<L>(written, "    ", out);
    }
    L::function(name, returns, &printer.statements, &result, out);
}

/// The rows of the tables that name the functions, and of those that name arms and attestations.
pub(super) struct Tables {
    /// Name, function.
    pub whens: Vec<[String; 2]>,
    /// Name, arms or none, function.
    pub criteria: Vec<[String; 3]>,
    /// Name, function.
    pub assumptions: Vec<[String; 2]>,
    pub arms: Vec<String>,
    pub attested: Vec<String>,
}

pub(super) fn tables<L: Language>(protocol: &Protocol) -> Tables {
    let named = |name: &str, prefix: &str| [L::quoted(name), format!("{prefix}_{name}")];
    let arm = |id: usize| L::quoted(&protocol.arms[id].about.name);
    let criterion = |criterion: &Criterion| {
        let arms = criterion.arms.as_ref().map(|arms| arms.iter().map(|id| arm(*id)).collect::<Vec<_>>());
        let name = &criterion.about.name;
        let function = format!("{}_{name}", criterion.kind.word());
        [L::quoted(name), arms.map_or(L::ABSENT.into(), |arms| L::arms(&arms)), function]
    };
    Tables {
        whens: protocol.conditional.iter().map(|id| named(&protocol.facts[*id].about.name, "when")).collect(),
        criteria: protocol.criteria.iter().map(criterion).collect(),
        assumptions: protocol.assumptions.iter().map(|assumption| named(&assumption.about.name, "assume")).collect(),
        arms: if protocol.is_scoped() { (0..protocol.arms.len()).map(arm).collect() } else { Vec::new() },
        attested: protocol.criteria.iter().filter(|c| c.attested).map(|c| L::quoted(&c.about.name)).collect(),
    }
}

/// Rows of several cells, as the language spells them.
pub(super) fn rows<L: Language, const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    rows.iter().map(|row| L::row(row)).collect()
}

/// A table with a row on each line, between the brackets of the language.
pub(super) fn table(out: &mut Writer, head: &str, rows: &[String], [open, close, end]: [&str; 3]) {
    if rows.is_empty() {
        return out.line(&format!("{head} = {open}{close}{end}"));
    }
    out.line(&format!("{head} = {open}"));
    out.indented(|out| rows.iter().for_each(|row| out.line(&format!("{row},"))));
    out.line(&format!("{close}{end}"));
}

/// Items with commas between them.
pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}

/// Prints one function's expression; what nests too deep becomes a statement before it.
pub(super) struct Printer<'a, L: Language> {
    protocol: &'a Protocol,
    statements: Vec<String>,
    depth: usize,
    names: usize,
    event: Option<FactId>,
    language: std::marker::PhantomData<L>,
}

impl<'a, L: Language> Printer<'a, L> {
    fn new(protocol: &'a Protocol) -> Self {
        Self { protocol, statements: Vec::new(), depth: 0, names: 0, event: None, language: std::marker::PhantomData }
    }

    /// One level deeper; past the limit the part gets a name of its own.
    fn nested(&mut self, print: impl FnOnce(&mut Self) -> String) -> String {
        let outer = self.depth;
        self.depth = (outer + 1) % MAX_DEPTH;
        let text = print(self);
        self.depth = outer;
        if outer + 1 < MAX_DEPTH {
            return text;
        }
        self.names += 1;
        let name = format!("part_{}", self.names);
        self.statements.push(L::binding(&name, &text));
        name
    }

    fn tests(&mut self, tests: &[Test]) -> Vec<String> {
        tests.iter().map(|test| self.test(test)).collect()
    }

    fn define(&self, id: usize) -> String {
        L::call(&format!("define_{}", self.protocol.defines[id].about.name), &["s".into()])
    }

    fn test(&mut self, test: &Test) -> String {
        self.nested(|printer| printer.print(test))
    }

    fn print(&mut self, test: &Test) -> String {
        match test {
            Test::Fact(place) => {
                let applies = match place {
                    Place::Fact(id) => self.protocol.facts[*id].when.is_none(),
                    Place::EventDate | Place::EventEnd | Place::Attribute(_) => true,
                };
                L::truth(self.place(*place), applies)
            }
            Test::Define(id) => self.define(*id),
            Test::Pick(pick) => L::call("is_true", &[L::value(self.pick(pick))]),
            Test::Not(inner) => L::call("negate", &[self.test(inner)]),
            Test::And(tests) => L::call("every", &L::rest(self.tests(tests))),
            Test::Or(tests) => L::call("either", &L::rest(self.tests(tests))),
            Test::If(parts) => L::call("choose", &self.tests(&parts[..])),
            Test::SomeOf(how, count, tests) => {
                let how = match how {
                    HowMany::AtLeast => "at-least",
                    HowMany::AtMost => "at-most",
                    HowMany::Exactly => "exactly",
                };
                let arguments = vec![L::word("HowMany", how), count.to_string()];
                L::call("some_of", &[arguments, L::rest(self.tests(tests))].concat())
            }
            Test::Compare(op, left, right) => L::call("compare", &[self.num(left), L::sign(*op), self.num(right)]),
            Test::Member(member, among) => {
                let members = self.protocol.members_of(member, self.event);
                let owner = match member {
                    MemberExpr::Place(place) => self.owner(*place, self.event),
                    MemberExpr::Pick(pick) => self.owner(pick.attribute, Some(pick.selection.events)),
                };
                let value = L::value(self.member(member));
                L::call("is_in", &[vec![value], L::rest(named::<L>(&owner, &members, among))].concat())
            }
            Test::Has(set, question) => {
                let owner = match set {
                    SetExpr::Place(place) => self.owner(*place, self.event),
                    SetExpr::Pick(pick) => self.owner(pick.attribute, Some(pick.selection.events)),
                };
                let (set, members) = self.set(set);
                let (function, wanted) = match question {
                    SetTest::Any => return L::call("has_any", &[L::value(set)]),
                    SetTest::AnyOf(wanted) => ("has_any_of", wanted),
                    SetTest::AnyExcept(wanted) => ("has_any_except", wanted),
                    SetTest::AllOf(wanted) => ("has_all_of", wanted),
                };
                L::call(function, &[vec![L::value(set)], L::rest(named::<L>(&owner, &members, wanted))].concat())
            }
            Test::Date(date, relation, anchor) => {
                let date = L::value(self.date(date));
                L::call("lies", &[date, L::relation(*relation), L::value(self.date(anchor))])
            }
            Test::Some(selection) => L::call("happened", &[self.selection(selection)]),
        }
    }

    fn place(&self, place: Place) -> String {
        match place {
            Place::Fact(id) => L::fact(&self.protocol.facts[id].about.name),
            Place::EventDate => L::of_event("date"),
            Place::EventEnd => L::of_event("end"),
            Place::Attribute(i) => {
                L::attribute(self.protocol.attribute(i, self.event).map(|(name, _)| name.as_str()).unwrap_or_default())
            }
        }
    }

    /// Whose type a place has: a fact, or a fact and its attribute.
    fn owner(&self, place: Place, event: Option<FactId>) -> Vec<&'a str> {
        let protocol = self.protocol;
        let fact = |id: FactId| protocol.facts[id].about.name.as_str();
        match place {
            Place::Fact(id) => vec![fact(id)],
            Place::EventDate | Place::EventEnd => Vec::new(),
            Place::Attribute(i) => {
                event.map(fact).into_iter().chain(protocol.attribute(i, event).map(|(name, _)| name.as_str())).collect()
            }
        }
    }

    fn member(&mut self, member: &MemberExpr) -> String {
        match member {
            MemberExpr::Place(place) => self.place(*place),
            MemberExpr::Pick(pick) => self.pick(pick),
        }
    }

    fn set(&mut self, set: &SetExpr) -> (String, Members) {
        let members = self.protocol.members_of_set(set, self.event);
        let value = match set {
            SetExpr::Place(place) => self.place(*place),
            SetExpr::Pick(pick) => self.pick(pick),
        };
        (value, members)
    }

    fn num(&mut self, num: &Num) -> String {
        self.nested(|printer| match num {
            Num::Literal(literal) => L::literal(literal),
            Num::Place(place) => L::as_number(printer.place(*place)),
            Num::Lab(place, part) => L::as_number(L::part(&printer.place(*place), part.key())),
            Num::Rank(member) => {
                let members = printer.protocol.members_of(member, printer.event);
                L::rank(L::value(printer.member(member)), &members)
            }
            Num::Define(id) => printer.define(*id),
            Num::Sum(terms) => L::call("total", &printer.terms(terms)),
            Num::Product(terms) => L::call("product", &printer.terms(terms)),
            Num::Convert(inner, factor, shift) => L::convert(printer.num(inner), factor, shift),
            Num::Elapsed(unit, dates) => {
                let from = L::value(printer.date(&dates[0]));
                L::call("elapsed", &[L::word("Unit", unit.word()), from, L::value(printer.date(&dates[1]))])
            }
            Num::Count(selection) => L::call("count", &[printer.selection(selection)]),
            Num::Size(set) => L::call("size", &[L::value(printer.set(set).0)]),
            Num::Pick(pick) => L::as_number(printer.pick(pick)),
        })
    }

    fn terms(&mut self, terms: &[Term]) -> Vec<String> {
        L::terms(terms.iter().map(|term| (term.inverse, self.num(&term.num))).collect())
    }

    fn date(&mut self, date: &DateExpr) -> String {
        match date {
            DateExpr::Literal(day) => L::day(*day),
            DateExpr::Place(place) => self.place(*place),
            DateExpr::Lab(place) => L::part(&self.place(*place), "date"),
            DateExpr::Define(id) => self.define(*id),
            DateExpr::Pick(pick) => self.pick(pick),
        }
    }

    /// A condition over an event, as a function of it. It stands within the brackets around it.
    fn condition(&mut self, fact: FactId, condition: &Test) -> String {
        let mut inner = Self { event: Some(fact), names: self.names, depth: self.depth, ..Self::new(self.protocol) };
        let result = inner.test(condition);
        self.names = inner.names + 1;
        let (before, function) = L::condition(&format!("where_{}", self.names), &inner.statements, &result);
        self.statements.extend(before);
        function
    }

    fn selection(&mut self, selection: &Selection) -> String {
        let events = self.place(Place::Fact(selection.events));
        let condition = selection.condition.as_ref().map(|condition| self.condition(selection.events, condition));
        let window = selection.window.as_ref().map(|(relation, anchor)| (L::relation(*relation), self.date(anchor)));
        L::select(events, condition, window)
    }

    fn pick(&mut self, pick: &Pick) -> String {
        let which = match pick.which {
            Which::Latest => "latest",
            Which::Earliest => "earliest",
            Which::Highest => "highest",
            Which::Lowest => "lowest",
        };
        let selection = self.selection(&pick.selection);
        let outer = self.event.replace(pick.selection.events);
        let place = self.place(pick.attribute);
        let is_lab = matches!(self.protocol.type_at(pick.attribute, self.event), Some(Type::Lab(_)));
        let members = self.protocol.members_at(pick.attribute, self.event);
        let owner = self.owner(pick.attribute, self.event);
        self.event = outer;
        let attribute = if is_lab { L::part(&place, Part::Value.key()) } else { L::copy(place) };
        L::pick(&SpelledPick { which, selection, attribute, owner, members, bound: pick.bound.clone() })
    }
}

fn named<L: Language>(owner: &[&str], members: &Members, among: &[u16]) -> Vec<String> {
    among.iter().map(|i| L::member(owner, &members[usize::from(*i)])).collect()
}
