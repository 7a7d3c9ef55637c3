#!/usr/bin/env python3
"""What whole runs of the `lind` command cost: start-up, throughput and peak memory.

    python3 benches/process.py [path of the binary]

Needs the release binary (`cargo build --release`) and nothing but Python's
standard library. Records are written to a temporary folder and removed.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = str(ROOT / "protocols" / "NCT05106972.lind")
START_UPS = 200
RECORDS = (20_000, 200_000)


class Run:
    """One process from its start to its end, its output thrown away."""

    def __init__(self, *command, watch=False):
        nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
        start = time.perf_counter()
        process = os.posix_spawn(command[0], command, os.environ, file_actions=nowhere)
        self.peak = watched(process) if watch else None
        _, status, usage = os.wait4(process, 0)
        self.seconds = time.perf_counter() - start
        self.processor = usage.ru_utime + usage.ru_stime
        self.status = os.waitstatus_to_exitcode(status)
        if self.peak is None:
            # Kibibytes on Linux, bytes on macOS. It counts what the parent held when it forked,
            # so it is an upper bound only.
            self.peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def watched(process):
    """The peak of a process's own memory in bytes, or none where the system does not tell.

    The kernel keeps the high-water mark, so a reading misses only what a
    process adds between the last reading and its end.
    """
    peak = None
    while os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        try:
            with open(f"/proc/{process}/status", encoding="ascii") as status:
                marks = [line.split() for line in status if line.startswith("VmHWM:")]
        except OSError:
            return None
        if marks:
            peak = int(marks[0][1]) * 1024
        time.sleep(0.005)
    return peak


def start_up(lind, folder):
    amended = os.path.join(folder, "amended.lind")
    text = Path(PROTOCOL).read_text(encoding="utf-8")
    longer = text.replace("albumin within 3 weeks before", "albumin within 4 weeks before")
    assert longer != text
    Path(amended).write_text(longer, encoding="utf-8")
    commands = {
        "lind --version": (lind, "--version"),
        "lind check NCT05106972.lind": (lind, "check", PROTOCOL),
        "lind diff, one criterion": (lind, "diff", PROTOCOL, amended),
    }
    runs = {name: [] for name in commands}
    for command in commands.values():
        Run(*command)
    for _ in range(START_UPS):
        # In turn, so that a busy machine strikes both alike.
        for name, command in commands.items():
            run = Run(*command)
            if run.status != 0:
                sys.exit(f"{name} ended with {run.status}")
            runs[name].append(run)
    print(f"start-up, {START_UPS} runs of each in turn\n")
    print(f"{'':<32}{'median':>12}{'best':>12}{'processor':>12}")
    medians = []
    for name, own in runs.items():
        seconds = [run.seconds for run in own]
        processor = statistics.median(run.processor for run in own)
        medians.append(statistics.median(seconds))
        print(f"{name:<32}{medians[-1] * 1e3:>9.2f} ms{min(seconds) * 1e3:>9.2f} ms{processor * 1e3:>9.2f} ms")
    target("check over --version, medians", medians[1] / medians[0], 3.0)
    target("diff over --version, medians", medians[2] / medians[0], 5.0)


def screening(lind, folder):
    print(f"\nlind screen NCT05106972.lind cohort.ndjson --format ndjson > {os.devnull}\n")
    print(f"{'records':>12}{'megabytes':>12}{'seconds':>12}{'MB/s':>12}{'records/s':>12}{'peak MiB':>12}")
    peaks = []
    for count in RECORDS:
        path = os.path.join(folder, f"{count}.ndjson")
        cohort(path, count)
        size = os.path.getsize(path)
        runs = [Run(lind, "screen", PROTOCOL, path, "--format", "ndjson", watch=True) for _ in range(3)]
        os.remove(path)
        if any(run.status != 0 for run in runs):
            sys.exit(f"lind screen ended with {[run.status for run in runs]}")
        seconds = min(run.seconds for run in runs)
        peaks.append(max(run.peak for run in runs))
        print(
            f"{count:>12,}{size / 1e6:>12.1f}{seconds:>12.3f}{size / 1e6 / seconds:>12.0f}"
            f"{count / seconds:>12,.0f}{peaks[-1] / 2**20:>12.2f}"
        )
    target("peak memory, ten times the records", peaks[1] / peaks[0], 1.05)


def target(name, figure, most):
    print(f"\n{name}: {figure:.2f} (target: at most {most:g}) {'met' if figure <= most else 'MISSED'}")


def cohort(path, count):
    chance = random.Random(1747)
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(count):
            file.write(json.dumps(subject(chance), separators=(",", ":")))
            file.write("\n")


def subject(chance):
    """A subject of the protocol: most are complete, some have gaps, a third meet every criterion."""
    sound = chance.random() < 1 / 3
    registered = date(2026, 6, 30) - timedelta(chance.randrange(300))

    def off(share):
        return not sound and chance.random() < share

    def ago(days, partial=False):
        text = (registered - timedelta(days)).isoformat()
        # Patients remember a month, or a year.
        return text[: chance.choice((4, 7, 10, 10, 10, 10))] if partial and not sound else text

    female = chance.random() < 0.5
    age = chance.randrange(90) if off(0.1) else chance.randrange(25, 55)
    cirrhosis = chance.randrange(1, 1500) if off(0.12) else chance.randrange(2200, 4000)
    unsuitable = chance.random() < 0.7
    enlarged = chance.random() < 0.25
    control = chance.randrange(110, 130)
    bleeds = []
    for _ in range(chance.randrange(3)):
        ended = chance.randrange(40) if off(0.15) else chance.randrange(35, 300)
        bleeds.append(
            {"date": ago(ended + chance.randrange(6)), "end": ago(ended), "significant": chance.random() < 0.5}
        )
    record = {
        "registration": ago(0),
        "birth_date": ago(age * 366 + chance.randrange(20, 220), True),
        "sex": "female" if female else "male",
        "causes": ["hepatitis_b", chance.choice(("alcohol", "hepatitis_c", "other"))] if off(0.1) else ["hepatitis_b"],
        "decompensated": not off(0.06),
        "hepatitis_onset": ago(cirrhosis + chance.randrange(2000), True),
        "cirrhosis_onset": ago(cirrhosis, True),
        "decompensation_onset": ago(chance.randrange(cirrhosis), True),
        "transplant_unsuitable": unsuitable,
        "donor_liver": unsuitable and chance.random() < 0.1,
        "bleeding_tendency": off(0.04),
        "bleeding": off(0.04),
        "encephalopathy": off(0.04),
        "encephalopathy_ever": off(0.04),
        "treatment_start": ago(min(cirrhosis, chance.randrange(200) if off(0.12) else chance.randrange(250, 700))),
        "symptom_relief": off(0.1),
        "life_improved": off(0.1),
        "liver_malignancy": off(0.03),
        "family_liver_malignancy": [chance.choice(("parent", "sibling", "collateral"))] if off(0.08) else [],
        "hypersplenism": enlarged,
        "needs_splenectomy": enlarged and off(0.2),
        "other_tumors": [chance.choice(("benign", "malignant"))] if off(0.07) else [],
        "pt": {
            "value": (control + chance.randrange(90 if off(0.15) else 30)) / 10,
            "upper": 14.5,
            "lower": 11.0,
            "date": ago(chance.randrange(10)),
        },
        "pt_control": control / 10,
        "pt_baseline": (control + chance.randrange(10)) / 10,
        "albumin": [
            {"date": ago(chance.randrange(30) if off(0.15) else chance.randrange(25, 300))}
            for _ in range(chance.randrange(4))
        ],
        "gi_bleed": bleeds,
        "peritonitis": off(0.04),
        "peritonitis_ever": off(0.04),
        "bacterial": off(0.04),
        "active_viral": ["hepatitis_b", "cmv"] if off(0.05) else ["hepatitis_b"],
        "pregnant": female and off(0.05),
        "lactating": female and off(0.05),
        "consent": not off(0.03),
        "inappropriate": off(0.03),
    }
    # Three in ten records have gaps: a key that is missing, or null.
    if chance.random() < 0.3:
        share = chance.choice((0.1, 0.1, 0.9))
        for key in list(record)[3:]:
            if chance.random() < share:
                if chance.random() < 0.5:
                    del record[key]
                else:
                    record[key] = None
    return record


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    lind = os.path.abspath(sys.argv[1]) if len(sys.argv) == 2 else str(ROOT / "target" / "release" / "lind")
    if not os.access(lind, os.X_OK):
        sys.exit(f"{lind} is not there; build it with `cargo build --release`")
    with tempfile.TemporaryDirectory() as folder:
        start_up(lind, folder)
        screening(lind, folder)


if __name__ == "__main__":
    main()
