//! The commands of the language: one file, one command, its whole life.

pub mod command;
pub mod dedup;
pub mod display;
pub mod fields;
pub mod filter;
pub mod json;
pub mod limit;
pub mod ordered;
pub mod parse;
pub mod sort;
pub mod stats;

use command::Row;

/// All commands.
pub const COMMANDS: &[Row] = &[
    Row { doc: &dedup::DOC, read: dedup::read },
    Row { doc: &display::DOC, read: display::read },
    Row { doc: &fields::DOC, read: fields::read },
    Row { doc: &filter::DOC, read: filter::read },
    Row { doc: &json::DOC, read: json::read },
    Row { doc: &limit::DOC, read: limit::read },
    Row { doc: &parse::DOC, read: parse::read },
    Row { doc: &sort::DOC, read: sort::read },
    Row { doc: &stats::DOC, read: stats::read },
];

/// The row of a command.
pub fn find(word: &str) -> Option<&'static Row> {
    crate::registry::find(COMMANDS, word)
}
