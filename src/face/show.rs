//! Shows a result: on the terminal or in a file, with everything there is to say about it.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use super::notes::{footer, how_far, report, unreadable, why_empty};
use super::options::Output;
use super::progress::Watch;
use super::{Status, target};
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::output;
use crate::output::format::{Format, Style};
use crate::plan::plan::DEFAULT_LIMIT;
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
        if terminal && !format.text {
            let help =
                format!("add `--output result.{}`", format.extensions.first().unwrap_or(&""));
            let text = format!("`{}` is no text for a terminal\n  = help: {help}", format.name);
            return Err(Error::Usage(text));
        }
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
    pub(crate) fn run(&self, engine: &mut Engine, text: &str) -> Status {
        engine.plan.limit = self.limit;
        engine.plan.limit_chosen = self.chosen;
        engine.plan.pointers = self.format.name == "insights";
        self.spare_input(engine)?;
        let (code, answer) = self.ask(engine, text)?;
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
        let body = |out: &mut dyn Write| (self.format.write)(table, statistics, &self.style, out);
        match &self.file {
            None => target::stdout(body)?,
            Some(path) => target::file(path, body)?,
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
