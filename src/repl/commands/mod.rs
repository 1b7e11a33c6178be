//! Dot-commands: one table feeds what is run, found by a prefix, suggested, completed and explained.

mod answers;
mod help;
mod history;
pub(super) mod logs;
mod queries;
pub(super) mod settings;
mod tables;

use super::session::{Flow, Session};
use crate::error::{Error, Result};
use crate::registry::{self, Named};

/// What the arguments of a dot-command are, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// There are none.
    Nothing,
    /// Free text.
    Text,
    /// Files and folders.
    Path,
    /// Network interfaces.
    Stream,
    /// Fields.
    Field,
    /// A time range.
    Time,
    /// A time zone.
    Zone,
    /// A sample query.
    Sample,
    /// A saved query, then its parameters.
    Query,
    /// A parameter with its value.
    Param,
    /// An output format.
    Format,
    /// An output format or a file.
    Target,
    /// A kind of chart, then a file.
    Chart,
    /// A table of `lookup`, or a file of one.
    Table,
    /// The word `analyze`, then a query.
    Explained,
    /// `on` or `off`.
    Switch,
    /// A setting and its value.
    Setting,
    /// Anything that `.help` explains.
    Topic,
}

/// One dot-command.
pub struct Row {
    /// Its name, without the dot.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// The form of its arguments; empty where there are none.
    pub arguments: &'static str,
    /// What its arguments are.
    pub argument: Argument,
    /// One sentence.
    pub summary: &'static str,
    /// Lines as they may be typed.
    pub examples: &'static [&'static str],
    run: fn(&mut Session, &str) -> Result<Flow>,
}

impl Named for Row {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}

/// All dot-commands, in groups: the logs, queries, answers, the session.
pub const COMMANDS: &[Row] = &[
    logs::OPEN,
    logs::RELOAD,
    logs::STREAMS,
    logs::USE,
    logs::FIELDS,
    logs::FACETS,
    tables::FILES,
    tables::LOOKUP,
    logs::TIME,
    logs::TZ,
    queries::LIST,
    queries::RUN,
    queries::SAVE,
    queries::QUERIES,
    queries::PARAM,
    queries::UNDO,
    queries::EXPLAIN,
    queries::WATCH,
    queries::EDIT,
    history::HISTORY,
    history::RERUN,
    answers::FORMAT,
    answers::ONCE,
    answers::OUTPUT,
    answers::EXPORT,
    answers::LAST,
    answers::CHART,
    answers::COPY,
    answers::STATS,
    settings::PAGER,
    settings::TIMING,
    settings::MEMORY,
    settings::SET,
    help::HELP,
    help::QUIT,
];

/// The dot-commands whose name begins so.
pub(super) fn begin_with(word: &str) -> impl Iterator<Item = &'static Row> {
    let word = word.to_lowercase();
    COMMANDS.iter().filter(move |row| row.name.starts_with(&word))
}

/// The dot-command of a name, or of the beginning of one name only.
///
/// # Errors
/// None begins so, or several do.
pub(super) fn find(word: &str) -> Result<&'static Row> {
    if let Some(row) = registry::find(COMMANDS, word) {
        return Ok(row);
    }
    let found: Vec<&Row> = if word.is_empty() { Vec::new() } else { begin_with(word).collect() };
    match found.as_slice() {
        [row] => Ok(row),
        [] => {
            let help = match registry::nearest(word, COMMANDS.iter().map(|row| row.name)) {
                Some(nearest) => format!("did you mean `.{nearest}`?"),
                None => "`.help` lists them".to_owned(),
            };
            Err(Error::Usage(format!("no dot-command is called `.{word}`\n  = help: {help}")))
        }
        many => {
            let names: Vec<String> = many.iter().map(|row| format!("`.{}`", row.name)).collect();
            let names = names.join(", ");
            Err(Error::Usage(format!("`.{word}` is not clear\n  = help: write one of {names}")))
        }
    }
}

/// Whether an entry is worth remembering; one that only repeats another is not.
pub(super) fn is_remembered(entry: &str) -> bool {
    let word = entry.trim().split(char::is_whitespace).next().unwrap_or_default();
    let named = word.strip_prefix('.').and_then(|word| find(word.trim_end_matches(';')).ok());
    named.is_none_or(|row| row.name != history::RERUN.name)
}

/// Runs a line that begins with a dot.
///
/// # Errors
/// It is no dot-command, or it could not do its work.
pub(super) fn run(session: &mut Session, line: &str) -> Result<Flow> {
    let line = line.trim().trim_end_matches(';');
    let (word, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let row = find(word.trim_start_matches('.'))?;
    let arguments = arguments.trim();
    if row.argument == Argument::Nothing && !arguments.is_empty() {
        let help = format!("write `.{}` alone", row.name);
        return Err(Error::Usage(format!("`.{}` takes no arguments\n  = help: {help}", row.name)));
    }
    (row.run)(session, arguments)
}

/// `on` or `off`; the other state where nothing is said.
fn switch(name: &str, text: &str, current: bool) -> Result<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        "" => Ok(!current),
        other => Err(Error::Usage(format!(
            "`{other}` is neither `on` nor `off`\n  = help: write `.{name} on`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rows_are_complete_and_no_name_stands_twice() {
        let mut names = HashSet::new();
        for row in COMMANDS {
            assert!(row.summary.ends_with('.'), "{}", row.name);
            assert!(!row.examples.is_empty(), "{} has no example", row.name);
            assert_eq!(row.arguments.is_empty(), row.argument == Argument::Nothing, "{}", row.name);
            for name in row.aliases.iter().chain([&row.name]) {
                assert!(names.insert(*name), "{name} stands twice");
            }
            for example in row.examples {
                let word = example.split_whitespace().next().unwrap_or_default();
                let found = find(word.trim_start_matches('.')).expect("an example can be run");
                assert_eq!(found.name, row.name);
            }
        }
    }

    #[test]
    fn a_beginning_that_is_clear_is_enough() {
        let name = |word| find(word).map(|row| row.name);
        assert_eq!(name("fa").ok(), Some("facets"));
        assert_eq!(name("sav").ok(), Some("save"));
        assert_eq!(name("QUIT").ok(), Some("quit"));
        assert_eq!(name("q").ok(), Some("quit"));
        assert_eq!(name("help").ok(), Some("help"));
        let message = |word| find(word).map(|row| row.name).expect_err("is none").to_string();
        assert!(
            message("f").contains("`.fields`, `.facets`, `.files`, `.format`"),
            "{}",
            message("f")
        );
        assert!(message("fomrat").contains("did you mean `.format`?"));
        assert!(message("").contains("`.help` lists them"));
        assert!(message("xyzzy").contains("no dot-command is called `.xyzzy`"));
    }
}
