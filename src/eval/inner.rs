//! A query inside a query: its answer, which is there before the outer query runs.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::data::address::parse_ipv4;
use crate::data::column::truth::{FALSE, TRUE, UNKNOWN};
use crate::data::index::Index;
use crate::data::text::Spelled;
use crate::data::{Column, Number, Table, Value};

/// A query inside a query. Copies share the answer.
#[derive(Clone, Default)]
pub struct Inner {
    /// The names of its columns.
    pub names: Vec<String>,
    answer: Arc<RwLock<Arc<Answer>>>,
}

/// The answer of an inner query, and what was made of it to look values up.
#[derive(Default)]
pub struct Answer {
    /// The records.
    pub table: Table,
    values: OnceLock<ValueSet>,
    index: OnceLock<Index>,
}

impl Inner {
    /// A query whose columns are called like this; its answer is empty.
    pub fn new(names: Vec<String>) -> Inner {
        Inner { names, answer: Arc::default() }
    }

    /// Puts the answer in.
    pub fn fill(&self, table: Table) {
        let answer = Answer { table, ..Answer::default() };
        *self.answer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(answer);
    }

    /// The answer.
    pub fn answer(&self) -> Arc<Answer> {
        Arc::clone(&self.answer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether each value is one of the first column. Missing values are neither in it nor not.
    pub fn holds(&self, column: &Column) -> Vec<u8> {
        let answer = self.answer();
        let values = answer.values.get_or_init(|| ValueSet::of(answer.table.columns.first()));
        values.hold(column)
    }
}

impl Answer {
    /// Its records by the values of one of its columns.
    pub fn by_column(&self, column: usize) -> &Index {
        self.index.get_or_init(|| match self.table.columns.get(column) {
            Some(column) => Index::of(&[column.as_ref()], column.len()),
            None => Index::of(&[&Column::missing(0)], 0),
        })
    }
}

/// Distinct values as `=` tells them apart: two that both spell numbers by value, others as texts.
#[derive(Default)]
struct ValueSet {
    addresses: HashSet<u32>,
    integers: HashSet<i64>,
    floats: HashSet<u64>,
    texts: HashSet<Vec<u8>>,
}

/// A value as the set holds it.
enum Key<'a> {
    Address(u32),
    Number(Number),
    Text(&'a [u8]),
}

impl<'a> Key<'a> {
    fn of(text: &'a [u8]) -> Key<'a> {
        match (Number::parse(text), parse_ipv4(text)) {
            (Some(number), _) => Key::Number(number),
            (None, Some(address)) => Key::Address(address),
            (None, None) => Key::Text(text),
        }
    }
}

/// A number of which equal ones have equal bits.
fn canonical(number: Number) -> Number {
    match number {
        Number::Float(float)
            if float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_808.0 =>
        {
            Number::Integer(float as i64)
        }
        number => number,
    }
}

impl ValueSet {
    fn of(column: Option<&Arc<Column>>) -> ValueSet {
        let mut set = ValueSet::default();
        let Some(column) = column else { return set };
        let mut insert = |key: Key<'_>| match key {
            Key::Address(address) => _ = set.addresses.insert(address),
            Key::Number(number) => match canonical(number) {
                Number::Integer(whole) => _ = set.integers.insert(whole),
                Number::Float(float) => _ = set.floats.insert(float.to_bits()),
            },
            Key::Text(text) => _ = set.texts.insert(text.to_vec()),
        };
        for row in 0..column.len() {
            with_key(&column.value(row), &mut insert);
        }
        set
    }

    fn has(&self, key: &Key<'_>) -> bool {
        match key {
            Key::Address(address) => self.addresses.contains(address),
            Key::Number(number) => match canonical(*number) {
                Number::Integer(whole) => self.integers.contains(&whole),
                Number::Float(float) => self.floats.contains(&float.to_bits()),
            },
            Key::Text(text) => self.texts.contains(*text),
        }
    }

    fn hold(&self, column: &Column) -> Vec<u8> {
        let truth = |held: bool| if held { TRUE } else { FALSE };
        let Column::Text(texts) = column else {
            let of = |row| {
                let mut held = UNKNOWN;
                with_key(&column.value(row), &mut |key| held = truth(self.has(&key)));
                held
            };
            return (0..column.len()).map(of).collect();
        };
        let of = |(row, word): (usize, &crate::data::text::Word)| match word.spelled() {
            Spelled::Missing => UNKNOWN,
            Spelled::Address(address) => truth(self.addresses.contains(&address)),
            _ => texts.get(row).map_or(UNKNOWN, |text| truth(self.has(&Key::of(text.as_bytes())))),
        };
        texts.words.iter().enumerate().map(of).collect()
    }
}

/// Hands over the key of a value, where it is not missing.
fn with_key(value: &Value, then: &mut impl FnMut(Key<'_>)) {
    match value {
        Value::Missing => {}
        Value::Text(text) => then(Key::of(text.as_bytes())),
        value => match (value.number(), value.print()) {
            (Some(number), _) => then(Key::Number(number)),
            (None, Some(text)) => then(Key::of(text.as_bytes())),
            (None, None) => {}
        },
    }
}
