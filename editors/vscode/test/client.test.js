// The extension starts `lind lsp` as it is configured; the editor and its client library are stand-ins.
"use strict";

const assert = require("node:assert");
const Module = require("node:module");
const test = require("node:test");

test("the extension starts the configured command and stops it", async () => {
  const calls = [];
  class LanguageClient {
    constructor(id, name, server, options) {
      calls.push(["new", id, server, options]);
    }
    async start() {
      calls.push(["start"]);
    }
    async stop() {
      calls.push(["stop"]);
    }
  }
  const stand = {
    vscode: { workspace: { getConfiguration: () => ({ get: () => "/opt/lind" }) } },
    "vscode-languageclient/node": { LanguageClient },
  };
  const load = Module._load;
  Module._load = (name, ...rest) => stand[name] ?? load(name, ...rest);
  const { activate, deactivate } = require("../extension.js");
  Module._load = load;
  await activate();
  await deactivate();
  assert.deepStrictEqual(calls, [
    ["new", "lind", { command: "/opt/lind", args: ["lsp"] }, { documentSelector: [{ language: "lind" }] }],
    ["start"],
    ["stop"],
  ]);
});
