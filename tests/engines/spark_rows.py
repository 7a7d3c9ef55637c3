"""Checkers for Spark SQL in one session: for each line {"checker": text, "records": [text]} a line with the rows of its view.

The records are loaded as the checker says. A few of them are asked for with ANSI mode and without: the rows have to be the same.
"""

import json
import os
import sys
import tempfile

from pyspark.sql import SparkSession

FEW = 200

# What Spark and its JVM have to say goes to standard error: the answers are all that stands in the output.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def session(folder):
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-Xss16m",
        "spark.driver.memory": "2g",
        "spark.sql.shuffle.partitions": 1,
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def statements(text):
    """The statements of a file, with the comments before each: a statement ends with its line."""
    found, lines, says = [], [], False
    for line in text.split("\n"):
        lines.append(line)
        if not line.lstrip().startswith("--"):
            says = says or line.strip() != ""
            if line.endswith(";"):
                found.append("\n".join(lines)[:-1])
                lines, says = [], False
    assert not says, "the last statement does not end"
    return found


def rows(spark, folder, number, checker, records):
    spark.sql(f"CREATE DATABASE checker_{number}")
    spark.sql(f"USE checker_{number}")
    for statement in statements(checker):
        spark.sql(statement)
    path = f"{folder}/{number}.ndjson"
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(record + "\n" for record in records)
    spark.sql(
        "INSERT INTO subject_line SELECT "
        f"CAST(row_number() OVER (ORDER BY monotonically_increasing_id()) AS STRING), value FROM text.`{path}`"
    )
    spark.sql("INSERT INTO subject SELECT * FROM subject_records")
    found = []
    for ansi in ["true", "false"] if len(records) <= FEW else ["true"]:
        spark.conf.set("spark.sql.ansi.enabled", ansi)
        # A view keeps the mode that it was made in.
        spark.sql("DROP VIEW eligibility")
        spark.sql(statements(checker)[-1])
        view = spark.sql("SELECT * FROM eligibility ORDER BY CAST(_subject AS BIGINT)")
        found.append([row.asDict(recursive=True) for row in view.collect()])
    assert all(each == found[0] for each in found), "ANSI mode makes a difference"
    spark.sql(f"DROP DATABASE checker_{number} CASCADE")
    return found[0]


with tempfile.TemporaryDirectory() as folder:
    spark = session(folder)
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        print(json.dumps(rows(spark, folder, number, **request)), file=answers, flush=True)
