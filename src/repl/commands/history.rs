//! Dot-commands about what was typed before.

use super::{Argument, Row};
use crate::error::{Error, Result};
use crate::repl::session::{Flow, Session};

/// `.history`
pub(super) const HISTORY: Row = Row {
    name: "history",
    aliases: &[],
    arguments: "[COUNT | TEXT]",
    argument: Argument::Text,
    summary: "Lists the last 20 entries, so many, or those that hold a text; Ctrl-R searches while typing.",
    examples: &[".history", ".history 50", ".history REJECT"],
    run: |session, arguments| {
        let count = if arguments.is_empty() { Some(20) } else { arguments.parse::<usize>().ok() };
        let all = session.history.iter().enumerate();
        let found: Vec<(usize, &String)> = match count {
            Some(count) => all.skip(session.history.len().saturating_sub(count)).collect(),
            None => all.filter(|(_, text)| text.contains(arguments)).collect(),
        };
        let width = session.history.len().to_string().len();
        let line = |(i, text): &(usize, &String)| {
            let indent = format!("\n{}", " ".repeat(width + 2));
            format!("{:>width$}  {}\n", i + 1, text.replace('\n', &indent))
        };
        let text: String = found.iter().map(line).collect();
        session.write(if text.is_empty() { "nothing" } else { &text })?;
        Ok(Flow::Next)
    },
};

/// `.rerun`
pub(super) const RERUN: Row = Row {
    name: "rerun",
    aliases: &[],
    arguments: "[NUMBER]",
    argument: Argument::Text,
    summary: "Runs an entry again: the last one, or the one of a number in `.history`.",
    examples: &[".rerun", ".rerun 12"],
    run: rerun,
};

fn rerun(session: &mut Session, arguments: &str) -> Result<Flow> {
    let last = session.history.len();
    let number = match arguments {
        "" => last,
        text => text.parse().unwrap_or(0),
    };
    let entry = number.checked_sub(1).and_then(|at| session.history.get(at)).cloned();
    let Some(entry) = entry else {
        let help = match last {
            0 => "nothing was typed yet".to_owned(),
            _ => format!("write a number from 1 to {last}; `.history` lists them"),
        };
        let text = format!("`{arguments}` is no entry of the history\n  = help: {help}");
        return Err(Error::Usage(text));
    };
    session.say(&entry)?;
    session.run(&entry)
}
