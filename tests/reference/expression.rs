//! Expressions of the reference evaluator: a tree walked anew for every record.

use std::cmp::Ordering;
use std::net::Ipv4Addr;

use flowql::data::period::Unit;
use flowql::syntax::{BinaryOp, Expr, ExprKind, Literal};

use super::value::{Number, Value, compare};

/// What a name, or a call that stands for a column, means; `None` where it means nothing.
pub type Lookup<'a> = dyn Fn(&Expr) -> Option<Value> + 'a;

/// The value of an expression.
pub fn value(expr: &Expr, lookup: &Lookup<'_>) -> Value {
    if let Some(value) = lookup(expr) {
        return value;
    }
    let eval = |expr: &Expr| value(expr, lookup);
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Value::Text(text.clone()),
        ExprKind::Literal(Literal::Integer(whole)) => Value::Whole(*whole),
        ExprKind::Literal(Literal::Float(float)) => Value::Fraction(*float),
        ExprKind::Literal(Literal::Boolean(truth)) => Value::Truth(*truth),
        ExprKind::Call { name, args, .. } => call(&name.to_lowercase(), args, lookup),
        ExprKind::Negate(of) => match eval(of).number() {
            Some(Number::Whole(whole)) => whole_or_float(-i128::from(whole)),
            Some(Number::Fraction(fraction)) => Value::Fraction(-fraction),
            None => Value::Missing,
        },
        ExprKind::Not(of) => Value::of_truth(eval(of).truth().map(|truth| !truth)),
        ExprKind::Binary { op, left, right } => binary(*op, &eval(left), &eval(right)),
        ExprKind::Like { value, pattern, negated } => {
            let found = eval(value).print().and_then(|text| match &pattern.kind {
                ExprKind::Regex(regex) => {
                    Some(regex::Regex::new(regex).expect("a regular expression").is_match(&text))
                }
                _ => Some(text.contains(&eval(pattern).print()?)),
            });
            Value::of_truth(found.map(|found| found != *negated))
        }
        ExprKind::In { value, list, negated } => {
            let value = eval(value);
            let equal = |item| compare(&value, &eval(item), Ordering::is_eq);
            let found = list.iter().map(equal).fold(Some(false), or);
            Value::of_truth(found.map(|found| found != *negated))
        }
        _ => Value::Missing,
    }
}

fn binary(op: BinaryOp, a: &Value, b: &Value) -> Value {
    let compared = |holds: fn(Ordering) -> bool| Value::of_truth(compare(a, b, holds));
    match op {
        BinaryOp::Or => Value::of_truth(or(a.truth(), b.truth())),
        BinaryOp::And => Value::of_truth(and(a.truth(), b.truth())),
        BinaryOp::Equal => compared(Ordering::is_eq),
        BinaryOp::NotEqual => compared(Ordering::is_ne),
        BinaryOp::Less => compared(Ordering::is_lt),
        BinaryOp::LessEqual => compared(Ordering::is_le),
        BinaryOp::Greater => compared(Ordering::is_gt),
        BinaryOp::GreaterEqual => compared(Ordering::is_ge),
        _ => match (a.number(), b.number()) {
            (Some(a), Some(b)) => arithmetic(op, a, b),
            _ => Value::Missing,
        },
    }
}

/// Three-valued: what is unknown decides nothing.
fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    if a == Some(false) || b == Some(false) { Some(false) } else { Some(a? && b?) }
}

fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    if a == Some(true) || b == Some(true) { Some(true) } else { Some(a? || b?) }
}

/// Exact where whole numbers give one; else in floats, and missing where there is no result.
fn arithmetic(op: BinaryOp, a: Number, b: Number) -> Value {
    if let (Number::Whole(x), Number::Whole(y)) = (a, b) {
        let (x, y) = (i128::from(x), i128::from(y));
        let whole = match op {
            BinaryOp::Add => Some(x + y),
            BinaryOp::Subtract => Some(x - y),
            BinaryOp::Multiply => Some(x * y),
            BinaryOp::Divide if y != 0 && x % y == 0 => Some(x / y),
            BinaryOp::Remainder if y != 0 => Some(x % y),
            BinaryOp::Power if y >= 0 => {
                u32::try_from(y).ok().and_then(|power| x.checked_pow(power))
            }
            _ => None,
        };
        if let Some(whole) = whole.and_then(|whole| i64::try_from(whole).ok()) {
            return Value::Whole(whole);
        }
    }
    let (a, b) = (a.float(), b.float());
    Value::fraction(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        BinaryOp::Remainder => a % b,
        _ => a.powf(b),
    })
}

fn whole_or_float(whole: i128) -> Value {
    i64::try_from(whole).map_or(Value::Fraction(whole as f64), Value::Whole)
}

fn call(name: &str, args: &[Expr], lookup: &Lookup<'_>) -> Value {
    if name == "bin" {
        return bin(args, lookup);
    }
    let args: Vec<Value> = args.iter().map(|arg| value(arg, lookup)).collect();
    let text = |at: usize| args[at].print();
    let with_text = |of: &dyn Fn(&str) -> Value| text(0).map_or(Value::Missing, |text| of(&text));
    let rounded = |of: fn(f64) -> f64| match args[0].number() {
        Some(Number::Whole(whole)) => Value::Whole(whole),
        Some(Number::Fraction(fraction)) => Value::Fraction(of(fraction)),
        None => Value::Missing,
    };
    match name {
        "abs" => match args[0].number() {
            Some(Number::Whole(whole)) => whole_or_float(i128::from(whole).abs()),
            Some(Number::Fraction(fraction)) => Value::Fraction(fraction.abs()),
            None => Value::Missing,
        },
        "ceil" => rounded(f64::ceil),
        "floor" => rounded(f64::floor),
        "round" => rounded(f64::round),
        "strlen" => with_text(&|text| Value::Whole(text.chars().count() as i64)),
        "toupper" => with_text(&|text| Value::Text(text.to_uppercase())),
        "tolower" => with_text(&|text| Value::Text(text.to_lowercase())),
        "substr" => with_text(&|text| substr(text, &args[1..])),
        "strcontains" => match (text(0), text(1)) {
            (Some(text), Some(part)) => Value::Truth(text.contains(&part)),
            _ => Value::Missing,
        },
        "concat" => {
            let texts: Vec<String> = args.iter().filter_map(Value::print).collect();
            if texts.is_empty() { Value::Missing } else { Value::Text(texts.concat()) }
        }
        "coalesce" => {
            args.iter().find(|value| !value.is_missing()).cloned().unwrap_or(Value::Missing)
        }
        "ispresent" => Value::Truth(!args[0].is_missing()),
        "isempty" => Value::Truth(text(0).is_none_or(|text| text.is_empty())),
        "if" => args[if args[0].truth() == Some(true) { 1 } else { 2 }].clone(),
        "isipv4insubnet" => match (text(0), text(1)) {
            (Some(address), Some(subnet)) => Value::Truth(in_subnet(&address, &subnet)),
            _ => Value::Missing,
        },
        _ => panic!("the reference evaluator does not know `{name}`"),
    }
}

/// The start of the period that holds `@timestamp`.
fn bin(args: &[Expr], lookup: &Lookup<'_>) -> Value {
    let Some(ExprKind::Literal(Literal::Period(period))) = args.first().map(|arg| &arg.kind) else {
        panic!("`bin` wants a period");
    };
    let (cap, milliseconds) = match period.unit {
        Unit::Second => (60, 1_000),
        Unit::Minute => (60, 60_000),
        Unit::Hour => (24, 3_600_000),
        Unit::Day => (u64::MAX, 86_400_000),
        unit => panic!("the reference evaluator does not know {unit:?}"),
    };
    let length = period.count.min(cap) as i64 * milliseconds;
    let kind = ExprKind::Field("@timestamp".to_owned());
    match value(&Expr { kind, span: args[0].span }, lookup) {
        Value::Time(time) => Value::Time(time - time.rem_euclid(length)),
        _ => Value::Missing,
    }
}

/// Code points from a start on, negative starts and lengths being 0.
fn substr(text: &str, args: &[Value]) -> Value {
    let whole = |value: &Value| match value.number()? {
        Number::Whole(whole) => Some(whole),
        Number::Fraction(fraction) => Some(fraction.trunc() as i64),
    };
    let start = whole(&args[0]);
    let length = args.get(1).map_or(Some(i64::MAX), whole);
    let (Some(start), Some(length)) = (start, length) else { return Value::Missing };
    let characters = text.chars().skip(start.max(0) as usize).take(length.max(0) as usize);
    Value::Text(characters.collect())
}

fn in_subnet(address: &str, subnet: &str) -> bool {
    let (base, bits) = subnet.split_once('/').expect("a subnet");
    let base: Ipv4Addr = base.parse().expect("an address");
    let bits: u32 = bits.parse().expect("a number of bits");
    let network = |address: Ipv4Addr| u64::from(u32::from(address)) >> (32 - bits);
    address.parse().is_ok_and(|address| network(address) == network(base))
}
