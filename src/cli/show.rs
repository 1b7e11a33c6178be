//! Shows a result: on the terminal or in a file, with everything there is to say about it.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::Status;
use super::args::Output;
use super::progress::Watch;
use crate::data::Statistics;
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::logs::report::Report;
use crate::logs::scan::Progress;
use crate::output::format::{Format, Style};
use crate::output::{self, human};
use crate::plan::plan::DEFAULT_LIMIT;
use crate::plan::zero::Emptied;
use crate::registry;

/// Where results go and how they look.
pub(crate) struct Shower {
    format: &'static Format,
    file: Option<PathBuf>,
    style: Style,
    footer: bool,
    /// The most records of a result; `None` is no limit.
    limit: Option<usize>,
    /// Whether the limit was chosen, and needs no word when it cuts.
    chosen: bool,
}

impl Shower {
    /// Reads the arguments.
    ///
    /// # Errors
    /// An unknown format.
    pub(crate) fn new(output: &Output) -> Result<Shower> {
        let extension = output.output.as_ref().and_then(|path| path.extension());
        let by_file = extension.and_then(|word| output::by_extension(&word.to_string_lossy()));
        let format = match (&output.format, by_file, extension) {
            (Some(name), ..) => find_format(name)?,
            (None, Some(format), _) => format,
            (None, None, None) => find_format("table")?,
            (None, None, Some(extension)) => {
                let extension = extension.to_string_lossy();
                let text = format!("no format has the extension `.{extension}`");
                let help = "add `--format table`, or name the file .txt, .csv, .json …";
                return Err(Error::Usage(format!("{text}\n  = help: {help}")));
            }
        };
        let file = output.output.clone().filter(|path| path.as_os_str() != "-");
        let terminal = file.is_none() && io::stdout().is_terminal();
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Ok(Shower {
            format,
            file,
            style: Style {
                width: if terminal { width } else { None },
                color: terminal && !output.no_color && std::env::var_os("NO_COLOR").is_none(),
            },
            footer: output.stats || (io::stderr().is_terminal() && terminal),
            limit: match output.limit {
                Some(0) => None,
                Some(limit) => Some(limit),
                None => Some(DEFAULT_LIMIT),
            },
            chosen: output.limit.is_some(),
        })
    }

    /// Runs a query and shows what it gives.
    pub(crate) fn run(&self, mut engine: Engine, text: &str) -> Status {
        engine.plan.limit = self.limit;
        engine.plan.limit_chosen = self.chosen;
        engine.plan.pointers = self.format.name == "insights";
        self.spare_input(&engine)?;
        let (code, answer) = self.ask(&engine, text)?;
        // A count of 0 over something that is no log would pass for an answer.
        if answer.outcome.statistics.records_scanned > 0 || !unreadable(&answer) {
            self.show(&answer)?;
        }
        Ok(code)
    }

    /// Whether the result goes to a file.
    pub(crate) fn writes_file(&self) -> bool {
        self.file.is_some()
    }

    /// Refuses to write the result over one of the logs.
    fn spare_input(&self, engine: &Engine) -> Result<()> {
        let Some(target) = self.file.as_ref().and_then(|path| path.canonicalize().ok()) else {
            return Ok(());
        };
        let same = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == target);
        match engine.group().files.iter().any(|file| same(&file.path)) {
            true => Err(Error::Usage(format!(
                "`{}` is one of the logs and would be lost\n  = help: name another file",
                target.display()
            ))),
            false => Ok(()),
        }
    }

    /// Runs a query and says what was noticed; 1 where some input could not be read.
    pub(crate) fn ask(&self, engine: &Engine, text: &str) -> Result<(u8, Answer)> {
        let watch = Watch::start(&engine.run.progress);
        let answer = engine.query(text);
        watch.stop();
        if let Err(Error::Cancelled) = answer {
            let _ = writeln!(io::stderr(), "{}", how_far(&engine.run.progress));
        }
        let answer = answer?;
        let mut notes = String::new();
        answer.warnings.iter().for_each(|warning| notes.push_str(&warning.render(text)));
        notes.push_str(&report(&answer.outcome.report, unreadable(&answer)));
        if let Some(emptied) = &answer.emptied {
            notes.push_str(&why_empty(emptied, engine, answer.outcome.statistics.records_scanned));
        }
        let _ = write!(io::stderr(), "{notes}");
        Ok((u8::from(unreadable(&answer)), answer))
    }

    /// Writes a result, and the footer.
    pub(crate) fn show(&self, answer: &Answer) -> Result<()> {
        let outcome = &answer.outcome;
        let (table, statistics) = (&outcome.table, &outcome.statistics);
        match &self.file {
            None => {
                let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
                let written = (self.format.write)(table, statistics, self.style, &mut out);
                written
                    .and_then(|()| out.flush())
                    .map_err(|source| Error::Io { path: "standard output".into(), source })?;
            }
            Some(path) => {
                let failed = |source| Error::Io { path: path.clone(), source };
                let mut out =
                    BufWriter::with_capacity(1 << 16, File::create(path).map_err(failed)?);
                (self.format.write)(table, statistics, self.style, &mut out).map_err(failed)?;
                out.flush().map_err(failed)?;
            }
        }
        let cut = outcome.cut && !self.chosen;
        if self.footer || cut {
            let _ = writeln!(io::stderr(), "{}", footer(table.len as u64, statistics, cut));
        }
        Ok(())
    }

    /// The title above a result, with an empty line in front of it if it is not the first.
    pub(crate) fn title(&self, gap: bool, title: &str) -> Result<()> {
        let gap = if gap { "\n" } else { "" };
        let written = match self.format.name {
            "table" | "vertical" if self.file.is_none() => writeln!(io::stdout(), "{gap}{title}"),
            "markdown" if self.file.is_none() => writeln!(io::stdout(), "{gap}## {title}\n"),
            _ => writeln!(io::stderr(), "{gap}{title}"),
        };
        written.map_err(|source| Error::Io { path: "standard output".into(), source })
    }
}

fn find_format(name: &str) -> Result<&'static Format> {
    output::find(name).ok_or_else(|| {
        let names = || output::FORMATS.iter().map(|format| format.name);
        let help = match registry::nearest(name, names()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("choose one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        Error::Usage(format!("no format is called `{name}`\n  = help: {help}"))
    })
}

/// One line: what was returned, what was read, how long it took, what AWS would have charged.
fn footer(returned: u64, statistics: &Statistics, cut: bool) -> String {
    let mut parts = Vec::new();
    let plural = |count: u64, word: &str| {
        format!("{} {word}{}", human::count(count), if count == 1 { "" } else { "s" })
    };
    parts.push(match cut {
        true => format!(
            "{} of {} (the default limit; --limit 0 lifts it)",
            plural(returned, "record"),
            human::count(statistics.records_found)
        ),
        false => plural(returned, "record"),
    });
    parts.push(format!("{} matched", human::count(statistics.records_matched)));
    parts.push(format!("{} scanned", human::count(statistics.records_scanned)));
    parts.push(format!(
        "{} in {}",
        human::bytes(statistics.bytes_scanned),
        human::duration(statistics.elapsed)
    ));
    if statistics.bad_lines > 0 {
        parts.push(plural(statistics.bad_lines, "bad line"));
    }
    parts.push(price(statistics.bytes_scanned));
    parts.join(" · ")
}

/// One line that says what kept all records out of the result.
fn why_empty(emptied: &Emptied, engine: &Engine, scanned: u64) -> String {
    let of = |count| match count {
        1 => "the only record".to_owned(),
        count => format!("any of {} records", human::count(count)),
    };
    match emptied {
        Emptied::Command { command, reached } => {
            format!("note: nothing is left behind `{command}`: it does not keep {}\n", of(*reached))
        }
        Emptied::Range => match engine.covered() {
            Ok(Some((first, last))) => {
                format!(
                    "note: no record lies in the time range; the logs go from {first} to {last}\n"
                )
            }
            _ => format!("note: the time range does not hold {}\n", of(scanned)),
        },
    }
}

/// How much had been read when a query was cancelled.
fn how_far(progress: &Progress) -> String {
    let records = human::count(progress.records.load(Ordering::Relaxed));
    let total = progress.total_bytes.load(Ordering::Relaxed);
    let read = progress.disk_bytes.load(Ordering::Relaxed).min(total);
    match (read * 100).checked_div(total) {
        Some(share) => format!("stopped after {records} records, {share} % of the logs"),
        None => format!("stopped after {records} records"),
    }
}

/// What AWS would have charged for the scan.
fn price(bytes: u64) -> String {
    match human::price(bytes) {
        price if price < 0.0001 => "on AWS less than $0.0001".to_owned(),
        price => format!("on AWS ${price:.4}"),
    }
}

/// Whether the input could not be read as it should: a fault in a file, or not one record in it.
fn unreadable(answer: &Answer) -> bool {
    let statistics = &answer.outcome.statistics;
    let nothing = statistics.records_scanned == 0 && statistics.bad_lines > 0;
    nothing || !answer.outcome.report.faults.is_empty()
}

/// What was noticed in the input.
fn report(report: &Report, unreadable: bool) -> String {
    let mut text = String::new();
    for fault in &report.faults {
        text.push_str(&format!("error: {}: {}\n", fault.path.display(), fault.reason));
    }
    if report.bad_lines == 0 {
        return text;
    }
    let are = if report.bad_lines == 1 { "line is" } else { "lines are" };
    let (kind, end) = match unreadable && report.faults.is_empty() {
        true => ("error", "no record, and there is no other line"),
        false => ("warning", "no record and not counted"),
    };
    text.push_str(&format!("{kind}: {} {are} {end}\n", human::count(report.bad_lines)));
    for bad in &report.first_bad {
        text.push_str(&format!("  {}:{}: {}\n", bad.path.display(), bad.line, bad.reason));
    }
    let more = report.bad_lines - report.first_bad.len() as u64;
    if more > 0 {
        text.push_str(&format!("  … and {} more\n", human::count(more)));
    }
    text
}
