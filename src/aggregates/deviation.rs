//! `stddev` and `variance`: of the population, from exact sums of values and of their squares.

use std::any::Any;
use std::collections::HashMap;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use super::numbers::each_number;
use crate::data::exact::Exact;
use crate::data::{Column, Number, Value};
use crate::functions::function::{Arg, Kind, example};

/// `stddev`
pub const STDDEV: Aggregate = Aggregate {
    name: "stddev",
    aliases: &[],
    args: &[Arg::new("field", Kind::Number)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Measure,
    summary: "The standard deviation of the numbers, taken as the whole population; values that \
              are no numbers are left out, and missing where there is none.",
    examples: &[example("stddev(x)", "1.118033988749895"), example("stddev(absent)", "")],
    make: |_| Ok(Box::new(Deviation { root: true, ..Deviation::default() })),
};

/// `variance`
pub const VARIANCE: Aggregate = Aggregate {
    name: "variance",
    aliases: &[],
    args: &[Arg::new("field", Kind::Number)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Number,
    summary: "The variance of the numbers, taken as the whole population; values that are no \
              numbers are left out, and missing where there is none.",
    examples: &[example("variance(x)", "1.25"), example("variance(absent)", "")],
    make: |_| Ok(Box::new(Deviation { root: false, ..Deviation::default() })),
};

/// The sums of the whole numbers of a group, and how many numbers it has in all.
#[derive(Clone, Copy, Default)]
struct Cell {
    count: u64,
    sum: i128,
    squares: i128,
}

/// The square of the smallest whole number; larger sums of squares spill, so that every sum here
/// has an exact neighbour among the floats.
const MOST_SQUARES: i128 = 1 << 126;

/// The sums of the fractions of a group, and of squares beyond 126 bits.
#[derive(Clone, Default)]
struct Spilled {
    sum: Exact,
    squares: Exact,
}

/// The sums of all groups.
#[derive(Default)]
struct Deviation {
    /// Whether standard deviations are asked for.
    root: bool,
    cells: Vec<Cell>,
    spilled: HashMap<u32, Spilled>,
}

impl Deviation {
    /// Adds squares of whole numbers.
    #[inline]
    fn add_squares(&mut self, group: usize, squares: i128) {
        let cell = &mut self.cells[group];
        match cell.squares.checked_add(squares) {
            Some(sum) if sum <= MOST_SQUARES => cell.squares = sum,
            _ => {
                let full = std::mem::replace(&mut cell.squares, squares);
                let spilled = self.spilled.entry(group as u32).or_default();
                parts_of_integer(full).for_each(|part| spilled.squares.add_float(part));
            }
        }
    }

    /// The value of a group.
    fn value(&self, group: usize) -> Value {
        let Cell { count, sum, squares } = self.cells[group];
        if count == 0 {
            return Value::Missing;
        }
        let spilled = self.spilled.get(&(group as u32));
        let mut sums: Vec<f64> = parts_of_integer(sum).collect();
        let mut squares: Vec<f64> = parts_of_integer(squares).collect();
        if let Some(spilled) = spilled {
            sums.extend(parts_of_sum(&spilled.sum));
            squares.extend(parts_of_sum(&spilled.squares));
        }
        // (n Σx² - (Σx)²) / n²: the difference of two large sums is taken before it is rounded.
        let count = count as f64;
        let mut difference = Exact::default();
        squares.iter().for_each(|part| difference.add_product(count, *part));
        for a in &sums {
            sums.iter().for_each(|b| difference.add_product(-a, *b));
        }
        let difference = difference.to_f64();
        // Below 0 only by rounding; squares beyond the range of floats give no number.
        let variance = if difference < 0.0 { 0.0 } else { difference / count / count };
        Value::float(if self.root { variance.sqrt() } else { variance })
    }
}

/// Floats that add up to a whole number exactly.
fn parts_of_integer(mut whole: i128) -> impl Iterator<Item = f64> {
    std::iter::from_fn(move || {
        let part = whole as f64;
        whole = whole.checked_sub(part as i128)?;
        (part != 0.0).then_some(part)
    })
}

/// Floats that add up to a sum, to more than 150 bits.
fn parts_of_sum(sum: &Exact) -> impl Iterator<Item = f64> {
    let mut rest = sum.clone();
    let parts = std::iter::from_fn(move || {
        let part = rest.to_f64();
        rest.add_float(-part);
        (part != 0.0).then_some(part)
    });
    parts.take(4)
}

impl Accumulator for Deviation {
    fn resize(&mut self, groups: usize) {
        self.cells.resize(groups, Cell::default());
    }

    fn update(&mut self, input: &Input<'_>) {
        let Some(column) = input.args.first() else { return };
        each_number(column, input.groups, |group, number| {
            self.cells[group].count += 1;
            match number {
                Number::Integer(whole) => {
                    // 2^64 numbers of 64 bits fit 128 bits.
                    self.cells[group].sum += i128::from(whole);
                    self.add_squares(group, i128::from(whole) * i128::from(whole));
                }
                Number::Float(float) => {
                    let spilled = self.spilled.entry(group as u32).or_default();
                    spilled.sum.add_float(float);
                    spilled.squares.add_product(float, float);
                }
            }
        });
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Deviation = same(other);
        for (&from, &into) in from.iter().zip(into) {
            let Cell { count, sum, squares } = other.cells[from as usize];
            let cell = &mut self.cells[into as usize];
            cell.count += count;
            cell.sum += sum;
            self.add_squares(into as usize, squares);
            if let Some(theirs) = other.spilled.get(&from) {
                let spilled = self.spilled.entry(into).or_default();
                spilled.sum.merge(&theirs.sum);
                spilled.squares.merge(&theirs.squares);
            }
        }
    }

    fn finish(&mut self) -> Column {
        let values = (0..self.cells.len()).map(|group| self.value(group)).collect();
        self.cells = Vec::new();
        self.spilled = HashMap::new();
        Column::from_values(values)
    }

    fn memory(&self) -> usize {
        let entry = size_of::<(u32, Spilled)>() + 8 * size_of::<f64>(); // a few partial sums each
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

    fn variance(values: &[Value]) -> Value {
        every_way(&VARIANCE, &[None], &one_group(values)).remove(0)
    }

    // Expected values: exact fractions, rounded once.
    #[test]
    fn a_large_mean_costs_no_digits() {
        let base = 1_700_000_000_000;
        let times = [base + 1, base + 2, base + 3, base + 4].map(Value::Integer);
        assert_eq!(variance(&times), Value::Float(1.25));
        let fractions = [1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75, 1e9 + 1.0].map(Value::Float);
        assert_eq!(variance(&fractions), Value::Float(0.078_125));
        let mixed = [Value::Float(0.5), Value::Integer(1), Value::text("1.5"), Value::text("-")];
        assert_eq!(variance(&mixed), Value::Float(0.5 / 3.0));
    }

    #[test]
    fn squares_beyond_126_bits_spill() {
        let ends = [i64::MIN, i64::MAX, i64::MIN, i64::MAX, i64::MIN, i64::MAX];
        let half = 2f64.powi(63); // both ends lie 2^63 from the middle, to 53 bits
        assert_eq!(variance(&ends.map(Value::Integer)), Value::Float(half * half));
    }

    #[test]
    fn few_values() {
        assert_eq!(variance(&[Value::Integer(5)]), Value::Float(0.0));
        assert_eq!(variance(&[Value::Missing]), Value::Missing);
        assert_eq!(variance(&[1e200, -1e200].map(Value::Float)), Value::Missing);
        let values = one_group(&[2, 4, 4, 4, 5, 5, 7, 9].map(Value::Integer));
        assert_eq!(every_way(&STDDEV, &[None], &values), [Value::Float(2.0)]);
    }
}
