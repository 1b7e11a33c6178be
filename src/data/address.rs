//! IPv4 addresses packed into 32 bits, and printed back exactly as they were written.

/// The longest dotted quad, `255.255.255.255`.
const LONGEST: usize = 15;

/// The address a text spells, most significant octet first; `None` for anything else.
///
/// Only the canonical spelling is taken (four octets, no leading zeros), because only that one
/// prints back as it was written; `010.0.0.1` stays a text.
#[inline]
pub fn parse_ipv4(text: &[u8]) -> Option<u32> {
    if text.len() < 7 || text.len() > LONGEST {
        return None;
    }
    let mut address: u32 = 0;
    let mut octet: u32 = 0;
    let mut digits = 0u32;
    let mut dots = 0u32;
    for &byte in text {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit <= 9 {
            // A second digit after a leading zero is no canonical octet.
            if digits > 0 && octet == 0 {
                return None;
            }
            octet = octet * 10 + digit;
            digits += 1;
            if octet > 255 {
                return None;
            }
        } else if byte == b'.' && digits > 0 && dots < 3 {
            address = address << 8 | octet;
            octet = 0;
            digits = 0;
            dots += 1;
        } else {
            return None;
        }
    }
    (dots == 3 && digits > 0).then_some(address << 8 | octet)
}

/// A short printed text on the stack.
#[derive(Clone, Copy)]
pub struct Printed {
    /// With a place for the point behind the last octet.
    bytes: [u8; LONGEST + 1],
    len: usize,
}

/// Every octet as it prints, with a point behind it, and the length of both.
const OCTETS: [([u8; 4], u8); 256] = {
    let mut octets = [([b'.'; 4], 0); 256];
    let mut octet = 0;
    while octet < 256 {
        let (hundreds, tens, ones) = (octet / 100, octet / 10 % 10, octet % 10);
        let (h, t, o) = (b'0' + hundreds as u8, b'0' + tens as u8, b'0' + ones as u8);
        octets[octet] = match octet {
            0..10 => ([o, b'.', 0, 0], 2),
            10..100 => ([t, o, b'.', 0], 3),
            _ => ([h, t, o, b'.'], 4),
        };
        octet += 1;
    }
    octets
};

impl Printed {
    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The canonical spelling of an address.
#[inline]
pub fn print_ipv4(address: u32) -> Printed {
    let mut text = Printed { bytes: [0; LONGEST + 1], len: 0 };
    for octet in address.to_be_bytes() {
        let (bytes, len) = OCTETS[usize::from(octet)];
        // Whatever stands behind an octet is written over by the next one.
        if let Some(place) = text.bytes.get_mut(text.len..text.len + 4) {
            place.copy_from_slice(&bytes);
        }
        text.len += usize::from(len);
    }
    text.len -= 1;
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_spellings_survive_the_way_there_and_back() {
        for text in ["0.0.0.0", "10.0.0.1", "255.255.255.255", "192.0.2.24", "100.9.10.99"] {
            let address = parse_ipv4(text.as_bytes()).expect(text);
            assert_eq!(print_ipv4(address).as_bytes(), text.as_bytes());
        }
    }

    #[test]
    fn everything_else_stays_text() {
        let texts = [
            "",
            "-",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.00",
            "256.1.1.1",
            "1..2.3",
            "1.2.3.",
            ".1.2.3",
            "1.2.3.4 ",
            "a.b.c.d",
            "2001:db8::1",
            "1.2.3.-4",
            "1.2.3.4444",
        ];
        for text in texts {
            assert_eq!(parse_ipv4(text.as_bytes()), None, "{text}");
        }
    }
}
