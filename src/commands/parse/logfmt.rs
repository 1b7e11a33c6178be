//! `parse logfmt as NAME`: a text of `key=value` pairs becomes a map.

use std::fmt;

use serde_json::{Map, Value as Json};

use super::{Cut, Form, Name, name_list, with_text};
use crate::data::text::printable;
use crate::data::{Column, Value, logfmt};
use crate::diagnostic::Diagnostic;
use crate::syntax::{Node, Rule};

/// The form: nothing but its name tells one from another.
struct Logfmt;

/// Reads the form.
///
/// # Errors
/// None.
pub(super) fn read(node: &Node<'_>) -> Result<(Box<dyn Form>, Vec<Name>), Diagnostic> {
    Ok((Box::new(Logfmt), vec![Name::of(node.one(Rule::name), 0)]))
}

impl Form for Logfmt {
    fn cut(&self, source: &Column, parts: &[usize]) -> Cut {
        let map = |row| with_text(source, row, |text| pairs(&printable(text))).flatten();
        let maps: Vec<Option<Json>> = (0..source.len()).map(map).collect();
        let matches = maps.iter().map(Option::is_some).collect();
        let value = |map: Option<Json>| map.map_or(Value::Missing, |map| Value::Json(map.into()));
        let column = Column::from_values(maps.into_iter().map(value).collect());
        Cut { columns: parts.iter().map(|_| column.clone()).collect(), matches, rows: None }
    }

    fn makes_texts(&self) -> bool {
        false
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, names: &[&str]) -> fmt::Result {
        f.write_str("logfmt")?;
        name_list(f, names)
    }
}

/// The map of a text of pairs with blanks between them; `None` where no `=` stands behind a key.
///
/// Every value is a text; of several values of a key the last one counts.
fn pairs(text: &str) -> Option<Json> {
    let mut map = Map::new();
    let found = logfmt::pairs(text, &mut |key, value| {
        map.insert(key.to_owned(), Json::String(value));
    });
    found.then_some(Json::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Option<String> {
        pairs(text).map(|map| map.to_string())
    }

    #[test]
    fn pairs_become_a_map_of_texts() {
        let map = printed("level=error  took=12ms msg=\"a \\\"b\\\" \\u0041\\n\" flag empty=\n");
        let expected =
            r#"{"level":"error","took":"12ms","msg":"a \"b\" A\n","flag":"","empty":""}"#;
        assert_eq!(map.as_deref(), Some(expected));
    }

    #[test]
    fn odd_texts_lose_nothing_and_stop() {
        assert_eq!(printed("a=b=c d=\"open").as_deref(), Some(r#"{"a":"b=c","d":"open"}"#));
        assert_eq!(printed("=x a=1 a=2").as_deref(), Some(r#"{"a":"2"}"#));
        assert_eq!(printed("a=\"\\").as_deref(), Some(r#"{"a":""}"#));
        assert_eq!(printed("a=\"x\"y=1").as_deref(), Some(r#"{"a":"x","y":"1"}"#));
        assert_eq!(printed("no pairs here"), None);
        assert_eq!(printed(" =x"), None);
        assert_eq!(printed(""), None);
    }
}
