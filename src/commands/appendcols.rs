//! `appendcols`: puts the columns of another query beside those of this one, record by record.

use std::fmt;

use super::command::{Build, CommandDoc, Run, Stage};
use super::in_order::{InOrder, Sequence};
use super::options::Options;
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::inner::Inner;
use crate::syntax::{Node, Rule};

/// What a person should know of `appendcols`.
pub const DOC: CommandDoc = CommandDoc {
    name: "appendcols",
    aliases: &[],
    rule: Rule::appendcols,
    syntax: "appendcols [override=BOOLEAN] [max=COUNT] (QUERY)",
    summary: "Puts the columns of another query beside the records, first beside first; a column that is there already stays unless `override=true`. At most `max` (10,000) records of the other query.",
    examples: &[
        "stats count(*) as rejected by bin(6h) as t | sort t | appendcols (filter action = \"REJECT\" | stats count(*) as n by bin(6h) as t | sort t | fields n)",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Appendcols.html",
};

/// One `appendcols` ready to run.
struct Appendcols {
    replaces: bool,
    max: Option<usize>,
    /// The query as written.
    query: String,
    inner: Inner,
    columns: Vec<Pasted>,
}

/// A column of the other query.
struct Pasted {
    /// Its number there.
    number: usize,
    /// The column of the same name that was there before.
    old: Option<Slot>,
    slot: Slot,
}

/// The most records that are pasted where nothing else is said, and at all.
const MAX: (usize, usize) = (10_000, 100_000);

/// Reads the command.
///
/// # Errors
/// Options that do not fit, and what is wrong with the query inside.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let options = Options::read(node, DOC.name, &["override", "max"])?;
    let replaces = options.truth("override", false)?;
    let max = options.whole("max", MAX.0, (1, MAX.1))?;
    let max = options.text("max").map(|_| max);
    let query = node.one(Rule::subquery).one(Rule::inner_query);
    let inner = build.scope.inner(query.span())?;
    let mut columns = Vec::new();
    for (number, name) in inner.names.iter().enumerate() {
        let old = build.shown.iter().find(|shown| shown.name == *name).map(|shown| shown.slot);
        if old.is_some() && !replaces {
            continue;
        }
        let slot = build.scope.slot();
        build.scope.redefine(name, old, slot, query.span());
        build.show(name, slot);
        columns.push(Pasted { number, old, slot });
    }
    build.chosen = true;
    let query = query.text().trim().to_owned();
    Ok(Sequence::stage(Appendcols { replaces, max, query, inner, columns }, build))
}

impl fmt::Display for Appendcols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("appendcols ")?;
        f.write_str(if self.replaces { "override=true " } else { "" })?;
        self.max.iter().try_for_each(|max| write!(f, "max={max} "))?;
        write!(f, "({})", self.query)
    }
}

impl InOrder for Appendcols {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        self.columns.iter().filter_map(|column| column.old).collect()
    }

    fn apply(&self, batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch> {
        let answer = self.inner.answer();
        let pasted = answer.table.len.min(self.max.unwrap_or(MAX.0));
        let own = batch.len();
        let mut all = match pasted > own {
            false => batch,
            // Records of the other query beyond those of this one have its columns only.
            true => {
                let mut keep = behind.to_vec();
                keep.extend(self.columns.iter().filter_map(|column| column.old));
                keep.sort_unstable();
                keep.dedup();
                let rest = Batch::of_columns([], vec![0; pasted - own], run.slots);
                let own = (0..own as u32).map(|row| (0, row));
                let picks: Vec<(u32, u32)> =
                    own.chain((0..rest.len() as u32).map(|row| (1, row))).collect();
                Batch::interleave(&[batch, rest], &picks, &keep, run.slots, run.threads)
            }
        };
        for Pasted { number, old, slot } in &self.columns {
            let column = answer.table.columns.get(*number);
            let old = old.map(|old| std::sync::Arc::clone(all.column(old)));
            let value = |row: usize| {
                let new = column.filter(|_| row < pasted).map(|column| column.value(row));
                match (new, &old) {
                    (Some(value), _) if !value.is_missing() => value,
                    (_, Some(old)) => old.value(row),
                    _ => Value::Missing,
                }
            };
            all.set(*slot, Column::from_values((0..all.len()).map(value).collect()));
        }
        Ok(all)
    }

    fn looks_back(&self) -> bool {
        false
    }
}
