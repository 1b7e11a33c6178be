//! Published logs, where the folder named by FLOWQL_EXTRA_LOGS has them: every file is read without
//! a flag or says why not, and fixtures that come with the expected values agree value by value.

#![allow(clippy::print_stderr, reason = "what is left out is said")]

use std::fs;
use std::path::{Path, PathBuf};

use flowql::engine::{Answer, Engine};
use flowql::logs::group::LogGroup;
use flowql::readers::fields::{FIELDS, by_wire};
use flowql::readers::log_format::LogFormat;
use serde_json::Value as Json;

/// The folder, or a word on standard error that the test is left out.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("FLOWQL_EXTRA_LOGS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("left out: FLOWQL_EXTRA_LOGS names no folder of logs");
    }
    folder
}

/// The files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn ask(group: LogGroup, query: &str) -> Answer {
    Engine::new(group, 0).query(query).expect("the query runs")
}

/// The cells of the first record, as they print.
fn first(answer: &Answer) -> Vec<Option<String>> {
    let columns = answer.outcome.table.columns.iter();
    columns.map(|column| column.value(0).print().map(|text| text.into_owned())).collect()
}

/// A JSON value as it prints in a result.
fn printed(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[test]
fn every_file_is_read_or_says_why_not() {
    let Some(folder) = folder() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    for path in paths {
        let name = path.display().to_string();
        let group =
            LogGroup::open(std::slice::from_ref(&name), None).expect("the file can be opened");
        let answer = ask(group, "stats count(*)");
        let (statistics, report) = (&answer.outcome.statistics, &answer.outcome.report);
        let read = statistics.records_scanned > 0;
        let told = !report.faults.is_empty() || report.bad_lines > 0;
        assert!(read || told, "{name}: nothing was read and nothing said");
    }
}

/// A record, its format where it is not the default one, and what it holds.
fn check(name: &str, line: &str, format: Option<&str>, want: &Json) {
    let format = format.map(|format| LogFormat::parse(format).expect("is a format"));
    let mut group = LogGroup::new(format);
    group.add_bytes("fixture", line.as_bytes().to_vec());
    let want = want.as_object().expect("the expected values are an object");
    let field = |key: &String| by_wire(key).map_or(key.clone(), |id| FIELDS[id].name.to_owned());
    let fields: Vec<String> = want.keys().map(field).collect();
    let answer = ask(group, &format!("fields {}", fields.join(", ")));
    let expected: Vec<Option<String>> = want.values().map(printed).collect();
    assert_eq!(first(&answer), expected, "{name}: {line}");
}

#[test]
fn fixtures_agree_value_by_value() {
    let Some(folder) = folder() else { return };
    let mut checked = 0;
    for (name, key) in [
        ("vectordotdev-vrl/test_expected.json", "want"),
        ("obsrvbl-oss-flowlogs-reader/expected_v2_record_2.json", "want"),
        ("aws-docs-examples/parseVPC_transformer.json", "parseVPC"),
    ] {
        let Ok(text) = fs::read_to_string(folder.join(name)) else { continue };
        let fixtures: Json = serde_json::from_str(&text).expect("is JSON");
        let list = match fixtures {
            Json::Array(list) => list,
            one => vec![one],
        };
        for fixture in list {
            let line = fixture["line"].as_str().expect("it has a line");
            check(name, line, fixture["format"].as_str(), &fixture[key]);
            checked += 1;
        }
    }
    let lines = folder.join("vectordotdev-vrl/test_lines.json");
    for fixture in fs::read_to_string(lines)
        .ok()
        .and_then(|text| serde_json::from_str::<Vec<Json>>(&text).ok())
        .unwrap_or_default()
    {
        let format = fixture["format"].as_str();
        let line = fixture["line"].as_str().expect("it has a line");
        let mut group =
            LogGroup::new(format.map(|format| LogFormat::parse(format).expect("is a format")));
        group.add_bytes("fixture", line.as_bytes().to_vec());
        let answer = ask(group, "stats count(*)");
        let parses = fixture["expect"] == "parses";
        assert_eq!(answer.outcome.statistics.records_scanned == 1, parses, "{line}");
        checked += 1;
    }
    eprintln!("{checked} fixtures agree");
}

#[test]
fn events_in_envelopes_are_the_records_in_them() {
    let Some(folder) = folder() else { return };
    let open = |name: &str, format: Option<&str>| {
        let path = folder.join(name);
        let format = format.map(|format| LogFormat::parse(format).expect("is a format"));
        let group = |path: &Path| LogGroup::open(&[path.display().to_string()], format);
        path.exists().then(|| group(&path).expect("the file can be opened"))
    };
    let fields = "fields @timestamp, @logStream, srcAddr, dstPort, bytes, action | sort dstPort";
    let cells =
        |cells: &[&str]| cells.iter().map(|cell| Some((*cell).to_owned())).collect::<Vec<_>>();
    let otel = "open-telemetry-opentelemetry-collector-contrib";
    if let Some(group) = open(&format!("{otel}/valid_vpc_flow_cw.json"), None) {
        let expected = [
            "2014-12-14 04:06:50.000",
            "eni-1235b8ca123456789",
            "172.31.16.139",
            "22",
            "4249",
            "ACCEPT",
        ];
        assert_eq!(first(&ask(group, fields)), cells(&expected));
    }
    let custom = format!("{otel}/valid_vpc_flow_cw_custom.json");
    if let Some(group) = open(&custom, None) {
        let answer = ask(group, "fields srcAddr");
        assert_eq!(answer.outcome.report.unformatted, 2, "the flag that is needed is said");
    }
    if let Some(group) = open(&custom, Some("version interface-id srcaddr dstaddr")) {
        let answer = ask(group, "fields srcAddr, interfaceId | sort srcAddr");
        assert_eq!(first(&answer), cells(&["172.31.9.69", "eni-1235b8ca123456789"]));
    }
    if let Some(group) = open("newrelic-aws-log-ingestion/entry_vpc_flow_logs.json", None) {
        let answer = ask(group, "fields @logStream, @log, logStatus, start");
        let log = "463657938898:/aws/vpc/flow-logs";
        assert_eq!(first(&answer), cells(&["eni-9f825df9-all", log, "NODATA", "1548934870"]));
    }
    if let Some(group) = open("cloudwatch-export/vpcflowlogs", None) {
        let answer = ask(group, "stats count(*), count_distinct(@logStream)");
        assert_eq!(first(&answer), cells(&["23455", "12"]));
    }
}
