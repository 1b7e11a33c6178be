"""The figures as Markdown, and their place in a document."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Optional

from engines import Run
from queries import Query

BEGIN = "<!-- benchmark results: begin; written by tests/bench/run.py -->"
END = "<!-- benchmark results: end -->"
SUBJECT = "flowql"


@dataclass(frozen=True)
class Setting:
    """What was measured, and where: all that stands above the tables."""

    records: int
    rounds: int
    threads: int
    cores: int
    processor: str
    versions: dict[str, str]


@dataclass
class Table:
    """The runs of one kind of input, by query and engine."""

    title: str
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)

    def add(self, query: Query, engine: str, run: Run) -> None:
        """Keep one run."""
        self.runs.setdefault((query.name, engine), []).append(run)


def markdown(setting: Setting, queries: list[Query], tables: list[Table]) -> str:
    """The whole report."""
    parts = [_introduction(setting), "\n".join(f"- **{q.name}** `{q.text}`" for q in queries)]
    for table in tables:
        parts.append(f"### {table.title}")
        parts.append("\n".join(_table(table, queries)))
    return "\n\n".join(parts) + "\n"


def replace(document: Path, text: str) -> None:
    """Put `text` between the markers of `document`."""
    before, after = split(document)
    document.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def split(document: Path) -> tuple[str, str]:
    """What stands before and after the markers; `ValueError` if they are not both there."""
    content = document.read_text(encoding="utf-8")
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} lacks the line `{BEGIN}` or, after it, `{END}`")
    return before, after


def _introduction(setting: Setting) -> str:
    """One paragraph: date, versions, machine, sizes, meaning of the cells."""
    versions = ", ".join(f"{name} {version}" for name, version in setting.versions.items())
    rounds = "1 round" if setting.rounds == 1 else f"{setting.rounds} rounds"
    return (
        f"Measured on {datetime.now(timezone.utc):%Y-%m-%d} (UTC): {versions}, "
        f"Python {platform.python_version()}; {setting.threads} threads on a machine with "
        f"{setting.cores} cores ({setting.processor}, {platform.system()} {platform.release()}); "
        f"{setting.records:,} records. Seconds are median (least–greatest) of {rounds}; "
        f"MB is the peak memory of the process, the greatest of all rounds."
    )


def _table(table: Table, queries: list[Query]) -> list[str]:
    """The lines of one table."""
    engines = list(dict.fromkeys(engine for _, engine in table.runs))
    head = ["query", *(f"{name}, s" for name in engines), f"best peer ÷ {SUBJECT}"]
    head += [f"{name}, MB" for name in engines]
    lines = [_line(head), "|---|" + "--:|" * (len(head) - 1)]
    for query in queries:
        runs = {
            name: table.runs[query.name, name]
            for name in engines
            if (query.name, name) in table.runs
        }
        cells = [query.name, *(_seconds(runs.get(name)) for name in engines), _ratio(runs)]
        cells += [_peak(runs.get(name)) for name in engines]
        lines.append(_line(cells))
    return lines


def _line(cells: list[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(cells) + " |"


def _peak(runs: Optional[list[Run]]) -> str:
    """The greatest peak in MB."""
    return f"{max(run.peak for run in runs) / 1e6:,.0f}" if runs else "–"


def _seconds(runs: Optional[list[Run]]) -> str:
    """Median, least and greatest seconds."""
    if not runs:
        return "–"
    seconds = [run.seconds for run in runs]
    digits = 2 if median(seconds) >= 0.2 else 3
    middle, least, most = (f"{s:.{digits}f}" for s in (median(seconds), min(seconds), max(seconds)))
    return f"{middle} ({least}–{most})"


def _ratio(runs: dict[str, list[Run]]) -> str:
    """How many times as long as flowql the fastest peer takes, by medians."""
    medians = {name: median(run.seconds for run in taken) for name, taken in runs.items()}
    subject: Optional[float] = medians.pop(SUBJECT, None)
    if not subject or not medians:
        return "–"
    return f"{min(medians.values()) / subject:.1f}×"
