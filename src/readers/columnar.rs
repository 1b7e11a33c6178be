//! Files of columns: flow log records whose values lie column by column, in groups of rows.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::layout::{Layout, Source, UNKNOWN};
use crate::data::batch::pointers;
use crate::data::text::TextBuilder;
use crate::data::{Column, Number, Position, RecordBlock, Value};
use crate::readers::log_format::LogFormat;

/// A file whose records lie in groups of rows, each column of a group by itself.
pub trait ColumnFile: Send + Sync {
    /// Its columns, as a format of records: the place of a field is the number of its column.
    fn format(&self) -> &LogFormat;

    /// How its columns are compressed, in a word or two.
    fn compression(&self) -> &str;

    /// The number of groups of rows.
    fn groups(&self) -> usize;

    /// The number of rows of a group.
    fn rows(&self, group: usize) -> usize;

    /// The bytes of a group on disk, and those that its values take.
    fn bytes(&self, group: usize) -> (u64, u64);

    /// A column of a group.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn chunk(&self, group: usize, place: usize) -> Result<Box<dyn ColumnChunk>, String>;

    /// The least and the greatest value of a column of a group, where that is known without looking
    /// and no row lacks one: whole numbers or times.
    fn bounds(&self, group: usize, place: usize) -> Option<(Value, Value)>;
}

/// A column of a group of rows, read and not decoded yet: whole numbers, floats, times, truths or
/// texts; a text that is a hyphen is missing.
pub trait ColumnChunk: Send + Sync {
    /// The number of its rows.
    fn rows(&self) -> usize;

    /// Its values at a range of rows, which it has.
    ///
    /// # Errors
    /// Why they cannot be decoded.
    fn range(&self, rows: Range<usize>) -> Result<Column, String>;

    /// Its values at some rows, which rise and count from row `begin` on.
    ///
    /// # Errors
    /// Why they cannot be decoded.
    fn at(&self, begin: usize, rows: &[u32]) -> Result<Column, String>;
}

impl fmt::Debug for dyn ColumnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ColumnFile of {} groups", self.groups())
    }
}

/// Rows of a group that are handled at a time: their columns stay in the cache.
const ROWS: usize = 8192;

/// Fewer rows than one in so many are decoded without the others.
const FEW: usize = 4;

/// What could not be read of the columns of a file: the first reason counts.
pub type Faults = Arc<Mutex<Option<String>>>;

/// A group of rows, whose columns are read when they are asked for.
pub struct RowGroup {
    file: Arc<dyn ColumnFile>,
    number: usize,
    layout: Arc<Layout>,
    faults: Faults,
    /// The columns that were read, by place; `None` where that cannot be.
    chunks: Vec<OnceLock<Option<Box<dyn ColumnChunk>>>>,
}

impl RowGroup {
    /// The group of a number.
    pub fn new(
        file: Arc<dyn ColumnFile>,
        number: usize,
        layout: Arc<Layout>,
        faults: Faults,
    ) -> RowGroup {
        let chunks = (0..layout.format.len()).map(|_| OnceLock::new()).collect();
        RowGroup { file, number, layout, faults, chunks }
    }

    /// The number of rows.
    fn len(&self) -> usize {
        self.file.rows(self.number)
    }

    /// The least and the greatest time, where that is known without looking.
    pub fn time_bounds(&self) -> Option<(Value, Value)> {
        let (least, most) = self.file.bounds(self.number, self.layout.start_place()?)?;
        Some((as_time(least)?, as_time(most)?))
    }

    /// Its records, some at a time; `base` is the position of its first row.
    pub fn blocks(self: Arc<Self>, base: Position) -> impl Iterator<Item = ColumnBlock> {
        let group = self;
        let len = group.len();
        (0..len).step_by(ROWS).map(move |begin| ColumnBlock {
            group: Arc::clone(&group),
            begin,
            len: ROWS.min(len - begin),
            base: base + begin as u64,
        })
    }

    /// A column; `None` where it cannot be read.
    fn chunk(&self, place: usize) -> Option<&dyn ColumnChunk> {
        let chunk = self.chunks.get(place)?.get_or_init(|| {
            let reason = match self.file.chunk(self.number, place) {
                Ok(chunk) if chunk.rows() == self.len() => return Some(chunk),
                Ok(chunk) => format!("it has {} values", chunk.rows()),
                Err(reason) => reason,
            };
            self.lost(place, &reason);
            None
        });
        chunk.as_deref()
    }

    /// Keeps the reason why values are missing.
    fn lost(&self, place: usize, reason: &str) {
        let name = self.layout.format.names.get(place).map_or("?", String::as_str);
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.get_or_insert_with(|| {
            format!(
                "column `{name}` of row group {}: {reason}; its values are missing",
                self.number
            )
        });
    }
}

/// Some rows of a group as records.
pub struct ColumnBlock {
    group: Arc<RowGroup>,
    /// Its first row.
    begin: usize,
    len: usize,
    base: Position,
}

impl ColumnBlock {
    /// The number of records.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The times of the records.
    pub fn timestamps(&self) -> Column {
        self.times(self.group.layout.start_place(), None)
    }

    /// A column as it is in the file, at some rows or all; a missing one where it cannot be read.
    /// Where the rows are few, nothing is made of the others.
    fn read(&self, place: usize, rows: Option<&[u32]>) -> Column {
        let Some(chunk) = self.group.chunk(place) else {
            return Column::missing(rows.map_or(self.len, <[u32]>::len));
        };
        let all = || chunk.range(self.begin..self.begin + self.len);
        let decoded = match rows {
            None => all(),
            Some(rows) if rows.len() < self.len / FEW && rows.is_sorted() => {
                chunk.at(self.begin, rows)
            }
            Some(rows) => all().map(|column| column.take(rows)),
        };
        decoded.unwrap_or_else(|reason| {
            self.group.lost(place, &reason);
            Column::missing(rows.map_or(self.len, <[u32]>::len))
        })
    }

    /// A column whose field is a whole number.
    fn numbers(&self, place: usize, rows: Option<&[u32]>) -> Column {
        self.as_numbers(place, self.read(place, rows))
    }

    /// The values of a column whose field is a whole number.
    fn as_numbers(&self, place: usize, column: Column) -> Column {
        match column {
            Column::Text(texts) => {
                let mut wrong = None;
                let mut number = |row: usize| match texts.get(row) {
                    None => Value::Missing,
                    Some(text) => match Number::parse(text.as_bytes()) {
                        Some(Number::Integer(whole)) => Value::Integer(whole),
                        Some(Number::Float(float)) => Value::Float(float),
                        None => {
                            let text = || String::from_utf8_lossy(text.as_bytes()).into_owned();
                            wrong.get_or_insert_with(text);
                            Value::Missing
                        }
                    },
                };
                let values = (0..texts.len()).map(&mut number).collect();
                if let Some(text) = wrong {
                    self.group.lost(place, &format!("`{text}` is no number"));
                }
                Column::from_values(values)
            }
            Column::Time(times, valid) => {
                let seconds = times.iter().map(|time| time.div_euclid(1000)).collect();
                Column::Integer(seconds, valid)
            }
            other => other,
        }
    }

    /// The times of the records, whose seconds stand at a place.
    fn times(&self, place: Option<usize>, rows: Option<&[u32]>) -> Column {
        let Some(place) = place else {
            return Column::missing(rows.map_or(self.len, <[u32]>::len));
        };
        let column = self.read(place, rows);
        if let Column::Time(..) = column {
            return column;
        }
        match self.as_numbers(place, column) {
            Column::Integer(mut seconds, valid) => {
                seconds.iter_mut().for_each(|second| *second = second.saturating_mul(1000));
                Column::Time(seconds, valid)
            }
            Column::Constant(Value::Integer(second), len) => {
                Column::Constant(Value::Time(second.saturating_mul(1000)), len)
            }
            other => other,
        }
    }

    /// Texts made of those of a column, nothing where it is missing.
    fn made(
        &self,
        place: Option<usize>,
        rows: Option<&[u32]>,
        make: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Column {
        let len = rows.map_or(self.len, <[u32]>::len);
        let mut texts = TextBuilder::with_capacity(len);
        let mut last: (Vec<u8>, Vec<u8>) = (UNKNOWN.to_vec(), make(UNKNOWN));
        let column = place.map(|place| self.read(place, rows));
        let mut text = Vec::new();
        for row in 0..len {
            text.clear();
            match column.as_ref().filter(|column| !column.is_missing(row)) {
                Some(column) => column.print_into(row, &mut text),
                None => text.extend_from_slice(UNKNOWN),
            }
            if text != last.0 {
                last = (text.clone(), make(&text));
            }
            texts.push(Some(&last.1));
        }
        Column::Text(texts.finish())
    }

    /// The lines that these records have as text: values with a blank between, missing ones as `-`.
    fn lines(&self, rows: Option<&[u32]>) -> Column {
        let written = |place| self.as_written(place, rows);
        let columns: Vec<Column> = (0..self.group.chunks.len()).map(written).collect();
        let len = rows.map_or(self.len, <[u32]>::len);
        let mut texts = TextBuilder::with_capacity(len);
        let mut line = Vec::new();
        for row in 0..len {
            line.clear();
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    line.push(b' ');
                }
                match column.is_missing(row) {
                    true => line.push(b'-'),
                    false => column.print_into(row, &mut line),
                }
            }
            texts.push(Some(&line));
        }
        Column::Text(texts.finish())
    }

    /// A column as its values stand in a line.
    fn as_written(&self, place: usize, rows: Option<&[u32]>) -> Column {
        match self.read(place, rows) {
            column @ Column::Time(..) => self.as_numbers(place, column),
            column => column,
        }
    }
}

/// A bound as a time; whole numbers are seconds.
fn as_time(bound: Value) -> Option<Value> {
    match bound {
        Value::Integer(second) => Some(Value::Time(second.saturating_mul(1000))),
        Value::Time(_) => Some(bound),
        _ => None,
    }
}

impl RecordBlock for ColumnBlock {
    fn column(&self, slot: usize, rows: Option<&[u32]>) -> Column {
        let stream = self.group.layout.stream.as_deref();
        let len = rows.map_or(self.len, <[u32]>::len);
        match self.group.layout.source(slot) {
            Source::Message => self.lines(rows),
            Source::Pointer => pointers(&self.positions(rows)),
            Source::Integer(place) => self.numbers(place, rows),
            Source::Address(place) | Source::Text(place) => self.read(place, rows),
            Source::Timestamp(place) => self.times(place, rows),
            Source::LogStream(_) | Source::Gateway(_) if stream.is_some() => {
                Column::Constant(Value::text(stream.unwrap_or_default()), len)
            }
            Source::Gateway(place) => self.made(Some(place), rows, <[u8]>::to_vec),
            Source::LogStream(place) => {
                self.made(place, rows, |interface| [interface, b"-all"].concat())
            }
            Source::Log(place) => self.made(place, rows, self.group.layout.origin.log_of()),
            Source::Account => self.group.layout.origin.account_column(len),
            Source::Region => self.group.layout.origin.region_column(len),
            Source::Missing => Column::missing(len),
        }
    }

    fn positions(&self, rows: Option<&[u32]>) -> Vec<Position> {
        match rows {
            Some(rows) => rows.iter().map(|row| self.base + u64::from(*row)).collect(),
            None => (0..self.len as u64).map(|row| self.base + row).collect(),
        }
    }

    fn bounds(&self, slot: usize) -> Option<(Value, Value)> {
        match self.group.layout.source(slot) {
            Source::Integer(place) => self
                .group
                .file
                .bounds(self.group.number, place)
                .filter(|(least, _)| !matches!(least, Value::Time(_))),
            Source::Timestamp(_) => self.group.time_bounds(),
            _ => None,
        }
    }

    fn line_fields(&self) -> Option<&[String]> {
        Some(&self.group.layout.format.names)
    }
}
