//! Group tables: every distinct key once, numbered from 0, with the position it was first seen at.

use hashbrown::HashTable;

use super::batch::Position;

/// Distinct keys of `width` words each.
pub struct GroupTable {
    width: usize,
    table: HashTable<u32>,
    words: Vec<u64>,
    hashes: Vec<u64>,
    first: Vec<Position>,
}

impl GroupTable {
    /// An empty table for keys of `width` words.
    pub fn new(width: usize) -> GroupTable {
        GroupTable {
            width,
            table: HashTable::new(),
            words: Vec::new(),
            hashes: Vec::new(),
            first: Vec::new(),
        }
    }

    /// The number of groups.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
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

    /// The groups of the keys of a batch, appended to `groups`; equal neighbours are looked up once.
    pub fn insert_all(
        &mut self,
        keys: &[u64],
        hashes: &[u64],
        positions: &[Position],
        groups: &mut Vec<u32>,
    ) {
        if self.width == 0 {
            // Without keys there is one group.
            positions.iter().for_each(|&position| groups.push(self.insert(&[], 0, position)));
            return;
        }
        let mut last: Option<(u64, &[u64], u32)> = None;
        for ((key, &hash), &position) in keys.chunks_exact(self.width).zip(hashes).zip(positions) {
            let group = match last {
                Some((known, same, group)) if known == hash && same == key => {
                    let first = &mut self.first[group as usize];
                    *first = position.min(*first);
                    group
                }
                _ => self.insert(key, hash, position),
            };
            last = Some((hash, key, group));
            groups.push(group);
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
    }
}
