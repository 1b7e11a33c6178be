//! Aggregates of the reference evaluator: all values of a group in a list, then one answer.

use std::collections::HashSet;

use super::value::{Number, Value, compare_numbers, sort_order};

/// The names of all aggregates, in lower case.
pub const NAMES: &[&str] =
    &["count", "count_distinct", "sum", "avg", "min", "max", "pct", "stddev", "earliest", "latest"];

/// The answer for a group; `None` for the values is `count(*)`. `times` are those of the records.
pub fn aggregate(
    name: &str,
    values: &[Value],
    times: &[Value],
    star: bool,
    percentage: Option<f64>,
) -> Value {
    let present: Vec<&Value> = values.iter().filter(|value| !value.is_missing()).collect();
    let numbers: Vec<Number> = present.iter().filter_map(|value| value.number()).collect();
    let extreme = |largest: bool| {
        let sorted = present.iter().copied().max_by(|a, b| match largest {
            true => sort_order(a, b),
            false => sort_order(b, a),
        });
        sorted.cloned().unwrap_or(Value::Missing)
    };
    match name {
        "count" if star => Value::Whole(values.len() as i64),
        _ if present.is_empty() => Value::Missing,
        "count" => Value::Whole(present.len() as i64),
        "count_distinct" => {
            let distinct: HashSet<_> = present.iter().map(|value| value.identity()).collect();
            Value::Whole(distinct.len() as i64)
        }
        "min" => extreme(false),
        "max" => extreme(true),
        "earliest" => edge(values, times, false),
        "latest" => edge(values, times, true),
        _ if numbers.is_empty() => Value::Missing,
        "sum" => sum(&numbers),
        "avg" => mean(&numbers),
        "stddev" => deviation(&numbers),
        "pct" => percentile(numbers, percentage.expect("a percentage")),
        _ => panic!("the reference evaluator does not know `{name}`"),
    }
}

/// The whole numbers, if there are no others.
fn all_whole(numbers: &[Number]) -> Option<Vec<i128>> {
    let whole = |number: &Number| match number {
        Number::Whole(whole) => Some(i128::from(*whole)),
        Number::Fraction(_) => None,
    };
    numbers.iter().map(whole).collect()
}

fn sum(numbers: &[Number]) -> Value {
    let whole = all_whole(numbers).and_then(|whole| i64::try_from(whole.iter().sum::<i128>()).ok());
    whole.map_or_else(|| Value::fraction(total(numbers)), Value::Whole)
}

fn mean(numbers: &[Number]) -> Value {
    let total = match all_whole(numbers) {
        Some(whole) => whole.iter().sum::<i128>() as f64,
        None => total(numbers),
    };
    Value::fraction(total / numbers.len() as f64)
}

/// The sum of floats, rounded once: partial sums that do not overlap hold it exactly.
fn total(numbers: &[Number]) -> f64 {
    let mut partials: Vec<f64> = Vec::new();
    for number in numbers {
        let mut x = number.float();
        let mut kept = Vec::new();
        for mut y in partials {
            if x.abs() < y.abs() {
                (x, y) = (y, x);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                kept.push(low);
            }
            x = high;
        }
        kept.push(x);
        partials = kept;
    }
    partials.iter().sum()
}

/// Of the population: the root of the mean square of the distances from the mean. A distance times
/// the count is the sum of the distances from all numbers, which is exact.
fn deviation(numbers: &[Number]) -> Value {
    let count = numbers.len() as f64;
    let distances: Vec<f64> = match all_whole(numbers) {
        Some(whole) => {
            let sum: i128 = whole.iter().sum();
            whole.iter().map(|number| (number * whole.len() as i128 - sum) as f64).collect()
        }
        None => {
            let pair = |a: &Number, b: &Number| {
                [Number::Fraction(a.float()), Number::Fraction(-b.float())]
            };
            let sum = |a| total(&numbers.iter().flat_map(|b| pair(a, b)).collect::<Vec<_>>());
            numbers.iter().map(sum).collect()
        }
    };
    let squares: f64 = distances.iter().map(|distance| (distance / count).powi(2)).sum();
    Value::fraction((squares / count).sqrt())
}

/// Interpolated between the two nearest ranks.
fn percentile(mut numbers: Vec<Number>, percentage: f64) -> Value {
    numbers.sort_by(|a, b| compare_numbers(*a, *b));
    let rank = (numbers.len() - 1) as f64 * percentage / 100.0;
    let (low, high) = (numbers[rank.floor() as usize], numbers[rank.ceil() as usize]);
    match low {
        Number::Whole(whole) if rank.fract() == 0.0 => Value::Whole(whole),
        _ => {
            let (low, high) = (low.float(), high.float());
            Value::fraction(low + (high - low) * rank.fract())
        }
    }
}

/// The value of the first or last record in time among those that have it.
fn edge(values: &[Value], times: &[Value], latest: bool) -> Value {
    let mut best: Option<(i64, &Value)> = None;
    for (value, time) in values.iter().zip(times) {
        let Value::Time(time) = time else { continue };
        let wins = best.is_none_or(|(best, _)| if latest { *time >= best } else { *time < best });
        if !value.is_missing() && wins {
            best = Some((*time, value));
        }
    }
    match best {
        Some((_, Value::Time(milliseconds))) => Value::Whole(*milliseconds),
        Some((_, value)) => value.clone(),
        None => Value::Missing,
    }
}
