//! Parquet files of flow logs: as AWS delivers them, as other tools and `flowql convert` write them.

mod chunk;
mod columns;
mod hybrid;
mod other;
mod pages;
mod texts;

use std::io;

use parquet::basic::{LogicalType, TimeUnit, Type};
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use parquet::file::statistics::Statistics;

use crate::data::Value;
use crate::readers::columnar::{ColumnChunk, ColumnFile};
use crate::readers::log_format::LogFormat;
use crate::readers::source::Bytes;
use chunk::{Chunk, Whole};

/// What a Parquet file begins with, and ends with.
pub const MAGIC: &[u8] = b"PAR1";

/// A Parquet file whose columns are fields of flow logs.
pub struct ParquetFile {
    open: Box<dyn Fn() -> io::Result<Bytes> + Send + Sync>,
    size: u64,
    meta: ParquetMetaData,
    format: LogFormat,
    compression: String,
}

impl ParquetFile {
    /// The file of so many bytes that `open` opens; its end is read, which tells what it holds.
    ///
    /// # Errors
    /// That it cannot be read, is no whole Parquet file, or has no field of flow logs.
    pub fn open(
        size: u64,
        open: impl Fn() -> io::Result<Bytes> + Send + Sync + 'static,
    ) -> Result<ParquetFile, String> {
        let bytes = open().map_err(|error| error.to_string())?;
        let whole = Whole { bytes: &bytes, size };
        let meta = ParquetMetaDataReader::new().parse_and_finish(&whole);
        let meta =
            meta.map_err(|error| format!("no whole Parquet file: {}", pages::said(error)))?;
        // A broken number of rows would be believed for each of its columns.
        let differs = |group: &RowGroupMetaData| {
            let mut flat =
                group.columns().iter().filter(|it| it.column_descr().max_rep_level() == 0);
            flat.any(|column| column.num_values() != group.num_rows())
        };
        if meta.row_groups().iter().any(differs) {
            return Err(
                "no whole Parquet file: a column has fewer or more values than rows".to_owned()
            );
        }
        let schema = meta.file_metadata().schema_descr();
        let names: Vec<String> =
            schema.columns().iter().map(|column| column.path().string()).collect();
        let format = LogFormat::from_columns(names.iter().map(String::as_str));
        let format = format.ok_or_else(|| {
            let some: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
            format!("a Parquet file without fields of flow logs; it has {}", some.join(", "))
        })?;
        let columns = meta.row_groups().iter().flat_map(|group| group.columns());
        let mut codecs: Vec<String> =
            columns.map(|column| format!("{:?}", column.compression()).to_lowercase()).collect();
        codecs.iter_mut().for_each(|codec| {
            codec.truncate(codec.find('(').unwrap_or(codec.len()));
        });
        codecs.sort();
        codecs.dedup();
        let compression = match codecs.as_slice() {
            [] => "none".to_owned(),
            [one] if one == "uncompressed" => "none".to_owned(),
            many => many.join(", "),
        };
        Ok(ParquetFile { open: Box::new(open), size, meta, format, compression })
    }

    fn chunk_meta(&self, group: usize, place: usize) -> Option<&ColumnChunkMetaData> {
        self.meta.row_groups().get(group)?.columns().get(place)
    }
}

/// How many units of a column of times are a millisecond, and whether it is the other way round.
fn time_unit(meta: &ColumnChunkMetaData) -> Option<i64> {
    let unit = match meta.column_descr().logical_type_ref() {
        Some(LogicalType::Timestamp(kind)) if meta.column_type() == Type::INT64 => kind.unit,
        _ => return None,
    };
    Some(match unit {
        TimeUnit::MILLIS => 1,
        TimeUnit::MICROS => 1_000,
        TimeUnit::NANOS => 1_000_000,
    })
}

impl ColumnFile for ParquetFile {
    fn format(&self) -> &LogFormat {
        &self.format
    }

    fn compression(&self) -> &str {
        &self.compression
    }

    fn groups(&self) -> usize {
        self.meta.num_row_groups()
    }

    fn rows(&self, group: usize) -> usize {
        let rows = self.meta.row_groups().get(group).map_or(0, |group| group.num_rows());
        usize::try_from(rows).unwrap_or(0)
    }

    fn bytes(&self, group: usize) -> (u64, u64) {
        let Some(group) = self.meta.row_groups().get(group) else { return (0, 0) };
        let bytes = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        (bytes(group.compressed_size()), bytes(group.total_byte_size()))
    }

    fn chunk(&self, group: usize, place: usize) -> Result<Box<dyn ColumnChunk>, String> {
        let meta = self.chunk_meta(group, place).ok_or("there is no such column")?;
        // Those of a broken file may be anything.
        let start = meta.dictionary_page_offset().unwrap_or_else(|| meta.data_page_offset());
        let place = u64::try_from(start).ok().zip(u64::try_from(meta.compressed_size()).ok());
        let within = |(start, length): &(u64, u64)| {
            start.checked_add(*length).is_some_and(|end| end <= self.size)
        };
        let place = place.filter(within).ok_or("it lies behind the end of the file")?;
        let (start, length) = place;
        let bytes = (self.open)().map_err(|error| error.to_string())?;
        let whole = Whole { bytes: &bytes, size: self.size };
        let length = usize::try_from(length).map_err(|_| "it is too large".to_owned())?;
        let bytes = whole.part(start, length).map_err(|error| error.to_string())?;
        columns::values(Chunk { start, bytes }, meta, self.rows(group), time_unit(meta))
    }

    fn bounds(&self, group: usize, place: usize) -> Option<(Value, Value)> {
        let meta = self.chunk_meta(group, place)?;
        let statistics = meta.statistics().filter(|known| known.null_count_opt() == Some(0))?;
        let (least, most) = match statistics {
            Statistics::Int32(known) => {
                (i64::from(*known.min_opt()?), i64::from(*known.max_opt()?))
            }
            Statistics::Int64(known) => (*known.min_opt()?, *known.max_opt()?),
            _ => return None,
        };
        Some(match time_unit(meta) {
            Some(unit) => (Value::Time(least.div_euclid(unit)), Value::Time(most.div_euclid(unit))),
            None => (Value::Integer(least), Value::Integer(most)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::data::Column;

    #[test]
    fn a_broken_file_is_an_error_or_other_values() {
        for name in ["flows.parquet", "hyphens.parquet"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
            let whole = std::fs::read(path).expect("it is there");
            // Bytes that most often mean another length, a negative one among them.
            let wrongs = (4..whole.len()).flat_map(|at| [0, 1, 0x7f, 0xff].map(|byte| (at, byte)));
            for (at, byte) in wrongs.step_by(3) {
                let mut broken = whole.clone();
                broken[at] = byte;
                let size = broken.len() as u64;
                let broken = Arc::new(broken);
                let open = move || Ok(Bytes::Memory(Arc::clone(&broken)));
                let Ok(file) = ParquetFile::open(size, open) else { continue };
                for group in 0..file.groups().min(10) {
                    for place in 0..file.format().len() {
                        let Ok(chunk) = file.chunk(group, place) else { continue };
                        let rows = chunk.rows();
                        let _ = chunk.range(0..rows);
                        if rows > 0 {
                            let _ = chunk.at(rows / 2, &[0]);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn some_rows_of_a_column_are_those_of_the_whole() {
        for name in ["flows.parquet", "hyphens.parquet"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
            let size = path.metadata().expect("it is there").len();
            let open = move || Ok(Bytes::File(File::open(&path)?));
            let file = ParquetFile::open(size, open).expect("it is one");
            for group in 0..file.groups() {
                let rows = file.rows(group) as u32;
                let picks: [Vec<u32>; 4] = [
                    vec![],
                    vec![rows - 1],
                    (0..rows).step_by(3).collect(),
                    (0..rows).filter(|row| row % 7 > 4).collect(),
                ];
                for place in 0..file.format().len() {
                    let chunk = file.chunk(group, place).expect("it can be read");
                    let whole = chunk.range(0..rows as usize).expect("it can be read");
                    let same = |some: Column, expected: Column| {
                        assert_eq!(some.len(), expected.len());
                        for row in 0..some.len() {
                            assert_eq!(some.value(row), expected.value(row), "{name}, {place}");
                        }
                    };
                    for picks in &picks {
                        same(chunk.at(0, picks).expect("it can be read"), whole.take(picks));
                    }
                    for begin in (0..rows).step_by(11) {
                        let part: Vec<u32> = (begin..rows.min(begin + 11)).collect();
                        let range = begin as usize..rows.min(begin + 11) as usize;
                        same(chunk.range(range).expect("it can be read"), whole.take(&part));
                        let behind: Vec<u32> = part.iter().map(|row| row - begin).collect();
                        let some = chunk.at(begin as usize, &behind);
                        same(some.expect("it can be read"), whole.take(&part));
                    }
                }
            }
        }
    }
}
