//! Evaluation: a bound expression and a batch give a column.

use std::sync::Arc;

use super::arithmetic::{calculate_columns, negate};
use super::bound::{Bound, Pattern};
use super::compare::compare;
use crate::data::column::truth::{FALSE, TRUE, UNKNOWN};
use crate::data::{Batch, Column, Value};
use crate::functions::function::{Context, Function};
use crate::syntax::BinaryOp;

/// The value of an expression for every record of a batch.
pub fn evaluate(expr: &Bound, batch: &Batch, context: &Context) -> Arc<Column> {
    let len = batch.len();
    let eval = |expr: &Bound| evaluate(expr, batch, context);
    Arc::new(match expr {
        Bound::Field(slot) => return Arc::clone(batch.column(*slot)),
        Bound::Constant(value) => Column::Constant(value.clone(), len),
        Bound::Path(of, keys) => {
            let of = eval(of);
            Column::from_values((0..len).map(|row| member(&of.value(row), keys)).collect())
        }
        Bound::Call(function, args) => {
            if let Some(value) = the_only_value(function, args, batch, context) {
                return Arc::new(Column::Constant(value, len));
            }
            let args: Vec<Arc<Column>> = args.iter().map(eval).collect();
            function.eval(&args, len, context)
        }
        Bound::Negate(of) => {
            let of = eval(of);
            Column::from_values((0..len).map(|row| negate(&of.value(row))).collect())
        }
        Bound::Binary(op, left, right) if is_arithmetic(*op) => {
            calculate_columns(*op, &eval(left), &eval(right))
        }
        _ => Column::Boolean(evaluate_truth(expr, batch, context)),
    })
}

/// The value of a call that is the same for the least and the greatest value of its field in the
/// block, and so for all in between: most blocks lie within one bin.
fn the_only_value(
    function: &Function,
    args: &[Bound],
    batch: &Batch,
    context: &Context,
) -> Option<Value> {
    let (Bound::Field(slot), others) = args.split_first()? else { return None };
    let others = others.iter().map(Bound::literal).collect::<Option<Vec<_>>>()?;
    let (least, most) = batch.bounds(*slot).filter(|_| function.rising)?;
    let value = |first: Value| {
        let args: Vec<Value> =
            std::iter::once(first).chain(others.iter().copied().cloned()).collect();
        (function.value)(&args, context)
    };
    let value_of_least = value(least);
    (value_of_least == value(most)).then_some(value_of_least)
}

fn is_arithmetic(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Remainder
            | BinaryOp::Power
    )
}

/// The truth of an expression for every record of a batch, in three-valued logic.
pub fn evaluate_truth(expr: &Bound, batch: &Batch, context: &Context) -> Vec<u8> {
    let truth = |expr: &Bound| evaluate_truth(expr, batch, context);
    match expr {
        Bound::Not(of) => {
            let mut truths = truth(of);
            truths.iter_mut().for_each(|truth| *truth = not(*truth));
            truths
        }
        Bound::Binary(BinaryOp::And, left, right) => {
            combine(truth(left), || truth(right), FALSE, and)
        }
        Bound::Binary(BinaryOp::Or, left, right) => combine(truth(left), || truth(right), TRUE, or),
        Bound::Binary(op, left, right) if !is_arithmetic(*op) => {
            compare(*op, &evaluate(left, batch, context), &evaluate(right, batch, context))
        }
        Bound::Like(value, pattern) => {
            let value = evaluate(value, batch, context);
            match pattern {
                Pattern::Text(finder) => like(&value, |text| finder.find(text).is_some()),
                Pattern::Regex(regex) => like(&value, |text| regex.is_match(text)),
                Pattern::Computed(pattern) => {
                    like_computed(&value, &evaluate(pattern, batch, context))
                }
            }
        }
        Bound::In(value, list) => {
            let value = evaluate(value, batch, context);
            let any = |known: Vec<u8>, item: &Bound| {
                let item = evaluate(item, batch, context);
                combine(known, || compare(BinaryOp::Equal, &value, &item), TRUE, or)
            };
            list.iter().fold(vec![FALSE; batch.len()], any)
        }
        Bound::InQuery(value, inner) => inner.holds(&evaluate(value, batch, context)),
        _ => truths_of(&evaluate(expr, batch, context)),
    }
}

/// Combines two truths a record; the second is not computed where the first decides everything.
fn combine(
    mut left: Vec<u8>,
    right: impl FnOnce() -> Vec<u8>,
    decisive: u8,
    rule: fn(u8, u8) -> u8,
) -> Vec<u8> {
    if !left.iter().all(|truth| *truth == decisive) {
        left.iter_mut().zip(right()).for_each(|(left, right)| *left = rule(*left, right));
    }
    left
}

fn not(truth: u8) -> u8 {
    match truth {
        FALSE => TRUE,
        TRUE => FALSE,
        _ => UNKNOWN,
    }
}

fn and(left: u8, right: u8) -> u8 {
    match (left, right) {
        (FALSE, _) | (_, FALSE) => FALSE,
        (TRUE, TRUE) => TRUE,
        _ => UNKNOWN,
    }
}

fn or(left: u8, right: u8) -> u8 {
    match (left, right) {
        (TRUE, _) | (_, TRUE) => TRUE,
        (FALSE, FALSE) => FALSE,
        _ => UNKNOWN,
    }
}

/// The truth of every value of a column.
fn truths_of(column: &Column) -> Vec<u8> {
    match column {
        Column::Boolean(truths) => truths.clone(),
        Column::Constant(value, len) => vec![value.truth().map_or(UNKNOWN, u8::from); *len],
        _ => (0..column.len())
            .map(|row| column.value(row).truth().map_or(UNKNOWN, u8::from))
            .collect(),
    }
}

/// Whether each text holds something; numbers are searched as they print.
fn like(column: &Column, found: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    match column {
        Column::Text(texts) => (0..texts.len())
            .map(|row| texts.get(row).map_or(UNKNOWN, |text| u8::from(found(text.as_bytes()))))
            .collect(),
        _ => (0..column.len())
            .map(|row| match column.value(row).print() {
                Some(text) => u8::from(found(text.as_bytes())),
                None => UNKNOWN,
            })
            .collect(),
    }
}

fn like_computed(column: &Column, pattern: &Column) -> Vec<u8> {
    let answer = |row| match (column.value(row).print(), pattern.value(row).print()) {
        (Some(text), Some(pattern)) => u8::from(text.contains(pattern.as_ref())),
        _ => UNKNOWN,
    };
    (0..column.len()).map(answer).collect()
}

/// The member of a map or the item of a list that a chain of keys leads to.
pub fn member(value: &Value, keys: &[String]) -> Value {
    let Value::Json(json) = value else { return Value::Missing };
    let found = keys.iter().try_fold(json.as_ref(), |json, key| match json {
        serde_json::Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        serde_json::Value::Object(map) => map.get(key),
        _ => None,
    });
    found.map_or(Value::Missing, |json| Value::of_json(json.clone()))
}
