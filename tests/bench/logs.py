"""The logs that are queried: one text file, or the same records in eight gz files."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

GZIP_FILES = 8
GZIP_LEVEL = 6
_GZIP_WINDOW = 31  # zlib's word for: 32 KiB window, gzip wrapping
_PIECE = 1 << 20


def generate(flowql: Path, records: int, work: Path, fresh: bool) -> Path:
    """A file of `records` default-format records, made by flowql unless it is there already."""
    path = work / f"flow-{records}.log"
    if path.exists() and not fresh:
        return path
    print(f"generating {records:,} records", file=sys.stderr)
    unfinished = path.with_suffix(".part")
    command = [str(flowql), "generate", "--records", str(records), "--seed", "1"]
    subprocess.run([*command, "--output", str(unfinished)], check=True)
    unfinished.replace(path)
    return path


def compress(text: Path, work: Path, fresh: bool) -> list[Path]:
    """The records of `text` in eight gz files of about the same size, in order."""
    # The size tells apart files of the same name in different folders.
    facts = text.stat()
    stem = f"{text.stem}-{facts.st_size}"
    paths = [work / f"{stem}-{part}.log.gz" for part in range(GZIP_FILES)]
    written = facts.st_mtime_ns
    if not fresh and all(p.exists() and p.stat().st_mtime_ns >= written for p in paths):
        return paths
    print(f"compressing {text} into {GZIP_FILES} files", file=sys.stderr)
    cuts = _line_starts(text, GZIP_FILES)
    # zlib lets other threads run while it works.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(_compress_range, text, path, start, end)
            for path, start, end in zip(paths, cuts, cuts[1:])
        ]
        for job in jobs:
            job.result()
    return paths


def lines(path: Path) -> Iterator[str]:
    """The lines of a text log without their line ends."""
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def size(paths: list[Path]) -> int:
    """Bytes of all files together."""
    return sum(path.stat().st_size for path in paths)


def _line_starts(text: Path, parts: int) -> list[int]:
    """Offsets that cut `text` at line starts into `parts` pieces; the last is its end."""
    total = text.stat().st_size
    cuts = [0]
    with open(text, "rb") as file:
        for part in range(1, parts):
            file.seek(max(total * part // parts, cuts[-1]))
            file.readline()
            cuts.append(file.tell())
    return [*cuts, total]


def _compress_range(text: Path, target: Path, start: int, end: int) -> None:
    """Write the bytes from `start` to `end` of `text` as one gzip member."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    unfinished = target.with_suffix(".part")
    with open(text, "rb") as source, open(unfinished, "wb") as sink:
        source.seek(start)
        left = end - start
        while left > 0:
            piece = source.read(min(_PIECE, left))
            left -= len(piece)
            sink.write(packer.compress(piece))
        sink.write(packer.flush())
    unfinished.replace(target)
