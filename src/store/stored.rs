//! Stored columns: the values of one field of one chunk, packed, and as they come back.

use std::sync::Arc;

use super::codes::{ABSENT, Codes};
use super::dictionary::{Dictionary, Growing};
use crate::data::interner::{Interner, hash_word};
use crate::data::text::Spelled;
use crate::data::{Column, TextColumn, Validity, Value, Word};

/// With more distinct texts than this in one chunk, codes save nothing.
const MOST_DISTINCT: usize = 4096;
/// Stands for what is no usual address.
const OTHER: u32 = u32::MAX;
/// Words that are remembered while a column is coded.
const RECENT: usize = 64;

/// The values of one field of one chunk.
pub(super) enum Stored {
    /// The same value for every record.
    Constant(Value),
    /// Whole numbers or times: `base + code * scale`.
    Whole { is_time: bool, base: i64, scale: i64, codes: Codes, missing: bool, most: i64 },
    /// IPv4 addresses. The highest one sends to the others: the records that have none, in order,
    /// each with the number of its text in the dictionary, or with none where it is missing.
    Addresses { addresses: Vec<u32>, others: Vec<(u32, u32)> },
    /// Numbers of texts in the dictionary of the field.
    Coded(Codes),
    /// As they were decoded.
    Plain(Column),
    /// Lines: the values of all fields of the format, with one blank between.
    Line,
}

impl Stored {
    /// Packs a column; texts may go into the dictionary of the field.
    pub(super) fn encode(column: &Column, dictionary: &Growing) -> Stored {
        let packed = match column {
            Column::Constant(value, _) => Some(Stored::Constant(value.clone())),
            Column::Integer(values, valid) => whole(values, valid, false),
            Column::Time(values, valid) => whole(values, valid, true),
            Column::Text(texts) => {
                addresses(texts, dictionary).or_else(|| coded(texts, dictionary))
            }
            _ => None,
        };
        packed.unwrap_or_else(|| Stored::Plain(column.clone().compact()))
    }

    /// The values of the records at `rows` (all records where `None`) of a chunk of `len`; lines
    /// are put together elsewhere.
    pub(super) fn decode(
        &self,
        rows: Option<&[u32]>,
        len: usize,
        dictionary: &Dictionary,
    ) -> Column {
        match self {
            Stored::Constant(value) => {
                Column::Constant(value.clone(), rows.map_or(len, <[u32]>::len))
            }
            Stored::Whole { is_time, base, scale, codes, missing, .. } => {
                let (base, scale) = (*base, *scale);
                let values = match (*missing, scale) {
                    (false, 1) => codes.map(rows, |code, _| base.wrapping_add(i64::from(code))),
                    (false, _) => {
                        codes.map(rows, |code, _| base.wrapping_add(i64::from(code) * scale))
                    }
                    (true, _) => codes.map(rows, |code, absent| {
                        let value = base.wrapping_add(i64::from(code) * scale);
                        if absent { 0 } else { value }
                    }),
                };
                let valid = missing.then(|| codes.map(rows, |_, absent| !absent));
                let valid = valid.filter(|valid| valid.contains(&false));
                if *is_time { Column::Time(values, valid) } else { Column::Integer(values, valid) }
            }
            Stored::Addresses { addresses, others } => {
                let other = |row: u32| {
                    let place = others.binary_search_by_key(&row, |(row, _)| *row);
                    let number = place.map_or(ABSENT, |place| others[place].1);
                    dictionary.words.get(number as usize).copied().unwrap_or(Word::MISSING)
                };
                let word = |row: u32| match addresses[row as usize] {
                    OTHER => other(row),
                    address => Word::address(address),
                };
                let words = match rows {
                    None => (0..addresses.len() as u32).map(word).collect(),
                    Some(rows) => rows.iter().map(|row| word(*row)).collect(),
                };
                let buffer = Arc::clone(&dictionary.buffer);
                Column::Text(TextColumn { words, buffer, interned: true })
            }
            Stored::Coded(codes) => {
                let word = |code: u32, absent: bool| match absent {
                    true => Word::MISSING,
                    false => dictionary.words[code as usize],
                };
                let words = codes.map(rows, word);
                let buffer = Arc::clone(&dictionary.buffer);
                Column::Text(TextColumn { words, buffer, interned: true })
            }
            Stored::Plain(column) => match rows {
                None => column.clone(),
                Some(rows) => column.take(rows),
            },
            Stored::Line => Column::missing(rows.map_or(len, <[u32]>::len)),
        }
    }

    /// The least and the greatest whole number or time, where no record lacks it.
    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        match self {
            Stored::Constant(Value::Integer(value) | Value::Time(value)) => Some((*value, *value)),
            Stored::Whole { base, most, missing: false, .. } => Some((*base, *most)),
            _ => None,
        }
    }

    /// The same as values.
    pub(super) fn bounding_values(&self) -> Option<(Value, Value)> {
        let (least, most) = self.bounds()?;
        let is_time =
            matches!(self, Stored::Constant(Value::Time(_)) | Stored::Whole { is_time: true, .. });
        let value = if is_time { Value::Time } else { Value::Integer };
        Some((value(least), value(most)))
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        size_of::<Stored>()
            + match self {
                Stored::Constant(_) | Stored::Line => 0,
                Stored::Whole { codes, .. } | Stored::Coded(codes) => codes.memory(),
                Stored::Addresses { addresses, others } => {
                    addresses.capacity() * 4 + others.capacity() * 8
                }
                Stored::Plain(column) => column.memory(),
            }
    }
}

/// Whole numbers close enough to their least one.
fn whole(values: &[i64], valid: &Validity, is_time: bool) -> Option<Stored> {
    let exists = |row: usize| valid.as_ref().is_none_or(|valid| valid[row]);
    let present = || values.iter().enumerate().filter(|(row, _)| exists(*row)).map(|(_, v)| *v);
    let (Some(base), Some(most)) = (present().min(), present().max()) else {
        return Some(Stored::Constant(Value::Missing));
    };
    let missing = valid.as_ref().is_some_and(|valid| valid.contains(&false));
    if base == most && !missing {
        let value = if is_time { Value::Time(base) } else { Value::Integer(base) };
        return Some(Stored::Constant(value));
    }
    let range = most.checked_sub(base)?;
    // Times of flow logs are whole seconds.
    let whole_seconds = is_time && present().all(|value| (value - base) % 1000 == 0);
    let scale = if whole_seconds { 1000 } else { 1 };
    let largest = u32::try_from(range / scale).ok().filter(|largest| *largest != ABSENT)?;
    let number = |(row, value): (usize, &i64)| match exists(row) {
        true => ((value - base) / scale) as u32,
        false => ABSENT,
    };
    let numbers: Vec<u32> = values.iter().enumerate().map(number).collect();
    let codes = Codes::pack(&numbers, largest);
    Some(Stored::Whole { is_time, base, scale, codes, missing, most })
}

/// Texts that are mostly IPv4 addresses.
fn addresses(texts: &TextColumn, dictionary: &Growing) -> Option<Stored> {
    let mut addresses = Vec::with_capacity(texts.len());
    let mut others: Vec<(u32, u32)> = Vec::new();
    let mut distinct = Interner::default();
    for (row, word) in texts.words.iter().enumerate() {
        match word.spelled() {
            Spelled::Address(address) if address != OTHER => addresses.push(address),
            _ => {
                let text = texts.get(row);
                let number = text.map_or(ABSENT, |text| distinct.intern(text.as_bytes()));
                others.push((row as u32, number));
                addresses.push(OTHER);
                if others.len() > 64 && others.len() > row / 2 {
                    return None;
                }
            }
        }
    }
    if others.len() * 2 > texts.len() {
        return None;
    }
    let shared = dictionary.numbers(&distinct)?;
    for (_, number) in others.iter_mut().filter(|(_, number)| *number != ABSENT) {
        *number = shared[*number as usize];
    }
    others.shrink_to_fit();
    Some(Stored::Addresses { addresses, others })
}

/// Texts of which there are few distinct ones.
fn coded(texts: &TextColumn, dictionary: &Growing) -> Option<Stored> {
    // Every distinct text gets a number of this chunk first.
    let mut distinct = Interner::default();
    let mut recent = [(Word::MISSING, ABSENT); RECENT];
    let mut numbers = Vec::with_capacity(texts.len());
    for (row, word) in texts.words.iter().enumerate() {
        let recent = &mut recent[hash_word(word.0, 0) as usize % RECENT];
        if recent.0 != *word {
            let Some(text) = texts.get(row) else {
                numbers.push(ABSENT);
                continue;
            };
            *recent = (*word, distinct.intern(text.as_bytes()));
        }
        numbers.push(recent.1);
        if distinct.len() > MOST_DISTINCT {
            return None;
        }
    }
    if distinct.len() * 2 > texts.len().max(16) {
        return None;
    }
    if distinct.len() == 1
        && !numbers.contains(&ABSENT)
        && let Ok(text) = std::str::from_utf8(distinct.text(0))
    {
        return Some(Stored::Constant(Value::text(text)));
    }
    let shared = dictionary.numbers(&distinct)?;
    let most = shared.iter().copied().max().unwrap_or(0);
    for number in numbers.iter_mut().filter(|number| **number != ABSENT) {
        *number = shared[*number as usize];
    }
    Some(Stored::Coded(Codes::pack(&numbers, most)))
}

/// Appends a line: the values of a record with one blank between, a hyphen where one is missing.
pub(super) fn spell(parts: &[&Column], row: usize, line: &mut Vec<u8>) {
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            line.push(b' ');
        }
        match part.is_missing(row) {
            true => line.push(b'-'),
            false => part.print_into(row, line),
        }
    }
}

/// Whether the values of all fields spell the lines of every record.
pub(super) fn spells<P: AsRef<Column>>(parts: &[P], lines: &Column) -> bool {
    let Column::Text(lines) = lines else { return false };
    let parts: Vec<&Column> = parts.iter().map(AsRef::as_ref).collect();
    let mut line = Vec::new();
    (0..lines.len()).all(|row| {
        line.clear();
        spell(&parts, row, &mut line);
        lines.get(row).is_some_and(|own| own.as_bytes() == line)
    })
}
