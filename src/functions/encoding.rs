//! String functions that encode and decode: Base64, hexadecimal numbers and texts, URLs.

use super::arguments::{at, text, whole};
use super::function::{Arg, Context, Function, Kind, example};
use crate::data::Value;
use crate::data::text::printable;

const TEXT: &[Arg] = &[Arg::new("text", Kind::Text)];

/// The encoding functions.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "base64decode",
        TEXT,
        Kind::Text,
        "The text that the Base64 text encodes, `=` at its end optional; missing if it is no \
         Base64. Bytes that are no UTF-8 are shown as `\\xNN`.",
        &[
            example("base64decode(\"SGVsbG8=\")", "Hello"),
            example("base64decode(\"SGVsbG8\")", "Hello"),
            example("base64decode(\"a b\")", ""),
        ],
        |args, _| from_bytes(args, base64_decode),
    ),
    Function::new(
        "base64encode",
        TEXT,
        Kind::Text,
        "The text in Base64.",
        &[example("base64encode(\"Hello\")", "SGVsbG8="), example("base64encode(\"\")", "")],
        |args, _| change(args, base64_encode),
    ),
    Function::new(
        "decToHex",
        &[Arg::new("number", Kind::Number)],
        Kind::Text,
        "The whole number in hexadecimal, lower case, with `0x`; a fraction is cut off.",
        &[
            example("decToHex(255)", "0xff"),
            example("decToHex(-255)", "-0xff"),
            example("decToHex(255.9)", "0xff"),
        ],
        dec_to_hex,
    ),
    Function::new(
        "hexToAscii",
        TEXT,
        Kind::Text,
        "The text whose bytes the pairs of hexadecimal digits are; missing if they are none. Bytes \
         that are no UTF-8 are shown as `\\xNN`.",
        &[example("hexToAscii(\"48656c6c6f\")", "Hello"), example("hexToAscii(\"4\")", "")],
        |args, _| from_bytes(args, hex_decode),
    ),
    Function::new(
        "hexToDec",
        TEXT,
        Kind::Number,
        "The number that hexadecimal digits spell, with or without `0x`; missing if they spell \
         none of 64 bits.",
        &[
            example("hexToDec(\"0xff\")", "255"),
            example("hexToDec(\"FF\")", "255"),
            example("hexToDec(\"xyz\")", ""),
        ],
        hex_to_dec,
    ),
    Function::new(
        "urldecode",
        TEXT,
        Kind::Text,
        "The text with `%NN` as bytes and `+` as a blank; a `%` without two digits stays.",
        &[
            example("urldecode(\"a%20b%26c\")", "a b&c"),
            example("urldecode(\"a+b\")", "a b"),
            example("urldecode(\"100%\")", "100%"),
        ],
        |args, _| from_bytes(args, |text| Some(url_decode(text))),
    ),
    Function::new(
        "urlencode",
        TEXT,
        Kind::Text,
        "The text with every byte but letters, digits, `-`, `.`, `_` and `~` as `%NN`.",
        &[example("urlencode(\"a b&c\")", "a%20b%26c"), example("urlencode(\"día\")", "d%C3%ADa")],
        |args, _| change(args, url_encode),
    ),
];

/// A text made from the first argument; missing where that is.
fn change(args: &[Value], change: impl FnOnce(&str) -> String) -> Value {
    text(at(args, 0)).map_or(Value::Missing, |text| Value::text(change(&text)))
}

/// The decoded bytes of the first argument, shown as a text; missing where there are none.
fn from_bytes(args: &[Value], decode: impl FnOnce(&str) -> Option<Vec<u8>>) -> Value {
    let bytes = text(at(args, 0)).and_then(|text| decode(&text));
    bytes.map_or(Value::Missing, |bytes| Value::text(printable(&bytes)))
}

/// Source: RFC 4648, table 1.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let digit = BASE64[(bits >> (18 - 6 * i) & 63) as usize];
            encoded.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    encoded
}

/// The bytes of a Base64 text; `-` and `_` are taken for `+` and `/`, as URLs write them.
fn base64_decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if text.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for chunk in digits.chunks(4) {
        let mut bits = 0;
        for i in 0..4 {
            let digit = chunk.get(i).copied().unwrap_or(b'A');
            bits = bits << 6 | base64_value(digit)?;
        }
        let decoded = bits.to_be_bytes();
        bytes.extend_from_slice(&decoded[1..chunk.len()]);
    }
    Some(bytes)
}

fn base64_value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn dec_to_hex(args: &[Value], _: &Context) -> Value {
    let Some(number) = whole(at(args, 0)) else { return Value::Missing };
    let sign = if number < 0 { "-" } else { "" };
    Value::text(format!("{sign}0x{:x}", number.unsigned_abs()))
}

/// The text without the `0x` or `0X` before its digits.
fn without_prefix(text: &str) -> &str {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

fn hex_to_dec(args: &[Value], _: &Context) -> Value {
    let number = text(at(args, 0)).and_then(|text| {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text.as_ref()),
        };
        let digits = without_prefix(digits);
        let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = i64::from_str_radix(&format!("{sign}{digits}"), 16).ok();
        number.filter(|_| plain)
    });
    number.map_or(Value::Missing, Value::Integer)
}

/// The value of two hexadecimal digits.
fn hex_pair(digits: &[u8]) -> Option<u8> {
    let value =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match digits {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    }
}

fn hex_decode(text: &str) -> Option<Vec<u8>> {
    without_prefix(text).as_bytes().chunks(2).map(hex_pair).collect()
}

/// Source: RFC 3986, section 2.3: the unreserved characters.
fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn url_decode(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| byte == b'%').and_then(hex_pair);
        bytes.push(pair.unwrap_or(if byte == b'+' { b' ' } else { byte }));
        rest = if pair.is_some() { &after[2..] } else { after };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::find;

    fn call(name: &str, text: &str) -> Value {
        let row = find(FUNCTIONS, name).expect("a row");
        (row.value)(&[Value::text(text)], &Context::EXAMPLE)
    }

    // The encodings are the test vectors of RFC 4648, section 10.
    #[test]
    fn base64_of_every_length() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(call("base64encode", text), Value::text(encoded));
            assert_eq!(call("base64decode", encoded), Value::text(text));
        }
        assert_eq!(call("base64decode", "_-8="), Value::text("\\xff\\xef"));
        for odd in ["Zg===", "Z", "Zm9v!", "Zm 9"] {
            assert_eq!(call("base64decode", odd), Value::Missing, "{odd}");
        }
    }

    #[test]
    fn hexadecimal_limits() {
        let hex = |number: i64| dec_to_hex(&[Value::Integer(number)], &Context::EXAMPLE);
        assert_eq!(hex(i64::MIN), Value::text("-0x8000000000000000"));
        assert_eq!(call("hexToDec", "-0x8000000000000000"), Value::Integer(i64::MIN));
        assert_eq!(call("hexToDec", "7fffffffffffffff"), Value::Integer(i64::MAX));
        for odd in ["", "0x", "-", "+5", "8000000000000000", "0x-5", "f f"] {
            assert_eq!(call("hexToDec", odd), Value::Missing, "{odd}");
        }
        assert_eq!(call("hexToAscii", "0x4869"), Value::text("Hi"));
        assert_eq!(call("hexToAscii", "4g"), Value::Missing);
    }

    #[test]
    fn urls_there_and_back() {
        let text = "día+100% & more/\\~";
        let Value::Text(encoded) = call("urlencode", text) else { panic!("no text") };
        assert_eq!(call("urldecode", &encoded), Value::text(text));
        assert_eq!(call("urldecode", "%4"), Value::text("%4"));
        assert_eq!(call("urldecode", "%zz%41"), Value::text("%zzA"));
    }
}
