"""What the programs that run one query on a peer share: arguments, clock and report."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from typing import Callable

# The fields of versions 2 to 5. `integer` bits are enough for the field's range.
TYPES_OF_FIELDS: dict[str, str] = {
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
    "vpc_id": "text",
    "subnet_id": "text",
    "instance_id": "text",
    "tcp_flags": "int16",
    "type": "text",
    "pkt_srcaddr": "text",
    "pkt_dstaddr": "text",
    "region": "text",
    "az_id": "text",
    "sublocation_type": "text",
    "sublocation_id": "text",
    "pkt_src_aws_service": "text",
    "pkt_dst_aws_service": "text",
    "flow_direction": "text",
    "traffic_path": "int16",
}
# Those of the default format, which is version 2.
FIELDS = dict(list(TYPES_OF_FIELDS.items())[:14])


def schema(width: int) -> dict[str, str]:
    """The fields of logs whose records have the first `width` of all fields."""
    return dict(list(TYPES_OF_FIELDS.items())[:width])


def is_parquet(logs: list[str]) -> bool:
    """Whether the logs are columns, not lines."""
    return logs[0].endswith(".parquet")


@dataclass(frozen=True)
class Task:
    """One query over log files of `width` fields; `full` asks for the answer without its limit."""

    query: str
    threads: int
    full: bool
    width: int
    output: str
    logs: list[str]

    @property
    def form(self) -> str:
        """The name of the query; of columns, Q8 puts its lines together itself."""
        lines = self.query == "Q8" and is_parquet(self.logs)
        return "Q8 of columns" if lines else self.query


def read_task() -> Task:
    """The task given on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--query", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--width", type=int, default=len(FIELDS))
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
