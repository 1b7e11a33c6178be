//! Scattering: records by the hash of their key, in buffers that are grouped one by one.

use std::sync::Arc;

use super::Stats;
use super::gather::Groups;
use crate::data::interner::Interner;
use crate::data::keys::{hash_key, translate};
use crate::data::{Column, Position};

/// The number of partitions; with millions of groups the table of each still fits a cache.
pub(super) const PARTITIONS: usize = 256;
/// Records held before the buffers are folded into tables, so that memory follows the groups.
const HELD: usize = 1 << 23;
/// Records of one buffer; a full one is put aside, so that none is ever copied to grow.
const FULL: usize = 2048;
/// Stands for a missing whole number in a buffer.
const ABSENT: i64 = i64::MIN;

/// The partition of a key. The table uses the lowest and the highest bits of the hash.
#[inline]
pub(super) fn partition_of(hash: u64) -> usize {
    (hash >> 32) as usize & (PARTITIONS - 1)
}

/// Records on their way into the groups of one partition.
struct Buffer {
    keys: Vec<u64>,
    positions: Vec<Position>,
    /// One column per argument.
    args: Vec<Vec<i64>>,
}

/// The buffers and tables of all partitions of one worker.
pub(super) struct Scatter {
    width: usize,
    args: usize,
    open: Vec<Buffer>,
    full: Vec<Vec<Buffer>>,
    tables: Vec<Option<Groups>>,
    held: usize,
}

impl Scatter {
    /// Empty buffers for keys of `width` words and records of `args` arguments.
    pub(super) fn new(width: usize, args: usize) -> Scatter {
        Scatter {
            width,
            args,
            open: (0..PARTITIONS).map(|_| Buffer::new(width, args)).collect(),
            full: (0..PARTITIONS).map(|_| Vec::new()).collect(),
            tables: (0..PARTITIONS).map(|_| None).collect(),
            held: 0,
        }
    }

    /// Scatters records. Declines with `false` where an argument is no column of whole numbers.
    pub(super) fn push(
        &mut self,
        keys: &[u64],
        hashes: &[u64],
        positions: &[Position],
        args: &[Arc<Column>],
    ) -> bool {
        let Some(args) = args.iter().map(|arg| Whole::of(arg)).collect::<Option<Vec<_>>>() else {
            return false;
        };
        for (row, (key, &hash)) in keys.chunks_exact(self.width).zip(hashes).enumerate() {
            let partition = partition_of(hash);
            let buffer = &mut self.open[partition];
            buffer.keys.extend_from_slice(key);
            buffer.positions.push(positions[row]);
            for (values, arg) in buffer.args.iter_mut().zip(&args) {
                values.push(arg.at(row));
            }
            if buffer.positions.len() == FULL {
                let full = std::mem::replace(buffer, Buffer::new(self.width, self.args));
                self.full[partition].push(full);
            }
        }
        self.held += hashes.len();
        true
    }

    /// Folds the buffers into tables when they hold too much.
    pub(super) fn flush_if_full(&mut self, stats: &Stats, interner: &Interner) {
        if self.held < HELD {
            return;
        }
        self.held = 0;
        for (partition, table) in self.tables.iter_mut().enumerate() {
            let groups = table.get_or_insert_with(|| Groups::new(stats));
            let empty = Buffer::new(self.width, self.args);
            let open = std::mem::replace(&mut self.open[partition], empty);
            for buffer in self.full[partition].drain(..).chain([open]) {
                buffer.fold_into(groups, stats, None, interner);
            }
        }
    }

    /// Folds everything of a partition into `groups`. Interned texts are renumbered by `map`,
    /// which leads to the numbers of `interner`.
    pub(super) fn fold_into(
        &self,
        partition: usize,
        groups: &mut Groups,
        stats: &Stats,
        map: &[u32],
        interner: &Interner,
    ) {
        if let Some(table) = &self.tables[partition] {
            let from: Vec<u32> = (0..table.table.len() as u32).collect();
            groups.merge(table, &from, Some(map));
        }
        for buffer in self.full[partition].iter().chain([&self.open[partition]]) {
            buffer.fold_into(groups, stats, Some(map), interner);
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        let per_record = 8 * (self.width + 1 + self.args);
        (self.held + PARTITIONS * FULL) * per_record
            + self.tables.iter().flatten().map(Groups::memory).sum::<usize>()
    }
}

impl Buffer {
    fn new(width: usize, args: usize) -> Buffer {
        Buffer {
            keys: Vec::with_capacity(FULL * width),
            positions: Vec::with_capacity(FULL),
            args: (0..args).map(|_| Vec::with_capacity(FULL)).collect(),
        }
    }

    fn fold_into(
        &self,
        groups: &mut Groups,
        stats: &Stats,
        map: Option<&[u32]>,
        interner: &Interner,
    ) {
        let translated: Vec<u64>;
        let keys = match map {
            Some(map) if !map.is_empty() => {
                translated = self.keys.iter().map(|word| translate(*word, map)).collect();
                &translated
            }
            _ => &self.keys,
        };
        let hash = |key: &[u64]| hash_key(key, interner);
        let hashes: Vec<u64> = keys.chunks_exact(stats.keys.len()).map(hash).collect();
        let columns: Vec<Arc<Column>> =
            self.args.iter().map(|values| Arc::new(column(values))).collect();
        let args = stats.args_of_calls(&columns);
        groups.fold(keys, &hashes, &self.positions, &args);
    }
}

/// The column of a buffered argument.
fn column(values: &[i64]) -> Column {
    let valid =
        values.contains(&ABSENT).then(|| values.iter().map(|value| *value != ABSENT).collect());
    Column::Integer(values.to_vec(), valid)
}

/// An argument that is a column of whole numbers.
enum Whole<'a> {
    All(&'a [i64]),
    Some(&'a [i64], &'a [bool]),
}

impl Whole<'_> {
    fn of(column: &Column) -> Option<Whole<'_>> {
        match column {
            Column::Integer(values, _) if values.contains(&ABSENT) => None,
            Column::Integer(values, None) => Some(Whole::All(values)),
            Column::Integer(values, Some(valid)) => Some(Whole::Some(values, valid)),
            _ => None,
        }
    }

    #[inline]
    fn at(&self, row: usize) -> i64 {
        match self {
            Whole::All(values) => values[row],
            Whole::Some(values, valid) if valid[row] => values[row],
            Whole::Some(..) => ABSENT,
        }
    }
}
