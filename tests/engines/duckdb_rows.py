"""Loads NDJSON records as a checker for DuckDB says, and prints a row of its view for each, as JSON."""

import json
import sys
import tempfile

import duckdb

database = duckdb.connect()
database.execute(open(sys.argv[1], encoding="utf-8").read())
with tempfile.NamedTemporaryFile(suffix=".ndjson") as records:
    records.write(sys.stdin.buffer.read())
    records.flush()
    database.execute("INSERT INTO subject SELECT * FROM subject_records(?)", [records.name])
cursor = database.execute("SELECT * FROM eligibility ORDER BY CAST(_subject AS BIGINT)")
names = [column[0] for column in cursor.description]
for row in cursor.fetchall():
    print(json.dumps(dict(zip(names, row))))
