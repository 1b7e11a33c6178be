//! Runs an aggregate in every way a plan may run it, and expects the same result each time.

use super::aggregate::{Accumulator, Aggregate, Input};
use crate::data::{Column, Position, Value};

/// A group and the value of a record.
pub(super) type Record = (u32, Value);

/// Records of one group.
pub(super) fn one_group(values: &[Value]) -> Vec<Record> {
    values.iter().map(|value| (0, value.clone())).collect()
}

/// The value of every group. The implicit time of record `i` is `i` / 2 seconds, its position `i`.
pub(super) fn every_way(
    aggregate: &Aggregate,
    literals: &[Option<Value>],
    records: &[Record],
) -> Vec<Value> {
    let numbered: Vec<(Position, &Record)> =
        records.iter().enumerate().map(|(i, record)| (i as Position, record)).collect();
    let backward: Vec<_> = numbered.iter().rev().copied().collect();
    let groups = records.iter().map(|(group, _)| *group as usize + 1).max().unwrap_or(1);
    let run = |parts: &[&[(Position, &Record)]], typed, merged| {
        finish(aggregate, literals, groups, parts, typed, merged)
    };
    let whole = run(&[&numbered], true, false);
    for (name, order) in [("forward", &numbered), ("backward", &backward)] {
        for size in [1, 2, 3, 7] {
            let parts: Vec<&[_]> = order.chunks(size).collect();
            for (typed, merged) in [(true, false), (false, false), (true, true), (false, true)] {
                let other = run(&parts, typed, merged);
                let prints = |values: &[Value]| -> Vec<_> {
                    values.iter().map(|value| value.print().map(|text| text.into_owned())).collect()
                };
                let way = format!("{name}, parts of {size}, typed {typed}, merged {merged}");
                assert_eq!(prints(&other), prints(&whole), "{}: {way}", aggregate.name);
            }
        }
    }
    whole
}

/// Runs an aggregate over parts: one accumulator for all, or one for each and then merged.
fn finish(
    aggregate: &Aggregate,
    literals: &[Option<Value>],
    groups: usize,
    parts: &[&[(Position, &Record)]],
    typed: bool,
    merged: bool,
) -> Vec<Value> {
    let make = || {
        let mut accumulator = (aggregate.make)(literals).expect("good literals");
        accumulator.resize(groups);
        accumulator
    };
    let mut total = make();
    // Groups arrive in another numbering, and in two calls.
    let from: Vec<u32> = (0..groups as u32).rev().collect();
    let renumber = |group: u32| groups as u32 - 1 - group;
    for part in parts {
        if merged {
            let mut other = make();
            update(other.as_mut(), aggregate, literals, part, typed, renumber);
            let (left, right) = from.split_at(groups / 2);
            for from in [left, right] {
                let into: Vec<u32> = from.iter().copied().map(renumber).collect();
                total.merge(other.as_ref(), from, &into);
            }
        } else {
            update(total.as_mut(), aggregate, literals, part, typed, |group| group);
        }
    }
    assert!(total.memory() > 0 || parts.is_empty());
    let column = total.finish();
    assert_eq!(column.len(), groups);
    (0..groups).map(|group| column.value(group)).collect()
}

fn update(
    accumulator: &mut dyn Accumulator,
    aggregate: &Aggregate,
    literals: &[Option<Value>],
    part: &[(Position, &Record)],
    typed: bool,
    renumber: impl Fn(u32) -> u32,
) {
    let values: Vec<Value> = part.iter().map(|(_, (_, value))| value.clone()).collect();
    let values = if typed { Column::from_values(values) } else { Column::Any(values) };
    let time = |position: &Position| Value::Time((position / 2) as i64 * 1000);
    let times = Column::from_values(part.iter().map(|(position, _)| time(position)).collect());
    // The argument that is no literal has the values of the records.
    let constant = |literal: &Option<Value>| {
        literal.as_ref().map(|literal| Column::Constant(literal.clone(), part.len()))
    };
    let constants: Vec<Option<Column>> = literals.iter().map(constant).collect();
    let mut args: Vec<&Column> =
        constants.iter().map(|constant| constant.as_ref().unwrap_or(&values)).collect();
    if aggregate.implicit_time {
        args.push(&times);
    }
    let groups: Vec<u32> = part.iter().map(|(_, (group, _))| renumber(*group)).collect();
    let positions: Vec<Position> = part.iter().map(|(position, _)| *position).collect();
    let first = groups.first().copied();
    let one_group = first.filter(|first| groups.iter().all(|group| group == first));
    accumulator.update(&Input { args: &args, groups: &groups, one_group, positions: &positions });
}
