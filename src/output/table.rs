//! `table`: aligned columns for people, fitted to the terminal.

use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::sync::Arc;

use comfy_table::{Cell, CellAlignment, ColumnConstraint, LineStyle, Row, TableStyle, Width};
use unicode_width::UnicodeWidthStr;

use super::format::{Format, Style};
use super::line::one_line;
use super::vertical;
use crate::data::column::Column;
use crate::data::{Statistics, Table, Value};

/// Aligned columns.
pub const TABLE: Format = Format {
    name: "table",
    aliases: &["text"],
    extensions: &["txt"],
    summary: "Aligned columns, fitted to the terminal; as vertical where it is too narrow for them.",
    write,
};

/// Records handed to the table writer at a time; it holds a chunk in memory.
const CHUNK: usize = 1024;

/// Blanks between two columns.
const GAP: u16 = 2;

/// Characters below which no text column and no header is cut.
const NARROWEST: usize = 4;

/// A line below the header and blanks between columns: nothing to remove when a cell is copied.
const LINES: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Writes a result as a table, every record on one line.
///
/// Cells are cut only where `style.width` says how wide the terminal is; numbers and times never
/// are. Where not even cut columns fit, the records are written as blocks.
///
/// # Errors
/// Whatever `out` fails with.
pub fn write(
    table: &Table,
    statistics: &Statistics,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let extents: Vec<Extent> = (0..table.columns.len()).map(|i| Extent::of(table, i)).collect();
    let widths = fit(&extents, style.width).and_then(|widths| {
        widths.into_iter().map(|width| u16::try_from(width).ok()?.checked_add(GAP)).collect()
    });
    let widths: Vec<u16> = match widths {
        Some(widths) => widths,
        None => return vertical::write(table, statistics, style, out),
    };
    if widths.is_empty() {
        return Ok(());
    }
    let mut out = BufWriter::new(out);
    for start in (0..table.len.max(1)).step_by(CHUNK) {
        let rows = start..table.len.min(start + CHUNK);
        for (i, line) in lines_of(table, rows, &widths, start == 0).enumerate() {
            let line = line.trim_end();
            if style.color && start == 0 && i == 0 {
                writeln!(out, "\x1b[1m{line}\x1b[0m")?;
            } else {
                writeln!(out, "{line}")?;
            }
        }
    }
    out.flush()
}

/// Whether a column holds quantities, whose digits are to stand under each other.
pub fn is_right_aligned(table: &Table, column: usize) -> bool {
    table.is_numeric(column) && !is_time(&table.columns[column])
}

fn is_time(column: &Column) -> bool {
    matches!(column, Column::Time(..) | Column::Constant(Value::Time(_), _))
}

/// The lines of some records, in columns of the given widths (gap included).
fn lines_of(
    table: &Table,
    rows: Range<usize>,
    widths: &[u16],
    header: bool,
) -> impl Iterator<Item = String> {
    let mut text = comfy_table::Table::new();
    // Text is cut anywhere, not between words: no cell holds this character.
    text.load_style(LINES).set_delimiter('\0').set_truncation_indicator("…");
    let row_of = |cells: Vec<String>| {
        let mut row = Row::from(cells.into_iter().map(Cell::new_owned).collect::<Vec<_>>());
        row.max_height(1);
        row
    };
    if header {
        text.set_header(row_of(table.names.iter().map(|name| one_line(name).into()).collect()));
    }
    for row in rows {
        let cell = |(column, width): (&Arc<Column>, &u16)| {
            let value = column.value(row);
            let text = value.print().unwrap_or_default();
            beginning(&one_line(&text), usize::from(width.saturating_sub(GAP))).to_owned()
        };
        text.add_row(row_of(table.columns.iter().zip(widths).map(cell).collect()));
    }
    let last = widths.len() - 1;
    for (i, column) in text.column_iter_mut().enumerate() {
        let gap = if i == last { 0 } else { GAP };
        column.set_padding((0, gap));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(widths[i] - GAP + gap)));
        if is_right_aligned(table, i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    text.lines().collect::<Vec<_>>().into_iter()
}

/// Enough of a text to fill a column and to see that it is cut: the table writer breaks a whole
/// text into lines before it drops all but the first, slow where a cell is a long message.
fn beginning(text: &str, width: usize) -> &str {
    if text.len() <= width {
        return text;
    }
    // Marks without a width of their own may make the first guess too short.
    [width + 1, width * 8]
        .into_iter()
        .filter_map(|chars| Some(&text[..text.char_indices().nth(chars)?.0]))
        .find(|beginning| beginning.width() > width)
        .unwrap_or(text)
}

/// How wide a column is by nature.
struct Extent {
    /// Columns of the terminal that its name takes.
    name: usize,
    /// Columns of the terminal that its widest cell takes.
    cells: usize,
    /// Whether a cut cell would mislead, as a cut number does.
    is_rigid: bool,
}

impl Extent {
    fn of(table: &Table, index: usize) -> Extent {
        let column = &table.columns[index];
        let width = |row| column.value(row).print().map_or(0, |text| one_line(&text).width());
        let rows = match column.as_ref() {
            Column::Constant(..) => table.len.min(1),
            _ => table.len,
        };
        Extent {
            name: one_line(&table.names[index]).width(),
            cells: (0..rows).map(width).max().unwrap_or(0),
            is_rigid: table.is_numeric(index) || is_time(column),
        }
    }

    fn natural(&self) -> usize {
        self.name.max(self.cells).max(1)
    }

    fn narrowest(&self, cut_names: bool) -> usize {
        let narrowest = match (self.is_rigid, cut_names) {
            (false, _) => NARROWEST,
            (true, false) => self.natural(),
            (true, true) => self.cells.max(NARROWEST),
        };
        narrowest.min(self.natural())
    }
}

/// The width of every column; `None` where the terminal is too narrow.
///
/// The widest text columns are cut first, all to the same width; names of numbers and times are
/// cut only when that is not enough.
fn fit(extents: &[Extent], width: Option<usize>) -> Option<Vec<usize>> {
    let natural: Vec<usize> = extents.iter().map(Extent::natural).collect();
    let Some(width) = width else { return Some(natural) };
    let gaps = usize::from(GAP) * extents.len().saturating_sub(1);
    let room = width.checked_sub(gaps)?;
    if natural.iter().sum::<usize>() <= room {
        return Some(natural);
    }
    [false, true].into_iter().find_map(|cut_names| {
        let narrowest: Vec<usize> =
            extents.iter().map(|extent| extent.narrowest(cut_names)).collect();
        let limited = |limit: usize| -> Vec<usize> {
            natural.iter().zip(&narrowest).map(|(&n, &least)| n.min(limit).max(least)).collect()
        };
        let fits = |limit: usize| limited(limit).iter().sum::<usize>() <= room;
        let limit = (0..=room).rev().find(|&limit| fits(limit))?;
        let mut widths = limited(limit);
        // What the even split leaves over goes to the first columns that were cut.
        let mut rest = room - widths.iter().sum::<usize>();
        for (width, &natural) in widths.iter_mut().zip(&natural) {
            if rest > 0 && *width == limit && *width < natural {
                *width += 1;
                rest -= 1;
            }
        }
        Some(widths)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fixture::{render, table, table_of};

    /// Columns of the terminal that the widest line of a text takes.
    fn width_of(text: &str) -> usize {
        text.lines().map(|line| line.width()).max().unwrap_or(0)
    }

    #[test]
    fn nothing_is_cut_in_a_pipe() {
        let expected = r#"bin(5m)                  bytes  avg  note         ports
────────────────────────────────────────────────────────
2019-10-30 11:01:03.000   1234  2.5  a|b, "c"\nd  80,443
2019-10-30 11:01:03.000           3
2019-10-30 11:01:03.000     -5       東京 é\tx\   -

"#;
        assert_eq!(render(&TABLE, &table(), None), expected);
        assert_eq!(render(&TABLE, &table(), Some(56)), expected);
    }

    #[test]
    fn texts_are_cut_to_the_terminal_and_quantities_are_not() {
        let expected = r#"bin(5m)                  bytes  avg  note   ports
─────────────────────────────────────────────────
2019-10-30 11:01:03.000   1234  2.5  a|b,…  80,4…
2019-10-30 11:01:03.000           3
2019-10-30 11:01:03.000     -5       東京…  -

"#;
        assert_eq!(render(&TABLE, &table(), Some(49)), expected);
        // One column more goes to the first text.
        assert!(render(&TABLE, &table(), Some(50)).contains("  a|b, …  80,4…\n"));
    }

    #[test]
    fn names_of_numbers_are_cut_last_and_then_blocks_are_written() {
        let table = table_of(vec![
            ("sum(bytes) / 1024", vec![Value::Integer(123_456)]),
            ("srcAddr", vec![Value::text("10.20.30.40")]),
        ]);
        let texts = "sum(bytes) / 1024  srcAd…\n\
                     ─────────────────────────\n           123456  10.20…\n";
        assert_eq!(render(&TABLE, &table, Some(25)), texts);
        let names = "sum(b…  src…\n────────────\n123456  10.…\n";
        assert_eq!(render(&TABLE, &table, Some(12)), names);
        assert!(render(&TABLE, &table, Some(11)).starts_with("── record 1 ──\n"));
        assert!(render(&TABLE, &table, Some(0)).starts_with("── record 1 ──\n"));
    }

    #[test]
    fn a_huge_cell_is_cut_at_once_and_marks_are_no_width() {
        let table = table_of(vec![(
            "@message",
            vec![Value::text("x".repeat(1 << 20)), Value::text("e\u{301}".repeat(5000))],
        )]);
        let text = render(&TABLE, &table, Some(10));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(lines, ["xxxxxxxxx…".to_owned(), "e\u{301}".repeat(9) + "…"]);
        // A line too long for the table writer is not cut either.
        assert!(render(&TABLE, &table, None).contains(&"x".repeat(1 << 20)));
    }

    #[test]
    fn every_width_is_kept() {
        for width in 38..80 {
            let text = render(&TABLE, &table(), Some(width));
            assert!(text.starts_with("──") || width_of(&text) <= width, "{width}:\n{text}");
        }
    }

    #[test]
    fn no_records_are_a_header() {
        let empty = table_of(vec![("srcAddr", Vec::new()), ("bytes", Vec::new())]);
        assert_eq!(render(&TABLE, &empty, Some(80)), "srcAddr  bytes\n──────────────\n");
        assert_eq!(render(&TABLE, &Table::default(), Some(80)), "");
    }

    #[test]
    fn columns_stay_aligned_beyond_one_chunk() {
        let count = CHUNK as i64 + 2;
        let column = (0..count).map(|i| Value::Integer(i * i * i)).collect();
        let table = table_of(vec![("cube", column), ("n", vec![Value::Integer(1); CHUNK + 2])]);
        let text = render(&TABLE, &table, None);
        assert_eq!(text.lines().count(), CHUNK + 4);
        assert!(text.lines().all(|line| line.chars().count() == 13), "{text}");
    }
}
