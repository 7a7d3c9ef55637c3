//! One style for protocols: only white space changes.
//!
//! In: a source without syntax errors. Out: the same words, strings and
//! comments, laid out anew. A declaration opens in the first column, its parts
//! are indented by two, and a line has at most 100 columns, unless a string
//! alone is longer. The result is read again, and is handed out only if the
//! grammar sees the same tree in both and every comment is still there.
//!
//! Two things are the author's: empty lines (one is kept of many), and whether
//! the text of an anchor, fact, values or intervention stands beside its type,
//! where both fit.

mod groups;
mod print;
mod tokens;

use std::borrow::Cow;
use std::ops::Range;

use pest::Token as Edge;
use pest::iterators::{Pair, Pairs};

use super::parse::{R, pairs, read};
use super::scan::{Scanned, scan};
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Source;
use groups::{Group, groups, range};
use print::{Place, Printer};
use tokens::{Token, tokens};

/// Why a text was not laid out.
#[derive(Debug)]
pub enum Unformatted {
    /// It has syntax errors, so what belongs together is not known.
    Errors(Vec<Diagnostic>),
    /// The result would have said something else: a mistake of the formatter.
    Changed,
}

/// Lays out a protocol. What was laid out stays as it is.
pub fn format(source: &Source) -> Result<String, Unformatted> {
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity() == Severity::Error;
    let (_, mut found, text) = read(source, |scanned, written, found| {
        let written = written.filter(|_| !found.iter().any(is_error))?;
        let text = laid_out(source.text(), scanned, written.clone());
        let again = scan(&text);
        let comments = |of: &[super::ast::Comment]| of.iter().map(|c| c.text.trim_end().to_string()).collect::<Vec<_>>();
        let kept = said(written).eq(said(pairs(&again.text).ok()?)) && comments(&scanned.comments) == comments(&again.comments);
        kept.then_some(text)
    });
    found.retain(is_error);
    if !found.is_empty() {
        found.iter_mut().for_each(|diagnostic| diagnostic.align(source.text()));
        return Err(Unformatted::Errors(found));
    }
    let text = text.ok_or(Unformatted::Changed)?;
    let first = source.text().find('\n').unwrap_or(0);
    Ok(if source.text()[..first].ends_with('\r') { text.replace('\n', "\r\n") } else { text })
}

/// What the grammar reads in a text: each rule where it starts and where it ends, and the words it ends in.
fn said(read: Pairs<'_, R>) -> impl Iterator<Item = (R, bool, Option<Cow<'_, str>>)> {
    let mut tokens = read.tokens().peekable();
    std::iter::from_fn(move || match tokens.next()? {
        Edge::End { rule: which, .. } => Some((which, false, None)),
        Edge::Start { rule: which, pos } => {
            let Some(Edge::End { pos: end, .. }) = tokens.next_if(|next| matches!(next, Edge::End { .. })) else {
                return Some((which, true, None));
            };
            let text = pos.span(&end).as_str();
            let text = match which {
                R::string_text if text.contains(['\n', '\r']) => Cow::Owned(tokens::folded(text)),
                R::string_text => Cow::Borrowed(text),
                // It looks at what is behind it, so white space is part of it.
                R::minus => "-".into(),
                _ => Cow::Borrowed(text.trim()),
            };
            Some((which, true, Some(text)))
        }
    })
}

fn laid_out(source: &str, scanned: &Scanned, read: Pairs<'_, R>) -> String {
    let is_atom = |which: R| matches!(which, R::number | R::date | R::trial_id | R::code_name | R::string | R::unit);
    let mut starts = Vec::new();
    let mut atoms = Vec::new();
    for edge in read.clone().tokens() {
        match edge {
            Edge::Start { rule: which, pos } if is_atom(which) => starts.push(pos.pos()),
            Edge::End { rule: which, pos } if is_atom(which) => atoms.extend(starts.pop().map(|start| (start, pos.pos()))),
            Edge::Start { .. } | Edge::End { .. } => {}
        }
    }
    let tokens = tokens(source, scanned, &atoms);
    let mut layout = Layout { tokens: &tokens, printer: Printer::new(&tokens) };
    for declaration in read.flat_map(Pair::into_inner) {
        match declaration.as_rule() {
            R::EOI => layout.printer.go(tokens.len() - 1, Place::Line(0)),
            R::trial => layout.trial(declaration),
            _ => layout.declaration(declaration, 0),
        }
    }
    layout.printer.finish()
}

/// The column in which the header's values start.
const VALUES: usize = 14;

struct Layout<'t> {
    tokens: &'t [Token],
    printer: Printer<'t>,
}

/// A part of a declaration that may stand on a line of its own.
struct Piece {
    tokens: Range<usize>,
    groups: Vec<Group>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Body,
    /// Notes, codes, labels, what an arm gives.
    Line,
}

impl Layout<'_> {
    fn trial(&mut self, pair: Pair<'_, R>) {
        let whole = range(self.tokens, &pair);
        let fields: Vec<usize> = pair
            .into_inner()
            .filter(|part| !matches!(part.as_rule(), R::kw_trial | R::trial_id))
            .map(|part| range(self.tokens, &part).start)
            .collect();
        for at in whole.clone() {
            let place = match () {
                () if at == whole.start => Place::Line(0),
                () if fields.contains(&at) => Place::Line(2),
                () if at > whole.start && fields.contains(&(at - 1)) => Place::Column(VALUES),
                () => Place::Inline,
            };
            self.printer.token(at, place);
        }
    }

    /// A declaration, or a reading within one: its head, then its pieces.
    fn declaration(&mut self, pair: Pair<'_, R>, indent: usize) {
        let whole = range(self.tokens, &pair);
        let mut head = whole.start..whole.end;
        let mut pieces = Vec::new();
        let mut readings = Vec::new();
        let which = pair.as_rule();
        let in_head = self.pieces(pair, &mut pieces, &mut readings);
        let first = pieces.first().map(|piece| piece.tokens.start);
        let reading = readings.first().map(|reading| range(self.tokens, reading).start);
        head.end = first.or(reading).unwrap_or(head.end);

        self.printer.go(whole.start, Place::Line(indent));
        if let [only] = &pieces[..]
            && self.one_line(only, &head, indent, which)
        {
            self.printer.run(head, &[]);
            let text = only.kind == Kind::Text && self.tokens[only.tokens.start - 1].text() != ":";
            self.printer.go(only.tokens.start, if text { Place::Aligned } else { Place::Inline });
            self.printer.run(only.tokens.clone(), &[]);
        } else {
            self.printer.hang();
            self.printer.run(head, &in_head);
            for piece in &pieces {
                self.printer.go(piece.tokens.start, Place::Line(indent + 2));
                self.printer.run(piece.tokens.clone(), &piece.groups);
            }
        }
        for reading in readings {
            self.declaration(reading, indent + 2);
        }
    }

    /// Sorts the children into pieces and readings; the groups of what stays in the head.
    fn pieces<'i>(&self, pair: Pair<'i, R>, pieces: &mut Vec<Piece>, readings: &mut Vec<Pair<'i, R>>) -> Vec<Group> {
        let mut head = Vec::new();
        let start = range(self.tokens, &pair).start;
        for part in pair.into_inner() {
            let tokens = range(self.tokens, &part);
            let kind = match part.as_rule() {
                R::text => {
                    for inner in part.into_inner() {
                        let kind = if inner.as_rule() == R::string { Kind::Text } else { Kind::Line };
                        pieces.push(Piece { tokens: range(self.tokens, &inner), groups: Vec::new(), kind });
                    }
                    continue;
                }
                R::reading | R::defined_reading => {
                    readings.push(part);
                    continue;
                }
                R::rule | R::expression => Kind::Body,
                R::label | R::participants | R::give => Kind::Line,
                other => {
                    head.extend(groups(self.tokens, part, false));
                    if other == R::when {
                        let breaks = vec![(tokens.start, 2)];
                        head = vec![Group { tokens: start..tokens.end, breaks, fill: false, inner: head }];
                    }
                    continue;
                }
            };
            let groups = groups(self.tokens, part, false);
            pieces.push(Piece { tokens, groups, kind });
        }
        head
    }

    /// Whether a declaration with one piece stands on one line.
    fn one_line(&self, piece: &Piece, head: &Range<usize>, indent: usize, which: R) -> bool {
        let beside = self.tokens[piece.tokens.start].beside;
        let may = match (which, piece.kind) {
            (R::arm, _) => false,
            (_, Kind::Body) => true,
            (R::anchor | R::fact | R::values | R::intervention, Kind::Text | Kind::Line) => beside,
            (_, Kind::Text | Kind::Line) => false,
        };
        // A text that is set off takes one column more.
        may && self.printer.fits(head.start..piece.tokens.end, indent + usize::from(piece.kind == Kind::Text))
    }
}
