//! SVG with hover values, and HTML: one self-contained page that follows the theme of its reader.

use std::fmt::Write;

use super::sheet::Picture;
use super::theme::{DARK, LIGHT, hex, names};

/// The part of the style sheet that pictures need, light and dark.
pub fn style() -> String {
    let colors =
        |theme| names(theme).map(|(name, color)| format!("{name}:{};", hex(color))).concat();
    format!(
        ":root{{color-scheme:light dark;{}}}\n\
         @media (prefers-color-scheme:dark){{:root{{{}}}}}\n\
         @media print{{:root{{{}}}}}\n{}",
        colors(&LIGHT),
        colors(&DARK),
        colors(&LIGHT),
        include_str!("page.css")
    )
}

/// What shows the values of what is pointed at.
pub const SCRIPT: &str = include_str!("page.js");

/// A picture, drawn light, as an element whose colours follow the style sheet.
pub fn element(picture: &Picture) -> String {
    let mut svg = with_marks(picture, |mark, tip| format!("{mark} data-tip=\"{tip}\"/>"));
    for (name, color) in names(&LIGHT) {
        svg = svg.replace(&format!("\"{}\"", hex(color)), &format!("\"var({name})\""));
    }
    svg
}

/// A picture as an SVG file; viewers show a title where its shape is pointed at.
pub fn svg(picture: &Picture) -> String {
    with_marks(picture, |mark, tip| format!("{mark}><title>{tip}</title></{}>", tag(mark)))
}

/// A picture, drawn light, as a page of its own.
pub fn page(picture: &Picture) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<figure>\n{}\n</figure>\n\
         </main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escape(&picture.title),
        style(),
        element(picture)
    )
}

/// Puts the marks over the picture; `write` closes the shape with its text, which is escaped.
fn with_marks(picture: &Picture, write: impl Fn(&str, &str) -> String) -> String {
    let body = picture.svg.trim_end().trim_end_matches("</svg>");
    let mut text = body.to_owned();
    text.push_str("<g fill=\"#000\" fill-opacity=\"0\">\n");
    for mark in &picture.marks {
        let _ = writeln!(text, "{}", write(&mark.shape, &escape(&mark.tip)));
    }
    text + "</g>\n</svg>\n"
}

/// The name of the element that a shape begins.
fn tag(shape: &str) -> &str {
    shape.trim_start_matches('<').split(' ').next().unwrap_or("rect")
}

/// A text as it stands in HTML and SVG, in quotes too.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push_str("&#10;"),
            // What no document may hold.
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
