//! Times that a query asks for: what its first filters say of `@timestamp`, so that files which hold
//! other times are not read.

use crate::data::time::TimeRange;
use crate::data::{Number, Slot};
use crate::eval::bound::Bound;
use crate::syntax::BinaryOp;

/// Narrows a range to the times for which a condition may be true; `time` is the slot of
/// `@timestamp`.
pub fn narrow(range: &mut TimeRange, condition: &Bound, time: Slot) {
    let Bound::Binary(op, left, right) = condition else { return };
    let (op, literal) = match (left.as_ref(), right.as_ref()) {
        (Bound::Field(slot), Bound::Constant(literal)) if *slot == time => (*op, literal),
        (Bound::Constant(literal), Bound::Field(slot)) if *slot == time => (mirrored(*op), literal),
        _ => return,
    };
    let Some(number) = literal.number() else { return };
    // Rounded outwards: the filter itself looks at every record.
    let (low, high) = match number {
        Number::Integer(whole) => (whole, whole),
        Number::Float(float) => (float.floor() as i64, float.ceil() as i64),
    };
    if matches!(op, BinaryOp::Greater | BinaryOp::GreaterEqual | BinaryOp::Equal) {
        range.start = range.start.max(low);
    }
    if matches!(op, BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Equal) {
        range.end = range.end.min(high);
    }
}

/// The operator that means the same with its sides exchanged.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        other => other,
    }
}
