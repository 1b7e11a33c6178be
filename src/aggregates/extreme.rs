//! `min`, `max`, `sortsFirst`, `sortsLast`: the value of a group that comes first or last in order.

use std::any::Any;
use std::cmp::Ordering;
use std::collections::HashMap;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, Make, same};
use super::numbers::each_valid;
use crate::data::address::print_ipv4;
use crate::data::order::compare;
use crate::data::text::{Spelled, printable};
use crate::data::{Column, Value};
use crate::functions::function::{Arg, Example, Kind, example};

const VALUE: &[Arg] = &[Arg::new("field", Kind::Any)];

/// `max`
pub const MAX: Aggregate = row(
    "max",
    Gives::Measure,
    "The largest value: numbers and times by value, else the last in sort order; missing where no \
     record has the field.",
    &[example("max(x)", "4"), example("max(absent)", "")],
    |_| Ok(Box::new(Extreme::new(Ordering::Greater))),
);

/// `min`
pub const MIN: Aggregate = row(
    "min",
    Gives::Measure,
    "The smallest value: numbers and times by value, else the first in sort order; missing where \
     no record has the field.",
    &[example("min(x)", "1"), example("min(absent)", "")],
    |_| Ok(Box::new(Extreme::new(Ordering::Less))),
);

/// `sortsFirst`
pub const SORTS_FIRST: Aggregate = row(
    "sortsFirst",
    Gives::Picked,
    "The value that `sort` puts first; missing where no record has the field.",
    &[example("sortsFirst(x)", "1"), example("sortsFirst(absent)", "")],
    |_| Ok(Box::new(Extreme::new(Ordering::Less))),
);

/// `sortsLast`
pub const SORTS_LAST: Aggregate = row(
    "sortsLast",
    Gives::Picked,
    "The value that `sort` puts last; missing where no record has the field.",
    &[example("sortsLast(x)", "4"), example("sortsLast(absent)", "")],
    |_| Ok(Box::new(Extreme::new(Ordering::Greater))),
);

const fn row(
    name: &'static str,
    gives: Gives,
    summary: &'static str,
    examples: &'static [Example],
    make: Make,
) -> Aggregate {
    let (args, aliases): (_, &[&str]) = (VALUE, &[]);
    Aggregate {
        name,
        aliases,
        args,
        star: false,
        implicit_time: false,
        alone: false,
        gives,
        summary,
        examples,
        make,
    }
}

/// What the best value of a group is.
#[derive(Clone, Copy, Default, PartialEq)]
enum Form {
    /// There is none yet.
    #[default]
    None,
    Integer,
    Time,
    /// An IPv4 address; natural order of the texts is the order of their numbers.
    Address,
    /// In the list of other values.
    Other,
}

/// The best value of a group, in place where it fits.
#[derive(Clone, Copy, Default)]
struct Cell {
    value: i64,
    form: Form,
}

/// The best values of all groups.
struct Extreme {
    /// How a better value compares with a worse one.
    wanted: Ordering,
    cells: Vec<Cell>,
    others: HashMap<u32, Value>,
}

impl Extreme {
    fn new(wanted: Ordering) -> Extreme {
        Extreme { wanted, cells: Vec::new(), others: HashMap::new() }
    }

    /// Offers a value that fits a cell.
    #[inline]
    fn offer(&mut self, group: usize, form: Form, value: i64) {
        let cell = &mut self.cells[group];
        if cell.form == form {
            if value.cmp(&cell.value) == self.wanted {
                cell.value = value;
            }
        } else if cell.form == Form::None {
            *cell = Cell { value, form };
        } else {
            self.offer_value(group, of_cell(Cell { value, form }));
        }
    }

    /// Offers a value of any form.
    fn offer_value(&mut self, group: usize, value: Value) {
        let best = self.value(group);
        let better = best.is_missing() || compare(&value, &best) == self.wanted;
        if value.is_missing() || !better {
            return;
        }
        let cell = &mut self.cells[group];
        *cell = match value {
            Value::Integer(value) => Cell { value, form: Form::Integer },
            Value::Time(value) => Cell { value, form: Form::Time },
            value => {
                self.others.insert(group as u32, value);
                Cell { value: 0, form: Form::Other }
            }
        };
    }

    /// The best value of a group.
    fn value(&self, group: usize) -> Value {
        match self.cells[group] {
            Cell { form: Form::Other, .. } => {
                self.others.get(&(group as u32)).cloned().unwrap_or(Value::Missing)
            }
            cell => of_cell(cell),
        }
    }
}

/// The value in a cell.
fn of_cell(cell: Cell) -> Value {
    match cell.form {
        Form::Integer => Value::Integer(cell.value),
        Form::Time => Value::Time(cell.value),
        Form::Address => Value::text(printable(print_ipv4(cell.value as u32).as_bytes())),
        Form::None | Form::Other => Value::Missing,
    }
}

impl Accumulator for Extreme {
    fn resize(&mut self, groups: usize) {
        self.cells.resize(groups, Cell::default());
    }

    fn update(&mut self, input: &Input<'_>) {
        let Some(column) = input.args.first() else { return };
        match column {
            Column::Integer(values, valid) => {
                let least = self.wanted == Ordering::Less;
                each_valid(values, valid, input.groups, |group, value| {
                    let cell = &mut self.cells[group];
                    if !matches!(cell.form, Form::None | Form::Integer) {
                        return self.offer(group, Form::Integer, value);
                    }
                    // Where groups are many, nobody can guess whether it is new or the value better.
                    let better = if least { value < cell.value } else { value > cell.value };
                    let take = better | (cell.form == Form::None);
                    cell.value = if take { value } else { cell.value };
                    cell.form = Form::Integer;
                });
            }
            Column::Time(values, valid) => {
                each_valid(values, valid, input.groups, |group, value| {
                    self.offer(group, Form::Time, value);
                });
            }
            Column::Text(texts) => {
                for (row, (&group, word)) in input.groups.iter().zip(&texts.words).enumerate() {
                    match word.spelled() {
                        Spelled::Missing => {}
                        Spelled::Address(address) => {
                            self.offer(group as usize, Form::Address, i64::from(address));
                        }
                        _ => self.offer_value(group as usize, texts.value(row)),
                    }
                }
            }
            _ => {
                for (row, &group) in input.groups.iter().enumerate() {
                    self.offer_value(group as usize, column.value(row));
                }
            }
        }
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Extreme = same(other);
        for (&from, &into) in from.iter().zip(into) {
            let cell = other.cells[from as usize];
            match cell.form {
                Form::None => {}
                Form::Other => self.offer_value(into as usize, other.value(from as usize)),
                form => self.offer(into as usize, form, cell.value),
            }
        }
    }

    fn finish(&mut self) -> Column {
        let whole = |cell: &Cell| matches!(cell.form, Form::Integer | Form::None);
        let column = if self.cells.iter().all(whole) {
            let missing = self.cells.iter().any(|cell| cell.form == Form::None);
            let valid =
                missing.then(|| self.cells.iter().map(|cell| cell.form != Form::None).collect());
            Column::Integer(self.cells.iter().map(|cell| cell.value).collect(), valid)
        } else {
            let groups = 0..self.cells.len();
            Column::from_values(groups.map(|group| self.value(group)).collect())
        };
        self.cells = Vec::new();
        self.others = HashMap::new();
        column
    }

    fn memory(&self) -> usize {
        let texts: usize = self.others.values().map(long).sum();
        let entry = size_of::<(u32, Value)>() + 1;
        self.cells.capacity() * size_of::<Cell>() + self.others.capacity() * entry + texts
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Bytes that a value holds beside itself.
fn long(value: &Value) -> usize {
    match value {
        Value::Text(text) if text.is_heap_allocated() => text.capacity(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;

    fn extremes(values: &[Value]) -> (Value, Value) {
        let of = |aggregate| every_way(aggregate, &[None], &one_group(values)).remove(0);
        let (least, most) = (of(&MIN), of(&MAX));
        assert_eq!((of(&SORTS_FIRST), of(&SORTS_LAST)), (least.clone(), most.clone()));
        (least, most)
    }

    #[test]
    fn numbers_by_value() {
        let (least, most) = extremes(&[5, -3, 12, i64::MIN, 0].map(Value::Integer));
        assert_eq!((least, most), (Value::Integer(i64::MIN), Value::Integer(12)));
        let mixed = [Value::Integer(5), Value::Float(4.5), Value::text("17"), Value::Missing];
        assert_eq!(extremes(&mixed), (Value::Float(4.5), Value::text("17")));
    }

    #[test]
    fn times_stay_times() {
        let (least, most) = extremes(&[Value::Time(5), Value::Time(-5), Value::Missing]);
        assert_eq!((least, most), (Value::Time(-5), Value::Time(5)));
    }

    #[test]
    fn texts_in_natural_order() {
        let texts = ["10.0.0.9", "10.0.0.10", "9.255.0.1"].map(Value::text);
        assert_eq!(extremes(&texts), (Value::text("9.255.0.1"), Value::text("10.0.0.10")));
        let texts = ["10.0.0.9", "eni-10", "eni-9", "-", "a long text of more than a word"];
        assert_eq!(extremes(&texts.map(Value::text)), (Value::text("-"), Value::text("eni-10")));
    }

    #[test]
    fn a_group_without_values_is_missing() {
        let records = [(1, Value::Integer(3)), (2, Value::Missing)];
        let least = every_way(&MIN, &[None], &records);
        assert_eq!(least, [Value::Missing, Value::Integer(3), Value::Missing]);
    }
}
