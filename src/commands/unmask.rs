//! `unmask`: shows what data protection hides on AWS; nothing is hidden in files.

use std::any::Any;
use std::fmt;

use super::columns::read_list;
use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage};
use super::filldown::written;
use crate::data::{Batch, Slot};
use crate::diagnostic::Diagnostic;
use crate::syntax::{Node, Rule};

/// What a person should know of `unmask`.
pub const DOC: CommandDoc = CommandDoc {
    name: "unmask",
    aliases: &[],
    rule: Rule::unmask,
    syntax: "unmask [COLUMN, …]",
    summary: "Shows masked data on AWS; here nothing is masked, and records pass as they are.",
    examples: &["fields @message | unmask @message | limit 1"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Unmask.html",
};

/// One `unmask`.
struct Unmask(String);

/// Reads the command.
///
/// # Errors
/// A wildcard that fits nothing, and what binding refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let choices = node.maybe(Rule::choices);
    choices.map(|choices| read_list(choices, build)).transpose()?;
    let message = "`unmask` does nothing here: files hold what they hold";
    build.scope.warn(Diagnostic::warning(message, node.one(Rule::head_word).span()));
    Ok(Box::new(Unmask(choices.map(written).unwrap_or_default())))
}

impl fmt::Display for Unmask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unmask{}", self.0)
    }
}

impl Stage for Unmask {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        behind.to_vec()
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for Unmask {
    fn apply(&self, batch: Batch, _: &[Slot], _: &Run<'_>) -> Batch {
        batch
    }

    fn keeps_records(&self) -> bool {
        true
    }
}
