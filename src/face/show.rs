//! Shows a result: on the terminal or in a file, with everything there is to say about it.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::notes::{footer, how_far, other_logs, report, unreadable, why_empty};
use super::options::{Input, Output};
use super::progress::Watch;
use super::screen::Screen;
use super::{Status, draw, logs, target, zone};
use crate::data::Table;
use crate::data::zone::Zone;
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::logs::report::Report;
use crate::output;
use crate::output::display::Display;
use crate::output::format::{Format, Style};
use crate::plan::plan::DEFAULT_LIMIT;
use crate::plan::rest::Rest;
use crate::registry;

/// The formats that people read.
const FOR_PEOPLE: [&str; 3] = ["table", "vertical", "markdown"];

/// Where results go and how they look.
#[derive(Clone)]
pub(crate) struct Shower {
    /// How results are written.
    pub(crate) format: &'static Format,
    /// The file they go to; `None` is standard output.
    pub(crate) file: Option<PathBuf>,
    /// Whether escape codes may be written to a terminal.
    pub(crate) color: bool,
    /// What was chosen of charts and widths; the terminal fills in the rest.
    pub(crate) style: Style,
    /// Shares, units and names.
    pub(crate) display: Display,
    /// Whether the footer is shown.
    pub(crate) footer: bool,
    /// The most records of a result; `None` is no limit.
    pub(crate) limit: Option<usize>,
    /// Whether the limit was chosen, and needs no word when it cuts.
    pub(crate) chosen: bool,
    /// The zone of printed times.
    pub(crate) zone: Zone,
    /// How a screen is filled, where a person looks at one after the other.
    pub(crate) screen: Option<Screen>,
    /// In a session, what was said about the input, which is not said again.
    pub(crate) told: Option<RefCell<String>>,
}

impl Shower {
    /// Reads the arguments.
    ///
    /// # Errors
    /// An unknown format or time zone.
    pub(crate) fn new(input: &Input, output: &Output) -> Result<Shower> {
        let format = match (&output.format, &output.output) {
            (Some(name), _) => find_format(name)?,
            (None, Some(path)) => format_of(path)?,
            (None, None) => find_format("table")?,
        };
        let display =
            Display { share: output.share.clone(), human: output.human, names: output.names };
        if display.is_for_people() && !FOR_PEOPLE.contains(&format.name) {
            let help = "they are for table, vertical and markdown";
            let text =
                format!("`--human` and `--names` would change the values in `{}`", format.name);
            return Err(Error::Usage(format!("{text}\n  = help: {help}")));
        }
        if output.chart.is_some() {
            draw::can_hold(format)?;
        }
        let file = output.output.clone().filter(|path| path.as_os_str() != "-");
        let terminal = file.is_none() && io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let shower = Shower {
            format,
            file,
            color: !output.no_color && !plain,
            style: Style {
                width: output.width.map(usize::from),
                ascii: output.ascii,
                chart: output.chart,
                dark: output.theme == "dark",
                ..Style::default()
            },
            display,
            footer: output.stats || (io::stderr().is_terminal() && terminal),
            limit: match output.limit {
                Some(0) => None,
                Some(limit) => Some(limit),
                // What is drawn is no list: a chart is of the whole result.
                None if format.draws => None,
                None => Some(DEFAULT_LIMIT),
            },
            chosen: output.limit.is_some(),
            zone: logs::zone(input)?,
            screen: None,
            told: None,
        };
        shower.spare_terminal()?;
        Ok(shower)
    }

    /// Runs a query and shows what it gives.
    pub(crate) fn run(&self, engine: &mut Engine, text: &str) -> Status {
        engine.run.room = self.room();
        let asked = self.answer(engine, text);
        engine.run.room = None;
        let (code, answer) = asked?;
        // A count of 0 over something that is no log would pass for an answer.
        if answer.outcome.statistics.records_scanned > 0 || !unreadable(&answer) {
            self.show(&answer)?;
        }
        Ok(code)
    }

    /// Runs a query with the limit and for the format of the results, and says what was noticed;
    /// 1 where some input could not be read.
    ///
    /// # Errors
    /// What is wrong with the query and what kept it from running; the result would overwrite one
    /// of the logs.
    pub(crate) fn answer(&self, engine: &mut Engine, text: &str) -> Result<(u8, Answer)> {
        let answer = self.prepared(engine, text, |engine| engine.query(text))?;
        Ok((self.tell(engine, text, &answer), answer))
    }

    /// Runs a query in some way with the limit and for the format of the results.
    ///
    /// # Errors
    /// As [`Shower::answer`].
    pub(crate) fn prepared<T>(
        &self,
        engine: &mut Engine,
        text: &str,
        run: impl FnOnce(&Engine) -> Result<T>,
    ) -> Result<T> {
        self.prepare(engine)?;
        draw::check(engine, text, self.format, &self.style)?;
        watched(engine, run)
    }

    /// Compiles from now on with the limit and for the format of the results.
    ///
    /// # Errors
    /// The result would overwrite one of the logs, or is no text for a terminal.
    fn prepare(&self, engine: &mut Engine) -> Result<()> {
        engine.plan.limit = self.limit;
        engine.plan.limit_chosen = self.chosen;
        engine.plan.pointers = self.format.name == "insights";
        // A share is one of all records, not of those that a last `limit` leaves.
        engine.plan.whole = !self.display.share.is_empty();
        self.spare(engine)?;
        self.spare_terminal()
    }

    /// Whether the result goes to a file.
    pub(crate) fn writes_file(&self) -> bool {
        self.file.is_some()
    }

    /// Refuses a format that is no text for a terminal.
    fn spare_terminal(&self) -> Result<()> {
        if self.format.text || self.file.is_some() || !io::stdout().is_terminal() {
            return Ok(());
        }
        let file = format!("result.{}", self.format.extensions.first().unwrap_or(&""));
        let help = match self.told {
            Some(_) => format!("`.export {file}` or `.once {file}`"),
            None => format!("add `--output {file}`"),
        };
        let text = format!("`{}` is no text for a terminal\n  = help: {help}", self.format.name);
        Err(Error::Usage(text))
    }

    /// Refuses to write the result over one of the logs.
    ///
    /// # Errors
    /// It would.
    pub(crate) fn spare(&self, engine: &Engine) -> Result<()> {
        let Some(target) = self.file.as_ref().and_then(|path| path.canonicalize().ok()) else {
            return Ok(());
        };
        // A log that grew since it was opened has more bytes than were seen then, never fewer: most
        // need not be looked up.
        let size = target.metadata().map_or(u64::MAX, |metadata| metadata.len());
        let same = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == target);
        let mut files = engine.group().files.iter().filter(|file| file.size <= size);
        match files.any(|file| same(&file.path)) {
            true => Err(Error::Usage(format!(
                "`{}` is one of the logs and would be lost\n  = help: name another file",
                target.display()
            ))),
            false => Ok(()),
        }
    }

    /// Runs a query and says what was noticed; 1 where some input could not be read.
    pub(crate) fn ask(&self, engine: &Engine, text: &str) -> Result<(u8, Answer)> {
        let answer = watched(engine, |engine| engine.query(text))?;
        Ok((self.tell(engine, text, &answer), answer))
    }

    /// Says what was noticed in a query and its logs; 1 where some input could not be read.
    pub(crate) fn tell(&self, engine: &Engine, text: &str, answer: &Answer) -> u8 {
        let mut notes = String::new();
        answer.warnings.iter().for_each(|warning| notes.push_str(&warning.render(text)));
        let found = report(&answer.outcome.report, unreadable(answer));
        notes.push_str(&self.news(other_logs(engine.group()) + &found));
        if let Some(emptied) = &answer.emptied {
            let scanned = answer.outcome.statistics.records_scanned;
            notes.push_str(&why_empty(emptied, engine, scanned, self.zone));
        }
        let _ = write!(io::stderr(), "{notes}");
        u8::from(unreadable(answer))
    }

    /// What is to be said about logs that were looked through.
    pub(crate) fn news_of(&self, found: &Report) -> String {
        self.news(report(found, false))
    }

    /// What is to be said about the input, unless a session has heard it.
    fn news(&self, report: String) -> String {
        match &self.told {
            Some(told) if *told.borrow() == report => String::new(),
            Some(told) => {
                told.replace(report.clone());
                report
            }
            None => report,
        }
    }

    /// Writes a result, and the footer.
    pub(crate) fn show(&self, answer: &Answer) -> Result<()> {
        let outcome = &answer.outcome;
        let statistics = &outcome.statistics;
        let table = self.display.with_shares(outcome.table.clone()).map_err(Error::Usage)?;
        let table = table.head(outcome.head.unwrap_or(usize::MAX));
        self.spare_terminal()?;
        let style = self.style();
        let drawn = draw::below(&table, self.format, &style);
        let table = self.as_shown(table);
        let body = |out: &mut dyn Write| {
            match &outcome.rest {
                Some(rest) => self.write_parts(rest, statistics, &style, out)?,
                None => self.format.write(&table, statistics, &style, out)?,
            }
            out.write_all(drawn.as_bytes())
        };
        let written = match (&self.file, &self.screen) {
            (None, Some(screen)) => screen
                .show(self.format, &table, statistics, &style)
                .and_then(|()| screen.write(drawn.as_bytes())),
            (None, None) => target::stdout(body),
            (Some(path), _) => target::file(path, body),
        };
        written.map_err(draw::no_chart)?;
        let cut = outcome.cut && !self.chosen;
        if self.footer || cut {
            let lift = if self.told.is_some() { ".set limit 0" } else { "--limit 0" };
            let records = outcome.rest.as_ref().map_or(table.len as u64, Rest::records);
            let mut line = footer(records, statistics, cut.then_some(lift));
            if self.zone != Zone::UTC {
                line.push_str(&format!(" · times in {}", self.zone));
            }
            let _ = writeln!(io::stderr(), "{line}");
        }
        Ok(())
    }

    /// A result with times of the zone, and names and units where they were asked for.
    pub(crate) fn as_shown(&self, table: Table) -> Table {
        match (self.format.draws, self.zone) {
            // A chart has axes of its own.
            (true, _) => table,
            (false, Zone::UTC) => self.display.for_people(table),
            (false, zone) => self.display.for_people(zone::local(&table, zone)),
        }
    }

    /// How a result looks now: the terminal may have another width than before.
    pub(crate) fn style(&self) -> Style {
        let terminal = self.file.is_none() && io::stdout().is_terminal();
        let width = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Style {
            width: self.style.width.or_else(|| if terminal { width() } else { None }),
            color: terminal && self.color,
            ascii: self.style.ascii || (terminal && !draw::speaks_unicode()),
            zone: Some(self.zone),
            ..self.style.clone()
        }
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

/// Shows how far a query is while it runs, and where it was cancelled.
fn watched<T>(engine: &Engine, run: impl FnOnce(&Engine) -> Result<T>) -> Result<T> {
    let watch = Watch::start(&engine.run.progress);
    let answer = run(engine);
    watch.stop();
    if let Err(Error::Cancelled) = answer {
        let _ = writeln!(io::stderr(), "{}", how_far(&engine.run.progress));
    }
    answer
}

/// The format of a name.
///
/// # Errors
/// No format is called so.
pub(crate) fn find_format(name: &str) -> Result<&'static Format> {
    output::find(name).ok_or_else(|| {
        let names = || output::FORMATS.iter().map(|format| format.name);
        let help = match registry::nearest(name, names()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("choose one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        Error::Usage(format!("no format is called `{name}`\n  = help: {help}"))
    })
}

/// The format that the extension of a file means; a table for a file without one.
///
/// # Errors
/// No format has the extension.
pub(crate) fn format_of(path: &Path) -> Result<&'static Format> {
    let Some(extension) = path.extension().map(|word| word.to_string_lossy()) else {
        return find_format("table");
    };
    output::by_extension(&extension).ok_or_else(|| {
        let text = format!("no format has the extension `.{extension}`");
        let help = "add `--format table`, or name the file .txt, .csv, .json …";
        Error::Usage(format!("{text}\n  = help: {help}"))
    })
}
