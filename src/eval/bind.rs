//! Binding: expressions as written become expressions that run, or diagnostics.

use std::sync::Arc;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use super::bound::{Bound, Pattern};
use super::scope::Scope;
use crate::aggregates::{self, aggregate::Aggregate};
use crate::data::{Slot, Value};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::functions::function::{Arg, Finding, Kind, arity, signature};
use crate::functions::{self, function::Function};
use crate::registry;
use crate::syntax::{Expr, ExprKind, Literal};

/// A call of an aggregate inside a `stats`.
#[derive(Clone)]
pub struct AggregateCall {
    /// Which one.
    pub aggregate: &'static Aggregate,
    /// Its arguments over the records that are grouped, `@timestamp` last where it is implicit.
    pub args: Vec<Bound>,
    /// The literal arguments, by place.
    pub literals: Vec<Option<Value>>,
    /// Where its result goes.
    pub slot: Slot,
}

/// Binds an expression over records.
///
/// # Errors
/// An unknown function, a wrong number of arguments, a pattern that is none.
pub fn bind(expr: &Expr, scope: &mut Scope<'_>) -> Result<Bound, Diagnostic> {
    Binder { scope, groups: None }.bind(expr)
}

/// Binds an expression of a `stats`: aggregates are moved to `calls`, and a field outside of them
/// is what `named` says: a group key, or an alias given earlier in the same `stats`.
///
/// # Errors
/// As [`bind`], and a field that is neither in an aggregate nor in `named`.
pub fn bind_grouped(
    expr: &Expr,
    scope: &mut Scope<'_>,
    calls: &mut Vec<AggregateCall>,
    named: &dyn Fn(&str) -> Option<Slot>,
) -> Result<Bound, Diagnostic> {
    Binder { scope, groups: Some(Groups { calls, named }) }.bind(expr)
}

struct Groups<'a> {
    calls: &'a mut Vec<AggregateCall>,
    named: &'a dyn Fn(&str) -> Option<Slot>,
}

struct Binder<'a, 'c> {
    scope: &'a mut Scope<'c>,
    groups: Option<Groups<'a>>,
}

impl Binder<'_, '_> {
    fn bind(&mut self, expr: &Expr) -> Result<Bound, Diagnostic> {
        // Behind a `stats` its columns may be addressed by their expressions.
        if let (ExprKind::Call { .. }, None, true) =
            (&expr.kind, &self.groups, self.scope.is_closed())
            && let Some(slot) = self.scope.expression(&expr.to_string())
        {
            return Ok(Bound::Field(slot));
        }
        Ok(match &expr.kind {
            ExprKind::Literal(Literal::Period(period)) => {
                let message =
                    format!("`{period}` is a length of time, which no value is compared with");
                let help = "a number is written out, as in `1000000`; a length of time stands in calls, as in `bin(5m)`";
                return Err(Diagnostic::error(message, expr.span)
                    .code(codes::MISPLACED)
                    .help(help));
            }
            ExprKind::Literal(literal) => Bound::Constant(literal_value(literal)),
            ExprKind::Regex(_) => {
                let message = "a regular expression stands behind `like`, `=~` or `parse` only";
                return Err(Diagnostic::error(message, expr.span).code(codes::MISPLACED));
            }
            ExprKind::Field(name) => self.field(name, expr.span)?,
            ExprKind::Member { of, name } => path(self.bind(of)?, name.clone()),
            ExprKind::Item { of, index } => path(self.bind(of)?, index.to_string()),
            ExprKind::Call { name, name_span, args, star } => {
                self.call(name, *name_span, args, *star, expr.span)?
            }
            ExprKind::Negate(of) => Bound::Negate(Box::new(self.bind(of)?)),
            ExprKind::Not(of) => Bound::Not(Box::new(self.bind(of)?)),
            ExprKind::Binary { op, left, right } => {
                let (left, right) = (self.bind(left)?, self.bind(right)?);
                Bound::Binary(*op, Box::new(left), Box::new(right))
            }
            ExprKind::Like { value, pattern, negated } => {
                let value = Box::new(self.bind(value)?);
                negate(Bound::Like(value, self.pattern(pattern)?), *negated)
            }
            ExprKind::In { value, list, negated } => {
                let value = Box::new(self.bind(value)?);
                let list = list.iter().map(|item| self.bind(item)).collect::<Result<_, _>>()?;
                negate(Bound::In(value, list), *negated)
            }
            ExprKind::InQuery { value, query_span, negated, .. } => {
                let value = Box::new(self.bind(value)?);
                let inner = self.scope.inner(*query_span)?;
                if let [_] = inner.names.as_slice() {
                    return Ok(negate(Bound::InQuery(value, inner), *negated));
                }
                let message = format!(
                    "a query behind `in` gives one column, and this one gives {}",
                    inner.names.len()
                );
                return Err(Diagnostic::error(message, *query_span)
                    .code(codes::SUBQUERY)
                    .help("end it with `| fields FIELD`, the field to compare with"));
            }
        })
    }

    /// Binds an argument of a call, which may be a period.
    fn argument(&mut self, expr: &Expr) -> Result<Bound, Diagnostic> {
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(Bound::Constant(literal_value(literal))),
            _ => self.bind(expr),
        }
    }

    fn field(&mut self, name: &str, span: Span) -> Result<Bound, Diagnostic> {
        if let Some(groups) = &self.groups {
            return match (groups.named)(name) {
                Some(slot) => Ok(Bound::Field(slot)),
                None => Err(not_grouped(name, span)),
            };
        }
        let found = self.scope.resolve(name, span)?;
        let field = Bound::Field(found.slot);
        Ok(match found.keys.is_empty() {
            true => field,
            false => Bound::Path(Box::new(field), found.keys),
        })
    }

    fn call(
        &mut self,
        name: &str,
        name_span: Span,
        args: &[Expr],
        star: bool,
        span: Span,
    ) -> Result<Bound, Diagnostic> {
        // `histogram` is an aggregate where one may stand, and a function in all other places.
        let groups = self.groups.is_some();
        if let Some(aggregate) = aggregates::find(name)
            && (groups || functions::find(name).is_none())
        {
            return self.aggregate(aggregate, name_span, args, star, span);
        }
        let Some(function) = functions::find(name) else {
            return Err(unknown_call(name, args, name_span, span, self.groups.is_some()));
        };
        if star {
            let message = format!("`*` is no argument of `{}`", function.name);
            return Err(Diagnostic::error(message, span)
                .code(codes::ARGUMENT)
                .help(format!("write `{}`", function.signature())));
        }
        let mut bound = args.iter().map(|arg| self.argument(arg)).collect::<Result<Vec<_>, _>>()?;
        let written_time = function.implicit_time && args.len() == function.args.len() + 1;
        let written = &args[usize::from(written_time)..];
        check_arity(function.name, function.args, written.len(), span)?;
        if function.implicit_time {
            self.implicit_time(function, written_time, &mut bound, span)?;
        }
        let params = &bound[usize::from(function.implicit_time)..];
        check_periods(function, params, written)?;
        let literals: Vec<Option<&Value>> = params.iter().map(Bound::literal).collect();
        let at = |index: usize| written.get(index).map_or(span, |arg| arg.span);
        match function.check.and_then(|check| check(&literals)) {
            Some(Finding::Error(index, text)) => {
                return Err(Diagnostic::error(text, at(index)).code(codes::ARGUMENT));
            }
            Some(Finding::Warning(index, text)) => {
                self.scope.warn(Diagnostic::warning(text, at(index)).code(codes::CLAMPED));
            }
            Some(Finding::Better(index, text, better)) => {
                let warning = Diagnostic::warning(text, at(index)).code(codes::CLAMPED);
                self.scope.warn(warning.write(&better));
            }
            None => {}
        }
        Ok(Bound::Call(function, bound))
    }

    /// Puts `@timestamp` in front, unless a time was written: `bin(@timestamp, 1h)`.
    fn implicit_time(
        &mut self,
        function: &Function,
        written: bool,
        args: &mut Vec<Bound>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let name = function.name;
        if written {
            let message =
                format!("`{name}` takes the time of the record by itself on AWS, and one argument");
            let help = "for another time than `@timestamp` write `datefloor(time, period)`";
            self.scope.warn(Diagnostic::warning(message, span).help(help));
            return Ok(());
        }
        let help = "keep a time, as in `stats max(@timestamp) as t`, and write `datefloor(t, 5m)`";
        args.insert(0, self.needed_time(name, help, span)?);
        Ok(())
    }

    fn aggregate(
        &mut self,
        aggregate: &'static Aggregate,
        name_span: Span,
        args: &[Expr],
        star: bool,
        span: Span,
    ) -> Result<Bound, Diagnostic> {
        let name = aggregate.name;
        if self.groups.is_none() {
            let message = format!("`{name}` is an aggregate: it stands in `stats` only");
            let help = match name {
                "min" => "the least of several values is `least(a, b)`".to_owned(),
                "max" => "the greatest of several values is `greatest(a, b)`".to_owned(),
                _ => format!("write `stats {name}(…)`"),
            };
            return Err(Diagnostic::error(message, name_span)
                .code(codes::AGGREGATE_PLACE)
                .help(help));
        }
        if star && !aggregate.star {
            let message = format!("`{name}` needs a field, not `*`");
            return Err(Diagnostic::error(message, span)
                .code(codes::ARGUMENT)
                .help(format!("write `{}`", signature(name, aggregate.args))));
        }
        if !star {
            check_arity(name, aggregate.args, args.len(), span)?;
        }
        // Inside an aggregate, names mean what they mean in front of the `stats`.
        let groups = self.groups.take();
        let bound = args.iter().map(|arg| self.bind_argument(arg)).collect::<Result<Vec<_>, _>>();
        let time = match aggregate.implicit_time {
            true => {
                let help = "use `min`, `max`, `sortsFirst` or `sortsLast`";
                Some(self.needed_time(name, help, span))
            }
            false => None,
        };
        self.groups = groups;
        let (mut bound, time) = (bound?, time.transpose()?);
        let literals: Vec<Option<Value>> = bound.iter().map(|arg| arg.literal().cloned()).collect();
        bound.extend(time);
        // What is written out is the last argument: the percentage of `pct`.
        let written = args.last().map_or(span, |arg| arg.span);
        (aggregate.make)(&literals)
            .map_err(|text| Diagnostic::error(text, written).code(codes::ARGUMENT))?;
        let slot = self.scope.slot();
        if let Some(groups) = &mut self.groups {
            groups.calls.push(AggregateCall { aggregate, args: bound, literals, slot });
        }
        Ok(Bound::Field(slot))
    }

    fn bind_argument(&mut self, expr: &Expr) -> Result<Bound, Diagnostic> {
        // `max(count(*))` is right where a `stats` in front has a column `count(*)`.
        let is_column =
            self.scope.is_closed() && self.scope.expression(&expr.to_string()).is_some();
        if let (ExprKind::Call { name, name_span, .. }, false) = (&expr.kind, is_column)
            && let Some(inner) = aggregates::find(name)
            && functions::find(name).is_none()
        {
            let message = format!("the aggregate `{}` stands inside another aggregate", inner.name);
            let help = "aggregate twice with two `stats`, the second over the aliases of the first";
            return Err(Diagnostic::error(message, *name_span)
                .code(codes::AGGREGATE_PLACE)
                .help(help));
        }
        self.argument(expr)
    }

    /// `@timestamp` for a function that takes it by itself.
    fn needed_time(&mut self, name: &str, help: &str, span: Span) -> Result<Bound, Diagnostic> {
        let time = self.scope.resolve("@timestamp", span).map_err(|mut fault| {
            fault.message = format!("{}, which `{name}` needs", fault.message);
            fault.edits = Box::default();
            fault.help(help)
        })?;
        Ok(Bound::Field(time.slot))
    }

    fn pattern(&mut self, pattern: &Expr) -> Result<Pattern, Diagnostic> {
        Ok(match &pattern.kind {
            ExprKind::Regex(text) => Pattern::Regex(compile_regex(text, pattern.span)?),
            ExprKind::Literal(Literal::Text(text)) => {
                Pattern::Text(Arc::new(Finder::new(text.as_bytes()).into_owned()))
            }
            _ => Pattern::Computed(Box::new(self.bind(pattern)?)),
        })
    }
}

/// A field where a `stats` has one value for a group.
fn not_grouped(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` stands outside an aggregate and is no group key");
    let fault = Diagnostic::error(message, span).code(codes::NOT_GROUPED);
    match aggregates::find(name) {
        Some(aggregate) if aggregate.star => fault.write(&format!("{name}(*)")),
        _ => fault.help(format!("write `max({name})`, or add `{name}` behind `by`")),
    }
}

/// Words of other query languages, and the call to write for them; `_` stands for the arguments as
/// they were written.
const HABITS: &[(&str, &str)] = &[
    ("average", "avg(_)"),
    ("cidrmatch", "isIpInSubnet(address, subnet)"),
    ("contains", "strcontains(_)"),
    ("date_trunc", "bin(1h)"),
    ("dc", "countDistinct(_)"),
    ("dcount", "countDistinct(_)"),
    ("distinct", "countDistinct(_)"),
    ("distinct_count", "countDistinct(_)"),
    ("first", "earliest(_)"),
    ("ifnull", "coalesce(_)"),
    ("isnotnull", "ispresent(_)"),
    ("isnull", "not ispresent(_)"),
    ("last", "latest(_)"),
    ("len", "strlen(_)"),
    ("length", "strlen(_)"),
    ("lower", "tolower(_)"),
    ("mean", "avg(_)"),
    ("median", "pct(_, 50)"),
    ("nvl", "coalesce(_)"),
    ("p50", "pct(_, 50)"),
    ("p90", "pct(_, 90)"),
    ("p95", "pct(_, 95)"),
    ("p99", "pct(_, 99)"),
    ("strcat", "concat(_)"),
    ("substring", "substr(_)"),
    ("upper", "toupper(_)"),
];

/// The diagnostic of a call that nobody knows, with the name that is meant, as far as that can be
/// told.
pub fn unknown_call(
    name: &str,
    args: &[Expr],
    name_span: Span,
    span: Span,
    in_stats: bool,
) -> Diagnostic {
    let functions = functions::all().map(|function| function.name);
    let aggregates = aggregates::AGGREGATES.iter().map(|aggregate| aggregate.name);
    let (kind, nearest) = match in_stats {
        true => ("aggregate or function", registry::nearest(name, aggregates.chain(functions))),
        false => ("function", registry::nearest(name, functions)),
    };
    let diagnostic = Diagnostic::error(format!("no {kind} is called `{name}`"), name_span)
        .code(codes::UNKNOWN_FUNCTION);
    if let ([value, pattern], true) = (args, name.eq_ignore_ascii_case("like")) {
        let like = format!("{value} like {pattern}");
        return diagnostic.help(format!("write `{like}`")).edit(span, like);
    }
    match HABITS.iter().find(|(habit, _)| habit.eq_ignore_ascii_case(name)) {
        Some((_, call)) => {
            let args: Vec<String> = args.iter().map(Expr::to_string).collect();
            let call = call.replace('_', &args.join(", "));
            diagnostic.help(format!("write `{call}`")).edit(span, call)
        }
        None => diagnostic.suggest(nearest),
    }
}

/// Compiles a regular expression of the RE2 class.
///
/// # Errors
/// What is wrong with it, at its place.
pub fn compile_regex(text: &str, span: Span) -> Result<Regex, Diagnostic> {
    RegexBuilder::new(text).size_limit(64 << 20).build().map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        let diagnostic =
            Diagnostic::error(format!("this is no regular expression: {reason}"), span)
                .code(codes::PATTERN);
        match reason.contains("look-around") || reason.contains("backreference") {
            true => diagnostic.help(
                "the pattern class is RE2's: no look-ahead, no look-behind, no back-references",
            ),
            false => diagnostic,
        }
    })
}

fn negate(bound: Bound, negated: bool) -> Bound {
    if negated { Bound::Not(Box::new(bound)) } else { bound }
}

fn path(of: Bound, key: String) -> Bound {
    match of {
        Bound::Path(of, mut keys) => {
            keys.push(key);
            Bound::Path(of, keys)
        }
        of => Bound::Path(Box::new(of), vec![key]),
    }
}

fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::text(text),
        Literal::Integer(whole) => Value::Integer(*whole),
        Literal::Float(float) => Value::float(*float),
        Literal::Boolean(truth) => Value::Boolean(*truth),
        Literal::Period(period) => Value::Period(*period),
    }
}

fn check_periods(
    function: &Function,
    params: &[Bound],
    written: &[Expr],
) -> Result<(), Diagnostic> {
    for ((arg, bound), expr) in function.args.iter().zip(params).zip(written) {
        if arg.kind == Kind::Period && !matches!(bound.literal(), Some(Value::Period(_))) {
            let message = format!("`{}` expects a period here", function.name);
            let help = "write a number and a unit, as in `5m` or `1h`";
            return Err(Diagnostic::error(message, expr.span).code(codes::ARGUMENT).help(help));
        }
    }
    Ok(())
}

fn check_arity(name: &str, args: &[Arg], found: usize, span: Span) -> Result<(), Diagnostic> {
    let (fewest, most) = arity(args);
    if (fewest..=most).contains(&found) {
        return Ok(());
    }
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    let expected = match (fewest, most) {
        (fewest, usize::MAX) => format!("at least {fewest} {}", plural(fewest)),
        (fewest, most) if fewest == most => format!("{fewest} {}", plural(fewest)),
        (fewest, most) => format!("{fewest} to {most} arguments"),
    };
    let message = format!("`{name}` takes {expected}, found {found}");
    Err(Diagnostic::error(message, span)
        .code(codes::ARGUMENT_COUNT)
        .help(format!("write `{}`", signature(name, args))))
}
