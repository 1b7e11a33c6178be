//! Runs of small whole numbers as Parquet packs them: repeated ones once, others bit by bit.
//!
//! Source: Parquet's format, "Encodings", run length encoding and bit packing hybrid.

/// Appends `count` numbers of `width` bits out of `data`; fewer bytes than that are an error.
pub(super) fn unpack(
    data: &[u8],
    width: u32,
    count: usize,
    out: &mut Vec<u32>,
) -> Result<(), String> {
    if width > 32 {
        return Err(format!("numbers of {width} bits"));
    }
    let end = out.len() + count;
    out.reserve(count);
    let (mut rest, size) = (data, width.div_ceil(8) as usize);
    while out.len() < end {
        let (header, behind) = varint(rest).ok_or_else(short)?;
        rest = behind;
        let left = end - out.len();
        if header & 1 == 0 {
            let run = usize::try_from(header >> 1).unwrap_or(usize::MAX).min(left);
            let bytes = rest.get(..size).ok_or_else(short)?;
            let value = bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            out.resize(out.len() + run, value);
            rest = &rest[size..];
            if run == 0 {
                return Err("a run of no values".to_owned());
            }
            continue;
        }
        let groups = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        let bytes = groups.saturating_mul(width as usize);
        // The last run may be cut behind the values that there are.
        let packed = &rest[..bytes.min(rest.len())];
        let run = groups.saturating_mul(8).min(left);
        if packed.len() * 8 < run * width as usize || run == 0 {
            return Err(short());
        }
        unpack_bits(packed, width, run, out);
        rest = &rest[packed.len()..];
    }
    Ok(())
}

/// Whether packed bits are a run of ones that reaches as far as there are values: no value is
/// missing then.
pub(super) fn is_one_run(data: &[u8], count: usize) -> bool {
    let run = varint(data).filter(|(header, rest)| header & 1 == 0 && rest.first() == Some(&1));
    run.is_some_and(|(header, _)| header >> 1 >= count as u64)
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
    let (eights, rest) = packed.as_chunks::<W>();
    let wanted = count.div_ceil(8);
    for eight in eights.iter().take(wanted) {
        out.extend_from_slice(&eight_of(eight));
    }
    if eights.len() < wanted {
        let mut last = [0; W];
        last[..rest.len()].copy_from_slice(rest);
        out.extend_from_slice(&eight_of(&last));
    }
}

/// Eight numbers of `W` bits each.
fn eight_of<const W: usize>(bytes: &[u8; W]) -> [u32; 8] {
    let mask = u64::MAX >> (64 - W);
    // Eight bytes are looked at for each number.
    let mut padded = [0; 40];
    padded[..W].copy_from_slice(bytes);
    std::array::from_fn(|number| {
        let bit = number * W;
        let mut eight = [0; 8];
        eight.copy_from_slice(&padded[bit / 8..bit / 8 + 8]);
        (u64::from_le_bytes(eight) >> (bit % 8) & mask) as u32
    })
}

/// A number of seven bits a byte, and what stands behind it.
fn varint(data: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in data.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, &data[at + 1..]));
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
            let mut out = Vec::new();
            unpack(data, width, count, &mut out).map(|()| out)
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
        assert_eq!(unpacked(&data, 11, 104), Ok(numbers));
    }
}
