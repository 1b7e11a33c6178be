//! Values: one scalar of a record, and how it prints.

use std::borrow::Cow;
use std::sync::Arc;

use compact_str::CompactString;

use super::number::{Number, print_float};
use super::period::Period;
use super::time::{self, Timestamp};

/// The value of one field of one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The record does not have the field.
    Missing,
    /// A truth; prints as `1` or `0`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// A point in time.
    Time(Timestamp),
    /// A text.
    Text(CompactString),
    /// A length of time, as written in a query; no record holds one.
    Period(Period),
    /// A list or a map, as JSON has them.
    Json(Arc<serde_json::Value>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl AsRef<str>) -> Value {
        Value::Text(CompactString::new(text))
    }

    /// A float where it is finite; a number that is none is missing.
    pub fn float(float: f64) -> Value {
        if float.is_finite() { Value::Float(float) } else { Value::Missing }
    }

    /// A value of JSON: texts, numbers and truths as such, `null` is missing.
    pub fn of_json(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Missing,
            serde_json::Value::Bool(truth) => Value::Boolean(truth),
            serde_json::Value::String(text) => Value::text(text),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => Value::Integer(whole),
                None => number.as_f64().map_or(Value::Missing, Value::float),
            },
            list_or_map => Value::Json(Arc::new(list_or_map)),
        }
    }

    /// Whether the record lacks the field.
    pub fn is_missing(&self) -> bool {
        matches!(self, Value::Missing)
    }

    /// The value as a number: numbers, booleans as 0 and 1, timestamps in milliseconds, and texts
    /// that spell a number; `None` for everything else.
    pub fn number(&self) -> Option<Number> {
        match self {
            Value::Boolean(truth) => Some(Number::Integer(i64::from(*truth))),
            Value::Integer(whole) | Value::Time(whole) => Some(Number::Integer(*whole)),
            Value::Float(float) => Some(Number::Float(*float)),
            Value::Text(text) => Number::parse(text.as_bytes()),
            Value::Missing | Value::Period(_) | Value::Json(_) => None,
        }
    }

    /// The value as a truth: booleans, and numbers other than 0; `None` is unknown.
    ///
    /// A text is true when it spells a number other than 0, or `true`.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Boolean(truth) => Some(*truth),
            Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Value::Missing | Value::Period(_) | Value::Json(_) => None,
            _ => self.number().map(|number| number.to_f64() != 0.0),
        }
    }

    /// The value as it prints in a result; `None` where it is missing.
    ///
    /// Source: recorded results: timestamps `2019-10-30 11:01:03.000`, whole numbers in plain
    /// digits, booleans `1` and `0`, lists with commas between their items, maps as JSON.
    pub fn print(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Value::Missing => return None,
            Value::Boolean(truth) => Cow::Borrowed(if *truth { "1" } else { "0" }),
            Value::Integer(whole) => Cow::Owned(whole.to_string()),
            Value::Float(float) => Cow::Owned(print_float(*float)),
            Value::Time(time) => Cow::Owned(time::print(*time)),
            Value::Text(text) => Cow::Borrowed(text.as_str()),
            Value::Period(period) => Cow::Owned(period.to_string()),
            Value::Json(json) => Cow::Owned(print_json(json)),
        })
    }
}

/// A list as its items with commas between, a map as JSON, a text without quotes.
fn print_json(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(print_json).collect::<Vec<_>>().join(",")
        }
        _ => json.to_string(),
    }
}
