//! `accum`: the sum of a column over the records so far.

use std::fmt;

use super::columns::{Input, new_column};
use super::command::{Build, CommandDoc, Run, Stage};
use super::in_order::{InOrder, Sequence};
use super::meaning;
use crate::data::{Batch, Column, Number, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::arithmetic::calculate;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, BinaryOp, Node, Rule};

/// What a person should know of `accum`.
pub const DOC: CommandDoc = CommandDoc {
    name: "accum",
    aliases: &[],
    rule: Rule::accum,
    syntax: "accum COLUMN [as NAME]",
    summary: "Adds up a column from record to record, in their order; without `as` the sums take the place of its values.",
    examples: &["fields @timestamp, bytes | sort @timestamp | accum bytes as totalBytes | limit 4"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Accum.html",
};

/// One `accum` ready to run.
struct Accum {
    input: Input,
    name: Option<String>,
    slot: Slot,
}

/// Reads the command.
///
/// # Errors
/// A name that is taken, and what binding refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let input = Input::read(node.one(Rule::column), build)?;
    let alias = node.maybe(Rule::alias).map(|alias| alias.one(Rule::name));
    let name = alias.map(syntax::name);
    let slot = match (&name, alias) {
        (Some(name), Some(alias)) => new_column(name, alias.span(), build)?,
        _ => input.replace(build),
    };
    build.meanings.insert(slot, meaning::changed(&input.bound, build));
    Ok(Sequence::stage(Accum { input, name, slot }, build))
}

impl fmt::Display for Accum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accum {}", self.input)?;
        self.name.iter().try_for_each(|name| write!(f, " as {}", syntax::quoted_name(name)))
    }
}

impl InOrder for Accum {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.input.bound.slots(&mut slots);
        slots
    }

    fn apply(&self, mut batch: Batch, _: &[Slot], run: &Run<'_>) -> Result<Batch> {
        let column = evaluate(&self.input.bound, &batch, &run.context);
        let mut total = Value::Integer(0);
        let mut sum = |row| {
            let value = match column.value(row).number() {
                None => return Value::Missing,
                Some(Number::Integer(whole)) => Value::Integer(whole),
                Some(Number::Float(float)) => Value::Float(float),
            };
            total = calculate(BinaryOp::Add, &total, &value);
            total.clone()
        };
        let sums = (0..batch.len()).map(&mut sum).collect();
        batch.set(self.slot, Column::from_values(sums));
        Ok(batch)
    }

    fn looks_back(&self) -> bool {
        true
    }
}
