#!/usr/bin/env python3
"""How long an editor waits for `lind lsp` on a protocol of 500 criteria.

    benches/editor.py [path of the binary]

Needs the release binary (`cargo build --release`) and nothing but Python's
standard library. Each request follows a change of the text, as while somebody
types, so the time of each holds that of compiling the new text too.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = ROOT / "protocols" / "NCT05106972.lind"
CRITERIA = 500
ROUNDS = 30
# Milliseconds within which an answer has to come.
MOST = 20.0
URI = "file:///bench.lind"


class Server:
    """`lind lsp` with one text open."""

    def __init__(self, lind, text):
        self.process = subprocess.Popen([lind, "lsp", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        self.version = 1
        # The last version of the text of which it was told what is found.
        self.told = 0
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})
        self.tell("textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "lind", "version": 1, "text": text}})
        self.settle()

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        """The next message, and when it was there: reading it is the editor's time, not the server's."""
        length = None
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length is None:
            sys.exit("the server ended")
        body = self.process.stdout.read(length)
        arrived = time.perf_counter()
        message = json.loads(body)
        if message.get("method") == "textDocument/publishDiagnostics":
            self.told = message["params"]["version"]
        return message, arrived

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        """The answer, and the milliseconds from the question until it was there."""
        self.number += 1
        start = time.perf_counter()
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message, arrived = self.receive()
            if message.get("id") == self.number:
                if "error" in message:
                    sys.exit(f"{method}: {message['error']['message']}")
                return message["result"], (arrived - start) * 1e3

    def change(self, text):
        self.version += 1
        document = {"uri": URI, "version": self.version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def settle(self):
        """Waits until the server has told what is found of the text as it is now."""
        while self.told < self.version:
            self.receive()


def long_protocol():
    """The shipped protocol with criteria of the same kinds until there are 500."""
    text = PROTOCOL.read_text(encoding="utf-8")
    shipped = sum(line.startswith(("include ", "exclude ")) for line in text.splitlines())
    more = [
        f'exclude more_{i}:\n  "PT greater than {i} seconds, with another cause or an age above {i} years"\n'
        f"  pt > {i} seconds and (causes has any except {{ hepatitis_b }} or age > {i} years)\n\n"
        for i in range(CRITERIA - shipped)
    ]
    at = text.index("include ")
    return text[:at] + "".join(more) + text[at:]


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    lind = os.path.abspath(sys.argv[1]) if len(sys.argv) == 2 else str(ROOT / "target" / "release" / "lind")
    if not os.access(lind, os.X_OK):
        sys.exit(f"{lind} is not there; build it with `cargo build --release`")
    text = long_protocol()
    # A criterion in the middle: the fact that it reads, its name, and the end of a line to complete.
    lines = text.splitlines()
    criterion = next(i for i, line in enumerate(lines) if line.startswith(f"exclude more_{CRITERIA // 2}:"))
    document = {"textDocument": {"uri": URI}}
    on_fact = {**document, "position": {"line": criterion + 2, "character": 3}}
    on_name = {**document, "position": {"line": criterion, "character": 10}}
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": len(lines), "character": 0}}
    questions = {
        "hover": on_fact,
        "completion": {**document, "position": {"line": criterion + 2, "character": len(lines[criterion + 2])}},
        "definition": on_fact,
        "references": {**on_fact, "context": {"includeDeclaration": True}},
        "prepareRename": on_name,
        "rename": {**on_name, "newName": "another_name"},
        "documentSymbol": document,
        "foldingRange": document,
        "formatting": {**document, "options": {"tabSize": 2, "insertSpaces": True}},
        "codeAction": {**document, "range": everything, "context": {"diagnostics": []}},
        "semanticTokens/full": document,
        "inlayHint": {**document, "range": everything},
        "codeLens": document,
    }
    server = Server(lind, text)
    print(f"{CRITERIA} criteria, {len(lines)} lines, {len(text.encode())} bytes; each request after a change of the text")
    print(f"\n{'milliseconds':<24}{'median':>10}{'best':>10}{'worst':>10}{'target':>10}")
    waits = {method: [] for method in questions}
    for i in range(ROUNDS):
        for method, params in questions.items():
            # Comments behind the last line: nothing moves, and formatting has something to do.
            server.change(f"{text}\n\n\n#{i} {method}\n")
            if method == "rename":
                # An editor asks what would be renamed before it asks its user for the new name.
                server.ask("textDocument/prepareRename", on_name)
            waits[method].append(server.ask(f"textDocument/{method}", params)[1])
            server.settle()
    for method, own in waits.items():
        median = statistics.median(own)
        word = "met" if median <= MOST else "MISSED"
        print(f"{method:<24}{median:>10.1f}{min(own):>10.1f}{max(own):>10.1f}{f'<= {MOST:g}':>10}  {word}")
    server.ask("shutdown", None)
    server.tell("exit", None)
    server.process.wait()


if __name__ == "__main__":
    main()
