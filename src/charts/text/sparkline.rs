//! A small column chart on one line for each series, beside its name and its largest bin.

use unicode_width::UnicodeWidthStr;

use super::pen::{Pen, left, right};
use super::series::merge;
use crate::charts::look::Look;
use crate::charts::model::{Axis, Chart};
use crate::charts::number::label;
use crate::charts::time_axis;

/// Draws a line for each series, each on its own scale.
pub fn draw(chart: &Chart, look: &Look) -> String {
    let Axis::Time { times, step } = &chart.axis else { return String::new() };
    let (pen, mut text) = (Pen(look), String::new());
    let all = || chart.panels.iter().flat_map(|panel| panel.series.iter().map(move |s| (panel, s)));
    let longest = all().map(|(_, series)| series.name.width()).max().unwrap_or(0);
    let name_width = longest.min(look.width / 3).max("name".len());
    let peaks: Vec<String> = all().map(|(panel, s)| label(s.most(), panel.unit)).collect();
    let peak_width = peaks.iter().map(|peak| peak.width()).max().unwrap_or(0).max("peak".len());
    let room = look.width.saturating_sub(name_width + peak_width + 4).max(1);
    let bins = times.len().div_ceil(room).max(1);
    let (first, last) = (times.first().copied(), times.last().copied());
    let ends = [first, last]
        .map(|time| time.map_or(String::new(), |time| time_axis::moment(time, *step, look.zone)));
    let count = times.len().div_ceil(bins);
    let [begin, end] = ends;
    let heading = match count >= begin.width() + end.width() + 2 {
        true => format!("{begin}{}", right(&end, count - begin.width())),
        false => pen.cut(&format!("{begin} to {end}"), room),
    };
    let (name, peak) = (left("", name_width), right("peak", peak_width));
    text.push_str(&format!("{name}  {peak}  {heading}\n"));
    for ((panel, series), peak) in all().zip(&peaks) {
        let merged = merge(series, bins, panel.adds);
        let most = merged.most();
        let cell = |value: &Option<f64>| match value {
            Some(value) if *value > 0.0 && most > 0.0 => {
                pen.up((value / most * 8.0).ceil() as usize)
            }
            _ => ' ',
        };
        let cells: String = merged.values.iter().map(cell).collect();
        let name = left(&pen.cut(&series.name, name_width), name_width);
        let line =
            format!("{name}  {}  {}", right(peak, peak_width), pen.colored(0, cells.trim_end()));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
