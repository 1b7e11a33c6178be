//! `stats`: groups records and computes aggregates for each group.

mod gather;
mod packing;
mod partition;
mod scatter;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

pub use gather::StatsGather;

use super::command::{
    Bins, Build, CommandDoc, Gather, Gathering, Item, Role, Run, Shown, Stage, comma_list,
};
use super::meaning;
use crate::data::period::Period;
use crate::data::{Column, Slot, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::bind::{AggregateCall, bind, bind_grouped};
use crate::eval::bound::Bound;
use crate::functions::datetime::SHIFTED;
use crate::syntax::period;
use crate::syntax::{ExprKind, Node, Rule};

/// What a person should know of `stats`.
pub const DOC: CommandDoc = CommandDoc {
    name: "stats",
    aliases: &[],
    rule: Rule::stats,
    syntax: "stats AGGREGATE [as NAME], … [by FIELD [as NAME], …] [offset PERIOD]",
    summary: "Groups records and computes aggregates for each group; without `by`, for all records. \
              `offset` shifts the boundaries of the bins behind `by`.",
    examples: &[
        "stats count(*) as flows, sum(bytes) / 1024 as kib by srcAddr | sort kib desc | limit 5",
        "stats count(*) as n by srcAddr, dstAddr | stats count(*) as peers by srcAddr | sort peers desc | limit 5",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html",
};

/// One `stats` ready to run.
pub struct Stats {
    keys: Vec<Output>,
    /// What the boundaries of bins are shifted by.
    offset: Option<Period>,
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
/// What [`Stats::new`] refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let keys = node.all(Rule::group_key).map(Item::read).collect::<Result<_, _>>()?;
    let items = node.all(Rule::item).map(Item::read).collect::<Result<_, _>>()?;
    let stats = Stats::new(keys, items, node.maybe(Rule::offset), node.span(), build)?;
    Ok(Box::new(StatsStage(Arc::new(stats))))
}

impl Stats {
    /// Groups by `keys` and computes `items`, which are the columns from here on; `span` is the
    /// place of the command.
    ///
    /// # Errors
    /// What [`bind_grouped`] refuses, an aggregate that stands alone and does not, an `offset`
    /// that shifts nothing, and a name that is given twice.
    pub fn new(
        keys: Vec<Item>,
        items: Vec<Item>,
        offset: Option<&Node<'_>>,
        span: Span,
        build: &mut Build<'_>,
    ) -> Result<Stats, Diagnostic> {
        let mut bound_keys = Vec::new();
        for item in keys {
            let bound = bind(&item.expr, &mut build.scope)?;
            let slot = build.scope.slot();
            build.meanings.insert(slot, meaning::of_key(&bound, build));
            bound_keys.push(Output { item, bound, slot });
        }
        let mut keys = bound_keys;
        let offset = offset.map(|node| shift(node, &mut keys)).transpose()?;
        let (written, mut items, mut calls) = (items, Vec::<Output>::new(), Vec::new());
        for item in written {
            let named = |name: &str| {
                let all = items.iter().chain(&keys);
                all.rev().find(|output| output.item.name == name).map(|output| output.slot)
            };
            let bound = bind_grouped(&item.expr, &mut build.scope, &mut calls, &named)?;
            for call in &calls {
                build.meanings.insert(call.slot, meaning::of_call(call, build));
            }
            let slot = build.scope.slot();
            build.meanings.insert(slot, meaning::of(&bound, build));
            items.push(Output { item, bound, slot });
        }
        if let Some(call) = calls.iter().find(|call| call.aggregate.alone)
            && (calls.len() > 1 || !keys.is_empty())
        {
            let name = call.aggregate.name;
            let message = format!("`{name}` stands alone in a `stats` without `by`");
            let help = "count and sort for the same per group: `stats count(*) as n by a, b | sort n desc`";
            return Err(Diagnostic::error(message, span).help(help));
        }
        build.scope.close(span);
        build.shown.clear();
        for output in keys.iter().chain(&items) {
            let Output { item, slot, .. } = output;
            build.scope.define(&item.name, *slot, item.span)?;
            match &item.expr.kind {
                ExprKind::Field(field) => build.scope.define_key(field, *slot),
                _ => build.scope.define_expression(&item.expr.to_string(), *slot),
            }
            build.shown.push(Shown { name: item.name.clone(), slot: *slot });
        }
        build.chosen = true;
        build.newest_first = false;
        build.bins = keys.iter().find_map(Output::bins);
        let (args, args_by_call) = distinct_args(&calls);
        Ok(Stats { keys, offset, items, calls, args, args_by_call })
    }

    /// The slots it reads.
    pub fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.keys.iter().for_each(|key| key.bound.slots(&mut slots));
        self.args.iter().for_each(|arg| arg.slots(&mut slots));
        slots
    }
}

impl Output {
    /// The bins of time that a key is, where it is one.
    fn bins(&self) -> Option<Bins> {
        let Bound::Call(function, args) = &self.bound else { return None };
        if !SHIFTED.contains(&function.name) {
            return None;
        }
        let literals: Vec<&Value> = args.iter().filter_map(Bound::literal).collect();
        let period = literals.iter().find_map(|value| match value {
            Value::Period(period) => Some(period.clamped()),
            _ => None,
        });
        let offset = literals.iter().find_map(|value| match value {
            Value::Integer(milliseconds) => Some(*milliseconds),
            _ => None,
        });
        Some(Bins { slot: self.slot, period: period?, offset: offset.unwrap_or(0) })
    }
}

/// Shifts the boundaries of all bins in the keys: `by bin(1d) offset 8h` counts days from 08:00.
///
/// Source: observed: `offset` shifts the alignment of the bins, not the records.
fn shift(node: &Node<'_>, keys: &mut [Output]) -> Result<Period, Diagnostic> {
    let written = node.one(Rule::period);
    let period = period(written)?;
    let Some(milliseconds) = period.milliseconds() else {
        let message = "`offset` needs a period that is always equally long";
        let help = "write it in days or smaller units, as in `offset 8h`";
        return Err(Diagnostic::error(message, written.span()).help(help));
    };
    let mut found = false;
    keys.iter_mut().for_each(|key| shift_bins(&mut key.bound, milliseconds, &mut found));
    if !found {
        let message = "`offset` shifts bins of time, and no key behind `by` is one";
        let help = "write `by bin(1d) offset 8h`";
        return Err(Diagnostic::error(message, node.span()).help(help));
    }
    Ok(period)
}

/// Hands the offset to every call that makes bins.
fn shift_bins(bound: &mut Bound, milliseconds: i64, found: &mut bool) {
    if let Bound::Call(function, args) = bound
        && SHIFTED.contains(&function.name)
    {
        args.push(Bound::Constant(Value::Integer(milliseconds)));
        *found = true;
        return;
    }
    match bound {
        Bound::Call(_, args) => {
            args.iter_mut().for_each(|arg| shift_bins(arg, milliseconds, found));
        }
        Bound::Binary(_, left, right) => {
            shift_bins(left, milliseconds, found);
            shift_bins(right, milliseconds, found);
        }
        Bound::Negate(of) | Bound::Not(of) | Bound::Path(of, _) => {
            shift_bins(of, milliseconds, found);
        }
        _ => {}
    }
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
        if let Some(offset) = self.0.offset {
            write!(f, " offset {offset}")?;
        }
        Ok(())
    }
}

impl Stage for StatsStage {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        self.0.slots()
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
        Box::new(StatsGather::new(Arc::clone(&self.0)))
    }
}
