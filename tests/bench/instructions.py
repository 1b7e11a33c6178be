"""How many instructions flowql takes a record, counted by callgrind: the same in every run, however busy the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import logs
from measure import CommandFailed
from queries import QUERIES, Query

FEW, MANY = 100_000, 300_000  # records of two logs, whose difference leaves the start out


def measured(flowql: Path, work: Path) -> str:
    """The table, as Markdown; a line that says so where callgrind is not installed."""
    head = "### Instructions\n\n"
    if shutil.which("valgrind") is None:
        return head + "Not counted: valgrind is not installed.\n"
    few, many = (logs.generate(flowql, count, work, fresh=False) for count in (FEW, MANY))
    lines = ["| query | instructions a record | to start and to end, millions |", "|---|--:|--:|"]
    for query in QUERIES:
        small, large = (counted(flowql, query, text, work) for text in (few, many))
        each = (large - small) / (MANY - FEW)
        lines.append(f"| {query.name} | {each:,.0f} | {(small - each * FEW) / 1e6:.1f} |")
    text = f"On one thread, by callgrind, from {FEW:,} to {MANY:,} records.\n\n"
    return head + text + "\n".join(lines) + "\n"


def counted(flowql: Path, query: Query, text: Path, work: Path) -> int:
    """The instructions of a query."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(flowql)]
    command += ["query", query.text, "-l", str(text), "--limit", "0", "--threads", "1"]
    command += ["--format", "csv", "--output", str(work / "answer-instructions.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"refs:\s*([\d,]+)", done.stderr)
    if done.returncode != 0 or found is None:
        raise CommandFailed(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr.strip()}")
    return int(found.group(1).replace(",", ""))
