//! What the numbers of flow logs are called: protocols, services, TCP flags.

/// Protocol numbers and their keywords.
///
/// Source: IANA, "Assigned Internet Protocol Numbers".
pub const PROTOCOLS: &[(u8, &str)] = &[
    (0, "HOPOPT"),
    (1, "ICMP"),
    (2, "IGMP"),
    (3, "GGP"),
    (4, "IPv4"),
    (5, "ST"),
    (6, "TCP"),
    (7, "CBT"),
    (8, "EGP"),
    (9, "IGP"),
    (17, "UDP"),
    (27, "RDP"),
    (33, "DCCP"),
    (41, "IPv6"),
    (43, "IPv6-Route"),
    (44, "IPv6-Frag"),
    (46, "RSVP"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (58, "IPv6-ICMP"),
    (59, "IPv6-NoNxt"),
    (60, "IPv6-Opts"),
    (88, "EIGRP"),
    (89, "OSPFIGP"),
    (94, "IPIP"),
    (97, "ETHERIP"),
    (98, "ENCAP"),
    (103, "PIM"),
    (108, "IPComp"),
    (112, "VRRP"),
    (115, "L2TP"),
    (132, "SCTP"),
    (133, "FC"),
    (136, "UDPLite"),
    (137, "MPLS-in-IP"),
];

/// Ports and the services that are usually behind them.
///
/// Source: IANA, "Service Name and Transport Protocol Port Number Registry"; the last ones are in
/// common use without, or beside, a registration.
pub const SERVICES: &[(u16, &str)] = &[
    (7, "echo"),
    (9, "discard"),
    (13, "daytime"),
    (19, "chargen"),
    (20, "ftp-data"),
    (21, "ftp"),
    (22, "ssh"),
    (23, "telnet"),
    (25, "smtp"),
    (37, "time"),
    (43, "whois"),
    (49, "tacacs"),
    (53, "domain"),
    (67, "bootps"),
    (68, "bootpc"),
    (69, "tftp"),
    (79, "finger"),
    (80, "http"),
    (88, "kerberos"),
    (110, "pop3"),
    (111, "sunrpc"),
    (119, "nntp"),
    (123, "ntp"),
    (135, "epmap"),
    (137, "netbios-ns"),
    (138, "netbios-dgm"),
    (139, "netbios-ssn"),
    (143, "imap"),
    (161, "snmp"),
    (162, "snmptrap"),
    (179, "bgp"),
    (389, "ldap"),
    (427, "svrloc"),
    (443, "https"),
    (445, "microsoft-ds"),
    (464, "kpasswd"),
    (465, "submissions"),
    (500, "isakmp"),
    (502, "mbap"),
    (514, "syslog"),
    (515, "printer"),
    (520, "router"),
    (546, "dhcpv6-client"),
    (547, "dhcpv6-server"),
    (554, "rtsp"),
    (587, "submission"),
    (631, "ipp"),
    (636, "ldaps"),
    (853, "domain-s"),
    (873, "rsync"),
    (989, "ftps-data"),
    (990, "ftps"),
    (992, "telnets"),
    (993, "imaps"),
    (995, "pop3s"),
    (1080, "socks"),
    (1194, "openvpn"),
    (1433, "ms-sql-s"),
    (1434, "ms-sql-m"),
    (1521, "oracle"),
    (1701, "l2tp"),
    (1723, "pptp"),
    (1812, "radius"),
    (1813, "radius-acct"),
    (1883, "mqtt"),
    (1900, "ssdp"),
    (2049, "nfs"),
    (2181, "zookeeper"),
    (2375, "docker"),
    (2376, "docker-s"),
    (2379, "etcd-client"),
    (2380, "etcd-server"),
    (3128, "squid"),
    (3268, "msft-gc"),
    (3269, "msft-gc-ssl"),
    (3306, "mysql"),
    (3389, "ms-wbt-server"),
    (3478, "stun"),
    (4500, "ipsec-nat-t"),
    (4789, "vxlan"),
    (5060, "sip"),
    (5061, "sips"),
    (5353, "mdns"),
    (5355, "llmnr"),
    (5432, "postgresql"),
    (5439, "redshift"),
    (5601, "kibana"),
    (5671, "amqps"),
    (5672, "amqp"),
    (5900, "rfb"),
    (5985, "wsman"),
    (5986, "wsmans"),
    (6081, "geneve"),
    (6379, "redis"),
    (6443, "kubernetes"),
    (6514, "syslog-tls"),
    (8080, "http-alt"),
    (8443, "https-alt"),
    (8883, "secure-mqtt"),
    (9042, "cassandra"),
    (9092, "kafka"),
    (9100, "node-exporter"),
    (9200, "elasticsearch"),
    (10250, "kubelet"),
    (11211, "memcache"),
    (27017, "mongodb"),
    (51820, "wireguard"),
];

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
    let number = u8::try_from(number).ok()?;
    let at = PROTOCOLS.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    PROTOCOLS.get(at).map(|(_, name)| *name)
}

/// The service that is usually behind a port.
pub fn service(port: i64) -> Option<&'static str> {
    let port = u16::try_from(port).ok()?;
    let at = SERVICES.binary_search_by_key(&port, |(known, _)| *known).ok()?;
    SERVICES.get(at).map(|(_, name)| *name)
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
        assert!(PROTOCOLS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(SERVICES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(protocol(6), Some("TCP"));
        assert_eq!(protocol(256), None);
        assert_eq!(service(443), Some("https"));
        assert_eq!(service(-1), None);
        assert_eq!(tcp_flags(18).as_deref(), Some("SYN ACK"));
        assert_eq!(tcp_flags(19).as_deref(), Some("SYN ACK FIN"));
        assert_eq!(tcp_flags(0), None);
        assert_eq!(tcp_flags(256), None);
    }
}
