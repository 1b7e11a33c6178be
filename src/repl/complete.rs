//! Completion: what may stand at the cursor, each with its type and a line of help.

use std::path::Path;

use super::commands::{self, Argument};
use super::desk::Desk;
use super::entry::{dedent, is_dot_command};
use super::position::{self, Expected};
use crate::aggregates::AGGREGATES;
use crate::data::period::UNITS;
use crate::data::zone;
use crate::functions;
use crate::functions::function::signature;
use crate::output::FORMATS;
use crate::plan::plan::{PlanOptions, compile};
use crate::samples::SAMPLES;
use crate::syntax::{quoted_name, quoted_text};

/// Something that may stand at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// The text to put in.
    pub(super) text: String,
    /// What it is: a type, a signature.
    pub(super) kind: String,
    /// What it means.
    pub(super) help: String,
}

fn candidate(
    text: impl Into<String>,
    kind: impl Into<String>,
    help: impl Into<String>,
) -> Candidate {
    Candidate { text: text.into(), kind: kind.into(), help: help.into() }
}

/// The candidates for the end of a text, and where the part begins that they take the place of.
pub(super) fn complete(text: &str, desk: &Desk) -> (usize, Vec<Candidate>) {
    if is_dot_command(text) {
        return dot_command(text, desk);
    }
    // A refinement goes on with the last query, whose fields it sees.
    let (text, offset) = match (text.trim_start().starts_with('|'), &desk.query) {
        (true, Some(query)) => (format!("{query}\n{text}"), query.len() + 1),
        _ => (text.to_owned(), 0),
    };
    let position = position::of(&text);
    let part = text.get(position.start..).unwrap_or_default();
    let before = text.get(position.before.start..position.before.end).unwrap_or_default();
    let all = match &position.expected {
        Expected::Command => command_words(),
        Expected::Aggregate => aggregates(),
        Expected::Operand | Expected::GroupKey => {
            let mut all = fields(before, desk);
            // There are too many functions to list them before a letter of one is typed.
            let keys = position.expected == Expected::GroupKey;
            let wanted = |function: &Candidate| !part.is_empty() || keys && function.text == "bin(";
            all.extend(functions().into_iter().filter(wanted));
            all
        }
        Expected::Field => fields(before, desk),
        Expected::Table => tables(desk),
        Expected::TableColumn(table) => columns(table, desk),
        Expected::Value(field, quoted) => values(field, *quoted, part, desk),
        Expected::Operator => operators(),
        Expected::Words(words) => words.iter().map(|word| candidate(*word, "", "")).collect(),
        Expected::Nothing => periods(part),
    };
    let found = matching(all, part);
    (position.start.saturating_sub(offset), found)
}

/// Those that begin with what was typed, in any case; if there are none, those that hold it.
fn matching(all: Vec<Candidate>, part: &str) -> Vec<Candidate> {
    let part = part.to_lowercase();
    let begins = |candidate: &Candidate| candidate.text.to_lowercase().starts_with(&part);
    let holds = |candidate: &Candidate| candidate.text.to_lowercase().contains(&part);
    let mut found: Vec<Candidate> = all.iter().filter(|it| begins(it)).cloned().collect();
    if found.is_empty() {
        found = all.into_iter().filter(holds).collect();
    }
    found
}

fn command_words() -> Vec<Candidate> {
    let rows = crate::commands::COMMANDS.iter();
    rows.map(|row| candidate(format!("{} ", row.doc.name), "", row.doc.summary)).collect()
}

fn aggregates() -> Vec<Candidate> {
    let row = |row: &crate::aggregates::aggregate::Aggregate| {
        let text = match row.args.is_empty() || row.star {
            true => format!("{}(*)", row.name),
            false => format!("{}(", row.name),
        };
        candidate(text, signature(row.name, row.args), row.summary)
    };
    AGGREGATES.iter().map(row).collect()
}

fn functions() -> Vec<Candidate> {
    let row = |row: &functions::function::Function| {
        let text = format!("{}{}", row.name, if row.args.is_empty() { "()" } else { "(" });
        candidate(text, row.signature(), row.summary)
    };
    functions::all().map(row).collect()
}

/// The fields visible behind some commands.
fn fields(before: &str, desk: &Desk) -> Vec<Candidate> {
    let known = &desk.known;
    let mut found: Vec<Candidate> = Vec::new();
    let mut closed = false;
    let tables = desk.tables.clone();
    let options = PlanOptions { strict: desk.strict, tables, ..PlanOptions::default() };
    if let Ok(plan) = compile(&dedent(before), &known.catalog, &options) {
        closed = plan.steps.iter().any(|step| step.stage.doc().name == "stats");
        let made = plan.shown.iter().filter(|shown| closed || known.field(&shown.name).is_none());
        found
            .extend(made.map(|shown| candidate(quoted_name(&shown.name), "", "made by the query")));
    }
    if !closed {
        found.extend(known.fields.iter().map(|field| {
            let share = match field.share {
                Some(share) if share < 100.0 => format!("{:.0} % of records; ", share.floor()),
                _ => String::new(),
            };
            candidate(quoted_name(&field.name), field.kind, format!("{share}{}", field.summary))
        }));
    }
    found
}

/// The tables of `lookup`.
fn tables(desk: &Desk) -> Vec<Candidate> {
    let found = desk.tables.names().into_iter().filter_map(|name| desk.tables.find(name));
    let shown = |table: std::sync::Arc<crate::lookup::LookupTable>| {
        candidate(table.name.clone(), "table", table.columns.join(", "))
    };
    found.map(shown).collect()
}

/// The columns of a table of `lookup`.
fn columns(table: &str, desk: &Desk) -> Vec<Candidate> {
    let table = desk.tables.find(table);
    let columns = table.iter().flat_map(|table| &table.columns);
    columns.map(|column| candidate(quoted_name(column), "column", "")).collect()
}

/// The values of a field, in quotes where they are texts.
fn values(field: &str, quoted: bool, part: &str, desk: &Desk) -> Vec<Candidate> {
    let number = desk.known.field(field).is_some_and(|field| field.kind == "number");
    let quote = part.chars().next().filter(|c| matches!(c, '"' | '\'')).unwrap_or('"');
    let written = |value: &str| match (number && !quoted, quote) {
        (true, _) => value.to_owned(),
        (false, '\'') => format!("'{value}'"),
        (false, _) => quoted_text(value),
    };
    let values = desk.known.values(field).into_iter();
    values.map(|(value, share)| candidate(written(&value), "", share)).collect()
}

fn operators() -> Vec<Candidate> {
    let rows = [
        ("= ", "equal"),
        ("!= ", "not equal"),
        ("like ", "holds a text or matches a pattern"),
        ("not like ", "does not hold or match"),
        ("in [", "is one of a list"),
        ("not in [", "is none of a list"),
        ("> ", "greater"),
        (">= ", "greater or equal"),
        ("< ", "less"),
        ("<= ", "less or equal"),
    ];
    rows.into_iter().map(|(text, help)| candidate(text, "", help)).collect()
}

/// Units behind a number.
fn periods(part: &str) -> Vec<Candidate> {
    let digits = part.chars().take_while(char::is_ascii_digit).count();
    let number = part.get(..digits).unwrap_or_default();
    if number.is_empty() {
        return Vec::new();
    }
    let unit = |row: &crate::data::period::UnitRow| row.names.first().copied();
    UNITS.iter().filter_map(unit).map(|unit| candidate(format!("{number}{unit}"), "", "")).collect()
}

/// Dot-commands, and what may stand behind one.
fn dot_command(text: &str, desk: &Desk) -> (usize, Vec<Candidate>) {
    let begin = text.len() - text.trim_start().len();
    let line = text.trim_start();
    let Some((word, rest)) = line.split_once(char::is_whitespace) else {
        let rows = commands::COMMANDS.iter();
        let all = rows.map(|row| {
            let gap = if row.argument == Argument::Nothing { "" } else { " " };
            candidate(format!(".{}{gap}", row.name), row.arguments, row.summary)
        });
        return (begin, matching(all.collect(), line));
    };
    let Ok(row) = commands::find(word.trim_start_matches('.')) else {
        return (text.len(), Vec::new());
    };
    let part = rest.rsplit(char::is_whitespace).next().unwrap_or_default();
    let start = text.len() - part.len();
    let words_before = rest.split_whitespace().count() - usize::from(!part.is_empty());
    (start, matching(argument(row.argument, words_before, rest, part, desk), part))
}

/// What may stand as an argument of a dot-command.
fn argument(
    argument: Argument,
    words_before: usize,
    rest: &str,
    part: &str,
    desk: &Desk,
) -> Vec<Candidate> {
    let words = |words: &[(&str, &str)]| {
        words.iter().map(|(text, help)| candidate(*text, "", *help)).collect::<Vec<_>>()
    };
    match argument {
        Argument::Nothing | Argument::Text => Vec::new(),
        Argument::Path => paths(part),
        Argument::Format if words_before == 0 => formats(),
        Argument::Target if words_before == 0 => {
            let mut all = formats();
            all.extend(paths(part));
            all
        }
        Argument::Chart if words_before == 0 => {
            let kinds = crate::charts::KINDS.iter();
            let mut all: Vec<Candidate> =
                kinds.map(|kind| candidate(kind.name, "chart", kind.summary)).collect();
            all.extend(paths(part));
            all
        }
        Argument::Chart if words_before == 1 => paths(part),
        Argument::Table => {
            let mut all = tables(desk);
            all.extend(paths(part));
            all
        }
        Argument::Explained if words_before == 0 => {
            words(&[("analyze", "runs the query, and counts records and time of each step")])
        }
        Argument::Stream => {
            let mut all = words(&[("all", "every log stream")]);
            all.extend(
                desk.known.values("@logStream").into_iter().map(|(name, records)| {
                    candidate(commands::logs::interface(&name), "", records)
                }),
            );
            all
        }
        Argument::Field => fields("", desk),
        Argument::Time => words(&[
            ("all", "every time"),
            ("last ", "the last while, as in last 6h"),
            ("today", "since midnight"),
            ("yesterday", "the day before today"),
        ]),
        Argument::Zone if words_before == 0 => {
            zone::names().map(|name| candidate(name, "", "")).collect()
        }
        Argument::Query if words_before == 0 => {
            let mut all: Vec<Candidate> = desk
                .saved
                .iter()
                .map(|(name, file)| {
                    candidate(name, "saved", file.title.clone().unwrap_or_default())
                })
                .collect();
            all.extend(samples());
            all.extend(if part.contains('/') { paths(part) } else { Vec::new() });
            all
        }
        Argument::Query => {
            let name = rest.split_whitespace().next().unwrap_or_default();
            let file = desk.saved.iter().find(|(saved, _)| saved == name).map(|(_, file)| file);
            let params = file.into_iter().flat_map(|file| &file.params);
            let shown = |param: &crate::query_file::Param| {
                let default = param.default.clone().unwrap_or_default();
                candidate(format!("{}=", param.name), default, param.summary.clone())
            };
            params.map(shown).collect()
        }
        Argument::Sample if words_before == 0 => samples(),
        Argument::Param => {
            let given = desk.params.iter();
            given.map(|(name, value)| candidate(format!("{name}="), value, "")).collect()
        }
        Argument::Switch if words_before == 0 => words(&[("on", ""), ("off", "")]),
        Argument::Setting if words_before == 0 => {
            let rows = commands::settings::SETTINGS.iter();
            rows.map(|row| candidate(format!("{} ", row.name), row.values, row.summary)).collect()
        }
        Argument::Topic => topics(desk),
        _ => Vec::new(),
    }
}

fn formats() -> Vec<Candidate> {
    FORMATS.iter().map(|format| candidate(format.name, "format", format.summary)).collect()
}

fn samples() -> Vec<Candidate> {
    let title = |text: &str| {
        let file = crate::query_file::QueryFile::parse(text).unwrap_or_default();
        file.title.unwrap_or_default()
    };
    SAMPLES.iter().map(|sample| candidate(sample.name, "sample", title(sample.text))).collect()
}

/// Everything that `.help` explains.
fn topics(desk: &Desk) -> Vec<Candidate> {
    let rows = commands::COMMANDS.iter();
    let mut all: Vec<Candidate> =
        rows.map(|row| candidate(format!(".{}", row.name), "dot-command", row.summary)).collect();
    let language = command_words().into_iter().map(|it| (it, "command"));
    let language = language.chain(aggregates().into_iter().map(|it| (it, "aggregate")));
    let language = language.chain(functions().into_iter().map(|it| (it, "function")));
    all.extend(language.map(|(it, kind)| {
        let end = it.text.find(['(', ' ']).unwrap_or(it.text.len());
        candidate(it.text.get(..end).unwrap_or_default(), kind, it.help)
    }));
    all.extend(formats());
    all.extend(fields("", desk).into_iter().map(|it| Candidate { kind: "field".to_owned(), ..it }));
    all
}

/// Files and folders that a path may go on with.
fn paths(part: &str) -> Vec<Candidate> {
    let folder = part.rfind('/').map_or("", |at| part.get(..=at).unwrap_or_default());
    let read =
        std::fs::read_dir(if folder.is_empty() { Path::new(".") } else { Path::new(folder) });
    let mut found: Vec<Candidate> = read
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !part.ends_with('.');
            let is_folder = entry.path().is_dir();
            let end = if is_folder { "/" } else { "" };
            (!hidden).then(|| {
                candidate(format!("{folder}{name}{end}"), if is_folder { "folder" } else { "" }, "")
            })
        })
        .collect();
    found.sort_by(|a, b| a.text.cmp(&b.text));
    found
}
