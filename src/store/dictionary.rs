//! Dictionaries: the distinct texts of a field over all chunks, each under a number.

use std::sync::{Arc, Mutex, PoisonError};

use crate::data::Word;
use crate::data::interner::Interner;

/// The most texts of a dictionary: beyond, they are hardly shared any more.
const MOST_TEXTS: usize = 1 << 20;
/// The most bytes of all texts of a dictionary.
const MOST_BYTES: usize = 1 << 30;

/// A dictionary that workers add to.
#[derive(Default)]
pub(super) struct Growing(Mutex<Interner>);

impl Growing {
    /// The numbers that the texts of a chunk have here, in the order of their numbers there; `None`
    /// where the dictionary has no room for them.
    pub(super) fn numbers(&self, texts: &Interner) -> Option<Vec<u32>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full =
            known.len() + texts.len() > MOST_TEXTS || known.memory() + texts.memory() > MOST_BYTES;
        if full {
            return None;
        }
        Some((0..texts.len() as u32).map(|number| known.intern(texts.text(number))).collect())
    }

    /// The dictionary, complete.
    pub(super) fn finish(self) -> Dictionary {
        let texts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut buffer = Vec::new();
        let mut ends = Vec::with_capacity(texts.len());
        for number in 0..texts.len() as u32 {
            buffer.extend_from_slice(texts.text(number));
            ends.push(buffer.len());
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let words = starts.zip(&ends).map(|(start, end)| Word::of(&buffer, start, *end)).collect();
        Dictionary { words, buffer: Arc::new(buffer) }
    }
}

/// The texts of a field by their numbers.
#[derive(Default)]
pub(super) struct Dictionary {
    /// One word per number.
    pub(super) words: Vec<Word>,
    /// What the words point into.
    pub(super) buffer: Arc<Vec<u8>>,
}

impl Dictionary {
    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.words.capacity() * 8 + self.buffer.capacity()
    }
}
