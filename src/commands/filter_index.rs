//! `filterIndex`: a `filter` that AWS answers out of a field index.

use super::command::{Build, CommandDoc, Stage};
use super::filter::Filter;
use crate::diagnostic::Diagnostic;
use crate::eval::bind::bind;
use crate::syntax::{self, BinaryOp, ExprKind, Node, Rule};

/// What a person should know of `filterIndex`.
pub const DOC: CommandDoc = CommandDoc {
    name: "filterIndex",
    aliases: &[],
    rule: Rule::filterIndex,
    syntax: "filterIndex FIELD = VALUE | filterIndex FIELD in [VALUE, …]",
    summary: "Keeps the records that have a value in a field; AWS answers it out of an index of the field, here it is a `filter`.",
    examples: &["filterIndex action = \"REJECT\" | stats count(*)"],
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-FilterIndex.html",
};

/// Fields that cannot be indexed.
///
/// Source: CloudWatch Logs User Guide, "Supported logs and discovered fields".
const NEVER: &[&str] = &["@message", "@timestamp", "@log"];

/// Reads the command.
///
/// # Errors
/// Another form than the two that there are, a field that cannot be indexed, and what [`bind`]
/// refuses.
pub fn read(node: &Node<'_>, build: &mut Build<'_>) -> Result<Box<dyn Stage>, Diagnostic> {
    let expr = syntax::expr(node.one(Rule::expr))?;
    let field = match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Equal, left, right }
            if matches!(right.kind, ExprKind::Literal(_)) =>
        {
            Some(left)
        }
        ExprKind::In { value, list, negated: false }
            if list.iter().all(|item| matches!(item.kind, ExprKind::Literal(_))) =>
        {
            Some(value)
        }
        _ => None,
    };
    match field.map(|field| &field.kind) {
        Some(ExprKind::Field(name)) if NEVER.contains(&name.as_str()) => {
            let message = format!("`{name}` has no index");
            Err(Diagnostic::error(message, expr.span).help("write `filter`"))
        }
        Some(ExprKind::Field(_)) => {
            let bound = bind(&expr, &mut build.scope)?;
            let message = "there are no field indexes here: `filterIndex` acts as `filter`";
            build.scope.warn(Diagnostic::warning(message, node.one(Rule::head_word).span()));
            Ok(Box::new(Filter::new(&DOC, expr, bound)))
        }
        _ => {
            let message = "`filterIndex` knows `FIELD = VALUE` and `FIELD in [VALUE, …]` only";
            Err(Diagnostic::error(message, expr.span).help("write `filter` for other conditions"))
        }
    }
}
