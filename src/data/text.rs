//! Columns of text, eight bytes a value: packed addresses, short texts in place, slices of a buffer.

use std::borrow::Cow;
use std::sync::Arc;

use compact_str::CompactString;

use super::address::{Printed, parse_ipv4, print_ipv4};
use super::value::Value;

/// The longest text that fits into a word.
const INLINE: usize = 7;
/// The longest text a slice can hold; longer ones are cut by the readers (an event is 1 MB at most).
pub const LONGEST_SLICE: usize = (1 << 24) - 1;

/// One text, or its absence, in 64 bits. Equal texts that are no slices have equal words.
///
/// The highest byte tells the kind: 0 missing, 1 a canonical IPv4 address in the low half,
/// 2 a slice (length in 24 bits, offset in 32), 16 + n a text of n bytes in the low seven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Word(pub u64);

const KIND: u32 = 56;
const ADDRESS: u64 = 1;
const SLICE: u64 = 2;
const SHORT: u64 = 16;

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelled {
    /// The record lacks the field.
    Missing,
    /// A canonical IPv4 address.
    Address(u32),
    /// A text of at most seven bytes: the bytes and their number.
    Short([u8; 8], usize),
    /// A range of the buffer.
    Slice(usize, usize),
}

impl Word {
    /// The absent text.
    pub const MISSING: Word = Word(0);

    /// An address.
    #[inline]
    pub fn address(address: u32) -> Word {
        Word(ADDRESS << KIND | u64::from(address))
    }

    /// The word of a text that needs no buffer: an address or a short text.
    #[inline]
    pub fn without_buffer(text: &[u8]) -> Option<Word> {
        if let Some(address) = parse_ipv4(text) {
            return Some(Word::address(address));
        }
        Word::short(text)
    }

    /// The word of a short text that is known to be no address.
    #[inline]
    fn short(text: &[u8]) -> Option<Word> {
        if text.len() > INLINE {
            return None;
        }
        let mut bytes = [0; 8];
        bytes[..text.len()].copy_from_slice(text);
        Some(Word((SHORT + text.len() as u64) << KIND | u64::from_le_bytes(bytes)))
    }

    /// A slice of a buffer; the text there must be neither an address nor short.
    #[inline]
    fn slice(offset: usize, len: usize) -> Word {
        let len = len.min(LONGEST_SLICE) as u64;
        Word(SLICE << KIND | len << 32 | (offset as u64 & 0xffff_ffff))
    }

    /// The word of the text at a range of a buffer.
    #[inline]
    pub fn of(buffer: &[u8], start: usize, end: usize) -> Word {
        let text = &buffer[start..end];
        Word::without_buffer(text).unwrap_or_else(|| Word::slice(start, text.len()))
    }

    /// Whether the text is absent.
    #[inline]
    pub fn is_missing(self) -> bool {
        self.0 == 0
    }

    /// Whether the text lies in the buffer.
    #[inline]
    pub fn is_slice(self) -> bool {
        self.0 >> KIND == SLICE
    }

    /// What the word says.
    #[inline]
    pub fn spelled(self) -> Spelled {
        match self.0 >> KIND {
            0 => Spelled::Missing,
            ADDRESS => Spelled::Address(self.0 as u32),
            SLICE => {
                Spelled::Slice((self.0 & 0xffff_ffff) as usize, (self.0 >> 32 & 0xff_ffff) as usize)
            }
            kind => {
                let bytes = (self.0 & 0x00ff_ffff_ffff_ffff).to_le_bytes();
                Spelled::Short(bytes, (kind - SHORT) as usize)
            }
        }
    }
}

/// A text taken out of a column: on the stack or in the buffer.
pub enum TextRef<'a> {
    /// Printed from a packed address.
    Address(Printed),
    /// A short text and its length.
    Short([u8; 8], usize),
    /// In the buffer.
    Slice(&'a [u8]),
}

impl TextRef<'_> {
    /// The bytes of the text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            TextRef::Address(printed) => printed.as_bytes(),
            TextRef::Short(bytes, len) => &bytes[..*len],
            TextRef::Slice(bytes) => bytes,
        }
    }
}

/// A column of texts. Bytes that are no UTF-8 are kept, and shown as `\xNN`.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    /// One word per record.
    pub words: Vec<Word>,
    /// What the slices point into.
    pub buffer: Arc<Vec<u8>>,
    /// Whether equal texts have equal words, in every column over this buffer.
    pub interned: bool,
}

impl TextColumn {
    /// The number of records.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The text of a record, `None` where it is missing.
    #[inline]
    pub fn get(&self, row: usize) -> Option<TextRef<'_>> {
        match self.words[row].spelled() {
            Spelled::Missing => None,
            Spelled::Address(address) => Some(TextRef::Address(print_ipv4(address))),
            Spelled::Short(bytes, len) => Some(TextRef::Short(bytes, len)),
            Spelled::Slice(start, len) => Some(TextRef::Slice(&self.buffer[start..start + len])),
        }
    }

    /// The value of a record.
    pub fn value(&self, row: usize) -> Value {
        match self.get(row) {
            None => Value::Missing,
            Some(text) => Value::Text(CompactString::new(printable(text.as_bytes()))),
        }
    }

    /// The records at `rows`, in that order, over the same buffer.
    pub fn take(&self, rows: &[u32]) -> TextColumn {
        TextColumn {
            words: rows.iter().map(|&row| self.words[row as usize]).collect(),
            buffer: Arc::clone(&self.buffer),
            interned: self.interned,
        }
    }

    /// Bytes of memory held, the buffer included.
    pub fn memory(&self) -> usize {
        self.words.capacity() * 8 + self.buffer.capacity()
    }
}

/// Collects texts into a column with a buffer of its own.
#[derive(Debug, Default)]
pub struct TextBuilder {
    words: Vec<Word>,
    buffer: Vec<u8>,
}

impl TextBuilder {
    /// Room for a number of records.
    pub fn with_capacity(records: usize) -> TextBuilder {
        TextBuilder { words: Vec::with_capacity(records), buffer: Vec::new() }
    }

    /// Appends a text, or its absence.
    pub fn push(&mut self, text: Option<&[u8]>) {
        let word = self.word(text);
        self.words.push(word);
    }

    /// The word of a text in the buffer of this column, which gets no row by that.
    #[inline]
    pub fn word(&mut self, text: Option<&[u8]>) -> Word {
        match text {
            None => Word::MISSING,
            Some(text) => Word::without_buffer(text).unwrap_or_else(|| self.store(text)),
        }
    }

    /// Appends a word of another column.
    #[inline]
    pub fn push_word(&mut self, word: Word, buffer: &[u8]) {
        let word = match word.spelled() {
            Spelled::Slice(start, len) => self.store(&buffer[start..start + len]),
            _ => word,
        };
        self.words.push(word);
    }

    fn store(&mut self, text: &[u8]) -> Word {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&text[..text.len().min(LONGEST_SLICE)]);
        Word::slice(start, text.len())
    }

    /// The column.
    pub fn finish(self) -> TextColumn {
        TextColumn { words: self.words, buffer: Arc::new(self.buffer), interned: false }
    }
}

impl<T: AsRef<[u8]>> FromIterator<Option<T>> for TextColumn {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(texts: I) -> TextColumn {
        let mut builder = TextBuilder::default();
        texts.into_iter().for_each(|text| builder.push(text.as_ref().map(AsRef::as_ref)));
        builder.finish()
    }
}

/// Bytes as a text: UTF-8 as it is, every other byte as `\xNN`.
pub fn printable(bytes: &[u8]) -> Cow<'_, str> {
    escaped(bytes, |_| "\\x")
}

/// The same of a text that is JSON from its first brace on: behind it the backslash is escaped too, so
/// that the strings in it read as [`printable`] has them.
pub fn printable_json(bytes: &[u8]) -> Cow<'_, str> {
    escaped(bytes, |before| if before.contains('{') { "\\\\x" } else { "\\x" })
}

fn escaped(bytes: &[u8], mark: impl Fn(&str) -> &'static str) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let mark = mark(&text);
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("{mark}{byte:02x}")));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_text_comes_back_as_it_was_written() {
        let texts = [
            Some("10.0.0.1"),
            Some("1.2.3.4"),
            Some("01.2.3.4"),
            Some(""),
            Some("-"),
            Some("ACCEPT"),
            Some("1234567"),
            Some("12345678"),
            Some("eni-0123456789abcdef0"),
            None,
            Some("2001:db8::1"),
        ];
        let column: TextColumn = texts.into_iter().collect();
        for (row, text) in texts.iter().enumerate() {
            let value = text.map_or(Value::Missing, Value::text);
            assert_eq!(column.value(row), value);
        }
        assert_eq!(column.take(&[8, 0]).value(0), Value::text("eni-0123456789abcdef0"));
    }

    #[test]
    fn bytes_that_are_no_utf8_are_shown_escaped() {
        assert_eq!(printable(b"a\xffb\xc3\xa9"), "a\\xffb\u{e9}");
    }
}
