//! `csv` and `tsv`: for spreadsheets and other programs.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use csv::{ErrorKind, WriterBuilder};

use super::format::{Format, Parts, Writer};
use crate::data::{Column, Table};
use crate::parallel::in_turn;

/// Records that a worker renders at a time.
const CHUNK: usize = 8192;

/// Comma-separated, quoted as RFC 4180 says, with LF line ends.
pub const CSV: Format = Format {
    name: "csv",
    aliases: &[],
    extensions: &["csv"],
    summary: "Comma-separated values with a header line; missing cells and empty texts are empty.",
    text: true,
    draws: false,
    writer: Writer::Endless(|_| Box::new(Rows::of(b','))),
};

/// Tab-separated, quoted as CSV is.
pub const TSV: Format = Format {
    name: "tsv",
    aliases: &[],
    extensions: &["tsv", "tab"],
    summary: "Tab-separated values with a header line, quoted as csv is.",
    text: true,
    draws: false,
    writer: Writer::Endless(|_| Box::new(Rows::of(b'\t'))),
};

/// Records of a result, the names above the first of them.
struct Rows {
    delimiter: u8,
    headed: bool,
}

impl Rows {
    fn of(delimiter: u8) -> Rows {
        Rows { delimiter, headed: false }
    }

    fn write(&mut self, table: &Table, out: &mut dyn Write) -> csv::Result<()> {
        if table.names.is_empty() {
            return Ok(());
        }
        let delimiter = self.delimiter;
        if !std::mem::replace(&mut self.headed, true) {
            let mut writer = WriterBuilder::new().delimiter(delimiter).from_writer(&mut *out);
            writer.write_record(&table.names)?;
            writer.flush()?;
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let rows = |chunk: usize| {
            let start = chunk * CHUNK;
            let rows = start..(start + CHUNK).min(table.len);
            match is_plain(table, rows.clone(), delimiter) {
                true => Ok(write_plain(table, rows, delimiter)),
                false => write_rows(table, rows, delimiter),
            }
        };
        in_turn(threads, table.len.div_ceil(CHUNK), rows, |text| Ok(out.write_all(&text?)?))
    }
}

impl Parts for Rows {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        self.write(table, out).map_err(into_io)
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
}

/// Some records as text.
fn write_rows(table: &Table, rows: Range<usize>, delimiter: u8) -> csv::Result<Vec<u8>> {
    let text = Vec::with_capacity(rows.len() * table.names.len() * 12);
    let mut writer = WriterBuilder::new().delimiter(delimiter).from_writer(text);
    let mut cell = Vec::new();
    for row in rows {
        for column in &table.columns {
            cell.clear();
            column.print_into(row, &mut cell);
            writer.write_field(&cell)?;
        }
        // Ends the record.
        writer.write_record(None::<&[u8]>)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The same where no cell needs quotes.
fn write_plain(table: &Table, rows: Range<usize>, delimiter: u8) -> Vec<u8> {
    let mut text = Vec::with_capacity(rows.len() * table.names.len() * 12);
    for row in rows {
        for column in &table.columns {
            column.print_into(row, &mut text);
            text.push(delimiter);
        }
        // In place of the last delimiter.
        text.pop();
        text.push(b'\n');
    }
    text
}

/// Whether no cell of some rows needs quotes. A record of one missing cell does, not to be an empty line.
fn is_plain(table: &Table, rows: Range<usize>, delimiter: u8) -> bool {
    let plain = |column: &Arc<Column>| {
        column.prints_without(&[delimiter, b'"', b'\n', b'\r'], rows.clone())
    };
    table.columns.len() > 1 && table.columns.iter().all(plain)
}

/// The error of the output itself, whose kind tells that a reader has left.
fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Value;
    use crate::output::fixture::{render, table, table_of};

    #[test]
    fn csv_as_a_spreadsheet_reads_it() {
        let expected = "\
bin(5m),bytes,avg,note,ports
2019-10-30 11:01:03.000,1234,2.5,\"a|b, \"\"c\"\"\nd\",\"80,443\"
2019-10-30 11:01:03.000,,3,,
2019-10-30 11:01:03.000,-5,,東京 é\tx\\,-
,,,,
";
        assert_eq!(render(&CSV, &table(), Some(20)), expected);
    }

    #[test]
    fn csv_reads_back_cell_by_cell() {
        let (table, text) = (table(), render(&CSV, &table(), None));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert!(reader.headers().expect("a header").iter().eq(&table.names));
        let records: Vec<_> = reader.records().map(|record| record.expect("a record")).collect();
        assert_eq!(records.len(), table.len);
        for (row, record) in records.iter().enumerate() {
            for (column, cell) in record.iter().enumerate() {
                assert_eq!(cell, table.cell(row, column).unwrap_or_default());
            }
        }
    }

    #[test]
    fn figures_are_written_as_the_library_does() {
        let addresses = ["10.0.0.1", "255.255.255.255"].map(Value::text);
        let table = table_of(vec![
            ("a", [&addresses[..], &[Value::Missing, Value::Missing]].concat()),
            ("n", [1, -20, i64::MIN, 0].map(Value::Integer).to_vec()),
            ("f", vec![Value::Float(-0.5), Value::Missing, Value::Float(1e300), Value::Missing]),
            (
                "t",
                vec![
                    Value::Time(1_572_433_263_000),
                    Value::Time(-1),
                    Value::Missing,
                    Value::Missing,
                ],
            ),
            (
                "b",
                vec![Value::Boolean(true), Value::Missing, Value::Boolean(false), Value::Missing],
            ),
        ]);
        assert!(is_plain(&table, 0..4, b','));
        let known = write_rows(&table, 0..4, b',').expect("there is memory");
        assert_eq!(write_plain(&table, 0..4, b','), known);
        assert!(!is_plain(&self::table(), 0..4, b','));
        assert!(!is_plain(&table_of(vec![("n", vec![Value::Missing])]), 0..1, b','));
    }

    #[test]
    fn texts_are_quoted_exactly_where_the_library_does() {
        let texts = [
            "",
            "a",
            "a b",
            "-",
            "#a",
            "'",
            "\\",
            "\0",
            "東京",
            "two\rlines",
            "two\nlines",
            "\"",
            "a,b",
            "a\tb",
            "a text of more than seven bytes",
            "2001:db8::1",
            "a text, of more than seven bytes",
        ];
        for delimiter in [b',', b'\t'] {
            for text in texts {
                let table =
                    table_of(vec![("n", vec![Value::Integer(1)]), ("t", vec![Value::text(text)])]);
                let known = write_rows(&table, 0..1, delimiter).expect("there is memory");
                let quoted = known.contains(&b'"');
                assert_eq!(is_plain(&table, 0..1, delimiter), !quoted, "{text}");
                if !quoted {
                    assert_eq!(write_plain(&table, 0..1, delimiter), known, "{text}");
                }
            }
        }
    }

    #[test]
    fn tsv_quotes_what_would_end_a_cell() {
        let expected = "\
bin(5m)\tbytes\tavg\tnote\tports
2019-10-30 11:01:03.000\t1234\t2.5\t\"a|b, \"\"c\"\"\nd\"\t80,443
2019-10-30 11:01:03.000\t\t3\t\t
2019-10-30 11:01:03.000\t-5\t\t\"東京 é\tx\\\"\t-
\t\t\t\t
";
        assert_eq!(render(&TSV, &table(), None), expected);
    }

    #[test]
    fn a_record_of_one_missing_cell_is_no_empty_line() {
        let table = table_of(vec![("a,b", vec![Value::Missing, Value::Integer(1)])]);
        assert_eq!(render(&CSV, &table, None), "\"a,b\"\n\"\"\n1\n");
        assert_eq!(render(&CSV, &Table::default(), None), "");
    }
}
