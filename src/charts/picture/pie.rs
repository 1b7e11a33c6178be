//! The parts of a whole as a ring, with names, values and shares beside it.

use std::f64::consts::TAU;

use super::sheet::{self, Align, Head, LABEL, MARGIN, Picture, WIDTH, cut, measure, series_color};
use crate::charts::look::Look;
use crate::charts::model::{Axis, Chart};
use crate::charts::number::{label, share};
use crate::charts::shape::NoChart;

const HEIGHT: i32 = 340;
/// The widest name.
const NAME: i32 = 330;
const OUTER: f64 = 150.0;
const INNER: f64 = 82.0;

/// Draws the first series.
///
/// # Errors
/// What the drawing fails with.
pub fn draw(chart: &Chart, look: &Look) -> Result<Picture, NoChart> {
    let (Axis::Groups(groups), Some(panel)) = (&chart.axis, chart.panels.first()) else {
        return Err(NoChart::new("there are no groups in this result", "group it by a field"));
    };
    let values: Vec<f64> = match panel.series.first() {
        Some(series) => series.values.iter().map(|value| value.unwrap_or(0.0).max(0.0)).collect(),
        None => Vec::new(),
    };
    let total: f64 = values.iter().sum();
    let head = Head {
        title: look.title.clone().unwrap_or_else(|| chart.title.clone()),
        subtitle: String::new(),
        legend: Vec::new(),
        notes: chart.notes.clone(),
    };
    let name_width = |keys: &Vec<String>| measure(&keys.join(" · "), LABEL).min(NAME);
    let names = groups.iter().map(name_width).max().unwrap_or(0);
    sheet::picture(&head, HEIGHT, look, |sheet, top| {
        let theme = sheet.theme;
        let center = (MARGIN + OUTER as i32 + 20, top + HEIGHT / 2);
        let point = |turn: f64, radius: f64| {
            // From the top, clockwise.
            let angle = turn * TAU - TAU / 4.0;
            let (x, y) = (angle.cos() * radius, angle.sin() * radius);
            (f64::from(center.0) + x, f64::from(center.1) + y)
        };
        let mut sum = 0.0;
        for (part, value) in values.iter().enumerate() {
            let (from, to) = (sum, sum + if total > 0.0 { value / total } else { 0.0 });
            sum = to;
            let steps = (((to - from) * 180.0).ceil() as usize).max(1);
            let turn = |i: usize| from + (to - from) * i as f64 / steps as f64;
            let mut ring: Vec<(f64, f64)> = (0..=steps).map(|i| point(turn(i), OUTER)).collect();
            ring.extend((0..=steps).rev().map(|i| point(turn(i), INNER)));
            let name = groups.get(part).map_or(String::new(), |keys| keys.join(" · "));
            let text = format!("{} · {}", label(*value, panel.unit), share(*value, total));
            if to > from {
                sheet.polygon(&ring, series_color(part))?;
                // Neighbours are set apart.
                sheet.line(&[point(from, INNER), point(from, OUTER)], theme.paper, 1)?;
                sheet.tip_polygon(&ring, format!("{name}\n{text}"));
            }
            let (x, y) = (center.0 + OUTER as i32 + 60, top + 40 + part as i32 * 34);
            sheet.rect((x, y - 8), (x + 16, y + 8), series_color(part))?;
            let name = cut(&name, LABEL, NAME);
            sheet.text((x + 26, y), &name, LABEL, theme.ink, Align::Left)?;
            let (value, share) = (label(*value, panel.unit), share(*value, total));
            let right = (x + names + 140).min(WIDTH - MARGIN - 80);
            sheet.text((right, y), &value, LABEL, theme.ink, Align::Right)?;
            sheet.text((right + 80, y), &share, LABEL, theme.muted, Align::Right)?;
        }
        let whole = label(total, panel.unit);
        sheet.text(center, &whole, LABEL, theme.ink, Align::Middle)
    })
}
