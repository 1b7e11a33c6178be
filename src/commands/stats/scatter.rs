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
    /// Of the batch at hand: the packed keys, whether each could be packed, the rows in the order of
    /// their partitions, and how many each partition has.
    packed: Vec<u64>,
    fits: Vec<bool>,
    rows: Vec<u32>,
    counts: [usize; PARTITIONS],
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
            packed: Vec::new(),
            fits: Vec::new(),
            rows: Vec::new(),
            counts: [0; PARTITIONS],
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
        let loose = self.arrange(keys, width, hashes);
        let words = self.packing.words();
        let mut end = 0;
        for (partition, count) in self.counts.iter().enumerate() {
            let mut rows = &self.rows[end..end + count];
            end += count;
            let buffer = &mut self.open[partition];
            while !rows.is_empty() {
                let (now, later) = rows.split_at(rows.len().min(FULL - buffer.offsets.len()));
                buffer.push(now, (&self.packed, words), (positions, base), &args);
                rows = later;
                if buffer.offsets.len() == FULL {
                    let empty = Buffer::new(words, self.args);
                    self.parts[partition].buffers.push(std::mem::replace(buffer, empty));
                }
            }
        }
        self.held += self.rows.len();
        Some(loose)
    }

    /// Packs the keys of a batch and puts its rows in the order of their partitions, of which each
    /// has so many; gives the rows of those keys that cannot be packed.
    ///
    /// Buffers of many partitions do not fit the first cache together: each is gone to once a batch.
    fn arrange(&mut self, keys: &[u64], width: usize, hashes: &[u64]) -> Vec<u32> {
        self.packing.pack_all(keys, width, &mut self.packed, &mut self.fits);
        self.counts = [0; PARTITIONS];
        let mut loose = Vec::new();
        for (row, (&hash, fits)) in hashes.iter().zip(&self.fits).enumerate() {
            match fits {
                true => self.counts[partition_of(hash)] += 1,
                false => loose.push(row as u32),
            }
        }
        let mut places = [0; PARTITIONS];
        let mut end = 0;
        for (place, count) in places.iter_mut().zip(&self.counts) {
            *place = end;
            end += count;
        }
        self.rows.clear();
        self.rows.resize(end, 0);
        for (row, (&hash, fits)) in hashes.iter().zip(&self.fits).enumerate() {
            if *fits {
                let place = &mut places[partition_of(hash)];
                self.rows[*place] = row as u32;
                *place += 1;
            }
        }
        loose
    }

    /// Folds the buffers into tables when they hold too much.
    pub(super) fn flush_if_full(&mut self, stats: &Stats) {
        if self.held >= HELD {
            self.flush(stats);
        }
    }

    /// Folds the buffers into tables.
    fn flush(&mut self, stats: &Stats) {
        self.held = 0;
        let words = self.packing.words();
        for (part, open) in self.parts.iter_mut().zip(&mut self.open) {
            let table = part.table.get_or_insert_with(|| Groups::new(stats, words));
            let open = std::mem::replace(open, Buffer::new(words, self.args));
            part.buffers.push(open);
            fold_buffers(std::mem::take(&mut part.buffers), table, stats);
        }
    }

    /// The same groups, with empty buffers.
    pub(super) fn copy(&mut self, stats: &Stats) -> Scatter {
        self.flush(stats);
        let mut copy = Scatter::new((*self.packing).clone(), self.args);
        copy.packing = Arc::clone(&self.packing);
        for (part, own) in copy.parts.iter_mut().zip(&self.parts) {
            part.table = own.table.as_ref().map(|table| table.copy(stats));
        }
        copy
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
        let per_record = 8 * (self.packing.words() + self.args) + 4;
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

    /// Appends records at some rows of a batch: their keys of `words` words, and how far their positions
    /// are behind the base of the batch.
    fn push(
        &mut self,
        rows: &[u32],
        (packed, words): (&[u64], usize),
        (positions, base): (&[Position], Position),
        args: &[Whole<'_>],
    ) {
        if self.bases.last().is_none_or(|(_, known)| *known != base) {
            self.bases.push((self.offsets.len() as u32, base));
        }
        match words {
            1 => self.keys.extend(rows.iter().map(|row| packed[*row as usize])),
            _ => rows.iter().for_each(|row| {
                let start = *row as usize * words;
                self.keys.extend_from_slice(&packed[start..start + words]);
            }),
        }
        self.offsets.extend(rows.iter().map(|row| (positions[*row as usize] - base) as u32));
        for (values, arg) in self.args.iter_mut().zip(args) {
            arg.push_to(values, rows);
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

    /// The keys as they are packed, the positions and the arguments.
    pub(super) fn into_records(self) -> (Vec<u64>, Vec<Position>, Vec<Arc<Column>>) {
        let positions = self.positions();
        let columns = self.args.into_iter().map(|values| Arc::new(column(values)));
        (self.keys, positions, columns.collect())
    }
}

/// Groups records by their packed keys: finds the groups of all first, so that their states grow once.
pub(super) fn fold_buffers(buffers: Vec<Buffer>, groups: &mut Groups, stats: &Stats) {
    let found: Vec<_> = buffers
        .into_iter()
        .map(|buffer| {
            let (keys, positions, columns) = buffer.into_records();
            let (one_group, numbers) = groups.find(&keys, hash_packed, &positions);
            (one_group, numbers, positions, columns)
        })
        .collect();
    for (one_group, numbers, positions, columns) in found {
        groups.update((one_group, &numbers), &positions, &stats.args_of_calls(&columns));
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

    /// Appends the values at some rows.
    fn push_to(&self, values: &mut Vec<i64>, rows: &[u32]) {
        let rows = rows.iter().map(|row| *row as usize);
        match self {
            Whole::All(all) => values.extend(rows.map(|row| all[row])),
            Whole::Some(all, valid) => {
                values.extend(rows.map(|row| if valid[row] { all[row] } else { ABSENT }));
            }
            Whole::Same(value) => values.extend(rows.map(|_| *value)),
        }
    }
}
