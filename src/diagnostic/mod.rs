//! Diagnostics are data: one flat struct, written next to the check that
//! raises it and rendered for people ([`render`]) or programs ([`json`]).
//!
//! Wording: lowercase, one sentence, backticks round the user's words, help
//! separate. A diagnostic says what was expected *here*; it proposes a fix, or
//! stays silent when unsure.

mod code;
pub mod json;
#[cfg(feature = "cli")]
pub mod render;

use crate::span::Span;
pub use code::Code;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Probably not what was meant.
    Warning,
    /// The file has no meaning as it stands.
    Error,
}

impl Severity {
    /// `info`, `warning`, `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A second place that matters, and why.
#[derive(Debug, Clone)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// Why.
    pub message: String,
}

/// Whether a fix may be applied unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applicability {
    /// It changes the spelling, never the meaning.
    Safe,
    /// It may change the meaning.
    NeedsReview,
}

/// A change that would mend it.
#[derive(Debug, Clone)]
pub struct Fix {
    /// What to replace.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Whether it may be applied unread.
    pub applicability: Applicability,
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: Code,
    /// How bad it is: as its code says, unless a project says otherwise.
    pub level: Severity,
    /// The sentence.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands there, for the mark under it.
    pub label: String,
    /// Other places.
    pub related: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// Ready changes.
    pub fixes: Vec<Fix>,
}

impl Code {
    /// Starts a diagnostic of this kind.
    pub fn at(self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self,
            level: self.severity(),
            message: message.into(),
            span,
            label: String::new(),
            related: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }
}

impl Diagnostic {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.level
    }

    /// Widens every place to whole characters: a quote that was exchanged may be longer than it looks.
    pub(crate) fn align(&mut self, text: &str) {
        self.span = self.span.aligned(text);
        self.related.iter_mut().for_each(|label| label.span = label.span.aligned(text));
        self.fixes.iter_mut().for_each(|fix| fix.span = fix.span.aligned(text));
    }

    /// What stands at the primary place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A change that would mend it.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>, applicability: Applicability) -> Self {
        self.fixes.push(Fix { span, replacement: replacement.into(), applicability });
        self
    }
}

/// The candidate nearest to `name`, if it is near enough to have been meant.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Among very many names a guess is worth little, and asking all of them for each is slow.
    let candidates = candidates.into_iter().take(2_000);
    let allowed = (name.chars().count() / 3).max(1);
    candidates
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 2 * allowed + 2)
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}
