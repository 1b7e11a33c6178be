//! Kinds of logs: what the lines of a file are, told by the first of them.

use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::deliveries::{self, Delivery};
use super::lines::{header, is_blank, is_record, without_prefix};
use super::log_format::LogFormat;
use super::messages;

/// How many of the first lines are looked at.
const LINES: usize = 20;

/// What the lines of a text are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Flow log records.
    Flow(FlowLines),
    /// Each line is an event of its own, whose fields are discovered.
    Events {
        /// Whether lines begin with a time that is no part of the message, as in an export of
        /// CloudWatch.
        prefixed: bool,
    },
    /// Records whose values lie column by column.
    Columns,
    /// Events in envelopes.
    Delivery(Delivery),
    /// No logs, or none that can be read, and why.
    LeftOut(String),
}

/// What is known of lines that are flow log records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowLines {
    /// The format of the first records.
    pub format: Arc<LogFormat>,
    /// Whether the default format was taken because nothing told another one.
    pub assumed: bool,
    /// Whether lines begin with a time, as in an export of CloudWatch.
    pub prefixed: bool,
    /// Why the assumed format may be a wrong one, where its first record looks like another.
    pub doubt: Option<String>,
}

/// What the lines of a text are, by its first ones; `option` is the format of flow log records
/// without a header line, where a person gave one.
pub fn tell(text: &[u8], option: Option<&Arc<LogFormat>>) -> Content {
    let lines = || lines_of(text).take(LINES);
    let line = lines().next().unwrap_or_default();
    let body = without_prefix(line);
    let prefixed = body.len() < line.len();
    if let Some(format) = header(body) {
        return Content::Flow(FlowLines { format, assumed: false, prefixed, doubt: None });
    }
    if let Some(delivery) = delivery(text) {
        return Content::Delivery(delivery);
    }
    if let Some(format) = option {
        let format = Arc::clone(format);
        return Content::Flow(FlowLines { format, assumed: false, prefixed, doubt: None });
    }
    let of = |format: &LogFormat| lines().any(|line| is_record(without_prefix(line), format));
    if let Some(format) = LogFormat::defaults().iter().find(|format| of(format)) {
        let (format, doubt) = (Arc::clone(format), doubt(text, format));
        return Content::Flow(FlowLines { format, assumed: true, prefixed, doubt });
    }
    if line.is_empty() || lines().any(|line| looks_like_flow(without_prefix(line))) {
        let [format, _] = LogFormat::defaults().clone();
        return Content::Flow(FlowLines { format, assumed: true, prefixed, doubt: None });
    }
    if !is_text(text) {
        return Content::LeftOut("it is no text and of no kind that is read; left out".to_owned());
    }
    // A time that a program wrote in front of its own text belongs to the message.
    let told = |line: &[u8]| {
        let body = without_prefix(line);
        body.len() < line.len() && messages::names(body, &[], &mut |_| {}).is_some()
    };
    Content::Events { prefixed: prefixed && lines().any(told) }
}

/// The lines of a text that have something in them.
fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    let lines = ends.scan(0, |start, end| text.get(std::mem::replace(start, end + 1)..end));
    lines.filter(|line| !is_blank(line))
}

/// Whether more of a text whose start has this content would have the same, where no format was given.
pub fn is_settled(content: &Content, text: &[u8]) -> bool {
    let Content::Flow(flow) = content else { return false };
    let lines = if flow.assumed { LINES } else { 1 };
    // The last line may go on.
    lines_of(text).nth(lines).is_some()
}

/// The envelopes that a text is of, by its start.
fn delivery(text: &[u8]) -> Option<Delivery> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let behind = text.get(1..).unwrap_or_default().trim_ascii_start();
    match text.first()? {
        b'[' if matches!(behind.first(), Some(b'{' | b']')) && is_json(text) => {
            Some(Delivery::Json(None))
        }
        b'{' => object(text, line),
        _ => deliveries::is_table(line).then_some(Delivery::Table),
    }
}

/// Whether a text begins as JSON, as far as it goes.
fn is_json(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<IgnoredAny>();
    values.next().is_some_and(|value| value.map_or_else(|error| error.is_eof(), |_| true))
}

/// The same of a text that begins as an object. JSON lines that are no envelopes are none.
fn object(text: &[u8], line: &[u8]) -> Option<Delivery> {
    let text = String::from_utf8_lossy(text);
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
    let keys = ["events", "Records", "records"];
    match values.next() {
        Some(Ok(value)) => {
            let envelope = deliveries::envelope::is_envelope(value.get());
            let key = keys
                .into_iter()
                .find(|key| envelope && deliveries::envelope::has_items(value.get(), key));
            // A value that takes more than its line is no JSON line, and neither are two in one.
            let more = value.get().contains('\n');
            let behind = line.get(values.byte_offset()..).unwrap_or_default().trim_ascii();
            let values = more || behind.starts_with(b"{");
            (envelope || values).then_some(Delivery::Json(key))
        }
        // It goes on behind what was looked at.
        Some(Err(error)) if error.is_eof() => {
            let first = text.split('"').nth(1).unwrap_or_default();
            let begins = |key: &str| {
                [format!("\"{key}\": ["), format!("\"{key}\":[")]
                    .iter()
                    .any(|mark| text.contains(mark))
            };
            let paged = matches!(first, "searchedLogStreams" | "nextToken" | "nextForwardToken");
            let key = keys.into_iter().find(|key| begins(key) && (*key == first || paged));
            let payload = matches!(first, "messageType" | "owner" | "logGroup" | "logEvents");
            let long = line.trim_ascii() == b"{" || line.len() == text.len();
            (key.is_some() || payload || long).then_some(Delivery::Json(key))
        }
        _ => None,
    }
}

/// Whether bytes are text: no NUL and few control characters among them.
fn is_text(head: &[u8]) -> bool {
    let control =
        |byte: &&u8| **byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | 0x0c);
    !head.contains(&0) && head.iter().filter(control).count() * 50 <= head.len()
}

/// Whether a line looks like a flow log record in some format: plain values with one blank between,
/// among them a network interface or two of those that flow logs have.
pub fn looks_like_flow(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let line = line.trim_end_matches('\r');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:_/%".contains(c);
    let mut signs = [false; 6];
    for value in line.split(' ') {
        if value.is_empty() || !value.chars().all(plain) {
            return false;
        }
        let starts = |marks: &[&str]| marks.iter().any(|mark| value.starts_with(mark));
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        signs[0] |= starts(&["eni-"]);
        signs[1] |= starts(&["vpc-"]);
        signs[5] |= starts(&["subnet-", "tgw-", "i-0"]);
        signs[2] |= value.parse::<std::net::IpAddr>().is_ok();
        signs[3] |= matches!(value, "ACCEPT" | "REJECT" | "NODATA" | "SKIPDATA");
        signs[4] |= digits && value.len() == 10;
    }
    signs[0] || signs.iter().filter(|sign| **sign).count() >= 2
}

/// What speaks against the default format in the first record that has as many values: another
/// order of fields goes unnoticed otherwise, since most values are plain texts.
fn doubt(text: &[u8], format: &LogFormat) -> Option<String> {
    let line = text.split(|byte| *byte == b'\n').find(|line| !is_blank(line))?;
    let line = without_prefix(line);
    let values: Vec<&[u8]> =
        line.strip_suffix(b"\r").unwrap_or(line).split(|byte| *byte == b' ').collect();
    let &[.., action, status] = values.as_slice() else { return None };
    let default = LogFormat::default_v2();
    let fits = matches!(action, b"ACCEPT" | b"REJECT" | b"-")
        && matches!(status, b"OK" | b"NODATA" | b"SKIPDATA");
    let doubtful =
        *format == default && values.len() == default.len() && !fits && text.contains(&b'\n');
    doubtful.then(|| {
        let shown = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        format!(
            "its first record ends with `{} {}` where the default format has action and log-status; \
             if the logs have another format, say which with --log-format",
            shown(action),
            shown(status)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match tell(text.as_bytes(), None) {
            Content::Flow(FlowLines { assumed, prefixed, .. }) => {
                format!("flow {assumed} {prefixed}")
            }
            Content::Events { prefixed } => format!("events {prefixed}"),
            Content::Delivery(delivery) => format!("{delivery:?}"),
            Content::Columns => "columns".to_owned(),
            Content::LeftOut(_) => "left out".to_owned(),
        }
    }

    #[test]
    fn lines_tell_what_they_are() {
        let record =
            "2 123456789010 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 40 1715774401 1715774411 ACCEPT OK";
        let cases = [
            ("", "flow true false"),
            ("\n\0\0\0\n", "flow true false"),
            (record, "flow true false"),
            (&format!("2024-05-15T12:00:01.000Z {record}"), "flow true true"),
            (&format!("a title\n\n{record}"), "flow true false"),
            ("version srcaddr\n", "flow false false"),
            ("3 vpc-0a1 10.0.0.4 1714564800 1714564830 19", "flow true false"),
            ("eni-0a -", "flow true false"),
            ("no flow logs at all", "events false"),
            ("Accepted connection from 10.0.0.1", "events false"),
            ("{\"eni\": \"eni-0a 10.0.0.1\"}", "events false"),
            ("2024-05-15T12:00:01.000Z INFO started", "events false"),
            ("2024-05-15T12:00:01.000Z {\"a\": 1}", "events true"),
            ("2024-05-15T12:00:01.000Z START RequestId: x Version: 1", "events true"),
            ("1.0 2017-12-13T08:16:02.130Z Z1 a.b A NOERROR UDP FRA6 192.0.2.1 -", "events false"),
            ("\u{1}\u{0}\u{3}", "left out"),
            ("{\"a\": 1}\n{\"a\": 2}\n", "events false"),
            ("{\"a\": 1}{\"a\": 2}", "Json(None)"),
            ("{\n  \"a\": 1\n}\n", "Json(None)"),
            ("[{\"a\": 1}]", "Json(None)"),
            ("[INFO] started", "events false"),
            ("[{main}] started", "events false"),
            ("{\"a\": 1} behind it\n", "events false"),
            ("{\"message\": \"2 x\"}\n{\"message\": \"2 x\"}\n", "Json(None)"),
            ("{\"message\": \"x\", \"level\": \"info\"}\n", "events false"),
            ("{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[]}", "Json(None)"),
            ("{\"Records\": [{\"a\": 1}]}", "Json(Some(\"Records\"))"),
            ("{\"Records\": [{\"a\": 1}, {\"cut", "Json(Some(\"Records\"))"),
            ("{\n  \"events\": [\n    {\"timestamp\": 1, \"mess", "Json(Some(\"events\"))"),
            ("{\"a\": 1, \"cut\n{\"a\": 2}\n", "events false"),
            ("timestamp,message\r\n1715774400000,\"a\"\r\n", "Table"),
            ("@timestamp,@message,n\n", "Table"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_more_lines_could_change_is_not_settled() {
        let record = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 \
                      4249 1418530010 1418530070 ACCEPT OK\n";
        let settled = |text: &str| is_settled(&tell(text.as_bytes(), None), text.as_bytes());
        assert!(settled("version srcaddr bytes\n2 10.0"));
        assert!(!settled("\nversion srcaddr by"));
        let behind = "2 12345";
        assert!(settled(&format!("{}{behind}", record.repeat(LINES))));
        assert!(settled(&format!("\n \n{}{behind}", record.repeat(LINES))));
        assert!(!settled(&format!("\n \n{}{behind}", record.repeat(LINES - 1))));
        assert!(!settled(&"a text\n".repeat(LINES)));
        assert!(!settled(""));
    }
}
