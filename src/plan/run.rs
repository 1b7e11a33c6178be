//! Running a plan: workers take blocks, record-wise commands pass them on, gathering commands
//! fold them; one pipeline after another.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::periods;
use super::plan::{InnerPlan, Part, Plan, Step};
use super::rest::{Rest, Shape};
use crate::commands::command::{Gather, Gathered, Gathering, Role, Run};
use crate::data::time::{Periods, TimeRange, Timestamp};
use crate::data::{Batch, Position, Statistics, Table};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::functions::function::Context;
use crate::logs::group::LogGroup;
use crate::logs::report::Report;
use crate::logs::scan::{Progress, Scan, ScanOptions};
use crate::store::{Store, StoreScan, Summary};

/// How a plan is to be run.
#[derive(Clone)]
pub struct RunOptions {
    /// The clock of the query.
    pub now: Timestamp,
    /// The time range of the query.
    pub range: TimeRange,
    /// An earlier one, where the query compares with it.
    pub earlier: Option<TimeRange>,
    /// The number of workers.
    pub threads: usize,
    /// Bytes of input a worker takes at a time; never shows in a result.
    pub block_size: usize,
    /// Bytes of memory the states of gathering commands may hold together.
    pub memory_limit: usize,
    /// Bytes of memory beyond which the records of a list wait on disk. Where there is room, long results
    /// are given as the rest of the outcome, in parts; `None` gives every result as a table.
    pub room: Option<usize>,
    /// Whether the first bad line ends the query.
    pub strict: bool,
    /// Set from outside when the query is to end.
    pub cancelled: Arc<AtomicBool>,
    /// Counters that can be read from outside while the query runs.
    pub progress: Arc<Progress>,
}

impl RunOptions {
    /// The times whose records are read.
    pub fn periods(&self) -> Periods {
        Periods { current: self.range, earlier: self.earlier }
    }
}

/// What was counted of a step of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// The records that it let through, or that were read.
    pub records: u64,
    /// The time it took, that of all workers together. A field is decoded where it is first used,
    /// and counts there.
    pub time: Duration,
}

/// A finished query.
#[derive(Default)]
pub struct Outcome {
    /// The records; none where they are given in parts.
    pub table: Table,
    /// The records, where they are given in parts.
    pub rest: Option<Rest>,
    /// What it took.
    pub statistics: Statistics,
    /// What was noticed in the input: bad lines and faults of files.
    pub report: Report,
    /// Whether the default row limit, and not one of the query, cut the result.
    pub cut: bool,
    /// The records of a whole result that were asked for; `None` is all of them.
    pub head: Option<usize>,
    /// What lay in the time range, and then what each command let through.
    pub passed: Vec<Passed>,
    /// The same of the queries inside, in their order in the plan.
    pub inner: Vec<Vec<Passed>>,
    /// What its author should know of the answer.
    pub warnings: Vec<Diagnostic>,
}

/// Where the batches of a pipeline come from; asked by all workers.
trait Source: Sync {
    fn next(&self) -> Result<Option<Batch>>;

    /// Lets the source leave out what comes behind a position. It may give it all the same.
    fn end_behind(&self, _: Position) {}

    /// Bytes read so far, counted after decompression.
    fn bytes_read(&self) -> u64;
}

impl Source for Scan<'_> {
    fn next(&self) -> Result<Option<Batch>> {
        Scan::next(self)
    }

    fn end_behind(&self, position: Position) {
        Scan::end_behind(self, position);
    }

    fn bytes_read(&self) -> u64 {
        self.progress().bytes.load(Ordering::Relaxed)
    }
}

impl Source for StoreScan {
    fn next(&self) -> Result<Option<Batch>> {
        Ok(StoreScan::next(self))
    }

    fn bytes_read(&self) -> u64 {
        self.summary().bytes
    }
}

/// The batches that the pipeline in front gave.
struct Given(Mutex<std::vec::IntoIter<Batch>>);

impl Source for Given {
    fn next(&self) -> Result<Option<Batch>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).next())
    }

    fn bytes_read(&self) -> u64 {
        0
    }
}

/// Runs a plan whose inner queries have run, over the log groups it names.
pub type RunOne<'a> = &'a dyn Fn(&Plan, &LogGroup, &RunOptions) -> Result<Outcome>;

/// Runs the queries inside a query and then itself, each of them with `one`.
///
/// # Errors
/// Cancellation, the memory limit, a bad line where `strict` says so, and input that cannot be
/// read at all.
pub fn run(
    plan: &Plan,
    group: &LogGroup,
    options: &RunOptions,
    one: RunOne<'_>,
) -> Result<Outcome> {
    let began = Instant::now();
    let before = run_inner(plan, group, options, one)?;
    let chosen = plan.source.as_ref().map(|names| group.of_groups(names));
    let group = chosen.as_ref().unwrap_or(group);
    let range = plan.window.range(options.now, options.range);
    let options = RunOptions { range, earlier: None, ..options.clone() };
    let options = match &plan.compared {
        Some(compared) => periods::of(compared, group, &options, one)?,
        None => options,
    };
    let mut outcome = one(plan, group, &options)?;
    for (part, inner) in before {
        outcome.inner.push(inner.passed);
        // What is read again later is counted then.
        if part == Part::Keys {
            continue;
        }
        outcome.warnings.extend(inner.warnings);
        outcome.statistics.records_scanned += inner.statistics.records_scanned;
        outcome.statistics.bytes_scanned += inner.statistics.bytes_scanned;
        outcome.statistics.files += inner.statistics.files;
        outcome.report.add(inner.report);
    }
    outcome.statistics.bad_lines = outcome.report.bad_lines;
    outcome.statistics.elapsed = began.elapsed();
    Ok(outcome)
}

/// Runs the queries inside a query, and puts their answers where it looks for them.
fn run_inner(
    plan: &Plan,
    group: &LogGroup,
    options: &RunOptions,
    one: RunOne<'_>,
) -> Result<Vec<(Part, Outcome)>> {
    let mut outcomes = Vec::new();
    for InnerPlan { plan, inner, part } in &plan.inner {
        let options = RunOptions { progress: Arc::default(), room: None, ..options.clone() };
        let outcome = run(plan, group, &options, one)?;
        inner.fill(outcome.table.clone());
        if *part == Part::Side {
            let answer = inner.answer();
            let columns = answer.table.columns.iter().map(|column| column.memory());
            let index = answer.by_column(0);
            if columns.sum::<usize>() + index.memory() > options.memory_limit {
                let limit = options.memory_limit as f64 / 1e6;
                return Err(Error::Limit(format!(
                    "`join` needs more than the memory limit of {limit} MB for its right side: \
                     shorten the time range, or raise it with --memory-limit"
                )));
            }
            // Each partner of a record has a position of its own.
            let most = u64::from(index.most());
            if most.saturating_mul(group.files.len() as u64) > 1 << 20 {
                return Err(Error::Limit(format!(
                    "`join` finds {most} records of its right side with the same key: make the \
                     sides smaller, or choose another key"
                )));
            }
        }
        outcomes.push((*part, outcome));
    }
    Ok(outcomes)
}

/// Runs a plan over the files of a log group; the queries inside of it have run.
///
/// # Errors
/// As [`run`].
pub fn run_files(plan: &Plan, group: &LogGroup, options: &RunOptions) -> Result<Outcome> {
    let began = Instant::now();
    loop {
        let counts = Counts::new(plan);
        let passed = pass(plan, group, options, &counts, None);
        // Which worker meets a bad line first is chance: one worker finds the first in the logs.
        if options.strict
            && options.threads > 1
            && matches!(passed, Err(Error::Input { .. }))
            && group.can_be_read_again()
        {
            return run_files(plan, group, &RunOptions { threads: 1, ..options.clone() });
        }
        if let Some((gathered, read)) = passed? {
            return Ok(outcome(plan, gathered, counts, read, (began, options.threads)));
        }
    }
}

/// The states of the workers behind the first command that gathers.
pub(super) type States = Vec<Box<dyn Gather>>;

/// One pass of a plan over the files of a log group, which goes on from `states`, where there are, and
/// leaves there those that a later one can go on from. `None` where a header line in mid-file changed the
/// format: the files are to be read again, now that it is known.
pub(super) fn pass(
    plan: &Plan,
    group: &LogGroup,
    options: &RunOptions,
    counts: &Counts,
    states: Option<&mut Option<States>>,
) -> Result<Option<(Answered, Read)>> {
    let scan = Scan::new(
        group,
        ScanOptions {
            fields: plan.fields(),
            slots: plan.slots,
            range: options.periods(),
            times: plan.times,
            block_size: options.block_size,
            strict: options.strict,
            leading: plan.leading(),
        },
        Arc::clone(&options.progress),
    );
    let answered = run_pipelines(plan, &scan, options, counts, states);
    let report = scan.report();
    if report.restart && !matches!(answered, Err(Error::Cancelled)) {
        return Ok(None);
    }
    let progress = scan.progress();
    let read = Read {
        records: progress.records.load(Ordering::Relaxed),
        bytes: progress.bytes.load(Ordering::Relaxed),
        files: group.files.len() as u64,
        report,
    };
    Ok(Some((answered?, read)))
}

/// Runs a plan over the records of a store, which has all fields that the plan wants.
///
/// # Errors
/// Cancellation and the memory limit.
pub fn run_stored(
    plan: &Plan,
    group: &LogGroup,
    store: &Store,
    options: &RunOptions,
) -> Result<Outcome> {
    let began = Instant::now();
    let scan = store.scan(&plan.fields(), plan.slots, options.periods(), plan.leading());
    let counts = Counts::new(plan);
    let gathered = run_pipelines(plan, &scan, options, &counts, None)?;
    let Summary { records, bytes, report } = scan.summary().clone();
    let read = Read { records, bytes, files: group.files.len() as u64, report };
    Ok(outcome(plan, gathered, counts, read, (began, options.threads)))
}

/// What is counted while a plan runs.
pub(super) struct Counts {
    /// Records that reached the first gathering command.
    matched: AtomicU64,
    /// What came in, and what each command let through.
    passed: Vec<Count>,
}

/// What is counted of a step, by all workers.
#[derive(Default)]
struct Count {
    records: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Count {
    /// Adds records, and the time since a moment.
    fn add(&self, records: usize, since: Instant) {
        self.records.fetch_add(records as u64, Ordering::Relaxed);
        let time = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(time, Ordering::Relaxed);
    }

    fn passed(self) -> Passed {
        let time = Duration::from_nanos(self.nanoseconds.into_inner());
        Passed { records: self.records.into_inner(), time }
    }
}

impl Counts {
    pub(super) fn new(plan: &Plan) -> Counts {
        let passed = (0..=plan.steps.len()).map(|_| Count::default()).collect();
        Counts { matched: AtomicU64::new(0), passed }
    }

    /// What was counted in front of the first command that gathers.
    pub(super) fn begun(&self, plan: &Plan) -> Begun {
        let first = plan.pipelines().first().map_or(0, |steps| steps.len());
        let passed = self.passed.iter().take(first);
        let records = passed.map(|count| count.records.load(Ordering::Relaxed)).collect();
        Begun { matched: self.matched.load(Ordering::Relaxed), records }
    }

    /// Goes on counting.
    pub(super) fn go_on(plan: &Plan, begun: &Begun) -> Counts {
        let counts = Counts::new(plan);
        counts.matched.store(begun.matched, Ordering::Relaxed);
        for (count, records) in counts.passed.iter().zip(&begun.records) {
            count.records.store(*records, Ordering::Relaxed);
        }
        counts
    }
}

/// What was counted in front of the first command that gathers: the records that came into each command,
/// and those that reached it.
pub(super) struct Begun {
    matched: u64,
    records: Vec<u64>,
}

/// What was read for a query.
#[derive(Clone)]
pub(super) struct Read {
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) files: u64,
    pub(super) report: Report,
}

/// What the commands gave, and what the author of the query should know of it.
pub(super) type Answered = (Gathered, Vec<Diagnostic>);

pub(super) fn outcome(
    plan: &Plan,
    (gathered, warnings): Answered,
    counts: Counts,
    read: Read,
    (began, threads): (Instant, usize),
) -> Outcome {
    let shape = Shape::of(plan);
    let table = shape.of_batch(gathered.batches.first(), gathered.found);
    let rest = gathered.waiting.map(|waiting| Rest { waiting, shape, threads });
    let len = rest.as_ref().map_or(table.len as u64, Rest::records);
    let statistics = Statistics {
        records_matched: counts.matched.into_inner(),
        records_scanned: read.records,
        bytes_scanned: read.bytes,
        bad_lines: read.report.bad_lines,
        records_found: gathered.found,
        files: read.files - read.report.skipped.min(read.files),
        files_skipped: read.report.skipped,
        elapsed: began.elapsed(),
    };
    let mut passed: Vec<Passed> = counts.passed.into_iter().map(Count::passed).collect();
    if let Some(last) = passed.last_mut() {
        last.records = len;
    }
    let head = plan.head.map_or(u64::MAX, |head| head as u64);
    let cut = !plan.limited && gathered.found > len.min(head);
    let (report, inner) = (read.report, Vec::new());
    Outcome { table, rest, statistics, report, cut, head: plan.head, passed, inner, warnings }
}

fn run_pipelines(
    plan: &Plan,
    scan: &dyn Source,
    options: &RunOptions,
    counts: &Counts,
    mut states: Option<&mut Option<States>>,
) -> Result<Answered> {
    let noticed = Mutex::default();
    let mut gathered: Option<Gathered> = None;
    let mut begin = 0;
    for steps in plan.pipelines() {
        let uncounted = AtomicU64::new(0);
        let passed = counts.passed.get(begin..).unwrap_or_default();
        begin += steps.len();
        let behind = plan.steps.get(begin..).unwrap_or_default();
        let run = &Run {
            context: Context { now: options.now, range: options.range },
            earlier: options.earlier,
            noticed: &noticed,
            slots: plan.slots,
            threads: options.threads,
            room: options.room.filter(|_| cuts_nothing(steps, behind)),
            cancelled: &options.cancelled,
            bytes_read: &|| scan.bytes_read(),
        };
        gathered = Some(match gathered {
            None => {
                let (counted, spills) = (&counts.matched, true);
                let pipeline = Pipeline { steps, run, options, spills, counted, passed };
                pipeline.run(scan, states.take())?
            }
            // Nothing behind it cuts more off.
            Some(waits @ Gathered { waiting: Some(_), .. }) => waits,
            Some(Gathered { batches, found, waiting: None }) => {
                let given = Given(Mutex::new(batches.into_iter()));
                let (counted, spills) = (&uncounted, false);
                let pipeline = Pipeline { steps, run, options, spills, counted, passed };
                let mut next = pipeline.run(&given, None)?;
                // A limit that a `sort` in front took over has cut already.
                if passes_on(steps) {
                    next.found = next.found.max(found);
                }
                next
            }
        });
    }
    let gathered = gathered.unwrap_or_else(|| Gathered::of(Vec::new(), 0));
    Ok((gathered, noticed.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// Whether what a pipeline gives is the result: the steps behind it are row limits, which its last
/// command keeps already.
fn cuts_nothing(steps: &[Step], behind: &[Step]) -> bool {
    let limit = |step: &Step| step.stage.role().gathering().and_then(Gathering::limit);
    let own = steps.last().and_then(limit).unwrap_or(usize::MAX);
    let keeps = |step: &Step| {
        step.stage.doc().name == "limit" && limit(step).is_none_or(|limit| limit >= own)
    };
    behind.iter().all(keeps)
}

/// Whether a pipeline gives the records it gets, but for a row limit.
fn passes_on(steps: &[Step]) -> bool {
    steps.iter().all(|step| match step.stage.role() {
        Role::RecordWise(stage) => stage.keeps_records(),
        Role::Gathering(_) => step.stage.doc().name == "limit",
        Role::Ordered(gathering) => gathering.keeps_records(),
    })
}

/// Record-wise commands and the gathering one that ends them.
struct Pipeline<'a> {
    steps: &'a [Step],
    run: &'a Run<'a>,
    options: &'a RunOptions,
    /// Whether records go to disk where they need more room than they have: what is in memory
    /// already stays there.
    spills: bool,
    /// Counts the records that reach the gathering command.
    counted: &'a AtomicU64,
    /// Counts what comes in, and what each command lets through.
    passed: &'a [Count],
}

impl Pipeline<'_> {
    /// Runs over a source, from states on where there are; leaves there those to go on from.
    fn run(&self, source: &dyn Source, mut kept: Option<&mut Option<States>>) -> Result<Gathered> {
        let memory = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let begun = kept.as_mut().and_then(|kept| kept.take()).unwrap_or_default();
        let begun = Mutex::new(begun);
        let work = || {
            let own = begun.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let result = self.work(source, own, &memory, &stop);
            if result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            result
        };
        let states: Vec<Result<Box<dyn Gather>>> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.run.threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let rest = others.into_iter().map(|handle| match handle.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            std::iter::once(own).chain(rest).collect()
        });
        let mut states = states.into_iter().collect::<Result<States>>()?;
        if let Some(kept) = kept {
            *kept = states.iter_mut().map(|state| state.copy()).collect();
        }
        let mut states = states.into_iter();
        let first = states.next().expect("there is at least one worker");
        let began = Instant::now();
        let gathered = first.finish(states.collect(), self.run);
        self.count(self.steps.len(), 0, began);
        gathered
    }

    /// One worker: takes batches until there are none, and folds them into a state that was begun, or a
    /// new one.
    fn work(
        &self,
        source: &dyn Source,
        begun: Option<Box<dyn Gather>>,
        memory: &AtomicUsize,
        stop: &AtomicBool,
    ) -> Result<Box<dyn Gather>> {
        let (last, steps) = self.steps.split_last().expect("a pipeline ends with a command");
        let gathering = last.stage.role().gathering();
        let gathering = gathering.expect("a pipeline ends with a command that gathers");
        let mut state = begun.unwrap_or_else(|| gathering.gather(&last.behind, self.run));
        let mut held = 0;
        while !stop.load(Ordering::Relaxed) {
            if self.options.cancelled.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let began = Instant::now();
            let Some(mut batch) = source.next()? else { break };
            self.count(0, batch.len(), began);
            for (at, step) in steps.iter().enumerate() {
                let Role::RecordWise(stage) = step.stage.role() else { continue };
                let began = Instant::now();
                batch = stage.apply(batch, &step.behind, self.run);
                self.count(at + 1, batch.len(), began);
                if batch.is_empty() {
                    break;
                }
            }
            if batch.is_empty() {
                continue;
            }
            self.counted.fetch_add(batch.len() as u64, Ordering::Relaxed);
            let began = Instant::now();
            state.fold(batch, self.run);
            self.count(self.steps.len(), 0, began);
            if let Some(position) = state.enough() {
                source.end_behind(position);
            }
            // Each worker has its share of the room.
            let room = self.run.room.filter(|_| self.spills);
            let room = room.map(|room| room.min(self.options.memory_limit) / self.run.threads);
            if room.is_some_and(|room| state.memory() > room) {
                state.spill(self.run)?;
            }
            let now = state.memory();
            let total = memory.fetch_add(now.wrapping_sub(held), Ordering::Relaxed);
            held = now;
            if total.wrapping_add(now) > self.options.memory_limit.saturating_add(now) {
                return Err(self.too_much(last));
            }
        }
        Ok(state)
    }

    fn count(&self, at: usize, records: usize, since: Instant) {
        if let Some(count) = self.passed.get(at) {
            count.add(records, since);
        }
    }

    fn too_much(&self, step: &Step) -> Error {
        let limit = self.options.memory_limit as f64 / 1e6;
        let name = step.stage.doc().name;
        Error::Limit(format!(
            "`{name}` needs more than the memory limit of {limit} MB: filter more, group by fewer \
             fields, or raise it with --memory-limit\n  in: {}",
            step.stage
        ))
    }
}
