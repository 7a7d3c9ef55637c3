//! Diagnostics for people, drawn by miette.

use std::fmt::{self, Display, Write as _};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::{Diagnostic, Severity};
use crate::span::{Source, Span};

/// One diagnostic with the source it speaks of, in the form miette reads.
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    source: &'a Lines<'a>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.diagnostic.code.name()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity() {
            Severity::Info => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let range = |span: Span| (span.start as usize, (span.end - span.start) as usize);
        let here = Some(self.diagnostic.label.clone()).filter(|label| !label.is_empty());
        let (start, length) = range(self.diagnostic.span);
        let first = LabeledSpan::new_primary_with_span(here, (start, length));
        let rest = self.diagnostic.related.iter().map(move |label| {
            let (start, length) = range(label.span);
            LabeledSpan::new(Some(label.message.clone()), start, length)
        });
        Some(Box::new(std::iter::once(first).chain(rest)))
    }
}

/// The source as miette asks for it: a few lines around a place, found without reading all that is before.
struct Lines<'a>(&'a Source);

impl SourceCode for Lines<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.0.text();
        let (start, end) = (span.offset(), span.offset() + span.len());
        if end > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let place = self.0.position(start as u32);
        let first = place.line.saturating_sub(before).max(1);
        let last = self.0.position(end as u32).line + after;
        // Without lines before it miette asks for the place itself, to name it.
        let (from, column) = if before == 0 { (start, place.column - 1) } else { (self.0.line_start(first), 0) };
        let to = self.0.line_start(last + 1).max(from);
        let shown = SourceSpan::from((from, to - from));
        let data = &text.as_bytes()[from..to];
        Ok(Box::new(MietteSpanContents::new_named(self.0.name().to_string(), data, shown, first - 1, column, last - first + 1)))
    }
}

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With colours.
    pub colour: bool,
    /// With box-drawing characters.
    pub unicode: bool,
    /// Columns to use.
    pub width: usize,
}

/// The longest line that is drawn.
const MAX_LINE: usize = 2_000;

/// A finding without its line.
fn plain(out: &mut String, source: &Source, diagnostic: &Diagnostic) -> fmt::Result {
    let at = source.position(diagnostic.span.start);
    writeln!(out, "{} ({})", diagnostic.code.name(), diagnostic.severity().name())?;
    writeln!(out, "  {}:{}:{}: {}", source.name(), at.line, at.column, diagnostic.message)?;
    diagnostic.help.iter().try_for_each(|help| writeln!(out, "  help: {help}"))
}

/// Draws diagnostics of one source, each followed by an empty line.
///
pub fn render(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    let theme = match (style.colour, style.unicode) {
        (true, true) => GraphicalTheme::unicode(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (true, false) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let lines = Lines(source);
    let longest = source.text().lines().map(str::len).max().unwrap_or(0);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let shown = Shown { diagnostic, source: &lines };
        // A line of thousands of characters would drown the finding that it is shown for.
        if longest > MAX_LINE || handler.render_report(&mut out, &shown).is_err() {
            let _ = plain(&mut out, source, diagnostic);
        }
        out.push('\n');
    }
    out
}
