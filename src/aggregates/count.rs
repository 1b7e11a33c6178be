//! `count`: how many records a group has, or how many of them have a field.

use std::any::Any;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use super::numbers::each_valid;
use crate::data::{Column, Value};
use crate::functions::function::{Arg, Kind, example};

/// `count`
pub const COUNT: Aggregate = Aggregate {
    name: "count",
    aliases: &[],
    args: &[Arg::optional("field", Kind::Any)],
    star: true,
    implicit_time: false,
    alone: false,
    gives: Gives::Count,
    summary: "The number of records, or of those that have the field; missing where no record of \
              the group has it.",
    examples: &[
        example("count(*)", "4"),
        example("count()", "4"),
        example("count(x)", "4"),
        example("count(absent)", ""),
    ],
    make: |args| Ok(Box::new(Count { all: args.is_empty(), counts: Vec::new() })),
};

/// `countOverTime`
///
/// Source: observed: it equals `count`, whose groups `bin` makes a time series.
pub const COUNT_OVER_TIME: Aggregate = Aggregate {
    name: "countOverTime",
    aliases: &["count_over_time"],
    summary: "The number of records, or of those that have the field, per period: `count` under \
              the name that time series use, with `by bin(5m)`.",
    examples: &[
        example("countOverTime(x)", "4"),
        example("countOverTime(*)", "4"),
        example("countOverTime(absent)", ""),
    ],
    ..COUNT
};

/// The counts of all groups.
struct Count {
    /// Whether every record counts.
    all: bool,
    counts: Vec<i64>,
}

impl Accumulator for Count {
    fn resize(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, input: &Input<'_>) {
        let counts = &mut self.counts;
        let Some(column) = input.args.first() else {
            if let Some(group) = input.one_group {
                counts[group as usize] += input.groups.len() as i64;
                return;
            }
            input.groups.iter().for_each(|&group| counts[group as usize] += 1);
            return;
        };
        match column {
            Column::Constant(Value::Missing, _) => {}
            Column::Constant(..) => {
                input.groups.iter().for_each(|&group| counts[group as usize] += 1);
            }
            Column::Integer(values, valid) | Column::Time(values, valid) => {
                each_valid(values, valid, input.groups, |group, _| counts[group] += 1);
            }
            Column::Float(values, valid) => {
                each_valid(values, valid, input.groups, |group, _| counts[group] += 1);
            }
            _ => {
                for (row, &group) in input.groups.iter().enumerate() {
                    counts[group as usize] += i64::from(!column.is_missing(row));
                }
            }
        }
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Count = same(other);
        for (&from, &into) in from.iter().zip(into) {
            self.counts[into as usize] += other.counts[from as usize];
        }
    }

    fn finish(&mut self) -> Column {
        let counts = std::mem::take(&mut self.counts);
        if self.all || counts.iter().all(|count| *count > 0) {
            return Column::Integer(counts, None);
        }
        // A group whose records all lack the field has no such column: so does AWS.
        let valid = counts.iter().map(|count| *count > 0).collect();
        Column::Integer(counts, Some(valid))
    }

    fn memory(&self) -> usize {
        self.counts.capacity() * 8
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::every_way;
    use super::*;

    #[test]
    fn records_and_fields() {
        let values = [Value::Integer(5), Value::Missing, Value::text(""), Value::Missing];
        let records: Vec<_> = [0, 0, 1, 2].into_iter().zip(values).collect();
        let counts = every_way(&COUNT, &[None], &records);
        assert_eq!(counts, [Value::Integer(1), Value::Integer(1), Value::Missing]);
        let counts = every_way(&COUNT, &[], &records);
        assert_eq!(counts, [2, 1, 1].map(Value::Integer));
    }

    #[test]
    fn no_record_at_all() {
        assert_eq!(every_way(&COUNT, &[], &[]), [Value::Integer(0)]);
        assert_eq!(every_way(&COUNT, &[None], &[]), [Value::Missing]);
    }
}
