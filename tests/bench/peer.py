"""What the programs that run one query on a peer share: arguments, clock and report."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from typing import Callable

# The fourteen fields of the default format. `integer` bits are enough for the field's range.
FIELDS: dict[str, str] = {
    "version": "int16",
    "account_id": "text",
    "interface_id": "text",
    "srcaddr": "text",
    "dstaddr": "text",
    "srcport": "int32",
    "dstport": "int32",
    "protocol": "int16",
    "packets": "int64",
    "bytes": "int64",
    "start": "int64",
    "end": "int64",
    "action": "text",
    "log_status": "text",
}


@dataclass(frozen=True)
class Task:
    """One query over some log files; `full` asks for the answer without its limit."""

    query: str
    threads: int
    full: bool
    output: str
    logs: list[str]


def read_task() -> Task:
    """The task given on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--query", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--output", required=True)
    parser.add_argument("logs", nargs="+")
    return Task(**vars(parser.parse_args()))


def perform(answer: Callable[[], object], write: Callable[[object], None]) -> None:
    """Time `answer`, which leaves the result in memory; then, untimed, `write` it as CSV."""
    started = time.perf_counter()
    result = answer()
    seconds = time.perf_counter() - started
    write(result)
    print(json.dumps({"seconds": seconds}))
