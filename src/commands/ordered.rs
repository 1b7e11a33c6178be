//! Ordered records: what `sort`, `limit` and the end of every query share, a bounded top-k.

use std::any::Any;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::command::{Gather, Gathered, Gathering, Run, same};
use super::spill::{self, Layout, Spill, Waiting};
use crate::data::{Batch, Column, Number, Position, Slot, Value, order};
use crate::error::{Error, Result};
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;

/// By what records are ordered, and how many are kept. Ties go by position.
#[derive(Clone)]
pub struct Ordered {
    /// The keys; `true` is descending.
    pub keys: Vec<(Bound, bool)>,
    /// The number of records kept; `None` keeps all.
    pub limit: Option<usize>,
    /// Whether any records will do: then input behind enough of them need not be read. They are
    /// the first by position, so that chance never shows.
    pub any: bool,
}

impl Ordered {
    /// The slots that ordering reads: the keys, and everything that is read behind it.
    pub fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = behind.to_vec();
        self.keys.iter().for_each(|(key, _)| key.slots(&mut slots));
        slots
    }
}

impl Gathering for Ordered {
    fn gather(&self, behind: &[Slot], run: &Run<'_>) -> Box<dyn Gather> {
        let state = OrderedGather::new(Arc::new(self.clone()), behind.to_vec());
        Box::new(OrderedGather { room: run.room, ..state })
    }

    fn limit(&self) -> Option<usize> {
        self.limit
    }

    fn leading(&self) -> Option<(Slot, bool)> {
        match self.keys.first() {
            Some((Bound::Field(slot), descending)) => Some((*slot, *descending)),
            _ => None,
        }
    }
}

/// A record that may be in the result.
struct Entry {
    keys: Box<[Value]>,
    position: Position,
    batch: u32,
    row: u32,
}

/// The state on one worker: candidates, pruned to the limit whenever twice as many are held.
pub struct OrderedGather {
    ordered: Arc<Ordered>,
    /// For each key, whether it is descending.
    descending: Arc<[bool]>,
    keep: Vec<Slot>,
    entries: Vec<Entry>,
    batches: Vec<Batch>,
    /// The last record of a full set of candidates: what comes behind it is not looked at.
    bound: Option<(Box<[Value]>, Position)>,
    found: u64,
    held: usize,
    /// Bytes beyond which the records may be given in parts.
    room: Option<usize>,
    /// What was put on disk.
    spill: Option<Spill>,
    /// Records that were looked at since the bound was found last.
    unpruned: usize,
}

/// Records after which the bound is looked for, however few candidates they leave.
const WITHOUT_BOUND: usize = 1 << 16;

/// Batches that may stay undecoded, each holding its block of input, before they are detached.
const UNDECODED: usize = 32;

/// Bytes of records that are put together at once; more are while they are given, where they may be.
const AT_ONCE: usize = 4 << 20;

impl OrderedGather {
    /// An empty state that keeps the columns of `keep`.
    pub fn new(ordered: Arc<Ordered>, keep: Vec<Slot>) -> OrderedGather {
        let (entries, batches) = (Vec::new(), Vec::new());
        OrderedGather {
            descending: ordered.keys.iter().map(|(_, descending)| *descending).collect(),
            ordered,
            keep,
            entries,
            batches,
            bound: None,
            found: 0,
            held: 0,
            room: None,
            spill: None,
            unpruned: 0,
        }
    }

    /// Whether every record is kept, in the order of positions.
    fn takes_all(&self) -> bool {
        self.ordered.keys.is_empty() && self.ordered.limit.is_none()
    }

    /// Whether every record of a batch lies behind the bound, as far as is known without decoding.
    fn is_behind(&self, batch: &Batch) -> bool {
        let Some((slot, descending)) = self.ordered.leading() else { return false };
        let bound = self.bound.as_ref().and_then(|(keys, _)| keys[0].number());
        let bounds = batch.bounds(slot);
        let bounds = bounds.and_then(|(least, most)| Some((least.number()?, most.number()?)));
        let (Some(Number::Integer(bound)), Some((Number::Integer(least), Number::Integer(most)))) =
            (bound, bounds)
        else {
            return false;
        };
        if descending { most < bound } else { least > bound }
    }

    /// The rows of a batch that may be among the first, most others left out by cheap tests.
    fn candidates(&self, keys: &[Arc<Column>], positions: &[Position]) -> Vec<u32> {
        let all = 0..positions.len() as u32;
        let Some(first) = keys.first() else {
            let last = self.bound.as_ref().map_or(Position::MAX, |(_, position)| *position);
            return all.filter(|row| positions[*row as usize] <= last).collect();
        };
        let descending = self.ordered.keys[0].1;
        let bound = self.bound.as_ref().map(|(keys, _)| &keys[0]);
        if let Column::Integer(values, None) | Column::Time(values, None) = first.as_ref() {
            let limit = self.ordered.limit.unwrap_or(usize::MAX);
            let bound = bound.map(Value::number);
            return match (bound, descending) {
                (Some(Some(Number::Integer(bound))), true) => {
                    first_rows(values, bound, limit, |a, b| a >= b)
                }
                (Some(Some(Number::Integer(bound))), false) => {
                    first_rows(values, bound, limit, |a, b| a <= b)
                }
                (None, true) => first_rows(values, i64::MIN, limit, |a, b| a >= b),
                (None, false) => first_rows(values, i64::MAX, limit, |a, b| a <= b),
                _ => all.collect(),
            };
        }
        let Some(bound) = bound else { return all.collect() };
        let in_front = |row: &u32| {
            let order = order::compare(&first.value(*row as usize), bound);
            if descending { order.is_ge() } else { order.is_le() }
        };
        all.filter(in_front).collect()
    }

    fn compare(&self, a: (&[Value], Position), b: (&[Value], Position)) -> Ordering {
        spill::compare(&self.descending, a, b)
    }

    fn compare_entries(&self, a: &Entry, b: &Entry) -> Ordering {
        self.compare((&a.keys, a.position), (&b.keys, b.position))
    }

    /// Takes the candidates, the first of them in their order.
    fn in_order(&mut self) -> Vec<Entry> {
        let mut entries = std::mem::take(&mut self.entries);
        match self.ordered.keys.is_empty() {
            true => entries.sort_unstable_by_key(|entry| entry.position),
            false => entries.sort_unstable_by(|a, b| self.compare_entries(a, b)),
        }
        entries.truncate(self.ordered.limit.unwrap_or(usize::MAX));
        entries
    }

    /// Cuts the candidates to the limit and lets go of what they no longer need.
    fn prune(&mut self, limit: usize) {
        self.unpruned = 0;
        let mut entries = std::mem::take(&mut self.entries);
        if entries.len() >= limit && limit > 0 {
            entries.select_nth_unstable_by(limit - 1, |a, b| self.compare_entries(a, b));
            entries.truncate(limit);
            if let Some(last) = entries.iter().max_by(|a, b| self.compare_entries(a, b)) {
                self.bound = Some((last.keys.clone(), last.position));
            }
        } else {
            entries.truncate(limit);
        }
        self.entries = entries;
        self.drop_unused();
    }

    /// Lets go of batches without a candidate; of many undecoded ones, keeps only the candidates.
    fn drop_unused(&mut self) {
        let mut used = vec![false; self.batches.len()];
        self.entries.iter().for_each(|entry| used[entry.batch as usize] = true);
        let kept = used.iter().filter(|used| **used).count();
        if kept > UNDECODED {
            let picks: Vec<(u32, u32)> =
                self.entries.iter().map(|entry| (entry.batch, entry.row)).collect();
            let slots = self.batches[0].slots();
            let batch = Batch::interleave(&self.batches, &picks, &self.keep, slots, 1);
            for (row, entry) in self.entries.iter_mut().enumerate() {
                (entry.batch, entry.row) = (0, row as u32);
            }
            self.held = batch.memory();
            self.batches = vec![batch];
            return;
        }
        let mut numbers = vec![0; used.len()];
        let mut next = 0;
        for (number, used) in numbers.iter_mut().zip(&used) {
            *number = next;
            next += u32::from(*used);
        }
        let mut used = used.into_iter();
        self.batches.retain(|_| used.next().unwrap_or(false));
        self.entries.iter_mut().for_each(|entry| entry.batch = numbers[entry.batch as usize]);
    }
}

/// The rows whose number is in front of `bound` or equal, and of those only the first `limit` and
/// their ties; `in_front(a, b)` says whether a stands in front of b or equals it.
fn first_rows(
    values: &[i64],
    bound: i64,
    limit: usize,
    in_front: impl Fn(i64, i64) -> bool,
) -> Vec<u32> {
    let rows = |bound: i64| {
        let numbered = values.iter().enumerate();
        let passing = numbered.filter(|(_, value)| in_front(**value, bound));
        passing.map(|(row, _)| row as u32).collect::<Vec<u32>>()
    };
    let passing = rows(bound);
    if passing.len() <= limit.saturating_mul(4) || limit == 0 {
        return passing;
    }
    let mut numbers: Vec<i64> = passing.iter().map(|row| values[*row as usize]).collect();
    let order = |a: &i64, b: &i64| match (in_front(*a, *b), in_front(*b, *a)) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        _ => Ordering::Greater,
    };
    let (_, last, _) = numbers.select_nth_unstable_by(limit - 1, order);
    rows(*last)
}

impl Gather for OrderedGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        self.found += batch.len() as u64;
        let limit = self.ordered.limit.unwrap_or(usize::MAX);
        if limit == 0 {
            return;
        }
        if self.takes_all() {
            let batch = batch.detach(&self.keep);
            self.held += batch.memory();
            self.batches.push(batch);
            return;
        }
        if self.is_behind(&batch) {
            return;
        }
        let ordered = Arc::clone(&self.ordered);
        let keys: Vec<Arc<Column>> =
            ordered.keys.iter().map(|(key, _)| evaluate(key, &batch, &run.context)).collect();
        let positions = batch.positions();
        let rows = self.candidates(&keys, positions);
        let number = self.batches.len() as u32;
        let entry = |(index, row): (usize, &u32)| Entry {
            keys: keys.iter().map(|key| key.value(*row as usize)).collect(),
            position: positions[*row as usize],
            batch: number,
            row: index as u32,
        };
        let mut entries: Vec<Entry> = rows.iter().enumerate().map(entry).collect();
        if entries.len() > limit {
            entries.select_nth_unstable_by(limit - 1, |a, b| self.compare_entries(a, b));
            entries.truncate(limit);
        }
        if entries.is_empty() {
            return;
        }
        // The batch keeps only the rows that are left.
        let left: Vec<u32> = entries.iter().map(|entry| rows[entry.row as usize]).collect();
        for (index, entry) in entries.iter_mut().enumerate() {
            entry.row = index as u32;
        }
        // A few records are decoded at once, so that their block of input can be let go; many
        // may turn out to be behind others, and wait undecoded.
        let batch_len = batch.len();
        let few = left.len() * 16 < batch.len() || ordered.limit.is_none();
        let batch = if left.len() < batch.len() { batch.select(&left, &self.keep) } else { batch };
        let batch = if few { batch.detach(&self.keep) } else { batch };
        self.held += batch.memory();
        self.batches.push(batch);
        self.entries.extend(entries);
        self.unpruned += batch_len;
        // A bound is worth having early where batches are large.
        let many = self.entries.len() > limit.saturating_mul(2).max(1024)
            || self.batches.len() > 2 * UNDECODED
            || (self.entries.len() >= limit && self.unpruned > WITHOUT_BOUND);
        if many && ordered.limit.is_some() {
            self.prune(limit);
        }
    }

    fn spill(&mut self, run: &Run<'_>) -> Result<bool> {
        let bytes = self.memory();
        let (picks, entries) = match self.takes_all() {
            true => (Batch::by_position(&self.batches, 1), Vec::new()),
            false => {
                let entries = self.in_order();
                (entries.iter().map(|entry| (entry.batch, entry.row)).collect(), entries)
            }
        };
        let batches = std::mem::take(&mut self.batches);
        self.held = 0;
        let (keep, descending) = (self.keep.clone(), Arc::clone(&self.descending));
        let layout = Layout { keep, descending, slots: run.slots };
        let (keys, slots) = (layout.keys(), layout.keys().end);
        let spill = self.spill.get_or_insert_with(|| Spill::new(layout));
        let rows = |rows: Range<usize>| {
            let mut batch = Batch::interleave(&batches, &picks[rows.clone()], &self.keep, slots, 1);
            for (number, slot) in keys.clone().enumerate() {
                let values = entries[rows.clone()].iter().map(|entry| entry.keys[number].clone());
                batch.set(slot, Column::from_values(values.collect()));
            }
            batch
        };
        let written = spill.write(picks.len(), bytes, rows);
        written.map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        Ok(true)
    }

    fn enough(&self) -> Option<Position> {
        let limit = self.ordered.limit.filter(|limit| self.ordered.any && *limit > 0)?;
        if self.entries.len() < limit {
            return None;
        }
        let mut positions: Vec<Position> =
            self.entries.iter().map(|entry| entry.position).collect();
        Some(*positions.select_nth_unstable(limit - 1).1)
    }

    fn copy(&mut self) -> Option<Box<dyn Gather>> {
        // All records of the logs are not held twice.
        self.ordered.limit?;
        if self.spill.is_some() {
            return None;
        }
        let picks: Vec<_> = self.entries.iter().map(|entry| (entry.batch, entry.row)).collect();
        let own =
            |first: &Batch| Batch::interleave(&self.batches, &picks, &self.keep, first.slots(), 1);
        let batches: Vec<Batch> = self.batches.first().map(own).into_iter().collect();
        let entry = |(row, entry): (usize, &Entry)| Entry {
            keys: entry.keys.clone(),
            position: entry.position,
            batch: 0,
            row: row as u32,
        };
        Some(Box::new(OrderedGather {
            descending: Arc::clone(&self.descending),
            entries: self.entries.iter().enumerate().map(entry).collect(),
            bound: self.bound.clone(),
            found: self.found,
            held: batches.iter().map(Batch::memory).sum(),
            room: self.room,
            unpruned: self.unpruned,
            batches,
            ..OrderedGather::new(Arc::clone(&self.ordered), self.keep.clone())
        }))
    }

    fn memory(&self) -> usize {
        let per_entry = size_of::<Entry>() + self.ordered.keys.len() * size_of::<Value>();
        self.held + self.entries.capacity() * per_entry
    }

    fn finish(
        mut self: Box<Self>,
        others: Vec<Box<dyn Gather>>,
        run: &Run<'_>,
    ) -> Result<Gathered> {
        let mut others = same::<OrderedGather>(others);
        if self.spill.is_some() || others.iter().any(|other| other.spill.is_some()) {
            let limit = self.ordered.limit;
            let mut found = self.found;
            Gather::spill(self.as_mut(), run)?;
            for other in &mut others {
                Gather::spill(other, run)?;
                found += other.found;
            }
            let spills = others.into_iter().filter_map(|other| other.spill);
            let waiting = Waiting::on_disk(self.spill.into_iter().chain(spills).collect(), limit);
            return Ok(Gathered { batches: Vec::new(), found, waiting });
        }
        for other in others {
            let offset = self.batches.len() as u32;
            self.found += other.found;
            self.held += other.held;
            self.batches.extend(other.batches);
            let moved = other.entries.into_iter().map(|mut entry| {
                entry.batch += offset;
                entry
            });
            self.entries.extend(moved);
        }
        let picks = if self.takes_all() {
            Batch::by_position(&self.batches, run.threads)
        } else {
            self.in_order().iter().map(|entry| (entry.batch, entry.row)).collect()
        };
        // How many more there are was not looked for.
        let found = if self.ordered.any { picks.len() as u64 } else { self.found };
        if self.room.is_some_and(|room| self.held > room.min(AT_ONCE)) {
            let waiting = Some(Waiting::held(self.batches, picks, &self.keep, run.slots));
            return Ok(Gathered { batches: Vec::new(), found, waiting });
        }
        let mut batch =
            Batch::interleave(&self.batches, &picks, &self.keep, run.slots, run.threads);
        // From here on, the order is the one they were sorted into.
        batch.renumber((0..picks.len() as u64).collect());
        Ok(Gathered::of(vec![batch], found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
