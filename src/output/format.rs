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
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Begins a result that comes in parts.
pub type Begin = fn(&Style) -> Box<dyn Parts>;

/// Writes a whole result as its only part.
///
/// # Errors
/// Whatever `out` fails with.
pub fn whole(mut parts: impl Parts, table: &Table, out: &mut dyn Write) -> io::Result<()> {
    parts.part(table, out)?;
    parts.end(out)
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
    /// Begins a result that comes in parts; `None` where a format needs to see it whole.
    pub parts: Option<Begin>,
    /// Writes a result.
    pub write: fn(&Table, &Statistics, &Style, &mut dyn Write) -> io::Result<()>,
}

impl Named for Format {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}
