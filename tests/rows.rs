//! Runs what the tables of commands and samples hold, on the built-in sample logs.
//!
//! The examples of functions and aggregates run in `docs`.

use flowql::commands::COMMANDS;
use flowql::diagnostic::codes::NOTICE;
use flowql::engine::Engine;
use flowql::generate;
use flowql::logs::group::LogGroup;
use flowql::query_file::QueryFile;
use flowql::readers::log_format::LogFormat;
use flowql::samples::SAMPLES;

/// The sample logs, asked at the first moment of 2026.
fn sample_logs() -> Engine {
    let logs = LogGroup::of_bytes("flows.log", generate::sample_text(20_000));
    Engine::new(logs, 1_767_225_600_000)
}

/// Samples that ask for fields which the default format has not.
const WIDE: &[&str] = &["cost-cross-zone"];

/// The same logs with the fields of such samples.
fn wide_logs() -> Engine {
    let fields = "srcaddr dstaddr bytes start az-id flow-direction";
    let fields = LogFormat::parse(fields).expect("these are fields");
    let mut text = Vec::new();
    let options = generate::Options { records: 20_000, fields, header: true, ..Default::default() };
    generate::write_text(&options, &mut text).expect("memory can be written");
    Engine::new(LogGroup::of_bytes("wide.log", text), 1_767_225_600_000)
}

/// Commands of which something runs on AWS only; their examples say so in a notice.
const ON_AWS_ONLY: &[&str] = &["filterIndex", "source", "unmask"];

/// Samples that ask for something wrong, of which the sample logs have nothing.
const QUIET: &[&str] = &["security-remote-login-from-outside", "health-gaps"];

/// Asks a query; how many records it finds, and the codes of what there is to be warned of.
fn ask(engine: &Engine, query: &str) -> (usize, Vec<&'static str>) {
    let answer = engine.query(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    let codes = answer.warnings.iter().map(|warning| warning.code).collect();
    (answer.outcome.table.len, codes)
}

#[test]
fn every_example_of_a_command_finds_records() {
    let engine = sample_logs();
    let mut wrong = Vec::new();
    for row in COMMANDS {
        assert!(!row.doc.examples.is_empty(), "`{}` has no example", row.doc.name);
        for example in row.doc.examples {
            let (found, mut codes) = ask(&engine, example);
            if ON_AWS_ONLY.contains(&row.doc.name) {
                codes.retain(|code| *code != NOTICE);
            }
            if found == 0 || !codes.is_empty() {
                wrong.push(format!("{example}: {found} records, {codes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sample_finds_records() {
    let (sample_logs, wide_logs) = (sample_logs(), wide_logs());
    for sample in SAMPLES {
        let file = QueryFile::parse(sample.text).expect("samples are query files");
        let engine = if WIDE.contains(&sample.name) { &wide_logs } else { &sample_logs };
        let (found, codes) = ask(engine, &file.bind(&[]).expect("samples need no parameter"));
        assert_eq!(found == 0, QUIET.contains(&sample.name), "{} finds {found}", sample.name);
        assert!(codes.is_empty(), "{}: {codes:?}", sample.name);
    }
}

#[test]
fn every_command_says_what_it_does_and_who_says_so() {
    for row in COMMANDS {
        let doc = row.doc;
        assert!(doc.source.starts_with("https://docs.aws.amazon.com/"), "{}", doc.name);
        let syntax = doc.syntax.to_lowercase();
        assert!(syntax.starts_with(&doc.name.to_lowercase()), "{}", doc.syntax);
        assert!(doc.summary.ends_with('.'), "{}", doc.summary);
    }
}
