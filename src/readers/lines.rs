//! Lines: which of them are records, which are headers, and what is wrong with the others.

use std::cell::RefCell;
use std::sync::Arc;

use super::layout::{LENGTH, Layout, RUN, is_numeric};
use super::separators::Separators;
use crate::data::number::parse_integer;
use crate::data::time::{self, Timestamp};
use crate::readers::log_format::LogFormat;

/// The length of the time in front of a line of a CloudWatch export, its blank included:
/// `2024-12-14T16:34:40.000Z `.
pub const PREFIX: usize = 25;

/// How many bad lines of a block are kept with their reasons.
const KEPT: usize = 5;

/// What the lines of a text are.
#[derive(Debug, Default)]
pub struct Lines {
    /// For each record, where in the starts its first value is.
    pub records: Vec<u32>,
    /// The time in front of each record; empty unless the file has such times. A record without
    /// one has `None`.
    pub times: Vec<Option<Timestamp>>,
    /// Lines that are neither a record nor a header nor blank.
    pub bad: u64,
    /// The first few of them: where the line starts, and what is wrong.
    pub first_bad: Vec<(u32, String)>,
    /// Header lines.
    pub headers: u64,
    /// Where a header of another format stands; lines after it were not looked at.
    pub other_header: Option<u32>,
}

impl Lines {
    /// Sorts the lines of a text by what they are; `found` holds its separators. What was known
    /// before is gone.
    ///
    /// A record has exactly as many values as the format, and a number or `-` wherever the format
    /// has a number. `prefixed`: lines may begin with a time, as an export of CloudWatch has them.
    pub fn check(&mut self, text: &[u8], found: &Separators, layout: &Layout, prefixed: bool) {
        self.records.clear();
        self.times.clear();
        self.first_bad.clear();
        (self.bad, self.headers, self.other_header) = (0, 0, None);
        self.records.reserve(found.newlines().len());
        let checker = Checker { text, found, layout, prefixed, places: layout.format.len() };
        if prefixed {
            self.walk::<true>(&checker);
        } else {
            self.walk::<false>(&checker);
        }
    }

    fn walk<const PREFIXED: bool>(&mut self, checker: &Checker<'_>) {
        let found = checker.found;
        let starts = found.starts();
        let values = checker.places + usize::from(PREFIXED);
        let mut doubled = found.doubled().iter().copied();
        let mut next_doubled = doubled.next().unwrap_or(u32::MAX);
        let mut minute = Minute::default();
        // Without a number among the values, nothing but a close look tells a header or a blank
        // line from a record.
        let close = checker.layout.numeric.is_empty();
        let mut first = 0;
        for &newline in found.newlines() {
            let end = first + values;
            if starts.get(end) == Some(&(newline + 1)) && newline < next_doubled && !close {
                let place = first + usize::from(PREFIXED);
                if checker.has_numbers(place) {
                    let time =
                        if PREFIXED { checker.time(starts[first], &mut minute) } else { None };
                    if !PREFIXED || time.is_some() {
                        if PREFIXED {
                            self.times.push(time);
                        }
                        self.records.push(place as u32);
                        first = end;
                        continue;
                    }
                }
            }
            while next_doubled <= newline {
                next_doubled = doubled.next().unwrap_or(u32::MAX);
            }
            let start = starts[first];
            let line = &checker.text[start as usize..newline as usize];
            match checker.look(line, &mut minute) {
                Kind::Blank => {}
                Kind::Record(time) => {
                    self.records.push((first + usize::from(time.is_some())) as u32);
                    if PREFIXED {
                        self.times.push(time);
                    }
                }
                Kind::Header => self.headers += 1,
                Kind::OtherHeader => {
                    self.other_header = Some(start);
                    return;
                }
                Kind::Bad(reason) => {
                    self.bad += 1;
                    if self.first_bad.len() < KEPT {
                        self.first_bad.push((start, reason.text(checker.layout)));
                    }
                }
            }
            first += starts[first..].iter().take_while(|start| **start <= newline).count();
        }
    }
}

/// What one line is.
enum Kind {
    Blank,
    Record(Option<Timestamp>),
    Header,
    OtherHeader,
    Bad(Reason),
}

/// What is wrong with a line; made into words only where they are shown.
enum Reason {
    Count(usize),
    Empty(usize),
    Number(usize, String),
}

impl Reason {
    fn text(&self, layout: &Layout) -> String {
        let wanted = layout.format.len();
        match self {
            Reason::Count(count) => {
                let values = if *count == 1 { "value" } else { "values" };
                if layout.assumed {
                    format!(
                        "{count} {values} where the default format has {wanted}; if the logs \
                         have another format, say which with --log-format"
                    )
                } else {
                    format!("{count} {values} where the log format has {wanted}")
                }
            }
            Reason::Empty(place) => {
                format!("value {} is empty: values are separated by one blank", place + 1)
            }
            Reason::Number(place, value) => {
                let name = layout.format.names.get(*place).map_or("", String::as_str);
                format!("`{name}` is no number: `{value}`")
            }
        }
    }
}

struct Checker<'a> {
    text: &'a [u8],
    found: &'a Separators,
    layout: &'a Layout,
    prefixed: bool,
    places: usize,
}

impl Checker<'_> {
    /// Whether the record whose first value is at `place` of the starts has numbers wherever the
    /// format has them. May say no to a record that a closer look finds good.
    #[inline(always)]
    fn has_numbers(&self, place: usize) -> bool {
        for run in &self.layout.numeric {
            let Some(starts) = self.found.starts_from::<{ RUN + 1 }>(place + run.from) else {
                return false;
            };
            if self.found.has_others(starts[0], starts[run.len]) {
                if !self.has_numbers_or_hyphens(&starts[..=run.len]) {
                    return false;
                }
                continue;
            }
            // Any 18 digits fit 64 bits; what is longer is looked at closely. All lanes are
            // compared, those behind the run with a limit that nothing exceeds.
            let mut long = 0;
            for i in 0..RUN {
                long |= run.limits[i].wrapping_sub(starts[i + 1].wrapping_sub(starts[i]) & LENGTH);
            }
            if long >> 31 != 0 {
                return false;
            }
        }
        true
    }

    fn has_numbers_or_hyphens(&self, starts: &[u32]) -> bool {
        starts.windows(2).all(|pair| {
            let (start, end) = (pair[0], pair[1]);
            (end - start == 2 && self.text.get(start as usize) == Some(&b'-'))
                || (end - start <= 19 && !self.found.has_others(start, end))
        })
    }

    /// The time in front of the line that starts here.
    fn time(&self, start: u32, minute: &mut Minute) -> Option<Timestamp> {
        minute.prefix(self.text.get(start as usize..)?)
    }

    /// What a line is, found out the thorough way.
    fn look(&self, line: &[u8], minute: &mut Minute) -> Kind {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if is_blank(line) {
            return Kind::Blank;
        }
        let time = if self.prefixed { minute.prefix(line) } else { None };
        let line = if time.is_some() { line.get(PREFIX..).unwrap_or_default() } else { line };
        if let Some(format) = header(line) {
            let same = format == self.layout.format;
            return if same { Kind::Header } else { Kind::OtherHeader };
        }
        match wrong(line, &self.layout.format) {
            Some(reason) => Kind::Bad(reason),
            None => Kind::Record(time),
        }
    }
}

/// What keeps a line, without its end, from being a record of a format.
fn wrong(line: &[u8], format: &LogFormat) -> Option<Reason> {
    let values = || line.split(|byte| *byte == b' ');
    if let Some(place) = values().position(<[u8]>::is_empty) {
        return Some(Reason::Empty(place));
    }
    let count = values().count();
    if count != format.len() {
        return Some(Reason::Count(count));
    }
    let wrong = |(place, value): &(usize, &[u8])| {
        is_numeric(format, *place) && *value != b"-" && !is_number(value)
    };
    let (place, value) = values().enumerate().find(wrong)?;
    let shown = value.get(..40).unwrap_or(value);
    Some(Reason::Number(place, shown.escape_ascii().to_string()))
}

/// Whether a line is a record of a format: as many values, and numbers or `-` where it has numbers.
pub fn is_record(line: &[u8], format: &LogFormat) -> bool {
    wrong(line.strip_suffix(b"\r").unwrap_or(line), format).is_none()
}

fn is_number(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_digit) && parse_integer(value).is_some()
}

/// Whether a line has nothing in it: no bytes, or only blanks, tabs and NULs.
pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, 0 | b' ' | b'\t' | b'\r'))
}

thread_local! {
    /// The last header line and its format: all files of a flow log begin with the same one.
    static LAST_HEADER: RefCell<Option<(Vec<u8>, Arc<LogFormat>)>> = const { RefCell::new(None) };
}

/// The format that a line tells if it is a header; records are told apart at their first words.
pub fn header(line: &[u8]) -> Option<Arc<LogFormat>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    LAST_HEADER.with_borrow_mut(|last| match last {
        Some((known, format)) if known == line => Some(Arc::clone(format)),
        _ if !has_names_only(line) => None,
        _ => {
            let format = Arc::new(LogFormat::from_header(line)?);
            *last = Some((line.to_vec(), Arc::clone(&format)));
            Some(format)
        }
    })
}

/// Whether a line has nothing but lower-case words, which may have digits and dashes inside.
fn has_names_only(line: &[u8]) -> bool {
    let mut inside = false;
    line.iter().all(|byte| match byte {
        b'a'..=b'z' => {
            inside = true;
            true
        }
        b' ' => {
            inside = false;
            true
        }
        b'0'..=b'9' | b'-' | b'_' => inside,
        _ => false,
    })
}

/// The line without the time that may stand in front of it.
pub fn without_prefix(line: &[u8]) -> &[u8] {
    match Minute::default().prefix(line) {
        Some(_) => line.get(PREFIX..).unwrap_or_default(),
        None => line,
    }
}

/// A place where the format changes: the offset of a header line, and the format it tells.
pub type Change = (usize, Arc<LogFormat>);

/// The header lines in `text[from..to]` at which the format changes, and how many lines there are.
pub fn changes(
    text: &[u8],
    from: usize,
    to: usize,
    prefixed: bool,
    current: &Arc<LogFormat>,
) -> (Vec<Change>, u64) {
    let mut found: Vec<Change> = Vec::new();
    let (mut start, mut lines) = (from, 0);
    let region = text.get(from..to).unwrap_or_default();
    for newline in memchr::memchr_iter(b'\n', region) {
        lines += 1;
        let end = from + newline;
        let line = &text[start..end];
        let body = if prefixed && line.first().is_some_and(u8::is_ascii_digit) {
            without_prefix(line)
        } else {
            line
        };
        if body.first().is_some_and(u8::is_ascii_lowercase)
            && let Some(format) = header(body)
        {
            let before = found.last().map_or(current, |(_, format)| format);
            if format != *before {
                found.push((start, format));
            }
        }
        start = end + 1;
    }
    (found, lines)
}

/// Reads the times in front of lines; remembers the minute, which is the same for many lines.
#[derive(Default)]
pub struct Minute {
    text: [u8; 16],
    start: Option<Timestamp>,
}

impl Minute {
    /// The time at the start of a line, if it has the shape `2024-12-14T16:34:40.000Z ` and is one.
    pub fn prefix(&mut self, line: &[u8]) -> Option<Timestamp> {
        let shape: &[u8; PREFIX] = line.first_chunk()?;
        let [minute @ .., b':', s1, s2, b'.', m1, m2, m3, b'Z', b' '] = shape else { return None };
        if [s1, s2, m1, m2, m3].iter().any(|byte| !byte.is_ascii_digit()) || *s1 > b'5' {
            return None;
        }
        if *minute != self.text {
            self.text = *minute;
            self.start = minute_start(minute);
        }
        let digit = |byte: &u8| i64::from(byte - b'0');
        let millis = digit(m1) * 100 + digit(m2) * 10 + digit(m3);
        Some(self.start? + (digit(s1) * 10 + digit(s2)) * 1000 + millis)
    }
}

fn minute_start(text: &[u8; 16]) -> Option<Timestamp> {
    let shape = |(i, byte): (usize, &u8)| match i {
        4 | 7 => *byte == b'-',
        10 => *byte == b'T',
        13 => *byte == b':',
        _ => byte.is_ascii_digit(),
    };
    if !text.iter().enumerate().all(shape) {
        return None;
    }
    time::parse(std::str::from_utf8(text).ok()?)
}
