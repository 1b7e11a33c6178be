//! Scans: all records of a log group as batches, handed to any number of workers.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::ThreadId;
use std::{io, ops::Range};

pub use super::feed::Progress;
use super::feed::{Block, Feeds, lock};
use super::group::{EventKind, FlowKind, Kind, LogGroup, Section};
use super::report::{BadLine, Fault, Found, Notes, Report};
use crate::data::time::{Periods, TimeRange};
use crate::data::{Batch, Column, Position, RecordBlock, Slot, Value};
use crate::error::{Error, Result};
use crate::readers::columnar::{ColumnBlock, ColumnFile, Faults, RowGroup};
use crate::readers::deliveries::EventText;
use crate::readers::events::{EventBlock, EventLayout, Seen};
use crate::readers::flow_log::{FlowBlock, Pool, rows_within};
use crate::readers::layout::{Layout, Origin, Source};
use crate::readers::log_format::LogFormat;
use crate::readers::source::{LONGEST_LINE, TextBlock};

/// The block size that measures fastest: text and boundaries of a block stay in the second cache.
pub const BLOCK_SIZE: usize = 256 * 1024;

/// Larger blocks bring nothing, and lines inside a block are shorter than the longest line.
const LARGEST_BLOCK: usize = 8 << 20;

/// The number of bits of a position that tell the place in a file; the others tell the file.
const PLACE_BITS: u32 = 44;

/// What a query asks of a scan.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// The name of the field in each slot, from slot 0 on.
    pub fields: Vec<String>,
    /// The number of slots of the plan, at least as many as fields.
    pub slots: usize,
    /// Records outside are left out.
    pub range: Periods,
    /// Records outside are of no use to the query: files that hold no others are not read.
    pub times: TimeRange,
    /// Bytes of text per batch, about; from 64 on.
    pub block_size: usize,
    /// Whether the first bad line ends the scan.
    pub strict: bool,
    /// The slot by which the query orders records, and whether it wants the greatest first: groups of
    /// rows come in an order that serves it.
    pub leading: Option<(Slot, bool)>,
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        let (fields, slots) = (Vec::new(), 0);
        let (range, times) = (Periods::ALL, TimeRange::ALL);
        let (strict, leading) = (false, None);
        ScanOptions { fields, slots, range, times, block_size: BLOCK_SIZE, strict, leading }
    }
}

/// What a layout depends on: the address of the format, origin and log stream, and whether the format
/// was assumed.
type LayoutKey = (usize, Origin, Option<Arc<str>>, bool);

/// The last two groups of rows of a worker.
type LastGroups = [Option<Arc<RowGroup>>; 2];

/// A pass over all records of a log group.
///
/// Any number of workers call [`Scan::next`] until it has no more. Which worker gets which batch,
/// and in which order, is open; positions tell the order of records.
pub struct Scan<'g> {
    group: &'g LogGroup,
    options: ScanOptions,
    feeds: Feeds<'g>,
    /// Files that are not read, since they hold other times.
    skipped: u64,
    /// Where which format begins to hold, for each file of which every header was known at the start.
    surveyed: Vec<Option<Vec<Section>>>,
    layouts: Mutex<HashMap<LayoutKey, Arc<Layout>>>,
    event_layouts: Vec<OnceLock<Arc<EventLayout>>>,
    column_faults: Vec<OnceLock<Faults>>,
    /// The groups of rows of a file with the number of their first row, in the order of their turns.
    orders: Vec<OnceLock<Vec<(usize, u64)>>>,
    seen: Arc<Seen>,
    /// Batches of blocks that were begun, the next one last, and the worker that began each.
    pending: Mutex<Vec<(ThreadId, Vec<Batch>)>>,
    kept: Mutex<Vec<(ThreadId, LastGroups)>>,
    pool: Arc<Pool>,
    notes: Mutex<Notes>,
    stopped: AtomicBool,
    restart: AtomicBool,
}

impl<'g> Scan<'g> {
    /// A scan from the start of every file, which counts in `progress`, from 0 on.
    pub fn new(group: &'g LogGroup, mut options: ScanOptions, progress: Arc<Progress>) -> Scan<'g> {
        options.block_size = options.block_size.clamp(64, LARGEST_BLOCK);
        options.slots = options.slots.max(options.fields.len());
        let pool: Arc<Pool> = Arc::default();
        // Names mostly rise with time: the newest records are found first, and others known to be older.
        // A strict scan names the first bad line, which one worker meets first.
        let newest = |(slot, descending): (Slot, bool)| {
            descending && options.fields.get(slot).is_some_and(|name| name == "@timestamp")
        };
        let backwards = !options.strict && options.leading.is_some_and(newest);
        let flows = || group.files.iter().map(|file| file.flow());
        let fields = options.fields.iter().map(|_| Default::default()).collect();
        let read = group.read_within(options.range.and(options.times));
        let skipped = read.iter().filter(|read| !**read).count() as u64;
        Scan {
            group,
            feeds: Feeds::new(
                &group.files,
                read,
                options.block_size,
                Arc::clone(&pool),
                progress,
                backwards,
            ),
            skipped,
            options,
            surveyed: flows().map(|flow| flow?.sections.get().cloned()).collect(),
            layouts: Mutex::default(),
            event_layouts: group.files.iter().map(|_| OnceLock::new()).collect(),
            column_faults: group.files.iter().map(|_| OnceLock::new()).collect(),
            orders: group.files.iter().map(|_| OnceLock::new()).collect(),
            seen: Arc::new(Seen { fields, ..Seen::default() }),
            pending: Mutex::default(),
            kept: Mutex::default(),
            pool,
            notes: Mutex::default(),
            stopped: AtomicBool::new(false),
            restart: AtomicBool::new(false),
        }
    }

    /// The next batch of records inside the time range, never an empty one; `None` when there are
    /// no more, after [`Scan::stop`], and when the scan must begin anew.
    ///
    /// A plain file is read in parallel on the assumption that it has one log format. When a
    /// header line in the middle tells another one, blocks behind it may have been read wrongly by
    /// then: the scan looks for all headers of the file, ends, and [`Report::restart`] is true. The
    /// caller then drops what it got and makes a new scan of the same group with the same options.
    /// That happens once per such file at most, since the group remembers what was found.
    ///
    /// # Errors
    /// `Input` for the first bad line of a block in a strict scan, and for a file whose headers
    /// change while it is read. Files that cannot be read are no errors here but faults of the
    /// report.
    pub fn next(&self) -> Result<Option<Batch>> {
        let own = std::thread::current().id();
        loop {
            if self.stopped.load(Relaxed) {
                return Ok(None);
            }
            // What is left of a block is in the cache of the worker that began it.
            if let Some(batch) = self.take_pending(|worker| worker == own) {
                return Ok(Some(batch));
            }
            let Some((file, block)) = self.feeds.next() else {
                return Ok(self.take_pending(|_| true));
            };
            let mut batches = match block {
                Block::Text(text) => self.batches(file, text)?,
                Block::Events(events) => self.delivered(file, events)?,
                Block::Group(turn) => self.rows(file, turn),
            };
            batches.reverse();
            let batch = batches.pop();
            if !batches.is_empty() {
                lock(&self.pending).push((own, batches));
            }
            if batch.is_some() {
                return Ok(batch);
            }
        }
    }

    /// Holds on to a group of rows until its worker has begun two more. Memory that is given back while
    /// nothing younger is in use goes to the system, and each page of it costs a fault to come back.
    fn keep(&self, rows: &Arc<RowGroup>) {
        let own = std::thread::current().id();
        let mut kept = lock(&self.kept);
        match kept.iter_mut().find(|(worker, _)| *worker == own) {
            Some((_, groups)) => {
                groups.rotate_left(1);
                groups[1] = Some(Arc::clone(rows));
            }
            None => kept.push((own, [None, Some(Arc::clone(rows))])),
        }
    }

    /// The next batch that is left of the blocks of some workers.
    fn take_pending(&self, of: impl Fn(ThreadId) -> bool) -> Option<Batch> {
        let mut pending = lock(&self.pending);
        let place = pending.iter().position(|(worker, _)| of(*worker))?;
        let (_, batches) = pending.get_mut(place)?;
        let batch = batches.pop();
        if batches.is_empty() {
            pending.swap_remove(place);
        }
        batch
    }

    /// How far the scan is.
    pub fn progress(&self) -> &Progress {
        self.feeds.progress()
    }

    /// Ends the scan at a position, if it does not end before: records behind it may be left out,
    /// all others come.
    pub fn end_behind(&self, position: Position) {
        // Parts of files have the positions that they have in the whole.
        if !self.group.numbers.is_empty() {
            return;
        }
        self.feeds
            .end_behind((position >> PLACE_BITS) as usize, position & ((1 << PLACE_BITS) - 1));
    }

    /// The position of what begins a file.
    fn base(&self, file: usize) -> Position {
        (self.group.number(file) << PLACE_BITS) + self.group.files[file].behind
    }

    /// Ends the scan for all workers.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Files whose format was assumed and may be another, and files that are no logs.
    fn doubts(&self) -> impl Iterator<Item = Fault> {
        self.group.files.iter().filter_map(|file| {
            let reason = match &file.kind {
                Kind::Flow(flow) => flow.doubt.clone()?,
                Kind::LeftOut(reason) => reason.clone(),
                Kind::Events(_) => return None,
            };
            Some(Fault { path: file.path.clone(), reason })
        })
    }

    /// Columns that could not be read.
    fn lost_columns(&self) -> impl Iterator<Item = Fault> {
        let faults = self.group.files.iter().zip(&self.column_faults);
        faults.filter_map(|(file, fault)| {
            let reason = lock(fault.get()?).clone()?;
            Some(Fault { path: file.path.clone(), reason })
        })
    }

    /// What the scan has met so far besides records.
    pub fn report(&self) -> Report {
        let notes = lock(&self.notes);
        let path = |file: usize| self.group.files[file].place_name();
        let bad = |found: &Found| BadLine {
            path: path(found.file),
            line: self.line_number(found),
            reason: found.reason.clone(),
        };
        Report {
            bad_lines: notes.bad_lines,
            bad_by_file: notes.bad_by_file.iter().map(|(file, count)| (*file, *count)).collect(),
            first_bad: notes.first_bad.iter().map(bad).collect(),
            faults: self.doubts().chain(self.feeds.faults()).chain(self.lost_columns()).collect(),
            headers: notes.headers,
            restart: self.restart.load(Relaxed),
            unfound: self.looked_for(false),
            found: self.looked_for(true),
            undiscovered: self.seen.over.load(Relaxed),
            broken: self.seen.broken.load(Relaxed),
            unformatted: self.seen.unformatted.load(Relaxed),
            controls: notes.controls,
            skipped: self.skipped,
        }
    }

    /// Fields that messages were looked at for, and that some had or none.
    fn looked_for(&self, had: bool) -> Vec<String> {
        let fields = self.options.fields.iter().zip(&self.seen.fields);
        let wanted = fields
            .filter(|(_, (looked, found))| looked.load(Relaxed) && found.load(Relaxed) == had);
        wanted.map(|(name, _)| name.clone()).collect()
    }

    /// The records of a text, one batch per log format.
    fn batches(&self, file: usize, mut block: TextBlock) -> Result<Vec<Batch>> {
        self.progress().bytes.fetch_add(block.bytes, Relaxed);
        let input = &self.group.files[file];
        let base = self.base(file) + block.offset;
        let text = Arc::new(std::mem::take(&mut block.text));
        let mut batches = Vec::new();
        let mut bad: Vec<Found> = Vec::new();
        let (mut bad_lines, mut headers) = (0, 0);
        match &input.kind {
            Kind::Flow(flow) => {
                for (range, format) in self.segments(file, flow, &block) {
                    let layout = self.layout(file, flow, format);
                    let buffers = (self.pool.take(), Arc::clone(&self.pool));
                    let records = FlowBlock::new(
                        Arc::clone(&text),
                        range,
                        layout,
                        base,
                        flow.prefixed,
                        buffers,
                    );
                    let lines = records.lines();
                    if let Some(at) = lines.other_header {
                        self.begin_anew(file, block.offset + u64::from(at))?;
                        return Ok(Vec::new());
                    }
                    bad_lines += lines.bad;
                    headers += lines.headers;
                    bad.extend(lines.first_bad.iter().map(|(at, reason)| Found {
                        file,
                        offset: block.offset + u64::from(*at),
                        line: block.line.map(|line| {
                            let before = &text[block.from..*at as usize];
                            line + memchr::memchr_iter(b'\n', before).count() as u64
                        }),
                        reason: reason.clone(),
                    }));
                    let len = records.len();
                    batches.extend(self.batch(records, len, FlowBlock::timestamps));
                }
            }
            Kind::Events(kind) => {
                let layout = self.event_layout(file, kind);
                let range = block.from..block.to;
                let events = EventBlock::of_lines(text, range, base, kind.prefixed, layout);
                let len = events.len();
                batches.extend(self.batch(events, len, EventBlock::timestamps));
            }
            Kind::LeftOut(_) => {}
        }
        if let Some((offset, line)) = block.too_long {
            bad_lines += 1;
            let reason = format!("longer than {} MiB", LONGEST_LINE.div_ceil(1 << 20));
            bad.push(Found { file, offset, line, reason });
        }
        if bad_lines > 0 || headers > 0 {
            self.note(file, bad_lines, headers, bad)?;
        }
        Ok(batches)
    }

    /// The records of a group of rows, unless its bounds tell that all have other times.
    fn rows(&self, file: usize, turn: usize) -> Vec<Batch> {
        let input = &self.group.files[file];
        let (Some(flow), Some(columns)) = (input.flow(), input.columns()) else {
            return Vec::new();
        };
        let layout = self.layout(file, flow, Arc::clone(&flow.format));
        let order =
            self.orders[file].get_or_init(|| in_order(columns, &layout, self.options.leading));
        let Some(&(group, first)) = order.get(turn) else { return Vec::new() };
        let base = self.base(file) + first;
        let faults = Arc::clone(self.column_faults[file].get_or_init(Faults::default));
        let rows = Arc::new(RowGroup::new(Arc::clone(columns), group, layout, faults));
        let wanted = self.options.range.and(self.options.times);
        if let Some((Value::Time(start), Value::Time(end))) = rows.time_bounds()
            && !wanted.meets(TimeRange { start, end })
        {
            return Vec::new();
        }
        self.progress().bytes.fetch_add(columns.bytes(group).1, Relaxed);
        self.keep(&rows);
        let batch = |block: ColumnBlock| {
            let len = block.len();
            self.batch(block, len, ColumnBlock::timestamps)
        };
        rows.blocks(base).filter_map(batch).collect()
    }

    /// The events of a delivery.
    fn delivered(&self, file: usize, mut events: EventText) -> Result<Vec<Batch>> {
        self.progress().bytes.fetch_add(events.bytes, Relaxed);
        let Kind::Events(kind) = &self.group.files[file].kind else { return Ok(Vec::new()) };
        if events.controls > 0 {
            lock(&self.notes).controls += events.controls;
        }
        let bad: Vec<Found> = std::mem::take(&mut events.bad)
            .into_iter()
            .map(|(line, reason)| Found { file, offset: line, line: Some(line), reason })
            .collect();
        if !bad.is_empty() {
            self.note(file, bad.len() as u64, 0, bad)?;
        }
        let base = self.base(file) + events.before;
        let events = EventBlock::of_delivery(events, base, self.event_layout(file, kind));
        let len = events.len();
        Ok(self.batch(events, len, EventBlock::timestamps).into_iter().collect())
    }

    /// Counts bad lines and headers; a bad line ends a strict scan.
    fn note(&self, file: usize, bad_lines: u64, headers: u64, bad: Vec<Found>) -> Result<()> {
        if self.options.strict
            && let Some(first) = bad.iter().min_by_key(|bad| bad.offset)
        {
            self.stop();
            let (path, line) = (self.group.files[file].place_name(), self.line_number(first));
            return Err(Error::Input { path, line, reason: first.reason.clone() });
        }
        let mut notes = lock(&self.notes);
        notes.bad_lines += bad_lines;
        if bad_lines > 0 {
            *notes.bad_by_file.entry(file).or_default() += bad_lines;
        }
        notes.headers += headers;
        notes.add_bad(bad);
        Ok(())
    }

    /// The records inside the time range.
    fn batch<B: RecordBlock + 'static>(
        &self,
        records: B,
        len: usize,
        times: impl FnOnce(&B) -> Column,
    ) -> Option<Batch> {
        self.progress().records.fetch_add(len as u64, Relaxed);
        if len == 0 {
            return None;
        }
        let range = self.options.range;
        let rows = match range.is_all() {
            true => None,
            false => {
                let times = times(&records);
                rows_within(&times, |time| range.contains(time))
            }
        };
        if rows.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let batch = Batch::of_block(Arc::new(records), len, self.options.slots);
        Some(match rows {
            Some(rows) => batch.select(&rows, &[]),
            None => batch,
        })
    }

    /// The layout of a file of events, made once.
    fn event_layout(&self, file: usize, kind: &EventKind) -> Arc<EventLayout> {
        let layout = self.event_layouts[file].get_or_init(|| {
            let timed = !self.options.range.is_all();
            let origin = self.group.origin(&self.group.files[file]);
            let (stream, seen) = (Arc::clone(&kind.stream), Arc::clone(&self.seen));
            let formats = self.group.message_formats();
            let fields = &self.options.fields;
            Arc::new(EventLayout::new(fields, timed, (stream, origin), formats, seen))
        });
        Arc::clone(layout)
    }

    /// The parts of a block that have one log format each.
    fn segments(
        &self,
        file: usize,
        flow: &FlowKind,
        block: &TextBlock,
    ) -> Vec<(Range<usize>, Arc<LogFormat>)> {
        if block.from >= block.to {
            return Vec::new();
        }
        let (first, changes) = match &block.format {
            Some(format) => (Arc::clone(format), block.changes.clone()),
            None => {
                let begin = block.offset + block.from as u64;
                let end = block.offset + block.to as u64;
                let sections = self.surveyed[file].as_deref().unwrap_or_default();
                let after = sections.partition_point(|(at, _)| *at <= begin);
                let first = sections.get(after.saturating_sub(1)).map(|(_, format)| format);
                let first = first.unwrap_or(&flow.format);
                let inside = sections[after..].iter().take_while(|(at, _)| *at < end);
                let place =
                    |(at, format): &Section| ((*at - block.offset) as usize, Arc::clone(format));
                (Arc::clone(first), inside.map(place).collect())
            }
        };
        let mut segments = vec![(block.from..block.to, first)];
        for (at, format) in changes {
            if let Some((range, _)) = segments.last_mut() {
                range.end = at;
            }
            segments.push((at..block.to, format));
        }
        segments.retain(|(range, _)| !range.is_empty());
        segments
    }

    /// The layout of a format in a file, made once for all files that come from the same place.
    fn layout(&self, file: usize, flow: &FlowKind, format: Arc<LogFormat>) -> Arc<Layout> {
        let assumed = flow.assumed && Arc::ptr_eq(&flow.format, &format);
        let (origin, stream) = (self.group.origin(&self.group.files[file]), flow.stream.clone());
        // The layout holds on to its format, so that no other one has this address.
        let key = (Arc::as_ptr(&format) as usize, origin, stream, assumed);
        let mut layouts = lock(&self.layouts);
        let layout = layouts.entry(key).or_insert_with_key(|(_, origin, stream, _)| {
            let (origin, stream) = (origin.clone(), stream.clone());
            Arc::new(Layout::new(format, &self.options.fields, origin, stream, assumed))
        });
        Arc::clone(layout)
    }

    /// Ends the scan because a file has more formats than was known when it began.
    fn begin_anew(&self, file: usize, offset: u64) -> Result<()> {
        self.stop();
        let input = &self.group.files[file];
        if input.is_stream() || self.surveyed[file].is_some() {
            let reason = format!("the log format changed at byte {offset} while the file was read");
            return Err(Error::Input { path: input.path.clone(), line: 0, reason });
        }
        input.survey().map_err(|source| Error::Io { path: input.path.clone(), source })?;
        self.restart.store(true, Relaxed);
        Ok(())
    }

    /// The 1-based number of a bad line, counted now where it was not before; 0 where the file
    /// cannot be read any more.
    fn line_number(&self, found: &Found) -> u64 {
        if let Some(line) = found.line {
            return line + 1;
        }
        let count = || -> io::Result<u64> {
            let Some(bytes) = self.group.files[found.file].bytes()? else { return Ok(0) };
            let mut buffer = vec![0; 1 << 18];
            let (mut at, mut lines) = (0, 1);
            while at < found.offset {
                let left = usize::try_from(found.offset - at).unwrap_or(usize::MAX);
                let wanted = left.min(buffer.len());
                let read = bytes.read_at(&mut buffer[..wanted], at)?;
                if read == 0 {
                    return Ok(0);
                }
                lines += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
                at += read as u64;
            }
            Ok(lines)
        };
        count().unwrap_or_default()
    }
}

/// The groups of rows of a file, each with the number of its first row: as they stand, or those
/// first that hold what a query wants first. Those without bounds may hold anything and go first.
fn in_order(
    columns: &Arc<dyn ColumnFile>,
    layout: &Layout,
    leading: Option<(Slot, bool)>,
) -> Vec<(usize, u64)> {
    let mut first = 0;
    let mut groups: Vec<(usize, u64)> = Vec::new();
    for group in 0..columns.groups() {
        groups.push((group, first));
        first += columns.rows(group) as u64;
    }
    let place = leading.and_then(|(slot, descending)| match layout.source(slot) {
        Source::Integer(place) | Source::Timestamp(Some(place)) => Some((place, descending)),
        _ => None,
    });
    let number = |value: Value| match value {
        Value::Integer(number) | Value::Time(number) => number,
        _ => 0,
    };
    let bounds = |group: usize, place: usize| columns.bounds(group, place);
    match place {
        Some((place, true)) => groups.sort_by_key(|(group, _)| {
            Reverse(bounds(*group, place).map_or(i64::MAX, |(_, most)| number(most)))
        }),
        Some((place, false)) => groups.sort_by_key(|(group, _)| {
            bounds(*group, place).map_or(i64::MIN, |(least, _)| number(least))
        }),
        None => {}
    }
    groups
}
