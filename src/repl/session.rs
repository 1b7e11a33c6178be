//! The session: logs that are open, what was asked of them, and how answers are shown.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::desk::Desk;
use super::entry::{dedent, entries, is_dot_command};
use super::known::Known;
use super::{commands, welcome};
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::face::options::{Input, Output};
use crate::face::range::Range;
use crate::face::screen::Screen;
use crate::face::show::{Shower, format_of};
use crate::face::{library, logs};
use crate::output::human;
use crate::query_file::QueryFile;

/// Whether a session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next entry.
    Next,
    /// The end.
    Quit,
}

/// Where the next result goes instead.
#[derive(Clone)]
pub(super) enum Once {
    /// To the screen, in a format.
    Format(&'static crate::output::Format),
    /// To a file.
    File(PathBuf),
}

/// A session.
pub(super) struct Session {
    /// How the logs were opened.
    pub(super) input: Input,
    /// The logs.
    pub(super) engine: Engine,
    /// What is at hand while somebody types.
    pub(super) desk: Rc<RefCell<Desk>>,
    /// How results are shown.
    pub(super) shower: Shower,
    /// The time range of queries.
    pub(super) range: Range,
    /// The log streams of queries; empty for all.
    pub(super) streams: Vec<String>,
    /// The last query and those it refines, the last one last.
    pub(super) chain: Vec<String>,
    /// The answer to the last query, with its text.
    pub(super) last: Option<(String, Answer)>,
    /// Where the next result goes instead.
    pub(super) once: Option<Once>,
    /// Whether it is said how long each step of a query took.
    pub(super) timing: bool,
    /// Whether somebody types, and no script.
    pub(super) interactive: bool,
    /// What was typed, the latest last.
    pub(super) history: Vec<String>,
    /// Files that run one inside the other.
    pub(super) depth: usize,
    /// What a script says to the shell: 1 where some input could not be read.
    pub(super) code: u8,
}

impl Session {
    /// Opens logs, the built-in ones where none are named and somebody types.
    ///
    /// # Errors
    /// What keeps the logs from being opened, an argument that cannot be read.
    pub(super) fn open(input: &Input, output: &Output, interactive: bool) -> Result<Session> {
        let mut shower = Shower::new(input, output)?;
        if interactive {
            shower.footer = true;
            shower.screen = Some(Screen { rows: None, pager: true });
        }
        shower.told = Some(RefCell::default());
        let mut engine = open_logs(input, interactive)?;
        let range = logs::range(input)?;
        let known = watched(&shower, &mut engine)?;
        let params = input.params.iter().filter_map(|text| text.split_once('='));
        let params = params.map(|(name, value)| (name.trim().to_owned(), value.to_owned()));
        let mut desk = Desk {
            known,
            query: None,
            saved: Vec::new(),
            params: params.collect(),
            tables: engine.plan.tables.clone(),
            color: shower.color && interactive,
            strict: input.strict,
        };
        desk.find_saved();
        Ok(Session {
            input: input.clone(),
            engine,
            desk: Rc::new(RefCell::new(desk)),
            shower,
            range,
            streams: Vec::new(),
            chain: Vec::new(),
            last: None,
            once: None,
            timing: false,
            interactive,
            history: Vec::new(),
            depth: 0,
            code: 0,
        })
    }

    /// Opens other logs, or the same ones anew.
    ///
    /// # Errors
    /// As [`Session::open`]; the session then keeps the logs it had.
    pub(super) fn reopen(&mut self, input: Input) -> Result<()> {
        let mut engine = open_logs(&input, self.interactive)?;
        let known = watched(&self.shower, &mut engine)?;
        self.desk.borrow_mut().tables = engine.plan.tables.clone();
        self.engine = engine;
        self.input = input;
        self.desk.borrow_mut().known = known;
        let there = |name: &String| {
            self.desk.borrow().known.streams.iter().any(|(stream, _)| stream == name)
        };
        let gone: Vec<String> = self.streams.iter().filter(|name| !there(name)).cloned().collect();
        self.streams.retain(|name| !gone.contains(name));
        if !gone.is_empty() {
            self.say(&format!("no longer used, since these logs lack them: {}", gone.join(", ")))?;
        }
        Ok(())
    }

    /// Opens the same logs anew, without looking through them.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub(super) fn reopen_quietly(&mut self) -> Result<()> {
        self.engine = open_logs(&self.input, self.interactive)?;
        Ok(())
    }

    /// Runs a query of the chain once more.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub(super) fn ask_again(&mut self, text: &str) -> Result<()> {
        let chain = self.chain.clone();
        let asked = self.ask(text, true);
        self.chain = chain;
        asked
    }

    /// What stands in front of what is typed: the prompt, and above it what queries are limited to.
    pub(super) fn prompt(&self) -> String {
        let mut limits = Vec::new();
        if self.range != Range::All {
            limits.push(self.range.to_string());
        }
        match self.streams.as_slice() {
            [] => {}
            [one] => limits.push(commands::logs::interface(one)),
            many => limits.push(format!("{} streams", many.len())),
        }
        match limits.is_empty() {
            true => "flowql> ".to_owned(),
            false => format!("({})\nflowql> ", limits.join(" · ")),
        }
    }

    /// Runs what was typed: one entry, or several where a text was pasted.
    ///
    /// # Errors
    /// The first entry that fails ends it.
    pub(super) fn run(&mut self, text: &str) -> Result<Flow> {
        for entry in entries(&dedent(text)) {
            if self.run_entry(&entry)? == Flow::Quit {
                return Ok(Flow::Quit);
            }
        }
        Ok(Flow::Next)
    }

    /// Runs one entry.
    ///
    /// # Errors
    /// What is wrong with it, or kept it from running.
    pub(super) fn run_entry(&mut self, entry: &str) -> Result<Flow> {
        self.engine.run.cancelled.store(false, Ordering::Relaxed);
        if is_dot_command(entry) {
            return commands::run(self, entry);
        }
        match entry.trim_start().starts_with('|') {
            false => self.ask(entry, false)?,
            true => {
                let Some(base) = self.chain.last() else {
                    let help =
                        "begin with a command; a line with `|` in front refines the last query";
                    return Err(Error::Usage(format!("there is no query yet\n  = help: {help}")));
                };
                let refined = format!("{base}\n{entry}");
                self.ask(&refined, true)?;
            }
        }
        Ok(Flow::Next)
    }

    /// Runs a query and shows its answer.
    ///
    /// # Errors
    /// What is wrong with it, or kept it from running; it then counts as the last query only if it
    /// could be run.
    pub(super) fn ask(&mut self, text: &str, refines: bool) -> Result<()> {
        let bound = self.bind(text)?;
        self.set_limits();
        let began = Instant::now();
        self.engine.compile(&bound)?;
        let compiled = began.elapsed();
        if !refines {
            self.chain.clear();
        }
        self.chain.push(text.to_owned());
        self.desk.borrow_mut().query = Some(text.to_owned());
        let shower = self.next_shower();
        let began = Instant::now();
        let (code, answer) = shower.answer(&mut self.engine, &bound)?;
        self.code = self.code.max(code);
        let ran = began.elapsed();
        self.once = None;
        let began = Instant::now();
        // What was asked for lasts, even if the terminal refuses to show it.
        let shown = shower.show(&answer);
        self.last = Some((text.to_owned(), answer));
        shown?;
        if let Some(file) = shower.file.as_ref().filter(|_| self.interactive) {
            self.say(&format!("written to {}", file.display()))?;
        }
        if self.timing {
            self.say(&timing(compiled, ran, began.elapsed()))?;
        }
        Ok(())
    }

    /// A query with values for its parameters: those given in the session, else their defaults.
    ///
    /// # Errors
    /// A parameter without a value.
    pub(super) fn bind(&self, text: &str) -> Result<String> {
        if !text.contains("{{") {
            return library::expand(text);
        }
        let file = QueryFile::parse(text).map_err(Error::Usage)?;
        let desk = self.desk.borrow();
        let used = |name: &str| file.params.iter().any(|param| param.name == name);
        let given: Vec<(String, String)> =
            desk.params.iter().filter(|(name, _)| used(name)).cloned().collect();
        let help = "give it one: `.param NAME=VALUE`";
        let bound = file.bind(&given);
        let bound = bound.map_err(|reason| Error::Usage(format!("{reason}\n  = help: {help}")))?;
        library::expand(&bound)
    }

    /// Limits the engine to the time range and the streams of the session.
    pub(super) fn set_limits(&mut self) {
        self.engine.run.now = logs::now();
        self.engine.run.range = self.range.at(self.engine.run.now);
        self.engine.plan.streams.clone_from(&self.streams);
        self.engine.run.cancelled.store(false, Ordering::Relaxed);
    }

    /// How the next result is shown.
    fn next_shower(&self) -> Shower {
        let mut shower = self.shower.clone();
        match &self.once {
            Some(Once::Format(format)) => shower.format = format,
            Some(Once::File(path)) => {
                shower.file = Some(path.clone());
                shower.format = format_of(path).unwrap_or(shower.format);
            }
            None => {}
        }
        shower
    }

    /// Shows an answer that is no query's, as a table unless a format was chosen.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(super) fn show_aside(&self, answer: &Answer) -> Result<()> {
        Shower { footer: false, file: None, ..self.shower.clone() }.show(answer)
    }

    /// Says a line to whoever is there: on standard error.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub(super) fn say(&self, line: &str) -> Result<()> {
        writeln!(io::stderr(), "{line}")
            .map_err(|source| Error::Io { path: "standard error".into(), source })
    }

    /// Writes a text that was asked for, through the pager where it is taller than the screen.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(super) fn write(&self, text: &str) -> Result<()> {
        let screen = self.shower.screen.unwrap_or(Screen { rows: Some(0), pager: false });
        let line_end = if text.ends_with('\n') { "" } else { "\n" };
        screen.write(format!("{text}{line_end}").as_bytes())
    }

    /// What stands above the first prompt.
    pub(super) fn welcome(&self) -> String {
        welcome::lines(&self.input, &self.desk.borrow().known, self.shower.zone, columns())
    }
}

/// The columns of the terminal.
pub(super) fn columns() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
}

/// Opens logs, and keeps what queries decode of them.
fn open_logs(input: &Input, interactive: bool) -> Result<Engine> {
    let mut input = input.clone();
    // The session has a range of its own, which can change.
    (input.start, input.end, input.since) = (None, None, None);
    let engine = match interactive {
        true => logs::open_or_sample(&input)?,
        false => logs::open(&input)?,
    };
    // Half of what a query may hold is for what queries leave behind.
    let budget = engine.run.memory_limit / 2;
    Ok(engine.with_store(budget))
}

/// Looks through the logs with a progress line.
fn watched(shower: &Shower, engine: &mut Engine) -> Result<Known> {
    engine.run.cancelled.store(false, Ordering::Relaxed);
    let watch = io::stderr()
        .is_terminal()
        .then(|| crate::face::progress::Watch::start(&engine.run.progress));
    let known = Known::of(engine);
    if let Some(watch) = watch {
        watch.stop();
    }
    let known = known?;
    let _ = write!(io::stderr(), "{}", shower.news_of(&known.report));
    Ok(known)
}

fn timing(compiled: Duration, ran: Duration, shown: Duration) -> String {
    let [compiled, ran, shown] = [compiled, ran, shown].map(human::duration);
    format!("compiled in {compiled} · ran in {ran} · shown in {shown}")
}
