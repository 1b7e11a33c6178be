//! What the numbers of flow logs are called: protocols, services, TCP flags.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Protocol numbers and their keywords, `number,name`: CSV without quotes, in order.
///
/// Source: IANA, "Assigned Internet Protocol Numbers".
pub const PROTOCOLS: &str = include_str!("protocols.csv");

/// Ports and the services that are usually behind them, `port,protocol,name`: CSV without quotes,
/// in order.
///
/// Source: IANA, "Service Name and Transport Protocol Port Number Registry"; some are in common
/// use without, or beside, a registration.
pub const SERVICES: &str = include_str!("services.csv");

static PROTOCOL_NAMES: LazyLock<HashMap<i64, &str>> = LazyLock::new(|| by_number(PROTOCOLS));
static SERVICE_NAMES: LazyLock<HashMap<i64, &str>> = LazyLock::new(|| by_number(SERVICES));

/// The last column of a table by the number in the first; the last record of a number counts, so
/// that 514 is `syslog`, which has more traffic than `shell`.
fn by_number(table: &'static str) -> HashMap<i64, &'static str> {
    table.lines().filter_map(number_and_name).collect()
}

/// The number in front of a line and the name at its end.
fn number_and_name(line: &'static str) -> Option<(i64, &'static str)> {
    Some((line.split(',').next()?.parse().ok()?, line.rsplit(',').next()?))
}

/// TCP flags by their bits, in the order they are named.
///
/// Source: VPC User Guide, "Flow log records", `tcp-flags`; RFC 9293, 3.1.
const TCP_FLAGS: &[(u8, &str)] = &[
    (2, "SYN"),
    (16, "ACK"),
    (8, "PSH"),
    (32, "URG"),
    (1, "FIN"),
    (4, "RST"),
    (64, "ECE"),
    (128, "CWR"),
];

/// The keyword of a protocol.
pub fn protocol(number: i64) -> Option<&'static str> {
    PROTOCOL_NAMES.get(&number).copied()
}

/// The service that is usually behind a port.
pub fn service(port: i64) -> Option<&'static str> {
    SERVICE_NAMES.get(&port).copied()
}

/// The flags that are set, `SYN ACK`; `None` where none is, or the number is no set of flags.
pub fn tcp_flags(bits: i64) -> Option<String> {
    let bits = u8::try_from(bits).ok().filter(|bits| *bits > 0)?;
    let set = TCP_FLAGS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name);
    Some(set.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order_and_numbers_have_names() {
        let numbers = |table: &'static str| -> Vec<i64> {
            let records = table.lines().skip(1);
            records.map(|line| number_and_name(line).expect("begins with a number").0).collect()
        };
        assert!(numbers(PROTOCOLS).windows(2).all(|pair| pair[0] < pair[1]));
        // A port has a record for each of its protocols.
        assert!(numbers(SERVICES).windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(!PROTOCOLS.contains('"') && !SERVICES.contains('"'));
        assert_eq!(protocol(6), Some("TCP"));
        assert_eq!(protocol(256), None);
        assert_eq!(service(443), Some("https"));
        assert_eq!(service(-1), None);
        assert_eq!(service(514), Some("syslog"));
        assert_eq!(tcp_flags(18).as_deref(), Some("SYN ACK"));
        assert_eq!(tcp_flags(19).as_deref(), Some("SYN ACK FIN"));
        assert_eq!(tcp_flags(0), None);
        assert_eq!(tcp_flags(256), None);
    }
}
