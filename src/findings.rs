//! What is proven of a protocol, as findings at their places.
//!
//! In: a source, the protocol it compiles to, and what [`crate::analysis`]
//! proved. Out: diagnostics like those of the compiler, so that a proof reads
//! as a lint does.

use crate::analysis::{Alternative, Effect, Finding, Proof};
use crate::diagnostic::{Code, Diagnostic};
use crate::protocol::{About, Protocol};
use crate::span::{Source, Span};

/// Where what concerns the whole file stands.
const START: Span = Span { start: 0, end: 0 };

/// The findings of a proof, in the order of the text.
pub fn findings(source: &Source, protocol: &Protocol, proof: &Proof) -> Vec<Diagnostic> {
    let place = Places { source, protocol };
    let mut found: Vec<Diagnostic> = proof.findings.iter().map(|finding| place.diagnostic(finding)).collect();
    found.extend(proof.undecided.iter().map(|why| {
        Code::NotProven.at(START, format!("not proven: {why}")).help("nothing is claimed about it; `evaluate` decides every record all the same")
    }));
    found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
    found
}

struct Places<'a> {
    source: &'a Source,
    protocol: &'a Protocol,
}

impl Places<'_> {
    /// The first line of a declaration.
    fn of(&self, about: &About) -> Span {
        let start = self.source.line_start(about.line);
        let length = self.source.text()[start..].lines().next().map_or(0, |line| line.trim_end().len());
        Span::new(start, start + length)
    }

    fn criterion(&self, i: usize) -> (&str, Span) {
        let about = &self.protocol.criteria[i].about;
        (&about.name, self.of(about))
    }

    fn names(&self, criteria: &[usize]) -> String {
        criteria.iter().map(|i| format!("`{}`", self.protocol.criteria[*i].about.name)).collect::<Vec<_>>().join(", ")
    }

    /// Points to the criteria that keep everybody out.
    fn at_fault(&self, mut diagnostic: Diagnostic, criteria: &[usize]) -> Diagnostic {
        for i in criteria {
            let (name, span) = self.criterion(*i);
            if span != diagnostic.span {
                diagnostic = diagnostic.related(span, format!("`{name}` takes part in it"));
            }
        }
        diagnostic
    }

    fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        match finding {
            Finding::AssumptionsContradict => {
                let first = self.protocol.assumptions.first().map_or_else(|| START, |assumption| self.of(&assumption.about));
                Code::AssumptionsContradict
                    .at(first, "no record fits the assumptions: they contradict each other")
                    .help("nothing can be proven of subjects who cannot exist; mend or drop an `assume`")
            }
            Finding::NobodyEligible(criteria) => {
                let span = criteria.first().map_or_else(|| START, |i| self.criterion(*i).1);
                let mut diagnostic = Code::NobodyEligible
                    .at(span, format!("nobody can be eligible: {} cannot all pass", self.names(criteria)))
                    .help("these alone keep everybody out, and without any one of them they would not; is one written the wrong way round?");
                for i in criteria.iter().skip(1) {
                    let (name, span) = self.criterion(*i);
                    diagnostic = diagnostic.related(span, format!("`{name}` takes part in it"));
                }
                diagnostic
            }
            Finding::ArmEmpty(arm, criteria) => {
                let arm = &self.protocol.arms[*arm].about;
                let mut diagnostic = Code::NobodyEligible
                    .at(self.of(arm), format!("nobody can be eligible for the arm `{}`: {} cannot all pass", arm.name, self.names(criteria)))
                    .help("these alone keep everybody out, and without any one of them they would not; is one written the wrong way round?");
                for i in criteria {
                    let (name, span) = self.criterion(*i);
                    diagnostic = diagnostic.related(span, format!("`{name}` takes part in it"));
                }
                diagnostic
            }
            Finding::Contradict(i, j) => {
                let ((name, span), (other, second)) = (self.criterion(*i), self.criterion(*j));
                Code::CriteriaContradict
                    .at(span, format!("`{name}` and `{other}` contradict each other: nobody passes both"))
                    .related(second, format!("`{other}` is passed by others"))
                    .help("is one of them written the wrong way round?")
            }
            Finding::DeadBranch(i, what) => {
                let (name, span) = self.criterion(*i);
                Code::DeadBranch
                    .at(span, format!("in `{name}`, {what} is for nobody: no subject gets there"))
                    .help("what stands before it, an assumption or a plausible range rules it out; was another limit meant?")
            }
            Finding::BandGap(i, number, low, high) => {
                let (name, span) = self.criterion(*i);
                Code::BandGap
                    .at(span, format!("in `{name}`, the bands of {number} leave a gap between {low} and {high}"))
                    .help("a subject in the gap fits none of the bands; let one begin where the other ends")
            }
            Finding::BandOverlap(i, number, low, high) => {
                let (name, span) = self.criterion(*i);
                let at = if low.is_empty() { String::new() } else if low == high { format!(" at {low}") } else { format!(" from {low} to {high}") };
                Code::BandOverlap
                    .at(span, format!("in `{name}`, two bands of {number} overlap{at}"))
                    .help("a subject there fits both, and the weaker of what they ask is enough; use `<` for one of the two limits")
            }
            Finding::IdleFact(fact) => {
                let about = &self.protocol.facts[*fact].about;
                Code::IdleFact
                    .at(self.of(about), format!("`{}` never decides who is eligible, whatever is recorded", about.name))
                    .help("criteria read it, and each time something else decides; leave it out, or look for what holds it")
            }
            Finding::NeverFails(i) => {
                let (name, span) = self.criterion(*i);
                Code::NeverFails
                    .at(span, format!("`{name}` lets everybody pass of whom all is known"))
                    .help("it still asks for its facts; was something else meant?")
            }
            Finding::Implied(i, by) => {
                let (name, span) = self.criterion(*i);
                let mut diagnostic = Code::ImpliedCriterion
                    .at(span, format!("whoever passes {} passes `{name}`: it keeps nobody out by itself", self.names(by)))
                    .help("a change to it alone may change nobody; keep it if the text asks for it");
                for other in by {
                    let (name, span) = self.criterion(*other);
                    diagnostic = diagnostic.related(span, format!("`{name}` implies it"));
                }
                diagnostic
            }
            Finding::ReadingEmpties(i, reading, criteria) => {
                let (name, span) = self.criterion(*i);
                self.at_fault(Code::EmptyReading.at(span, format!("`{name}` read as `{reading}` lets nobody be eligible")), criteria)
            }
            Finding::ReadingEffect(i, reading, effect) => {
                let (name, span) = self.criterion(*i);
                let does = match effect {
                    Effect::Equivalent => "changes nobody",
                    Effect::Wider => "makes more subjects eligible, and nobody less",
                    Effect::Narrower => "makes fewer subjects eligible, and nobody more",
                    Effect::Other => "makes some subjects eligible and others not",
                };
                Code::ReadingEffect.at(span, format!("`{name}` read as `{reading}` {does}"))
            }
            Finding::HypothesisEmpties(h, criteria) => {
                let hypothesis = &self.protocol.hypotheses[*h].about;
                let empty = Code::HypothesisEmpties.at(self.of(hypothesis), format!("if `{}` is so, nobody can be eligible", hypothesis.name));
                self.at_fault(empty, criteria)
            }
            Finding::RedundantUnder(alternative, i, by) => {
                let (name, span) = self.criterion(*i);
                let (case, place) = match alternative {
                    Alternative::Hypothesis(h) => {
                        let hypothesis = &self.protocol.hypotheses[*h].about;
                        (format!("if `{}` is so", hypothesis.name), self.of(hypothesis))
                    }
                    Alternative::Reading(k, reading) => {
                        let (criterion, place) = self.criterion(*k);
                        (format!("with `{criterion}` read as `{reading}`"), place)
                    }
                };
                let says = if by.is_empty() { "everybody".to_string() } else { format!("whoever passes {}", self.names(by)) };
                let found = Code::RedundantUnder.at(span, format!("{case}, {says} passes `{name}`: it keeps nobody out by itself"));
                if place == span { found } else { found.related(place, "what it is so under") }
            }
            Finding::HypothesisAndReadingEmpty(h, i, reading) => {
                let (hypothesis, (name, span)) = (&self.protocol.hypotheses[*h].about, self.criterion(*i));
                Code::HypothesisEmpties
                    .at(span, format!("if `{}` is so, `{name}` read as `{reading}` lets nobody be eligible", hypothesis.name))
                    .related(self.of(hypothesis), "the hypothesis")
            }
        }
    }
}
