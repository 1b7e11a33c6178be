//! `fillmissing`: adds the bins of time that no record fell into.

use std::collections::HashSet;
use std::fmt;

use super::columns::Input;
use super::command::{Bins, Build, CommandDoc, Run, Stage, comma_list};
use super::in_order::{InOrder, Sequence};
use crate::data::time::{self, TimeRange, Timestamp};
use crate::data::{Batch, Column, Number, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::eval::arithmetic::negate;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::syntax::{self, Expr, Node, Rule};

/// What a person should know of `fillmissing`.
pub const DOC: CommandDoc = CommandDoc {
    name: "fillmissing",
    aliases: &[],
    rule: Rule::fillmissing,
    syntax: "fillmissing [with VALUE for COLUMN, …]",
    summary: "Behind `stats … by bin(…)`, adds a record for each bin that has none, from the first to the last bin or over the time range of the query where one is given; `with` says what stands in place of a missing value.",
    examples: &[
        "filter dstPort = 3389 | stats count(*) as attempts by bin(1h) as t | fillmissing with 0 for attempts | limit 4",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Fillmissing.html",
};

/// The most records it adds.
const MOST: usize = 1_000_000;

/// One `fillmissing` ready to run.
struct Fillmissing {
    bins: Bins,
    fillings: Vec<Filling>,
}

/// What stands in place of a missing value.
struct Filling {
    expr: Expr,
    value: Value,
    input: Input,
    slot: Slot,
}

impl fmt::Display for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.expr, self.input)
    }
}

/// Reads the command.
///
/// # Errors
/// No bins of time in front, a value that is not written out, and what binding refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let Some(bins) = build.bins else {
        let message = "`fillmissing` stands behind a `stats … by bin(…)`";
        return Err(Diagnostic::error(message, node.one(Rule::head_word).span())
            .help("write `stats count(*) as n by bin(5m) | fillmissing with 0 for n`"));
    };
    let mut fillings = Vec::new();
    for filling in node.all(Rule::filling) {
        let expr = syntax::expr(filling.one(Rule::expr))?;
        let value = match bind(&expr, &mut build.scope)? {
            Bound::Constant(value) => value,
            Bound::Negate(of) => of.literal().map_or(Value::Missing, negate),
            _ => Value::Missing,
        };
        if value.is_missing() {
            let message = "the value to fill in is written out";
            return Err(Diagnostic::error(message, expr.span)
                .help("write a number or a text, as in `with 0 for n`"));
        }
        let input = Input::read(filling.one(Rule::column), build)?;
        let Some(slot) = input.slot() else {
            let message = format!("`{input}` is no column of the `stats`");
            return Err(Diagnostic::error(message, input.span));
        };
        fillings.push(Filling { expr, value, input, slot });
    }
    Ok(Sequence::stage(Fillmissing { bins, fillings }, build))
}

impl fmt::Display for Fillmissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fillmissing")?;
        if !self.fillings.is_empty() {
            f.write_str(" with ")?;
            comma_list(f, &self.fillings)?;
        }
        Ok(())
    }
}

impl Fillmissing {
    /// The bins between the first and the last, and inside the time range, that are not known.
    fn absent(&self, known: &HashSet<Timestamp>, range: TimeRange) -> Result<Vec<Timestamp>> {
        let first = known.iter().min().copied();
        let last = known.iter().max().copied();
        let from = Some(range.start).filter(|start| *start != TimeRange::ALL.start);
        let to = Some(range.end).filter(|end| *end != TimeRange::ALL.end);
        let (from, to) = (from.and_then(|time| self.bins.floor(time)).or(first), to.or(last));
        let (Some(mut bin), Some(to)) = (from, to) else { return Ok(Vec::new()) };
        let mut absent = Vec::new();
        while bin <= to {
            if !known.contains(&bin) {
                absent.push(bin);
            }
            if absent.len() > MOST {
                return Err(Error::Limit(format!(
                    "`fillmissing` would add more than {MOST} records: make the bins longer"
                )));
            }
            match self.bins.next(bin) {
                Some(next) if next > bin => bin = next,
                _ => break,
            }
        }
        Ok(absent)
    }
}

impl InOrder for Fillmissing {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        vec![self.bins.slot]
    }

    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch> {
        let column = batch.column(self.bins.slot);
        let time = |row: usize| match column.value(row).number() {
            Some(Number::Integer(time)) => time,
            _ => i64::MIN,
        };
        let times: Vec<Timestamp> = (0..batch.len()).map(time).collect();
        let known = times.iter().copied().filter(|time| *time != i64::MIN).collect();
        let absent = self.absent(&known, run.context.range)?;
        // Records that were sorted newest first stay so; all others go by time.
        let falling = times.len() > 1 && times.is_sorted_by(|a, b| a >= b) && !times.is_sorted();
        let old = times.iter().enumerate().map(|(row, time)| (*time, (0, row as u32)));
        let new = absent.iter().enumerate().map(|(row, time)| (*time, (1, row as u32)));
        let mut rows: Vec<(Timestamp, (u32, u32))> = old.chain(new).collect();
        rows.sort_by_key(|(time, _)| if falling { time.saturating_neg() } else { *time });
        let picks: Vec<(u32, u32)> = rows.into_iter().map(|(_, pick)| pick).collect();
        let positions = vec![0; absent.len()];
        let bins = Column::Time(absent, None);
        let added = Batch::of_columns([(self.bins.slot, bins)], positions, run.slots);
        let mut filled = Batch::interleave(&[batch, added], &picks, behind, run.slots, run.threads);
        for Filling { value, slot, .. } in &self.fillings {
            if behind.contains(slot) {
                let column = filled.column(*slot);
                let fill = |row| match column.value(row) {
                    Value::Missing => value.clone(),
                    value => value,
                };
                let column = Column::from_values((0..filled.len()).map(fill).collect());
                filled.set(*slot, column);
            }
        }
        Ok(filled)
    }

    fn looks_back(&self) -> bool {
        false
    }
}

impl Bins {
    /// The start of the bin that holds a time.
    fn floor(&self, moment: Timestamp) -> Option<Timestamp> {
        time::floor(moment.checked_sub(self.offset)?, self.period)?.checked_add(self.offset)
    }

    /// The start of the bin behind one.
    fn next(&self, bin: Timestamp) -> Option<Timestamp> {
        let behind = bin.checked_sub(self.offset)?.checked_add(1)?;
        time::ceil(behind, self.period)?.checked_add(self.offset)
    }
}
