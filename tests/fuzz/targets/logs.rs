//! Any bytes as a log file: the scan ends, and neither workers, the size of blocks nor compression
//! show in what a query gives. The first byte chooses the query, the second says how it runs.

#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use flowql::engine::Engine;
use flowql::logs::group::LogGroup;
use libfuzzer_sys::fuzz_target;

const QUERIES: &[&str] = &[
    "fields @timestamp, @message, @logStream, @log, @ptr, srcAddr, bytes | sort bytes desc",
    "filter action = \"REJECT\" | stats count(*) as n by srcAddr | sort n desc | limit 20",
    "filter srcAddr like /1/ or bytes > 1 | stats count(*), sum(bytes), min(dstAddr) by bin(5m)",
    "parse @message \"* * *\" as a, b, c | dedup a, b | limit 5",
    "stats count(*) as n, count_distinct(dstPort), pct(packets, 50) by interfaceId, version",
    "fields vpcId, tcpFlags, flowDirection, pktSrcAddr, instanceTag | limit any 3",
];

/// What a query gives, in text.
fn ask(query: &str, bytes: &[u8], threads: usize, block_size: usize) -> String {
    let mut engine = Engine::new(LogGroup::of_bytes("flow.log", bytes.to_vec()), 1_431_300_000_000);
    (engine.run.threads, engine.run.block_size) = (threads, block_size);
    let answer = match engine.query(query) {
        Ok(answer) => answer,
        Err(error) => return error.to_string(),
    };
    let table = answer.outcome.table;
    let row = |row: usize| -> Vec<_> {
        (0..table.names.len()).map(|column| table.cell(row, column)).collect()
    };
    format!("{:?}\n{:?}", table.names, (0..table.len).map(row).collect::<Vec<_>>())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

fuzz_target!(|data: &[u8]| {
    let [choice, way, log @ ..] = data else { return };
    let query = QUERIES[usize::from(*choice) % QUERIES.len()];
    let plain = ask(query, log, 1, 1 << 20);
    // Bytes that are gzip already, or another format, are no text to compress.
    let is_text = !log.starts_with(&[0x1f, 0x8b]);
    let bytes = if is_text && way & 1 == 1 { gzip(log) } else { log.to_vec() };
    let threads = 1 + usize::from(way >> 1 & 1);
    let block_size = [64, 100, 777, 1 << 16][usize::from(way >> 2) % 4];
    assert_eq!(ask(query, &bytes, threads, block_size), plain, "{query}");
});
