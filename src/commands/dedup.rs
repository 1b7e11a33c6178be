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
use crate::data::keys::{MISSING, encode_column, hash_key, translate};
use crate::data::{Batch, Position, Slot};
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
    Ok(Box::new(DedupStage(Arc::new(Dedup { exprs, keys, newest }))))
}

/// The command in a plan; its states share what is bound.
struct DedupStage(Arc<Dedup>);

impl fmt::Display for DedupStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dedup ")?;
        comma_list(f, &self.0.exprs)
    }
}

impl Stage for DedupStage {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = behind.to_vec();
        self.0.keys.iter().for_each(|key| key.slots(&mut slots));
        slots.extend(self.0.newest.filter(|slot| !behind.contains(slot)));
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
            dedup: Arc::clone(&self.0),
            keep: behind.to_vec(),
            interner: Interner::default(),
            table: GroupTable::new(self.0.keys.len()),
            best: Vec::new(),
            loose: Vec::new(),
            batches: Vec::new(),
            held: 0,
        })
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

/// The state on one worker: the first record of every key, and all records that lack a field.
struct DedupGather {
    dedup: Arc<Dedup>,
    keep: Vec<Slot>,
    interner: Interner,
    table: GroupTable,
    best: Vec<Kept>,
    loose: Vec<Kept>,
    batches: Vec<Batch>,
    held: usize,
}

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

impl Gather for DedupGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        let dedup = Arc::clone(&self.dedup);
        let width = dedup.keys.len();
        let mut words = vec![0; batch.len() * width];
        for (at, key) in dedup.keys.iter().enumerate() {
            let column = evaluate(key, &batch, &run.context);
            encode_column(&column, &mut self.interner, &mut words, at, width);
        }
        let times = dedup.newest.map(|slot| Arc::clone(batch.column(slot)));
        let number = self.batches.len() as u32;
        let mut rows: Vec<u32> = Vec::new();
        for (row, key) in words.chunks_exact(width).enumerate() {
            let time = times.as_ref().and_then(|times| times.value(row).number());
            let time = match time {
                Some(crate::data::Number::Integer(time)) => time,
                _ => i64::MIN,
            };
            let position = batch.positions()[row];
            let kept = Kept { time, position, batch: number, row: rows.len() as u32 };
            if key.contains(&MISSING) {
                self.loose.push(kept);
                rows.push(row as u32);
            } else if self.offer(key, hash_key(key, &self.interner), kept) {
                rows.push(row as u32);
            }
        }
        if rows.is_empty() {
            return;
        }
        let batch = batch.select(&rows, &self.keep).detach(&self.keep);
        self.held += batch.memory();
        self.batches.push(batch);
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
        let picks: Vec<(u32, u32)> = kept.iter().map(|kept| (kept.batch, kept.row)).collect();
        let mut batch =
            Batch::interleave(&self.batches, &picks, &self.keep, run.slots, run.threads);
        batch.renumber((0..picks.len() as u64).collect());
        Ok(Gathered { found: picks.len() as u64, batches: vec![batch] })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
