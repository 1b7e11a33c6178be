//! How `stats` runs: each worker groups its batches, then the groups of all workers are merged.
//!
//! While groups are few, a worker keeps one table. When they grow past what a cache holds, it
//! scatters records by the hash of their key into partitions, and each partition is grouped by
//! itself at the end, so that its table stays in the cache and partitions run on all cores.

use std::any::Any;
use std::sync::Arc;

use super::Stats;
use super::packing::Packing;
use super::partition::finish_partitions;
use super::scatter::{Scatter, keys_at, records_at};
use crate::aggregates::aggregate::{Accumulator, Input};
use crate::commands::command::{Gather, Gathered, Run, same};
use crate::data::groups::GroupTable;
use crate::data::interner::{Interner, Seen};
use crate::data::keys::{decode_column, encode_column, encode_word, hash_key, translate};
use crate::data::text::TextColumn;
use crate::data::{Batch, Column, Position};
use crate::error::Result;
use crate::eval::evaluate::evaluate;

/// Groups of one table beyond which records are scattered: about what a core's cache holds.
const SCATTER_AT: usize = if cfg!(test) { 40 } else { 1 << 15 };

/// Distinct keys with the running state of every aggregate.
pub(super) struct Groups {
    pub(super) table: GroupTable,
    pub(super) states: Vec<Box<dyn Accumulator>>,
    numbers: Vec<u32>,
}

impl Groups {
    /// No groups yet, for keys of `words` words.
    pub(super) fn new(stats: &Stats, words: usize) -> Groups {
        let make = |call: &crate::eval::bind::AggregateCall| {
            (call.aggregate.make)(&call.literals)
                .expect("literals were checked when the query was read")
        };
        Groups {
            table: GroupTable::new(words),
            states: stats.calls.iter().map(make).collect(),
            numbers: Vec::new(),
        }
    }

    /// The same groups with the same states.
    pub(super) fn copy(&self, stats: &Stats) -> Groups {
        let mut copy = Groups::new(stats, self.table.width());
        copy.table = self.table.clone();
        let all: Vec<u32> = (0..self.table.len() as u32).collect();
        for (state, own) in copy.states.iter_mut().zip(&self.states) {
            state.resize(all.len());
            state.merge(own.as_ref(), &all, &all);
        }
        copy
    }

    /// Makes room for groups to come.
    pub(super) fn reserve(&mut self, groups: usize) {
        self.table.reserve(groups);
    }

    /// Folds in records: their keys and how to hash one, their positions, and the arguments of each
    /// aggregate.
    pub(super) fn fold(
        &mut self,
        keys: &[u64],
        hash: impl Fn(&[u64]) -> u64,
        positions: &[Position],
        args: &[Vec<&Column>],
    ) {
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.clear();
        let one_group = self.table.insert_all(keys, hash, positions, &mut numbers);
        self.update((one_group, &numbers), positions, args);
        self.numbers = numbers;
    }

    /// Folds in records that all have one key.
    fn fold_one(&mut self, key: &[u64], hash: u64, positions: &[Position], args: &[Vec<&Column>]) {
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.clear();
        let one_group = self.table.insert_one(key, hash, positions, &mut numbers);
        self.update((one_group, &numbers), positions, args);
        self.numbers = numbers;
    }

    /// Folds in records whose one key is a text of a dictionary.
    fn fold_texts(
        &mut self,
        texts: &TextColumn,
        (seen, interner): (&mut Seen, &mut Interner),
        positions: &[Position],
        args: &[Vec<&Column>],
    ) {
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.clear();
        let key = |word| {
            let key = encode_word(word, &texts.buffer, interner);
            (key, hash_key(&[key], interner))
        };
        self.table.insert_words(texts, seen, key, positions, &mut numbers);
        self.update((None, &numbers), positions, args);
        self.numbers = numbers;
    }

    /// The groups of records, new ones for new keys; and the group of all, where that is one.
    pub(super) fn find(
        &mut self,
        keys: &[u64],
        hash: impl Fn(&[u64]) -> u64,
        positions: &[Position],
    ) -> (Option<u32>, Vec<u32>) {
        let mut numbers = Vec::with_capacity(positions.len());
        let one_group = self.table.insert_all(keys, hash, positions, &mut numbers);
        (one_group, numbers)
    }

    /// Hands records whose groups are known to every aggregate.
    pub(super) fn update(
        &mut self,
        (one_group, groups): (Option<u32>, &[u32]),
        positions: &[Position],
        args: &[Vec<&Column>],
    ) {
        for (state, args) in self.states.iter_mut().zip(args) {
            state.resize(self.table.len());
            state.update(&Input { args, groups, one_group, positions });
        }
    }

    /// Folds in the groups `from` of another table, which have these keys here.
    pub(super) fn merge(
        &mut self,
        other: &Groups,
        from: &[u32],
        keys: &[u64],
        hash: impl Fn(&[u64]) -> u64,
    ) {
        let width = self.table.width();
        let mut into = Vec::with_capacity(from.len());
        for (number, &group) in from.iter().enumerate() {
            let key = &keys[number * width..(number + 1) * width];
            into.push(self.table.insert(key, hash(key), other.table.first()[group as usize]));
        }
        for (state, other) in self.states.iter_mut().zip(&other.states) {
            state.resize(self.table.len());
            state.merge(other.as_ref(), from, &into);
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.table.memory() + self.states.iter().map(|state| state.memory()).sum::<usize>()
    }
}

/// The state of `stats` on one worker.
pub struct StatsGather {
    pub(super) stats: Arc<Stats>,
    pub(super) interner: Interner,
    pub(super) groups: Groups,
    pub(super) scatter: Option<Scatter>,
    keys: Vec<u64>,
    hashes: Vec<u64>,
    /// The groups of the last dictionary of keys.
    seen: Seen,
}

impl StatsGather {
    /// No groups yet.
    pub fn new(stats: Arc<Stats>) -> StatsGather {
        let groups = Groups::new(&stats, stats.keys.len());
        StatsGather {
            stats,
            interner: Interner::default(),
            groups,
            scatter: None,
            keys: Vec::new(),
            hashes: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// Computes the key words of so many records; of the first one alone where all have that key and
    /// one table holds all groups.
    fn encode_keys(&mut self, columns: &[Arc<Column>], records: usize) {
        let width = self.stats.keys.len();
        let constant = |column: &Arc<Column>| matches!(**column, Column::Constant(..));
        let same = self.scatter.is_none() && columns.iter().all(constant);
        self.keys.clear();
        self.keys.resize(if same { width } else { records * width }, 0);
        for (at, column) in columns.iter().enumerate() {
            encode_column(column, &mut self.interner, &mut self.keys, at, width);
        }
    }

    /// Folds records into the one table.
    fn fold_whole(&mut self, keys: &[u64], positions: &[Position], columns: &[Arc<Column>]) {
        let stats = Arc::clone(&self.stats);
        let interner = &self.interner;
        let args = stats.args_of_calls(columns);
        match keys.len() == stats.keys.len() {
            true => self.groups.fold_one(keys, hash_key(keys, interner), positions, &args),
            false => self.groups.fold(keys, |key| hash_key(key, interner), positions, &args),
        }
    }
}

impl Gather for StatsGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        let of_keys: Vec<Arc<Column>> =
            self.stats.keys.iter().map(|key| evaluate(&key.bound, &batch, &run.context)).collect();
        let columns: Vec<Arc<Column>> =
            self.stats.args.iter().map(|arg| evaluate(arg, &batch, &run.context)).collect();
        let positions = batch.positions();
        if let [key] = of_keys.as_slice()
            && let Column::Text(texts) = &**key
            && texts.interned
            && self.scatter.is_none()
            && self.groups.table.len() <= SCATTER_AT.min(Seen::MANY)
        {
            let stats = Arc::clone(&self.stats);
            let (args, words) =
                (stats.args_of_calls(&columns), (&mut self.seen, &mut self.interner));
            self.groups.fold_texts(texts, words, positions, &args);
            return;
        }
        self.encode_keys(&of_keys, batch.len());
        let keys = std::mem::take(&mut self.keys);
        let width = self.stats.keys.len();
        let loose = self.scatter.as_mut().and_then(|scatter| {
            self.hashes.clear();
            self.hashes.extend(keys.chunks_exact(width).map(|key| hash_key(key, &self.interner)));
            let loose = scatter.push((&keys, width), &self.hashes, positions, &columns);
            scatter.flush_if_full(&self.stats);
            loose
        });
        match loose {
            None => self.fold_whole(&keys, positions, &columns),
            Some(rows) if rows.is_empty() => {}
            Some(rows) => {
                let own = keys_at(&keys, width, &rows);
                let (positions, columns) = records_at(positions, &columns, &rows);
                self.fold_whole(&own, &positions, &columns);
            }
        }
        if self.scatter.is_none() && self.groups.table.len() > SCATTER_AT {
            let packing = Packing::of(self.groups.table.words(), width);
            self.scatter = Some(Scatter::new(packing, self.stats.args.len()));
        }
        self.keys = keys;
    }

    fn memory(&self) -> usize {
        self.interner.memory()
            + self.groups.memory()
            + self.scatter.as_ref().map_or(0, Scatter::memory)
    }

    fn copy(&mut self) -> Option<Box<dyn Gather>> {
        let stats = Arc::clone(&self.stats);
        Some(Box::new(StatsGather {
            interner: self.interner.clone(),
            groups: self.groups.copy(&stats),
            scatter: self.scatter.as_mut().map(|scatter| scatter.copy(&stats)),
            stats,
            keys: Vec::new(),
            hashes: Vec::new(),
            seen: Seen::default(),
        }))
    }

    fn finish(self: Box<Self>, others: Vec<Box<dyn Gather>>, run: &Run<'_>) -> Result<Gathered> {
        let mut workers = vec![*self];
        workers.extend(same::<StatsGather>(others));
        let interners: Vec<Interner> =
            workers.iter_mut().map(|worker| std::mem::take(&mut worker.interner)).collect();
        let (interner, maps) = merge_interners(interners);
        let scattered = workers.iter().any(|worker| worker.scatter.is_some());
        let batches = match scattered {
            false => vec![finish_whole(workers, &maps, &interner, run)],
            true => finish_partitions(workers, &maps, &interner, run)?,
        };
        let found = batches.iter().map(|batch| batch.len() as u64).sum();
        Ok(Gathered::of(batches, found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// One interner of all texts, and for each of the old ones the new numbers of its texts.
fn merge_interners(interners: Vec<Interner>) -> (Interner, Vec<Vec<u32>>) {
    let mut rest = interners.into_iter();
    let mut merged = rest.next().unwrap_or_default();
    let mut maps = vec![(0..merged.len() as u32).collect::<Vec<u32>>()];
    for interner in rest {
        let number = |id| merged.intern(interner.text(id));
        maps.push((0..interner.len() as u32).map(number).collect());
    }
    (merged, maps)
}

/// Few groups: merges every worker's table into the first.
fn finish_whole(
    workers: Vec<StatsGather>,
    maps: &[Vec<u32>],
    interner: &Interner,
    run: &Run<'_>,
) -> Batch {
    let mut workers = workers.into_iter();
    let first = workers.next().expect("there is at least one worker");
    let (stats, mut groups) = (first.stats, first.groups);
    for (worker, map) in workers.zip(&maps[1..]) {
        let from: Vec<u32> = (0..worker.groups.table.len() as u32).collect();
        let words = worker.groups.table.words().iter();
        let keys: Vec<u64> = words.map(|word| translate(*word, map)).collect();
        groups.merge(&worker.groups, &from, &keys, |key| hash_key(key, interner));
    }
    if stats.keys.is_empty() && groups.table.is_empty() {
        // Without `by` there is one row, also over no records.
        groups.table.insert(&[], 0, 0);
        groups.states.iter_mut().for_each(|state| state.resize(1));
    }
    finish_groups(&stats, groups, None, interner, run)
}

/// The result of a table: keys, aggregates, and the expressions over them.
pub(super) fn finish_groups(
    stats: &Stats,
    mut groups: Groups,
    packing: Option<&Packing>,
    interner: &Interner,
    run: &Run<'_>,
) -> Batch {
    let width = stats.keys.len();
    let unpacked: Vec<u64>;
    let words = match packing {
        None => groups.table.words(),
        Some(packing) => {
            let mut words = Vec::with_capacity(groups.table.len() * width);
            let keys = groups.table.words().chunks_exact(packing.words());
            keys.for_each(|key| packing.unpack(key, &mut words));
            unpacked = words;
            &unpacked
        }
    };
    let keys = stats
        .keys
        .iter()
        .enumerate()
        .map(|(at, key)| (key.slot, decode_column(words, at, width, interner)));
    let mut columns: Vec<_> = keys.collect();
    for (call, state) in stats.calls.iter().zip(&mut groups.states) {
        columns.push((call.slot, state.finish()));
    }
    let mut batch = Batch::of_columns(columns, groups.table.first().to_vec(), run.slots);
    for item in &stats.items {
        let column = evaluate(&item.bound, &batch, &run.context);
        batch.set(item.slot, column);
    }
    batch
}
