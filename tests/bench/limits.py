"""What the machine allows, measured by limits.rs in the same run as the queries."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from arguments import ROOT
from measure import figures


def measure_limits(
    text: Path, gz: list[Path], threads: int, rounds: int
) -> dict[str, list[float]]:
    """The seconds of each task, one for every round."""
    command = ["cargo", "bench", "--quiet", "--bench", "limits", "--", str(threads), str(text)]
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for figure in figures([*command, *map(str, gz)], ROOT):
            seconds.setdefault(figure["what"], []).append(figure["seconds"])
    return seconds


def markdown(limits: dict[str, list[float]], size: int, records: int) -> str:
    """The table: seconds, bytes and records a second."""
    lines = ["| task | s | GB/s of text | million records/s |", "|---|--:|--:|--:|"]
    for what, seconds in limits.items():
        middle = median(seconds)
        spread = f"{middle:.2f} ({min(seconds):.2f}–{max(seconds):.2f})"
        rate, count = size / middle / 1e9, records / middle / 1e6
        lines.append(f"| {what} | {spread} | {rate:.1f} | {count:.0f} |")
    return "\n".join(lines)
