//! Following: what a query gives that goes on from what it gathered is what it gives over all logs, and
//! only what was added is read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use flowql::data::Table;
use flowql::engine::{Answer, Engine};
use flowql::generate::sample_text;
use flowql::logs::group::LogGroup;
use flowql::logs::tail::{Added, Tail};
use flowql::plan::follow::Kept;

/// The clock of every query: 2026-01-01 00:00:00 UTC.
const NOW: i64 = 1_767_225_600_000;

/// Logs in a folder of their own, and a query that follows them.
struct Followed {
    folder: tempfile::TempDir,
    query: &'static str,
    tail: Tail,
    kept: Option<Kept>,
}

impl Followed {
    fn new(query: &'static str) -> Followed {
        let folder = tempfile::tempdir().expect("a folder can be made");
        Followed { folder, query, tail: Tail::default(), kept: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &[u8]) {
        let file = OpenOptions::new().append(true).create(true).open(self.path(name));
        file.and_then(|mut file| file.write_all(text)).expect("it can be written");
    }

    fn engine(&self) -> Engine {
        let mut group = open(self.folder.path());
        group.end_at_lines();
        let mut engine = Engine::new(group, NOW);
        engine.run.block_size = 4096;
        engine
    }

    /// The first look, over all there is.
    fn begin(&mut self) {
        let engine = self.engine();
        self.tail.read_all(engine.group());
        let (answer, kept) = engine.begin(self.query).expect("it runs");
        self.kept = kept;
        self.is_as_anew(&answer);
    }

    /// A further look; the bytes that it read, `None` where it could not go on.
    fn go_on(&mut self) -> Option<u64> {
        let engine = self.engine();
        let Added { group, goes_on, .. } = self.tail.added(engine.group()).expect("they are there");
        if !goes_on {
            return None;
        }
        let kept = self.kept.take()?;
        let (answer, kept) = engine.go_on(self.query, &group, kept).expect("it runs")?;
        self.kept = kept;
        self.is_as_anew(&answer);
        Some(engine.run.progress.bytes.load(std::sync::atomic::Ordering::Relaxed))
    }

    /// Compares an answer with that over all logs.
    fn is_as_anew(&self, answer: &Answer) {
        let anew = self.engine().query(self.query).expect("it runs");
        assert_eq!(rows(&answer.outcome.table), rows(&anew.outcome.table), "{}", self.query);
        let counts = |answer: &Answer| {
            let all = &answer.outcome.statistics;
            let passed: Vec<u64> =
                answer.outcome.passed.iter().map(|passed| passed.records).collect();
            let counted = (all.records_scanned, all.records_matched, all.records_found);
            (counted, all.bytes_scanned, all.bad_lines, all.files, passed)
        };
        assert_eq!(counts(answer), counts(&anew), "{}", self.query);
        let said = |answer: &Answer| {
            let warnings = answer.warnings.iter().map(|warning| warning.message.clone());
            warnings.collect::<Vec<_>>()
        };
        assert_eq!(said(answer), said(&anew), "{}", self.query);
    }
}

fn open(folder: &Path) -> LogGroup {
    LogGroup::open(&[folder.display().to_string()], None).expect("it opens")
}

fn rows(table: &Table) -> Vec<Vec<Option<String>>> {
    let cells = |row| (0..table.columns.len()).map(|column| table.cell(row, column)).collect();
    (0..table.len).map(cells).collect()
}

/// The lines of some sample logs in parts.
fn parts(records: u64, count: usize) -> Vec<Vec<u8>> {
    let text = sample_text(records);
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    lines.chunks(lines.len().div_ceil(count)).map(<[&[u8]]>::concat).collect()
}

#[test]
fn a_query_goes_on_from_what_it_gathered() {
    let queries = [
        "stats count(*), sum(bytes), avg(bytes), min(start), max(dstAddr) by action",
        "stats count(*) as n by srcAddr | sort n desc, srcAddr | limit 7",
        "filter action = 'REJECT' | stats count_distinct(dstPort), pct(bytes, 50) by bin(5m)",
        "stats earliest(srcAddr), latest(bytes), stddev(packets) by interfaceId",
        "stats values(protocol), count(absent) by dstPort | stats sum(`count(absent)`), count(*)",
        "fields srcAddr, bytes | sort bytes desc | limit 9",
        "filter bytes > 500 | fields strlen(srcAddr) as length | stats count(*) by length",
        "fields @timestamp, @message | limit 5",
    ];
    let parts = parts(1200, 6);
    for query in queries {
        let mut followed = Followed::new(query);
        followed.append("a.log", &parts[0]);
        followed.begin();
        assert!(followed.kept.is_some(), "{query}");
        let added = |more: &[u8]| Some(more.len() as u64);
        followed.append("a.log", &parts[1]);
        assert_eq!(followed.go_on(), added(&parts[1]), "{query}");
        followed.append("b.log", &parts[2]);
        assert_eq!(followed.go_on(), added(&parts[2]), "{query}");
        assert_eq!(followed.go_on(), Some(0), "{query}");
        // Both at once, one with a line that is no record, the other with half a line.
        followed.append("a.log", &[parts[3].as_slice(), b"no record\n"].concat());
        followed.append("b.log", &[parts[4].as_slice(), b"2 1234"].concat());
        assert_eq!(
            followed.go_on(),
            Some((parts[3].len() + parts[4].len() + 10) as u64),
            "{query}"
        );
    }
}

#[test]
fn millions_of_groups_are_gone_on_from_too() {
    let mut followed = Followed::new(
        "stats count(*) as n, sum(bytes) as b by srcAddr, srcPort | sort b desc, n, srcAddr, srcPort | limit 50",
    );
    // More groups than one table holds, each met again in every part.
    let part = |bytes: u32| {
        let line = |n: u32| {
            let (net, host, port) = (n >> 16 & 255, n >> 8 & 255, n % 50_000);
            let amount = bytes + n % 977;
            format!(
                "2 1 eni-a 10.{net}.{host}.7 10.0.0.1 {port} 443 6 1 {amount} 100 160 ACCEPT OK\n"
            )
        };
        (0..90_000).map(line).collect::<String>()
    };
    followed.append("a.log", part(1).as_bytes());
    followed.begin();
    for bytes in [5, 700] {
        let more = part(bytes);
        followed.append("a.log", more.as_bytes());
        assert_eq!(followed.go_on(), Some(more.len() as u64));
    }
}

#[test]
fn what_cannot_be_gone_on_from_is_begun_anew() {
    let parts = parts(300, 3);
    let begun = |query| {
        let mut followed = Followed::new(query);
        followed.append("b.log", &parts[0]);
        followed.begin();
        followed
    };
    // Those whose answer is more than one pass, or depends on the clock, or holds all records.
    for query in [
        "fields now() as n | stats count(*) by n",
        "filter srcAddr in (fields srcAddr | limit 3) | stats count(*)",
        "pattern @message | diff",
    ] {
        assert!(begun(query).kept.is_none(), "{query}");
    }
    let count = "stats count(*) by action";
    let mut cut = begun(count);
    fs::write(cut.path("b.log"), &parts[1][..200]).expect("it can be written");
    assert_eq!(cut.go_on(), None);
    let mut in_front = begun(count);
    in_front.append("a.log", &parts[1]);
    assert_eq!(in_front.go_on(), None);
    let mut gone = begun(count);
    gone.append("c.log", &parts[1]);
    fs::remove_file(gone.path("b.log")).expect("it can be removed");
    assert_eq!(gone.go_on(), None);
    // A header line in what was added tells other fields.
    let mut other = begun(count);
    other.append("b.log", b"action srcaddr start end\nACCEPT 10.0.0.1 1 2\n");
    assert_eq!(other.go_on(), None);
}
