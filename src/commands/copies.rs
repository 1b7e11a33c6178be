//! Copies of records, one for each match or item: where they stand.

use super::command::Build;
use crate::data::{Batch, Position, Slot};
use crate::eval::bound::Bound;

/// Whether the texts of an expression are parts of the line that a log event was read from.
pub fn is_part_of_line(source: &Bound, build: &Build<'_>) -> bool {
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
pub fn copy(batch: &Batch, rows: &[u32], keep: &[Slot]) -> Batch {
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
