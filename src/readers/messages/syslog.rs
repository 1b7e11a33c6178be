//! Messages of syslog: RFC 5424, RFC 3164, and the messages of Cisco's firewalls in them.

use super::{Put, Shape, clock};
use crate::data::Value;

/// The fields of syslog.
///
/// Source: CloudWatch Logs User Guide, "Syslog", for the names; the words of facility and severity
/// are those of RFC 5424, section 6.2.1.
pub(super) const SHAPE: Shape = Shape {
    name: "syslog",
    fields: &[
        "hostname",
        "appName",
        "procId",
        "message",
        "messageId",
        "facility",
        "severity",
        "severityCode",
        "deviceId",
    ],
    fragment: false,
    read,
};

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

fn read(text: &str, put: &mut Put<'_>) -> bool {
    let (priority, rest) = match text.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((number, rest)) => match number.parse::<usize>() {
            Ok(number) if number < FACILITIES.len() * 8 && number.to_string().len() <= 3 => {
                (Some(number), rest)
            }
            _ => return false,
        },
        None => (None, text),
    };
    let mut host = Value::Missing;
    let mut see = |name: &str, value: Value| {
        if name == "hostname" {
            host = value.clone();
        }
        put(name, value);
    };
    let is = match rest.strip_prefix("1 ") {
        Some(rest) if priority.is_some() => modern(rest, &mut see),
        _ => old(rest, priority.is_some(), &mut see),
    };
    if let (true, Some(priority)) = (is, priority) {
        put("facility", Value::text(FACILITIES[priority / 8]));
        severity(priority % 8, put);
    }
    if is
        && let Some(at) = rest.find('%')
        && cisco(&rest[at + 1..], put)
    {
        put("deviceId", host);
    }
    is
}

fn severity(code: usize, put: &mut Put<'_>) {
    put("severity", Value::text(SEVERITIES[code % 8]));
    put("severityCode", Value::Integer(code as i64));
}

/// RFC 5424 behind the version: `TIME HOST APP PROCESS ID DATA MESSAGE`.
fn modern(text: &str, put: &mut Put<'_>) -> bool {
    let mut parts = text.splitn(6, ' ');
    let mut next = || parts.next();
    let (Some(_time), Some(host), Some(app), Some(process), Some(id), Some(rest)) =
        (next(), next(), next(), next(), next(), next())
    else {
        return false;
    };
    for (name, value) in
        [("hostname", host), ("appName", app), ("procId", process), ("messageId", id)]
    {
        if value != "-" {
            put(name, Value::text(value));
        }
    }
    put("message", Value::text(behind_data(rest).trim_start_matches('\u{feff}')));
    true
}

/// What follows the structured data, `-` or elements in brackets.
fn behind_data(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('-') {
        return rest.trim_start();
    }
    let (mut quoted, mut escaped, mut depth) = (false, false, 0);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth -= 1,
            ' ' if depth == 0 => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

/// RFC 3164: `Oct 11 22:14:15 HOST TAG[PROCESS]: MESSAGE`. Without a priority in front the tag must
/// be there, so that no other text is taken for one.
fn old(text: &str, sure: bool, put: &mut Put<'_>) -> bool {
    let Some(rest) = text.get(..3).and_then(clock::month).and_then(|_| text.get(15..)) else {
        return false;
    };
    let time = text.get(7..15).unwrap_or_default();
    let shape = |(at, byte): (usize, u8)| match at {
        2 | 5 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    if time.len() != 8 || !time.bytes().enumerate().all(shape) {
        return false;
    }
    let Some((host, rest)) = rest.trim_start().split_once(' ') else { return false };
    let tag_end = rest.find([':', '[', ' ']).unwrap_or(rest.len());
    let (tag, behind) = rest.split_at(tag_end);
    let (process, message) = match behind.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((process, message)) => (Some(process), message),
        None => (None, behind),
    };
    let tagged = message.starts_with(':') && !tag.is_empty();
    if !sure && !tagged {
        return false;
    }
    put("hostname", Value::text(host));
    if tagged && !tag.starts_with('%') {
        put("appName", Value::text(tag));
        if let Some(process) = process {
            put("procId", Value::text(process));
        }
        put("message", Value::text(message.trim_start_matches(':').trim_start()));
    } else {
        put("message", Value::text(rest));
    }
    true
}

/// `%ASA-4-106023: …` behind its percent sign: severity and number of the message.
fn cisco(text: &str, put: &mut Put<'_>) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(device), Some(code), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Some((id, _)) = rest.split_once(':') else { return false };
    let upper = device.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let digits = id.bytes().all(|byte| byte.is_ascii_digit()) && !id.is_empty();
    let (true, true, Ok(code @ 0..8)) = (upper, digits, code.parse::<usize>()) else {
        return false;
    };
    put("appName", Value::text(device));
    put("messageId", Value::text(id));
    severity(code, put);
    true
}
