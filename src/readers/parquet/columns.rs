//! Columns out of pages: whole numbers and times, decoded where they are asked for.

use std::ops::Range;

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::column::reader::get_column_reader;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::chunk::Chunk;
use super::hybrid::Packed;
use super::other::other;
use super::pages::{DataPage, Pages, Spread, Values, data_page, said};
use super::texts::texts;
use crate::data::Column;
use crate::readers::columnar::ColumnChunk;

/// The values of a column chunk of `rows` rows; times are counted in `unit`s to the millisecond.
///
/// # Errors
/// What is wrong with the chunk, or that it holds something else than plain values.
pub(super) fn values(
    chunk: Chunk,
    meta: &ColumnChunkMetaData,
    rows: usize,
    unit: Option<i64>,
) -> Result<Box<dyn ColumnChunk>, String> {
    let descriptor = meta.column_descr();
    if descriptor.max_rep_level() > 0 || descriptor.max_def_level() > 1 {
        return Err("it holds lists or structures".to_owned());
    }
    let optional = descriptor.max_def_level() == 1;
    let mut pages = SerializedPageReader::new(chunk.into(), meta, rows, None).map_err(said)?;
    let is_simple = |encoding| {
        use Encoding::{PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY};
        matches!(encoding, PLAIN | PLAIN_DICTIONARY | RLE_DICTIONARY | RLE)
    };
    let kind = meta.column_type();
    if !meta.encodings().all(is_simple)
        || !matches!(kind, Type::INT32 | Type::INT64 | Type::BYTE_ARRAY)
    {
        let reader = get_column_reader(meta.column_descr_ptr(), Box::new(pages));
        return Ok(Box::new(Decoded(scaled(other(reader, rows, optional)?, unit))));
    }
    let (mut dictionary, mut found) = (None, Vec::new());
    while let Some(page) = pages.get_next_page().map_err(said)? {
        if let Page::DictionaryPage { buf, num_values, .. } = &page {
            dictionary = Some((buf.clone(), *num_values as usize));
        } else if let Some(page) = data_page(page, optional)? {
            found.push(page);
        }
    }
    match kind {
        Type::INT32 => {
            let number = |four: [u8; 4]| i64::from(i32::from_le_bytes(four));
            numbers(found, dictionary, number, unit)
        }
        Type::INT64 => numbers(found, dictionary, i64::from_le_bytes, unit),
        _ => texts(found, dictionary),
    }
}

/// Whole numbers as they are, or as times of so many units a millisecond.
fn scaled(column: Column, unit: Option<i64>) -> Column {
    match (unit, column) {
        (Some(1), Column::Integer(times, valid)) => Column::Time(times, valid),
        (Some(unit), Column::Integer(mut times, valid)) => {
            times.iter_mut().for_each(|time| *time = time.div_euclid(unit));
            Column::Time(times, valid)
        }
        (_, column) => column,
    }
}

/// A column that was decoded whole.
pub(super) struct Decoded(pub(super) Column);

impl ColumnChunk for Decoded {
    fn rows(&self) -> usize {
        self.0.len()
    }

    fn range(&self, rows: Range<usize>) -> Result<Column, String> {
        let rows: Vec<u32> = rows.map(|row| row as u32).collect();
        Ok(self.0.take(&rows))
    }

    fn at(&self, begin: usize, rows: &[u32]) -> Result<Column, String> {
        let rows: Vec<u32> = rows.iter().map(|row| begin as u32 + row).collect();
        Ok(self.0.take(&rows))
    }
}

/// The error of a number that no entry of the dictionary has.
pub(super) fn undefined() -> String {
    "a value is not in the dictionary".to_owned()
}

/// The bytes of a dictionary, and how many entries it has.
pub(super) type Entries = Option<(Bytes, usize)>;

/// Whole numbers of `N` bytes each.
fn numbers<const N: usize>(
    pages: Vec<DataPage>,
    dictionary: Entries,
    number: fn([u8; N]) -> i64,
    unit: Option<i64>,
) -> Result<Box<dyn ColumnChunk>, String> {
    let dictionary = dictionary.map_or_else(Vec::new, |(bytes, _)| {
        bytes.as_chunks::<N>().0.iter().map(|bytes| number(*bytes)).collect()
    });
    for page in &pages {
        if matches!(&page.values, Values::Plain(bytes) if bytes.len() / N < page.existing()) {
            return Err("a page ends too early".to_owned());
        }
    }
    Ok(Box::new(Numbers { pages: Pages::new(pages), dictionary, number, unit }))
}

/// Whole numbers, decoded where they are asked for.
struct Numbers<const N: usize> {
    pages: Pages,
    dictionary: Vec<i64>,
    number: fn([u8; N]) -> i64,
    unit: Option<i64>,
}

impl<const N: usize> Numbers<N> {
    fn push_codes(&self, codes: &[u32], out: &mut Vec<i64>) -> Result<(), String> {
        push_entries(&self.dictionary, codes, out)
    }

    fn column(&self, all: Spread<i64>) -> Column {
        scaled(Column::Integer(all.values, all.valid), self.unit)
    }
}

impl<const N: usize> ColumnChunk for Numbers<N> {
    fn rows(&self) -> usize {
        self.pages.rows
    }

    fn range(&self, rows: Range<usize>) -> Result<Column, String> {
        let all = self.pages.range(rows, 0, |values, range, out| match values {
            Values::Coded(packed) => self.push_codes(&codes_of(packed, range), out),
            Values::Plain(bytes) => {
                let found = &bytes.as_chunks::<N>().0[range];
                out.extend(found.iter().map(|bytes| (self.number)(*bytes)));
                Ok(())
            }
        });
        Ok(self.column(all?))
    }

    fn at(&self, begin: usize, rows: &[u32]) -> Result<Column, String> {
        let all = self.pages.at(begin, rows, 0, |values, places, out| match values {
            Values::Coded(packed) => self.push_codes(&codes_at(packed, places), out),
            Values::Plain(bytes) => {
                let (found, _) = bytes.as_chunks::<N>();
                out.extend(places.iter().map(|place| (self.number)(found[*place])));
                Ok(())
            }
        });
        Ok(self.column(all?))
    }
}

/// Appends entries of a dictionary.
pub(super) fn push_entries<T: Copy + Default>(
    entries: &[T],
    codes: &[u32],
    out: &mut Vec<T>,
) -> Result<(), String> {
    let mut known = true;
    let entry = |code: &u32| match entries.get(*code as usize) {
        Some(entry) => *entry,
        None => {
            known = false;
            T::default()
        }
    };
    out.extend(codes.iter().map(entry));
    if known { Ok(()) } else { Err(undefined()) }
}

pub(super) fn codes_of(packed: &Packed, range: Range<usize>) -> Vec<u32> {
    // Eight are unpacked at a time.
    let mut codes = Vec::with_capacity(range.len() + 8);
    packed.push_range(range, &mut codes);
    codes
}

pub(super) fn codes_at(packed: &Packed, places: &[usize]) -> Vec<u32> {
    let mut codes = Vec::with_capacity(places.len());
    packed.push_at(places.iter().copied(), &mut codes);
    codes
}
