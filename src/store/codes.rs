//! Codes: small whole numbers, one per record, in as few bytes each as the largest one needs.

/// Stands for a missing value among numbers that are to be packed.
pub(super) const ABSENT: u32 = u32::MAX;

/// Codes of one width. The highest number of the width stands for a missing value.
pub(super) enum Codes {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Words(Vec<u32>),
}

/// A width that codes may have.
trait Width: Copy + PartialEq {
    const ABSENT: Self;
    fn number(self) -> u32;
}

impl Width for u8 {
    const ABSENT: u8 = u8::MAX;
    fn number(self) -> u32 {
        u32::from(self)
    }
}

impl Width for u16 {
    const ABSENT: u16 = u16::MAX;
    fn number(self) -> u32 {
        u32::from(self)
    }
}

impl Width for u32 {
    const ABSENT: u32 = u32::MAX;
    fn number(self) -> u32 {
        self
    }
}

impl Codes {
    /// Packs numbers up to `most`, which is less than [`ABSENT`], and [`ABSENT`] itself.
    pub(super) fn pack(numbers: &[u32], most: u32) -> Codes {
        // The low bits of the absent number are the absent number of every width.
        if most < u32::from(u8::MAX) {
            Codes::Bytes(numbers.iter().map(|number| *number as u8).collect())
        } else if most < u32::from(u16::MAX) {
            Codes::Shorts(numbers.iter().map(|number| *number as u16).collect())
        } else {
            Codes::Words(numbers.to_vec())
        }
    }

    /// Something of the number of each record at `rows` (all records where `None`), and whether it
    /// is absent.
    #[inline(always)]
    pub(super) fn map<T>(&self, rows: Option<&[u32]>, of: impl Fn(u32, bool) -> T) -> Vec<T> {
        #[inline(always)]
        fn run<W: Width, T>(
            codes: &[W],
            rows: Option<&[u32]>,
            of: impl Fn(u32, bool) -> T,
        ) -> Vec<T> {
            let of = |code: W| of(code.number(), code == W::ABSENT);
            match rows {
                None => codes.iter().map(|code| of(*code)).collect(),
                Some(rows) => rows.iter().map(|row| of(codes[*row as usize])).collect(),
            }
        }
        match self {
            Codes::Bytes(codes) => run(codes, rows, of),
            Codes::Shorts(codes) => run(codes, rows, of),
            Codes::Words(codes) => run(codes, rows, of),
        }
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        match self {
            Codes::Bytes(codes) => codes.capacity(),
            Codes::Shorts(codes) => codes.capacity() * 2,
            Codes::Words(codes) => codes.capacity() * 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_every_width() {
        for most in [0, 3, 254, 255, 65_534, 65_535, u32::MAX - 1] {
            let numbers = [0, most, ABSENT, most / 2];
            let codes = Codes::pack(&numbers, most);
            let read = |rows| codes.map(rows, |code, absent| (!absent).then_some(code));
            assert_eq!(read(None), [Some(0), Some(most), None, Some(most / 2)], "{most}");
            assert_eq!(read(Some(&[2, 1])), [None, Some(most)], "{most}");
        }
    }
}
