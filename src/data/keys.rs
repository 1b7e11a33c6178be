//! Group keys: values as 64-bit words, so that equal keys are equal words.
//!
//! Two values are one key when they print the same way: the text `443` and the number 443 are.
//! (Not so for fractions, times and numbers beyond 56 bits beside texts that spell them, which no
//! field of a log mixes.)
//! A word is a text word ([`super::text::Word`]) where that holds the whole text, or one of the
//! kinds below; texts that need more room are interned.

use super::column::{Column, truth};
use super::interner::{Interner, hash_word};
use super::number::{parse_integer, print_float};
use super::text::{Spelled, TextBuilder, TextColumn, Word};
use super::value::Value;

/// An interned text.
const TEXT: u64 = 3;
/// A whole number in 56 bits.
const INTEGER: u64 = 4;
/// A timestamp in 56 bits.
const TIME: u64 = 5;
/// A float, interned as it prints.
const FLOAT: u64 = 6;
/// A whole number beyond 56 bits, interned as it prints.
const LARGE: u64 = 7;

const KIND: u32 = 56;
const PAYLOAD: u64 = (1 << KIND) - 1;
/// The longest whole number that surely fits 56 bits.
const DIGITS: usize = 16;

/// The key word of an absent value.
pub const MISSING: u64 = 0;

/// What kind of value a key word holds.
#[inline]
pub fn kind(word: u64) -> u64 {
    word >> KIND
}

/// What a key word holds besides its kind.
#[inline]
pub fn payload(word: u64) -> u64 {
    word & PAYLOAD
}

/// The key word of a kind and a payload.
#[inline]
pub fn with_kind(kind: u64, payload: u64) -> u64 {
    kind << KIND | payload
}

/// Whether a word names an interned text.
#[inline]
pub fn is_interned(word: u64) -> bool {
    matches!(kind(word), TEXT | FLOAT | LARGE)
}

/// A number in 56 bits, if it fits.
#[inline]
fn pack(kind: u64, number: i64) -> Option<u64> {
    let payload = number as u64 & PAYLOAD;
    (unpack(payload) == number).then_some(kind << KIND | payload)
}

/// The number of a packed word.
#[inline]
fn unpack(word: u64) -> i64 {
    ((word << 8) as i64) >> 8
}

/// The key word of one value.
pub fn encode_value(value: &Value, interner: &mut Interner) -> u64 {
    match value {
        Value::Missing => MISSING,
        Value::Boolean(truth) => INTEGER << KIND | u64::from(*truth),
        Value::Integer(whole) => encode_integer(*whole, interner),
        Value::Time(time) => pack(TIME, *time).unwrap_or_else(|| encode_integer(*time, interner)),
        Value::Float(float) => {
            if float.fract() == 0.0 && float.abs() < 1e15 {
                return encode_integer(*float as i64, interner);
            }
            FLOAT << KIND | u64::from(interner.intern(print_float(*float).as_bytes()))
        }
        Value::Text(text) => encode_text(text.as_bytes(), interner),
        Value::Period(_) | Value::Json(_) => {
            encode_text(value.print().unwrap_or_default().as_bytes(), interner)
        }
    }
}

fn encode_integer(whole: i64, interner: &mut Interner) -> u64 {
    pack(INTEGER, whole)
        .unwrap_or_else(|| LARGE << KIND | u64::from(interner.intern(whole.to_string().as_bytes())))
}

fn encode_text(text: &[u8], interner: &mut Interner) -> u64 {
    if let Some(word) = canonical_integer(text) {
        return word;
    }
    match Word::without_buffer(text) {
        Some(word) => word.0,
        None => TEXT << KIND | u64::from(interner.intern(text)),
    }
}

/// The word of a text that is spelled exactly as a whole number prints.
#[inline]
fn canonical_integer(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let first = *digits.first()?;
    if !first.is_ascii_digit() || digits.len() > DIGITS || (first == b'0' && text.len() > 1) {
        return None;
    }
    pack(INTEGER, parse_integer(text)?)
}

/// The key word of one text of a column.
#[inline]
pub fn encode_word(word: Word, buffer: &[u8], interner: &mut Interner) -> u64 {
    match word.spelled() {
        Spelled::Missing | Spelled::Address(_) => word.0,
        Spelled::Short(bytes, len) => canonical_integer(&bytes[..len]).unwrap_or(word.0),
        Spelled::Slice(start, len) => encode_text(&buffer[start..start + len], interner),
    }
}

/// Writes the key words of a column into `words`, one in every `width` places from `at` on.
pub fn encode_column(
    column: &Column,
    interner: &mut Interner,
    words: &mut [u64],
    at: usize,
    width: usize,
) {
    let places = words.iter_mut().skip(at).step_by(width);
    match column {
        Column::Constant(value, _) => {
            let word = encode_value(value, interner);
            places.for_each(|place| *place = word);
        }
        Column::Boolean(truths) => {
            for (place, truth) in places.zip(truths) {
                let word = INTEGER << KIND | u64::from(*truth);
                *place = if *truth == truth::UNKNOWN { MISSING } else { word };
            }
        }
        Column::Integer(values, valid) => {
            for (row, (place, value)) in places.zip(values).enumerate() {
                let exists = valid.as_ref().is_none_or(|valid| valid[row]);
                *place = if exists { encode_integer(*value, interner) } else { MISSING };
            }
        }
        Column::Time(times, valid) => {
            for (row, (place, time)) in places.zip(times).enumerate() {
                let exists = valid.as_ref().is_none_or(|valid| valid[row]);
                *place = match (exists, pack(TIME, *time)) {
                    (false, _) => MISSING,
                    (true, Some(word)) => word,
                    (true, None) => encode_integer(*time, interner),
                };
            }
        }
        Column::Text(texts) => encode_texts(texts, interner, places),
        _ => {
            for (row, place) in places.enumerate() {
                *place = encode_value(&column.value(row), interner);
            }
        }
    }
}

fn encode_texts<'w>(
    texts: &TextColumn,
    interner: &mut Interner,
    places: impl Iterator<Item = &'w mut u64>,
) {
    if texts.interned {
        // The words of a dictionary stand for texts: a word met before needs no look at its text.
        let mut seen = interner.take_seen(&texts.buffer);
        for (place, word) in places.zip(&texts.words) {
            let mut key = || encode_word(*word, &texts.buffer, interner);
            *place = if word.is_slice() { seen.get(word.0, key) } else { key() };
        }
        interner.give_seen(seen);
        return;
    }
    // Neighbouring records often share a text: look the last one up by its bytes alone.
    let mut last: (&[u8], u64) = (&[], MISSING);
    for (place, word) in places.zip(&texts.words) {
        *place = match word.spelled() {
            Spelled::Missing | Spelled::Address(_) => word.0,
            Spelled::Short(bytes, len) => canonical_integer(&bytes[..len]).unwrap_or(word.0),
            Spelled::Slice(start, len) => {
                let text = &texts.buffer[start..start + len];
                if text != last.0 {
                    last = (text, encode_text(text, interner));
                }
                last.1
            }
        };
    }
}

/// The hash of a key, the same for equal keys of every interner.
#[inline]
pub fn hash_key(key: &[u64], interner: &Interner) -> u64 {
    key.iter().fold(0x243f_6a88_85a3_08d3, |hash, &word| {
        let content = if is_interned(word) { interner.hash(word as u32) } else { word };
        hash_word(content, hash)
    })
}

/// The same key in terms of another interner; `map` holds its numbers of the texts of this one.
#[inline]
pub fn translate(word: u64, map: &[u32]) -> u64 {
    if is_interned(word) {
        kind(word) << KIND | u64::from(map[(word & PAYLOAD) as usize])
    } else {
        word
    }
}

/// The value of a key word.
pub fn decode(word: u64, interner: &Interner) -> Value {
    let text = || String::from_utf8_lossy(interner.text((word & PAYLOAD) as u32));
    match kind(word) {
        INTEGER => Value::Integer(unpack(word)),
        TIME => Value::Time(unpack(word)),
        TEXT => Value::text(super::text::printable(interner.text((word & PAYLOAD) as u32))),
        FLOAT => text().parse().map_or(Value::Missing, Value::Float),
        LARGE => text().parse().map_or(Value::Missing, Value::Integer),
        _ => {
            let column = TextColumn { words: vec![Word(word)], ..TextColumn::default() };
            column.value(0)
        }
    }
}

/// The column of the words at every `width`th place from `at` on.
pub fn decode_column(words: &[u64], at: usize, width: usize, interner: &Interner) -> Column {
    let own = || words.chunks_exact(width).map(move |key| key[at]);
    let all = |test: fn(u64) -> bool| own().all(|word| word == MISSING || test(word));
    if all(|word| kind(word) == INTEGER) && own().any(|word| word != MISSING) {
        return Column::Integer(own().map(unpack).collect(), validity(own()));
    }
    if all(|word| kind(word) == TIME) && own().any(|word| word != MISSING) {
        return Column::Time(own().map(unpack).collect(), validity(own()));
    }
    if all(|word| !matches!(kind(word), INTEGER | TIME | FLOAT | LARGE)) {
        let mut builder = TextBuilder::with_capacity(words.len() / width.max(1));
        for word in own() {
            match kind(word) {
                TEXT => builder.push(Some(interner.text((word & PAYLOAD) as u32))),
                _ => builder.push_word(Word(word), &[]),
            }
        }
        return Column::Text(builder.finish());
    }
    Column::from_values(own().map(|word| decode(word, interner)).collect())
}

fn validity(words: impl Iterator<Item = u64>) -> super::column::Validity {
    let valid: Vec<bool> = words.map(|word| word != MISSING).collect();
    if valid.iter().all(|valid| *valid) { None } else { Some(valid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_print_the_same_are_one_key() {
        let mut interner = Interner::default();
        let mut word = |value: Value| encode_value(&value, &mut interner);
        assert_eq!(word(Value::text("443")), word(Value::Integer(443)));
        assert_eq!(word(Value::Float(443.0)), word(Value::Integer(443)));
        assert_eq!(word(Value::Boolean(true)), word(Value::Integer(1)));
        assert_eq!(word(Value::text("123456789012")), word(Value::Integer(123_456_789_012)));
        assert_ne!(word(Value::text("0443")), word(Value::Integer(443)));
        assert_ne!(word(Value::text("")), word(Value::Missing));
    }

    #[test]
    fn every_value_comes_back() {
        let values = [
            Value::Missing,
            Value::Integer(-7),
            Value::Integer(i64::MAX),
            Value::Integer(i64::MIN),
            Value::Float(2.5),
            Value::Time(1_700_000_000_000),
            Value::text("10.0.0.1"),
            Value::text("ACCEPT"),
            Value::text("eni-0123456789abcdef0"),
            Value::text("2001:db8::1"),
            Value::text("00000000000000001"),
        ];
        let mut interner = Interner::default();
        let mut words = vec![0; values.len()];
        let column = Column::Any(values.to_vec());
        encode_column(&column, &mut interner, &mut words, 0, 1);
        let decoded = decode_column(&words, 0, 1, &interner);
        for (row, value) in values.iter().enumerate() {
            assert_eq!(decoded.value(row), *value);
        }
    }
}
