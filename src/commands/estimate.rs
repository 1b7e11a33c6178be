//! `estimate`: how much a query reads, in place of its result.

use std::any::Any;
use std::fmt;

use super::command::{Build, CommandDoc, Gather, Gathered, Gathering, Role, Run, Shown, Stage};
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::syntax::{Node, Rule};

/// What a person should know of `estimate`.
pub const DOC: CommandDoc = CommandDoc {
    name: "estimate",
    aliases: &[],
    rule: Rule::estimate,
    syntax: "estimate",
    summary: "Gives the bytes that the query in front of it reads, in place of its result; it stands last.",
    examples: &["fields @timestamp, @message | filter action = \"REJECT\" | estimate"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Estimate.html",
};

/// The name of its column.
const COLUMN: &str = "estimatedBytes";

/// One `estimate`.
struct Estimate(Slot);

/// Reads the command.
///
/// # Errors
/// None.
pub fn read(
    _: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let slot = build.scope.slot();
    build.shown = vec![Shown { name: COLUMN.to_owned(), slot }];
    build.chosen = true;
    build.newest_first = false;
    Ok(Box::new(Estimate(slot)))
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("estimate")
    }
}

impl Stage for Estimate {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        Vec::new()
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for Estimate {
    fn gather(&self, _: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        Box::new(Estimated(self.0))
    }
}

/// Keeps nothing: what was read is counted anyway.
struct Estimated(Slot);

impl Gather for Estimated {
    fn fold(&mut self, _: Batch, _: &Run<'_>) {}

    fn memory(&self) -> usize {
        0
    }

    fn finish(self: Box<Self>, _: Vec<Box<dyn Gather>>, run: &Run<'_>) -> Result<Gathered> {
        let bytes = Value::Integer(i64::try_from((run.bytes_read)()).unwrap_or(i64::MAX));
        let batch = Batch::of_columns([(self.0, Column::Constant(bytes, 1))], vec![0], run.slots);
        Ok(Gathered::of(vec![batch], 1))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
