#!/usr/bin/env python3
"""Compare flowql with DuckDB, Polars and ClickHouse: same logs, same queries, same answers, then seconds."""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

sys.dont_write_bytecode = True

import deliveries
import environment
import kept
import limits
import logs
import report
import growth
import instructions
import steps
import tools
from arguments import read_arguments
from engines import PEERS, WIDTH, Engine, Flowql, Peer, Run, peer
from measure import CommandFailed
from queries import Query
from samples import Samples
from verify import Reference, WrongAnswer, newest_events, read_rows

WORK = Path(__file__).resolve().parent / ".work"
SHARE_OF_SHAPES = 10  # logs of other shapes have this part of the records
STEP_ROUNDS = 5  # rounds of the steps, which are short
REPEATS = 5  # runs of a query over what is held in memory, of which the median counts


@dataclass(frozen=True)
class Input:
    """The log files of one kind, and the same records as one text file."""

    name: str
    title: str
    files: list[Path]
    text: Path
    width: int = WIDTH


@dataclass(frozen=True)
class Bench:
    """All that a benchmark needs, ready to run."""

    queries: list[Query]
    engines: list[Engine]
    referee: Peer
    inputs: list[Input]
    threads: int
    shapes: tuple[Input, ...] = ()
    tools: tuple[tools.Tool, ...] = ()

    def of_shapes(self) -> Bench:
        """The same over logs of other shapes, with further programs."""
        return replace(self, inputs=list(self.shapes), shapes=(), engines=[*self.engines, *self.tools])


def prepare(arguments: argparse.Namespace) -> Bench:
    """Environment, engines and logs."""
    WORK.mkdir(exist_ok=True)
    python = arguments.python or environment.peer_python(WORK)
    engines: list[Engine] = [
        Flowql(arguments.flowql) if name == "flowql" else peer(name, python)
        for name in arguments.engines
    ]
    # The first peer is believed; if all engines agree with it, they agree.
    referee = peer(next((n for n in arguments.engines if n in PEERS), "duckdb"), python)
    shapes = make_shapes(arguments) if arguments.shapes else ()
    given = make_inputs(arguments, python)
    found = tuple(tools.tools()) if shapes else ()
    return Bench(arguments.only, engines, referee, given, arguments.threads, shapes, found)


def make_shapes(arguments: argparse.Namespace) -> tuple[Input, ...]:
    """The logs of other shapes, and those of the usual one in the same size."""
    records = max(arguments.records // SHARE_OF_SHAPES, 1)
    shapes = []
    for shape in (logs.DEFAULT, *logs.SHAPES):
        text = logs.generate(arguments.flowql, records, WORK, arguments.fresh, shape)
        files = [text] if shape.parts == 1 else logs.cut(text, WORK, shape.parts)
        title = f"{records:,} records: {shape.title}, {logs.size(files) / 1e6:,.0f} MB"
        shapes.append(Input(shape.name, title, files, text, shape.width))
    return tuple(shapes)


def make_inputs(arguments: argparse.Namespace, python: Path) -> list[Input]:
    """The text logs and, if asked for, the gz logs and those in Parquet."""
    text = arguments.logs
    if text is None:
        if not arguments.flowql.exists():
            raise environment.Unavailable(
                f"{arguments.flowql} is not there: build it with `cargo build --release`, "
                "name it with --flowql, or name a log file with --logs"
            )
        # Few records are made in no time, so a check always sees today's generator.
        fresh = arguments.fresh or arguments.check
        text = logs.generate(arguments.flowql, arguments.records, WORK, fresh)
    inputs = [Input("text", f"Text: one file, {logs.size([text]) / 1e9:.2f} GB", [text], text)]
    if arguments.gz:
        files = logs.compress(text, WORK, arguments.fresh)
        title = f"gz: {len(files)} files, {logs.size(files) / 1e6:,.0f} MB"
        inputs.append(Input("gz", title, files, text))
    if arguments.parquet:
        files = logs.columns(text, WORK, python, arguments.fresh or arguments.check)
        title = f"Parquet: one file, {logs.size(files) / 1e6:,.0f} MB"
        inputs.append(Input("parquet", title, files, text))
    return inputs


def check_all(bench: Bench) -> tuple[int, int]:
    """Compare all answers, a line per query; how many passed and how many failed."""
    failed = 0
    passed = 0
    for query in bench.queries:
        reference, text = None, None
        for logs_of in bench.inputs:
            if reference is None or text != logs_of.text:
                reference, text = make_reference(bench, query, logs_of), logs_of.text
            problem, rows = check(bench, query, logs_of, reference)
            where = f"{query.name} on {logs_of.name}"
            if problem is None:
                passed += 1
                names = ", ".join(e.name for e in bench.engines if e.answers(query))
                print(f"{where}: passed ({rows:,} rows; {names})", flush=True)
            else:
                failed += 1
                print(f"{where}: FAILED, {problem}", flush=True)
    return passed, failed


def make_reference(bench: Bench, query: Query, logs_of: Input) -> Reference:
    """The full answer to a query over the text of some logs."""
    text, width = logs_of.text, logs_of.width
    if query.events:
        return newest_events(query, logs.lines(text))
    output = WORK / "reference.csv"
    bench.referee.run(query, [text], bench.threads, output, width, full=True)
    return Reference(query, read_rows(output, query, headed=False))


def check(
    bench: Bench, query: Query, logs_of: Input, reference: Reference
) -> tuple[Optional[str], int]:
    """What is wrong with the answers of the engines, or None; and the number of rows."""
    rows = 0
    for engine in bench.engines:
        if not engine.answers(query):
            continue
        try:
            output = answer_file(engine)
            engine.run(query, logs_of.files, bench.threads, output, logs_of.width)
            rows = reference.check(output, headed=isinstance(engine, Flowql))
        except (WrongAnswer, CommandFailed) as problem:
            return f"{engine.name}: {problem}", rows
    return None, rows


def answer_file(engine: Engine) -> Path:
    """A place for an answer; no earlier one is there."""
    path = WORK / f"answer-{engine.name.lower()}.csv"
    path.unlink(missing_ok=True)
    return path


def time_all(bench: Bench, rounds: int) -> list[report.Table]:
    """Time every engine; rounds are interleaved, so that a slow minute hits all alike."""
    tables = [report.Table(logs_of.title) for logs_of in bench.inputs]
    for turn in range(1, rounds + 1):
        for logs_of, table in zip(bench.inputs, tables):
            # The first pass after other work takes longer, whoever makes it.
            logs.read_through(logs_of.files)
            for query in bench.queries:
                for engine in bench.engines:
                    if not engine.answers(query):
                        continue
                    output = answer_file(engine)
                    run = engine.run(query, logs_of.files, bench.threads, output, logs_of.width)
                    table.add(query, engine.name, run)
                    tell(turn, f"{query.name} on {logs_of.name}, {engine.name}", run)
    return tables


def tell(turn: int, what: str, run: Run) -> None:
    """Say what a timed run came to."""
    figures = f"{run.seconds:.3f} s, {run.peak / 1e6:.0f} MB"
    print(f"round {turn}, {what}: {figures}", file=sys.stderr)


def time_kept(bench: Bench, rounds: int) -> report.Table:
    """Check and time what holds the logs in memory, one process after another."""
    text = bench.inputs[0].text
    folder = WORK / "kept"
    folder.mkdir(exist_ok=True)
    references = [make_reference(bench, query, bench.inputs[0]) for query in bench.queries]
    table = report.Table(kept.TITLE)
    for turn in range(1, rounds + 1):
        for holder in kept.holders(bench.referee.python):
            runs = holder.run(bench.queries, text, bench.threads, REPEATS, folder)
            for number, (query, run) in enumerate(zip(bench.queries, runs)):
                references[number].check(folder / f"{number}.csv", headed=holder.headed)
                table.add(query, holder.name, run)
                tell(turn, f"{query.name} in memory, {holder.name}", run)
    return table


def describe(bench: Bench, arguments: argparse.Namespace) -> report.Setting:
    """What stands above the tables."""
    versions = {}
    for engine, key in zip(bench.engines, arguments.engines):
        if isinstance(engine, Peer):
            versions[engine.name] = environment.package_version(engine.python, PEERS[key][2])
        else:
            versions[engine.name] = environment.flowql_version(arguments.flowql)
    return report.Setting(
        records=sum(1 for _ in logs.lines(bench.inputs[0].text)),
        rounds=arguments.rounds,
        threads=bench.threads,
        cores=os.cpu_count() or 1,
        processor=environment.processor(),
        versions=versions,
    )


def main() -> int:
    """The exit code: 0, or 1 if an answer is wrong or something is not there."""
    arguments = read_arguments(__doc__ or "")
    # Answers of millions of rows are all alive until they are compared; nothing here is cyclic.
    gc.disable()
    try:
        if arguments.write:
            report.split(arguments.write)
        bench = prepare(arguments)
        setting = describe(bench, arguments)
        passed, failed = check_all(bench)
        if arguments.samples:
            samples = Samples(arguments.flowql, bench.referee.python, bench.threads, WORK)
            passed, failed = map(sum, zip((passed, failed), samples.check_all()))
        if bench.shapes:
            passed, failed = map(sum, zip((passed, failed), check_all(bench.of_shapes())))
        print(f"{passed} passed, {failed} failed", flush=True)
        if failed or arguments.check:
            return 1 if failed else 0
        tables = time_all(bench, arguments.rounds)
        if arguments.kept:
            tables.append(time_kept(bench, arguments.rounds))
        if bench.shapes:
            tables += time_all(bench.of_shapes(), arguments.rounds)
        allowed, parts, delivered = {}, "", ""
        if arguments.deliveries:
            turns = max(arguments.rounds, STEP_ROUNDS)
            text = bench.inputs[0].text
            delivered = deliveries.measured(arguments.flowql, text, bench.threads, turns, WORK)
        if arguments.limits:
            gz = [path for given in bench.inputs if given.name == "gz" for path in given.files]
            text = bench.inputs[0].text
            allowed = limits.measure_limits(text, gz, bench.threads, arguments.rounds)
            turns = max(arguments.rounds, STEP_ROUNDS)
            parts = steps.measured(arguments.flowql, text, bench.threads, turns, WORK)
    except (environment.Unavailable, CommandFailed, OSError, ValueError,
            WrongAnswer, subprocess.CalledProcessError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    text = report.markdown(setting, bench.queries, tables)
    if delivered:
        text += f"\n{delivered}"
    if arguments.growth:
        text += growth.measured(arguments, WORK) + "\n" + instructions.measured(arguments.flowql, WORK)
    if allowed:
        size = logs.size([bench.inputs[0].text])
        text += f"\n### What the machine allows\n\n{limits.markdown(allowed, size, setting.records)}\n\n{parts}\n"
    print(text)
    if arguments.write:
        report.replace(arguments.write, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
