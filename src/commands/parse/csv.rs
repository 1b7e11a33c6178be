//! `parse csv as NAME, …`: values with commas between them.

use std::fmt;

use csv::{ByteRecord, ReaderBuilder};

use super::{Cut, Form, Name, Texts, name_list, with_text};
use crate::data::Column;
use crate::diagnostic::Diagnostic;
use crate::syntax::{Node, Rule};

/// The form: nothing but its names tells one from another.
struct Csv;

/// Reads the form.
///
/// # Errors
/// None.
pub(super) fn read(node: &Node<'_>) -> Result<(Box<dyn Form>, Vec<Name>), Diagnostic> {
    let names = node.one(Rule::names).all(Rule::name).enumerate();
    Ok((Box::new(Csv), names.map(|(part, name)| Name::of(name, part)).collect()))
}

impl Form for Csv {
    /// The values at the places `parts` of the first line that is not empty. Quotes are those of
    /// RFC 4180, blanks belong to the values, values that are not there are missing, and so is
    /// everything in an empty text.
    fn cut(&self, source: &Column, parts: &[usize]) -> Cut {
        let mut texts = Texts::new(parts.len(), source.len());
        let mut values = ByteRecord::new();
        for row in 0..source.len() {
            let matched = with_text(source, row, |text| {
                let matched = split(text, &mut values);
                if matched {
                    texts.push(parts.iter().map(|part| values.get(*part)));
                }
                matched
            });
            if matched != Some(true) {
                texts.push_none();
            }
        }
        texts.finish(None)
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, names: &[&str]) -> fmt::Result {
        f.write_str("csv")?;
        name_list(f, names)
    }
}

/// Splits a line into its values; `false` where there is none.
fn split(text: &[u8], values: &mut ByteRecord) -> bool {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(text.len().max(1))
        .from_reader(text);
    // Reading memory does not fail, and lines of any length will do.
    reader.read_byte_record(values).unwrap_or(false)
}
