//! The commands of the language: one file, one command, its whole life.

pub mod accum;
pub mod addtotals;
pub mod anomaly;
pub mod appendcols;
pub mod autoregress;
pub mod cidrlookup;
pub mod columns;
pub mod command;
pub mod copies;
pub mod count_frequent;
pub mod dedup;
pub mod diff;
pub mod display;
pub mod estimate;
pub mod expand;
pub mod fields;
pub mod filldown;
pub mod fillmissing;
pub mod filter;
pub mod filter_index;
pub mod in_order;
pub mod join;
pub mod json;
pub mod known_keys;
pub mod limit;
pub mod logcompare;
pub mod lookup;
pub mod meaning;
pub mod options;
pub mod ordered;
pub mod outlier;
pub mod parse;
pub mod pattern;
pub mod relevantfields;
pub mod sessionize;
pub mod sort;
pub mod source;
pub mod spill;
pub mod stats;
pub mod unmask;
pub mod unnest;

use command::Row;

/// All commands.
pub const COMMANDS: &[Row] = &[
    Row { doc: &accum::DOC, read: accum::read },
    Row { doc: &addtotals::DOC, read: addtotals::read },
    Row { doc: &anomaly::DOC, read: anomaly::read },
    Row { doc: &appendcols::DOC, read: appendcols::read },
    Row { doc: &autoregress::DOC, read: autoregress::read },
    Row { doc: &cidrlookup::DOC, read: cidrlookup::read },
    Row { doc: &count_frequent::DOC, read: count_frequent::read },
    Row { doc: &dedup::DOC, read: dedup::read },
    Row { doc: &diff::DOC, read: diff::read },
    Row { doc: &display::DOC, read: display::read },
    Row { doc: &estimate::DOC, read: estimate::read },
    Row { doc: &expand::DOC, read: expand::read },
    Row { doc: &fields::DOC, read: fields::read },
    Row { doc: &filldown::DOC, read: filldown::read },
    Row { doc: &fillmissing::DOC, read: fillmissing::read },
    Row { doc: &filter::DOC, read: filter::read },
    Row { doc: &filter_index::DOC, read: filter_index::read },
    Row { doc: &join::DOC, read: join::read },
    Row { doc: &json::DOC, read: json::read },
    Row { doc: &limit::DOC, read: limit::read },
    Row { doc: &logcompare::DOC, read: logcompare::read },
    Row { doc: &lookup::DOC, read: lookup::read },
    Row { doc: &outlier::DOC, read: outlier::read },
    Row { doc: &parse::DOC, read: parse::read },
    Row { doc: &pattern::DOC, read: pattern::read },
    Row { doc: &relevantfields::DOC, read: relevantfields::read },
    Row { doc: &sessionize::DOC, read: sessionize::read },
    Row { doc: &sort::DOC, read: sort::read },
    Row { doc: &source::DOC, read: source::read },
    Row { doc: &stats::DOC, read: stats::read },
    Row { doc: &unmask::DOC, read: unmask::read },
    Row { doc: &unnest::DOC, read: unnest::read },
];

/// The row of a command.
pub fn find(word: &str) -> Option<&'static Row> {
    crate::registry::find(COMMANDS, word)
}
