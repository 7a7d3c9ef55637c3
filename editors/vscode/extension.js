// Starts `lind lsp` for every open protocol.
"use strict";

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async function activate() {
  const command = workspace.getConfiguration("lind").get("path", "lind");
  client = new LanguageClient(
    "lind",
    "lind",
    { command, args: ["lsp"] },
    { documentSelector: [{ language: "lind" }] },
  );
  await client.start();
};

exports.deactivate = function deactivate() {
  return client?.stop();
};
