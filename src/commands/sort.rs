//! `sort`: orders records by one or more keys.

use std::any::Any;
use std::fmt;

use super::command::{Build, CommandDoc, Role, Stage, comma_list};
use super::ordered::Ordered;
use crate::data::Slot;
use crate::diagnostic::Diagnostic;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::syntax::{self, Expr, Node, Rule};

/// What a person should know of `sort`.
pub const DOC: CommandDoc = CommandDoc {
    name: "sort",
    aliases: &["order"],
    rule: Rule::sort,
    syntax: "sort FIELD [asc | desc], …",
    summary: "Orders records; numbers by value behind everything else, texts in natural order, missing values first.",
    examples: &[
        "fields @timestamp, srcAddr, bytes | sort bytes desc, srcAddr | limit 5",
        "stats count(*) as n by dstPort | sort n desc | limit 5",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html",
};

/// One `sort` ready to run.
pub struct Sort {
    keys: Vec<Key>,
    /// The keys, and behind them the order the records had.
    pub ordered: Ordered,
}

/// A key as written.
struct Key {
    expr: Expr,
    descending: bool,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.expr, if self.descending { " desc" } else { "" })
    }
}

/// Reads the command.
///
/// # Errors
/// What [`bind`] refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let mut keys = Vec::new();
    let mut ordered = Ordered { keys: Vec::new(), limit: None, any: false };
    for key in node.all(Rule::sort_key) {
        let expr = syntax::expr(key.one(Rule::expr))?;
        let direction = key.maybe(Rule::direction).map(Node::text);
        let descending = direction.is_some_and(|word| word.trim().to_lowercase().starts_with('d'));
        ordered.keys.push((bind(&expr, &mut build.scope)?, descending));
        keys.push(Key { expr, descending });
    }
    // The sort is stable: ties stay in the order the records had.
    if let Some(time) = build.implied_order() {
        ordered.keys.push((Bound::Field(time), true));
    }
    build.newest_first = false;
    Ok(Box::new(Sort { keys, ordered }))
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sort ")?;
        comma_list(f, &self.keys)
    }
}

impl Stage for Sort {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        self.ordered.reads(behind)
    }

    fn role(&self) -> Role<'_> {
        Role::Gathering(&self.ordered)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
