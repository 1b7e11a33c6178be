//! Charts beside results: whether there can be one, and the one below a table.

use std::io::{self, Write};

use crate::charts::{self, NoChart};
use crate::data::Table;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::output::format::{Format, Style};

/// The formats below which a chart may stand.
const BELOW: [&str; 3] = ["table", "vertical", "markdown"];

/// Refuses a format in which no chart can stand.
///
/// # Errors
/// It is one.
pub(crate) fn can_hold(format: &Format) -> Result<()> {
    if format.draws || BELOW.contains(&format.name) {
        return Ok(());
    }
    let help = "write a table with a chart below it, or a chart alone with `--format chart`";
    let text = format!("a chart cannot stand in `{}`", format.name);
    Err(Error::Usage(format!("{text}\n  = help: {help}")))
}

/// Refuses, before it runs, a query whose result cannot be drawn as it should be.
///
/// # Errors
/// What is wrong with the query, or why there is no such chart.
pub(crate) fn check(engine: &Engine, text: &str, format: &Format, style: &Style) -> Result<()> {
    // `auto` below a table draws what can be drawn.
    let must = format.draws || style.chart.is_some_and(|kind| kind.name != "auto");
    if !must {
        return Ok(());
    }
    let meanings = engine.compile(text)?.meanings;
    charts::check(&meanings, style.kind()).map_err(|reason| Error::Usage(reason.to_string()))
}

/// The chart below a table; nothing where none was asked for. What cannot be drawn is said.
pub(crate) fn below(table: &Table, format: &Format, style: &Style) -> String {
    let Some(kind) = style.chart.filter(|_| !format.draws) else { return String::new() };
    match charts::text(table, kind, &style.look()) {
        Ok(text) if format.name == "markdown" => {
            // Indented lines are shown as they stand.
            text.lines().fold("\n".to_owned(), |all, line| format!("{all}    {line}\n"))
        }
        Ok(text) => format!("\n{text}"),
        Err(reason) => {
            let _ = writeln!(io::stderr(), "note: no chart: {reason}");
            String::new()
        }
    }
}

/// A result that cannot be drawn is no fault of the file it was to be drawn into.
pub(crate) fn no_chart(error: Error) -> Error {
    let reason = match &error {
        Error::Io { source, .. } => source.get_ref(),
        _ => None,
    };
    match reason.filter(|reason| reason.is::<NoChart>()) {
        Some(reason) => Error::Usage(reason.to_string()),
        None => error,
    }
}

/// Whether the terminal shows more than ASCII, as far as it tells.
pub(crate) fn speaks_unicode() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let utf8 = |text: String| text.to_ascii_lowercase().replace('-', "").contains("utf8");
    locale.is_none_or(utf8) && !matches!(set("TERM").as_deref(), Some("dumb" | "linux"))
}
