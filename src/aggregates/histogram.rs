//! `histogram`: the numbers of a group in buckets of equal width between the least and the largest.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use super::numbers::each_number;
use crate::data::number::print_float;
use crate::data::{Column, Number, Value};
use crate::functions::function::{Arg, Kind, example};

/// `histogram`
pub const HISTOGRAM: Aggregate = Aggregate {
    name: "histogram",
    aliases: &[],
    args: &[Arg::new("field", Kind::Number), Arg::new("buckets", Kind::Number)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Number,
    summary: "A map from the lower bound of each bucket to how many numbers it holds: buckets of \
              equal width from the least number to the largest, which is in the last of them. One \
              bucket where all are equal; missing where there is none. Behind `by`, `histogram` is \
              a function with the width of a bucket.",
    examples: &[
        example("histogram(x, 3)", "{\"1\":1,\"2\":1,\"3\":2}"),
        example("histogram(x, 2)", "{\"1\":2,\"2.5\":2}"),
        example("histogram(x - x, 5)", "{\"0\":4}"),
        example("histogram(absent, 5)", ""),
    ],
    make,
};

/// The most buckets.
const MOST: i64 = 10_000;

fn make(literals: &[Option<Value>]) -> Result<Box<dyn Accumulator>, String> {
    match literals.get(1) {
        Some(Some(Value::Integer(buckets @ 1..=MOST))) => {
            Ok(Box::new(Histogram { buckets: *buckets as usize, groups: Vec::new() }))
        }
        _ => Err("the number of buckets is a whole number from 1 to 10000, written out, as in \
                  histogram(bytes, 10)"
            .to_owned()),
    }
}

/// How often each number is there, in all groups.
struct Histogram {
    buckets: usize,
    /// By the bits of the number as a float, never those of -0.
    groups: Vec<HashMap<u64, u64>>,
}

impl Accumulator for Histogram {
    fn resize(&mut self, groups: usize) {
        self.groups.resize_with(groups, HashMap::new);
    }

    fn update(&mut self, input: &Input<'_>) {
        let Some(column) = input.args.first() else { return };
        let groups = &mut self.groups;
        each_number(column, input.groups, |group, number: Number| {
            // Adding 0 turns -0 into 0.
            let bits = (number.to_f64() + 0.0).to_bits();
            *groups[group].entry(bits).or_default() += 1;
        });
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Histogram = same(other);
        for (&from, &into) in from.iter().zip(into) {
            for (bits, count) in &other.groups[from as usize] {
                *self.groups[into as usize].entry(*bits).or_default() += count;
            }
        }
    }

    fn finish(&mut self) -> Column {
        let groups = std::mem::take(&mut self.groups);
        let maps = groups.into_iter().map(|counts| {
            let counts: Vec<(f64, u64)> =
                counts.into_iter().map(|(bits, count)| (f64::from_bits(bits), count)).collect();
            map(&counts, self.buckets).map_or(Value::Missing, |map| Value::Json(Arc::new(map)))
        });
        Column::from_values(maps.collect())
    }

    fn memory(&self) -> usize {
        let entries: usize = self.groups.iter().map(HashMap::capacity).sum();
        self.groups.capacity() * size_of::<HashMap<u64, u64>>() + entries * size_of::<(u64, u64)>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The map of the buckets; `None` where there is no number.
fn map(counts: &[(f64, u64)], buckets: usize) -> Option<serde_json::Value> {
    let least = counts.iter().map(|(number, _)| *number).reduce(f64::min)?;
    let largest = counts.iter().map(|(number, _)| *number).reduce(f64::max)?;
    let mut bounds = bounds(least, largest, buckets);
    bounds.dedup();
    let mut held = vec![0_u64; bounds.len()];
    for (number, count) in counts {
        let bucket = bounds.partition_point(|bound| bound <= number).saturating_sub(1);
        if let Some(held) = held.get_mut(bucket) {
            *held += count;
        }
    }
    let members = bounds.iter().zip(held).map(|(bound, held)| (print_float(*bound), held.into()));
    Some(serde_json::Value::Object(members.collect()))
}

/// The lower bounds of the buckets, in order.
fn bounds(least: f64, largest: f64, buckets: usize) -> Vec<f64> {
    if least == largest {
        return vec![least];
    }
    let n = buckets as f64;
    let bound = |bucket: usize| {
        let i = bucket as f64;
        // Whole bounds come out whole; only the largest numbers need the second form.
        let bound = (least * (n - i) + largest * i) / n;
        if bound.is_finite() { bound } else { least * ((n - i) / n) + largest * (i / n) }
    };
    // Rounding must neither leave the least number out nor put a bound below another.
    let mut before = least;
    let mut next = |bucket| {
        before = if bucket == 0 { least } else { bound(bucket).clamp(before, largest) };
        before
    };
    (0..buckets).map(&mut next).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;

    fn histogram(buckets: i64, values: &[Value]) -> String {
        let literals = [None, Some(Value::Integer(buckets))];
        let map = every_way(&HISTOGRAM, &literals, &one_group(values)).remove(0);
        map.print().unwrap_or_default().into_owned()
    }

    // The wanted counts are those of numpy.histogram.
    #[test]
    fn buckets_of_equal_width() {
        let values = [1, 5, 2, 9, 5, 21, 0, 9].map(Value::Integer);
        assert_eq!(histogram(3, &values), r#"{"0":5,"7":2,"14":1}"#);
        assert_eq!(histogram(1, &values), r#"{"0":8}"#);
        let values = [Value::Float(-0.5), Value::text("0.5"), Value::text("-"), Value::Missing];
        assert_eq!(histogram(4, &values), r#"{"-0.5":1,"-0.25":0,"0":0,"0.25":1}"#);
    }

    #[test]
    fn one_number_none_and_the_largest() {
        assert_eq!(histogram(10, &[7, 7].map(Value::Integer)), r#"{"7":2}"#);
        assert_eq!(histogram(10, &[Value::Float(-0.0), Value::Integer(0)]), r#"{"0":2}"#);
        assert_eq!(histogram(10, &[Value::text("-")]), "");
        let far = [Value::Float(f64::MIN), Value::Float(f64::MAX), Value::Integer(0)];
        let total: u64 = {
            let counts = [(f64::MIN, 1), (f64::MAX, 1), (0.0, 1)];
            let map = map(&counts, 7).expect("a map");
            map.as_object().into_iter().flatten().filter_map(|(_, held)| held.as_u64()).sum()
        };
        assert_eq!(total, 3);
        assert!(!histogram(7, &far).is_empty());
        let near = [1.0, 1.0_f64.next_up()].map(Value::Float);
        assert_eq!(histogram(1000, &near).matches(':').count(), 2, "two bounds at most");
        for bad in [Value::Integer(0), Value::Float(2.5), Value::text("x")] {
            assert!((HISTOGRAM.make)(&[None, Some(bad)]).is_err());
        }
    }
}
