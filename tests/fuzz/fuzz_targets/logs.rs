//! Any bytes as logs: the same answer whatever the workers and the blocks, and never a panic.

#![no_main]

use flowql::engine::Engine;
use flowql::logs::group::LogGroup;
use libfuzzer_sys::fuzz_target;

const QUERIES: &[&str] = &[
    "fields @timestamp, @message, @logStream, @log, srcAddr, dstAddr, bytes, start, action | sort bytes desc, @ptr",
    "stats count(*), sum(bytes), min(dstAddr), count_distinct(srcAddr) by action, bin(5m)",
    "parse @message \"* * *\" as a, b, c | dedup a, b | limit 5",
    "pattern @message",
];

/// The records and the number of bad lines, as text.
fn answer(engine: &Engine, query: &str) -> String {
    match engine.query(query) {
        Ok(answer) => {
            let table = &answer.outcome.table;
            let cell = |row: usize, column: usize| table.cell(row, column).unwrap_or_default().to_string();
            let line = |row: usize| {
                (0..table.names.len()).map(|column| cell(row, column)).collect::<Vec<_>>().join("\t")
            };
            let lines: Vec<String> = (0..table.len).map(line).collect();
            format!("{} {}", answer.outcome.report.bad_lines, lines.join("\n"))
        }
        Err(error) => error.to_string(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let engine = |threads: usize, block_size: usize| {
        let mut engine = Engine::new(LogGroup::of_bytes("fuzz", bytes.to_vec()), 1_767_225_600_000);
        (engine.run.threads, engine.run.block_size) = (threads, block_size);
        engine.run.memory_limit = 64 << 20;
        engine
    };
    let (plain, small) = (engine(1, 1 << 20), engine(1, 64));
    for query in QUERIES {
        assert_eq!(answer(&plain, query), answer(&small, query), "{query}");
    }
});
