//! Group tables: every distinct key once, numbered from 0, with the position it was first seen at.

use hashbrown::HashTable;

use super::batch::Position;
use super::interner::{Seen, hash_word};
use super::text::{TextColumn, Word};

/// Distinct keys of `width` words each.
#[derive(Clone)]
pub struct GroupTable {
    width: usize,
    table: HashTable<u32>,
    words: Vec<u64>,
    hashes: Vec<u64>,
    first: Vec<Position>,
    /// One more than the group met last among keys of the same few bits, 0 where there is none.
    recent: Vec<u32>,
    /// The highest position folded in by all but [`GroupTable::insert`].
    latest: Position,
}

/// The least and the greatest position, where there is one, and whether they stand in their order.
fn ends(positions: &[Position]) -> Option<(Position, Position, bool)> {
    if positions.is_sorted() {
        return Some((*positions.first()?, *positions.last()?, true));
    }
    Some((*positions.iter().min()?, *positions.iter().max()?, false))
}

/// Keys that are remembered.
const RECENT: usize = 4096;
/// With more groups than this, a key is rarely met again soon.
const MANY: usize = 2 * RECENT;

impl GroupTable {
    /// An empty table for keys of `width` words.
    pub fn new(width: usize) -> GroupTable {
        GroupTable {
            width,
            table: HashTable::new(),
            words: Vec::new(),
            hashes: Vec::new(),
            first: Vec::new(),
            recent: Vec::new(),
            latest: 0,
        }
    }

    /// Makes room for groups to come.
    pub fn reserve(&mut self, groups: usize) {
        let hashes = &self.hashes;
        self.table.reserve(groups, |&group| hashes[group as usize]);
        self.words.reserve(groups * self.width);
        self.hashes.reserve(groups);
        self.first.reserve(groups);
    }

    /// The number of words of a key.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of groups.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// The group of a key, where there is one.
    #[inline]
    pub fn find(&self, key: &[u64], hash: u64) -> Option<u32> {
        let (width, words) = (self.width, &self.words);
        let same = |&group: &u32| {
            let start = group as usize * width;
            words[start..start + width] == *key
        };
        self.table.find(hash, same).copied()
    }

    /// The group of a key, made if it is new.
    #[inline]
    pub fn insert(&mut self, key: &[u64], hash: u64, position: Position) -> u32 {
        let (width, words) = (self.width, &self.words);
        let same = |&group: &u32| {
            let start = group as usize * width;
            match width {
                1 => words[start] == key[0],
                _ => words[start..start + width] == *key,
            }
        };
        if let Some(&group) = self.table.find(hash, same) {
            let first = &mut self.first[group as usize];
            *first = position.min(*first);
            return group;
        }
        let group = self.first.len() as u32;
        self.words.extend_from_slice(key);
        self.hashes.push(hash);
        self.first.push(position);
        let hashes = &self.hashes;
        self.table.insert_unique(hash, group, |&group| hashes[group as usize]);
        group
    }

    /// The groups of the keys of a batch, appended to `groups`; `hash` is asked only about keys that
    /// were not met a short while ago. Gives the group of all records where that is one.
    pub fn insert_all(
        &mut self,
        keys: &[u64],
        hash: impl Fn(&[u64]) -> u64,
        positions: &[Position],
        groups: &mut Vec<u32>,
    ) -> Option<u32> {
        let width = self.width;
        // Bins of time and the like: often all records of a batch are of one group. Each word with
        // the one a key before it, which is fast for keys of any width.
        if let Some(key) = keys.get(..width)
            && keys.iter().zip(keys.iter().skip(width)).all(|(word, next)| word == next)
        {
            return self.insert_one(key, hash(key), positions, groups);
        }
        let rising = self.rises(positions)?;
        groups.reserve(positions.len());
        match self.width {
            1 => self.insert_each::<1>(keys, hash, positions, rising, groups),
            2 => self.insert_each::<2>(keys, hash, positions, rising, groups),
            width => {
                for (key, &position) in keys.chunks_exact(width).zip(positions) {
                    groups.push(self.insert(key, hash(key), position));
                }
            }
        }
        None
    }

    /// Whether positions rise and all are behind those before, so that a group that is known was seen
    /// earlier; `None` where there are none.
    fn rises(&mut self, positions: &[Position]) -> Option<bool> {
        let (least, most, sorted) = ends(positions)?;
        let rising = (self.is_empty() || least > self.latest) && sorted;
        self.latest = most.max(self.latest);
        Some(rising)
    }

    /// The groups of records whose key is a text of a dictionary, appended to `groups`; `key` is asked for
    /// the key and its hash of words that were not met a short while ago.
    pub fn insert_words(
        &mut self,
        texts: &TextColumn,
        seen: &mut Seen,
        mut key: impl FnMut(Word) -> (u64, u64),
        positions: &[Position],
        groups: &mut Vec<u32>,
    ) {
        let Some(rising) = self.rises(positions) else { return };
        seen.turn_to(&texts.buffer);
        groups.extend(texts.words.iter().zip(positions).map(|(&word, &position)| {
            let group = seen.get(word.0, || {
                let (key, hash) = key(word);
                u64::from(self.insert(&[key], hash, position))
            }) as u32;
            if !rising {
                let first = &mut self.first[group as usize];
                *first = position.min(*first);
            }
            group
        }));
    }

    /// The groups of records that all have one key, appended to `groups`; and that group.
    pub fn insert_one(
        &mut self,
        key: &[u64],
        hash: u64,
        positions: &[Position],
        groups: &mut Vec<u32>,
    ) -> Option<u32> {
        let (least, most, _) = ends(positions)?;
        self.latest = most.max(self.latest);
        let group = self.insert(key, hash, least);
        groups.resize(groups.len() + positions.len(), group);
        Some(group)
    }

    fn insert_each<const W: usize>(
        &mut self,
        keys: &[u64],
        hash: impl Fn(&[u64]) -> u64,
        positions: &[Position],
        rising: bool,
        groups: &mut Vec<u32>,
    ) {
        self.recent.resize(RECENT, 0);
        let mut last: Option<(&[u64; W], u32)> = None;
        for (key, &position) in keys.as_chunks::<W>().0.iter().zip(positions) {
            if rising
                && let Some((same, group)) = last
                && same == key
            {
                groups.push(group);
                continue;
            }
            if self.first.len() > MANY {
                groups.push(self.insert(key, hash(key), position));
                continue;
            }
            let bits = key.iter().fold(0, |bits, word| hash_word(*word, bits));
            let place = (bits >> 32) as usize % RECENT;
            let group = self.recent[place].wrapping_sub(1) as usize;
            if self.words.get(group * W..group * W + W).is_some_and(|known| known == key) {
                if !rising {
                    self.first[group] = self.first[group].min(position);
                }
                groups.push(group as u32);
                last = Some((key, group as u32));
            } else {
                let group = self.insert(key, hash(key), position);
                self.recent[place] = group + 1;
                groups.push(group);
                last = Some((key, group));
            }
        }
    }

    /// The keys of all groups, one after another.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The key of a group.
    pub fn key(&self, group: usize) -> &[u64] {
        &self.words[group * self.width..(group + 1) * self.width]
    }

    /// The hash of every key.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Where every group was first seen.
    pub fn first(&self) -> &[Position] {
        &self.first
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        (self.words.capacity() + self.hashes.capacity() + self.first.capacity()) * 8
            + self.table.capacity() * 5
            + self.recent.capacity() * 4
    }
}
