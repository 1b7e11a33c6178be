//! Lines and stacked areas over time, one plot below the other where units differ.

use std::ops::Range;

use plotters::chart::ChartBuilder;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::LabelAreaPosition;
use plotters::style::{Color, TRANSPARENT};

use super::sheet::{
    self, Drawn, Head, MARGIN, Picture, SMALL, Sheet, UNIT, WIDTH, ours, series_color,
};
use crate::charts::look::Look;
use crate::charts::model::{Axis, Chart, Panel, Series};
use crate::charts::number::{label, short, ticks};
use crate::charts::shape::NoChart;
use crate::charts::time_axis;
use crate::data::time::Timestamp;

/// Pixels of one plot, its axis and its name.
const PLOT: i32 = 340;

/// Hover values along one axis.
const MOST_TIPS: usize = 500;

/// Draws lines, or stacked areas of what adds up.
///
/// # Errors
/// What the drawing fails with.
pub fn draw(chart: &Chart, stacked: bool, look: &Look) -> Result<Picture, NoChart> {
    let Axis::Time { times, step } = &chart.axis else {
        return Err(NoChart::new("there is no time in this result", "group it by `bin(5m)`"));
    };
    let names = |panel: &Panel| panel.series.iter().map(|series| series.name.clone()).collect();
    let one = chart.panels.len() == 1;
    let legend = match chart.panels.first() {
        Some(panel) if one && panel.series.len() > 1 => names(panel),
        _ => Vec::new(),
    };
    let zone = times.first().map_or(String::new(), |first| time_axis::zone_name(*first, look.zone));
    let each =
        step.map_or(String::new(), |step| format!(", a value every {}", time_axis::length(step)));
    let head = Head {
        title: look.title.clone().unwrap_or_else(|| chart.title.clone()),
        subtitle: format!("times in {zone}{each}"),
        legend,
        notes: chart.notes.clone(),
    };
    let panels: Vec<(&Panel, bool)> =
        chart.panels.iter().map(|panel| (panel, stacked && panel.adds)).collect();
    sheet::picture(&head, PLOT * panels.len().max(1) as i32, look, |sheet, top| {
        for (i, (panel, stacked)) in panels.iter().enumerate() {
            let top = top + i as i32 * PLOT;
            let caption = match (one, panel.series.as_slice()) {
                (true, _) => String::new(),
                (_, series) => {
                    let names: Vec<&str> =
                        series.iter().map(|series| series.name.as_str()).collect();
                    names.join(", ")
                }
            };
            plot(sheet, top, &caption, times, *step, panel, *stacked, look)?;
        }
        Ok(())
    })
}

#[allow(clippy::too_many_arguments)]
fn plot(
    sheet: &mut Sheet<'_>,
    top: i32,
    caption: &str,
    times: &[Timestamp],
    step: Option<i64>,
    panel: &Panel,
    stacked: bool,
    look: &Look,
) -> Drawn {
    let series = if stacked { stack(&panel.series) } else { panel.series.clone() };
    let most = series.iter().map(Series::most).fold(0.0, f64::max);
    let least = series.iter().map(Series::least).fold(0.0, f64::min);
    let levels = ticks(least, most, 6, panel.unit);
    let (low, high) =
        (levels.first().copied().unwrap_or(0.0), levels.last().copied().unwrap_or(1.0));
    let (first, last) = (times.first().copied().unwrap_or(0), times.last().copied().unwrap_or(0));
    let last = last.max(first.saturating_add(1));
    let moments = time_axis::ticks(first, last, 9, look.zone);
    let names: Vec<i32> =
        levels.iter().map(|level| sheet::measure(&short(*level, panel.unit), SMALL)).collect();
    let gutter = names.into_iter().max().unwrap_or(0) + 16;
    let theme = sheet.theme;
    if !caption.is_empty() {
        sheet.text((MARGIN, top + 10), caption, SMALL, theme.ink, sheet::Align::Left)?;
    }
    let name = if caption.is_empty() { 0 } else { 18 };
    let size = (WIDTH - 2 * MARGIN - 16, PLOT - 12 - name);
    let area = sheet.part((MARGIN, top + name), size);
    let x = Marked {
        range: first as f64..last as f64,
        ticks: moments.iter().map(|(time, _)| *time as f64).collect(),
    };
    let y = Marked { range: low..high, ticks: levels.clone() };
    let mut chart = ours(
        ChartBuilder::on(&area)
            .margin(6 * UNIT)
            .set_label_area_size(LabelAreaPosition::Left, gutter * UNIT)
            .set_label_area_size(LabelAreaPosition::Bottom, 28 * UNIT)
            .build_cartesian_2d(x, y),
    )?;
    let moment = |x: &f64| {
        let found = moments.iter().find(|(time, _)| *time as f64 == *x);
        found.map_or(String::new(), |(_, label)| label.clone())
    };
    ours(
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(sheet::stroke(theme.grid, 1))
            .light_line_style(TRANSPARENT)
            .axis_style(sheet::stroke(theme.grid, 1))
            .set_all_tick_mark_size(5 * UNIT)
            .label_style(sheet::style(SMALL, theme.muted))
            .x_label_formatter(&moment)
            .y_label_formatter(&|y| short(*y, panel.unit))
            .draw(),
    )?;
    // The first series lies on top of the others, or at the bottom of the stack.
    for (number, one) in series.iter().enumerate().rev() {
        let color = series_color(number);
        for run in runs(times, &one.values) {
            if stacked || (series.len() == 1 && least >= 0.0) {
                let mut points = run.clone();
                points.extend(run.last().map(|(x, _)| (*x, 0.0)));
                points.extend(run.first().map(|(x, _)| (*x, 0.0)));
                let fill = if stacked { color.mix(1.0) } else { color.mix(0.15) };
                ours(chart.draw_series([Polygon::new(points, fill.filled())]))?;
            }
            if stacked {
                continue;
            }
            if let [point] = run.as_slice() {
                ours(chart.draw_series([Circle::new(*point, 3 * UNIT, color.filled())]))?;
            }
            ours(chart.draw_series([PathElement::new(run, sheet::stroke(color, 2))]))?;
        }
    }
    let bottom = chart.backend_coord(&(first as f64, low)).1 / UNIT;
    let above = chart.backend_coord(&(first as f64, high)).1 / UNIT;
    let every = times.len().div_ceil(MOST_TIPS).max(1);
    let places: Vec<(usize, i32)> = times
        .iter()
        .enumerate()
        .step_by(every)
        .map(|(place, time)| (place, chart.backend_coord(&(*time as f64, low)).0 / UNIT))
        .collect();
    drop(chart);
    for (i, (place, x)) in places.iter().enumerate() {
        let half =
            |other: Option<&(usize, i32)>| other.map_or(4, |(_, other)| (x - other).abs() / 2);
        let before = half(i.checked_sub(1).and_then(|i| places.get(i)));
        let behind = half(places.get(i + 1));
        let time = times.get(*place).copied().unwrap_or(first);
        let mut tip = time_axis::moment(time, step, look.zone);
        for one in &panel.series {
            if let Some(value) = one.values.get(*place).copied().flatten() {
                tip.push_str(&format!("\n{}: {}", one.name, label(value, panel.unit)));
            }
        }
        sheet.tip((x - before, above), (x + behind.max(1), bottom), tip);
    }
    Ok(())
}

/// An axis with its ticks where we want them.
struct Marked {
    range: Range<f64>,
    ticks: Vec<f64>,
}

impl From<Range<f64>> for Marked {
    fn from(range: Range<f64>) -> Marked {
        Marked { range, ticks: Vec::new() }
    }
}

impl Ranged for Marked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (value - self.range.start) / (self.range.end - self.range.start);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// The points of a series, cut where numbers are missing.
fn runs(times: &[Timestamp], values: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (time, value) in times.iter().zip(values) {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((*time as f64, *value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Each series on top of those in front of it.
fn stack(series: &[Series]) -> Vec<Series> {
    let mut below: Vec<f64> = Vec::new();
    let mut stacked = Vec::new();
    for one in series {
        below.resize(one.values.len(), 0.0);
        for (sum, value) in below.iter_mut().zip(&one.values) {
            *sum += value.unwrap_or(0.0);
        }
        let values = below.iter().map(|sum| Some(*sum)).collect();
        stacked.push(Series { name: one.name.clone(), values });
    }
    stacked
}
