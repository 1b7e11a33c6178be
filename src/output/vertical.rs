//! `vertical`: a block per record and a line per field, for records too wide for a table.

use std::io::{self, BufWriter, Write};

use unicode_width::UnicodeWidthStr;

use super::format::{Format, Parts, Writer};
use super::line::{many_lines, one_line};
use crate::data::Table;

/// A block per record.
pub const VERTICAL: Format = Format {
    name: "vertical",
    aliases: &["records"],
    extensions: &[],
    summary: "A block per record and a line per field; nothing is cut.",
    text: true,
    draws: false,
    writer: Writer::Endless(|style| Box::new(Blocks::of(style.color))),
};

/// Blocks, numbered on from those written before; the later lines of a text stand under its first.
pub(super) struct Blocks {
    color: bool,
    records: usize,
}

impl Blocks {
    pub(super) fn of(color: bool) -> Blocks {
        Blocks { color, records: 0 }
    }
}

impl Parts for Blocks {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        let names: Vec<_> = table.names.iter().map(|name| one_line(name)).collect();
        let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
        let (bold, plain) = if self.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        for row in 0..table.len {
            self.records += 1;
            writeln!(out, "{bold}── record {} ──{plain}", self.records)?;
            for (name, column) in names.iter().zip(&table.columns) {
                let indent = widest - name.width();
                match column.value(row).print().as_deref().map(many_lines) {
                    None => writeln!(out, "{name}")?,
                    Some(text) if text.is_empty() => writeln!(out, "{name}")?,
                    Some(text) => {
                        write!(out, "{name}{:indent$}  ", "")?;
                        for (i, line) in text.split('\n').enumerate() {
                            let indent = if i == 0 { 0 } else { widest + 2 };
                            writeln!(out, "{:indent$}{line}", "")?;
                        }
                    }
                }
            }
        }
        out.flush()
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fixture::{render, table, table_of};

    #[test]
    fn a_block_per_record() {
        let expected = "\
── record 1 ──
bin(5m)  2019-10-30 11:01:03.000
bytes    1234
avg      2.5
note     a|b, \"c\"
         d
ports    80,443
── record 2 ──
bin(5m)  2019-10-30 11:01:03.000
bytes
avg      3
note
ports
── record 3 ──
bin(5m)  2019-10-30 11:01:03.000
bytes    -5
avg
note     東京 é\\tx\\
ports    -
── record 4 ──
bin(5m)
bytes
avg
note
ports
";
        assert_eq!(render(&VERTICAL, &table(), Some(10)), expected);
        assert_eq!(render(&VERTICAL, &table_of(vec![("a", Vec::new())]), None), "");
    }
}
