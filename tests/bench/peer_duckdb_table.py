"""Time benchmark queries on a table that DuckDB holds in memory; the counterpart of kept.rs."""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import duckdb

from peer_duckdb import QUERIES, read_logs

# The line of an event is put together from the fields, which is what the table has.
LINES = """SELECT make_timestamp(start * 1000000) AS start, concat_ws(' ', version, account_id,
             interface_id, coalesce(srcaddr, '-'), coalesce(dstaddr, '-'),
             coalesce(srcport::VARCHAR, '-'), coalesce(dstport::VARCHAR, '-'),
             coalesce(protocol::VARCHAR, '-'), coalesce(packets::VARCHAR, '-'),
             coalesce(bytes::VARCHAR, '-'), start, "end", coalesce(action, '-'), log_status)
             AS line FROM logs ORDER BY start DESC NULLS LAST LIMIT 20"""


def main() -> None:
    """Load the logs, then run every query once for its answer and as often as said for time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("logs")
    parser.add_argument("threads", type=int)
    parser.add_argument("repeats", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("queries", nargs="+")
    task = parser.parse_args()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {task.threads}")
    connection.execute(f"CREATE TABLE logs AS SELECT * FROM {read_logs([task.logs])}")
    for number, name in enumerate(task.queries):
        text = QUERIES[name] if name != "Q8" else LINES
        text = text.format(logs="logs", lines="", limit10="LIMIT 10", limit20="LIMIT 20")
        sql = f"CREATE OR REPLACE TEMP TABLE answer AS {text}"
        connection.execute(sql)
        target = str(task.folder / f"{number}.csv").replace("'", "''")
        connection.execute(f"COPY answer TO '{target}' (HEADER, NULLSTR '')")
        seconds = []
        for _ in range(task.repeats):
            started = time.perf_counter()
            connection.execute(sql)
            seconds.append(time.perf_counter() - started)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "peak": peak}), flush=True)


if __name__ == "__main__":
    main()
