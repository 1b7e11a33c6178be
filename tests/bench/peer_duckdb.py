"""Run one benchmark query on DuckDB and write its answer as CSV."""

from __future__ import annotations

import duckdb

from peer import FIELDS, Task, is_parquet, perform, read_task, schema

TYPES = {"text": "VARCHAR", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT"}

# Schema and dialect are told, nothing is sniffed. The relaxed reader (strict_mode off)
# is the faster one; log lines have no quotes that it could misread.
DIALECT = "header=false, quote='', escape='', auto_detect=false, strict_mode=false"

# {logs}: the table; {limit:…}: a LIMIT clause, absent when the full answer is asked for.
QUERIES = {
    "Q1": """SELECT srcaddr, count(*) AS n FROM {logs} WHERE action = 'REJECT'
             GROUP BY srcaddr ORDER BY n DESC NULLS LAST {limit20}""",
    "Q2": """SELECT srcaddr, dstaddr, avg(bytes), min(bytes), max(bytes) FROM {logs}
             GROUP BY srcaddr, dstaddr""",
    "Q3": """SELECT srcaddr, dstaddr, sum(bytes) AS b FROM {logs}
             GROUP BY srcaddr, dstaddr ORDER BY b DESC NULLS LAST {limit10}""",
    "Q4": "SELECT srcaddr, count(*) FROM {logs} WHERE protocol = 17 GROUP BY srcaddr",
    "Q5": """SELECT make_timestamp(bin * 300000000) AS bin, b, n FROM (
               SELECT start // 300 AS bin, sum(bytes) AS b, count(*) AS n FROM {logs}
               GROUP BY start // 300)""",
    "Q6": """SELECT srcaddr, count(DISTINCT dstport) AS d FROM {logs} WHERE action = 'REJECT'
             GROUP BY srcaddr ORDER BY d DESC NULLS LAST {limit20}""",
    "Q7": """SELECT interface_id, count(*), sum(bytes) AS b FROM {logs}
             GROUP BY interface_id ORDER BY b DESC NULLS LAST""",
    # The line is read as one column and its 11th field cut out: faster than reading
    # fourteen columns and joining those of the 20 rows that remain.
    "Q8": """SELECT make_timestamp(start * 1000000) AS start, line FROM (
               SELECT split_part(line, ' ', 11)::BIGINT AS start, line FROM {lines}
               ORDER BY start DESC NULLS LAST {limit20})""",
    # A line is put together from columns, which only the rows that remain need.
    "Q8 of columns": """SELECT make_timestamp(start * 1000000) AS start, {line} AS line FROM (
               SELECT * FROM {logs} ORDER BY start DESC NULLS LAST {limit20})""",
}


def text_list(values: list[str]) -> str:
    """A list of SQL text literals."""
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def read_logs(logs: list[str], width: int = len(FIELDS)) -> str:
    """The table of the records of some files."""
    if is_parquet(logs):
        return f"read_parquet({text_list(logs)})"
    columns = ", ".join(f"'{name}': '{TYPES[kind]}'" for name, kind in schema(width).items())
    files = text_list(logs)
    return f"read_csv({files}, delim=' ', nullstr='-', columns={{{columns}}}, {DIALECT})"


def statement(task: Task) -> str:
    """The SQL of the task's query over the task's files."""
    files = text_list(task.logs)
    cells = ", ".join(f"coalesce(\"{name}\"::VARCHAR, '-')" for name in schema(task.width))
    return QUERIES[task.form].format(
        line=f"concat_ws(' ', {cells})",
        logs=read_logs(task.logs, task.width),
        # A delimiter that never occurs: the whole line is one column.
        lines=f"read_csv({files}, delim='\x01', columns={{'line': 'VARCHAR'}}, {DIALECT})",
        limit10="" if task.full else "LIMIT 10",
        limit20="" if task.full else "LIMIT 20",
    )


def main() -> None:
    """Perform the task of the command line."""
    task = read_task()
    sql = statement(task)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {task.threads}")
    # The order of an answer comes from ORDER BY alone; a table without one may be filled in any.
    ordered = "ORDER BY" in sql
    connection.execute(f"SET preserve_insertion_order = {str(ordered).lower()}")

    def answer() -> object:
        # A table in memory is the cheapest way to have a whole large answer.
        return connection.execute(f"CREATE TEMP TABLE answer AS {sql}")

    def write(_: object) -> None:
        connection.execute("SET preserve_insertion_order = true")
        target = task.output.replace("'", "''")
        connection.execute(f"COPY answer TO '{target}' (HEADER, NULLSTR '')")

    perform(answer, write)


if __name__ == "__main__":
    main()
