//! Runs the example of every row: functions, aggregates and commands, through whole queries.

mod support;

use flowql::aggregates::AGGREGATES;
use flowql::commands::COMMANDS;
use flowql::data::time::TimeRange;
use flowql::engine::{Answer, Engine};
use flowql::functions;
use flowql::functions::function::Context;
use flowql::generate;
use flowql::logs::group::LogGroup;

/// An engine over these logs with the clock that examples are written for.
fn engine(text: String) -> Engine {
    let mut engine =
        Engine::new(LogGroup::of_bytes("examples", text.into_bytes()), Context::EXAMPLE.now);
    engine.run.threads = 2;
    engine
}

/// The first cell of an answer as it prints; empty where it is missing.
fn first_cell(answer: &Answer) -> String {
    answer.outcome.table.cell(0, 0).unwrap_or_default()
}

#[test]
fn every_example_of_a_function_gives_its_result() {
    // One record whose `@timestamp` is the second at which the clock of the examples stands.
    let seconds = Context::EXAMPLE.now.div_euclid(1000);
    let log = format!("version start\n2 {seconds}\n");
    let mut wrong = Vec::new();
    for function in functions::all() {
        for example in function.examples {
            let mut engine = engine(log.clone());
            let query = format!("fields {} as x", example.call);
            // The clock shows through, and the record is older than the range by milliseconds.
            engine.run.range = Context::EXAMPLE.range;
            match engine.query(&query) {
                Ok(answer) if first_cell(&answer) == example.result => {}
                Ok(answer) => wrong.push(format!(
                    "{} gives `{}`, its row says `{}`",
                    example.call,
                    first_cell(&answer),
                    example.result
                )),
                Err(error) => wrong.push(format!("{}\n{error}", example.call)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_of_an_aggregate_gives_its_result() {
    // The field x of the examples is 1, 2, 3, 4.
    let log = "start packets\n1 1\n2 2\n3 3\n4 4\n".to_owned();
    let mut wrong = Vec::new();
    for example in AGGREGATES.iter().flat_map(|aggregate| aggregate.examples) {
        let mut engine = engine(log.clone());
        engine.run.range = TimeRange::ALL;
        match engine.query(&format!("fields packets as x | stats {} as y", example.call)) {
            Ok(answer) if first_cell(&answer) == example.result => {}
            Ok(answer) => wrong.push(format!(
                "{} gives `{}`, its row says `{}`",
                example.call,
                first_cell(&answer),
                example.result
            )),
            Err(error) => wrong.push(format!("{}\n{error}", example.call)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_of_a_command_runs_on_the_sample_logs() {
    let engine = Engine::new(
        LogGroup::of_bytes("sample-logs", generate::sample_text(20_000)),
        Context::EXAMPLE.now,
    );
    for row in COMMANDS {
        assert!(!row.doc.examples.is_empty(), "`{}` has no example", row.doc.name);
        for example in row.doc.examples {
            let answer = engine.query(example).unwrap_or_else(|error| panic!("{example}\n{error}"));
            assert!(answer.warnings.is_empty(), "{example}\n{:?}", answer.warnings);
            assert!(answer.outcome.table.len > 0, "{example} gives nothing");
        }
    }
}

#[test]
fn every_row_says_where_its_meaning_comes_from() {
    for row in COMMANDS {
        let source = row.doc.source;
        assert!(source.starts_with("https://docs.aws.amazon.com/"), "{}: {source}", row.doc.name);
        assert!(row.doc.syntax.starts_with(row.doc.name), "{}", row.doc.syntax);
        assert!(row.doc.summary.ends_with('.'), "{}", row.doc.summary);
    }
}
