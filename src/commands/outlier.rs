//! `outlier`: finds values far outside the middle half of their column, and clamps or removes them.

use std::fmt;

use super::columns::{Input, new_column, read_list};
use super::command::{Build, CommandDoc, Run, Stage};
use super::filldown::written;
use super::in_order::{InOrder, Sequence};
use super::options::Options;
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::evaluate::evaluate;
use crate::syntax::{Node, Rule};

/// What a person should know of `outlier`.
pub const DOC: CommandDoc = CommandDoc {
    name: "outlier",
    aliases: &[],
    rule: Rule::outlier,
    syntax: "outlier [action=transform | remove] [param=NUMBER] [uselower=BOOLEAN] [mark=BOOLEAN] COLUMN …",
    summary: "Clamps values that lie more than `param` (2.5) interquartile ranges above the third quartile to that bound, or removes their records. `uselower=true` looks below the first quartile too; `mark=true` adds COLUMN_outlier.",
    examples: &[
        "stats sum(bytes) as sent by srcAddr | outlier mark=true sent | filter sent_outlier = 1 | sort srcAddr | limit 3",
        "fields dstPort, bytes | outlier action=remove bytes | stats count(*) as n, max(bytes) as most",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Outlier.html",
};

/// One `outlier` ready to run.
struct Outlier {
    /// Options and columns as written.
    written: String,
    remove: bool,
    param: f64,
    lower: bool,
    columns: Vec<Tested>,
}

/// A column that is tested.
struct Tested {
    input: Input,
    /// Its values with outliers clamped; the column itself where records are removed.
    clamped: Option<Slot>,
    mark: Option<Slot>,
}

/// Reads the command.
///
/// # Errors
/// An option that does not fit, no column, a name that is taken, and what binding refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let choices = node.one(Rule::choices);
    let options = Options::read(choices, DOC.name, &["action", "param", "uselower", "mark"])?;
    let remove = options.word("action", &["transform", "remove"])? == "remove";
    let param = options.number("param", 2.5)?;
    let (lower, mark) = (options.truth("uselower", false)?, options.truth("mark", false)?);
    let inputs = read_list(choices, build)?;
    if inputs.is_empty() {
        let message = "`outlier` needs a column";
        return Err(Diagnostic::error(message, node.span()).help("write `outlier bytes`"));
    }
    let mut columns = Vec::new();
    for input in inputs {
        let clamped = if remove { None } else { Some(input.replace(build)) };
        let name = format!("{}_outlier", input.name);
        let mark = match mark {
            true => Some(new_column(&name, input.span, build)?),
            false => None,
        };
        columns.push(Tested { input, clamped, mark });
    }
    let written = written(choices);
    Ok(Sequence::stage(Outlier { written, remove, param, lower, columns }, build))
}

impl Outlier {
    /// The least and the most that is no outlier; `None` where no value is a number.
    fn bounds(&self, numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (first, third) = (quantile(&sorted, 0.25)?, quantile(&sorted, 0.75)?);
        let reach = self.param * (third - first);
        let least = if self.lower { first - reach } else { f64::NEG_INFINITY };
        Some((least, third + reach))
    }
}

/// The value below which a share of sorted numbers lies, linear between the two nearest.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let low = *sorted.get(place.floor() as usize)?;
    let high = *sorted.get(place.ceil() as usize)?;
    Some(low + (high - low) * place.fract())
}

impl fmt::Display for Outlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "outlier{}", self.written)
    }
}

impl InOrder for Outlier {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.columns.iter().for_each(|column| column.input.bound.slots(&mut slots));
        slots
    }

    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch> {
        let mut removed = vec![false; batch.len()];
        for Tested { input, clamped, mark } in &self.columns {
            let column = evaluate(&input.bound, &batch, &run.context);
            let number = |row: usize| column.value(row).number().map(crate::data::Number::to_f64);
            let rows = 0..batch.len();
            let bounds = self.bounds(rows.clone().filter_map(number));
            let (least, most) = bounds.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
            let outside = |row: usize| number(row).map(|number| number < least || number > most);
            if self.remove {
                rows.clone().for_each(|row| removed[row] |= outside(row) == Some(true));
            }
            if let Some(mark) = mark {
                let truth = |row| outside(row).map_or(Value::Missing, Value::Boolean);
                batch.set(*mark, Column::from_values(rows.clone().map(truth).collect()));
            }
            if let Some(slot) = clamped {
                let value = |row| match (outside(row), number(row)) {
                    (Some(true), Some(number)) => bound(number.clamp(least, most)),
                    _ => column.value(row),
                };
                batch.set(*slot, Column::from_values(rows.map(value).collect()));
            }
        }
        if self.remove && removed.contains(&true) {
            let rows: Vec<u32> =
                (0..removed.len() as u32).filter(|row| !removed[*row as usize]).collect();
            batch = batch.select(&rows, behind);
        }
        Ok(batch)
    }

    fn looks_back(&self) -> bool {
        false
    }
}

/// A bound as a value: whole where it is whole.
fn bound(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 9e15 {
        true => Value::Integer(number as i64),
        false => Value::float(number),
    }
}
