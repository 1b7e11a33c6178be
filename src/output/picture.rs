//! `svg`, `png` and `html`: the result as a picture.

use std::io::{self, Write};

use super::format::{Format, Style, Writer};
use crate::charts::{self, Medium};
use crate::data::Table;

/// A chart as SVG.
pub const SVG: Format = Format {
    name: "svg",
    aliases: &[],
    extensions: &["svg"],
    summary: "A chart as a picture that can be scaled; `--chart KIND` chooses which.",
    text: true,
    draws: true,
    writer: Writer::Whole(|table, style, out| write(table, style, Medium::Svg, out)),
};

/// A chart as PNG.
pub const PNG: Format = Format {
    name: "png",
    aliases: &[],
    extensions: &["png"],
    summary: "A chart as a picture of pixels.",
    text: false,
    draws: true,
    writer: Writer::Whole(|table, style, out| write(table, style, Medium::Png, out)),
};

/// A chart as a page.
pub const HTML: Format = Format {
    name: "html",
    aliases: &[],
    extensions: &["html", "htm"],
    summary: "A chart as a page of its own, with hover values, light or dark as its reader has it.",
    text: true,
    draws: true,
    writer: Writer::Whole(|table, style, out| write(table, style, Medium::Html, out)),
};

fn write(table: &Table, style: &Style, medium: Medium, out: &mut dyn Write) -> io::Result<()> {
    let bytes = charts::file(table, style.kind(), &style.look(), medium);
    out.write_all(&bytes.map_err(io::Error::other)?)?;
    out.flush()
}
