//! `query --follow`: goes on as the logs grow; records are written as they come, other results anew.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use crate::data::Table;
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::face::notes::unreadable;
use crate::face::options::Input;
use crate::face::show::Shower;
use crate::face::{Status, interrupt, logs, target};
use crate::logs::files::{STDIN, find_files};
use crate::logs::tail::{Added, Tail};
use crate::output::{FORMATS, Format, Parts, Writer};
use crate::plan::follow::Kept;

/// How often the files are looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// How often Ctrl-C is looked at meanwhile.
const TICK: Duration = Duration::from_millis(50);
/// Clears a terminal and goes to its upper left corner.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// Runs a query over the logs and over what is written to them, until Ctrl-C.
pub(super) fn run(shower: &Shower, text: &str, input: &Input) -> Status {
    if input.logs.iter().any(|path| path == STDIN) {
        let help =
            "name the file that grows; without `--follow` a query waits for the end of a pipe";
        return Err(Error::Usage(format!("standard input cannot be followed\n  = help: {help}")));
    }
    if shower.writes_file() {
        let help = "leave out `--output` and send standard output to the file";
        return Err(Error::Usage(format!("a result that goes on has no file\n  = help: {help}")));
    }
    let mut engine = open(input)?;
    engine.plan.limit = None;
    match engine.compile(text)?.by_time() {
        Some(_) => Printed::new(shower)?.follow(engine, text, input),
        None => redraw(shower, text, input),
    }
}

/// The logs up to their last whole lines.
fn open(input: &Input) -> Result<Engine> {
    let mut group = logs::open_group(input)?;
    group.end_at_lines();
    logs::configure(group, input)
}

/// Waits until the files have changed; `false` where somebody wants an end.
fn changed(input: &Input, seen: &mut Files) -> bool {
    let interrupted = interrupt::flag();
    let mut said = String::new();
    loop {
        for _ in 0..(PAUSE.as_millis() / TICK.as_millis()) {
            if interrupted.load(Ordering::Relaxed) {
                return false;
            }
            std::thread::sleep(TICK);
        }
        match files(input) {
            Ok(now) if now == *seen => {}
            Ok(now) => {
                *seen = now;
                return true;
            }
            // They may be there again soon.
            Err(error) => {
                let error = error.to_string();
                if error != said {
                    let _ = write!(io::stderr(), "{error}");
                    said = error;
                }
            }
        }
    }
}

/// The files with what tells that one has changed.
type Files = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

fn files(input: &Input) -> Result<Files> {
    let (paths, _) = logs::named(input)?;
    let written = |path: &PathBuf| match std::fs::metadata(path) {
        Ok(metadata) => (metadata.len(), metadata.modified().ok()),
        Err(_) => (0, None),
    };
    let found = find_files(&paths)?.into_iter();
    Ok(found.map(|file| (file.path.clone(), written(&file.path))).collect())
}

/// What a query gave so far, and what was read for it.
#[derive(Default)]
struct Looks {
    tail: Tail,
    kept: Option<Kept>,
}

impl Looks {
    /// The answer over the logs as they are now: of what was added since the last look, where the query
    /// goes on from what it gathered then, else anew. Also whether more was written than was read.
    fn answer(&mut self, shower: &Shower, text: &str, input: &Input) -> Result<(u8, Answer, bool)> {
        let mut engine = open(input)?;
        if let Some(kept) = self.kept.take() {
            let Added { group, goes_on, more, .. } = self.tail.added(engine.group())?;
            let go_on = |engine: &Engine| match goes_on {
                true => engine.go_on(text, &group, kept),
                false => Ok(None),
            };
            if let Some((answer, kept)) = shower.prepared(&mut engine, text, go_on)? {
                self.kept = kept;
                return Ok((shower.tell(&engine, text, &answer), answer, more));
            }
        }
        self.tail.read_all(engine.group());
        let (answer, kept) = shower.prepared(&mut engine, text, |engine| engine.begin(text))?;
        self.kept = kept;
        Ok((shower.tell(&engine, text, &answer), answer, false))
    }
}

/// Shows the whole result again whenever the logs have changed.
fn redraw(shower: &Shower, text: &str, input: &Input) -> Status {
    let clears = shower.color && io::stdout().is_terminal();
    let mut code = 0;
    let mut seen = files(input)?;
    let mut looks = Looks::default();
    for turn in 0.. {
        let (own, answer, more) = match looks.answer(shower, text, input) {
            Err(Error::Cancelled) => break,
            asked => asked?,
        };
        code = own;
        let between = match clears {
            true => CLEAR,
            false if turn > 0 => "\n",
            false => "",
        };
        say(between.as_bytes())?;
        match shower.show(&answer) {
            Err(Error::Cancelled) => break,
            shown => shown?,
        }
        if !more && !changed(input, &mut seen) {
            break;
        }
    }
    Ok(code)
}

/// Records that are written as they come.
struct Printed<'s> {
    shower: &'s Shower,
    parts: Box<dyn Parts>,
    /// Whether nothing is written yet.
    first: bool,
}

impl<'s> Printed<'s> {
    fn new(shower: &'s Shower) -> Result<Printed<'s>> {
        let Writer::Endless(begin) = shower.format.writer else {
            let endless = |format: &&Format| matches!(format.writer, Writer::Endless(_));
            let able = FORMATS.iter().filter(endless);
            let names: Vec<&str> = able.map(|format| format.name).collect();
            let name = shower.format.name;
            let text = format!("records cannot be added to `{name}` as they come");
            return Err(Error::Usage(format!("{text}\n  = help: choose {}", names.join(", "))));
        };
        Ok(Printed { shower, parts: begin(&shower.style()), first: true })
    }

    /// Writes the newest records that are there, then all that come, the oldest first.
    fn follow(mut self, engine: Engine, text: &str, input: &Input) -> Status {
        let mut tail = Tail::default();
        let mut seen = files(input)?;
        let Added { mut group, mut more, .. } = tail.added(engine.group())?;
        let newest = self
            .shower
            .limit
            .map_or_else(String::new, |limit| format!("\n| sort @timestamp desc\n| limit {limit}"));
        let mut query = format!("{text}{newest}\n| sort @timestamp");
        let all = format!("{text}\n| sort @timestamp");
        let mut code = 0;
        loop {
            let mut engine = logs::configure(group, input)?;
            engine.plan.limit = None;
            // What there is to say of a query is said once.
            let asked = match self.first {
                true => self.shower.ask(&engine, &query),
                false => engine.query(&query).map(|answer| {
                    let news = self.shower.news_of(&answer.outcome.report);
                    let _ = write!(io::stderr(), "{news}");
                    (u8::from(unreadable(&answer)), answer)
                }),
            };
            let (own, answer) = match asked {
                Err(Error::Cancelled) => break,
                asked => asked?,
            };
            code = code.max(own);
            self.write(answer.outcome.table)?;
            query.clone_from(&all);
            group = loop {
                if !more && !changed(input, &mut seen) {
                    return self.end(code);
                }
                let Added { group, notes, more: left, .. } = tail.added(open(input)?.group())?;
                more = left;
                notes.iter().for_each(|note| {
                    let _ = writeln!(io::stderr(), "note: {note}");
                });
                if !group.files.is_empty() {
                    break group;
                }
            };
        }
        self.end(code)
    }

    fn write(&mut self, table: Table) -> Result<()> {
        self.first = false;
        let mut text = Vec::new();
        self.parts.part(&self.shower.as_shown(table), &mut text).map_err(failed)?;
        say(&text)
    }

    fn end(self, code: u8) -> Status {
        let mut text = Vec::new();
        self.parts.end(&mut text).map_err(failed)?;
        // Ctrl-C was meant for the records to come.
        interrupt::flag().store(false, Ordering::Relaxed);
        say(&text)?;
        Ok(code)
    }
}

fn failed(source: io::Error) -> Error {
    Error::Io { path: "standard output".into(), source }
}

fn say(text: &[u8]) -> Result<()> {
    let written = target::stdout(|out| out.write_all(text));
    match written {
        Err(Error::Cancelled) => Ok(()),
        other => other,
    }
}
