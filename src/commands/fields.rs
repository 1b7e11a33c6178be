//! `fields`: chooses columns and computes new ones.

use std::any::Any;
use std::fmt;

use super::command::{Build, CommandDoc, Item, RecordWise, Role, Run, Stage, comma_list};
use super::meaning;
use crate::data::{Batch, Slot};
use crate::diagnostic::Diagnostic;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::evaluate;
use crate::syntax::{ExprKind, Node, Rule};

/// What a person should know of `fields`.
pub const DOC: CommandDoc = CommandDoc {
    name: "fields",
    aliases: &[],
    rule: Rule::fields,
    syntax: "fields FIELD | EXPRESSION [as NAME], …",
    summary: "Shows these fields and computes new ones; several `fields` add up.",
    examples: &[
        "fields @timestamp, srcAddr, dstAddr, bytes / packets as bytesPerPacket | limit 3",
        "fields strlen(@message) | limit 1",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Fields.html",
};

/// The columns that `fields` or `display` names.
pub struct Fields {
    doc: &'static CommandDoc,
    items: Vec<Item>,
    /// What has to be computed, and where it goes.
    computed: Vec<(Bound, Slot)>,
}

/// Reads the command.
///
/// # Errors
/// What [`bind`] refuses, and a name that is given twice.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    if !build.chosen {
        build.shown.clear();
        build.chosen = true;
    }
    read_items(node, build, &DOC)
}

/// Reads a list of columns and shows them.
///
/// # Errors
/// As [`read`].
pub fn read_items(
    node: &Node<'_>,
    build: &mut Build<'_>,
    doc: &'static CommandDoc,
) -> Result<Box<dyn Stage>, Diagnostic> {
    let mut items = Vec::new();
    let mut computed = Vec::new();
    for item in node.all(Rule::item) {
        let item = Item::read(item)?;
        let bound = bind(&item.expr, &mut build.scope)?;
        let plain = matches!(item.expr.kind, ExprKind::Field(_)) && item.alias.is_none();
        let slot = match bound {
            Bound::Field(slot) => slot,
            bound => {
                let slot = build.scope.slot();
                build.meanings.insert(slot, meaning::of(&bound, build));
                computed.push((bound, slot));
                slot
            }
        };
        if item.alias.is_some() {
            build.scope.define(&item.name, slot, item.span)?;
        } else if !plain {
            build.scope.define_expression(&item.expr.to_string(), slot);
        }
        build.show(&item.name, slot);
        items.push(item);
    }
    Ok(Box::new(Fields { doc, items, computed }))
}

impl Fields {
    /// The slots that are read behind this command, and those that computing them reads. An item
    /// may read the ones in front of it.
    fn live(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut live = behind.to_vec();
        for (bound, slot) in self.computed.iter().rev() {
            if live.contains(slot) {
                bound.slots(&mut live);
            }
        }
        live
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.doc.name)?;
        comma_list(f, &self.items)
    }
}

impl Stage for Fields {
    fn doc(&self) -> &'static CommandDoc {
        self.doc
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        self.live(behind)
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for Fields {
    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        let live = self.live(behind);
        for (bound, slot) in &self.computed {
            // A column nobody looks at is not computed.
            if live.contains(slot) {
                let column = evaluate(bound, &batch, &run.context);
                batch.set(*slot, column);
            }
        }
        batch
    }

    fn keeps_records(&self) -> bool {
        true
    }
}
