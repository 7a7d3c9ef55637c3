//! An open text, what it compiles to, and what it said when it was last whole.

use lsp_types::{
    Code, Diagnostic as Told, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, Message,
    PublishDiagnosticsParams, Uri,
};

use super::index::Index;
use super::pages;
use super::place::range;
use crate::cli::load::text_of;
use crate::cli::project::Levels;
use crate::diagnostic::{Diagnostic, Severity};
use crate::protocol::Protocol;
use crate::span::{Source, Span};
use crate::syntax::ast::Ast;
use crate::syntax::{Word, parse_words};

/// An open text.
#[derive(Default)]
pub struct Document {
    version: i32,
    text: String,
    compiled: Option<Compiled>,
    /// What it was when it last had no error.
    whole: Option<Compiled>,
    levels: Levels,
    told: bool,
}

/// What a text compiles to.
pub struct Compiled {
    pub source: Source,
    pub ast: Ast,
    /// What to colour by the grammar alone.
    pub words: Vec<(Span, Word)>,
    pub index: Index,
    pub found: Vec<Diagnostic>,
    pub protocol: Option<Protocol>,
}

impl Compiled {
    fn of(text: String, levels: &Levels) -> Self {
        let (source, unreadable) = text_of("the text", text.into_bytes());
        let (ast, diagnostics, words) = parse_words(&source);
        let (names, compilation) = crate::front(&source, &ast, diagnostics);
        let index = Index::new(&ast, &names);
        let found = unreadable.map_or(compilation.diagnostics, |diagnostic| vec![diagnostic]);
        let (found, _) = levels.apply(found);
        Self { source, ast, words, index, found, protocol: compilation.protocol }
    }
}

impl Document {
    pub fn new(version: i32, text: String) -> Self {
        Self { version, text, ..Self::default() }
    }

    pub fn change(&mut self, version: i32, text: String) {
        if let Some(compiled) = self.compiled.take().filter(|compiled| compiled.protocol.is_some()) {
            self.whole = Some(compiled);
        }
        (self.version, self.text, self.told) = (version, text, false);
    }

    /// Takes other levels for what is found.
    pub fn settle(&mut self, levels: Levels) {
        if self.levels != levels {
            (self.levels, self.compiled, self.told) = (levels, None, false);
        }
    }

    pub fn compile(&mut self) {
        if self.compiled.is_none() {
            self.compiled = Some(Compiled::of(self.text.clone(), &self.levels));
        }
    }

    pub fn is_untold(&self) -> bool {
        !self.told
    }

    /// What the text is now; [`Document::compile`] has been called.
    pub fn now(&self) -> &Compiled {
        self.compiled.as_ref().unwrap_or_else(|| unreachable!("a request compiles first"))
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn source(&self) -> &Source {
        &self.now().source
    }

    /// The protocol as it was last whole.
    pub fn protocol(&self) -> Option<&Protocol> {
        self.now().protocol.as_ref().or_else(|| self.whole.as_ref().and_then(|whole| whole.protocol.as_ref()))
    }

    /// Everything that is known of names: now, then as it was last whole.
    pub fn known(&self) -> impl Iterator<Item = &Compiled> {
        std::iter::once(self.now()).chain(&self.whole)
    }

    /// What was found, as the editor takes it.
    pub fn findings(&mut self, uri: &Uri) -> PublishDiagnosticsParams {
        self.compile();
        self.told = true;
        let Compiled { source, found, .. } = self.now();
        let diagnostics = found.iter().map(|diagnostic| told(source, uri, diagnostic)).collect();
        PublishDiagnosticsParams { uri: uri.clone(), version: Some(self.version), diagnostics }
    }
}

/// A finding as the editor takes it.
pub fn told(source: &Source, uri: &Uri, diagnostic: &Diagnostic) -> Told {
    let related: Vec<_> = diagnostic
        .related
        .iter()
        .map(|label| DiagnosticRelatedInformation {
            location: Location { uri: uri.clone(), range: range(source, label.span) },
            message: label.message.clone(),
        })
        .collect();
    let name = diagnostic.code.name();
    Told {
        range: range(source, diagnostic.span),
        severity: Some(match diagnostic.severity() {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
            Severity::Info => DiagnosticSeverity::Information,
        }),
        code: Some(Code::String(name.into())),
        code_description: pages::link(diagnostic.code),
        source: Some("lind".into()),
        message: Message::String(match &diagnostic.help {
            Some(help) => format!("{}\n{help}", diagnostic.message),
            None => diagnostic.message.clone(),
        }),
        tags: name.starts_with("unused").then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: Some(related).filter(|related| !related.is_empty()),
        ..Told::default()
    }
}
