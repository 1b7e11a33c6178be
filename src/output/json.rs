//! `json` and `ndjson`: records as objects, for jq and programs.

use std::io::{self, BufWriter, Write};

use super::format::{Format, Parts, Writer};
use crate::data::number::print_float;
use crate::data::{Table, Value};

/// One array of objects, a record a line.
pub const JSON: Format = Format {
    name: "json",
    aliases: &[],
    extensions: &["json"],
    summary: "An array of objects; numbers, truths, lists and maps keep their type, missing keys are left out.",
    text: true,
    draws: false,
    writer: Writer::Endless(|_| Box::new(Array { records: 0 })),
};

/// One object a line.
pub const NDJSON: Format = Format {
    name: "ndjson",
    aliases: &["jsonl", "jsonlines"],
    extensions: &["ndjson", "jsonl"],
    summary: "One JSON object a line; values as in json.",
    text: true,
    draws: false,
    writer: Writer::Endless(|_| Box::new(Lines)),
};

/// An array of so many records so far.
struct Array {
    records: usize,
}

impl Parts for Array {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        let keys = keys_of(table)?;
        for row in 0..table.len {
            out.write_all(if self.records == 0 { b"[\n  " } else { b",\n  " })?;
            write_record(table, &keys, row, &mut out)?;
            self.records += 1;
        }
        out.flush()
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.records == 0 { b"[]\n" } else { b"\n]\n" })?;
        out.flush()
    }
}

/// Objects, one a line.
struct Lines;

impl Parts for Lines {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        let keys = keys_of(table)?;
        for row in 0..table.len {
            write_record(table, &keys, row, &mut out)?;
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
}

/// The column names, each as a JSON string with its colon.
fn keys_of(table: &Table) -> io::Result<Vec<String>> {
    let key = |name: &String| Ok(format!("{}:", serde_json::to_string(name)?));
    table.names.iter().map(key).collect()
}

fn write_record(
    table: &Table,
    keys: &[String],
    row: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut separator: &[u8] = b"{";
    for (key, column) in keys.iter().zip(&table.columns) {
        let value = column.value(row);
        if !value.is_missing() {
            out.write_all(separator)?;
            out.write_all(key.as_bytes())?;
            write_value(&value, out)?;
            separator = b",";
        }
    }
    out.write_all(if separator == b"{" { b"{}" } else { b"}" })
}

/// Writes a value with its JSON type; times and periods are strings.
fn write_value(value: &Value, out: &mut impl Write) -> io::Result<()> {
    match value {
        Value::Missing => out.write_all(b"null"),
        Value::Boolean(truth) => write!(out, "{truth}"),
        Value::Integer(whole) => write!(out, "{whole}"),
        // The same digits as in every other format, and without an exponent.
        Value::Float(float) => out.write_all(print_float(*float).as_bytes()),
        Value::Json(json) => Ok(serde_json::to_writer(out, json.as_ref())?),
        Value::Text(_) | Value::Time(_) | Value::Period(_) => {
            Ok(serde_json::to_writer(out, value.print().unwrap_or_default().as_ref())?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fixture::{render, table, table_of};

    const RECORDS: [&str; 4] = [
        r#"{"bin(5m)":"2019-10-30 11:01:03.000","bytes":1234,"avg":2.5,"note":"a|b, \"c\"\nd","ports":[80,443]}"#,
        r#"{"bin(5m)":"2019-10-30 11:01:03.000","avg":3,"note":""}"#,
        r#"{"bin(5m)":"2019-10-30 11:01:03.000","bytes":-5,"note":"東京 é\tx\\","ports":"-"}"#,
        "{}",
    ];

    #[test]
    fn records_are_objects() {
        let text = render(&JSON, &table(), Some(20));
        assert_eq!(text, format!("[\n  {}\n]\n", RECORDS.join(",\n  ")));
        let parsed: serde_json::Value = serde_json::from_str(&text).expect("a document");
        assert_eq!(parsed[0]["note"], "a|b, \"c\"\nd");
        assert_eq!(render(&NDJSON, &table(), None), RECORDS.join("\n") + "\n");
    }

    #[test]
    fn no_records_are_an_empty_array_and_no_lines() {
        let empty = table_of(vec![("a", Vec::new())]);
        assert_eq!(render(&JSON, &empty, None), "[]\n");
        assert_eq!(render(&NDJSON, &empty, None), "");
    }

    #[test]
    fn truths_and_odd_names_are_json_too() {
        let table = table_of(vec![("a\"b", vec![Value::Boolean(true), Value::Float(1e21)])]);
        let expected = "{\"a\\\"b\":true}\n{\"a\\\"b\":1000000000000000000000}\n";
        assert_eq!(render(&NDJSON, &table, None), expected);
    }
}
