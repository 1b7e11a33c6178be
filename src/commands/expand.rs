//! `expand`: one record for each item of a list, which takes the place of the list.

use super::columns::Input;
use super::command::{Build, CommandDoc, Stage};
use super::unnest::Items;
use crate::diagnostic::Diagnostic;
use crate::syntax::{Node, Rule};

/// What a person should know of `expand`.
pub const DOC: CommandDoc = CommandDoc {
    name: "expand",
    aliases: &[],
    rule: Rule::expand,
    syntax: "expand COLUMN",
    summary: "Makes one record of each item of a column that holds a list of JSON, as a list or as its text; the column holds the item, all others are copied.",
    examples: &[
        "fields concat('[', srcPort, ', ', dstPort, ']') as port | expand port | stats count(*) as n by port | sort n desc | limit 3",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Expand.html",
};

/// Reads the command.
///
/// # Errors
/// What binding refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let input = Input::read(node.one(Rule::column), build)?;
    let (list, written) = (input.bound.clone(), format!("expand {input}"));
    // Whether the list is a part of its line is asked before its name means the items.
    let slot = input.replace(build);
    Ok(Items::expand(&DOC, written, list, slot).stage(build))
}
