//! `parse /REGEX/ [multi]`: a regular expression whose groups are the fields.

use std::fmt;

use regex::bytes::Regex;

use super::{Cut, Form, Name, Texts, name_list, with_text};
use crate::data::Column;
use crate::diagnostic::{Diagnostic, codes};
use crate::eval::bind::compile_regex;
use crate::syntax::{self, Node, Rule};

/// A regular expression as written and compiled.
struct Pattern {
    text: String,
    regex: Regex,
    /// Whether the names stand in the pattern, not behind it.
    named: bool,
    /// Whether every match makes a record.
    multi: bool,
}

/// Reads the form.
///
/// # Errors
/// A pattern that is none or has no groups to name, and names that do not fit its groups.
pub(super) fn read(node: &Node<'_>) -> Result<(Box<dyn Form>, Vec<Name>), Diagnostic> {
    let literal = node.one(Rule::regex);
    let text = syntax::text(literal);
    let regex = compile_regex(&text, literal.span())?;
    let of_group =
        |(part, name): (usize, Option<&str>)| Some(Name::new(name?, literal.span(), part));
    let mut names: Vec<Name> = regex.capture_names().enumerate().filter_map(of_group).collect();
    let named = !names.is_empty();
    if let Some(written) = node.maybe(Rule::names) {
        let written: Vec<&Node<'_>> = written.all(Rule::name).collect();
        // AWS's own samples name a group twice, inside the pattern and behind it.
        let repeated =
            written.iter().all(|node| names.iter().any(|known| known.text == syntax::name(node)));
        if !named && written.len() + 1 == regex.captures_len() {
            let numbered = written.into_iter().enumerate();
            names = numbered.map(|(i, name)| Name::of(name, i + 1)).collect();
        } else if !repeated {
            let message = "these names do not fit the groups of the pattern";
            let help = "name the groups in the pattern, as in `/(?<name>…)/`";
            return Err(Diagnostic::error(message, node.one(Rule::names).span())
                .code(codes::NAMES)
                .help(help));
        }
    }
    if names.is_empty() {
        let message = "this pattern has no named group, so it makes no field";
        let help = "name a part of it, as in `/(?<name>…)/`";
        return Err(Diagnostic::error(message, literal.span()).code(codes::NAMES).help(help));
    }
    let multi = node.maybe(Rule::multi_word).is_some();
    Ok((Box::new(Pattern { text, regex, named, multi }), names))
}

impl Form for Pattern {
    fn cut(&self, source: &Column, parts: &[usize]) -> Cut {
        match self.multi {
            true => every_match(&self.regex, source, parts),
            false => first_match(&self.regex, source, parts),
        }
    }

    fn copies(&self) -> bool {
        self.multi
    }

    fn print(&self, f: &mut fmt::Formatter<'_>, names: &[&str]) -> fmt::Result {
        write!(f, "/{}/", self.text.replace('/', "\\/"))?;
        if !self.named {
            name_list(f, names)?;
        }
        f.write_str(if self.multi { " multi" } else { "" })
    }
}

/// The groups `parts` of the first match in every record.
pub(super) fn first_match(regex: &Regex, source: &Column, parts: &[usize]) -> Cut {
    let mut texts = Texts::new(parts.len(), source.len());
    let mut places = regex.capture_locations();
    for row in 0..source.len() {
        let matched = with_text(source, row, |text| {
            let matched = regex.captures_read(&mut places, text).is_some();
            if matched {
                let range = |part: &usize| places.get(*part);
                let part = |part| range(part).and_then(|(start, end)| text.get(start..end));
                texts.push(parts.iter().map(part));
            }
            matched
        });
        if matched != Some(true) {
            texts.push_none();
        }
    }
    texts.finish(None)
}

/// The groups `parts` of every match in every record, in the order of the text; a record without a
/// match is kept once.
fn every_match(regex: &Regex, source: &Column, parts: &[usize]) -> Cut {
    let mut texts = Texts::new(parts.len(), source.len());
    let mut rows = Vec::with_capacity(source.len());
    for row in 0..source.len() {
        let before = rows.len();
        with_text(source, row, |text| {
            for found in regex.captures_iter(text) {
                let part = |part: &usize| found.get(*part).map(|group| group.as_bytes());
                texts.push(parts.iter().map(part));
                rows.push(row as u32);
            }
        });
        if rows.len() == before {
            texts.push_none();
            rows.push(row as u32);
        }
    }
    texts.finish(Some(rows))
}
