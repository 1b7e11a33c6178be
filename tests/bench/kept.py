"""Queries over what is held in memory: flowql's kept columns against a table of DuckDB."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from engines import HERE, Run
from measure import CommandFailed
from queries import Query

ROOT = HERE.parent.parent
TITLE = "In memory: the same records, loaded once"


@dataclass(frozen=True)
class Holder:
    """An engine that holds the logs in memory and runs all queries in one process."""

    name: str
    command: tuple[str, ...]
    headed: bool

    def run(
        self, queries: list[Query], logs: Path, threads: int, repeats: int, folder: Path
    ) -> list[Run]:
        """The median of `repeats` runs of each query; the answers go to `folder`, numbered."""
        texts = [query.text if self.headed else query.name for query in queries]
        words = [str(logs), str(threads), str(repeats), str(folder), *texts]
        done = subprocess.run(
            [*self.command, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise CommandFailed(f"{' '.join(self.command)}\n{done.stderr.strip()}")
        figures = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return [Run(median(one["seconds"]), one["peak"]) for one in figures]


def holders(python: Path) -> list[Holder]:
    """flowql through its library, as the REPL uses it, and DuckDB."""
    kept = ("cargo", "bench", "--quiet", "--bench", "kept", "--")
    table = (str(python), str(HERE / "peer_duckdb_table.py"))
    return [Holder("flowql", kept, True), Holder("DuckDB", table, False)]
