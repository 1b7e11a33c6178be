//! `.help` and `.quit`: every word of the language explained out of the row that documents it.

use std::fmt::Write as _;

use super::{Argument, COMMANDS, Row};
use crate::diagnostic::codes;
use crate::error::{Error, Result};
use crate::functions::function::{Example, signature};
use crate::output::FORMATS;
use crate::registry::{self, Named};
use crate::repl::desk::Desk;
use crate::repl::session::{Flow, Session};
use crate::{aggregates, commands, functions};

/// `.help`
pub(super) const HELP: Row = Row {
    name: "help",
    aliases: &["h", "?"],
    arguments: "[TOPIC]",
    argument: Argument::Topic,
    summary: "Lists what there is, or explains a command, function, aggregate, field, format or code.",
    examples: &[".help", ".help stats", ".help pct", ".help .time"],
    run: |session, arguments| {
        let text = match arguments {
            "" => overview(),
            topic => explain(topic, &session.desk.borrow())?,
        };
        session.write(&text)?;
        Ok(Flow::Next)
    },
};

/// `.quit`
pub(super) const QUIT: Row = Row {
    name: "quit",
    aliases: &["exit", "q"],
    arguments: "",
    argument: Argument::Nothing,
    summary: "Ends the session, as Ctrl-D does.",
    examples: &[".quit"],
    run: |_: &mut Session, _| Ok(Flow::Quit),
};

/// What there is, on one page.
fn overview() -> String {
    let mut text = String::from(
        "A query is a list of commands with `|` between them; Enter runs it. A line that ends with `|` \
         goes on;\nAlt-Enter always does. A line that begins with `|` refines the last query.\n\n",
    );
    let rows = COMMANDS.iter().map(|row| (form(row), row.summary));
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(form, _)| form.chars().count()).max().unwrap_or(0).min(26);
    for (form, summary) in &rows {
        // A long form has its sentence in the next line.
        match form.chars().count() > width {
            true => _ = writeln!(text, "{form}\n{:width$}  {summary}", ""),
            false => _ = writeln!(text, "{form:<width$}  {summary}"),
        }
    }
    let names = commands::COMMANDS.iter().map(|row| row.doc.name);
    let _ = writeln!(text, "\ncommands    {}", names.collect::<Vec<_>>().join(" "));
    let names = aggregates::AGGREGATES.iter().map(|row| row.name);
    let _ = writeln!(text, "aggregates  {}", names.collect::<Vec<_>>().join(" "));
    text.push_str(
        "functions   Tab lists them where one may stand\n\n`.help stats`, `.help pct`, `.help srcAddr` \
         and `.help .time` explain one.\n",
    );
    text
}

fn form(row: &Row) -> String {
    format!(".{} {}", row.name, row.arguments).trim_end().to_owned()
}

/// What a word means; a word may be several things, such as `fields`.
fn explain(topic: &str, desk: &Desk) -> Result<String> {
    let mut parts = Vec::new();
    let dotted = topic.starts_with('.');
    let word = topic.trim_start_matches('.').trim_matches('`').trim_end_matches("()");
    if !dotted {
        parts.extend(commands::find(word).map(command));
        parts.extend(aggregates::find(word).map(|row| {
            let title = signature(row.name, row.args);
            called(&title, "aggregate of stats", row.summary, row.aliases, row.examples)
        }));
        parts.extend(functions::find(word).map(|row| {
            called(&row.signature(), "function", row.summary, row.aliases, row.examples)
        }));
        parts.extend(field(word, desk));
        parts
            .extend(registry::find(FORMATS, word).map(|format| {
                format!("{}: an output format\n  {}\n", format.name, format.summary)
            }));
        parts.extend(codes::find(word).map(|row| {
            let (bad, good) = (row.bad.replace('\n', "\n  "), row.good.replace('\n', "\n  "));
            format!(
                "{}: {}\n  {}\n\nThis has it:\n  {bad}\n\nThis has not:\n  {good}\n",
                row.code, row.title, row.explanation
            )
        }));
    }
    if dotted || parts.is_empty() {
        parts.extend(super::find(word).ok().map(dot_command));
    }
    if !parts.is_empty() {
        return Ok(parts.join("\n"));
    }
    let names = commands::COMMANDS.iter().map(|row| row.doc.name);
    let names = names.chain(aggregates::AGGREGATES.iter().map(|row| row.name));
    let names = names.chain(functions::all().map(|row| row.name));
    let names = names.chain(COMMANDS.iter().map(|row| row.name));
    let fields = desk.known.fields.iter().map(|field| field.name.as_str());
    let help = match registry::nearest(word, names.chain(fields)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`.help` lists what there is".to_owned(),
    };
    Err(Error::Usage(format!("nothing is called `{topic}`\n  = help: {help}")))
}

fn also(aliases: &[&str]) -> String {
    match aliases.is_empty() {
        true => String::new(),
        false => format!(" Also written {}.", aliases.join(", ")),
    }
}

fn command(row: &commands::command::Row) -> String {
    let doc = row.doc;
    let syntax = doc.syntax.replace(" | parse", "\n  parse");
    let mut text =
        format!("{}: a command\n  {syntax}\n\n{}{}\n", doc.name, doc.summary, also(doc.aliases));
    for example in doc.examples {
        let _ = write!(text, "\n  {}\n", example.replace('\n', "\n  "));
    }
    let _ = writeln!(text, "\n{}", doc.source);
    text
}

fn called(
    title: &str,
    kind: &str,
    summary: &str,
    aliases: &[&str],
    examples: &[Example],
) -> String {
    let mut text = format!("{title}: {kind}\n\n{summary}{}\n\n", also(aliases));
    let width = examples.iter().map(|example| example.call.chars().count()).max().unwrap_or(0);
    for Example { call, result } in examples {
        let result = if result.is_empty() { "nothing" } else { result };
        let _ = writeln!(text, "  {call:<width$}  gives  {result}");
    }
    text
}

fn field(word: &str, desk: &Desk) -> Option<String> {
    let field = desk.known.field(word)?;
    let mut text = format!("{}: a field, {}\n  {}\n", field.name, field.kind, field.summary);
    if let Some(share) = field.share {
        let _ = writeln!(text, "  {:.0} % of the records have it", share.floor());
    }
    let values: Vec<String> = desk
        .known
        .values(&field.name)
        .into_iter()
        .take(5)
        .map(|(value, share)| format!("{value} ({share})"))
        .collect();
    if !values.is_empty() {
        let _ = writeln!(text, "  frequent values: {}", values.join(", "));
    }
    Some(text)
}

fn dot_command(row: &Row) -> String {
    let mut text = format!("{}\n\n{}{}\n", form(row), row.summary, also(row.aliases()));
    for example in row.examples {
        let _ = write!(text, "\n  {example}");
    }
    text.push('\n');
    if row.name == "set" {
        text.push('\n');
        for setting in super::settings::SETTINGS {
            let _ = writeln!(
                text,
                "  {:<13} {}\n  {:13} {}",
                setting.name, setting.values, "", setting.summary
            );
        }
    }
    text
}
