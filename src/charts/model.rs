//! The reading of a result into what a chart shows: an axis, and series of numbers along it.

use indexmap::IndexMap;

use super::shape::{NoChart, Shape};
use crate::data::meaning::{Role, Unit};
use crate::data::time::Timestamp;
use crate::data::{Number, Table, Value};
use crate::output::line::one_line;

/// Groups that are drawn one by one.
///
/// Source: CloudWatch Logs User Guide, "Visualizing log data in graphs": at most 100 bars.
pub const MOST_GROUPS: usize = 100;

/// Series of one chart that can be told apart.
pub const MOST_SERIES: usize = 7;

/// Bins between the first and the last that are filled where no record fell into them.
const MOST_BINS: i64 = 20_000;

/// What a chart shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The names of the columns it shows, `bytes by srcAddr`.
    pub title: String,
    /// What lies along the axis.
    pub axis: Axis,
    /// Series in groups that share a scale, as they share a unit.
    pub panels: Vec<Panel>,
    /// What was left out or put together, for people.
    pub notes: Vec<String>,
}

/// What lies along the axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// Bins of time, in order.
    Time {
        /// Where each begins.
        times: Vec<Timestamp>,
        /// How long they are, where that is the same for all.
        step: Option<i64>,
    },
    /// Groups, in the order of the result: the values of their keys.
    Groups(Vec<Vec<String>>),
}

/// Series that share a scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The unit of all numbers.
    pub unit: Unit,
    /// Whether values add up, so that shares and stacks mean something.
    pub adds: bool,
    /// The series, all as long as the axis.
    pub series: Vec<Series>,
}

/// One number for each place of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is called in a legend.
    pub name: String,
    /// The numbers; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// The sum of its numbers.
    pub fn total(&self) -> f64 {
        self.values.iter().flatten().sum()
    }

    /// The largest number, 0 where there is none.
    pub fn most(&self) -> f64 {
        self.values.iter().flatten().copied().fold(0.0, f64::max)
    }

    /// The smallest number, 0 where none is below.
    pub fn least(&self) -> f64 {
        self.values.iter().flatten().copied().fold(0.0, f64::min)
    }
}

impl Chart {
    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        let some = |series: &Series| series.values.iter().any(Option::is_some);
        !self.panels.iter().flat_map(|panel| &panel.series).any(some)
    }

    /// Keeps the first series only, for charts that show one, and says so.
    pub fn keep_first(&mut self) {
        let count: usize = self.panels.iter().map(|panel| panel.series.len()).sum();
        self.panels.truncate(1);
        self.panels.iter_mut().for_each(|panel| panel.series.truncate(1));
        let kept = self.panels.first().and_then(|panel| panel.series.first());
        if let (Some(series), true) = (kept, count > 1) {
            self.notes.push(format!("of {count} aggregates `{}` is drawn", series.name));
        }
    }

    /// Reads a result along its bin of time: a series for each aggregate, or, where there are
    /// other keys, for each of their values, of which the `most` largest are kept.
    ///
    /// # Errors
    /// No aggregate is a number.
    pub fn over_time(table: &Table, shape: &Shape, most: usize) -> Result<Chart, NoChart> {
        let mut notes = Vec::new();
        let values = numbers(table, shape, &mut notes)?;
        let time = shape.time.unwrap_or_default();
        let times: Vec<Option<Timestamp>> = (0..table.len)
            .map(|row| match table.value(row, time) {
                Value::Time(time) => Some(time),
                _ => None,
            })
            .collect();
        let timeless = times.iter().filter(|time| time.is_none()).count();
        if timeless > 0 {
            notes.push(format!("{timeless} without a time are left out"));
        }
        let step = match table.meaning(time).role {
            Role::Bin(Some(period)) => period.milliseconds(),
            _ => None,
        };
        let axis = fill(times.iter().flatten().copied().collect(), step);
        let places: IndexMap<Timestamp, usize> =
            axis.iter().enumerate().map(|(place, time)| (*time, place)).collect();
        let rows = || times.iter().enumerate().filter_map(|(row, time)| Some((row, (*time)?)));
        let title = title(table, shape, &values);
        let mut panels: Vec<Panel> = Vec::new();
        if shape.keys.is_empty() {
            for &column in &values {
                let mut series =
                    Series { name: name(table, column), values: vec![None; axis.len()] };
                for (row, time) in rows() {
                    set(&mut series.values, places.get(&time), number(table, row, column));
                }
                join(&mut panels, table, column, series);
            }
        } else if let Some(&column) = values.first() {
            if values.len() > 1 {
                notes.push(format!(
                    "of {} aggregates `{}` is drawn, for each {}",
                    values.len(),
                    name(table, column),
                    names(table, &shape.keys)
                ));
            }
            let mut found: IndexMap<String, Vec<Option<f64>>> = IndexMap::new();
            for (row, time) in rows() {
                let key = keys(table, row, &shape.keys).join(", ");
                let values = found.entry(key).or_insert_with(|| vec![None; axis.len()]);
                set(values, places.get(&time), number(table, row, column));
            }
            found.retain(|_, values| values.iter().any(Option::is_some));
            let series = found.into_iter().map(|(name, values)| Series { name, values }).collect();
            let mut panel = panel(table, column, series);
            keep_largest(&mut panel, most, &mut notes);
            panels.push(panel);
        }
        // A bin into which no record fell counted none.
        for panel in panels.iter_mut().filter(|panel| panel.adds && step.is_some()) {
            let all = panel.series.iter_mut().flat_map(|series| series.values.iter_mut());
            all.for_each(|value| *value = Some(value.unwrap_or(0.0)));
        }
        Ok(Chart { title, axis: Axis::Time { times: axis, step }, panels, notes })
    }

    /// Reads a result as groups, in its order: a series for each aggregate. Of more than `most`
    /// groups the largest by the first aggregate are kept, and the others added up where they can
    /// be.
    ///
    /// # Errors
    /// No aggregate is a number.
    pub fn of_groups(table: &Table, shape: &Shape, most: usize) -> Result<Chart, NoChart> {
        let mut notes = Vec::new();
        let values = numbers(table, shape, &mut notes)?;
        let title = title(table, shape, &values);
        let mut key_columns = shape.keys.clone();
        key_columns.extend(shape.time);
        key_columns.sort_unstable();
        let rank = |row: usize| values.first().and_then(|&column| number(table, row, column));
        let adds = |column: usize| table.meaning(column).role == Role::Aggregate { adds: true };
        let all_add = values.iter().all(|column| adds(*column));
        let mut kept: Vec<usize> = (0..table.len).collect();
        let mut others = Vec::new();
        if table.len > most {
            kept.sort_by(|a, b| {
                rank(*b).unwrap_or(f64::MIN).total_cmp(&rank(*a).unwrap_or(f64::MIN))
            });
            others = kept.split_off(if all_add { most.saturating_sub(1) } else { most });
            kept.sort_unstable();
            let first = values.first().map_or(String::new(), |&column| name(table, column));
            notes.push(format!(
                "of {} groups the {} largest by `{first}` are drawn one by one{}",
                label_count(table.len),
                kept.len(),
                if all_add { ", the others together" } else { ", the others not" }
            ));
        }
        // A top ten is not the whole.
        let shares =
            table.meanings.iter().any(|meaning| meaning.role == Role::Aggregate { adds: true });
        if shares && table.found > table.len as u64 && table.len > 1 {
            notes.push(format!(
                "shares are of these {} groups; before the limit there are {}",
                label_count(table.len),
                super::number::label(table.found as f64, Unit::Plain)
            ));
        }
        let mut groups: Vec<Vec<String>> =
            kept.iter().map(|row| keys(table, *row, &key_columns)).collect();
        if all_add && !others.is_empty() {
            groups.push(vec![format!("other ({})", label_count(others.len()))]);
        }
        let mut panels: Vec<Panel> = Vec::new();
        for &column in &values {
            let mut numbers: Vec<Option<f64>> =
                kept.iter().map(|row| number(table, *row, column)).collect();
            if all_add && !others.is_empty() {
                numbers
                    .push(Some(others.iter().filter_map(|row| number(table, *row, column)).sum()));
            }
            let series = Series { name: name(table, column), values: numbers };
            join(&mut panels, table, column, series);
        }
        Ok(Chart { title, axis: Axis::Groups(groups), panels, notes })
    }
}

/// The count of something with commas.
fn label_count(count: usize) -> String {
    super::number::label(count as f64, Unit::Plain)
}

/// The aggregates that are numbers.
fn numbers(table: &Table, shape: &Shape, notes: &mut Vec<String>) -> Result<Vec<usize>, NoChart> {
    let is_number = |column: &&usize| {
        table.len == 0 || (0..table.len).any(|row| number(table, row, **column).is_some())
    };
    let (values, texts): (Vec<usize>, Vec<usize>) =
        shape.values.iter().partition(|column| is_number(column));
    if values.is_empty() {
        return Err(NoChart::new(
            format!("no column of numbers can be drawn: {} holds none", names(table, &texts)),
            "add an aggregate that counts or measures, such as `count(*)`",
        ));
    }
    if !texts.is_empty() {
        notes.push(format!("{} holds no numbers and is not drawn", names(table, &texts)));
    }
    Ok(values)
}

/// A cell as a number; a time is none.
fn number(table: &Table, row: usize, column: usize) -> Option<f64> {
    match table.value(row, column) {
        Value::Time(_) => None,
        value => value.number().map(Number::to_f64),
    }
}

fn set(values: &mut [Option<f64>], place: Option<&usize>, number: Option<f64>) {
    if let Some(value) = place.and_then(|place| values.get_mut(*place)) {
        // Two groups of one name and time, as the missing value and an empty text are.
        *value = match (*value, number) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
    }
}

fn name(table: &Table, column: usize) -> String {
    table.names.get(column).map(|name| one_line(name).into_owned()).unwrap_or_default()
}

fn names(table: &Table, columns: &[usize]) -> String {
    columns.iter().map(|column| name(table, *column)).collect::<Vec<_>>().join(", ")
}

fn keys(table: &Table, row: usize, columns: &[usize]) -> Vec<String> {
    let text = |column: &usize| match table.cell(row, *column) {
        Some(text) if text.is_empty() => "(empty)".to_owned(),
        Some(text) => one_line(&text).into_owned(),
        None => "(missing)".to_owned(),
    };
    columns.iter().map(text).collect()
}

/// `bytes, flows by srcAddr`.
fn title(table: &Table, shape: &Shape, values: &[usize]) -> String {
    let drawn = if shape.time.is_some() && !shape.keys.is_empty() { &values[..1] } else { values };
    let mut columns: Vec<usize> = shape.keys.iter().copied().chain(shape.time).collect();
    columns.sort_unstable();
    match columns.is_empty() {
        true => names(table, drawn),
        false => format!("{} by {}", names(table, drawn), names(table, &columns)),
    }
}

fn panel(table: &Table, column: usize, series: Vec<Series>) -> Panel {
    let meaning = table.meaning(column);
    Panel { unit: meaning.unit, adds: meaning.role == Role::Aggregate { adds: true }, series }
}

/// Adds a series to the panel of its unit.
fn join(panels: &mut Vec<Panel>, table: &Table, column: usize, series: Series) {
    let new = panel(table, column, vec![series]);
    match panels.iter_mut().find(|panel| panel.unit == new.unit && panel.adds == new.adds) {
        Some(panel) => panel.series.extend(new.series),
        None => panels.push(new),
    }
}

/// The distinct times in order, and those between them where the step is known.
fn fill(mut times: Vec<Timestamp>, step: Option<i64>) -> Vec<Timestamp> {
    times.sort_unstable();
    times.dedup();
    let (Some(step), Some(&first), Some(&last)) = (step, times.first(), times.last()) else {
        return times;
    };
    let bins = last.saturating_sub(first) / step.max(1);
    let aligned = times.iter().all(|time| (time - first) % step.max(1) == 0);
    if bins >= MOST_BINS || !aligned {
        return times;
    }
    (0..=bins).map(|i| first + i * step).collect()
}

/// Keeps the largest series, and adds the others up where they can be.
fn keep_largest(panel: &mut Panel, most: usize, notes: &mut Vec<String>) {
    let count = panel.series.len();
    if count <= most {
        return;
    }
    panel.series.sort_by(|a, b| b.total().total_cmp(&a.total()));
    let others = panel.series.split_off(if panel.adds { most.saturating_sub(1) } else { most });
    let kept = panel.series.len();
    let all = label_count(count);
    if !panel.adds {
        notes.push(format!("of {all} series the {kept} largest are drawn, the others not"));
        return;
    }
    notes.push(format!("of {all} series the {kept} largest are drawn, the others together"));
    let len = panel.series.first().map_or(0, |series| series.values.len());
    let mut sum: Vec<Option<f64>> = vec![None; len];
    for series in &others {
        for (place, value) in series.values.iter().enumerate() {
            set(&mut sum, Some(&place), *value);
        }
    }
    let name = format!("other ({})", label_count(others.len()));
    panel.series.push(Series { name, values: sum });
}
