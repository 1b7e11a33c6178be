//! `filldown`: gives missing values the last one above them.

use std::fmt;

use super::columns::{Input, read_list, shown};
use super::command::{Build, CommandDoc, Run, Stage};
use super::in_order::{InOrder, Sequence};
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::evaluate::evaluate;
use crate::syntax::{Node, Rule};

/// What a person should know of `filldown`.
pub const DOC: CommandDoc = CommandDoc {
    name: "filldown",
    aliases: &[],
    rule: Rule::filldown,
    syntax: "filldown [COLUMN …]",
    summary: "Gives a missing value the last one that its column has above it, in the order of the records; `*` in a name is any text, and without names it is all columns.",
    examples: &[
        "filter dstPort = 22 or logStatus = \"NODATA\" | fields logStatus, dstAddr, action | sort @timestamp | filldown dst* action | filter logStatus = \"NODATA\" | limit 3",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filldown.html",
};

/// One `filldown` ready to run.
struct Filldown {
    /// As written.
    written: String,
    inputs: Vec<(Input, Slot)>,
}

/// Reads the command.
///
/// # Errors
/// An option, of which it has none, a wildcard that fits nothing, no column to fill, and what
/// binding refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let choices = node.maybe(Rule::choices);
    let inputs = match choices {
        Some(choices) => {
            super::options::Options::read(choices, DOC.name, &[])?;
            read_list(choices, build)?
        }
        None => shown(node.span(), build),
    };
    if inputs.is_empty() {
        let message = "there is no column to fill";
        return Err(Diagnostic::error(message, node.span())
            .help("name columns here, or in a `fields` in front"));
    }
    let written = choices.map(written).unwrap_or_default();
    let inputs = inputs.into_iter().map(|input| {
        let slot = input.replace(build);
        (input, slot)
    });
    let inputs = inputs.collect();
    Ok(Sequence::stage(Filldown { written, inputs }, build))
}

/// The columns as they were written, with one blank before each.
pub fn written(choices: &Node<'_>) -> String {
    let columns = choices.children().iter().filter(|child| child.rule() != Rule::comma);
    columns.map(|child| format!(" {}", child.text().trim())).collect()
}

impl fmt::Display for Filldown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filldown{}", self.written)
    }
}

impl InOrder for Filldown {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        let live = self.inputs.iter().filter(|(_, slot)| behind.contains(slot));
        live.for_each(|(input, _)| input.bound.slots(&mut slots));
        slots
    }

    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch> {
        for (input, slot) in self.inputs.iter().filter(|(_, slot)| behind.contains(slot)) {
            let column = evaluate(&input.bound, &batch, &run.context);
            let mut last = Value::Missing;
            let mut fill = |row| {
                if !column.is_missing(row) {
                    last = column.value(row);
                }
                last.clone()
            };
            let filled = (0..batch.len()).map(&mut fill).collect();
            batch.set(*slot, Column::from_values(filled));
        }
        Ok(batch)
    }

    fn looks_back(&self) -> bool {
        true
    }
}
