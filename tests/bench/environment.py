"""The throw-away Python environment of the peers, and what is known of this machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = ("duckdb", "polars", "chdb")


class Unavailable(Exception):
    """Something the benchmark needs is not there; the message says what to do."""


def peer_python(work: Path) -> Path:
    """The interpreter of `work/venv`, which is made, with the peers in it, if it is not there."""
    home = work / "venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = home / "ready"
    if ready.exists():
        return python
    print(f"installing {', '.join(PACKAGES)} into {home}", file=sys.stderr)
    try:
        venv.create(home, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *PACKAGES], check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        raise Unavailable(
            f"cannot make the peers' environment: {error}\n"
            "it needs Python's venv and ensurepip modules and a package index; "
            "or name an interpreter that has them with --python"
        ) from error
    ready.touch()
    return python


def package_version(python: Path, package: str) -> str:
    """The version of a package that `python` has."""
    query = f"from importlib.metadata import version; print(version({package!r}))"
    try:
        return _output([str(python), "-c", query])
    except (subprocess.CalledProcessError, OSError) as error:
        raise Unavailable(f"{python} has no package {package}") from error


def flowql_version(flowql: Path) -> str:
    """What `flowql --version` says, without the program's name."""
    try:
        return _output([str(flowql), "--version"]).removeprefix("flowql").strip()
    except (subprocess.CalledProcessError, OSError) as error:
        raise Unavailable(
            f"cannot run {flowql}: {error}\nbuild it with `cargo build --release`, "
            "or name it with --flowql"
        ) from error


def processor() -> str:
    """The name of the processor as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _output(command: list[str]) -> str:
    """Standard output of a short command, without white space around it."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()
