//! `markdown`: a table for tickets, chats and reports.

use std::io::{self, BufWriter, Write};

use super::format::{Format, Outline, Parts, Writer};
use super::line::one_line;
use super::table::is_right_aligned;
use crate::data::Table;

/// A GitHub-flavoured Markdown table.
pub const MARKDOWN: Format = Format {
    name: "markdown",
    aliases: &["md"],
    extensions: &["md", "markdown"],
    summary: "A Markdown table; numbers are right-aligned.",
    text: true,
    draws: false,
    writer: Writer::Parts(|outline| Ok(Box::new(Rows::begin(outline)?))),
};

/// Rows of a table; nothing where it has no columns.
struct Rows {
    /// The line of names and the one that aligns them, until they are written.
    head: Vec<u8>,
}

impl Rows {
    fn begin(outline: &Outline<'_>) -> io::Result<Rows> {
        let mut head = Vec::new();
        let names = &outline.specimen.names;
        for name in names {
            write_cell(name, &mut head)?;
        }
        head.extend_from_slice(if names.is_empty() { b"" } else { b"|\n" });
        for column in 0..names.len() {
            let right = is_right_aligned(outline.specimen, column);
            head.extend_from_slice(if right { b"| ---: " } else { b"| --- " });
        }
        head.extend_from_slice(if names.is_empty() { b"" } else { b"|\n" });
        Ok(Rows { head })
    }
}

impl Parts for Rows {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        out.write_all(&std::mem::take(&mut self.head))?;
        for row in 0..table.len {
            for column in &table.columns {
                write_cell(&column.value(row).print().unwrap_or_default(), &mut out)?;
            }
            out.write_all(if table.columns.is_empty() { b"" } else { b"|\n" })?;
        }
        out.flush()
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
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
