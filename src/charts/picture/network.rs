//! Who talks to whom: the largest conversations as a graph of circles and lines.

use indexmap::IndexMap;
use plotters::style::Color;

use super::sheet::{self, Align, Head, MARGIN, Picture, SMALL, WIDTH, series_color};
use crate::charts::look::Look;
use crate::charts::model::{Axis, Chart};
use crate::charts::number::{label, share};
use crate::charts::shape::NoChart;
use crate::data::meaning::Unit;

const HEIGHT: i32 = 760;

/// Conversations that can be told apart.
pub const MOST: usize = 40;

/// How strongly everything is pulled to the middle.
const PULL: f64 = 1.6;

/// Steps of the layout.
const STEPS: usize = 400;

/// Both directions between two hosts.
struct Talk {
    ends: (usize, usize),
    value: f64,
}

/// Draws the first aggregate between the first two keys.
///
/// # Errors
/// What the drawing fails with.
pub fn draw(chart: &Chart, look: &Look) -> Result<Picture, NoChart> {
    let groups = match &chart.axis {
        Axis::Groups(groups) => groups.as_slice(),
        Axis::Time { .. } => &[],
    };
    let panel = chart.panels.first();
    let (unit, adds) = panel.map_or((Unit::Plain, true), |panel| (panel.unit, panel.adds));
    let values = panel.and_then(|panel| panel.series.first());
    let name = values.map_or("", |series| series.name.as_str());
    let mut hosts: IndexMap<String, f64> = IndexMap::new();
    let mut talks: IndexMap<(String, String), f64> = IndexMap::new();
    let mut total = 0.0;
    for (place, keys) in groups.iter().enumerate() {
        let value = values.and_then(|series| series.values.get(place).copied().flatten());
        let ([a, b, ..], Some(value)) = (keys.as_slice(), value) else { continue };
        total += value;
        // A conversation has two directions.
        let pair = if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
        let sum = talks.entry(pair).or_insert(0.0);
        *sum = if adds { *sum + value } else { sum.max(value) };
    }
    let all = talks.len();
    let mut largest: Vec<((String, String), f64)> = talks.into_iter().collect();
    largest.sort_by(|a, b| b.1.total_cmp(&a.1));
    largest.truncate(MOST);
    let mut drawn = Vec::new();
    for ((a, b), value) in largest {
        let mut host = |name: String| {
            let entry = hosts.entry(name);
            let at = entry.index();
            *entry.or_insert(0.0) += value;
            at
        };
        drawn.push(Talk { ends: (host(a), host(b)), value });
    }
    let mut notes = chart.notes.clone();
    if all > drawn.len() {
        let sum: f64 = drawn.iter().map(|talk| talk.value).sum();
        let part =
            if adds { format!(", {} of the whole", share(sum, total)) } else { String::new() };
        let all = label(all as f64, Unit::Plain);
        notes.push(format!("the {} largest of {all} conversations by `{name}`{part}", drawn.len()));
    }
    let head = Head {
        title: look.title.clone().unwrap_or_else(|| chart.title.clone()),
        subtitle: "both directions together; the wider a line, the more".to_owned(),
        legend: Vec::new(),
        notes,
    };
    let places = layout(hosts.len(), &drawn);
    sheet::picture(&head, HEIGHT, look, |sheet, top| {
        let theme = sheet.theme;
        let room = (f64::from(WIDTH - 2 * MARGIN - 240), f64::from(HEIGHT - 80));
        let at = |host: usize| {
            let (x, y) = places.get(host).copied().unwrap_or((0.5, 0.5));
            (MARGIN + 120 + (x * room.0) as i32, top + 40 + (y * room.1) as i32)
        };
        let most = drawn.iter().map(|talk| talk.value).fold(0.0, f64::max);
        for talk in drawn.iter().rev() {
            let part = if most > 0.0 { (talk.value / most).max(0.0).sqrt() } else { 0.0 };
            let width = 1 + (part * 9.0).round() as u32;
            let color = series_color(0).mix(0.35 + 0.4 * part);
            let (from, to) = (at(talk.ends.0), at(talk.ends.1));
            let ends = [from, to].map(|(x, y)| (f64::from(x), f64::from(y)));
            sheet.line(&ends, color, width)?;
        }
        let busiest = hosts.values().copied().fold(0.0, f64::max);
        for (host, (name, value)) in hosts.iter().enumerate() {
            let part = if busiest > 0.0 { (value / busiest).max(0.0).sqrt() } else { 0.0 };
            let (radius, (x, y)) = (5 + (part * 13.0) as i32, at(host));
            sheet.circle((x, y), radius + 1, theme.paper)?;
            sheet.circle((x, y), radius, series_color(0))?;
            let name = sheet::cut(name, SMALL, 190);
            let (at, align) = beside(host, radius, &drawn, &at);
            let width = sheet::measure(&name, SMALL);
            let left = match align {
                Align::Left => at.0,
                Align::Middle => at.0 - width / 2,
                Align::Right => at.0 - width,
            };
            // A name stays on the sheet, and can be read where it lies over a line.
            let left = left.min(WIDTH - MARGIN - width).max(MARGIN);
            let corners = ((left - 2, at.1 - 8), (left + width + 2, at.1 + 8));
            sheet.rect(corners.0, corners.1, theme.paper.mix(0.75))?;
            sheet.text((left, at.1), &name, SMALL, theme.ink, Align::Left)?;
        }
        for talk in &drawn {
            let (from, to) = (at(talk.ends.0), at(talk.ends.1));
            let name = |host: usize| hosts.get_index(host).map_or("", |(name, _)| name.as_str());
            let tip = format!(
                "{}, {}\n{}",
                name(talk.ends.0),
                name(talk.ends.1),
                label(talk.value, unit)
            );
            sheet.tip_polygon(&band(from, to), tip);
        }
        for (host, (name, value)) in hosts.iter().enumerate() {
            let (x, y) = at(host);
            let tip = format!("{name}\n{}", label(*value, unit));
            sheet.tip((x - 14, y - 14), (x + 14, y + 14), tip);
        }
        Ok(())
    })
}

/// Where the name of a host stands: on the side away from those it talks to.
fn beside(
    host: usize,
    radius: i32,
    talks: &[Talk],
    at: &dyn Fn(usize) -> (i32, i32),
) -> ((i32, i32), Align) {
    let (x, y) = at(host);
    let (mut dx, mut dy) = (0.0, 0.0);
    for Talk { ends: (a, b), .. } in talks {
        let other = match host {
            host if host == *a => at(*b),
            host if host == *b => at(*a),
            _ => continue,
        };
        let (x, y) = (f64::from(other.0 - x), f64::from(other.1 - y));
        let length = x.hypot(y).max(1.0);
        (dx, dy) = (dx + x / length, dy + y / length);
    }
    match (dx.abs() > dy.abs(), dx > 0.0, dy > 0.0) {
        (true, true, _) => ((x - radius - 5, y), Align::Right),
        (true, false, _) => ((x + radius + 5, y), Align::Left),
        (false, _, true) => ((x, y - radius - 9), Align::Middle),
        (false, _, false) => ((x, y + radius + 9), Align::Middle),
    }
}

/// A band around a line, wide enough to be pointed at.
fn band(from: (i32, i32), to: (i32, i32)) -> [(f64, f64); 4] {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let length = dx.hypot(dy).max(1.0);
    let (x, y) = (dy / length * 5.0, -dx / length * 5.0);
    let [from, to] = [from, to].map(|(x, y)| (f64::from(x), f64::from(y)));
    [(from.0 + x, from.1 + y), (to.0 + x, to.1 + y), (to.0 - x, to.1 - y), (from.0 - x, from.1 - y)]
}

/// Places from 0 to 1: lines pull, all push each other away; the same for the same graph.
///
/// Source: Fruchterman and Reingold, "Graph drawing by force-directed placement" (1991), with a
/// pull to the middle that keeps parts without a line between them together.
fn layout(hosts: usize, talks: &[Talk]) -> Vec<(f64, f64)> {
    // A sunflower: even, and no two at one place.
    let start = |i: usize| {
        let (turn, radius) = (i as f64 * 2.399_963, ((i as f64 + 0.5) / hosts as f64).sqrt() / 2.0);
        (0.5 + turn.cos() * radius, 0.5 + turn.sin() * radius)
    };
    let mut places: Vec<(f64, f64)> = (0..hosts).map(start).collect();
    let ideal = (1.0 / hosts.max(1) as f64).sqrt();
    for step in 0..STEPS {
        let mut pushes = vec![(0.0, 0.0); hosts];
        for a in 0..hosts {
            for b in 0..a {
                let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
                let squared = (dx * dx + dy * dy).max(1e-6);
                let force = ideal * ideal / squared;
                pushes[a] = (pushes[a].0 + dx * force, pushes[a].1 + dy * force);
                pushes[b] = (pushes[b].0 - dx * force, pushes[b].1 - dy * force);
            }
        }
        for Talk { ends: (a, b), .. } in talks {
            let (dx, dy) = (places[*a].0 - places[*b].0, places[*a].1 - places[*b].1);
            let force = dx.hypot(dy) / ideal;
            pushes[*a] = (pushes[*a].0 - dx * force, pushes[*a].1 - dy * force);
            pushes[*b] = (pushes[*b].0 + dx * force, pushes[*b].1 + dy * force);
        }
        let heat = 0.1 * (1.0 - step as f64 / STEPS as f64);
        for (place, (dx, dy)) in places.iter_mut().zip(pushes) {
            let (dx, dy) = (dx + (0.5 - place.0) * PULL, dy + (0.5 - place.1) * PULL);
            let length = dx.hypot(dy).max(1e-9);
            let by = length.min(heat) / length;
            *place = (place.0 + dx * by, place.1 + dy * by);
        }
    }
    spread(places)
}

/// Stretches places over the whole room.
fn spread(places: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let ends = |values: &dyn Fn(&(f64, f64)) -> f64| {
        let all = || places.iter().map(values);
        (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max))
    };
    let (x, y) = (ends(&|place| place.0), ends(&|place| place.1));
    let part = |value: f64, (low, high): (f64, f64)| {
        if high - low > 1e-9 { (value - low) / (high - low) } else { 0.5 }
    };
    places.iter().map(|place| (part(place.0, x), part(place.1, y))).collect()
}
