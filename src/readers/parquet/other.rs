//! Columns of other types and packings, value by value as the library gives them.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;

use super::pages::said;
use super::texts::HYPHEN;
use crate::data::text::printable;
use crate::data::{Column, Value};

/// Values of other types and packings, one by one.
pub(super) fn other(reader: ColumnReader, rows: usize, optional: bool) -> Result<Column, String> {
    use ColumnReader as R;
    let text = |bytes: &[u8]| match bytes {
        HYPHEN => Value::Missing,
        bytes => Value::text(printable(bytes)),
    };
    let values = match reader {
        R::BoolColumnReader(reader) => each(reader, rows, optional, |truth| Value::Boolean(*truth)),
        R::Int32ColumnReader(reader) => {
            each(reader, rows, optional, |number| Value::Integer(i64::from(*number)))
        }
        R::Int64ColumnReader(reader) => {
            each(reader, rows, optional, |number| Value::Integer(*number))
        }
        R::FloatColumnReader(reader) => {
            each(reader, rows, optional, |number| fraction(f64::from(*number)))
        }
        R::DoubleColumnReader(reader) => each(reader, rows, optional, |number| fraction(*number)),
        R::ByteArrayColumnReader(reader) => {
            each(reader, rows, optional, |bytes| text(bytes.data()))
        }
        R::FixedLenByteArrayColumnReader(reader) => {
            each(reader, rows, optional, |bytes| text(bytes.data()))
        }
        R::Int96ColumnReader(_) => return Err("it holds times of 96 bits".to_owned()),
    };
    Ok(Column::from_values(values?))
}

/// A float that is a number.
fn fraction(number: f64) -> Value {
    if number.is_finite() { Value::Float(number) } else { Value::Missing }
}

fn each<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    optional: bool,
    value: impl Fn(&T::T) -> Value,
) -> Result<Vec<Value>, String> {
    let (mut levels, mut found) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let levels = optional.then_some(&mut levels);
        let (records, _, _) =
            reader.read_records(rows - read, levels, None, &mut found).map_err(said)?;
        if records == 0 {
            break;
        }
        read += records;
    }
    if !optional {
        return Ok(found.iter().map(value).collect());
    }
    let mut found = found.iter();
    let next = |level: &i16| match level {
        0 => Value::Missing,
        _ => found.next().map_or(Value::Missing, &value),
    };
    Ok(levels.iter().map(next).collect())
}
