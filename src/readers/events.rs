//! Blocks of log events whose fields are discovered in their messages.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use super::deliveries::EventText;
use super::layout::{Origin, UNKNOWN};
use super::lines::{Minute, PREFIX, is_blank};
use super::messages::clock::{self, TIME_KEYS};
use super::messages::{self, Wanted};
use crate::data::batch::pointers;
use crate::data::time::Timestamp;
use crate::data::{Column, Position, RecordBlock, Slot, TextColumn, Value, Word};
use crate::readers::log_format::LogFormat;
use crate::readers::{fields, kind};
use crate::registry::Named;

/// Where the value of a slot comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Timestamp,
    IngestionTime,
    Message,
    LogStream,
    Log,
    Account,
    Region,
    EventId,
    Pointer,
    /// A field of the message, by its place in a row.
    Field(usize),
    Missing,
}

/// What a scan must know to decode the fields of a query from messages.
#[derive(Debug)]
pub struct EventLayout {
    sources: Vec<Source>,
    wanted: Wanted,
    /// Where in a row the values begin that may be the time of the event, if it is asked for.
    times: Option<usize>,
    /// The log stream of events whose delivery tells none.
    stream: Arc<str>,
    /// `account:group`, as `@log` has it.
    log: Arc<str>,
    /// Where the events come from.
    origin: Origin,
    /// The formats of flow log records in messages.
    formats: Vec<Arc<LogFormat>>,
    seen: Arc<Seen>,
}

/// What the decoding of messages met; shared by all files of a scan.
#[derive(Debug, Default)]
pub struct Seen {
    /// By slot: whether messages were looked at for its field, and whether one had it.
    pub fields: Vec<(AtomicBool, AtomicBool)>,
    /// Messages that have a wanted field behind those that are discovered.
    pub over: AtomicU64,
    /// Messages that begin as a JSON object and are none.
    pub broken: AtomicU64,
    /// Messages that look like flow log records in a format that nobody told.
    pub unformatted: AtomicU64,
}

impl EventLayout {
    /// The layout for the fields of a query, named by slot; `timed` says that the times of events
    /// are needed besides. `stream` is the log stream of the file and `origin` where its events come
    /// from, as long as the delivery of an event tells no other; `formats` are those of flow log records that
    /// may stand in messages.
    pub fn new(
        names: &[String],
        timed: bool,
        (stream, origin): (Arc<str>, Origin),
        formats: Vec<Arc<LogFormat>>,
        seen: Arc<Seen>,
    ) -> EventLayout {
        let mut wanted: Vec<(&str, usize)> = Vec::new();
        let mut places = 0;
        let mut source = |name: &'_ str| match name {
            "" => Source::Missing,
            "@timestamp" => Source::Timestamp,
            "@ingestionTime" => Source::IngestionTime,
            "@message" => Source::Message,
            "@logStream" => Source::LogStream,
            "@log" => Source::Log,
            "@aws.account" => Source::Account,
            "@aws.region" => Source::Region,
            "@ptr" => Source::Pointer,
            "@eventId" => Source::EventId,
            _ => {
                places += 1;
                Source::Field(places - 1)
            }
        };
        let sources: Vec<Source> = names.iter().map(|name| source(name)).collect();
        for (name, source) in names.iter().zip(&sources) {
            let Source::Field(place) = source else { continue };
            wanted.push((name, *place));
            // In logs of several kinds a name may be an alias here: `start`, `startTime`.
            if let Some(field) = fields::find(name).and_then(|id| fields::FIELDS.get(id)) {
                let names = std::iter::once(&field.name).chain(field.aliases());
                wanted.extend(names.filter(|own| *own != name).map(|own| (*own, *place)));
            }
        }
        let times = (timed || sources.contains(&Source::Timestamp)).then_some(places);
        if let Some(first) = times {
            wanted.extend(TIME_KEYS.iter().enumerate().map(|(at, key)| {
                // A key that begins with `@` is addressed with one more.
                (if *key == "@timestamp" { "@@timestamp" } else { key }, first + at)
            }));
        }
        let log = String::from_utf8_lossy(&origin.log_of()(UNKNOWN)).into();
        let wanted = Wanted::new(wanted);
        EventLayout { wanted, sources, times, stream, log, origin, formats, seen }
    }

    fn source(&self, slot: Slot) -> Source {
        self.sources.get(slot).copied().unwrap_or(Source::Missing)
    }
}

/// What a delivery tells of one event besides its message.
#[derive(Debug, Default)]
pub struct Event {
    /// Its time.
    pub time: Option<Timestamp>,
    /// When CloudWatch took it in.
    pub ingested: Option<Timestamp>,
    /// Its log stream.
    pub stream: Option<String>,
    /// Account and log group, as `@log` has them.
    pub log: Option<String>,
    /// Its ID.
    pub id: Option<String>,
}

/// The same of many events; each list is empty or has one entry an event.
#[derive(Debug, Default)]
pub struct Told {
    times: Vec<Option<Timestamp>>,
    ingested: Vec<Option<Timestamp>>,
    streams: Vec<Option<String>>,
    logs: Vec<Option<String>>,
    ids: Vec<Option<String>>,
}

impl Told {
    /// Adds what is told of one more event.
    pub fn push(&mut self, event: Event) {
        self.times.push(event.time);
        self.ingested.push(event.ingested);
        self.streams.push(event.stream);
        self.logs.push(event.log);
        self.ids.push(event.id);
    }
}

/// Some log events.
#[derive(Debug)]
pub struct EventBlock {
    text: Arc<Vec<u8>>,
    messages: Vec<(u32, u32)>,
    told: Told,
    /// The position of the first byte of the text, or of the first event where they are counted.
    base: Position,
    counted: bool,
    layout: Arc<EventLayout>,
    decoded: OnceLock<First>,
}

/// The columns of some events.
#[derive(Debug)]
struct Decoded {
    fields: Vec<Column>,
    times: Option<Column>,
}

/// What was decoded first, which is all that is asked for again.
#[derive(Debug)]
struct First {
    decoded: Decoded,
    /// Where in it each event is, `u32::MAX` where it is not; `None` where it holds all in order.
    places: Option<Vec<u32>>,
}

impl EventBlock {
    /// Every line in a range of a text that is not blank is an event. The range starts at the start
    /// of a line and ends with a line end; `base` is the position of the first byte of the text;
    /// `prefixed` says that lines may begin with a time that is no part of the message.
    pub fn of_lines(
        text: Arc<Vec<u8>>,
        range: Range<usize>,
        base: Position,
        prefixed: bool,
        layout: Arc<EventLayout>,
    ) -> EventBlock {
        let mut messages = Vec::new();
        let mut told = Told::default();
        let mut minute = Minute::default();
        let mut start = range.start;
        for at in memchr::memchr_iter(b'\n', text.get(range.clone()).unwrap_or_default()) {
            let newline = range.start + at;
            let line = &text[start..newline];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !is_blank(line) {
                let time = if prefixed { minute.prefix(line) } else { None };
                let from = if time.is_some() { start + PREFIX } else { start };
                messages.push((from as u32, (start + line.len()) as u32));
                if prefixed {
                    told.times.push(time);
                }
            }
            start = newline + 1;
        }
        let (counted, decoded) = (false, OnceLock::new());
        EventBlock { text, messages, told, base, counted, layout, decoded }
    }

    /// The events of a delivery; `base` is the position of the first, the others follow one by one.
    pub fn of_delivery(events: EventText, base: Position, layout: Arc<EventLayout>) -> EventBlock {
        let EventText { text, messages, told, .. } = events;
        let (counted, decoded) = (true, OnceLock::new());
        EventBlock { text: Arc::new(text), messages, told, base, counted, layout, decoded }
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The time of every event, as `@timestamp` has it; the layout must know that it is needed.
    pub fn timestamps(&self) -> Column {
        self.times(None)
    }

    fn times(&self, rows: Option<&[u32]>) -> Column {
        let len = rows.map_or(self.len(), <[u32]>::len);
        self.decoded(rows, |decoded| decoded.times.clone().unwrap_or_else(|| Column::missing(len)))
    }

    /// A column of what is decoded for some events. Messages are read once for all fields that are
    /// wanted, for no other events than are asked for first.
    fn decoded(&self, rows: Option<&[u32]>, column: impl Fn(&Decoded) -> Column) -> Column {
        let first = self.decoded.get_or_init(|| First {
            decoded: self.decode(rows),
            places: rows.map(|rows| {
                let mut places = vec![u32::MAX; self.len()];
                rows.iter().zip(0..).for_each(|(row, place)| places[*row as usize] = place);
                places
            }),
        });
        let picked: Vec<u32> = match (&first.places, rows) {
            (None, None) => return column(&first.decoded),
            (None, Some(rows)) => rows.to_vec(),
            (Some(places), rows) => self.each(rows, |row| places[row]),
        };
        if picked.contains(&u32::MAX) {
            return column(&self.decode(rows));
        }
        let column = column(&first.decoded);
        let same =
            picked.len() == column.len() && picked.iter().copied().eq(0..column.len() as u32);
        if same { column } else { column.take(&picked) }
    }

    fn message(&self, row: usize) -> &[u8] {
        let (start, end) = self.messages[row];
        &self.text[start as usize..end as usize]
    }

    fn decode(&self, rows: Option<&[u32]>) -> Decoded {
        let layout = &self.layout;
        let events = self.each(rows, |row| row);
        let count = layout.times.unwrap_or(layout.wanted.len());
        let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(events.len()); count];
        let mut times = Vec::new();
        let mut row = vec![Value::Missing; layout.wanted.len()];
        for event in events {
            let message = self.message(event);
            let found = match layout.wanted.is_empty() {
                true => None,
                false => messages::read(message, &layout.formats, &layout.wanted, &mut row),
            };
            self.note(message, found);
            if let Some(first) = layout.times {
                let told = self.told.times.get(event).copied().flatten();
                let own = || row[first..].iter().find_map(clock::of_value);
                times.push(told.or_else(own).or_else(|| messages::time_in_front(message)));
            }
            for (column, value) in columns.iter_mut().zip(&mut row) {
                column.push(std::mem::replace(value, Value::Missing));
            }
            row.fill(Value::Missing);
        }
        let times = layout.times.map(|_| {
            let valid = times.iter().any(Option::is_none);
            let valid = valid.then(|| times.iter().map(Option::is_some).collect());
            Column::Time(times.into_iter().map(Option::unwrap_or_default).collect(), valid)
        });
        let fields: Vec<Column> = columns.into_iter().map(Column::from_values).collect();
        for (source, (looked, found)) in layout.sources.iter().zip(&layout.seen.fields) {
            if let Source::Field(place) = source {
                let there =
                    |column: &Column| !matches!(column, Column::Constant(Value::Missing, _));
                looked.store(true, Relaxed);
                found.fetch_or(fields.get(*place).is_some_and(there), Relaxed);
            }
        }
        Decoded { fields, times }
    }

    /// Counts what a person should know of.
    fn note(&self, message: &[u8], found: Option<messages::Found>) {
        if found.is_some_and(|found| found.over) {
            self.layout.seen.over.fetch_add(1, Relaxed);
        }
        if found.is_none() && !self.layout.wanted.is_empty() {
            if message.first() == Some(&b'{') {
                self.layout.seen.broken.fetch_add(1, Relaxed);
            } else if kind::looks_like_flow(message) {
                self.layout.seen.unformatted.fetch_add(1, Relaxed);
            }
        }
    }

    fn each<T>(&self, rows: Option<&[u32]>, of: impl FnMut(usize) -> T) -> Vec<T> {
        match rows {
            None => (0..self.len()).map(of).collect(),
            Some(rows) => rows.iter().map(|row| *row as usize).map(of).collect(),
        }
    }

    fn positions_of(&self, rows: Option<&[u32]>) -> Vec<Position> {
        self.each(rows, |row| match self.counted {
            true => self.base + row as u64,
            false => self.base + u64::from(self.messages[row].0),
        })
    }

    /// A column of what a delivery tells; `own` where it tells nothing.
    fn told(&self, told: &[Option<String>], own: Option<&str>, rows: Option<&[u32]>) -> Column {
        if told.iter().all(Option::is_none) {
            let len = rows.map_or(self.len(), <[u32]>::len);
            return own.map_or(Column::missing(len), |own| Column::Constant(Value::text(own), len));
        }
        let text = |row: usize| told.get(row).and_then(Option::as_deref).or(own);
        Column::Text(self.each(rows, text).into_iter().collect())
    }

    fn ingestion_times(&self, rows: Option<&[u32]>) -> Column {
        let times = self.each(rows, |row| self.told.ingested.get(row).copied().flatten());
        Column::from_values(
            times.into_iter().map(|time| time.map_or(Value::Missing, Value::Time)).collect(),
        )
    }
}

impl RecordBlock for EventBlock {
    fn column(&self, slot: Slot, rows: Option<&[u32]>) -> Column {
        let len = rows.map_or(self.len(), <[u32]>::len);
        match self.layout.source(slot) {
            Source::Timestamp => self.times(rows),
            Source::IngestionTime => self.ingestion_times(rows),
            Source::Missing => Column::missing(len),
            Source::Message => {
                let word = |row: usize| {
                    let (start, end) = self.messages[row];
                    Word::of(&self.text, start as usize, end as usize)
                };
                let words = self.each(rows, word);
                Column::Text(TextColumn { words, buffer: Arc::clone(&self.text), interned: false })
            }
            Source::LogStream => self.told(&self.told.streams, Some(&self.layout.stream), rows),
            Source::Log => self.told(&self.told.logs, Some(&self.layout.log), rows),
            Source::Account if self.told.logs.iter().all(Option::is_none) => {
                self.layout.origin.account_column(len)
            }
            Source::Account => {
                let log = |row: usize| self.told.logs.get(row).and_then(Option::as_deref);
                let account = |row| log(row).and_then(|log| log.split_once(':')).map(|it| it.0);
                let known = |account: &str| account.as_bytes() != UNKNOWN;
                let own = self.layout.origin.account.as_deref();
                let text = |row| account(row).filter(|account| known(account)).or(own);
                Column::Text(self.each(rows, text).into_iter().collect())
            }
            Source::Region => self.layout.origin.region_column(len),
            Source::EventId => self.told(&self.told.ids, None, rows),
            Source::Pointer => pointers(&self.positions_of(rows)),
            Source::Field(place) => self.decoded(rows, |decoded| {
                decoded.fields.get(place).cloned().unwrap_or_else(|| Column::missing(len))
            }),
        }
    }

    fn positions(&self, rows: Option<&[u32]>) -> Vec<Position> {
        self.positions_of(rows)
    }
}

/// The fields of messages by name and the shapes of the messages, each in the order they are met.
pub fn survey<'a>(
    messages: impl Iterator<Item = &'a [u8]>,
    formats: &[Arc<LogFormat>],
) -> (Vec<String>, Vec<&'static str>) {
    let mut names: Vec<String> = Vec::new();
    let mut shapes = Vec::new();
    let mut known = std::collections::HashSet::new();
    for message in messages {
        let mut each = |name: &str| {
            if known.insert(name.to_owned()) {
                names.push(name.to_owned());
            }
        };
        let message = message.strip_suffix(b"\r").unwrap_or(message);
        let shape = messages::names(message, formats, &mut each);
        if let Some(shape) = shape.filter(|shape| !shapes.contains(shape)) {
            shapes.push(shape);
        }
    }
    (names, shapes)
}
