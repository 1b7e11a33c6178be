//! `autoregress`: the values that a column had in the records before.

use std::fmt;

use super::columns::{Input, new_column};
use super::command::{Build, CommandDoc, Run, Stage};
use super::in_order::{InOrder, Sequence};
use super::options::Options;
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Node, Rule};

/// What a person should know of `autoregress`.
pub const DOC: CommandDoc = CommandDoc {
    name: "autoregress",
    aliases: &[],
    rule: Rule::autoregress,
    syntax: "autoregress COLUMN [as NAME] [p=FIRST[-LAST]]",
    summary: "Adds the values that a column had `p` records earlier, as COLUMN_p1, COLUMN_p2, …; `p` is 1 unless it is given.",
    examples: &[
        "fields @timestamp, bytes | sort @timestamp | autoregress bytes p=1-2 | limit 4",
        "stats sum(bytes) as sent by bin(6h) as t | sort t | autoregress sent as before | fields sent - before as more",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Autoregress.html",
};

/// How far back a record may look; every step is a column.
const FARTHEST: usize = 1000;

/// One `autoregress` ready to run.
struct Autoregress {
    input: Input,
    name: Option<String>,
    /// `p` as it was given.
    range: Option<(usize, usize)>,
    /// How far back, and the column for it.
    lags: Vec<(usize, Slot)>,
}

/// Reads the command.
///
/// # Errors
/// A `p` that is no range, a name that is taken, and what binding refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let input = Input::read(node.one(Rule::column), build)?;
    let options = Options::read(node, DOC.name, &["p"])?;
    let range = options.range("p", FARTHEST)?;
    let alias = node.maybe(Rule::alias).map(|alias| alias.one(Rule::name));
    let name = alias.map(syntax::name);
    let span = alias.map_or(input.span, Node::span);
    let (first, last) = range.unwrap_or((1, 1));
    let mut lags = Vec::new();
    for lag in first..=last {
        let column = match &name {
            Some(name) if first == last => name.clone(),
            name => format!("{}_p{lag}", name.as_ref().unwrap_or(&input.name)),
        };
        lags.push((lag, new_column(&column, span, build)?));
    }
    Ok(Sequence::stage(Autoregress { input, name, range, lags }, build))
}

impl fmt::Display for Autoregress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "autoregress {}", self.input)?;
        if let Some(name) = &self.name {
            write!(f, " as {}", syntax::quoted_name(name))?;
        }
        match self.range {
            Some((first, last)) if first == last => write!(f, " p={first}"),
            Some((first, last)) => write!(f, " p={first}-{last}"),
            None => Ok(()),
        }
    }
}

impl InOrder for Autoregress {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        if self.lags.iter().any(|(_, slot)| behind.contains(slot)) {
            self.input.bound.slots(&mut slots);
        }
        slots
    }

    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch> {
        let live: Vec<_> = self.lags.iter().filter(|(_, slot)| behind.contains(slot)).collect();
        if live.is_empty() {
            return Ok(batch);
        }
        let column = evaluate(&self.input.bound, &batch, &run.context);
        for (lag, slot) in live {
            let earlier =
                |row: usize| row.checked_sub(*lag).map_or(Value::Missing, |row| column.value(row));
            batch.set(*slot, Column::from_values((0..batch.len()).map(earlier).collect()));
        }
        Ok(batch)
    }

    fn looks_back(&self) -> bool {
        true
    }
}
