//! Events of a stream of JSON values.

use std::io::{self, Read};

use super::pieces::Pieces;
use super::{EventReader, EventText, envelope};
use crate::data::text::printable_json;
use crate::readers::reader::Stream;

/// The longest JSON value that is read, in bytes.
const LONGEST: usize = 256 << 20;

/// Reads the values of a stream of JSON and opens the envelopes among them.
pub struct JsonEvents {
    input: Stream,
    pieces: Pieces,
    buffer: Vec<u8>,
    /// Lines before the buffer.
    lines: u64,
    events: u64,
    ended: bool,
    done: bool,
}

impl JsonEvents {
    /// From the start of a stream; `key` as [`super::Delivery::Json`] has it.
    pub fn new(input: Stream, key: Option<&'static str>) -> JsonEvents {
        let (buffer, pieces) = (Vec::new(), Pieces::new(key));
        JsonEvents { input, pieces, buffer, lines: 0, events: 0, ended: false, done: false }
    }

    /// Opens all pieces of the buffer that are complete.
    fn open(&mut self, out: &mut EventText) {
        while let Some((start, end)) = self.pieces.next(&self.buffer, self.ended) {
            let piece = printable_json(&self.buffer[start..end]);
            if let Err(reason) = envelope::open(&piece, out) {
                let before = &self.buffer[..start];
                let line = self.lines + memchr::memchr_iter(b'\n', before).count() as u64;
                out.bad.push((line, reason));
            }
        }
        let gone = self.pieces.needed();
        self.lines += memchr::memchr_iter(b'\n', &self.buffer[..gone]).count() as u64;
        self.buffer.drain(..gone);
        self.pieces.shift(gone);
    }
}

impl EventReader for JsonEvents {
    fn next(&mut self, bytes: usize) -> (EventText, Option<io::Error>) {
        let mut out = EventText { before: self.events, ..EventText::default() };
        let mut fault = None;
        while !self.ended && out.messages.is_empty() && fault.is_none() {
            match (&mut self.input).take(bytes as u64).read_to_end(&mut self.buffer) {
                Ok(count) => {
                    self.ended = count < bytes;
                    out.bytes += count as u64;
                }
                Err(error) => fault = Some(error),
            }
            self.open(&mut out);
            if self.buffer.len() > LONGEST {
                fault = Some(io::Error::other("a JSON value is longer than 256 MiB"));
            }
        }
        self.events += out.messages.len() as u64;
        self.done = self.ended || fault.is_some();
        (out, fault)
    }

    fn count(&self) -> u64 {
        self.events
    }

    fn is_done(&self) -> bool {
        self.done
    }
}
