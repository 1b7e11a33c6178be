//! Scans: all records of a log group as batches, handed to any number of workers.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::{io, ops::Range};

use super::group::{LogGroup, LogInput, Section};
use super::log_format::LogFormat;
use super::report::{BadLine, Fault, Found, Notes, Report};
use crate::data::Batch;
use crate::data::time::TimeRange;
use crate::error::{Error, Result};
use crate::readers::flow_log::{FlowBlock, Pool, rows_within};
use crate::readers::layout::Layout;
use crate::readers::source::{Bytes, LONGEST_LINE, TextBlock, TextStream, block_at};

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
    pub range: TimeRange,
    /// Bytes of text per batch, about; from 64 on.
    pub block_size: usize,
    /// Whether the first bad line ends the scan.
    pub strict: bool,
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        let (fields, slots) = (Vec::new(), 0);
        ScanOptions { fields, slots, range: TimeRange::ALL, block_size: BLOCK_SIZE, strict: false }
    }
}

/// How far a scan is; may be read by any thread while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of text read, after decompression.
    pub bytes: AtomicU64,
    /// Bytes of all files on disk, streams not counted.
    pub total_bytes: AtomicU64,
    /// Bytes read from disk.
    pub disk_bytes: AtomicU64,
    /// Records read, those outside the time range too.
    pub records: AtomicU64,
    /// Files read to their end.
    pub files_done: AtomicU64,
}

impl Progress {
    /// Counts from 0 again.
    fn begin(&self, total_bytes: u64) {
        self.total_bytes.store(total_bytes, Relaxed);
        for counter in [&self.bytes, &self.disk_bytes, &self.records, &self.files_done] {
            counter.store(0, Relaxed);
        }
    }
}

/// One file of a scan.
struct Feed {
    layouts: Mutex<Vec<Arc<Layout>>>,
    sections: Vec<Section>,
    reading: Reading,
}

/// How the text of a file comes.
enum Reading {
    /// Any worker takes any block.
    Blocks { next: AtomicU64, read: AtomicU64, count: u64, bytes: Mutex<Option<Arc<Bytes>>> },
    /// One worker after the other takes the next block.
    Stream(Mutex<State>),
}

enum State {
    Unopened,
    Open(Box<TextStream>),
    Done,
}

/// A pass over all records of a log group.
///
/// Any number of workers call [`Scan::next`] until it has no more. Which worker gets which batch,
/// and in which order, is open; positions tell the order of records.
pub struct Scan<'g> {
    group: &'g LogGroup,
    options: ScanOptions,
    feeds: Vec<Feed>,
    first_open: AtomicUsize,
    pending: Mutex<Vec<Batch>>,
    pool: Arc<Pool>,
    progress: Arc<Progress>,
    notes: Mutex<Notes>,
    stopped: AtomicBool,
    restart: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'g> Scan<'g> {
    /// A scan from the start of every file, which counts in `progress`, from 0 on.
    pub fn new(group: &'g LogGroup, mut options: ScanOptions, progress: Arc<Progress>) -> Scan<'g> {
        options.block_size = options.block_size.clamp(64, LARGEST_BLOCK);
        options.slots = options.slots.max(options.fields.len());
        let feed = |input: &LogInput| Feed {
            layouts: Mutex::default(),
            sections: input.sections(),
            reading: if input.is_stream() {
                Reading::Stream(Mutex::new(State::Unopened))
            } else {
                let count = input.size.div_ceil(options.block_size as u64);
                let (next, read) = (AtomicU64::new(0), AtomicU64::new(0));
                Reading::Blocks { next, read, count, bytes: Mutex::new(None) }
            },
        };
        let feeds = group.files.iter().map(feed).collect();
        let total_bytes = group.files.iter().map(|input| input.size).sum();
        progress.begin(total_bytes);
        Scan {
            group,
            options,
            feeds,
            first_open: AtomicUsize::new(0),
            pending: Mutex::default(),
            pool: Arc::default(),
            progress,
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
        loop {
            if self.stopped.load(Relaxed) {
                return Ok(None);
            }
            if let Some(batch) = lock(&self.pending).pop() {
                return Ok(Some(batch));
            }
            let Some((file, block)) = self.next_text() else { return Ok(None) };
            let mut batches = self.batches(file, block)?;
            let batch = batches.pop();
            if !batches.is_empty() {
                lock(&self.pending).append(&mut batches);
            }
            if batch.is_some() {
                return Ok(batch);
            }
        }
    }

    /// How far the scan is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Ends the scan for all workers.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// What the scan has met so far besides records.
    pub fn report(&self) -> Report {
        let notes = lock(&self.notes);
        let path = |file: usize| self.group.files[file].path.clone();
        let bad = |found: &Found| BadLine {
            path: path(found.file),
            line: self.line_number(found),
            reason: found.reason.clone(),
        };
        let mut faults: Vec<&(usize, String)> = notes.faults.iter().collect();
        faults.sort();
        let fault =
            |(file, reason): &(usize, String)| Fault { path: path(*file), reason: reason.clone() };
        Report {
            bad_lines: notes.bad_lines,
            first_bad: notes.first_bad.iter().map(bad).collect(),
            faults: faults.into_iter().map(fault).collect(),
            headers: notes.headers,
            restart: self.restart.load(Relaxed),
        }
    }

    /// The next text of any file that has one.
    fn next_text(&self) -> Option<(usize, TextBlock)> {
        loop {
            let mut busy = None;
            let first = self.first_open.load(Relaxed);
            for (file, feed) in self.feeds.iter().enumerate().skip(first) {
                match &feed.reading {
                    Reading::Blocks { .. } => {
                        if let Some(block) = self.next_part(file) {
                            return Some((file, block));
                        }
                    }
                    Reading::Stream(state) => {
                        let mut state = match state.try_lock() {
                            Ok(state) => state,
                            Err(TryLockError::Poisoned(state)) => state.into_inner(),
                            Err(TryLockError::WouldBlock) => {
                                busy = busy.or(Some(state));
                                continue;
                            }
                        };
                        if let Some(block) = self.next_in_turn(file, &mut state) {
                            return Some((file, block));
                        }
                    }
                }
                if busy.is_none() {
                    let _ = self.first_open.compare_exchange(file, file + 1, Relaxed, Relaxed);
                }
            }
            // Wait for the worker that inflates; then there is more, or nothing at all.
            drop(lock(busy?));
        }
    }

    /// The next block of a plain file; `None` when all are taken.
    fn next_part(&self, file: usize) -> Option<TextBlock> {
        let Reading::Blocks { next, read, count, bytes } = &self.feeds[file].reading else {
            return None;
        };
        loop {
            let block = next.fetch_add(1, Relaxed);
            if block >= *count {
                // Far from an overflow, whatever the number of calls.
                next.store(*count, Relaxed);
                return None;
            }
            let result = self.read_part(file, block, bytes);
            if read.fetch_add(1, Relaxed) + 1 == *count {
                *lock(bytes) = None;
                self.progress.files_done.fetch_add(1, Relaxed);
            }
            match result {
                Ok(block) => {
                    self.progress.disk_bytes.fetch_add(block.bytes, Relaxed);
                    return Some(block);
                }
                Err(error) => self.fault(file, error.to_string()),
            }
        }
    }

    fn read_part(
        &self,
        file: usize,
        block: u64,
        bytes: &Mutex<Option<Arc<Bytes>>>,
    ) -> io::Result<TextBlock> {
        let input = &self.group.files[file];
        let bytes = {
            let mut slot = lock(bytes);
            match &*slot {
                Some(bytes) => Arc::clone(bytes),
                None => {
                    let opened = input.bytes()?.ok_or(io::ErrorKind::Unsupported)?;
                    Arc::clone(slot.insert(Arc::new(opened)))
                }
            }
        };
        let text = self.pool.take_text();
        block_at(&bytes, input.size, block, self.options.block_size, text)
    }

    /// The next block of a stream; `None` at its end.
    fn next_in_turn(&self, file: usize, state: &mut State) -> Option<TextBlock> {
        let input = &self.group.files[file];
        if matches!(state, State::Unopened) {
            let progress = Arc::clone(&self.progress);
            let count = move |bytes| {
                progress.disk_bytes.fetch_add(bytes as u64, Relaxed);
            };
            *state = match input.stream(count) {
                Ok(stream) => {
                    let format = Arc::clone(&input.format);
                    State::Open(Box::new(TextStream::new(stream, format, input.prefixed)))
                }
                Err(error) => {
                    self.fault(file, error.to_string());
                    State::Done
                }
            };
        }
        let State::Open(stream) = state else { return None };
        let (block, error) = stream.next_block(self.options.block_size, self.pool.take_text());
        if let Some(error) = error {
            let after = block.offset + block.bytes;
            let what = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the compressed data ends too early".to_owned(),
                _ => error.to_string(),
            };
            self.fault(
                file,
                format!("{what}; the lines in its first {after} bytes of text were read"),
            );
        }
        if stream.is_done() {
            *state = State::Done;
            self.progress.files_done.fetch_add(1, Relaxed);
        }
        Some(block)
    }

    fn fault(&self, file: usize, reason: String) {
        let mut notes = lock(&self.notes);
        if !notes.faults.iter().any(|(known, _)| *known == file) {
            notes.faults.push((file, reason));
        }
    }

    /// The records of a text, one batch per log format.
    fn batches(&self, file: usize, mut block: TextBlock) -> Result<Vec<Batch>> {
        self.progress.bytes.fetch_add(block.bytes, Relaxed);
        let input = &self.group.files[file];
        let base = (file as u64) << PLACE_BITS | block.offset;
        let text = Arc::new(std::mem::take(&mut block.text));
        let mut batches = Vec::new();
        let mut bad: Vec<Found> = Vec::new();
        let (mut bad_lines, mut headers) = (0, 0);
        for (range, format) in self.segments(file, &block) {
            let layout = self.layout(file, format);
            let buffers = (self.pool.take(), Arc::clone(&self.pool));
            let records =
                FlowBlock::new(Arc::clone(&text), range, layout, base, input.prefixed, buffers);
            let lines = records.lines();
            if let Some(at) = lines.other_header {
                self.begin_anew(input, block.offset + u64::from(at))?;
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
            self.progress.records.fetch_add(records.len() as u64, Relaxed);
            batches.extend(self.batch(records));
        }
        if let Some((offset, line)) = block.too_long {
            bad_lines += 1;
            let reason = format!("longer than {} MiB", LONGEST_LINE.div_ceil(1 << 20));
            bad.push(Found { file, offset, line, reason });
        }
        if bad_lines > 0 || headers > 0 {
            if self.options.strict
                && let Some(first) = bad.iter().min_by_key(|bad| bad.offset)
            {
                self.stop();
                let (path, line) = (input.path.clone(), self.line_number(first));
                return Err(Error::Input { path, line, reason: first.reason.clone() });
            }
            let mut notes = lock(&self.notes);
            notes.bad_lines += bad_lines;
            notes.headers += headers;
            notes.add_bad(bad);
        }
        Ok(batches)
    }

    /// The records inside the time range.
    fn batch(&self, records: FlowBlock) -> Option<Batch> {
        let range = self.options.range;
        let rows = match range {
            TimeRange::ALL => None,
            _ => rows_within(&records.timestamps(), |time| range.contains(time)),
        };
        if records.is_empty() || rows.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let len = records.len();
        let batch = Batch::of_block(Arc::new(records), len, self.options.slots);
        Some(match rows {
            Some(rows) => batch.select(&rows, &[]),
            None => batch,
        })
    }

    /// The parts of a block that have one log format each.
    fn segments(&self, file: usize, block: &TextBlock) -> Vec<(Range<usize>, Arc<LogFormat>)> {
        if block.from >= block.to {
            return Vec::new();
        }
        let (first, changes) = match &block.format {
            Some(format) => (Arc::clone(format), block.changes.clone()),
            None => {
                let begin = block.offset + block.from as u64;
                let end = block.offset + block.to as u64;
                let sections = &self.feeds[file].sections;
                let after = sections.partition_point(|(at, _)| *at <= begin);
                let first = sections.get(after.saturating_sub(1)).map(|(_, format)| format);
                let first = first.unwrap_or(&self.group.files[file].format);
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

    /// The layout of a format in a file, made once.
    fn layout(&self, file: usize, format: Arc<LogFormat>) -> Arc<Layout> {
        let mut layouts = lock(&self.feeds[file].layouts);
        if let Some(layout) = layouts.iter().find(|layout| Arc::ptr_eq(&layout.format, &format)) {
            return Arc::clone(layout);
        }
        let input = &self.group.files[file];
        let assumed = input.assumed && Arc::ptr_eq(&input.format, &format);
        let group = Arc::clone(&input.group);
        let layout = Arc::new(Layout::new(format, &self.options.fields, group, assumed));
        layouts.push(Arc::clone(&layout));
        layout
    }

    /// Ends the scan because a file has more formats than was known.
    fn begin_anew(&self, input: &LogInput, offset: u64) -> Result<()> {
        self.stop();
        if input.is_stream() || input.is_surveyed() {
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
