//! Columns of texts: the words of a dictionary, made when they are met, or texts as they stand.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::columns::{Decoded, Entries, codes_at, codes_of, push_entries, undefined};
use super::pages::{DataPage, Pages, Spread, Values};
use crate::data::Column;
use crate::data::text::{TextBuilder, TextColumn, Word};
use crate::readers::columnar::ColumnChunk;

/// What stands for a missing text in AWS's files, as in the lines of others.
pub(super) const HYPHEN: &[u8] = b"-";

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

/// The texts of a dictionary.
#[derive(Default)]
struct Dictionary {
    /// What long texts are slices of.
    bytes: Arc<Vec<u8>>,
    words: Words,
}

/// The words of the texts of a dictionary.
enum Words {
    /// Of a few texts, all of them.
    Made(Vec<Word>),
    /// Of many texts, where each is, and its word, [`UNMADE`] where it was not met yet.
    Lazy(Vec<(u32, u32)>, Vec<AtomicU64>),
}

impl Default for Words {
    fn default() -> Words {
        Words::Made(Vec::new())
    }
}

/// No text has this word.
const UNMADE: u64 = u64::MAX;

/// Texts of which words are made before they are met.
const FEW: usize = 1024;

impl Dictionary {
    fn new(entries: Entries) -> Result<Dictionary, String> {
        let Some((bytes, count)) = entries else { return Ok(Dictionary::default()) };
        let mut ranges = Vec::with_capacity(count.min(bytes.len() / 4));
        let mut place = 0_u32;
        lengths(&bytes, |text| {
            let start = place + 4;
            place = start + text.len() as u32;
            ranges.push((start, place));
        })?;
        let words = match ranges.len() <= FEW {
            true => Words::Made(ranges.iter().map(|range| word_at(&bytes, *range)).collect()),
            false => {
                let unmade = ranges.iter().map(|_| AtomicU64::new(UNMADE)).collect();
                Words::Lazy(ranges, unmade)
            }
        };
        Ok(Dictionary { bytes: Arc::new(bytes.into()), words })
    }

    /// The words of texts; long ones lie in the bytes of the dictionary.
    fn push_words(&self, codes: &[u32], out: &mut Vec<Word>) -> Result<(), String> {
        let (ranges, words) = match &self.words {
            Words::Made(words) => return push_entries(words, codes, out),
            Words::Lazy(ranges, words) => (ranges, words),
        };
        let mut known = true;
        let word = |code: &u32| match words.get(*code as usize) {
            Some(word) => match word.load(Relaxed) {
                UNMADE => {
                    let made = word_at(&self.bytes, ranges[*code as usize]);
                    word.store(made.0, Relaxed);
                    made
                }
                word => Word(word),
            },
            None => {
                known = false;
                Word::MISSING
            }
        };
        out.extend(codes.iter().map(word));
        if known { Ok(()) } else { Err(undefined()) }
    }
}

/// The word of the text at a range of a dictionary.
fn word_at(bytes: &[u8], (start, end): (u32, u32)) -> Word {
    let (start, end) = (start as usize, end as usize);
    match &bytes[start..end] {
        HYPHEN => Word::MISSING,
        _ => Word::of(bytes, start, end),
    }
}

/// Texts; those of one dictionary are one word each.
pub(super) fn texts(
    pages: Vec<DataPage>,
    dictionary: Entries,
) -> Result<Box<dyn ColumnChunk>, String> {
    let dictionary = Dictionary::new(dictionary)?;
    let is_coded = |page: &DataPage| matches!(page.values, Values::Coded(_));
    if pages.iter().all(is_coded) {
        return Ok(Box::new(Texts { pages: Pages::new(pages), dictionary }));
    }
    // Texts that stand as they are are of any length: all are taken apart at once.
    let mut texts = TextBuilder::default();
    let mut known: Vec<Word> = Vec::new();
    let mut word = |text: &[u8]| texts.word(Some(text).filter(|text| *text != HYPHEN));
    if pages.iter().any(is_coded) {
        lengths(&dictionary.bytes, |text| known.push(word(text)))?;
    }
    let mut all = Spread::new(0, Word::MISSING);
    let mut given = Vec::new();
    for page in pages {
        let existing = page.existing();
        given.clear();
        match &page.values {
            Values::Coded(packed) => {
                for code in codes_of(packed, 0..existing) {
                    given.push(*known.get(code as usize).ok_or_else(undefined)?);
                }
            }
            Values::Plain(bytes) => lengths(bytes, |text| given.push(word(text)))?,
        }
        if given.len() < existing {
            return Err("a page ends too early".to_owned());
        }
        all.push(&given[..existing], page.missing.iter().map(|row| *row as usize));
    }
    let TextColumn { buffer, .. } = texts.finish();
    // The same text may stand there more than once.
    Ok(Box::new(Decoded(Column::Text(TextColumn { words: all.values, buffer, interned: false }))))
}

/// Texts of a dictionary, looked up where they are asked for.
struct Texts {
    pages: Pages,
    dictionary: Dictionary,
}

impl Texts {
    fn column(&self, all: Spread<Word>) -> Column {
        let buffer = Arc::clone(&self.dictionary.bytes);
        Column::Text(TextColumn { words: all.values, buffer, interned: true })
    }
}

impl ColumnChunk for Texts {
    fn rows(&self) -> usize {
        self.pages.rows
    }

    fn range(&self, rows: Range<usize>) -> Result<Column, String> {
        let all = self.pages.range(rows, Word::MISSING, |values, range, out| match values {
            Values::Coded(packed) => self.dictionary.push_words(&codes_of(packed, range), out),
            Values::Plain(_) => Ok(()),
        });
        Ok(self.column(all?))
    }

    fn at(&self, begin: usize, rows: &[u32]) -> Result<Column, String> {
        let all = self.pages.at(begin, rows, Word::MISSING, |values, places, out| match values {
            Values::Coded(packed) => self.dictionary.push_words(&codes_at(packed, places), out),
            Values::Plain(_) => Ok(()),
        });
        Ok(self.column(all?))
    }
}
