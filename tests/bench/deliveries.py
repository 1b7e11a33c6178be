"""How logs come: one file or ten thousand, a whole day or an hour of it, a list of all records."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean, median

import logs
from engines import Run
from measure import measure
from queries import QUERIES

FILES = 10_000
MANY = ("Q1", "Q5", "Q8")
DAY = "2024-05-01"
HOURS = range(24)
SHOWN_HOURS = (0, 6, 12, 18)
REPEATS = 3  # runs of every hour in a round, which are short
LISTS = (
    "fields @message | sort @timestamp",
    "fields @timestamp, srcAddr, dstAddr, bytes | sort @timestamp",
    "fields srcAddr, dstAddr, bytes | sort bytes desc",
)


def measured(flowql: Path, text: Path, threads: int, rounds: int, work: Path) -> str:
    """Three tables, as Markdown: medians of interleaved runs."""
    asks = Asker(flowql, threads, work)
    parts = logs.cut(text, work, FILES)
    records = asks.count(["-l", str(text)])
    day = made_day(flowql, records, work)
    seconds: dict[str, list[Run]] = {}
    for _ in range(rounds):
        for name in MANY:
            query = next(query.text for query in QUERIES if query.name == name)
            for what, path in (("one", text), ("many", parts[0].parent)):
                seconds.setdefault(f"{name} {what}", []).append(asks.run(query, ["-l", str(path)]))
        for hour in (None, *HOURS) * REPEATS:
            run = asks.run(QUERIES[0].text, ["-l", str(day), *within(hour)])
            seconds.setdefault(f"hour {hour}", []).append(run)
        for query in LISTS:
            seconds.setdefault(query, []).append(asks.run(query, ["-l", str(text)]))
    time = {what: median(run.seconds for run in runs) for what, runs in seconds.items()}
    lines = ["### Many files", "", "| | " + " | ".join(MANY) + " |", "|---|" + "--:|" * len(MANY)]
    lines.append("| one file, s | " + " | ".join(f"{time[f'{name} one']:.2f}" for name in MANY) + " |")
    many = [f"{time[f'{name} many']:.2f} ({time[f'{name} many'] / time[f'{name} one']:.2f}×)" for name in MANY]
    lines.append(f"| {FILES:,} files in one folder, s | " + " | ".join(many) + " |")
    files = sum(1 for _ in day.rglob("*.gz"))
    what = f"Q1 over {files} gz files of five minutes, as S3 delivers them, each time with `--start` and `--end`."
    lines += ["", "### A part of a day", "", what, ""]
    lines += ["| time range | s | whole day ÷ this | share of all records |", "|---|--:|--:|--:|"]
    whole = time["hour None"]
    for hour in (None, *SHOWN_HOURS):
        what = "the whole day" if hour is None else f"{hour:02}:00 to {hour + 1:02}:00"
        took, share = time[f"hour {hour}"], asks.count(["-l", str(day), *within(hour)]) / records
        lines.append(f"| {what} | {took:.3f} | {whole / took:.1f}× | {share:.1%} |")
    hourly = mean(time[f"hour {hour}"] for hour in HOURS)
    lines.append(f"| an hour, mean of all 24 | {hourly:.3f} | {whole / hourly:.1f}× | {1 / len(HOURS):.1%} |")
    lines += ["", "### Long lists", "", f"All {records:,} records, as CSV in a file.", ""]
    lines += ["| query | s | MB |", "|---|--:|--:|"]
    for query in LISTS:
        shown = query.replace("|", "\\|")
        peak = max(run.peak for run in seconds[query]) / 1e6
        lines.append(f"| `{shown}` | {time[query]:.1f} | {peak:,.0f} |")
    return "\n".join(lines) + "\n"


class Asker:
    """Runs queries on flowql, answers into a file."""

    def __init__(self, flowql: Path, threads: int, work: Path) -> None:
        self.flowql, self.threads, self.work = flowql, threads, work

    def run(self, query: str, where: list[str]) -> Run:
        """What a query takes."""
        return measure([*self._command(query, where), "--output", str(self.work / "answer-deliveries.csv")])

    def count(self, where: list[str]) -> int:
        """How many records there are."""
        command = self._command("stats count(*)", where)
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return int(answer.split()[-1])

    def _command(self, query: str, where: list[str]) -> list[str]:
        limits = ["--limit", "0", "--threads", str(self.threads), "--format", "csv"]
        return [str(self.flowql), "query", query, *where, *limits]


def within(hour: int | None) -> list[str]:
    """The options for an hour of the day, or for all of it."""
    begin = datetime.fromisoformat(DAY) + timedelta(hours=hour or 0)
    end = begin + timedelta(hours=24 if hour is None else 1)
    return ["--start", f"{begin.isoformat()}Z", "--end", f"{end.isoformat()}Z"]


def made_day(flowql: Path, records: int, work: Path) -> Path:
    """A day of so many records as S3 delivers it, made unless it is there already."""
    folder = work / f"day-{records}"
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        options = ["--records", str(records), "--hours", "24", "--start", f"{DAY}T00:00:00Z", "--gz"]
        subprocess.run([str(flowql), "generate", *options, "--output", f"{unfinished}/"], check=True)
        unfinished.replace(folder)
    return folder
