//! Declarations: one function for each rule of the grammar, of the same name.

use pest::iterators::Pair;

use super::ast::{
    Allow, Anchor, Arm, Attribute, CodeRef, Criterion, CriterionKind, Define, Duration, Fact, Field, FieldValue, Give,
    Intervention, Item, MemberList, Name, Reading, Rhythm, Rule, RuleBody, Schedule, Statement, Str, Text, Trial, Type,
    TypeKind, UnitRef, Values,
};
use super::parse::{Parser, R, span};
use crate::diagnostic::{Code, did_you_mean};
use crate::span::Span;

type P<'i> = Pair<'i, R>;

const FIELDS: &[&str] = &[
    "title", "official", "summary", "version", "also", "condition", "sponsor", "status", "purpose", "allocation", "model",
    "masking", "phase", "enrollment", "sex", "ages", "healthy",
];

/// What a declaration is made of, whichever it is.
#[derive(Default)]
struct Parts<'i> {
    name: Option<Name>,
    text: Text,
    /// Everything that is particular to the declaration, in order.
    rest: Vec<P<'i>>,
}

impl Parser<'_> {
    pub(super) fn declaration(&mut self, pair: P<'_>) -> Option<Item> {
        let whole = span(&pair);
        let which = pair.as_rule();
        if which == R::trial {
            return Some(Item::Trial(self.trial(pair)));
        }
        let what = match which {
            R::anchor => "an anchor",
            R::fact => "a fact",
            R::values => "a list of values",
            R::define => "a definition",
            R::assume => "an assumption",
            R::hypothesis => "a hypothesis",
            R::criterion => "a criterion",
            R::intervention => "an intervention",
            R::arm => "an arm",
            _ => return None,
        };
        let Parts { name, text, rest } = self.parts(pair, what);
        let name = name.unwrap_or(Name { text: String::new(), span: whole.after() });
        Some(match which {
            R::anchor => Item::Anchor(Anchor { name, text, span: whole }),
            R::fact => {
                let mut fact = Fact { name, ty: None, when: None, text, span: whole };
                for part in rest {
                    match part.as_rule() {
                        R::type_ => fact.ty = self.type_(part),
                        R::when => fact.when = part.into_inner().last().map(|p| self.expression(p)),
                        _ => self.missing_type(&part),
                    }
                }
                Item::Fact(fact)
            }
            R::values => {
                let members = rest.into_iter().flat_map(|p| self.members(p)).collect();
                Item::Values(Values { name, members, text, span: whole })
            }
            R::define => {
                let (body, readings) = self.body(rest, whole);
                Item::Define(Define { name, text, body, readings, span: whole })
            }
            R::assume | R::hypothesis => {
                let (body, _) = self.body(rest, whole);
                let statement = Statement { name, text, body, span: whole };
                if which == R::assume { Item::Assume(statement) } else { Item::Hypothesis(statement) }
            }
            R::criterion => Item::Criterion(self.criterion(name, text, rest, whole)),
            R::intervention => {
                let mut intervention = Intervention { name, kind: no_name(whole), text, label: None, span: whole };
                for part in rest {
                    match part.as_rule() {
                        R::label => intervention.label = self.label(part, intervention.label.take()),
                        _ => intervention.kind = self.kind(&part, "an intervention", "drug, biological, procedure, dietary_supplement, …"),
                    }
                }
                Item::Intervention(intervention)
            }
            _ => Item::Arm(self.arm(name, text, rest, whole)),
        })
    }

    /// Sorts the children: name, colon, text and skipped runs here, the rest to the caller.
    fn parts<'i>(&mut self, pair: P<'i>, what: &str) -> Parts<'i> {
        let mut parts = Parts::default();
        for part in pair.into_inner() {
            match part.as_rule() {
                R::kw_anchor | R::kw_fact | R::kw_values | R::kw_define | R::kw_assume | R::kw_hypothesis
                | R::kw_intervention | R::kw_arm | R::w_reading => {}
                R::name | R::reserved_name | R::missing_name if parts.name.is_none() => {
                    parts.name = Some(self.declared(&part, what));
                }
                R::missing_colon => self.missing_colon(&part),
                R::text => parts.text = self.text(part),
                R::skipped => self.skipped(&part),
                _ => parts.rest.push(part),
            }
        }
        parts
    }

    fn missing_type(&mut self, part: &P<'_>) {
        self.missing(
            Code::MissingType,
            part,
            "expected a type",
            "boolean, attested by W, one of { … }, set of { … }, scale { … }, integer, number, quantity 'unit', lab 'unit', date, events { … }",
        );
    }

    fn kind(&mut self, part: &P<'_>, of: &str, examples: &str) -> Name {
        if part.as_rule() == R::missing_kind {
            self.missing(Code::MissingKind, part, &format!("expected the kind of {of}"), examples);
        }
        Self::name(part)
    }

    fn label(&mut self, pair: P<'_>, before: Option<Str>) -> Option<Str> {
        if let Some(before) = &before {
            let at = span(&pair);
            self.diagnostics.push(
                Code::DuplicateField.at(at, "this says `label` twice").label("again").related(before.span, "first here"),
            );
        }
        self.only_string(pair)
    }

    fn only_string(&mut self, pair: P<'_>) -> Option<Str> {
        pair.into_inner().find(|p| p.as_rule() == R::string).map(|p| self.string(p))
    }

    // ------------------------------------------------------------ header

    fn trial(&mut self, pair: P<'_>) -> Trial {
        let whole = span(&pair);
        let mut trial = Trial { id: no_name(whole), fields: Vec::new(), allows: Vec::new(), span: whole };
        for part in pair.into_inner() {
            match part.as_rule() {
                R::kw_trial => {}
                R::trial_id => trial.id = Self::name(&part),
                R::missing_name => trial.id = self.declared(&part, "the trial"),
                R::skipped => self.skipped(&part),
                R::allow => trial.allows.extend(self.allow(part)),
                R::unknown_field => self.unknown_field(part),
                _ => trial.fields.extend(self.field(part)),
            }
        }
        trial
    }

    fn unknown_field(&mut self, pair: P<'_>) {
        let Some(word) = pair.into_inner().next() else { return };
        let word = Self::name(&word);
        let known = FIELDS.contains(&word.text.as_str());
        let message = if known {
            format!("expected what `{}` takes", word.text)
        } else {
            format!("the header has no field `{}`", word.text)
        };
        let help = match did_you_mean(&word.text, FIELDS.iter().copied()) {
            _ if known => "title \"…\", title \"…\", sponsor \"…\" industry, status recruiting, phase phase_3, enrollment 30 estimated, ages 20 years .. 60 years".into(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its fields are: {}", FIELDS.join(", ")),
        };
        self.diagnostics.push(Code::UnknownField.at(word.span, message).label(if known { "says nothing readable" } else { "not a field" }).help(help));
    }

    fn field(&mut self, pair: P<'_>) -> Option<Field> {
        let whole = span(&pair);
        let which = pair.as_rule();
        let mut inner = pair.into_inner();
        let word = Self::name(&inner.next()?);
        let value = match which {
            R::text_field => FieldValue::Text(self.string(inner.next()?)),
            R::choice_field => FieldValue::Choice(Self::name(&inner.next()?)),
            R::sponsor_field => FieldValue::Sponsor(self.string(inner.next()?), inner.next().map(|p| Self::name(&p))),
            R::enrollment_field => FieldValue::Enrollment(
                Self::number(&inner.next()?),
                inner.next().map(|p| p.as_rule() == R::w_actual),
            ),
            R::ages_field => FieldValue::Ages(self.quantity(inner.next()?), inner.next().map(|p| self.quantity(p))),
            _ => return None,
        };
        Some(Field { word, value, span: whole })
    }

    // ------------------------------------------------------------ texts

    fn text(&mut self, pair: P<'_>) -> Text {
        let mut text = Text::default();
        for part in pair.into_inner() {
            match part.as_rule() {
                R::string => text.verbatim = Some(self.string(part)),
                R::second_text => {
                    let at = span(&part);
                    self.diagnostics.push(
                        Code::SecondText
                            .at(at, "the verbatim text is one string")
                            .label("a second one")
                            .help("join the two, or mark this one as a remark with `note`"),
                    );
                }
                R::note => text.notes.extend(self.only_string(part)),
                R::code => {
                    let mut inner = part.into_inner().skip(1);
                    if let (Some(system), Some(code)) = (inner.next(), inner.next()) {
                        let code = self.string(code);
                        text.codes.push(CodeRef { system: Self::name(&system), code });
                    }
                }
                R::allow => text.allows.extend(self.allow(part)),
                _ => {}
            }
        }
        text
    }

    fn allow(&mut self, pair: P<'_>) -> Option<Allow> {
        let whole = span(&pair);
        let mut inner = pair.into_inner().skip(1);
        let code = Self::name(&inner.next()?);
        Some(Allow { code, reason: self.string(inner.next()?), span: whole })
    }

    // ------------------------------------------------------------ criteria

    fn criterion(&mut self, name: Name, text: Text, rest: Vec<P<'_>>, whole: Span) -> Criterion {
        let mut criterion = Criterion {
            kind: CriterionKind::Include,
            name,
            arms: Vec::new(),
            text,
            rule: Self::no_rule(whole.after()),
            readings: Vec::new(),
            span: whole,
        };
        for part in rest {
            match part.as_rule() {
                R::kw_exclude => criterion.kind = CriterionKind::Exclude,
                R::scope => {
                    criterion.arms = part.into_inner().filter(|p| p.as_rule() == R::name).map(|p| Self::name(&p)).collect();
                }
                R::rule => criterion.rule = self.rule(part),
                R::reading => criterion.readings.push(self.reading(part)),
                _ => {}
            }
        }
        criterion
    }

    fn rule(&mut self, pair: P<'_>) -> Rule {
        let whole = span(&pair);
        let mut rule = Self::no_rule(whole);
        for part in pair.into_inner() {
            match part.as_rule() {
                R::attested => rule.body = RuleBody::Attested(Self::attested(part)),
                R::exception => rule.unless = part.into_inner().last().map(|p| self.expression(p)),
                _ => rule.body = RuleBody::Expr(self.expression(part)),
            }
        }
        rule
    }

    fn no_rule(at: Span) -> Rule {
        Rule { body: RuleBody::Expr(Self::nothing(at)), unless: None, span: at }
    }

    fn attested(pair: P<'_>) -> Name {
        let whole = span(&pair);
        pair.into_inner().last().map_or_else(|| no_name(whole), |p| Self::name(&p))
    }

    fn reading(&mut self, pair: P<'_>) -> Reading {
        let whole = span(&pair);
        let Parts { name, text, rest } = self.parts(pair, "a reading");
        let name = name.unwrap_or_else(|| no_name(whole));
        let mut reading = Reading { name, text, rule: Self::no_rule(whole.after()), span: whole };
        for part in rest {
            if part.as_rule() == R::rule {
                reading.rule = self.rule(part);
            } else {
                let body = self.expression(part);
                reading.rule = Rule { span: body.span, body: RuleBody::Expr(body), unless: None };
            }
        }
        reading
    }

    fn body(&mut self, rest: Vec<P<'_>>, whole: Span) -> (super::ast::Expr, Vec<Reading>) {
        let mut body = Self::nothing(whole.after());
        let mut readings = Vec::new();
        for part in rest {
            match part.as_rule() {
                R::defined_reading => readings.push(self.reading(part)),
                _ => body = self.expression(part),
            }
        }
        (body, readings)
    }

    // ------------------------------------------------------------ arms

    fn arm(&mut self, name: Name, text: Text, rest: Vec<P<'_>>, whole: Span) -> Arm {
        let mut arm = Arm {
            name,
            kind: no_name(whole),
            text,
            label: None,
            participants: Vec::new(),
            gives: Vec::new(),
            span: whole,
        };
        for part in rest {
            match part.as_rule() {
                R::label => arm.label = self.label(part, arm.label.take()),
                R::participants => arm.participants.extend(part.into_inner().last().map(|p| Self::number(&p))),
                R::give => arm.gives.extend(self.give(part)),
                _ => arm.kind = self.kind(&part, "an arm", "experimental, active_comparator, placebo_comparator, no_intervention, …"),
            }
        }
        arm
    }

    fn give(&mut self, pair: P<'_>) -> Option<Give> {
        let whole = span(&pair);
        let mut give = Give { intervention: no_name(whole), dose: None, route: None, schedule: None, span: whole };
        for part in pair.into_inner() {
            match part.as_rule() {
                R::name => give.intervention = Self::name(&part),
                R::dose => {
                    let mut inner = part.into_inner();
                    let low = self.quantity(inner.next()?);
                    give.dose = Some((low, inner.next().map(|p| self.quantity(p))));
                }
                R::route => give.route = part.into_inner().next().map(|p| Self::name(&p)),
                R::schedule => give.schedule = self.schedule(part),
                _ => {}
            }
        }
        Some(give)
    }

    fn schedule(&mut self, pair: P<'_>) -> Option<Schedule> {
        let whole = span(&pair);
        let mut schedule = Schedule { rhythm: Rhythm::Once, from: None, lasting: None, span: whole };
        for part in pair.into_inner() {
            let which = part.as_rule();
            let mut inner = part.into_inner().filter(|p| !matches!(p.as_rule(), R::w_doses | R::w_apart | R::w_times | R::w_a | R::w_every | R::w_from | R::kw_on | R::kw_for));
            match which {
                R::doses => schedule.rhythm = Rhythm::Doses(Self::number(&inner.next()?), self.duration(inner.next()?)),
                R::times => schedule.rhythm = Rhythm::Times(Self::number(&inner.next()?), Self::unit_word(&inner.next()?)),
                R::every => {
                    let what = inner.next()?;
                    schedule.rhythm = if what.as_rule() == R::unit_word {
                        Rhythm::Every(None, Self::unit_word(&what))
                    } else {
                        let duration = self.duration(what);
                        Rhythm::Every(Some(duration.number), duration.unit?)
                    };
                }
                R::on_days => {
                    let unit = Self::unit_word(&inner.next()?);
                    schedule.rhythm = Rhythm::On(unit, inner.map(|p| Self::number(&p)).collect());
                }
                R::from_day => schedule.from = Some((Self::unit_word(&inner.next()?), Self::number(&inner.next()?))),
                R::for_span => schedule.lasting = inner.next().map(|p| self.duration(p)),
                _ => {}
            }
        }
        Some(schedule)
    }

    pub(super) fn duration(&mut self, pair: P<'_>) -> Duration {
        let whole = span(&pair);
        let mut inner = pair.into_inner();
        let number = inner.next().map(|p| Self::number(&p));
        let number = number.unwrap_or(super::ast::Num { text: "1".into(), span: whole });
        let unit = inner.next().and_then(|p| match p.as_rule() {
            R::unit_word => Some(Self::unit_word(&p)),
            _ => {
                self.missing(Code::MissingUnit, &p, "expected a unit of time", "years, months, weeks or days");
                None
            }
        });
        if let Some(unit) = &unit {
            self.check_glued(number.span, unit.span);
        }
        Duration { number, unit, span: whole }
    }

    // ------------------------------------------------------------ types

    fn type_(&mut self, pair: P<'_>) -> Option<Type> {
        let whole = span(&pair);
        let inner = pair.into_inner().next()?;
        let which = inner.as_rule();
        let kind = match which {
            R::t_boolean => TypeKind::Boolean,
            R::t_date => TypeKind::Date,
            R::attested => TypeKind::Attested(Self::attested(inner)),
            R::events_type => TypeKind::Events(self.events_type(inner)),
            _ => {
                let mut unit = None;
                let mut range = None;
                let mut list = MemberList::Missing;
                for part in inner.into_inner() {
                    match part.as_rule() {
                        R::some => list = self.some(part),
                        R::missing_members => list = self.missing_members(&part),
                        R::unit => unit = self.unit(part),
                        R::unit_word => unit = Some(UnitRef::Word(Self::unit_word(&part))),
                        R::missing_unit => {
                            self.missing(Code::MissingUnit, &part, "expected a unit", "a UCUM code in quotes, such as 'mg/dL', or a word for time");
                        }
                        R::plausible => {
                            let mut numbers = part.into_inner().filter(|p| p.as_rule() == R::number);
                            range = Some((Self::number(&numbers.next()?), Self::number(&numbers.next()?)));
                        }
                        _ => {}
                    }
                }
                match which {
                    R::one_of => TypeKind::OneOf(list),
                    R::set_of => TypeKind::SetOf(list),
                    R::scale => TypeKind::Scale(list),
                    R::t_integer => TypeKind::Integer(range),
                    R::t_number => TypeKind::Number(range),
                    R::quantity_type => TypeKind::Quantity(unit, range),
                    _ => TypeKind::Lab(unit),
                }
            }
        };
        Some(Type { kind, span: whole })
    }

    fn events_type(&mut self, pair: P<'_>) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                R::attribute => {
                    let mut attribute = Attribute { name: no_name(span(&part)), ty: None };
                    for p in part.into_inner() {
                        match p.as_rule() {
                            R::name | R::reserved_name | R::missing_name => attribute.name = self.declared(&p, "an attribute"),
                            R::missing_colon => self.missing_colon(&p),
                            R::type_ => attribute.ty = self.type_(p),
                            _ => self.missing_type(&p),
                        }
                    }
                    attributes.push(attribute);
                }
                R::missing_rbrace => self.missing_rbrace(&part),
                _ => {}
            }
        }
        attributes
    }

    pub(super) fn missing_rbrace(&mut self, part: &P<'_>) {
        self.missing(Code::UnclosedBrace, part, "expected `}`", "members are names, separated by commas");
    }

    pub(super) fn missing_members(&mut self, part: &P<'_>) -> MemberList {
        self.missing(Code::MissingMembers, part, "expected `{ … }` with at least one member, or the name of a `values`", "a member is a name: a letter, then letters, digits and `_`");
        MemberList::Missing
    }

    /// A list of members, or the name of one.
    pub(super) fn some(&mut self, pair: P<'_>) -> MemberList {
        let whole = span(&pair);
        match pair.into_inner().next() {
            Some(inner) if inner.as_rule() == R::members => MemberList::Members(self.members(inner), whole),
            Some(inner) => MemberList::Values(Self::name(&inner)),
            None => MemberList::Missing,
        }
    }

    pub(super) fn members(&mut self, pair: P<'_>) -> Vec<Name> {
        if pair.as_rule() == R::missing_members {
            self.missing_members(&pair);
            return Vec::new();
        }
        let whole = span(&pair);
        let mut members = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                R::missing_rbrace => self.missing_rbrace(&part),
                _ => members.push(self.declared(&part, "a member")),
            }
        }
        if members.is_empty() {
            self.diagnostics.push(
                Code::MissingMembers
                    .at(whole, "expected at least one member")
                    .label("empty")
                    .help("write the members out, separated by commas"),
            );
        }
        members
    }

    pub(super) fn unit(&mut self, pair: P<'_>) -> Option<UnitRef> {
        let whole = span(&pair);
        let mut name = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                R::unclosed => {
                    self.diagnostics.push(
                        Code::UnclosedUnit
                            .at(Span::new(whole.start as usize, whole.start as usize + 1), "this unit is never closed")
                            .label("opens here")
                            .help("a unit stands between two `'` on one line"),
                    );
                }
                _ => name = Some(Self::name(&part)),
            }
        }
        name.map(UnitRef::Code)
    }
}

fn no_name(at: Span) -> Name {
    Name { text: String::new(), span: at.after() }
}
