//! The editor: rustyline with the keys, colours, completion and hints of a session.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rustyline::completion::{Candidate, Completer};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, CompletionType, Config, Context, Editor as LineEditor, Event, EventHandler,
    Helper as LineHelper, KeyCode, KeyEvent, Modifiers,
};

use super::complete::{self, complete};
use super::desk::Desk;
use super::entry::{dedent, indent, is_complete};
use super::highlight::{cut, paint};
use super::history::{History, MOST};
use super::keys;
use crate::error::{Error, Result};
use crate::face::places;

/// What a person did at the prompt.
pub(super) enum Read {
    /// Typed an entry.
    Entry(String),
    /// Pressed Ctrl-C; whether anything had been typed.
    Interrupted,
    /// Pressed Ctrl-D, or the input ended.
    End,
}

/// The line editor.
pub(super) struct Editor {
    editor: LineEditor<Helper, History>,
    desk: Rc<RefCell<Desk>>,
}

impl Editor {
    /// An editor with the history of earlier sessions.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub(super) fn new(desk: &Rc<RefCell<Desk>>) -> Result<Editor> {
        let config = Config::builder()
            .max_history_size(MOST)
            .map_err(failed)?
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .completion_prompt_limit(usize::MAX)
            // Colours are left out by our own highlighter, which also shows where lines go on.
            .color_mode(ColorMode::Forced)
            .bell_style(rustyline::config::BellStyle::None)
            .build();
        let file = places::state().map(|folder| folder.join("history"));
        let history = History::open(config.clone(), file);
        let entries = history.entries();
        let mut editor = LineEditor::with_history(config, history).map_err(failed)?;
        editor.set_helper(Some(Helper { desk: Rc::clone(desk) }));
        let mut bind = |code, modifiers, handler: EventHandler| {
            editor.bind_sequence(Event::from(KeyEvent(code, modifiers)), handler);
        };
        let conditional = |handler| EventHandler::Conditional(handler);
        bind(KeyCode::Enter, Modifiers::NONE, conditional(Box::new(keys::Enter)));
        bind(KeyCode::Char('J'), Modifiers::CTRL, conditional(Box::new(keys::Enter)));
        let newline = || EventHandler::Simple(Cmd::Insert(1, keys::next_line()));
        bind(KeyCode::Enter, Modifiers::ALT, newline());
        bind(KeyCode::Backspace, Modifiers::NONE, conditional(Box::new(keys::Backspace)));
        let up = keys::Older { entries };
        bind(KeyCode::Up, Modifiers::NONE, conditional(Box::new(up)));
        bind(KeyCode::Down, Modifiers::NONE, conditional(Box::new(keys::Newer)));
        Ok(Editor { editor, desk: Rc::clone(desk) })
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub(super) fn read(&mut self, prompt: &str) -> Result<Read> {
        let styled = match (self.desk.borrow().color, prompt.rsplit_once('\n')) {
            (false, _) => prompt.to_owned(),
            (true, None) => format!("\x1b[1m{prompt}\x1b[0m"),
            (true, Some((above, last))) => format!("\x1b[2m{above}\x1b[0m\n\x1b[1m{last}\x1b[0m"),
        };
        match self.editor.readline(&(prompt, styled.as_str())) {
            Ok(text) => Ok(Read::Entry(text)),
            Err(ReadlineError::Eof) => Ok(Read::End),
            Err(ReadlineError::Interrupted) => Ok(Read::Interrupted),
            Err(ReadlineError::Signal(_)) => Ok(Read::Entry(String::new())),
            Err(other) => Err(failed(other)),
        }
    }

    /// Remembers an entry.
    pub(super) fn remember(&mut self, text: &str) {
        // What cannot be remembered was typed all the same.
        let _ = self.editor.add_history_entry(text);
    }

    /// The entries of the history, the latest last.
    pub(super) fn history(&self) -> Vec<String> {
        self.editor.history().texts()
    }
}

fn failed(error: ReadlineError) -> Error {
    Error::Io { path: "terminal".into(), source: std::io::Error::other(error.to_string()) }
}

/// What rustyline asks while somebody types.
struct Helper {
    desk: Rc<RefCell<Desk>>,
}

impl LineHelper for Helper {}

/// A candidate as the list shows it, and what it puts in.
pub(super) struct Shown {
    line: String,
    text: String,
}

impl Candidate for Shown {
    fn display(&self) -> &str {
        &self.line
    }

    fn replacement(&self) -> &str {
        &self.text
    }
}

impl Completer for Helper {
    type Candidate = Shown;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Shown>)> {
        let (start, found) =
            complete(line.get(..position).unwrap_or_default(), &self.desk.borrow());
        let size = terminal_size::terminal_size();
        let (columns, rows) = size.map_or((80, 24), |(w, h)| (usize::from(w.0), usize::from(h.0)));
        Ok((start, list(found, columns, rows)))
    }
}

/// The widest type that the list shows whole.
const KIND: usize = 22;

/// Candidates as the list shows them: text, type and help below each other, no more than fit the
/// screen, since the list cannot be left before its end.
fn list(mut found: Vec<complete::Candidate>, columns: usize, rows: usize) -> Vec<Shown> {
    let longest = |of: fn(&complete::Candidate) -> &str| {
        found.iter().map(|it| of(it).trim_end().chars().count()).max().unwrap_or(0)
    };
    let (text, kind) = (longest(|it| &it.text), longest(|it| &it.kind).min(KIND));
    let gap = if kind > 0 { "  " } else { "" };
    let line = |it: &complete::Candidate| {
        let (name, kind_shown) = (it.text.trim_end(), cut(&it.kind, kind));
        let line = format!("{name:<text$}  {kind_shown:<kind$}{gap}{}", it.help);
        cut(line.trim_end(), columns.saturating_sub(1))
    };
    let widest = found.iter().map(|it| line(it).chars().count()).max().unwrap_or(0) + 2;
    let most = (columns / widest.max(1)).max(1) * rows.saturating_sub(3).max(3);
    let left_out = found.len().saturating_sub(most);
    let common = common_beginning(&found);
    if left_out > 0 {
        found.truncate(most - 1);
    }
    let shown = |it: &complete::Candidate| Shown { line: line(it), text: it.text.clone() };
    let mut list: Vec<Shown> = found.iter().map(shown).collect();
    if left_out > 0 {
        list.push(Shown { line: format!("… {} more", left_out + 1), text: common });
    }
    list
}

/// What all candidates begin with.
fn common_beginning(found: &[complete::Candidate]) -> String {
    let Some(first) = found.first() else { return String::new() };
    let shared = |other: &complete::Candidate| {
        let pairs = first.text.chars().zip(other.text.chars());
        pairs.take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum()
    };
    let length: usize = found.iter().map(shared).min().unwrap_or(0);
    first.text.get(..length).unwrap_or_default().to_owned()
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, position: usize) -> Cow<'l, str> {
        Cow::Owned(paint(line, position, &self.desk.borrow()))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        match self.desk.borrow().color {
            true => Cow::Owned(format!("\x1b[90m{hint}\x1b[0m")),
            false => Cow::Borrowed(hint),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

/// The rest of an entry of the history.
pub(super) struct Rest {
    shown: String,
    text: String,
}

impl Hint for Rest {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        Some(&self.text)
    }
}

impl Hinter for Helper {
    type Hint = Rest;

    fn hint(&self, line: &str, position: usize, context: &Context<'_>) -> Option<Rest> {
        // Without colours a hint could not be told from what was typed.
        if line.trim().is_empty() || position < line.len() || !self.desk.borrow().color {
            return None;
        }
        let history = context.history();
        let last = history.len().checked_sub(1)?;
        let start = context.history_index().min(last);
        let found = history.starts_with(line, start, SearchDirection::Reverse).ok()??;
        let text = found.entry.get(line.len()..).filter(|rest| !rest.is_empty())?.to_owned();
        let mut lines = text.lines();
        let mut shown = lines.next().unwrap_or_default().to_owned();
        if lines.next().is_some() {
            shown.push_str(" …");
        }
        Some(Rest { shown, text: indent(&text) })
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(&dedent(context.input())) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}
