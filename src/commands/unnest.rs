//! `unnest` and what it shares with `expand`: one record for each item of a list.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::columns::new_column;
use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage};
use super::copies::{copy, is_part_of_line};
use super::in_order::{InOrder, Sequence};
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Node, Rule};

/// What a person should know of `unnest`.
pub const DOC: CommandDoc = CommandDoc {
    name: "unnest",
    aliases: &[],
    rule: Rule::unnest,
    syntax: "unnest LIST into NAME",
    summary: "Makes one record of each item of a list, with the item in a new field; what is no list is a list of one item.",
    examples: &[
        "fields jsonParse(concat('[\"', srcAddr, '\", \"', dstAddr, '\"]')) as ends | unnest ends into address | stats count(*) as n by address | sort n desc | limit 3",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Unnest.html",
};

/// One `unnest` or `expand` ready to run.
pub struct Items {
    doc: &'static CommandDoc,
    /// As written.
    written: String,
    list: Bound,
    /// Where the items go.
    slot: Slot,
    /// Whether a text is read as JSON, and what is no list stays as it is.
    reads_texts: bool,
}

/// Reads the command.
///
/// # Errors
/// A name that is taken, and what [`bind`] refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let expr = syntax::expr(node.one(Rule::expr))?;
    let list = bind(&expr, &mut build.scope)?;
    let written = node.one(Rule::name);
    let name = syntax::name(written);
    let slot = new_column(&name, written.span(), build)?;
    let written = format!("unnest {expr} into {}", syntax::quoted_name(&name));
    Ok(Items { doc: &DOC, written, list, slot, reads_texts: false }.stage(build))
}

impl Items {
    /// The items of a column, in its place.
    pub fn expand(doc: &'static CommandDoc, written: String, list: Bound, slot: Slot) -> Items {
        Items { doc, written, list, slot, reads_texts: true }
    }

    /// The command in a plan: record by record where the positions of log events have room for
    /// the copies, since a text has fewer items than bytes, and in order elsewhere.
    pub fn stage(self, build: &mut Build<'_>) -> Box<dyn Stage> {
        let room = self.reads_texts
            && is_part_of_line(&self.list, build)
            && build.newest_first
            && !build.copied;
        build.copied = true;
        if room { Box::new(self) } else { Sequence::stage(self, build) }
    }

    fn own_slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.list.slots(&mut slots);
        slots
    }

    /// The items of a value.
    fn items(&self, value: Value) -> Vec<Value> {
        let json = match &value {
            Value::Json(json) => Some(Arc::clone(json)),
            Value::Text(text) if self.reads_texts && text.trim_start().starts_with('[') => {
                serde_json::from_str(text).ok().map(Arc::new)
            }
            _ => None,
        };
        match json.as_deref() {
            Some(serde_json::Value::Array(items)) => {
                items.iter().cloned().map(Value::of_json).collect()
            }
            _ => vec![value],
        }
    }

    fn run(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        let column = evaluate(&self.list, &batch, &run.context);
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        for row in 0..batch.len() {
            for item in self.items(column.value(row)) {
                rows.push(row as u32);
                values.push(item);
            }
        }
        let mut copies = copy(&batch, &rows, behind);
        copies.set(self.slot, Column::from_values(values));
        copies
    }
}

impl fmt::Display for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Stage for Items {
    fn doc(&self) -> &'static CommandDoc {
        self.doc
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        self.own_slots()
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for Items {
    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        self.run(batch, behind, run)
    }
}

impl InOrder for Items {
    fn doc(&self) -> &'static CommandDoc {
        self.doc
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        self.own_slots()
    }

    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> crate::error::Result<Batch> {
        Ok(self.run(batch, behind, run))
    }

    fn looks_back(&self) -> bool {
        false
    }
}
