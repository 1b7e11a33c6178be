//! `countDistinct`: exact numbers of distinct values, all groups in shared hash tables.

use std::any::Any;
use std::sync::OnceLock;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::aggregate::{Accumulator, Aggregate, Gives, Input, same};
use super::numbers::each_valid;
use super::runs::Runs;
use crate::data::column::truth;
use crate::data::number::{parse_integer, print_float};
use crate::data::text::{Spelled, Word};
use crate::data::{Column, Value};
use crate::functions::function::{Arg, Kind, example};

/// `countDistinct`
pub const COUNT_DISTINCT: Aggregate = Aggregate {
    name: "countDistinct",
    aliases: &["count_distinct"],
    args: &[Arg::new("field", Kind::Any)],
    star: false,
    implicit_time: false,
    alone: false,
    gives: Gives::Number,
    summary: "The number of different values, exact; values that print the same are one, and \
              missing where no record has the field.",
    examples: &[
        example("countDistinct(x)", "4"),
        example("countDistinct(x > 1)", "2"),
        example("countDistinct(absent)", ""),
    ],
    make: |_| Ok(Box::new(Distinct::default())),
};

/// A value in 64 bits: the word of a text without a buffer, or one of the kinds below. Values that
/// print the same have the same key, whatever the type of their column.
type Key = u64;

/// The highest byte of a key tells its kind; a `Word` uses 1 (an address) and 16 and above.
const KIND: u32 = 56;
const ADDRESS: u64 = 1;
/// The number of a text in the interner.
const INTERNED: u64 = 2;
/// A whole number of 56 bits.
const INTEGER: u64 = 3;
/// A time of 56 bits.
const TIME: u64 = 4;

/// The distinct values of all groups. Ports, counts and IPv4 addresses take 8 bytes each.
#[derive(Default)]
struct Distinct {
    /// The number of distinct values of each group.
    counts: Vec<u32>,
    /// The group in the high half, a whole number of 32 bits in the low one.
    numbers: HashTable<u64>,
    /// The group in the high half, an address in the low one.
    addresses: HashTable<u64>,
    /// Everything else.
    others: HashTable<(u32, Key)>,
    texts: Interner,
    /// The keys by group, made when this is first merged into another.
    by_group: OnceLock<Runs<Key>>,
}

impl Distinct {
    #[inline]
    fn insert(&mut self, group: u32, key: Key) {
        let low = key as u32;
        match key >> KIND {
            INTEGER if key & !(0xff << KIND) == u64::from(low) => self.insert_number(group, low),
            ADDRESS => self.insert_address(group, low),
            _ => {
                let hash = |entry: &(u32, Key)| mix(entry.1 ^ u64::from(entry.0).rotate_left(32));
                let entry = (group, key);
                let place = self.others.entry(hash(&entry), |other| *other == entry, hash);
                count_new(place, entry, &mut self.counts[group as usize]);
            }
        }
    }

    #[inline]
    fn insert_number(&mut self, group: u32, number: u32) {
        let entry = u64::from(group) << 32 | u64::from(number);
        let place = self.numbers.entry(mix(entry), |other| *other == entry, |other| mix(*other));
        count_new(place, entry, &mut self.counts[group as usize]);
    }

    #[inline]
    fn insert_address(&mut self, group: u32, address: u32) {
        let entry = u64::from(group) << 32 | u64::from(address);
        let place = self.addresses.entry(mix(entry), |other| *other == entry, |other| mix(*other));
        count_new(place, entry, &mut self.counts[group as usize]);
    }

    #[inline]
    fn insert_integer(&mut self, group: u32, whole: i64) {
        match u32::try_from(whole) {
            Ok(number) => self.insert_number(group, number),
            Err(_) => {
                let key = self.key_of_integer(whole);
                self.insert(group, key);
            }
        }
    }

    fn key_of_integer(&mut self, whole: i64) -> Key {
        small(INTEGER, whole).unwrap_or_else(|| self.intern(whole.to_string().as_bytes()))
    }

    fn key_of_text(&mut self, text: &[u8]) -> Key {
        if let Some(whole) = parse_integer(text).filter(|_| is_printed_integer(text)) {
            return self.key_of_integer(whole);
        }
        Word::without_buffer(text).map_or_else(|| self.intern(text), |word| word.0)
    }

    fn intern(&mut self, text: &[u8]) -> Key {
        INTERNED << KIND | u64::from(self.texts.intern(text))
    }

    /// The key of a value; `None` where it is missing.
    fn key_of(&mut self, value: &Value) -> Option<Key> {
        Some(match value {
            Value::Missing => return None,
            Value::Boolean(truth) => self.key_of_integer(i64::from(*truth)),
            Value::Integer(whole) => self.key_of_integer(*whole),
            Value::Float(float) => self.key_of_text(print_float(*float).as_bytes()),
            Value::Time(time) if small(TIME, *time).is_some() => small(TIME, *time)?,
            Value::Text(text) => self.key_of_text(text.as_bytes()),
            other => self.key_of_text(other.print()?.as_bytes()),
        })
    }

    fn runs(&self) -> Runs<Key> {
        let half = |kind: u64| {
            move |entry: &u64| ((entry >> 32) as u32, kind << KIND | u64::from(*entry as u32))
        };
        let numbers = self.numbers.iter().map(half(INTEGER));
        let addresses = self.addresses.iter().map(half(ADDRESS));
        let others = self.others.iter().copied();
        Runs::new(self.counts.len(), numbers.chain(addresses).chain(others))
    }
}

impl Accumulator for Distinct {
    fn resize(&mut self, groups: usize) {
        self.by_group.take();
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, input: &Input<'_>) {
        let Some(column) = input.args.first() else { return };
        self.by_group.take();
        match column {
            Column::Constant(value, _) => {
                if let Some(key) = self.key_of(value) {
                    input.groups.iter().for_each(|&group| self.insert(group, key));
                }
            }
            Column::Boolean(truths) => {
                for (&group, &value) in input.groups.iter().zip(truths) {
                    if value != truth::UNKNOWN {
                        self.insert_number(group, u32::from(value));
                    }
                }
            }
            Column::Integer(values, valid) => {
                each_valid(values, valid, input.groups, |group, value| {
                    self.insert_integer(group as u32, value);
                });
            }
            Column::Text(texts) => {
                for (row, (&group, word)) in input.groups.iter().zip(&texts.words).enumerate() {
                    match word.spelled() {
                        Spelled::Missing => {}
                        Spelled::Address(address) => self.insert_address(group, address),
                        Spelled::Short(..) | Spelled::Slice(..) => {
                            if let Some(text) = texts.get(row) {
                                let key = self.key_of_text(text.as_bytes());
                                self.insert(group, key);
                            }
                        }
                    }
                }
            }
            Column::Float(..) | Column::Time(..) | Column::Any(_) => {
                for (row, &group) in input.groups.iter().enumerate() {
                    if let Some(key) = self.key_of(&column.value(row)) {
                        self.insert(group, key);
                    }
                }
            }
        }
    }

    fn merge(&mut self, other: &dyn Accumulator, from: &[u32], into: &[u32]) {
        let other: &Distinct = same(other);
        let runs = other.by_group.get_or_init(|| other.runs());
        self.by_group.take();
        for (&from, &into) in from.iter().zip(into) {
            for &key in runs.of(from) {
                let key = match key >> KIND {
                    INTERNED => self.intern(other.texts.text(key as u32)),
                    _ => key,
                };
                self.insert(into, key);
            }
        }
    }

    fn finish(&mut self) -> Column {
        let counts = std::mem::take(self).counts;
        let missing = counts.contains(&0);
        let valid = missing.then(|| counts.iter().map(|count| *count > 0).collect());
        Column::Integer(counts.into_iter().map(i64::from).collect(), valid)
    }

    fn memory(&self) -> usize {
        self.counts.capacity() * 4
            + self.numbers.allocation_size()
            + self.addresses.allocation_size()
            + self.others.allocation_size()
            + self.texts.memory()
            + self.by_group.get().map_or(0, Runs::memory)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Puts an entry in its place if it is new, and counts it.
#[inline]
fn count_new<T>(place: Entry<'_, T>, entry: T, count: &mut u32) {
    if let Entry::Vacant(vacant) = place {
        vacant.insert(entry);
        *count += 1;
    }
}

/// The key of a number of a kind, where it fits 56 bits.
fn small(kind: u64, number: i64) -> Option<Key> {
    let bits = number << 8 >> 8 == number;
    bits.then_some(kind << KIND | (number as u64 & !(0xff << KIND)))
}

/// Whether a text that spells a whole number spells it the way it prints: `80`, not `080` or `-0`.
fn is_printed_integer(text: &[u8]) -> bool {
    match text {
        [b'0'] => true,
        [b'0', ..] | [b'-', b'0', ..] => false,
        _ => true,
    }
}

/// Spreads a number over 64 bits: both halves of a product with an odd constant (the golden ratio).
#[inline]
fn mix(number: u64) -> u64 {
    let product = u128::from(number) * 0x9e37_79b9_7f4a_7c15;
    (product >> 64) as u64 ^ product as u64
}

/// Texts with a number each.
#[derive(Default)]
struct Interner {
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
}

impl Interner {
    /// The number of a text, a new one if it was not there.
    fn intern(&mut self, text: &[u8]) -> u32 {
        let Interner { bytes, ends, numbers } = self;
        let hash = |number: &u32| hash_bytes(text_at(bytes, ends, *number));
        let is_it = |number: &u32| text_at(bytes, ends, *number) == text;
        match numbers.entry(hash_bytes(text), is_it, hash) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let number = ends.len() as u32;
                vacant.insert(number);
                bytes.extend_from_slice(text);
                ends.push(bytes.len());
                number
            }
        }
    }

    /// The text of a number.
    fn text(&self, number: u32) -> &[u8] {
        text_at(&self.bytes, &self.ends, number)
    }

    fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 8 + self.numbers.allocation_size()
    }
}

fn text_at<'a>(bytes: &'a [u8], ends: &[usize], number: u32) -> &'a [u8] {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &bytes[start..ends[number]]
}

/// A hash of a text, eight bytes at a time.
fn hash_bytes(text: &[u8]) -> u64 {
    let start = mix(text.len() as u64);
    text.chunks(8).fold(start, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mix(hash ^ u64::from_le_bytes(word))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{every_way, one_group};
    use super::*;

    fn distinct(values: &[Value]) -> Value {
        every_way(&COUNT_DISTINCT, &[None], &one_group(values)).remove(0)
    }

    #[test]
    fn values_that_print_the_same_are_one() {
        let one = [Value::Integer(1), Value::Float(1.0), Value::text("1"), Value::Boolean(true)];
        assert_eq!(distinct(&one), Value::Integer(1));
        let half = [Value::Float(0.5), Value::text("0.5"), Value::Float(-0.0), Value::text("0")];
        assert_eq!(distinct(&half), Value::Integer(2));
        let big = [Value::Integer(i64::MIN), Value::text("-9223372036854775808")];
        assert_eq!(distinct(&big), Value::Integer(1));
        let large = [Value::Float(1e18), Value::text("1000000000000000000"), Value::Float(1e30)];
        assert_eq!(distinct(&large), Value::Integer(2));
        let texts = ["80", "080", "-0", "0", "80.0", "-80"].map(Value::text);
        assert_eq!(distinct(&texts), Value::Integer(6));
        let times = [Value::Time(0), Value::Time(i64::MAX), Value::Integer(0), Value::Time(0)];
        assert_eq!(distinct(&times), Value::Integer(3));
    }

    #[test]
    fn texts_of_every_length() {
        let texts = [
            "10.0.0.1",
            "10.0.0.1",
            "10.0.0.2",
            "",
            "ACCEPT",
            "eni-0123456789abcdef0",
            "eni-0123456789abcdef0",
            "eni-0123456789abcdef1",
            "2001:db8::1",
        ];
        assert_eq!(distinct(&texts.map(Value::text)), Value::Integer(7));
    }

    #[test]
    fn groups_are_apart_and_empty_ones_missing() {
        let records: Vec<_> = (0..60u32)
            .map(|i| match i % 5 {
                0 => (i % 3, Value::Integer(i64::from(i))),
                1 => (i % 3, Value::text(format!("text number {}", i / 10))),
                2 => (i % 3, Value::text(format!("10.0.0.{}", i / 20))),
                3 => (i % 3, Value::Integer(-1)),
                _ => (4, Value::Missing),
            })
            .collect();
        let mut wanted = vec![std::collections::HashSet::new(); 5];
        for (group, value) in &records {
            wanted[*group as usize].extend(value.print().map(|text| text.into_owned()));
        }
        let count = |set: &std::collections::HashSet<String>| match set.len() {
            0 => Value::Missing,
            len => Value::Integer(len as i64),
        };
        let wanted: Vec<Value> = wanted.iter().map(count).collect();
        assert_eq!(every_way(&COUNT_DISTINCT, &[None], &records), wanted);
    }
}
