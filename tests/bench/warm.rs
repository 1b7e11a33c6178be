//! Times queries over what the engine keeps in memory: `warm LOGS ROUNDS QUERY…`, a JSON line each.

#![allow(clippy::print_stdout, reason = "its output is its result")]

use std::time::Instant;

use flowql::engine::Engine;
use flowql::logs::group::LogGroup;

/// Wednesday 2026-01-01 00:00:00 UTC; no query of the benchmark asks for the time.
const NOW: i64 = 1_767_225_600_000;

/// Peak resident memory in MB, where the system tells it.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1000.0
}

fn main() {
    // Cargo itself hands in `--bench`.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let (Some(logs), Some(rounds)) = (words.next(), words.next()) else {
        return;
    };
    let rounds: usize = rounds.parse().expect("the number of rounds is a number");
    let group = LogGroup::open(&[logs], None).expect("the logs can be opened");
    let mut engine = Engine::new(group, NOW).with_store(usize::MAX);
    engine.plan.limit = None;
    for query in words {
        let began = Instant::now();
        engine.query(&query).expect("the query runs");
        let load = began.elapsed().as_secs_f64();
        let mut seconds: Vec<f64> = Vec::new();
        for _ in 0..rounds {
            let began = Instant::now();
            let answer = engine.query(&query).expect("the query runs");
            seconds.push(began.elapsed().as_secs_f64());
            drop(answer);
        }
        seconds.sort_by(f64::total_cmp);
        let kept = engine.store().map_or(0, |store| store.memory());
        println!(
            "{}",
            serde_json::json!({
                "query": query, "load": load, "seconds": seconds, "kept": kept, "peak_mb": peak(),
            })
        );
    }
}
