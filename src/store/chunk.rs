//! Chunks: records that were read as one batch, and where they stand.

use std::sync::Arc;

use crate::data::Position;

/// Records that were read as one batch.
pub(super) struct Chunk {
    len: usize,
    positions: Positions,
    /// The fields whose values make up the line of a record, where lines are that.
    pub(super) line: Option<Arc<[String]>>,
}

/// The position of every record, at least one.
enum Positions {
    /// The first one, and how far each is behind the one before it.
    Gaps(Position, Vec<u16>),
    /// The lowest one, and how far each is behind it.
    Offsets(Position, Vec<u32>),
    /// As they are.
    Plain(Vec<Position>),
}

impl Chunk {
    /// Records at these positions, in this order.
    pub(super) fn new(positions: &[Position], line: Option<Arc<[String]>>) -> Chunk {
        let first = positions.first().copied().unwrap_or(0);
        let mut before = first;
        let gaps: Option<Vec<u16>> = positions
            .iter()
            .map(|position| {
                let gap = position.checked_sub(before)?;
                before = *position;
                u16::try_from(gap).ok()
            })
            .collect();
        let lowest = positions.iter().copied().min().unwrap_or(0);
        let offsets = || {
            let offset = |position: &Position| u32::try_from(position - lowest).ok();
            positions.iter().map(offset).collect::<Option<Vec<u32>>>()
        };
        let held = match gaps {
            Some(gaps) => Positions::Gaps(first, gaps),
            None => match offsets() {
                Some(offsets) => Positions::Offsets(lowest, offsets),
                None => Positions::Plain(positions.to_vec()),
            },
        };
        Chunk { len: positions.len(), positions: held, line }
    }

    /// The number of records.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The position that tells it from other chunks.
    pub(super) fn first(&self) -> Position {
        match &self.positions {
            Positions::Gaps(first, _) | Positions::Offsets(first, _) => *first,
            Positions::Plain(positions) => positions.first().copied().unwrap_or(0),
        }
    }

    /// Whether another chunk holds the same records, as far as positions tell.
    pub(super) fn is_same(&self, other: &Chunk) -> bool {
        self.len == other.len && self.first() == other.first()
    }

    /// The position of every record at `rows` (all records where `None`).
    pub(super) fn positions(&self, rows: Option<&[u32]>) -> Vec<Position> {
        match (&self.positions, rows) {
            (Positions::Gaps(first, gaps), _) => {
                let mut at = *first;
                let all = gaps.iter().map(|gap| {
                    at += Position::from(*gap);
                    at
                });
                match rows {
                    None => all.collect(),
                    Some(rows) => {
                        let all: Vec<Position> = all.collect();
                        rows.iter().map(|row| all[*row as usize]).collect()
                    }
                }
            }
            (Positions::Offsets(lowest, offsets), None) => {
                offsets.iter().map(|offset| lowest + Position::from(*offset)).collect()
            }
            (Positions::Offsets(lowest, offsets), Some(rows)) => {
                let at = |row: &u32| lowest + Position::from(offsets[*row as usize]);
                rows.iter().map(at).collect()
            }
            (Positions::Plain(positions), None) => positions.clone(),
            (Positions::Plain(positions), Some(rows)) => {
                rows.iter().map(|row| positions[*row as usize]).collect()
            }
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        size_of::<Chunk>()
            + match &self.positions {
                Positions::Gaps(_, gaps) => gaps.capacity() * 2,
                Positions::Offsets(_, offsets) => offsets.capacity() * 4,
                Positions::Plain(positions) => positions.capacity() * 8,
            }
    }
}
