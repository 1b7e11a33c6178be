//! `sum` and `avg`: exact totals in 64 bits, which spill into exact sums where they must.

use std::any::Any;
use std::collections::HashMap;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use super::numbers::{each_number, each_valid};
use crate::data::exact::Exact;
use crate::data::{Column, Number, Value};
use crate::functions::function::{Arg, Kind, example};

/// `avg`
pub const AVG: Aggregate = Aggregate {
    name: "avg",
    aliases: &[],
    args: &[Arg::new("field", Kind::Number)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Measure,
    summary: "The mean of the numbers; values that are no numbers are left out, and missing where \
              there is none.",
    examples: &[example("avg(x)", "2.5"), example("avg(absent)", "")],
    make: |_| Ok(Box::new(Sum { mean: true, cells: Vec::new(), spilled: HashMap::new() })),
};

/// `sum`
pub const SUM: Aggregate = Aggregate {
    name: "sum",
    aliases: &[],
    args: &[Arg::new("field", Kind::Number)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Sum,
    summary: "The sum of the numbers; values that are no numbers are left out, and missing where \
              there is none.",
    examples: &[example("sum(x)", "10"), example("sum(x > 2)", "2"), example("sum(absent)", "")],
    make: |_| Ok(Box::new(Sum { mean: false, cells: Vec::new(), spilled: HashMap::new() })),
};

/// `sumOverTime`
pub const SUM_OVER_TIME: Aggregate = Aggregate {
    name: "sumOverTime",
    aliases: &["sum_over_time"],
    summary: "The sum of the numbers per period: `sum` under the name that time series use, with \
              `by bin(5m)`.",
    examples: &[example("sumOverTime(x)", "10"), example("sumOverTime(absent)", "")],
    ..SUM
};

/// The sum of one group: what is here plus what was spilled.
#[derive(Clone, Copy, Default)]
struct Cell {
    total: i64,
    count: u64,
}

/// The sums of all groups.
struct Sum {
    /// Whether means are asked for.
    mean: bool,
    cells: Vec<Cell>,
    /// Fractions, and totals beyond 64 bits.
    spilled: HashMap<u32, Exact>,
}

impl Sum {
    #[inline]
    fn add(&mut self, group: usize, number: i64) {
        let cell = &mut self.cells[group];
        match cell.total.checked_add(number) {
            Some(total) => cell.total = total,
            None => self.spill(group, number),
        }
    }

    /// Moves the total of a group to its exact sum; a number that it had no room for is the new one.
    #[cold]
    #[inline(never)]
    fn spill(&mut self, group: usize, number: i64) {
        let full = std::mem::replace(&mut self.cells[group].total, number);
        self.spilled.entry(group as u32).or_default().add_integer(full);
    }

    /// The value of a group.
    fn value(&self, group: usize) -> Value {
        let Cell { total, count } = self.cells[group];
        if count == 0 {
            return Value::Missing;
        }
        let Some(exact) = self.spilled.get(&(group as u32)) else {
            return if self.mean {
                Value::float(total as f64 / count as f64)
            } else {
                Value::Integer(total)
            };
        };
        let mut exact = exact.clone();
        exact.add_integer(total);
        match exact.to_integer() {
            Some(total) if !self.mean => Value::Integer(total),
            _ if self.mean => Value::float(exact.to_f64() / count as f64),
            _ => Value::float(exact.to_f64()),
        }
    }
}

/// How many values there are, and their sum.
fn count_and_total(values: &[i64], valid: Option<&[bool]>) -> (u64, i128) {
    match valid {
        None => (values.len() as u64, total(values)),
        Some(valid) => values
            .iter()
            .zip(valid)
            .filter(|(_, valid)| **valid)
            .fold((0, 0), |(count, total), (value, _)| (count + 1, total + i128::from(*value))),
    }
}

/// The sum of whole numbers.
fn total(values: &[i64]) -> i128 {
    // Halves of 32 bits each add up in 64 bits without a carry between them, so that several are
    // added at once; the upper half is made positive first.
    const PART: usize = 1 << 20;
    let part = |values: &[i64]| {
        let (low, high) = values.iter().fold((0_u64, 0_u64), |(low, high), value| {
            let bits = *value as u64 ^ 1 << 63;
            (low + (bits & u64::from(u32::MAX)), high + (bits >> 32))
        });
        (i128::from(high) << 32) + i128::from(low) - ((values.len() as i128) << 63)
    };
    values.chunks(PART).map(part).sum()
}

impl Accumulator for Sum {
    fn resize(&mut self, groups: usize) {
        self.cells.resize(groups, Cell::default());
    }

    fn update(&mut self, input: &Input<'_>) {
        let Some(column) = input.args.first() else { return };
        if let (Column::Integer(values, valid), Some(group)) = (column, input.one_group) {
            let group = group as usize;
            let (count, total) = count_and_total(values, valid.as_deref());
            self.cells[group].count += count;
            match i64::try_from(total) {
                Ok(total) => self.add(group, total),
                Err(_) => {
                    let exact = self.spilled.entry(group as u32).or_default();
                    values.iter().enumerate().for_each(|(row, value)| {
                        if valid.as_ref().is_none_or(|valid| valid[row]) {
                            exact.add_integer(*value);
                        }
                    });
                }
            }
            return;
        }
        if let Column::Integer(values, valid) = column {
            each_valid(values, valid, input.groups, |group, number| {
                self.cells[group].count += 1;
                self.add(group, number);
            });
            return;
        }
        each_number(column, input.groups, |group, number| {
            self.cells[group].count += 1;
            match number {
                Number::Integer(number) => self.add(group, number),
                Number::Float(number) => {
                    self.spilled.entry(group as u32).or_default().add_float(number);
                }
            }
        });
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Sum = same(other);
        for (&from, &into) in from.iter().zip(into) {
            let cell = other.cells[from as usize];
            self.cells[into as usize].count += cell.count;
            self.add(into as usize, cell.total);
            if let Some(exact) = other.spilled.get(&from) {
                self.spilled.entry(into).or_default().merge(exact);
            }
        }
    }

    fn finish(&mut self) -> Column {
        let groups = self.cells.len();
        let column = if self.spilled.is_empty() {
            let missing = self.cells.iter().any(|cell| cell.count == 0);
            let valid = missing.then(|| self.cells.iter().map(|cell| cell.count > 0).collect());
            if self.mean {
                // 0 / 0 is no number, but its place is not valid.
                let mean = |cell: &Cell| cell.total as f64 / cell.count.max(1) as f64;
                Column::Float(self.cells.iter().map(mean).collect(), valid)
            } else {
                Column::Integer(self.cells.iter().map(|cell| cell.total).collect(), valid)
            }
        } else {
            Column::from_values((0..groups).map(|group| self.value(group)).collect())
        };
        self.cells = Vec::new();
        self.spilled = HashMap::new();
        column
    }

    fn memory(&self) -> usize {
        let entry = size_of::<(u32, Exact)>() + 4 * size_of::<f64>(); // a few partial sums each
        self.cells.capacity() * size_of::<Cell>() + self.spilled.capacity() * entry
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;

    #[test]
    fn totals_in_halves_are_those_of_whole_numbers() {
        let odd = [0, 1, -1, i64::MAX, i64::MIN, 1 << 32, -(1 << 32), u32::MAX.into(), -5];
        for len in 0..odd.len() {
            let whole: i128 = odd[..len].iter().map(|value| i128::from(*value)).sum();
            assert_eq!(total(&odd[..len]), whole, "the first {len}");
        }
        let extreme = vec![i64::MIN; (1 << 20) + 1];
        assert_eq!(total(&extreme), i128::from(i64::MIN) * ((1 << 20) + 1));
    }

    #[test]
    fn totals_beyond_64_bits_are_exact() {
        let values = [i64::MAX, i64::MAX, 7, -i64::MAX, i64::MIN].map(Value::Integer);
        let back = every_way(&SUM, &[None], &one_group(&values));
        assert_eq!(back, [Value::Integer(6)]);
        let beyond = every_way(&SUM, &[None], &one_group(&values[..2]));
        assert_eq!(beyond, [Value::Float(2.0 * i64::MAX as f64)]);
    }

    #[test]
    fn fractions_do_not_gather_errors() {
        let tenths = vec![Value::Float(0.1); 10];
        assert_eq!(every_way(&SUM, &[None], &one_group(&tenths)), [Value::Float(1.0)]);
        let mixed = [1e16, 1.0, 0.25, -1e16].map(Value::Float);
        assert_eq!(every_way(&SUM, &[None], &one_group(&mixed)), [Value::Float(1.25)]);
        assert_eq!(every_way(&AVG, &[None], &one_group(&mixed)), [Value::Float(0.3125)]);
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let values = [
            (0, Value::Integer(1)),
            (0, Value::text("2.5")),
            (0, Value::text("-")),
            (1, Value::text("10.0.0.1")),
            (2, Value::Boolean(true)),
            (2, Value::Missing),
        ];
        let sums = every_way(&SUM, &[None], &values);
        assert_eq!(sums, [Value::Float(3.5), Value::Missing, Value::Integer(1)]);
        let means = every_way(&AVG, &[None], &values);
        assert_eq!(means, [Value::Float(1.75), Value::Missing, Value::Float(1.0)]);
    }
}
