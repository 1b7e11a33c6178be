"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from engines import PEERS
from logs import GZIP_FILES
from queries import QUERIES, Query, select

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDS = 10_000_000
RECORDS_OF_CHECK = 20_000
SAMPLES = "samples"


def read_arguments(description: str) -> argparse.Namespace:
    """The command line, with names and combinations checked."""
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    add("--check", action="store_true", help="compare answers on few records; time nothing")
    add("--records", type=int, metavar="N",
        help=f"size of the logs (default {RECORDS:,}; with --check {RECORDS_OF_CHECK:,})")
    add("--rounds", type=int, default=3, metavar="N", help="timed rounds (default 3)")
    add("--only", metavar="Q1,Q3",
        help="only these queries; with --check also: samples, for the sample queries")
    add("--engines", type=engine_names, default=["flowql", *PEERS], metavar="NAMES",
        help="only these engines, of: flowql, " + ", ".join(PEERS))
    add("--gz", action="store_true", help=f"also on {GZIP_FILES} gz files")
    add("--parquet", action="store_true", help="also on one Parquet file, as DuckDB writes it")
    add("--kept", action="store_true",
        help="also over what is held in memory, against a table of DuckDB")
    add("--shapes", action="store_true",
        help="also on a tenth of the records in other shapes, and with further programs")
    add("--growth", action="store_true",
        help="also flowql alone: more records, more groups, more threads, instructions counted")
    add("--deliveries", action="store_true",
        help="also flowql alone: ten thousand files, an hour of a day, long lists")
    add("--limits", action="store_true", help="also what the machine allows")
    add("--threads", type=int, default=os.cpu_count() or 1, metavar="N",
        help="threads of every engine (default: all cores)")
    add("--logs", type=Path, metavar="FILE",
        help="use this text file (default format, no header) in place of generated logs")
    add("--fresh", action="store_true", help="make the logs anew even if they are there")
    add("--flowql", type=Path, default=ROOT / "target/release/flowql", metavar="PATH",
        help="the program under test (default target/release/flowql)")
    installed = os.environ.get("FLOWQL_BENCH_PYTHON") or None
    add("--python", type=Path, default=installed, metavar="PATH",
        help="an interpreter that has the peers (default: $FLOWQL_BENCH_PYTHON, "
        "or a new environment in tests/bench/.work)")
    add("--write", type=Path, metavar="FILE", help="also put the report into this document")
    arguments = parser.parse_args()
    if arguments.check and arguments.write:
        parser.error("--check times nothing, so there is nothing for --write")
    try:
        arguments.only, arguments.samples = choose(arguments)
    except ValueError as error:
        parser.error(str(error))
    if arguments.records is None:
        arguments.records = RECORDS_OF_CHECK if arguments.check else RECORDS
    if min(arguments.rounds, arguments.threads, arguments.records) < 1:
        parser.error("--records, --rounds and --threads must be at least 1")
    return arguments


def engine_names(names: str) -> list[str]:
    """The engines of a comma-separated list, in the order of the report."""
    wanted = [name.strip().lower() for name in names.split(",")]
    unknown = [name for name in wanted if name not in ("flowql", *PEERS)]
    if unknown:
        raise argparse.ArgumentTypeError(f"no engine {', '.join(unknown)}")
    return [name for name in ("flowql", *PEERS) if name in wanted]


def choose(arguments: argparse.Namespace) -> tuple[list[Query], bool]:
    """The queries to run, and whether to check the samples; `ValueError` for an unknown name."""
    checked = arguments.check and "flowql" in arguments.engines
    if arguments.only is None:
        return list(QUERIES), checked
    names = [name.strip() for name in arguments.only.split(",")]
    queries = [name for name in names if name.lower() != SAMPLES]
    if len(queries) < len(names) and not checked:
        raise ValueError(f"{SAMPLES} are checked only, not timed: --check, with flowql")
    return select(",".join(queries)) if queries else [], len(queries) < len(names)
