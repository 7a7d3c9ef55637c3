#!/usr/bin/env python3
"""How fast the generated checkers are, beside functions written by hand for the same protocol.

    python3 benches/checkers.py [rust] [python] [typescript] [duckdb]

Needs cargo for Rust, Node 20 for TypeScript, and what `.ci/tools` installs for TypeScript and DuckDB.
The checkers are the golden files of `tests/`, which are what `lind build` emits.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from process import subject

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benches" / "checkers"
GOLDEN = ROOT / "tests" / "golden" / "NCT05106972"
TOOLS = ROOT / "target" / "tools"
RECORDS = 2_000
TARGETS = {"rust": 1.3, "python": 2.0, "typescript": 2.0, "duckdb": 2.0}


def cohort(path, count):
    """Records of subjects, the same on every run."""
    chance = random.Random(1747)
    path.write_text("".join(json.dumps(subject(chance), separators=(",", ":")) + "\n" for _ in range(count)), "utf-8")
    return path


def mistakes(path):
    """A sound record, wrong in one place at a time."""
    chance = random.Random(1747)
    sound = next(record for record in iter(lambda: subject(chance), None) if len(record) == 35 and record["sex"] == "male")
    wrong = [
        {"birth_date": "1975-02-30"},
        {"birth_date": "1975-2-3"},
        {"birth_date": "1975/02/03"},
        {"birth_date": "0000-01-01"},
        {"cirrhosis_onset": "999999-1-1"},
        {"registration": "2026-13"},
        {"sex": "unknown"},
        {"causes": ["hepatitis_b", "hepatitis_b"]},
        {"active_viral": ["hepatitis_x"]},
        {"pt": {"value": 12.0, "upper": 11.0, "lower": 14.5}},
        {"pt_control": 1e300},
        {"pregnant": True},
        {"albumin": [{"date": "yesterday"}]},
        {"albumin": [None]},
        {"gi_bleed": [{"date": "2026-03-02", "end": "2026-03-01"}]},
    ]
    path.write_text("".join(json.dumps({**sound, **change}) + "\n" for change in wrong), "utf-8")
    return path


def tool(name):
    """A program that `.ci/tools` installed, or the one on the path."""
    installed = [TOOLS / "node_modules" / ".bin" / name, TOOLS / "python" / "bin" / name]
    found = next((str(path) for path in installed if path.exists()), None) or shutil.which(name)
    return found or sys.exit(f"`{name}` is not there; `.ci/tools` installs what the benchmark needs")


def measured(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return json.loads(done.stdout)


def rust(folder, records, wrong):
    target = ROOT / "target" / "checkers-bench"
    build = ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", str(HERE / "Cargo.toml")]
    subprocess.run(build, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    return measured([target / "release" / "checkers", records, wrong, "60"])


def python(folder, records, wrong):
    return measured([sys.executable, "-B", HERE / "main.py", GOLDEN / "checker.py", records, wrong, "12"])


def typescript(folder, records, wrong):
    for source in (HERE / "main.ts", HERE / "by_hand.ts", GOLDEN / "checker.ts"):
        shutil.copy(source, folder)
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--rewriteRelativeImportExtensions", "--skipLibCheck"]
    (folder / "package.json").write_text('{ "type": "module" }', "utf-8")
    (folder / "node.d.ts").write_text(
        'declare module "node:fs" { export function readFileSync(path: string, encoding: "utf8"): string; }\n'
        "declare const process: { argv: string[] };\n",
        "utf-8",
    )
    command = [tool("tsc"), *options, "main.ts", "node.d.ts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout)
    return measured([tool("node"), folder / "main.js", records, wrong, "60"])


def duckdb(folder, records, wrong):
    many = cohort(folder / "many.ndjson", 10 * RECORDS)
    return measured([tool("python3"), "-B", HERE / "main_sql.py", GOLDEN / "checker.duckdb.sql", many, wrong, "8"])


def main():
    wanted = sys.argv[1:] or list(TARGETS)
    if any(name not in TARGETS for name in wanted):
        sys.exit(__doc__)
    measures = {"rust": rust, "python": python, "typescript": typescript, "duckdb": duckdb}
    print(f"{'':<12}{'from':<10}{'generated/s':>14}{'by hand/s':>14}{'times':>8}{'target':>9}")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        records, wrong = cohort(folder / "cohort.ndjson", RECORDS), mistakes(folder / "mistakes.ndjson")
        for name in wanted:
            times = measures[name](folder, records, wrong)
            for what, pair in times.items():
                row(name, what, pair if isinstance(pair, list) else [pair, times["record"][1]])


def row(name, what, pair):
    generated, by_hand = pair
    ratio = generated / by_hand
    line = f"{name:<12}{what:<10}{1 / generated:>14,.0f}{1 / by_hand:>14,.0f}{ratio:>8.2f}"
    if what == "record":
        line += f"{'<= ' + format(TARGETS[name], 'g'):>9}  {'met' if ratio <= TARGETS[name] else 'MISSED'}"
    print(line, flush=True)


if __name__ == "__main__":
    main()
