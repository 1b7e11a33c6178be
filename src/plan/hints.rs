//! Hints: what a command says that its author may not mean, and unknown functions where names are
//! not bound.

use crate::diagnostic::{Diagnostic, codes};
use crate::eval::bind::unknown_call;
use crate::readers::fields::{self, FIELDS, FieldKind};
use crate::syntax::{self, BinaryOp, Expr, ExprKind, Literal, Node, Rule};
use crate::{aggregates, functions};

/// What stands out in a command; `defined` tells the names that a command in front gave.
pub fn of_command(node: &Node<'_>, defined: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    operators(node, &mut found);
    expressions(node, &mut |expr| found.extend(of_expression(expr, defined)));
    found
}

/// The functions of a command that nobody knows, where its names cannot be bound.
pub fn unknown_calls(node: &Node<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let in_stats = node.rule() == Rule::stats;
    expressions(node, &mut |expr| {
        if let ExprKind::Call { name, name_span, args, .. } = &expr.kind
            && aggregates::find(name).is_none()
            && functions::find(name).is_none()
        {
            found.push(unknown_call(name, args, *name_span, in_stats));
        }
    });
    found
}

/// Operators that are read here and not by AWS.
fn operators(node: &Node<'_>, found: &mut Vec<Diagnostic>) {
    let written = match node.rule() {
        Rule::equal if node.text().trim() == "==" => Some(("==", "=")),
        Rule::not_equal if node.text().trim() == "<>" => Some(("<>", "!=")),
        _ => None,
    };
    if let Some((mark, instead)) = written {
        let message = format!("AWS does not document `{mark}` and may refuse it");
        let hint = Diagnostic::warning(message, node.span()).code(codes::NOT_AWS);
        found.push(hint.help(format!("write `{instead}`")));
    }
    node.children().iter().for_each(|child| operators(child, found));
}

/// Calls `see` with every expression below a node, outer ones first.
fn expressions(node: &Node<'_>, see: &mut dyn FnMut(&Expr)) {
    let whole = match node.rule() {
        Rule::expr => syntax::expr(node).ok(),
        _ => None,
    };
    match whole {
        Some(expr) => walk(&expr, see),
        None => node.children().iter().for_each(|child| expressions(child, see)),
    }
}

fn walk(expr: &Expr, see: &mut dyn FnMut(&Expr)) {
    see(expr);
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Regex(_) | ExprKind::Field(_) => {}
        ExprKind::Member { of, .. }
        | ExprKind::Item { of, .. }
        | ExprKind::Negate(of)
        | ExprKind::Not(of) => walk(of, see),
        ExprKind::Call { args, .. } => args.iter().for_each(|arg| walk(arg, see)),
        ExprKind::Binary { left, right, .. } => {
            walk(left, see);
            walk(right, see);
        }
        ExprKind::Like { value, pattern, .. } => {
            walk(value, see);
            walk(pattern, see);
        }
        ExprKind::In { value, list, .. } => {
            walk(value, see);
            list.iter().for_each(|item| walk(item, see));
        }
    }
}

fn of_expression(expr: &Expr, defined: &dyn Fn(&str) -> bool) -> Option<Diagnostic> {
    match &expr.kind {
        ExprKind::Like { pattern, .. } => wildcard(pattern),
        ExprKind::Binary { op, left, right } => {
            let (field, literal) = match (&left.kind, &right.kind) {
                (ExprKind::Field(name), ExprKind::Literal(literal)) => (name, (literal, right)),
                (ExprKind::Literal(literal), ExprKind::Field(name)) => (name, (literal, left)),
                _ => return None,
            };
            let comparison = matches!(
                op,
                BinaryOp::Equal
                    | BinaryOp::NotEqual
                    | BinaryOp::Less
                    | BinaryOp::LessEqual
                    | BinaryOp::Greater
                    | BinaryOp::GreaterEqual
            );
            if !comparison || defined(field) {
                return None;
            }
            compared(field, *op, literal.0, literal.1)
        }
        ExprKind::In { value, list, .. } => {
            let ExprKind::Field(field) = &value.kind else { return None };
            let literals = list.iter().filter_map(|item| match &item.kind {
                ExprKind::Literal(literal) if !defined(field) => Some((literal, item)),
                _ => None,
            });
            let mut hints = literals
                .filter_map(|(literal, item)| compared(field, BinaryOp::Equal, literal, item));
            hints.next()
        }
        _ => None,
    }
}

/// `like "%x%"`: the mark is looked for as it stands.
fn wildcard(pattern: &Expr) -> Option<Diagnostic> {
    let ExprKind::Literal(Literal::Text(text)) = &pattern.kind else { return None };
    let mark =
        ['%', '*'].into_iter().find(|mark| text.starts_with(*mark) || text.ends_with(*mark))?;
    let part = text.trim_matches(mark);
    let message = format!("`{mark}` is no wildcard in `like`: it is looked for as it stands");
    let hint = Diagnostic::warning(message, pattern.span).code(codes::WILDCARD);
    let part = syntax::quoted_text(part);
    Some(hint.help(format!(
        "`like {part}` finds that part anywhere; to hold an end write a pattern, `like /^…$/`"
    )))
}

/// A field of the logs against a literal that none of its values is like.
fn compared(field: &str, op: BinaryOp, literal: &Literal, at: &Expr) -> Option<Diagnostic> {
    if let ("@timestamp" | "@ingestionTime", Literal::Text(text)) = (field, literal) {
        let number = text.trim().parse::<f64>().is_ok();
        let message = format!("`{field}` is a number of milliseconds, and this text is none");
        let text = syntax::quoted_text(text);
        let hint = Diagnostic::warning(message, at.span).code(codes::TIME_TEXT);
        let help = format!("choose the time with --start and --end, or write `toMillis({text})`");
        return (!number).then(|| hint.help(help));
    }
    let known = FIELDS.get(fields::find(field)?)?;
    let (message, help) = match (known.kind, literal) {
        (FieldKind::Integer | FieldKind::Seconds, Literal::Text(text))
            if text != "-" && text.trim().parse::<f64>().is_err() =>
        {
            let message = format!("`{field}` is a number, which a text like this never is");
            (
                message,
                number_for(known.name, text)
                    .map(|number| format!("{text} is {number}: write the number")),
            )
        }
        (FieldKind::Address, Literal::Integer(_) | Literal::Float(_)) => {
            (format!("`{field}` is an address, which a number never is"), None)
        }
        (FieldKind::Text, Literal::Text(text))
            if matches!(known.name, "action" | "logStatus")
                && matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) =>
        {
            let values: &[&str] = match known.name {
                "action" => &["ACCEPT", "REJECT", "-"],
                _ => &["OK", "NODATA", "SKIPDATA", "-"],
            };
            if values.contains(&text.as_str()) {
                return None;
            }
            let near = values.iter().find(|value| {
                let upper = text.to_uppercase();
                upper == **value || upper.starts_with(*value) && value.len() > 2
            });
            let help = near.map(|value| format!("write `{field} = \"{value}\"`"));
            (format!("`{field}` is never `{text}`"), help)
        }
        _ => return None,
    };
    let hint = Diagnostic::warning(message, at.span).code(codes::NEVER_EQUAL);
    Some(match help {
        Some(help) => hint.help(help),
        None => hint,
    })
}

/// The number that stands in a record for a word that people write.
fn number_for(field: &str, word: &str) -> Option<u16> {
    // Source: IANA, "Assigned Internet Protocol Numbers" and "Service Name and Transport Protocol
    // Port Number Registry".
    const PROTOCOLS: &[(&str, u16)] = &[
        ("icmp", 1),
        ("igmp", 2),
        ("tcp", 6),
        ("udp", 17),
        ("ipv6", 41),
        ("gre", 47),
        ("esp", 50),
        ("ah", 51),
        ("icmpv6", 58),
        ("ipv6-icmp", 58),
        ("sctp", 132),
    ];
    const PORTS: &[(&str, u16)] = &[
        ("ftp", 21),
        ("ssh", 22),
        ("telnet", 23),
        ("smtp", 25),
        ("dns", 53),
        ("http", 80),
        ("ntp", 123),
        ("https", 443),
        ("mysql", 3306),
        ("rdp", 3389),
        ("postgres", 5432),
    ];
    let table = match field {
        "protocol" => PROTOCOLS,
        "srcPort" | "dstPort" => PORTS,
        _ => return None,
    };
    let row = table.iter().find(|(name, _)| name.eq_ignore_ascii_case(word.trim()));
    row.map(|(_, number)| *number)
}
