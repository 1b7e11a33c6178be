//! Columns: the values of one field of a batch, typed, with missing values marked.

use std::io::Write as _;
use std::ops::Range;

use super::number::push_float;
use super::text::{Spelled, TextBuilder, TextColumn, TextRef, printable};
use super::time::Timestamp;
use super::value::Value;

/// Which entries of a column exist; `None` when all do.
pub type Validity = Option<Vec<bool>>;

/// A truth of three-valued logic, as boolean columns hold it.
pub mod truth {
    /// False.
    pub const FALSE: u8 = 0;
    /// True.
    pub const TRUE: u8 = 1;
    /// Neither: an operand was missing.
    pub const UNKNOWN: u8 = 2;
}

/// The values of one field, one per record. The physical form never shows in a result.
#[derive(Clone, Debug)]
pub enum Column {
    /// The same value for every record.
    Constant(Value, usize),
    /// Truths, as [`truth`] encodes them.
    Boolean(Vec<u8>),
    /// Whole numbers.
    Integer(Vec<i64>, Validity),
    /// Finite numbers.
    Float(Vec<f64>, Validity),
    /// Points in time, milliseconds since the epoch.
    Time(Vec<Timestamp>, Validity),
    /// Texts.
    Text(TextColumn),
    /// Values of several types, lists or maps.
    Any(Vec<Value>),
}

impl Column {
    /// A column in which no record has the field.
    pub fn missing(len: usize) -> Column {
        Column::Constant(Value::Missing, len)
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        match self {
            Column::Constant(_, len) => *len,
            Column::Boolean(truths) => truths.len(),
            Column::Integer(values, _) | Column::Time(values, _) => values.len(),
            Column::Float(values, _) => values.len(),
            Column::Text(texts) => texts.len(),
            Column::Any(values) => values.len(),
        }
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a record lacks the field.
    #[inline]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Column::Constant(value, _) => value.is_missing(),
            Column::Boolean(truths) => truths[row] == truth::UNKNOWN,
            Column::Integer(_, valid) | Column::Float(_, valid) | Column::Time(_, valid) => {
                valid.as_ref().is_some_and(|valid| !valid[row])
            }
            Column::Text(texts) => texts.words[row].is_missing(),
            Column::Any(values) => values[row].is_missing(),
        }
    }

    /// The value of a record.
    pub fn value(&self, row: usize) -> Value {
        if self.is_missing(row) {
            return Value::Missing;
        }
        match self {
            Column::Constant(value, _) => value.clone(),
            Column::Boolean(truths) => Value::Boolean(truths[row] == truth::TRUE),
            Column::Integer(values, _) => Value::Integer(values[row]),
            Column::Float(values, _) => Value::Float(values[row]),
            Column::Time(values, _) => Value::Time(values[row]),
            Column::Text(texts) => texts.value(row),
            Column::Any(values) => values[row].clone(),
        }
    }

    /// Appends the value of a record as it prints, nothing where it is missing.
    ///
    /// The same text as [`Value::print`], without a value in between for the common types.
    pub fn print_into(&self, row: usize, out: &mut Vec<u8>) {
        if self.is_missing(row) {
            return;
        }
        // Writing to memory does not fail.
        let _ = match self {
            Column::Integer(values, _) => {
                out.write_all(itoa::Buffer::new().format(values[row]).as_bytes())
            }
            Column::Float(values, _) => {
                push_float(values[row], out);
                Ok(())
            }
            Column::Text(texts) => match texts.get(row) {
                // An address needs no look for bytes that are no text.
                Some(TextRef::Address(text)) => out.write_all(text.as_bytes()),
                Some(text) => out.write_all(printable(text.as_bytes()).as_bytes()),
                None => Ok(()),
            },
            _ => match self.value(row).print() {
                Some(text) => out.write_all(text.as_bytes()),
                None => Ok(()),
            },
        };
    }

    /// Whether the values of some rows print without certain bytes, none of which is in a number, a truth,
    /// a time or an address; may say no where it would take long to tell.
    pub fn prints_without(&self, marks: &[u8], rows: Range<usize>) -> bool {
        let free = |text: &[u8]| !text.iter().any(|byte| marks.contains(byte));
        match self {
            Column::Boolean(_) | Column::Integer(..) | Column::Float(..) | Column::Time(..) => true,
            Column::Text(texts) => texts.words[rows].iter().all(|word| match word.spelled() {
                Spelled::Missing | Spelled::Address(_) => true,
                Spelled::Short(bytes, len) => free(&bytes[..len]),
                Spelled::Slice(start, len) => free(&texts.buffer[start..start + len]),
            }),
            Column::Constant(value, _) => value.is_missing(),
            Column::Any(_) => false,
        }
    }

    /// The records at `rows`, in that order.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Column {
        match self {
            Column::Constant(value, _) => Column::Constant(value.clone(), rows.len()),
            Column::Boolean(truths) => Column::Boolean(pick(truths, rows)),
            Column::Integer(values, valid) => {
                Column::Integer(pick(values, rows), pick_validity(valid, rows))
            }
            Column::Float(values, valid) => {
                Column::Float(pick(values, rows), pick_validity(valid, rows))
            }
            Column::Time(values, valid) => {
                Column::Time(pick(values, rows), pick_validity(valid, rows))
            }
            Column::Text(texts) => Column::Text(texts.take(rows)),
            Column::Any(values) => {
                Column::Any(rows.iter().map(|&row| values[row as usize].clone()).collect())
            }
        }
    }

    /// The same values with nothing else kept in memory: texts in a buffer of their own.
    #[must_use]
    pub fn compact(self) -> Column {
        match self {
            Column::Text(texts) if !texts.buffer.is_empty() => {
                let mut builder = TextBuilder::with_capacity(texts.len());
                texts.words.iter().for_each(|word| builder.push_word(*word, &texts.buffer));
                Column::Text(builder.finish())
            }
            other => other,
        }
    }

    /// The records named by (column, row) pairs, in that order, out of several columns.
    #[must_use]
    pub fn interleave(columns: &[&Column], picks: &[(u32, u32)]) -> Column {
        if let Some(column) = interleave_typed(columns, picks) {
            return column;
        }
        let value = |&(column, row): &(u32, u32)| columns[column as usize].value(row as usize);
        Column::from_values(picks.iter().map(value).collect())
    }

    /// A column of values, typed where they are all of one type (missing ones aside).
    pub fn from_values(values: Vec<Value>) -> Column {
        let mut kinds =
            values.iter().filter(|value| !value.is_missing()).map(std::mem::discriminant);
        let Some(first) = kinds.next() else { return Column::missing(values.len()) };
        if !kinds.all(|kind| kind == first) {
            return Column::Any(values);
        }
        let present = values.iter().any(Value::is_missing);
        let valid = present.then(|| values.iter().map(|value| !value.is_missing()).collect());
        match values.iter().find(|value| !value.is_missing()) {
            Some(Value::Boolean(_)) => Column::Boolean(values.iter().map(encode_truth).collect()),
            Some(Value::Integer(_)) => Column::Integer(values.iter().map(whole).collect(), valid),
            Some(Value::Time(_)) => Column::Time(values.iter().map(whole).collect(), valid),
            Some(Value::Float(_)) => Column::Float(values.iter().map(float).collect(), valid),
            Some(Value::Text(_)) => {
                let text = |value: &Value| match value {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                };
                Column::Text(values.iter().map(text).collect())
            }
            _ => Column::Any(values),
        }
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        let marks = |valid: &Validity| valid.as_ref().map_or(0, Vec::capacity);
        match self {
            Column::Constant(..) => size_of::<Value>(),
            Column::Boolean(truths) => truths.capacity(),
            Column::Integer(values, valid) | Column::Time(values, valid) => {
                values.capacity() * 8 + marks(valid)
            }
            Column::Float(values, valid) => values.capacity() * 8 + marks(valid),
            Column::Text(texts) => texts.memory(),
            Column::Any(values) => values.capacity() * size_of::<Value>(),
        }
    }
}

/// Interleaves columns that are all of one type, without a value of its own for each record.
fn interleave_typed(columns: &[&Column], picks: &[(u32, u32)]) -> Option<Column> {
    /// The values of all columns and their validity, where each column is of the wanted type.
    fn gather<'a, T: Copy + 'a>(
        columns: &[&'a Column],
        picks: &[(u32, u32)],
        typed: impl Fn(&'a Column) -> Option<(&'a [T], &'a Validity)>,
    ) -> Option<(Vec<T>, Validity)> {
        let parts = columns.iter().map(|column| typed(column)).collect::<Option<Vec<_>>>()?;
        let values =
            picks.iter().map(|&(column, row)| parts[column as usize].0[row as usize]).collect();
        let any_missing = parts.iter().any(|(_, valid)| valid.is_some());
        let exists = |&(column, row): &(u32, u32)| {
            parts[column as usize].1.as_ref().is_none_or(|valid| valid[row as usize])
        };
        Some((values, any_missing.then(|| picks.iter().map(exists).collect())))
    }
    match columns.first()? {
        Column::Text(_) => {
            let text = |column: &&Column| matches!(column, Column::Text(_));
            if !columns.iter().all(text) {
                return None;
            }
            let mut builder = TextBuilder::with_capacity(picks.len());
            for &(column, row) in picks {
                if let Column::Text(texts) = columns[column as usize] {
                    builder.push_word(texts.words[row as usize], &texts.buffer);
                }
            }
            Some(Column::Text(builder.finish()))
        }
        Column::Integer(..) => {
            let (values, valid) = gather(columns, picks, |column| match column {
                Column::Integer(values, valid) => Some((values.as_slice(), valid)),
                _ => None,
            })?;
            Some(Column::Integer(values, valid))
        }
        Column::Time(..) => {
            let (values, valid) = gather(columns, picks, |column| match column {
                Column::Time(values, valid) => Some((values.as_slice(), valid)),
                _ => None,
            })?;
            Some(Column::Time(values, valid))
        }
        Column::Float(..) => {
            let (values, valid) = gather(columns, picks, |column| match column {
                Column::Float(values, valid) => Some((values.as_slice(), valid)),
                _ => None,
            })?;
            Some(Column::Float(values, valid))
        }
        _ => None,
    }
}

fn pick<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

fn pick_validity(valid: &Validity, rows: &[u32]) -> Validity {
    valid.as_ref().map(|valid| pick(valid, rows))
}

fn encode_truth(value: &Value) -> u8 {
    match value {
        Value::Boolean(truth) => u8::from(*truth),
        _ => truth::UNKNOWN,
    }
}

fn whole(value: &Value) -> i64 {
    match value {
        Value::Integer(whole) | Value::Time(whole) => *whole,
        _ => 0,
    }
}

fn float(value: &Value) -> f64 {
    match value {
        Value::Float(float) => *float,
        _ => 0.0,
    }
}
