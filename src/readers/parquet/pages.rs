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

/// The values of a column chunk of `rows` rows, at `picks` (rising; all where `None`); times are not
/// scaled yet.
///
/// # Errors
/// What is wrong with the chunk, or that it holds something else than plain values.
pub(super) fn column(
    chunk: Chunk,
    meta: &ColumnChunkMetaData,
    rows: usize,
    picks: Option<&[u32]>,
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
        let column = other(reader, rows, optional)?;
        return Ok(picks.map_or_else(|| column.clone(), |picks| column.take(picks)));
    }
    let mut pages = pages(chunk)?;
    match kind {
        Type::INT32 => numbers(&mut pages, optional, rows, picks, |four: [u8; 4]| {
            i64::from(i32::from_le_bytes(four))
        }),
        Type::INT64 => numbers(&mut pages, optional, rows, picks, i64::from_le_bytes),
        _ => texts(&mut pages, optional, rows, picks),
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

    /// The entries of the dictionary that the values are, at some places of a page without missing
    /// ones, or all.
    fn codes(&self, places: Option<&[u32]>) -> Result<Vec<u32>, String> {
        let (width, data) = self.values.split_first().ok_or("a page ends too early")?;
        let mut codes = Vec::new();
        if places.is_some_and(<[u32]>::is_empty) {
            return Ok(codes);
        }
        unpack(data, u32::from(*width), self.existing(), &mut codes)?;
        let Some(places) = places else { return Ok(codes) };
        let mut picked = Vec::with_capacity(places.len());
        at_places(&codes, places, &mut picked)?;
        Ok(picked)
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

/// The rows of a column that are asked for, page by page.
struct Picks<'p> {
    rows: Option<&'p [u32]>,
    /// The row at which the next page begins.
    begin: usize,
}

impl Picks<'_> {
    /// Those of the next page of so many rows, counted from its first; `None` where all are wanted.
    fn of_page(&mut self, count: usize) -> Option<Vec<u32>> {
        let begin = self.begin as u32;
        self.begin += count;
        let rows = self.rows?;
        let (here, behind) =
            rows.split_at(rows.partition_point(|row| (*row as usize) < self.begin));
        self.rows = Some(behind);
        Some(here.iter().map(|row| row - begin).collect())
    }

    /// About how many values there will be.
    fn len(&self, rows: usize) -> usize {
        self.rows.map_or(rows, <[u32]>::len)
    }
}

/// The entries of a list at some places.
fn at_places<T: Copy>(values: &[T], places: &[u32], out: &mut Vec<T>) -> Result<(), String> {
    for place in places {
        out.push(*values.get(*place as usize).ok_or("a page ends too early")?);
    }
    Ok(())
}

/// Adds whether values exist; those before `before` all do as long as nothing is known.
fn add_validity(valid: &mut Validity, before: usize, after: usize, own: Option<Vec<bool>>) {
    match (valid.as_mut(), own) {
        (None, None) => {}
        (None, Some(own)) => {
            let mut all = vec![true; before];
            all.extend(own);
            *valid = Some(all);
        }
        (Some(all), Some(own)) => all.extend(own),
        (Some(all), None) => all.resize(after, true),
    }
}

/// Whole numbers of `N` bytes each.
fn numbers<const N: usize>(
    pages: &mut impl PageReader,
    optional: bool,
    rows: usize,
    picks: Option<&[u32]>,
    number: impl Fn([u8; N]) -> i64,
) -> Result<Column, String> {
    let plain = |bytes: &[u8]| -> Vec<i64> {
        let (numbers, _) = bytes.as_chunks::<N>();
        numbers.iter().map(|bytes| number(*bytes)).collect()
    };
    let mut picks = Picks { rows: picks, begin: 0 };
    let mut dictionary = Vec::new();
    let mut values = Vec::with_capacity(picks.len(rows));
    let mut valid: Validity = None;
    while let Some(page) = pages.get_next_page().map_err(said)? {
        if let Page::DictionaryPage { buf, .. } = &page {
            dictionary = plain(buf);
            continue;
        }
        let Some(page) = data_page(page, optional)? else { continue };
        let before = values.len();
        let places = picks.of_page(page.count);
        let mut own = Vec::new();
        // With missing values among them the places of the others are not known.
        let (all, few) = match (&places, &page.valid) {
            (None, _) => (&mut values, None),
            (Some(_), Some(_)) => (&mut own, None),
            (Some(places), None) => (&mut values, Some(places)),
        };
        if page.coded {
            let codes = page.codes(few.map(Vec::as_slice))?;
            let most = codes.iter().max().map_or(0, |most| *most as usize + 1);
            if most > dictionary.len() {
                return Err("a value is not in the dictionary".to_owned());
            }
            let coded = codes.iter().map(|code| dictionary[*code as usize]);
            page.spread(coded, 0, all);
        } else {
            let (found, _) = page.values.as_chunks::<N>();
            if found.len() < page.existing() {
                return Err("a page ends too early".to_owned());
            }
            match few {
                Some(places) => {
                    let picked = places.iter().filter_map(|place| found.get(*place as usize));
                    all.extend(picked.map(|bytes| number(*bytes)));
                }
                None => {
                    let found = found.iter().take(page.existing()).map(|bytes| number(*bytes));
                    page.spread(found, 0, all);
                }
            }
        }
        let own_valid = match (places, page.valid) {
            (Some(places), Some(all)) => {
                at_places(&own, &places, &mut values)?;
                let mut picked = Vec::with_capacity(places.len());
                at_places(&all, &places, &mut picked)?;
                Some(picked)
            }
            (_, valid) => valid,
        };
        add_validity(&mut valid, before, values.len(), own_valid);
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

/// The texts of a dictionary, made to words when they are met.
#[derive(Default)]
struct Dictionary {
    bytes: Bytes,
    /// Where each text is.
    ranges: Vec<(u32, u32)>,
    /// Its word, [`UNMADE`] where it was not met yet.
    words: Vec<Word>,
}

/// No text has this word.
const UNMADE: Word = Word(u64::MAX);

impl Dictionary {
    fn new(bytes: &Bytes, count: usize) -> Result<Dictionary, String> {
        let mut ranges = Vec::with_capacity(count);
        let mut place = 0_u32;
        lengths(bytes, |text| {
            let start = place + 4;
            place = start + text.len() as u32;
            ranges.push((start, place));
        })?;
        let words = vec![UNMADE; ranges.len()];
        Ok(Dictionary { bytes: bytes.clone(), ranges, words })
    }

    /// The words of texts, whose bytes go to `texts` when they are met first.
    fn words_of(
        &mut self,
        codes: &[u32],
        texts: &mut TextBuilder,
    ) -> Result<impl Iterator<Item = Word>, String> {
        let most = codes.iter().max().map_or(0, |most| *most as usize + 1);
        if most > self.words.len() {
            return Err("a value is not in the dictionary".to_owned());
        }
        let mut make = |code: usize| {
            if self.words[code] == UNMADE {
                let (start, end) = self.ranges[code];
                let text = &self.bytes[start as usize..end as usize];
                self.words[code] = texts.word(Some(text).filter(|text| *text != HYPHEN));
            }
        };
        match codes.len() < self.ranges.len() {
            true => codes.iter().for_each(|code| make(*code as usize)),
            false => (0..self.ranges.len()).for_each(make),
        }
        Ok(codes.iter().map(|code| self.words[*code as usize]))
    }
}

/// Texts; those of one dictionary are one word each.
fn texts(
    pages: &mut impl PageReader,
    optional: bool,
    rows: usize,
    picks: Option<&[u32]>,
) -> Result<Column, String> {
    let mut picks = Picks { rows: picks, begin: 0 };
    let mut dictionary = Dictionary::default();
    let mut texts = TextBuilder::default();
    let mut words: Vec<Word> = Vec::with_capacity(picks.len(rows));
    let mut interned = true;
    while let Some(page) = pages.get_next_page().map_err(said)? {
        if let Page::DictionaryPage { buf, num_values, .. } = &page {
            dictionary = Dictionary::new(buf, *num_values as usize)?;
            continue;
        }
        let Some(page) = data_page(page, optional)? else { continue };
        let places = picks.of_page(page.count);
        let mut own: Vec<Word> = Vec::new();
        let few = places.as_ref().filter(|_| page.valid.is_none());
        // With missing texts among them the places of the others are not known.
        let all = match few.is_none() && places.is_some() {
            true => &mut own,
            false => &mut words,
        };
        if page.coded {
            let codes = page.codes(few.map(Vec::as_slice))?;
            let found = dictionary.words_of(&codes, &mut texts)?;
            page.spread(found, Word::MISSING, all);
        } else {
            // The same text may stand here more than once.
            interned = false;
            let mut found = Vec::with_capacity(page.existing());
            lengths(&page.values, |text| found.push(text))?;
            if found.len() < page.existing() {
                return Err("a page ends too early".to_owned());
            }
            found.truncate(page.existing());
            let mut word = |text: &[u8]| texts.word(Some(text).filter(|text| *text != HYPHEN));
            match few {
                Some(places) => {
                    let picked = places.iter().filter_map(|place| found.get(*place as usize));
                    all.extend(picked.map(|text| word(text)));
                }
                None => page.spread(found.into_iter().map(word), Word::MISSING, all),
            }
        }
        if let (Some(places), None) = (&places, few) {
            at_places(&own, places, &mut words)?;
        }
    }
    let TextColumn { buffer, .. } = texts.finish();
    Ok(Column::Text(TextColumn { words, buffer, interned }))
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
