//! `logcompare`: the patterns of the messages beside those of a time range further back.

use std::any::Any;
use std::fmt;

use super::command::{
    Build, CommandDoc, Compared, Gather, Gathered, Gathering, Role, Run, Stage, same,
};
use super::diff::Difference;
use super::pattern::Pattern;
use crate::data::period::Period;
use crate::data::{Batch, Slot};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::syntax::{self, Expr, ExprKind, Node, Rule};

/// What a person should know of `logcompare`.
pub const DOC: CommandDoc = CommandDoc {
    name: "logcompare",
    aliases: &[],
    rule: Rule::logcompare,
    syntax: "logcompare timeshift PERIOD",
    summary: "Compares the messages with those of as long a time range, so far back: `pattern @message | diff` with a distance of your own. Of an open time range, the last PERIOD is compared with that before.",
    examples: &["filter action = \"REJECT\" | logcompare timeshift 6h"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Logcompare.html",
};

/// One `logcompare` ready to run: a `pattern` and a `diff`.
struct LogCompare {
    back: Period,
    pattern: Pattern,
    difference: Difference,
}

/// Reads the command.
///
/// # Errors
/// What a `pattern` refuses, and what is wrong with the period.
pub fn read(
    node: &Node<'_>,
    build: &mut Build<'_>,
) -> std::result::Result<Box<dyn Stage>, Diagnostic> {
    let span = node.one(Rule::head_word).span();
    let back = syntax::period(node.one(Rule::period))?;
    let message = Expr { kind: ExprKind::Field("@message".to_owned()), span };
    let pattern = Pattern::of(message, span, build)?;
    let difference = Difference::of(Compared { back: Some(back), span }, build)?;
    Ok(Box::new(LogCompare { back, pattern, difference }))
}

impl fmt::Display for LogCompare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "logcompare timeshift {}", self.back)
    }
}

impl LogCompare {
    /// What the `pattern` has to give.
    fn between(&self, behind: &[Slot]) -> Vec<Slot> {
        behind.iter().copied().chain(self.difference.reads()).collect()
    }
}

impl Stage for LogCompare {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        self.pattern.reads(&self.between(behind))
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Gathering for LogCompare {
    fn gather(&self, behind: &[Slot], run: &Run<'_>) -> Box<dyn Gather> {
        let patterns = self.pattern.gather(&self.between(behind), run);
        Box::new(Both { patterns, difference: self.difference, behind: behind.to_vec() })
    }
}

/// The patterns on one worker, compared when all are there.
struct Both {
    patterns: Box<dyn Gather>,
    difference: Difference,
    behind: Vec<Slot>,
}

impl Gather for Both {
    fn fold(&mut self, batch: Batch, run: &Run<'_>) {
        self.patterns.fold(batch, run);
    }

    fn memory(&self) -> usize {
        self.patterns.memory()
    }

    fn finish(self: Box<Self>, others: Vec<Box<dyn Gather>>, run: &Run<'_>) -> Result<Gathered> {
        let others = same::<Both>(others).into_iter().map(|other| other.patterns).collect();
        let found = self.patterns.finish(others, run)?;
        let mut compared = self.difference.gather(&self.behind);
        found.batches.into_iter().for_each(|batch| compared.fold(batch, run));
        compared.finish(Vec::new(), run)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
