//! Horizontal bars with label, value and share; and the parts of a whole as one strip.

use unicode_width::UnicodeWidthStr;

use super::pen::{Pen, left, right};
use crate::charts::look::Look;
use crate::charts::model::{Axis, Chart, Panel, Series};
use crate::charts::number::{label, share};

/// The narrowest bar that is worth drawing.
const NARROWEST: usize = 8;

/// Columns of a share, with the blanks in front of it.
const SHARE: usize = 9;

/// A bar for each group, one series below the other.
pub fn draw(chart: &Chart, look: &Look) -> String {
    let Axis::Groups(groups) = &chart.axis else { return String::new() };
    let many = chart.panels.iter().map(|panel| panel.series.len()).sum::<usize>() > 1;
    let labels = labels(groups);
    let mut text = String::new();
    for panel in &chart.panels {
        for series in &panel.series {
            if many {
                text.push_str(&Pen(look).bold(&series.name));
                text.push('\n');
            }
            rows(&mut text, &labels, panel, series, look);
        }
    }
    text
}

/// The keys of each group as one text, aligned below each other.
pub fn labels(groups: &[Vec<String>]) -> Vec<String> {
    let columns = groups.iter().map(Vec::len).max().unwrap_or(0);
    // What stands for many groups has one text for all columns, which widens none.
    let width = |column: usize| {
        let cells = groups.iter().filter(|keys| keys.len() == columns);
        cells.filter_map(|keys| keys.get(column)).map(|key| key.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |keys: &Vec<String>| match keys.len() == columns {
        true => keys
            .iter()
            .zip(&widths)
            .map(|(key, width)| left(key, *width))
            .collect::<Vec<_>>()
            .join("  ")
            .trim_end()
            .to_owned(),
        false => keys.join("  "),
    };
    groups.iter().map(line).collect()
}

fn rows(text: &mut String, labels: &[String], panel: &Panel, series: &Series, look: &Look) {
    let pen = Pen(look);
    let values: Vec<String> = series
        .values
        .iter()
        .map(|value| value.map_or(String::new(), |value| label(value, panel.unit)))
        .collect();
    let total = series.total();
    let shared = panel.adds && series.least() >= 0.0 && total > 0.0 && labels.len() > 1;
    let value_width = values.iter().map(|value| value.width()).max().unwrap_or(0);
    let share_width = if shared { SHARE } else { 0 };
    let fixed = 2 + value_width + 2;
    let longest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let room = look.width.saturating_sub(fixed);
    // The share goes first where room is short, then the ends of labels.
    let shared = shared && room >= longest.min(room / 2) + share_width + NARROWEST;
    let room = if shared { room - share_width } else { room };
    let label_width = longest.min(room.saturating_sub(NARROWEST).max(room / 2));
    let bar_width = room.saturating_sub(label_width);
    let most = series.most().max(-series.least());
    for ((name, printed), value) in labels.iter().zip(&values).zip(&series.values) {
        let mut line = String::new();
        if label_width > 0 {
            line.push_str(&left(&pen.cut(name, label_width), label_width));
            line.push_str("  ");
        }
        line.push_str(&right(printed, value_width));
        line.push_str("  ");
        if let (true, Some(value)) = (shared, value) {
            line.push_str(&right(&share(*value, total), share_width - 2));
            line.push_str("  ");
        }
        if let (Some(value), true) = (value, most > 0.0) {
            let bar = pen.bar(value.abs() / most * bar_width as f64);
            line.push_str(&pen.colored(usize::from(*value < 0.0), &bar));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// The shares of a whole: one strip, and below it a line for each part.
pub fn strip(chart: &Chart, look: &Look) -> String {
    let (Axis::Groups(groups), Some(panel)) = (&chart.axis, chart.panels.first()) else {
        return String::new();
    };
    let Some(series) = panel.series.first() else { return String::new() };
    let (pen, labels, total) = (Pen(look), labels(groups), series.total());
    let mut text = String::new();
    let (mut sum, mut drawn) = (0.0, 0);
    for (part, value) in series.values.iter().enumerate() {
        sum += value.unwrap_or(0.0).max(0.0);
        let end = if total > 0.0 { (sum / total * look.width as f64).round() as usize } else { 0 };
        let cells = end.min(look.width).saturating_sub(drawn);
        text.push_str(&pen.colored(part, &pen.fill(part).to_string().repeat(cells)));
        drawn += cells;
    }
    if drawn > 0 {
        text.push('\n');
    }
    let values: Vec<String> =
        series.values.iter().map(|value| label(value.unwrap_or(0.0), panel.unit)).collect();
    let value_width = values.iter().map(|value| value.width()).max().unwrap_or(0);
    let longest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    // A mark, the name, the value, and the share where there is room for it.
    let room = look.width.saturating_sub(5 + value_width);
    let shared = room >= longest.min(4) + SHARE;
    let room = if shared { room - SHARE } else { room };
    let width = longest.min(room.max(1));
    for (part, (name, value)) in labels.iter().zip(&series.values).enumerate() {
        let mark = pen.colored(part, &pen.fill(part).to_string().repeat(2));
        let name = left(&pen.cut(name, width), width);
        let value_text = right(&values[part], value_width);
        text.push_str(&format!("{mark} {name}  {value_text}"));
        if shared {
            text.push_str(&right(&share(value.unwrap_or(0.0), total), SHARE));
        }
        text.push('\n');
    }
    text
}
