//! Interned texts: every distinct text once, under a small number.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;

/// Distinct texts, numbered from 0 in the order of their first appearance.
#[derive(Clone, Default)]
pub struct Interner {
    table: HashTable<u32>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    hashes: Vec<u64>,
    seen: Vec<Seen>,
}

/// What the words of one dictionary became when they were met last.
#[derive(Clone, Default)]
pub struct Seen {
    /// The buffer of the dictionary; held, so that no other can take its place in memory.
    buffer: Arc<Vec<u8>>,
    /// A word and what it became, at the place of the word's hash.
    entries: Vec<(u64, u64)>,
}

/// Words that are remembered of one dictionary.
const REMEMBERED: usize = 1024;
/// What stands at the place of a word before one was met: no text has this word.
const UNMET: (u64, u64) = (u64::MAX, 0);
/// Dictionaries that are remembered: keys have rarely more columns.
const DICTIONARIES: usize = 8;

impl Seen {
    /// With more words than this, most are met again only after others took their places.
    pub const MANY: usize = REMEMBERED / 2;

    /// Forgets what it remembers where that is of another dictionary than the one of a buffer.
    pub fn turn_to(&mut self, buffer: &Arc<Vec<u8>>) {
        if self.entries.is_empty() || !Arc::ptr_eq(&self.buffer, buffer) {
            self.buffer = Arc::clone(buffer);
            self.entries.clear();
            self.entries.resize(REMEMBERED, UNMET);
        }
    }

    /// What a word became, or what `make` makes of it now.
    #[inline]
    pub(super) fn get(&mut self, word: u64, make: impl FnOnce() -> u64) -> u64 {
        let place = (hash_word(word, 0) >> 32) as usize % REMEMBERED;
        let entry = &mut self.entries[place];
        if entry.0 != word {
            *entry = (word, make());
        }
        entry.1
    }
}

impl Interner {
    /// Takes out what is remembered of a dictionary, to be given back.
    pub(super) fn take_seen(&mut self, buffer: &Arc<Vec<u8>>) -> Seen {
        match self.seen.iter().position(|seen| Arc::ptr_eq(&seen.buffer, buffer)) {
            Some(at) => self.seen.swap_remove(at),
            None => {
                let mut seen = Seen::default();
                seen.turn_to(buffer);
                seen
            }
        }
    }

    /// Gives back what is remembered of a dictionary.
    pub(super) fn give_seen(&mut self, seen: Seen) {
        if self.seen.len() == DICTIONARIES {
            self.seen.remove(0);
        }
        self.seen.push(seen);
    }

    /// The number of a text.
    pub fn intern(&mut self, text: &[u8]) -> u32 {
        let hash = hash_bytes(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(id) = self.table.find(hash, |&id| slice(bytes, ends, id) == text) {
            return *id;
        }
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.hashes.push(hash);
        let hashes = &self.hashes;
        self.table.insert_unique(hash, id, |&id| hashes[id as usize]);
        id
    }

    /// The number of a text that was interned before.
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        let (bytes, ends) = (&self.bytes, &self.ends);
        self.table.find(hash_bytes(text), |&id| slice(bytes, ends, id) == text).copied()
    }

    /// The text of a number.
    pub fn text(&self, id: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, id)
    }

    /// The hash of a text, the same in every interner of this process.
    pub fn hash(&self, id: u32) -> u64 {
        self.hashes[id as usize]
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 16 + self.table.capacity() * 5
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[usize], id: u32) -> &'a [u8] {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &bytes[start..ends[id]]
}

/// The hash of a text, the same in every run.
pub fn hash_bytes(text: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0).build_hasher();
    hasher.write(text);
    hasher.finish()
}

/// The hash of a word: a multiplication whose halves are folded, so that every bit counts.
#[inline]
pub fn hash_word(word: u64, seed: u64) -> u64 {
    let product = u128::from(word ^ seed) * 0x9e37_79b9_7f4a_7c15;
    (product as u64) ^ (product >> 64) as u64
}
