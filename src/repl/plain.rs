//! Lines from a terminal that cannot be edited on: the same prompts, and nothing else.

use std::io::{self, Write};

use super::editor::Read;
use super::entry::is_complete;
use super::highlight::CONTINUED;
use crate::error::{Error, Result};

/// A terminal that only takes lines.
pub(super) struct Plain;

impl Plain {
    /// Reads an entry.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub(super) fn read(&mut self, prompt: &str) -> Result<Read> {
        let failed = |source| Error::Io { path: "terminal".into(), source };
        let mut text = String::new();
        let mut next = prompt;
        loop {
            let mut out = io::stdout().lock();
            write!(out, "{next}").and_then(|()| out.flush()).map_err(failed)?;
            let read = io::stdin().read_line(&mut text).map_err(failed)?;
            let ended = read == 0;
            if ended && text.trim().is_empty() {
                writeln!(out).map_err(failed)?;
                return Ok(Read::End);
            }
            // A line end makes an empty last line, which would end any waiting.
            let typed = text.strip_suffix('\n').unwrap_or(&text);
            if ended || is_complete(typed) {
                return Ok(Read::Entry(typed.to_owned()));
            }
            next = CONTINUED;
        }
    }
}
