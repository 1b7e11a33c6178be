//! Expressions as they were written, each with its place in the query text.

use crate::data::period::Period;
use crate::diagnostic::Span;

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A text, number, boolean or period.
    Literal(Literal),
    /// `/…/`, without the slashes and with `\/` already read as `/`.
    Regex(String),
    /// A field by its whole name, without back-ticks: `srcAddr`, `@timestamp`, `a.0.b`, `foo-bar`.
    Field(String),
    /// A member of a computed value: `jsonParse(x).y`.
    Member {
        /// The value.
        of: Box<Expr>,
        /// The key.
        name: String,
    },
    /// An item of a list by position: `users[1]`.
    Item {
        /// The list.
        of: Box<Expr>,
        /// 0-based.
        index: usize,
    },
    /// `name(args)`; `count(*)` has `star` and no arguments.
    Call {
        /// As written.
        name: String,
        /// The place of the name alone.
        name_span: Span,
        /// The arguments.
        args: Vec<Expr>,
        /// Whether the argument list is a lone `*`.
        star: bool,
    },
    /// `-x`
    Negate(Box<Expr>),
    /// `not x`, `!x`
    Not(Box<Expr>),
    /// `a + b`, `a = b`, `a and b`, …
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `x like "s"`, `x like /re/`, `x =~ /re/`, `x not like …`
    Like {
        /// The value that is searched.
        value: Box<Expr>,
        /// A `Regex`, or an expression whose text is searched for.
        pattern: Box<Expr>,
        /// `not like`
        negated: bool,
    },
    /// `x in [a, b]`, `x not in [a, b]`
    In {
        /// The value.
        value: Box<Expr>,
        /// The candidates, in order.
        list: Vec<Expr>,
        /// `not in`
        negated: bool,
    },
    /// `x in (query)`, `x not in (query)`
    InQuery {
        /// The value.
        value: Box<Expr>,
        /// The query as written.
        query: String,
        /// Its place.
        query_span: Span,
        /// `not in`
        negated: bool,
    },
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `"…"` or `'…'`, escapes read: `\"`, `\'` and `\\`; other back-slashes stay.
    Text(String),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// `true`, `false`
    Boolean(bool),
    /// `5m`, as written (not clamped)
    Period(Period),
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `=` (and `==`)
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `^`
    Power,
}
