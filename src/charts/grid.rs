//! The reading of a result into a grid of cells: hours by days, or one key by another.

use indexmap::IndexMap;

use super::model::{Axis, Chart};
use super::shape::NoChart;
use super::time_axis;
use crate::data::meaning::Unit;
use crate::data::zone::Zone;

/// Rows and columns of a grid of two keys.
const MOST_ROWS: usize = 40;
const MOST_COLUMNS: usize = 24;

/// Milliseconds of the longest bin that falls into one hour.
pub const HOUR: i64 = 3_600_000;

/// Numbers by row and column.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The labels of the rows.
    pub rows: Vec<String>,
    /// The labels of the columns.
    pub columns: Vec<String>,
    /// The cells, row by row; `None` where there is no number.
    pub cells: Vec<Vec<Option<f64>>>,
    /// The unit of the numbers.
    pub unit: Unit,
    /// What was left out.
    pub notes: Vec<String>,
}

impl Grid {
    /// The largest number.
    pub fn most(&self) -> f64 {
        self.cells.iter().flatten().flatten().copied().fold(0.0, f64::max)
    }

    /// Hours of the day by days: sums where the numbers add up, else means.
    ///
    /// # Errors
    /// There is no time.
    pub fn of_hours(chart: &Chart, zone: Zone) -> Result<Grid, NoChart> {
        let Axis::Time { times, .. } = &chart.axis else {
            return Err(NoChart::new("there is no time in this result", "group it by `bin(1h)`"));
        };
        let mut days: IndexMap<String, Vec<Vec<f64>>> = IndexMap::new();
        let (unit, adds) =
            chart.panels.first().map_or((Unit::Plain, true), |panel| (panel.unit, panel.adds));
        let mut notes = Vec::new();
        let series = chart.panels.first().map_or(&[][..], |panel| &panel.series);
        if chart.panels.len() > 1 {
            let name = series.first().map_or("", |series| series.name.as_str());
            notes.push(format!("only `{name}` is drawn"));
        }
        for (place, time) in times.iter().enumerate() {
            let (day, hour) = time_axis::day_and_hour(*time, zone);
            let hours = days.entry(day).or_insert_with(|| vec![Vec::new(); 24]);
            let numbers = series.iter().filter_map(|s| s.values.get(place).copied().flatten());
            if let Some(cell) = hours.get_mut(hour) {
                cell.extend(numbers);
            }
        }
        let cell = |numbers: &Vec<f64>| {
            let sum: f64 = numbers.iter().sum();
            let whole = if adds { 1.0 } else { numbers.len() as f64 };
            (!numbers.is_empty()).then(|| sum / whole)
        };
        let cells = days.values().map(|hours| hours.iter().map(cell).collect()).collect();
        let columns = (0..24).map(|hour| format!("{hour:02}")).collect();
        Ok(Grid { rows: days.into_keys().collect(), columns, cells, unit, notes })
    }

    /// The first key by the second; the largest rows and columns.
    pub fn of_keys(chart: &Chart) -> Grid {
        let groups = match &chart.axis {
            Axis::Groups(groups) => groups.as_slice(),
            Axis::Time { .. } => &[],
        };
        let panel = chart.panels.first();
        let numbers = panel.and_then(|panel| panel.series.first());
        let mut sums: IndexMap<(String, String), f64> = IndexMap::new();
        let (mut rows, mut columns) = (IndexMap::new(), IndexMap::new());
        for (place, keys) in groups.iter().enumerate() {
            let number = numbers.and_then(|series| series.values.get(place).copied().flatten());
            let (Some((row, rest)), Some(number)) = (keys.split_first(), number) else { continue };
            if rest.is_empty() {
                continue;
            }
            let column = rest.join(", ");
            *rows.entry(row.clone()).or_insert(0.0) += number;
            *columns.entry(column.clone()).or_insert(0.0) += number;
            *sums.entry((row.clone(), column)).or_insert(0.0) += number;
        }
        let mut notes = Vec::new();
        let rows = largest(rows, MOST_ROWS, "rows", &mut notes);
        let columns = largest(columns, MOST_COLUMNS, "columns", &mut notes);
        let cell =
            |row: &String, column: &String| sums.get(&(row.clone(), column.clone())).copied();
        let cells = rows
            .iter()
            .map(|row| columns.iter().map(|column| cell(row, column)).collect())
            .collect();
        let unit = panel.map_or(Unit::Plain, |panel| panel.unit);
        Grid { rows, columns, cells, unit, notes }
    }
}

fn largest(
    sums: IndexMap<String, f64>,
    most: usize,
    what: &str,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut sums: Vec<(String, f64)> = sums.into_iter().collect();
    if sums.len() > most {
        notes.push(format!("of {} {what} the {most} largest are drawn", sums.len()));
    }
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    sums.into_iter().take(most).map(|(name, _)| name).collect()
}
