"""Loads NDJSON records as a checker for PostgreSQL says, and prints a row of its view for each, as JSON."""

import os
import subprocess
import sys

checker, socket = sys.argv[1:]
schema = f"checker_{os.getpid()}"
records = [line for line in sys.stdin.read().split("\n") if line.strip()]
# COPY reads text: a backslash and a tab have to be escaped in it.
lines = "\n".join(record.replace("\\", "\\\\").replace("\t", "\\t") for record in records)
script = f"""
SET client_min_messages = warning;
CREATE SCHEMA {schema};
SET search_path = {schema};
{open(checker, encoding="utf-8").read()}
CREATE TEMPORARY TABLE line (number bigserial, record jsonb);
COPY line (record) FROM stdin;
{lines}
\\.
INSERT INTO subject SELECT (subject_of(CAST(number AS text), record)).* FROM line;
SELECT to_json(e) FROM eligibility AS e ORDER BY CAST("_subject" AS bigint);
DROP SCHEMA {schema} CASCADE;
"""
command = ["psql", "-h", socket, "-U", "postgres", "-d", "postgres", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
done = subprocess.run(command, input=script.encode(), capture_output=True, env={**os.environ, "PGCLIENTENCODING": "UTF8"})
sys.stderr.buffer.write(done.stderr)
sys.stdout.buffer.write(done.stdout)
sys.exit(done.returncode)
