//! The examples of functions and aggregates give the results that their rows say.

use flowql::aggregates::AGGREGATES;
use flowql::data::time::TimeRange;
use flowql::engine::Engine;
use flowql::functions;
use flowql::functions::function::{Context, Example};
use flowql::logs::group::LogGroup;

/// Four records a millisecond apart, the first at the end of the example's hour, as CloudWatch
/// exports them; the number of packets counts from 1.
fn logs() -> Vec<u8> {
    let line = |n: u32| {
        let millisecond = n - 1;
        format!(
            "2024-05-15T13:47:12.00{millisecond}Z 2 123456789012 eni-0123456789abcdef0 10.0.0.4 \
             10.0.0.5 443 50000 6 {n} 40 1715780832 1715780832 ACCEPT OK\n"
        )
    };
    (1..=4).flat_map(|n| line(n).into_bytes()).collect()
}

/// Asks for one value and compares how it prints.
fn check(query: &str, range: TimeRange, example: &Example) -> Result<(), String> {
    let mut engine = Engine::new(LogGroup::of_bytes("examples", logs()), Context::EXAMPLE.now);
    engine.run.range = range;
    let answer = engine.query(query).map_err(|error| format!("`{query}`:\n{error}"))?;
    let table = &answer.outcome.table;
    let found = match (table.len, table.names.len()) {
        (0, _) | (_, 0) => return Err(format!("`{query}` gives no record")),
        (_, columns) => table.cell(0, columns - 1).unwrap_or_default(),
    };
    match found == example.result {
        true => Ok(()),
        false => Err(format!("`{}` gives `{found}`, not `{}`", example.call, example.result)),
    }
}

#[test]
fn examples_of_functions_are_true() {
    // One record of the four lies in the range.
    let range = Context::EXAMPLE.range;
    let faults: Vec<String> = functions::all()
        .flat_map(|function| function.examples)
        .filter_map(|example| {
            let query = format!("fields {} as result", example.call);
            check(&query, range, example).err()
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn examples_of_aggregates_are_true() {
    let faults: Vec<String> = AGGREGATES
        .iter()
        .flat_map(|aggregate| aggregate.examples)
        .filter_map(|example| {
            let query = format!("fields packets as x | stats {} as result", example.call);
            check(&query, TimeRange::ALL, example).err()
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
