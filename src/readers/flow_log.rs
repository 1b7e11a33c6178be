//! Blocks of flow log records: the text, where its values are, and columns decoded on demand.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::layout::{Layout, Source, UNKNOWN};
use super::lines::Lines;
use super::separators::Separators;
use super::values;
use crate::data::batch::pointers;
use crate::data::time::Timestamp;
use crate::data::{Column, Position, RecordBlock, TextColumn, Value, Word};

/// How many sets of buffers are kept for later blocks: about two per worker.
const POOLED: usize = 32;

/// Texts of more bytes are not kept: a very long line made them so.
const LARGEST: usize = 4 << 20;

/// What a block is made of, reused from block to block.
#[derive(Debug, Default)]
pub struct Buffers {
    /// The text.
    pub text: Vec<u8>,
    found: Separators,
    lines: Lines,
}

/// Buffers of blocks that are gone.
#[derive(Debug, Default)]
pub struct Pool(Mutex<Vec<Buffers>>);

impl Pool {
    /// Buffers, used before or new.
    pub fn take(&self) -> Buffers {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// A text used before, with whatever it holds, or an empty one.
    pub fn take_text(&self) -> Vec<u8> {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pool.last_mut().map(|buffers| std::mem::take(&mut buffers.text)).unwrap_or_default()
    }

    /// Takes buffers back.
    pub fn put(&self, buffers: Buffers) {
        if buffers.text.capacity() > LARGEST {
            return;
        }
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < POOLED {
            pool.push(buffers);
        }
    }
}

/// The records of some text in one log format.
#[derive(Debug)]
pub struct FlowBlock {
    text: Arc<Vec<u8>>,
    found: Separators,
    lines: Lines,
    layout: Arc<Layout>,
    base: Position,
    pool: Arc<Pool>,
}

/// A start from here on is in milliseconds; no record holds a negative one.
const LEAST_MILLIS: i64 = 100_000_000_000;

/// The word of the hyphen that stands for a missing value.
const HYPHEN: Word = Word(17 << 56 | b'-' as u64);

impl FlowBlock {
    /// Finds the records in a range of a text, which starts at the start of a line and ends with a
    /// line end. `base` is the position of the first byte of the text; `prefixed` says that lines
    /// may begin with a time.
    pub fn new(
        text: Arc<Vec<u8>>,
        range: Range<usize>,
        layout: Arc<Layout>,
        base: Position,
        prefixed: bool,
        (mut buffers, pool): (Buffers, Arc<Pool>),
    ) -> FlowBlock {
        buffers.found.find(&text, range.start, range.end);
        buffers.lines.check(&text, &buffers.found, &layout, prefixed);
        FlowBlock { text, found: buffers.found, lines: buffers.lines, layout, base, pool }
    }

    /// What the lines of the text are.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.lines.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.records.is_empty()
    }

    /// The time of every record, as `@timestamp` has it.
    pub fn timestamps(&self) -> Column {
        let place = crate::readers::fields::by_wire("start");
        self.times(place.and_then(|id| self.layout.format.position(id)), None)
    }

    /// Something of each record: `of` is given where in the starts the first value is.
    #[inline(always)]
    fn each<T>(&self, rows: Option<&[u32]>, mut of: impl FnMut(usize) -> T) -> Vec<T> {
        let records = self.lines.records.as_slice();
        match rows {
            None => records.iter().map(|first| of(*first as usize)).collect(),
            Some(rows) => rows.iter().map(|row| of(records[*row as usize] as usize)).collect(),
        }
    }

    /// The range of the value at a place; `last` says that a carriage return may follow it.
    #[inline(always)]
    fn range(&self, first: usize, to: usize, last: bool) -> (usize, usize) {
        let start = self.found.starts()[first] as usize;
        let mut end = self.found.starts()[to] as usize - 1;
        if last && end > start && self.text[end - 1] == b'\r' {
            end -= 1;
        }
        (start, end)
    }

    fn is_last(&self, place: usize) -> bool {
        place + 1 == self.layout.format.len()
    }

    fn integers(&self, place: usize, rows: Option<&[u32]>) -> (Vec<i64>, Option<Vec<bool>>) {
        let last = self.is_last(place);
        let text = self.text.as_slice();
        let mut missing: Vec<usize> = Vec::new();
        let mut row = 0;
        let numbers = self.each(rows, |first| {
            let (start, end) = self.range(first + place, first + place + 1, last);
            row += 1;
            if text[start] == b'-' {
                missing.push(row - 1);
                return 0;
            }
            values::digits(text, start, end).unwrap_or_default()
        });
        let valid = (!missing.is_empty()).then(|| {
            let mut valid = vec![true; numbers.len()];
            missing.iter().for_each(|row| valid[*row] = false);
            valid
        });
        (numbers, valid)
    }

    fn texts(&self, words: Vec<Word>) -> Column {
        Column::Text(TextColumn { words, buffer: Arc::clone(&self.text), interned: false })
    }

    fn addresses(&self, place: usize, rows: Option<&[u32]>) -> Column {
        let last = self.is_last(place);
        let text = self.text.as_slice();
        self.texts(self.each(rows, |first| {
            let (start, end) = self.range(first + place, first + place + 1, last);
            present(values::word(text, start, end))
        }))
    }

    fn plain_texts(&self, place: usize, rows: Option<&[u32]>) -> Column {
        let last = self.is_last(place);
        let text = self.text.as_slice();
        self.texts(self.each(rows, |first| {
            let (start, end) = self.range(first + place, first + place + 1, last);
            present(values::plain_word(text, start, end))
        }))
    }

    /// `@timestamp`: the time in front of the line; else the start of the flow in milliseconds,
    /// missing where it is missing.
    fn times(&self, place: Option<usize>, rows: Option<&[u32]>) -> Column {
        let len = rows.map_or(self.len(), <[u32]>::len);
        let (mut times, mut valid) = match place {
            Some(place) => self.integers(place, rows),
            None => (vec![0; len], (len > 0).then(|| vec![false; len])),
        };
        // Eleven digits of seconds are the year 5138; some old records hold milliseconds.
        times.iter_mut().filter(|time| **time < LEAST_MILLIS).for_each(|time| *time *= 1000);
        if !self.lines.times.is_empty() {
            for (row, time) in times.iter_mut().enumerate() {
                let record = rows.map_or(row, |rows| rows[row] as usize);
                if let Some(prefix) = self.lines.times[record] {
                    *time = prefix;
                    if valid.is_some() {
                        mark(&mut valid, len, row, true);
                    }
                }
            }
            if valid.as_ref().is_some_and(|valid| valid.iter().all(|valid| *valid)) {
                valid = None;
            }
        }
        Column::Time(times, valid)
    }

    /// Texts made of the value at a place by `make`, which is asked once for each distinct value.
    fn made(
        &self,
        place: Option<usize>,
        rows: Option<&[u32]>,
        make: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Column {
        let text = self.text.as_slice();
        let mut buffer: Vec<u8> = Vec::new();
        let mut known: HashMap<&[u8], Word> = HashMap::new();
        // In front of the map: what was met last among the values with the same few bits.
        let mut recent: [(&[u8], Word); 64] = [(&[], Word::MISSING); 64];
        let last = place.is_some_and(|place| self.is_last(place));
        let words = self.each(rows, |first| {
            let value = place.map_or(b"-".as_slice(), |place| {
                let (start, end) = self.range(first + place, first + place + 1, last);
                &text[start..end]
            });
            let bits = value.last_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
            let recent = &mut recent[(bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize];
            if recent.0 != value {
                let word = *known.entry(value).or_insert_with(|| {
                    let start = buffer.len();
                    buffer.extend(make(if value == b"-" { UNKNOWN } else { value }));
                    Word::of(&buffer, start, buffer.len())
                });
                *recent = (value, word);
            }
            recent.1
        });
        Column::Text(TextColumn { words, buffer: Arc::new(buffer), interned: false })
    }
}

/// A hyphen is a missing value.
#[inline]
fn present(word: Word) -> Word {
    if word == HYPHEN { Word::MISSING } else { word }
}

fn mark(valid: &mut Option<Vec<bool>>, len: usize, row: usize, is: bool) {
    valid.get_or_insert_with(|| vec![true; len])[row] = is;
}

impl RecordBlock for FlowBlock {
    fn column(&self, slot: usize, rows: Option<&[u32]>) -> Column {
        match self.layout.source(slot) {
            Source::Integer(place) => {
                let (numbers, valid) = self.integers(place, rows);
                Column::Integer(numbers, valid)
            }
            Source::Address(place) => self.addresses(place, rows),
            Source::Text(place) => self.plain_texts(place, rows),
            Source::Timestamp(place) => self.times(place, rows),
            Source::Message => {
                let (text, places) = (self.text.as_slice(), self.layout.format.len());
                self.texts(self.each(rows, |first| {
                    let (start, end) = self.range(first, first + places, true);
                    values::word(text, start, end)
                }))
            }
            // Every stream belongs to a network interface; CloudWatch names it so for traffic of
            // every kind. Without an interface all records are of one stream, `unknown-all`.
            Source::LogStream(_) | Source::Gateway(_) if self.layout.stream.is_some() => {
                let stream = self.layout.stream.as_deref().unwrap_or_default();
                Column::Constant(Value::text(stream), rows.map_or(self.len(), <[u32]>::len))
            }
            Source::Gateway(place) => self.made(Some(place), rows, <[u8]>::to_vec),
            Source::LogStream(place) => {
                self.made(place, rows, |interface| [interface, b"-all"].concat())
            }
            Source::Log(place) => {
                let log = self.layout.origin.log_of();
                self.made(place, rows, log)
            }
            Source::Account => {
                self.layout.origin.account_column(rows.map_or(self.len(), <[u32]>::len))
            }
            Source::Region => {
                self.layout.origin.region_column(rows.map_or(self.len(), <[u32]>::len))
            }
            Source::Pointer => pointers(&self.positions(rows)),
            Source::Missing => Column::missing(rows.map_or(self.len(), <[u32]>::len)),
        }
    }

    fn positions(&self, rows: Option<&[u32]>) -> Vec<Position> {
        self.each(rows, |first| self.base + u64::from(self.found.starts()[first]))
    }

    fn line_fields(&self) -> Option<&[String]> {
        Some(&self.layout.format.names)
    }
}

/// Gives the buffers back, the text too where no column holds it any more.
impl Drop for FlowBlock {
    fn drop(&mut self) {
        let text = Arc::get_mut(&mut self.text).map(std::mem::take).unwrap_or_default();
        let found = std::mem::take(&mut self.found);
        let lines = std::mem::take(&mut self.lines);
        self.pool.put(Buffers { text, found, lines });
    }
}

/// The rows of a block whose time lies in a range; `None` where all do.
pub fn rows_within(times: &Column, within: impl Fn(Timestamp) -> bool) -> Option<Vec<u32>> {
    let (times, valid) = match times {
        Column::Time(times, valid) => (times, valid),
        Column::Constant(Value::Time(time), _) if within(*time) => return None,
        _ => return Some(Vec::new()),
    };
    let inside = |row: usize| valid.as_ref().is_none_or(|valid| valid[row]) && within(times[row]);
    let rows: Vec<u32> =
        (0..times.len()).filter(|row| inside(*row)).map(|row| row as u32).collect();
    (rows.len() < times.len()).then_some(rows)
}
