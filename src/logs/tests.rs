//! Scans over every kind of input: the same records and reports whatever the way they are read.

use std::io::{Read, Write};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use flate2::{Compression, write::GzEncoder};

use super::group::LogGroup;
use super::report::Report;
use super::scan::{Scan, ScanOptions};
use crate::data::time::{Periods, TimeRange, parse};
use crate::error::Error;
use crate::readers::log_format::LogFormat;

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol \
                      packets bytes start end action log-status";
const A: &str = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 \
                 4249 1418530010 1418530070 ACCEPT OK";
const B: &str = "2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 \
                 2001:db8::9 34892 22 6 54 8855 1477913708 1477913820 REJECT OK";
const NODATA: &str = "2 unknown eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - NODATA";

/// The printed cells of one record.
type Row = Vec<Option<String>>;

fn gz(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("writes to memory");
    encoder.finish().expect("writes to memory")
}

fn options(fields: &[&str], block_size: usize) -> ScanOptions {
    let fields: Vec<String> = fields.iter().map(|name| (*name).to_owned()).collect();
    ScanOptions { slots: fields.len() + 1, fields, block_size, ..ScanOptions::default() }
}

/// All records in order with what was met besides, by two workers.
fn run(group: &LogGroup, options: &ScanOptions) -> (Vec<Row>, Report) {
    for _ in 0..9 {
        let scan = Scan::new(group, options.clone(), Arc::default());
        let records = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(batch) = scan.next().expect("is read") {
                        assert!(!batch.is_empty());
                        for (row, position) in batch.positions().iter().enumerate() {
                            let cell = |slot: &usize| {
                                batch.column(*slot).value(row).print().map(|text| text.into_owned())
                            };
                            let cells: Row = (0..options.fields.len())
                                .collect::<Vec<_>>()
                                .iter()
                                .map(cell)
                                .collect();
                            records.lock().expect("holds").push((*position, cells));
                        }
                    }
                });
            }
        });
        let report = scan.report();
        if report.restart {
            continue;
        }
        let mut records = records.into_inner().expect("holds");
        records.sort();
        assert!(records.windows(2).all(|pair| pair[0].0 < pair[1].0), "positions are unique");
        return (records.into_iter().map(|(_, cells)| cells).collect(), report);
    }
    panic!("the scan restarts for ever");
}

fn of(text: &[u8]) -> LogGroup {
    LogGroup::of_bytes("test", text.to_vec())
}

fn column(rows: &[Row], slot: usize) -> Vec<&str> {
    rows.iter().map(|row| row[slot].as_deref().unwrap_or("?")).collect()
}

/// The reasons of the bad lines with their numbers.
fn bad(report: &Report) -> Vec<(u64, &str)> {
    report.first_bad.iter().map(|bad| (bad.line, bad.reason.as_str())).collect()
}

#[test]
fn documented_records_are_read_field_by_field() {
    let text = [A, B, NODATA].join("\n");
    let fields = [
        "srcAddr",
        "dstAddr",
        "bytes",
        "action",
        "@timestamp",
        "@message",
        "@logStream",
        "@log",
        "@ptr",
        "@ingestionTime",
        "startTime",
        "vpcId",
        "nonsense",
        "accountId",
        "logStatus",
    ];
    let (rows, report) = run(&of(text.as_bytes()), &options(&fields, 1 << 16));
    assert_eq!(column(&rows, 0), ["172.31.16.139", "2001:db8:1234:a100:8d6e:3477:df66:f105", "?"]);
    assert_eq!(column(&rows, 1), ["172.31.16.21", "2001:db8::9", "?"]);
    assert_eq!(column(&rows, 2), ["4249", "8855", "?"]);
    assert_eq!(column(&rows, 3), ["ACCEPT", "REJECT", "?"]);
    assert_eq!(rows[0][4].as_deref(), Some("2014-12-14 04:06:50.000"));
    assert_eq!(column(&rows, 5), [A, B, NODATA]);
    assert_eq!(rows[1][6].as_deref(), Some("eni-1235b8ca123456789-all"));
    assert_eq!(column(&rows, 7), ["123456789010:test", "123456789010:test", "unknown:test"]);
    assert_eq!(rows[1][8], Some(format!("{:016x}", A.len() + 1)));
    assert_eq!(column(&rows, 10), ["1418530010", "1477913708", "1431280876"]);
    for slot in [9, 11, 12] {
        assert_eq!(column(&rows, slot), ["?"; 3], "{}", fields[slot]);
    }
    assert_eq!(rows[2][13].as_deref(), Some("unknown"));
    assert_eq!(rows[2][14].as_deref(), Some("NODATA"));
    assert_eq!(report, Report::default());
}

#[test]
fn lines_that_are_no_records_are_counted_and_named() {
    let text = [
        HEADER,
        A,
        "",
        "\0\0\0",
        "  \t \r",
        "the quick brown fox",
        &A.replace(" OK", ""),
        &format!("{A} more"),
        &A.replace(" 6 ", "  "),
        &format!("{A} "),
        &A.replace("4249", "42x9"),
        &A.replace("4249", "-5"),
        &A.replace("4249", "9223372036854775808"),
        &A.replace("4249", "9223372036854775807"),
        &A.replace("4249", "00000000000000000004249"),
        HEADER,
        NODATA,
    ]
    .join("\n");
    let group = of(text.as_bytes());
    for block_size in [64, 100, 1 << 10, 1 << 20] {
        let (rows, report) = run(&group, &options(&["bytes"], block_size));
        assert_eq!(column(&rows, 0), ["4249", "9223372036854775807", "4249", "?"]);
        assert_eq!((report.bad_lines, report.headers), (8, 2));
        assert_eq!(
            bad(&report),
            [
                (6, "4 values where the log format has 14"),
                (7, "13 values where the log format has 14"),
                (8, "15 values where the log format has 14"),
                (9, "value 8 is empty: values are separated by one blank"),
                (10, "value 15 is empty: values are separated by one blank"),
            ]
        );
    }
}

#[test]
fn a_number_that_is_none_is_named() {
    let text =
        format!("{}\n{}\n", A.replace("4249", "-5"), A.replace("4249", "92233720368547758080"));
    let (_, report) = run(&of(text.as_bytes()), &options(&[], 1 << 16));
    assert_eq!(
        bad(&report),
        [(1, "`bytes` is no number: `-5`"), (2, "`bytes` is no number: `92233720368547758080`")]
    );
}

#[test]
fn a_format_that_nobody_told_is_asked_for() {
    let (rows, report) =
        run(&of(b"2 vpc-1 subnet-1 100\n2 vpc-1 subnet-1 200\n"), &options(&["bytes"], 64));
    assert!(rows.is_empty());
    assert_eq!(report.bad_lines, 2);
    assert!(report.first_bad[0].reason.contains("--log-format"));
    let format = LogFormat::parse("${version} ${vpc-id} ${subnet-id} ${bytes}").expect("is one");
    let mut group = LogGroup::new(Some(format));
    group.add_bytes("x", b"2 vpc-1 subnet-1 100\r\n2 vpc-1 subnet-1 -\r\n".to_vec());
    let (rows, report) = run(&group, &options(&["bytes", "vpcId", "@message", "@logStream"], 64));
    assert_eq!(column(&rows, 0), ["100", "?"]);
    assert_eq!(column(&rows, 1), ["vpc-1"; 2]);
    assert_eq!(column(&rows, 2), ["2 vpc-1 subnet-1 100", "2 vpc-1 subnet-1 -"]);
    assert_eq!(column(&rows, 3), ["unknown-all"; 2]);
    assert_eq!(report.bad_lines, 0);
}

#[test]
fn carriage_returns_are_no_part_of_values_or_messages() {
    let text = [HEADER, A, "", NODATA, B].join("\r\n") + "\r\n";
    let (rows, report) = run(&of(text.as_bytes()), &options(&["logStatus", "@message"], 64));
    assert_eq!(column(&rows, 0), ["OK", "NODATA", "OK"]);
    assert_eq!(column(&rows, 1), [A, NODATA, B]);
    assert_eq!((report.bad_lines, report.headers), (0, 1));
}

#[test]
fn unknown_header_columns_are_fields() {
    let text = "version some-id bytes\n6 tgw-1 10\n6 - 20\n";
    let group = of(text.as_bytes());
    assert_eq!(group.extra_fields(), ["someId"]);
    let (rows, _) = run(&group, &options(&["someId", "bytes"], 64));
    assert_eq!(column(&rows, 0), ["tgw-1", "?"]);
    assert_eq!(column(&rows, 1), ["10", "20"]);
}

#[test]
fn a_format_without_numbers_tells_headers_and_blank_lines_from_records() {
    let text = "action\nACCEPT\n\n\0\nREJECT\naction\nlog-status\nOK\n";
    for bytes in [text.as_bytes().to_vec(), gz(text.as_bytes())] {
        let (rows, report) = run(&of(&bytes), &options(&["action", "logStatus"], 64));
        assert_eq!(column(&rows, 0), ["ACCEPT", "REJECT", "?"]);
        assert_eq!(column(&rows, 1), ["?", "?", "OK"]);
        assert_eq!((report.bad_lines, report.headers), (0, 3));
    }
}

#[test]
fn times_in_front_of_lines_are_timestamps() {
    let text = format!(
        "2024-12-14T16:34:40.123Z {A}\n2024-12-14T16:35:00.000Z {NODATA}\n{B}\n\
         2024-12-14T16:75:00.000Z {B}\n2024-12-14T16:35:00.000Z {B} x\n"
    );
    for block_size in [64, 1 << 16] {
        for bytes in [text.as_bytes().to_vec(), gz(text.as_bytes())] {
            let (rows, report) =
                run(&of(&bytes), &options(&["@timestamp", "@message", "srcAddr"], block_size));
            assert_eq!(
                column(&rows, 0),
                ["2024-12-14 16:34:40.123", "2024-12-14 16:35:00.000", "2016-10-31 11:35:08.000"]
            );
            assert_eq!(column(&rows, 1), [A, NODATA, B]);
            assert_eq!(rows[0][2].as_deref(), Some("172.31.16.139"));
            let lines: Vec<u64> = bad(&report).iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [4, 5]);
        }
    }
}

#[test]
fn only_records_inside_the_time_range_come_out() {
    let text = [A, B, NODATA].join("\n");
    let time = |text| parse(text).expect("is a time");
    let current =
        TimeRange { start: time("2015-05-10T18:01:16Z"), end: time("2016-10-31T11:35:08Z") };
    let range = Periods { current, earlier: None };
    let group = of(text.as_bytes());
    for block_size in [64, 1 << 16] {
        let (rows, _) = run(&group, &ScanOptions { range, ..options(&["@message"], block_size) });
        assert_eq!(column(&rows, 0), [B, NODATA]);
    }
}

/// Records of two formats, bad lines, blank lines, long lines and headers, some thousand lines.
fn mixture() -> Vec<u8> {
    let mut text = String::new();
    for i in 0..3000u32 {
        match i % 97 {
            0 => text += &format!("{HEADER}\n"),
            13 => text += "\n",
            14 => text += "no record\n",
            15 => text += &format!("{NODATA}\n"),
            40 => text += &format!("{}\n", "x ".repeat(i as usize)),
            _ if i == 1500 => text += "bytes srcaddr\n",
            _ if (1501..1510).contains(&i) => text += &format!("{i} 10.0.0.{}\n", i % 7),
            _ if i == 1510 => text += &format!("{HEADER}\n"),
            _ => text += &format!("{}\n", A.replace("4249", &i.to_string())),
        }
    }
    text.into_bytes()
}

#[test]
fn neither_block_size_nor_container_shows() {
    let text = mixture();
    let half = text.len() / 2;
    let members = [gz(&text[..half]), gz(&text[half..]), vec![0; 512]].concat();
    let fields = ["bytes", "srcAddr", "action", "@message", "@ptr", "@timestamp"];
    let (expected, expected_report) = run(&of(&text), &options(&fields, 1 << 20));
    assert!(expected.len() > 2800 && expected_report.bad_lines > 50);
    assert_eq!(expected_report.headers, 31 + 2);
    for block_size in [64, 65, 127, 1000, 4096, 1 << 16, 1 << 20] {
        for bytes in [&text, &gz(&text), &members] {
            let group = of(bytes);
            let (rows, report) = run(&group, &options(&fields, block_size));
            assert_eq!(report, expected_report, "{block_size}");
            assert!(rows == expected, "{block_size}");
        }
        let mut group = LogGroup::new(None);
        let stream: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(text.clone()));
        group.add_stream("test", "test", stream).expect("begins");
        let (rows, report) = run(&group, &options(&fields, block_size));
        assert_eq!(report, expected_report, "stream, {block_size}");
        assert!(rows == expected, "stream, {block_size}");
    }
}

#[test]
fn streams_are_read_once() {
    let mut group = LogGroup::new(None);
    let stream = std::io::Cursor::new(gz(A.as_bytes()));
    group.add_stream("-", "stdin", Box::new(stream)).expect("begins");
    assert_eq!(column(&run(&group, &options(&["@log"], 64)).0, 0), ["123456789010:stdin"]);
    let (rows, report) = run(&group, &options(&["@log"], 64));
    assert_eq!((rows.len(), report.faults[0].reason.as_str()), (0, "it can be read only once"));
}

#[test]
fn what_a_broken_gzip_still_has_is_used_and_the_fault_is_told() {
    let text = format!("{A}\n").repeat(5000);
    let whole = gz(text.as_bytes());
    let cut = &whole[..whole.len() / 2];
    let mut damaged = whole.clone();
    let at = damaged.len() - 5;
    damaged[at] ^= 0x55;
    for block_size in [64, 1000, 1 << 20] {
        let (rows, report) = run(&of(cut), &options(&["bytes"], block_size));
        assert!(rows.len() > 1000 && rows.len() < 5000, "{}", rows.len());
        assert_eq!(report.bad_lines, 0);
        assert!(report.faults[0].reason.starts_with("the compressed data ends too early"));
        let (_, expected) = run(&of(cut), &options(&["bytes"], 5000));
        assert_eq!(report, expected);
        let (rows, report) = run(&of(&damaged), &options(&["bytes"], block_size));
        assert_eq!((rows.len(), report.faults.len()), (5000, 1));
        assert_eq!(report.faults[0].path.to_str(), Some("test"));
    }
}

#[test]
fn a_huge_line_is_a_bad_line() {
    let huge = "7".repeat(17 << 20);
    let text = format!("{A}\n{huge}\n{B}\n{huge}");
    let last = format!("{A}\n{B} {huge}");
    for bytes in [text.as_bytes().to_vec(), gz(text.as_bytes())] {
        for block_size in [1 << 16, 1 << 20, 1 << 30] {
            let (rows, report) = run(&of(&bytes), &options(&["@message"], block_size));
            assert_eq!(column(&rows, 0), [A, B], "{block_size}");
            assert_eq!(bad(&report), [(2, "longer than 16 MiB"), (4, "longer than 16 MiB")]);
        }
    }
    let (rows, report) = run(&of(last.as_bytes()), &options(&["@message"], 1 << 20));
    assert_eq!((rows.len(), report.bad_lines), (1, 1));
}

#[test]
fn nothing_comes_of_nothing() {
    for bytes in [&b""[..], b"\n", b"\0", b" ", HEADER.as_bytes(), &gz(b""), &gz(HEADER.as_bytes())]
    {
        for block_size in [64, 1 << 20] {
            let (rows, report) = run(&of(bytes), &options(&["bytes"], block_size));
            assert_eq!((rows.len(), report.bad_lines, report.faults.len()), (0, 0, 0), "{bytes:?}");
        }
    }
}

#[test]
fn a_strict_scan_ends_at_a_bad_line() {
    let text = format!("{A}\nno record\n{B}\n");
    for bytes in [text.as_bytes().to_vec(), gz(text.as_bytes())] {
        let group = of(&bytes);
        let scan = Scan::new(
            &group,
            ScanOptions { strict: true, ..options(&[], 1 << 16) },
            Arc::default(),
        );
        match scan.next() {
            Err(Error::Input { line: 2, reason, .. }) => assert!(reason.starts_with("2 values")),
            other => panic!("{:?}", other.err()),
        }
        assert!(scan.next().expect("has ended").is_none());
    }
}

#[test]
fn progress_counts_everything_once() {
    let text = mixture();
    for bytes in [text.clone(), gz(&text)] {
        let group = of(&bytes);
        let scan = Scan::new(&group, options(&[], 1000), Arc::default());
        while scan.next().expect("is read").is_some() {}
        if scan.report().restart {
            continue;
        }
        let progress = scan.progress();
        assert_eq!(progress.bytes.load(Relaxed), text.len() as u64);
        assert_eq!(progress.disk_bytes.load(Relaxed), bytes.len() as u64);
        assert_eq!(progress.total_bytes.load(Relaxed), bytes.len() as u64);
        assert_eq!(progress.files_done.load(Relaxed), 1);
    }
}

/// What the reader must find, told the plainest way: the cells of records, and the bad lines.
fn plainly(text: &[u8], format: &LogFormat) -> (Vec<Row>, Vec<u64>) {
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(|byte| matches!(byte, 0 | b' ' | b'\t' | b'\r')) {
            continue;
        }
        let values: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let fits = |(value, field): (&&[u8], &Option<usize>)| {
            let text = String::from_utf8_lossy(value).into_owned();
            let number =
                text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_ok();
            let kind = field.map(|id| crate::readers::fields::FIELDS[id].kind);
            let numeric = matches!(
                kind,
                Some(
                    crate::readers::fields::FieldKind::Integer
                        | crate::readers::fields::FieldKind::Seconds
                )
            );
            !value.is_empty() && (!numeric || text == "-" || number)
        };
        if values.len() != format.len() || !values.iter().zip(&format.fields).all(fits) {
            bad.push(number as u64 + 1);
            continue;
        }
        let cell = |value: &&[u8]| {
            let text = crate::data::text::printable(value).into_owned();
            (text != "-").then_some(text)
        };
        rows.push(values.iter().map(cell).collect());
    }
    (rows, bad)
}

#[test]
fn damaged_records_are_read_as_the_plainest_reader_reads_them() {
    let mut state = 7u64;
    let mut random = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let format = LogFormat::default_v2();
    let names: Vec<&str> = format.names.iter().map(String::as_str).collect();
    for round in 0..60 {
        let mut text = Vec::new();
        for _ in 0..40 {
            let mut line = [A, B, NODATA][random(3)].as_bytes().to_vec();
            for _ in 0..random(3) {
                let at = random(line.len());
                match random(4) {
                    0 => line.insert(at, b" -0.\r\0\xffx\n"[random(9)]),
                    1 => drop(line.remove(at)),
                    2 => line[at] = b" -0.\r\0\xffx\n"[random(9)],
                    _ => line.splice(at..at, *b"1234567890123456").for_each(drop),
                }
            }
            text.extend(line);
            text.push(b'\n');
        }
        let (mut expected, lines) = plainly(&text, &format);
        for row in &mut expected {
            for place in [0, 5, 6, 7, 8, 9, 10, 11] {
                let number = row[place].take().map(|text| text.parse::<i64>().expect("is one"));
                row[place] = number.map(|number| number.to_string());
            }
        }
        let mut group = LogGroup::new(Some(format.clone()));
        group.add_bytes("x", text);
        let (rows, report) = run(&group, &options(&names, 64 + round * 50));
        assert_eq!(rows, expected);
        assert_eq!(report.bad_lines as usize, lines.len());
        let first: Vec<u64> = bad(&report).iter().map(|(line, _)| *line).collect();
        assert_eq!(first, lines[..lines.len().min(5)]);
    }
}

#[test]
fn files_of_other_times_are_told_by_those_of_the_time_range() {
    let folder = std::env::temp_dir().join(format!("flowql-open-for-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("is made");
    let header = |minutes: &str, fields: &str| {
        let name =
            format!("123456789012_vpcflowlogs_us-east-1_fl-0a1_20240501T{minutes}Z_5f3a.log");
        std::fs::write(folder.join(name), format!("{fields}\n")).expect("is written");
    };
    header("1200", "start end srcaddr");
    header("1300", "start end dstaddr");
    let noon = parse("2024-05-01T12:01:00Z").expect("is a time");
    let range = TimeRange { start: noon, end: noon };
    let paths = [folder.display().to_string()];
    let within = LogGroup::open_for(&paths, None, range).expect("it opens");
    let all = LogGroup::open(&paths, None).expect("it opens");
    std::fs::remove_dir_all(&folder).expect("is removed");
    let sizes = |group: &LogGroup| group.files.iter().map(|file| file.size).collect::<Vec<_>>();
    assert_eq!(within.field_names(), ["start", "end", "srcAddr"]);
    assert_eq!(all.field_names(), ["start", "end", "srcAddr", "dstAddr"]);
    assert_eq!(sizes(&within), sizes(&all));
}
