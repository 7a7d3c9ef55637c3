//! `lind lsp`: the language server, over standard input and output.
//!
//! The same compiler as everywhere, held open: a document is compiled when
//! somebody asks, or when nothing else waits. A broken text has its tree too;
//! what the text said when it was last whole helps to complete it.

mod complete;
mod document;
mod edit;
mod hover;
mod index;
mod outline;
mod pages;
mod place;
mod settings;
mod tokens;

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::{
    CodeActionOptions, CodeActionKind, CodeActionProvider, CodeLensOptions, CompletionOptions, DefinitionProvider,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentFormattingProvider,
    DocumentSymbolProvider, FoldingRangeProvider, Full, HoverProvider, InlayHintProvider, PublishDiagnosticsParams,
    ReferencesProvider, RenameOptions, RenameProvider, Save, SemanticTokensLegend, SemanticTokensOptions,
    SemanticTokensProvider, ServerCapabilities, TextDocumentContentChangeEvent, TextDocumentPositionParams,
    TextDocumentSync, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use serde_json::{Value, json};

use super::Exit;
use document::Document;

/// Be the language server of an editor, over standard input and output.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It is started by an editor; editors/README.md has the lines for VS Code, Helix, Neovim and Zed.")]
pub struct Args {
    /// Taken for the sake of editors that give it; there is no other way to talk
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Runs it.
pub fn run(_args: &Args) -> io::Result<Exit> {
    // Trees are held from request to request, so the whole server has the room that the deepest takes.
    crate::stack::with_stack(usize::MAX, serve)
}

fn serve() -> io::Result<Exit> {
    let (connection, threads) = Connection::stdio();
    let served = session(&connection);
    drop(connection);
    let ended = threads.join();
    match served {
        Ok(()) => ended.map(|()| Exit::Clean),
        Err(error) => {
            tell!("lind: the language server ended: {error}");
            Ok(Exit::CouldNotRun)
        }
    }
}

fn session(connection: &Connection) -> Result<(), lsp_server::ProtocolError> {
    let (id, _) = connection.initialize_start()?;
    let answer = json!({
        "capabilities": capabilities(),
        "serverInfo": { "name": "lind", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, answer)?;
    let mut server = Server { connection, documents: HashMap::new() };
    loop {
        let message = if server.has_untold() {
            match connection.receiver.recv_timeout(PAUSE) {
                Err(error) if error.is_timeout() => {
                    server.publish();
                    continue;
                }
                next => next.ok(),
            }
        } else {
            connection.receiver.recv().ok()
        };
        // Without a word, the editor has gone.
        let Some(message) = message else { return Ok(()) };
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(());
                }
                let response = server.answer(request);
                server.send(Message::Response(response));
            }
            Message::Notification(notification) => server.note(notification),
            Message::Response(_) => {}
        }
    }
}

/// How long nothing comes before the findings of a changed text are told: until then somebody may still type, and
/// what an editor asks goes first.
const PAUSE: Duration = Duration::from_millis(10);

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Full),
            save: Some(Save::Bool(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProvider::Bool(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(["'", " ", "{", "."].map(String::from).to_vec()),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(DefinitionProvider::Bool(true)),
        references_provider: Some(ReferencesProvider::Bool(true)),
        rename_provider: Some(RenameProvider::RenameOptions(RenameOptions { prepare_provider: Some(true), ..RenameOptions::default() })),
        document_symbol_provider: Some(DocumentSymbolProvider::Bool(true)),
        folding_range_provider: Some(FoldingRangeProvider::Bool(true)),
        document_formatting_provider: Some(DocumentFormattingProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QuickFix]),
            ..CodeActionOptions::default()
        })),
        semantic_tokens_provider: Some(SemanticTokensProvider::SemanticTokensOptions(SemanticTokensOptions {
            legend: SemanticTokensLegend { token_types: tokens::TYPES.map(String::from).to_vec(), token_modifiers: vec!["declaration".into()] },
            full: Some(Full::Bool(true)),
            ..SemanticTokensOptions::default()
        })),
        inlay_hint_provider: Some(InlayHintProvider::Bool(true)),
        code_lens_provider: Some(CodeLensOptions::default()),
        ..ServerCapabilities::default()
    }
}

struct Server<'c> {
    connection: &'c Connection,
    documents: HashMap<Uri, Document>,
}

impl Server<'_> {
    fn send(&self, message: Message) {
        // An editor that has gone reads nothing any more; the loop ends by itself.
        let _ = self.connection.sender.send(message);
    }

    fn note(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                if let Ok(DidOpenTextDocumentParams { text_document: opened }) = serde_json::from_value(params) {
                    let uri = opened.uri;
                    self.documents.insert(uri.clone(), Document::new(opened.version, opened.text));
                    self.settle(&uri);
                }
            }
            // A project file may have changed on the disk; editors do not say so.
            "textDocument/didSave" => {
                if let Some(uri) = params.pointer("/textDocument/uri").and_then(Value::as_str) {
                    self.settle(&Uri::from(uri));
                }
            }
            "textDocument/didChange" => {
                let Ok(DidChangeTextDocumentParams { text_document, mut content_changes }) = serde_json::from_value(params) else { return };
                let text = match content_changes.pop() {
                    Some(TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole)) => whole.text,
                    // Only whole texts were asked for.
                    Some(TextDocumentContentChangeEvent::TextDocumentContentChangePartial(_)) | None => return,
                };
                let version = text_document.version;
                self.documents.entry(text_document.text_document_identifier.uri).or_default().change(version, text);
            }
            "textDocument/didClose" => {
                if let Ok(DidCloseTextDocumentParams { text_document }) = serde_json::from_value(params) {
                    self.documents.remove(&text_document.uri);
                    self.tell(PublishDiagnosticsParams { uri: text_document.uri, version: None, diagnostics: Vec::new() });
                }
            }
            _ => {}
        }
    }

    /// Takes the levels of findings from the project that a text belongs to.
    fn settle(&mut self, uri: &Uri) {
        let Some(document) = self.documents.get_mut(uri) else { return };
        let (levels, wrong) = settings::of(uri);
        document.settle(levels);
        wrong.into_iter().for_each(|wrong| self.tell(wrong));
    }

    fn tell(&self, params: PublishDiagnosticsParams) {
        self.send(Message::Notification(Notification::new("textDocument/publishDiagnostics".into(), params)));
    }

    fn has_untold(&self) -> bool {
        self.documents.values().any(Document::is_untold)
    }

    /// Tells what is found in every text that has changed.
    fn publish(&mut self) {
        let mut told = Vec::new();
        for (uri, document) in &mut self.documents {
            if document.is_untold() {
                told.push(document.findings(uri));
            }
        }
        told.into_iter().for_each(|params| self.tell(params));
    }

    fn answer(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str).map(Uri::from);
        let Some(document) = uri.as_ref().and_then(|uri| self.documents.get_mut(uri)) else {
            let of_a_text = uri.is_some() && method.starts_with("textDocument/");
            return if of_a_text {
                Response::new_err(id, ErrorCode::InvalidParams as i32, format!("`{method}` is asked of a text that is not open"))
            } else {
                Response::new_err(id, ErrorCode::MethodNotFound as i32, format!("`{method}` is not offered"))
            };
        };
        let uri = uri.unwrap_or_else(|| Uri::from(""));
        if method == "textDocument/formatting" {
            // Layout asks the grammar alone, and what else there is to say of the text can wait.
            return Response::new_ok(id, edit::formatting(document.text()));
        }
        document.compile();
        let document = &*document;
        let at = serde_json::from_value::<TextDocumentPositionParams>(params.clone())
            .map(|params| place::offset(document.source(), params.position));
        let answer = match (method.as_str(), at) {
            ("textDocument/hover", Ok(at)) => Ok(json!(hover::hover(document, at))),
            ("textDocument/completion", Ok(at)) => Ok(json!(complete::complete(document, at))),
            ("textDocument/definition", Ok(at)) => Ok(json!(index::definition(document, &uri, at))),
            ("textDocument/references", Ok(at)) => {
                let declared = params.pointer("/context/includeDeclaration").and_then(Value::as_bool).unwrap_or(true);
                Ok(json!(index::references(document, &uri, at, declared)))
            }
            ("textDocument/prepareRename", Ok(at)) => Ok(json!(edit::prepare_rename(document, at))),
            ("textDocument/rename", Ok(at)) => {
                let name = params.get("newName").and_then(Value::as_str).unwrap_or_default();
                edit::rename(document, &uri, at, name).map(|edit| json!(edit))
            }
            ("textDocument/documentSymbol", _) => Ok(json!(outline::symbols(document))),
            ("textDocument/foldingRange", _) => Ok(json!(outline::folding(document))),
            ("textDocument/codeAction", _) => serde_json::from_value(params)
                .map(|params| json!(edit::actions(document, &uri, &params)))
                .map_err(|error| error.to_string()),
            ("textDocument/semanticTokens/full", _) => Ok(json!(tokens::tokens(document))),
            ("textDocument/inlayHint", _) => Ok(json!(outline::hints(document))),
            ("textDocument/codeLens", _) => Ok(json!(outline::lenses(document))),
            (method, _) => return Response::new_err(id, ErrorCode::MethodNotFound as i32, format!("`{method}` is not offered")),
        };
        match answer {
            Ok(value) => Response { id, response_result: Ok(value) },
            Err(message) => Response::new_err(id, ErrorCode::RequestFailed as i32, message),
        }
    }
}
