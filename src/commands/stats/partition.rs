//! Partitions: how scattered records of all workers become groups, one partition after another.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Stats;
use super::gather::{Groups, StatsGather, finish_groups};
use super::packing::Packing;
use super::scatter::{
    PARTITIONS, Part, fold_buffers, hash_packed, keys_at, partition_of, records_at,
};
use crate::commands::command::Run;
use crate::data::groups::GroupTable;
use crate::data::interner::Interner;
use crate::data::keys::{hash_key, translate};
use crate::data::{Batch, Column, Position};
use crate::error::{Error, Result};
use crate::parallel::for_each_parallel;

/// What one worker brings into the partitions.
struct Share<'a> {
    /// Groups of its one table, by whole keys, and which of them belong to each partition.
    groups: &'a Groups,
    members: Vec<Vec<u32>>,
    /// What it scattered, partition by partition, each taken once.
    parts: Vec<Mutex<Option<Part>>>,
    /// How it packed keys, where it did not do so like the others or has other numbers of texts.
    repack: Option<Arc<Packing>>,
    /// The common numbers of its texts.
    map: &'a [u32],
}

/// Groups of one partition while they are put together.
struct Target<'a> {
    stats: &'a Stats,
    packing: &'a Packing,
    interner: &'a Interner,
    /// Those whose keys can be packed, by packed keys.
    packed: Groups,
    /// All others, by whole keys.
    whole: Groups,
}

/// Many groups: partition by partition, on all cores.
pub(super) fn finish_partitions(
    mut workers: Vec<StatsGather>,
    maps: &[Vec<u32>],
    interner: &Interner,
    run: &Run<'_>,
) -> Result<Vec<Batch>> {
    let stats = Arc::clone(&workers[0].stats);
    let scatters: Vec<_> = workers.iter_mut().map(|worker| worker.scatter.take()).collect();
    let packings = || scatters.iter().flatten().map(|scatter| Arc::clone(scatter.packing()));
    let packing = packings().next().expect("a worker has scattered records");
    let shares: Vec<Share<'_>> = workers
        .iter()
        .zip(scatters)
        .zip(maps)
        .map(|((worker, scatter), map)| {
            let own = scatter.as_ref().map(|scatter| Arc::clone(scatter.packing()));
            let renumbered = map.iter().enumerate().any(|(old, new)| old as u32 != *new);
            let alike =
                |own: &Arc<Packing>| **own == *packing && !(renumbered && packing.has_interned());
            let parts = scatter.map_or_else(Vec::new, |scatter| scatter.into_parts());
            Share {
                groups: &worker.groups,
                members: members_by_partition(&worker.groups.table),
                parts: parts.into_iter().map(|part| Mutex::new(Some(part))).collect(),
                repack: own.filter(|own| !alike(own)),
                map,
            }
        })
        .collect();
    // Hashes spread keys evenly: partitions have about as many groups as those before.
    let most = AtomicUsize::new(0);
    let batches = for_each_parallel(run.threads, PARTITIONS, |partition| {
        if run.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let mut target = Target {
            stats: &stats,
            packing: &packing,
            interner,
            packed: Groups::new(&stats, packing.words()),
            whole: Groups::new(&stats, stats.keys.len()),
        };
        target.packed.reserve(most.load(Ordering::Relaxed));
        shares.iter().for_each(|share| target.take(share, partition));
        most.fetch_max(target.packed.table.len(), Ordering::Relaxed);
        let Target { packed, whole, .. } = target;
        let mut batches = vec![finish_groups(&stats, packed, Some(&packing), interner, run)];
        if !whole.table.is_empty() {
            batches.push(finish_groups(&stats, whole, None, interner, run));
        }
        batches.retain(|batch| !batch.is_empty());
        Ok(batches)
    });
    let batches = batches.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(batches.into_iter().flatten().collect())
}

/// The groups of a table by the partition they belong to.
fn members_by_partition(table: &GroupTable) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); PARTITIONS];
    for (group, hash) in table.hashes().iter().enumerate() {
        members[partition_of(*hash)].push(group as u32);
    }
    members
}

impl Target<'_> {
    /// Takes in what a worker has of a partition.
    fn take(&mut self, share: &Share<'_>, partition: usize) {
        let part = share
            .parts
            .get(partition)
            .and_then(|part| part.lock().unwrap_or_else(PoisonError::into_inner).take());
        let Part { buffers, table } = part.unwrap_or_default();
        match &share.repack {
            None => {
                if let Some(table) = &table {
                    let from: Vec<u32> = (0..table.table.len() as u32).collect();
                    self.packed.merge(table, &from, table.table.words(), hash_packed);
                }
                fold_buffers(buffers, &mut self.packed, self.stats);
            }
            Some(own) => {
                let keys = |packed: &[u64]| {
                    let mut keys = Vec::new();
                    let packed = packed.chunks_exact(own.words());
                    packed.for_each(|key| own.unpack_translated(key, share.map, &mut keys));
                    keys
                };
                if let Some(table) = &table {
                    let from: Vec<u32> = (0..table.table.len() as u32).collect();
                    self.merge(table, &from, &keys(table.table.words()));
                }
                for buffer in buffers {
                    let (packed, positions, columns) = buffer.into_records();
                    self.fold(&keys(&packed), &positions, &columns);
                }
            }
        }
        let members = &share.members[partition];
        let words = members.iter().flat_map(|group| share.groups.table.key(*group as usize));
        let keys: Vec<u64> = words.map(|word| translate(*word, share.map)).collect();
        self.merge(share.groups, members, &keys);
    }

    /// Which of some whole keys can be packed, those packed, and which cannot.
    fn split(&self, keys: &[u64]) -> (Vec<u32>, Vec<u64>, Vec<u32>) {
        let mut key = vec![0; self.packing.words()];
        let (mut fitting, mut packed, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (row, whole) in keys.chunks_exact(self.stats.keys.len()).enumerate() {
            if self.packing.pack(whole, &mut key) {
                fitting.push(row as u32);
                packed.extend_from_slice(&key);
            } else {
                others.push(row as u32);
            }
        }
        (fitting, packed, others)
    }

    /// Folds in groups `from` of a table, which have these whole keys.
    fn merge(&mut self, other: &Groups, from: &[u32], keys: &[u64]) {
        let (fitting, packed, others) = self.split(keys);
        let groups = |rows: &[u32]| rows.iter().map(|row| from[*row as usize]).collect::<Vec<_>>();
        self.packed.merge(other, &groups(&fitting), &packed, hash_packed);
        let whole = keys_at(keys, self.stats.keys.len(), &others);
        let interner = self.interner;
        self.whole.merge(other, &groups(&others), &whole, |key| hash_key(key, interner));
    }

    /// Folds in records of these whole keys.
    fn fold(&mut self, keys: &[u64], positions: &[Position], columns: &[Arc<Column>]) {
        let (fitting, packed, others) = self.split(keys);
        let (own, columns_own) = records_at(positions, columns, &fitting);
        self.packed.fold(&packed, hash_packed, &own, &self.stats.args_of_calls(&columns_own));
        if others.is_empty() {
            return;
        }
        let (own, columns_own) = records_at(positions, columns, &others);
        let whole = keys_at(keys, self.stats.keys.len(), &others);
        let interner = self.interner;
        let hash = |key: &[u64]| hash_key(key, interner);
        self.whole.fold(&whole, hash, &own, &self.stats.args_of_calls(&columns_own));
    }
}
