//! Columns as bytes, for records that wait on disk until the process that wrote them takes them back.

use std::sync::Arc;

use super::column::{Column, Validity};
use super::period::{Period, UNITS};
use super::text::{TextColumn, Word};
use super::value::Value;

/// Appends a column.
pub fn push_column(column: &Column, out: &mut Vec<u8>) {
    match column {
        Column::Constant(value, len) => {
            out.push(0);
            push_number(*len as u64, out);
            push_value(value, out);
        }
        Column::Boolean(truths) => {
            out.push(1);
            push_bytes(truths, out);
        }
        Column::Integer(values, valid) => {
            out.push(2);
            push_numbers(values.iter().map(|value| value.cast_unsigned()), out);
            push_validity(valid, out);
        }
        Column::Time(values, valid) => {
            out.push(3);
            push_numbers(values.iter().map(|value| value.cast_unsigned()), out);
            push_validity(valid, out);
        }
        Column::Float(values, valid) => {
            out.push(4);
            push_numbers(values.iter().map(|value| value.to_bits()), out);
            push_validity(valid, out);
        }
        Column::Text(texts) => {
            out.push(5);
            push_numbers(texts.words.iter().map(|word| word.0), out);
            push_bytes(&texts.buffer, out);
        }
        Column::Any(values) => {
            out.push(6);
            push_number(values.len() as u64, out);
            values.iter().for_each(|value| push_value(value, out));
        }
    }
}

/// Takes a column from the front; `None` where the bytes are not those of one.
pub fn take_column(bytes: &mut &[u8]) -> Option<Column> {
    let whole = |numbers: Vec<u64>| numbers.into_iter().map(u64::cast_signed).collect();
    Some(match take_byte(bytes)? {
        0 => {
            let len = take_length(bytes)?;
            Column::Constant(take_value(bytes)?, len)
        }
        1 => Column::Boolean(take_bytes(bytes)?.to_vec()),
        2 => Column::Integer(whole(take_numbers(bytes)?), take_validity(bytes)?),
        3 => Column::Time(whole(take_numbers(bytes)?), take_validity(bytes)?),
        4 => {
            let floats = take_numbers(bytes)?.into_iter().map(f64::from_bits);
            Column::Float(floats.collect(), take_validity(bytes)?)
        }
        5 => {
            let words = take_numbers(bytes)?.into_iter().map(Word).collect();
            let buffer = Arc::new(take_bytes(bytes)?.to_vec());
            Column::Text(TextColumn { words, buffer, interned: false })
        }
        6 => {
            let len = take_length(bytes)?;
            Column::Any((0..len).map(|_| take_value(bytes)).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn push_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Missing => out.push(0),
        Value::Boolean(truth) => out.extend([1, u8::from(*truth)]),
        Value::Integer(whole) => {
            out.push(2);
            push_number(whole.cast_unsigned(), out);
        }
        Value::Float(float) => {
            out.push(3);
            push_number(float.to_bits(), out);
        }
        Value::Time(time) => {
            out.push(4);
            push_number(time.cast_unsigned(), out);
        }
        Value::Text(text) => {
            out.push(5);
            push_bytes(text.as_bytes(), out);
        }
        Value::Period(Period { count, unit }) => {
            out.push(6);
            push_number(*count, out);
            let unit = UNITS.iter().position(|row| row.unit == *unit).unwrap_or(0);
            push_number(unit as u64, out);
        }
        Value::Json(json) => {
            out.push(7);
            push_bytes(json.to_string().as_bytes(), out);
        }
    }
}

fn take_value(bytes: &mut &[u8]) -> Option<Value> {
    Some(match take_byte(bytes)? {
        0 => Value::Missing,
        1 => Value::Boolean(take_byte(bytes)? == 1),
        2 => Value::Integer(take_number(bytes)?.cast_signed()),
        3 => Value::Float(f64::from_bits(take_number(bytes)?)),
        4 => Value::Time(take_number(bytes)?.cast_signed()),
        5 => Value::text(std::str::from_utf8(take_bytes(bytes)?).ok()?),
        6 => {
            let count = take_number(bytes)?;
            Value::Period(Period { count, unit: UNITS.get(take_length(bytes)?)?.unit })
        }
        7 => Value::Json(Arc::new(serde_json::from_slice(take_bytes(bytes)?).ok()?)),
        _ => return None,
    })
}

fn push_number(number: u64, out: &mut Vec<u8>) {
    out.extend(number.to_le_bytes());
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*number))
}

fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(take_number(bytes)?).ok()
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*byte)
}

/// Appends numbers, their count in front.
pub fn push_numbers(numbers: impl ExactSizeIterator<Item = u64>, out: &mut Vec<u8>) {
    push_number(numbers.len() as u64, out);
    out.reserve(numbers.len() * 8);
    numbers.for_each(|number| out.extend(number.to_le_bytes()));
}

/// Takes numbers from the front, as [`take_column`] does a column.
pub fn take_numbers(bytes: &mut &[u8]) -> Option<Vec<u64>> {
    let len = take_length(bytes)?.checked_mul(8)?;
    let (numbers, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    let (numbers, _) = numbers.as_chunks();
    Some(numbers.iter().map(|number| u64::from_le_bytes(*number)).collect())
}

fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    push_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn take_bytes<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let len = take_length(bytes)?;
    let (taken, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(taken)
}

fn push_validity(valid: &Validity, out: &mut Vec<u8>) {
    match valid {
        None => out.push(0),
        Some(valid) => {
            out.push(1);
            push_number(valid.len() as u64, out);
            out.extend(valid.iter().map(|valid| u8::from(*valid)));
        }
    }
}

fn take_validity(bytes: &mut &[u8]) -> Option<Validity> {
    match take_byte(bytes)? {
        0 => Some(None),
        _ => Some(Some(take_bytes(bytes)?.iter().map(|valid| *valid == 1).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::period::Unit;

    fn values(column: &Column) -> Vec<Value> {
        (0..column.len()).map(|row| column.value(row)).collect()
    }

    #[test]
    fn every_column_comes_back_as_it_was() {
        let mixed = vec![
            Value::Missing,
            Value::Boolean(true),
            Value::Integer(i64::MIN),
            Value::Float(-0.5),
            Value::Time(-1),
            Value::text("é, 10.0.0.1 and more"),
            Value::Period(Period { count: 3, unit: Unit::Quarter }),
            Value::Json(Arc::new(serde_json::json!({"a": [1, 2.5, null]}))),
        ];
        let of = |values: &[Value]| Column::from_values(values.to_vec());
        let text = |text: &str| Value::text(text);
        let columns = [
            Column::Constant(text("eni-1"), 7),
            Column::missing(0),
            of(&[Value::Boolean(true), Value::Missing, Value::Boolean(false)]),
            of(&[Value::Integer(i64::MAX), Value::Integer(-1)]),
            of(&[Value::Time(5), Value::Missing]),
            of(&[Value::Float(f64::MIN_POSITIVE), Value::Missing]),
            of(&[text("10.0.0.1"), text(""), Value::Missing, text("a text that takes a buffer")]),
            Column::Any(mixed),
        ];
        let mut bytes = Vec::new();
        columns.iter().for_each(|column| push_column(column, &mut bytes));
        let mut rest = bytes.as_slice();
        for column in &columns {
            let back = take_column(&mut rest).expect("it was written");
            assert_eq!(values(&back), values(column));
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn bytes_that_end_early_are_no_column() {
        let mut bytes = Vec::new();
        let valid = Some(vec![true, false]);
        push_column(&Column::Integer(vec![1, 2], valid), &mut bytes);
        for len in 0..bytes.len() {
            assert!(take_column(&mut &bytes[..len]).is_none(), "{len}");
        }
        assert!(take_column(&mut &bytes[..]).is_some());
    }
}
