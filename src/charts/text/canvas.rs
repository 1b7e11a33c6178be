//! A plot of dots on a grid of cells: braille patterns of 2 by 4 dots, or one ASCII mark a cell.

use super::pen::Pen;

/// The dots of a braille cell, by row and column, as bits of its character.
///
/// Source: Unicode, "Braille Patterns", U+2800 to U+28FF.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// A grid of cells in which dots were set.
pub struct Canvas {
    width: usize,
    height: usize,
    ascii: bool,
    /// The dots of each cell, and the series that set the last of them.
    cells: Vec<(u8, usize)>,
}

impl Canvas {
    /// An empty grid of so many cells.
    pub fn new(width: usize, height: usize, ascii: bool) -> Canvas {
        Canvas { width, height, ascii, cells: vec![(0, 0); width * height] }
    }

    /// Dots from left to right.
    pub fn across(&self) -> usize {
        if self.ascii { self.width } else { self.width * 2 }
    }

    /// Dots from top to bottom.
    pub fn down(&self) -> usize {
        if self.ascii { self.height } else { self.height * 4 }
    }

    /// Sets a dot, counted from the upper left.
    fn set(&mut self, x: usize, y: usize, series: usize) {
        let (column, row) = if self.ascii { (x, y) } else { (x / 2, y / 4) };
        if column >= self.width || row >= self.height {
            return;
        }
        if let Some(cell) = self.cells.get_mut(row * self.width + column) {
            cell.0 |= if self.ascii { 1 } else { DOTS[y % 4][x % 2] };
            cell.1 = series;
        }
    }

    /// A line between two dots, both set.
    pub fn line(&mut self, from: (usize, usize), to: (usize, usize), series: usize) {
        let (dx, dy) = (to.0 as f64 - from.0 as f64, to.1 as f64 - from.1 as f64);
        let steps = dx.abs().max(dy.abs()).max(1.0) as usize;
        for i in 0..=steps {
            let part = i as f64 / steps as f64;
            let (x, y) = (from.0 as f64 + dx * part, from.1 as f64 + dy * part);
            self.set(x.round() as usize, y.round() as usize, series);
        }
    }

    /// The rows of the grid, each without the blanks at its end.
    pub fn rows(&self, pen: Pen<'_>) -> Vec<String> {
        let row = |cells: &[(u8, usize)]| {
            let end = cells.iter().rposition(|cell| cell.0 != 0).map_or(0, |last| last + 1);
            let mut text = String::new();
            let mut run: (Option<usize>, String) = (None, String::new());
            for &(dots, series) in cells.iter().take(end) {
                let owner = (dots != 0).then_some(series);
                let c = match (dots, self.ascii) {
                    (0, _) => ' ',
                    (_, true) => Pen::mark(series),
                    (dots, false) => char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' '),
                };
                if owner != run.0 {
                    text.push_str(&pen.colored(run.0.unwrap_or(0), &run.1));
                    run = (owner, String::new());
                }
                run.1.push(c);
            }
            text.push_str(&pen.colored(run.0.unwrap_or(0), &run.1));
            text
        };
        self.cells.chunks(self.width.max(1)).map(row).collect()
    }
}
