//! Files of columns: flow log records whose values lie column by column, in groups of rows.

use std::borrow::Cow;
use std::fmt;
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

    /// A column of a group, of the rows at `rows` (rising; all where `None`): whole numbers, floats,
    /// times, truths or texts; a text that is a hyphen is missing.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn column(&self, group: usize, place: usize, rows: Option<&[u32]>) -> Result<Column, String>;

    /// The least and the greatest value of a column of a group, where that is known without looking
    /// and no row lacks one: whole numbers or times.
    fn bounds(&self, group: usize, place: usize) -> Option<(Value, Value)>;
}

impl fmt::Debug for dyn ColumnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ColumnFile of {} groups", self.groups())
    }
}

/// Fewer rows than one in so many of a group are read without the others.
const FEW: usize = 4;

/// What could not be read of the columns of a file: the first reason counts.
pub type Faults = Arc<Mutex<Option<String>>>;

/// A group of rows as records.
pub struct ColumnBlock {
    file: Arc<dyn ColumnFile>,
    group: usize,
    layout: Arc<Layout>,
    base: Position,
    faults: Faults,
    /// The columns that were read, by place.
    columns: Vec<OnceLock<Column>>,
}

impl ColumnBlock {
    /// The records of a group; `base` is the position of its first row.
    pub fn new(
        file: Arc<dyn ColumnFile>,
        group: usize,
        layout: Arc<Layout>,
        base: Position,
        faults: Faults,
    ) -> ColumnBlock {
        let columns = (0..layout.format.len()).map(|_| OnceLock::new()).collect();
        ColumnBlock { file, group, layout, base, faults, columns }
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.file.rows(self.group)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The times of the records.
    pub fn timestamps(&self) -> Column {
        self.times(self.layout.start_place(), None)
    }

    /// The least and the greatest time, where that is known without looking.
    pub fn time_bounds(&self) -> Option<(Value, Value)> {
        let (least, most) = self.file.bounds(self.group, self.layout.start_place()?)?;
        Some((as_time(least)?, as_time(most)?))
    }

    /// A column as it is in the file; a missing one where it cannot be read.
    fn read(&self, place: usize) -> &Column {
        static NONE: Column = Column::Constant(Value::Missing, 0);
        let Some(cell) = self.columns.get(place) else { return &NONE };
        cell.get_or_init(|| self.read_anew(place, None))
    }

    /// The same at some rows: where they are few, nothing is made of the others.
    fn read_at(&self, place: usize, rows: Option<&[u32]>) -> Cow<'_, Column> {
        let Some(rows) = rows else { return Cow::Borrowed(self.read(place)) };
        let known = self.columns.get(place).and_then(OnceLock::get);
        Cow::Owned(match known {
            Some(column) => column.take(rows),
            None if rows.len() < self.len() / FEW && rows.is_sorted() => {
                self.read_anew(place, Some(rows))
            }
            None => self.read(place).take(rows),
        })
    }

    fn read_anew(&self, place: usize, rows: Option<&[u32]>) -> Column {
        let len = rows.map_or(self.len(), <[u32]>::len);
        match self.file.column(self.group, place, rows) {
            Ok(column) if column.len() == len => column,
            Ok(column) => self.lost(place, &format!("it has {} values", column.len()), len),
            Err(reason) => self.lost(place, &reason, len),
        }
    }

    /// Keeps the reason why values are missing.
    fn lost(&self, place: usize, reason: &str, len: usize) -> Column {
        let name = self.layout.format.names.get(place).map_or("?", String::as_str);
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.get_or_insert_with(|| {
            format!("column `{name}` of row group {}: {reason}; its values are missing", self.group)
        });
        Column::missing(len)
    }

    /// A column whose field is a whole number.
    fn numbers(&self, place: usize, rows: Option<&[u32]>) -> Column {
        let column = self.read_at(place, rows);
        match column.as_ref() {
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
                    let _ = self.lost(place, &format!("`{text}` is no number"), 0);
                }
                Column::from_values(values)
            }
            Column::Time(times, valid) => {
                let seconds = times.iter().map(|time| time.div_euclid(1000)).collect();
                Column::Integer(seconds, valid.clone())
            }
            _ => column.into_owned(),
        }
    }

    /// The times of the records, whose seconds stand at a place.
    fn times(&self, place: Option<usize>, rows: Option<&[u32]>) -> Column {
        let Some(place) = place else {
            return Column::missing(rows.map_or(self.len(), <[u32]>::len));
        };
        let column = self.read_at(place, rows);
        if let Column::Time(..) = column.as_ref() {
            return column.into_owned();
        }
        match self.numbers(place, rows) {
            Column::Integer(seconds, valid) => {
                let times = seconds.into_iter().map(|second| second.saturating_mul(1000));
                Column::Time(times.collect(), valid)
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
        let len = rows.map_or(self.len(), <[u32]>::len);
        let mut texts = TextBuilder::with_capacity(len);
        let mut last: (Vec<u8>, Vec<u8>) = (UNKNOWN.to_vec(), make(UNKNOWN));
        let column = place.map(|place| self.read_at(place, rows));
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
        let columns: Vec<Cow<'_, Column>> = (0..self.columns.len()).map(written).collect();
        let len = rows.map_or(self.len(), <[u32]>::len);
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
    fn as_written(&self, place: usize, rows: Option<&[u32]>) -> Cow<'_, Column> {
        let column = self.read_at(place, rows);
        match column.as_ref() {
            Column::Time(..) => Cow::Owned(self.numbers(place, rows)),
            _ => column,
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
        let stream = self.layout.stream.as_deref();
        let len = rows.map_or(self.len(), <[u32]>::len);
        match self.layout.source(slot) {
            Source::Message => self.lines(rows),
            Source::Pointer => pointers(&self.positions(rows)),
            Source::Integer(place) => self.numbers(place, rows),
            Source::Address(place) | Source::Text(place) => self.read_at(place, rows).into_owned(),
            Source::Timestamp(place) => self.times(place, rows),
            Source::LogStream(_) | Source::Gateway(_) if stream.is_some() => {
                Column::Constant(Value::text(stream.unwrap_or_default()), len)
            }
            Source::Gateway(place) => self.made(Some(place), rows, <[u8]>::to_vec),
            Source::LogStream(place) => {
                self.made(place, rows, |interface| [interface, b"-all"].concat())
            }
            Source::Log(place) => self.made(place, rows, self.layout.origin.log_of()),
            Source::Account => self.layout.origin.account_column(len),
            Source::Region => self.layout.origin.region_column(len),
            Source::Missing => Column::missing(len),
        }
    }

    fn positions(&self, rows: Option<&[u32]>) -> Vec<Position> {
        match rows {
            Some(rows) => rows.iter().map(|row| self.base + u64::from(*row)).collect(),
            None => (0..self.len() as u64).map(|row| self.base + row).collect(),
        }
    }

    fn bounds(&self, slot: usize) -> Option<(Value, Value)> {
        match self.layout.source(slot) {
            Source::Integer(place) => self
                .file
                .bounds(self.group, place)
                .filter(|(least, _)| !matches!(least, Value::Time(_))),
            Source::Timestamp(_) => self.time_bounds(),
            _ => None,
        }
    }

    fn line_fields(&self) -> Option<&[String]> {
        Some(&self.layout.format.names)
    }
}
