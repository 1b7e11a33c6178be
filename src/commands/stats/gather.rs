//! How `stats` runs: each worker groups its batches, then the groups of all workers are merged.
//!
//! While groups are few, a worker keeps one table. When they grow past what a cache holds, it
//! scatters records by the hash of their key into partitions, and each partition is grouped by
//! itself at the end, so that its table stays in the cache and partitions run on all cores.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Stats;
use super::partition::{PARTITIONS, Scatter, partition_of};
use crate::aggregates::aggregate::{Accumulator, Input};
use crate::commands::command::{Gather, Gathered, Run, same};
use crate::data::groups::GroupTable;
use crate::data::interner::Interner;
use crate::data::keys::{decode_column, encode_column, hash_key, translate};
use crate::data::{Batch, Column, Position};
use crate::error::{Error, Result};
use crate::eval::evaluate::evaluate;
use crate::parallel::for_each_parallel;

/// Groups of one table beyond which records are scattered: about what a core's cache holds.
const SCATTER_AT: usize = 1 << 15;

/// Distinct keys with the running state of every aggregate.
pub(super) struct Groups {
    pub(super) table: GroupTable,
    pub(super) states: Vec<Box<dyn Accumulator>>,
    numbers: Vec<u32>,
}

impl Groups {
    pub(super) fn new(stats: &Stats) -> Groups {
        let make = |call: &crate::eval::bind::AggregateCall| {
            (call.aggregate.make)(&call.literals)
                .expect("literals were checked when the query was read")
        };
        Groups {
            table: GroupTable::new(stats.keys.len()),
            states: stats.calls.iter().map(make).collect(),
            numbers: Vec::new(),
        }
    }

    /// Folds in records: their keys, hashes and positions, and the arguments of each aggregate.
    pub(super) fn fold(
        &mut self,
        keys: &[u64],
        hashes: &[u64],
        positions: &[Position],
        args: &[Vec<&Column>],
    ) {
        self.numbers.clear();
        self.table.insert_all(keys, hashes, positions, &mut self.numbers);
        for (state, args) in self.states.iter_mut().zip(args) {
            state.resize(self.table.len());
            state.update(&Input { args, groups: &self.numbers, positions });
        }
    }

    /// Folds in some groups of another table, whose interned texts are renumbered by `map`.
    pub(super) fn merge(&mut self, other: &Groups, from: &[u32], map: Option<&[u32]>) {
        let mut into = Vec::with_capacity(from.len());
        let mut key = Vec::new();
        for &group in from {
            let group = group as usize;
            key.clear();
            let words = other.table.key(group).iter();
            match map {
                Some(map) => key.extend(words.map(|word| translate(*word, map))),
                None => key.extend(words),
            }
            let (hash, first) = (other.table.hashes()[group], other.table.first()[group]);
            into.push(self.table.insert(&key, hash, first));
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
    interner: Interner,
    groups: Groups,
    scatter: Option<Scatter>,
    keys: Vec<u64>,
    hashes: Vec<u64>,
}

impl StatsGather {
    /// No groups yet.
    pub fn new(stats: Arc<Stats>) -> StatsGather {
        let groups = Groups::new(&stats);
        StatsGather {
            stats,
            interner: Interner::default(),
            groups,
            scatter: None,
            keys: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// Computes the key words and hashes of a batch.
    fn encode_keys(&mut self, batch: &Batch, run: &Run<'_>) {
        let width = self.stats.keys.len();
        self.keys.clear();
        self.keys.resize(batch.len() * width, 0);
        for (at, key) in self.stats.keys.iter().enumerate() {
            let column = evaluate(&key.bound, batch, &run.context);
            encode_column(&column, &mut self.interner, &mut self.keys, at, width);
        }
        self.hashes.clear();
        if width > 0 {
            let keys = self.keys.chunks_exact(width);
            self.hashes.extend(keys.map(|key| hash_key(key, &self.interner)));
        }
    }
}

impl Gather for StatsGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        self.encode_keys(&batch, run);
        let stats = Arc::clone(&self.stats);
        let columns: Vec<Arc<Column>> =
            stats.args.iter().map(|arg| evaluate(arg, &batch, &run.context)).collect();
        let positions = batch.positions();
        if let Some(scatter) = &mut self.scatter
            && scatter.push(&self.keys, &self.hashes, positions, &columns)
        {
            scatter.flush_if_full(&stats, &self.interner);
            return;
        }
        let args = stats.args_of_calls(&columns);
        self.groups.fold(&self.keys, &self.hashes, positions, &args);
        if self.scatter.is_none() && self.groups.table.len() > SCATTER_AT {
            self.scatter = Some(Scatter::new(stats.keys.len(), stats.args.len()));
        }
    }

    fn memory(&self) -> usize {
        self.interner.memory()
            + self.groups.memory()
            + self.scatter.as_ref().map_or(0, Scatter::memory)
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
        Ok(Gathered { batches, found })
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
        groups.merge(&worker.groups, &from, Some(map));
    }
    if stats.keys.is_empty() && groups.table.is_empty() {
        // Without `by` there is one row, also over no records.
        groups.table.insert(&[], 0, 0);
        groups.states.iter_mut().for_each(|state| state.resize(1));
    }
    finish_groups(&stats, groups, interner, run)
}

/// Many groups: partition by partition, on all cores.
fn finish_partitions(
    workers: Vec<StatsGather>,
    maps: &[Vec<u32>],
    interner: &Interner,
    run: &Run<'_>,
) -> Result<Vec<Batch>> {
    let stats = Arc::clone(&workers[0].stats);
    let members: Vec<Vec<Vec<u32>>> =
        workers.iter().map(|worker| members_by_partition(&worker.groups.table)).collect();
    let batches = for_each_parallel(run.threads, PARTITIONS, |partition| {
        if run.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let mut groups = Groups::new(&stats);
        for ((worker, map), members) in workers.iter().zip(maps).zip(&members) {
            groups.merge(&worker.groups, &members[partition], Some(map));
            if let Some(scatter) = &worker.scatter {
                scatter.fold_into(partition, &mut groups, &stats, map, interner);
            }
        }
        Ok(finish_groups(&stats, groups, interner, run))
    });
    batches.into_iter().collect()
}

/// The groups of a table by the partition they belong to.
fn members_by_partition(table: &GroupTable) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); PARTITIONS];
    for (group, hash) in table.hashes().iter().enumerate() {
        members[partition_of(*hash)].push(group as u32);
    }
    members
}

/// The result of a table: keys, aggregates, and the expressions over them.
fn finish_groups(stats: &Stats, mut groups: Groups, interner: &Interner, run: &Run<'_>) -> Batch {
    let width = stats.keys.len();
    let words = groups.table.words();
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
