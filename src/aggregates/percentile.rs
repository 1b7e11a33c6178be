//! `pct`: exact percentiles over all values of a group.

use std::any::Any;
use std::sync::OnceLock;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use super::numbers::each_number;
use super::runs::Runs;
use crate::data::{Column, Number, Value};
use crate::functions::function::{Arg, Kind, example};

/// `pct`
pub const PCT: Aggregate = Aggregate {
    name: "pct",
    // Not documented, but in queries that AWS publishes; a hint says so.
    aliases: &["percentile"],
    args: &[Arg::new("field", Kind::Number), Arg::new("percentage", Kind::Number)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Measure,
    summary: "The value below which that percentage of the numbers lies, from 0 to 100, exact; \
              between two numbers it is interpolated. Values that are no numbers are left out, and \
              missing where there is none.",
    examples: &[
        example("pct(x, 50)", "2.5"),
        example("pct(x, 100)", "4"),
        example("pct(x, 90)", "3.7"),
        example("pct(absent, 50)", ""),
    ],
    make,
};

fn make(literals: &[Option<Value>]) -> Result<Box<dyn Accumulator>, String> {
    let Some(Some(percentage)) = literals.get(1) else {
        return Err("the percentage must be written out, as in `pct(bytes, 95)`".to_owned());
    };
    match percentage.number().map(Number::to_f64) {
        Some(percent) if (0.0..=100.0).contains(&percent) => {
            Ok(Box::new(Percentile { percent, ..Percentile::default() }))
        }
        _ => {
            let written = percentage.print().unwrap_or_default();
            Err(format!("a percentage goes from 0 to 100, as in `pct(bytes, 95)`, not {written}"))
        }
    }
}

/// All numbers of all groups, as they came.
#[derive(Default)]
struct Percentile {
    /// From 0 to 100.
    percent: f64,
    groups: usize,
    integers: Vec<i64>,
    groups_of_integers: Vec<u32>,
    floats: Vec<(u32, f64)>,
    /// The numbers by group, made when this is first merged into another.
    by_group: OnceLock<Runs<Pick>>,
}

/// A number that can fill a list.
#[derive(Clone, Copy, Debug)]
struct Pick(Number);

impl Default for Pick {
    fn default() -> Pick {
        Pick(Number::Integer(0))
    }
}

impl Percentile {
    fn add(&mut self, group: u32, number: Number) {
        match number {
            Number::Integer(whole) => {
                self.integers.push(whole);
                self.groups_of_integers.push(group);
            }
            Number::Float(float) => self.floats.push((group, float)),
        }
    }

    fn runs(&self) -> Runs<Pick> {
        let groups = self.groups_of_integers.iter().copied();
        let integers = self.integers.iter().map(|&whole| Pick(Number::Integer(whole)));
        let floats = self.floats.iter().map(|&(group, float)| (group, Pick(Number::Float(float))));
        Runs::new(self.groups, groups.zip(integers).chain(floats))
    }
}

impl Accumulator for Percentile {
    fn resize(&mut self, groups: usize) {
        self.groups = groups;
        self.by_group.take();
    }

    fn update(&mut self, input: &Input<'_>) {
        let Some(column) = input.args.first() else { return };
        self.by_group.take();
        each_number(column, input.groups, |group, number| self.add(group as u32, number));
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Percentile = same(other);
        let runs = other.by_group.get_or_init(|| other.runs());
        self.by_group.take();
        for (&from, &into) in from.iter().zip(into) {
            runs.of(from).iter().for_each(|pick| self.add(into, pick.0));
        }
    }

    fn finish(&mut self) -> Column {
        let mut runs = self.runs();
        let groups = self.groups;
        let percent = self.percent;
        *self = Percentile { percent, ..Percentile::default() };
        let value = |group| percentile(runs.of_mut(group), percent);
        Column::from_values((0..groups).map(value).collect())
    }

    fn memory(&self) -> usize {
        self.integers.capacity() * 8
            + self.groups_of_integers.capacity() * 4
            + self.floats.capacity() * size_of::<(u32, f64)>()
            + self.by_group.get().map_or(0, Runs::memory)
            + size_of::<Percentile>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The percentile of some numbers, which are put in another order; missing if there are none.
///
/// Linear interpolation between the two nearest ranks of n numbers, at (n - 1) p / 100 (method 7 of
/// Hyndman and Fan, 1996). The reference defines a percentile as the value "at which p percent of
/// the values are lower": of 1 to 100, exactly 95 are lower than the 95th percentile 95.05, but
/// only 94 are lower than 95, the nearest rank.
fn percentile(numbers: &mut [Pick], percent: f64) -> Value {
    let Some(last) = numbers.len().checked_sub(1) else { return Value::Missing };
    // The rank in hundredths: a whole percentage of a whole number of values has no rounding.
    let rank = last as f64 * percent;
    let below = ((rank / 100.0).floor() as usize).min(last);
    let (_, low, above) = numbers.select_nth_unstable_by(below, |a, b| a.0.compare(b.0));
    let low = low.0;
    let high = above.iter().map(|pick| pick.0).min_by(|a, b| a.compare(*b)).unwrap_or(low);
    interpolate(low, high, rank - below as f64 * 100.0)
}

/// The number that lies some hundredths of the way from one to another.
fn interpolate(low: Number, high: Number, hundredths: f64) -> Value {
    if hundredths <= 0.0 || low.compare(high).is_eq() {
        return match low {
            Number::Integer(whole) => Value::Integer(whole),
            Number::Float(float) => Value::float(float),
        };
    }
    match (low, high) {
        // Neighbouring large numbers are told apart before they are rounded to floats.
        (Number::Integer(low), Number::Integer(high)) => {
            let step = (i128::from(high) - i128::from(low)) as f64 * hundredths / 100.0;
            let whole = step.floor();
            let base = (i128::from(low) + whole as i128) as f64;
            Value::float(base + (step - whole))
        }
        _ => {
            let (low, high) = (low.to_f64(), high.to_f64());
            let fraction = hundredths / 100.0;
            Value::float(low * (1.0 - fraction) + high * fraction)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;

    fn percentiles(values: &[Value], percentages: &[f64]) -> Vec<Value> {
        let one = |&percentage: &f64| {
            let literals = [None, Some(Value::Float(percentage))];
            every_way(&PCT, &literals, &one_group(values)).remove(0)
        };
        percentages.iter().map(one).collect()
    }

    #[test]
    fn between_ranks_it_is_interpolated() {
        let values: Vec<Value> = [3, 1, 4, 2].map(Value::Integer).to_vec();
        let found = percentiles(&values, &[0.0, 25.0, 50.0, 100.0]);
        let wanted = [Value::Integer(1), Value::Float(1.75), Value::Float(2.5), Value::Integer(4)];
        assert_eq!(found, wanted);
        let hundred: Vec<Value> = (1..=100).map(Value::Integer).collect();
        assert_eq!(percentiles(&hundred, &[95.0]), [Value::Float(95.05)]);
    }

    #[test]
    fn values_that_occur_stay_exact() {
        let big = [i64::MAX, i64::MAX - 1, i64::MIN].map(Value::Integer);
        assert_eq!(percentiles(&big, &[50.0]), [Value::Integer(i64::MAX - 1)]);
        assert_eq!(percentiles(&[Value::Integer(7)], &[99.9]), [Value::Integer(7)]);
        let mixed = [Value::Float(0.5), Value::Integer(1), Value::text("2"), Value::text("-")];
        assert_eq!(
            percentiles(&mixed, &[0.0, 50.0, 75.0]),
            [Value::Float(0.5), Value::Integer(1), Value::Float(1.5)]
        );
    }

    #[test]
    fn groups_are_apart() {
        let records: Vec<_> = (0..20).map(|i| (i % 3, Value::Integer(i64::from(i * i)))).collect();
        let middle = every_way(&PCT, &[None, Some(Value::Integer(50))], &records);
        assert_eq!(middle, [Value::Integer(81), Value::Integer(100), Value::Float(92.5)]);
        let none = every_way(&PCT, &[None, Some(Value::Integer(50))], &[(1, Value::Integer(1))]);
        assert_eq!(none, [Value::Missing, Value::Integer(1)]);
    }

    #[test]
    fn the_percentage_is_checked() {
        for odd in
            [None, Some(Value::Integer(101)), Some(Value::Float(-0.5)), Some(Value::text("p"))]
        {
            assert!(make(&[None, odd.clone()]).is_err(), "{odd:?}");
        }
        assert!(make(&[None, Some(Value::Float(99.9))]).is_ok());
    }
}
