"""Times the generated checker in Python beside the one by hand: CHECKER COHORT MISTAKES ROUNDS."""

import importlib.util
import json
import sys
import time

import by_hand

_, path, cohort, mistakes, rounds = sys.argv
spec = importlib.util.spec_from_file_location("checker", path)
checker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checker)


def read(path):
    with open(path, encoding="utf-8") as lines:
        return lines.read().splitlines()


lines = read(cohort)


def told(report):
    """Verdict and outcomes as the generated checker tells them."""
    if "invalid" in report:
        return "invalid"
    truth = {"pass": True, "fail": False, "unknown": None}
    return report["verdict"], {name: truth[word] for name, word in report["criteria"].items()}


def told_by_hand(report):
    return "invalid" if "invalid" in report else (report["verdict"], report["criteria"])


for line in lines + read(mistakes):
    found, expected = told(checker.check(json.loads(line))), told_by_hand(by_hand.check(json.loads(line)))
    assert found == expected, f"generated: {found}\nby hand: {expected}\non {line}"
for line in read(mistakes):
    assert told_by_hand(by_hand.check(json.loads(line))) == "invalid", f"by hand this is valid: {line}"


def in_turn(*work):
    """The best times of two pieces of work, taken in turn so that a busy machine strikes both alike."""
    least = [float("inf")] * len(work)
    for _ in range(int(rounds)):
        for i, run in enumerate(work):
            start = time.perf_counter()
            run()
            least[i] = min(least[i], (time.perf_counter() - start) / len(lines))
    return least


def over(check, records):
    def run():
        for record in records:
            check(record)

    return run


records = [json.loads(line) for line in lines]
record = in_turn(over(checker.check, records), over(by_hand.check, records))
line = in_turn(
    over(lambda line: json.dumps(checker.check(json.loads(line)), separators=(",", ":")), lines),
    over(lambda line: json.dumps(by_hand.check(json.loads(line)), separators=(",", ":")), lines),
)
print(json.dumps({"record": record, "line": line}))
