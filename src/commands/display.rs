//! `display`: chooses the columns of the result; the last one decides.

use super::command::{Build, CommandDoc, Stage};
use super::fields::read_items;
use crate::diagnostic::Diagnostic;
use crate::syntax::{Node, Rule};

/// What a person should know of `display`.
pub const DOC: CommandDoc = CommandDoc {
    name: "display",
    aliases: &[],
    rule: Rule::display,
    syntax: "display FIELD | EXPRESSION [as NAME], …",
    summary: "Shows these columns and no others; of several `display` the last one decides.",
    examples: &[
        "parse @message /(?<NetworkInterface>eni-.*?) / | display NetworkInterface, @message | limit 2",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Display.html",
};

/// Reads the command.
///
/// # Errors
/// As `fields`.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    build.shown.clear();
    build.chosen = true;
    read_items(node, build, &DOC)
}
