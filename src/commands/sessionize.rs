//! `sessionize`: numbers the sessions of each identity: records with no long pause between them.

use std::fmt;

use super::columns::{Input, new_column};
use super::command::{Build, CommandDoc, Run, Stage, comma_list};
use super::in_order::{InOrder, Sequence};
use crate::data::groups::GroupTable;
use crate::data::interner::Interner;
use crate::data::keys::{encode_column, hash_key};
use crate::data::period::{Period, Unit};
use crate::data::{Batch, Column, Number, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::evaluate::evaluate;
use crate::syntax::{self, Node, Rule};

/// What a person should know of `sessionize`.
pub const DOC: CommandDoc = CommandDoc {
    name: "sessionize",
    aliases: &[],
    rule: Rule::sessionize,
    syntax: "sessionize COLUMN, … [maxspan PERIOD] [as NAME]",
    summary: "Numbers sessions: records with the same values in these columns and no more than `maxspan` (30 minutes) from one to the next.",
    examples: &[
        "filter dstPort = 22 | fields @timestamp, srcAddr, dstAddr | sessionize srcAddr, dstAddr maxspan 1h as visit | stats count(*) as n by srcAddr, visit | sort n desc | limit 3",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sessionize.html",
};

/// The pause that ends a session where none is given.
const MAXSPAN: Period = Period { count: 30, unit: Unit::Minute };

/// One `sessionize` ready to run.
struct Sessionize {
    inputs: Vec<Input>,
    maxspan: Option<Period>,
    /// The longest pause inside a session, in milliseconds.
    longest: i64,
    name: Option<String>,
    /// `@timestamp`
    time: Slot,
    slot: Slot,
    /// Whether the records go newest first, so that those in front tell all.
    newest_first: bool,
}

/// Reads the command.
///
/// # Errors
/// A calendar period, a name that is taken, a `stats` in front, and what binding refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    if build.scope.is_closed() {
        let message = "`sessionize` needs `@timestamp`, which a `stats` in front has used up";
        return Err(Diagnostic::error(message, node.span()).help("move it before the `stats`"));
    }
    let columns: Vec<_> = node.all(Rule::column).collect();
    let inputs = columns.into_iter().map(|column| Input::read(column, build));
    let inputs = inputs.collect::<std::result::Result<Vec<_>, _>>()?;
    let written = node.maybe(Rule::period);
    let maxspan = written.map(syntax::period).transpose()?;
    let Some(longest) = maxspan.unwrap_or(MAXSPAN).milliseconds() else {
        let message = "`maxspan` needs a period that is always equally long";
        let place = written.map_or(node.span(), Node::span);
        return Err(Diagnostic::error(message, place).help("write it in weeks or smaller units"));
    };
    let alias = node.maybe(Rule::alias).map(|alias| alias.one(Rule::name));
    let name = alias.map(syntax::name);
    let time = build.scope.resolve("@timestamp", node.span())?.slot;
    let span = alias.map_or(node.one(Rule::head_word).span(), Node::span);
    let slot = new_column(name.as_deref().unwrap_or("session_id"), span, build)?;
    let newest_first = build.newest_first;
    let command = Sessionize { inputs, maxspan, longest, name, time, slot, newest_first };
    Ok(Sequence::stage(command, build))
}

impl fmt::Display for Sessionize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sessionize ")?;
        comma_list(f, &self.inputs)?;
        self.maxspan.iter().try_for_each(|period| write!(f, " maxspan {period}"))?;
        self.name.iter().try_for_each(|name| write!(f, " as {}", syntax::quoted_name(name)))
    }
}

impl InOrder for Sessionize {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        if behind.contains(&self.slot) {
            slots.push(self.time);
            self.inputs.iter().for_each(|input| input.bound.slots(&mut slots));
        }
        slots
    }

    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Result<Batch> {
        if !behind.contains(&self.slot) {
            return Ok(batch);
        }
        let width = self.inputs.len();
        let mut interner = Interner::default();
        let mut words = vec![0; batch.len() * width];
        for (at, input) in self.inputs.iter().enumerate() {
            let column = evaluate(&input.bound, &batch, &run.context);
            encode_column(&column, &mut interner, &mut words, at, width);
        }
        let times = batch.column(self.time);
        let mut table = GroupTable::new(width);
        // The records of each identity by time; those without a time are in no session.
        let mut records: Vec<(u32, i64, u32)> = Vec::new();
        for (row, key) in words.chunks_exact(width).enumerate() {
            if let Some(Number::Integer(time)) = times.value(row).number() {
                let identity = table.insert(key, hash_key(key, &interner), row as u64);
                records.push((identity, time, row as u32));
            }
        }
        records.sort_unstable();
        let mut session_of: Vec<Option<u32>> = vec![None; batch.len()];
        let mut sessions = 0;
        let mut last: Option<(u32, i64)> = None;
        for (identity, time, row) in records {
            let goes_on = last.is_some_and(|(same, before)| {
                same == identity && time.saturating_sub(before) <= self.longest
            });
            sessions += u32::from(!goes_on);
            last = Some((identity, time));
            session_of[row as usize] = Some(sessions - 1);
        }
        // Numbered from 1 in the order in which the records show them.
        let mut numbers: Vec<Option<i64>> = vec![None; sessions as usize];
        let mut next = 0;
        let mut number = |session: Option<u32>| {
            let Some(session) = session else { return Value::Missing };
            let number = numbers[session as usize].get_or_insert_with(|| {
                next += 1;
                next
            });
            Value::Integer(*number)
        };
        let column = session_of.into_iter().map(&mut number).collect();
        batch.set(self.slot, Column::from_values(column));
        Ok(batch)
    }

    fn looks_back(&self) -> bool {
        self.newest_first
    }
}
