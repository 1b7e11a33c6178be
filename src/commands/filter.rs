//! `filter` and `where`: keep the records for which a condition is true.

use std::any::Any;
use std::fmt;

use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage};
use crate::data::column::truth;
use crate::data::{Batch, Slot};
use crate::diagnostic::Diagnostic;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate_truth;
use crate::syntax::{self, Expr, Node, Rule};

/// What a person should know of `filter`.
pub const DOC: CommandDoc = CommandDoc {
    name: "filter",
    aliases: &["where"],
    rule: Rule::filter,
    syntax: "filter CONDITION",
    summary: "Keeps the records for which the condition is true; a comparison with a missing field is not.",
    examples: &[
        "filter action = \"REJECT\" and dstPort in [22, 3389] | stats count(*) by dstPort",
        "filter isIpv4InSubnet(srcAddr, \"10.0.0.0/8\") | stats count(*)",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html",
};

/// One `filter` ready to run.
pub struct Filter {
    doc: &'static CommandDoc,
    word: String,
    expr: Expr,
    /// Parts that must all be true; each is asked only about the records that passed those before.
    conjuncts: Vec<Bound>,
}

impl Filter {
    /// The parts that must all be true.
    pub fn conjuncts(&self) -> &[Bound] {
        &self.conjuncts
    }
}

/// Reads the command.
///
/// # Errors
/// What [`bind`] refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let expr = syntax::expr(node.one(Rule::expr))?;
    let bound = bind(&expr, &mut build.scope)?;
    let word = node.one(Rule::head_word).text().to_lowercase();
    Ok(Box::new(Filter { doc: &DOC, word, expr, conjuncts: bound.conjuncts() }))
}

impl Filter {
    /// Another command that keeps the records for which a condition is true.
    pub fn new(doc: &'static CommandDoc, expr: Expr, bound: Bound) -> Filter {
        Filter { doc, word: doc.name.to_owned(), expr, conjuncts: bound.conjuncts() }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.word, self.expr)
    }
}

impl Stage for Filter {
    fn doc(&self) -> &'static CommandDoc {
        self.doc
    }

    fn reads(&self, _: &[Slot]) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.conjuncts.iter().for_each(|part| part.slots(&mut slots));
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for Filter {
    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        for (i, part) in self.conjuncts.iter().enumerate() {
            let truths = evaluate_truth(part, &batch, &run.context);
            let rows: Vec<u32> = rows_of(&truths);
            if rows.len() == batch.len() {
                continue;
            }
            let mut keep = behind.to_vec();
            self.conjuncts[i + 1..].iter().for_each(|part| part.slots(&mut keep));
            batch = batch.select(&rows, &keep);
            if batch.is_empty() {
                break;
            }
        }
        batch
    }
}

/// The rows whose truth is true.
fn rows_of(truths: &[u8]) -> Vec<u32> {
    let mut rows = vec![0; truths.len()];
    let mut count = 0;
    // Written without a branch: whether a record passes cannot be predicted.
    for (row, &truth) in truths.iter().enumerate() {
        rows[count] = row as u32;
        count += usize::from(truth == truth::TRUE);
    }
    rows.truncate(count);
    rows
}
