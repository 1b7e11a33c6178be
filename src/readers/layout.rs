//! Layouts: where in a line the fields of a query stand, and how a value there is read.

use std::sync::Arc;

use super::separators::PADDING;
use crate::data::{Column, Value};
use crate::readers::fields::{self, FIELDS, FieldKind};
use crate::readers::log_format::LogFormat;

/// Where the value of a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The whole number at a place of the line.
    Integer(usize),
    /// The address at a place of the line.
    Address(usize),
    /// Any text at a place of the line.
    Text(usize),
    /// `@timestamp`: the time in front of the line, else the start of the flow at this place.
    Timestamp(Option<usize>),
    /// `@message`: the line.
    Message,
    /// `@logStream`: made of the interface at this place.
    LogStream(Option<usize>),
    /// `@logStream`: the transit gateway at this place.
    Gateway(usize),
    /// `@log`: made of the account at this place, and the log group.
    Log(Option<usize>),
    /// `@aws.account`: the account that owns the log group, as something else than the records tells.
    Account,
    /// `@aws.region`: the region of the log group, told so.
    Region,
    /// `@ptr`: made of the position.
    Pointer,
    /// No record of this format has the field.
    Missing,
}

/// What a scan must know of a log format to check lines and to decode the fields of a query.
#[derive(Debug)]
pub struct Layout {
    /// The format.
    pub format: Arc<LogFormat>,
    /// Where the field of each slot comes from; later slots are missing.
    pub sources: Vec<Source>,
    /// The places whose values are numbers.
    pub numeric: Vec<Run>,
    /// Where the records come from.
    pub origin: Origin,
    /// The log stream of all records, where it is told by something else than their interface.
    pub stream: Option<Arc<str>>,
    /// Whether the format was taken because nothing said otherwise.
    pub assumed: bool,
}

/// What is told of records by something else than themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The name of the log group.
    pub group: Arc<str>,
    /// The account that owns it.
    pub account: Option<Arc<str>>,
    /// Its region.
    pub region: Option<Arc<str>>,
}

impl Origin {
    /// Makes `@log` of the account of a record, `unknown` where it has none.
    pub fn log_of(&self) -> impl Fn(&[u8]) -> Vec<u8> + '_ {
        |account| {
            let own = self.account.as_deref().filter(|_| account == UNKNOWN);
            let account = own.map_or(account, str::as_bytes);
            [account, b":", self.group.as_bytes()].concat()
        }
    }

    /// `@aws.account` of so many records.
    pub fn account_column(&self, len: usize) -> Column {
        constant(self.account.as_deref(), len)
    }

    /// `@aws.region` of so many records.
    pub fn region_column(&self, len: usize) -> Column {
        constant(self.region.as_deref(), len)
    }
}

/// An account that nothing tells.
pub const UNKNOWN: &[u8] = b"unknown";

fn constant(text: Option<&str>, len: usize) -> Column {
    text.map_or_else(|| Column::missing(len), |text| Column::Constant(Value::text(text), len))
}

/// The most places of one run.
pub const RUN: usize = PADDING;

/// The bits of a length that count; lengths of values have no more.
pub const LENGTH: u32 = u32::MAX >> 1;

/// Neighbouring places whose values are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first place.
    pub from: usize,
    /// How many, from 1 to [`RUN`].
    pub len: usize,
    /// The longest value, separator included, of each place that is sure to fit 64 bits.
    pub limits: [u32; RUN],
}

impl Layout {
    /// The layout of a format for the fields of a query, named by slot.
    ///
    /// A name is a field's exact name in a query, an alias (`startTime`), a system field, or the
    /// name of an unknown column of the header. Any other name is missing.
    pub fn new(
        format: Arc<LogFormat>,
        fields: &[String],
        origin: Origin,
        stream: Option<Arc<str>>,
        assumed: bool,
    ) -> Layout {
        let sources = fields.iter().map(|name| source(&format, name, &origin)).collect();
        let numeric = numeric_runs(&format);
        Layout { format, sources, numeric, origin, stream, assumed }
    }

    /// The place of the second in which a flow begins.
    pub fn start_place(&self) -> Option<usize> {
        fields::by_wire("start").and_then(|id| self.format.position(id))
    }

    /// Where the field of a slot comes from.
    pub fn source(&self, slot: usize) -> Source {
        self.sources.get(slot).copied().unwrap_or(Source::Missing)
    }
}

fn source(format: &LogFormat, name: &str, origin: &Origin) -> Source {
    let place = |wire| fields::by_wire(wire).and_then(|id| format.position(id));
    match name {
        "@timestamp" => Source::Timestamp(place("start")),
        "@message" => Source::Message,
        "@logStream" => match (place("interface-id"), place("tgw-id")) {
            (None, Some(gateway)) => Source::Gateway(gateway),
            (interface, _) => Source::LogStream(interface),
        },
        "@log" => Source::Log(place("account-id")),
        "@aws.account" if origin.account.is_some() => Source::Account,
        "@aws.account" => place("account-id").map_or(Source::Missing, Source::Text),
        "@aws.region" if origin.region.is_some() => Source::Region,
        "@aws.region" => place("region").map_or(Source::Missing, Source::Text),
        "@ptr" => Source::Pointer,
        // Only a delivery through CloudWatch knows when an event was taken in.
        "@ingestionTime" | "@eventId" => Source::Missing,
        _ => match fields::find(name) {
            Some(id) => match (format.position(id), FIELDS[id].kind) {
                (None, _) => Source::Missing,
                (Some(at), FieldKind::Integer | FieldKind::Seconds) => Source::Integer(at),
                (Some(at), FieldKind::Address) => Source::Address(at),
                (Some(at), FieldKind::Text) => Source::Text(at),
            },
            None => format
                .names
                .iter()
                .position(|own| own == name)
                .map_or(Source::Missing, Source::Text),
        },
    }
}

/// Whether the value at a place must be a number.
pub fn is_numeric(format: &LogFormat, place: usize) -> bool {
    let id = format.fields.get(place).copied().flatten();
    id.is_some_and(|id| matches!(FIELDS[id].kind, FieldKind::Integer | FieldKind::Seconds))
}

fn numeric_runs(format: &LogFormat) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for place in (0..format.len()).filter(|place| is_numeric(format, *place)) {
        match runs.last_mut() {
            Some(run) if run.from + run.len == place && run.len < RUN => run.len += 1,
            _ => runs.push(Run { from: place, len: 1, limits: [LENGTH; RUN] }),
        }
        if let Some(run) = runs.last_mut() {
            run.limits[run.len - 1] = 19;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_places() {
        let format =
            LogFormat::from_header(b"version start tgw-id interface-id srcaddr bytes packets");
        let format = Arc::new(format.expect("is a header"));
        let cases = [
            ("bytes", Source::Integer(5)),
            ("startTime", Source::Integer(1)),
            ("start", Source::Integer(1)),
            ("srcAddr", Source::Address(4)),
            ("interfaceId", Source::Text(3)),
            ("tgwId", Source::Text(2)),
            ("@timestamp", Source::Timestamp(Some(1))),
            ("@message", Source::Message),
            ("@logStream", Source::LogStream(Some(3))),
            ("@log", Source::Log(None)),
            ("@aws.account", Source::Account),
            ("@aws.region", Source::Missing),
            ("@ptr", Source::Pointer),
            ("@ingestionTime", Source::Missing),
            ("srcaddr", Source::Missing),
            ("dstAddr", Source::Missing),
        ];
        let names: Vec<String> = cases.iter().map(|(name, _)| (*name).to_string()).collect();
        let account = Some("123456789012".into());
        let origin = Origin { group: "logs".into(), account, region: None };
        let layout = Layout::new(format, &names, origin, None, false);
        for (slot, (name, source)) in cases.iter().enumerate() {
            assert_eq!(layout.source(slot), *source, "{name}");
        }
        assert_eq!(layout.source(99), Source::Missing);
        let runs: Vec<_> = layout.numeric.iter().map(|run| (run.from, run.len)).collect();
        assert_eq!(runs, [(0, 2), (5, 2)]);
    }
}
