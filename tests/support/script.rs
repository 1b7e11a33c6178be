//! The `.test` file: comments, log sets, and queries each with its output.
//!
//! ```text
//! # A comment.
//! use flows                     the log set tests/data/flows.log
//!
//! use                           logs that stand here, indented
//!     srcaddr packets
//!     10.0.0.1 5
//!
//! group other                   one more log group, of indented lines, beside the logs
//!     srcaddr packets
//!     10.0.0.1 5
//!
//! table names                   a table for `lookup`, of indented lines of CSV
//!     address,name
//!
//! set strict                    see `Settings`
//!
//! [plan]> fields srcAddr        a tag and a query, which may go on in the next lines
//! | limit 1
//! ---
//! output                        to the next empty line; an empty line of the output is a `.`
//! ```

use std::fmt;
use std::iter::Peekable;
use std::str::Lines;

/// A test file.
pub(crate) struct Script {
    /// Its parts, in order.
    pub(crate) items: Vec<Item>,
}

/// A part of a test file.
pub(crate) enum Item {
    /// A comment or an empty line.
    Verbatim(String),
    /// `use NAME`
    Use(String),
    /// `use` and indented lines.
    Inline(Vec<String>),
    /// `group NAME` or `table NAME`, and indented lines
    More(&'static str, String, Vec<String>),
    /// `set WORDS`
    Set(Vec<String>),
    /// A query and its output.
    Query(Query),
}

/// A query and its output.
pub(crate) struct Query {
    /// The word in brackets in front of it, or nothing.
    pub(crate) tag: String,
    /// The query.
    pub(crate) text: String,
    /// What it gives.
    pub(crate) output: String,
}

impl Script {
    /// Reads a test file.
    pub(crate) fn parse(text: &str) -> Script {
        let mut lines = text.lines().peekable();
        let mut items = Vec::new();
        while let Some(line) = lines.next() {
            items.push(if let Some((tag, first)) = query_start(line) {
                let mut text = first.to_owned();
                for line in lines.by_ref().take_while(|line| *line != "---") {
                    text = text + "\n" + line;
                }
                let mut output = String::new();
                while let Some(line) = lines.next_if(|line| !line.is_empty()) {
                    output += if line == "." { "" } else { line };
                    output.push('\n');
                }
                Item::Query(Query { tag: tag.to_owned(), text, output })
            } else if line == "use" {
                Item::Inline(indented(&mut lines))
            } else if let Some(name) = line.strip_prefix("group ") {
                Item::More("group", name.to_owned(), indented(&mut lines))
            } else if let Some(name) = line.strip_prefix("table ") {
                Item::More("table", name.to_owned(), indented(&mut lines))
            } else if let Some(name) = line.strip_prefix("use ") {
                Item::Use(name.to_owned())
            } else if let Some(words) = line.strip_prefix("set ") {
                Item::Set(words.split(' ').map(str::to_owned).collect())
            } else {
                assert!(line.is_empty() || line.starts_with('#'), "what is `{line}`?");
                Item::Verbatim(line.to_owned())
            });
        }
        Script { items }
    }
}

/// The indented lines that come next.
fn indented(lines: &mut Peekable<Lines<'_>>) -> Vec<String> {
    let mut inline = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with("    ")) {
        inline.push(line[4..].to_owned());
    }
    inline
}

/// The tag and the first line of a query: `> fields a`, `[plan]> fields a`.
fn query_start(line: &str) -> Option<(&str, &str)> {
    let (tag, query) = match line.strip_prefix('[') {
        Some(rest) => rest.split_once("]>")?,
        None => ("", line.strip_prefix('>')?),
    };
    Some((tag, query.strip_prefix(' ').unwrap_or(query)))
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.iter().try_for_each(|item| match item {
            Item::Verbatim(line) => writeln!(f, "{line}"),
            Item::Use(name) => writeln!(f, "use {name}"),
            Item::Inline(lines) => {
                writeln!(f, "use")?;
                lines.iter().try_for_each(|line| writeln!(f, "    {line}"))
            }
            Item::More(kind, name, lines) => {
                writeln!(f, "{kind} {name}")?;
                lines.iter().try_for_each(|line| writeln!(f, "    {line}"))
            }
            Item::Set(words) => writeln!(f, "set {}", words.join(" ")),
            Item::Query(Query { tag, text, output }) => {
                let tag = if tag.is_empty() { String::new() } else { format!("[{tag}]") };
                let gap = if text.is_empty() { "" } else { " " };
                writeln!(f, "{tag}>{gap}{text}\n---")?;
                output.lines().try_for_each(|line| match line {
                    "" => writeln!(f, "."),
                    line => writeln!(f, "{line}"),
                })
            }
        })
    }
}
