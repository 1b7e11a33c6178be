//! Charts of results: in the terminal as text, in files as pictures; this is their one door.

pub mod grid;
pub mod kinds;
pub mod look;
pub mod model;
pub mod number;
#[cfg(feature = "pictures")]
pub mod picture;
pub mod shape;
#[cfg(test)]
mod tests;
pub mod text;
pub mod time_axis;

pub use kinds::{KINDS, Kind, find};
pub use look::Look;
pub use shape::NoChart;

use shape::Shape;

#[cfg(feature = "pictures")]
use picture::{Picture, html, png};

use crate::data::{Meaning, Table};

/// That a result whose columns mean this can be drawn so; known before the query runs.
///
/// # Errors
/// Why not.
pub fn check(meanings: &[Meaning], kind: &Kind) -> Result<(), NoChart> {
    (kind.fits)(&Shape::of(meanings)?)
}

/// A result as a chart for the terminal: the title, the chart, and notes on what it leaves out.
/// Every line ends with a line end, and none is wider than the look.
///
/// # Errors
/// Why there is no such chart.
pub fn text(table: &Table, kind: &Kind, look: &Look) -> Result<String, NoChart> {
    let shape = Shape::of(&table.meanings)?;
    (kind.fits)(&shape)?;
    let Some(draw) = kind.text else {
        return Err(NoChart::new(
            format!("the chart `{}` is a picture", kind.name),
            "write it to a file: `--output chart.svg`, .png or .html",
        ));
    };
    draw(table, &shape, look)
}

/// A kind of file that holds a chart.
#[cfg(feature = "pictures")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// SVG with titles on its shapes.
    Svg,
    /// PNG, two pixels for each of the picture.
    Png,
    /// A page that needs nothing else, with hover values, light or dark as its reader has it.
    Html,
}

/// A result as a file with its chart.
///
/// # Errors
/// Why there is no such chart.
#[cfg(feature = "pictures")]
pub fn file(table: &Table, kind: &Kind, look: &Look, medium: Medium) -> Result<Vec<u8>, NoChart> {
    let dark = look.dark && medium != Medium::Html;
    let picture = picture(table, kind, &Look { dark, ..look.clone() })?;
    Ok(match medium {
        Medium::Svg => html::svg(&picture).into_bytes(),
        Medium::Png => png::encode(&picture)?,
        Medium::Html => html::page(&picture).into_bytes(),
    })
}

/// A result as an element of a page: its colours and hover values are those of
/// [`picture::html::style`] and [`picture::html::SCRIPT`].
///
/// # Errors
/// Why there is no such chart.
#[cfg(feature = "pictures")]
pub fn element(table: &Table, kind: &Kind, look: &Look) -> Result<String, NoChart> {
    picture(table, kind, &Look { dark: false, ..look.clone() }).map(|drawn| html::element(&drawn))
}

/// A result as a picture.
///
/// # Errors
/// Why there is no such chart.
#[cfg(feature = "pictures")]
pub fn picture(table: &Table, kind: &Kind, look: &Look) -> Result<Picture, NoChart> {
    let shape = Shape::of(&table.meanings)?;
    (kind.fits)(&shape)?;
    let Some(draw) = kind.picture else {
        return Err(NoChart::new(
            format!("the chart `{}` is for the terminal", kind.name),
            "draw it with `--format chart`, or draw a line chart",
        ));
    };
    draw(table, &shape, look)
}
