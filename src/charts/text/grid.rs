//! A grid of shaded cells: hours by days, or one key by another.

use unicode_width::UnicodeWidthStr;

use super::pen::{Pen, left};
use crate::charts::grid::Grid;
use crate::charts::look::{Look, scale};
use crate::charts::number::short;

/// The widest column.
const WIDEST: usize = 16;

/// Shades between nothing and the largest number.
const LEVELS: usize = 4;

/// Draws the grid, with what its shades mean below.
pub fn draw(grid: &Grid, look: &Look) -> String {
    let (pen, most) = (Pen(look), grid.most());
    let longest = grid.rows.iter().map(|row| row.width()).max().unwrap_or(0);
    let row_width = longest.min(look.width / 3).max(1);
    let room = look.width.saturating_sub(row_width + 1).max(1);
    let widest = grid.columns.iter().map(|column| column.width()).max().unwrap_or(1);
    let hours = grid.columns.len() == 24 && widest == 2;
    // Two characters are about as wide as they are high; hours may do with one.
    let cell = match hours {
        true if room < 48 => 1,
        true => (room / 24).clamp(2, 4),
        // Long names are cut, so that more columns fit.
        false => (widest + 1).clamp(2, WIDEST.min(room).max(2)),
    };
    let count = grid.columns.len().min(room / cell).max(1);
    let mut names = " ".repeat(row_width + 1);
    for (at, name) in grid.columns.iter().take(count).enumerate() {
        // Of hours every third is told.
        if !hours {
            names.push_str(&left(&pen.cut(name, cell - 1), cell));
        } else if at % 3 == 0 && at * cell + name.width() <= count * cell {
            names.push_str(&left(name, cell.max(name.width())));
        } else {
            let used = names.width() - row_width - 1;
            names.push_str(&" ".repeat(((at + 1) * cell).saturating_sub(used)));
        }
    }
    let mut text = format!("{}\n", names.trim_end());
    for (row, cells) in grid.rows.iter().zip(&grid.cells) {
        let mut line = format!("{} ", left(&pen.cut(row, row_width), row_width));
        for value in cells.iter().take(count) {
            let body = if hours { cell } else { cell - 1 };
            let shade = match (value, level(*value, most)) {
                (Some(_), Some(level)) => {
                    let text = pen.shade(level).to_string().repeat(body);
                    let share = value.unwrap_or(0.0) / most;
                    if look.color { pen.rgb(scale(share), &"█".repeat(body)) } else { text }
                }
                _ => left(&pen.either('·', '-').to_string(), body),
            };
            line.push_str(&shade);
            line.push_str(&" ".repeat(cell - body));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if count < grid.columns.len() {
        let note = format!("{} more columns do not fit", grid.columns.len() - count);
        pen.fold(&note).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    if most <= 0.0 {
        return text;
    }
    let legend = (0..LEVELS).map(|level| {
        let end = most * (level + 1) as f64 / LEVELS as f64;
        let shade = match look.color {
            true => pen.rgb(scale((level as f64 + 0.5) / LEVELS as f64), "██"),
            false => pen.shade(level).to_string().repeat(2),
        };
        let end = short(end, grid.unit);
        (end.width() + 6, format!("{shade} to {end}"))
    });
    text + &pen.wrap(&legend.collect::<Vec<_>>())
}

/// The shade of a number, 0 to 3; `None` of nothing.
fn level(value: Option<f64>, most: f64) -> Option<usize> {
    let value = value.filter(|value| *value > 0.0 && most > 0.0)?;
    Some(((value / most * LEVELS as f64).ceil() as usize).clamp(1, LEVELS) - 1)
}
