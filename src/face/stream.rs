//! Results too long to be held: written a part after another, in the formats that can be.

use std::io::{self, Write};

use super::show::Shower;
use crate::data::Statistics;
use crate::output::{Outline, Style, Writer};
use crate::plan::rest::Rest;

/// Bytes that a list of records may take before those waiting to be written go to disk.
const ROOM: usize = 128 << 20;

impl Shower {
    /// Bytes of memory beyond which a result is to be given in parts; `None` where it is shown whole.
    pub(super) fn room(&self) -> Option<usize> {
        // The widths of a table, the shares of a column and a chart are those of the whole.
        let drawn = self.style.chart.is_some() || !self.display.share.is_empty();
        let held = self.screen.is_some() || self.told.is_some();
        let whole = matches!(self.format.writer, Writer::Whole(_)) || self.format.name == "table";
        (!drawn && !held && !whole).then_some(ROOM)
    }

    /// Writes a result that is given in parts.
    pub(super) fn write_parts(
        &self,
        rest: &Rest,
        statistics: &Statistics,
        style: &Style,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let specimen = &self.as_shown(rest.specimen());
        let outline = Outline { specimen, records: rest.records(), statistics, style };
        let Some(mut parts) = self.format.begin(&outline)? else {
            return Err(io::Error::other(format!("{} has no parts", self.format.name)));
        };
        rest.each_table(|table| parts.part(&self.as_shown(table), out))?;
        parts.end(out)
    }
}
