//! A table for `lookup`: a CSV text with a header, checked, with indexes made on demand.

use std::sync::{Arc, Mutex, PoisonError};

use super::ranges::Ranges;
use crate::data::index::Index;
use crate::data::{Column, Value};
use crate::error::{Error, Result};

/// A table of texts.
#[derive(Debug)]
pub struct LookupTable {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// The values of each column; an empty cell is missing.
    values: Vec<Column>,
    rows: usize,
    /// Records by the columns that were looked at before.
    indexes: Mutex<Vec<(Vec<usize>, Arc<Index>)>>,
}

impl LookupTable {
    /// Reads a table: UTF-8, RFC 4180, the first line names the columns.
    ///
    /// # Errors
    /// `Input` with the line: a name of other characters, no column, a column without a name or
    /// named twice, a record with another number of values than the header.
    pub fn parse(name: &str, text: &[u8]) -> Result<LookupTable> {
        let wrong = |line: u64, reason: String| Error::Input {
            path: format!("table `{name}`").into(),
            line,
            reason,
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let reason = "a table is named with letters, digits and `_`".to_owned();
            return Err(wrong(0, reason));
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
        let line_of = |error: &csv::Error| error.position().map_or(0, csv::Position::line);
        let header =
            reader.headers().map_err(|error| wrong(line_of(&error), error.to_string()))?.clone();
        let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        if let Some(at) = columns.iter().position(String::is_empty) {
            return Err(wrong(1, format!("column {} has no name", at + 1)));
        }
        if columns.is_empty() {
            return Err(wrong(1, "it has no header line".to_owned()));
        }
        for (at, column) in columns.iter().enumerate() {
            if columns.iter().take(at).any(|before| before == column) {
                return Err(wrong(1, format!("the column `{column}` is there twice")));
            }
        }
        let mut values: Vec<Vec<Value>> = vec![Vec::new(); columns.len()];
        let mut rows = 0;
        for record in reader.records() {
            let record = record.map_err(|error| wrong(line_of(&error), error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != columns.len() {
                let (found, wanted) = (record.len(), columns.len());
                return Err(wrong(line, format!("{found} values where the header names {wanted}")));
            }
            for (column, cell) in values.iter_mut().zip(&record) {
                column.push(if cell.is_empty() { Value::Missing } else { Value::text(cell) });
            }
            rows += 1;
        }
        let values = values.into_iter().map(Column::from_values).collect();
        Ok(LookupTable { name: name.to_owned(), columns, values, rows, indexes: Mutex::default() })
    }

    /// A table without records that has these columns.
    pub fn assumed(name: &str, columns: Vec<String>) -> LookupTable {
        let values = columns.iter().map(|_| Column::missing(0)).collect();
        let (name, indexes) = (name.to_owned(), Mutex::default());
        LookupTable { name, columns, values, rows: 0, indexes }
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The number of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The values of a column.
    pub fn values(&self, column: usize) -> &Column {
        &self.values[column]
    }

    /// The text of a cell; `None` where it is empty.
    pub fn cell(&self, column: usize, row: usize) -> Option<String> {
        self.values.get(column)?.value(row).print().map(std::borrow::Cow::into_owned)
    }

    /// Its records by the values of some columns.
    pub fn index(&self, columns: &[usize]) -> Arc<Index> {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, index)) = indexes.iter().find(|(known, _)| known == columns) {
            return Arc::clone(index);
        }
        let keys: Vec<&Column> =
            columns.iter().filter_map(|column| self.values.get(*column)).collect();
        let index = Arc::new(Index::of(&keys, self.rows));
        indexes.push((columns.to_vec(), Arc::clone(&index)));
        index
    }

    /// The address ranges of a column.
    ///
    /// # Errors
    /// The first text that is no range, and its line.
    pub fn ranges(&self, column: usize) -> std::result::Result<Ranges, (u64, String)> {
        let mut ranges = Ranges::default();
        for row in 0..self.rows {
            if let Some(text) = self.cell(column, row)
                && !ranges.insert(&text, row as u32)
            {
                return Err((row as u64 + 2, text));
            }
        }
        Ok(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_table_is_said_with_its_line() {
        for (name, text, line, part) in [
            ("a b", "x\n1\n", 0, "letters, digits"),
            ("t", "", 1, "no header"),
            ("t", "a,,c\n", 1, "column 2 has no name"),
            ("t", "a,b,a\n", 1, "`a` is there twice"),
            ("t", "a,b\n1,2\n3\n", 3, "1 values where the header names 2"),
            ("t", "a\n\u{e9}\n\n", 0, ""),
        ] {
            match LookupTable::parse(name, text.as_bytes()) {
                Err(Error::Input { line: at, reason, .. }) => {
                    assert_eq!(at, line, "{text:?}");
                    assert!(reason.contains(part), "{reason}");
                }
                other => assert!(part.is_empty() && other.is_ok(), "{text:?}"),
            }
        }
        assert!(LookupTable::parse("t", b"a\n\xff\n").is_err(), "bytes that are no UTF-8");
    }

    #[test]
    fn cells_keep_their_texts_and_empty_ones_are_missing() {
        let text = "\u{feff}ip,name\n10.0.0.1,\"a, b\"\n,x\n";
        let table = LookupTable::parse("t", text.as_bytes()).expect("it is a table");
        assert_eq!(table.columns, ["ip", "name"]);
        assert_eq!(table.cell(1, 0).as_deref(), Some("a, b"));
        assert_eq!(table.cell(0, 1), None);
    }
}
