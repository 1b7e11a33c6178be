//! Indexes: records by the values of some of their columns.

use super::column::Column;
use super::groups::GroupTable;
use super::interner::Interner;
use super::keys::{MISSING, encode_column, hash_key, translate};

/// Records by the values of some columns; values that print the same are one, and records that
/// lack one of the values are not in it.
pub struct Index {
    interner: Interner,
    table: GroupTable,
    width: usize,
    /// For each key, where its records begin in `rows`; one more at the end.
    starts: Vec<u32>,
    rows: Vec<u32>,
    most: u32,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Index of {} keys", self.table.len())
    }
}

/// The key words of some columns, row by row.
fn encode(columns: &[&Column], records: usize, interner: &mut Interner) -> Vec<u64> {
    let width = columns.len();
    let mut words = vec![0; records * width];
    for (at, column) in columns.iter().enumerate() {
        encode_column(column, interner, &mut words, at, width);
    }
    words
}

impl Index {
    /// The index of `records` records by some columns, at least one.
    pub fn of(columns: &[&Column], records: usize) -> Index {
        let mut interner = Interner::default();
        let width = columns.len().max(1);
        let words = encode(columns, records, &mut interner);
        let mut table = GroupTable::new(width);
        let group = |key: &[u64]| {
            let whole = !key.contains(&MISSING);
            whole.then(|| table.insert(key, hash_key(key, &interner), 0))
        };
        let groups: Vec<Option<u32>> = words.chunks_exact(width).map(group).collect();
        let mut starts = vec![0_u32; table.len() + 1];
        groups.iter().flatten().for_each(|group| starts[*group as usize + 1] += 1);
        let most = starts.iter().copied().max().unwrap_or(0);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; groups.iter().flatten().count()];
        for (row, group) in groups.iter().enumerate() {
            if let Some(group) = group {
                let place = &mut next[*group as usize];
                rows[*place as usize] = row as u32;
                *place += 1;
            }
        }
        Index { interner, table, width, starts, rows, most }
    }

    /// The most records that one key has.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// For each of `records` records with these keys, the records of the index that have them, in
    /// their order.
    pub fn matches(&self, keys: &[&Column], records: usize) -> Vec<&[u32]> {
        let mut interner = Interner::default();
        let words = encode(keys, records, &mut interner);
        // Texts that the index does not know get a number that no key of it has.
        let known = |id| self.interner.find(interner.text(id)).unwrap_or(u32::MAX);
        let map: Vec<u32> = (0..interner.len() as u32).map(known).collect();
        let mut own = vec![0; self.width];
        let found = |key: &[u64]| {
            if key.contains(&MISSING) {
                return &[][..];
            }
            own.iter_mut().zip(key).for_each(|(own, word)| *own = translate(*word, &map));
            match self.table.find(&own, hash_key(key, &interner)) {
                Some(group) => {
                    let (from, to) = (self.starts[group as usize], self.starts[group as usize + 1]);
                    &self.rows[from as usize..to as usize]
                }
                None => &[][..],
            }
        };
        words.chunks_exact(self.width).map(found).collect()
    }

    /// Bytes of memory held.
    pub fn memory(&self) -> usize {
        self.interner.memory() + self.table.memory() + (self.starts.len() + self.rows.len()) * 4
    }
}
