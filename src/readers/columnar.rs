//! Files of columns: flow log records whose values lie column by column, in groups of rows.

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

    /// A column of a group: whole numbers, floats, times, truths or texts; a text that is a hyphen
    /// is missing.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn column(&self, group: usize, place: usize) -> Result<Column, String>;

    /// The least and the greatest value of a column of a group, where that is known without looking
    /// and no row lacks one: whole numbers or times.
    fn bounds(&self, group: usize, place: usize) -> Option<(Value, Value)>;
}

impl fmt::Debug for dyn ColumnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ColumnFile of {} groups", self.groups())
    }
}

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
        self.times(self.layout.start_place())
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
        cell.get_or_init(|| match self.file.column(self.group, place) {
            Ok(column) if column.len() == self.len() => column,
            Ok(column) => self.lost(place, &format!("it has {} values", column.len())),
            Err(reason) => self.lost(place, &reason),
        })
    }

    /// Keeps the reason why values are missing.
    fn lost(&self, place: usize, reason: &str) -> Column {
        let name = self.layout.format.names.get(place).map_or("?", String::as_str);
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.get_or_insert_with(|| {
            format!("column `{name}` of row group {}: {reason}; its values are missing", self.group)
        });
        Column::missing(self.len())
    }

    /// A column whose field is a whole number.
    fn numbers(&self, place: usize) -> Column {
        match self.read(place) {
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
                    let _ = self.lost(place, &format!("`{text}` is no number"));
                }
                Column::from_values(values)
            }
            Column::Time(times, valid) => {
                let seconds = times.iter().map(|time| time.div_euclid(1000)).collect();
                Column::Integer(seconds, valid.clone())
            }
            other => other.clone(),
        }
    }

    /// The times of the records, whose seconds stand at a place.
    fn times(&self, place: Option<usize>) -> Column {
        let Some(place) = place else { return Column::missing(self.len()) };
        if let Column::Time(times, valid) = self.read(place) {
            return Column::Time(times.clone(), valid.clone());
        }
        match self.numbers(place) {
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
    fn made(&self, place: Option<usize>, make: impl Fn(&[u8]) -> Vec<u8>) -> Column {
        let mut texts = TextBuilder::with_capacity(self.len());
        let mut last: (Vec<u8>, Vec<u8>) = (UNKNOWN.to_vec(), make(UNKNOWN));
        let column = place.map(|place| self.read(place));
        let mut text = Vec::new();
        for row in 0..self.len() {
            text.clear();
            match column.filter(|column| !column.is_missing(row)) {
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
        let columns: Vec<Column> =
            (0..self.columns.len()).map(|place| self.as_written(place)).collect();
        let mut texts = TextBuilder::with_capacity(rows.map_or(self.len(), <[u32]>::len));
        let mut line = Vec::new();
        let mut push = |row: usize| {
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
        };
        match rows {
            Some(rows) => rows.iter().for_each(|row| push(*row as usize)),
            None => (0..self.len()).for_each(push),
        }
        Column::Text(texts.finish())
    }

    /// A column as its values stand in a line.
    fn as_written(&self, place: usize) -> Column {
        match self.read(place) {
            Column::Time(..) => self.numbers(place),
            other => other.clone(),
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
        let column = match self.layout.source(slot) {
            Source::Message => return self.lines(rows),
            Source::Pointer => return pointers(&self.positions(rows)),
            Source::Integer(place) => self.numbers(place),
            Source::Address(place) | Source::Text(place) => {
                let column = self.read(place);
                return match rows {
                    Some(rows) => column.take(rows),
                    None => column.clone(),
                };
            }
            Source::Timestamp(place) => self.times(place),
            Source::LogStream(_) | Source::Gateway(_) if stream.is_some() => {
                Column::Constant(Value::text(stream.unwrap_or_default()), self.len())
            }
            Source::Gateway(place) => self.made(Some(place), <[u8]>::to_vec),
            Source::LogStream(place) => self.made(place, |interface| [interface, b"-all"].concat()),
            Source::Log(place) => self.made(place, self.layout.origin.log_of()),
            Source::Account => self.layout.origin.account_column(self.len()),
            Source::Region => self.layout.origin.region_column(self.len()),
            Source::Missing => Column::missing(self.len()),
        };
        match rows {
            Some(rows) => column.take(rows),
            None => column,
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
