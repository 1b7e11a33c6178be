//! Templates: messages that differ in their values only, with what is known of them.

use std::collections::BTreeMap;

use super::tokens::{Kind, pieces, pieces_of_key};
use crate::data::Position;
use crate::data::time::{TimeRange, Timestamp};

/// With more values than this, a place of a template is not watched any more.
const WATCHED: usize = 64;

/// When a message was: its time, and whether that lies in the time range of the query and in the
/// earlier one.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub(super) time: Timestamp,
    pub(super) periods: [bool; 2],
}

impl When {
    /// Where nobody compares.
    pub(super) const NOW: When = When { time: 0, periods: [true, false] };
}

/// A message that was kept, and how often it came.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    hash: u64,
    /// The message.
    pub(super) text: Box<[u8]>,
    /// How often it came.
    pub(super) times: u64,
}

/// The messages with the least hashes, whatever their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples(pub(super) Vec<Sample>);

impl Samples {
    /// Keeps a message, where it is among the first; the bytes that it takes.
    pub(super) fn keep(&mut self, hash: u64, text: &[u8], times: u64, most: usize) -> usize {
        let full = self.0.len() >= most;
        if full && self.0.last().is_none_or(|last| last.hash < hash) {
            return 0;
        }
        match self
            .0
            .binary_search_by(|known| known.hash.cmp(&hash).then_with(|| (*known.text).cmp(text)))
        {
            Ok(at) => {
                self.0[at].times += times;
                0
            }
            Err(at) => {
                self.0.insert(at, Sample { hash, text: text.into(), times });
                self.0.truncate(most);
                if full { 0 } else { text.len() + size_of::<Sample>() }
            }
        }
    }
}

/// How often something came in both time ranges, and when first and last.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) counts: [u64; 2],
    pub(super) times: [TimeRange; 2],
}

impl Default for Seen {
    fn default() -> Seen {
        const NEVER: TimeRange = TimeRange { start: i64::MAX, end: i64::MIN };
        Seen { counts: [0; 2], times: [NEVER; 2] }
    }
}

impl Seen {
    pub(super) fn add(&mut self, when: &When) {
        for (period, is) in when.periods.iter().enumerate() {
            if *is {
                self.counts[period] += 1;
                self.widen(period, TimeRange { start: when.time, end: when.time });
            }
        }
    }

    pub(super) fn absorb(&mut self, other: &Seen) {
        for period in 0..2 {
            self.counts[period] += other.counts[period];
            self.widen(period, other.times[period]);
        }
    }

    fn widen(&mut self, period: usize, by: TimeRange) {
        let own = &mut self.times[period];
        own.start = own.start.min(by.start);
        own.end = own.end.max(by.end);
    }

    pub(super) fn total(&self) -> u64 {
        self.counts[0] + self.counts[1]
    }
}

/// The values of one place of a template; `None` where there are too many.
pub(super) type Values = Option<BTreeMap<Box<[u8]>, Seen>>;

/// Messages that differ in their values only.
#[derive(Clone, Debug, Default)]
pub(super) struct Template {
    /// Words and marks, and codes of values.
    pub(super) key: Vec<u8>,
    /// How many messages there are, and when.
    pub(super) seen: Seen,
    /// Where the first of them stands.
    pub(super) first: Position,
    /// Some of them, of the time range of the query and of the earlier one.
    pub(super) samples: [Samples; 2],
    /// The values of each place, where they are watched.
    pub(super) values: Vec<Values>,
}

impl Template {
    /// One without messages.
    pub(super) fn new(key: Vec<u8>, watched: bool) -> Template {
        let places = || pieces_of_key(&key).into_iter().filter(|(kind, _)| kind.is_value()).count();
        let values = if watched { vec![Some(BTreeMap::new()); places()] } else { Vec::new() };
        Template { key, first: Position::MAX, values, ..Template::default() }
    }

    /// Those of its messages that are shown: of the time range of the query, where there are any.
    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples[usize::from(self.seen.counts[0] == 0)].0
    }

    /// Watches the values of a message; the bytes that they take.
    pub(super) fn watch(&mut self, text: &[u8], when: &When) -> usize {
        let key = pieces_of_key(&self.key);
        let (values, mut at, mut place, mut bytes) = (&mut self.values, 0, 0, 0);
        pieces(text, |_, piece| {
            if key.get(at).is_some_and(|(kind, _)| kind.is_value()) {
                let values = values.get_mut(place);
                bytes += values.map_or(0, |values| seen_in(values, piece, |seen| seen.add(when)));
                place += 1;
            }
            at += 1;
        });
        bytes
    }

    /// Takes in another template, whose key is as general as this one's at most.
    pub(super) fn absorb(&mut self, other: &Template, most: usize) {
        self.seen.absorb(&other.seen);
        self.first = self.first.min(other.first);
        for (own, samples) in self.samples.iter_mut().zip(&other.samples) {
            for sample in &samples.0 {
                own.keep(sample.hash, &sample.text, sample.times, most);
            }
        }
        if self.values.is_empty() {
            return;
        }
        let (own, others) = (pieces_of_key(&self.key), pieces_of_key(&other.key));
        let (mut place, mut other_place) = (0, 0);
        for (own, (kind, piece)) in own.iter().zip(&others) {
            let theirs = if kind.is_value() { other.values.get(other_place) } else { None };
            if let (true, Some(values)) = (own.0.is_value(), self.values.get_mut(place)) {
                match theirs {
                    Some(None) => *values = None,
                    Some(Some(theirs)) => theirs.iter().for_each(|(value, seen)| {
                        seen_in(values, value, |own| own.absorb(seen));
                    }),
                    // The word that became a value.
                    None if *kind == Kind::Word => {
                        seen_in(values, piece, |own| own.absorb(&other.seen));
                    }
                    None => *values = None,
                }
            }
            place += usize::from(own.0.is_value());
            other_place += usize::from(kind.is_value());
        }
    }
}

/// Notes a value; the bytes that it takes.
fn seen_in(values: &mut Values, value: &[u8], note: impl FnOnce(&mut Seen)) -> usize {
    let Some(known) = values else { return 0 };
    if let Some(seen) = known.get_mut(value) {
        note(seen);
        return 0;
    }
    if known.len() >= WATCHED {
        *values = None;
        return 0;
    }
    note(known.entry(value.into()).or_default());
    value.len() + size_of::<Seen>() + 48
}
