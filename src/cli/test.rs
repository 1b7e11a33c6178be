//! `test`: compares the results of saved queries with the `.expected` files beside them.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use similar::TextDiff;

use super::Status;
use crate::data::zone::Zone;
use crate::data::{Statistics, Table};
use crate::engine::Answer;
use crate::error::{Error, Result};
use crate::face::options::Input;
use crate::face::{library, logs, zone};
use crate::output::{FORMATS, Format, Style};

/// What a query that gives something else says to the shell.
const DIFFERS: u8 = 1;

/// What came of a query.
enum Verdict {
    /// It gives what is expected.
    Same,
    /// It gives something else: what differs, line by line.
    Differs(String),
    /// What it gives was written down.
    Written,
}

/// `flowql test FILE|FOLDER…`
pub(crate) fn run(names: &[PathBuf], update: bool, input: &Input) -> Status {
    let named = match names {
        [] => vec![library::project_folder().ok_or_else(|| {
            let help = "name files or folders, or make a folder `queries`";
            Error::Usage(format!("there is no query to test\n  = help: {help}"))
        })?],
        names => names.to_vec(),
    };
    let mut counts = Counts::default();
    for name in &named {
        // A query that is named is one to test; in a folder, those with an expected result are.
        let chosen = !name.is_dir();
        for path in library::find_all(std::slice::from_ref(name))? {
            let expected = path.with_extension("expected");
            let write_first = chosen && update;
            if !(expected.exists() || write_first) {
                if chosen {
                    let help = Some("`--update` writes it down".to_owned());
                    let name = expected.display().to_string();
                    return Err(Error::NotFound { what: "expected result", name, help });
                }
                counts.without += 1;
                continue;
            }
            let verdict = judge(&path, &expected, update, input);
            counts.tell(&path, verdict)?;
        }
    }
    counts.sum_up()?;
    Ok(counts.code)
}

/// Runs a query and compares.
fn judge(path: &Path, expected: &Path, update: bool, input: &Input) -> Result<Verdict> {
    let file = library::read(path)?;
    let text = library::bind(&file, input)?;
    let failed = |source| Error::Io { path: expected.to_owned(), source };
    let wanted = match std::fs::read_to_string(expected) {
        Err(error) if update && error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read.map_err(failed)?,
    };
    let mut engine = library::open(&file, input)?;
    engine.plan.pointers = wanted.contains("\"queryLanguage\"");
    let Answer { outcome, warnings, .. } = engine.query(&text)?;
    for warning in warnings {
        let _ = write!(io::stderr(), "{}: {}", path.display(), warning.render(&text));
    }
    let bad = outcome.report.bad_lines;
    if bad > 0 || !outcome.report.faults.is_empty() {
        let faults = outcome.report.faults.len();
        let what = format!("{bad} bad lines and {faults} unreadable files in its logs");
        let _ = writeln!(io::stderr(), "warning: {}: {what}", path.display());
    }
    let table = match logs::zone(input)? {
        Zone::UTC => outcome.table,
        zone => zone::local(&outcome.table, zone),
    };
    let formats = || FORMATS.iter().filter(|format| format.text);
    let written = |format| write(format, &table, &outcome.statistics);
    for format in formats() {
        if same(&written(format)?, &wanted) {
            return Ok(Verdict::Same);
        }
    }
    let names = &table.names;
    let format = formats().max_by_key(|format| likeness(format, &wanted, names));
    let given = written(format.unwrap_or(&FORMATS[0]))?;
    if update {
        std::fs::write(expected, given).map_err(failed)?;
        return Ok(Verdict::Written);
    }
    let difference = TextDiff::from_lines(&wanted, &given);
    let mut difference = difference.unified_diff();
    let shown = difference.context_radius(3).header("expected", "what it gives").to_string();
    Ok(Verdict::Differs(shown))
}

fn write(format: &Format, table: &Table, statistics: &Statistics) -> Result<String> {
    let mut text = Vec::new();
    let failed = |source| Error::Io { path: "memory".into(), source };
    format.write(table, statistics, &Style::default(), &mut text).map_err(failed)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Whether two results are the same, but for blanks at the ends of lines and the layout of JSON.
fn same(given: &str, wanted: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    lines(given) == lines(wanted) || json(given).is_some_and(|given| Some(given) == json(wanted))
}

/// How much a text looks like one of a format: by the names of columns in its first lines.
fn likeness(format: &Format, text: &str, names: &[String]) -> u8 {
    let first = text.trim_start().lines().next().unwrap_or_default().trim_end();
    let begins = |mark: &str| u8::from(text.trim_start().starts_with(mark)) * 3;
    let joined = |separator: &str| {
        let equal = first == names.join(separator);
        u8::from(equal || names.len() > 1 && first.contains(separator)) * 2
    };
    match format.name {
        "insights" => u8::from(text.contains("\"queryLanguage\"")) * 4,
        "json" => begins("["),
        "ndjson" => begins("{"),
        "markdown" => begins("|"),
        "vertical" => begins("── record"),
        "csv" => joined(","),
        "tsv" => joined("\t"),
        // What looks like nothing else is a table.
        "table" => 1,
        _ => 0,
    }
}

/// How many queries came to what.
#[derive(Default)]
struct Counts {
    same: usize,
    differs: usize,
    failed: usize,
    written: usize,
    without: usize,
    code: u8,
}

impl Counts {
    /// Says what came of a query.
    fn tell(&mut self, path: &Path, verdict: Result<Verdict>) -> Result<()> {
        let name = path.display();
        match verdict {
            Ok(Verdict::Same) => {
                self.same += 1;
                print(&format!("ok       {name}\n"))
            }
            Ok(Verdict::Written) => {
                self.written += 1;
                print(&format!("written  {name}\n"))
            }
            Ok(Verdict::Differs(difference)) => {
                self.differs += 1;
                self.code = self.code.max(DIFFERS);
                print(&format!("differs  {name}\n{}", painted(&difference)))
            }
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => {
                self.failed += 1;
                self.code = self.code.max(error.exit_code());
                print(&format!("fails    {name}\n"))?;
                let _ = write!(io::stderr(), "{error}");
                Ok(())
            }
        }
    }

    /// The last line.
    fn sum_up(&self) -> Result<()> {
        let all = self.same + self.differs + self.failed + self.written;
        let queries = if all == 1 { "query" } else { "queries" };
        let mut line = format!("{all} {queries}: {} ok", self.same);
        let others = [
            (self.differs, "differ"),
            (self.failed, "fail"),
            (self.written, "written down"),
            (self.without, "without an expected result"),
        ];
        for (count, what) in others.iter().filter(|(count, _)| *count > 0) {
            line.push_str(&format!(", {count} {what}"));
        }
        print(&(line + "\n"))
    }
}

/// A difference in colours, on a terminal that has some.
fn painted(difference: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain || !io::stdout().is_terminal() {
        return difference.to_owned();
    }
    let line = |line: &str| match line.chars().next() {
        Some('-') => format!("\x1b[31m{line}\x1b[0m\n"),
        Some('+') => format!("\x1b[32m{line}\x1b[0m\n"),
        _ => format!("{line}\n"),
    };
    difference.lines().map(line).collect()
}

fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .map_err(|source| Error::Io { path: "standard output".into(), source })
}
