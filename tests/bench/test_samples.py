"""Tests of the samples' check: right answers pass, wrong ones are caught, samples are adapted."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from sample_twins import TWINS
from samples import GIVEN, NewestFirst, OneOfEach, adapt, strip_export
from test_verify import Case, event
from verify import Reference

BY_NAME = {twin.name: twin for twin in TWINS}
NOON = 1_714_564_800


class Answers(Case):
    """The shapes of answer that only samples have."""

    def test_one_of_each(self) -> None:
        """Of the newest records of a connection any will do; all without a full key stay."""
        newest, older, keyless = NOON * 1000 + 1000, NOON * 1000, (None,) * 6
        reference = OneOfEach(
            BY_NAME["one-record-per-connection"],
            [
                (newest, "a", "b", 1, 2, 6, 40),
                (newest, "a", "b", 1, 2, 6, 52),
                (older, *keyless),
                (older, *keyless),
            ],
        )
        head = "@timestamp,srcAddr,dstAddr,srcPort,dstPort,protocol,bytes"
        one, other = (f"2024-05-01 12:00:01.000,a,b,1,2,6,{size}" for size in (40, 52))
        none = "2024-05-01 12:00:00.000,,,,,,"
        self.assertEqual(self.check(reference, head, one, none, none), 3)
        self.assertEqual(self.check(reference, head, other, none, none), 3)
        self.wrong("connection occurs twice", reference, head, one, other, none)
        self.wrong("2 rows, expected 3", reference, head, one, none)
        self.wrong("connection occurs twice", reference, head, one, none, none, none)
        self.wrong("row 1 ", reference, head, none, one, none)
        self.wrong("not in", reference, head, one.replace("40", "41"), none, none)

    def test_newest_first(self) -> None:
        """Records come newest first, those of one second in any order."""
        events = [event(NOON + 1, "ACCEPT"), event(NOON, "ACCEPT"), event(NOON, "REJECT")]
        query = BY_NAME["parse-network-interface"]
        reference = NewestFirst(query, [("eni-1", line) for line in events])
        head, rows = "NetworkInterface,@message", [f"eni-1,{line}" for line in events]
        self.assertEqual(self.check(reference, head, *rows), 3)
        self.assertEqual(self.check(reference, head, rows[0], rows[2], rows[1]), 3)
        self.wrong("row 3 is newer", reference, head, rows[1], rows[2], rows[0])
        self.wrong("2 rows, expected 3", reference, head, *rows[:2])

    def test_ascending(self) -> None:
        """Hours come in ascending order."""
        hours = [(NOON * 1000 + 3_600_000, 2), (NOON * 1000, 1)]
        reference = Reference(BY_NAME["skipped-records-per-hour"], hours)
        head, noon, one = "t,count(*)", "2024-05-01 12:00:00.000,1", "2024-05-01 13:00:00.000,2"
        self.assertEqual(self.check(reference, head, noon, one), 2)
        self.wrong("row 1 ", reference, head, one, noon)


class Files(unittest.TestCase):
    """What is made of samples and of exports."""

    def test_adapt(self) -> None:
        """A parameter becomes an option, a literal is replaced, a value as given stays."""
        values = {**GIVEN, "nat": "10.9.0.1", "eni": "eni-2"}
        text = f"filter a like {{{{nat}}}} and b = '{GIVEN['eni']}' and c like {{{{vpc}}}}"
        adapted, options = adapt(text, values)
        self.assertEqual(adapted, text.replace(GIVEN["eni"], "eni-2"))
        self.assertEqual(options, ["--param", "nat=10.9.0.1"])
        self.assertEqual(adapt(text, GIVEN), (text, []))

    def test_strip_export(self) -> None:
        """Times go, records stay; a line without a time is an error."""
        with tempfile.TemporaryDirectory() as folder:
            export, target = Path(folder) / "export", Path(folder) / "plain"
            (export / "eni-1-all").mkdir(parents=True)
            file = export / "eni-1-all" / "000000"
            file.write_text(f"2024-05-01T12:00:00.000Z {event(NOON, 'ACCEPT')}\n")
            self.assertEqual(strip_export(export, target).read_text(), event(NOON, "ACCEPT") + "\n")
            file.write_text(event(NOON, "ACCEPT"))
            with self.assertRaisesRegex(ValueError, "no CloudWatch export"):
                strip_export(export, target)


if __name__ == "__main__":
    unittest.main()
