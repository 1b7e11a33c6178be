"""Whether an answer is right: read as values, compared with a reference answer.

A missing value is an empty cell. Integers and times must be equal, floats within a
relative 1e-9. Rows without an order may come in any; among rows that tie at the cut of
a limit any choice is right, but each must be a row of the full answer.
"""

from __future__ import annotations

import csv
import heapq
import math
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable, Iterable, Iterator, Optional, Sequence

from queries import FLOAT, INTEGER, TEXT, TIME, Column, Query

RELATIVE_TOLERANCE = 1e-9
START = 10  # position of the start field in the default format, from 0

Value = object
Row = tuple[Value, ...]


class WrongAnswer(Exception):
    """An answer that differs from the reference; the message shows the first difference."""


class Reference:
    """The full answer: the values of every key, and how often a row may occur."""

    def __init__(self, query: Query, rows: Iterable[Row]) -> None:
        """Take the rows of the answer without its limit."""
        self.query = query
        keys = len(query.keys)
        self.values: dict[Row, Row] = {}
        self.times: Counter[Row] = Counter()
        for row in rows:
            self.values[row[:keys]] = row[keys:]
            if query.events:
                self.times[row] += 1

    def check(self, answer: Path, headed: bool) -> int:
        """The number of rows of a right answer; `headed` also checks its column names."""
        seen: Counter[Row] = Counter()
        order: list[Value] = []
        for row in read_rows(answer, self.query, headed):
            self._check_row(row, seen)
            if self.query.order is not None:
                order.append(row[self.query.order])
        rows = sum(seen.values())
        self._check_count(rows)
        if self.query.order is not None:
            self._check_order(order)
        return rows

    def _check_row(self, row: Row, seen: Counter[Row]) -> None:
        """One row is in the reference, with the same values, and not there too often."""
        key, values = row[: len(self.query.keys)], row[len(self.query.keys) :]
        expected = self.values.get(key)
        if expected is None:
            raise WrongAnswer(f"row {row} is not in the reference")
        # Most rows are equal to the last bit, and answers have millions of them.
        if values != expected:
            kinds = (column.kind for column in self.query.values)
            if not all(map(same, values, expected, kinds)):
                raise WrongAnswer(f"for {key}: {values}, expected {expected}")
        seen[key] += 1
        if seen[key] > (self.times[row] if self.query.events else 1):
            raise WrongAnswer(f"row {row} occurs {seen[key]} times")

    def _check_count(self, rows: int) -> None:
        """The answer has all rows, or as many as its limit lets through."""
        total = sum(self.times.values()) if self.query.events else len(self.values)
        expected = total if self.query.top is None else min(self.query.top, total)
        if rows != expected:
            raise WrongAnswer(f"{rows} rows, expected {expected}")

    def _check_order(self, order: list[Value]) -> None:
        """The sorted column holds the largest values, in descending order, or the smallest."""
        index = self.query.order or 0
        rows = self.times.elements() if self.query.events else self._rows()
        first = heapq.nsmallest if self.query.ascending else heapq.nlargest
        expected = first(len(order), (rank(row[index]) for row in rows))
        for position, (value, wanted) in enumerate(zip(order, expected), start=1):
            if rank(value) != wanted:
                raise WrongAnswer(f"row {position} has {value} to sort by, expected {wanted[1]}")

    def _rows(self) -> Iterator[Row]:
        """The rows of the reference."""
        return (key + values for key, values in self.values.items())


def newest_events(query: Query, lines: Iterable[str]) -> Reference:
    """The reference of the newest events: each line that is not older than the last kept one."""
    top = query.top or 0
    newest: list[int] = []
    kept: list[tuple[int, str]] = []
    for line in lines:
        start = int(line.split(" ", START + 1)[START])
        if len(newest) < top:
            heapq.heappush(newest, start)
        elif start >= newest[0]:
            heapq.heappushpop(newest, start)
        else:
            continue
        kept.append((start, line))
        if len(kept) > 100_000:
            kept = [event for event in kept if event[0] >= newest[0]]
    rows = [(start * 1000, line) for start, line in kept if start >= newest[0]]
    return Reference(query, rows)


def read_rows(path: Path, query: Query, headed: bool) -> Iterator[Row]:
    """The rows of a CSV answer as values; `headed` checks the names in its first line."""
    names = [column.name for column in query.columns]
    readers = [READERS[column.kind] for column in query.columns]
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if headed and header != names:
            raise WrongAnswer(f"columns {header}, expected {names}")
        for cells in rows:
            if len(cells) != len(names):
                raise WrongAnswer(f"row {cells} has {len(cells)} cells, expected {len(names)}")
            try:
                yield tuple([read(cell) if cell else None for read, cell in zip(readers, cells)])
            except ValueError as error:
                raise WrongAnswer(misread(cells, query.columns)) from error


def read_time(cell: str) -> int:
    """The milliseconds since 1970 of a time in UTC."""
    moment = datetime.fromisoformat(cell).replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


# How a cell that is not empty is read; the same addresses stand in many rows, one copy of each is enough.
READERS: dict[str, Callable[[str], Value]] = {
    INTEGER: int,
    FLOAT: float,
    TIME: read_time,
    TEXT: sys.intern,
}


def misread(cells: list[str], columns: Sequence[Column]) -> str:
    """What is wrong with the first cell of a row that is not of its column's kind."""
    for cell, column in zip(cells, columns):
        try:
            READERS[column.kind](cell)
        except ValueError:
            if cell:
                return f"{column.name} is {cell!r}, expected {column.kind}"
    return f"row {cells} cannot be read"


def same(value: Optional[object], expected: Optional[object], kind: str) -> bool:
    """Whether two values of a column are equal, floats within the tolerance."""
    if kind == FLOAT and isinstance(value, float) and isinstance(expected, float):
        return math.isclose(value, expected, rel_tol=RELATIVE_TOLERANCE)
    return value == expected


def rank(value: Value) -> tuple[bool, Value]:
    """A sort key under which a missing value is the smallest."""
    return (value is not None, value)
