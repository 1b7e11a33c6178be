"""Tests of the referee: right answers pass, whatever their order, and wrong ones are caught."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from queries import select
from verify import Reference, WrongAnswer, newest_events

Q1, Q2, Q5, Q8 = select("Q1,Q2,Q5,Q8")


def event(start: int, action: str) -> str:
    """A record of the default format."""
    return f"2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 {start} {start + 9} {action} OK"


class Case(unittest.TestCase):
    """Answers written as CSV and checked against a small reference."""

    def check(self, reference: Reference, *lines: str) -> int:
        """Check an answer given by its lines, header included."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answer.csv"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return reference.check(path, headed=True)

    def wrong(self, message: str, reference: Reference, *lines: str) -> None:
        """Check that an answer is refused with this message."""
        with self.assertRaisesRegex(WrongAnswer, message):
            self.check(reference, *lines)


class Groups(Case):
    """An answer without an order."""

    head = "srcAddr,dstAddr,avg(bytes),min(bytes),max(bytes)"
    reference = Reference(Q2, [("a", "b", 1 / 3, 1, 2), (None, None, None, None, None)])

    def test_any_order_and_rounding(self) -> None:
        """Order is free, the last digits of an average are too, and missing is an empty cell."""
        rows = self.check(self.reference, self.head, ",,,,", "a,b,0.33333333333,1,2")
        self.assertEqual(rows, 2)

    def test_wrong(self) -> None:
        """Values, keys, numbers of rows and names that differ."""
        head, nothing, good = self.head, ",,,,", "a,b,0.33333333333,1,2"
        self.wrong("expected", self.reference, head, nothing, "a,b,0.333333,1,2")
        self.wrong("expected", self.reference, head, nothing, "a,b,0.33333333333,1,3")
        self.wrong("expected", self.reference, head, ",,0,,", good)
        self.wrong("not in the reference", self.reference, head, nothing, "a,c,1,1,1")
        self.wrong("1 rows, expected 2", self.reference, head, good)
        self.wrong("occurs 2 times", self.reference, head, good, good)
        self.wrong("expected integer", self.reference, head, nothing, "a,b,0.3,1.0,2")
        self.wrong("columns", self.reference, "srcAddr,dstAddr,avg,min,max", nothing, good)

    def test_times(self) -> None:
        """A time is read in any of the ways that engines print it."""
        reference = Reference(Q5, [(1_700_000_100_000, 40, 1)])
        head = "bin(5m),sum(bytes),count(*)"
        for time in ("2023-11-14 22:15:00.000", "2023-11-14T22:15:00.000000"):
            self.assertEqual(self.check(reference, head, f"{time},40,1"), 1)
        self.wrong("not in", reference, head, "2023-11-14 22:15:00.001,40,1")


class Top(Case):
    """Answers with an order and a limit."""

    def test_ties_at_the_cut(self) -> None:
        """Any of the rows that tie at the cut will do; a smaller one will not."""
        reference = Reference(Q1, [(f"s{n}", 9 if n < 19 else 5) for n in range(30)] + [("t", 4)])
        head, certain = "srcAddr,n", [f"s{n},9" for n in range(19)]
        self.assertEqual(self.check(reference, head, *certain, "s29,5"), 20)
        self.wrong("row 20", reference, head, *certain, "t,4")
        self.wrong("row 1 ", reference, head, "s29,5", *certain)

    def test_newest_events(self) -> None:
        """The newest lines, as often as they occur, each with its own time."""
        lines = [event(1_700_000_000 + n // 2, "ACCEPT") for n in range(60)]
        reference = newest_events(Q8, lines)
        head = "@timestamp,@message"
        rows = [f"2023-11-14 22:13:{20 + n // 2:02}.000,{lines[n]}" for n in range(59, 39, -1)]
        self.assertEqual(self.check(reference, head, *rows), 20)
        self.wrong("not in", reference, head, rows[0].replace("ACCEPT", "REJECT"), *rows[1:])
        self.wrong("occurs 3 times", reference, head, rows[0], rows[0], rows[0], *rows[3:])
        self.wrong("row 1 ", reference, head, *reversed(rows))


if __name__ == "__main__":
    unittest.main()
