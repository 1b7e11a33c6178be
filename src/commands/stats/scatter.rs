//! Scattering: records by the hash of their key, in buffers that are grouped one by one.

use std::sync::Arc;

use super::Stats;
use super::gather::Groups;
use super::packing::Packing;
use crate::data::interner::hash_word;
use crate::data::{Column, Position, Value};

/// The number of partitions; with millions of groups the table of each still fits a cache.
pub(super) const PARTITIONS: usize = 256;
/// Records held before the buffers are folded into tables, so that memory follows the groups.
const HELD: usize = if cfg!(test) { 700 } else { 1 << 23 };
/// Records of one buffer; a full one is put aside, so that none is ever copied to grow.
const FULL: usize = if cfg!(test) { 4 } else { 2048 };
/// Stands for a missing whole number in a buffer.
const ABSENT: i64 = i64::MIN;

/// The partition of a key. The table uses the lowest and the highest bits of the hash.
#[inline]
pub(super) fn partition_of(hash: u64) -> usize {
    (hash >> 32) as usize & (PARTITIONS - 1)
}

/// The hash of a packed key in the table of its partition.
#[inline]
pub(super) fn hash_packed(key: &[u64]) -> u64 {
    key.iter().fold(0x1319_8a2e_0370_7344, |hash, &word| hash_word(word, hash))
}

/// The keys, of `width` words each, at some rows.
pub(super) fn keys_at(keys: &[u64], width: usize, rows: &[u32]) -> Vec<u64> {
    let key = |row: &u32| &keys[*row as usize * width..(*row as usize + 1) * width];
    rows.iter().flat_map(key).copied().collect()
}

/// The positions and the arguments of the records at some rows.
pub(super) fn records_at(
    positions: &[Position],
    columns: &[Arc<Column>],
    rows: &[u32],
) -> (Vec<Position>, Vec<Arc<Column>>) {
    let positions = rows.iter().map(|row| positions[*row as usize]).collect();
    (positions, columns.iter().map(|column| Arc::new(column.take(rows))).collect())
}

/// Records on their way into the groups of one partition.
pub(super) struct Buffer {
    keys: Vec<u64>,
    /// How far each record is behind the base of its batch.
    offsets: Vec<u32>,
    /// The number of the first record of a batch, and the base of the batch.
    bases: Vec<(u32, Position)>,
    /// One column per argument.
    args: Vec<Vec<i64>>,
}

/// What one worker holds of one partition.
#[derive(Default)]
pub(super) struct Part {
    pub(super) buffers: Vec<Buffer>,
    /// Groups of what was held before, by packed keys.
    pub(super) table: Option<Groups>,
}

/// The buffers and tables of all partitions of one worker.
pub(super) struct Scatter {
    packing: Arc<Packing>,
    args: usize,
    open: Vec<Buffer>,
    parts: Vec<Part>,
    held: usize,
    packed: Vec<u64>,
}

impl Scatter {
    /// Empty buffers for keys of a packing and records of `args` arguments.
    pub(super) fn new(packing: Packing, args: usize) -> Scatter {
        let words = packing.words();
        Scatter {
            args,
            open: (0..PARTITIONS).map(|_| Buffer::new(words, args)).collect(),
            parts: (0..PARTITIONS).map(|_| Part::default()).collect(),
            held: 0,
            packed: vec![0; words],
            packing: Arc::new(packing),
        }
    }

    /// How keys are packed.
    pub(super) fn packing(&self) -> &Arc<Packing> {
        &self.packing
    }

    /// Scatters records of `width` key words each and gives the rows of those whose keys cannot be
    /// packed. Declines with `None` where an argument is no column of whole numbers.
    pub(super) fn push(
        &mut self,
        (keys, width): (&[u64], usize),
        hashes: &[u64],
        positions: &[Position],
        args: &[Arc<Column>],
    ) -> Option<Vec<u32>> {
        let args = args.iter().map(|arg| Whole::of(arg)).collect::<Option<Vec<_>>>()?;
        let base = positions.iter().copied().min().unwrap_or(0);
        if positions.iter().any(|position| position - base > Position::from(u32::MAX)) {
            return None;
        }
        let mut loose = Vec::new();
        for (row, (key, &hash)) in keys.chunks_exact(width).zip(hashes).enumerate() {
            if !self.packing.pack(key, &mut self.packed) {
                loose.push(row as u32);
                continue;
            }
            let partition = partition_of(hash);
            let buffer = &mut self.open[partition];
            if buffer.bases.last().is_none_or(|(_, known)| *known != base) {
                buffer.bases.push((buffer.offsets.len() as u32, base));
            }
            buffer.keys.extend_from_slice(&self.packed);
            buffer.offsets.push((positions[row] - base) as u32);
            for (values, arg) in buffer.args.iter_mut().zip(&args) {
                values.push(arg.at(row));
            }
            if buffer.offsets.len() == FULL {
                let empty = Buffer::new(self.packed.len(), self.args);
                self.parts[partition].buffers.push(std::mem::replace(buffer, empty));
            }
        }
        self.held += hashes.len() - loose.len();
        Some(loose)
    }

    /// Folds the buffers into tables when they hold too much.
    pub(super) fn flush_if_full(&mut self, stats: &Stats) {
        if self.held < HELD {
            return;
        }
        self.held = 0;
        let words = self.packed.len();
        for (part, open) in self.parts.iter_mut().zip(&mut self.open) {
            let table = part.table.get_or_insert_with(|| Groups::new(stats, words));
            let open = std::mem::replace(open, Buffer::new(words, self.args));
            for buffer in part.buffers.drain(..).chain([open]) {
                buffer.fold_into(table, stats);
            }
        }
    }

    /// What it holds, partition by partition.
    pub(super) fn into_parts(self) -> Vec<Part> {
        let mut parts = self.parts;
        for (part, open) in parts.iter_mut().zip(self.open) {
            part.buffers.push(open);
        }
        parts
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let per_record = 8 * (self.packed.len() + self.args) + 4;
        let tables = self.parts.iter().filter_map(|part| part.table.as_ref());
        (self.held + PARTITIONS * FULL) * per_record + tables.map(Groups::memory).sum::<usize>()
    }
}

impl Buffer {
    fn new(words: usize, args: usize) -> Buffer {
        Buffer {
            keys: Vec::with_capacity(FULL * words),
            offsets: Vec::with_capacity(FULL),
            bases: Vec::new(),
            args: (0..args).map(|_| Vec::with_capacity(FULL)).collect(),
        }
    }

    /// The position of every record.
    fn positions(&self) -> Vec<Position> {
        let mut positions = Vec::with_capacity(self.offsets.len());
        for (number, (from, base)) in self.bases.iter().enumerate() {
            let next = self.bases.get(number + 1).map(|(next, _)| *next as usize);
            let to = next.unwrap_or(self.offsets.len());
            let offsets = self.offsets.get(*from as usize..to).unwrap_or_default();
            positions.extend(offsets.iter().map(|offset| base + Position::from(*offset)));
        }
        positions
    }

    /// Groups the records by their packed keys.
    pub(super) fn fold_into(self, groups: &mut Groups, stats: &Stats) {
        let positions = self.positions();
        let columns: Vec<Arc<Column>> =
            self.args.into_iter().map(|values| Arc::new(column(values))).collect();
        groups.fold(&self.keys, hash_packed, &positions, &stats.args_of_calls(&columns));
    }

    /// The keys as they are packed, the positions and the arguments.
    pub(super) fn into_records(self) -> (Vec<u64>, Vec<Position>, Vec<Arc<Column>>) {
        let positions = self.positions();
        let columns = self.args.into_iter().map(|values| Arc::new(column(values)));
        (self.keys, positions, columns.collect())
    }
}

/// The column of a buffered argument.
fn column(values: Vec<i64>) -> Column {
    let valid =
        values.contains(&ABSENT).then(|| values.iter().map(|value| *value != ABSENT).collect());
    Column::Integer(values, valid)
}

/// An argument that is a column of whole numbers.
enum Whole<'a> {
    All(&'a [i64]),
    Some(&'a [i64], &'a [bool]),
    Same(i64),
}

impl Whole<'_> {
    fn of(column: &Column) -> Option<Whole<'_>> {
        match column {
            Column::Integer(values, _) if values.contains(&ABSENT) => None,
            Column::Integer(values, None) => Some(Whole::All(values)),
            Column::Integer(values, Some(valid)) => Some(Whole::Some(values, valid)),
            Column::Constant(Value::Integer(value), _) if *value != ABSENT => {
                Some(Whole::Same(*value))
            }
            Column::Constant(Value::Missing, _) => Some(Whole::Same(ABSENT)),
            _ => None,
        }
    }

    #[inline]
    fn at(&self, row: usize) -> i64 {
        match self {
            Whole::All(values) => values[row],
            Whole::Some(values, valid) if valid[row] => values[row],
            Whole::Some(..) => ABSENT,
            Whole::Same(value) => *value,
        }
    }
}
