"""How flowql's time and memory grow with records, with groups and with threads."""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import logs
from measure import measure
from queries import QUERIES

SIZES = (1, 2, 5)  # of the records asked for, and so many tenths
# Keys from few groups to as many as records, nearly.
KEYS = (
    "action",
    "interfaceId",
    "dstPort",
    "srcAddr",
    "srcAddr, dstAddr",
    "srcAddr, dstAddr, srcPort, dstPort",
)
TOP = "sort n desc | limit 10"


@dataclass(frozen=True)
class Figure:
    """The median seconds and the greatest peak of some runs."""

    seconds: float
    peak: int


def measured(arguments: argparse.Namespace, work: Path) -> str:
    """The tables, as Markdown."""
    growth = Growth(arguments, work)
    parts = [
        "### More records\n\nSeconds of flowql, and nanoseconds a record.\n\n" + growth.records(),
        "### More groups\n\n"
        f"`stats count(*) as n by KEY | {TOP}`: what the groups take is what the process takes "
        "beyond that with the fewest.\n\n" + growth.groups(),
        "### More threads\n\nThe share that does not run side by side, by Amdahl's law from one and "
        "two threads, and what it lets sixteen threads gain at most.\n\n" + growth.threads(),
    ]
    return "\n" + "\n\n".join(parts) + "\n"


class Growth:
    """Runs of one program over logs of growing size."""

    def __init__(self, arguments: argparse.Namespace, work: Path) -> None:
        """The program and the logs that the command line asks for."""
        self.flowql: Path = arguments.flowql
        self.rounds: int = arguments.rounds
        self.threads_given: int = arguments.threads
        self.most: int = arguments.records
        self.work = work

    def records(self) -> str:
        """Seconds of each query by the number of records."""
        counts = sorted({max(self.most * share // 10, 1) for share in SIZES} | {self.most, self.most * 5})
        head = ["query", *(f"{count:,}" for count in counts)]
        rows = []
        for query in QUERIES:
            cells = [query.name]
            for count in counts:
                figure = self.run(query.text, self.log(count), self.threads_given)
                cells.append(f"{figure.seconds:.2f} ({figure.seconds / count * 1e9:.0f} ns)")
            rows.append(cells)
        # Five times the records are only made for this.
        self.log(counts[-1]).unlink()
        return table(head, rows)

    def groups(self) -> str:
        """Seconds and memory by the number of groups."""
        text = self.log(self.most)
        rows = []
        least = None
        for key in KEYS:
            groups = self.count(key, text)
            figure = self.run(f"stats count(*) as n by {key} | {TOP}", text, self.threads_given)
            least = least or figure
            more = max(figure.peak - least.peak, 0)
            each = f"{more / groups:.0f}" if groups >= 100_000 else "–"
            rows.append([f"`{key}`", f"{groups:,}", f"{figure.seconds:.2f}", f"{figure.peak / 1e6:,.0f}", each])
        return table(["key", "groups", "s", "MB", "bytes a group"], rows)

    def threads(self) -> str:
        """Seconds on one and two threads."""
        text = self.log(self.most)
        rows = []
        for query in QUERIES:
            one, two = (self.run(query.text, text, threads).seconds for threads in (1, 2))
            serial = min(max(2 * two / one - 1, 0), 1)
            most = 1 / (serial + (1 - serial) / 16)
            rows.append([query.name, f"{one:.2f}", f"{two:.2f}", f"{one / two:.2f}×", f"{serial:.0%}", f"{most:.1f}×"])
        return table(["query", "1 thread, s", "2 threads, s", "gain", "serial", "16 threads at most"], rows)

    def log(self, records: int) -> Path:
        """The logs of a size."""
        return logs.generate(self.flowql, records, self.work, fresh=False)

    def count(self, key: str, text: Path) -> int:
        """How many groups a key has."""
        query = f"stats count(*) as n by {key} | stats count(*) as groups"
        self.run(query, text, self.threads_given, rounds=1)
        with open(self.answer, encoding="utf-8", newline="") as file:
            return int(list(csv.reader(file))[1][0])

    @property
    def answer(self) -> Path:
        """Where answers go."""
        return self.work / "answer-growth.csv"

    def run(self, query: str, text: Path, threads: int, rounds: int = 0) -> Figure:
        """A query, as often as there are rounds."""
        command = [str(self.flowql), "query", query, "-l", str(text), "--limit", "0"]
        command += ["--threads", str(threads), "--format", "csv", "--output", str(self.answer)]
        runs = [measure(command) for _ in range(rounds or self.rounds)]
        return Figure(median(run.seconds for run in runs), max(run.peak for run in runs))


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table whose columns after the first hold numbers."""
    lines = ["| " + " | ".join(row) + " |" for row in [head, *rows]]
    return "\n".join([lines[0], "|---|" + "--:|" * (len(head) - 1), *lines[1:]])
