//! Files of columns among the logs: whether a file is one, and what it holds.

use std::path::Path;
use std::sync::Arc;

use crate::readers::columnar::ColumnFile;
#[cfg(feature = "parquet")]
use crate::readers::parquet::ParquetFile;
#[cfg(feature = "parquet")]
use crate::readers::source::Bytes;

/// What a Parquet file begins with.
pub(super) const PARQUET: &[u8] = b"PAR1";

/// The bytes of an input that is no stream.
#[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "nobody reads them then"))]
pub(super) enum Origin<'a> {
    /// A file.
    File(&'a Path),
    /// Memory.
    Memory(Arc<Vec<u8>>),
}

/// The columns of a Parquet file of so many bytes.
///
/// # Errors
/// Why they cannot be read.
#[cfg(feature = "parquet")]
pub(super) fn open(origin: Origin<'_>, size: u64) -> Result<Arc<dyn ColumnFile>, String> {
    let file = match origin {
        Origin::File(path) => {
            let path = path.to_owned();
            ParquetFile::open(size, move || std::fs::File::open(&path).map(Bytes::File))
        }
        Origin::Memory(bytes) => {
            ParquetFile::open(size, move || Ok(Bytes::Memory(Arc::clone(&bytes))))
        }
    };
    Ok(Arc::new(file?))
}

/// Parquet files are not read by this build.
///
/// # Errors
/// Always.
#[cfg(not(feature = "parquet"))]
pub(super) fn open(_: Origin<'_>, _: u64) -> Result<Arc<dyn ColumnFile>, String> {
    Err("a Parquet file, which this build does not read: it lacks the feature `parquet`".to_owned())
}
