//! Pages of a column: which rows have a value, and the values as they stand or by a dictionary.

use std::ops::Range;

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;

use super::hybrid::{Packed, is_one_run};
use crate::data::column::Validity;

/// An error of the library as a sentence part.
pub(super) fn said(error: parquet::errors::ParquetError) -> String {
    match error {
        parquet::errors::ParquetError::General(text) | parquet::errors::ParquetError::EOF(text) => {
            text
        }
        other => other.to_string(),
    }
}

/// A data page, taken apart.
pub(super) struct DataPage {
    /// The rows that lack a value.
    pub(super) missing: Vec<u32>,
    /// The number of its rows.
    count: usize,
    /// The values of those that have one.
    pub(super) values: Values,
}

/// The values of a page.
pub(super) enum Values {
    /// As they stand.
    Plain(Bytes),
    /// By the numbers of entries of the dictionary.
    Coded(Packed),
}

/// Takes a data page apart; `None` where it is none.
pub(super) fn data_page(page: Page, optional: bool) -> Result<Option<DataPage>, String> {
    let (buffer, count, encoding, levels) = match page {
        Page::DataPage { buf, num_values, encoding, .. } => {
            let length = |buffer: &Bytes| {
                let four = buffer.first_chunk::<4>()?;
                usize::try_from(u32::from_le_bytes(*four)).ok()
            };
            let levels = match optional {
                true => Some((4, length(&buf).ok_or("a page ends too early")?)),
                false => None,
            };
            (buf, num_values, encoding, levels)
        }
        Page::DataPageV2 {
            buf,
            num_values,
            encoding,
            def_levels_byte_len,
            rep_levels_byte_len,
            ..
        } => {
            let from = rep_levels_byte_len as usize;
            (buf, num_values, encoding, Some((from, def_levels_byte_len as usize)))
        }
        Page::DictionaryPage { .. } => return Ok(None),
    };
    let count = count as usize;
    let (from, length) = levels.unwrap_or((0, 0));
    let end = from.checked_add(length).filter(|end| *end <= buffer.len());
    let end = end.ok_or("a page ends too early")?;
    let mut missing = Vec::new();
    if optional && length > 0 && !is_one_run(&buffer[from..end], count) {
        missing = Packed::new(buffer.slice(from..end), 1, count)?.zeros();
    }
    let existing = count - missing.len();
    let values = buffer.slice(end..);
    let values = match encoding {
        Encoding::PLAIN => Values::Plain(values),
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
            let width = u32::from(*values.first().ok_or("a page ends too early")?);
            Values::Coded(Packed::new(values.slice(1..), width, existing)?)
        }
        other => return Err(format!("values are packed as {other}")),
    };
    Ok(Some(DataPage { missing, count, values }))
}

impl DataPage {
    /// How many values exist.
    pub(super) fn existing(&self) -> usize {
        self.count - self.missing.len()
    }

    /// How many rows in front of a row lack a value.
    fn missing_before(&self, row: usize) -> usize {
        self.missing.partition_point(|missing| (*missing as usize) < row)
    }
}

/// Values of rows, and which of them exist.
pub(super) struct Spread<T> {
    pub(super) values: Vec<T>,
    pub(super) valid: Validity,
    /// What stands for a missing value.
    none: T,
}

impl<T: Copy> Spread<T> {
    pub(super) fn new(rows: usize, none: T) -> Spread<T> {
        Spread { values: Vec::with_capacity(rows), valid: None, none }
    }

    /// Appends values: `given` are those that exist, and at `missing` places among all, which rise,
    /// there is none.
    pub(super) fn push(&mut self, given: &[T], missing: impl Iterator<Item = usize>) {
        let begin = self.values.len();
        let valid = self.valid.get_or_insert_with(|| vec![true; begin]);
        let (mut taken, mut absent) = (0, 0);
        for place in missing {
            let next = place - absent;
            self.values.extend_from_slice(&given[taken..next]);
            valid.resize(self.values.len(), true);
            self.values.push(self.none);
            valid.push(false);
            (taken, absent) = (next, absent + 1);
        }
        self.values.extend_from_slice(&given[taken..]);
        valid.resize(self.values.len(), true);
    }

    /// Says of the values appended last that they all exist.
    fn all_exist(&mut self) {
        let len = self.values.len();
        if let Some(valid) = &mut self.valid {
            valid.resize(len, true);
        }
    }
}

/// The pages of a column, and the row at which each begins.
pub(super) struct Pages {
    pages: Vec<DataPage>,
    begins: Vec<usize>,
    pub(super) rows: usize,
}

impl Pages {
    pub(super) fn new(pages: Vec<DataPage>) -> Pages {
        let (mut rows, mut begins) = (0, Vec::with_capacity(pages.len()));
        for page in &pages {
            begins.push(rows);
            rows += page.count;
        }
        Pages { pages, begins, rows }
    }

    /// The values of a range of rows; `decode` appends those of a range of the values of a page.
    pub(super) fn range<T: Copy>(
        &self,
        rows: Range<usize>,
        none: T,
        decode: impl Fn(&Values, Range<usize>, &mut Vec<T>) -> Result<(), String>,
    ) -> Result<Spread<T>, String> {
        let mut all = Spread::new(rows.len(), none);
        let mut given = Vec::new();
        let first = self.begins.partition_point(|begin| *begin <= rows.start).saturating_sub(1);
        for (page, begin) in self.pages.iter().zip(&self.begins).skip(first) {
            if *begin >= rows.end {
                break;
            }
            let from = (rows.start.max(*begin) - begin).min(page.count);
            let own = from..page.count.min(rows.end - begin).max(from);
            let missing = page.missing_before(own.start)..page.missing_before(own.end);
            let range = own.start - missing.start..own.end - missing.end;
            if missing.is_empty() {
                decode(&page.values, range, &mut all.values)?;
                all.all_exist();
            } else {
                given.clear();
                decode(&page.values, range, &mut given)?;
                all.push(&given, page.missing[missing].iter().map(|row| *row as usize - own.start));
            }
        }
        Ok(all)
    }

    /// The values of some rows behind `begin`, which rise; `decode` appends those at some places among
    /// the values of a page.
    pub(super) fn at<T: Copy>(
        &self,
        begin: usize,
        rows: &[u32],
        none: T,
        decode: impl Fn(&Values, &[usize], &mut Vec<T>) -> Result<(), String>,
    ) -> Result<Spread<T>, String> {
        let mut all = Spread::new(rows.len(), none);
        let (mut places, mut given) = (Vec::new(), Vec::new());
        let mut left = rows;
        for (page, first) in self.pages.iter().zip(&self.begins) {
            let end = first + page.count;
            let (own, behind) =
                left.split_at(left.partition_point(|row| begin + (*row as usize) < end));
            left = behind;
            let Some(row) = own.first() else { continue };
            let mut before = page.missing_before(begin + *row as usize - first);
            let mut absent = Vec::new();
            places.clear();
            for (number, row) in own.iter().enumerate() {
                let row = begin + *row as usize - first;
                while page.missing.get(before).is_some_and(|missing| (*missing as usize) < row) {
                    before += 1;
                }
                match page.missing.get(before) {
                    Some(missing) if *missing as usize == row => absent.push(number),
                    _ => places.push(row - before),
                }
            }
            if absent.is_empty() {
                decode(&page.values, &places, &mut all.values)?;
                all.all_exist();
            } else {
                given.clear();
                decode(&page.values, &places, &mut given)?;
                all.push(&given, absent.into_iter());
            }
        }
        Ok(all)
    }
}
