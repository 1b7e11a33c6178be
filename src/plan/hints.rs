//! Hints: what a command says that its author may not mean, and unknown functions where names are
//! not bound.

use super::slips;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::eval::bind::unknown_call;
use crate::eval::scope::Scope;
use crate::readers::fields::{self, FIELDS, FieldKind};
use crate::syntax::{self, BinaryOp, Expr, ExprKind, Literal, Node, Rule};
use crate::{aggregates, functions};

/// What stands out in a command; `scope` is that in front of it.
pub fn of_command(node: &Node<'_>, scope: &Scope<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    operators(node, &mut found);
    let names = slips::Names::new(node, scope);
    // What the fields of other logs may hold is not known.
    let flow = scope.has_flow_logs_only();
    let known = |name: &str| !scope.is_defined(name) && (flow || name.starts_with('@'));
    expressions(node, &mut |expr| {
        found.extend(slips::of_expression(expr, &names));
        found.extend(of_expression(expr, &known));
    });
    found
}

/// A fault with one more remedy: a `filter` that asks for log fields only goes in front of the
/// `stats` that took them away.
pub fn of_fault(fault: Diagnostic, node: &Node<'_>, scope: &Scope<'_>) -> Diagnostic {
    let misplaced = fault.code == codes::UNKNOWN_SYMBOL && node.rule() == Rule::filter;
    if !misplaced || fault.help.is_some() {
        return fault;
    }
    let mut given = false;
    expressions(node, &mut |expr| match &expr.kind {
        ExprKind::Field(name) => given |= scope.is_defined(name),
        ExprKind::Call { name, .. } => given |= aggregates::find(name).is_some(),
        _ => {}
    });
    match given {
        true => fault,
        false => fault.help("move the `filter` in front of the `stats`"),
    }
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
            found.push(unknown_call(name, args, *name_span, expr.span, in_stats));
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
        found.push(undocumented(mark, node.span()).write(instead));
    }
    if let (Rule::parse_glob, None) = (node.rule(), node.maybe(Rule::as_word)) {
        let names = node.one(Rule::names).span();
        let message = "AWS documents `as` between a glob and its names, and may refuse this";
        let hint = Diagnostic::warning(message, names).code(codes::NOT_AWS);
        found.push(
            hint.help("write `as` before them").edit(Span::new(names.start, names.start), "as "),
        );
    }
    node.children().iter().for_each(|child| operators(child, found));
}

fn undocumented(what: &str, span: Span) -> Diagnostic {
    let message = format!("AWS does not document `{what}` and may refuse it");
    Diagnostic::warning(message, span).code(codes::NOT_AWS)
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
        ExprKind::InQuery { value, .. } => walk(value, see),
    }
}

fn of_expression(expr: &Expr, known: &dyn Fn(&str) -> bool) -> Option<Diagnostic> {
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
            if !comparison || !known(field) {
                return None;
            }
            compared(field, *op, literal.0, literal.1)
        }
        ExprKind::Call { name, name_span, .. } => called(name, *name_span),
        ExprKind::In { value, list, .. } => {
            let ExprKind::Field(field) = &value.kind else { return None };
            let literals = list.iter().filter_map(|item| match &item.kind {
                ExprKind::Literal(literal) if known(field) => Some((literal, item)),
                _ => None,
            });
            let mut hints = literals
                .filter_map(|(literal, item)| compared(field, BinaryOp::Equal, literal, item));
            hints.next()
        }
        _ => None,
    }
}

/// Functions that are another thing on AWS.
fn called(name: &str, span: Span) -> Option<Diagnostic> {
    match name.to_ascii_lowercase().as_str() {
        "percentile" => Some(undocumented(name, span).write("pct")),
        "unmask" => {
            let message = format!("nothing is masked in files: `{name}` gives the value as it is");
            Some(Diagnostic::warning(message, span))
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
    let help = format!(
        "`like {part}` finds that part anywhere; to hold an end write a pattern, `like /^…$/`"
    );
    Some(hint.help(help).edit(pattern.span, part))
}

/// A field of the logs against a literal that none of its values is like.
fn compared(field: &str, op: BinaryOp, literal: &Literal, at: &Expr) -> Option<Diagnostic> {
    if let ("@timestamp" | "@ingestionTime", Literal::Text(text)) = (field, literal) {
        let number = text.trim().parse::<f64>().is_ok();
        let message = format!("`{field}` is a number of milliseconds, and this text is none");
        let call = format!("toMillis({})", syntax::quoted_text(text));
        let hint = Diagnostic::warning(message, at.span).code(codes::TIME_TEXT);
        let help = format!("choose the time with --start and --end, or write `{call}`");
        return (!number).then(|| hint.help(help).edit(at.span, call));
    }
    let known = FIELDS.get(fields::find(field)?)?;
    // What is wrong, and the literal to write with the reason why.
    let (message, instead) = match (known.kind, literal) {
        (FieldKind::Integer | FieldKind::Seconds, Literal::Text(text))
            if text != "-" && text.trim().parse::<f64>().is_err() =>
        {
            let number = number_for(known.name, text).map(|number| {
                (number.to_string(), format!("{text} is {number}: write the number"))
            });
            (format!("`{field}` is a number, which a text like this never is"), number)
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
            let value = near.map(|value| {
                let value = syntax::quoted_text(value);
                (value.clone(), format!("write `{field} = {value}`"))
            });
            (format!("`{field}` is never `{text}`"), value)
        }
        _ => return None,
    };
    let hint = Diagnostic::warning(message, at.span).code(codes::NEVER_EQUAL);
    Some(match instead {
        Some((literal, help)) => hint.help(help).edit(at.span, literal),
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
