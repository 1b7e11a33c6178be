//! What holds of generated flow logs, whatever the seed.

use std::collections::HashSet;
use std::io::Read;

use super::*;
use crate::readers::fields::FIELDS;

fn text(options: &Options) -> String {
    let mut text = Vec::new();
    let bytes = write_text(options, &mut text).expect("memory takes everything");
    assert_eq!(bytes, text.len() as u64);
    String::from_utf8(text).expect("flow logs are ASCII")
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split(' ').collect()).collect()
}

/// FNV-1a, which any machine computes alike.
fn fingerprint(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let options = Options { records: 5_000, ..Options::default() };
    assert_eq!(text(&options), text(&options));
    assert_ne!(text(&options), text(&Options { seed: 2, ..options.clone() }));
    assert_eq!(text(&options).into_bytes(), sample_text(5_000));
    // Recorded once: whoever changes it changes what every published figure was measured on.
    assert_eq!(fingerprint(&sample_text(5_000)), 1_109_396_352_562_968_989);
}

#[test]
fn the_number_of_records_is_the_one_asked_for() {
    for (records, enis, hours) in
        [(0, 240, 1.0), (1, 1, 1.0), (777, 1, 0.0), (1000, 2, 24.0), (999, 5_000, 0.3)]
    {
        let options = Options { records, enis, hours, header: true, ..Options::default() };
        let text = text(&options);
        assert_eq!(text.lines().count() as u64, records + 1);
        assert_eq!(text.lines().next(), Some(options.fields.header().as_str()));
        let interfaces: HashSet<&str> = rows(&text).iter().skip(1).map(|row| row[2]).collect();
        assert!(interfaces.len() <= enis);
    }
}

#[test]
fn records_are_well_formed() {
    let options = Options { records: 50_000, ..Options::default() };
    for row in rows(&text(&options)) {
        assert_eq!(row.len(), 14);
        assert_eq!((row[0], row[1]), ("2", "123456789012"));
        let number = |at: usize| row[at].parse::<i64>().expect("is a number");
        let (start, end) = (number(10), number(11));
        assert!((0..=60).contains(&(end - start)));
        assert!((0..86_400).contains(&(start - options.start)));
        if row[13] != "OK" {
            assert!(matches!(row[13], "NODATA" | "SKIPDATA"));
            assert_eq!([&row[3..10], &row[12..13]].concat(), ["-"; 8]);
            continue;
        }
        let (packets, bytes) = (number(8), number(9));
        assert!(packets >= 1 && bytes >= 40 * packets && bytes <= 1500 * packets);
        let icmp = matches!(row[7], "1" | "58");
        assert_eq!(icmp, row[5] == "0" && row[6] == "0");
        let address = |at: usize| row[at].parse::<std::net::IpAddr>().expect("is an address");
        assert_eq!(address(3).is_ipv4(), address(4).is_ipv4());
        assert!(matches!(row[12], "ACCEPT" | "REJECT"));
    }
}

#[test]
fn the_shares_are_those_of_a_busy_vpc() {
    let text = text(&Options { records: 200_000, ..Options::default() });
    let rows = rows(&text);
    let share = |wanted: &dyn Fn(&[&str]) -> bool| {
        let count = rows.iter().filter(|row| wanted(row)).count();
        count as f64 / rows.len() as f64
    };
    let within = |name: &str, low: f64, high: f64, share: f64| {
        assert!(share >= low && share <= high, "{name}: {share}");
    };
    within("rejected", 0.08, 0.12, share(&|row| row[12] == "REJECT"));
    within("no data", 0.003, 0.012, share(&|row| row[13] == "NODATA"));
    within("skipped", 0.002, 0.008, share(&|row| row[13] == "SKIPDATA"));
    within("UDP", 0.03, 0.2, share(&|row| row[7] == "17"));
    within("IPv6", 0.02, 0.05, share(&|row| row[3].contains(':')));
    within("ICMPv6", 0.0005, 0.01, share(&|row| row[7] == "58"));
    within("partner", 0.005, 0.04, share(&|row| row[3].starts_with("192.0.2.")));
    within("first interface", 0.001, 0.1, share(&|row| row[2] == FIRST_ENI));
    let nat = NAT_ADDRESS.to_string();
    within("to the NAT gateway", 0.02, 0.3, share(&|row| row[4] == nat));
    let pairs: HashSet<_> = rows.iter().map(|row| (row[3], row[4])).collect();
    within("pairs", 0.25, 0.5, pairs.len() as f64 / rows.len() as f64);
    let interfaces: HashSet<_> = rows.iter().map(|row| row[2]).collect();
    assert_eq!(interfaces.len(), 240);
    within("size", 108.0, 118.0, text.len() as f64 / rows.len() as f64);
}

#[test]
fn every_field_can_be_selected() {
    let wires: Vec<_> = FIELDS.iter().map(|field| field.wire).collect();
    let fields = LogFormat::parse(&wires.join(" ")).expect("all fields are known");
    let text = text(&Options { records: 20_000, fields, ..Options::default() });
    let rows = rows(&text);
    assert!(rows.iter().all(|row| row.len() == 72 && row.iter().all(|value| !value.is_empty())));
    assert!(rows.iter().all(|row| row[0] == "11"));
    for (id, field) in FIELDS.iter().enumerate() {
        let wire = &field.wire;
        let unused = ["sublocation-type", "sublocation-id", "reject-reason", "resource-id"];
        let unused = unused.contains(wire) || ["ecs-second-container-id"].contains(wire);
        let unused = unused || wire.ends_with("tag-2") || field.version == 6;
        assert_eq!(rows.iter().all(|row| row[id] == "-"), unused, "{wire}");
    }
    for row in rows.iter().filter(|row| row[13] == "OK") {
        assert!(["0", "1", "2", "3", "4", "6", "18", "19"].contains(&row[17]), "{}", row[17]);
        assert_eq!(row[27] == "egress", row[28] != "-");
    }
}

#[test]
fn a_directory_has_the_records_of_the_text() {
    let dir = std::env::temp_dir().join(format!("flowql-generate-{}", std::process::id()));
    let options =
        Options { records: 4_000, hours: 0.5, start: 1_714_521_600 + 240, ..Options::default() };
    for (gz, files, expected) in [(false, 0, 7), (true, 3, 3), (true, 1, 1)] {
        let paths = write_directory(&options, &dir, gz, files).expect("a directory can be written");
        assert!(paths.len() == expected || files == 0 && paths.len() == expected + 1, "{paths:?}");
        let mut lines = Vec::new();
        for path in &paths {
            let bytes = std::fs::read(path).expect("the file is there");
            let mut text = String::new();
            if gz {
                let mut decoder = flate2::read::GzDecoder::new(bytes.as_slice());
                decoder.read_to_string(&mut text).expect("is gzip");
            } else {
                text = String::from_utf8(bytes).expect("is text");
            }
            let mut all = text.lines().map(str::to_string);
            assert_eq!(all.next(), Some(options.fields.header()));
            lines.extend(all);
        }
        let mut expected: Vec<String> = text(&options).lines().map(str::to_string).collect();
        lines.sort();
        expected.sort();
        assert!(lines == expected);
        let name = paths[0].file_name().and_then(|name| name.to_str()).expect("has a name");
        assert!(name.starts_with("123456789012_vpcflowlogs_us-east-1_fl-0"), "{name}");
        assert!(name.contains("_20240501T0000Z_"), "{name}");
        std::fs::remove_dir_all(&dir).expect("what was written can be removed");
    }
}
