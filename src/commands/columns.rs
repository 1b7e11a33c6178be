//! Columns that a command reads by name, and columns that take the place of others.

use std::fmt;

use super::command::Build;
use super::meaning;
use crate::data::Slot;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::bind::bind;
use crate::eval::bound::Bound;
use crate::registry::fits;
use crate::syntax::{self, Node, Rule};

/// A column that a command reads.
pub struct Input {
    /// What it is called: as it is shown, or as it was written.
    pub name: String,
    /// Where it was named.
    pub span: Span,
    /// Its value.
    pub bound: Bound,
    /// As a person would write it.
    written: String,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Input {
    /// Reads a `column` or a `field`.
    ///
    /// # Errors
    /// What [`bind`] refuses.
    pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Input, Diagnostic> {
        let expr = syntax::expr(node)?;
        let bound = bind(&expr, &mut build.scope)?;
        let shown = build.shown.iter().find(|shown| is_field(&bound, shown.slot));
        let name = match (&expr.kind, shown) {
            (syntax::ExprKind::Field(name), _) => name.clone(),
            (_, Some(shown)) => shown.name.clone(),
            _ => node.text().trim().to_owned(),
        };
        Ok(Input { name, span: expr.span, bound, written: expr.to_string() })
    }

    /// The slot of the field that it is, where it is one.
    pub fn slot(&self) -> Option<Slot> {
        match self.bound {
            Bound::Field(slot) => Some(slot),
            _ => None,
        }
    }

    /// A new column in its place: later commands that use its name find that one.
    pub fn replace(&self, build: &mut Build<'_>) -> Slot {
        let slot = build.scope.slot();
        build.meanings.insert(slot, meaning::changed(&self.bound, build));
        build.scope.redefine(&self.name, self.slot(), slot, self.span);
        build.show(&self.name, slot);
        slot
    }
}

/// A new column, shown behind those that there are.
///
/// # Errors
/// A name that a command gave before.
pub fn new_column(name: &str, span: Span, build: &mut Build<'_>) -> Result<Slot, Diagnostic> {
    let slot = build.scope.slot();
    build.scope.define(name, slot, span)?;
    build.show(name, slot);
    Ok(slot)
}

fn is_field(bound: &Bound, slot: Slot) -> bool {
    matches!(bound, Bound::Field(field) if *field == slot)
}

/// The columns that the `column` and `wild` nodes among the children of a node name, each once.
///
/// # Errors
/// A wildcard that fits no column, and what [`bind`] refuses.
pub fn read_list(node: &Node<'_>, build: &mut Build<'_>) -> Result<Vec<Input>, Diagnostic> {
    let mut inputs: Vec<Input> = Vec::new();
    for child in node.children() {
        let found = match child.rule() {
            Rule::column => vec![Input::read(child, build)?],
            Rule::wild => fitting(child, build)?,
            _ => continue,
        };
        for input in found {
            if !inputs.iter().any(|known| known.name == input.name) {
                inputs.push(input);
            }
        }
    }
    Ok(inputs)
}

/// The columns that are shown so far; `span` is where they are asked for.
pub fn shown(span: Span, build: &Build<'_>) -> Vec<Input> {
    let columns = build.shown.iter();
    let input = |shown: &super::command::Shown| Input {
        name: shown.name.clone(),
        span,
        bound: Bound::Field(shown.slot),
        written: syntax::quoted_name(&shown.name),
    };
    columns.map(input).collect()
}

/// The columns whose names fit a name with `*`: those that are shown, and where none were chosen
/// those of the logs.
fn fitting(node: &Node<'_>, build: &mut Build<'_>) -> Result<Vec<Input>, Diagnostic> {
    let pattern = node.text().trim();
    let mut found = shown(node.span(), build);
    found.retain(|input| fits(pattern, &input.name));
    if !build.chosen {
        for name in build.scope.recorded_names() {
            if fits(pattern, &name) && !found.iter().any(|input| input.name == name) {
                let slot = build.scope.log_field(&name);
                let written = syntax::quoted_name(&name);
                let bound = Bound::Field(slot);
                found.push(Input { name, span: node.span(), bound, written });
            }
        }
    }
    if found.is_empty() {
        let message = format!("no column fits `{pattern}`");
        return Err(Diagnostic::error(message, node.span())
            .help("name the columns in a `fields` in front, or write them out here"));
    }
    Ok(found)
}
