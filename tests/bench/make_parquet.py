"""Write text logs in the default format as one Parquet file, as DuckDB writes it."""

from __future__ import annotations

import sys

import duckdb

from peer_duckdb import read_logs


def main() -> None:
    """The log file and the file to write, from the command line."""
    text, target = sys.argv[1:]
    quoted = target.replace("'", "''")
    duckdb.connect().execute(f"COPY (FROM {read_logs([text])}) TO '{quoted}' (FORMAT parquet)")


if __name__ == "__main__":
    main()
