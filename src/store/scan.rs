//! Scans of the store: its chunks as batches, handed to any number of workers.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::chunk::Chunk;
use super::stored::{Stored, spell};
use super::{FieldData, POINTER, Store, Summary, TIME};
use crate::data::batch::pointers;
use crate::data::text::TextBuilder;
use crate::data::time::{Periods, TimeRange};
use crate::data::{Batch, Column, Position, RecordBlock, Slot, Value};
use crate::readers::flow_log::rows_within;

/// A pass over all records of a store. It holds what it reads by itself, so that the store can be
/// used for something else meanwhile.
pub struct StoreScan {
    view: Arc<View>,
    /// The times of the records; `None` where the range has all.
    times: Option<Arc<FieldData>>,
    range: Periods,
    slots: usize,
    /// The numbers of the chunks in the order they are handed out.
    order: Vec<u32>,
    next: AtomicUsize,
    summary: Summary,
}

/// The chunks and fields that a query sees.
struct View {
    chunks: Vec<Arc<Chunk>>,
    /// The source of every slot.
    sources: Vec<Source>,
    /// The fields that lines are made of, by name, where lines are wanted.
    parts: Vec<(String, Arc<FieldData>)>,
}

/// Where the values of a slot come from.
enum Source {
    /// The stored columns of a field.
    Field(Arc<FieldData>),
    /// The positions.
    Pointer,
    /// No record has it.
    Missing,
}

impl Store {
    /// A scan for a query whose slots have these names (empty where a slot is no log field), of
    /// the records in a time range. All names must have been loaded, `@timestamp` too where the
    /// range does not have everything. `first` is the slot by which the query orders records, and
    /// whether it wants the greatest first: chunks come in an order that serves it.
    pub fn scan(
        &self,
        fields: &[String],
        slots: usize,
        range: Periods,
        first: Option<(Slot, bool)>,
    ) -> StoreScan {
        let data = |name: &str| self.fields.get(name).map(|field| Arc::clone(&field.data));
        let source = |name: &String| match data(name) {
            _ if name == POINTER => Source::Pointer,
            Some(field) => Source::Field(field),
            None => Source::Missing,
        };
        let chunks = self.chunks.clone().unwrap_or_default();
        let sources: Vec<Source> = fields.iter().map(source).collect();
        let is_line = |source: &Source| match source {
            Source::Field(field) => field.stored.iter().any(|part| matches!(part, Stored::Line)),
            _ => false,
        };
        let all =
            || self.fields.iter().map(|(name, field)| (name.clone(), Arc::clone(&field.data)));
        let parts = if sources.iter().any(is_line) { all().collect() } else { Vec::new() };
        let times = if range.is_all() { None } else { data(TIME) };
        let mut order: Vec<u32> = (0..chunks.len() as u32).collect();
        if let Some((slot, descending)) = first
            && let Some(Source::Field(field)) = sources.get(slot)
        {
            let bounds = |number: &u32| field.stored[*number as usize].bounds();
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
        let view = Arc::new(View { chunks, sources, parts });
        StoreScan { view, times, range, slots, order, next, summary }
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
        let len = self.view.chunks[number].len();
        let rows = match &self.times {
            Some(times) => match times.stored[number].bounds() {
                Some((start, end)) if self.range.covers(TimeRange { start, end }) => None,
                Some((start, end)) if !self.range.meets(TimeRange { start, end }) => return None,
                _ => {
                    rows_within(&times.decode(number, None, len), |time| self.range.contains(time))
                }
            },
            None => None,
        };
        if rows.as_ref().is_some_and(Vec::is_empty) || len == 0 {
            return None;
        }
        let block = StoredBlock { view: Arc::clone(&self.view), number };
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

/// A chunk as a query sees it: its fields by slot.
struct StoredBlock {
    view: Arc<View>,
    number: usize,
}

impl StoredBlock {
    fn chunk(&self) -> &Chunk {
        &self.view.chunks[self.number]
    }

    /// Lines, put together from the values of their fields.
    fn lines(&self, rows: Option<&[u32]>) -> Column {
        let len = self.chunk().len();
        let count = rows.map_or(len, <[u32]>::len);
        let column = |name: &String| {
            let (_, field) = self.view.parts.iter().find(|(known, _)| known == name)?;
            Some(field.decode(self.number, rows, len))
        };
        let names = self.chunk().line.iter().flat_map(|names| names.iter());
        let Some(columns) = names.map(column).collect::<Option<Vec<_>>>() else {
            return Column::missing(count);
        };
        let columns: Vec<&Column> = columns.iter().collect();
        let mut texts = TextBuilder::with_capacity(count);
        let mut line = Vec::new();
        for row in 0..count {
            line.clear();
            spell(&columns, row, &mut line);
            texts.push(Some(&line));
        }
        Column::Text(texts.finish())
    }
}

impl RecordBlock for StoredBlock {
    fn column(&self, slot: Slot, rows: Option<&[u32]>) -> Column {
        let len = self.chunk().len();
        match self.view.sources.get(slot) {
            Some(Source::Field(field)) => match field.stored[self.number] {
                Stored::Line => self.lines(rows),
                _ => field.decode(self.number, rows, len),
            },
            Some(Source::Pointer) => pointers(&self.chunk().positions(rows)),
            Some(Source::Missing) | None => Column::missing(rows.map_or(len, <[u32]>::len)),
        }
    }

    fn positions(&self, rows: Option<&[u32]>) -> Vec<Position> {
        self.chunk().positions(rows)
    }

    fn bounds(&self, slot: Slot) -> Option<(Value, Value)> {
        match self.view.sources.get(slot) {
            Some(Source::Field(field)) => field.stored[self.number].bounding_values(),
            _ => None,
        }
    }
}
