//! `json`: takes a value out of a text of JSON, or out of a map or list, by its path.

use std::any::Any;
use std::fmt;

use super::command::{Build, CommandDoc, RecordWise, Role, Run, Stage};
use super::parse::{either, with_text};
use crate::data::{Batch, Column, Slot, Value};
use crate::diagnostic::Diagnostic;
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::eval::evaluate::{evaluate, member};
use crate::syntax::{self, Expr, Node, Rule};

/// What a person should know of `json`.
pub const DOC: CommandDoc = CommandDoc {
    name: "json",
    aliases: &[],
    rule: Rule::json,
    syntax: "json field=FIELD \"KEY.KEY.0\" as NAME",
    summary: "Takes a value out of a field of JSON, by its keys and the places in its lists; records that do not have it stay, without the new field.",
    examples: &[
        "fields concat('{\"flow\": {\"from\": \"', srcAddr, '\", \"ports\": [', srcPort, ', ', dstPort, ']}}') as payload | json field=payload \"flow.from\" as from | json field=payload \"flow.ports.1\" as port | display from, port | limit 2",
    ],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html",
};

/// One `json` ready to run.
struct JsonStage {
    source: Expr,
    bound: Bound,
    /// As written.
    path: String,
    keys: Vec<String>,
    name: String,
    slot: Slot,
    /// The log field of the same name, which records without the value keep.
    shadowed: Option<Slot>,
}

/// Reads the command.
///
/// # Errors
/// A path with an empty key, a name that is taken, and what [`bind`] refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let source = syntax::expr(node.one(Rule::parse_source))?;
    let bound = bind(&source, &mut build.scope)?;
    let path = syntax::text(node.one(Rule::text));
    let keys = keys_of(&path);
    if keys.iter().any(String::is_empty) {
        let message = "this path has an empty key";
        let help = "write keys and places with dots between, as in `\"user.names.0\"`";
        return Err(Diagnostic::error(message, node.one(Rule::text).span()).help(help));
    }
    let written = node.one(Rule::name);
    let name = syntax::name(written);
    let (slot, shadowed) = (build.scope.slot(), build.scope.visible_log_field(&name));
    build.scope.define(&name, slot, written.span())?;
    build.show(&name, slot);
    Ok(Box::new(JsonStage { source, bound, path, keys, name, slot, shadowed }))
}

/// The keys of a path; `a[0].b` is `a.0.b`.
fn keys_of(path: &str) -> Vec<String> {
    let keys = path.split(['.', '[']);
    keys.map(|key| key.strip_suffix(']').unwrap_or(key).trim().to_owned()).collect()
}

impl fmt::Display for JsonStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, name) = (syntax::quoted_text(&self.path), syntax::quoted_name(&self.name));
        write!(f, "json field={} {path} as {name}", self.source)
    }
}

impl Stage for JsonStage {
    fn doc(&self) -> &'static CommandDoc {
        &DOC
    }

    fn reads(&self, behind: &[Slot]) -> Vec<Slot> {
        let mut slots = behind.to_vec();
        if behind.contains(&self.slot) {
            self.bound.slots(&mut slots);
            slots.extend(self.shadowed);
        }
        slots
    }

    fn role(&self) -> Role<'_> {
        Role::RecordWise(self)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl RecordWise for JsonStage {
    fn apply(&self, mut batch: Batch, behind: &[Slot], run: &Run<'_>) -> Batch {
        if !behind.contains(&self.slot) {
            return batch;
        }
        let source = evaluate(&self.bound, &batch, &run.context);
        let values: Vec<Value> =
            (0..batch.len()).map(|row| member(&structure(&source, row), &self.keys)).collect();
        let found: Vec<bool> = values.iter().map(|value| !value.is_missing()).collect();
        let values = Column::from_values(values);
        let column = match self.shadowed {
            Some(slot) => either(&found, &values, batch.column(slot)),
            None => values,
        };
        batch.set(self.slot, column);
        batch
    }

    fn keeps_records(&self) -> bool {
        true
    }
}

/// The map or list of a record: as such, or read from its text; missing where it is none.
fn structure(column: &Column, row: usize) -> Value {
    if let Column::Any(values) = column
        && let Some(value @ Value::Json(_)) = values.get(row)
    {
        return value.clone();
    }
    let parse = |text: &[u8]| serde_json::from_slice(text).ok().map(Value::of_json);
    with_text(column, row, parse).flatten().unwrap_or(Value::Missing)
}
