//! `limit`: keeps the first records, newest first where nothing sorted them.

use std::any::Any;
use std::fmt;

use super::command::{Build, CommandDoc, Role, Stage};
use super::ordered::Ordered;
use crate::data::Slot;
use crate::diagnostic::Diagnostic;
use crate::eval::bound::Bound;
use crate::syntax::{Node, Rule};

/// What a person should know of `limit`.
pub const DOC: CommandDoc = CommandDoc {
    name: "limit",
    aliases: &["head", "tail"],
    rule: Rule::limit,
    syntax: "limit [any] COUNT",
    summary: "Returns at most COUNT records; without a `limit` a query returns at most 10,000. With `any` \
              the scan ends as soon as there are enough, and the records are the first of the logs.",
    examples: &["fields srcAddr, dstAddr | limit 2"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html",
};

/// The most records a `limit` may ask for on AWS.
const MOST: usize = 100_000;

/// One `limit` ready to run.
pub struct Limit {
    /// The order the records have, and the count.
    pub ordered: Ordered,
}

impl Limit {
    /// The end of a query: the order its records have, and the most it returns.
    pub fn implied(ordered: Ordered) -> Limit {
        Limit { ordered }
    }
}

/// Reads the command.
///
/// # Errors
/// A count that does not fit 64 bits.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let number = node.one(Rule::whole_number);
    let count: usize = number.text().trim().parse().map_err(|_| {
        Diagnostic::error("this count is too large", number.span())
            .help(format!("write at most {MOST}"))
    })?;
    let word = node.one(Rule::head_word).text();
    if !word.eq_ignore_ascii_case("limit") {
        let message = format!("`{word}` is deprecated on AWS and acts as `limit`");
        let warning = Diagnostic::warning(message, node.one(Rule::head_word).span());
        build.scope.warn(warning.write("limit"));
    }
    if count > MOST {
        let message = format!("on AWS a `limit` goes up to {MOST}; here it does not end there");
        build.scope.warn(Diagnostic::warning(message, number.span()));
    }
    let any = node.maybe(Rule::any_word).is_some();
    let newest = if any { None } else { build.implied_order() };
    build.newest_first = false;
    let keys = newest.map(|time| (Bound::Field(time), true)).into_iter().collect();
    Ok(Box::new(Limit { ordered: Ordered { keys, limit: Some(count), any } }))
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let any = if self.ordered.any { "any " } else { "" };
        match self.ordered.limit {
            Some(count) => write!(f, "limit {any}{count}"),
            None => f.write_str("limit none"),
        }
    }
}

impl Stage for Limit {
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
