//! What is proven of a protocol, as findings at their places.
//!
//! In: a source, the protocol it compiles to, and what [`crate::analysis`]
//! proved. Out: diagnostics like those of the compiler, so that a proof reads
//! as a lint does.

use crate::analysis::{Effect, Finding, Proof};
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
                    .help("without any one of them somebody could be; is one written the wrong way round?");
                for i in criteria.iter().skip(1) {
                    let (name, span) = self.criterion(*i);
                    diagnostic = diagnostic.related(span, format!("`{name}` takes part in it"));
                }
                diagnostic
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
            Finding::ReadingEmpties(i, reading) => {
                let (name, span) = self.criterion(*i);
                Code::EmptyReading.at(span, format!("`{name}` read as `{reading}` lets nobody be eligible"))
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
            Finding::HypothesisEmpties(h) => {
                let hypothesis = &self.protocol.hypotheses[*h].about;
                Code::HypothesisEmpties.at(self.of(hypothesis), format!("if `{}` is so, nobody can be eligible", hypothesis.name))
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
