//! The sheet that a picture is drawn on: title, legend, the room that is left, and hover values.

use std::fmt::Write;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    FontDesc, FontStyle, RGBAColor, RGBColor, ShapeStyle, TextStyle, register_font,
};

use super::theme::{DARK, LIGHT, Theme};
use crate::charts::look::{Look, color};
use crate::charts::model::Chart;
use crate::charts::shape::NoChart;

/// The font of all texts, and the name it is known by.
pub const FONT: &[u8] = include_bytes!("font.ttf");
/// What a style sheet falls back to is near enough in width.
pub const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// The width of every picture, in pixels.
pub const WIDTH: i32 = 1000;
/// The room around everything.
pub const MARGIN: i32 = 24;

/// Sizes of texts, in pixels.
pub const TITLE: f64 = 20.0;
/// Labels, legends and values.
pub const LABEL: f64 = 14.0;
/// Notes and axes.
pub const SMALL: f64 = 12.5;

/// Units of the drawing for each pixel: plotters counts in whole ones, and a ring or a steep line
/// in whole pixels has corners.
pub const UNIT: i32 = 8;

/// What plotters makes of the size of a text is a fifth smaller.
const PLOTTERS_SIZE: f64 = 1.24;

/// The height of a line of the font, by which it is laid out, for each of its size.
const LINE: f64 = 1.164;

/// A finished picture.
pub struct Picture {
    /// What stands above it.
    pub title: String,
    /// The document, without hover values.
    pub svg: String,
    /// Pixels across and down.
    pub size: (i32, i32),
    /// Shapes over the picture that tell a text when pointed at.
    pub marks: Vec<Mark>,
}

/// A shape that tells a text when pointed at.
pub struct Mark {
    /// The shape as an SVG element that is still open: `<rect x="1" …`.
    pub shape: String,
    /// The text, in lines.
    pub tip: String,
}

/// What a drawing stands on while it is made.
pub struct Sheet<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// The colours.
    pub theme: Theme,
    marks: Vec<Mark>,
}

/// How a step of a drawing ends.
pub type Drawn = Result<(), NoChart>;

/// Where a text stands at its point.
#[derive(Clone, Copy)]
pub enum Align {
    /// Begins there.
    Left,
    /// Has its middle there.
    Middle,
    /// Ends there.
    Right,
}

/// Where the font is registered once.
fn load_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // A fault would be one of the file that is built in; a test draws with it.
        let _ = register_font(FAMILY, FontStyle::Normal, FONT);
    });
}

fn failed(error: impl std::fmt::Display) -> NoChart {
    NoChart::new(format!("the picture could not be drawn: {error}"), "draw another kind of chart")
}

/// Pixels that a text takes across.
pub fn measure(text: &str, size: f64) -> i32 {
    load_font();
    let font = FontDesc::from((FAMILY, size * PLOTTERS_SIZE * f64::from(UNIT)));
    let width = font.layout_box(text).map_or(0, |((x0, _), (x1, _))| x1 - x0);
    (f64::from(width) * LINE / PLOTTERS_SIZE / f64::from(UNIT)).ceil() as i32
}

/// A text of at most so many pixels, its end cut off.
pub fn cut(text: &str, size: f64, width: i32) -> String {
    if measure(text, size) <= width {
        return text.to_owned();
    }
    let mut end: Vec<char> = text.chars().collect();
    while end.pop().is_some() {
        let cut: String = end.iter().chain(&['…']).collect();
        if measure(&cut, size) <= width {
            return cut;
        }
    }
    "…".to_owned()
}

/// A colour of the palette.
pub fn series_color(series: usize) -> RGBColor {
    let (r, g, b) = color(series);
    RGBColor(r, g, b)
}

/// The lines of the head: title, what is said below it, and a legend; their height is known
/// before the picture is.
pub struct Head {
    /// What it is.
    pub title: String,
    /// Units, zone.
    pub subtitle: String,
    /// Names of series by their number; none where there is one only.
    pub legend: Vec<String>,
    /// What is left out, at the foot.
    pub notes: Vec<String>,
}

impl Head {
    /// The entries of the legend, line by line.
    fn lines(&self) -> Vec<Vec<(usize, String, i32)>> {
        let mut lines: Vec<Vec<(usize, String, i32)>> = Vec::new();
        let mut used = WIDTH;
        for (number, name) in self.legend.iter().enumerate() {
            let name = cut(name, LABEL, 300);
            let width = measure(&name, LABEL) + 44;
            if used + width > WIDTH - 2 * MARGIN {
                lines.push(Vec::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push((number, name, used));
            }
            used += width;
        }
        lines
    }

    /// Pixels it takes at the top.
    fn top(&self) -> i32 {
        MARGIN
            + 28
            + i32::from(!self.subtitle.is_empty()) * 20
            + self.lines().len() as i32 * 24
            + 10
    }

    fn foot(&self) -> i32 {
        MARGIN + self.notes.len() as i32 * 18
    }
}

/// Draws a picture: the head, then what `body` draws into the room of `height` pixels that begins
/// at the given line.
///
/// # Errors
/// What the drawing fails with.
pub fn picture(
    head: &Head,
    height: i32,
    look: &Look,
    body: impl FnOnce(&mut Sheet<'_>, i32) -> Drawn,
) -> Result<Picture, NoChart> {
    load_font();
    let (top, foot) = (head.top(), head.foot());
    let size = (WIDTH, top + height + foot);
    let mut svg = String::new();
    let marks = {
        let backend = SVGBackend::with_string(&mut svg, units(size.0, size.1));
        let theme = if look.dark { DARK } else { LIGHT };
        let mut sheet = Sheet { area: backend.into_drawing_area(), theme, marks: Vec::new() };
        sheet.area.fill(&theme.paper).map_err(failed)?;
        let title = cut(&head.title, TITLE, WIDTH - 2 * MARGIN);
        sheet.text((MARGIN, MARGIN + 10), &title, TITLE, theme.ink, Align::Left)?;
        let mut y = MARGIN + 28;
        if !head.subtitle.is_empty() {
            sheet.text((MARGIN, y + 6), &head.subtitle, SMALL, theme.muted, Align::Left)?;
            y += 20;
        }
        for line in head.lines() {
            for (number, name, x) in line {
                let (x, middle) = (MARGIN + x, y + 14);
                sheet.rect((x, middle - 6), (x + 14, middle + 6), series_color(number))?;
                sheet.text((x + 20, middle), &name, LABEL, theme.ink, Align::Left)?;
            }
            y += 24;
        }
        body(&mut sheet, top)?;
        for (i, note) in head.notes.iter().enumerate() {
            let y = top + height + 14 + i as i32 * 18;
            let note = cut(note, SMALL, WIDTH - 2 * MARGIN);
            sheet.text((MARGIN, y), &note, SMALL, theme.muted, Align::Left)?;
        }
        sheet.area.present().map_err(failed)?;
        sheet.marks
    };
    let (across, down) = units(size.0, size.1);
    let drawn = format!("width=\"{across}\" height=\"{down}\"");
    let svg = svg.replacen(&drawn, &format!("width=\"{}\" height=\"{}\"", size.0, size.1), 1);
    Ok(Picture { title: head.title.clone(), svg, size, marks })
}

/// The picture of a result without numbers.
///
/// # Errors
/// What the drawing fails with.
pub fn empty(chart: &Chart, look: &Look) -> Result<Picture, NoChart> {
    let head = Head {
        title: look.title.clone().unwrap_or_else(|| chart.title.clone()),
        subtitle: "nothing to draw: the result has no numbers".to_owned(),
        legend: Vec::new(),
        notes: chart.notes.clone(),
    };
    picture(&head, 0, look, |_, _| Ok(()))
}

impl<'a> Sheet<'a> {
    /// A part of the sheet, for the charts of plotters.
    pub fn part(&self, corner: (i32, i32), size: (i32, i32)) -> DrawingArea<SVGBackend<'a>, Shift> {
        self.area.clone().shrink(scaled(corner), units(size.0, size.1))
    }

    /// A text whose middle line is at a point.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn text(
        &self,
        at: (i32, i32),
        text: &str,
        size: f64,
        ink: RGBColor,
        align: Align,
    ) -> Drawn {
        let h = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = style(size, ink).pos(Pos::new(h, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), scaled(at), style)).map_err(failed)
    }

    /// A filled rectangle between two corners.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn rect(&self, from: (i32, i32), to: (i32, i32), color: impl Into<RGBAColor>) -> Drawn {
        self.area.draw(&Rectangle::new([scaled(from), scaled(to)], filled(color))).map_err(failed)
    }

    /// A line of so many pixels across.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn line(&self, points: &[(f64, f64)], color: impl Into<RGBAColor>, width: u32) -> Drawn {
        let points: Vec<(i32, i32)> = points.iter().map(|point| fine(*point)).collect();
        self.area.draw(&PathElement::new(points, stroke(color, width))).map_err(failed)
    }

    /// A filled polygon.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn polygon(&self, points: &[(f64, f64)], color: RGBColor) -> Drawn {
        let points: Vec<(i32, i32)> = points.iter().map(|point| fine(*point)).collect();
        self.area.draw(&Polygon::new(points, filled(color))).map_err(failed)
    }

    /// A filled circle.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn circle(&self, at: (i32, i32), radius: i32, color: RGBColor) -> Drawn {
        self.area.draw(&Circle::new(scaled(at), radius * UNIT, filled(color))).map_err(failed)
    }

    /// A rectangle that tells a text.
    pub fn tip(&mut self, from: (i32, i32), to: (i32, i32), tip: String) {
        let (width, height) = units((to.0 - from.0).max(1), (to.1 - from.1).max(1));
        let (x, y) = scaled(from);
        let shape = format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
        self.marks.push(Mark { shape, tip });
    }

    /// A polygon that tells a text.
    pub fn tip_polygon(&mut self, points: &[(f64, f64)], tip: String) {
        let mut shape = "<polygon points=\"".to_owned();
        for (x, y) in points.iter().map(|point| fine(*point)) {
            let _ = write!(shape, "{x},{y} ");
        }
        self.marks.push(Mark { shape: shape + "\"", tip });
    }
}

/// How a text looks.
pub fn style(size: f64, ink: RGBColor) -> TextStyle<'static> {
    FontDesc::from((FAMILY, size * PLOTTERS_SIZE * f64::from(UNIT))).color(&ink)
}

fn filled(color: impl Into<RGBAColor>) -> ShapeStyle {
    ShapeStyle { color: color.into(), filled: true, stroke_width: 0 }
}

/// A line of so many pixels across.
pub fn stroke(color: impl Into<RGBAColor>, width: u32) -> ShapeStyle {
    let stroke_width = width * UNIT.unsigned_abs();
    ShapeStyle { color: color.into(), filled: false, stroke_width }
}

/// Pixels across and down in units of the drawing.
fn units(across: i32, down: i32) -> (u32, u32) {
    ((across * UNIT).max(0) as u32, (down * UNIT).max(0) as u32)
}

fn scaled((x, y): (i32, i32)) -> (i32, i32) {
    (x * UNIT, y * UNIT)
}

fn fine((x, y): (f64, f64)) -> (i32, i32) {
    ((x * f64::from(UNIT)).round() as i32, (y * f64::from(UNIT)).round() as i32)
}

/// An error of plotters as one of ours.
///
/// # Errors
/// Always that of `result`.
pub fn ours<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, NoChart> {
    result.map_err(failed)
}
