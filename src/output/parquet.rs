//! `parquet`: a typed table for other engines, written a group of rows at a time.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::format::{Format, Outline, Parts, Writer};
use crate::data::{Column, Table, Value};

/// A Parquet file.
pub const PARQUET: Format = Format {
    name: "parquet",
    aliases: &["pq"],
    extensions: &["parquet", "pq"],
    summary: "A Parquet file, its columns typed, compressed with zstd; missing values are null.",
    text: false,
    draws: false,
    writer: Writer::Parts(|outline| Ok(Box::new(Groups::begin(outline).map_err(into_io)?))),
};

/// Rows of a group: enough to pack well, few enough to be skipped and read side by side.
const GROUP: usize = 122_880;

/// What the values of a column are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Integer,
    Float,
    Time,
    Text,
}

impl Kind {
    /// The kind that holds all values of a column; values of several kinds are texts.
    fn of(column: &Column) -> Kind {
        match column {
            Column::Boolean(_) => Kind::Boolean,
            Column::Integer(..) => Kind::Integer,
            Column::Float(..) => Kind::Float,
            Column::Time(..) => Kind::Time,
            Column::Text(_) => Kind::Text,
            Column::Constant(value, _) => Kind::of_value(value).unwrap_or(Kind::Text),
            Column::Any(values) => {
                let mut kinds = values.iter().filter_map(Kind::of_value);
                let first = kinds.next().unwrap_or(Kind::Text);
                let number = |kind: Kind| matches!(kind, Kind::Integer | Kind::Float);
                kinds.fold(first, |all, kind| match all == kind {
                    true => all,
                    false if number(all) && number(kind) => Kind::Float,
                    false => Kind::Text,
                })
            }
        }
    }

    fn of_value(value: &Value) -> Option<Kind> {
        Some(match value {
            Value::Missing => return None,
            Value::Boolean(_) => Kind::Boolean,
            Value::Integer(_) => Kind::Integer,
            Value::Float(_) => Kind::Float,
            Value::Time(_) => Kind::Time,
            _ => Kind::Text,
        })
    }

    fn field(self, name: &str) -> Result<Type, ParquetError> {
        let physical = match self {
            Kind::Boolean => Physical::BOOLEAN,
            Kind::Integer | Kind::Time => Physical::INT64,
            Kind::Float => Physical::DOUBLE,
            Kind::Text => Physical::BYTE_ARRAY,
        };
        let logical = match self {
            Kind::Time => Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
            Kind::Text => Some(LogicalType::String),
            _ => None,
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    }
}

/// Bytes on their way out.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn drain(&self, out: &mut dyn Write) -> io::Result<()> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        out.write_all(&bytes)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that is written a group of rows after another.
struct Groups {
    kinds: Vec<Kind>,
    pipe: Pipe,
    file: SerializedFileWriter<Pipe>,
}

impl Groups {
    fn begin(outline: &Outline<'_>) -> Result<Groups, ParquetError> {
        let Table { names, columns, .. } = outline.specimen;
        let kinds: Vec<Kind> = columns.iter().map(|column| Kind::of(column)).collect();
        let fields = names.iter().zip(&kinds).map(|(name, kind)| Ok(Arc::new(kind.field(name)?)));
        let fields = fields.collect::<Result<Vec<_>, ParquetError>>()?;
        let schema = Type::group_type_builder("result").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("flowql ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let pipe = Pipe::default();
        let (schema, properties) = (Arc::new(schema), Arc::new(properties));
        let file = SerializedFileWriter::new(pipe.clone(), schema, properties)?;
        Ok(Groups { kinds, pipe, file })
    }

    fn push(&mut self, table: &Table, rows: Range<usize>) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for (column, kind) in table.columns.iter().zip(&self.kinds) {
            let Some(writer) = group.next_column()? else { break };
            fill(writer, column, *kind, rows.clone())?;
        }
        group.close().map(|_| ())
    }
}

impl Parts for Groups {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        for from in (0..table.len).step_by(GROUP) {
            self.push(table, from..table.len.min(from + GROUP)).map_err(into_io)?;
            self.pipe.drain(out)?;
        }
        Ok(())
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        self.file.close().map_err(into_io)?;
        self.pipe.drain(out)?;
        out.flush()
    }
}

/// Writes some rows of a column.
fn fill(
    mut writer: SerializedColumnWriter<'_>,
    column: &Column,
    kind: Kind,
    rows: Range<usize>,
) -> Result<(), ParquetError> {
    let exists = |row: &usize| !column.is_missing(*row);
    let levels: Vec<i16> = rows.clone().map(|row| i16::from(exists(&row))).collect();
    let values = rows.filter(exists);
    let levels = Some(levels.as_slice());
    match kind {
        Kind::Boolean => {
            let values: Vec<bool> =
                values.map(|row| column.value(row).truth() == Some(true)).collect();
            writer.typed::<BoolType>().write_batch(&values, levels, None)?;
        }
        Kind::Integer | Kind::Time => {
            let whole = |row| match column.value(row) {
                Value::Integer(whole) | Value::Time(whole) => whole,
                _ => 0,
            };
            let values: Vec<i64> = values.map(whole).collect();
            writer.typed::<Int64Type>().write_batch(&values, levels, None)?;
        }
        Kind::Float => {
            let float = |row| match column.value(row) {
                Value::Float(float) => float,
                Value::Integer(whole) => whole as f64,
                _ => 0.0,
            };
            let values: Vec<f64> = values.map(float).collect();
            writer.typed::<DoubleType>().write_batch(&values, levels, None)?;
        }
        Kind::Text => {
            let (mut buffer, mut ends) = (Vec::new(), Vec::new());
            for row in values {
                column.print_into(row, &mut buffer);
                ends.push(buffer.len());
            }
            let (buffer, mut from) = (Bytes::from(buffer), 0);
            let text = |end: usize| {
                let text = ByteArray::from(buffer.slice(from..end));
                from = end;
                text
            };
            let values: Vec<ByteArray> = ends.into_iter().map(text).collect();
            writer.typed::<ByteArrayType>().write_batch(&values, levels, None)?;
        }
    }
    writer.close()
}

fn into_io(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}
