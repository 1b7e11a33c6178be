//! `rate`: how much a group's value changes per period, from its first record to its last.

use std::any::Any;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use super::edge::time_of;
use crate::data::time::Timestamp;
use crate::data::{Column, Number, Position, Value};
use crate::functions::function::{Arg, Kind, example};

/// `rate`
pub const RATE: Aggregate = Aggregate {
    name: "rate",
    aliases: &[],
    args: &[Arg::new("field", Kind::Number), Arg::new("period", Kind::Period)],
    star: false,
    implicit_time: true,
    alone: false,
    gives: Gives::Number,
    summary: "The change per period: the number at the latest `@timestamp` less the one at the \
              earliest, divided by the time between them and multiplied by the period. 0 where the \
              two are equal; missing where there is no number, or no time between different ones.",
    examples: &[
        example("rate(x, 1s)", "1000"),
        example("rate(x * x, 1ms)", "5"),
        example("rate(x - x, 1m)", "0"),
        example("rate(absent, 1m)", ""),
    ],
    make,
};

fn make(literals: &[Option<Value>]) -> Result<Box<dyn Accumulator>, String> {
    let Some(Some(Value::Period(period))) = literals.get(1) else {
        return Err(
            "`rate` expects a period as its second argument, as in rate(bytes, 1m)".to_owned()
        );
    };
    match period.milliseconds() {
        Some(period) if period > 0 => Ok(Box::new(Rate { period, cells: Vec::new() })),
        _ => Err(format!("{period} is not always equally long; write it in days, as in 30d")),
    }
}

/// A number and where it stands.
#[derive(Clone, Copy)]
struct End {
    place: (Timestamp, Position),
    number: Number,
}

/// The first and the last number of every group.
struct Rate {
    /// In milliseconds.
    period: i64,
    cells: Vec<Option<(End, End)>>,
}

impl Rate {
    fn add(&mut self, group: u32, (first, last): (End, End)) {
        let cell = &mut self.cells[group as usize];
        let known = cell.get_or_insert((first, last));
        if first.place < known.0.place {
            known.0 = first;
        }
        if last.place > known.1.place {
            known.1 = last;
        }
    }

    fn value(&self, first: End, last: End) -> Value {
        let change = match (last.number, first.number) {
            // Counters beyond 2^53 still differ exactly.
            (Number::Integer(last), Number::Integer(first)) => {
                (i128::from(last) - i128::from(first)) as f64
            }
            (last, first) => last.to_f64() - first.to_f64(),
        };
        let elapsed = i128::from(last.place.0) - i128::from(first.place.0);
        match (change == 0.0, elapsed) {
            (true, _) => Value::Integer(0),
            (false, 0) => Value::Missing,
            (false, elapsed) => Value::float(change * self.period as f64 / elapsed as f64),
        }
    }
}

impl Accumulator for Rate {
    fn resize(&mut self, groups: usize) {
        self.cells.resize(groups, None);
    }

    fn update(&mut self, input: &Input<'_>) {
        let (Some(column), Some(times)) = (input.args.first(), input.args.last()) else { return };
        for (row, (&group, &position)) in input.groups.iter().zip(input.positions).enumerate() {
            if let (Some(number), Some(time)) = (column.value(row).number(), time_of(times, row)) {
                let end = End { place: (time, position), number };
                self.add(group, (end, end));
            }
        }
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Rate = same(other);
        for (&from, &into) in from.iter().zip(into) {
            if let Some(ends) = other.cells[from as usize] {
                self.add(into, ends);
            }
        }
    }

    fn finish(&mut self) -> Column {
        let cells = std::mem::take(&mut self.cells);
        let value = |cell: Option<(End, End)>| {
            cell.map_or(Value::Missing, |(first, last)| self.value(first, last))
        };
        Column::from_values(cells.into_iter().map(value).collect())
    }

    fn memory(&self) -> usize {
        self.cells.capacity() * size_of::<Option<(End, End)>>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;
    use crate::data::period::{Period, Unit};

    fn rate(count: u64, unit: Unit, values: &[Value]) -> Value {
        let period = Value::Period(Period { count, unit });
        every_way(&RATE, &[None, Some(period)], &one_group(values)).remove(0)
    }

    // Record i lies at i / 2 seconds.
    #[test]
    fn first_and_last_number_decide() {
        let values = [10, 99, -5, 0, 7, 40].map(Value::Integer);
        assert_eq!(rate(1, Unit::Second, &values), Value::Float(15.0));
        assert_eq!(rate(1, Unit::Minute, &values), Value::Float(900.0));
        let falling = [Value::text("-"), Value::Float(2.5), Value::text("1"), Value::Missing];
        assert_eq!(rate(2, Unit::Second, &falling), Value::Float(-3.0));
        let large = [i64::MIN, 0, i64::MIN + 1].map(Value::Integer);
        assert_eq!(rate(1, Unit::Second, &large), Value::Float(1.0));
    }

    #[test]
    fn no_change_is_zero_and_no_time_is_missing() {
        assert_eq!(rate(1, Unit::Minute, &[Value::Integer(5)]), Value::Integer(0));
        let constant = [5, 9, 5].map(Value::Integer);
        assert_eq!(rate(1, Unit::Minute, &constant), Value::Integer(0));
        let at_once = [5, 9].map(Value::Integer);
        assert_eq!(rate(1, Unit::Minute, &at_once), Value::Missing);
        assert_eq!(rate(1, Unit::Minute, &[Value::text("-")]), Value::Missing);
        for unit in [Unit::Month, Unit::Quarter, Unit::Year] {
            let period = Value::Period(Period { count: 1, unit });
            assert!((RATE.make)(&[None, Some(period)]).is_err());
        }
        assert!((RATE.make)(&[None, Some(Value::Integer(5))]).is_err());
    }
}
