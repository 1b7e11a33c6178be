//! Expressions: a node's operands and operators, put together by one table of precedence.

use std::sync::LazyLock;

use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::ast::{BinaryOp, Expr, ExprKind, Literal};
use super::grammar::Rule;
use super::node::{Node, span_of};
use crate::data::period::{Period, Unit};
use crate::diagnostic::{Diagnostic, Span};

/// THE precedence of the language, loosest first; `print.rs` follows it.
///
/// AWS documents none. This is the usual one, and every published query agrees with it.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or_word))
        .op(left(Rule::and_word))
        .op(Op::prefix(Rule::not_mark))
        .op(left(Rule::equal)
            | left(Rule::not_equal)
            | left(Rule::less)
            | left(Rule::less_equal)
            | left(Rule::greater)
            | left(Rule::greater_equal)
            | left(Rule::like_word_op)
            | Op::postfix(Rule::matching)
            | Op::postfix(Rule::within))
        .op(left(Rule::add) | left(Rule::subtract))
        .op(left(Rule::multiply) | left(Rule::divide) | left(Rule::remainder))
        .op(Op::infix(Rule::power, Assoc::Right))
        .op(Op::prefix(Rule::negate))
        .op(Op::postfix(Rule::member) | Op::postfix(Rule::index))
});

/// How many operators one expression may chain: dropping, printing and evaluating it recurse.
const MAX_DEPTH: usize = 1_000;

/// The expression of a node: an `expr`, a `parse_source`, a `column` or a `field`, or a node that has an
/// `expr`, such as an `item` or a `sort_key`.
///
/// # Errors
///
/// Comparisons in a chain; numbers and periods out of range; more than 1,000 operators in a chain.
pub fn expr(node: &Node<'_>) -> Result<Expr, Diagnostic> {
    let pair = match node.rule() {
        Rule::expr | Rule::parse_source | Rule::column | Rule::field => node.pair(),
        _ => node.one(Rule::expr).pair(),
    };
    let reader = Reader { offset: node.offset() };
    let operand = match pair.as_rule() {
        Rule::field => reader.operand(pair),
        _ => reader.list(pair.into_inner()),
    };
    operand.map(|operand| operand.expr)
}

/// The name a `name` or `field` node means: without its back-ticks.
pub fn name(node: &Node<'_>) -> String {
    unquoted(node.text())
}

/// What a `text` or `regex` node means: without its delimiters, escapes read.
pub fn text(node: &Node<'_>) -> String {
    match node.rule() {
        Rule::regex => regex_of(node.text()),
        _ => text_of(node.text()),
    }
}

/// An expression on its way up, with what only its builder has to know.
struct Operand {
    expr: Expr,
    /// How many expressions are inside one another.
    depth: usize,
    /// Whether it is a comparison without parentheses, which another comparison may not follow.
    compares: bool,
}

type Read = Result<Operand, Diagnostic>;

struct Reader {
    /// Where the text of the pairs begins in the whole query.
    offset: usize,
}

impl Reader {
    fn list(&self, pairs: Pairs<'_, Rule>) -> Read {
        PRECEDENCE
            .map_primary(|pair| self.operand(pair))
            .map_prefix(|op, right| self.prefix(&op, right?))
            .map_postfix(|left, op| self.postfix(left?, op))
            .map_infix(|left, op, right| self.infix(left?, &op, right?))
            .parse(pairs)
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        span_of(pair, self.offset)
    }

    fn operand(&self, pair: Pair<'_, Rule>) -> Read {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::parenthesis => {
                let mut operand = self.first(pair)?;
                // The place of the whole, so that a caret never marks half a parenthesis.
                operand.expr.span = span;
                operand.compares = false;
                return Ok(operand);
            }
            Rule::call => return self.call(pair),
            Rule::field => ExprKind::Field(unquoted(pair.as_str())),
            Rule::text => ExprKind::Literal(Literal::Text(text_of(pair.as_str()))),
            Rule::boolean => {
                ExprKind::Literal(Literal::Boolean(pair.as_str().eq_ignore_ascii_case("true")))
            }
            Rule::number => ExprKind::Literal(number(pair.as_str(), span)?),
            Rule::period => ExprKind::Literal(Literal::Period(period_of(pair.as_str(), span)?)),
            rule => unreachable!("the grammar has no operand `{rule:?}`"),
        };
        Ok(Operand { expr: Expr { kind, span }, depth: 1, compares: false })
    }

    /// The expression inside a parenthesis.
    fn first(&self, pair: Pair<'_, Rule>) -> Read {
        let inner = pair.into_inner().next().expect("a parenthesis holds an expression");
        self.list(inner.into_inner())
    }

    /// The expressions among the pairs, and the depth of the deepest.
    fn exprs(&self, pairs: Pairs<'_, Rule>) -> Result<(Vec<Expr>, usize), Diagnostic> {
        let mut deepest = 0;
        let mut exprs = Vec::new();
        for pair in pairs.filter(|pair| pair.as_rule() == Rule::expr) {
            let operand = self.list(pair.into_inner())?;
            deepest = deepest.max(operand.depth);
            exprs.push(operand.expr);
        }
        Ok((exprs, deepest))
    }

    fn call(&self, pair: Pair<'_, Rule>) -> Read {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let function = inner.next().expect("a call begins with its name");
        let star = inner.clone().any(|pair| pair.as_rule() == Rule::star);
        let (args, depth) = self.exprs(inner)?;
        let name = function.as_str().to_owned();
        let kind = ExprKind::Call { name, name_span: self.span(&function), args, star };
        self.combined(kind, span, depth, false)
    }

    fn prefix(&self, op: &Pair<'_, Rule>, right: Operand) -> Read {
        let span = self.span(op).to(right.expr.span);
        let depth = right.depth;
        let kind = match (op.as_rule(), right.expr.kind) {
            (Rule::negate, ExprKind::Literal(Literal::Integer(n))) => match n.checked_neg() {
                Some(n) => ExprKind::Literal(Literal::Integer(n)),
                None => ExprKind::Literal(Literal::Float(-(n as f64))),
            },
            (Rule::negate, ExprKind::Literal(Literal::Float(x))) => {
                // The one integer whose magnitude does not fit though it does itself.
                let written = Span::new(
                    right.expr.span.start - self.offset,
                    right.expr.span.end - self.offset,
                );
                let input = op.as_span().get_input();
                let smallest = input.get(written.start..written.end) == Some("9223372036854775808");
                ExprKind::Literal(if smallest {
                    Literal::Integer(i64::MIN)
                } else {
                    Literal::Float(-x)
                })
            }
            (Rule::negate, kind) => {
                ExprKind::Negate(Box::new(Expr { kind, span: right.expr.span }))
            }
            (_, kind) => ExprKind::Not(Box::new(Expr { kind, span: right.expr.span })),
        };
        self.combined(kind, span, depth, false)
    }

    fn postfix(&self, left: Operand, op: Pair<'_, Rule>) -> Read {
        let op_span = self.span(&op);
        let span = left.expr.span.to(op_span);
        let mut depth = left.depth;
        let compares = left.compares;
        let of = Box::new(left.expr);
        let rule = op.as_rule();
        let mut inner = op.into_inner();
        let first = inner.next().expect("every tail begins with a pair");
        let kind = match rule {
            Rule::member => ExprKind::Member { of, name: unquoted(first.as_str()) },
            Rule::index => {
                let index = first.as_str().parse().map_err(|_| {
                    Diagnostic::error("this position is too large", self.span(&first))
                })?;
                ExprKind::Item { of, index }
            }
            _ if compares => return Err(chained(self.span(&first))),
            Rule::matching => {
                let regex = inner.next().expect("a pattern follows the operator");
                let kind = ExprKind::Regex(regex_of(regex.as_str()));
                let pattern = Box::new(Expr { kind, span: self.span(&regex) });
                ExprKind::Like { value: of, pattern, negated: is_negated(&first) }
            }
            _ => {
                let list = inner.next().expect("a list follows the operator");
                if list.as_rule() == Rule::subquery {
                    let query = list.into_inner().next().expect("a subquery holds a query");
                    let (query_span, query) = (self.span(&query), query.as_str().trim().to_owned());
                    let negated = is_negated(&first);
                    let kind = ExprKind::InQuery { value: of, query, query_span, negated };
                    return self.combined(kind, span, depth, true);
                }
                let (list, deepest) = self.exprs(list.into_inner())?;
                depth = depth.max(deepest);
                ExprKind::In { value: of, list, negated: is_negated(&first) }
            }
        };
        self.combined(kind, span, depth, matches!(rule, Rule::matching | Rule::within))
    }

    fn infix(&self, left: Operand, op: &Pair<'_, Rule>, right: Operand) -> Read {
        let span = left.expr.span.to(right.expr.span);
        let depth = left.depth.max(right.depth);
        let op_compares = op.as_rule() == Rule::like_word_op
            || binary_op(op.as_rule()).is_some_and(BinaryOp::is_comparison);
        if op_compares && left.compares {
            return Err(chained(self.span(op)));
        }
        let (left, right) = (Box::new(left.expr), Box::new(right.expr));
        let kind = match binary_op(op.as_rule()) {
            Some(op) => ExprKind::Binary { op, left, right },
            None => ExprKind::Like { value: left, pattern: right, negated: is_negated(op) },
        };
        self.combined(kind, span, depth, op_compares)
    }

    fn combined(&self, kind: ExprKind, span: Span, depth: usize, compares: bool) -> Read {
        if depth >= MAX_DEPTH {
            let message = format!("the expression chains more than {MAX_DEPTH} operators");
            return Err(Diagnostic::error(message, span)
                .help("for many values of one field write `field in [a, b, …]`"));
        }
        Ok(Operand { expr: Expr { kind, span }, depth: depth + 1, compares })
    }
}

fn binary_op(rule: Rule) -> Option<BinaryOp> {
    Some(match rule {
        Rule::or_word => BinaryOp::Or,
        Rule::and_word => BinaryOp::And,
        Rule::equal => BinaryOp::Equal,
        Rule::not_equal => BinaryOp::NotEqual,
        Rule::less => BinaryOp::Less,
        Rule::less_equal => BinaryOp::LessEqual,
        Rule::greater => BinaryOp::Greater,
        Rule::greater_equal => BinaryOp::GreaterEqual,
        Rule::add => BinaryOp::Add,
        Rule::subtract => BinaryOp::Subtract,
        Rule::multiply => BinaryOp::Multiply,
        Rule::divide => BinaryOp::Divide,
        Rule::remainder => BinaryOp::Remainder,
        Rule::power => BinaryOp::Power,
        _ => return None,
    })
}

fn chained(span: Span) -> Diagnostic {
    Diagnostic::error("comparisons do not chain", span)
        .help("join them with `and`, as in `a < b and b < c`, or set parentheses")
}

/// Whether a `like` or `in` is a `not like` or `not in`.
fn is_negated(op: &Pair<'_, Rule>) -> bool {
    op.as_str().get(..3).is_some_and(|start| start.eq_ignore_ascii_case("not"))
}

fn unquoted(name: &str) -> String {
    name.replace('`', "")
}

fn number(text: &str, span: Span) -> Result<Literal, Diagnostic> {
    if let Ok(integer) = text.parse() {
        return Ok(Literal::Integer(integer));
    }
    match text.parse() {
        Ok(float) if f64::is_finite(float) => Ok(Literal::Float(float)),
        _ => Err(Diagnostic::error("this number is too large", span)),
    }
}

fn period_of(text: &str, span: Span) -> Result<Period, Diagnostic> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    match (count.parse(), Unit::find(unit.trim())) {
        (Ok(0), _) => Err(Diagnostic::error("a period is at least 1 long", span)),
        (Ok(count), Some(unit)) => Ok(Period { count, unit }),
        _ => Err(Diagnostic::error("this period is too long", span)),
    }
}

/// The period a `period` node means.
///
/// # Errors
///
/// A count of 0 or beyond 64 bits.
pub fn period(node: &Node<'_>) -> Result<Period, Diagnostic> {
    period_of(node.text(), node.span())
}

/// The meaning of a text in either kind of quotation marks.
fn text_of(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut chars = inside(written).chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = chars.next_if(|next| c == '\\' && matches!(next, '"' | '\'' | '\\'));
        text.push(escaped.unwrap_or(c));
    }
    text
}

/// The pattern between slashes. Back-slashes go in pairs with what they escape, so that the slash
/// of `\\/` is seen to end the pattern.
fn regex_of(written: &str) -> String {
    let mut regex = String::with_capacity(written.len());
    let mut chars = inside(written).chars();
    while let Some(c) = chars.next() {
        match (c, (c == '\\').then(|| chars.next()).flatten()) {
            (_, Some('/')) => regex.push('/'),
            (_, Some(escaped)) => regex.extend([c, escaped]),
            (_, None) => regex.push(c),
        }
    }
    regex
}

/// A literal without its one-byte delimiters.
fn inside(written: &str) -> &str {
    written.get(1..written.len().saturating_sub(1)).unwrap_or_default()
}
