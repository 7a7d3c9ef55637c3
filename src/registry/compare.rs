//! What a protocol says otherwise than its record, each at its place.

use std::collections::HashMap;
use std::ops::Range;

use super::criteria::{Item as Listed, criteria, plain};
use super::record::{Section, Study, age};
use crate::diagnostic::{Code, Diagnostic};
use crate::protocol::{CriterionKind, registry};
use crate::span::{Source, Span};
use crate::syntax::ast::{Arm, Ast, Criterion, CriterionKind as Written, FieldValue, Intervention, Item, Str, Trial};
use crate::syntax::parse;

/// How many pairs of criteria are compared word by word.
const MAX_PAIRS: usize = 10_000;

/// Compares a protocol with its record, field by field.
pub fn compare(source: &Source, study: &Study) -> Vec<Diagnostic> {
    let (ast, _) = parse(source);
    let section = &study.protocol_section;
    let mut comparison = Comparison { ast: &ast, found: Vec::new() };
    let header = ast.items.iter().find_map(|item| if let Item::Trial(trial) = item { Some(trial) } else { None });
    if let Some(trial) = header {
        comparison.header(trial, section);
    }
    comparison.criteria(header, section);
    comparison.design(header, section);
    comparison.found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
    comparison.found
}

struct Comparison<'a> {
    ast: &'a Ast,
    found: Vec<Diagnostic>,
}

impl Comparison<'_> {
    fn differs(&mut self, code: Code, span: Span, message: String) {
        self.found.push(code.at(span, message).label("not as in the record").help("mend the one that is wrong: the protocol, or the record at the registry"));
    }

    /// A field of the header against what the record has for it.
    fn field(&mut self, trial: &Trial, word: &str, recorded: Option<String>, same: impl Fn(&str, &str) -> bool) {
        let field = trial.fields.iter().find(|field| field.word.text == word);
        let said = field.map(|field| match &field.value {
            FieldValue::Text(text) | FieldValue::Sponsor(text, None) => text.value.clone(),
            FieldValue::Sponsor(text, Some(class)) => format!("{} ({})", text.value, registry::spelling(&class.text)),
            FieldValue::Choice(choice) => registry::spelling(&choice.text),
            FieldValue::Enrollment(count, actual) => {
                let kind = actual.map_or("", |actual| if actual { " ACTUAL" } else { " ESTIMATED" });
                format!("{}{kind}", count.text)
            }
            FieldValue::Ages(..) => String::new(),
        });
        let span = field.map_or(trial.id.span, |field| field.span);
        match (said, recorded.filter(|recorded| !recorded.trim().is_empty())) {
            (Some(said), Some(recorded)) if !same(&said, &recorded) => {
                self.differs(Code::RegistryField, span, format!("`{word}` says `{said}`, the record `{recorded}`"));
            }
            (None, Some(recorded)) => self.differs(Code::RegistryField, span, format!("the header has no `{word}`; the record says `{recorded}`")),
            (Some(said), None) => self.differs(Code::RegistryField, span, format!("`{word}` says `{said}`, the record nothing")),
            _ => {}
        }
    }

    fn header(&mut self, trial: &Trial, section: &Section) {
        let id = &section.identification_module;
        if trial.id.text != id.nct_id {
            self.differs(Code::RegistryField, trial.id.span, format!("this is `{}`, the record is of `{}`", trial.id.text, id.nct_id));
        }
        let exact = |a: &str, b: &str| folded(a) == folded(&plain(b));
        self.field(trial, "title", id.brief_title.clone(), exact);
        if trial.fields.iter().any(|field| field.word.text == "official") {
            self.field(trial, "official", id.official_title.clone(), exact);
        }
        let sponsor = &section.sponsor_collaborators_module.lead_sponsor;
        let class = sponsor.class.as_ref().map(|class| format!(" ({class})")).unwrap_or_default();
        self.field(trial, "sponsor", sponsor.name.as_ref().map(|name| format!("{name}{class}")), exact);
        let (design, eligibility) = (&section.design_module.design_info, &section.eligibility_module);
        for (word, recorded) in [
            ("status", section.status_module.overall_status.clone()),
            ("purpose", design.primary_purpose.clone()),
            ("allocation", design.allocation.clone()),
            ("model", design.intervention_model.clone()),
            ("masking", design.masking_info.masking.clone()),
            ("phase", section.phase().map(|phase| registry::spelling(&phase))),
            ("sex", eligibility.sex.clone()),
            ("healthy", eligibility.healthy_volunteers.map(|healthy| if healthy { "YES" } else { "NO" }.to_string())),
        ] {
            self.field(trial, word, recorded, |a, b| a == b);
        }
        let enrollment = &section.design_module.enrollment_info;
        let kind = enrollment.r#type.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
        self.field(trial, "enrollment", enrollment.count.map(|count| format!("{count}{kind}")), |a, b| a == b);
        self.ages(trial, section);
    }

    fn ages(&mut self, trial: &Trial, section: &Section) {
        let eligibility = &section.eligibility_module;
        let recorded = [age(eligibility.minimum_age.as_ref()), age(eligibility.maximum_age.as_ref())];
        let field = trial.fields.iter().find_map(|field| match &field.value {
            FieldValue::Ages(low, high) => Some((field.span, [Some(low), high.as_ref()])),
            FieldValue::Text(_) | FieldValue::Choice(_) | FieldValue::Sponsor(..) | FieldValue::Enrollment(..) => None,
        });
        let span = field.as_ref().map_or(trial.id.span, |(span, _)| *span);
        let said = field.map_or([None, None], |(_, ends)| {
            ends.map(|end| end.and_then(|end| match &end.unit {
                Some(crate::syntax::ast::UnitRef::Word(unit)) => Some((end.number.text.clone(), unit.text.clone())),
                _ => None,
            }))
        });
        for ((which, said), recorded) in ["minimum", "maximum"].into_iter().zip(said).zip(recorded) {
            let shown = |age: &Option<(String, String)>| age.as_ref().map_or("no limit".into(), |(number, unit)| format!("`{number} {unit}`"));
            // From 0 years on is no limit.
            let days = |age: &Option<(String, String)>| age.as_ref().and_then(length).filter(|(_, n)| *n > 0.0 || which == "maximum");
            if days(&said) != days(&recorded) {
                self.differs(Code::RegistryField, span, format!("the {which} age is {} here, {} in the record", shown(&said), shown(&recorded)));
            }
        }
    }

    fn criteria(&mut self, trial: Option<&Trial>, section: &Section) {
        let listed = criteria(section.eligibility_module.eligibility_criteria.as_deref().unwrap_or_default()).items;
        let written: Vec<(&Criterion, &Str)> = self
            .ast
            .items
            .iter()
            .filter_map(|item| if let Item::Criterion(criterion) = item { Some((criterion, criterion.text.verbatim.as_ref()?)) } else { None })
            .collect();
        let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, (_, text)) in written.iter().enumerate().rev() {
            by_text.entry(folded(&text.value)).or_default().push(i);
        }
        let mut matched: Vec<Option<usize>> = listed.iter().map(|item| by_text.get_mut(&folded(&item.text)).and_then(Vec::pop)).collect();
        for (i, (_, text)) in written.iter().enumerate() {
            if !matched.contains(&Some(i))
                && let Some(run) = spanned(&listed, &matched, &text.value)
            {
                matched[run].fill(Some(i));
            }
        }
        let mut last = None;
        for (item, at) in listed.iter().zip(&matched) {
            let Some((criterion, text)) = at.map(|at| written[at]) else { continue };
            if kind(criterion.kind) != item.kind {
                self.differs(Code::RegistryCriterion, text.span, format!("`{}` is an {} of the record", criterion.name.text, word(item.kind)));
            }
            if last.is_some_and(|last| *at < Some(last)) {
                self.differs(Code::RegistryCriterion, text.span, format!("`{}` stands in another place than in the record", criterion.name.text));
            }
            last = last.max(*at);
        }
        let mut over: Vec<usize> = (0..written.len()).filter(|i| !matched.contains(&Some(*i))).collect();
        let left: Vec<&Listed> = listed.iter().zip(&matched).filter(|(_, at)| at.is_none()).map(|(item, _)| item).collect();
        let compared = left.len() * over.len() <= MAX_PAIRS;
        for item in left {
            let near = |i: &usize| strsim::sorensen_dice(&folded(&written[*i].1.value), &folded(&item.text));
            let best = over.iter().copied().filter(|_| compared).max_by(|a, b| near(a).total_cmp(&near(b)));
            if let Some(i) = best.filter(|i| near(i) > 0.5) {
                over.retain(|other| *other != i);
                let (criterion, text) = written[i];
                self.differs(
                    Code::RegistryCriterion,
                    text.span,
                    format!("the text of `{}` is not the record's: `{}`", criterion.name.text, folded(&item.text)),
                );
            } else {
                let span = trial.map_or(Span::new(0, 0), |trial| trial.id.span);
                self.differs(Code::RegistryCriterion, span, format!("an {} of the record is missing: `{}`", word(item.kind), folded(&item.text)));
            }
        }
        for i in over {
            let (criterion, text) = written[i];
            self.differs(Code::RegistryCriterion, text.span, format!("the record has no criterion like `{}`", criterion.name.text));
        }
    }

    fn design(&mut self, trial: Option<&Trial>, section: &Section) {
        let module = &section.arms_interventions_module;
        let header = trial.map_or(Span::new(0, 0), |trial| trial.id.span);
        let (mut arms, mut interventions): (Vec<&Arm>, Vec<&Intervention>) = (Vec::new(), Vec::new());
        for item in &self.ast.items {
            match item {
                Item::Arm(arm) => arms.push(arm),
                Item::Intervention(intervention) => interventions.push(intervention),
                Item::Trial(_) | Item::Anchor(_) | Item::Fact(_) | Item::Values(_) | Item::Define(_) | Item::Assume(_)
                | Item::Hypothesis(_) | Item::Criterion(_) => {}
            }
        }
        let label = |label: &Option<Str>, name: &str| folded(label.as_ref().map_or(name, |label| &label.value));
        let labels: HashMap<&str, String> =
            interventions.iter().map(|one| (one.name.text.as_str(), label(&one.label, &one.name.text))).collect();
        for recorded in &module.interventions {
            match interventions.iter().find(|one| labels[one.name.text.as_str()] == folded(&plain(&recorded.name))) {
                None => self.differs(Code::RegistryArm, header, format!("the record's intervention `{}` is missing", recorded.name)),
                Some(one) => self.kind("intervention", &one.name.text, one.kind.span, &one.kind.text, recorded.r#type.as_ref()),
            }
        }
        for one in &interventions {
            if !module.interventions.iter().any(|recorded| folded(&plain(&recorded.name)) == labels[one.name.text.as_str()]) {
                self.differs(Code::RegistryArm, one.name.span, format!("the record has no intervention like `{}`", one.name.text));
            }
        }
        for recorded in &module.arm_groups {
            let Some(arm) = arms.iter().find(|arm| label(&arm.label, &arm.name.text) == folded(&plain(&recorded.label))) else {
                self.differs(Code::RegistryArm, header, format!("the record's arm `{}` is missing", recorded.label));
                continue;
            };
            self.kind("arm", &arm.name.text, arm.kind.span, &arm.kind.text, recorded.r#type.as_ref());
            let description = recorded.description.as_deref().map(plain).unwrap_or_default();
            if let Some(text) = arm.text.verbatim.as_ref().filter(|text| folded(&text.value) != folded(&description)) {
                self.differs(Code::RegistryArm, text.span, format!("the text of the arm `{}` is not the record's: `{}`", arm.name.text, folded(&description)));
            }
            let mut given: Vec<String> = module.given(recorded).iter().map(|one| folded(&plain(&one.name))).collect();
            let mut gives: Vec<String> = arm.gives.iter().filter_map(|give| labels.get(give.intervention.text.as_str()).cloned()).collect();
            for list in [&mut given, &mut gives] {
                list.sort();
                list.dedup();
            }
            if given != gives {
                self.differs(Code::RegistryArm, arm.name.span, format!("`{}` gives {}, in the record {}", arm.name.text, names(&gives), names(&given)));
            }
        }
        for arm in arms {
            if !module.arm_groups.iter().any(|recorded| folded(&plain(&recorded.label)) == label(&arm.label, &arm.name.text)) {
                self.differs(Code::RegistryArm, arm.name.span, format!("the record has no arm like `{}`", arm.name.text));
            }
        }
    }

    fn kind(&mut self, what: &str, name: &str, span: Span, said: &str, recorded: Option<&String>) {
        let said = registry::spelling(said);
        if let Some(recorded) = recorded.filter(|recorded| **recorded != said) {
            self.differs(Code::RegistryArm, span, format!("the {what} `{name}` is of kind `{said}`, in the record `{recorded}`"));
        }
    }
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { format!("`{}`", names.join("`, `")) }
}

/// The items of a record that stand one after another and together say a text, perhaps under their heading.
fn spanned(listed: &[Listed], matched: &[Option<usize>], text: &str) -> Option<Range<usize>> {
    // Bullets and the breaks between lines are the record's way to set them off.
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let wanted = letters(text);
    (0..listed.len()).find_map(|from| {
        [listed[from].under.as_deref().unwrap_or_default(), ""].into_iter().find_map(|heading| {
            let mut said = letters(heading);
            for to in from..listed.len() {
                said.push_str(&letters(&listed[to].text));
                if matched[to].is_some() || !wanted.starts_with(&said) {
                    return None;
                }
                if said.len() == wanted.len() {
                    return Some(from..to + 1);
                }
            }
            None
        })
    })
}

/// Text with its white space folded.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A length of time in its dimension: months, or days.
fn length((number, unit): &(String, String)) -> Option<(bool, f64)> {
    let number: f64 = number.parse().ok()?;
    let (months, factor) = match unit.trim_end_matches('s') {
        "year" => (true, 12.0),
        "month" => (true, 1.0),
        "week" => (false, 7.0),
        "day" => (false, 1.0),
        "hour" => (false, 1.0 / 24.0),
        _ => (false, 1.0 / 1440.0),
    };
    Some((months, number * factor))
}

fn kind(written: Written) -> CriterionKind {
    match written {
        Written::Include => CriterionKind::Include,
        Written::Exclude => CriterionKind::Exclude,
    }
}

fn word(kind: CriterionKind) -> &'static str {
    match kind {
        CriterionKind::Include => "inclusion criterion",
        CriterionKind::Exclude => "exclusion criterion",
    }
}
