"""Run one benchmark query on Polars and write its answer as CSV."""

from __future__ import annotations

from typing import Callable

import polars as pl
from polars import LazyFrame, col

from peer import Task, is_parquet, perform, read_task, schema

TYPES = {"text": pl.String, "int16": pl.Int16, "int32": pl.Int32, "int64": pl.Int64}


def scan(task: Task) -> LazyFrame:
    """The logs as typed columns; `-` is null. Polars inflates gzip itself."""
    if is_parquet(task.logs):
        return pl.scan_parquet(task.logs, glob=False)
    return pl.scan_csv(
        task.logs,
        separator=" ",
        has_header=False,
        schema={name: TYPES[kind] for name, kind in schema(task.width).items()},
        quote_char=None,
        null_values="-",
        glob=False,
    )


def scan_lines(logs: list[str]) -> LazyFrame:
    """The logs as one column: a separator that never occurs keeps a line whole."""
    return pl.scan_csv(
        logs,
        separator="\x01",
        has_header=False,
        schema={"line": pl.String},
        quote_char=None,
        glob=False,
    )


def top(frame: LazyFrame, by: str, count: int, task: Task) -> LazyFrame:
    """The `count` largest rows, or all of them, in descending order."""
    kept = frame if task.full else frame.top_k(count, by=by)
    return kept.sort(by, descending=True, nulls_last=True)


def present(total: str, counted: str) -> pl.Expr:
    """A sum that is null when nothing was summed, as in SQL; Polars alone says 0."""
    return pl.when(col(counted) > 0).then(col(total)).alias(total)


def q1(task: Task) -> LazyFrame:
    """Sources with the most rejected records."""
    rejected = scan(task).filter(col("action") == "REJECT")
    return top(rejected.group_by("srcaddr").agg(n=pl.len()), "n", 20, task)


def q2(task: Task) -> LazyFrame:
    """Average, least and greatest bytes of each pair of addresses."""
    pairs = scan(task).group_by("srcaddr", "dstaddr")
    size = col("bytes")
    return pairs.agg(average=size.mean(), least=size.min(), greatest=size.max())


def q3(task: Task) -> LazyFrame:
    """Pairs of addresses with the most bytes."""
    size = col("bytes")
    pairs = scan(task).group_by("srcaddr", "dstaddr").agg(b=size.sum(), k=size.count())
    return top(pairs.select("srcaddr", "dstaddr", present("b", "k")), "b", 10, task)


def q4(task: Task) -> LazyFrame:
    """UDP records of each source."""
    return scan(task).filter(col("protocol") == 17).group_by("srcaddr").agg(n=pl.len())


def q5(task: Task) -> LazyFrame:
    """Bytes and records of every five minutes."""
    size = col("bytes")
    bins = scan(task).group_by(bin=col("start") // 300)
    sums = bins.agg(b=size.sum(), k=size.count(), n=pl.len())
    return sums.select(pl.from_epoch(col("bin") * 300), present("b", "k"), "n")


def q6(task: Task) -> LazyFrame:
    """Sources with the most distinct rejected destination ports."""
    rejected = scan(task).filter(col("action") == "REJECT")
    ports = col("dstport").drop_nulls().n_unique()
    return top(rejected.group_by("srcaddr").agg(d=ports), "d", 20, task)


def q7(task: Task) -> LazyFrame:
    """Records and bytes of each interface."""
    size = col("bytes")
    sums = scan(task).group_by("interface_id").agg(n=pl.len(), b=size.sum(), k=size.count())
    sums = sums.select("interface_id", "n", present("b", "k"))
    return sums.sort("b", descending=True, nulls_last=True)


def q8(task: Task) -> LazyFrame:
    """The newest records, as lines.

    Reading lines and splitting them is faster than reading fourteen columns and
    joining those of the 20 rows that remain, and than cutting by pattern.
    """
    if is_parquet(task.logs):
        cells = [col(name).cast(pl.String).fill_null("-") for name in schema(task.width)]
        line = pl.concat_str(cells, separator=" ").alias("line")
        return top(scan(task), "start", 20, task).select(pl.from_epoch("start"), line)
    start = col("line").str.split(" ").list.get(10).cast(pl.Int64)
    newest = top(scan_lines(task.logs).with_columns(start=start), "start", 20, task)
    return newest.select(pl.from_epoch("start"), "line")


QUERIES: dict[str, Callable[[Task], LazyFrame]] = {
    "Q1": q1, "Q2": q2, "Q3": q3, "Q4": q4, "Q5": q5, "Q6": q6, "Q7": q7, "Q8": q8,
}


def main() -> None:
    """Perform the task of the command line; the driver sets POLARS_MAX_THREADS."""
    task = read_task()
    assert pl.thread_pool_size() == task.threads, "POLARS_MAX_THREADS differs from --threads"
    frame = QUERIES[task.query](task)
    perform(
        lambda: frame.collect(engine="streaming"),
        lambda result: result.write_csv(task.output),
    )


if __name__ == "__main__":
    main()
