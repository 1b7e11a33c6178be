//! Parts of a file in memory, as the library asks for them.

use std::io;

use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::readers::source;

/// A file of which any part can be read.
pub(super) struct Whole<'a> {
    pub(super) bytes: &'a source::Bytes,
    pub(super) size: u64,
}

impl Whole<'_> {
    /// A part of it; an error where it ends before.
    pub(super) fn part(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let mut buffer = vec![0; length];
        if self.bytes.read_at(&mut buffer, start)? < length {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends too early"));
        }
        Ok(buffer.into())
    }
}

impl Length for Whole<'_> {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Whole<'_> {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let left = usize::try_from(self.size.saturating_sub(start)).unwrap_or(0);
        Ok(self.part(start, left)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        // A length out of a broken file may be anything.
        if length as u64 > self.size {
            return Err(ParquetError::EOF("the file ends too early".to_owned()));
        }
        Ok(self.part(start, length)?)
    }
}

/// The bytes of one column of one group, which begin at a place of the file.
pub(super) struct Chunk {
    pub(super) start: u64,
    pub(super) bytes: Bytes,
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl Chunk {
    /// From a place of the file on.
    fn from(&self, start: u64) -> Result<Bytes> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|at| *at <= self.bytes.len());
        let at =
            at.ok_or_else(|| ParquetError::EOF("a page lies outside of its column".to_owned()))?;
        Ok(self.bytes.slice(at..))
    }
}

impl ChunkReader for Chunk {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let rest = self.from(start)?;
        match length <= rest.len() {
            true => Ok(rest.slice(..length)),
            false => Err(ParquetError::EOF("a page ends too early".to_owned())),
        }
    }
}
