//! The commands of the language: one file, one command, its whole life.

pub mod accum;
pub mod addtotals;
pub mod autoregress;
pub mod columns;
pub mod command;
pub mod copies;
pub mod count_frequent;
pub mod dedup;
pub mod display;
pub mod fields;
pub mod filldown;
pub mod fillmissing;
pub mod filter;
pub mod in_order;
pub mod json;
pub mod limit;
pub mod meaning;
pub mod options;
pub mod ordered;
pub mod outlier;
pub mod parse;
pub mod sessionize;
pub mod sort;
pub mod stats;

use command::Row;

/// All commands.
pub const COMMANDS: &[Row] = &[
    Row { doc: &accum::DOC, read: accum::read },
    Row { doc: &addtotals::DOC, read: addtotals::read },
    Row { doc: &autoregress::DOC, read: autoregress::read },
    Row { doc: &count_frequent::DOC, read: count_frequent::read },
    Row { doc: &dedup::DOC, read: dedup::read },
    Row { doc: &display::DOC, read: display::read },
    Row { doc: &fields::DOC, read: fields::read },
    Row { doc: &filldown::DOC, read: filldown::read },
    Row { doc: &fillmissing::DOC, read: fillmissing::read },
    Row { doc: &filter::DOC, read: filter::read },
    Row { doc: &json::DOC, read: json::read },
    Row { doc: &limit::DOC, read: limit::read },
    Row { doc: &outlier::DOC, read: outlier::read },
    Row { doc: &parse::DOC, read: parse::read },
    Row { doc: &sessionize::DOC, read: sessionize::read },
    Row { doc: &sort::DOC, read: sort::read },
    Row { doc: &stats::DOC, read: stats::read },
];

/// The row of a command.
pub fn find(word: &str) -> Option<&'static Row> {
    crate::registry::find(COMMANDS, word)
}
