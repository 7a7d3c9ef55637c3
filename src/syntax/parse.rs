//! Runs the grammar and turns its pairs into the tree.
//!
//! One grammar rule is one function of the same name: declarations stand in
//! [`super::declarations`], expressions in [`super::expressions`], and what
//! they share here.

use pest::Parser as _;
use pest::iterators::{Pair, Pairs};

use super::ast::{Ast, Comment, Name, Num, Str, UnitWord};
use super::scan::{Scanned, scan};
use crate::diagnostic::{Applicability, Code, Diagnostic};
use crate::span::{Source, Span};
use crate::stack::with_stack;

/// The grammar on one page: `grammar/lind.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/lind.pest"]
#[allow(missing_docs, reason = "the generated rules are documented in the grammar")]
struct Grammar;

/// What the grammar makes of a scanned text.
pub(super) fn pairs(text: &str) -> Result<Pairs<'_, Rule>, Box<pest::error::Error<Rule>>> {
    Grammar::parse(Rule::file, text).map_err(Box::new)
}

/// Reads a source into a tree. Never fails: what cannot be read is reported and left out.
pub fn parse(source: &Source) -> (Ast, Vec<Diagnostic>) {
    let (ast, diagnostics, ()) = read(source, |_, _, _| ());
    (ast, diagnostics)
}

/// As [`parse`], and what else is made of the grammar's pairs and of what was found, so that a text is read only once.
pub(super) fn read<T: Send>(
    source: &Source,
    also: impl FnOnce(&Scanned, Option<Pairs<'_, Rule>>, &[Diagnostic]) -> T + Send,
) -> (Ast, Vec<Diagnostic>, T) {
    let scanned = scan(source.text());
    with_stack(scanned.depth, || {
        let mut parser = Parser {
            source: source.text(),
            text: &scanned.text,
            comments: &scanned.comments,
            diagnostics: scanned.diagnostics.clone(),
        };
        let read = parser.pairs();
        let mut ast = parser.file(read.clone());
        // What was blanked leaves holes that are no mistakes of their own.
        let mut diagnostics = parser.diagnostics;
        diagnostics.retain(|d| {
            d.code == Code::TooDeep || !scanned.blanked.iter().any(|b| d.span.end >= b.start && d.span.start <= b.end)
        });
        diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
        ast.comments.clone_from(&scanned.comments);
        let made = also(&scanned, read, &diagnostics);
        (ast, diagnostics, made)
    })
}

/// What the functions of this phase share.
pub(super) struct Parser<'a> {
    /// The source, for what strings say.
    source: &'a str,
    /// The scanned text, which the grammar reads.
    text: &'a str,
    comments: &'a [Comment],
    pub(super) diagnostics: Vec<Diagnostic>,
}

pub(super) use Rule as R;

impl<'a> Parser<'a> {
    fn pairs(&mut self) -> Option<Pairs<'a, Rule>> {
        match pairs(self.text) {
            Ok(pairs) => Some(pairs),
            // `file` matches every text; if the grammar ever broke that promise, the user must see it.
            Err(error) => {
                let at = match error.location {
                    pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
                };
                self.diagnostics.push(
                    Code::UnexpectedText
                        .at(Span::new(at, at), "the file could not be read beyond this place")
                        .help("this is a gap in lind's error recovery; please report the file"),
                );
                None
            }
        }
    }

    fn file(&mut self, read: Option<Pairs<'_, Rule>>) -> Ast {
        let mut ast = Ast::default();
        for pair in read.into_iter().flatten().flat_map(Pair::into_inner) {
            let span = span(&pair);
            match pair.as_rule() {
                Rule::stray => self.stray(span),
                Rule::EOI => {}
                _ => {
                    self.check_column(span);
                    ast.items.extend(self.declaration(pair));
                }
            }
        }
        ast
    }

    fn check_column(&mut self, declaration: Span) {
        let start = declaration.start as usize;
        let line_start = self.text[..start].rfind('\n').map_or(0, |n| n + 1);
        let indent = Span::new(line_start, start);
        if start == line_start || indent.text(self.source).contains(|c: char| c != ' ' && c != '\t') {
            return;
        }
        let word = declaration.text(self.text).split_whitespace().next().unwrap_or_default();
        self.diagnostics.push(
            Code::IndentedDeclaration
                .at(Span::new(start, start + word.len()), format!("`{word}` opens a declaration and belongs in the first column"))
                .label("indented")
                .help("what is indented belongs to the declaration above it")
                .fix(indent, "", Applicability::Safe),
        );
    }

    /// Text in the first column that opens no declaration.
    fn stray(&mut self, span: Span) {
        let text = span.text(self.text);
        let first = text.split(|c: char| c.is_whitespace() || c == ':').next().unwrap_or_default();
        let here = Span::new(span.start as usize, span.start as usize + first.len().max(1));
        let opens = text.lines().next().is_some_and(|line| line.contains(':'));
        let words =
            ["trial", "anchor", "fact", "values", "define", "assume", "hypothesis", "include", "exclude", "intervention", "arm"];
        if opens || words.contains(&first) {
            let mut diagnostic = Code::UnknownDeclaration
                .at(here, format!("`{first}` opens no declaration"))
                .label("expected a declaration")
                .help(format!("a declaration opens with one of: {}", words.join(", ")));
            let habit = match first {
                "inclusion" => Some("include"),
                "exclusion" => Some("exclude"),
                "let" | "def" => Some("define"),
                "variable" | "var" | "field" => Some("fact"),
                _ => crate::diagnostic::did_you_mean(first, words),
            };
            if let Some(word) = habit {
                diagnostic = diagnostic
                    .help(format!("did you mean `{word}`?"))
                    .fix(here, word, Applicability::NeedsReview);
            }
            self.diagnostics.push(diagnostic);
        } else {
            let end = span.start as usize + text.lines().next().unwrap_or_default().trim_end().len();
            self.diagnostics.push(
                Code::UnexpectedText
                    .at(Span::new(span.start as usize, end), "this belongs to no declaration")
                    .label("starts in the first column")
                    .help("indent what belongs to the declaration above"),
            );
        }
    }

    /// A run that fits nowhere in a declaration.
    pub(super) fn skipped(&mut self, pair: &Pair<'_, Rule>) {
        let whole = span(pair);
        let text = pair.as_str();
        let first_line = text.lines().next().unwrap_or_default();
        let word_end = first_line.find(char::is_whitespace).unwrap_or(first_line.len()).max(1).min(text.len());
        let here = Span::new(whole.start as usize, whole.start as usize + first_line.trim_end().len().max(word_end).min(60));
        // A span must not end within a character.
        let mut end = here.end as usize;
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        let here = Span::new(here.start as usize, end);
        let shown = here.text(self.source).trim_end();
        let mut diagnostic =
            Code::UnexpectedText.at(here, format!("`{shown}` does not fit here")).label("not read from here on");
        if text.starts_with(')') || text.starts_with('}') {
            diagnostic = diagnostic.help("it closes nothing that was opened in this declaration");
        } else if text.starts_with(';') {
            diagnostic = diagnostic.help("nothing ends with a semicolon").fix(
                Span::new(whole.start as usize, whole.start as usize + 1),
                "",
                Applicability::Safe,
            );
        }
        self.diagnostics.push(diagnostic);
    }

    /// The empty span behind the token before `offset`: where something is missing.
    ///
    /// A zero-width pair stands behind skipped white space and comments.
    pub(super) fn behind(&self, offset: u32) -> Span {
        let mut end = offset as usize;
        loop {
            end = self.text[..end].trim_end().len();
            let comment = self.comments.partition_point(|c| (c.span.start as usize) < end).checked_sub(1);
            match comment.map(|i| self.comments[i].span) {
                Some(span) if span.end as usize >= end => end = span.start as usize,
                _ => return Span::new(end, end),
            }
        }
    }

    /// Reports what a zero-width pair says is missing.
    pub(super) fn missing(&mut self, code: Code, pair: &Pair<'_, Rule>, message: &str, help: &str) {
        let at = self.behind(span(pair).start);
        self.diagnostics.push(code.at(at, message).label("missing here").help(help));
    }

    pub(super) fn name(pair: &Pair<'_, Rule>) -> Name {
        Name { text: pair.as_str().to_string(), span: span(pair) }
    }

    /// The name of a declaration, which may be reserved or missing.
    pub(super) fn declared(&mut self, pair: &Pair<'_, Rule>, what: &str) -> Name {
        match pair.as_rule() {
            Rule::reserved_name => {
                let name = Self::name(pair);
                self.diagnostics.push(
                    Code::ReservedName
                        .at(name.span, format!("`{}` is a word of the language and cannot name {what}", name.text))
                        .label("reserved")
                        .help(format!("choose another name, `{}_` or a fuller one", name.text)),
                );
                name
            }
            Rule::missing_name => {
                self.missing(Code::MissingName, pair, &format!("expected the name of {what}"), "a name is a letter, then letters, digits and `_`");
                Name { text: String::new(), span: self.behind(span(pair).start) }
            }
            _ => Self::name(pair),
        }
    }

    pub(super) fn missing_colon(&mut self, pair: &Pair<'_, Rule>) {
        let at = self.behind(span(pair).start);
        self.diagnostics.push(
            Code::MissingColon
                .at(at, "expected `:` behind the name")
                .label("missing here")
                .fix(at, ":", Applicability::Safe),
        );
    }

    pub(super) fn number(pair: &Pair<'_, Rule>) -> Num {
        Num { text: pair.as_str().to_string(), span: span(pair) }
    }

    pub(super) fn unit_word(pair: &Pair<'_, Rule>) -> UnitWord {
        UnitWord { text: pair.as_str().to_string(), span: span(pair) }
    }

    /// Folds line breaks with their indentation to one space and reads the two escapes.
    pub(super) fn string(&mut self, pair: Pair<'_, Rule>) -> Str {
        let whole = span(&pair);
        let mut value = String::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::unclosed => self.diagnostics.push(
                    Code::UnclosedString
                        .at(Span::new(whole.start as usize, whole.start as usize + 1), "this string is never closed")
                        .label("opens here")
                        .help("close it with `\"`; a quote within is written `\\\"`"),
                ),
                _ => value = self.string_text(span(&part)),
            }
        }
        Str { value, span: whole }
    }

    fn string_text(&mut self, text: Span) -> String {
        let raw = text.text(self.source);
        let mut value = String::with_capacity(raw.len());
        let mut chars = raw.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            match c {
                '\n' | '\r' => {
                    value.truncate(value.trim_end_matches([' ', '\t']).len());
                    while chars.peek().is_some_and(|(_, c)| c.is_ascii_whitespace()) {
                        chars.next();
                    }
                    value.push(' ');
                }
                '\\' => match chars.next() {
                    Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                    Some((j, other)) => {
                        let start = text.start as usize;
                        self.diagnostics.push(
                            Code::UnknownEscape
                                .at(Span::new(start + i, start + j + other.len_utf8()), format!("`\\{other}` is no escape"))
                                .label("unknown escape")
                                .help("`\\\"` and `\\\\` are the only ones; a line break needs none"),
                        );
                        value.push(other);
                    }
                    None => value.push('\\'),
                },
                _ => value.push(c),
            }
        }
        value
    }

    /// Whether nothing, not even a space, stands between two places.
    pub(super) fn touches(first: Span, second: Span) -> bool {
        first.end == second.start
    }

    pub(super) fn source(&self) -> &str {
        self.source
    }
}

/// The bytes a pair covers, less trailing white space that an optional part left behind.
pub(super) fn span(pair: &Pair<'_, Rule>) -> Span {
    let span = pair.as_span();
    Span::new(span.start(), span.start() + pair.as_str().trim_end().len())
}
