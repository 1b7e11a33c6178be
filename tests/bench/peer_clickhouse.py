"""Run one benchmark query on ClickHouse, in this process (chdb), and write its answer as CSV."""

from __future__ import annotations

from pathlib import Path

import chdb

from peer import Task, is_parquet, perform, read_task, schema

TYPES = {
    "text": "Nullable(String)",
    "int16": "Nullable(Int16)",
    "int32": "Nullable(Int32)",
    "int64": "Nullable(Int64)",
}

# {logs}: the table; {lines}: the lines as they stand; {limit:…}: as in peer_duckdb.py.
QUERIES = {
    "Q1": """SELECT srcaddr, count(*) AS n FROM {logs} WHERE action = 'REJECT'
             GROUP BY srcaddr ORDER BY n DESC {limit20}""",
    "Q2": """SELECT srcaddr, dstaddr, avg(bytes), min(bytes), max(bytes) FROM {logs}
             GROUP BY srcaddr, dstaddr""",
    "Q3": """SELECT srcaddr, dstaddr, sum(bytes) AS b FROM {logs}
             GROUP BY srcaddr, dstaddr ORDER BY b DESC NULLS LAST {limit10}""",
    "Q4": "SELECT srcaddr, count(*) FROM {logs} WHERE protocol = 17 GROUP BY srcaddr",
    "Q5": """SELECT toDateTime(intDiv(start, 300) * 300, 'UTC') AS bin, sum(bytes), count(*)
             FROM {logs} GROUP BY bin""",
    "Q6": """SELECT srcaddr, uniqExact(dstport) AS d FROM {logs} WHERE action = 'REJECT'
             GROUP BY srcaddr ORDER BY d DESC {limit20}""",
    "Q7": """SELECT interface_id, count(*), sum(bytes) AS b FROM {logs}
             GROUP BY interface_id ORDER BY b DESC NULLS LAST""",
    "Q8": """SELECT toDateTime(toInt64(splitByChar(' ', line)[11]), 'UTC') AS start, line
             FROM {lines} ORDER BY start DESC {limit20}""",
    # A line is put together from columns, which only the rows that remain need.
    "Q8 of columns": """SELECT toDateTime(start, 'UTC') AS newest, {line} AS line FROM (
             SELECT * FROM {logs} ORDER BY start DESC {limit20})""",
}


def table(logs: list[str], form: str, columns: str) -> str:
    """The table function over all files, which are in one folder."""
    folder = Path(logs[0]).parent
    if len(logs) == 1:
        pattern = logs[0]
    elif {Path(log) for log in logs} == set(folder.iterdir()):
        pattern = f"{folder}/*"
    else:
        pattern = f"{folder}/{{{','.join(Path(log).name for log in logs)}}}"
    return f"file('{pattern}', {form}, '{columns}')"


def statement(task: Task) -> str:
    """The SQL of the task's query over the task's files."""
    columns = ", ".join(f"`{name}` {TYPES[kind]}" for name, kind in schema(task.width).items())
    cells = ", ' ', ".join(f"ifNull(toString(`{name}`), '-')" for name in schema(task.width))
    return QUERIES[task.form].format(
        line=f"concat({cells})",
        logs=table(task.logs, "Parquet" if is_parquet(task.logs) else "CustomSeparated", columns),
        lines=table(task.logs, "LineAsString", "line String"),
        limit10="" if task.full else "LIMIT 10",
        limit20="" if task.full else "LIMIT 20",
    )


def settings(task: Task) -> str:
    """What the reader is told of the files, and the threads."""
    return (
        f" SETTINGS max_threads = {task.threads}, format_custom_field_delimiter = ' ',"
        " format_custom_escaping_rule = 'CSV', format_csv_delimiter = ' ',"
        " format_csv_null_representation = '-', format_csv_allow_double_quotes = 0,"
        " format_csv_allow_single_quotes = 0, query_plan_optimize_lazy_materialization = 0"
    )


def main() -> None:
    """Perform the task of the command line."""
    task = read_task()
    session = chdb.session.Session()
    # The answer stays in memory in the cheapest of its own formats.
    sql = statement(task) + settings(task)

    def answer() -> object:
        return session.query(f"CREATE TABLE answer ENGINE = Memory AS {sql}")

    def write(_: object) -> None:
        rows = session.query("SELECT * FROM answer", "CSVWithNames").bytes()
        # A missing value is an empty cell; no text of these answers is written so.
        cells = rows.replace(b"\\N", b"")
        with open(task.output, "wb") as file:
            file.write(cells)

    perform(answer, write)


if __name__ == "__main__":
    main()
