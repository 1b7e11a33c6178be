//! Records of the reference evaluator: a log line as a map of names to values.

use std::collections::HashMap;

use super::value::Value;

/// A record: its fields by name.
pub type Record = HashMap<String, Value>;

/// The default format, as a header line would tell it.
pub const DEFAULT_FORMAT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport \
                                  protocol packets bytes start end action log-status";

/// The fields that hold numbers, as a header line calls them.
const NUMERIC: &[&str] = &[
    "version",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "tcp-flags",
    "traffic-path",
];

/// The records of well-formed lines. A line of lower-case names tells the format from there on.
pub fn records(lines: &[String]) -> Vec<Record> {
    let mut format = DEFAULT_FORMAT.to_owned();
    let mut records = Vec::new();
    for line in lines {
        if line.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == ' ') {
            format.clone_from(line);
        } else {
            records.push(record(line, &format));
        }
    }
    records
}

fn record(line: &str, format: &str) -> Record {
    let mut record = Record::new();
    record.insert("@message".to_owned(), Value::Text(line.to_owned()));
    record.insert("@logStream".to_owned(), Value::Text("unknown-all".to_owned()));
    for (wire, text) in format.split(' ').zip(line.split(' ')) {
        if text == "-" {
            continue;
        }
        let value = match NUMERIC.contains(&wire) {
            true => Value::Whole(text.parse().expect("a number")),
            false => Value::Text(text.to_owned()),
        };
        match wire {
            "interface-id" => {
                record.insert("@logStream".to_owned(), Value::Text(format!("{text}-all")));
            }
            "start" => {
                let seconds: i64 = text.parse().expect("seconds");
                // Twelve digits or more are milliseconds already.
                let millis = if seconds < 100_000_000_000 { seconds * 1000 } else { seconds };
                record.insert("@timestamp".to_owned(), Value::Time(millis));
                record.insert("startTime".to_owned(), value.clone());
            }
            "end" => {
                record.insert("endTime".to_owned(), value.clone());
            }
            _ => {}
        }
        record.insert(query_name(wire), value);
    }
    record
}

/// `interface-id` is `interfaceId`, `pkt-srcaddr` is `pktSrcAddr`.
fn query_name(wire: &str) -> String {
    let split = wire.replace("addr", "-addr").replace("port", "-port");
    let mut words = split.split('-');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1);
        name += &first.to_uppercase();
        name += rest;
    }
    name
}
