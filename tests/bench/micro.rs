//! The small steps that a scan and a grouping consist of, each by itself: `cargo bench --bench micro`.

use std::io::{BufReader, Cursor, Read, Write};

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use flate2::Compression;
use flate2::write::GzEncoder;
use flowql::aggregates::sum::SUM;
use flowql::data::groups::GroupTable;
use flowql::data::interner::hash_word;
use flowql::data::{Position, Statistics};
use flowql::engine::Engine;
use flowql::generate::sample_text;
use flowql::logs::group::LogGroup;
use flowql::output::{self, Style};
use flowql::readers::gzip::Gunzip;
use flowql::readers::separators::Separators;
use flowql::readers::values;

/// Records of a text that stays in the second cache, about one block of a scan.
const RECORDS: u64 = 4_000;

fn main() {
    divan::main();
}

/// The range of the value at a place of every line.
fn ranges(text: &[u8], place: usize) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut from = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let before: usize = line.split(|byte| *byte == b' ').take(place).map(|v| v.len() + 1).sum();
        let length = line.split(|byte| *byte == b' ').nth(place).map_or(0, <[u8]>::len);
        ranges.push((from + before, from + before + length));
        from += line.len();
    }
    ranges
}

#[divan::bench]
fn find_separators(bencher: Bencher<'_, '_>) {
    let text = sample_text(RECORDS);
    let mut found = Separators::default();
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| found.find(black_box(&text), 0, text.len()));
}

#[divan::bench]
fn decode_addresses(bencher: Bencher<'_, '_>) {
    let text = sample_text(RECORDS);
    let ranges = ranges(&text, 3);
    bencher.counter(ItemsCount::new(ranges.len())).bench_local(|| {
        let words = ranges.iter().map(|(start, end)| values::word(&text, *start, *end).0);
        words.fold(0, |all, word| all ^ word)
    });
}

#[divan::bench]
fn decode_numbers(bencher: Bencher<'_, '_>) {
    let text = sample_text(RECORDS);
    let mut ranges = ranges(&text, 10);
    ranges.retain(|(start, end)| text[*start..*end].iter().all(u8::is_ascii_digit));
    bencher.counter(ItemsCount::new(ranges.len())).bench_local(|| {
        let numbers = ranges.iter().filter_map(|(start, end)| values::digits(&text, *start, *end));
        numbers.fold(0, |all, number| all ^ number)
    });
}

/// A million keys, of so many distinct ones.
#[divan::bench(args = [100, 10_000, 1_000_000], sample_count = 10)]
fn insert_groups(bencher: Bencher<'_, '_>, distinct: u64) {
    let keys: Vec<u64> = (0..1_000_000).map(|n| hash_word(n, 7) % distinct).collect();
    let positions: Vec<Position> = (0..keys.len() as u64).collect();
    bencher.counter(ItemsCount::new(keys.len())).bench_local(|| {
        let mut table = GroupTable::new(1);
        let mut groups = Vec::with_capacity(keys.len());
        table.insert_all(&keys, |key| hash_word(key[0], 1), &positions, &mut groups);
        (table.len(), groups.len())
    });
}

/// The groups of one worker into those of another, which has half of them.
#[divan::bench(args = [100, 10_000, 1_000_000], sample_count = 10)]
fn merge_groups(bencher: Bencher<'_, '_>, groups: u32) {
    let sums = || {
        let mut sums = (SUM.make)(&[]).expect("it takes no literals");
        sums.resize(groups as usize);
        sums
    };
    let table = |first: u32| {
        let mut table = GroupTable::new(1);
        for key in first..first + groups {
            let key = hash_word(u64::from(key), 7);
            table.insert(&[key], hash_word(key, 1), 0);
        }
        table
    };
    let (other, other_sums) = (table(groups / 2), sums());
    let from: Vec<u32> = (0..groups).collect();
    bencher.counter(ItemsCount::new(groups)).with_inputs(|| (table(0), sums())).bench_local_values(
        |(mut table, mut sums)| {
            let keys = other.words().iter().zip(other.hashes());
            let into: Vec<u32> = keys.map(|(key, hash)| table.insert(&[*key], *hash, 0)).collect();
            sums.resize(table.len());
            sums.merge(other_sums.as_ref(), &from, &into);
            table.len()
        },
    );
}

#[divan::bench]
fn inflate(bencher: Bencher<'_, '_>) {
    let text = sample_text(RECORDS * 10);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&text).expect("memory takes every byte");
    let packed = encoder.finish().expect("memory takes every byte");
    let mut buffer = vec![0; text.len()];
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        let mut text = Gunzip::new(BufReader::new(Cursor::new(&packed)));
        text.read_exact(&mut buffer).expect("it is whole");
    });
}

/// A result of some thousand groups, as each format writes it.
#[divan::bench(args = ["csv", "json", "ndjson", "table", "markdown"])]
fn render(bencher: Bencher<'_, '_>, name: &str) {
    let group = LogGroup::of_bytes("logs", sample_text(RECORDS * 10));
    let engine = Engine::new(group, 0);
    let query = "stats avg(bytes), max(bytes) by srcAddr, dstAddr, bin(5m)";
    let table = engine.query(query).expect("the query runs").outcome.table;
    let format = output::find(name).expect("there is such a format");
    let (statistics, style) = (Statistics::default(), Style::default());
    bencher.counter(ItemsCount::new(table.len)).bench_local(|| {
        let mut text = Vec::new();
        format.write(&table, &statistics, &style, &mut text).expect("memory takes every byte");
        text.len()
    });
}
