//! Series over time as text: lines of braille dots and stacked columns, between axes.

use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::pen::{Pen, right};
use crate::charts::look::Look;
use crate::charts::model::{Axis, Chart, Panel, Series};
use crate::charts::number::{short, ticks};
use crate::charts::time_axis;
use crate::data::time::Timestamp;

/// Rows of a plot, and of one of several below each other.
const HEIGHT: usize = 10;
const LOW: usize = 5;

/// The widest column of a bin.
const WIDEST: usize = 12;

/// A line for each series; without colours, one plot below the other.
pub fn lines(chart: &Chart, look: &Look) -> String {
    let Axis::Time { times, .. } = &chart.axis else { return String::new() };
    let many = chart.panels.len() > 1;
    let mut text = String::new();
    for panel in &chart.panels {
        let apart = panel.series.len() > 1 && !look.color && !look.ascii;
        let plots: Vec<&[Series]> = match apart {
            true => panel.series.chunks(1).collect(),
            false => vec![&panel.series],
        };
        let scale = Scale::of(panel, &panel.series, if apart { LOW } else { HEIGHT }, false);
        for series in plots {
            if let ([one], true) = (series, apart || many) {
                text.push_str(&format!("{}\n", Pen(look).bold(&one.name)));
            }
            text.push_str(&line_plot(times, panel, series, &scale, look));
        }
        if panel.series.len() > 1 && !apart {
            text.push_str(&legend(&panel.series, look, true));
        }
    }
    text
}

fn line_plot(
    times: &[Timestamp],
    panel: &Panel,
    series: &[Series],
    scale: &Scale,
    look: &Look,
) -> String {
    let labels = scale.labels(panel);
    let gutter = labels.iter().map(|(_, label)| label.width()).max().unwrap_or(0);
    let width = look.width.saturating_sub(gutter + 2).max(4);
    let mut canvas = Canvas::new(width, scale.height, look.ascii);
    let (first, last) = ends(times);
    let span = (last - first).max(1) as f64;
    let (across, down) = ((canvas.across() - 1) as f64, (canvas.down() - 1) as f64);
    // The first series is drawn last, on top.
    for (number, series) in series.iter().enumerate().rev() {
        let mut before = None;
        for (time, value) in times.iter().zip(&series.values) {
            let Some(value) = value else {
                before = None;
                continue;
            };
            let x = ((time - first) as f64 / span * across).round() as usize;
            let y = (scale.share(*value) * down).round().clamp(0.0, down);
            let dot = (x, (down - y) as usize);
            canvas.line(before.unwrap_or(dot), dot, number);
            before = Some(dot);
        }
    }
    let rows = canvas.rows(Pen(look));
    frame(&rows, &labels, gutter, width, (first, last), width, look)
}

/// A column for each bin, its series stacked; what does not add up is drawn as lines.
pub fn columns(chart: &Chart, look: &Look) -> String {
    let Axis::Time { times, step } = &chart.axis else { return String::new() };
    let mut text = String::new();
    for panel in &chart.panels {
        let below = panel.series.iter().any(|series| series.least() < 0.0);
        let stack = panel.series.len() > 1;
        if below || (stack && !panel.adds) {
            let one = Chart { panels: vec![panel.clone()], notes: Vec::new(), ..chart.clone() };
            text.push_str(&lines(&one, look));
            continue;
        }
        if let ([one], true) = (panel.series.as_slice(), chart.panels.len() > 1) {
            text.push_str(&format!("{}\n", Pen(look).bold(&one.name)));
        }
        text.push_str(&column_plot(times, *step, panel, look));
        if stack {
            text.push_str(&legend(&panel.series, look, false));
        }
    }
    text
}

fn column_plot(times: &[Timestamp], step: Option<i64>, panel: &Panel, look: &Look) -> String {
    let pen = Pen(look);
    // The room for the labels of the axis depends on how many bins share a column.
    let mut gutter = 4;
    let (mut merged, mut scale, mut labels, mut bins);
    loop {
        let width = look.width.saturating_sub(gutter + 2).max(4);
        bins = times.len().div_ceil(width).max(1);
        merged =
            panel.series.iter().map(|series| merge(series, bins, panel.adds)).collect::<Vec<_>>();
        scale = Scale::of(panel, &merged, HEIGHT, panel.series.len() > 1);
        labels = scale.labels(panel);
        let needed = labels.iter().map(|(_, label)| label.width()).max().unwrap_or(0);
        if needed <= gutter {
            break;
        }
        gutter = needed;
    }
    let width = look.width.saturating_sub(gutter + 2).max(4);
    let count = times.len().div_ceil(bins).max(1);
    let cell = (width / count).clamp(1, WIDEST);
    let mut rows = vec![String::new(); scale.height];
    for (row, text) in rows.iter_mut().enumerate() {
        let level = scale.height - 1 - row;
        for column in 0..count {
            let (c, series) = stacked(&merged, column, level, &scale, pen);
            // A gap sets wide columns apart.
            let body = if cell > 2 { cell - 1 } else { cell };
            text.push_str(&pen.colored(series, &c.to_string().repeat(body)));
            text.push_str(&" ".repeat(cell - body));
        }
        let end = text.trim_end().len();
        text.truncate(end);
    }
    let (first, last) = ends(times);
    let end = last.saturating_add(step.unwrap_or(0));
    let mut text = String::new();
    if bins > 1 {
        let each = match step {
            Some(step) => format!(" ({})", time_axis::length(step.saturating_mul(bins as i64))),
            None => String::new(),
        };
        let how = if panel.adds { "together" } else { "as their mean" };
        let note = format!("a column shows {bins} bins{each} {how}");
        pen.fold(&note).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text.push_str(&frame(&rows, &labels, gutter, count * cell, (first, end), width, look));
    text
}

/// What a stack shows in one cell: the series at the middle of the cell, or its rounded top.
fn stacked(
    series: &[Series],
    column: usize,
    level: usize,
    scale: &Scale,
    pen: Pen<'_>,
) -> (char, usize) {
    let cells = |value: f64| scale.share(value) * scale.height as f64;
    let value = |series: &Series| series.values.get(column).copied().flatten().unwrap_or(0.0);
    let total = cells(series.iter().map(value).sum());
    let (bottom, middle) = (level as f64, level as f64 + 0.5);
    if total <= bottom {
        // What is more than nothing leaves a trace.
        let trace = level == 0 && total > 0.0;
        return (if trace { pen.up(1) } else { ' ' }, 0);
    }
    let mut sum = 0.0;
    let mut owner = series.len() - 1;
    for (number, series) in series.iter().enumerate() {
        sum += value(series);
        if cells(sum) >= middle.min(total) {
            owner = number;
            break;
        }
    }
    if series.len() == 1 || pen.0.color {
        let eighths = ((total - bottom) * 8.0).round().clamp(1.0, 8.0) as usize;
        return match (eighths, series.len()) {
            (8, 2..) => (pen.fill(owner), owner),
            (8, _) => (pen.fill(0), 0),
            (eighths, _) => (pen.up(eighths), owner),
        };
    }
    (if total >= middle { pen.fill(owner) } else { ' ' }, owner)
}

/// So many bins as one: their sum where they add up, else their mean.
pub fn merge(series: &Series, bins: usize, adds: bool) -> Series {
    let together = |values: &[Option<f64>]| {
        let present: Vec<f64> = values.iter().flatten().copied().collect();
        let sum: f64 = present.iter().sum();
        match (present.len(), adds) {
            (0, _) => None,
            (_, true) => Some(sum),
            (count, false) => Some(sum / count as f64),
        }
    };
    let values = series.values.chunks(bins.max(1)).map(together).collect();
    Series { name: series.name.clone(), values }
}

/// The scale of the numbers.
struct Scale {
    ticks: Vec<f64>,
    height: usize,
}

impl Scale {
    fn of(panel: &Panel, series: &[Series], height: usize, stack: bool) -> Scale {
        let places = series.first().map_or(0, |series| series.values.len());
        let sum = |place: usize| {
            series.iter().filter_map(|series| series.values.get(place).copied().flatten()).sum()
        };
        let most = match stack {
            true => (0..places).map(sum).fold(0.0, f64::max),
            false => series.iter().map(Series::most).fold(0.0, f64::max),
        };
        let least = series.iter().map(Series::least).fold(0.0, f64::min);
        Scale { ticks: ticks(least, most, height / 2, panel.unit), height }
    }

    fn ends(&self) -> (f64, f64) {
        let first = self.ticks.first().copied().unwrap_or(0.0);
        (first, self.ticks.last().copied().unwrap_or(1.0))
    }

    /// How high a number is, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        let (low, high) = self.ends();
        if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The labels by row; the last row is the axis.
    fn labels(&self, panel: &Panel) -> Vec<(usize, String)> {
        let label = |tick: &f64| {
            let row = self.height - (self.share(*tick) * self.height as f64).round() as usize;
            (row, short(*tick, panel.unit))
        };
        self.ticks.iter().map(label).collect()
    }
}

fn ends(times: &[Timestamp]) -> (Timestamp, Timestamp) {
    (times.first().copied().unwrap_or(0), times.last().copied().unwrap_or(0))
}

/// The plot between its axes: labels to the left, times below.
fn frame(
    rows: &[String],
    labels: &[(usize, String)],
    gutter: usize,
    width: usize,
    (first, last): (Timestamp, Timestamp),
    room: usize,
    look: &Look,
) -> String {
    let pen = Pen(look);
    let label = |row: usize| labels.iter().find(|(at, _)| *at == row).map(|(_, label)| label);
    let mut text = String::new();
    for (row, cells) in rows.iter().enumerate() {
        let (name, axis) = match label(row) {
            Some(name) => (name.as_str(), pen.either('┤', '+')),
            None => ("", pen.either('│', '|')),
        };
        text.push_str(&format!("{} {axis}{cells}", right(name, gutter)));
        let end = text.trim_end().len();
        text.truncate(end);
        text.push('\n');
    }
    let mut axis: Vec<char> = vec![pen.either('─', '-'); width];
    let mut names: Vec<char> = Vec::new();
    let span = last.saturating_sub(first).max(1) as f64;
    // A label takes a dozen columns, with blanks around it.
    for (time, name) in time_axis::ticks(first, last, (width / 13).max(2), look.zone) {
        let at = ((time.saturating_sub(first)) as f64 / span * (width - 1) as f64).round() as usize;
        let begin = (gutter + 2 + at).saturating_sub(name.width() / 2);
        let begin = begin.min((gutter + 2 + room).saturating_sub(name.width()));
        if at >= width || (!names.is_empty() && begin < names.len() + 2) {
            continue;
        }
        axis[at] = pen.either('┬', '+');
        names.resize(begin, ' ');
        names.extend(name.chars());
    }
    let corner =
        if label(rows.len()).is_some() { pen.either('┼', '+') } else { pen.either('└', '+') };
    let zero = label(rows.len()).map_or("", String::as_str);
    let axis: String = axis.into_iter().collect();
    let names: String = names.into_iter().collect();
    text.push_str(&format!("{} {corner}{axis}\n{}\n", right(zero, gutter), names.trim_end()));
    text
}

/// The names of the series beside what they are drawn with.
fn legend(series: &[Series], look: &Look, lines: bool) -> String {
    let pen = Pen(look);
    let words = series.iter().enumerate().map(|(number, series)| {
        let mark = match (look.ascii, lines) {
            (true, true) => Pen::mark(number),
            (false, true) => '━',
            (_, false) => pen.fill(number),
        };
        let mark = mark.to_string().repeat(2);
        let name = pen.cut(&series.name, look.width.saturating_sub(4).max(1));
        (name.width() + 3, format!("{} {name}", pen.colored(number, &mark)))
    });
    pen.wrap(&words.collect::<Vec<_>>())
}
