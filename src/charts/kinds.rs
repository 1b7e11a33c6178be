//! The kinds of charts: one row each, with what it needs and how it is drawn.

use std::fmt;

use super::grid::{self, Grid};
use super::look::Look;
use super::model::{Axis, Chart, MOST_GROUPS, MOST_SERIES};
#[cfg(feature = "pictures")]
use super::picture::{self, Picture};
use super::shape::{NoChart, Shape};
use super::text::pen::Pen;
use super::text::{self, bars, series, sparkline};
use super::time_axis;
use crate::data::Table;
use crate::registry::{self, Named};

/// Draws a result as text.
pub type Text = fn(&Table, &Shape, &Look) -> Result<String, NoChart>;

/// Draws a result as a picture.
#[cfg(feature = "pictures")]
pub type Draw = fn(&Table, &Shape, &Look) -> Result<Picture, NoChart>;

/// A kind of chart.
pub struct Kind {
    /// As `--chart` takes it.
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    /// One sentence for help.
    pub summary: &'static str,
    /// Whether it can be drawn of such columns.
    pub fits: fn(&Shape) -> Result<(), NoChart>,
    /// Draws it as text; `None` where it is a picture only.
    pub text: Option<Text>,
    /// Draws it as a picture; `None` where it is for the terminal only.
    #[cfg(feature = "pictures")]
    pub picture: Option<Draw>,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Named for Kind {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}

/// All kinds; the first chooses one of the others.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "auto",
        aliases: &[],
        summary: "A line chart of a result over time, else a bar chart.",
        fits: |_| Ok(()),
        text: Some(|table, shape, look| match shape.time {
            Some(_) => line(table, shape, look),
            None => bar(table, shape, look),
        }),
        #[cfg(feature = "pictures")]
        picture: Some(|table, shape, look| match shape.time {
            Some(_) => over_time(table, shape, false, look),
            None => groups(table, shape, look.groups, picture::bars::draw, look),
        }),
    },
    Kind {
        name: "line",
        aliases: &["lines"],
        summary: "A line for each aggregate, or for each value of another key, over bins of time.",
        fits: |shape| shape.need_time("line"),
        text: Some(line),
        #[cfg(feature = "pictures")]
        picture: Some(|table, shape, look| over_time(table, shape, false, look)),
    },
    Kind {
        name: "area",
        aliases: &["stacked", "column", "columns"],
        summary: "Stacked columns over bins of time.",
        fits: |shape| shape.need_time("area"),
        text: Some(|table, shape, look| {
            let chart = Chart::over_time(table, shape, MOST_SERIES)?;
            Ok(whole(&chart, series::columns, look))
        }),
        #[cfg(feature = "pictures")]
        picture: Some(|table, shape, look| over_time(table, shape, true, look)),
    },
    Kind {
        name: "bar",
        aliases: &["bars"],
        summary: "A bar for each group with its value and share; 100 at most.",
        fits: |_| Ok(()),
        text: Some(bar),
        #[cfg(feature = "pictures")]
        picture: Some(|table, shape, look| {
            groups(table, shape, look.groups, picture::bars::draw, look)
        }),
    },
    Kind {
        name: "pie",
        aliases: &[],
        summary: "The shares of the largest groups in the whole.",
        fits: parts,
        text: Some(|table, shape, look| {
            let mut chart = Chart::of_groups(table, shape, MOST_SERIES)?;
            chart.keep_first();
            Ok(whole(&chart, bars::strip, look))
        }),
        #[cfg(feature = "pictures")]
        picture: Some(|table, shape, look| {
            groups(table, shape, MOST_SERIES, picture::pie::draw, look)
        }),
    },
    Kind {
        name: "heatmap",
        aliases: &["heat"],
        summary: "Shaded cells: hours by days, or one key by another.",
        fits: |shape| match (shape.time, shape.keys.len()) {
            (None, 2..) => Ok(()),
            (Some(_), _) if shape.bin.is_some_and(|bin| bin <= grid::HOUR) => Ok(()),
            (Some(_), _) => Err(NoChart::new(
                "a heat map of hours needs bins of an hour or less",
                "group by `bin(1h)`",
            )),
            _ => Err(NoChart::new(
                "a heat map needs a bin of time or two keys behind `by`",
                "write `by bin(1h)`, or `by srcAddr, dstPort`",
            )),
        },
        text: Some(|table, shape, look| {
            let (chart, cells) = cells(table, shape, look)?;
            let heading = heading(&chart, look);
            let mut drawn = heading + &text::grid::draw(&cells, look);
            notes(&mut drawn, chart.notes.iter().chain(&cells.notes), look);
            Ok(drawn)
        }),
        #[cfg(feature = "pictures")]
        picture: Some(|table, shape, look| {
            let (chart, grid) = cells(table, shape, look)?;
            let zone = match &chart.axis {
                Axis::Time { times, .. } => times.first().copied(),
                Axis::Groups(_) => None,
            };
            let zone =
                zone.map(|time| format!("hours in {}", time_axis::zone_name(time, look.zone)));
            let title = look.title.clone().unwrap_or_else(|| chart.title.clone());
            let notes = chart.notes.into_iter().chain(grid.notes.iter().cloned()).collect();
            picture::heatmap::draw(&grid, title, zone.unwrap_or_default(), notes, look)
        }),
    },
    Kind {
        name: "sparkline",
        aliases: &["spark", "sparklines"],
        summary: "A small chart on one line for each series over bins of time; in the terminal only.",
        fits: |shape| shape.need_time("sparkline"),
        text: Some(|table, shape, look| {
            let chart = Chart::over_time(table, shape, MOST_GROUPS)?;
            Ok(whole(&chart, sparkline::draw, look))
        }),
        #[cfg(feature = "pictures")]
        picture: None,
    },
    Kind {
        name: "network",
        aliases: &["graph"],
        summary: "Who talks to whom: the largest conversations as a graph; in files only.",
        fits: |shape| match shape.keys.len() {
            2.. => Ok(()),
            _ => Err(NoChart::new(
                "a network needs two keys behind `by`: who talks to whom",
                "write `stats sum(bytes) as bytes by srcAddr, dstAddr`",
            )),
        },
        text: None,
        #[cfg(feature = "pictures")]
        picture: Some(|table, shape, look| {
            groups(table, shape, usize::MAX, picture::network::draw, look)
        }),
    },
];

/// The kind of a name, in any case.
pub fn find(name: &str) -> Option<&'static Kind> {
    registry::find(KINDS, name)
}

fn parts(shape: &Shape) -> Result<(), NoChart> {
    match shape.keys.is_empty() && shape.time.is_none() {
        true => Err(NoChart::new(
            "a pie shows the parts of a whole, and this query has no groups",
            "group it, as in `stats sum(bytes) by action`",
        )),
        false => Ok(()),
    }
}

fn line(table: &Table, shape: &Shape, look: &Look) -> Result<String, NoChart> {
    let chart = Chart::over_time(table, shape, MOST_SERIES)?;
    Ok(whole(&chart, series::lines, look))
}

fn bar(table: &Table, shape: &Shape, look: &Look) -> Result<String, NoChart> {
    let chart = Chart::of_groups(table, shape, look.groups)?;
    Ok(whole(&chart, bars::draw, look))
}

#[cfg(feature = "pictures")]
fn over_time(table: &Table, shape: &Shape, stacked: bool, look: &Look) -> Result<Picture, NoChart> {
    let chart = Chart::over_time(table, shape, MOST_SERIES)?;
    match chart.is_empty() {
        true => picture::sheet::empty(&chart, look),
        false => picture::series::draw(&chart, stacked, look),
    }
}

#[cfg(feature = "pictures")]
fn groups(
    table: &Table,
    shape: &Shape,
    most: usize,
    draw: fn(&Chart, &Look) -> Result<Picture, NoChart>,
    look: &Look,
) -> Result<Picture, NoChart> {
    let chart = Chart::of_groups(table, shape, most)?;
    match chart.is_empty() {
        true => picture::sheet::empty(&chart, look),
        false => draw(&chart, look),
    }
}

/// The cells of a heat map, and the chart they come from.
///
/// # Errors
/// No aggregate is a number.
pub fn cells(table: &Table, shape: &Shape, look: &Look) -> Result<(Chart, Grid), NoChart> {
    if shape.time.is_some() {
        let chart = Chart::over_time(table, shape, usize::MAX)?;
        let grid = Grid::of_hours(&chart, look.zone)?;
        return Ok((chart, grid));
    }
    let chart = Chart::of_groups(table, shape, usize::MAX)?;
    let grid = Grid::of_keys(&chart);
    Ok((chart, grid))
}

/// The chart below its title and above its notes.
fn whole(chart: &Chart, draw: fn(&Chart, &Look) -> String, look: &Look) -> String {
    let mut text = heading(chart, look);
    match chart.is_empty() {
        true => notes(
            &mut text,
            [&"(nothing to draw: the result has no numbers)".to_owned()].into_iter(),
            look,
        ),
        false => text.push_str(&draw(chart, look)),
    }
    notes(&mut text, chart.notes.iter(), look);
    text
}

fn heading(chart: &Chart, look: &Look) -> String {
    let pen = Pen(look);
    let mut title = look.title.clone().unwrap_or_else(|| chart.title.clone());
    if let Axis::Time { times, .. } = &chart.axis
        && let Some(first) = times.first()
    {
        title = format!("{title}, {}", time_axis::zone_name(*first, look.zone));
    }
    let lines: Vec<String> = pen.fold(&title).iter().map(|line| pen.bold(line) + "\n").collect();
    lines.concat()
}

fn notes<'a>(text: &mut String, notes: impl Iterator<Item = &'a String>, look: &Look) {
    for note in notes {
        for line in Pen(look).fold(note) {
            text.push_str(&line);
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_every_name() {
        for kind in KINDS {
            for name in kind.aliases.iter().chain([&kind.name]) {
                assert_eq!(find(name).map(|found| found.name), Some(kind.name));
            }
            assert!(kind.summary.ends_with('.'), "{}", kind.name);
        }
    }
}
