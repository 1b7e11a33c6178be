//! Values: one number or text out of a line, without a branch per byte.

use crate::data::Word;
use crate::data::number::parse_integer;
use crate::data::text::LONGEST_SLICE;

use super::separators::dots_and_digits;

/// The number that `text[start..end]` spells, which is known to be decimal digits only; `None`
/// where it does not fit 64 bits.
#[inline]
pub fn digits(text: &[u8], start: usize, end: usize) -> Option<i64> {
    let len = end.wrapping_sub(start);
    if let Some(chunk) = chunk::<8>(text, start) {
        let chunk = u64::from_le_bytes(*chunk);
        if len.wrapping_sub(1) < 8 {
            return Some(eight(chunk << (64 - 8 * len)));
        }
        if len <= 16
            && let Some(last) = chunk_before(text, end)
        {
            let head = eight(chunk << (64 - 8 * (len - 8)));
            return Some(head * 100_000_000 + eight(u64::from_le_bytes(*last)));
        }
    }
    parse_integer(text.get(start..end)?)
}

#[inline]
fn chunk<const N: usize>(text: &[u8], start: usize) -> Option<&[u8; N]> {
    text.get(start..)?.first_chunk()
}

#[inline]
fn chunk_before(text: &[u8], end: usize) -> Option<&[u8; 8]> {
    text.get(..end)?.last_chunk()
}

/// The number of eight digits, the first in the lowest byte; zero bytes in front count as `0`.
#[inline]
fn eight(digits: u64) -> i64 {
    let ones = digits & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    ((fours * 10_000 + (fours >> 32)) & 0xffff_ffff) as i64
}

/// The word of `text[start..end]`; the same as [`Word::of`], faster where more text follows.
#[inline]
pub fn word(text: &[u8], start: usize, end: usize) -> Word {
    let len = end.wrapping_sub(start);
    match chunk::<16>(text, start) {
        Some(_) if len > 15 => slice(start, len),
        Some(bytes) => match ipv4(bytes, len) {
            Some(address) => Word::address(address),
            None if len <= 7 => short(bytes, len),
            None => slice(start, len),
        },
        None => Word::of(text, start, end),
    }
}

/// The word of a text that is not looked at for an address; the same as [`word`] for texts that
/// are none.
#[inline]
pub fn plain_word(text: &[u8], start: usize, end: usize) -> Word {
    let len = end.wrapping_sub(start);
    match chunk::<16>(text, start) {
        Some(bytes) if len <= 7 && bytes[0].wrapping_sub(b'0') > 9 => short(bytes, len),
        Some(bytes) if len > 15 || bytes[0].wrapping_sub(b'0') > 9 => slice(start, len),
        _ => word(text, start, end),
    }
}

/// The first `len` bytes, at most seven, in a word.
#[inline]
fn short(bytes: &[u8; 16], len: usize) -> Word {
    let [low, _] = bytes.as_chunks::<8>().0 else { unreachable!("16 bytes are two chunks") };
    let text = u64::from_le_bytes(*low) & ((1 << (8 * len)) - 1);
    Word((16 + len as u64) << 56 | text)
}

#[inline]
fn slice(start: usize, len: usize) -> Word {
    Word(2 << 56 | (len.min(LONGEST_SLICE) as u64) << 32 | (start as u64 & 0xffff_ffff))
}

/// The address that the first `len` of 16 bytes spell in canonical form.
#[inline]
pub fn ipv4(bytes: &[u8; 16], len: usize) -> Option<u32> {
    if !(7..=15).contains(&len) {
        return None;
    }
    let inside = (1u32 << len) - 1;
    let (dots, digits) = dots_and_digits(bytes);
    if (dots | digits) & inside != inside {
        return None;
    }
    let dots = dots & inside;
    let first = dots.trailing_zeros();
    let rest = dots & dots.wrapping_sub(1);
    let second = rest.trailing_zeros();
    let rest = rest & rest.wrapping_sub(1);
    let third = rest.trailing_zeros();
    if rest == 0 || rest & (rest - 1) != 0 {
        return None;
    }
    let text = u128::from_le_bytes(*bytes);
    let mut valid = true;
    let mut octet = |start: u32, end: u32| {
        let len = end.wrapping_sub(start);
        valid &= len.wrapping_sub(1) < 3;
        // The digits at the high end of 32 bits, so that missing ones in front are zero.
        let digits = ((text >> ((start & 15) * 8)) as u32) << (32u32.wrapping_sub(len * 8) & 31);
        let digits = digits & 0x0f0f_0f0f;
        let value = (digits >> 8 & 15) * 100 + (digits >> 16 & 15) * 10 + (digits >> 24);
        // A longer octet with a zero in front would not print back as it was written.
        valid &= value <= 255 && value >= [0, 0, 10, 100][(len & 3) as usize];
        value
    };
    let address = octet(0, first) << 24
        | octet(first + 1, second) << 16
        | octet(second + 1, third) << 8
        | octet(third + 1, len as u32);
    valid.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::address::parse_ipv4;

    #[test]
    fn numbers_of_every_length_are_read_anywhere_in_a_text() {
        for len in 1..=18u32 {
            for tail in ["", " ", " 12", " 123456789012345678"] {
                let number = 1_234_567_890_123_456_789_i64 / 10_i64.pow(19 - len);
                let text = format!("7 {number}{tail}");
                let end = 2 + number.to_string().len();
                assert_eq!(digits(text.as_bytes(), 2, end), Some(number), "{text}");
            }
        }
        assert_eq!(digits(b"9223372036854775807 ", 0, 19), Some(i64::MAX));
        assert_eq!(digits(b"9223372036854775808 ", 0, 19), None);
        assert_eq!(digits(b"000080 and so on", 0, 6), Some(80));
    }

    #[test]
    fn words_are_those_of_the_slow_way() {
        let mut texts: Vec<String> = [
            "-",
            "OK",
            "ACCEPT",
            "NODATA",
            "SKIPDATA",
            "1234567",
            "12345678",
            "eni-0123456789abcdef0",
            "2001:db8::1",
            "1.2.3",
            "1.2.3.4",
            "1.2.3.4.5",
            "01.2.3.4",
            "0.0.0.0",
            "1.2.3.00",
            "256.1.1.1",
            "255.255.255.255",
            "255.255.255.2555",
            "1..2.3",
            ".1.2.3",
            "1.2.3.",
            "1.2.3.a",
            "1234.1.1.1",
            "1.1.1.1234",
            "::1",
            "10.0.0.1\u{e9}",
            "a",
            "....",
            ".......",
            "1.......",
            "1.2......",
        ]
        .map(str::to_owned)
        .to_vec();
        for i in 0..=300u32 {
            texts.push(format!("{i}.{}.{}.{}", i % 7, 300 - i, i * 7 % 256));
        }
        for text in texts {
            for tail in ["", " 1.2.3.4 5.6.7.8 9.9.9.9"] {
                let whole = format!("{text}{tail}");
                let slow = Word::of(whole.as_bytes(), 0, text.len());
                assert_eq!(word(whole.as_bytes(), 0, text.len()), slow, "{whole}");
                assert_eq!(plain_word(whole.as_bytes(), 0, text.len()), slow, "{whole}");
            }
            let mut bytes = [b'9'; 16];
            let len = text.len().min(16);
            bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
            if len < 16 {
                assert_eq!(ipv4(&bytes, len), parse_ipv4(text.as_bytes()), "{text}");
            }
        }
    }
}
