"""Queries over what is held in memory: flowql's kept columns against a table of DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from arguments import ROOT
from engines import HERE, Run
from measure import figures
from queries import Query

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
        answers = figures([*self.command, *words], ROOT)
        return [Run(median(one["seconds"]), one["peak"]) for one in answers]


def holders(python: Path) -> list[Holder]:
    """flowql through its library, as the REPL uses it, and DuckDB."""
    kept = ("cargo", "bench", "--quiet", "--bench", "kept", "--")
    table = (str(python), str(HERE / "peer_duckdb_table.py"))
    return [Holder("flowql", kept, True), Holder("DuckDB", table, False)]
