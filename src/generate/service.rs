//! The services that hosts talk to: port, protocol and the sizes of their packets.

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Server port; 0 where the protocol has no ports.
    pub port: u16,
    /// IANA protocol number.
    pub protocol: u8,
    /// Least and most bytes a packet of a request, 40 to 1500.
    pub request: (u32, u32),
    /// Least and most bytes a packet of a reply, 40 to 1500.
    pub reply: (u32, u32),
    /// Whether an exchange is over after a few packets.
    pub brief: bool,
}

const fn tcp(port: u16, request: (u32, u32), reply: (u32, u32)) -> Service {
    Service { port, protocol: 6, request, reply, brief: false }
}

const fn brief(port: u16, protocol: u8, request: (u32, u32), reply: (u32, u32)) -> Service {
    Service { port, protocol, request, reply, brief: true }
}

/// The web, encrypted.
pub static HTTPS: Service = tcp(443, (60, 420), (320, 1460));
/// The web, in the clear.
pub static HTTP: Service = tcp(80, (60, 380), (300, 1460));
/// Terminals and file copies.
pub static SSH: Service = tcp(22, (60, 180), (80, 320));
/// MySQL.
pub static MYSQL: Service = tcp(3306, (70, 260), (120, 1200));
/// PostgreSQL.
pub static POSTGRES: Service = tcp(5432, (70, 240), (110, 1100));
/// Redis.
pub static REDIS: Service = tcp(6379, (60, 140), (60, 700));
/// Names.
pub static DNS: Service = brief(53, 17, (58, 92), (74, 480));
/// Time.
pub static NTP: Service = brief(123, 17, (76, 76), (76, 76));
/// QUIC: the web over UDP.
static QUIC: Service =
    Service { port: 443, protocol: 17, request: (70, 620), reply: (200, 1350), brief: false };
/// Ping.
pub static PING: Service = brief(0, 1, (84, 84), (84, 84));
/// Ping over IPv6.
pub static PING_V6: Service = brief(0, 58, (104, 104), (104, 104));

/// What hosts ask for outside, each as often as it is here.
pub static OUTWARD: &[&Service] = &[
    &HTTPS, &HTTPS, &HTTPS, &HTTPS, &HTTPS, &HTTPS, &HTTPS, &HTTPS, &HTTPS, &HTTP, &NTP, &DNS,
    &QUIC, &QUIC, &QUIC, &SSH,
];
