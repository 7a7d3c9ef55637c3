// The grammar colours the shipped protocols as the language reads them.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const here = path.join(__dirname, "..");
const protocols = path.join(here, "..", "..", "protocols");

async function grammar() {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer;
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => {
      const file = path.join(here, "syntaxes", "lind.tmLanguage.json");
      return textmate.parseRawGrammar(fs.readFileSync(file, "utf8"), file);
    },
  });
  return registry.loadGrammar("source.lind");
}

/// Every token of a text: what it says, and its innermost scope.
function tokens(grammar, text) {
  let state = textmate.INITIAL;
  return text.split("\n").flatMap((line) => {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    return result.tokens.map((token) => ({ text: line.slice(token.startIndex, token.endIndex), scope: token.scopes.at(-1) }));
  });
}

test("each kind of word has its colour", async () => {
  const lind = await grammar();
  const text = [
    "# note",
    "trial NCT05106972",
    '  title "One',
    '    and two"',
    "fact pt: lab 's' in 0 .. 5 \"PT\"",
    "exclude long_pt:",
    '  "More than 3 \\"s\\""',
    '  allow number-not-in-text "why"',
    "  pt > 3.5e1 seconds or on 2015-01-01 # why",
  ].join("\n");
  const found = tokens(lind, text);
  const scope = (word) => found.find((token) => token.text.trim() === word)?.scope;
  for (const [word, expected] of [
    ["# note", "comment.line.number-sign.lind"],
    ["trial", "keyword.declaration.lind"],
    ["NCT05106972", "entity.name.namespace.lind"],
    ["title", "keyword.other.field.lind"],
    ["and two", "string.quoted.double.lind"],
    ["pt", "entity.name.lind"],
    ["lab", "storage.type.lind"],
    ["'s'", "constant.other.unit.lind"],
    ["..", "keyword.operator.lind"],
    ['\\"', "constant.character.escape.lind"],
    ["number-not-in-text", "constant.language.code.lind"],
    ["3.5e1", "constant.numeric.lind"],
    ["seconds", "constant.other.unit.lind"],
    ["2015-01-01", "constant.numeric.date.lind"],
  ]) {
    assert.strictEqual(scope(word), expected, word);
  }
});

test("no string of a shipped protocol runs on", async () => {
  const lind = await grammar();
  for (const name of fs.readdirSync(protocols).filter((name) => name.endsWith(".lind"))) {
    const text = fs.readFileSync(path.join(protocols, name), "utf8");
    const found = tokens(lind, text);
    const declared = found.filter((token) => token.scope === "keyword.declaration.lind").length;
    const written = text.split("\n").filter((line) => /^[a-z]/.test(line) || /^\s+reading\s/.test(line)).length;
    assert.strictEqual(declared, written, name);
  }
});

test("what the package names is there", () => {
  const read = (name) => JSON.parse(fs.readFileSync(path.join(here, name), "utf8"));
  const { main, contributes } = read("package.json");
  for (const file of [main, contributes.languages[0].configuration, contributes.grammars[0].path]) {
    assert.ok(fs.existsSync(path.join(here, file)), file);
  }
  read("language-configuration.json");
});
