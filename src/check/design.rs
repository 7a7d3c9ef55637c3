//! Interventions, arms and the design that they make.

use super::Checker;
use crate::diagnostic::Code;
use crate::number::Number;
use crate::protocol::{Arm, Give, Intervention, Rhythm, Schedule, registry};
use crate::span::Span;
use crate::syntax::ast::{self, Item};

impl Checker<'_> {
    pub(super) fn check_intervention(&mut self, intervention: &ast::Intervention) {
        let kind = self.keyword(&intervention.kind, registry::INTERVENTION_KIND, "kind of intervention");
        let about = self.about(&intervention.name, &intervention.text);
        let label = intervention.label.as_ref().map(|label| label.value.clone());
        self.protocol.interventions.push(Intervention { about, kind: kind.unwrap_or_default(), label });
    }

    pub(super) fn check_arm(&mut self, arm: &ast::Arm) {
        let kind = self.keyword(&arm.kind, registry::ARM_KIND, "kind of arm").unwrap_or_default();
        let about = self.about(&arm.name, &arm.text);
        let mut participants = None;
        for (i, number) in arm.participants.iter().enumerate() {
            if i > 0 {
                self.push(
                    Code::DuplicateField
                        .at(number.span, "the arm says `participants` twice")
                        .label("again")
                        .related(arm.participants[0].span, "first here"),
                );
                continue;
            }
            participants = self.whole_number(number);
        }
        let gives: Vec<Give> = arm.gives.iter().filter_map(|give| self.give(give)).collect();
        match (kind.as_str(), arm.gives.first()) {
            ("no_intervention", Some(give)) => self.push(
                Code::GivenAgainstKind
                    .at(give.span, format!("`{}` is an arm without intervention, but is given something", arm.name.text))
                    .label("given here")
                    .related(arm.kind.span, "without intervention")
                    .help("change the kind of the arm, or give nothing"),
            ),
            ("no_intervention", None) | (_, Some(_)) => {}
            (_, None) => self.push(
                Code::NothingGiven
                    .at(arm.name.span, format!("the arm `{}` is given nothing", arm.name.text))
                    .label("no `give`")
                    .help("add `give INTERVENTION …`, or declare it `no_intervention`"),
            ),
        }
        let label = arm.label.as_ref().map(|label| label.value.clone());
        self.protocol.arms.push(Arm { about, kind, label, participants, gives });
    }

    fn give(&mut self, give: &ast::Give) -> Option<Give> {
        let intervention =
            self.protocol.interventions.iter().position(|known| known.about.name == give.intervention.text);
        let dose = give.dose.as_ref().map(|(low, high)| self.dose(low, high.as_ref()));
        let schedule = give.schedule.as_ref().map(|schedule| self.schedule(schedule));
        Some(Give {
            intervention: intervention?,
            // A dose that was refused is reported; the intervention is given all the same.
            dose: dose.flatten(),
            route: give.route.as_ref().map(|route| route.text.clone()),
            schedule: schedule.flatten(),
        })
    }

    fn dose(&mut self, low: &ast::Quantity, high: Option<&ast::Quantity>) -> Option<(Number, Number, crate::units::Unit)> {
        let from = self.literal(&low.number);
        let unit = low.unit.as_ref().and_then(|unit| self.unit(unit));
        let (from, unit) = (from?, unit.unwrap_or_else(crate::units::Unit::one));
        let Some(high) = high else { return Some((from.clone(), from, unit)) };
        let to = self.literal(&high.number)?;
        let to_unit = high.unit.as_ref().and_then(|unit| self.unit(unit)).unwrap_or_else(crate::units::Unit::one);
        let Some((factor, _)) = to_unit.conversion(&unit) else {
            let (a, b) = (self.written(low.span), self.written(high.span));
            self.push(
                Code::UnitMismatch
                    .at(high.span, format!("a dose from `{a}` to `{b}` changes its unit"))
                    .label("another unit")
                    .related(low.span, "the first")
                    .help("state both ends in one unit"),
            );
            return None;
        };
        let to = to.mul(&factor);
        if to < from {
            self.empty_range(low.span.to(high.span), low.span, high.span);
            return None;
        }
        Some((from, to, unit))
    }

    fn whole_from(&mut self, number: &ast::Num, least: i64) -> Option<i64> {
        let value = self.literal(number)?;
        let count = value.to_i64().filter(|count| *count >= least);
        if count.is_none() {
            self.push(
                Code::FractionalLiteral
                    .at(number.span, format!("expected a whole number from {least} up, not `{}`", number.text))
                    .label("cannot be counted")
                    .help("doses and days are counted in whole numbers"),
            );
        }
        count
    }

    fn positive(&mut self, number: &ast::Num, span: Span) -> Option<Number> {
        let value = self.literal(number)?;
        if value.is_zero() || value.is_negative() {
            self.push(
                Code::EmptyWindow
                    .at(span, "expected a time longer than zero")
                    .label("not positive")
                    .help("say how long it takes, in days, weeks, months or years"),
            );
            return None;
        }
        Some(value)
    }

    fn schedule(&mut self, schedule: &ast::Schedule) -> Option<Schedule> {
        let word = |unit: &ast::UnitWord| format!("{}s", unit.text.trim_end_matches('s'));
        let rhythm = match &schedule.rhythm {
            ast::Rhythm::Once => Rhythm::Once,
            ast::Rhythm::Doses(count, apart) => {
                let count = self.whole_from(count, 1);
                let apart = (self.positive(&apart.number, apart.span), apart.unit.as_ref().map(word));
                Rhythm::Doses(count?, apart.0?, apart.1?)
            }
            ast::Rhythm::Times(count, unit) => Rhythm::Times(self.whole_from(count, 1)?, word(unit)),
            ast::Rhythm::Every(None, unit) => Rhythm::Every(Number::whole(1), word(unit)),
            ast::Rhythm::Every(Some(number), unit) => Rhythm::Every(self.positive(number, number.span)?, word(unit)),
            ast::Rhythm::On(unit, days) => {
                let days: Vec<Option<i64>> = days.iter().map(|day| self.whole_from(day, 0)).collect();
                Rhythm::On(word(unit), days.into_iter().collect::<Option<_>>()?)
            }
        };
        let from = match &schedule.from {
            Some((unit, number)) => Some((word(unit), self.whole_from(number, 0)?)),
            None => None,
        };
        let lasting = match &schedule.lasting {
            Some(duration) => Some((self.positive(&duration.number, duration.span)?, duration.unit.as_ref().map(word)?)),
            None => None,
        };
        Some(Schedule { rhythm, from, lasting })
    }

    /// What the header says of the design against the arms there are.
    pub(super) fn check_design(&mut self) {
        let arms = self.protocol.arms.len();
        let header = self.protocol.header.clone();
        if arms > 0 {
            let many = |n: usize| if n == 1 { "one arm".to_string() } else { format!("{n} arms") };
            match header.model.as_deref() {
                Some("single_group") if arms != 1 => self.field_finding(
                    "model",
                    Code::ModelAgainstArms,
                    format!("a `single_group` trial has one arm, not {arms}"),
                    "choose `parallel`, `crossover`, `factorial` or `sequential`",
                ),
                Some(model) if model != "single_group" && arms == 1 => self.field_finding(
                    "model",
                    Code::ModelAgainstArms,
                    format!("a trial with one arm is a `single_group`, not `{model}`"),
                    "declare the other arms, or change the model",
                ),
                _ => {}
            }
            match header.allocation.as_deref() {
                Some("na") if arms > 1 => self.field_finding(
                    "allocation",
                    Code::AllocationAgainstArms,
                    format!("with {} subjects are allocated somehow, so it is not `na`", many(arms)),
                    "write `randomized` or `non_randomized`",
                ),
                Some(allocation) if allocation != "na" && arms == 1 => self.field_finding(
                    "allocation",
                    Code::AllocationAgainstArms,
                    format!("with one arm nothing is allocated, so it is `na`, not `{allocation}`"),
                    "write `allocation na`",
                ),
                _ => {}
            }
            self.check_sizes(header.enrollment);
        }
        let placebo = self.ast.items.iter().find_map(|item| match item {
            Item::Arm(arm) if arm.kind.text == "placebo_comparator" => Some(arm.kind.span),
            _ => None,
        });
        if let (Some(placebo), Some("none")) = (placebo, header.masking.as_deref()) {
            let field = self.field("masking").unwrap_or(placebo);
            self.push(
                Code::MaskedPlacebo
                    .at(field, "a trial with a placebo arm is masked for somebody")
                    .label("no masking")
                    .related(placebo, "a placebo")
                    .help("write `single` or `double`, or change the kind of the arm"),
            );
        }
        self.check_unused_interventions();
    }

    /// Where a field of the header stands.
    pub(super) fn field(&self, word: &str) -> Option<Span> {
        self.ast.items.iter().find_map(|item| match item {
            Item::Trial(trial) => trial.fields.iter().find(|field| field.word.text == word).map(|field| field.span),
            _ => None,
        })
    }

    fn field_finding(&mut self, word: &str, code: Code, message: String, help: &str) {
        let Some(at) = self.field(word) else { return };
        let mut diagnostic = code.at(at, message).label("says otherwise").help(help);
        for item in &self.ast.items {
            if let Item::Arm(arm) = item {
                diagnostic = diagnostic.related(arm.name.span, "an arm");
            }
        }
        diagnostic.related.truncate(8);
        self.push(diagnostic);
    }

    fn check_sizes(&mut self, enrollment: Option<u32>) {
        let sizes: Option<Vec<u32>> = self.protocol.arms.iter().map(|arm| arm.participants).collect();
        let (Some(sizes), Some(enrollment)) = (sizes, enrollment) else { return };
        let sum: u64 = sizes.iter().map(|n| u64::from(*n)).sum();
        if sum != u64::from(enrollment) {
            let Some(at) = self.field("enrollment") else { return };
            self.push(
                Code::ArmSizes
                    .at(at, format!("the arms hold {sum} participants, the header says {enrollment}"))
                    .label(format!("{enrollment} here"))
                    .help("mend the one that is wrong"),
            );
        }
    }

    fn check_unused_interventions(&mut self) {
        let given: std::collections::HashSet<usize> =
            self.protocol.arms.iter().flat_map(|arm| &arm.gives).map(|give| give.intervention).collect();
        let mut index = 0;
        for item in &self.ast.items {
            let Item::Intervention(intervention) = item else { continue };
            if !given.contains(&index) {
                self.diagnostics.push(
                    Code::UnusedIntervention
                        .at(intervention.name.span, format!("no arm gives `{}`", intervention.name.text))
                        .label("never given")
                        .help("add `give` to the arm that gets it"),
                );
            }
            index += 1;
        }
    }
}
