//! `stats`: groups records and computes aggregates for each group.

mod gather;
mod partition;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::command::{
    Build, CommandDoc, Gather, Gathering, Item, Role, Run, Shown, Stage, comma_list,
};
use crate::data::{Column, Slot};
use crate::diagnostic::Diagnostic;
use crate::eval::bind::{AggregateCall, bind, bind_grouped};
use crate::eval::bound::Bound;
use crate::syntax::{Node, Rule};

/// What a person should know of `stats`.
pub const DOC: CommandDoc = CommandDoc {
    name: "stats",
    aliases: &[],
    rule: Rule::stats,
    syntax: "stats AGGREGATE [as NAME], … [by FIELD [as NAME], …]",
    summary: "Groups records and computes aggregates for each group; without `by`, for all records.",
    examples: &[
        "stats count(*) as flows, sum(bytes) / 1024 as kib by srcAddr | sort kib desc | limit 5",
        "stats count(*) as n by srcAddr, dstAddr | stats count(*) as peers by srcAddr | sort peers desc | limit 5",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html",
};

/// One `stats` ready to run.
pub struct Stats {
    keys: Vec<Output>,
    items: Vec<Output>,
    calls: Vec<AggregateCall>,
    /// The distinct arguments of all aggregates.
    args: Vec<Bound>,
    /// For each aggregate, which of `args` are its own.
    args_by_call: Vec<Vec<usize>>,
}

/// A key or a computed column.
struct Output {
    item: Item,
    bound: Bound,
    slot: Slot,
}

impl Stats {
    /// The columns each aggregate takes out of those of `args`.
    fn args_of_calls<'a>(&self, columns: &'a [Arc<Column>]) -> Vec<Vec<&'a Column>> {
        let own =
            |indexes: &Vec<usize>| indexes.iter().map(|&index| columns[index].as_ref()).collect();
        self.args_by_call.iter().map(own).collect()
    }
}

/// Reads the command.
///
/// # Errors
/// What [`bind_grouped`] refuses, and a name that is given twice.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    if let Some(offset) = node.maybe(Rule::offset) {
        let message = "`offset` is not supported yet";
        return Err(Diagnostic::error(message, offset.span()));
    }
    let mut keys = Vec::new();
    for key in node.all(Rule::group_key) {
        let item = Item::read(key)?;
        let bound = bind(&item.expr, &mut build.scope)?;
        keys.push(Output { item, bound, slot: build.scope.slot() });
    }
    let mut items: Vec<Output> = Vec::new();
    let mut calls = Vec::new();
    for item in node.all(Rule::item) {
        let item = Item::read(item)?;
        let named = |name: &str| {
            let all = items.iter().chain(&keys);
            all.rev().find(|output| output.item.name == name).map(|output| output.slot)
        };
        let bound = bind_grouped(&item.expr, &mut build.scope, &mut calls, &named)?;
        items.push(Output { item, bound, slot: build.scope.slot() });
    }
    build.scope.close(node.span());
    build.shown.clear();
    for output in keys.iter().chain(&items) {
        let Output { item, slot, .. } = output;
        build.scope.define(&item.name, *slot, item.span)?;
        build.scope.define_expression(&item.expr.to_string(), *slot);
        build.shown.push(Shown { name: item.name.clone(), slot: *slot });
    }
    build.chosen = true;
    build.newest_first = false;
    let (args, args_by_call) = distinct_args(&calls);
    Ok(Box::new(StatsStage(Arc::new(Stats { keys, items, calls, args, args_by_call }))))
}

/// The arguments of all aggregates, each field and each literal once, and who uses which.
fn distinct_args(calls: &[AggregateCall]) -> (Vec<Bound>, Vec<Vec<usize>>) {
    let mut args: Vec<Bound> = Vec::new();
    let mut index = |arg: &Bound| {
        let known = args.iter().position(|known| match (known, arg) {
            (Bound::Field(known), Bound::Field(slot)) => known == slot,
            _ => false,
        });
        known.unwrap_or_else(|| {
            args.push(arg.clone());
            args.len() - 1
        })
    };
    let by_call = calls.iter().map(|call| call.args.iter().map(&mut index).collect()).collect();
    (args, by_call)
}

/// The command in a plan; its states share what is bound.
struct StatsStage(Arc<Stats>);

impl fmt::Display for StatsStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stats ")?;
        comma_list(f, self.0.items.iter().map(|output| &output.item))?;
        if !self.0.keys.is_empty() {
            f.write_str(" by ")?;
            comma_list(f, self.0.keys.iter().map(|output| &output.item))?;
        }
        Ok(())
    }
}

impl Stage for StatsStage {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.0.keys.iter().for_each(|key| key.bound.slots(&mut slots));
        self.0.args.iter().for_each(|arg| arg.slots(&mut slots));
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for StatsStage {
    fn gather(&self, _: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        Box::new(gather::StatsGather::new(Arc::clone(&self.0)))
    }
}
