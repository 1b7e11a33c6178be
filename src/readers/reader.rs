//! Readers: the kinds of files that logs come in, one row each.

use std::io::{BufRead, Read};

use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::XzReader;

use super::gzip::{self, Gunzip};
use super::zstd::{self, Unzstd};

/// A stream of bytes that any worker may go on reading.
pub type Stream = Box<dyn Read + Send>;

/// A kind of file.
pub struct Reader {
    /// What it is called.
    pub name: &'static str,
    /// How the names of such files end, without the dot.
    pub extensions: &'static [&'static str],
    /// How such files begin; empty where they can begin in any way.
    pub magic: &'static [u8],
    /// Makes text of the bytes; `None` where the bytes are the text, so that workers can read
    /// different parts of one file.
    pub decode: Option<fn(Box<dyn BufRead + Send>) -> Stream>,
}

/// Every kind of file.
pub const READERS: &[Reader] = &[
    Reader { name: "text", extensions: &["log", "txt"], magic: b"", decode: None },
    Reader {
        name: "gzip",
        extensions: &["gz"],
        magic: gzip::MAGIC,
        decode: Some(|input| Box::new(Gunzip::new(input))),
    },
    Reader {
        name: "zstd",
        extensions: &["zst", "zstd"],
        magic: zstd::MAGIC,
        decode: Some(|input| Box::new(Unzstd::new(input))),
    },
    Reader {
        name: "bzip2",
        extensions: &["bz2"],
        magic: b"BZh",
        decode: Some(|input| Box::new(MultiBzDecoder::new(input))),
    },
    Reader {
        name: "xz",
        extensions: &["xz"],
        magic: b"\xfd7zXZ\0",
        decode: Some(|input| Box::new(XzReader::new(input, true))),
    },
];

/// The reader of a file, told by its first bytes, else by its name; text where neither tells.
///
/// A file whose name promises a compression but which begins as plain text is plain text: browsers
/// inflate what they download and keep the name.
pub fn choose(head: &[u8], name: &str) -> &'static Reader {
    let begins = |reader: &&Reader| !reader.magic.is_empty() && head.starts_with(reader.magic);
    if let Some(reader) = READERS.iter().find(begins) {
        return reader;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let named = |reader: &&Reader| {
        reader.extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
    };
    let printable = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
    match READERS.iter().find(named).filter(|reader| reader.decode.is_some()) {
        Some(reader) if head.is_empty() || !head.iter().all(printable) => reader,
        _ => &READERS[0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_goes_before_the_name() {
        let name = |head: &[u8], name| choose(head, name).name;
        assert_eq!(name(b"\x1f\x8b\x08", "a.log"), "gzip");
        assert_eq!(name(b"2 123 eni", "a.log.gz"), "text");
        assert_eq!(name(b"", "a.log.GZ"), "gzip");
        assert_eq!(name(b"\x00\x01", "a.gz"), "gzip");
        assert_eq!(name(b"2 123", "a"), "text");
        assert_eq!(name(b"", "-"), "text");
        assert_eq!(name(b"\x28\xb5\x2f\xfd\x20", "a"), "zstd");
        assert_eq!(name(b"BZh91AY", "a"), "bzip2");
        assert_eq!(name(b"\xfd7zXZ\0\0", "a"), "xz");
    }
}
