"""The engines under test: how each is started and how long it took."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from measure import measure
from peer import FIELDS, schema
from queries import Query

HERE = Path(__file__).parent
WIDTH = len(FIELDS)


def log_format(width: int) -> str:
    """The format string of records that have the first `width` of all fields."""
    return " ".join(f"${{{name.replace('_', '-')}}}" for name in schema(width))


@dataclass(frozen=True)
class Run:
    """Seconds that count for the engine, and peak memory of its process in bytes."""

    seconds: float
    peak: int


class Engine(Protocol):
    """Something that answers a benchmark query over log files, in a process of its own."""

    name: str

    def run(
        self, query: Query, logs: list[Path], threads: int, output: Path, width: int = WIDTH
    ) -> Run:
        """Answer `query` over records of `width` fields into the CSV file `output`.

        `CommandFailed` if that fails.
        """

    def answers(self, query: Query) -> bool:
        """Whether there is a way to ask it this."""


@dataclass(frozen=True)
class Flowql:
    """flowql, timed from start of the process to its end, the writing of CSV included."""

    binary: Path
    name: str = "flowql"

    def answers(self, query: Query) -> bool:
        """Always."""
        return True

    def run(
        self, query: Query, logs: list[Path], threads: int, output: Path, width: int = WIDTH
    ) -> Run:
        """See `Engine`."""
        command = [str(self.binary), "query", query.text]
        if width != WIDTH:
            command += ["--log-format", log_format(width)]
        for path in logs:
            command += ["-l", str(path)]
        command += ["--format", "csv", "--threads", str(threads), "--limit", "0"]
        done = measure([*command, "--output", str(output)])
        return Run(done.seconds, done.peak)


@dataclass(frozen=True)
class Peer:
    """A Python library, timed from the query to its answer in memory: no import, no writing."""

    name: str
    program: str
    python: Path

    def answers(self, query: Query) -> bool:
        """Always."""
        return True

    def run(
        self,
        query: Query,
        logs: list[Path],
        threads: int,
        output: Path,
        width: int = WIDTH,
        full: bool = False,
    ) -> Run:
        """See `Engine`; `full` leaves out the limit of the query."""
        command = [str(self.python), str(HERE / self.program), "--query", query.name]
        command += ["--threads", str(threads), "--output", str(output), "--width", str(width)]
        command += ["--full"] if full else []
        # Polars takes its number of threads only from here.
        environment = {"POLARS_MAX_THREADS": str(threads), "PYTHONDONTWRITEBYTECODE": "1"}
        done = measure([*command, *map(str, logs)], environment)
        seconds = json.loads(done.output.strip().splitlines()[-1])["seconds"]
        return Run(seconds, done.peak)


# Name on the command line: (name in the report, program, package).
PEERS = {
    "duckdb": ("DuckDB", "peer_duckdb.py", "duckdb"),
    "polars": ("Polars", "peer_polars.py", "polars"),
    "clickhouse": ("ClickHouse", "peer_clickhouse.py", "chdb"),
}


def peer(key: str, python: Path) -> Peer:
    """The peer with this name on the command line."""
    name, program, _ = PEERS[key]
    return Peer(name, program, python)
