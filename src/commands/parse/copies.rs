//! Copies of records, one for each match: where they stand, and how they are made where the
//! positions of records leave no room for them.

use std::any::Any;
use std::sync::Arc;

use super::Parse;
use crate::commands::command::{Build, Gather, Gathered, RecordWise, Run, same};
use crate::commands::ordered::{Ordered, OrderedGather};
use crate::data::{Batch, Position, Slot};
use crate::error::Result;
use crate::eval::bound::Bound;

/// Whether the texts of an expression are parts of the line that a log event was read from.
pub(super) fn is_part_of_line(source: &Bound, build: &Build<'_>) -> bool {
    let Bound::Field(slot) = source else { return false };
    let of_line = |name: &str| name == "@message" || !name.starts_with('@');
    build.parts_of_line.contains(slot)
        || build.scope.log_fields().any(|(name, known)| known == *slot && of_line(name))
}

/// The records at `rows`, where copies of one stand together.
///
/// A log event's position is the place of its first byte, so its copies take those of the bytes
/// behind it: a text has at most one match more than bytes, and the line end is one more byte. So
/// positions stay distinct, and no tie is left to chance.
pub(super) fn copy(batch: &Batch, rows: &[u32], keep: &[Slot]) -> Batch {
    let old = batch.positions();
    let mut positions: Vec<Position> = Vec::with_capacity(rows.len());
    let mut last = None;
    for &row in rows {
        let position = match (last, positions.last()) {
            (Some(last), Some(position)) if last == row => position + 1,
            _ => old.get(row as usize).copied().unwrap_or_default(),
        };
        positions.push(position);
        last = Some(row);
    }
    let mut copies = batch.select(rows, keep);
    copies.renumber(positions);
    copies
}

/// Holds all records, to copy them and to give them new positions.
pub(super) struct CopyGather {
    parse: Arc<Parse>,
    behind: Vec<Slot>,
    records: OrderedGather,
}

impl CopyGather {
    /// An empty state that keeps the columns of `keep`.
    pub(super) fn new(parse: Arc<Parse>, keep: Vec<Slot>, behind: &[Slot]) -> CopyGather {
        let all = Arc::new(Ordered { keys: Vec::new(), limit: None });
        CopyGather { parse, behind: behind.to_vec(), records: OrderedGather::new(all, keep) }
    }
}

impl Gather for CopyGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        self.records.fold(batch, run);
    }

    fn memory(&self) -> usize {
        self.records.memory()
    }

    fn finish(self: Box<Self>, others: Vec<Box<dyn Gather>>, run: &Run<'_>) -> Result<Gathered> {
        let records = |other: CopyGather| Box::new(other.records) as Box<dyn Gather>;
        let others = same::<CopyGather>(others).into_iter().map(records).collect();
        let CopyGather { parse, behind, records } = *self;
        let gathered = Box::new(records).finish(others, run)?;
        let mut found = 0;
        let copied = gathered.batches.into_iter().map(|batch| {
            let mut batch = parse.apply(batch, &behind, run);
            let first = found;
            found += batch.len() as u64;
            batch.renumber((first..found).collect());
            batch
        });
        let batches = copied.collect();
        Ok(Gathered { batches, found })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
