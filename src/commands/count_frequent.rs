//! `countFrequent`: how often each combination of values is there, the most frequent first.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::command::{
    Build, CommandDoc, Gather, Gathered, Gathering, Item, Role, Run, Stage, comma_list, same,
};
use super::ordered::{Ordered, OrderedGather};
use super::stats::{Stats, StatsGather};
use crate::data::Slot;
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::eval::bound::Bound;
use crate::syntax::{self, Expr, ExprKind, Node, Rule};

/// What a person should know of `countFrequent`.
pub const DOC: CommandDoc = CommandDoc {
    name: "countFrequent",
    aliases: &["count_frequent"],
    rule: Rule::countFrequent,
    syntax: "countFrequent COLUMN, …",
    summary: "Counts each combination of values as `_approxcount`, the most frequent first.",
    examples: &["countFrequent dstPort, action | limit 4"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-CountFrequent.html",
};

/// The name of the column of counts.
const COUNT: &str = "_approxcount";

/// One `countFrequent` ready to run.
struct CountFrequent {
    columns: Vec<Expr>,
    stats: Arc<Stats>,
    count: Slot,
}

/// Reads the command.
///
/// # Errors
/// What binding refuses.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let columns: Vec<Expr> =
        node.all(Rule::column).map(syntax::expr).collect::<std::result::Result<_, _>>()?;
    let key = |expr: &Expr| Item {
        expr: expr.clone(),
        alias: None,
        name: match &expr.kind {
            ExprKind::Field(name) => name.clone(),
            _ => expr.to_string(),
        },
        span: expr.span,
    };
    let span = node.one(Rule::head_word).span();
    let kind =
        ExprKind::Call { name: "count".to_owned(), name_span: span, args: Vec::new(), star: true };
    let alias = COUNT.to_owned();
    let count = Item { expr: Expr { kind, span }, alias: Some(alias.clone()), name: alias, span };
    let keys = columns.iter().map(key).collect();
    let stats = Arc::new(Stats::new(keys, vec![count], None, node.span(), build)?);
    let count = build.scope.resolve(COUNT, span)?.slot;
    Ok(Box::new(CountFrequent { columns, stats, count }))
}

impl fmt::Display for CountFrequent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("countFrequent ")?;
        comma_list(f, &self.columns)
    }
}

impl Stage for CountFrequent {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        self.stats.slots()
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for CountFrequent {
    fn gather(&self, behind: &[Slot], _: &Run<'_>) -> Box<dyn Gather> {
        let keys = vec![(Bound::Field(self.count), true)];
        let order = Arc::new(Ordered { keys, limit: None, any: false });
        let mut keep = behind.to_vec();
        keep.push(self.count);
        keep.sort_unstable();
        keep.dedup();
        Box::new(CountGather { counts: StatsGather::new(Arc::clone(&self.stats)), order, keep })
    }
}

/// The counts on one worker, sorted when all are there.
struct CountGather {
    counts: StatsGather,
    order: Arc<Ordered>,
    keep: Vec<Slot>,
}

impl Gather for CountGather {
    fn fold(&mut self, batch: crate::data::Batch, run: &Run<'_>) {
        self.counts.fold(batch, run);
    }

    fn memory(&self) -> usize {
        self.counts.memory()
    }

    fn finish(self: Box<Self>, others: Vec<Box<dyn Gather>>, run: &Run<'_>) -> Result<Gathered> {
        let counts = |other: CountGather| Box::new(other.counts) as Box<dyn Gather>;
        let others = same::<CountGather>(others).into_iter().map(counts).collect();
        let counted = Box::new(self.counts).finish(others, run)?;
        let mut sorted = OrderedGather::new(self.order, self.keep);
        counted.batches.into_iter().for_each(|batch| sorted.fold(batch, run));
        Box::new(sorted).finish(Vec::new(), run)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
