//! Dot-commands about answers: their format, where they go, the last one again.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Argument, Row};
use crate::error::{Error, Result};
use crate::face::options;
use crate::face::screen::Screen;
use crate::face::show::{Shower, find_format, format_of};
use crate::output::{self, FORMATS, Style, human};
use crate::repl::session::{Flow, Once, Session};

/// `.format`
pub(super) const FORMAT: Row = Row {
    name: "format",
    aliases: &["mode"],
    arguments: "[FORMAT]",
    argument: Argument::Format,
    summary: "Shows results in this format from now on.",
    examples: &[".format vertical", ".format table"],
    run: |session, arguments| {
        if arguments.is_empty() {
            let line = |format: &output::Format| {
                let mark = if format.name == session.shower.format.name { '*' } else { ' ' };
                format!("{mark} {:<10} {}\n", format.name, format.summary)
            };
            session.write(&FORMATS.iter().map(line).collect::<String>())?;
            return Ok(Flow::Next);
        }
        session.shower.format = find_format(arguments)?;
        Ok(Flow::Next)
    },
};

/// `.once`
pub(super) const ONCE: Row = Row {
    name: "once",
    aliases: &[],
    arguments: "FORMAT | FILE",
    argument: Argument::Target,
    summary: "Shows the next result only in this format, or writes it to a file.",
    examples: &[".once vertical", ".once rejected.csv"],
    run: |session, arguments| {
        if arguments.is_empty() {
            let help = "write `.once vertical` or `.once result.csv`";
            return Err(Error::Usage(format!("neither a format nor a file\n  = help: {help}")));
        }
        session.once = Some(match output::find(arguments) {
            Some(format) => Once::Format(format),
            None if arguments.contains(['.', '/']) => {
                format_of(Path::new(arguments))?;
                Once::File(PathBuf::from(arguments))
            }
            None => Once::Format(find_format(arguments)?),
        });
        Ok(Flow::Next)
    },
};

/// `.output`
pub(super) const OUTPUT: Row = Row {
    name: "output",
    aliases: &[],
    arguments: "[FILE | off]",
    argument: Argument::Path,
    summary: "Writes every result to this file, each over the one before, until `.output off`.",
    examples: &[".output result.json", ".output off"],
    run: |session, arguments| {
        match arguments {
            "" => {
                let text = match &session.shower.file {
                    Some(file) => file.display().to_string(),
                    None => "results go to the screen".to_owned(),
                };
                session.write(&text)?;
            }
            "off" => {
                session.shower.file = None;
                session.shower.format = find_format("table")?;
            }
            path => {
                session.shower.format = format_of(Path::new(path))?;
                session.shower.file = Some(PathBuf::from(path));
            }
        }
        Ok(Flow::Next)
    },
};

/// `.export`
pub(super) const EXPORT: Row = Row {
    name: "export",
    aliases: &[],
    arguments: "FILE",
    argument: Argument::Path,
    summary: "Writes the last result to a file, whole and without running the query again.",
    examples: &[".export result.csv"],
    run: |session, arguments| {
        if arguments.is_empty() {
            return Err(Error::Usage(
                "no file is named\n  = help: `.export result.csv`".to_owned(),
            ));
        }
        let path = PathBuf::from(arguments);
        let shower = Shower {
            format: format_of(&path)?,
            file: Some(path.clone()),
            footer: false,
            ..session.shower.clone()
        };
        let (_, answer) = last(session)?;
        shower.spare(&session.engine)?;
        shower.show(answer)?;
        let count = answer.outcome.table.len as u64;
        let (records, word) = (human::count(count), if count == 1 { "record" } else { "records" });
        session.say(&format!("{records} {word} written to {}", path.display()))?;
        Ok(Flow::Next)
    },
};

/// The last answer with the text of its query.
fn last(session: &Session) -> Result<&(String, crate::engine::Answer)> {
    session.last.as_ref().ok_or_else(|| Error::Usage("there is no result yet".to_owned()))
}

/// `.last`
pub(super) const LAST: Row = Row {
    name: "last",
    aliases: &[],
    arguments: "[FORMAT]",
    argument: Argument::Format,
    summary: "Shows the last result again, all of its records, without running the query again.",
    examples: &[".last", ".last json"],
    run: |session, arguments| {
        let (_, answer) = last(session)?;
        let format = match arguments {
            "" => session.shower.format,
            name => find_format(name)?,
        };
        let screen = session.shower.screen.map(|screen| Screen { rows: Some(0), ..screen });
        Shower { format, screen, file: None, ..session.shower.clone() }.show(answer)?;
        Ok(Flow::Next)
    },
};

/// `.copy`
pub(super) const COPY: Row = Row {
    name: "copy",
    aliases: &[],
    arguments: "[FORMAT]",
    argument: Argument::Format,
    summary: "Puts the last result, all of its records, into the clipboard of the terminal: as tsv, for a sheet, or in a format.",
    examples: &[".copy", ".copy markdown"],
    run: copy,
};

/// What terminals take into their clipboard at once, coded.
const CLIPBOARD: usize = 100_000;

fn copy(session: &mut Session, arguments: &str) -> Result<Flow> {
    let format = match arguments {
        "" => find_format("tsv")?,
        name => find_format(name)?,
    };
    if !format.text {
        let help = format!("`.export result.{}`", format.extensions.first().unwrap_or(&""));
        return Err(Error::Usage(format!("`{}` is no text\n  = help: {help}", format.name)));
    }
    let (_, answer) = last(session)?;
    let style = Style { zone: Some(session.shower.zone), ..Style::default() };
    let failed = |source| Error::Io { path: "the clipboard".into(), source };
    let mut text = Vec::new();
    format
        .write(&answer.outcome.table, &answer.outcome.statistics, &style, &mut text)
        .map_err(failed)?;
    // Terminals put it where the person is, also at the other end of a connection.
    let coded = BASE64_STANDARD.encode(&text);
    if coded.len() > CLIPBOARD {
        let size = human::bytes(text.len() as u64);
        let help = "`.export FILE` writes it, or `| limit 100` in front";
        return Err(Error::Usage(format!(
            "{size} are more than a clipboard takes\n  = help: {help}"
        )));
    }
    if !std::io::stdout().is_terminal() {
        return Err(Error::Usage("there is no terminal, and so no clipboard".to_owned()));
    }
    let mut out = std::io::stdout();
    write!(out, "\x1b]52;c;{coded}\x07").and_then(|()| out.flush()).map_err(failed)?;
    let count = human::count(answer.outcome.table.len as u64);
    session
        .say(&format!("{count} records copied as {}, if the terminal allows it", format.name))?;
    Ok(Flow::Next)
}

/// `.chart`
pub(super) const CHART: Row = Row {
    name: "chart",
    aliases: &["plot"],
    arguments: "[KIND] [FILE]",
    argument: Argument::Chart,
    summary: "Draws the last result: on the screen, or into a file of type svg, png or html.",
    examples: &[".chart", ".chart pie", ".chart line traffic.svg"],
    run: chart,
};

fn chart(session: &mut Session, arguments: &str) -> Result<Flow> {
    let mut words = arguments.split_whitespace().peekable();
    let is_file = |word: &&str| word.contains(['.', '/']);
    let kind = match words.next_if(|word| !is_file(word)) {
        Some(name) => Some(options::kind(name).map_err(Error::Usage)?),
        None => session.shower.style.chart,
    };
    let file = words.next().map(PathBuf::from);
    if let Some(word) = words.next() {
        let help = "write `.chart KIND FILE`, as in `.chart line traffic.svg`";
        return Err(Error::Usage(format!("`{word}` is one word too many\n  = help: {help}")));
    }
    let format = match &file {
        Some(path) => format_of(path)?,
        None => find_format("chart")?,
    };
    if !format.draws {
        let help = "name a file that ends in .svg, .png or .html";
        return Err(Error::Usage(format!("`{}` holds no chart\n  = help: {help}", format.name)));
    }
    let mut shower = Shower { format, file, footer: false, ..session.shower.clone() };
    shower.style.chart = kind;
    let (_, answer) = last(session)?;
    crate::charts::check(&answer.outcome.table.meanings, shower.style.kind())
        .map_err(|reason| Error::Usage(reason.to_string()))?;
    shower.spare(&session.engine)?;
    shower.show(answer)?;
    if let Some(path) = &shower.file {
        session.say(&format!("drawn into {}", path.display()))?;
    }
    Ok(Flow::Next)
}

/// `.stats`
pub(super) const STATS: Row = Row {
    name: "stats",
    aliases: &[],
    arguments: "[on | off]",
    argument: Argument::Switch,
    summary: "Shows what the last query took, in full; `on` or `off` is about the line below results.",
    examples: &[".stats", ".stats off"],
    run: |session, arguments| {
        if !arguments.is_empty() {
            session.shower.footer = super::switch("stats", arguments, session.shower.footer)?;
            return Ok(Flow::Next);
        }
        let (_, answer) = last(session)?;
        let statistics = &answer.outcome.statistics;
        let seconds = statistics.elapsed.as_secs_f64().max(1e-9);
        let rows = [
            ("records returned", human::count(answer.outcome.table.len as u64)),
            ("records found", human::count(statistics.records_found)),
            ("records matched", human::count(statistics.records_matched)),
            ("records scanned", human::count(statistics.records_scanned)),
            ("bytes scanned", human::bytes(statistics.bytes_scanned)),
            ("bad lines", human::count(statistics.bad_lines)),
            ("files", human::count(statistics.files)),
            ("time", human::duration(statistics.elapsed)),
            (
                "records a second",
                human::count((statistics.records_scanned as f64 / seconds) as u64),
            ),
            ("price on AWS", format!("${:.6}", human::price(statistics.bytes_scanned))),
        ];
        let line = |(name, value): &(&str, String)| format!("{name:<16}  {value}\n");
        session.write(&rows.iter().map(line).collect::<String>())?;
        Ok(Flow::Next)
    },
};
