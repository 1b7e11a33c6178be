//! Separators: where the values and lines of a text begin and end, found 64 bytes at a time.

use wide::i8x16;

/// How many bytes are looked at in one step: one per bit of a mask.
pub const WIDTH: usize = 64;

/// What each of 64 bytes is; the lowest bit stands for the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masks {
    /// Blanks and line ends.
    pub separators: u64,
    /// Line ends.
    pub newlines: u64,
    /// Everything that is neither a separator nor a decimal digit.
    pub others: u64,
}

/// The masks of 64 bytes.
#[inline]
pub fn masks(bytes: &[u8; WIDTH]) -> Masks {
    let (blank, newline) = (i8x16::splat(b' ' as i8), i8x16::splat(b'\n' as i8));
    let (mut blanks, mut newlines, mut digits) = (0u64, 0u64, 0u64);
    for (i, chunk) in bytes.as_chunks::<16>().0.iter().enumerate() {
        let chunk = load(chunk);
        let mask = |vector: i8x16| u64::from(vector.to_bitmask() as u16) << (16 * i);
        blanks |= mask(chunk.simd_eq(blank));
        newlines |= mask(chunk.simd_eq(newline));
        digits |= mask(is_digit(chunk));
    }
    let separators = blanks | newlines;
    Masks { separators, newlines, others: !(separators | digits) }
}

/// Which of 16 bytes are dots, and which are decimal digits.
#[inline]
pub fn dots_and_digits(bytes: &[u8; 16]) -> (u32, u32) {
    let chunk = load(bytes);
    (chunk.simd_eq(i8x16::splat(b'.' as i8)).to_bitmask(), is_digit(chunk).to_bitmask())
}

/// Moves `0` to `9` to the ten lowest signed bytes, since the oldest x86-64 compares only those.
#[inline]
fn is_digit(chunk: i8x16) -> i8x16 {
    (chunk + i8x16::splat((0x80 - b'0') as i8)).simd_lt(i8x16::splat(i8::MIN + 10))
}

#[inline]
fn load(bytes: &[u8; 16]) -> i8x16 {
    i8x16::new(bytes.map(|byte| byte as i8))
}

/// The separators of a text, and what else one pass over it can tell. Reused from block to block.
#[derive(Debug, Default)]
pub struct Separators {
    /// Longer than what was found, so that the pass never asks for room; see [`Separators::starts`].
    starts: Vec<u32>,
    found: usize,
    newlines: Vec<u32>,
    lines: usize,
    doubled: Vec<u32>,
    /// One bit a byte, from `from` on: neither a separator nor a decimal digit.
    others: Vec<u64>,
    from: usize,
}

/// How many starts are written without asking whether there are as many: more than most chunks
/// hold, so that the branch after them is well predicted.
const AT_ONCE: usize = 12;

/// How many starts may be looked at behind the last one; they mean nothing.
pub const PADDING: usize = 8;

impl Separators {
    /// Where values begin: the start of the text, then the byte after every separator.
    #[inline]
    pub fn starts(&self) -> &[u32] {
        &self.starts[..self.found]
    }

    /// As many starts as `N`, from one on; past the last they mean nothing.
    #[inline]
    pub fn starts_from<const N: usize>(&self, first: usize) -> Option<&[u32; N]> {
        self.starts.get(first..)?.first_chunk()
    }

    /// Where the line ends stand.
    #[inline]
    pub fn newlines(&self) -> &[u32] {
        &self.newlines[..self.lines]
    }

    /// Separators that follow another one, or the start of the text: the value between is empty.
    pub fn doubled(&self) -> &[u32] {
        &self.doubled
    }

    /// Finds the separators of `text[from..to]`, which ends with a line end and is shorter than
    /// 4 GiB. What was found before is gone.
    pub fn find(&mut self, text: &[u8], from: usize, to: usize) {
        let region = text.get(from..to).unwrap_or_default();
        self.from = from;
        self.doubled.clear();
        let chunks = region.len().div_ceil(WIDTH);
        let room = (chunks + 1) * WIDTH + 1 + PADDING;
        // New zeroed memory costs nothing until it is written to, which little of it ever is.
        if self.starts.len() < room {
            self.starts = vec![0; room];
            self.newlines = vec![0; room];
            self.others = vec![0; chunks + 2];
        }
        let mut step = Step {
            starts: &mut self.starts,
            found: 1,
            newlines: &mut self.newlines,
            lines: 0,
            before: 1,
            doubled: &mut self.doubled,
        };
        step.starts[0] = from as u32;
        let (whole, rest) = region.as_chunks::<WIDTH>();
        let mut at = from as u32;
        for (chunk, others) in whole.iter().zip(&mut self.others) {
            *others = step.take(masks(chunk), at);
            at += WIDTH as u32;
        }
        if !rest.is_empty() {
            let mut last = [b'0'; WIDTH];
            last[..rest.len()].copy_from_slice(rest);
            self.others[whole.len()] = step.take(masks(&last), at);
        }
        (self.found, self.lines) = (step.found, step.lines);
    }

    /// Whether a byte of `start..end` (of the text, inside the region) is neither a separator nor
    /// a decimal digit.
    #[inline]
    pub fn has_others(&self, start: u32, end: u32) -> bool {
        let mut bit = start as usize - self.from;
        let end = end as usize - self.from;
        while bit < end {
            let (word, shift) = (bit / 64, bit % 64);
            let Some([first, second]) = self.others.get(word..word + 2) else { return true };
            let bits = first >> shift | (second << 1) << (63 - shift);
            let len = end - bit;
            let wanted = if len >= 64 { u64::MAX } else { (1 << len) - 1 };
            if bits & wanted != 0 {
                return true;
            }
            bit += 64;
        }
        false
    }
}

/// Takes down, chunk by chunk, what masks say.
struct Step<'a> {
    starts: &'a mut [u32],
    found: usize,
    newlines: &'a mut [u32],
    lines: usize,
    /// Whether the byte before the chunk is a separator.
    before: u64,
    doubled: &'a mut Vec<u32>,
}

impl Step<'_> {
    /// Takes down one chunk that starts at `at`; returns its mask of other bytes.
    #[inline(always)]
    fn take(&mut self, masks: Masks, at: u32) -> u64 {
        let mut bits = masks.separators;
        let doubled = bits & (bits << 1 | self.before);
        self.before = bits >> 63;
        if doubled != 0 {
            note_doubled(self.doubled, doubled, at);
        }
        let count = bits.count_ones() as usize;
        let out = &mut self.starts[self.found..self.found + WIDTH];
        for slot in &mut out[..AT_ONCE] {
            *slot = at + 1 + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        if count > AT_ONCE {
            for slot in &mut out[AT_ONCE..count] {
                *slot = at + 1 + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
        }
        self.found += count;
        let mut bits = masks.newlines;
        let out = &mut self.newlines[self.lines..self.lines + WIDTH];
        // Lines are seldom shorter than a chunk: one store without a branch does for most.
        out[0] = at + bits.trailing_zeros();
        self.lines += usize::from(bits != 0);
        bits &= bits.wrapping_sub(1);
        for slot in &mut out[1..] {
            if bits == 0 {
                break;
            }
            *slot = at + bits.trailing_zeros();
            self.lines += 1;
            bits &= bits - 1;
        }
        masks.others
    }
}

#[cold]
fn note_doubled(into: &mut Vec<u32>, mut bits: u64, at: u32) {
    while bits != 0 {
        into.push(at + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that favour separators and digits, from a small congruential generator.
    fn bytes(len: usize, seed: u64) -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        };
        (0..len)
            .map(|_| match next() % 8 {
                0 => b' ',
                1 => b'\n',
                2 => b'.',
                3 | 4 => b'0' + next() % 10,
                _ => next(),
            })
            .collect()
    }

    #[test]
    fn masks_agree_with_their_definition() {
        for seed in 0..200 {
            for chunk in bytes(WIDTH * 8, seed).as_chunks::<WIDTH>().0 {
                let mask = |is: fn(&u8) -> bool| {
                    chunk.iter().rev().fold(0u64, |mask, byte| mask << 1 | u64::from(is(byte)))
                };
                let expected = Masks {
                    separators: mask(|byte| matches!(byte, b' ' | b'\n')),
                    newlines: mask(|byte| *byte == b'\n'),
                    others: mask(|byte| !matches!(byte, b' ' | b'\n' | b'0'..=b'9')),
                };
                assert_eq!(masks(chunk), expected);
                for part in chunk.as_chunks::<16>().0 {
                    let mask = |is: fn(&u8) -> bool| {
                        part.iter().rev().fold(0u32, |mask, byte| mask << 1 | u32::from(is(byte)))
                    };
                    let expected = (mask(|byte| *byte == b'.'), mask(u8::is_ascii_digit));
                    assert_eq!(dots_and_digits(part), expected);
                }
            }
        }
    }

    #[test]
    fn starts_line_ends_and_empty_values_are_found_wherever_chunks_end() {
        let mut found = Separators::default();
        for seed in 0..60 {
            for from in [0, 1, 17, 64] {
                let mut text = bytes(200 + seed as usize * 7, seed);
                text.push(b'\n');
                found.find(&text, from, text.len());
                let separator = |at: &usize| matches!(text[*at], b' ' | b'\n');
                let all: Vec<usize> = (from..text.len()).filter(separator).collect();
                let starts: Vec<u32> = std::iter::once(from as u32)
                    .chain(all.iter().map(|at| *at as u32 + 1))
                    .collect();
                assert_eq!(found.starts(), starts);
                let newlines: Vec<u32> =
                    all.iter().filter(|at| text[**at] == b'\n').map(|at| *at as u32).collect();
                assert_eq!(found.newlines(), newlines);
                let doubled: Vec<u32> = all
                    .iter()
                    .filter(|at| **at == from || separator(&(**at - 1)))
                    .map(|at| *at as u32)
                    .collect();
                assert_eq!(found.doubled(), doubled);
                for (start, end) in [(from, from + 1), (from, text.len()), (from + 3, from + 130)] {
                    let end = end.min(text.len());
                    let other = |byte: &u8| !matches!(byte, b' ' | b'\n' | b'0'..=b'9');
                    assert_eq!(
                        found.has_others(start as u32, end as u32),
                        text[start..end].iter().any(other)
                    );
                }
            }
        }
    }
}
