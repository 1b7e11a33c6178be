//! The shape of an output format: a name, file extensions and a writer.

use std::io::{self, Write};

use crate::data::{Statistics, Table};
use crate::registry::Named;

/// How a result is to be shown.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Columns of the terminal; `None` where nothing is to be cut or wrapped (files, pipes).
    pub width: Option<usize>,
    /// Whether escape codes may be written.
    pub color: bool,
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
