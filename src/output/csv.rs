//! `csv` and `tsv`: for spreadsheets and other programs.

use std::io::{self, BufWriter, Write};

use super::format::{Format, Style};
use crate::data::{Statistics, Table};

/// Comma-separated, quoted as RFC 4180 says, with LF line ends.
pub const CSV: Format = Format {
    name: "csv",
    aliases: &[],
    extensions: &["csv"],
    summary: "Comma-separated values with a header line; a missing cell is empty, an empty text \"\".",
    write: write_csv,
};

/// Tab-separated, with backslash escapes and no quotes.
pub const TSV: Format = Format {
    name: "tsv",
    aliases: &[],
    extensions: &["tsv", "tab"],
    summary: "Tab-separated values with a header line; \\t, \\n, \\r and \\\\ are escaped.",
    write: write_tsv,
};

/// Writes a result as CSV.
///
/// # Errors
/// Whatever `out` fails with.
pub fn write_csv(table: &Table, _: &Statistics, _: Style, out: &mut dyn Write) -> io::Result<()> {
    // A record of one missing cell would be an empty line, which readers skip.
    let alone = table.names.len() == 1;
    write(table, b',', out, |cell, out| match cell {
        None if alone => out.write_all(b"\"\""),
        None => Ok(()),
        Some(cell) => write_quoted(cell, out),
    })
}

/// Writes a result as TSV.
///
/// # Errors
/// Whatever `out` fails with.
pub fn write_tsv(table: &Table, _: &Statistics, _: Style, out: &mut dyn Write) -> io::Result<()> {
    write(table, b'\t', out, |cell, out| write_escaped(cell.unwrap_or_default(), out))
}

/// Writes the names and then the records, each on a line of its own.
fn write(
    table: &Table,
    delimiter: u8,
    out: &mut dyn Write,
    write_cell: impl Fn(Option<&str>, &mut BufWriter<&mut dyn Write>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    for (column, name) in table.names.iter().enumerate() {
        if column > 0 {
            out.write_all(&[delimiter])?;
        }
        write_cell(Some(name), &mut out)?;
    }
    out.write_all(b"\n")?;
    for row in 0..table.len {
        for (column, values) in table.columns.iter().enumerate() {
            if column > 0 {
                out.write_all(&[delimiter])?;
            }
            write_cell(values.value(row).print().as_deref(), &mut out)?;
        }
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Quotes a cell where it must be, and where it is empty, so that it differs from a missing one.
///
/// The csv crate quotes by rules for a whole file and cannot tell these two cells apart.
fn write_quoted(cell: &str, out: &mut impl Write) -> io::Result<()> {
    if !cell.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
        return out.write_all(cell.as_bytes());
    }
    out.write_all(b"\"")?;
    for (i, part) in cell.split('"').enumerate() {
        if i > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"\"")
}

fn write_escaped(cell: &str, out: &mut impl Write) -> io::Result<()> {
    for part in cell.split_inclusive(['\t', '\n', '\r', '\\']) {
        let (plain, escape): (&str, &[u8]) = match part.char_indices().next_back() {
            Some((end, '\t')) => (&part[..end], b"\\t"),
            Some((end, '\n')) => (&part[..end], b"\\n"),
            Some((end, '\r')) => (&part[..end], b"\\r"),
            Some((end, '\\')) => (&part[..end], b"\\\\"),
            _ => (part, b""),
        };
        out.write_all(plain.as_bytes())?;
        out.write_all(escape)?;
    }
    Ok(())
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
2019-10-30 11:01:03.000,,3,\"\",
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
    fn tsv_escapes_what_would_end_a_cell() {
        let expected = "\
bin(5m)\tbytes\tavg\tnote\tports
2019-10-30 11:01:03.000\t1234\t2.5\ta|b, \"c\"\\nd\t80,443
2019-10-30 11:01:03.000\t\t3\t\t
2019-10-30 11:01:03.000\t-5\t\t東京 é\\tx\\\\\t-
\t\t\t\t
";
        assert_eq!(render(&TSV, &table(), None), expected);
    }

    #[test]
    fn a_record_of_one_missing_cell_is_no_empty_line() {
        let table = table_of(vec![("a,b", vec![Value::Missing, Value::Integer(1)])]);
        assert_eq!(render(&CSV, &table, None), "\"a,b\"\n\"\"\n1\n");
    }
}
