//! `addtotals`: sums across the columns of a record, and down the records of a column.

use std::any::Any;
use std::fmt;

use super::columns::{Input, new_column, read_list, shown};
use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage, comma_list};
use super::in_order::{InOrder, Sequence};
use super::options::Options;
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::arithmetic::calculate;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, BinaryOp, Node, Rule};

/// What a person should know of `addtotals`.
pub const DOC: CommandDoc = CommandDoc {
    name: "addtotals",
    aliases: &[],
    rule: Rule::addtotals,
    syntax: "addtotals [fieldname=NAME] [row=BOOLEAN] [col=BOOLEAN] [COLUMN, …]",
    summary: "Adds a column `Total` with the sum of the numbers of each record, in these columns or in all that are shown; `col=true` adds a last record with the sum of each column.",
    examples: &[
        "stats sum(bytes) as bytes, sum(packets) as packets by action | filter ispresent(action) | addtotals col=true row=false bytes, packets",
        "fields srcPort, dstPort | addtotals fieldname=sum | limit 2",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Addtotals.html",
};

/// One `addtotals` ready to run.
struct Addtotals {
    /// Columns that were named.
    named: bool,
    field: Option<String>,
    inputs: Vec<Input>,
    /// The column of the sums of records.
    row: Option<Slot>,
    /// Whether there is a record with the sums of columns.
    col: bool,
}

/// Reads the command.
///
/// # Errors
/// An option that does not fit, no column to add up, a name that is taken, and what binding
/// refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let choices = node.maybe(Rule::choices).unwrap_or(node);
    let options = Options::read(choices, DOC.name, &["fieldname", "row", "col"])?;
    let (row, col) = (options.truth("row", true)?, options.truth("col", false)?);
    let mut inputs = read_list(choices, build)?;
    let named = !inputs.is_empty();
    if !named {
        inputs = shown(node.span(), build);
        inputs.retain(|input| !input.name.starts_with('@'));
    }
    if inputs.is_empty() {
        let message = "there is no column to add up";
        return Err(Diagnostic::error(message, node.span())
            .help("name columns here, or in a `fields` in front"));
    }
    let field = options.text("fieldname").map(str::to_owned);
    let span = options.span("fieldname").unwrap_or(node.one(Rule::head_word).span());
    let row = match row {
        true => Some(new_column(field.as_deref().unwrap_or("Total"), span, build)?),
        false => None,
    };
    let command = Addtotals { named, field, inputs, row, col };
    Ok(if col { Sequence::stage(command, build) } else { Box::new(command) })
}

impl fmt::Display for Addtotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("addtotals")?;
        let field = self.field.iter().map(|name| syntax::quoted_name(name));
        field.into_iter().try_for_each(|name| write!(f, " fieldname={name}"))?;
        f.write_str(if self.row.is_none() { " row=false" } else { "" })?;
        f.write_str(if self.col { " col=true" } else { "" })?;
        if self.named {
            f.write_str(" ")?;
            comma_list(f, &self.inputs)?;
        }
        Ok(())
    }
}

impl Addtotals {
    fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.inputs.iter().for_each(|input| input.bound.slots(&mut slots));
        slots
    }

    /// Puts the sum of each record into its column.
    fn add_across(&self, batch: &mut Batch, run: &Run<'_>) {
        let Some(slot) = self.row else { return };
        let columns: Vec<_> =
            self.inputs.iter().map(|input| evaluate(&input.bound, batch, &run.context)).collect();
        let total = |row: usize| sum(columns.iter().map(|column| column.value(row)));
        batch.set(slot, Column::from_values((0..batch.len()).map(total).collect()));
    }
}

/// The sum of the numbers among some values, texts that spell one included, times not; missing
/// where there is none.
fn sum(values: impl Iterator<Item = Value>) -> Value {
    let numbers = values.filter(|value| !matches!(value, Value::Time(_)));
    numbers.filter(|value| value.number().is_some()).fold(Value::Missing, |sum, value| match sum {
        Value::Missing => calculate(BinaryOp::Add, &Value::Integer(0), &value),
        sum => calculate(BinaryOp::Add, &sum, &value),
    })
}

impl Stage for Addtotals {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        match self.row {
            Some(slot) if behind.contains(&slot) => self.slots(),
            _ => Vec::new(),
        }
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for Addtotals {
    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        if self.row.is_some_and(|slot| behind.contains(&slot)) {
            self.add_across(&mut batch, run);
        }
        batch
    }

    fn keeps_records(&self) -> bool {
        true
    }
}

impl InOrder for Addtotals {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        self.slots()
    }

    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch> {
        self.add_across(&mut batch, run);
        if batch.is_empty() {
            return Ok(batch);
        }
        let totalled = self.inputs.iter().filter_map(Input::slot).chain(self.row);
        let totals = totalled.map(|slot| {
            let column = batch.column(slot);
            (slot, Column::Constant(sum((0..batch.len()).map(|row| column.value(row))), 1))
        });
        let last = Batch::of_columns(totals.collect::<Vec<_>>(), vec![0], run.slots);
        let rows = (0..batch.len() as u32).map(|row| (0, row)).chain([(1, 0)]);
        let picks: Vec<(u32, u32)> = rows.collect();
        Ok(Batch::interleave(&[batch, last], &picks, behind, run.slots, run.threads))
    }

    fn looks_back(&self) -> bool {
        false
    }
}
