//! Syntax: query text to commands, nodes and expressions; the only door to the parser generator.
//!
//! [`stages`] cuts a query at its pipes, [`parse`] reads one command with the rule of that name,
//! [`expr`] turns an expression's node into an [`Expr`], and `Display` prints it back.

use pest::Parser as _;

mod ast;
mod error;
mod expr;
mod grammar;
mod node;
mod print;
mod stages;
#[cfg(test)]
mod tests;
mod tokens;

pub use ast::{BinaryOp, Expr, ExprKind, Literal};
pub use expr::{expr, name, period, text};
pub use grammar::Rule;
pub use node::Node;
pub use print::{quoted_name, quoted_text};
pub use stages::{MAX_CHARACTERS, StageText, stages, stages_at};
pub use tokens::{Token, TokenKind, tokens};

use crate::diagnostic::{Diagnostic, Span};

/// Reads the command that stands at `span` of the query `source` with the rule of its command.
///
/// The places in the node are places in `source`.
///
/// # Errors
///
/// The first thing that is not as the rule wants it, or nesting beyond 100 levels.
pub fn parse(rule: Rule, source: &str, span: Span) -> Result<Node<'_>, Diagnostic> {
    let text = source.get(span.start..span.end).unwrap_or_default();
    stages::check_nesting(text, span.start)?;
    let mut pairs = grammar::Grammar::parse(rule, text)
        .map_err(|error| error::explain(&error, text, span.start))?;
    let pair = pairs.next().expect("a rule that matched has a pair");
    Ok(Node::new(pair, span.start))
}
