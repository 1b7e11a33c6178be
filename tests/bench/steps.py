"""What each part of the work on the text takes: queries of which each does what the one before it does, and more."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from measure import measure

PAIRS = "stats avg(bytes), min(bytes), max(bytes) by srcAddr, dstAddr"
# What a query does, and the query.
STEPS = (
    ("find lines and values, judge every line", "stats count(*)"),
    (
        "Q1: the same, and decode `action` and, of few, `srcAddr`",
        'filter action="REJECT" | stats count(*) as n by srcAddr | sort n desc | limit 20',
    ),
    (
        "decode both addresses and `bytes` of all",
        "stats count(srcAddr), count(dstAddr), sum(bytes)",
    ),
    ("Q2 without its output: millions of groups", f"{PAIRS} | stats count(*)"),
    ("Q2", PAIRS),
)


def measured(flowql: Path, text: Path, threads: int, rounds: int, work: Path) -> str:
    """The table, as Markdown: medians of interleaved runs."""
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for what, query in STEPS:
            command = [str(flowql), "query", query, "-l", str(text), "--limit", "0"]
            command += ["--threads", str(threads), "--format", "csv"]
            command += ["--output", str(work / "answer-steps.csv")]
            seconds.setdefault(what, []).append(measure(command).seconds)
    lines = ["| step over the text | s | query |", "|---|--:|---|"]
    for what, query in STEPS:
        times = seconds[what]
        spread = f"{median(times):.2f} ({min(times):.2f}–{max(times):.2f})"
        shown = query.replace("|", "\\|")
        lines.append(f"| {what} | {spread} | `{shown}` |")
    return "\n".join(lines)
