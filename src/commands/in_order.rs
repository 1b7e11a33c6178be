//! Commands that handle all records one after another, in their order: what they share.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::command::{Build, CommandDoc, Gather, Gathered, Gathering, Role, Run, Stage, same};
use super::ordered::{Ordered, OrderedGather};
use crate::data::{Batch, Slot};
use crate::error::Result;
use crate::eval::bound::Bound;

/// A command that handles all records one after another, in their order.
pub trait InOrder: fmt::Display + Send + Sync {
    /// Its documentation row.
    fn doc(&self) -> &'static CommandDoc;

    /// The slots it reads itself, given those that are read behind it.
    fn reads(&self, behind: &[Slot]) -> Vec<Slot>;

    /// Handles all records, which come in their order; what it returns is in order too.
    ///
    /// # Errors
    /// A limit was reached.
    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch>;

    /// Whether every record stays in its place and what it gets depends on the records in front of
    /// it alone; a row limit may then pass it.
    fn looks_back(&self) -> bool;
}

/// An ordered command in a plan, with the order of the records that go into it.
pub struct Sequence {
    command: Arc<dyn InOrder>,
    ordered: Ordered,
}

impl Sequence {
    /// The command at this point of a query: records go into it as they are ordered here, log
    /// events newest first.
    pub fn stage(command: impl InOrder + 'static, build: &mut Build<'_>) -> Box<dyn Stage> {
        let newest = build.implied_order().map(|time| (Bound::Field(time), true));
        build.newest_first = false;
        let ordered = Ordered { keys: newest.into_iter().collect(), limit: None, any: false };
        Box::new(Sequence { command: Arc::new(command), ordered })
    }

    /// The order of the records that go in, where only the first of them may be asked for.
    pub fn limited(&mut self) -> Option<&mut Ordered> {
        self.command.looks_back().then_some(&mut self.ordered)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.command.fmt(f)
    }
}

impl Stage for Sequence {
    fn doc(&self) -> &'static CommandDoc {
        self.command.doc()
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = behind.to_vec();
        slots.extend(self.command.reads(behind));
        self.ordered.reads(&slots)
    }

    fn role(&self) -> Role<'_> {
        Role::Ordered(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for Sequence {
    fn gather(&self, behind: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        let mut keep = behind.to_vec();
        keep.extend(self.command.reads(behind));
        keep.sort_unstable();
        keep.dedup();
        Box::new(SequenceGather {
            command: Arc::clone(&self.command),
            behind: behind.to_vec(),
            records: OrderedGather::new(Arc::new(self.ordered.clone()), keep),
        })
    }

    fn limit(&self) -> Option<usize> {
        self.ordered.limit
    }

    fn keeps_records(&self) -> bool {
        self.command.looks_back()
    }
}

/// The records on one worker; the command runs when all are there.
struct SequenceGather {
    command: Arc<dyn InOrder>,
    behind: Vec<Slot>,
    records: OrderedGather,
}

impl Gather for SequenceGather {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        self.records.fold(batch, run);
    }

    fn memory(&self) -> usize {
        self.records.memory()
    }

    fn finish(self: Box<Self>, others: Vec<Box<dyn Gather>>, run: &Run<'_>) -> Result<Gathered> {
        let records = |other: SequenceGather| Box::new(other.records) as Box<dyn Gather>;
        let others = same::<SequenceGather>(others).into_iter().map(records).collect();
        let SequenceGather { command, behind, records } = *self;
        let gathered = Box::new(records).finish(others, run)?;
        let mut found = 0;
        let mut batches = Vec::new();
        for batch in gathered.batches {
            let mut batch = command.apply(batch, &behind, run)?;
            let first = found;
            found += batch.len() as u64;
            batch.renumber((first..found).collect());
            batches.push(batch);
        }
        let found = if command.looks_back() { gathered.found } else { found };
        Ok(Gathered::of(batches, found))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
