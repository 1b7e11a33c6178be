//! Runs of small whole numbers as Parquet packs them: repeated ones once, others bit by bit.
//!
//! Source: Parquet's format, "Encodings", run length encoding and bit packing hybrid.

use std::ops::Range;

use bytes::Bytes;

/// Numbers of `width` bits in runs, of which any can be taken.
pub(super) struct Packed {
    data: Bytes,
    width: u32,
    runs: Vec<Run>,
}

/// Numbers that are packed alike.
struct Run {
    /// The place of the first of them.
    begin: usize,
    end: usize,
    how: How,
}

enum How {
    /// The same number all over.
    Repeated(u32),
    /// Bit by bit, from a byte of the data on.
    Bits(usize),
}

impl Packed {
    /// `count` numbers out of `data`; fewer bytes than that are an error.
    pub(super) fn new(data: Bytes, width: u32, count: usize) -> Result<Packed, String> {
        if width > 32 {
            return Err(format!("numbers of {width} bits"));
        }
        let (mut at, size) = (0, width.div_ceil(8) as usize);
        let (mut begin, mut runs) = (0, Vec::new());
        while begin < count {
            let (header, taken) = varint(&data[at..]).ok_or_else(short)?;
            at += taken;
            let left = count - begin;
            let many = usize::try_from(header >> 1).unwrap_or(usize::MAX);
            let (len, how, behind) = if header & 1 == 0 {
                let bytes = data[at..].get(..size).ok_or_else(short)?;
                let value = bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
                (many.min(left), How::Repeated(value), at + size)
            } else {
                let bytes = many.saturating_mul(width as usize);
                // The last run may be cut behind the values that there are.
                let bytes = bytes.min(data.len() - at);
                let len = many.saturating_mul(8).min(left);
                if bytes * 8 < len * width as usize {
                    return Err(short());
                }
                (len, How::Bits(at), at + bytes)
            };
            if len == 0 {
                return Err("a run of no values".to_owned());
            }
            runs.push(Run { begin, end: begin + len, how });
            (begin, at) = (begin + len, behind);
        }
        Ok(Packed { data, width, runs })
    }

    /// Appends the numbers from one place to another.
    pub(super) fn push_range(&self, range: Range<usize>, out: &mut Vec<u32>) {
        let first = self.runs.partition_point(|run| run.end <= range.start);
        for run in &self.runs[first..] {
            if run.begin >= range.end {
                break;
            }
            let (from, to) = (range.start.max(run.begin), range.end.min(run.end));
            match run.how {
                How::Repeated(value) => out.resize(out.len() + (to - from), value),
                How::Bits(at) => self.push_bits(at, from - run.begin..to - run.begin, out),
            }
        }
    }

    /// Appends those of a run of bits, whose places count from its first.
    fn push_bits(&self, at: usize, range: Range<usize>, out: &mut Vec<u32>) {
        let width = self.width as usize;
        let (eight, before) = (range.start / 8, range.start % 8);
        let packed = |eight: usize| &self.data[(at + eight * width).min(self.data.len())..];
        if before == 0 {
            return unpack_bits(packed(eight), self.width, range.len(), out);
        }
        // The range begins within eight numbers.
        let mut head = Vec::with_capacity(8);
        unpack_bits(packed(eight), self.width, 8.min(before + range.len()), &mut head);
        out.extend_from_slice(&head[before..]);
        let left = (before + range.len()).saturating_sub(8);
        unpack_bits(packed(eight + 1), self.width, left, out);
    }

    /// The places of the numbers of one bit each that are 0.
    pub(super) fn zeros(&self) -> Vec<u32> {
        let mut zeros = Vec::new();
        for run in &self.runs {
            match run.how {
                How::Repeated(0) => zeros.extend(run.begin as u32..run.end as u32),
                How::Repeated(_) => {}
                How::Bits(at) => {
                    let bytes = self.data[at..].iter().take((run.end - run.begin).div_ceil(8));
                    for (eight, byte) in bytes.enumerate().filter(|(_, byte)| **byte != u8::MAX) {
                        let bits = (0..8).filter(|bit| byte >> bit & 1 == 0);
                        let places = bits.map(|bit| run.begin + 8 * eight + bit);
                        zeros.extend(places.filter(|place| *place < run.end).map(|it| it as u32));
                    }
                }
            }
        }
        zeros
    }

    /// Appends the numbers at some places, which rise.
    pub(super) fn push_at(&self, places: impl Iterator<Item = usize>, out: &mut Vec<u32>) {
        let mut runs = self.runs.iter();
        let Some(mut run) = runs.next() else { return };
        let mask = u64::MAX.checked_shr(64 - self.width).unwrap_or(0);
        for place in places {
            while run.end <= place {
                let Some(next) = runs.next() else { return };
                run = next;
            }
            out.push(match run.how {
                How::Repeated(value) => value,
                How::Bits(at) => {
                    let bit = (place - run.begin) * self.width as usize;
                    let bytes = &self.data[(at + bit / 8).min(self.data.len())..];
                    let mut eight = [0; 8];
                    match bytes.first_chunk() {
                        Some(bytes) => eight = *bytes,
                        None => eight[..bytes.len()].copy_from_slice(bytes),
                    }
                    (u64::from_le_bytes(eight) >> (bit % 8) & mask) as u32
                }
            });
        }
    }
}

/// Whether packed bits are a run of ones that reaches as far as there are values: no value is
/// missing then.
pub(super) fn is_one_run(data: &[u8], count: usize) -> bool {
    let Some((header, taken)) = varint(data) else { return false };
    header & 1 == 0 && data.get(taken) == Some(&1) && header >> 1 >= count as u64
}

fn short() -> String {
    "the page ends too early".to_owned()
}

/// Numbers of `width` bits, the lowest bit first.
fn unpack_bits(packed: &[u8], width: u32, count: usize, out: &mut Vec<u32>) {
    let end = out.len() + count;
    // The compiler makes a straight run of shifts for each width.
    macro_rules! of_width {
        ($($width:literal)*) => {
            match width {
                $($width => unpack_eights::<$width>(packed, count, out),)*
                _ => {}
            }
        };
    }
    of_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
    of_width!(17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
    // No bits are zeros; of the last eight numbers some may be no more wanted.
    out.resize(end, 0);
}

/// At least so many numbers of `W` bits, eight at a time, which take `W` bytes.
fn unpack_eights<const W: usize>(packed: &[u8], count: usize, out: &mut Vec<u32>) {
    let begin = out.len();
    out.resize(begin + count.next_multiple_of(8), 0);
    let (eights, _) = out[begin..].as_chunks_mut::<8>();
    for (number, eight) in eights.iter_mut().enumerate() {
        let bytes = &packed[(number * W).min(packed.len())..];
        *eight = match bytes.first_chunk() {
            Some(bytes) => eight_of::<W>(bytes),
            // The last bytes, or fewer than eight numbers take.
            None => {
                let mut padded = [0; AHEAD];
                padded[..bytes.len()].copy_from_slice(bytes);
                eight_of::<W>(&padded)
            }
        };
    }
}

/// Bytes that are looked at for eight numbers: those that they take and some behind.
const AHEAD: usize = 40;

/// Eight numbers of `W` bits each.
fn eight_of<const W: usize>(bytes: &[u8; AHEAD]) -> [u32; 8] {
    let mask = u64::MAX >> (64 - W);
    std::array::from_fn(|number| {
        let bit = number * W;
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[bit / 8..bit / 8 + 8]);
        (u64::from_le_bytes(eight) >> (bit % 8) & mask) as u32
    })
}

/// A number of seven bits a byte, and how many bytes it takes.
fn varint(data: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (at, byte) in data.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_and_length_unpacks() {
        for width in 1..=32_u32 {
            for count in [1, 7, 8, 9, 24, 31] {
                let mask = u64::MAX >> (64 - width);
                let number = |at: u64| (at * 0x9e37_79b9 + 0x7f4a) & mask;
                let numbers: Vec<u32> = (0..count).map(|at| number(at) as u32).collect();
                // As many bytes as the numbers take, not those of a whole group.
                let mut packed = vec![0_u8; (count as usize * width as usize).div_ceil(8)];
                for (at, number) in numbers.iter().enumerate() {
                    for bit in (0..width as usize).filter(|bit| number >> bit & 1 == 1) {
                        let place = at * width as usize + bit;
                        packed[place / 8] |= 1 << (place % 8);
                    }
                }
                let mut out = vec![5];
                unpack_bits(&packed, width, count as usize, &mut out);
                assert_eq!(out[1..], numbers, "{count} of {width} bits");
            }
        }
    }

    #[test]
    fn the_example_of_the_format_and_runs() {
        let unpacked = |data: &[u8], width, count| {
            let packed = Packed::new(Bytes::copy_from_slice(data), width, count)?;
            let mut all = Vec::new();
            packed.push_range(0..count, &mut all);
            // Any part is that of the whole, and so is any number.
            for begin in 0..count {
                for end in begin..=count {
                    let (mut part, mut each) = (Vec::new(), Vec::new());
                    packed.push_range(begin..end, &mut part);
                    packed.push_at((begin..end).step_by(3), &mut each);
                    assert_eq!(part, all[begin..end]);
                    assert!(part.iter().step_by(3).eq(&each), "{each:?}");
                }
            }
            Ok::<_, String>(all)
        };
        // 0 to 7 in three bits each, from the format's own page.
        let packed = [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(unpacked(&packed, 3, 8), Ok((0..8).collect()));
        assert_eq!(unpacked(&packed, 3, 5), Ok((0..5).collect()));
        assert_eq!(unpacked(&[10, 7], 3, 5), Ok(vec![7; 5]));
        assert_eq!(unpacked(&[4, 7, 6, 1], 3, 5), Ok(vec![7, 7, 1, 1, 1]));
        assert_eq!(unpacked(&[4, 0x34, 0x12], 16, 2), Ok(vec![0x1234; 2]));
        assert_eq!(unpacked(&[3], 0, 8), Ok(vec![0; 8]));
        assert!(unpacked(&packed[..2], 3, 8).is_err());
        assert!(unpacked(&[], 3, 1).is_err());
        assert!(unpacked(&[0, 1], 3, 1).is_err());
        assert!(unpacked(&packed, 40, 1).is_err());
        // 100 numbers of 11 bits, packed by hand.
        let numbers: Vec<u32> = (0..104).map(|n| n * 19 % 2048).collect();
        let mut bits = vec![0_u8; 143];
        for (at, number) in numbers.iter().enumerate() {
            for bit in (0..11).filter(|bit| number >> bit & 1 == 1) {
                bits[(at * 11 + bit) / 8] |= 1 << ((at * 11 + bit) % 8);
            }
        }
        let data = [&[13 << 1 | 1][..], &bits].concat();
        assert_eq!(unpacked(&data, 11, 104), Ok(numbers.clone()));
        // Five ones, 1010 0110 from the lowest bit on, one more zero.
        let bits = [10, 1, 3, 0b0110_0101, 2, 0];
        let zeros =
            |count| Packed::new(Bytes::copy_from_slice(&bits), 1, count).map(|it| it.zeros());
        assert_eq!(zeros(14), Ok(vec![6, 8, 9, 12, 13]));
        assert_eq!(zeros(9), Ok(vec![6, 8]));
        // Behind a run of three, so that nothing begins at a multiple of eight.
        let data = [&[6, 5, 0][..], &data].concat();
        assert_eq!(unpacked(&data, 11, 107), Ok([vec![5; 3], numbers].concat()));
    }
}
