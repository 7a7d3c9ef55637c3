//! Tree to names: what is declared, what is used, what is not there.
//!
//! In: an [`Ast`]. Out: [`Names`], tables from a name to the declaration that
//! it means, and the findings on names. A name that stands opposite an
//! enumeration may be a member of it; which one is decided by type, so here a
//! name is unknown only if it is neither an operand nor anybody's member.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::span::Span;
use crate::syntax::ast::{
    Ast, Criterion, Expr, ExprKind, Has, Item, MemberList, Name, Reading, Rule, RuleBody, Type, TypeKind, Window,
    WindowKind,
};

/// What an operand's name means: the index of its declaration in [`Ast::items`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// A fact.
    Fact(usize),
    /// An anchor.
    Anchor(usize),
    /// A definition.
    Define(usize),
    /// A list of values: no operand, but in the same space of names.
    Values(usize),
    /// An attested criterion.
    Attested(usize),
    /// An attested reading of a criterion: the criterion and the reading.
    AttestedReading(usize, usize),
}

/// The tables.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Facts, anchors, definitions, values, attested criteria.
    pub operands: HashMap<String, Operand>,
    /// Arms, by index of the declaration.
    pub arms: HashMap<String, usize>,
    /// Interventions, by index of the declaration.
    pub interventions: HashMap<String, usize>,
    /// Every member of every type.
    pub members: HashSet<String>,
    /// Where each operand is used.
    pub uses: HashMap<String, Vec<Span>>,
    /// Operands that are part of a cycle; nothing is concluded from them.
    pub cyclic: HashSet<String>,
    /// Where each operand is declared.
    pub declared: HashMap<String, Span>,
}

impl Names {
    /// What to say of a name that means nothing.
    pub fn unknown(&self, name: &Name) -> Diagnostic {
        let candidates = self.operands.keys().map(String::as_str).chain(self.members.iter().map(String::as_str));
        let help = match name.text.as_str() {
            "true" | "false" => "a test stands alone: write `a`, or `not a`".to_string(),
            "null" | "unknown" | "known" | "missing" => {
                "nothing asks whether a fact is known: an unknown fact leaves its test unknown".to_string()
            }
            "today" | "now" => "there is no clock: declare an anchor, such as `anchor registration: \"…\"`".to_string(),
            text => match did_you_mean(text, candidates) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it: `fact {text}: boolean`, `anchor {text}: \"…\"` or `define {text}: …`"),
            },
        };
        Code::UnknownName.at(name.span, format!("`{}` means nothing here", name.text)).label("not declared").help(help)
    }
}


/// Builds the tables.
pub fn resolve(ast: &Ast) -> (Names, Vec<Diagnostic>) {
    let mut resolver = Resolver { ast, names: Names::default(), diagnostics: Vec::new() };
    resolver.declare();
    resolver.use_all();
    resolver.find_cycles();
    resolver.report_unused();
    (resolver.names, resolver.diagnostics)
}

struct Resolver<'a> {
    ast: &'a Ast,
    names: Names,
    diagnostics: Vec<Diagnostic>,
}

/// A space of names: exact spellings, and spellings regardless of case.
#[derive(Default)]
struct Space(HashMap<String, (String, Span)>);

impl Space {
    /// Takes a name; reports one that is taken, or differs from one only by case.
    fn take(&mut self, name: &Name, what: &str, diagnostics: &mut Vec<Diagnostic>) -> bool {
        if name.text.is_empty() {
            return false;
        }
        let Some((first, at)) = self.0.get(&name.text.to_lowercase()) else {
            self.0.insert(name.text.to_lowercase(), (name.text.clone(), name.span));
            return true;
        };
        diagnostics.push(if *first == name.text {
            Code::DuplicateName
                .at(name.span, format!("{what} `{first}` is declared twice"))
                .label("declared again")
                .related(*at, "first declared here")
                .help("rename one of the two")
        } else {
            Code::CaseOnly
                .at(name.span, format!("`{}` differs from `{first}` only by case", name.text))
                .label("too alike")
                .related(*at, "the other one")
                .help("choose names that differ in their letters")
        });
        false
    }
}

impl<'a> Resolver<'a> {
    fn declare(&mut self) {
        let mut operands = Space::default();
        let mut criteria = Space::default();
        let mut arms = Space::default();
        let mut interventions = Space::default();
        let mut trial: Option<Span> = None;
        for (i, item) in self.ast.items.iter().enumerate() {
            match item {
                Item::Trial(declared) => {
                    let here = Span { start: declared.span.start, end: declared.span.start + 5 };
                    if let Some(first) = trial {
                        self.diagnostics.push(
                            Code::SecondTrial
                                .at(here, "a file holds one trial")
                                .label("a second header")
                                .related(first, "the first"),
                        );
                    }
                    trial = trial.or(Some(here));
                }
                Item::Anchor(declared) => self.operand(&mut operands, &declared.name, Operand::Anchor(i)),
                Item::Fact(declared) => {
                    self.operand(&mut operands, &declared.name, Operand::Fact(i));
                    declared.ty.iter().for_each(|ty| self.type_members(ty));
                }
                Item::Values(declared) => {
                    self.operand(&mut operands, &declared.name, Operand::Values(i));
                    self.member_list(&declared.members);
                }
                Item::Define(declared) => {
                    self.operand(&mut operands, &declared.name, Operand::Define(i));
                    self.readings(&declared.readings);
                }
                Item::Assume(declared) | Item::Hypothesis(declared) => {
                    criteria.take(&declared.name, "the statement", &mut self.diagnostics);
                }
                Item::Criterion(declared) => {
                    criteria.take(&declared.name, "the criterion", &mut self.diagnostics);
                    if matches!(declared.rule.body, RuleBody::Attested(_)) {
                        self.operand(&mut operands, &declared.name, Operand::Attested(i));
                    }
                    self.readings(&declared.readings);
                    for (j, reading) in declared.readings.iter().enumerate() {
                        if matches!(reading.rule.body, RuleBody::Attested(_)) {
                            self.operand(&mut operands, &reading.name, Operand::AttestedReading(i, j));
                        }
                    }
                }
                Item::Intervention(declared) => {
                    if interventions.take(&declared.name, "the intervention", &mut self.diagnostics) {
                        self.names.interventions.insert(declared.name.text.clone(), i);
                    }
                }
                Item::Arm(declared) => {
                    if arms.take(&declared.name, "the arm", &mut self.diagnostics) {
                        self.names.arms.insert(declared.name.text.clone(), i);
                    }
                }
            }
        }
        if trial.is_none() && !self.ast.items.is_empty() {
            self.diagnostics.push(
                Code::MissingTrial
                    .at(Span::new(0, 0), "the file has no `trial`")
                    .label("expected here")
                    .help("open it with `trial` and the registry's identifier, such as `trial NCT05106972`"),
            );
        }
    }

    fn operand(&mut self, space: &mut Space, name: &Name, operand: Operand) {
        if space.take(name, "the name", &mut self.diagnostics) {
            self.names.operands.insert(name.text.clone(), operand);
            self.names.declared.insert(name.text.clone(), name.span);
        }
    }

    fn readings(&mut self, readings: &[Reading]) {
        let mut space = Space::default();
        for reading in readings {
            space.take(&reading.name, "the reading", &mut self.diagnostics);
        }
    }

    fn member_list(&mut self, members: &[Name]) {
        let mut space: HashMap<String, Span> = HashMap::new();
        for member in members {
            if let Some(first) = space.insert(member.text.to_lowercase(), member.span) {
                self.diagnostics.push(
                    Code::DuplicateMember
                        .at(member.span, format!("the member `{}` stands twice", member.text))
                        .label("again")
                        .related(first, "first here"),
                );
            }
            self.names.members.insert(member.text.clone());
        }
    }

    fn type_members(&mut self, ty: &'a Type) {
        match &ty.kind {
            TypeKind::OneOf(list) | TypeKind::SetOf(list) | TypeKind::Scale(list) => {
                if let MemberList::Members(members, _) = list {
                    self.member_list(members);
                }
            }
            TypeKind::Events(attributes) => {
                let mut space = Space::default();
                for attribute in attributes {
                    if attribute.name.text == "date" {
                        self.diagnostics.push(
                            Code::DuplicateName
                                .at(attribute.name.span, "every event has a `date` of its own")
                                .label("declared again")
                                .help("leave it out; `end: date` is the one to add where an event lasts"),
                        );
                    }
                    space.take(&attribute.name, "the attribute", &mut self.diagnostics);
                    attribute.ty.iter().for_each(|ty| self.type_members(ty));
                }
            }
            TypeKind::Boolean
            | TypeKind::Attested(_)
            | TypeKind::Integer(_)
            | TypeKind::Number(_)
            | TypeKind::Quantity(..)
            | TypeKind::Lab(_)
            | TypeKind::Date => {}
        }
    }

    // ------------------------------------------------------------ uses

    fn use_all(&mut self) {
        for item in &self.ast.items {
            match item {
                Item::Fact(fact) => {
                    fact.ty.iter().for_each(|ty| self.use_type(ty));
                    fact.when.iter().for_each(|when| self.use_expr(when, false));
                }
                Item::Define(define) => {
                    self.use_expr(&define.body, false);
                    define.readings.iter().for_each(|reading| self.use_rule(&reading.rule));
                }
                Item::Assume(statement) | Item::Hypothesis(statement) => self.use_expr(&statement.body, false),
                Item::Criterion(criterion) => self.use_criterion(criterion),
                Item::Arm(arm) => {
                    for give in &arm.gives {
                        self.known(&give.intervention, Code::UnknownIntervention, "intervention", |names| &names.interventions);
                    }
                }
                Item::Trial(_) | Item::Anchor(_) | Item::Values(_) | Item::Intervention(_) => {}
            }
        }
    }

    fn use_criterion(&mut self, criterion: &'a Criterion) {
        for arm in &criterion.arms {
            self.known(arm, Code::UnknownArm, "arm", |names| &names.arms);
        }
        self.use_rule(&criterion.rule);
        criterion.readings.iter().for_each(|reading| self.use_rule(&reading.rule));
    }

    fn known(&mut self, name: &Name, code: Code, what: &str, table: fn(&Names) -> &HashMap<String, usize>) {
        let table = table(&self.names);
        if name.text.is_empty() || table.contains_key(&name.text) {
            return;
        }
        let near = did_you_mean(&name.text, table.keys().map(String::as_str));
        let mut diagnostic = code.at(name.span, format!("no {what} is named `{}`", name.text)).label("not declared");
        if let Some(near) = near {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        self.diagnostics.push(diagnostic);
    }

    fn use_rule(&mut self, rule: &'a Rule) {
        if let RuleBody::Expr(body) = &rule.body {
            self.use_expr(body, false);
        }
        rule.unless.iter().for_each(|unless| self.use_expr(unless, false));
    }

    fn use_type(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::OneOf(list) | TypeKind::SetOf(list) | TypeKind::Scale(list) => self.use_list(list),
            TypeKind::Events(attributes) => {
                attributes.iter().filter_map(|attribute| attribute.ty.as_ref()).for_each(|ty| self.use_type(ty));
            }
            TypeKind::Boolean
            | TypeKind::Attested(_)
            | TypeKind::Integer(_)
            | TypeKind::Number(_)
            | TypeKind::Quantity(..)
            | TypeKind::Lab(_)
            | TypeKind::Date => {}
        }
    }

    /// The name of a `values`; members are checked against the type they stand opposite of.
    fn use_list(&mut self, list: &MemberList) {
        let MemberList::Values(name) = list else { return };
        match self.names.operands.get(&name.text) {
            Some(Operand::Values(_)) => self.names.uses.entry(name.text.clone()).or_default().push(name.span),
            _ => {
                let lists = self.names.operands.iter().filter(|(_, operand)| matches!(operand, Operand::Values(_)));
                let near = did_you_mean(&name.text, lists.map(|(name, _)| name.as_str()));
                let help = near.map_or_else(
                    || format!("write the members out, `{{ {} }}`, or declare `values {}: {{ … }}`", name.text, name.text),
                    |near| format!("did you mean `{near}`?"),
                );
                self.diagnostics.push(
                    Code::UnknownValues
                        .at(name.span, format!("no `values` is named `{}`", name.text))
                        .label("not a list of values")
                        .help(help),
                );
            }
        }
    }

    fn use_expr(&mut self, expr: &'a Expr, in_where: bool) {
        match &expr.kind {
            ExprKind::If(cases, otherwise) => {
                for (condition, value) in cases {
                    self.use_expr(condition, in_where);
                    self.use_expr(value, in_where);
                }
                otherwise.iter().for_each(|expr| self.use_expr(expr, in_where));
            }
            ExprKind::Chain(_, operands) | ExprKind::SomeOf(_, _, operands) => {
                operands.iter().for_each(|expr| self.use_expr(expr, in_where));
            }
            ExprKind::Not(inner) | ExprKind::Group(inner) | ExprKind::Count(inner) | ExprKind::Pick(_, inner, _) => {
                self.use_expr(inner, in_where);
            }
            // What a bare name means opposite a value is a question of type: `check` reports it.
            ExprKind::Compare(left, _, right) => {
                for expr in [left, right] {
                    self.use_operand(expr, in_where);
                }
            }
            ExprKind::InRange(value, low, high) => {
                for expr in [value, low, high] {
                    self.use_operand(expr, in_where);
                }
            }
            ExprKind::InMembers(value, list) => {
                self.use_expr(value, in_where);
                self.use_list(list);
            }
            ExprKind::Has(set, has) => {
                self.use_expr(set, in_where);
                match has {
                    Has::Member(_) | Has::Any => {}
                    Has::AnyOf(list) | Has::AnyExcept(list) | Has::AllOf(list) => self.use_list(list),
                }
            }
            ExprKind::Window(subject, window) => {
                self.use_expr(subject, in_where);
                self.use_window(window, in_where);
            }
            ExprKind::Sum(terms) | ExprKind::Product(terms) => {
                terms.iter().for_each(|(_, expr)| self.use_expr(expr, in_where));
            }
            ExprKind::Elapsed(_, from, to) => {
                self.use_expr(from, in_where);
                self.use_expr(to, in_where);
            }
            ExprKind::Where(events, condition) => {
                self.use_name(events, in_where);
                self.use_expr(condition, true);
            }
            ExprKind::Value(name, _) => self.use_name(name, in_where),
            ExprKind::Date(_) | ExprKind::Quantity(_) | ExprKind::Missing => {}
        }
    }

    /// A side of a comparison.
    fn use_operand(&mut self, expr: &'a Expr, in_where: bool) {
        match &expr.kind {
            ExprKind::Value(name, None) if !self.names.operands.contains_key(&name.text) => {}
            _ => self.use_expr(expr, in_where),
        }
    }

    fn use_window(&mut self, window: &'a Window, in_where: bool) {
        match &window.kind {
            WindowKind::Ever => {}
            WindowKind::Reach(_, _, _, anchor) | WindowKind::Order(_, anchor) => self.use_expr(anchor, in_where),
        }
    }

    fn use_name(&mut self, name: &Name, in_where: bool) {
        if name.text.is_empty() {
            return;
        }
        if self.names.operands.contains_key(&name.text) {
            self.names.uses.entry(name.text.clone()).or_default().push(name.span);
            return;
        }
        // Within `where` a name may be an attribute of the events asked; `check` knows which those are.
        if !in_where && !self.names.members.contains(&name.text) {
            self.diagnostics.push(self.names.unknown(name));
        }
    }

    // ------------------------------------------------------------ cycles

    /// Definitions and conditional facts must not lead back to themselves.
    fn find_cycles(&mut self) {
        let members = member_table(self.ast);
        // Which operands each one reads, with the place.
        let mut reads: BTreeMap<&str, Vec<(String, Span)>> = BTreeMap::new();
        for item in &self.ast.items {
            let (name, exprs): (&str, Vec<&Expr>) = match item {
                Item::Define(define) => {
                    let readings = define.readings.iter().filter_map(|reading| match &reading.rule.body {
                        RuleBody::Expr(body) => Some(body),
                        RuleBody::Attested(_) => None,
                    });
                    (&define.name.text, std::iter::once(&define.body).chain(readings).collect())
                }
                Item::Fact(fact) => (&fact.name.text, fact.when.iter().collect()),
                _ => continue,
            };
            // A second declaration of the name is another thing, which nothing leads back to.
            let span = match item {
                Item::Define(define) => define.name.span,
                Item::Fact(fact) => fact.name.span,
                _ => continue,
            };
            if self.names.declared.get(name) != Some(&span) {
                continue;
            }
            let mut found = Vec::new();
            exprs.iter().for_each(|expr| operand_names(expr, &members, &mut |name| found.push((name.text.clone(), name.span))));
            found.retain(|(name, _)| self.names.operands.contains_key(name));
            reads.insert(name, found);
        }
        // A depth-first search with its own stack: chains may be long.
        let mut state: HashMap<&str, bool> = HashMap::new();
        let starts: Vec<&str> = reads.keys().copied().collect();
        for start in starts {
            if state.contains_key(start) {
                continue;
            }
            let mut path: Vec<(&str, usize)> = vec![(start, 0)];
            state.insert(start, true);
            while let Some((name, next)) = path.last_mut() {
                let edge = reads.get(name).and_then(|edges| edges.get(*next));
                *next += 1;
                let Some((target, at)) = edge else {
                    let (name, _) = path.pop().unwrap_or((start, 0));
                    state.insert(name, false);
                    continue;
                };
                match state.get(target.as_str()) {
                    None => {
                        state.insert(target, true);
                        path.push((target, 0));
                    }
                    Some(true) => {
                        let from = path.iter().position(|(name, _)| name == target).unwrap_or(0);
                        let cycle: Vec<&str> = path[from..].iter().map(|(name, _)| *name).collect();
                        self.report_cycle(&cycle, *at);
                    }
                    Some(false) => {}
                }
            }
        }
    }

    fn report_cycle(&mut self, cycle: &[&str], at: Span) {
        let facts = cycle.iter().any(|name| matches!(self.names.operands.get(*name), Some(Operand::Fact(_))));
        let shown: Vec<String> = cycle.iter().chain(cycle.first()).map(|name| format!("`{name}`")).collect();
        let (code, what) =
            if facts { (Code::WhenCycle, "a fact's `when` leads back to it") } else { (Code::DefineCycle, "a definition leads back to itself") };
        let first = cycle.first().and_then(|name| self.names.declared.get(*name)).copied().unwrap_or(at);
        self.diagnostics.push(
            code.at(at, format!("{what}: {}", shown.join(" → ")))
                .label("leads back")
                .related(first, "starts here")
                .help("break the circle: one of them must be stated without the others"),
        );
        self.names.cyclic.extend(cycle.iter().map(|name| (*name).to_string()));
    }

    fn report_unused(&mut self) {
        for item in &self.ast.items {
            let collected = "use it in a criterion, or delete it: sites would collect it for nothing";
            let (name, code, what, help) = match item {
                Item::Fact(fact) => (&fact.name, Code::UnusedFact, "fact", collected),
                Item::Define(define) => (&define.name, Code::UnusedDefine, "definition", "use it, or delete it"),
                Item::Anchor(anchor) => (&anchor.name, Code::UnusedAnchor, "anchor", collected),
                Item::Values(values) => (&values.name, Code::UnusedValues, "list of values", "use it in a type or after `in`, or delete it"),
                Item::Trial(_)
                | Item::Assume(_)
                | Item::Hypothesis(_)
                | Item::Criterion(_)
                | Item::Intervention(_)
                | Item::Arm(_) => continue,
            };
            if name.text.is_empty() || self.names.uses.contains_key(&name.text) || self.names.declared.get(&name.text) != Some(&name.span) {
                continue;
            }
            self.diagnostics.push(
                code.at(name.span, format!("the {what} `{}` is used nowhere", name.text))
                    .label("never used")
                    .help(help),
            );
        }
    }
}

/// The members that each enumerated fact writes out or takes from a `values`.
type MemberTable<'a> = HashMap<&'a str, HashSet<&'a str>>;

fn member_table(ast: &Ast) -> MemberTable<'_> {
    let lists: HashMap<&str, &[Name]> = ast
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Values(values) => Some((values.name.text.as_str(), values.members.as_slice())),
            _ => None,
        })
        .collect();
    let mut table = HashMap::new();
    for item in &ast.items {
        let Item::Fact(fact) = item else { continue };
        let Some(TypeKind::OneOf(list) | TypeKind::Scale(list)) = fact.ty.as_ref().map(|ty| &ty.kind) else { continue };
        let members = match list {
            MemberList::Members(members, _) => members.as_slice(),
            MemberList::Values(name) => lists.get(name.text.as_str()).copied().unwrap_or_default(),
            MemberList::Missing => &[],
        };
        table.insert(fact.name.text.as_str(), members.iter().map(|name| name.text.as_str()).collect());
    }
    table
}

fn is_member(members: &MemberTable<'_>, fact: &Name, member: &Name) -> bool {
    members.get(fact.text.as_str()).is_some_and(|members| members.contains(member.text.as_str()))
}

/// Calls `visit` with every name that could be an operand.
///
/// Opposite an enumerated fact a bare name is a member of it, whatever else it names.
fn operand_names<'a>(expr: &'a Expr, members: &MemberTable<'a>, visit: &mut dyn FnMut(&'a Name)) {
    match &expr.kind {
        ExprKind::If(cases, otherwise) => {
            for (condition, value) in cases {
                operand_names(condition, members, visit);
                operand_names(value, members, visit);
            }
            otherwise.iter().for_each(|expr| operand_names(expr, members, visit));
        }
        ExprKind::Chain(_, operands) | ExprKind::SomeOf(_, _, operands) => {
            operands.iter().for_each(|expr| operand_names(expr, members, visit));
        }
        ExprKind::Not(inner) | ExprKind::Group(inner) | ExprKind::Count(inner) | ExprKind::Pick(_, inner, _) => {
            operand_names(inner, members, visit);
        }
        ExprKind::Compare(left, _, right) => match (&left.kind, &right.kind) {
            (ExprKind::Value(fact, None), ExprKind::Value(member, None)) if is_member(members, fact, member) => visit(fact),
            (ExprKind::Value(member, None), ExprKind::Value(fact, None)) if is_member(members, fact, member) => visit(fact),
            _ => {
                operand_names(left, members, visit);
                operand_names(right, members, visit);
            }
        },
        ExprKind::Elapsed(_, left, right) => {
            operand_names(left, members, visit);
            operand_names(right, members, visit);
        }
        ExprKind::InRange(value, low, high) => {
            for expr in [value, low, high] {
                operand_names(expr, members, visit);
            }
        }
        ExprKind::InMembers(inner, _) | ExprKind::Has(inner, _) => operand_names(inner, members, visit),
        ExprKind::Window(subject, window) => {
            operand_names(subject, members, visit);
            match &window.kind {
                WindowKind::Ever => {}
                WindowKind::Reach(_, _, _, anchor) | WindowKind::Order(_, anchor) => operand_names(anchor, members, visit),
            }
        }
        ExprKind::Sum(terms) | ExprKind::Product(terms) => {
            terms.iter().for_each(|(_, expr)| operand_names(expr, members, visit));
        }
        ExprKind::Where(events, condition) => {
            visit(events);
            operand_names(condition, members, visit);
        }
        ExprKind::Value(name, _) => visit(name),
        ExprKind::Date(_) | ExprKind::Quantity(_) | ExprKind::Missing => {}
    }
}
