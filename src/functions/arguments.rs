//! Arguments: values read as what a function wants, and loops over whole columns of text.

use std::borrow::Cow;

use crate::data::column::truth;
use crate::data::text::{TextBuilder, printable};
use crate::data::time::{self, Timestamp};
use crate::data::{Column, Number, Value};

/// The argument at a position; missing where the call has none.
pub fn at(args: &[Value], position: usize) -> &Value {
    args.get(position).unwrap_or(&Value::Missing)
}

/// A value as a text: numbers and times as they print; `None` for missing values, lists and maps.
///
/// Source: "Structure types": lists and maps act as missing in string functions.
pub fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Json(_) => None,
        _ => value.print(),
    }
}

/// A value as a whole number, its fraction cut off; `None` where it is no number or too large.
pub fn whole(value: &Value) -> Option<i64> {
    match value.number()? {
        Number::Integer(whole) => Some(whole),
        Number::Float(float) => truncate(float),
    }
}

/// A float without its fraction, where that fits 64 bits.
pub fn truncate(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2^63
    (-LIMIT..LIMIT).contains(&float).then_some(float as i64)
}

/// A value as a point in time: times, numbers as milliseconds, and texts that spell a time.
pub fn time(value: &Value) -> Option<Timestamp> {
    match (value, value.number()) {
        (Value::Time(time), _) => Some(*time),
        (_, Some(Number::Integer(milliseconds))) => Some(milliseconds),
        (_, Some(Number::Float(milliseconds))) => truncate(milliseconds.floor()),
        (Value::Text(text), None) => time::parse(text),
        _ => None,
    }
}

/// A number as a value; missing where it is not finite.
pub fn from_number(number: Number) -> Value {
    match number {
        Number::Integer(whole) => Value::Integer(whole),
        Number::Float(float) => Value::float(float),
    }
}

/// The text of a constant column.
pub fn constant_text(column: &Column) -> Option<Cow<'_, str>> {
    match column {
        Column::Constant(value, _) => text(value),
        _ => None,
    }
}

/// A truth for every text of a text column, unknown where it is missing; `None` for other columns.
pub fn judge(column: &Column, mut test: impl FnMut(&str) -> bool) -> Option<Column> {
    let Column::Text(texts) = column else { return None };
    let truths = (0..texts.len()).map(|row| match texts.get(row) {
        None => truth::UNKNOWN,
        Some(text) => u8::from(test(&printable(text.as_bytes()))),
    });
    Some(Column::Boolean(truths.collect()))
}

/// A whole number for every text of a text column; `None` for other columns.
pub fn measure(column: &Column, size: impl Fn(&str) -> usize) -> Option<Column> {
    let Column::Text(texts) = column else { return None };
    let mut valid = vec![true; texts.len()];
    let sizes = valid.iter_mut().enumerate().map(|(row, valid)| match texts.get(row) {
        None => {
            *valid = false;
            0
        }
        Some(text) => i64::try_from(size(&printable(text.as_bytes()))).unwrap_or(i64::MAX),
    });
    let sizes = sizes.collect();
    let all = valid.iter().all(|valid| *valid);
    Some(Column::Integer(sizes, if all { None } else { Some(valid) }))
}

/// A text for every text of a text column, missing where it is missing; `None` for other columns.
pub fn transform(
    column: &Column,
    mut change: impl for<'t> FnMut(&'t str) -> Cow<'t, str>,
) -> Option<Column> {
    let Column::Text(texts) = column else { return None };
    let mut builder = TextBuilder::with_capacity(texts.len());
    for row in 0..texts.len() {
        match texts.get(row) {
            None => builder.push(None),
            Some(text) => {
                builder.push(Some(change(&printable(text.as_bytes())).as_bytes()));
            }
        }
    }
    Some(Column::Text(builder.finish()))
}
