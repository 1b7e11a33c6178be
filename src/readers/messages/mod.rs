//! Messages: the fields that are discovered in a log event, by the shape of its message.

pub mod clock;
pub mod json;
mod lambda;
mod logfmt;
mod route53;
mod syslog;

use std::borrow::Cow;
use std::sync::Arc;

use super::fields::{FIELDS, FieldId, FieldKind};
use super::lines::is_record;
use super::log_format::LogFormat;
use crate::data::Value;
use crate::data::number::parse_integer;
use crate::data::text::{printable, printable_json};
use crate::data::time::Timestamp;

/// A shape of messages.
pub struct Shape {
    /// What it is called.
    pub name: &'static str,
    /// The fields it gives; empty where the message names them.
    pub fields: &'static [&'static str],
    /// Whether the fields of the first JSON object in the message are discovered too.
    pub fragment: bool,
    /// Gives the fields of a message, by name; false where it has another shape.
    pub read: fn(&str, &mut Put<'_>) -> bool,
}

/// Takes a field by its name.
pub type Put<'a> = dyn FnMut(&str, Value) + 'a;

/// Every shape of messages but JSON; the first that fits counts.
pub const SHAPES: &[Shape] = &[lambda::SHAPE, route53::SHAPE, syslog::SHAPE, logfmt::SHAPE];

/// The name of the shape of flow log records.
pub const FLOW: &str = "flow log record";

/// What was found in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name of its shape.
    pub shape: &'static str,
    /// Whether a wanted field stands behind those that are discovered.
    pub over: bool,
}

/// The fields that a query wants of messages, each with its place in a row.
#[derive(Debug, Default)]
pub struct Wanted {
    names: Vec<(String, usize)>,
}

impl Wanted {
    /// Names of fields with their places; a place may have several names.
    pub fn new<'a>(names: impl IntoIterator<Item = (&'a str, usize)>) -> Wanted {
        Wanted { names: names.into_iter().map(|(name, place)| (name.to_owned(), place)).collect() }
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// How many places a row has.
    pub fn len(&self) -> usize {
        self.names.iter().map(|(_, place)| place + 1).max().unwrap_or(0)
    }

    /// Puts a field wherever it is wanted: the time of an event may be asked for by its name too.
    fn put(&self, name: &str, value: &Value, row: &mut [Value]) {
        for (_, place) in self.names.iter().filter(|(own, _)| own == name) {
            if let Some(cell) = row.get_mut(*place) {
                cell.clone_from(value);
            }
        }
    }

    /// The names as paths in JSON: an `@` in front of a key is doubled in a query, and a lone one
    /// is no key.
    fn json_paths(&self) -> impl Iterator<Item = (usize, &str)> {
        self.names.iter().filter_map(|(name, place)| match name.strip_prefix('@') {
            None => Some((*place, name.as_str())),
            Some(path) if path.starts_with('@') => Some((*place, path)),
            Some(_) => None,
        })
    }
}

/// Puts the wanted fields of a message into a row of missing values; `None` where its shape is
/// none that has fields. `formats` are those of flow log records.
pub fn read(
    message: &[u8],
    formats: &[Arc<LogFormat>],
    wanted: &Wanted,
    row: &mut [Value],
) -> Option<Found> {
    if let Some(format) = flow_format(message, formats) {
        let values = message.split(|byte| *byte == b' ');
        for ((name, id), value) in format.names.iter().zip(&format.fields).zip(values) {
            wanted.put(name, &flow_value(*id, value), row);
        }
        return Some(Found { shape: FLOW, over: false });
    }
    let text = text_of(message);
    if is_object(&text) {
        let found = json::seek(&text, wanted, row, true);
        if found.is_none() {
            row.fill(Value::Missing);
        }
        return found;
    }
    let mut put = |name: &str, value: Value| wanted.put(name, &value, row);
    let shape = SHAPES.iter().find(|shape| (shape.read)(&text, &mut put))?;
    let mut over = false;
    if shape.fragment
        && let Some(fragment) = text.find('{').and_then(|at| text.get(at..))
    {
        let mut own = row.to_vec();
        if let Some(found) = json::seek(fragment, wanted, &mut own, false) {
            row.clone_from_slice(&own);
            over = found.over;
        }
    }
    Some(Found { shape: shape.name, over })
}

/// The format of which a message is a flow log record.
fn flow_format<'f>(message: &[u8], formats: &'f [Arc<LogFormat>]) -> Option<&'f LogFormat> {
    formats.iter().map(Arc::as_ref).find(|format| is_record(message, format))
}

/// The value of a flow log record: as the scan of a flow log has it.
fn flow_value(id: Option<FieldId>, value: &[u8]) -> Value {
    let kind = id.and_then(|id| FIELDS.get(id)).map(|field| field.kind);
    match kind {
        _ if value == b"-" => Value::Missing,
        Some(FieldKind::Integer | FieldKind::Seconds) => {
            parse_integer(value).map_or(Value::Missing, Value::Integer)
        }
        _ => Value::text(printable(value)),
    }
}

/// The names of the fields of a message, and its shape; `formats` are those of flow log records.
pub fn names(
    message: &[u8],
    formats: &[Arc<LogFormat>],
    each: &mut dyn FnMut(&str),
) -> Option<&'static str> {
    if let Some(format) = flow_format(message, formats) {
        format.names.iter().for_each(|name| each(name));
        return Some(FLOW);
    }
    let text = text_of(message);
    if is_object(&text) {
        return json::paths(&text, each).then_some("JSON");
    }
    let shape = SHAPES.iter().find(|shape| (shape.read)(&text, &mut |name, _| each(name)))?;
    if shape.fragment
        && let Some(fragment) = text.find('{').and_then(|at| text.get(at..))
    {
        json::paths(fragment, each);
    }
    Some(shape.name)
}

/// Whether a message begins as a JSON object.
pub fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// The time that stands in front of a message.
pub fn time_in_front(message: &[u8]) -> Option<Timestamp> {
    clock::in_front(&text_of(message.get(..256).unwrap_or(message)))
}

/// A message as text: bytes that are no UTF-8 are escaped, they are in no name and no number.
fn text_of(message: &[u8]) -> Cow<'_, str> {
    printable_json(message)
}
