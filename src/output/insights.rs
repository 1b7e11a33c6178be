//! `insights`: the JSON that GetQueryResults answers with, for programs written for AWS.

use std::io::{self, BufWriter, Write};

use super::format::{Format, Parts, Writer};
use crate::data::{Statistics, Table, Value};

/// The shape of GetQueryResults.
pub const INSIGHTS: Format = Format {
    name: "insights",
    aliases: &["aws", "getqueryresults"],
    extensions: &[],
    summary: "The JSON shape of GetQueryResults: every value a string, with statistics.",
    text: true,
    draws: false,
    writer: Writer::Parts(|outline| {
        Ok(Box::new(Answer { statistics: *outline.statistics, head: HEAD, records: 0 }))
    }),
};

/// What stands in front of the records.
const HEAD: &[u8] =
    b"{\n  \"queryLanguage\": \"CWLI\",\n  \"status\": \"Complete\",\n  \"results\": [";

/// The field of a record pointer.
const POINTER: &str = "@ptr";

/// An answer of GetQueryResults: a record is a list of field and value, missing fields left out, the
/// record pointer last where the records are log events.
///
/// Source: API reference, `GetQueryResults`, `ResultField`, `QueryStatistics`.
struct Answer {
    statistics: Statistics,
    /// What stands in front of the records, until it is written.
    head: &'static [u8],
    records: u64,
}

impl Parts for Answer {
    fn part(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        out.write_all(std::mem::take(&mut self.head))?;
        // A query that asks for the pointer has it as a column already.
        let asked = table.names.iter().any(|name| name == POINTER);
        let pointers = table.pointers.as_ref().filter(|_| !asked);
        for row in 0..table.len {
            out.write_all(if self.records == 0 { b"\n    [" } else { b",\n    [" })?;
            self.records += 1;
            let mut first = true;
            for (name, column) in table.names.iter().zip(&table.columns) {
                if let Some(value) = column.value(row).print() {
                    write_field(name, &value, std::mem::take(&mut first), &mut out)?;
                }
            }
            let pointer = pointers.map(|pointers| pointers.value(row));
            if let Some(pointer) = pointer.as_ref().and_then(Value::print) {
                write_field(POINTER, &pointer, first, &mut out)?;
            }
            out.write_all(b"]")?;
        }
        out.flush()
    }

    fn end(self: Box<Self>, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        out.write_all(if self.records == 0 { b"],\n" } else { b"\n  ],\n" })?;
        write_statistics(&self.statistics, &mut out)?;
        out.write_all(b"}\n")?;
        out.flush()
    }
}

fn write_field(name: &str, value: &str, first: bool, out: &mut impl Write) -> io::Result<()> {
    out.write_all(if first { b"{\"field\":" } else { b",{\"field\":" })?;
    serde_json::to_writer(&mut *out, name)?;
    out.write_all(b",\"value\":")?;
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"}")
}

/// Writes the statistics as doubles, which is what the service sends.
///
/// One query reads one log group, and nothing is skipped by an estimate.
fn write_statistics(statistics: &Statistics, out: &mut impl Write) -> io::Result<()> {
    let figures = [
        ("bytesScanned", statistics.bytes_scanned),
        ("recordsMatched", statistics.records_matched),
        ("recordsScanned", statistics.records_scanned),
        ("logGroupsScanned", 1),
        ("estimatedBytesSkipped", 0),
        ("estimatedRecordsSkipped", 0),
    ];
    out.write_all(b"  \"statistics\": {")?;
    for (i, (name, figure)) in figures.into_iter().enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        write!(out, "{separator}\"{name}\": {:?}", figure as f64)?;
    }
    out.write_all(b"}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;
    use crate::output::fixture::{render, table, table_of};

    const STATISTICS: &str = r#"  "statistics": {"bytesScanned": 71185346.0, "recordsMatched": 3.0, "recordsScanned": 254533.0, "logGroupsScanned": 1.0, "estimatedBytesSkipped": 0.0, "estimatedRecordsSkipped": 0.0}
}
"#;

    #[test]
    fn events_as_get_query_results_sends_them() {
        let mut table = table();
        let pointers = [0, 1, 0x1_0000_002a, u64::MAX].map(|at| Value::text(format!("{at:016x}")));
        table.pointers = Some(std::sync::Arc::new(Column::from_values(pointers.to_vec())));
        let expected = r#"{
  "queryLanguage": "CWLI",
  "status": "Complete",
  "results": [
    [{"field":"bin(5m)","value":"2019-10-30 11:01:03.000"},{"field":"bytes","value":"1234"},{"field":"avg","value":"2.5"},{"field":"note","value":"a|b, \"c\"\nd"},{"field":"ports","value":"80,443"},{"field":"@ptr","value":"0000000000000000"}],
    [{"field":"bin(5m)","value":"2019-10-30 11:01:03.000"},{"field":"avg","value":"3"},{"field":"note","value":""},{"field":"@ptr","value":"0000000000000001"}],
    [{"field":"bin(5m)","value":"2019-10-30 11:01:03.000"},{"field":"bytes","value":"-5"},{"field":"note","value":"東京 é\tx\\"},{"field":"ports","value":"-"},{"field":"@ptr","value":"000000010000002a"}],
    [{"field":"@ptr","value":"ffffffffffffffff"}]
  ],
"#;
        let text = render(&INSIGHTS, &table, Some(20));
        assert_eq!(text, format!("{expected}{STATISTICS}"));
        serde_json::from_str::<serde_json::Value>(&text).expect("a document");
    }

    #[test]
    fn groups_have_no_pointer_and_an_asked_one_is_not_repeated() {
        let empty = table_of(vec![("a", Vec::new())]);
        assert!(render(&INSIGHTS, &empty, None).contains("\"results\": [],\n"));
        let mut asked = table_of(vec![("@ptr", vec![Value::text("0000000000000007")])]);
        assert_eq!(render(&INSIGHTS, &asked, None).matches("@ptr").count(), 1);
        asked.pointers =
            Some(std::sync::Arc::new(Column::Constant(Value::text("0000000000000007"), 1)));
        assert_eq!(render(&INSIGHTS, &asked, None).matches("@ptr").count(), 1);
    }
}
