//! `xlsx`: an Excel workbook with one sheet, written a row at a time.

use std::io::{self, Seek as _, Write};

use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet, XlsxError};

use super::format::{Format, Outline, Parts, Writer};
use super::line::one_line;
use crate::data::{Table, Value};

/// An Excel workbook.
pub const XLSX: Format = Format {
    name: "xlsx",
    aliases: &["excel"],
    extensions: &["xlsx"],
    summary: "An Excel workbook; numbers and times are cells of their kind, missing cells are empty.",
    text: false,
    draws: false,
    writer: Writer::Parts(|outline| Ok(Box::new(Book::begin(outline)?))),
};

/// Records below the header line that a sheet holds.
///
/// Source: "Excel specifications and limits": 1,048,576 rows, 16,384 columns, 32,767 characters.
const MOST_RECORDS: u64 = 1_048_575;
const MOST_COLUMNS: usize = 16_384;

/// The largest whole number of which Excel keeps every digit.
const EXACT: u64 = 1_000_000_000_000_000;

/// Days from Excel's day 0 to 1970-01-01, and the first time (1900-03-01) that it counts right.
const EPOCH: f64 = 25_569.0;
const FIRST_TIME: i64 = -2_203_891_200_000;
/// The first millisecond of the year 10000, which Excel does not know.
const END_OF_TIME: i64 = 253_402_300_800_000;

/// Records looked at for the widths of columns, and the widest column, in characters.
const SAMPLE: usize = 1000;
const WIDEST: usize = 60;

/// A workbook that is written a record after another. Whole numbers of more than 15 digits, and
/// times that Excel does not know, are texts, so that no digit is lost.
struct Book {
    workbook: Workbook,
    time: CellFormat,
    /// The line of the next record; 0 until the names are written.
    line: u32,
}

impl Book {
    /// # Errors
    /// More records or columns than a sheet holds.
    fn begin(outline: &Outline<'_>) -> io::Result<Book> {
        let (records, columns) = (outline.records, outline.specimen.names.len());
        if records > MOST_RECORDS || columns > MOST_COLUMNS {
            return Err(io::Error::other(format!(
                "a sheet holds {MOST_RECORDS} records of {MOST_COLUMNS} columns, and here are \
                 {records} of {columns}: write csv, or limit the query"
            )));
        }
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(into_io)?;
        sheet.set_name("result").map_err(into_io)?;
        sheet.set_freeze_panes(1, 0).map_err(into_io)?;
        let time = CellFormat::new().set_num_format("yyyy-mm-dd hh:mm:ss.000");
        Ok(Book { workbook, time, line: 0 })
    }

    fn push(&mut self, table: &Table) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        if self.line == 0 {
            write_names(table, sheet)?;
            self.line = 1;
        }
        for row in 0..table.len {
            for (at, column) in (0_u16..).zip(&table.columns) {
                write_cell(&column.value(row), self.line, at, &self.time, sheet)?;
            }
            self.line += 1;
        }
        Ok(())
    }
}

impl Parts for Book {
    fn part(&mut self, table: &Table, _: &mut dyn Write) -> io::Result<()> {
        self.push(table).map_err(into_io)
    }

    fn end(mut self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        // A zip file is written back and forth.
        let mut file = tempfile::tempfile()?;
        self.workbook.save_to_writer(&mut file).map_err(into_io)?;
        file.rewind()?;
        io::copy(&mut file, out)?;
        out.flush()
    }
}

/// Writes the line of names, and makes the columns as wide as the first records ask for.
fn write_names(table: &Table, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let bold = CellFormat::new().set_bold();
    for (at, name) in (0_u16..).zip(&table.names) {
        let column = usize::from(at);
        let lengths = (0..table.len.min(SAMPLE))
            .map(|row| table.cell(row, column).map_or(0, |text| text.chars().count()));
        let width = lengths.chain([name.chars().count()]).max().unwrap_or(0).min(WIDEST);
        sheet.set_column_width(at, width as f64 + 2.0)?;
    }
    for (at, name) in (0_u16..).zip(&table.names) {
        sheet.write_string_with_format(0, at, one_line(name), &bold)?;
    }
    Ok(())
}

fn write_cell(
    value: &Value,
    line: u32,
    at: u16,
    time: &CellFormat,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    match value {
        Value::Missing => return Ok(()),
        Value::Boolean(truth) => sheet.write_boolean(line, at, *truth)?,
        Value::Integer(whole) if whole.unsigned_abs() < EXACT => {
            sheet.write_number(line, at, *whole as f64)?
        }
        Value::Float(float) => sheet.write_number(line, at, *float)?,
        Value::Time(ms) if (FIRST_TIME..END_OF_TIME).contains(ms) => {
            let days = *ms as f64 / 86_400_000.0 + EPOCH;
            sheet.write_number_with_format(line, at, days, time)?
        }
        _ => sheet.write_string(line, at, value.print().unwrap_or_default())?,
    };
    Ok(())
}

fn into_io(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        XlsxError::MaxStringLengthExceeded => io::Error::other(
            "a text is longer than the 32,767 characters of an Excel cell: write csv",
        ),
        error => io::Error::other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Statistics;
    use crate::output::Style;
    use crate::output::fixture::{table, table_of};

    fn bytes(table: &Table) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        XLSX.write(table, &Statistics::default(), &Style::default(), &mut out).map(|()| out)
    }

    #[test]
    fn a_workbook_is_a_zip_file() {
        assert!(bytes(&table()).expect("it can be written").starts_with(b"PK"));
        assert!(bytes(&Table::default()).expect("it can be written").starts_with(b"PK"));
    }

    #[test]
    fn what_no_sheet_holds_is_refused() {
        let error = bytes(&table_of(vec![("a", vec![Value::text("x".repeat(32_768))])]));
        assert!(error.expect_err("too long").to_string().contains("32,767"));
        let len = MOST_RECORDS as usize + 1;
        let many = Table {
            names: vec!["a".to_owned()],
            columns: vec![std::sync::Arc::new(crate::data::Column::missing(len))],
            len,
            ..Table::default()
        };
        assert!(bytes(&many).expect_err("too many").to_string().contains("1048575 records"));
    }
}
