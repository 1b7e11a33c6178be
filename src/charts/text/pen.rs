//! What text charts are drawn with: colours, marks and blocks, in Unicode or in ASCII.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::charts::look::{Look, color};

/// Bars that grow to the right, in eighths of a cell.
const RIGHT: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Columns that grow upwards, in eighths of a cell.
const UP: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const UP_ASCII: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];
/// Fills that are told apart without colours.
const FILLS: [char; 7] = ['█', '▒', '░', '▚', '▓', '▞', '▤'];
const FILLS_ASCII: [char; 7] = ['#', '=', '.', '+', '%', 'o', '~'];
const MARKS_ASCII: [char; 7] = ['*', '+', 'x', 'o', '#', '@', '~'];
/// Shades of a heat map, from little to much.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];
const SHADES_ASCII: [char; 4] = ['.', '+', '*', '#'];

/// Writes characters as a look wants them.
#[derive(Clone, Copy)]
pub struct Pen<'a>(pub &'a Look);

impl Pen<'_> {
    /// A text in the colour of a series.
    pub fn colored(self, series: usize, text: &str) -> String {
        self.rgb(color(series), text)
    }

    /// A text in a colour; the nearest of the 256 that every terminal has.
    pub fn rgb(self, (r, g, b): (u8, u8, u8), text: &str) -> String {
        if !self.0.color || text.trim().is_empty() {
            return text.to_owned();
        }
        let level = |part: u8| match part {
            0..=47 => 0,
            48..=114 => 1,
            part => (u16::from(part) - 35) / 40,
        };
        let code = 16 + 36 * level(r) + 6 * level(g) + level(b);
        format!("\x1b[38;5;{code}m{text}\x1b[0m")
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        if self.0.color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A bar of so many cells; what is more than nothing leaves a trace.
    pub fn bar(self, cells: f64) -> String {
        if self.0.ascii {
            let whole = cells.round().max(f64::from(u8::from(cells > 0.0)));
            return "#".repeat(whole as usize);
        }
        let eighths = (cells * 8.0).round().max(f64::from(u8::from(cells > 0.0))) as usize;
        let mut bar = "█".repeat(eighths / 8);
        if let Some(part) = (eighths % 8).checked_sub(1) {
            bar.push(RIGHT[part]);
        }
        bar
    }

    /// A cell that is filled from below, 1 to 8 eighths.
    pub fn up(self, eighths: usize) -> char {
        let cells = if self.0.ascii { UP_ASCII } else { UP };
        cells[eighths.clamp(1, 8) - 1]
    }

    /// A cell of a stack.
    pub fn fill(self, series: usize) -> char {
        match (self.0.ascii, self.0.color) {
            (true, _) => FILLS_ASCII[series % FILLS_ASCII.len()],
            (false, true) => '█',
            (false, false) => FILLS[series % FILLS.len()],
        }
    }

    /// What marks the points of a series in ASCII.
    pub fn mark(series: usize) -> char {
        MARKS_ASCII[series % MARKS_ASCII.len()]
    }

    /// A shade of a heat map, 0 to 3.
    pub fn shade(self, level: usize) -> char {
        let shades = if self.0.ascii { SHADES_ASCII } else { SHADES };
        shades[level.min(3)]
    }

    /// One of two characters.
    pub fn either(self, unicode: char, ascii: char) -> char {
        if self.0.ascii { ascii } else { unicode }
    }

    /// A text of at most so many columns, its end cut off.
    pub fn cut(self, text: &str, width: usize) -> String {
        // A key may hold anything; what is drawn around it stays ASCII.
        if text.width() <= width {
            return text.to_owned();
        }
        let end = if self.0.ascii { "~" } else { "…" };
        let mut cut = String::new();
        let mut taken = end.width();
        for c in text.chars() {
            taken += c.width().unwrap_or(0);
            if taken > width {
                break;
            }
            cut.push(c);
        }
        cut + end
    }

    /// A text in lines of words, none wider than the look.
    pub fn fold(self, text: &str) -> Vec<String> {
        let width = self.0.width.max(1);
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let word = self.cut(word, width);
            let last = lines.last_mut().expect("there is a first line");
            if last.is_empty() {
                *last = word;
            } else if last.width() + 1 + word.width() <= width {
                last.push(' ');
                last.push_str(&word);
            } else {
                lines.push(word);
            }
        }
        lines
    }

    /// Lines of words, each line at most as wide as the look.
    pub fn wrap(self, words: &[(usize, String)]) -> String {
        let (mut text, mut used) = (String::new(), 0);
        for (width, word) in words {
            if used > 0 && used + 2 + width > self.0.width {
                text.push('\n');
                used = 0;
            }
            if used > 0 {
                text.push_str("  ");
                used += 2;
            }
            text.push_str(word);
            used += width;
        }
        if used > 0 {
            text.push('\n');
        }
        text
    }
}

/// A text with blanks behind it.
pub fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A text with blanks in front of it.
pub fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}
