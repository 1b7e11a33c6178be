//! Events of a table of CSV: what the console of CloudWatch downloads.

use std::io;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{EventReader, EventText};
use crate::data::Value;
use crate::data::text::printable;
use crate::data::time::Timestamp;
use crate::readers::events::Event;
use crate::readers::messages::clock;
use crate::readers::reader::Stream;

/// What a column of such a table tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    Message,
    Time,
    Ingested,
    Stream,
    Log,
    Id,
    Nothing,
}

/// Source: downloads of the console and of Logs Insights, and the names of the API.
fn tells(name: &str) -> Tells {
    match name.trim_start_matches('\u{feff}').trim() {
        "message" | "@message" => Tells::Message,
        "timestamp" | "@timestamp" => Tells::Time,
        "ingestionTime" | "@ingestionTime" => Tells::Ingested,
        "logStreamName" | "logStream" | "@logStream" => Tells::Stream,
        "@log" => Tells::Log,
        "eventId" | "id" => Tells::Id,
        _ => Tells::Nothing,
    }
}

/// Whether the first line of a text is the header of such a table.
pub fn is_table(line: &[u8]) -> bool {
    // A reader of CSV takes longer to make than most lines to be told.
    if !line.contains(&b',') {
        return false;
    }
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(line);
    let mut record = ByteRecord::new();
    if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
        return false;
    }
    let told: Vec<Tells> = record.iter().map(|name| tells(&printable(name))).collect();
    told.contains(&Tells::Message) && told.contains(&Tells::Time)
}

/// Reads the rows of a table as events.
pub struct TableEvents {
    rows: Reader<Stream>,
    columns: Option<Vec<Tells>>,
    record: ByteRecord,
    events: u64,
    done: bool,
}

impl TableEvents {
    /// From the start of a stream.
    pub fn new(input: Stream) -> TableEvents {
        let rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input);
        TableEvents { rows, columns: None, record: ByteRecord::new(), events: 0, done: false }
    }

    fn put(&self, columns: &[Tells], out: &mut EventText) {
        let mut message = None;
        let mut event = Event::default();
        for (value, tells) in self.record.iter().zip(columns) {
            let text = || Some(printable(value).into_owned()).filter(|text| !text.is_empty());
            match tells {
                Tells::Message => message = Some(value),
                Tells::Time => event.time = time_of(value),
                Tells::Ingested => event.ingested = time_of(value),
                Tells::Stream => event.stream = text(),
                Tells::Log => event.log = text(),
                Tells::Id => event.id = text(),
                Tells::Nothing => {}
            }
        }
        let line = self.record.position().map_or(0, |at| at.line().saturating_sub(1));
        let Some(message) = message else {
            out.bad.push((line, "this row of the table has no message".to_owned()));
            return;
        };
        let message = message.strip_suffix(b"\n").unwrap_or(message);
        out.push(message.strip_suffix(b"\r").unwrap_or(message), event);
    }
}

/// A time of the table; a spreadsheet may have written milliseconds as `1.7284E+12`.
fn time_of(value: &[u8]) -> Option<Timestamp> {
    let text = printable(value);
    clock::of_value(&Value::text(&text)).or_else(|| {
        let number: f64 = text.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
        clock::of_value(&Value::Float(number))
    })
}

impl EventReader for TableEvents {
    fn next(&mut self, bytes: usize) -> (EventText, Option<io::Error>) {
        let mut out = EventText { before: self.events, ..EventText::default() };
        let begin = self.rows.position().byte();
        let mut fault = None;
        while out.text.len() < bytes {
            match self.rows.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => {
                    self.done = true;
                    break;
                }
                Err(error) => {
                    self.done = true;
                    fault = Some(io::Error::other(error));
                    break;
                }
            }
            match self.columns.take() {
                None => {
                    self.columns =
                        Some(self.record.iter().map(|name| tells(&printable(name))).collect())
                }
                Some(columns) => {
                    self.put(&columns, &mut out);
                    self.columns = Some(columns);
                }
            }
        }
        out.bytes = self.rows.position().byte().saturating_sub(begin);
        self.events += out.messages.len() as u64;
        (out, fault)
    }

    fn count(&self) -> u64 {
        self.events
    }

    fn is_done(&self) -> bool {
        self.done
    }
}
