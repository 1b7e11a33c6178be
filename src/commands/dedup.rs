//! `dedup`: keeps the first record of each distinct combination of fields.

use std::any::Any;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::command::{
    Build, CommandDoc, Gather, Gathered, Gathering, Role, Run, Stage, comma_list, same,
};
use crate::data::groups::GroupTable;
use crate::data::interner::Interner;
use crate::data::keys::{
    MISSING, encode_column, hash_key, is_interned, kind, payload, translate, with_kind,
};
use crate::data::{Batch, Column, Position, Slot};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Expr, Node, Rule};

/// What a person should know of `dedup`.
pub const DOC: CommandDoc = CommandDoc {
    name: "dedup",
    aliases: &[],
    rule: Rule::dedup,
    syntax: "dedup FIELD, …",
    summary: "Keeps the first record of each combination of these fields; records that lack one are all kept.",
    examples: &["fields srcAddr, dstAddr, dstPort | dedup srcAddr, dstAddr | limit 3"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html",
};

/// One `dedup` ready to run.
pub struct Dedup {
    exprs: Vec<Expr>,
    keys: Vec<Bound>,
    /// `@timestamp`, where the records go newest first.
    newest: Option<Slot>,
}

/// Reads the command.
///
/// # Errors
/// What [`bind`] refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let exprs: Vec<Expr> =
        node.all(Rule::field).map(syntax::expr).collect::<std::result::Result<_, _>>()?;
    let keys = exprs
        .iter()
        .map(|expr| bind(expr, &mut build.scope))
        .collect::<std::result::Result<_, _>>()?;
    let newest = build.implied_order();
    build.newest_first = false;
    Ok(Box::new(DedupStage { dedup: Arc::new(Dedup { exprs, keys, newest }), limit: None }))
}

/// The command in a plan; its states share what is bound.
pub struct DedupStage {
    dedup: Arc<Dedup>,
    /// How many records are asked of it; `None` is all.
    pub limit: Option<usize>,
}

impl fmt::Display for DedupStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dedup ")?;
        comma_list(f, &self.dedup.exprs)
    }
}

impl Stage for DedupStage {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = behind.to_vec();
        self.dedup.keys.iter().for_each(|key| key.slots(&mut slots));
        slots.extend(self.dedup.newest.filter(|slot| !behind.contains(slot)));
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for DedupStage {
    fn gather(&self, behind: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        Box::new(DedupGather {
            dedup: Arc::clone(&self.dedup),
            limit: self.limit,
            keep: behind.to_vec(),
            reads: self.reads(behind),
            interner: Interner::default(),
            table: GroupTable::new(self.dedup.keys.len()),
            best: Vec::new(),
            loose: Vec::new(),
            bound: None,
            seen: 0,
            batches: Vec::new(),
            held: 0,
        })
    }

    fn limit(&self) -> Option<usize> {
        self.limit
    }
}

/// Where a record stands in the order, and where it is kept. An earlier one wins.
#[derive(Clone, Copy)]
struct Kept {
    /// Newer records come first; 0 where the order is by position alone.
    time: i64,
    position: Position,
    batch: u32,
    row: u32,
}

impl Kept {
    fn order(&self, other: &Kept) -> Ordering {
        other.time.cmp(&self.time).then(self.position.cmp(&other.position))
    }
}

/// The state on one worker: the first record of every key, and all records that lack a field; where
/// there is a limit, no more of both than may come into the result.
struct DedupGather {
    dedup: Arc<Dedup>,
    limit: Option<usize>,
    keep: Vec<Slot>,
    reads: Vec<Slot>,
    interner: Interner,
    table: GroupTable,
    best: Vec<Kept>,
    loose: Vec<Kept>,
    /// The last of a full set of candidates: no record behind it can come into the result.
    bound: Option<Kept>,
    /// Records that came in.
    seen: u64,
    batches: Vec<Batch>,
    held: usize,
}

/// Candidates that are held beyond twice the limit before those behind the bound are dropped.
const SPARE: usize = 4096;
/// Rows of a batch that are looked at first, where few are asked for.
const FIRST_ROWS: usize = 64;

/// Kept rows for each needed one before the store is rewritten without the others.
const SLACK: usize = 3;

impl DedupGather {
    /// Offers a record to its key; `true` where it is the first so far.
    fn offer(&mut self, key: &[u64], hash: u64, kept: Kept) -> bool {
        let group = self.table.insert(key, hash, kept.position) as usize;
        if group == self.best.len() {
            self.best.push(kept);
            return true;
        }
        let first = kept.order(&self.best[group]).is_lt();
        if first {
            self.best[group] = kept;
        }
        first
    }

    /// Rewrites the kept rows without those that lost their place.
    fn compact(&mut self, slots: usize) {
        let kept = self.best.iter_mut().chain(&mut self.loose);
        let mut picks = Vec::new();
        for (row, kept) in kept.enumerate() {
            picks.push((kept.batch, kept.row));
            (kept.batch, kept.row) = (0, row as u32);
        }
        let batch = Batch::interleave(&self.batches, &picks, &self.keep, slots, 1);
        self.held = batch.memory();
        self.batches = vec![batch];
    }
}

impl DedupGather {
    /// The candidates that are enough: one more than the limit, which tells whether it cuts.
    fn most(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| limit.saturating_add(1))
    }

    /// Drops the candidates that others push out of the result.
    fn prune(&mut self) {
        let most = self.most();
        let held = self.best.len() + self.loose.len();
        if held < most.saturating_mul(2).saturating_add(SPARE) {
            return;
        }
        let mut all: Vec<Kept> = self.best.iter().chain(&self.loose).copied().collect();
        let (_, bound, _) = all.select_nth_unstable_by(most - 1, Kept::order);
        let bound = *bound;
        self.loose.retain(|kept| kept.order(&bound).is_le());
        let old = std::mem::replace(&mut self.table, GroupTable::new(self.dedup.keys.len()));
        let texts = std::mem::take(&mut self.interner);
        for (group, kept) in std::mem::take(&mut self.best).into_iter().enumerate() {
            if kept.order(&bound).is_le() {
                let key: Vec<u64> =
                    old.key(group).iter().map(|w| self.move_in(*w, &texts)).collect();
                self.table.insert(&key, old.hashes()[group], kept.position);
                self.best.push(kept);
            }
        }
        self.bound = Some(bound);
    }

    /// A key word of another interner in the words of this one.
    fn move_in(&mut self, word: u64, texts: &Interner) -> u64 {
        match is_interned(word) {
            true => {
                let id = self.interner.intern(texts.text(payload(word) as u32));
                with_kind(kind(word), u64::from(id))
            }
            false => word,
        }
    }

    /// The rows of a batch that are not behind the bound, first those that come first.
    fn in_front(&self, batch: &Batch) -> Vec<u32> {
        let times = times(batch, self.dedup.newest);
        let kept = |(row, position): (usize, &Position)| {
            let time = times.as_ref().map_or(0, |times| times[row]);
            Kept { time, position: *position, batch: 0, row: row as u32 }
        };
        let mut rows: Vec<Kept> = batch.positions().iter().enumerate().map(kept).collect();
        if let Some(bound) = &self.bound {
            rows.retain(|kept| kept.order(bound).is_le());
        }
        rows.sort_unstable_by(Kept::order);
        rows.into_iter().map(|kept| kept.row).collect()
    }
}

/// The times of a batch, where the order goes by them; the earliest there is where one is missing.
fn times(batch: &Batch, newest: Option<Slot>) -> Option<Vec<i64>> {
    let column = Arc::clone(batch.column(newest?));
    if let Column::Time(times, None) = column.as_ref() {
        return Some(times.clone());
    }
    let time = |row| match column.value(row).number() {
        Some(crate::data::Number::Integer(time)) => time,
        _ => i64::MIN,
    };
    Some((0..batch.len()).map(time).collect())
}

impl DedupGather {
    /// Takes the records of a batch in; how many were new candidates.
    fn take(&mut self, batch: &Batch, run: &Run<'_>) -> usize {
        let dedup = Arc::clone(&self.dedup);
        let width = dedup.keys.len();
        let mut words = vec![0; batch.len() * width];
        for (at, key) in dedup.keys.iter().enumerate() {
            let column = evaluate(key, batch, &run.context);
            encode_column(&column, &mut self.interner, &mut words, at, width);
        }
        let times = times(batch, dedup.newest);
        let before = self.best.len() + self.loose.len();
        let number = self.batches.len() as u32;
        let mut rows: Vec<u32> = Vec::new();
        for (row, key) in words.chunks_exact(width).enumerate() {
            let time = times.as_ref().map_or(0, |times| times[row]);
            let position = batch.positions()[row];
            let kept = Kept { time, position, batch: number, row: rows.len() as u32 };
            if key.contains(&MISSING) {
                self.loose.push(kept);
                rows.push(row as u32);
            } else if self.offer(key, hash_key(key, &self.interner), kept) {
                rows.push(row as u32);
            }
        }
        if !rows.is_empty() {
            let batch = batch.select(&rows, &self.keep).detach(&self.keep);
            self.held += batch.memory();
            self.batches.push(batch);
        }
        self.best.len() + self.loose.len() - before
    }
}

impl Gather for DedupGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        self.seen += batch.len() as u64;
        let most = self.most();
        if batch.len() <= FIRST_ROWS.max(most) {
            self.take(&batch, run);
        } else {
            // The newest first: so many distinct ones of this batch push all others of it out.
            let rows = self.in_front(&batch);
            let (mut rest, mut size, mut fresh) = (rows.as_slice(), FIRST_ROWS.max(most), 0);
            while !rest.is_empty() && fresh < most {
                let (some, others) = rest.split_at(size.min(rest.len()));
                fresh += self.take(&batch.select(some, &self.reads), run);
                (rest, size) = (others, size * 2);
            }
        }
        self.prune();
        let stored: usize = self.batches.iter().map(Batch::len).sum();
        if stored > SLACK * (self.best.len() + self.loose.len()) + 100_000 {
            self.compact(run.slots);
        }
    }

    fn memory(&self) -> usize {
        let kept = self.best.capacity() + self.loose.capacity();
        self.held + self.table.memory() + self.interner.memory() + kept * size_of::<Kept>()
    }

    fn finish(
        mut self: Box<Self>,
        others: Vec<Box<dyn Gather>>,
        run: &Run<'_>,
    ) -> Result<Gathered> {
        for other in same::<DedupGather>(others) {
            let offset = self.batches.len() as u32;
            let map: Vec<u32> = (0..other.interner.len() as u32)
                .map(|id| self.interner.intern(other.interner.text(id)))
                .collect();
            let moved = |kept: &Kept| Kept { batch: kept.batch + offset, ..*kept };
            self.seen += other.seen;
            for (group, kept) in other.best.iter().enumerate() {
                let key: Vec<u64> =
                    other.table.key(group).iter().map(|word| translate(*word, &map)).collect();
                self.offer(&key, other.table.hashes()[group], moved(kept));
            }
            self.loose.extend(other.loose.iter().map(moved));
            self.batches.extend(other.batches);
        }
        let mut kept: Vec<Kept> = self.best.iter().chain(&self.loose).copied().collect();
        kept.sort_unstable_by(Kept::order);
        // Beyond the limit, distinct ones were not counted.
        let cut = self.limit.filter(|limit| kept.len() > *limit);
        kept.truncate(cut.unwrap_or(usize::MAX));
        let picks: Vec<(u32, u32)> = kept.iter().map(|kept| (kept.batch, kept.row)).collect();
        let mut batch =
            Batch::interleave(&self.batches, &picks, &self.keep, run.slots, run.threads);
        batch.renumber((0..picks.len() as u64).collect());
        let found = if cut.is_some() { self.seen } else { picks.len() as u64 };
        Ok(Gathered::of(vec![batch], found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
