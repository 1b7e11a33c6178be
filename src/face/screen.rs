//! The screen of a session: long tables with their middle left out, taller texts through the pager.

use std::io::{self, IsTerminal, Write};

use super::{pager, target};
use crate::data::{Statistics, Table};
use crate::error::{Error, Result};
use crate::output::format::{Format, Style};
use crate::output::human;

/// Lines of a screen that are not for records: the names, the rule, what is left out, the footer
/// and the next prompt with a line above it.
const BESIDE: usize = 6;

/// The fewest records of a table that are shown, however low the screen.
const FEWEST: usize = 10;

/// The lines of a terminal that does not say how many it has.
const LINES: usize = 24;

/// How a screen is filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// The most records of a table; `None` is as many as the screen takes, 0 is all.
    pub(crate) rows: Option<usize>,
    /// Whether a text taller than the screen goes through the pager.
    pub(crate) pager: bool,
}

impl Screen {
    /// Shows a result.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn show(
        self,
        format: &Format,
        table: &Table,
        statistics: &Statistics,
        style: &Style,
    ) -> Result<()> {
        let mut text = Vec::new();
        let most = self.most_rows();
        let written = match format.name == "table" && table.len > most {
            true => elided(format, table, statistics, style, most, &mut text),
            false => format.write(table, statistics, style, &mut text),
        };
        written.map_err(|source| Error::Io { path: "standard output".into(), source })?;
        self.write(&text)
    }

    /// Writes a text, through the pager where it is taller than the screen.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn write(self, text: &[u8]) -> Result<()> {
        let lines = memchr::memchr_iter(b'\n', text).count();
        let tall = lines >= height() && io::stdout().is_terminal();
        if self.pager && tall && pager::page(text) {
            return Ok(());
        }
        target::stdout(|out| out.write_all(text))
    }

    /// The most records of a table.
    fn most_rows(self) -> usize {
        match self.rows {
            Some(0) => usize::MAX,
            Some(rows) => rows,
            None => height().saturating_sub(BESIDE).max(FEWEST),
        }
    }
}

/// The lines of the terminal.
fn height() -> usize {
    terminal_size::terminal_size().map_or(LINES, |(_, height)| usize::from(height.0)).max(2)
}

/// Writes the first and the last records of a table, and between them how many are left out.
fn elided(
    format: &Format,
    table: &Table,
    statistics: &Statistics,
    style: &Style,
    most: usize,
    text: &mut Vec<u8>,
) -> io::Result<()> {
    let head = most.div_ceil(2);
    let tail = most - head;
    let (Ok(len), Ok(first), Ok(last)) =
        (u32::try_from(table.len), u32::try_from(head), u32::try_from(table.len - tail))
    else {
        return format.write(table, statistics, style, text);
    };
    let rows: Vec<u32> = (0..first).chain(last..len).collect();
    let columns = table.columns.iter().map(|column| column.take(&rows).into()).collect();
    let shown = Table { columns, len: rows.len(), pointers: None, ..table.clone() };
    let mut all = Vec::new();
    format.write(&shown, statistics, style, &mut all)?;
    let lines: Vec<&[u8]> = all.split_inclusive(|byte| *byte == b'\n').collect();
    // Records that the terminal is too narrow for have many lines each.
    if lines.len() != rows.len() + 2 {
        return format.write(table, statistics, style, text);
    }
    let left_out = (table.len - rows.len()) as u64;
    for (i, line) in lines.into_iter().enumerate() {
        if i == head + 2 {
            let records = if left_out == 1 { "record" } else { "records" };
            let count = human::count(left_out);
            writeln!(text, "⋮ {count} {records} in between; .last shows all")?;
        }
        text.extend_from_slice(line);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Column, Value};
    use crate::output;

    fn shown(records: i64, most: usize, width: usize) -> String {
        let values = |scale: i64| (0..records).map(move |i| Value::Integer(i * scale)).collect();
        let table = Table {
            names: vec!["n".to_owned(), "m".to_owned()],
            columns: vec![
                Arc::new(Column::from_values(values(1))),
                Arc::new(Column::from_values(values(1000))),
            ],
            len: records as usize,
            ..Table::default()
        };
        let mut text = Vec::new();
        let style = Style { width: Some(width), ..Style::default() };
        let format = output::find("table").expect("is a format");
        elided(format, &table, &Statistics::default(), &style, most, &mut text)
            .expect("is written");
        String::from_utf8(text).expect("is UTF-8")
    }

    #[test]
    fn the_middle_is_left_out_with_a_count() {
        let expected = "  n       m\n───────────\n  0       0\n  1    1000\n  2    2000\n\
             ⋮ 1,195 records in between; .last shows all\n1198 1198000\n1199 1199000\n";
        let text = shown(1200, 5, 80);
        let blanks = |text: &str| text.replace("  ", " ").replace("  ", " ").replace("  ", " ");
        assert_eq!(blanks(&text).replace('─', ""), blanks(expected).replace('─', ""));
        assert!(shown(6, 5, 80).contains("⋮ 1 record in between"));
    }

    #[test]
    fn where_records_have_many_lines_all_are_shown() {
        assert_eq!(shown(12, 5, 3).matches("── record").count(), 12);
    }
}
