//! Tests of grouping with so many groups that records are scattered (few will do here), against a
//! plain map.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::logs::group::LogGroup;

/// One record: source, destination, port, interface, bytes; `-` where a value is missing.
type Record = [String; 5];

/// Records of few and of many keys, with missing values, IPv6 and numbers beyond 16 bits, which
/// begin only when the keys have been packed for the usual ones.
fn records() -> Vec<Record> {
    let record = |i: u32| {
        let odd = i > 1000;
        let source = match i % 13 {
            0 if odd => "-".to_owned(),
            1 if odd => format!("2001:db8::{:x}", i % 37),
            _ => format!("10.0.{}.{}", i % 7, i * i % 251),
        };
        let port = match i % 11 {
            0 if odd => "-".to_owned(),
            1 if odd => (70_000 + i % 5).to_string(),
            _ => (i * 7 % 300).to_string(),
        };
        let bytes = if i.is_multiple_of(17) { "-".to_owned() } else { (i * 31 % 1000).to_string() };
        [source, format!("10.1.0.{}", i % 19), port, format!("eni-{:012x}", i % 23), bytes]
    };
    (0..4000).map(record).collect()
}

fn line([source, destination, port, interface, bytes]: &Record) -> String {
    format!(
        "2 123456789012 {interface} {source} {destination} 1 {port} 6 1 {bytes} 100 160 ACCEPT OK\n"
    )
}

/// The groups by the values at `keys`: records, sum, least and greatest bytes, in the order of
/// their first record.
fn expected(records: &[Record], keys: &[usize]) -> Vec<String> {
    let mut groups: BTreeMap<Vec<&str>, (usize, Vec<i64>, usize)> = BTreeMap::new();
    for (number, record) in records.iter().enumerate() {
        let key = keys.iter().map(|at| record[*at].as_str()).collect();
        let (count, bytes, _) = groups.entry(key).or_insert((0, Vec::new(), number));
        *count += 1;
        bytes.extend(record[4].parse::<i64>());
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (_, _, first))| *first);
    let row = |(key, (count, bytes, _)): (Vec<&str>, (usize, Vec<i64>, usize))| {
        let number = |number: Option<i64>| number.map_or("-".to_owned(), |n| n.to_string());
        let sum = (!bytes.is_empty()).then(|| bytes.iter().sum());
        let (least, most) = (bytes.iter().min().copied(), bytes.iter().max().copied());
        format!("{} {count} {} {} {}", key.join(" "), number(sum), number(least), number(most))
    };
    groups.into_iter().map(row).collect()
}

#[test]
fn scattered_records_give_the_groups_of_a_plain_map() {
    let records = records();
    let text: String = records.iter().map(line).collect();
    let names = ["srcAddr", "dstAddr", "dstPort", "interfaceId"];
    for keys in [vec![0], vec![0, 1], vec![0, 2, 3], vec![3, 0], vec![0, 1, 2, 3], vec![2]] {
        let by: Vec<&str> = keys.iter().map(|at| names[*at]).collect();
        let query =
            format!("stats count(*), sum(bytes), min(bytes), max(bytes) by {}", by.join(", "));
        let expected = expected(&records, &keys);
        assert!(expected.len() > 40, "{by:?} has too few groups to be scattered");
        for (threads, block_size) in [(1, 1 << 20), (1, 2000), (3, 2000), (4, 300)] {
            let group = LogGroup::of_bytes("logs", text.clone().into_bytes());
            let mut engine = Engine::new(group, 0);
            engine.run.threads = threads;
            engine.run.block_size = block_size;
            engine.plan.limit = None;
            let table = engine.query(&query).expect("the query runs").outcome.table;
            let cell = |row, column| table.cell(row, column).unwrap_or("-".to_owned());
            let row = |row| (0..table.names.len()).map(|at| cell(row, at)).collect::<Vec<_>>();
            let rows: Vec<String> = (0..table.len).map(|at| row(at).join(" ")).collect();
            assert_eq!(rows, expected, "{query} on {threads} workers, blocks of {block_size}");
        }
    }
}
