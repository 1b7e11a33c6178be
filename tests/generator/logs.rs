//! Random logs: few values for each field, so that ties, groups and missing values are frequent.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::reference::DEFAULT_FORMAT;

/// Log formats: the default one, one with fields of later versions in an order of its own, and a
/// short one.
const FORMATS: &[&str] = &[
    DEFAULT_FORMAT,
    "interface-id version start end action bytes packets srcaddr dstaddr dstport srcport protocol \
     vpc-id tcp-flags flow-direction pkt-srcaddr account-id log-status",
    "version srcaddr bytes start action",
];

/// The values of a field, by its name in a header line; the plainest first.
fn values(wire: &str) -> &'static [&'static str] {
    match wire {
        "version" => &["2", "5"],
        "account-id" => &["123456789010", "000000000042"],
        "interface-id" => &["eni-1", "eni-10", "eni-9", "eni-0a1b2c3d4e5f60718"],
        "srcaddr" | "dstaddr" | "pkt-srcaddr" => {
            &["10.0.0.9", "10.0.0.10", "192.0.2.7", "2001:db8::1", "2001:db8::10", "10.0.0.9", "-"]
        }
        "srcport" | "dstport" => &["22", "443", "0", "49152", "443", "-"],
        "protocol" => &["6", "17", "-"],
        "packets" => &["1", "2", "3", "10", "-"],
        "bytes" => &["40", "84", "1500", "84", "0", "9007199254740993", "9223372036854775807", "-"],
        "start" => {
            &["1431280800", "1431280860", "1431280801", "1431367200", "1431280860", "0", "-"]
        }
        "end" => &["1431280860", "1431280920", "-"],
        "action" => &["ACCEPT", "REJECT", "REJECT", "-"],
        "log-status" => &["OK", "NODATA", "SKIPDATA"],
        "vpc-id" => &["vpc-1", "-"],
        "tcp-flags" => &["2", "18", "19", "-"],
        "flow-direction" => &["ingress", "egress", "é%2D", "-"],
        _ => &["-"],
    }
}

/// Lines of one log format.
#[derive(Clone, Debug)]
pub struct Section {
    format: usize,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
enum Line {
    /// Which value each field has.
    Record(Vec<u8>),
    /// The header line of the section, once more.
    Header,
    /// Which of the malformed lines it is, with the values of a record to spoil.
    Malformed(u8, Vec<u8>),
}

/// A line and the header line that would have to stand in front of it at the start of a file.
#[derive(Clone, Debug)]
pub struct Placed {
    pub text: String,
    pub header: Option<String>,
}

/// Random sections; `malformed` lets some lines be none that a record could be read from.
pub fn sections(malformed: bool) -> impl Strategy<Value = Vec<Section>> {
    let choices = || vec(any::<u8>(), 18);
    let bad = if malformed { 3 } else { 0 };
    let line = prop_oneof![
        20 => choices().prop_map(Line::Record),
        1 => Just(Line::Header),
        bad => (any::<u8>(), choices()).prop_map(|(which, choices)| Line::Malformed(which, choices)),
    ];
    let section =
        (0..FORMATS.len(), vec(line, 0..40)).prop_map(|(format, lines)| Section { format, lines });
    prop_oneof![3 => vec(section.clone(), 1), 1 => vec(section, 2..4)]
}

/// The lines of sections. The first section has no header line where it has the default format.
pub fn lines(sections: &[Section]) -> Vec<Placed> {
    let mut placed = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let format = FORMATS[section.format];
        let bare = at == 0 && section.format == 0;
        let header = (!bare).then(|| format.to_owned());
        let mut place = |text: String| placed.push(Placed { text, header: header.clone() });
        if !bare {
            place(format.to_owned());
        }
        for line in &section.lines {
            match line {
                Line::Record(choices) => place(record(format, choices)),
                Line::Header => place(format.to_owned()),
                Line::Malformed(which, choices) => {
                    place(malformed(*which, record(format, choices)))
                }
            }
        }
    }
    placed
}

fn record(format: &str, choices: &[u8]) -> String {
    let value = |(wire, choice): (&str, &u8)| {
        let values = values(wire);
        values[usize::from(*choice) % values.len()]
    };
    format.split(' ').zip(choices).map(value).collect::<Vec<_>>().join(" ")
}

fn malformed(which: u8, record: String) -> String {
    match which % 9 {
        0 => String::new(),
        1 => "  \t ".to_owned(),
        2 => "\0\0\0".to_owned(),
        3 => "A sentence that somebody wrote.".to_owned(),
        4 => format!("{record} 1"),
        5 => record.replace('2', "two"),
        6 => record.replacen(' ', "  ", 1),
        7 => record.split(' ').take(3).collect::<Vec<_>>().join(" "),
        _ => "x".repeat(3000),
    }
}
