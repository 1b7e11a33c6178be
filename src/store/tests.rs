//! Tests of the store: what comes out of it is what the scan of the files gives.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{LoadOptions, Store};
use crate::data::time::{Periods, TimeRange};
use crate::data::{Batch, Position, Value};
use crate::engine::Engine;
use crate::error::Error;
use crate::logs::group::LogGroup;
use crate::logs::scan::{Progress, Scan, ScanOptions};

/// Records with missing values, an address in no canonical form, IPv6, numbers with zeros in
/// front and beyond 32 bits, times far apart, a header in the middle, and a line that is none.
const LOGS: &str = "\
2 123456789012 eni-0a1b2c3d 10.0.0.1 10.0.0.2 443 50000 6 10 840 1714564800 1714564860 ACCEPT OK
2 123456789012 eni-0a1b2c3d - - - - - - - 1714564800 1714564860 - NODATA
2 123456789012 eni-0a1b2c3e 255.255.255.255 010.0.0.2 443 050000 6 10 99999999999 9 9 REJECT OK
2 123456789012 eni-0a1b2c3d 2001:db8::1 2001:db8::2 1 2 58 1 72 1714564801 1714564861 ACCEPT OK
no record
version srcaddr bytes start other-field
2 10.0.0.9 40 1714564900 x
2 - 41 1714564901 -
2 10.0.0.9 42 - y
";

const FIELDS: &[&str] = &[
    "@message",
    "@timestamp",
    "@logStream",
    "@log",
    "@ptr",
    "version",
    "accountId",
    "interfaceId",
    "srcAddr",
    "dstAddr",
    "srcPort",
    "dstPort",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "logStatus",
    "otherField",
    "absent",
];

fn names(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|name| (*name).to_owned()).collect()
}

/// Loads fields into a store; whether there was room.
fn load(store: &mut Store, fields: &[&str], group: &LogGroup, block_size: usize) -> bool {
    let options = LoadOptions {
        threads: 2,
        block_size,
        strict: false,
        cancelled: &AtomicBool::new(false),
        progress: &Arc::new(Progress::default()),
    };
    store.load(&names(fields), group, &options).expect("the logs can be read")
}

/// Every record: its position and the values of all fields.
fn records(batches: impl Iterator<Item = Batch>) -> Vec<(Position, Vec<Value>)> {
    let mut all = Vec::new();
    for batch in batches {
        for row in 0..batch.len() {
            let value = |slot| batch.column(slot).value(row);
            all.push((batch.positions()[row], (0..FIELDS.len()).map(value).collect()));
        }
    }
    all.sort_by_key(|(position, _)| *position);
    all
}

/// The records of a range and no others.
fn only(current: TimeRange) -> Periods {
    Periods { current, earlier: None }
}

fn of_files(group: &LogGroup, range: TimeRange) -> Vec<(Position, Vec<Value>)> {
    loop {
        let options =
            ScanOptions { fields: names(FIELDS), range: only(range), ..ScanOptions::default() };
        let scan = Scan::new(group, options, Arc::default());
        let found = records(std::iter::from_fn(|| scan.next().expect("the logs can be read")));
        if !scan.report().restart {
            return found;
        }
    }
}

fn of_store(store: &Store, range: TimeRange) -> Vec<(Position, Vec<Value>)> {
    let scan = store.scan(&names(FIELDS), FIELDS.len(), only(range), None);
    records(std::iter::from_fn(|| scan.next()))
}

#[test]
fn records_come_out_as_the_files_have_them() {
    let text = LOGS.repeat(50).into_bytes();
    let group = LogGroup::of_bytes("logs", text);
    let some = TimeRange { start: 1_714_564_801_000, end: 1_714_564_900_000 };
    for block_size in [64, 1 << 20] {
        let mut store = Store::new(usize::MAX);
        // In two steps, so that the message is made of fields that were loaded before.
        assert!(load(&mut store, &["bytes", "absent"], &group, block_size));
        assert!(load(&mut store, FIELDS, &group, block_size));
        for range in [TimeRange::ALL, some] {
            assert_eq!(of_store(&store, range), of_files(&group, range));
        }
        // Behind the first header, lines of the other format are no records.
        assert_eq!(of_store(&store, some).len(), 1 + 50);
        assert_eq!(store.summary().records, 4 + 50 * 3);
        assert_eq!(store.summary().report.bad_lines, 1 + 49 * 5);
    }
}

#[test]
fn plain_logs_take_a_fraction_of_their_text() {
    let line = LOGS.lines().next().expect("there is a first line");
    let text: String = (0..20_000)
        .map(|i| {
            let address = match i % 50 {
                0 => format!("2001:db8::{}", i % 7),
                1 => "-".to_owned(),
                2 => "255.255.255.255".to_owned(),
                _ => format!("10.0.{}.{}", i % 7, i % 251),
            };
            line.replace("10.0.0.1", &address) + "\n"
        })
        .collect();
    let size = text.len();
    let group = LogGroup::of_bytes("logs", text.into_bytes());
    let mut store = Store::new(usize::MAX);
    assert!(load(&mut store, FIELDS, &group, 1 << 16));
    assert_eq!(of_store(&store, TimeRange::ALL), of_files(&group, TimeRange::ALL));
    assert!(store.memory() * 7 < size, "{} of {size} bytes", store.memory());
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let group = LogGroup::of_bytes("logs", LOGS.repeat(2000).into_bytes());
    let mut store = Store::new(usize::MAX);
    let all = ["srcAddr", "dstPort", "bytes"];
    assert!(load(&mut store, &all, &group, 1 << 16));
    let room = store.memory();
    let mut store = Store::new(room);
    assert!(load(&mut store, &["srcAddr"], &group, 1 << 16));
    assert!(load(&mut store, &["dstPort"], &group, 1 << 16));
    assert!(load(&mut store, &["srcAddr"], &group, 1 << 16));
    assert!(load(&mut store, &["@timestamp", "packets", "end"], &group, 1 << 16));
    let held: Vec<&str> = store.fields().map(|(name, _)| name).collect();
    assert!(!held.contains(&"dstPort"), "{held:?}");
    assert!(store.memory() <= room);
    let mut store = Store::new(100);
    assert!(!load(&mut store, &all, &group, 1 << 16));
    assert_eq!(store.fields().count(), 0);
}

#[test]
fn files_that_changed_are_not_mixed_with_what_is_held() {
    let before = LogGroup::of_bytes("logs", LOGS.into());
    let after = LogGroup::of_bytes("logs", LOGS.repeat(2).into());
    let mut store = Store::new(usize::MAX);
    assert!(load(&mut store, &["bytes"], &before, 64));
    let options = LoadOptions {
        threads: 1,
        block_size: 64,
        strict: false,
        cancelled: &AtomicBool::new(false),
        progress: &Arc::new(Progress::default()),
    };
    let changed = store.load(&names(&["srcAddr"]), &after, &options);
    assert!(matches!(changed, Err(Error::Input { .. })));
    assert!(load(&mut store, &["srcAddr"], &after, 64));
}

#[test]
fn the_first_bad_line_is_named_whatever_the_workers() {
    for _ in 0..50 {
        let group = LogGroup::of_bytes("logs", LOGS.repeat(20).into());
        let mut engine = Engine::new(group, 0).with_store(usize::MAX);
        engine.run.strict = true;
        engine.run.threads = 4;
        engine.run.block_size = 64;
        let error = engine.query("stats count(*)").err().map(|error| error.to_string());
        let error = error.expect("there are bad lines");
        assert!(error.contains("logs:5: "), "{error}");
    }
}
