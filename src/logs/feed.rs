//! Feeds: the text of all files of a scan in blocks, for any number of workers.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::group::LogInput;
use super::report::Fault;
use crate::readers::deliveries::{EventReader, EventText};
use crate::readers::flow_log::Pool;
use crate::readers::source::{Bytes, TextBlock, TextStream, block_at};

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
    /// All files that are read.
    pub files: AtomicU64,
}

impl Progress {
    /// Counts anew: these many bytes of so many files are to be read; some of them have none.
    fn begin(&self, total_bytes: u64, empty: u64, files: u64) {
        self.files.store(files, Relaxed);
        self.total_bytes.store(total_bytes, Relaxed);
        self.files_done.store(empty, Relaxed);
        for counter in [&self.bytes, &self.disk_bytes, &self.records] {
            counter.store(0, Relaxed);
        }
    }
}

/// How the text of a file comes.
enum Reading {
    /// Any worker takes any block.
    Blocks { next: AtomicU64, read: AtomicU64, count: u64, bytes: Mutex<Option<Arc<Bytes>>> },
    /// Any worker takes any group of rows.
    Groups { next: AtomicUsize, done: AtomicUsize },
    /// One worker after the other takes the next block.
    Stream(Mutex<State>),
}

enum State {
    Unopened,
    Text(Box<TextStream>),
    Events(Box<dyn EventReader>),
    Done,
}

/// A part of the text of a file, or of its events.
pub(super) enum Block {
    Text(TextBlock),
    /// A group of rows, by its turn.
    Group(usize),
    Events(EventText),
}

/// The text of all files of a scan.
pub(super) struct Feeds<'g> {
    inputs: &'g [Arc<LogInput>],
    readings: Vec<Reading>,
    /// Whether the last file comes first.
    backwards: bool,
    /// Files that come before this many are done.
    first_open: AtomicUsize,
    /// The file and the place in it behind which no text is wanted.
    end: Mutex<(usize, u64)>,
    block_size: usize,
    pool: Arc<Pool>,
    progress: Arc<Progress>,
    faults: Mutex<Vec<(usize, String)>>,
}

/// Takes a lock; what a worker that panicked left behind is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'g> Feeds<'g> {
    /// All text from the start of every file that is `read`, in blocks of a size, counted in
    /// `progress`; that of the last file first where `backwards` says so.
    pub(super) fn new(
        inputs: &'g [Arc<LogInput>],
        read: Vec<bool>,
        block_size: usize,
        pool: Arc<Pool>,
        progress: Arc<Progress>,
        backwards: bool,
    ) -> Feeds<'g> {
        let files = || inputs.iter().zip(&read);
        let is_read = |(input, read): &(&Arc<LogInput>, &bool)| **read && !input.is_left_out();
        let reading = |file: (&Arc<LogInput>, &bool)| {
            if file.0.is_stream() && is_read(&file) {
                return Reading::Stream(Mutex::new(State::Unopened));
            }
            if file.0.columns().is_some() && is_read(&file) {
                return Reading::Groups { next: AtomicUsize::new(0), done: AtomicUsize::new(0) };
            }
            let size = if is_read(&file) { file.0.size } else { 0 };
            let count = size.div_ceil(block_size as u64);
            let (next, read) = (AtomicU64::new(0), AtomicU64::new(0));
            Reading::Blocks { next, read, count, bytes: Mutex::new(None) }
        };
        let readings: Vec<Reading> = files().map(reading).collect();
        let empty = readings.iter().filter(|one| matches!(one, Reading::Blocks { count: 0, .. }));
        let total = files().filter(is_read).map(|(input, _)| input.size).sum();
        progress.begin(total, empty.count() as u64, readings.len() as u64);
        Feeds {
            inputs,
            readings,
            backwards,
            first_open: AtomicUsize::new(0),
            end: Mutex::new((usize::MAX, u64::MAX)),
            block_size,
            pool,
            progress,
            faults: Mutex::default(),
        }
    }

    /// How far the scan is.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Leaves out text that begins behind a place of a file, and later files.
    pub(super) fn end_behind(&self, file: usize, offset: u64) {
        let mut end = lock(&self.end);
        *end = (*end).min((file, offset));
    }

    /// Whether text that begins at a place of a file is not wanted.
    fn is_behind(&self, file: usize, offset: u64) -> bool {
        (file, offset) > *lock(&self.end)
    }

    /// The next text of any file that has one, with the number of the file.
    pub(super) fn next(&self) -> Option<(usize, Block)> {
        loop {
            let mut busy = None;
            let first = self.first_open.load(Relaxed);
            for turn in first..self.readings.len() {
                let file = if self.backwards { self.readings.len() - 1 - turn } else { turn };
                if self.is_behind(file, 0) {
                    match self.backwards {
                        true => continue,
                        false => break,
                    }
                }
                match &self.readings[file] {
                    Reading::Blocks { .. } => {
                        if let Some(block) = self.next_part(file) {
                            return Some((file, Block::Text(block)));
                        }
                    }
                    Reading::Groups { .. } => {
                        if let Some(block) = self.next_group(file) {
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
                    let _ = self.first_open.compare_exchange(turn, turn + 1, Relaxed, Relaxed);
                }
            }
            // Wait for the worker that inflates; then there is more, or nothing at all.
            drop(lock(busy?));
        }
    }

    /// The next group of rows of a file of columns; `None` when all are taken.
    fn next_group(&self, file: usize) -> Option<Block> {
        let Reading::Groups { next, done } = &self.readings[file] else { return None };
        let columns = self.inputs[file].columns()?;
        let turn = next.fetch_add(1, Relaxed);
        if turn >= columns.groups() {
            // Far from an overflow, whatever the number of calls.
            next.store(columns.groups(), Relaxed);
            return None;
        }
        self.progress.disk_bytes.fetch_add(columns.bytes(turn).0, Relaxed);
        if done.fetch_add(1, Relaxed) + 1 == columns.groups() {
            self.progress.files_done.fetch_add(1, Relaxed);
        }
        Some(Block::Group(turn))
    }

    /// The next block of a plain file; `None` when all are taken.
    fn next_part(&self, file: usize) -> Option<TextBlock> {
        let Reading::Blocks { next, read, count, bytes } = &self.readings[file] else {
            return None;
        };
        loop {
            let block = next.fetch_add(1, Relaxed);
            if block >= *count || self.is_behind(file, block * self.block_size as u64) {
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
        let input = &self.inputs[file];
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
        block_at(&bytes, input.size, block, self.block_size, text)
    }

    /// The next block of a stream; `None` at its end.
    fn next_in_turn(&self, file: usize, state: &mut State) -> Option<Block> {
        let input = &self.inputs[file];
        if matches!(state, State::Unopened) {
            let progress = Arc::clone(&self.progress);
            let count = move |bytes| {
                progress.disk_bytes.fetch_add(bytes as u64, Relaxed);
            };
            *state = match input.stream(count) {
                Ok(stream) => match input.delivery() {
                    Some(delivery) => State::Events(delivery.read(stream)),
                    None => {
                        let format = input.flow();
                        let format = format.map(|flow| (Arc::clone(&flow.format), flow.prefixed));
                        State::Text(Box::new(TextStream::new(stream, format)))
                    }
                },
                Err(error) => {
                    self.fault(file, error.to_string());
                    State::Done
                }
            };
        }
        let place = match state {
            State::Text(stream) => stream.offset(),
            State::Events(events) => events.count(),
            State::Unopened | State::Done => return None,
        };
        if self.is_behind(file, place) {
            *state = State::Done;
            return None;
        }
        let what = |error: &io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "the compressed data ends too early".to_owned(),
            _ => error.to_string(),
        };
        let (block, done) = match state {
            State::Text(stream) => {
                let (block, error) = stream.next_block(self.block_size, self.pool.take_text());
                if let Some(error) = error {
                    let (what, after) = (what(&error), block.offset + block.bytes);
                    let read = format!("the lines in its first {after} bytes of text were read");
                    self.fault(file, format!("{what}; {read}"));
                }
                (Block::Text(block), stream.is_done())
            }
            State::Events(events) => {
                let (block, error) = events.next(self.block_size);
                if let Some(error) = error {
                    let (what, count) = (what(&error), block.before + block.messages.len() as u64);
                    self.fault(file, format!("{what}; its first {count} events were read"));
                }
                (Block::Events(block), events.is_done())
            }
            State::Unopened | State::Done => return None,
        };
        if done {
            *state = State::Done;
            self.progress.files_done.fetch_add(1, Relaxed);
        }
        Some(block)
    }

    fn fault(&self, file: usize, reason: String) {
        let mut faults = lock(&self.faults);
        if !faults.iter().any(|(known, _)| *known == file) {
            faults.push((file, reason));
        }
    }

    /// What went wrong with files so far, in file order.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = lock(&self.faults).clone();
        faults.sort();
        let fault = |(file, reason): (usize, String)| Fault {
            path: self.inputs[file].path.clone(),
            reason,
        };
        faults.into_iter().map(fault).collect()
    }
}
