//! Keys of the editor that depend on what was typed: Enter, Backspace, Up and Down.

use rustyline::{Cmd, ConditionalEventHandler, Event, EventContext, Movement, RepeatCount};

use super::entry::{INDENT, is_complete};
use super::history::{Entries, lock};

/// What a new line of an entry begins with.
pub(super) fn next_line() -> String {
    format!("\n{INDENT}")
}

/// Enter runs a complete entry, wherever the cursor is, and goes on with another line in any other.
pub(super) struct Enter;

impl ConditionalEventHandler for Enter {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        Some(match is_complete(context.line()) {
            true => Cmd::AcceptLine,
            false => Cmd::Insert(1, next_line()),
        })
    }
}

/// Backspace at the beginning of a line joins it to the one before.
pub(super) struct Backspace;

impl ConditionalEventHandler for Backspace {
    fn handle(&self, _: &Event, n: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let before = context.line().get(..context.pos())?;
        let blanks = RepeatCount::try_from(next_line().chars().count()).ok()?;
        (n == 1 && before.ends_with(&next_line()))
            .then_some(Cmd::Kill(Movement::BackwardChar(blanks)))
    }
}

/// Up: where the beginning of an entry was typed, the entry before that begins so; else the line
/// above or the entry before.
pub(super) struct Older {
    /// The entries of the history, to tell what was typed from what was recalled.
    pub(super) entries: Entries,
}

impl ConditionalEventHandler for Older {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let (line, at) = (context.line(), context.pos());
        if line.contains('\n') || line.trim().is_empty() || at == 0 {
            return None;
        }
        let recalled = at == line.len() && lock(&self.entries).contains(line);
        (!recalled).then_some(Cmd::HistorySearchBackward)
    }
}

/// Down goes back the way that Up came.
pub(super) struct Newer;

impl ConditionalEventHandler for Newer {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let (line, at) = (context.line(), context.pos());
        (!line.contains('\n') && 0 < at && at < line.len()).then_some(Cmd::HistorySearchForward)
    }
}
