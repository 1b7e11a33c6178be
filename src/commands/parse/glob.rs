//! `parse "GLOB" as NAME, …`: a text with a `*` for each field.

use std::fmt;

use regex::bytes::Regex;

use super::regex::first_match;
use super::{Cut, Form, Name, name_list};
use crate::data::Column;
use crate::diagnostic::{Diagnostic, codes};
use crate::eval::bind::compile_regex;
use crate::syntax::{self, Node, Rule};

/// A glob as written, and as a regular expression whose groups are the fields.
struct Glob {
    text: String,
    regex: Regex,
}

/// Reads the form.
///
/// # Errors
/// A number of names that is not the number of `*`.
pub(super) fn read(node: &Node<'_>) -> Result<(Box<dyn Form>, Vec<Name>), Diagnostic> {
    let text = node.one(Rule::text);
    let glob = syntax::text(text);
    let names: Vec<&Node<'_>> = node.one(Rule::names).all(Rule::name).collect();
    let stars = glob.matches('*').count();
    if stars != names.len() {
        let message = format!("this glob has {stars} `*`, but {} are named", names.len());
        let help = "give one name for each `*`";
        return Err(Diagnostic::error(message, text.span())
            .code(codes::NAMES)
            .note(node.one(Rule::names).span(), "named here")
            .help(help));
    }
    let regex = compile_regex(&to_regex(&glob), text.span())?;
    let names = names.into_iter().enumerate().map(|(i, name)| Name::of(name, i + 1)).collect();
    Ok((Box::new(Glob { text: glob, regex }), names))
}

/// A glob as a regular expression: each `*` is as short as it can be, the last one at the end of
/// the glob takes everything that is left, line ends included.
fn to_regex(glob: &str) -> String {
    let parts: Vec<String> = glob.split('*').map(regex::escape).collect();
    let last = parts.len() - 1;
    let mut regex = String::from("(?s)");
    for (i, part) in parts.iter().enumerate() {
        regex.push_str(part);
        if i < last {
            let open_end = i + 1 == last && parts[last].is_empty();
            regex.push_str(if open_end { "(.*)" } else { "(.*?)" });
        }
    }
    regex
}

impl Form for Glob {
    fn cut(&self, source: &Column, parts: &[usize]) -> Cut {
        first_match(&self.regex, source, parts)
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, names: &[&str]) -> fmt::Result {
        f.write_str(&syntax::quoted_text(&self.text))?;
        name_list(f, names)
    }
}
