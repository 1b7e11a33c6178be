//! Deliveries: log events that come in envelopes of JSON or in a table of CSV, in one order.

pub mod envelope;
mod json;
mod pieces;
mod table;

use std::io;

use super::events::{Event, Told};
use super::reader::Stream;

pub use json::JsonEvents;
pub use table::{TableEvents, is_table};

/// What log events come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// JSON values: envelopes that hold events, or values that are events themselves; of objects at
    /// the top the items of the array under the key, if there is one.
    Json(Option<&'static str>),
    /// A table of CSV with a column `message` or `@message`.
    Table,
}

impl Delivery {
    /// Reads the events of a stream from its start.
    pub fn read(self, input: Stream) -> Box<dyn EventReader> {
        match self {
            Delivery::Json(key) => Box::new(JsonEvents::new(input, key)),
            Delivery::Table => Box::new(TableEvents::new(input)),
        }
    }
}

/// Reads log events in the order they come.
pub trait EventReader: Send {
    /// The next events, about `bytes` of them; with an error come those in front of it, and nothing
    /// comes after it.
    fn next(&mut self, bytes: usize) -> (EventText, Option<io::Error>);

    /// How many were delivered.
    fn count(&self) -> u64;

    /// Whether all were delivered.
    fn is_done(&self) -> bool;
}

/// Some log events and their messages.
#[derive(Debug, Default)]
pub struct EventText {
    /// The messages, one after the other.
    pub text: Vec<u8>,
    /// Where in the text each message lies.
    pub messages: Vec<(u32, u32)>,
    /// What the delivery tells of each.
    pub told: Told,
    /// How many events came before the first.
    pub before: u64,
    /// Bytes of the input that they took.
    pub bytes: u64,
    /// Messages that only say that a delivery works.
    pub controls: u64,
    /// What could not be read: the line where it begins, counted from 0, and why.
    pub bad: Vec<(u64, String)>,
}

impl EventText {
    /// The messages.
    pub fn messages(&self) -> impl Iterator<Item = &[u8]> {
        let message = |&(start, end): &(u32, u32)| self.text.get(start as usize..end as usize);
        self.messages.iter().filter_map(message)
    }

    /// Adds an event.
    pub fn push(&mut self, message: &[u8], event: Event) {
        let start = self.text.len();
        self.text.extend_from_slice(message);
        self.messages.push((start as u32, self.text.len() as u32));
        self.told.push(event);
    }
}
