//! The interactive session: reads entries from a person or a script and hands them to the engine.

pub mod commands;
mod complete;
mod desk;
mod editor;
mod entry;
mod highlight;
mod history;
mod keys;
mod known;
mod plain;
mod position;
mod session;
mod welcome;

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::face::options::{Input, Output};
use crate::face::{Status, interrupt, places};
use editor::{Editor, Read};
use entry::{Splitter, is_dot_command};
use plain::Plain;
use session::{Flow, Session};

/// Where entries come from while somebody types.
enum Prompter {
    /// A terminal that can be edited on.
    Editor(Box<Editor>),
    /// A terminal that only takes lines.
    Plain(Plain),
}

/// `flowql repl`: a session with whoever is at the terminal, or with a script.
///
/// # Errors
/// The logs cannot be opened; in a script, what the first entry fails with that does.
pub(crate) fn run(input: &Input, output: &Output, with_settings: bool) -> Status {
    let interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
    if interactive {
        interrupt::begin_session();
    }
    let mut session = Session::open(input, output, interactive)?;
    if let Some(file) = places::settings().filter(|_| interactive && with_settings) {
        settings(&mut session, &file);
    }
    match interactive {
        true => converse(session),
        false => follow(session),
    }
}

/// Runs the dot-commands of a file, which need not be there; what is wrong with one is told, and
/// the others run.
fn settings(session: &mut Session, file: &Path) {
    let lines = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => {
            let _ = session.say(&format!("{}: {error}", file.display()));
            return;
        }
    };
    for (number, line) in lines.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let ran = match is_dot_command(line) {
            true => session.run_entry(line).map(|_| ()),
            false => {
                let help = "this file holds dot-commands, a line each, as in `.timing on`";
                Err(Error::Usage(format!("`{line}` is no dot-command\n  = help: {help}")))
            }
        };
        if let Err(error) = ran {
            let place = format!("{}, line {}", file.display(), number + 1);
            let _ = write!(io::stderr(), "{place}: {error}");
        }
    }
}

/// Runs what is typed until its end; a failure is told and the session goes on.
fn converse(mut session: Session) -> Status {
    print(&session.welcome())?;
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let mut prompter = match dumb {
        true => Prompter::Plain(Plain),
        false => Prompter::Editor(Box::new(Editor::new(&session.desk)?)),
    };
    let mut interrupted = false;
    loop {
        let prompt = session.prompt();
        let read = match &mut prompter {
            Prompter::Editor(editor) => editor.read(&prompt)?,
            Prompter::Plain(plain) => plain.read(&prompt)?,
        };
        let text = match read {
            Read::End => return Ok(0),
            Read::Interrupted if interrupted => {
                session.say("`.quit` or Ctrl-D ends the session")?;
                interrupted = false;
                continue;
            }
            Read::Interrupted => {
                interrupted = true;
                continue;
            }
            Read::Entry(text) => text,
        };
        interrupted = false;
        if let Prompter::Editor(editor) = &mut prompter {
            if commands::is_remembered(&text) {
                editor.remember(&text);
            }
            if is_dot_command(&text) {
                session.history = editor.history();
            }
        }
        match session.run(&text) {
            Ok(Flow::Next) => {}
            Ok(Flow::Quit) => return Ok(0),
            // The terminal is gone: there is nobody to go on with.
            Err(Error::Io { path, source })
                if source.kind() == io::ErrorKind::BrokenPipe && path.ends_with("output") =>
            {
                return Err(Error::Io { path, source });
            }
            Err(error) => _ = write!(io::stderr(), "{error}"),
        }
    }
}

/// Runs a script from standard input; the first failure ends it.
fn follow(mut session: Session) -> Status {
    let mut splitter = Splitter::default();
    for line in io::stdin().lines() {
        let line = line.map_err(|source| Error::Io { path: "standard input".into(), source })?;
        for entry in splitter.line(line.trim_end_matches('\r')) {
            if session.run_entry(&entry)? == Flow::Quit {
                return Ok(session.code);
            }
        }
    }
    if let Some(entry) = splitter.end() {
        session.run_entry(&entry)?;
    }
    Ok(session.code)
}

fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|source| Error::Io { path: "standard output".into(), source })
}
