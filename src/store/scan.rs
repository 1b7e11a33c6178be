//! Scans of the store: its chunks as batches, handed to any number of workers.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::chunk::{Chunk, Source, StoredBlock};
use super::dictionary::Dictionary;
use super::stored::Stored;
use super::{POINTER, Store, Summary, TIME};
use crate::data::time::TimeRange;
use crate::data::{Batch, Slot};
use crate::readers::flow_log::rows_within;

/// A pass over all records of a store. It holds what it reads by itself, so that the store can be
/// used for something else meanwhile.
pub struct StoreScan {
    chunks: Vec<Arc<Chunk>>,
    /// The sources of the slots, chunk by chunk.
    sources: Vec<Vec<Source>>,
    /// The times of the records, chunk by chunk; empty where the range has all.
    times: Vec<Arc<Stored>>,
    range: TimeRange,
    slots: usize,
    /// The numbers of the chunks in the order they are handed out.
    order: Vec<u32>,
    next: AtomicUsize,
    summary: Summary,
}

impl Store {
    /// A scan for a query whose slots have these names (none where a slot is no log field), of
    /// the records in a time range. All names must have been loaded, `@timestamp` too where the
    /// range does not have everything. `first` is the slot by which the query orders records, and
    /// whether it wants the greatest first: chunks come in an order that serves it.
    pub fn scan(
        &self,
        fields: &[String],
        slots: usize,
        range: TimeRange,
        first: Option<(Slot, bool)>,
    ) -> StoreScan {
        let chunks = self.chunks.clone().unwrap_or_default();
        let sources = |number: usize, chunk: &Chunk| {
            fields.iter().map(|name| self.source(name, number, chunk)).collect::<Vec<_>>()
        };
        let sources: Vec<Vec<Source>> =
            chunks.iter().enumerate().map(|(number, chunk)| sources(number, chunk)).collect();
        let times = match (range, self.fields.get(TIME)) {
            (TimeRange::ALL, _) | (_, None) => Vec::new(),
            (_, Some(field)) => field.stored.clone(),
        };
        let mut order: Vec<u32> = (0..chunks.len() as u32).collect();
        if let Some((slot, descending)) = first {
            let bounds = |number: &u32| match sources[*number as usize].get(slot) {
                Some(Source::Stored(stored, _)) => stored.bounds(),
                _ => None,
            };
            // Those without bounds may hold anything and go first.
            match descending {
                true => order.sort_by_key(|number| {
                    Reverse(bounds(number).map_or(i64::MAX, |(_, greatest)| greatest))
                }),
                false => {
                    order.sort_by_key(|number| bounds(number).map_or(i64::MIN, |(least, _)| least))
                }
            }
        }
        let (next, summary) = (AtomicUsize::new(0), self.summary.clone());
        StoreScan { chunks, sources, times, range, slots, order, next, summary }
    }

    /// Where the values of a field come from in a chunk.
    fn source(&self, name: &str, number: usize, chunk: &Chunk) -> Source {
        if name == POINTER {
            return Source::Pointer;
        }
        match self.stored(name, number) {
            Some((stored, _)) if matches!(*stored, Stored::Line) => {
                let names = chunk.line.iter().flat_map(|names| names.iter());
                let parts = names.map(|name| self.stored(name, number));
                parts.collect::<Option<Vec<_>>>().map_or(Source::Missing, Source::Line)
            }
            Some((stored, dictionary)) => Source::Stored(stored, dictionary),
            None => Source::Missing,
        }
    }

    fn stored(&self, name: &str, number: usize) -> Option<(Arc<Stored>, Arc<Dictionary>)> {
        let field = self.fields.get(name)?;
        Some((Arc::clone(field.stored.get(number)?), Arc::clone(&field.dictionary)))
    }
}

impl StoreScan {
    /// The next batch of records inside the time range, never an empty one; `None` when there are
    /// no more. Which worker gets which batch is open; positions tell the order of records.
    pub fn next(&self) -> Option<Batch> {
        loop {
            let number = *self.order.get(self.next.fetch_add(1, Relaxed))? as usize;
            if let Some(batch) = self.batch(number) {
                return Some(batch);
            }
        }
    }

    /// The records of a chunk inside the time range.
    fn batch(&self, number: usize) -> Option<Batch> {
        let chunk = Arc::clone(&self.chunks[number]);
        let len = chunk.len();
        let rows = match self.times.get(number) {
            Some(times) => match times.bounds() {
                Some((least, most)) if self.range.contains(least) && self.range.contains(most) => {
                    None
                }
                Some((least, most)) if least > self.range.end || most < self.range.start => {
                    return None;
                }
                _ => {
                    let times = times.decode(None, len, &Dictionary::default());
                    rows_within(&times, |time| self.range.contains(time))
                }
            },
            None => None,
        };
        if rows.as_ref().is_some_and(Vec::is_empty) || len == 0 {
            return None;
        }
        let block = StoredBlock { chunk, sources: self.sources[number].clone() };
        let batch = Batch::of_block(Arc::new(block), len, self.slots);
        Some(match rows {
            Some(rows) => batch.select(&rows, &[]),
            None => batch,
        })
    }

    /// What was read when the records were loaded.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}
