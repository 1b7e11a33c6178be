//! Comparison: what `=`, `!=`, `<` … mean, for two values and for whole columns.
//!
//! Two values that both are numbers, or texts that spell numbers, compare as numbers, else as
//! texts; a missing operand makes the answer unknown; a list or a map compares as false.
//! AWS's documentation leaves it open; the choices stand in docs/compatibility.md.

use std::cmp::Ordering;

use crate::data::column::truth::{FALSE, TRUE, UNKNOWN};
use crate::data::{Column, Number, TextColumn, Value, Word};
use crate::syntax::BinaryOp;

/// Whether an order of two values satisfies an operator.
fn satisfies(op: BinaryOp, order: Ordering) -> bool {
    match op {
        BinaryOp::Equal => order.is_eq(),
        BinaryOp::NotEqual => order.is_ne(),
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessEqual => order.is_le(),
        BinaryOp::Greater => order.is_gt(),
        BinaryOp::GreaterEqual => order.is_ge(),
        _ => false,
    }
}

/// Compares two values; `None` is unknown.
pub fn compare_values(op: BinaryOp, left: &Value, right: &Value) -> Option<bool> {
    if left.is_missing() || right.is_missing() {
        return None;
    }
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return Some(satisfies(op, left.compare(right)));
    }
    match (left, right) {
        // A time is no text: on AWS a comparison with a written date finds nothing.
        (Value::Json(_) | Value::Time(_), _) | (_, Value::Json(_) | Value::Time(_)) => Some(false),
        _ => {
            let (left, right) = (left.print()?, right.print()?);
            Some(satisfies(op, left.as_bytes().cmp(right.as_bytes())))
        }
    }
}

/// Compares two columns record by record.
pub fn compare(op: BinaryOp, left: &Column, right: &Column) -> Vec<u8> {
    match (left, right) {
        (_, Column::Constant(value, _)) => compare_constant(op, left, value),
        (Column::Constant(value, _), _) => compare_constant(mirrored(op), right, value),
        (
            Column::Integer(a, None) | Column::Time(a, None),
            Column::Integer(b, None) | Column::Time(b, None),
        ) => a.iter().zip(b).map(|(a, b)| u8::from(satisfies(op, a.cmp(b)))).collect(),
        _ => generic(op, left, |row| right.value(row)),
    }
}

/// The operator that holds with its operands exchanged.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        other => other,
    }
}

fn generic(op: BinaryOp, left: &Column, right: impl Fn(usize) -> Value) -> Vec<u8> {
    let answer = |row| compare_values(op, &left.value(row), &right(row)).map_or(UNKNOWN, u8::from);
    (0..left.len()).map(answer).collect()
}

fn compare_constant(op: BinaryOp, column: &Column, value: &Value) -> Vec<u8> {
    if value.is_missing() {
        return vec![UNKNOWN; column.len()];
    }
    let number = value.number();
    match (column, number) {
        (Column::Constant(left, len), _) => {
            vec![compare_values(op, left, value).map_or(UNKNOWN, u8::from); *len]
        }
        (
            Column::Integer(values, valid) | Column::Time(values, valid),
            Some(Number::Integer(whole)),
        ) => {
            let mut truths = compare_integers(op, values, whole);
            mark_unknown(&mut truths, valid.as_deref());
            truths
        }
        (Column::Text(texts), None) => match value {
            Value::Text(text) => compare_text(op, texts, text.as_bytes()),
            _ => generic(op, column, |_| value.clone()),
        },
        (Column::Text(texts), Some(number)) => {
            let printed = value.print().unwrap_or_default();
            compare_numeric_text(op, texts, number, printed.as_bytes(), value)
        }
        _ => generic(op, column, |_| value.clone()),
    }
}

/// One loop per operator, so that each is a plain vector comparison.
fn compare_integers(op: BinaryOp, values: &[i64], right: i64) -> Vec<u8> {
    fn run(values: &[i64], test: impl Fn(i64) -> bool) -> Vec<u8> {
        values.iter().map(|&value| u8::from(test(value))).collect()
    }
    match op {
        BinaryOp::Equal => run(values, |value| value == right),
        BinaryOp::NotEqual => run(values, |value| value != right),
        BinaryOp::Less => run(values, |value| value < right),
        BinaryOp::LessEqual => run(values, |value| value <= right),
        BinaryOp::Greater => run(values, |value| value > right),
        _ => run(values, |value| value >= right),
    }
}

fn mark_unknown(truths: &mut [u8], valid: Option<&[bool]>) {
    if let Some(valid) = valid {
        truths
            .iter_mut()
            .zip(valid)
            .filter(|(_, valid)| !**valid)
            .for_each(|(truth, _)| *truth = UNKNOWN);
    }
}

/// Texts against a text that spells no number: as texts.
fn compare_text(op: BinaryOp, texts: &TextColumn, right: &[u8]) -> Vec<u8> {
    let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
    if let (true, Some(word)) = (equality, Word::without_buffer(right)) {
        let (same, other) = if op == BinaryOp::Equal { (TRUE, FALSE) } else { (FALSE, TRUE) };
        let answer = |left: &Word| match *left {
            left if left == word => same,
            Word::MISSING => UNKNOWN,
            _ => other,
        };
        return texts.words.iter().map(answer).collect();
    }
    let answer = |row| match texts.get(row) {
        None => UNKNOWN,
        Some(left) => u8::from(satisfies(op, left.as_bytes().cmp(right))),
    };
    (0..texts.len()).map(answer).collect()
}

/// Texts against a number: as numbers where they spell one, else as texts.
fn compare_numeric_text(
    op: BinaryOp,
    texts: &TextColumn,
    right: Number,
    printed: &[u8],
    value: &Value,
) -> Vec<u8> {
    let is_time = matches!(value, Value::Time(_));
    let answer = |row| match texts.get(row) {
        None => UNKNOWN,
        Some(left) => match Number::parse(left.as_bytes()) {
            Some(left) => u8::from(satisfies(op, left.compare(right))),
            None if is_time => FALSE,
            None => u8::from(satisfies(op, left.as_bytes().cmp(printed))),
        },
    };
    (0..texts.len()).map(answer).collect()
}
