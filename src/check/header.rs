//! The header: registry fields and their vocabulary.

use super::Checker;
use crate::diagnostic::{Applicability, Code, did_you_mean};
use crate::number::Number;
use crate::protocol::{Header, registry};
use crate::span::Span;
use crate::syntax::ast::{Field, FieldValue, Item, Name, Num, Quantity};
use crate::units::Unit;

impl Checker<'_> {
    pub(super) fn check_header(&mut self) {
        let ast = self.ast;
        let Some(trial) = ast.items.iter().find_map(|item| match item {
            Item::Trial(trial) => Some(trial),
            _ => None,
        }) else {
            return;
        };
        self.protocol.header.id.clone_from(&trial.id.text);
        let mut seen: Vec<&Name> = Vec::new();
        for field in &trial.fields {
            let repeats = matches!(field.word.text.as_str(), "also" | "condition");
            if let Some(first) = seen.iter().find(|first| first.text == field.word.text && !repeats) {
                let first = first.span;
                self.push(
                    Code::DuplicateField
                        .at(field.word.span, format!("the header says `{}` twice", field.word.text))
                        .label("again")
                        .related(first, "first here"),
                );
                continue;
            }
            seen.push(&field.word);
            self.check_field(field);
        }
    }

    fn check_field(&mut self, field: &Field) {
        match &field.value {
            FieldValue::Text(text) => {
                let value = text.value.clone();
                let header = &mut self.protocol.header;
                match field.word.text.as_str() {
                    "title" => header.title = Some(value),
                    "official" => header.official_title = Some(value),
                    "summary" => header.summary = Some(value),
                    "version" => header.version = Some(value),
                    "also" => header.other_ids.push(value),
                    _ => header.conditions.push(value),
                }
            }
            FieldValue::Choice(choice) => self.check_choice(&field.word, choice),
            FieldValue::Sponsor(name, class) => {
                self.protocol.header.sponsor = Some(name.value.clone());
                if let Some(class) = class {
                    self.protocol.header.sponsor_class = self.keyword(class, registry::SPONSOR_CLASS, "class of sponsor");
                }
            }
            FieldValue::Enrollment(count, actual) => {
                self.protocol.header.enrollment = self.whole_number(count);
                self.protocol.header.enrollment_actual = *actual;
            }
            FieldValue::Ages(low, high) => {
                let minimum = self.age(low);
                let maximum = high.as_ref().and_then(|high| self.age(high));
                if let (Some((a, unit)), Some((b, other))) = (&minimum, &maximum)
                    && let Some((factor, _)) = other.conversion(unit)
                    && b.mul(&factor) < *a
                    && let Some(high) = high
                {
                    self.empty_range(low.span.to(high.span), low.span, high.span);
                }
                self.protocol.header.minimum_age = minimum;
                self.protocol.header.maximum_age = maximum;
            }
        }
    }

    fn check_choice(&mut self, field: &Name, choice: &Name) {
        let words = registry::of_field(&field.text);
        let Some(word) = self.keyword(choice, words, &field.text) else { return };
        let header: &mut Header = &mut self.protocol.header;
        match field.text.as_str() {
            "status" => header.status = Some(word),
            "purpose" => header.purpose = Some(word),
            "allocation" => header.allocation = Some(word),
            "model" => header.model = Some(word),
            "masking" => header.masking = Some(word),
            "phase" => header.phase = Some(word),
            "sex" => header.sex = Some(word),
            _ => header.healthy = Some(word == "yes"),
        }
    }

    /// A word of the registry's vocabulary.
    pub(super) fn keyword(&mut self, name: &Name, words: registry::Words, what: &str) -> Option<String> {
        if name.text.is_empty() {
            return None;
        }
        if words.contains(&name.text.as_str()) {
            return Some(name.text.clone());
        }
        let lower = name.text.to_lowercase();
        let habit = match lower.as_str() {
            "open" | "open_label" => Some("none"),
            "double_blind" => Some("double"),
            "both" => Some("all"),
            "enrolling" => Some("recruiting"),
            "randomised" => Some("randomized"),
            "dietary" => Some("dietary_supplement"),
            "placebo" => Some("placebo_comparator"),
            "control" | "active" => Some("active_comparator"),
            "medication" | "medicine" | "pharmaceutical" => Some("drug"),
            "surgery" | "operation" => Some("procedure"),
            "vaccine" => Some("biological"),
            "true" => Some("yes"),
            "false" => Some("no"),
            _ => None,
        };
        let near = habit.filter(|habit| words.contains(habit)).or_else(|| did_you_mean(&lower, words.iter().copied()));
        let mut diagnostic = Code::UnknownKeyword
            .at(name.span, format!("`{}` is no {what} that the registry knows", name.text))
            .label("unknown word");
        diagnostic = match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(name.span, near, Applicability::NeedsReview),
            None => diagnostic.help(format!("one of: {}", words.join(", "))),
        };
        self.push(diagnostic);
        None
    }

    /// A whole number of subjects.
    pub(super) fn whole_number(&mut self, number: &Num) -> Option<u32> {
        let value = self.literal(number)?;
        let whole = value.to_i64().and_then(|n| u32::try_from(n).ok());
        if whole.is_none() {
            self.push(
                Code::FractionalLiteral
                    .at(number.span, format!("expected a whole number of subjects, not `{}`", number.text))
                    .label("no number of people")
                    .help("write how many subjects are planned or enrolled"),
            );
        }
        whole
    }

    fn age(&mut self, age: &Quantity) -> Option<(Number, Unit)> {
        let number = self.literal(&age.number)?;
        let unit = age.unit.as_ref().and_then(|unit| self.unit(unit));
        let is_time = |unit: &Unit| {
            unit.conversion(&Unit::calendar(crate::calendar::CalendarUnit::Years)).is_some()
                || unit.conversion(&Unit::calendar(crate::calendar::CalendarUnit::Days)).is_some()
        };
        match unit {
            Some(unit) if is_time(&unit) => Some((number, unit)),
            _ => {
                self.age_unit(age.span);
                None
            }
        }
    }

    fn age_unit(&mut self, span: Span) {
        let text = self.written(span);
        self.push(
            Code::UnitMismatch
                .at(span, format!("an age is a time, which `{text}` is not"))
                .label("no unit of time")
                .help("write it with `years`, `months`, `weeks` or `days`"),
        );
    }
}
