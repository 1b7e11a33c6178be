//! Runs what the tables of commands and samples hold, on the built-in sample logs.
//!
//! The examples of functions and aggregates run in `docs`.

use flowql::commands::COMMANDS;
use flowql::engine::Engine;
use flowql::generate;
use flowql::logs::group::LogGroup;
use flowql::query_file::QueryFile;
use flowql::samples::SAMPLES;

/// The sample logs, asked at the first moment of 2026.
fn sample_logs() -> Engine {
    let logs = LogGroup::of_bytes("sample-logs", generate::sample_text(20_000));
    Engine::new(logs, 1_767_225_600_000)
}

/// Asks a query that has nothing to be warned of and must find records.
fn ask(engine: &Engine, query: &str) {
    let answer = engine.query(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    assert!(answer.warnings.is_empty(), "{query}\n{:?}", answer.warnings);
    assert!(answer.outcome.table.len > 0, "{query} finds nothing");
}

#[test]
fn every_example_of_a_command_finds_records() {
    let engine = sample_logs();
    for row in COMMANDS {
        assert!(!row.doc.examples.is_empty(), "`{}` has no example", row.doc.name);
        row.doc.examples.iter().for_each(|example| ask(&engine, example));
    }
}

#[test]
fn every_sample_finds_records() {
    let engine = sample_logs();
    for sample in SAMPLES {
        let file = QueryFile::parse(sample.text).expect("samples are query files");
        ask(&engine, &file.bind(&[]).expect("samples need no parameter"));
    }
}

#[test]
fn every_command_says_what_it_does_and_who_says_so() {
    for row in COMMANDS {
        let doc = row.doc;
        assert!(doc.source.starts_with("https://docs.aws.amazon.com/"), "{}", doc.name);
        assert!(doc.syntax.starts_with(doc.name), "{}", doc.syntax);
        assert!(doc.summary.ends_with('.'), "{}", doc.summary);
    }
}
