//! Times queries over what an engine keeps in memory: `kept LOGS THREADS REPEATS FOLDER QUERY…`.
//!
//! Each query runs once, which loads what it needs, and then as often as said. A line of JSON for
//! each tells the seconds of the later runs, the bytes that are kept and the peak of the process;
//! the answers go to the folder as CSV, `0.csv` and so on.

#![allow(clippy::print_stdout, reason = "its output is its result")]

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use flowql::engine::Engine;
use flowql::logs::group::LogGroup;
use flowql::output::{self, Style};

/// 2026-01-01 00:00:00 UTC; no query of the benchmark asks for the time.
const NOW: i64 = 1_767_225_600_000;

/// Resident memory in bytes, now (`VmRSS`) or at its peak (`VmHWM`), where the system tells it.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kibibytes =
        line.and_then(|rest| rest.trim_matches([':', '\t', ' ', 'k', 'B']).parse().ok());
    kibibytes.map_or(0, |kibibytes: u64| kibibytes * 1024)
}

fn main() {
    // Cargo itself hands in `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [logs, threads, repeats, folder, queries @ ..] = words.as_slice() else {
        // So it is called when all benchmarks are run: there is nothing to time then.
        return;
    };
    let group = LogGroup::open(std::slice::from_ref(logs), None).expect("the logs can be opened");
    let mut engine = Engine::new(group, NOW).with_store(usize::MAX);
    engine.plan.limit = None;
    engine.run.threads = threads.parse().expect("the number of threads is a number");
    let repeats: usize = repeats.parse().expect("the number of repeats is a number");
    for (number, query) in queries.iter().enumerate() {
        let outcome = engine.query(query).expect("the query runs").outcome;
        let path = Path::new(folder).join(format!("{number}.csv"));
        let mut file = BufWriter::new(File::create(path).expect("the folder can be written"));
        output::csv::CSV
            .write(&outcome.table, &outcome.statistics, &Style::default(), &mut file)
            .expect("the answer can be written");
        drop(outcome);
        let run = |_| {
            let began = Instant::now();
            let answer = engine.query(query).expect("the query runs");
            let seconds = began.elapsed().as_secs_f64();
            drop(answer);
            seconds
        };
        let seconds: Vec<f64> = (0..repeats).map(run).collect();
        let kept = engine.store().map_or(0, |store| store.memory());
        let line = serde_json::json!({
            "seconds": seconds, "kept": kept, "peak": memory("VmHWM"), "resident": memory("VmRSS"),
        });
        println!("{line}");
    }
}
