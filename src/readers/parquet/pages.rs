//! Columns out of pages: values as they stand, by a dictionary, or packed in other ways.

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::chunk::Chunk;
use super::hybrid::{is_one_run, unpack};
use crate::data::column::Validity;
use crate::data::text::{TextBuilder, TextColumn, Word, printable};
use crate::data::{Column, Value};

/// What stands for a missing text in AWS's files, as in the lines of others.
const HYPHEN: &[u8] = b"-";

/// The values of a column chunk of `rows` rows; times are not scaled yet.
///
/// # Errors
/// What is wrong with the chunk, or that it holds something else than plain values.
pub(super) fn column(
    chunk: Chunk,
    meta: &ColumnChunkMetaData,
    rows: usize,
) -> Result<Column, String> {
    let descriptor = meta.column_descr();
    if descriptor.max_rep_level() > 0 || descriptor.max_def_level() > 1 {
        return Err("it holds lists or structures".to_owned());
    }
    let optional = descriptor.max_def_level() == 1;
    let pages =
        |chunk: Chunk| SerializedPageReader::new(chunk.into(), meta, rows, None).map_err(said);
    let is_simple = |encoding| {
        use Encoding::{PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY};
        matches!(encoding, PLAIN | PLAIN_DICTIONARY | RLE_DICTIONARY | RLE)
    };
    let kind = meta.column_type();
    if !meta.encodings().all(is_simple)
        || !matches!(kind, Type::INT32 | Type::INT64 | Type::BYTE_ARRAY)
    {
        let reader = get_column_reader(meta.column_descr_ptr(), Box::new(pages(chunk)?));
        return other(reader, rows, optional);
    }
    let mut pages = pages(chunk)?;
    match kind {
        Type::INT32 => {
            numbers(&mut pages, optional, rows, |four: [u8; 4]| i64::from(i32::from_le_bytes(four)))
        }
        Type::INT64 => numbers(&mut pages, optional, rows, i64::from_le_bytes),
        _ => texts(&mut pages, optional, rows),
    }
}

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
struct DataPage {
    /// Whether each value exists; `None` where all do.
    valid: Option<Vec<bool>>,
    /// The number of values, missing ones too.
    count: usize,
    /// The values that exist.
    values: Bytes,
    /// Whether they are numbers of entries of the dictionary.
    coded: bool,
}

/// Takes a data page apart; `None` where it is none.
fn data_page(page: Page, optional: bool) -> Result<Option<DataPage>, String> {
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
    let mut valid = None;
    if optional && length > 0 && !is_one_run(&buffer[from..end], count) {
        let mut levels = Vec::new();
        unpack(&buffer[from..end], 1, count, &mut levels)?;
        if levels.contains(&0) {
            valid = Some(levels.into_iter().map(|level| level != 0).collect());
        }
    }
    let coded = matches!(encoding, Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY);
    if !coded && encoding != Encoding::PLAIN {
        return Err(format!("values are packed as {encoding}"));
    }
    Ok(Some(DataPage { valid, count, values: buffer.slice(end..), coded }))
}

impl DataPage {
    /// How many values exist.
    fn existing(&self) -> usize {
        match &self.valid {
            Some(valid) => valid.iter().filter(|valid| **valid).count(),
            None => self.count,
        }
    }

    /// The entries of the dictionary that the values are.
    fn codes(&self) -> Result<Vec<u32>, String> {
        let (width, data) = self.values.split_first().ok_or("a page ends too early")?;
        let mut codes = Vec::new();
        unpack(data, u32::from(*width), self.existing(), &mut codes)?;
        Ok(codes)
    }

    /// Appends values of which only the existing ones are given; others get a stand-in.
    fn spread<T: Copy>(&self, given: impl Iterator<Item = T>, none: T, out: &mut Vec<T>) {
        match &self.valid {
            None => out.extend(given),
            Some(valid) => {
                let mut given = given;
                let next =
                    |exists: &bool| if *exists { given.next().unwrap_or(none) } else { none };
                out.extend(valid.iter().map(next));
            }
        }
    }
}

/// Whole numbers of `N` bytes each.
fn numbers<const N: usize>(
    pages: &mut impl PageReader,
    optional: bool,
    rows: usize,
    number: impl Fn([u8; N]) -> i64,
) -> Result<Column, String> {
    let plain = |bytes: &[u8]| -> Vec<i64> {
        let (numbers, _) = bytes.as_chunks::<N>();
        numbers.iter().map(|bytes| number(*bytes)).collect()
    };
    let mut dictionary = Vec::new();
    let mut values = Vec::with_capacity(rows);
    let mut valid: Validity = None;
    while let Some(page) = pages.get_next_page().map_err(said)? {
        if let Page::DictionaryPage { buf, .. } = &page {
            dictionary = plain(buf);
            continue;
        }
        let Some(page) = data_page(page, optional)? else { continue };
        let before = values.len();
        if page.coded {
            let codes = page.codes()?;
            let most = codes.iter().max().map_or(0, |most| *most as usize + 1);
            if most > dictionary.len() {
                return Err("a value is not in the dictionary".to_owned());
            }
            page.spread(codes.iter().map(|code| dictionary[*code as usize]), 0, &mut values);
        } else {
            let numbers = plain(&page.values);
            if numbers.len() < page.existing() {
                return Err("a page ends too early".to_owned());
            }
            page.spread(numbers.into_iter().take(page.existing()), 0, &mut values);
        }
        match (&mut valid, page.valid) {
            (None, None) => {}
            (None, Some(own)) => {
                let mut all = vec![true; before];
                all.extend(own);
                valid = Some(all);
            }
            (Some(all), Some(own)) => all.extend(own),
            (Some(all), None) => all.resize(values.len(), true),
        }
    }
    Ok(Column::Integer(values, valid))
}

/// Texts with their length in front, the entries of a dictionary or the values of a page.
fn lengths<'a>(mut bytes: &'a [u8], mut each: impl FnMut(&'a [u8])) -> Result<(), String> {
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let text = rest.get(..length).ok_or("a text ends too early")?;
        each(text);
        bytes = &rest[length..];
    }
    Ok(())
}

/// Texts; those of one dictionary are one word each.
fn texts(pages: &mut impl PageReader, optional: bool, rows: usize) -> Result<Column, String> {
    let present = |text: &[u8]| text != HYPHEN;
    let mut dictionary = TextColumn::from_iter(std::iter::empty::<Option<&[u8]>>());
    let mut words: Vec<Word> = Vec::with_capacity(rows);
    // Filled once a page has texts that are in no dictionary.
    let mut mixed: Option<TextBuilder> = None;
    while let Some(page) = pages.get_next_page().map_err(said)? {
        if let Page::DictionaryPage { buf, num_values, .. } = &page {
            let mut builder = TextBuilder::with_capacity(*num_values as usize);
            lengths(buf, |text| builder.push(Some(text).filter(|text| present(text))))?;
            dictionary = builder.finish();
            continue;
        }
        let Some(page) = data_page(page, optional)? else { continue };
        if page.coded {
            let codes = page.codes()?;
            let most = codes.iter().max().map_or(0, |most| *most as usize + 1);
            if most > dictionary.words.len() {
                return Err("a value is not in the dictionary".to_owned());
            }
            let coded = codes.iter().map(|code| dictionary.words[*code as usize]);
            match &mut mixed {
                None => page.spread(coded, Word::MISSING, &mut words),
                Some(builder) => {
                    let mut own = Vec::new();
                    page.spread(coded, Word::MISSING, &mut own);
                    own.iter().for_each(|word| builder.push_word(*word, &dictionary.buffer));
                }
            }
            continue;
        }
        let builder = mixed.get_or_insert_with(|| {
            let mut builder = TextBuilder::with_capacity(rows);
            words.iter().for_each(|word| builder.push_word(*word, &dictionary.buffer));
            builder
        });
        let mut found = Vec::with_capacity(page.existing());
        lengths(&page.values, |text| found.push(Some(text).filter(|text| present(text))))?;
        if found.len() < page.existing() {
            return Err("a page ends too early".to_owned());
        }
        let mut own = Vec::with_capacity(page.count);
        page.spread(found.into_iter().take(page.existing()), None, &mut own);
        own.into_iter().for_each(|text| builder.push(text));
    }
    Ok(Column::Text(match mixed {
        Some(builder) => builder.finish(),
        None => TextColumn { words, buffer: dictionary.buffer, interned: true },
    }))
}

/// Values of other types and packings, one by one.
fn other(reader: ColumnReader, rows: usize, optional: bool) -> Result<Column, String> {
    use ColumnReader as R;
    let text = |bytes: &[u8]| match bytes {
        HYPHEN => Value::Missing,
        bytes => Value::text(printable(bytes)),
    };
    let values = match reader {
        R::BoolColumnReader(reader) => each(reader, rows, optional, |truth| Value::Boolean(*truth)),
        R::Int32ColumnReader(reader) => {
            each(reader, rows, optional, |number| Value::Integer(i64::from(*number)))
        }
        R::Int64ColumnReader(reader) => {
            each(reader, rows, optional, |number| Value::Integer(*number))
        }
        R::FloatColumnReader(reader) => {
            each(reader, rows, optional, |number| fraction(f64::from(*number)))
        }
        R::DoubleColumnReader(reader) => each(reader, rows, optional, |number| fraction(*number)),
        R::ByteArrayColumnReader(reader) => {
            each(reader, rows, optional, |bytes| text(bytes.data()))
        }
        R::FixedLenByteArrayColumnReader(reader) => {
            each(reader, rows, optional, |bytes| text(bytes.data()))
        }
        R::Int96ColumnReader(_) => return Err("it holds times of 96 bits".to_owned()),
    };
    Ok(Column::from_values(values?))
}

/// A float that is a number.
fn fraction(number: f64) -> Value {
    if number.is_finite() { Value::Float(number) } else { Value::Missing }
}

fn each<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    optional: bool,
    value: impl Fn(&T::T) -> Value,
) -> Result<Vec<Value>, String> {
    let (mut levels, mut found) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let levels = optional.then_some(&mut levels);
        let (records, _, _) =
            reader.read_records(rows - read, levels, None, &mut found).map_err(said)?;
        if records == 0 {
            break;
        }
        read += records;
    }
    if !optional {
        return Ok(found.iter().map(value).collect());
    }
    let mut found = found.iter();
    let next = |level: &i16| match level {
        0 => Value::Missing,
        _ => found.next().map_or(Value::Missing, &value),
    };
    Ok(levels.iter().map(next).collect())
}
