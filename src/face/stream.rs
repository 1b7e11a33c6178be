//! Results too long to be held: written a slice after another, in the formats that can be.

use std::io::{self, Write};
use std::time::Instant;

use super::notes::footer;
use super::progress::Watch;
use super::show::Shower;
use super::{Status, target};
use crate::data::Statistics;
use crate::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::output::Begin;

/// Bytes that a list of log events may take before it is written in slices.
const ROOM: usize = 128 << 20;

impl Shower {
    /// Runs a query that may ask for a list of any length, and shows what it gives; `None` for every
    /// other query, which has not run then.
    ///
    /// # Errors
    /// As [`Shower::answer`].
    pub(super) fn run_sliced(&self, engine: &mut Engine, text: &str) -> Result<Option<u8>> {
        let Some(parts) = self.format.parts else { return Ok(None) };
        // The widths of a table, the shares of a column and a chart are those of the whole.
        let drawn = self.style.chart.is_some() || !self.display.share.is_empty();
        let whole = drawn || self.format.name == "table";
        if whole || self.limit.is_some() || self.screen.is_some() {
            return Ok(None);
        }
        self.prepare(engine)?;
        if !engine.has_slices(text)? {
            return Ok(None);
        }
        let all = engine.run.memory_limit;
        let room = all.min(ROOM);
        engine.run.memory_limit = room;
        let asked = self.answer(engine, text);
        engine.run.memory_limit = all;
        match asked {
            Err(Error::Limit(_)) => self.write_slices(engine, text, room, parts).map(Some),
            Err(error) => Err(error),
            Ok((code, answer)) => self.show_read(code, &answer).map(Some),
        }
    }

    fn write_slices(&self, engine: &Engine, text: &str, room: usize, parts: Begin) -> Status {
        let began = Instant::now();
        let watch = Watch::start(&engine.run.progress);
        let slices = engine.slices(text, room);
        watch.stop();
        let mut slices = slices?;
        let warnings = engine.compile(text)?.warnings;
        let outcome = std::mem::take(&mut slices.outcome);
        let answer = Answer { outcome, warnings, emptied: None };
        let code = self.tell(engine, text, &answer);
        let mut failed = None;
        let body = |out: &mut dyn Write| -> io::Result<()> {
            let mut writer = parts(&self.style());
            loop {
                match engine.next_slice(&mut slices) {
                    Ok(Some(table)) => writer.part(&self.as_shown(table), out)?,
                    Ok(None) => return writer.end(out),
                    Err(error) => {
                        failed = Some(error);
                        return Err(io::ErrorKind::Other.into());
                    }
                }
            }
        };
        let written = match &self.file {
            None => target::stdout(body),
            Some(path) => target::file(path, body),
        };
        match failed {
            Some(error) => return Err(error),
            None => written?,
        }
        if self.footer {
            let statistics = Statistics { elapsed: began.elapsed(), ..answer.outcome.statistics };
            let line = footer(slices.records, &statistics, None);
            let _ = writeln!(io::stderr(), "{line}");
        }
        Ok(code)
    }
}
