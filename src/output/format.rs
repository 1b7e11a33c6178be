//! The shape of an output format: a name, file extensions and a writer.

use std::io::{self, Write};

use crate::charts::model::MOST_GROUPS;
use crate::charts::{self, Kind, Look};
use crate::data::zone::Zone;
use crate::data::{Statistics, Table};
use crate::registry::Named;

/// How a result is to be shown.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Columns of the terminal; `None` where nothing is to be cut or wrapped (files, pipes).
    pub width: Option<usize>,
    /// Whether escape codes may be written.
    pub color: bool,
    /// Whether charts are to be drawn in ASCII characters.
    pub ascii: bool,
    /// The kind of chart, where a person chose one.
    pub chart: Option<&'static Kind>,
    /// What stands above a chart; the names of its columns otherwise.
    pub title: Option<String>,
    /// Whether pictures have a dark background.
    pub dark: bool,
    /// The zone in which charts show times; UTC otherwise.
    pub zone: Option<Zone>,
}

/// Columns of a chart where no terminal says how many it has.
const WIDTH: usize = 80;

impl Style {
    /// The kind of chart to draw.
    pub fn kind(&self) -> &'static Kind {
        self.chart.unwrap_or(&charts::KINDS[0])
    }

    /// How charts are to look.
    pub fn look(&self) -> Look {
        Look {
            title: self.title.clone(),
            groups: MOST_GROUPS,
            width: self.width.unwrap_or(WIDTH),
            color: self.color,
            ascii: self.ascii,
            dark: self.dark,
            zone: self.zone.unwrap_or(Zone::UTC),
        }
    }
}

/// A result that is written a part after another: together they are what the whole would be, but for
/// the widths of a table, which are those of the parts so far.
pub trait Parts {
    /// Writes the next records; parts have the same columns.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()>;

    /// Writes what stands behind the last of them.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()>;
}

/// What is known of a result before its records are written.
pub struct Outline<'a> {
    /// Its columns, each with at least one value of every type that is in it.
    pub specimen: &'a Table,
    /// The number of its records.
    pub records: u64,
    /// What it took.
    pub statistics: &'a Statistics,
    /// How it is to be shown.
    pub style: &'a Style,
}

/// How a format is written.
#[derive(Clone, Copy)]
pub enum Writer {
    /// A part after another, whatever may still come.
    Endless(fn(&Style) -> Box<dyn Parts>),
    /// A part after another, once it is known what is in all of them.
    Parts(fn(&Outline<'_>) -> io::Result<Box<dyn Parts>>),
    /// At once.
    Whole(fn(&Table, &Style, &mut dyn Write) -> io::Result<()>),
}

/// One output format.
pub struct Format {
    /// As `--format` takes it.
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    /// File extensions that mean it, without the dot.
    pub extensions: &'static [&'static str],
    /// One sentence for help.
    pub summary: &'static str,
    /// Whether it is text, which a terminal can show.
    pub text: bool,
    /// Whether it draws: then the result must be one that can be drawn.
    pub draws: bool,
    /// How it is written.
    pub writer: Writer,
}

impl Format {
    /// Begins a result that comes in parts; `None` where the format needs to see it whole.
    ///
    /// # Errors
    /// The format cannot hold it.
    pub fn begin(&self, outline: &Outline<'_>) -> io::Result<Option<Box<dyn Parts>>> {
        match self.writer {
            Writer::Endless(begin) => Ok(Some(begin(outline.style))),
            Writer::Parts(begin) => begin(outline).map(Some),
            Writer::Whole(_) => Ok(None),
        }
    }

    /// Writes a result.
    ///
    /// # Errors
    /// The format cannot hold it, and whatever `out` fails with.
    pub fn write(
        &self,
        table: &Table,
        statistics: &Statistics,
        style: &Style,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let records = table.len as u64;
        let mut parts = match self.writer {
            Writer::Whole(write) => return write(table, style, out),
            Writer::Endless(begin) => begin(style),
            Writer::Parts(begin) => {
                begin(&Outline { specimen: table, records, statistics, style })?
            }
        };
        parts.part(table, out)?;
        parts.end(out)
    }
}

impl Named for Format {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}
