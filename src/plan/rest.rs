//! The rest of a result that is too long to be put together at once: it is given part by part.

use std::io;
use std::sync::Arc;

use super::plan::Plan;
use crate::commands::command::Shown;
use crate::commands::spill::Waiting;
use crate::data::{Batch, Column, Meaning, Slot, Table, Value};
use crate::parallel::ahead;

/// Records of a part: a group of rows of a Parquet file.
const PART: usize = 122_880;

/// Which columns of the last batches a result shows.
#[derive(Clone)]
pub(super) struct Shape {
    shown: Vec<Shown>,
    meanings: Vec<Meaning>,
    pointer: Option<Slot>,
}

impl Shape {
    pub(super) fn of(plan: &Plan) -> Shape {
        let (shown, meanings) = (plan.shown.clone(), plan.meanings.clone());
        Shape { shown, meanings, pointer: plan.pointer }
    }

    /// A table of `len` records, whose columns are looked up by their slot.
    pub(super) fn table(
        &self,
        len: usize,
        found: u64,
        column: impl Fn(Slot) -> Arc<Column>,
    ) -> Table {
        Table {
            names: self.shown.iter().map(|shown| shown.name.clone()).collect(),
            columns: self.shown.iter().map(|shown| column(shown.slot)).collect(),
            len,
            found,
            meanings: self.meanings.clone(),
            pointers: self.pointer.map(column),
        }
    }

    /// The records of a batch; none where there is no batch.
    pub(super) fn of_batch(&self, batch: Option<&Batch>, found: u64) -> Table {
        self.table(batch.map_or(0, Batch::len), found, |slot| match batch {
            Some(batch) => Arc::clone(batch.column(slot)),
            None => Arc::new(Column::missing(0)),
        })
    }
}

/// Records that wait on disk or in memory, all those of a result.
pub struct Rest {
    pub(super) waiting: Waiting,
    pub(super) shape: Shape,
    pub(super) threads: usize,
}

impl Rest {
    /// The number of records.
    pub fn records(&self) -> u64 {
        self.waiting.records()
    }

    /// A table of the same columns, each with a value of every type that is in it.
    pub fn specimen(&self) -> Table {
        let shown = self.shape.shown.iter();
        let examples = |slot| self.waiting.examples(slot);
        let len = shown.map(|shown| examples(shown.slot).len()).max().unwrap_or(0);
        self.shape.table(len, self.records(), |slot| {
            let mut values = examples(slot).to_vec();
            values.resize(len, Value::Missing);
            Arc::new(Column::from_values(values))
        })
    }

    /// Gives the records to `take`, from the first on, a part after another; the next part is put together
    /// meanwhile.
    ///
    /// # Errors
    /// The disk cannot be read; what `take` fails with.
    pub fn each_table(&self, mut take: impl FnMut(Table) -> io::Result<()>) -> io::Result<()> {
        let mut given = self.waiting.give(self.threads)?;
        let table = |batch: Batch| self.shape.of_batch(Some(&batch), batch.len() as u64);
        let parts = std::iter::from_fn(|| given.next(PART).transpose());
        ahead(self.threads, parts.map(|batch| batch.map(table)), |table| take(table?))
    }
}
