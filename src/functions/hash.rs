//! Hash functions: `md5` and `sha256` as hexadecimal texts.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::arguments::{at, text};
use super::function::{Arg, Function, Kind, example};
use crate::data::Value;

const TEXT: &[Arg] = &[Arg::new("text", Kind::Text)];

/// The hash functions.
///
/// Source: CloudWatch Logs User Guide, "Hash functions"; RFC 1321 and FIPS 180-4.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "md5",
        TEXT,
        Kind::Text,
        "The MD5 hash of the text's bytes of UTF-8, as 32 hexadecimal digits in lower case.",
        &[
            example("md5(\"abc\")", "900150983cd24fb0d6963f7d28e17f72"),
            example("md5(\"\")", "d41d8cd98f00b204e9800998ecf8427e"),
            example("md5(absent)", ""),
        ],
        |args, _| hash::<Md5>(args),
    ),
    Function::new(
        "sha256",
        TEXT,
        Kind::Text,
        "The SHA-256 hash of the text's bytes of UTF-8, as 64 hexadecimal digits in lower case.",
        &[
            example(
                "sha256(\"abc\")",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            example(
                "sha256(\"\")",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            example("sha256(absent)", ""),
        ],
        |args, _| hash::<Sha256>(args),
    ),
];

/// The digest of the first argument; missing where that is.
fn hash<D: Digest>(args: &[Value]) -> Value {
    let Some(text) = text(at(args, 0)) else { return Value::Missing };
    let digest = D::digest(text.as_bytes());
    let mut digits = String::with_capacity(digest.len() * 2);
    for byte in &digest {
        for half in [byte >> 4, byte & 15] {
            digits.extend(char::from_digit(u32::from(half), 16));
        }
    }
    Value::text(digits)
}
