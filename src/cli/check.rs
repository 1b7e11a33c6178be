//! `check`: compiles queries without logs and tells what is wrong with them, to people and programs.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::args::Check;
use crate::diagnostic::{Diagnostic, Severity, Span, codes};
use crate::engine::compile_without_logs;
use crate::error::{Error, Result};
use crate::face::{Status, library};
use crate::plan::plan::{Plan, PlanOptions};
use crate::query_file::{Filled, QueryFile};
use crate::registry;

/// What a query with errors, or with warnings that are denied, says to the shell.
const REFUSED: u8 = 2;

/// `flowql check FILE…|'TEXT'`, `flowql check --explain CODE`
pub(crate) fn run(options: &Check) -> Status {
    if let Some(code) = &options.explain {
        return explain(code);
    }
    if options.queries.is_empty() {
        let help = "name a file, write a query in quotes, or ask with --explain CODE";
        return Err(Error::Usage(format!("nothing to check\n  = help: {help}")));
    }
    let plan = PlanOptions { strict: options.strict, ..PlanOptions::default() };
    let mut refused = false;
    for query in &options.queries {
        let (file, text) = read(query)?;
        let filled = fill(&text, file)?;
        let found = match library::expanded(&filled.text) {
            Err(fault) => vec![fault],
            Ok(expanded) => match compile_without_logs(&expanded.text, &plan) {
                Ok(Plan { warnings: found, .. }) | Err(Error::Query { diagnostics: found, .. }) => {
                    found.into_iter().map(|found| expanded.relocated(found)).collect()
                }
                Err(other) => return Err(other),
            },
        };
        let found: Vec<_> = found.into_iter().map(|found| filled.relocated(found)).collect();
        let deny = options.deny.is_some();
        refused |= found.iter().any(|found| deny || found.severity == Severity::Error);
        for diagnostic in &found {
            match options.message_format.as_str() {
                "json" => write_out(&to_json(diagnostic, file, &text).to_string())?,
                _ => {
                    let place = Place::of(&text, diagnostic.span.start);
                    let at = file.map(|file| format!("{file}:{}:{}: ", place.line, place.column));
                    let shown = diagnostic.render_with_code(&text);
                    let _ = write!(io::stderr(), "{}{shown}", at.unwrap_or_default());
                }
            }
        }
    }
    Ok(if refused { REFUSED } else { 0 })
}

/// The query that an argument names or is, with the file it comes from.
fn read(query: &str) -> Result<(Option<&str>, String)> {
    let path = Path::new(query);
    let named = path.extension().is_some_and(|extension| extension == "query");
    if !named && !path.is_file() {
        return Ok((None, query.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::not_there("query file", path),
        _ => Error::Io { path: path.to_owned(), source },
    })?;
    Ok((Some(query), text))
}

/// The text with the defaults of its parameters.
fn fill(text: &str, file: Option<&str>) -> Result<Filled> {
    let filled = QueryFile::parse(text).and_then(|file| file.fill(&[]));
    filled.map_err(|reason| match file {
        Some(path) => Error::Input { path: path.into(), line: 0, reason },
        None => Error::Usage(reason),
    })
}

fn write_out(line: &str) -> Result<()> {
    writeln!(io::stdout(), "{line}")
        .map_err(|source| Error::Io { path: "standard output".into(), source })
}

/// A place in a text as people count it.
struct Place {
    /// 1-based.
    line: usize,
    /// 1-based, in characters.
    column: usize,
    /// 0-based, in characters from the beginning of the text.
    character: usize,
}

impl Place {
    /// The place of a byte offset; one behind the end is the end.
    fn of(text: &str, offset: usize) -> Place {
        let mut place = Place { line: 1, column: 1, character: 0 };
        for (_, c) in text.char_indices().take_while(|(at, _)| *at < offset) {
            place.character += 1;
            place.column += 1;
            if c == '\n' {
                place.line += 1;
                place.column = 1;
            }
        }
        place
    }
}

/// A diagnostic as one object. Offsets are in bytes; those of `queryCompileError`, which has the
/// shape of the error of CloudWatch Logs, are in characters.
fn to_json(diagnostic: &Diagnostic, file: Option<&str>, text: &str) -> Value {
    let place = |span: Span, message: &str| {
        let Place { line, column, .. } = Place::of(text, span.start);
        json!({
            "start": span.start, "end": span.end, "line": line, "column": column,
            "message": message,
        })
    };
    let span = diagnostic.span;
    let at = Place::of(text, span.start);
    let related = diagnostic.related.iter().map(|(span, words)| place(*span, words));
    let edits = diagnostic.edits.iter().map(
        |edit| json!({ "start": edit.span.start, "end": edit.span.end, "replacement": edit.text }),
    );
    let mut object = json!({
        "file": file,
        "code": diagnostic.code,
        "severity": diagnostic.severity.name(),
        "message": diagnostic.message,
        "start": span.start,
        "end": span.end,
        "line": at.line,
        "column": at.column,
        "help": diagnostic.help,
        "related": related.collect::<Vec<_>>(),
        "edits": edits.collect::<Vec<_>>(),
    });
    if diagnostic.severity == Severity::Error {
        object["queryCompileError"] = json!({
            "location": {
                "startCharOffset": at.character,
                "endCharOffset": Place::of(text, span.end).character,
            },
            "message": diagnostic.message,
        });
    }
    object
}

/// `flowql check --explain CODE`
fn explain(code: &str) -> Status {
    let Some(row) = codes::find(code) else {
        let all = codes::CODES.iter().map(|row| row.code);
        let help = match registry::nearest(code, all) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "codes are FQ and three digits, as in FQ010".to_owned(),
        };
        return Err(Error::Usage(format!("no code is called `{code}`\n  = help: {help}")));
    };
    write_out(&format!("{}: {}\n\n{}\n", row.code, row.title, row.explanation))?;
    write_out(&format!("This has it:\n\n    {}\n\nThis has not:\n\n    {}", row.bad, row.good))?;
    Ok(0)
}
