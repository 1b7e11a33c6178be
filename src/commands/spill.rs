//! Spilling: records too many to be held wait in sorted runs on disk, and are merged when they are given.
//!
//! An external merge sort. A run is a sequence of blocks of records in their order; of each run
//! that is merged, one block is held. Where runs grow many, those of one level become one of the
//! next, so that a record is written again but a few times, however many there are.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use crate::data::codec::{push_column, push_numbers, take_column, take_numbers};
use crate::data::{Batch, Column, Position, Slot, Value, order};

/// Runs of a level that become one of the next.
const MOST_RUNS: usize = 64;

/// Bytes of a block, about: long enough to be read at the speed of the disk.
const BLOCK: usize = 256 << 10;

/// Records of a block at most.
const MOST_RECORDS: usize = 8192;

/// What a run consists of.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The slots of the columns that are kept.
    pub keep: Vec<Slot>,
    /// For each key of the order, whether it is descending. Keys have slots behind all others.
    pub descending: Arc<[bool]>,
    /// The number of slots of the plan.
    pub slots: usize,
}

impl Layout {
    /// The slots of the keys.
    pub fn keys(&self) -> std::ops::Range<Slot> {
        self.slots..self.slots + self.descending.len()
    }

    /// All columns of a block.
    fn columns(&self) -> Vec<Slot> {
        self.keep.iter().copied().chain(self.keys()).collect()
    }
}

/// Compares two records by their keys, and by their positions where those are equal.
pub fn compare(descending: &[bool], a: (&[Value], Position), b: (&[Value], Position)) -> Ordering {
    for ((a, b), descending) in a.0.iter().zip(b.0).zip(descending) {
        let order = order::compare(a, b);
        let order = if *descending { order.reverse() } else { order };
        if order.is_ne() {
            return order;
        }
    }
    a.1.cmp(&b.1)
}

/// A file without a name, gone with the process.
#[derive(Debug)]
struct Store {
    file: Mutex<File>,
}

/// Where a block lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    begin: u64,
    len: usize,
}

impl Store {
    fn new() -> io::Result<Store> {
        Ok(Store { file: Mutex::new(tempfile::tempfile().map_err(refused)?) })
    }

    fn with<T>(&self, body: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        body(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner)).map_err(refused)
    }

    fn push(&self, bytes: &[u8]) -> io::Result<Place> {
        self.with(|file| {
            let begin = file.seek(SeekFrom::End(0))?;
            file.write_all(bytes)?;
            Ok(Place { begin, len: bytes.len() })
        })
    }

    fn read(&self, place: Place) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; place.len];
        self.with(|file| {
            file.seek(SeekFrom::Start(place.begin))?;
            file.read_exact(&mut bytes)
        })?;
        Ok(bytes)
    }
}

/// The error of a disk that records are to wait on, with what to do about it.
fn refused(error: io::Error) -> io::Error {
    let why = "records wait on disk until all are in order, and TMPDIR names the place";
    io::Error::new(error.kind(), format!("{error}: {why}"))
}

/// Sorted records in a file.
#[derive(Clone, Debug)]
struct Run {
    store: Arc<Store>,
    blocks: Vec<Place>,
}

/// The runs that one worker wrote.
pub struct Spill {
    layout: Arc<Layout>,
    levels: Vec<(Arc<Store>, Vec<Run>)>,
    records: u64,
    /// For each column that is kept, a value of each type that was seen in it.
    examples: Vec<Vec<Value>>,
}

impl Spill {
    /// No runs.
    pub fn new(layout: Layout) -> Spill {
        let examples = vec![Vec::new(); layout.keep.len()];
        Spill { layout: Arc::new(layout), levels: Vec::new(), records: 0, examples }
    }

    /// Writes a run of `records` records that take `bytes` in memory: `rows` gives those of a range
    /// of the order as a batch, with their keys.
    ///
    /// # Errors
    /// What the disk refuses.
    pub fn write(
        &mut self,
        records: usize,
        bytes: usize,
        rows: impl Fn(std::ops::Range<usize>) -> Batch,
    ) -> io::Result<()> {
        if records == 0 {
            return Ok(());
        }
        let step = (BLOCK / (bytes / records).max(1)).clamp(1, MOST_RECORDS);
        let store = self.store(0)?;
        let mut blocks = Vec::new();
        for begin in (0..records).step_by(step) {
            let batch = rows(begin..records.min(begin + step));
            look_at(&batch, &self.layout.keep, &mut self.examples);
            blocks.push(push_block(&store, &self.layout, &batch)?);
        }
        self.records += records as u64;
        self.levels[0].1.push(Run { store, blocks });
        self.merge_levels()
    }

    /// The file of a level.
    fn store(&mut self, level: usize) -> io::Result<Arc<Store>> {
        if level == self.levels.len() {
            self.levels.push((Arc::new(Store::new()?), Vec::new()));
        }
        Ok(Arc::clone(&self.levels[level].0))
    }

    /// Makes one run of many.
    fn merge_levels(&mut self) -> io::Result<()> {
        let mut level = 0;
        while self.levels.get(level).is_some_and(|(_, runs)| runs.len() >= MOST_RUNS) {
            // The file of these runs goes with them.
            let emptied = (Arc::new(Store::new()?), Vec::new());
            let (_, runs) = std::mem::replace(&mut self.levels[level], emptied);
            let step = runs.iter().flat_map(|run| &run.blocks).count();
            let step = (self.records as usize / step.max(1)).clamp(1, MOST_RECORDS);
            let mut merge = Merge::new(&self.layout, runs, u64::MAX, 1)?;
            let store = self.store(level + 1)?;
            let mut blocks = Vec::new();
            while let Some(batch) = merge.next(step)? {
                blocks.push(push_block(&store, &self.layout, &batch)?);
            }
            self.levels[level + 1].1.push(Run { store, blocks });
            level += 1;
        }
        Ok(())
    }
}

/// Keeps of each column that is kept a value of every type in it that was not seen before.
fn look_at(batch: &Batch, keep: &[Slot], examples: &mut [Vec<Value>]) {
    for (slot, examples) in keep.iter().zip(examples) {
        let column = batch.column(*slot);
        let rows = match column.as_ref() {
            Column::Any(_) => 0..column.len(),
            // All of its values are of one type.
            _ => match (0..column.len()).find(|row| !column.is_missing(*row)) {
                Some(row) => row..row + 1,
                None => continue,
            },
        };
        for row in rows {
            add_example(column.value(row), examples);
        }
    }
}

/// Keeps a value of a type that was not seen before.
fn add_example(value: Value, examples: &mut Vec<Value>) {
    let kind = std::mem::discriminant(&value);
    if !value.is_missing() && examples.iter().all(|seen| std::mem::discriminant(seen) != kind) {
        examples.push(value);
    }
}

fn push_block(store: &Store, layout: &Layout, batch: &Batch) -> io::Result<Place> {
    let mut bytes = Vec::with_capacity(BLOCK);
    push_numbers(batch.positions().iter().copied(), &mut bytes);
    layout.columns().iter().for_each(|slot| push_column(batch.column(*slot), &mut bytes));
    store.push(&bytes)
}

/// All records of a gathering command, which wait until they are given part by part.
pub struct Waiting {
    layout: Arc<Layout>,
    records: Records,
    len: u64,
    examples: Vec<Vec<Value>>,
}

/// Where records wait.
enum Records {
    /// On disk.
    Runs(Vec<Run>),
    /// In memory, batch and row of each in their order: they are put together when they are given, so
    /// that they need not be held twice.
    Held(Vec<Batch>, Vec<(u32, u32)>),
}

impl Waiting {
    /// The runs of all workers, of which the first `limit` records are wanted.
    pub fn on_disk(spills: Vec<Spill>, limit: Option<usize>) -> Option<Waiting> {
        let layout = Arc::clone(&spills.first()?.layout);
        let mut examples = vec![Vec::new(); layout.keep.len()];
        let (mut runs, mut len) = (Vec::new(), 0);
        for spill in spills {
            len += spill.records;
            runs.extend(spill.levels.into_iter().flat_map(|(_, runs)| runs));
            for (all, own) in examples.iter_mut().zip(spill.examples) {
                own.into_iter().for_each(|value| add_example(value, all));
            }
        }
        len = len.min(limit.map_or(u64::MAX, |limit| limit as u64));
        Some(Waiting { layout, records: Records::Runs(runs), len, examples })
    }

    /// Records in memory: those that `picks` names, in that order.
    pub fn held(
        batches: Vec<Batch>,
        picks: Vec<(u32, u32)>,
        keep: &[Slot],
        slots: usize,
    ) -> Waiting {
        let layout = Layout { keep: keep.to_vec(), descending: Arc::new([]), slots };
        let mut examples = vec![Vec::new(); keep.len()];
        batches.iter().for_each(|batch| look_at(batch, keep, &mut examples));
        let len = picks.len() as u64;
        let records = Records::Held(batches, picks);
        Waiting { layout: Arc::new(layout), records, len, examples }
    }

    /// The number of records.
    pub fn records(&self) -> u64 {
        self.len
    }

    /// Values of all types that the column of a slot has.
    pub fn examples(&self, slot: Slot) -> &[Value] {
        let place = self.layout.keep.iter().position(|kept| *kept == slot);
        place.map_or(&[], |place| &self.examples[place])
    }

    /// The records from the first on, put together on up to `threads` workers.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub fn give(&self, threads: usize) -> io::Result<Given<'_>> {
        Ok(match &self.records {
            Records::Runs(runs) => {
                Given::Merged(Merge::new(&self.layout, runs.clone(), self.len, threads)?)
            }
            Records::Held(batches, picks) => {
                Given::Picked { batches, picks, layout: &self.layout, threads }
            }
        })
    }
}

/// Records that are given in their order, a batch after another, whatever their positions are.
pub enum Given<'w> {
    /// From disk.
    Merged(Merge),
    /// From memory.
    Picked {
        /// Where the records are.
        batches: &'w [Batch],
        /// Batch and row of each record that was not given yet.
        picks: &'w [(u32, u32)],
        /// The columns.
        layout: &'w Layout,
        /// The number of workers.
        threads: usize,
    },
}

impl Given<'_> {
    /// Up to `most` records more; `None` behind the last.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub fn next(&mut self, most: usize) -> io::Result<Option<Batch>> {
        match self {
            Given::Merged(merge) => merge.next(most),
            Given::Picked { batches, picks, layout, threads } => {
                let (now, later) = picks.split_at(picks.len().min(most));
                *picks = later;
                if now.is_empty() {
                    return Ok(None);
                }
                // They are in their order already: to look up the positions they had would take time.
                let positions = (0..now.len() as Position).collect();
                let columns = Batch::interleave_columns(batches, now, &layout.keep, *threads);
                Ok(Some(Batch::of_columns(columns, positions, layout.slots)))
            }
        }
    }
}

/// The first record of a run that was not given.
struct Head {
    keys: Vec<Value>,
    position: Position,
    source: usize,
    descending: Arc<[bool]>,
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> Ordering {
        compare(&self.descending, (&self.keys, self.position), (&other.keys, other.position))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// A run that is read: where its block is among those held, and how far it was given.
struct Source {
    store: Arc<Store>,
    blocks: std::vec::IntoIter<Place>,
    batch: usize,
    row: usize,
}

impl Source {
    /// The next block; `None` behind the last.
    fn load(&mut self, layout: &Layout) -> io::Result<Option<Batch>> {
        let Some(place) = self.blocks.next() else { return Ok(None) };
        let bytes = self.store.read(place)?;
        let taken = take_block(&bytes, layout);
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "records came back damaged");
        taken.ok_or_else(damaged).map(Some)
    }
}

fn take_block(mut bytes: &[u8], layout: &Layout) -> Option<Batch> {
    let positions = take_numbers(&mut bytes)?;
    let columns = layout.columns().into_iter().map(|slot| Some((slot, take_column(&mut bytes)?)));
    let columns = columns.collect::<Option<Vec<_>>>()?;
    let fits = columns.iter().all(|(_, column)| column.len() == positions.len());
    fits.then(|| Batch::of_columns(columns, positions, layout.slots + layout.descending.len()))
}

/// Runs while they are merged: the records in their order, a batch after another.
pub struct Merge {
    layout: Arc<Layout>,
    columns: Vec<Slot>,
    sources: Vec<Source>,
    heads: BinaryHeap<Reverse<Head>>,
    /// Blocks that a source is at, and those behind which it went since.
    batches: Vec<Batch>,
    left: u64,
    threads: usize,
}

impl Merge {
    fn new(
        layout: &Arc<Layout>,
        runs: Vec<Run>,
        records: u64,
        threads: usize,
    ) -> io::Result<Merge> {
        let mut merge = Merge {
            layout: Arc::clone(layout),
            columns: layout.columns(),
            sources: Vec::with_capacity(runs.len()),
            heads: BinaryHeap::with_capacity(runs.len()),
            batches: Vec::with_capacity(runs.len()),
            left: records,
            threads,
        };
        for (number, Run { store, blocks }) in runs.into_iter().enumerate() {
            let batch = merge.batches.len();
            let mut source = Source { store, blocks: blocks.into_iter(), batch, row: 0 };
            if let Some(batch) = source.load(layout)? {
                let mut head = Head {
                    keys: Vec::new(),
                    position: 0,
                    source: number,
                    descending: Arc::clone(&layout.descending),
                };
                read_head(&mut head, layout, &batch, 0);
                merge.batches.push(batch);
                merge.heads.push(Reverse(head));
            }
            merge.sources.push(source);
        }
        Ok(merge)
    }

    /// Up to `most` records more; `None` behind the last.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub fn next(&mut self, most: usize) -> io::Result<Option<Batch>> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(most);
        let mut picks = Vec::with_capacity(most);
        while picks.len() < most {
            let Some(mut head) = self.heads.peek_mut() else { break };
            let source = &mut self.sources[head.0.source];
            picks.push((source.batch as u32, source.row as u32));
            source.row += 1;
            if source.row == self.batches[source.batch].len() {
                let Some(batch) = source.load(&self.layout)? else {
                    PeekMut::pop(head);
                    continue;
                };
                (source.batch, source.row) = (self.batches.len(), 0);
                self.batches.push(batch);
            }
            read_head(&mut head.0, &self.layout, &self.batches[source.batch], source.row);
        }
        if picks.is_empty() {
            return Ok(None);
        }
        self.left -= picks.len() as u64;
        let slots = self.layout.slots + self.layout.descending.len();
        let batch = Batch::interleave(&self.batches, &picks, &self.columns, slots, self.threads);
        self.drop_given();
        Ok(Some(batch))
    }

    /// Lets go of the blocks that were given.
    fn drop_given(&mut self) {
        let mut batches: Vec<Option<Batch>> = self.batches.drain(..).map(Some).collect();
        for Reverse(head) in &self.heads {
            let source = &mut self.sources[head.source];
            if let Some(batch) = batches[source.batch].take() {
                source.batch = self.batches.len();
                self.batches.push(batch);
            }
        }
    }
}

/// Reads the keys of a record.
fn read_head(head: &mut Head, layout: &Layout, batch: &Batch, row: usize) {
    head.keys.clear();
    head.keys.extend(layout.keys().map(|slot| batch.column(slot).value(row)));
    head.position = batch.positions()[row];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout { keep: vec![0], descending: Arc::new([true]), slots: 1 }
    }

    /// Writes runs of two records each; the key of the n-th record is n % 10, and its value n.
    fn spill(records: std::ops::Range<i64>) -> Spill {
        let mut spill = Spill::new(layout());
        for begin in records.step_by(2) {
            let mut own = [begin, begin + 1];
            own.sort_by_key(|n| (Reverse(n % 10), *n));
            let batch = |rows: std::ops::Range<usize>| {
                let own = &own[rows];
                let values = own.iter().map(|n| Value::Integer(*n)).collect();
                let keys = own.iter().map(|n| Value::Integer(n % 10)).collect();
                let columns = [(0, Column::from_values(values)), (1, Column::from_values(keys))];
                Batch::of_columns(columns, own.iter().map(|n| *n as u64).collect(), 2)
            };
            spill.write(2, BLOCK * 2, batch).expect("there is a disk");
        }
        spill
    }

    fn given(spilled: &Waiting) -> Vec<i64> {
        let mut merge = spilled.give(1).expect("it was written");
        let mut all = Vec::new();
        while let Some(batch) = merge.next(7).expect("it was written") {
            all.extend((0..batch.len()).map(|row| match batch.column(0).value(row) {
                Value::Integer(n) => n,
                other => panic!("{other:?} was not written"),
            }));
        }
        all
    }

    #[test]
    fn runs_of_all_workers_and_levels_are_merged() {
        // 150 runs and 100: at least one of a second level each.
        let spills = vec![spill(0..300), spill(300..500)];
        assert!(
            spills.iter().all(|spill| spill.levels.len() == 2 && !spill.levels[1].1.is_empty())
        );
        let spilled = Waiting::on_disk(spills, None).expect("there are runs");
        let mut expected: Vec<i64> = (0..500).collect();
        expected.sort_by_key(|n| (Reverse(n % 10), *n));
        assert_eq!(given(&spilled), expected);
        assert_eq!(given(&spilled), expected, "they can be merged again");
        assert_eq!(spilled.records(), 500);
        assert!(matches!(spilled.examples(0), [Value::Integer(_)]));
    }

    #[test]
    fn what_is_held_is_given_in_its_order() {
        let column = |values: &[Value]| Column::from_values(values.to_vec());
        let batch = |values: &[Value]| {
            Batch::of_columns([(0, column(values))], (0..values.len() as u64).collect(), 1)
        };
        let batches =
            vec![batch(&[1, 2].map(Value::Integer)), batch(&[Value::Missing, Value::text("a")])];
        let picks = vec![(1, 1), (0, 1), (1, 0), (0, 0)];
        let waiting = Waiting::held(batches, picks, &[0], 1);
        assert_eq!(waiting.records(), 4);
        assert_eq!(waiting.examples(0), [Value::Integer(1), Value::text("a")]);
        let mut given = waiting.give(2).expect("it is in memory");
        let mut all = Vec::new();
        while let Some(batch) = given.next(3).expect("it is in memory") {
            all.push((0..batch.len()).map(|row| batch.column(0).value(row)).collect::<Vec<_>>());
        }
        let first = vec![Value::text("a"), Value::Integer(2), Value::Missing];
        assert_eq!(all, [first, vec![Value::Integer(1)]]);
    }

    #[test]
    fn a_limit_cuts_what_is_given() {
        let spilled = Waiting::on_disk(vec![spill(0..100)], Some(12)).expect("there are runs");
        assert_eq!(given(&spilled), [9, 19, 29, 39, 49, 59, 69, 79, 89, 99, 8, 18]);
        assert_eq!(spilled.records(), 12);
    }
}
