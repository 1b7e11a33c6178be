//! `chart`: the result drawn with characters.

use std::io::{self, Write};

use super::format::{Format, Style, Writer};
use crate::charts;
use crate::data::Table;

/// A chart for the terminal.
pub const CHART: Format = Format {
    name: "chart",
    aliases: &["plot"],
    extensions: &[],
    summary: "A chart drawn with characters, of a result with aggregates; `--chart KIND` chooses which.",
    text: true,
    draws: true,
    writer: Writer::Whole(write),
};

/// Draws a result.
///
/// # Errors
/// The result cannot be drawn, and whatever `out` fails with.
fn write(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let text = charts::text(table, style.kind(), &style.look()).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}
