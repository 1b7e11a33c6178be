//! Every kind of chart, of results of every size: what is drawn fits, and nothing panics.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::*;
use crate::data::column::Column;
use crate::data::meaning::{Role, Unit};
use crate::data::period::{Period, Unit as PeriodUnit};
use crate::data::{Meaning, Value};

/// 2024-05-01T00:00:00Z
const MAY: i64 = 1_714_521_600_000;

fn table(columns: Vec<(&str, Meaning, Vec<Value>)>) -> Table {
    let mut table = Table::default();
    for (name, meaning, values) in columns {
        table.len = values.len();
        table.names.push(name.to_owned());
        table.meanings.push(meaning);
        table.columns.push(Arc::new(Column::from_values(values)));
    }
    table
}

fn role(role: Role) -> Meaning {
    Meaning { role, ..Meaning::default() }
}

/// Two keys, a sum of bytes, a count and a mean, for so many groups; some cells are missing.
fn groups(count: i64) -> Table {
    let numbers = || 0..count;
    let bytes = Meaning { unit: Unit::Bytes, ..role(Role::Aggregate { adds: true }) };
    table(vec![
        (
            "srcAddr",
            role(Role::Key),
            numbers().map(|i| Value::text(format!("10.0.{}.{}", i / 200, i % 200))).collect(),
        ),
        (
            "dst",
            role(Role::Key),
            numbers()
                .map(|i| {
                    if i % 7 == 3 {
                        Value::Missing
                    } else {
                        Value::text(format!("東京-{}\u{1b}", i % 30))
                    }
                })
                .collect(),
        ),
        (
            "sum(bytes)",
            bytes,
            numbers()
                .map(|i| if i % 11 == 5 { Value::Missing } else { Value::Integer(i * i * 977) })
                .collect(),
        ),
        ("n", role(Role::Aggregate { adds: true }), numbers().map(Value::Integer).collect()),
        (
            "mean",
            role(Role::Aggregate { adds: false }),
            numbers().map(|i| Value::Float(i as f64 / 3.0 - 2.0)).collect(),
        ),
    ])
}

/// Bins of five minutes, each with so many series.
fn bins(count: i64, series: i64) -> Table {
    let rows = || (0..count).flat_map(move |bin| (0..series).map(move |s| (bin, s)));
    let period = Period { count: 5, unit: PeriodUnit::find("m").expect("a unit") };
    let time = |(bin, _): (i64, i64)| Value::Time(MAY + bin * 300_000);
    table(vec![
        ("bin(5m)", role(Role::Bin(Some(period))), rows().map(time).collect()),
        ("action", role(Role::Key), rows().map(|(_, s)| Value::text(format!("key {s}"))).collect()),
        (
            "n",
            role(Role::Aggregate { adds: true }),
            rows().map(|(bin, s)| Value::Integer((bin * 7 + s * 13) % 50)).collect(),
        ),
    ])
}

fn all() -> Vec<(&'static str, Table)> {
    vec![
        ("no groups", groups(0)),
        ("one group", groups(1)),
        ("20 groups", groups(20)),
        ("5,000 groups", groups(5000)),
        ("no bins", bins(0, 1)),
        ("one bin", bins(1, 1)),
        ("300 bins", bins(300, 3)),
        ("2,000 bins, 40 series", bins(2000, 40)),
    ]
}

#[test]
fn text_charts_fit_every_width_and_ascii_is_ascii() {
    for (name, table) in all() {
        for kind in KINDS {
            for width in [20, 33, 60, 200] {
                for ascii in [false, true] {
                    let look = Look { width, ascii, ..Look::default() };
                    let Ok(text) = text(&table, kind, &look) else { continue };
                    assert!(text.ends_with('\n'), "{name}, {}", kind.name);
                    for line in text.lines() {
                        let place = format!("{name}, {}, {width}:\n{text}", kind.name);
                        assert!(line.width() <= width, "{place}");
                        assert_eq!(line.trim_end(), line, "{place}");
                        let drawn = line.replace(['東', '京'], "");
                        assert!(!ascii || drawn.is_ascii(), "{place}");
                        assert!(!line.contains('\u{1b}'), "{place}");
                    }
                }
            }
        }
    }
}

#[test]
fn colours_are_written_where_they_are_wanted_only() {
    let look = Look { color: true, ..Look::default() };
    for kind in ["line", "area", "heatmap", "sparkline"] {
        let kind = find(kind).expect("a kind");
        assert!(text(&bins(30, 3), kind, &look).is_ok_and(|text| text.contains("\x1b[38;5;")));
    }
}

#[test]
fn what_is_put_together_still_adds_up() {
    let (table, shape) = (groups(5000), Shape::of(&groups(0).meanings).expect("aggregates"));
    let shape = Shape { values: shape.values[..2].to_vec(), ..shape };
    let chart = model::Chart::of_groups(&table, &shape, 100).expect("numbers");
    let model::Axis::Groups(groups) = &chart.axis else { panic!("groups") };
    assert_eq!(groups.len(), 100);
    assert_eq!(groups.last().map(|keys| keys.concat()).as_deref(), Some("other (4,901)"));
    let total: f64 = (0..5000).map(f64::from).sum();
    let counts = chart.panels.iter().find(|panel| panel.unit == Unit::Plain);
    assert_eq!(
        counts.and_then(|panel| panel.series.first()).map(model::Series::total),
        Some(total)
    );
}

#[test]
fn bins_without_records_are_zeros_where_groups_add_up() {
    let mut table = bins(10, 1);
    for (column, values) in table.columns.iter_mut().zip([[0, 3, 4]; 3]) {
        *column = Arc::new(column.take(&values));
    }
    table.len = 3;
    let shape = Shape::of(&table.meanings).expect("an aggregate");
    let chart = model::Chart::over_time(&table, &shape, 7).expect("numbers");
    let values = &chart.panels[0].series[0].values;
    assert_eq!(values, &[Some(0.0), Some(0.0), Some(0.0), Some(21.0), Some(28.0)]);
}

#[cfg(feature = "pictures")]
#[test]
fn pictures_are_documents_of_every_kind() {
    for (name, table) in all() {
        for kind in KINDS.iter().filter(|kind| kind.picture.is_some()) {
            if check(&table.meanings, kind).is_err() {
                continue;
            }
            let place = format!("{name}, {}", kind.name);
            for dark in [false, true] {
                let look = Look { dark, ..Look::default() };
                let svg = file(&table, kind, &look, Medium::Svg).expect(&place);
                // Texts with control characters and marks of markup are still a document.
                resvg::usvg::Tree::from_data(&svg, &resvg::usvg::Options::default()).expect(&place);
            }
            let html = file(&table, kind, &Look::default(), Medium::Html).expect(&place);
            let html = String::from_utf8(html).expect("UTF-8");
            assert!(html.contains("var(--ink)") && !html.contains("http://localhost"), "{place}");
            assert!(!html.contains("src=") && !html.contains("@import"), "{place}");
        }
    }
}

#[cfg(feature = "pictures")]
#[test]
fn a_png_has_letters() {
    let kind = find("bar").expect("a kind");
    let png = |table: &Table| file(table, kind, &Look::default(), Medium::Png).expect("a picture");
    let (one, other) = (png(&groups(2)), png(&groups(2)));
    assert!(one.starts_with(b"\x89PNG"));
    assert_eq!(one, other, "the same result is the same picture");
    // The title alone makes a difference.
    let look = Look { title: Some("Another title".to_owned()), ..Look::default() };
    let titled = file(&groups(2), kind, &look, Medium::Png).expect("a picture");
    assert_ne!(one, titled);
}
