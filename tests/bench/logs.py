"""The logs that are queried: text in one file, the same in eight gz files and as Parquet, and other shapes."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from engines import WIDTH, log_format

GZIP_FILES = 8
GZIP_LEVEL = 6
_GZIP_WINDOW = 31  # zlib's word for: 32 KiB window, gzip wrapping
_PIECE = 1 << 20


@dataclass(frozen=True)
class Shape:
    """What logs are like; `width` fields a record, in `parts` files of the same size."""

    name: str
    title: str
    options: tuple[str, ...] = ()
    width: int = WIDTH
    parts: int = 1


DEFAULT = Shape("flow", "the default format in one file")
WIDE = 29  # fields of versions 2 to 5
SHAPES = (
    Shape("fields", f"{WIDE} fields a record", ("--fields", log_format(WIDE)), width=WIDE),
    Shape("ipv6", "half of all addresses IPv6", ("--ipv6", "75")),
    Shape("files", "500 files", parts=500),
    Shape("few", "8 interfaces", ("--enis", "8")),
    Shape("many", "20,000 interfaces", ("--enis", "20000")),
)


def generate(flowql: Path, records: int, work: Path, fresh: bool, shape: Shape = DEFAULT) -> Path:
    """A file of `records` records of a shape, made by flowql unless it is there already."""
    path = work / f"{shape.name}-{records}.log"
    if path.exists() and not fresh:
        return path
    print(f"generating {records:,} records", file=sys.stderr)
    unfinished = path.with_suffix(".part")
    command = [str(flowql), "generate", "--records", str(records), "--seed", "1", *shape.options]
    subprocess.run([*command, "--output", str(unfinished)], check=True)
    unfinished.replace(path)
    return path


def cut(text: Path, work: Path, parts: int) -> list[Path]:
    """The records of `text` in so many files of about the same size, in order."""
    folder = work / f"{text.stem}-{parts}"
    paths = [folder / f"{part:05}.log" for part in range(parts)]
    if folder.exists() and size(paths) == text.stat().st_size:
        return paths
    folder.mkdir(exist_ok=True)
    cuts = _line_starts(text, parts)
    with open(text, "rb") as source:
        for path, start, end in zip(paths, cuts, cuts[1:]):
            source.seek(start)
            path.write_bytes(source.read(end - start))
    return paths


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


def columns(text: Path, work: Path, python: Path, fresh: bool) -> list[Path]:
    """The records of `text` as one Parquet file, made by DuckDB."""
    facts = text.stat()
    path = work / f"{text.stem}-{facts.st_size}.parquet"
    if fresh or not path.exists() or path.stat().st_mtime_ns < facts.st_mtime_ns:
        print(f"writing {text} as Parquet", file=sys.stderr)
        unfinished = path.with_suffix(".part")
        program = Path(__file__).parent / "make_parquet.py"
        subprocess.run([str(python), "-B", str(program), str(text), str(unfinished)], check=True)
        unfinished.replace(path)
    return [path]


def lines(path: Path) -> Iterator[str]:
    """The lines of a text log without their line ends."""
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def read_through(paths: list[Path]) -> None:
    """Read files to their ends, several times, so that every engine finds them as the next one does."""
    for _ in range(3):
        for path in paths:
            with open(path, "rb", buffering=0) as file:
                while file.read(_PIECE):
                    pass


def size(paths: list[Path]) -> int:
    """Bytes of all files together."""
    return sum(path.stat().st_size for path in paths if path.exists())


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
