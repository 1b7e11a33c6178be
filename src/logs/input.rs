//! Log inputs: one file or another source of bytes, what its records are, and its text.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::readers::columnar::ColumnFile;
use crate::readers::deliveries::Delivery;
use crate::readers::lines;
use crate::readers::log_format::LogFormat;
use crate::readers::reader::{Reader, Stream};
use crate::readers::source::{Bytes, block_at};

/// Where the bytes of an input are.
pub(super) enum Place {
    File,
    Memory(Arc<Vec<u8>>),
    /// A stream that can be read once: by the first scan.
    Once(Mutex<Option<Stream>>),
}

/// One file of logs, or another source of bytes.
pub struct LogInput {
    /// Its path, `-` for standard input, a name for logs in memory.
    pub path: PathBuf,
    /// The log group it belongs to.
    pub group: Arc<str>,
    /// Bytes on disk, before decompression; 0 where that is not known.
    pub size: u64,
    /// What its records are.
    pub kind: Kind,
    pub(super) reader: &'static Reader,
    /// How often it was compressed: a delivery may compress what is compressed already.
    pub(super) layers: usize,
    pub(super) place: Place,
    /// Bytes in front of it, where it is a later part of a file.
    pub(super) behind: u64,
}

/// What the records of a file are.
pub enum Kind {
    /// Lines of flow log records.
    Flow(FlowKind),
    /// Lines that are events of their own.
    Events(EventKind),
    /// No logs, or none that can be read, and why.
    LeftOut(String),
}

/// A file of flow log records.
pub struct FlowKind {
    /// The format of its first records.
    pub format: Arc<LogFormat>,
    /// Whether the default format was taken because nothing told another one.
    pub assumed: bool,
    /// Whether lines begin with a time, as in an export of CloudWatch.
    pub prefixed: bool,
    /// Why the assumed format may be a wrong one, where its first record looks like another.
    pub doubt: Option<String>,
    /// The log stream of its records, where the place of the file tells it.
    pub stream: Option<Arc<str>>,
    /// The columns of a file that holds its records so, and not as lines.
    pub columns: Option<Arc<dyn ColumnFile>>,
    pub(super) sections: OnceLock<Vec<Section>>,
}

/// A file of events whose fields are discovered in their messages.
pub struct EventKind {
    /// The log stream of its events.
    pub stream: Arc<str>,
    /// Whether lines begin with a time that is no part of the message.
    pub prefixed: bool,
    /// The fields of its first messages, by name.
    pub names: Vec<String>,
    /// The shapes of its first messages that have fields.
    pub shapes: Vec<&'static str>,
    /// What its events come in, where they are no lines.
    pub delivery: Option<Delivery>,
}

/// Where in a text a format begins to hold.
pub type Section = (u64, Arc<LogFormat>);

impl FlowKind {
    /// The formats of the text by where they begin to hold, the first at 0; only the first one
    /// until [`LogInput::survey`] has looked for more.
    pub fn sections(&self) -> Vec<Section> {
        self.sections.get().cloned().unwrap_or_else(|| vec![(0, Arc::clone(&self.format))])
    }

    /// Whether [`LogInput::survey`] was done.
    pub fn is_surveyed(&self) -> bool {
        self.sections.get().is_some()
    }
}

impl LogInput {
    /// Whether it is a file of lines as they stand, to the end of which more may be written.
    pub(super) fn is_plain(&self) -> bool {
        let lines = self.columns().is_none() && self.delivery().is_none() && !self.is_left_out();
        lines && self.reader.decode.is_none() && matches!(self.place, Place::File)
    }

    /// What was written behind so many bytes of it, as an input of its own.
    pub(super) fn part(&self, from: u64, bytes: Vec<u8>) -> LogInput {
        let kind = match &self.kind {
            Kind::Flow(flow) => {
                let format =
                    flow.sections().pop().map_or_else(|| Arc::clone(&flow.format), |it| it.1);
                Kind::Flow(FlowKind {
                    format,
                    assumed: flow.assumed,
                    prefixed: flow.prefixed,
                    doubt: None,
                    stream: flow.stream.clone(),
                    columns: None,
                    sections: OnceLock::new(),
                })
            }
            Kind::Events(events) => Kind::Events(EventKind {
                stream: Arc::clone(&events.stream),
                prefixed: events.prefixed,
                names: events.names.clone(),
                shapes: events.shapes.clone(),
                delivery: None,
            }),
            Kind::LeftOut(reason) => Kind::LeftOut(reason.clone()),
        };
        LogInput {
            path: self.path.clone(),
            group: Arc::clone(&self.group),
            size: bytes.len() as u64,
            kind,
            reader: self.reader,
            layers: 0,
            place: Place::Memory(Arc::new(bytes)),
            behind: from,
        }
    }

    /// Where it is, for people.
    pub(super) fn place_name(&self) -> PathBuf {
        match self.behind {
            0 => self.path.clone(),
            bytes => format!("{} (behind byte {bytes})", self.path.display()).into(),
        }
    }

    /// What it is, in a few words: flow log, events, JSON …
    pub fn kind_name(&self) -> &'static str {
        match (&self.kind, self.delivery()) {
            (Kind::Flow(flow), _) if flow.columns.is_some() => "flow log in Parquet",
            (Kind::Flow(flow), _) if flow.prefixed => "flow log, exported",
            (Kind::Flow(_), _) => "flow log",
            (_, Some(Delivery::Json(_))) => "events in JSON",
            (_, Some(Delivery::Table)) => "events in CSV",
            (Kind::Events(events), None) if events.prefixed => "events, exported",
            (Kind::Events(_), None) => "events",
            (Kind::LeftOut(_), _) => "left out",
        }
    }

    /// How it is compressed, `none` where it is not.
    pub fn compression(&self) -> &str {
        if let Some(columns) = self.columns() {
            return columns.compression();
        }
        match self.reader.decode {
            Some(_) => self.reader.name,
            None => "none",
        }
    }

    /// What its records are: the format of a flow log, the shapes of messages.
    pub fn format_name(&self) -> String {
        match &self.kind {
            Kind::Flow(flow) => {
                let [default, gateway] = LogFormat::defaults();
                let name = match &*flow.format {
                    format if *format == **default => "default".to_owned(),
                    format if *format == **gateway => "transit gateway".to_owned(),
                    format => format!("{} fields", format.len()),
                };
                let more = flow.sections().len() - 1;
                if more > 0 { format!("{name} and {more} more") } else { name }
            }
            Kind::Events(events) if events.shapes.is_empty() => "text".to_owned(),
            Kind::Events(events) => events.shapes.join(", "),
            Kind::LeftOut(_) => String::new(),
        }
    }

    /// What is known of it as a file of flow log records, where it is one.
    pub fn flow(&self) -> Option<&FlowKind> {
        match &self.kind {
            Kind::Flow(flow) => Some(flow),
            _ => None,
        }
    }

    /// Its columns, where its records are no lines.
    pub fn columns(&self) -> Option<&Arc<dyn ColumnFile>> {
        self.flow()?.columns.as_ref()
    }

    /// What its events come in, where they are no lines.
    pub fn delivery(&self) -> Option<Delivery> {
        match &self.kind {
            Kind::Events(events) => events.delivery,
            _ => None,
        }
    }

    /// Whether it is not read.
    pub fn is_left_out(&self) -> bool {
        matches!(self.kind, Kind::LeftOut(_))
    }

    /// The bytes, where any part of them can be read at any time; `None` for a stream.
    ///
    /// # Errors
    /// Why the file cannot be opened.
    pub fn bytes(&self) -> io::Result<Option<Bytes>> {
        Ok(match &self.place {
            _ if self.reader.decode.is_some() => None,
            Place::Once(_) => None,
            Place::Memory(bytes) => Some(Bytes::Memory(Arc::clone(bytes))),
            Place::File => Some(Bytes::File(File::open(&self.path)?)),
        })
    }

    /// Whether its records come in one order only.
    pub fn is_stream(&self) -> bool {
        self.reader.decode.is_some()
            || matches!(self.place, Place::Once(_))
            || self.delivery().is_some()
    }

    /// The text from the start; `count` is told of all bytes that are read from the disk.
    ///
    /// # Errors
    /// Why the file cannot be opened, or that the stream was read before.
    pub fn stream(&self, count: impl Fn(usize) + Send + 'static) -> io::Result<Stream> {
        let raw: Stream = match &self.place {
            Place::File => Box::new(File::open(&self.path)?.take(self.size)),
            Place::Memory(bytes) => Box::new(Cursor::new(Shared(Arc::clone(bytes)))),
            Place::Once(stream) => {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                stream.ok_or_else(|| io::Error::other("it can be read only once"))?
            }
        };
        let raw = Counted { input: raw, count };
        Ok(decoded(Box::new(raw), self.reader, self.layers))
    }

    /// Reads all of a plain file to find every header that changes the format.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn survey(&self) -> io::Result<()> {
        const BLOCK: usize = 1 << 20;
        let Some(flow) = self.flow().filter(|flow| !flow.is_surveyed()) else { return Ok(()) };
        let Some(bytes) = self.bytes()? else { return Ok(()) };
        let mut sections = vec![(0, Arc::clone(&flow.format))];
        let mut format = Arc::clone(&flow.format);
        let mut buffer = Vec::new();
        for block in 0..self.size.div_ceil(BLOCK as u64) {
            let found = block_at(&bytes, self.size, block, BLOCK, buffer)?;
            let (changes, _) =
                lines::changes(&found.text, found.from, found.to, flow.prefixed, &format);
            for (at, changed) in changes {
                sections.push((found.offset + at as u64, Arc::clone(&changed)));
                format = changed;
            }
            buffer = found.text;
        }
        let _ = flow.sections.set(sections);
        Ok(())
    }
}

/// The text of bytes that were compressed so many times.
pub(super) fn decoded(raw: Stream, reader: &Reader, layers: usize) -> Stream {
    let Some(decode) = reader.decode else { return raw };
    (0..layers).fold(raw, |raw, _| decode(Box::new(BufReader::with_capacity(128 * 1024, raw))))
}

/// Bytes in memory that a cursor can read.
pub(super) struct Shared(pub(super) Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Counts what is read.
struct Counted<F> {
    input: Stream,
    count: F,
}

impl<F: Fn(usize)> Read for Counted<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        (self.count)(read);
        Ok(read)
    }
}
