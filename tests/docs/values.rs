//! The tables of `docs/values.md` are true, row by row.

use flowql::data::time::TimeRange;
use flowql::engine::Engine;
use flowql::functions::function::Context;
use flowql::logs::group::LogGroup;

use crate::{read, repository};

/// How the page writes a missing value.
const NOTHING: &str = "*nothing*";

/// The tables of a page: the cells of the first row, then those of all others but the rule.
fn tables(page: &str) -> Vec<Vec<Vec<String>>> {
    let mut found: Vec<Vec<Vec<String>>> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        let Some(row) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            inside = false;
            continue;
        };
        if !inside {
            found.push(Vec::new());
        }
        inside = true;
        if !row.starts_with("---") {
            let cells = row.split('|').map(|cell| cell.trim().to_owned()).collect();
            found.last_mut().expect("a table began").push(cells);
        }
    }
    found
}

/// What a cell of code says; `None` is a missing value.
fn code(cell: &str) -> Option<String> {
    match cell {
        NOTHING => None,
        _ => Some(cell.trim_matches('`').to_owned()),
    }
}

/// The column that a query over some logs has last.
fn ask(logs: &[u8], query: &str) -> Vec<Option<String>> {
    let mut engine = Engine::new(LogGroup::of_bytes("values", logs.to_vec()), Context::EXAMPLE.now);
    engine.run.range = TimeRange::ALL;
    let answer = engine.query(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    let table = &answer.outcome.table;
    (0..table.len).map(|row| table.cell(row, table.names.len() - 1)).collect()
}

#[test]
fn every_row_of_the_page_of_values_is_true() {
    let page = read(&repository("docs/values.md"));
    let record = crate::blocks(&page, "text").remove(0).1.join("\n") + "\n";
    let (mut rows, mut wrong) = (0, Vec::new());
    for table in tables(&page) {
        let Some((head, body)) = table.split_first() else { continue };
        match head.first().map(String::as_str) {
            Some("expression") => {
                for cells in body {
                    let expression = code(&cells[0]).expect("an expression");
                    let found = ask(record.as_bytes(), &format!("fields {expression} as result"));
                    if found != [code(&cells[1])] {
                        wrong.push(format!("{expression}\n  gives {found:?}, not {}", cells[1]));
                    }
                    rows += 1;
                }
            }
            Some("value") => {
                let order: Vec<Option<String>> = body.iter().map(|cells| code(&cells[0])).collect();
                rows += order.len();
                // Every second value first, so that the logs are in no order.
                let shuffled = order.iter().skip(1).step_by(2).chain(order.iter().step_by(2));
                let lines = shuffled.map(|value| value.as_deref().unwrap_or("-"));
                let lines: String = lines.map(|value| format!("{value} 1715780832\n")).collect();
                let logs = format!("instance-tag start\n{lines}");
                for (direction, rising) in [("asc", true), ("desc", false)] {
                    let query = format!("fields instanceTag | sort instanceTag {direction}");
                    let mut found = ask(logs.as_bytes(), &query);
                    if !rising {
                        found.reverse();
                    }
                    assert_eq!(found, order, "{direction}");
                }
            }
            other => panic!("a table of {other:?} is not checked"),
        }
    }
    assert!(rows > 100, "only {rows} rows were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
