//! Messages of Lambda: `START`, `END` and `REPORT` lines, and lines of a function with its request.

use super::{Put, Shape};
use crate::data::{Number, Value};

/// The fields of Lambda.
///
/// Source: CloudWatch Logs User Guide, "Supported logs and discovered fields". Memory is in bytes,
/// the megabytes of the line times a million, since AWS's samples divide by 1000 twice.
pub(super) const SHAPE: Shape = Shape {
    name: "Lambda",
    fields: &[
        "@type",
        "@requestId",
        "@duration",
        "@billedDuration",
        "@memorySize",
        "@maxMemoryUsed",
        "@initDuration",
        "@xrayTraceId",
        "@xraySegmentId",
    ],
    fragment: true,
    read,
};

/// What a `REPORT` line calls a measure, its field, and the factor to milliseconds or bytes.
const MEASURES: &[(&str, &str, i64)] = &[
    ("Duration: ", "@duration", 1),
    ("Billed Duration: ", "@billedDuration", 1),
    ("Memory Size: ", "@memorySize", 1_000_000),
    ("Max Memory Used: ", "@maxMemoryUsed", 1_000_000),
    ("Init Duration: ", "@initDuration", 1),
];

fn read(text: &str, put: &mut Put<'_>) -> bool {
    for kind in ["START", "END", "REPORT"] {
        if let Some(rest) = text.strip_prefix(kind)
            && let Some(rest) = rest.strip_prefix(" RequestId: ")
        {
            put("@type", Value::text(kind));
            put(
                "@requestId",
                Value::text(rest.split([' ', '\t', '\n']).next().unwrap_or_default()),
            );
            rest.split(['\t', '\n']).skip(1).for_each(|part| measure(part.trim(), put));
            return true;
        }
    }
    let request = text.split(['\t', ' ']).take(3).find(|word| is_uuid(word));
    if let Some(request) = request {
        put("@requestId", Value::text(request));
    }
    request.is_some()
}

fn measure(part: &str, put: &mut Put<'_>) {
    for (mark, field, factor) in MEASURES {
        if let Some(rest) = part.strip_prefix(mark) {
            let number = rest.split(' ').next().unwrap_or_default();
            match Number::parse(number.as_bytes()) {
                Some(Number::Integer(whole)) => {
                    put(field, whole.checked_mul(*factor).map_or(Value::Missing, Value::Integer));
                }
                Some(Number::Float(float)) => put(field, Value::float(float * *factor as f64)),
                None => {}
            }
        }
    }
    if let Some(trace) = part.strip_prefix("XRAY TraceId: ") {
        put("@xrayTraceId", Value::text(trace));
    }
    if let Some(segment) = part.strip_prefix("SegmentId: ") {
        put("@xraySegmentId", Value::text(segment));
    }
}

/// Whether a word has the form of a request, `c793869b-ee49-115b-a5b6-4fd21e8dedac`.
fn is_uuid(word: &str) -> bool {
    word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
