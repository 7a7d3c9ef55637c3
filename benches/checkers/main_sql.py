"""Times the generated view in DuckDB beside the one by hand: CHECKER COHORT MISTAKES ROUNDS."""

import json
import sys
import time
from pathlib import Path

import duckdb

_, path, cohort, mistakes, rounds = sys.argv


def loaded(records):
    database = duckdb.connect(config={"threads": 1})
    database.execute(Path(path).read_text(encoding="utf-8"))
    database.execute(Path(__file__).with_name("by_hand.sql").read_text(encoding="utf-8"))
    database.execute("INSERT INTO subject SELECT * FROM subject_records(?)", [records])
    return database


def columns(database):
    return ", ".join(column[0] for column in database.execute("SELECT * FROM by_hand LIMIT 0").description)


def rows(database, view):
    return database.execute(f"SELECT {columns(database)} FROM {view} ORDER BY CAST(_subject AS BIGINT)").fetchall()


for records in (cohort, mistakes):
    database = loaded(records)
    for found, expected in zip(rows(database, "eligibility"), rows(database, "by_hand"), strict=True):
        assert found == expected, f"generated: {found}\nby hand: {expected}\nof {records}"
        assert (expected[1] is None) == (records == mistakes), f"by hand this is no mistake: {expected}"

database = loaded(cohort)
count = database.execute("SELECT count(*) FROM subject").fetchone()[0]


def seconds(query):
    start = time.perf_counter()
    database.execute(f"CREATE OR REPLACE TEMP TABLE told AS {query}")
    return (time.perf_counter() - start) / count


least = [float("inf")] * 3
for _ in range(int(rounds)):
    # In turn, so that a busy machine strikes all alike.
    for i, query in enumerate((
        f"SELECT {columns(database)} FROM eligibility",
        f"SELECT {columns(database)} FROM by_hand",
        "SELECT * FROM eligibility",
    )):
        least[i] = min(least[i], seconds(query))
print(json.dumps({"record": least[:2], "whole": least[2]}))
