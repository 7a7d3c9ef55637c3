//! Diagnostics for people, drawn by miette.

use std::fmt::{self, Display, Write as _};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};

use super::{Diagnostic, Severity};
use crate::span::{Source, Span};

/// A source as miette reads it: from the lines around a place rather than from the first line on.
struct Lines<'a> {
    source: &'a Source,
    /// Whether miette sees the lines that the source counts; a carriage return alone is a line to it only.
    alike: bool,
}

impl<'s> Lines<'s> {
    fn new(source: &'s Source) -> Self {
        let bytes = source.text().as_bytes();
        let alone = |i: usize| bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n');
        Self { source, alike: !(0..bytes.len()).any(alone) }
    }
}

impl SourceCode for Lines<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let line = if self.alike { self.source.position(span.offset() as u32).line } else { 1 };
        let line = line.saturating_sub(before).max(1);
        let start = self.source.line_start(line);
        let text = &self.source.text().as_bytes()[start..];
        let near = text.read_span(&(span.offset() - start, span.len()).into(), before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.source.name().to_string(),
            near.data(),
            (near.span().offset() + start, near.span().len()).into(),
            near.line() + line - 1,
            // Columns count characters here as everywhere; at the start of a line there is nothing to count.
            if near.column() == 0 { 0 } else { self.source.position(span.offset() as u32).column - 1 },
            // Lines of this piece alone: miette joins two pieces where the first reaches the second.
            near.line_count() - near.line(),
        )))
    }
}

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
/// miette is handed the lines around each place; a file that is not text has
/// none to show, so only its message is drawn.
pub fn render(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    let theme = match (style.colour, style.unicode) {
        (true, true) => GraphicalTheme::unicode(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (true, false) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let lines = Lines::new(source);
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
