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
    if width == 0 {
        out.resize(out.len() + count, 0);
        return;
    }
    let mask = u64::MAX >> (64 - width);
    let mut bit = 0_usize;
    // Eight bytes are looked at for each number; those at the end are copied to have so many.
    let whole = packed.len().saturating_sub(8) * 8 / width as usize;
    let fast = whole.min(count);
    for _ in 0..fast {
        let at = bit / 8;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&packed[at..at + 8]);
        out.push((u64::from_le_bytes(bytes) >> (bit % 8) & mask) as u32);
        bit += width as usize;
    }
    let from = bit / 8;
    let mut tail = packed[from..].to_vec();
    tail.resize(tail.len() + 8, 0);
    bit -= from * 8;
    for _ in fast..count {
        let at = bit / 8;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&tail[at..at + 8]);
        out.push((u64::from_le_bytes(bytes) >> (bit % 8) & mask) as u32);
        bit += width as usize;
    }
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
