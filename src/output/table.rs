//! `table`: aligned columns for people, fitted to the terminal.

use std::io::{self, BufWriter, Write};
use std::ops::Range;

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Row, TableStyle,
};
use unicode_width::UnicodeWidthStr;

use super::format::{Format, Parts, Style, Writer};
use super::line::one_line;
use super::vertical;
use crate::data::column::Column;
use crate::data::{Table, Value};

/// Aligned columns.
pub const TABLE: Format = Format {
    name: "table",
    aliases: &["text"],
    extensions: &["txt"],
    summary: "Aligned columns, fitted to the terminal; as vertical where it is too narrow for them.",
    text: true,
    draws: false,
    writer: Writer::Endless(|style| Box::new(Rows::of(style))),
};

/// Records laid out at a time; the table crate holds them in memory.
const CHUNK: usize = 1024;

/// Blanks between two columns.
const GAP: u16 = 2;

/// Characters below which no text column is cut.
const NARROWEST: usize = 4;

/// A line below the header and blanks between columns: nothing to remove when a cell is copied.
const LINES: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// The rows of a table, below its names, every record on one line.
///
/// Text columns are cut only where `Style::width` says how wide the terminal is; columns of numbers
/// and times never are. Where not even cut columns fit, the records are written as blocks.
struct Rows {
    width: Option<usize>,
    color: bool,
    /// What the columns have taken so far.
    extents: Vec<Extent>,
    headed: bool,
    /// Blocks in place of rows, where the terminal is too narrow for these.
    blocks: Option<vertical::Blocks>,
}

impl Rows {
    fn of(style: &Style) -> Rows {
        let (extents, headed, blocks) = (Vec::new(), false, None);
        Rows { width: style.width, color: style.color, extents, headed, blocks }
    }
}

impl Parts for Rows {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let extents: Vec<Extent> = (0..table.columns.len()).map(|i| Extent::of(table, i)).collect();
        if extents.is_empty() {
            return Ok(());
        }
        self.extents = match self.extents.len() == extents.len() {
            true => self.extents.iter().zip(extents).map(|(old, new)| old.with(new)).collect(),
            false => extents,
        };
        if self.blocks.is_none() && !fits(&self.extents, self.width) {
            self.blocks = Some(vertical::Blocks::of(self.color));
        }
        if let Some(blocks) = &mut self.blocks {
            return blocks.part(table, out);
        }
        let mut out = BufWriter::new(out);
        for start in (0..table.len.max(1)).step_by(CHUNK) {
            let rows = start..table.len.min(start + CHUNK);
            let chunk = layout(table, rows, &self.extents, self.width);
            for (i, line) in chunk.lines().enumerate() {
                match (i, line.trim_end()) {
                    (0, names) if !self.headed && self.color => {
                        writeln!(out, "\x1b[1m{names}\x1b[0m")?;
                    }
                    (0 | 1, line) if !self.headed => writeln!(out, "{line}")?,
                    // The names and the rule again, and the ruler.
                    (0..=2, _) => {}
                    (_, line) => writeln!(out, "{line}")?,
                }
            }
            self.headed = true;
        }
        out.flush()
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
}

/// Whether a column holds quantities, whose digits are to stand under each other.
pub fn is_right_aligned(table: &Table, column: usize) -> bool {
    table.is_numeric(column) && !is_time(&table.columns[column])
}

fn is_time(column: &Column) -> bool {
    matches!(column, Column::Time(..) | Column::Constant(Value::Time(_), _))
}

/// The widest word that is never cut: an interface, an address. Two of them cut alike would pass
/// for one.
const WHOLE: usize = 25;

/// What the cells of a column take.
struct Extent {
    /// Columns of the terminal of the widest cell, the name included.
    width: usize,
    /// Whether a cut cell would mislead: numbers, times, and words that name something.
    rigid: bool,
}

impl Extent {
    /// What both together take.
    fn with(&self, other: Extent) -> Extent {
        Extent { width: self.width.max(other.width), rigid: self.rigid && other.rigid }
    }

    fn of(table: &Table, index: usize) -> Extent {
        let column = &table.columns[index];
        let quantity = table.is_numeric(index) || is_time(column);
        let mut extent =
            Extent { width: one_line(&table.names[index]).width().max(1), rigid: true };
        for row in 0..table.len {
            let value = column.value(row);
            let text = value.print().unwrap_or_default();
            extent.width = extent.width.max(one_line(&text).width());
            extent.rigid &= quantity || !text.contains([' ', '\n']);
        }
        extent.rigid &= quantity || extent.width <= WHOLE;
        extent
    }
}

/// Whether a table of columns of these extents can be shown: the terminal has room for them, cut
/// as far as they may be, and the table crate can count their characters.
fn fits(extents: &[Extent], terminal: Option<usize>) -> bool {
    let Some(terminal) = terminal else {
        return extents.iter().all(|extent| extent.width < usize::from(u16::MAX - GAP));
    };
    let least = |extent: &Extent| {
        if extent.rigid { extent.width } else { extent.width.min(NARROWEST) }
    };
    let gaps = usize::from(GAP) * (extents.len() - 1);
    extents.iter().map(least).sum::<usize>() + gaps <= terminal
}

/// Some records below the names and a ruler: a first row as wide as the widest cell of the whole
/// result, so that every chunk is laid out alike.
fn layout(
    table: &Table,
    rows: Range<usize>,
    extents: &[Extent],
    terminal: Option<usize>,
) -> comfy_table::Table {
    let row_of = |cells: &mut dyn Iterator<Item = String>| {
        let mut row = Row::from(cells.map(Cell::new_owned).collect::<Vec<_>>());
        row.max_height(1);
        row
    };
    // The table crate breaks a whole text into lines before it drops all but the first, slow where
    // a cell is a long message. Eight characters leave room for marks without a width.
    let longest = terminal.map_or(usize::MAX, |width| width.saturating_mul(8));
    let mut text = comfy_table::Table::new();
    // Text is cut anywhere, not between words: no cell holds this character.
    text.load_style(LINES).set_delimiter('\0');
    if let Some(width) = terminal {
        text.set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    text.set_header(row_of(&mut table.names.iter().map(|name| one_line(name).into())));
    let ruler = |extent: &Extent| "x".repeat(extent.width.min(longest));
    text.add_row(row_of(&mut extents.iter().map(ruler)));
    for row in rows {
        text.add_row(row_of(&mut table.columns.iter().map(|column| {
            let value = column.value(row);
            let cell = value.print().unwrap_or_default();
            match cell.char_indices().nth(longest) {
                Some((end, _)) => one_line(&cell[..end]).into_owned(),
                None => one_line(&cell).into_owned(),
            }
        })));
    }
    for (i, column) in text.column_iter_mut().enumerate() {
        column.set_padding((0, if i + 1 == extents.len() { 0 } else { GAP }));
        if extents[i].rigid {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if is_right_aligned(table, i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    text
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
──────────────────────────────────────────────────
2019-10-30 11:01:03.000   1234  2.5  a|b,…  80,443
2019-10-30 11:01:03.000           3
2019-10-30 11:01:03.000     -5       東京…  -

"#;
        assert_eq!(render(&TABLE, &table(), Some(50)), expected);
    }

    #[test]
    fn where_numbers_leave_no_room_for_texts_blocks_are_written() {
        let table = table_of(vec![
            ("sum(bytes) / 1024", vec![Value::Integer(123_456)]),
            ("note", vec![Value::text("10 20 30 40")]),
        ]);
        let texts = "sum(bytes) / 1024  note\n\
                     ─────────────────────────\n           123456  10 20…\n";
        assert_eq!(render(&TABLE, &table, Some(25)), texts);
        assert!(render(&TABLE, &table, Some(23)).ends_with("  10 …\n"));
        assert!(render(&TABLE, &table, Some(22)).starts_with("── record 1 ──\n"));
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
        let mut texts = vec![Value::text("-"); CHUNK + 1];
        texts.push(Value::text("a text that is cut"));
        let table = table_of(vec![("cube", column), ("text", texts)]);
        for (terminal, last) in [(None, "  a text that is cut"), (Some(20), "  a text …")] {
            let text = render(&TABLE, &table, terminal);
            assert_eq!(text.lines().count(), CHUNK + 4);
            assert!(text.ends_with(&format!("{}{last}\n", (count - 1).pow(3))), "{text}");
            assert!(text.lines().skip(2).take(CHUNK + 1).all(|line| line.width() == 13), "{text}");
        }
    }
}
