//! Arithmetic: `+ - * / % ^` and unary `-` over columns.
//!
//! Whole numbers stay whole and exact where the result is whole and fits 64 bits; everything else
//! is binary floating point. What is no number, a division by zero and a result out of range are
//! missing. `%` has the sign of the dividend.

use crate::data::column::Validity;
use crate::data::{Column, Number, Value};
use crate::syntax::BinaryOp;

/// The result of an operator for two values.
pub fn calculate(op: BinaryOp, left: &Value, right: &Value) -> Value {
    let (Some(left), Some(right)) = (left.number(), right.number()) else { return Value::Missing };
    if let (Number::Integer(a), Number::Integer(b)) = (left, right)
        && let Some(whole) = calculate_whole(op, a, b)
    {
        return Value::Integer(whole);
    }
    let (a, b) = (left.to_f64(), right.to_f64());
    Value::float(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        BinaryOp::Remainder => a % b,
        _ => a.powf(b),
    })
}

/// The result where it is whole and fits 64 bits.
fn calculate_whole(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Subtract => a.checked_sub(b),
        BinaryOp::Multiply => a.checked_mul(b),
        BinaryOp::Divide => (a.checked_rem(b)? == 0).then(|| a.checked_div(b)).flatten(),
        BinaryOp::Remainder => a.checked_rem(b),
        _ => a.checked_pow(u32::try_from(b).ok()?),
    }
}

/// The negated value.
pub fn negate(value: &Value) -> Value {
    match value.number() {
        Some(Number::Integer(whole)) => match whole.checked_neg() {
            Some(whole) => Value::Integer(whole),
            None => Value::float(-(whole as f64)),
        },
        Some(Number::Float(float)) => Value::float(-float),
        None => Value::Missing,
    }
}

/// The result of an operator record by record.
pub fn calculate_columns(op: BinaryOp, left: &Column, right: &Column) -> Column {
    let len = left.len();
    if let (Column::Constant(a, _), Column::Constant(b, _)) = (left, right) {
        return Column::Constant(calculate(op, a, b), len);
    }
    if let (Some(a), Some(b)) = (Whole::of(left), Whole::of(right))
        && let Some(column) = whole_columns(op, &a, &b, len)
    {
        return column;
    }
    let value = |row| calculate(op, &left.value(row), &right.value(row));
    Column::from_values((0..len).map(value).collect())
}

/// A column of whole numbers, or one whole number.
enum Whole<'a> {
    Column(&'a [i64], &'a Validity),
    Constant(i64),
}

impl Whole<'_> {
    fn of(column: &Column) -> Option<Whole<'_>> {
        match column {
            Column::Integer(values, valid) | Column::Time(values, valid) => {
                Some(Whole::Column(values, valid))
            }
            Column::Constant(Value::Integer(whole), _) => Some(Whole::Constant(*whole)),
            _ => None,
        }
    }

    #[inline]
    fn at(&self, row: usize) -> i64 {
        match self {
            Whole::Column(values, _) => values[row],
            Whole::Constant(whole) => *whole,
        }
    }

    fn validity(&self) -> Option<&Vec<bool>> {
        match self {
            Whole::Column(_, valid) => valid.as_ref(),
            Whole::Constant(_) => None,
        }
    }
}

/// The fast path; `None` where some result is not whole, does not fit or does not exist.
fn whole_columns(op: BinaryOp, a: &Whole<'_>, b: &Whole<'_>, len: usize) -> Option<Column> {
    let valid: Validity = match (a.validity(), b.validity()) {
        (None, None) => None,
        (Some(valid), None) | (None, Some(valid)) => Some(valid.clone()),
        (Some(a), Some(b)) => Some(a.iter().zip(b).map(|(a, b)| *a && *b).collect()),
    };
    let exists = |row: usize| valid.as_ref().is_none_or(|valid| valid[row]);
    let mut values = Vec::with_capacity(len);
    for row in 0..len {
        match calculate_whole(op, a.at(row), b.at(row)) {
            Some(whole) => values.push(whole),
            None if !exists(row) => values.push(0),
            None => return None,
        }
    }
    Some(Column::Integer(values, valid))
}
