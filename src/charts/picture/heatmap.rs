//! A grid of coloured cells with its scale.

use plotters::style::RGBColor;

use super::sheet::{self, Align, Head, LABEL, MARGIN, Picture, SMALL, WIDTH, cut, measure};
use crate::charts::grid::Grid;
use crate::charts::look::{Look, scale};
use crate::charts::number::{label, short};
use crate::charts::shape::NoChart;

const ROW: i32 = 24;
const SCALE: i32 = 44;

/// Draws a grid under a title.
///
/// # Errors
/// What the drawing fails with.
pub fn draw(
    grid: &Grid,
    title: String,
    subtitle: String,
    notes: Vec<String>,
    look: &Look,
) -> Result<Picture, NoChart> {
    let names: Vec<String> = grid.rows.iter().map(|row| cut(row, LABEL, 300)).collect();
    let left = MARGIN + names.iter().map(|name| measure(name, LABEL)).max().unwrap_or(0) + 12;
    let count = grid.columns.len().max(1) as i32;
    let cell = ((WIDTH - MARGIN - left) / count).clamp(8, 80);
    let widest = grid.columns.iter().map(|name| measure(name, SMALL)).max().unwrap_or(0);
    // Where names do not fit side by side they stand in several lines.
    let lines = ((widest + 8) / cell + 1).min(8);
    let height = grid.rows.len() as i32 * ROW + lines * 18 + 10 + SCALE;
    let head = Head { title, subtitle, legend: Vec::new(), notes };
    let most = grid.most();
    sheet::picture(&head, height, look, |sheet, top| {
        let theme = sheet.theme;
        let rgb = |share: f64| {
            let (r, g, b) = scale(share);
            RGBColor(r, g, b)
        };
        for (row, (name, cells)) in names.iter().zip(&grid.cells).enumerate() {
            let y = top + row as i32 * ROW;
            sheet.text((left - 12, y + ROW / 2), name, LABEL, theme.ink, Align::Right)?;
            for (column, value) in cells.iter().enumerate() {
                let x = left + column as i32 * cell;
                let (from, to) = ((x + 1, y + 1), (x + cell - 1, y + ROW - 1));
                let color = match value {
                    Some(value) if *value > 0.0 && most > 0.0 => rgb(value / most),
                    _ => theme.grid,
                };
                sheet.rect(from, to, color)?;
                let text = value.map_or("nothing".to_owned(), |value| label(value, grid.unit));
                let (row, column) = (grid.rows.get(row), grid.columns.get(column));
                let place = [row, column].map(|name| name.map_or("", String::as_str)).join(", ");
                sheet.tip((x, y), (x + cell, y + ROW), format!("{place}\n{text}"));
            }
        }
        let below = top + grid.rows.len() as i32 * ROW + 12;
        for (column, name) in grid.columns.iter().enumerate() {
            let x = left + column as i32 * cell + cell / 2;
            let line = column as i32 % lines;
            // A name at the edge stays on the sheet.
            let half = measure(name, SMALL) / 2;
            let x = x.min(WIDTH - 4 - half).max(4 + half);
            sheet.text((x, below + line * 18), name, SMALL, theme.muted, Align::Middle)?;
        }
        let y = below + lines * 18 + 8;
        let steps = 60;
        for step in 0..steps {
            let x = left + step * 4;
            let part = f64::from(step) / f64::from(steps - 1);
            sheet.rect((x, y), (x + 4, y + 12), rgb(part))?;
        }
        sheet.text(
            (left + steps * 4 + 10, y + 6),
            &short(most, grid.unit),
            SMALL,
            theme.muted,
            Align::Left,
        )?;
        sheet.text((left - 10, y + 6), "0", SMALL, theme.muted, Align::Right)
    })
}
