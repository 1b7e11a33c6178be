"""Check every sample query of flowql against its twin in SQL, over logs of every shape.

The logs: generated records as text, as gz and as S3 delivers them; and, where the
environment variable FLOWQL_EXTRA_LOGS names a directory of a CloudWatch export, those
files as they are and as plain records without the times in front.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterable, Iterator, Optional

import logs
from engines import HERE
from measure import CommandFailed, measure
from queries import Query
from sample_twins import TWINS
from verify import START, Reference, Row, Value, WrongAnswer, read_rows

# The queries of our own packs: their answers are worked out by hand in tests/cli/packs.md.
PACKS = ("basics-", "security-", "cost-", "health-")
RECORDS = 100_000
EXTRA_LOGS = "FLOWQL_EXTRA_LOGS"
# The values that the samples have as they are; the generated logs have records for each.
GIVEN = {
    "nat": "10.0.0.5",
    "vpc": "10.0.",
    "subnet": "192.0.2.0/24",
    "eni": "eni-0123456789abcdef0",
}
# Other values: parts of addresses, which tell `like` from equality and from a pattern, and a
# subnet whose addresses do not all begin with the same text.
OTHERS = {**GIVEN, "nat": "0.4", "vpc": ".0.", "subnet": "10.0.48.0/20"}
_LIMIT = re.compile(r"\| limit \d+\s*$")
_GZIP_MAGIC = b"\x1f\x8b"
_EXPORT_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.+)")


@dataclass(frozen=True)
class DataSet:
    """Logs in one shape: what flowql is told to read, and the files that the twins read."""

    name: str
    logs: Path
    files: list[Path]
    # Values of the parameters; None are those of the samples.
    parameters: Optional[dict[str, str]] = None


class OneOfEach(Reference):
    """One record of each connection: of the newest, any; and all that lack part of the key."""

    def __init__(self, query: Query, rows: Iterable[Row]) -> None:
        """Take all records that may stand for their connection."""
        self.connections: dict[Row, list[Value]] = {}
        first: dict[Value, Row] = {}
        for number, row in enumerate(rows):
            key = row[1:-1]
            connection = number if None in key else key
            first.setdefault(connection, row)
            self.connections.setdefault(row, []).append(connection)
        # The records of a connection share their time, so its first has the order of all.
        super().__init__(query, first.values())

    def _check_row(self, row: Row, seen: Counter[Row]) -> None:
        """One row stands for a connection that no row before stood for."""
        if row not in self.connections:
            raise WrongAnswer(f"row {row} is not in the reference")
        free = (name for name in self.connections[row] if not seen[(name,)])
        connection = next(free, None)
        if connection is None:
            raise WrongAnswer(f"row {row}: its connection occurs twice")
        seen[(connection,)] += 1


class NewestFirst(Reference):
    """All records; those of one second in any order."""

    def _check_order(self, order: list[Value]) -> None:
        """The records, as messages, are ordered by their start."""
        starts = [int(str(message).split(" ")[START]) for message in order]
        for position, (earlier, later) in enumerate(zip(starts, starts[1:]), start=2):
            if later > earlier:
                raise WrongAnswer(f"row {position} is newer than the one before")


REFERENCES = {"one-record-per-connection": OneOfEach, "parse-network-interface": NewestFirst}


@dataclass(frozen=True)
class Samples:
    """The check of all samples: the program under test, DuckDB's interpreter, a place for files."""

    flowql: Path
    python: Path
    threads: int
    work: Path

    def check_all(self) -> tuple[int, int]:
        """Check all samples on all logs, a line each; how many passed and how many failed."""
        passed = [self._check_names()]
        for data in self.data_sets():
            answers, parameters = self._answer_twins(data)
            for twin in TWINS:
                where = f"{twin.name} on {data.name}"
                try:
                    rows = read_rows(answers / f"{twin.name}.csv", twin, headed=False)
                    reference = REFERENCES.get(twin.name, Reference)(twin, rows)
                    counts = self._check(data, reference, parameters)
                    print(f"{where}: passed ({counts})", flush=True)
                    passed.append(True)
                except (WrongAnswer, CommandFailed) as problem:
                    print(f"{where}: FAILED, {problem}", flush=True)
                    passed.append(False)
        return passed.count(True), passed.count(False)

    def data_sets(self) -> Iterator[DataSet]:
        """The logs, each made when its turn comes."""
        text = logs.generate(self.flowql, RECORDS, self.work, fresh=True)
        yield DataSet("text", text, [text], GIVEN)
        packed = self._generate(f"{text.name}.gz")
        yield DataSet("gz", packed, [packed], GIVEN)
        bucket = self._generate("s3/")
        yield DataSet("S3", bucket, sorted(bucket.rglob("*.log.gz")), OTHERS)
        export = os.environ.get(EXTRA_LOGS)
        if export:
            plain = strip_export(Path(export), self.work / "export.log")
            yield DataSet("CloudWatch export", Path(export), [plain])
            yield DataSet("stripped export", plain, [plain])

    def _generate(self, name: str) -> Path:
        """The same records as gz: in one file, or, where the name ends in /, as S3 delivers."""
        path = self.work / name
        if path.is_dir():
            shutil.rmtree(path)
        # A path loses its last slash, so the target is put together as text.
        made = ["--records", str(RECORDS), "--seed", "1", "--gz", "-o", f"{self.work}/{name}"]
        self._flowql("generate", *made)
        return path

    def _check_names(self) -> bool:
        """Whether every sample of AWS has a twin, and every twin a sample."""
        names = {line.split()[0] for line in self._flowql("samples").splitlines()}
        listed = {name for name in names if not name.startswith(PACKS)}
        apart = listed ^ {twin.name for twin in TWINS}
        if apart:
            print(f"samples: FAILED, no twin or no sample: {', '.join(sorted(apart))}", flush=True)
        else:
            print(f"samples: passed ({len(TWINS)} samples, each with a twin)", flush=True)
        return not apart

    def _answer_twins(self, data: DataSet) -> tuple[Path, dict[str, str]]:
        """The directory with the answers of all twins, and the parameters they are for."""
        folder = self.work / "twins"
        folder.mkdir(exist_ok=True)
        command = [str(self.python), str(HERE / "sample_peer.py"), "--output", str(folder)]
        if data.parameters:
            command += ["--parameters", json.dumps(data.parameters)]
        done = measure([*command, *map(str, data.files)], {"PYTHONDONTWRITEBYTECODE": "1"})
        return folder, json.loads(done.output.strip().splitlines()[-1])

    def _check(self, data: DataSet, reference: Reference, parameters: dict[str, str]) -> str:
        """Check a sample as it is and, if it has a limit, without it; the numbers of rows."""
        twin = reference.query
        text = self._flowql("samples", twin.name)
        adapted, options = adapt(text, parameters)
        as_it_is = ["samples", "run", twin.name] if adapted == text else self._saved(adapted)
        rows = self._run([*as_it_is, *options], data, reference)
        if rows == 0:
            raise WrongAnswer("the logs have nothing for this sample")
        if twin.top is None:
            return f"{rows:,} rows"
        whole, cuts = _LIMIT.subn("", adapted)
        if cuts != 1:
            raise WrongAnswer(f"the sample has no limit at its end, expected {twin.top}")
        reference.query = replace(twin, top=None)
        all_rows = self._run([*self._saved(whole), *options], data, reference)
        return f"{rows:,} rows; {all_rows:,} without the limit"

    def _saved(self, text: str) -> list[str]:
        """The command that runs a changed sample."""
        path = self.work / "sample.query"
        path.write_text(text, encoding="utf-8")
        return ["run", str(path)]

    def _run(self, what: list[str], data: DataSet, reference: Reference) -> int:
        """Run flowql and check its answer; the number of rows."""
        output = self.work / "answer-sample.csv"
        output.unlink(missing_ok=True)
        how = ["--format", "csv", "--limit", "0", "--threads", str(self.threads)]
        self._flowql(*what, "-l", str(data.logs), *how, "-o", str(output))
        return reference.check(output, headed=True)

    def _flowql(self, *arguments: str) -> str:
        """Standard output of flowql; `CommandFailed` if it ends with an error."""
        return measure([str(self.flowql), *arguments]).output


def adapt(text: str, parameters: dict[str, str]) -> tuple[str, list[str]]:
    """A sample for other logs: its text with other literals, and options for its parameters."""
    options = []
    for name, value in parameters.items():
        if value == GIVEN[name]:
            continue
        if f"{{{{{name}}}}}" in text:
            options += ["--param", f"{name}={value}"]
        else:
            text = text.replace(GIVEN[name], value)
    return text, options


def strip_export(export: Path, target: Path) -> Path:
    """The records of all files of a CloudWatch export, without their times, in one file."""
    with open(target, "wb") as sink:
        for path in sorted(path for path in export.rglob("*") if path.is_file()):
            with open(path, "rb") as file:
                packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            with gzip.open(path) if packed else open(path, "rb") as source:
                for line in source:
                    record = _EXPORT_LINE.fullmatch(line.rstrip(b"\r\n"))
                    if record is None:
                        raise ValueError(f"{path} is no CloudWatch export: {line!r}")
                    sink.write(record[1] + b"\n")
    return target
