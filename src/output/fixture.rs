//! A small result with every kind of cell, and a format's text for it; tests only.

use std::sync::Arc;

use serde_json::json;

use super::format::{Format, Style};
use crate::data::column::Column;
use crate::data::meaning::{Meaning, Role};
use crate::data::{Statistics, Table, Value};

/// A result of some columns, given as name and values.
pub(super) fn table_of(columns: Vec<(&str, Vec<Value>)>) -> Table {
    Table {
        len: columns.first().map_or(0, |(_, values)| values.len()),
        names: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        columns: columns
            .into_iter()
            .map(|(_, values)| Arc::new(Column::from_values(values)))
            .collect(),
        ..Table::default()
    }
}

/// Four records with a time, a whole number, a float, texts that need quoting, and a list.
pub(super) fn table() -> Table {
    let time = Value::Time(1_572_433_263_000);
    let list = Value::Json(Arc::new(json!([80, 443])));
    let mut table = table_of(vec![
        ("bin(5m)", vec![time.clone(), time.clone(), time, Value::Missing]),
        ("bytes", vec![Value::Integer(1234), Value::Missing, Value::Integer(-5), Value::Missing]),
        ("avg", vec![Value::Float(2.5), Value::Float(3.0), Value::Missing, Value::Missing]),
        (
            "note",
            vec![
                Value::text("a|b, \"c\"\nd"),
                Value::text(""),
                Value::text("東京 é\tx\\"),
                Value::Missing,
            ],
        ),
        ("ports", vec![list, Value::Missing, Value::text("-"), Value::Missing]),
    ]);
    let adds = |adds| Role::Aggregate { adds };
    let roles = [Role::Bin(None), adds(true), adds(false), Role::Picked, Role::Picked];
    table.meanings = roles.map(|role| Meaning { role, ..Meaning::default() }).to_vec();
    table
}

/// What a format writes for a result.
pub(super) fn render(format: &Format, table: &Table, width: Option<usize>) -> String {
    let statistics = Statistics {
        records_matched: 3,
        records_scanned: 254_533,
        bytes_scanned: 71_185_346,
        ..Statistics::default()
    };
    let mut out = Vec::new();
    let style = Style { width, ..Style::default() };
    format.write(table, &statistics, &style, &mut out).expect("a vector takes every byte");
    String::from_utf8(out).expect("formats write UTF-8")
}
