//! Known keys: what a `join` does to its other side when its own side was read first.

use std::any::Any;
use std::fmt;

use super::command::{CommandDoc, RecordWise, Role, Run, Stage};
use super::join;
use crate::data::{Batch, Slot};
use crate::eval::inner::Inner;

/// Lets only those records through whose key, in the slot of it, is among the keys of the side
/// that was read first.
pub struct KnownKeys {
    /// The slot of the key.
    pub key: Slot,
    /// The keys, its first column.
    pub known: Inner,
    /// The field they are compared in, as people see it.
    pub name: String,
}

impl fmt::Display for KnownKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keep where {} is a key of the left side", self.name)
    }
}

impl Stage for KnownKeys {
    fn doc(&self) -> &'static CommandDoc {
        &join::DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        vec![self.key]
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for KnownKeys {
    fn apply(&self, batch: Batch, behind: &[Slot], _: &Run<'_>) -> Batch {
        let answer = self.known.answer();
        let found = answer.by_column(0).matches(&[batch.column(self.key)], batch.len());
        let rows = found.iter().enumerate().filter(|(_, found)| !found.is_empty());
        let rows: Vec<u32> = rows.map(|(row, _)| row as u32).collect();
        if rows.len() == batch.len() { batch } else { batch.select(&rows, behind) }
    }
}
