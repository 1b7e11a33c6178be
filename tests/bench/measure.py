"""Run one command and measure its wall time and its own peak memory.

A child inherits the peak memory of the process that starts it until it becomes its
own program, so a large driver would spoil the figure. This file is therefore also a
small program that starts the command; its own size, some 15 MB, is the least that is seen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

# ru_maxrss counts kibibytes, on macOS bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class CommandFailed(Exception):
    """A measured command ended with an error; the message shows what it said."""


@dataclass(frozen=True)
class Measurement:
    """Wall time in seconds, peak resident memory in bytes, and standard output."""

    seconds: float
    peak: int
    output: str


def measure(command: list[str], environment: Optional[dict[str, str]] = None) -> Measurement:
    """Run `command` with `environment` added to ours; `CommandFailed` unless it ends with 0."""
    launcher = [sys.executable, "-I", os.path.abspath(__file__)]
    done = subprocess.run(
        launcher + command,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    output, _, figures = done.stdout.rstrip("\n").rpartition("\n")
    if done.returncode != 0:
        said = (done.stderr or output).strip()
        raise CommandFailed(f"{' '.join(command)}\nended with {done.returncode}:\n{said}")
    return Measurement(output=output, **json.loads(figures))


def figures(command: list[str], folder: Path) -> list[dict[str, Any]]:
    """The lines of JSON that `command` prints in `folder`; `CommandFailed` unless it ends with 0."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def launch(command: list[str]) -> int:
    """Run `command`, print its figures as one line of JSON, and return its exit code."""
    started = time.perf_counter()
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(error, file=sys.stderr)
        return 127
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    # The figures stand on a line of their own even if the output does not end with one.
    print("\n" + json.dumps({"seconds": seconds, "peak": usage.ru_maxrss * RSS_UNIT}))
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))
