//! Packing: keys of several words in as few words as their values need.
//!
//! Two addresses are 64 bits and two ports are 32, but each takes a word of a key. Where millions of
//! keys are held, that is the memory of `stats`.

use crate::data::keys::{is_interned, kind, payload, translate, with_kind};

/// The kinds of whole numbers and addresses have payloads; short texts tell their length by the kind.
const FIRST_TEXT_KIND: u64 = 16;

/// How keys are packed. Whether a key fits is decided by the key alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Packing {
    parts: Vec<Part>,
    words: usize,
}

/// The place of one word of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    /// The kind that all words of this column have; they are kept whole where `bits` is 64.
    kind: u64,
    bits: u32,
    /// The packed word it is in, and where.
    word: usize,
    shift: u32,
}

impl Part {
    fn fits(&self, word: u64) -> bool {
        self.bits == 64 || (kind(word) == self.kind && payload(word) >> self.bits == 0)
    }
}

impl Packing {
    /// A packing that suits the keys seen so far, of `width` words each.
    pub(super) fn of(keys: &[u64], width: usize) -> Packing {
        let shape = |at: usize| shape(keys.iter().skip(at).step_by(width).copied());
        let mut parts: Vec<Part> = Vec::with_capacity(width);
        let mut room: Vec<u32> = Vec::new();
        for (kind, bits) in (0..width).map(shape) {
            let word = room.iter().position(|room| *room >= bits).unwrap_or_else(|| {
                room.push(64);
                room.len() - 1
            });
            parts.push(Part { kind, bits, word, shift: 64 - room[word] });
            room[word] -= bits;
        }
        Packing { parts, words: room.len() }
    }

    /// The number of words of a packed key.
    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// Whether packed keys hold numbers of interned texts.
    pub(super) fn has_interned(&self) -> bool {
        // Words that are kept whole may be anything.
        self.parts.iter().any(|part| part.bits == 64 || is_interned(with_kind(part.kind, 0)))
    }

    /// Packs a key into `packed`; `false` where it does not fit.
    #[inline]
    pub(super) fn pack(&self, key: &[u64], packed: &mut [u64]) -> bool {
        packed.fill(0);
        let mut fits = true;
        for (part, &word) in self.parts.iter().zip(key) {
            fits &= part.fits(word);
            let bits = if part.bits == 64 { word } else { payload(word) };
            packed[part.word] |= bits << part.shift;
        }
        fits
    }

    /// Packs keys of `width` words, and marks those that fit.
    pub(super) fn pack_all(
        &self,
        keys: &[u64],
        width: usize,
        packed: &mut Vec<u64>,
        fits: &mut Vec<bool>,
    ) {
        let len = keys.len() / width.max(1);
        packed.clear();
        packed.resize(len * self.words, 0);
        fits.clear();
        fits.resize(len, true);
        // Column by column: what to do with a word is decided once.
        for (at, part) in self.parts.iter().enumerate() {
            let own = keys.iter().skip(at).step_by(width);
            let places = packed.iter_mut().skip(part.word).step_by(self.words);
            for ((word, place), fits) in own.zip(places).zip(fits.iter_mut()) {
                *fits &= part.fits(*word);
                let bits = if part.bits == 64 { *word } else { payload(*word) };
                *place |= bits << part.shift;
            }
        }
    }

    /// Appends the key that was packed.
    pub(super) fn unpack(&self, packed: &[u64], key: &mut Vec<u64>) {
        key.extend(self.parts.iter().map(|part| {
            let bits = packed[part.word] >> part.shift;
            match part.bits {
                64 => bits,
                width => with_kind(part.kind, bits & ((1 << width) - 1)),
            }
        }));
    }

    /// Appends the key that was packed, with interned texts renumbered by `map`.
    pub(super) fn unpack_translated(&self, packed: &[u64], map: &[u32], key: &mut Vec<u64>) {
        let from = key.len();
        self.unpack(packed, key);
        key[from..].iter_mut().for_each(|word| *word = translate(*word, map));
    }
}

/// The kind most words of a column have and the bits their payloads need; 64 bits where there is
/// no such kind.
fn shape(words: impl Iterator<Item = u64> + Clone) -> (u64, u32) {
    let mut counts = [0_usize; FIRST_TEXT_KIND as usize];
    let mut all = 0;
    for word in words.clone() {
        all += 1;
        if let Some(count) = counts.get_mut(kind(word) as usize) {
            *count += 1;
        }
    }
    let common = (0..FIRST_TEXT_KIND).max_by_key(|kind| counts[*kind as usize]).unwrap_or(0);
    if counts[common as usize] * 10 < all * 9 {
        return (0, 64);
    }
    let of_kind = words.filter(|word| kind(*word) == common);
    let bits = u64::BITS - of_kind.map(payload).max().unwrap_or(0).leading_zeros();
    match bits {
        // Numbers that come later may be larger than those seen so far.
        0..=16 => (common, 16),
        17..=32 => (common, 32),
        _ => (0, 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interner::Interner;
    use crate::data::keys::encode_value;
    use crate::data::{Value, keys};

    fn key(values: &[Value], interner: &mut Interner) -> Vec<u64> {
        values.iter().map(|value| encode_value(value, interner)).collect()
    }

    #[test]
    fn keys_come_back_as_they_went_in() {
        let mut interner = Interner::default();
        let flow = |address: &str, port: i64, eni: &str| {
            [
                Value::text(address),
                Value::text("10.255.0.1"),
                Value::Integer(port),
                Value::Integer(6),
                Value::text(eni),
            ]
        };
        let usual = key(&flow("10.0.0.1", 443, "eni-0123456789"), &mut interner);
        let packing = Packing::of(&usual, 5);
        assert_eq!(packing.words(), 2, "two addresses; two small numbers and a number of a text");
        let mut packed = [0; 2];
        let other = key(&flow("255.255.255.255", 65535, "eni-9876543210"), &mut interner);
        for key in [usual, other] {
            assert!(packing.pack(&key, &mut packed));
            let mut back = Vec::new();
            packing.unpack(&packed, &mut back);
            assert_eq!(back, key);
        }
    }

    #[test]
    fn keys_that_do_not_fit_are_told() {
        let mut interner = Interner::default();
        let usual = key(&[Value::text("10.0.0.1"), Value::Integer(443)], &mut interner);
        let packing = Packing::of(&usual, 2);
        assert_eq!(packing.words(), 1);
        let odd = [
            [Value::Missing, Value::Integer(443)],
            [Value::text("2001:db8::1"), Value::Integer(443)],
            [Value::text("10.0.0.1"), Value::Integer(65536)],
            [Value::text("10.0.0.1"), Value::Integer(-1)],
            [Value::text("10.0.0.1"), Value::text("https")],
        ];
        for values in odd {
            let key = key(&values, &mut interner);
            assert!(!packing.pack(&key, &mut [0]), "{values:?}");
        }
    }

    #[test]
    fn words_of_many_kinds_stay_whole() {
        let mut interner = Interner::default();
        let values = [Value::text("a"), Value::text("bc"), Value::Integer(1), Value::Missing];
        let keys = key(&values, &mut interner);
        let packing = Packing::of(&keys, 1);
        let mut packed = [0];
        for key in &keys {
            assert!(packing.pack(&[*key], &mut packed));
            assert_eq!(packed, [*key]);
        }
        assert_eq!(keys[3], keys::MISSING);
    }
}
