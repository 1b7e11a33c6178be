//! `values` and `topk`: the different values of a group, and how often each is there.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use crate::data::{Column, Position, Value};
use crate::functions::function::{Arg, Kind, example};

/// `values`
pub const VALUES: Aggregate = Aggregate {
    name: "values",
    aliases: &["collect_values"],
    args: &[Arg::new("field", Kind::Any)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Number,
    summary: "The list of the different values, in the order of the records that have them first; \
              values that print the same are one, and missing where no record has the field.",
    examples: &[
        example("values(x)", "1,2,3,4"),
        example("values(x % 2)", "1,0"),
        example("values(absent)", ""),
    ],
    make: |_| Ok(Box::new(Tallies::new(None))),
};

/// `topk`
pub const TOPK: Aggregate = Aggregate {
    name: "topk",
    aliases: &[],
    args: &[Arg::new("k", Kind::Number), Arg::new("field", Kind::Any)],
    star: false,
    implicit_time: false,
    alone: true,
    gives: Gives::Number,
    summary: "The list of the k most frequent values, the most frequent first, among equally \
              frequent ones that of the first record; k goes from 1 to 10,000. It stands alone in \
              a `stats` without `by`.",
    examples: &[
        example("topk(1, x > 1)", "1"),
        example("topk(2, x)", "1,2"),
        example("topk(2, absent)", ""),
    ],
    make: make_topk,
};

/// The largest k; source: "Functions of the stats command", `topk`.
const MOST: i64 = 10_000;

fn make_topk(literals: &[Option<Value>]) -> Result<Box<dyn Accumulator>, String> {
    match literals.first() {
        Some(Some(Value::Integer(k @ 1..=MOST))) => {
            Ok(Box::new(Tallies::new(usize::try_from(*k).ok())))
        }
        _ => {
            Err("k is a whole number from 1 to 10000, written out, as in topk(10, srcAddr)"
                .to_owned())
        }
    }
}

/// A value of a group.
#[derive(Clone)]
struct Tally {
    /// The first record that has it.
    first: Position,
    count: u64,
    value: Value,
}

/// The different values of all groups, by how they print.
struct Tallies {
    /// How many of the most frequent values are wanted; all, in order, where it is `None`.
    top: Option<usize>,
    groups: Vec<HashMap<Box<str>, Tally>>,
    /// Bytes of all texts.
    bytes: usize,
}

impl Tallies {
    fn new(top: Option<usize>) -> Tallies {
        Tallies { top, groups: Vec::new(), bytes: 0 }
    }

    /// Adds records of one value; `value` is asked only if theirs is the first of them.
    fn add(
        &mut self,
        group: u32,
        text: &str,
        count: u64,
        first: Position,
        value: impl FnOnce() -> Value,
    ) {
        let tallies = &mut self.groups[group as usize];
        match tallies.get_mut(text) {
            Some(tally) => {
                tally.count += count;
                if first < tally.first {
                    (tally.first, tally.value) = (first, value());
                }
            }
            None => {
                self.bytes += text.len();
                tallies.insert(Box::from(text), Tally { first, count, value: value() });
            }
        }
    }
}

impl Accumulator for Tallies {
    fn resize(&mut self, groups: usize) {
        self.groups.resize_with(groups, HashMap::new);
    }

    fn update(&mut self, input: &Input<'_>) {
        let Some(column) = input.args.last() else { return };
        for (row, (&group, &position)) in input.groups.iter().zip(input.positions).enumerate() {
            let value = column.value(row);
            if let Some(text) = value.print() {
                self.add(group, &text, 1, position, || value.clone());
            }
        }
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Tallies = same(other);
        for (&from, &into) in from.iter().zip(into) {
            for (text, tally) in &other.groups[from as usize] {
                self.add(into, text, tally.count, tally.first, || tally.value.clone());
            }
        }
    }

    fn finish(&mut self) -> Column {
        let top = self.top;
        let groups = std::mem::take(&mut self.groups);
        self.bytes = 0;
        let lists = groups.into_iter().map(|tallies| {
            let mut tallies: Vec<Tally> = tallies.into_values().collect();
            tallies.sort_unstable_by_key(|tally| tally.first);
            if let Some(top) = top {
                // The sort is stable: equally frequent values stay in their order.
                tallies.sort_by_key(|tally| std::cmp::Reverse(tally.count));
                tallies.truncate(top);
            }
            match tallies.is_empty() {
                true => Value::Missing,
                false => Value::Json(Arc::new(tallies.iter().map(|it| item(&it.value)).collect())),
            }
        });
        Column::from_values(lists.collect())
    }

    fn memory(&self) -> usize {
        let entries: usize = self.groups.iter().map(HashMap::capacity).sum();
        self.groups.capacity() * size_of::<HashMap<Box<str>, Tally>>()
            + entries * size_of::<(Box<str>, Tally)>()
            + self.bytes
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A value as an item of a list that prints as the value does: numbers as numbers, truths as 1 and
/// 0, texts and times as texts.
fn item(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(truth) => i64::from(*truth).into(),
        Value::Integer(whole) => (*whole).into(),
        Value::Float(float) => match value.print().and_then(|text| text.parse::<i64>().ok()) {
            Some(whole) => whole.into(),
            None => (*float).into(),
        },
        Value::Json(json) => json.as_ref().clone(),
        other => other.print().unwrap_or_default().into_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;

    fn printed(aggregate: &Aggregate, literals: &[Option<Value>], values: &[Value]) -> String {
        let list = every_way(aggregate, literals, &one_group(values)).remove(0);
        list.print().unwrap_or_default().into_owned()
    }

    #[test]
    fn values_that_print_the_same_are_one() {
        let values = [
            Value::text("b"),
            Value::Missing,
            Value::Integer(1),
            Value::text("a"),
            Value::Float(1.0),
            Value::text("1"),
            Value::Boolean(true),
            Value::Float(0.5),
            Value::text("b"),
            Value::text(""),
        ];
        assert_eq!(printed(&VALUES, &[None], &values), "b,1,a,0.5,");
        assert_eq!(printed(&VALUES, &[None], &[Value::Missing]), "");
        assert_eq!(printed(&VALUES, &[None], &[Value::Time(0)]), "1970-01-01 00:00:00.000");
    }

    #[test]
    fn frequent_values_come_first_and_the_older_of_equals() {
        let values = ["c", "a", "b", "a", "b", "d", "e", "e", "e"].map(Value::text);
        let top = |k| printed(&TOPK, &[Some(Value::Integer(k)), None], &values);
        assert_eq!((top(1), top(2), top(3)), ("e".into(), "e,a".into(), "e,a,b".into()));
        assert_eq!(top(100), "e,a,b,c,d");
        for k in
            [Some(Value::Integer(0)), Some(Value::Integer(10_001)), Some(Value::text("x")), None]
        {
            assert!((TOPK.make)(&[k, None]).is_err());
        }
    }

    #[test]
    fn groups_are_apart() {
        let records: Vec<_> =
            (0..40_u32).map(|i| (i % 3, Value::Integer(i64::from(i % 7)))).collect();
        let lists = every_way(&VALUES, &[None], &records);
        for (group, list) in (0..3_u32).zip(&lists) {
            let mut wanted: Vec<String> = Vec::new();
            for (_, value) in records.iter().filter(|(at, _)| *at == group) {
                let text = value.print().unwrap_or_default().into_owned();
                if !wanted.contains(&text) {
                    wanted.push(text);
                }
            }
            assert_eq!(list.print().unwrap_or_default(), wanted.join(","));
        }
    }
}
