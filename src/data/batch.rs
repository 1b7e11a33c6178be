//! Batches: some records as equally long columns, decoded only when somebody looks at them.

use std::sync::{Arc, OnceLock};

use super::column::Column;
use super::text::TextBuilder;
use super::value::Value;
use crate::parallel::{for_each_parallel, in_order};

/// The place of a field in the batches of a plan.
pub type Slot = usize;

/// Where a record stands among all records: first by input, then by place in it. Records keep
/// their positions whatever the number of workers and the size of blocks, so ties are decided by
/// position.
pub type Position = u64;

/// Records that are not decoded yet.
pub trait RecordBlock: Send + Sync {
    /// Decodes the field of a slot for the records at `rows` (all records where `None`).
    fn column(&self, slot: Slot, rows: Option<&[u32]>) -> Column;

    /// The position of every record at `rows` (all records where `None`).
    fn positions(&self, rows: Option<&[u32]>) -> Vec<Position>;

    /// The least and the greatest whole number or time that the field of a slot has in the block;
    /// `None` where that is not known without looking, or a record lacks the field.
    fn bounds(&self, _slot: Slot) -> Option<(Value, Value)> {
        None
    }

    /// The names of the fields whose values, with one blank between, are the line of a record, as
    /// far as the format tells; `None` where lines are no such thing.
    fn line_fields(&self) -> Option<&[String]> {
        None
    }
}

/// Positions as `@ptr` prints them: 16 hexadecimal digits each.
pub fn pointers(positions: &[Position]) -> Column {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut texts = TextBuilder::with_capacity(positions.len());
    for position in positions {
        let mut text = [0; 16];
        for (i, digit) in text.iter_mut().enumerate() {
            *digit = DIGITS[(position >> (60 - 4 * i) & 15) as usize];
        }
        texts.push(Some(&text));
    }
    Column::Text(texts.finish())
}

/// Some records as equally long columns.
pub struct Batch {
    len: usize,
    columns: Vec<OnceLock<Arc<Column>>>,
    origin: Option<Origin>,
    positions: OnceLock<Vec<Position>>,
}

/// The records a batch was cut from, and which of them it holds.
struct Origin {
    block: Arc<dyn RecordBlock>,
    rows: Option<Vec<u32>>,
}

impl Batch {
    /// All records of a block; `slots` is the number of slots of the plan.
    pub fn of_block(block: Arc<dyn RecordBlock>, len: usize, slots: usize) -> Batch {
        Batch {
            len,
            columns: (0..slots).map(|_| OnceLock::new()).collect(),
            origin: Some(Origin { block, rows: None }),
            positions: OnceLock::new(),
        }
    }

    /// Records that are decoded already; slots without a column are missing.
    pub fn of_columns(
        columns: impl IntoIterator<Item = (Slot, Column)>,
        positions: Vec<Position>,
        slots: usize,
    ) -> Batch {
        let mut batch = Batch {
            len: positions.len(),
            columns: (0..slots).map(|_| OnceLock::new()).collect(),
            origin: None,
            positions: OnceLock::from(positions),
        };
        columns.into_iter().for_each(|(slot, column)| batch.set(slot, column));
        batch
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of slots.
    pub fn slots(&self) -> usize {
        self.columns.len()
    }

    /// The column of a slot, decoded now if it was not before.
    pub fn column(&self, slot: Slot) -> &Arc<Column> {
        self.columns[slot].get_or_init(|| {
            Arc::new(match &self.origin {
                Some(origin) => origin.block.column(slot, origin.rows.as_deref()),
                None => Column::missing(self.len),
            })
        })
    }

    /// The position of every record.
    pub fn positions(&self) -> &[Position] {
        self.positions.get_or_init(|| match &self.origin {
            Some(origin) => origin.block.positions(origin.rows.as_deref()),
            None => (0..self.len as u64).collect(),
        })
    }

    /// Bounds of the values of a slot (see [`RecordBlock::bounds`]), where no command computed it.
    pub fn bounds(&self, slot: Slot) -> Option<(Value, Value)> {
        match (self.columns[slot].get(), &self.origin) {
            (None, Some(origin)) => origin.block.bounds(slot),
            _ => None,
        }
    }

    /// See [`RecordBlock::line_fields`].
    pub fn line_fields(&self) -> Option<&[String]> {
        self.origin.as_ref().and_then(|origin| origin.block.line_fields())
    }

    /// Puts a computed column into a slot, in place of what was there.
    pub fn set(&mut self, slot: Slot, column: impl Into<Arc<Column>>) {
        let column = column.into();
        debug_assert_eq!(column.len(), self.len, "columns of a batch are equally long");
        self.columns[slot] = OnceLock::from(column);
    }

    /// The records at `rows`, in that order; of the decoded columns only those that `keep` names.
    #[must_use]
    pub fn select(&self, rows: &[u32], keep: &[Slot]) -> Batch {
        let columns: Vec<OnceLock<Arc<Column>>> =
            (0..self.slots()).map(|_| OnceLock::new()).collect();
        for &slot in keep {
            if let Some(column) = self.columns[slot].get() {
                let _ = columns[slot].set(Arc::new(column.take(rows)));
            } else if self.origin.is_none() {
                let _ = columns[slot].set(Arc::new(Column::missing(rows.len())));
            }
        }
        let origin = self.origin.as_ref().map(|origin| Origin {
            block: Arc::clone(&origin.block),
            rows: Some(match &origin.rows {
                None => rows.to_vec(),
                Some(old) => rows.iter().map(|&row| old[row as usize]).collect(),
            }),
        });
        let positions = OnceLock::new();
        // Copies of records have positions that their block does not know.
        if let Some(old) = self.positions.get() {
            let _ = positions.set(rows.iter().map(|&row| old[row as usize]).collect());
        }
        Batch { len: rows.len(), columns, origin, positions }
    }

    /// The same records with the columns of `keep` decoded and nothing else held in memory.
    #[must_use]
    pub fn detach(self, keep: &[Slot]) -> Batch {
        if self.origin.is_none() {
            return self;
        }
        let slots = self.slots();
        let column = |slot: Slot| (slot, self.column(slot).as_ref().clone().compact());
        let columns: Vec<_> = keep.iter().map(|&slot| column(slot)).collect();
        Batch::of_columns(columns, self.positions().to_vec(), slots)
    }

    /// The records named by (batch, row) pairs, in that order, with the columns of `keep`; columns
    /// are put together on up to `threads` workers.
    #[must_use]
    pub fn interleave(
        batches: &[Batch],
        picks: &[(u32, u32)],
        keep: &[Slot],
        slots: usize,
        threads: usize,
    ) -> Batch {
        let columns = Batch::interleave_columns(batches, picks, keep, threads);
        let positions: Vec<&[Position]> = batches.iter().map(Batch::positions).collect();
        let positions = picks.iter().map(|&(batch, row)| positions[batch as usize][row as usize]);
        Batch::of_columns(columns, positions.collect(), slots)
    }

    /// The columns of these records by slot, without their positions.
    pub fn interleave_columns(
        batches: &[Batch],
        picks: &[(u32, u32)],
        keep: &[Slot],
        threads: usize,
    ) -> impl Iterator<Item = (Slot, Column)> {
        let columns = for_each_parallel(threads, keep.len(), |number| {
            let column = |batch: &'_ Batch| Arc::clone(batch.column(keep[number]));
            let sources: Vec<Arc<Column>> = batches.iter().map(column).collect();
            let sources: Vec<&Column> = sources.iter().map(Arc::as_ref).collect();
            Column::interleave(&sources, picks)
        });
        keep.iter().copied().zip(columns)
    }

    /// Every record of some batches as batch and row, in the order of positions.
    pub fn by_position(batches: &[Batch], threads: usize) -> Vec<(u32, u32)> {
        let positions: Vec<&[Position]> = batches.iter().map(Batch::positions).collect();
        in_order(threads, &positions)
    }

    /// Gives the records new positions, one per record.
    pub fn renumber(&mut self, positions: Vec<Position>) {
        debug_assert_eq!(positions.len(), self.len, "one position per record");
        self.positions = OnceLock::from(positions);
    }

    /// Bytes of memory held by decoded columns.
    pub fn memory(&self) -> usize {
        let columns: usize =
            self.columns.iter().filter_map(|cell| cell.get()).map(|column| column.memory()).sum();
        columns + self.positions.get().map_or(0, |positions| positions.capacity() * 8)
    }
}
