//! Tokens of a message: words, and values that are told by how they are spelled.

use std::net::Ipv6Addr;

/// What a piece of a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Blanks and marks between tokens; a row of blanks is one.
    Mark,
    /// A token without digits.
    Word,
    /// A date, a time of day, or both.
    Time,
    /// An address of either family.
    Address,
    /// A number, also with a sign, a fraction, a unit.
    Number,
    /// Letters and digits mixed.
    Id,
    /// Words of which there are so many that they are values.
    Any,
}

impl Kind {
    /// The byte that stands for it in a key, behind a zero.
    pub(super) fn code(self) -> u8 {
        match self {
            Kind::Mark => b'm',
            Kind::Word => b'w',
            Kind::Time => b't',
            Kind::Address => b'a',
            Kind::Number => b'n',
            Kind::Id => b'i',
            Kind::Any => b'*',
        }
    }

    /// The kind of a code.
    pub(super) fn of_code(code: u8) -> Kind {
        match code {
            b't' => Kind::Time,
            b'a' => Kind::Address,
            b'n' => Kind::Number,
            b'i' => Kind::Id,
            _ => Kind::Any,
        }
    }

    /// Whether it stands for a value.
    pub(super) fn is_value(self) -> bool {
        !matches!(self, Kind::Mark | Kind::Word)
    }

    /// What it is called in a pattern.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Time => "Time",
            Kind::Address => "IP",
            Kind::Number => "Number",
            Kind::Id => "ID",
            _ => "Token",
        }
    }

    /// A pattern of what it looks like.
    pub(super) fn regex(self) -> &'static str {
        match self {
            Kind::Time => r"[0-9][-0-9:., TZ+]*",
            Kind::Address => r"[0-9A-Fa-f:.]+",
            Kind::Number => r"[-+$]?[0-9][0-9.]*[A-Za-z%]{0,2}",
            _ => r"\S+?",
        }
    }
}

/// A piece of a message or of a key, and what it is.
pub(super) type Piece<'t> = (Kind, &'t [u8]);

/// More tokens than this are one value.
pub(super) const MOST: usize = 256;

#[inline]
fn is_mark(byte: u8) -> bool {
    matches!(
        byte,
        0..=b' '
            | b'"'
            | b'\''
            | b'`'
            | b','
            | b';'
            | b':'
            | b'='
            | b'('
            | b')'
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'<'
            | b'>'
            | b'|'
            | b'&'
            | b'?'
            | b'!'
            | b'/'
            | b'\\'
    )
}

/// The pieces of a message, one after another.
#[inline]
pub(super) fn pieces<'t>(text: &'t [u8], mut see: impl FnMut(Kind, &'t [u8])) {
    let (mut at, mut tokens) = (0, 0);
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        if is_mark(byte) {
            let blank = byte <= b' ';
            let len = match blank {
                true => rest.iter().position(|byte| *byte > b' ').unwrap_or(rest.len()),
                false => 1,
            };
            see(Kind::Mark, if blank { b" " } else { &rest[..1] });
            at += len;
            continue;
        }
        tokens += 1;
        if tokens > MOST {
            see(Kind::Any, rest);
            return;
        }
        let len = match byte {
            b'0'..=b'9' => time(rest).or_else(|| address_v6(rest)),
            b'a'..=b'f' | b'A'..=b'F' => address_v6(rest),
            _ => None,
        };
        if let Some((kind, len)) = len {
            see(kind, &rest[..len]);
            at += len;
            continue;
        }
        let len = rest.iter().position(|byte| is_mark(*byte)).unwrap_or(rest.len());
        let token = &rest[..len];
        see(kind_of(token), token);
        at += len;
    }
}

/// What a token without marks is.
fn kind_of(token: &[u8]) -> Kind {
    let mut digits = 0;
    let mut dots = 0;
    let mut others = 0;
    for byte in token {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' => dots += 1,
            _ => others += 1,
        }
    }
    if digits == 0 {
        return Kind::Word;
    }
    if others == 0 {
        return if dots == 3 { Kind::Address } else { Kind::Number };
    }
    // `-5`, `$3.50`, `12ms`, `99%`.
    let body = match token {
        [b'-' | b'+' | b'$', body @ ..] => body,
        body => body,
    };
    let number = body.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let unit = &body[number..];
    let short =
        unit.len() <= 2 && unit.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'%');
    let starts = body.first().is_some_and(u8::is_ascii_digit);
    if starts && short { Kind::Number } else { Kind::Id }
}

/// The length of the date or time that a text begins with.
fn time(text: &[u8]) -> Option<(Kind, usize)> {
    let fits = |text: &[u8], form: &[u8]| {
        text.len() >= form.len()
            && text.iter().zip(form).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                form => byte == form,
            })
    };
    let clock = |text: &[u8]| {
        if !fits(text, b"00:00:00") {
            return None;
        }
        let mut len = 8;
        if matches!(text.get(8), Some(b'.' | b',')) {
            let digits = text[9..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            len = if digits > 0 { 9 + digits } else { len };
        }
        let zone = &text[len..];
        len += match zone.first() {
            Some(b'Z') => 1,
            Some(b'+' | b'-') if fits(&zone[1..], b"00:00") => 6,
            Some(b'+' | b'-') if fits(&zone[1..], b"0000") => 5,
            _ => 0,
        };
        Some(len)
    };
    let len = if fits(text, b"0000-00-00") {
        match text.get(10) {
            Some(b'T' | b' ') => clock(&text[11..]).map_or(10, |clock| 11 + clock),
            _ => 10,
        }
    } else {
        clock(text)?
    };
    let ends = text.get(len).is_none_or(|byte| is_mark(*byte));
    ends.then_some((Kind::Time, len))
}

/// The length of the IPv6 address that a text begins with.
fn address_v6(text: &[u8]) -> Option<(Kind, usize)> {
    // Two colons at least, the first behind at most four digits.
    if !text.iter().take(5).any(|byte| *byte == b':') {
        return None;
    }
    let of_address = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let len = text.iter().take_while(|byte| of_address(byte)).count().min(45);
    let address = std::str::from_utf8(&text[..len]).ok()?;
    let ends = text.get(len).is_none_or(|byte| is_mark(*byte));
    (ends && address.parse::<Ipv6Addr>().is_ok()).then_some((Kind::Address, len))
}

/// Writes the key of a message: equal for messages that differ in their values only.
#[inline]
pub(super) fn key_into(text: &[u8], key: &mut Vec<u8>) {
    key.clear();
    pieces(text, |kind, piece| match kind {
        Kind::Mark | Kind::Word => key.extend_from_slice(piece),
        value => key.extend([0, value.code()]),
    });
}

/// The pieces of a key.
pub(super) fn pieces_of_key(key: &[u8]) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = key.get(at) {
        let rest = &key[at..];
        if byte == 0 && rest.len() > 1 {
            found.push((Kind::of_code(rest[1]), &rest[..2]));
            at += 2;
        } else if is_mark(byte) {
            found.push((Kind::Mark, &rest[..1]));
            at += 1;
        } else {
            let len = rest.iter().position(|byte| is_mark(*byte)).unwrap_or(rest.len());
            found.push((Kind::Word, &rest[..len]));
            at += len;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        let mut shape = String::new();
        pieces(text.as_bytes(), |kind, piece| match kind {
            Kind::Mark | Kind::Word => shape.push_str(&String::from_utf8_lossy(piece)),
            value => shape = format!("{shape}<{}>", value.name()),
        });
        shape
    }

    #[test]
    fn values_are_told_by_how_they_are_spelled() {
        for (text, expected) in [
            (
                "2 123456789012 eni-0a1 10.0.0.4 22 - ACCEPT OK",
                "<Number> <Number> <ID> <IP> <Number> - ACCEPT OK",
            ),
            ("2024-05-01T12:00:00.123Z took   12ms", "<Time> took <Number>"),
            ("2024-05-01 12:00:00 a", "<Time> a"),
            ("at 12:00:00,5: x=-3.5%", "at <Time>: x=<Number>"),
            ("from 2001:db8::1 to fe80::1%eth0", "from <IP> to <ID>::<ID>"),
            ("10.0.0.1:443/8", "<IP>:<Number>/<Number>"),
            ("{\"user\": \"bob\", \"id\": \"a1b2\"}", "{\"user\": \"bob\", \"id\": \"<ID>\"}"),
            ("dead:beef", "dead:beef"),
            ("1:2:3", "<Number>:<Number>:<Number>"),
            ("", ""),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }

    #[test]
    fn a_key_has_the_pieces_of_its_message() {
        let text = b"user bob at 10.0.0.1 took 5ms";
        let mut key = Vec::new();
        key_into(text, &mut key);
        let mut kinds = Vec::new();
        pieces(text, |kind, _| kinds.push(kind));
        let own: Vec<Kind> = pieces_of_key(&key).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(own, kinds);
    }

    #[test]
    fn long_messages_end_in_one_value() {
        let text = "a ".repeat(1000);
        let mut count = 0;
        pieces(text.as_bytes(), |_, _| count += 1);
        assert_eq!(count, 2 * MOST + 1);
    }
}
