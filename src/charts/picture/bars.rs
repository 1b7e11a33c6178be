//! Horizontal bars: a row for each group, with its value and share.

use super::sheet::{
    self, Align, Head, LABEL, MARGIN, Picture, SMALL, WIDTH, cut, measure, series_color,
};
use crate::charts::look::Look;
use crate::charts::model::{Axis, Chart, Panel};
use crate::charts::number::{label, share};
use crate::charts::shape::NoChart;

/// Pixels of a bar, between groups, and of the name of a panel.
const BAR: i32 = 20;
const GAP: i32 = 6;
const CAPTION: i32 = 26;

/// The widest label.
const WIDEST: i32 = 340;

/// Draws the bars of all groups.
///
/// # Errors
/// What the drawing fails with.
pub fn draw(chart: &Chart, look: &Look) -> Result<Picture, NoChart> {
    let Axis::Groups(groups) = &chart.axis else {
        return Err(NoChart::new("there are no groups in this result", "group it by a field"));
    };
    let one = chart.panels.len() == 1;
    let legend = match chart.panels.first() {
        Some(panel) if one && panel.series.len() > 1 => {
            panel.series.iter().map(|series| series.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let head = Head {
        title: look.title.clone().unwrap_or_else(|| chart.title.clone()),
        subtitle: String::new(),
        legend,
        notes: chart.notes.clone(),
    };
    let names: Vec<String> =
        groups.iter().map(|keys| cut(&keys.join(" · "), LABEL, WIDEST)).collect();
    let rows = groups.len() as i32;
    let height = |panel: &Panel| {
        let bars = panel.series.len() as i32;
        rows * (bars * BAR + GAP) + if one { 0 } else { CAPTION }
    };
    let all = chart.panels.iter().map(height).sum::<i32>();
    let label_width = names.iter().map(|name| measure(name, LABEL)).max().unwrap_or(0);
    sheet::picture(&head, all + 8, look, |sheet, top| {
        let theme = sheet.theme;
        let mut y = top;
        for panel in &chart.panels {
            if !one {
                let names: Vec<&str> =
                    panel.series.iter().map(|series| series.name.as_str()).collect();
                let caption = names.join(", ");
                sheet.text((MARGIN, y + 10), &caption, LABEL, theme.muted, Align::Left)?;
                y += CAPTION;
            }
            let largest = |most: f64, number: f64| most.max(number.abs());
            let numbers = || panel.series.iter().flat_map(|series| series.values.iter().flatten());
            let most = numbers().copied().fold(0.0, largest);
            let text = |number: f64, total: f64, adds: bool| match adds && total > 0.0 && rows > 1 {
                true => format!("{} · {}", label(number, panel.unit), share(number, total)),
                false => label(number, panel.unit),
            };
            let texts = panel.series.iter().flat_map(|series| {
                let (total, adds) = (series.total(), panel.adds && series.least() >= 0.0);
                series.values.iter().flatten().map(move |number| text(*number, total, adds))
            });
            let value_width = texts.map(|text| measure(&text, SMALL)).max().unwrap_or(0);
            let left = MARGIN + label_width + if label_width > 0 { 12 } else { 0 };
            let room = (WIDTH - MARGIN - left - value_width - 10).max(40);
            for (row, name) in names.iter().enumerate() {
                let middle = y + panel.series.len() as i32 * BAR / 2;
                sheet.text((left - 12, middle), name, LABEL, theme.ink, Align::Right)?;
                for (number, series) in panel.series.iter().enumerate() {
                    let (from, to) =
                        (y + number as i32 * BAR + 1, y + (number as i32 + 1) * BAR - 1);
                    if let Some(value) = series.values.get(row).copied().flatten() {
                        let part = if most > 0.0 { value.abs() / most } else { 0.0 };
                        // What is more than nothing leaves a trace.
                        let least = i32::from(part > 0.0);
                        let right = left + ((part * f64::from(room)).round() as i32).max(least);
                        sheet.rect((left, from), (right, to), series_color(number))?;
                        let adds = panel.adds && series.least() >= 0.0;
                        let text = text(value, series.total(), adds);
                        let at = (right + 8, (from + to) / 2);
                        sheet.text(at, &text, SMALL, theme.muted, Align::Left)?;
                        let whole = groups.get(row).map_or(String::new(), |keys| keys.join(" · "));
                        let tip = format!("{whole}\n{}: {text}", series.name);
                        sheet.tip((MARGIN, from), (WIDTH - MARGIN, to), tip.trim().to_owned());
                    }
                }
                y += panel.series.len() as i32 * BAR + GAP;
            }
        }
        Ok(())
    })
}
