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
    /// Where values begin: the start of the text, then the byte after every separator.
    pub starts: Vec<u32>,
    /// Where the line ends stand.
    pub newlines: Vec<u32>,
    /// Separators that follow another one, or the start of the text: the value between is empty.
    pub doubled: Vec<u32>,
    /// One bit a byte, from `from` on: neither a separator nor a decimal digit.
    others: Vec<u64>,
    from: usize,
}

/// How many starts are written without asking whether there are as many: more than most chunks
/// hold, so that the branch after them is well predicted.
const AT_ONCE: usize = 12;

impl Separators {
    /// Finds the separators of `text[from..to]`, which ends with a line end and is shorter than
    /// 4 GiB. What was found before is gone.
    pub fn find(&mut self, text: &[u8], from: usize, to: usize) {
        let region = text.get(from..to).unwrap_or_default();
        self.from = from;
        self.doubled.clear();
        let chunks = region.len().div_ceil(WIDTH);
        self.others.clear();
        self.others.reserve(chunks + 2);
        self.starts.resize(self.starts.len().max(region.len() / 6 + 2 * WIDTH), 0);
        self.newlines.resize(self.newlines.len().max(region.len() / 64 + 2 * WIDTH), 0);
        self.starts[0] = from as u32;
        let (mut starts, mut lines, mut before) = (1, 0, 1u64);
        let (whole, rest) = region.as_chunks::<WIDTH>();
        let mut at = from as u32;
        for chunk in whole {
            self.step(masks(chunk), at, &mut starts, &mut lines, &mut before);
            at += WIDTH as u32;
        }
        if !rest.is_empty() {
            let mut last = [b'0'; WIDTH];
            last[..rest.len()].copy_from_slice(rest);
            self.step(masks(&last), at, &mut starts, &mut lines, &mut before);
        }
        self.others.extend([0, 0]);
        self.starts.truncate(starts);
        self.newlines.truncate(lines);
    }

    /// Takes down what the masks of one chunk say.
    #[inline(always)]
    fn step(
        &mut self,
        masks: Masks,
        at: u32,
        starts: &mut usize,
        lines: &mut usize,
        before: &mut u64,
    ) {
        self.others.push(masks.others);
        let separators = masks.separators;
        let mut doubled = separators & (separators << 1 | *before);
        *before = separators >> 63;
        while doubled != 0 {
            self.doubled.push(at + doubled.trailing_zeros());
            doubled &= doubled - 1;
        }
        if *starts + WIDTH > self.starts.len() {
            self.starts.resize(self.starts.len() * 2, 0);
        }
        let mut bits = separators;
        let count = bits.count_ones() as usize;
        let out = &mut self.starts[*starts..*starts + WIDTH];
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
        *starts += count;
        if *lines + WIDTH > self.newlines.len() {
            self.newlines.resize(self.newlines.len() * 2, 0);
        }
        let mut bits = masks.newlines;
        // Lines are seldom shorter than a chunk: one store without a branch does for most.
        self.newlines[*lines] = at + bits.trailing_zeros();
        *lines += usize::from(bits != 0);
        bits &= bits.wrapping_sub(1);
        while bits != 0 {
            self.newlines[*lines] = at + bits.trailing_zeros();
            *lines += 1;
            bits &= bits - 1;
        }
    }

    /// Whether a byte of `start..end` (of the text, inside the region) is neither a separator nor
    /// a decimal digit.
    #[inline]
    pub fn has_others(&self, start: u32, end: u32) -> bool {
        let mut bit = start as usize - self.from;
        let end = end as usize - self.from;
        while bit < end {
            let (word, shift) = (bit / 64, bit % 64);
            let low = self.others[word] >> shift;
            let high = (self.others[word + 1] << 1) << (63 - shift);
            let len = end - bit;
            let wanted = if len >= 64 { u64::MAX } else { (1 << len) - 1 };
            if (low | high) & wanted != 0 {
                return true;
            }
            bit += 64;
        }
        false
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
                assert_eq!(found.starts, starts);
                let newlines: Vec<u32> =
                    all.iter().filter(|at| text[**at] == b'\n').map(|at| *at as u32).collect();
                assert_eq!(found.newlines, newlines);
                let doubled: Vec<u32> = all
                    .iter()
                    .filter(|at| **at == from || separator(&(**at - 1)))
                    .map(|at| *at as u32)
                    .collect();
                assert_eq!(found.doubled, doubled);
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
