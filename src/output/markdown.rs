//! `markdown`: a table for tickets, chats and reports.

use std::io::{self, BufWriter, Write};

use super::format::{Format, Style};
use super::line::one_line;
use super::table::is_right_aligned;
use crate::data::{Statistics, Table};

/// A GitHub-flavoured Markdown table.
pub const MARKDOWN: Format = Format {
    name: "markdown",
    aliases: &["md"],
    extensions: &["md", "markdown"],
    summary: "A Markdown table; numbers are right-aligned.",
    text: true,
    draws: false,
    parts: None,
    write,
};

/// Writes a result as a Markdown table.
///
/// # Errors
/// Whatever `out` fails with.
pub fn write(table: &Table, _: &Statistics, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    if table.names.is_empty() {
        return Ok(());
    }
    let mut out = BufWriter::new(out);
    for name in &table.names {
        write_cell(name, &mut out)?;
    }
    out.write_all(b"|\n")?;
    for column in 0..table.columns.len() {
        out.write_all(if is_right_aligned(table, column) { b"| ---: " } else { b"| --- " })?;
    }
    out.write_all(b"|\n")?;
    for row in 0..table.len {
        for column in &table.columns {
            write_cell(&column.value(row).print().unwrap_or_default(), &mut out)?;
        }
        out.write_all(b"|\n")?;
    }
    out.flush()
}

/// Writes a cell and the bar before it, with a backslash before what Markdown would take for a
/// bar, an escape or the start of HTML.
fn write_cell(cell: &str, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"| ")?;
    for part in one_line(cell).split_inclusive(['|', '\\', '<']) {
        match part.char_indices().next_back() {
            Some((end, special @ ('|' | '\\' | '<'))) => {
                write!(out, "{}\\{special}", &part[..end])?;
            }
            _ => out.write_all(part.as_bytes())?,
        }
    }
    out.write_all(if cell.is_empty() { b"" } else { b" " })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Value;
    use crate::output::fixture::{render, table, table_of};

    #[test]
    fn a_record_is_one_line_and_a_bar_is_no_cell() {
        let expected = r#"| bin(5m) | bytes | avg | note | ports |
| --- | ---: | ---: | --- | --- |
| 2019-10-30 11:01:03.000 | 1234 | 2.5 | a\|b, "c"\\nd | 80,443 |
| 2019-10-30 11:01:03.000 | | 3 | | |
| 2019-10-30 11:01:03.000 | -5 | | 東京 é\\tx\\ | - |
| | | | | |
"#;
        assert_eq!(render(&MARKDOWN, &table(), Some(20)), expected);
    }

    #[test]
    fn text_is_no_markup() {
        let table = table_of(vec![("a|b", vec![Value::text("\\|<b>")])]);
        assert_eq!(render(&MARKDOWN, &table, None), "| a\\|b |\n| --- |\n| \\\\\\|\\<b> |\n");
    }
}
