//! Envelopes: what log events are delivered in, as JSON, opened to the events themselves.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::EventText;
use crate::data::Value;
use crate::data::time::Timestamp;
use crate::readers::events::Event;
use crate::readers::gzip::{self, Gunzip};
use crate::readers::messages::clock;

/// How deep envelopes lie in one another: an event of Lambda, base64, gzip, a payload is four.
const DEPTH: usize = 6;

/// The most bytes that the data of one envelope may have when it is inflated.
const MOST_BYTES: u64 = 256 << 20;

/// A JSON object by its keys, its values as they are written.
type Object<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

/// The keys that an object has which is one log event and nothing else.
const EVENT_KEYS: &[&str] = &[
    "timestamp",
    "message",
    "ingestionTime",
    "eventId",
    "id",
    "logStreamName",
    "logStream",
    "logGroup",
    "logGroupIdentifier",
    "extractedFields",
];

/// What a JSON value is a part of.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    stream: Option<&'a str>,
    log: Option<&'a str>,
}

/// Whether a JSON value is an envelope, and no log event in itself.
pub fn is_envelope(text: &str) -> bool {
    let Ok(object) = serde_json::from_str::<Object<'_>>(text) else { return false };
    let has = |key: &str| object.contains_key(key);
    has("messageType") && has("logEvents")
        || has("awslogs")
        || items(&object).is_some()
        || told_event(&object).is_some()
}

/// Whether an object has a list under a key.
pub fn has_items(text: &str, key: &str) -> bool {
    let object: Object<'_> = serde_json::from_str(text).unwrap_or_default();
    object.get(key).is_some_and(|raw| raw.get().starts_with('['))
}

/// Puts the log events of a JSON value into a text: those of an envelope, else the value itself.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn open(text: &str, out: &mut EventText) -> Result<(), String> {
    open_in(text, Around::default(), DEPTH, out)
}

fn open_in(
    text: &str,
    around: Around<'_>,
    depth: usize,
    out: &mut EventText,
) -> Result<(), String> {
    let Ok(object) = serde_json::from_str::<Object<'_>>(text) else {
        if text.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(text).is_err() {
            return Err("it begins as JSON and is none".to_owned());
        }
        out.push(text.as_bytes(), Event::default());
        return Ok(());
    };
    if depth == 0 {
        return Err("it holds envelopes in envelopes without end".to_owned());
    }
    let text_at = |key: &str| object.get(key).and_then(|raw| text_of(raw));
    match text_at("messageType").as_deref() {
        Some("CONTROL_MESSAGE") => {
            out.controls += 1;
            return Ok(());
        }
        Some("DATA_MESSAGE") => {
            let (stream, group) = (text_at("logStream"), text_at("logGroup"));
            let owner = text_at("owner").unwrap_or(Cow::Borrowed("unknown"));
            let log = group.map(|group| format!("{owner}:{group}"));
            let around = Around { stream: stream.as_deref(), log: log.as_deref() };
            for item in list(object.get("logEvents")) {
                open_in(item.get(), around, depth - 1, out)?;
            }
            return Ok(());
        }
        _ => {}
    }
    if let Some(data) = object.get("awslogs") {
        let data: Object<'_> = serde_json::from_str(data.get()).unwrap_or_default();
        let data = data.get("data").and_then(|raw| text_of(raw)).unwrap_or_default();
        return open_data(&data, around, depth - 1, out);
    }
    if let Some(items) = items(&object) {
        for item in items {
            open_in(item.get(), around, depth - 1, out)?;
        }
        return Ok(());
    }
    if let Some(data) = record_data(&object) {
        return open_data(&data, around, depth - 1, out);
    }
    match told_event(&object) {
        Some((message, event)) => {
            let stream = event.stream.or(around.stream.map(str::to_owned));
            let log = event.log.or(around.log.map(str::to_owned));
            let event = Event { stream, log, ..event };
            // What a delivery wrapped may be wrapped once more.
            match message.trim_start().starts_with('{') && is_envelope(&message) {
                true => open_in(&message, around, depth - 1, out),
                false => {
                    out.push(message.as_bytes(), event);
                    Ok(())
                }
            }
        }
        None => {
            out.push(text.as_bytes(), Event::default());
            Ok(())
        }
    }
}

/// The items of an object that is nothing but a list of them: a page of events, records of a stream,
/// a file of CloudTrail.
fn items<'a>(object: &Object<'a>) -> Option<Vec<&'a RawValue>> {
    let of_key = |key: &str| object.get(key).filter(|raw| raw.get().starts_with('['));
    let records = ["Records", "records"].into_iter().find_map(of_key);
    if let Some(records) = records {
        return Some(list(Some(records)));
    }
    let events = list(Some(of_key("events")?));
    let paged = events.is_empty()
        || events.first().is_some_and(|event| {
            let event: Object<'_> = serde_json::from_str(event.get()).unwrap_or_default();
            event.contains_key("message") && event.contains_key("timestamp")
        });
    paged.then_some(events)
}

fn list<'a>(raw: Option<&&'a RawValue>) -> Vec<&'a RawValue> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// The data of a record of Kinesis or Firehose.
fn record_data(object: &Object<'_>) -> Option<String> {
    let text =
        |object: &Object<'_>| object.get("data").and_then(|raw| text_of(raw)).map(Cow::into_owned);
    if let Some(kinesis) = object.get("kinesis") {
        return text(&serde_json::from_str::<Object<'_>>(kinesis.get()).ok()?);
    }
    let known = ["recordId", "approximateArrivalTimestamp", "Data"];
    let known = known.iter().any(|key| object.contains_key(*key));
    if known || object.len() == 1 { text(object) } else { None }
}

/// Opens data that is base64 of JSON, gzip or not, several values one after the other.
fn open_data(
    data: &str,
    around: Around<'_>,
    depth: usize,
    out: &mut EventText,
) -> Result<(), String> {
    let bytes = STANDARD.decode(data).map_err(|_| "its data is no base64".to_owned())?;
    let bytes = match bytes.starts_with(gzip::MAGIC) {
        true => {
            let mut inflated = Vec::new();
            let mut reader = Gunzip::new(bytes.as_slice()).take(MOST_BYTES);
            let read = reader.read_to_end(&mut inflated);
            read.map_err(|error| format!("its data is damaged gzip: {error}"))?;
            inflated
        }
        false => bytes,
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
    let mut opened = false;
    while let Some(Ok(value)) = values.next() {
        opened = true;
        open_in(value.get(), around, depth, out)?;
    }
    if !opened && !text.trim().is_empty() {
        text.lines().for_each(|line| out.push(line.as_bytes(), around.event()));
    }
    Ok(())
}

impl Around<'_> {
    fn event(&self) -> Event {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Event { stream: own(self.stream), log: own(self.log), ..Event::default() }
    }
}

/// The message of an object that is one log event as an API or a delivery gives it, and what it
/// tells besides.
fn told_event<'a>(object: &Object<'a>) -> Option<(Cow<'a, str>, Event)> {
    let text = |key: &str| object.get(key).and_then(|raw| text_of(raw));
    let owned = |key: &str| text(key).map(Cow::into_owned);
    // A row of a result of Logs Insights.
    if let Some(raw) = object.get("@message") {
        let message = text_of(raw).unwrap_or(Cow::Borrowed(raw.get()));
        let event = Event {
            time: object.get("@timestamp").and_then(|raw| time_of(raw)),
            ingested: object.get("@ingestionTime").and_then(|raw| time_of(raw)),
            stream: owned("@logStream"),
            log: owned("@log"),
            id: None,
        };
        return Some((message, event));
    }
    let message = text("message")?;
    let bare = object.len() == 1;
    let event = object.contains_key("timestamp")
        && object.keys().all(|key| EVENT_KEYS.contains(&key.as_ref()))
        && (object.contains_key("ingestionTime")
            || ["id", "eventId"].iter().any(|key| object.contains_key(*key)));
    if !bare && !event {
        return None;
    }
    let told = Event {
        time: object.get("timestamp").and_then(|raw| time_of(raw)),
        ingested: object.get("ingestionTime").and_then(|raw| time_of(raw)),
        stream: owned("logStreamName").or_else(|| owned("logStream")),
        log: None,
        id: owned("eventId").or_else(|| owned("id")),
    };
    Some((message, told))
}

/// The text that a JSON value is.
fn text_of(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Cow<'_, str>>(raw.get()).ok()
}

/// The time that a delivery tells: milliseconds, or a text.
fn time_of(raw: &RawValue) -> Option<Timestamp> {
    if let Ok(millis) = raw.get().parse() {
        return Some(millis);
    }
    clock::of_value(&Value::of_json(serde_json::from_str(raw.get()).ok()?))
}
