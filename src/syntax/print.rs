//! Printing: expressions as canonical text, which reads back as the same expression.

use std::fmt::{self, Display, Formatter};

use super::ast::{BinaryOp, Expr, ExprKind, Literal};

/// How close an expression holds together; the order is that of the table in `expr.rs`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Power,
    Negation,
    Operand,
}

impl BinaryOp {
    /// Whether it compares: `=`, `!=`, `<`, `<=`, `>`, `>=`.
    pub fn is_comparison(self) -> bool {
        self.level() == Level::Comparison
    }

    /// Its canonical spelling.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Equal => "=",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Remainder => "%",
            BinaryOp::Power => "^",
        }
    }

    fn level(self) -> Level {
        match self {
            BinaryOp::Or => Level::Or,
            BinaryOp::And => Level::And,
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual => Level::Comparison,
            BinaryOp::Add | BinaryOp::Subtract => Level::Sum,
            BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => Level::Product,
            BinaryOp::Power => Level::Power,
        }
    }
}

impl Expr {
    fn level(&self) -> Level {
        match &self.kind {
            ExprKind::Binary { op, .. } => op.level(),
            ExprKind::Like { .. } | ExprKind::In { .. } | ExprKind::InQuery { .. } => {
                Level::Comparison
            }
            ExprKind::Not(_) => Level::Not,
            ExprKind::Negate(_) => Level::Negation,
            _ => Level::Operand,
        }
    }

    /// What a path is written behind: a name or a call as it is, all else in parentheses.
    fn path_start(&self, member: bool) -> AtLeast<'_> {
        let bare = match &self.kind {
            ExprKind::Call { .. } | ExprKind::Member { .. } | ExprKind::Item { .. } => true,
            // `(a).b` is a member of the value `a`; `a.b` is a field.
            ExprKind::Field(_) => !member,
            _ => false,
        };
        AtLeast { expr: self, parentheses: !bare }
    }

    fn at_least(&self, level: Level) -> AtLeast<'_> {
        AtLeast { expr: self, parentheses: self.level() < level }
    }
}

/// An expression, in parentheses where its place asks for them.
struct AtLeast<'e> {
    expr: &'e Expr,
    parentheses: bool,
}

impl Display for AtLeast<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.parentheses {
            true => write!(f, "({})", self.expr),
            false => self.expr.fmt(f),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::Regex(regex) => f.write_str(&slashed(regex)),
            ExprKind::Field(name) => f.write_str(&quoted_name(name)),
            ExprKind::Member { of, name } => {
                write!(f, "{}.{}", of.path_start(true), quoted_part(name, false))
            }
            ExprKind::Item { of, index } => write!(f, "{}[{index}]", of.path_start(false)),
            ExprKind::Call { name, star: true, .. } => write!(f, "{name}(*)"),
            ExprKind::Call { name, args, .. } => write!(f, "{name}({})", Commas(args)),
            ExprKind::Negate(of) => write!(f, "-{}", of.at_least(Level::Negation)),
            ExprKind::Not(of) => write!(f, "not {}", of.at_least(Level::Not)),
            ExprKind::Binary { op, left, right } => {
                let (before, behind) = match op.level() {
                    Level::Comparison => (Level::Sum, Level::Sum),
                    Level::Power => (Level::Negation, Level::Power),
                    Level::Or => (Level::Or, Level::And),
                    Level::And => (Level::And, Level::Not),
                    Level::Sum => (Level::Sum, Level::Product),
                    _ => (Level::Product, Level::Power),
                };
                let (left, right) = (left.at_least(before), right.at_least(behind));
                write!(f, "{left} {} {right}", op.symbol())
            }
            ExprKind::Like { value, pattern, negated } => {
                let not = if *negated { "not " } else { "" };
                let (value, pattern) = (value.at_least(Level::Sum), pattern.at_least(Level::Sum));
                write!(f, "{value} {not}like {pattern}")
            }
            ExprKind::In { value, list, negated } => {
                let not = if *negated { "not " } else { "" };
                write!(f, "{} {not}in [{}]", value.at_least(Level::Sum), Commas(list))
            }
            ExprKind::InQuery { value, query, negated, .. } => {
                let not = if *negated { "not " } else { "" };
                write!(f, "{} {not}in ({})", value.at_least(Level::Sum), query.trim())
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => f.write_str(&quoted_text(text)),
            Literal::Integer(integer) => integer.fmt(f),
            // With a point or an exponent, so that it reads back as a float.
            Literal::Float(float) => write!(f, "{float:?}"),
            Literal::Boolean(boolean) => boolean.fmt(f),
            Literal::Period(period) => period.fmt(f),
        }
    }
}

struct Commas<'e>(&'e [Expr]);

impl Display for Commas<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, expr) in self.0.iter().enumerate() {
            write!(f, "{}{expr}", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// A name as it is written in a query: in back-ticks as far as it needs them.
pub fn quoted_name(name: &str) -> String {
    let reserved = ["and", "or", "not", "true", "false"];
    if reserved.iter().any(|word| name.eq_ignore_ascii_case(word))
        || name.split('.').any(str::is_empty)
    {
        return format!("`{name}`");
    }
    let parts = name.split('.').enumerate().map(|(i, part)| quoted_part(part, i == 0));
    parts.collect::<Vec<_>>().join(".")
}

/// One segment of a path; the first may not begin with a digit.
fn quoted_part(part: &str, first: bool) -> String {
    let rest = part.trim_start_matches('@');
    let ats = &part[..part.len() - rest.len()];
    let plain = |c: char| c.is_alphabetic() || c.is_numeric() || c == '_' || c == '@';
    let starts = |c: char| c.is_alphabetic() || c == '_';
    let bare = rest.chars().all(plain) && (!first || rest.starts_with(starts));
    match bare && !part.is_empty() {
        true => part.to_owned(),
        false if rest.is_empty() => format!("`{part}`"),
        false => format!("{ats}`{rest}`"),
    }
}

/// A text as it is written in a query: in double quotes, escaped where it has to be.
pub fn quoted_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // A back-slash is itself unless what follows would make an escape of it.
        let escapes = c == '\\' && matches!(chars.peek(), None | Some('"' | '\'' | '\\'));
        if c == '"' || escapes {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn slashed(regex: &str) -> String {
    let mut slashed = String::from("/");
    let mut chars = regex.chars();
    while let Some(c) = chars.next() {
        match c {
            '/' => slashed.push_str("\\/"),
            '\\' => slashed.extend([c].into_iter().chain(chars.next())),
            _ => slashed.push(c),
        }
    }
    slashed.push('/');
    slashed
}
