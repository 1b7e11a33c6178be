//! Slips: expressions that can be read, but hardly mean what they say.

use crate::diagnostic::{Diagnostic, Span, codes};
use crate::eval::scope::Scope;
use crate::syntax::{self, BinaryOp, Expr, ExprKind, Literal, Node, Rule};

/// The names that mean something in a command.
pub struct Names<'s, 'c> {
    scope: &'s Scope<'c>,
    /// The names that the command itself gives.
    given: Vec<String>,
}

impl<'s, 'c> Names<'s, 'c> {
    /// Those of the command of a node; `scope` is that in front of it.
    pub fn new(node: &Node<'_>, scope: &'s Scope<'c>) -> Names<'s, 'c> {
        let items = node.all(Rule::item).chain(node.all(Rule::group_key));
        let aliases = items.filter_map(|item| item.maybe(Rule::alias));
        let given = aliases.map(|alias| syntax::name(alias.one(Rule::name))).collect();
        Names { scope, given }
    }

    fn is_known(&self, name: &str) -> bool {
        self.given.iter().any(|given| given == name) || self.scope.is_known(name)
    }
}

/// What stands out in an expression by itself.
pub fn of_expression(expr: &Expr, names: &Names<'_, '_>) -> Option<Diagnostic> {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Subtract, left, right } => hyphen(left, right, names),
        ExprKind::Binary { op: op @ (BinaryOp::Or | BinaryOp::And), left, right } => {
            constant(*op, left, right)
        }
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            null(*op, left, right, expr.span).or_else(|| unquoted(right, names))
        }
        ExprKind::Like { pattern, .. } => unquoted(pattern, names),
        _ => None,
    }
}

/// `flow-direction`: two names that nobody knows with a minus between them and no blanks.
fn hyphen(left: &Expr, right: &Expr, names: &Names<'_, '_>) -> Option<Diagnostic> {
    let (ExprKind::Field(first), ExprKind::Field(second)) = (&left.kind, &right.kind) else {
        return None;
    };
    let close = left.span.end + 1 == right.span.start;
    if !close || names.is_known(first) || names.is_known(second) {
        return None;
    }
    let name = format!("{first}-{second}");
    let field = names.scope.raw_field(&name).unwrap_or_else(|| syntax::quoted_name(&name));
    let message = format!("`{name}` is `{first}` minus `{second}`");
    let span = left.span.to(right.span);
    let hint = Diagnostic::warning(message, span).code(codes::HYPHEN);
    Some(hint.help(format!("for the field write {}", ticked(&field))).edit(span, field))
}

/// Code in back-ticks, doubled around those it has itself.
fn ticked(code: &str) -> String {
    if code.contains('`') { format!("`` {code} ``") } else { format!("`{code}`") }
}

/// `dstPort = 22 or 23`: a literal is no condition.
fn constant(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Diagnostic> {
    let literal = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Literal::Boolean(_)) => false,
        ExprKind::Literal(_) => true,
        _ => false,
    };
    let found = [left, right].into_iter().find(|expr| literal(expr))?;
    let message = format!("`{found}` is a condition by itself here, the same for every record");
    let hint = Diagnostic::warning(message, found.span).code(codes::CONSTANT);
    // What it was meant to be compared with stands on the left.
    let mut other = left;
    while let ExprKind::Binary { op: inner, right, .. } = &other.kind
        && *inner == op
    {
        other = right;
    }
    match &other.kind {
        ExprKind::Binary { op: compared, left: value, .. } if compared.is_comparison() => {
            let whole = format!("{value} {} {found}", compared.symbol());
            Some(hint.help(format!("write `{} {whole}`", op.symbol())).edit(found.span, whole))
        }
        _ => Some(hint),
    }
}

/// `srcAddr = null`, `srcAddr != null`.
fn null(op: BinaryOp, left: &Expr, right: &Expr, span: Span) -> Option<Diagnostic> {
    let ExprKind::Field(name) = &right.kind else { return None };
    let is_null = ["null", "nil", "none"].iter().any(|word| name.eq_ignore_ascii_case(word));
    let call = match op {
        BinaryOp::Equal => format!("not ispresent({left})"),
        BinaryOp::NotEqual => format!("ispresent({left})"),
        _ => return None,
    };
    let message = format!("`{name}` is no value: nothing equals what is missing");
    let hint = Diagnostic::warning(message, right.span).code(codes::NEVER_EQUAL);
    is_null.then(|| hint.help(format!("write `{call}`")).edit(span, call))
}

/// `action = REJECT`: a name that nobody knows where a text is wanted.
fn unquoted(expr: &Expr, names: &Names<'_, '_>) -> Option<Diagnostic> {
    let ExprKind::Field(name) = &expr.kind else { return None };
    if name.starts_with('@') || names.scope.is_closed() || names.is_known(name) {
        return None;
    }
    let text = syntax::quoted_text(name);
    let message = format!("no log field is called `{name}`; it is missing in every record");
    let hint = Diagnostic::warning(message, expr.span).code(codes::UNKNOWN_FIELD);
    Some(hint.help(format!("a text is written in quotes: {text}")).edit(expr.span, text))
}
