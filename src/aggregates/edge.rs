//! `earliest` and `latest`: the value of a group's first or last record in time.

use std::any::Any;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use crate::data::time::Timestamp;
use crate::data::{Column, Number, Position, Value};
use crate::functions::function::{Arg, Kind, example};

/// `earliest`
pub const EARLIEST: Aggregate = Aggregate {
    name: "earliest",
    aliases: &[],
    args: &[Arg::new("field", Kind::Any)],
    star: false,
    implicit_time: true,
    alone: false,
    gives: Gives::Picked,
    summary: "The value in the record with the earliest `@timestamp` among those that have the \
              field, the first of them in the logs if several do; a time is given in milliseconds.",
    examples: &[example("earliest(x)", "1"), example("earliest(absent)", "")],
    make: |_| Ok(Box::new(Edge { latest: false, cells: Vec::new() })),
};

/// `latest`
pub const LATEST: Aggregate = Aggregate {
    name: "latest",
    aliases: &[],
    args: &[Arg::new("field", Kind::Any)],
    star: false,
    implicit_time: true,
    alone: false,
    gives: Gives::Picked,
    summary: "The value in the record with the latest `@timestamp` among those that have the \
              field, the last of them in the logs if several do; a time is given in milliseconds.",
    examples: &[example("latest(x)", "4"), example("latest(absent)", "")],
    make: |_| Ok(Box::new(Edge { latest: true, cells: Vec::new() })),
};

/// The record of a group that is at the edge so far; its value is missing where there is none.
#[derive(Clone)]
struct Cell {
    /// Records of one time stand in the order of the logs.
    place: (Timestamp, Position),
    value: Value,
}

/// The records at the edge, of all groups.
struct Edge {
    latest: bool,
    cells: Vec<Cell>,
}

impl Edge {
    /// Whether a record at a place takes the place of the one a group has.
    #[inline]
    fn wins(&self, group: usize, place: (Timestamp, Position)) -> bool {
        let cell = &self.cells[group];
        let further = if self.latest { place > cell.place } else { place < cell.place };
        further || cell.value.is_missing()
    }
}

impl Accumulator for Edge {
    fn resize(&mut self, groups: usize) {
        self.cells.resize(groups, Cell { place: (0, 0), value: Value::Missing });
    }

    fn update(&mut self, input: &Input<'_>) {
        let (Some(column), Some(times)) = (input.args.first(), input.args.last()) else { return };
        for (row, (&group, &position)) in input.groups.iter().zip(input.positions).enumerate() {
            let Some(time) = time_of(times, row) else { continue };
            if column.is_missing(row) || !self.wins(group as usize, (time, position)) {
                continue;
            }
            let value = match column.value(row) {
                Value::Time(milliseconds) => Value::Integer(milliseconds),
                value => value,
            };
            self.cells[group as usize] = Cell { place: (time, position), value };
        }
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Edge = same(other);
        for (&from, &into) in from.iter().zip(into) {
            let cell = &other.cells[from as usize];
            if !cell.value.is_missing() && self.wins(into as usize, cell.place) {
                self.cells[into as usize] = cell.clone();
            }
        }
    }

    fn finish(&mut self) -> Column {
        let cells = std::mem::take(&mut self.cells);
        Column::from_values(cells.into_iter().map(|cell| cell.value).collect())
    }

    fn memory(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The time of a record; `None` where it has none.
#[inline]
pub(super) fn time_of(times: &Column, row: usize) -> Option<Timestamp> {
    match times {
        Column::Time(values, None) => Some(values[row]),
        _ => match times.value(row).number()? {
            Number::Integer(milliseconds) => Some(milliseconds),
            Number::Float(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;

    // Record i lies at i / 2 seconds: records 0 and 1 share a time, and so do 2 and 3.
    #[test]
    fn records_of_one_time_stand_in_the_order_of_the_logs() {
        let records = one_group(&["a", "b", "c", "d"].map(Value::text));
        assert_eq!(every_way(&EARLIEST, &[None], &records), [Value::text("a")]);
        assert_eq!(every_way(&LATEST, &[None], &records), [Value::text("d")]);
    }

    #[test]
    fn records_without_the_field_do_not_count() {
        let records = [
            (0, Value::Missing),
            (0, Value::text("b")),
            (0, Value::Integer(3)),
            (0, Value::Missing),
            (1, Value::Missing),
        ];
        let earliest = every_way(&EARLIEST, &[None], &records);
        assert_eq!(earliest, [Value::text("b"), Value::Missing]);
        assert_eq!(every_way(&LATEST, &[None], &records), [Value::Integer(3), Value::Missing]);
    }

    #[test]
    fn a_time_is_given_in_milliseconds() {
        let times = one_group(&[Value::Time(1_780_503_582_214), Value::Time(5)]);
        let earliest = every_way(&EARLIEST, &[None], &times);
        assert_eq!(earliest, [Value::Integer(1_780_503_582_214)]);
    }
}
