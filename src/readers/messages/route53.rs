//! Messages of Route 53: public DNS queries.

use super::{Put, Shape, clock};
use crate::data::Value;

/// The fields of Route 53, in the order of its line.
///
/// Source: CloudWatch Logs User Guide, "Supported logs and discovered fields"; Route 53 Developer
/// Guide, "Public DNS query logging".
pub(super) const SHAPE: Shape = Shape {
    name: "Route 53",
    fields: &[
        "version",
        "queryTimestamp",
        "hostZoneId",
        "queryName",
        "queryType",
        "responseCode",
        "protocol",
        "edgeLocation",
        "resolverIp",
        "ednsClientSubnet",
    ],
    fragment: false,
    read,
};

fn read(text: &str, put: &mut Put<'_>) -> bool {
    let mut rest = text.split(' ');
    let values: [&str; 10] = std::array::from_fn(|_| rest.next().unwrap_or_default());
    let [version, time, zone, _, kind, code, protocol, ..] = values;
    let upper = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let is = rest.next().is_none()
        && values.iter().all(|value| !value.is_empty())
        && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && time.contains('T')
        && clock::in_front(time).is_some()
        && [zone, kind, code].into_iter().all(upper)
        && matches!(protocol, "UDP" | "TCP");
    if is {
        for (name, value) in SHAPE.fields.iter().zip(values) {
            put(name, if value == "-" { Value::Missing } else { Value::text(value) });
        }
    }
    is
}
