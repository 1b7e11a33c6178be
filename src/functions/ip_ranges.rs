//! Which addresses are private, reserved or publicly routable, by the registries of IANA.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses with a special purpose.
struct Block<T> {
    base: T,
    length: u32,
    /// Whether the registry calls it globally reachable; "not applicable" counts as no.
    reachable: bool,
}

const fn v4(address: [u8; 4], length: u32, reachable: bool) -> Block<u32> {
    Block { base: u32::from_be_bytes(address), length, reachable }
}

/// A block of IPv6, its base given by its leading groups.
const fn v6(groups: &[u16], length: u32, reachable: bool) -> Block<u128> {
    let mut base = 0;
    let mut i = 0;
    while i < groups.len() {
        base |= (groups[i] as u128) << (112 - 16 * i);
        i += 1;
    }
    Block { base, length, reachable }
}

const YES: bool = true;
const NO: bool = false;

/// Source: IANA IPv4 Special-Purpose Address Registry; multicast from the IPv4 Address Space
/// Registry. The longest block decides; an address in no block is public.
const V4_BLOCKS: &[Block<u32>] = &[
    v4([0, 0, 0, 0], 8, NO),          // this network, RFC 791
    v4([10, 0, 0, 0], 8, NO),         // private use, RFC 1918
    v4([100, 64, 0, 0], 10, NO),      // shared address space, RFC 6598
    v4([127, 0, 0, 0], 8, NO),        // loopback, RFC 1122
    v4([169, 254, 0, 0], 16, NO),     // link local, RFC 3927
    v4([172, 16, 0, 0], 12, NO),      // private use, RFC 1918
    v4([192, 0, 0, 0], 24, NO),       // IETF protocol assignments, RFC 6890
    v4([192, 0, 0, 9], 32, YES),      // Port Control Protocol anycast, RFC 7723
    v4([192, 0, 0, 10], 32, YES),     // TURN anycast, RFC 8155
    v4([192, 0, 2, 0], 24, NO),       // documentation, RFC 5737
    v4([192, 31, 196, 0], 24, YES),   // AS112, RFC 7535
    v4([192, 52, 193, 0], 24, YES),   // AMT, RFC 7450
    v4([192, 88, 99, 0], 24, NO),     // 6to4 relay anycast, deprecated by RFC 7526
    v4([192, 168, 0, 0], 16, NO),     // private use, RFC 1918
    v4([192, 175, 48, 0], 24, YES),   // AS112 direct delegation, RFC 7534
    v4([198, 18, 0, 0], 15, NO),      // benchmarking, RFC 2544
    v4([198, 51, 100, 0], 24, NO),    // documentation, RFC 5737
    v4([203, 0, 113, 0], 24, NO),     // documentation, RFC 5737
    v4([224, 0, 0, 0], 4, NO),        // multicast, RFC 5771
    v4([240, 0, 0, 0], 4, NO),        // reserved for future use, RFC 1112
    v4([255, 255, 255, 255], 32, NO), // limited broadcast, RFC 919
];

/// Source: IANA IPv6 Special-Purpose Address Registry; the first two rows and multicast from the
/// IPv6 Address Space Registry. The longest block decides.
const V6_BLOCKS: &[Block<u128>] = &[
    v6(&[], 0, NO),                               // reserved by IETF, RFC 4291
    v6(&[0x2000], 3, YES),                        // global unicast, RFC 4291
    v6(&[0, 0, 0, 0, 0, 0, 0, 1], 128, NO),       // loopback, RFC 4291
    v6(&[0, 0, 0, 0, 0, 0, 0, 0], 128, NO),       // unspecified, RFC 4291
    v6(&[0, 0, 0, 0, 0, 0xffff], 96, NO),         // IPv4-mapped, RFC 4291
    v6(&[0x64, 0xff9b], 96, YES),                 // IPv4-IPv6 translation, RFC 6052
    v6(&[0x64, 0xff9b, 1], 48, NO),               // local IPv4-IPv6 translation, RFC 8215
    v6(&[0x100], 64, NO),                         // discard only, RFC 6666
    v6(&[0x100, 0, 0, 1], 64, NO),                // dummy prefix, RFC 9780
    v6(&[0x2001], 23, NO),                        // IETF protocol assignments, RFC 2928
    v6(&[0x2001], 32, NO),                        // Teredo, RFC 4380
    v6(&[0x2001, 1, 0, 0, 0, 0, 0, 1], 128, YES), // Port Control Protocol anycast, RFC 7723
    v6(&[0x2001, 1, 0, 0, 0, 0, 0, 2], 128, YES), // TURN anycast, RFC 8155
    v6(&[0x2001, 1, 0, 0, 0, 0, 0, 3], 128, YES), // DNS-SD registration anycast, RFC 9665
    v6(&[0x2001, 2], 48, NO),                     // benchmarking, RFC 5180
    v6(&[0x2001, 3], 32, YES),                    // AMT, RFC 7450
    v6(&[0x2001, 4, 0x112], 48, YES),             // AS112, RFC 7535
    v6(&[0x2001, 0x10], 28, NO),                  // ORCHID, deprecated, RFC 4843
    v6(&[0x2001, 0x20], 28, YES),                 // ORCHIDv2, RFC 7343
    v6(&[0x2001, 0x30], 28, YES),                 // Drone Remote ID, RFC 9374
    v6(&[0x2001, 0xdb8], 32, NO),                 // documentation, RFC 3849
    v6(&[0x2002], 16, NO),                        // 6to4, RFC 3056
    v6(&[0x2620, 0x4f, 0x8000], 48, YES),         // AS112 direct delegation, RFC 7534
    v6(&[0x3fff], 20, NO),                        // documentation, RFC 9637
    v6(&[0x5f00], 16, NO),                        // segment routing SIDs, RFC 9602
    v6(&[0xfc00], 7, NO),                         // unique local, RFC 4193
    v6(&[0xfe80], 10, NO),                        // link local, RFC 4291
    v6(&[0xff00], 8, NO),                         // multicast, RFC 4291
];

/// Whether an IPv4 address is for private use: 10/8, 172.16/12, 192.168/16.
///
/// Source: RFC 1918.
#[inline]
pub fn is_private_v4(address: u32) -> bool {
    address >> 24 == 10 || address >> 20 == 0xac1 || address >> 16 == 0xc0a8
}

/// Whether an address is for private use: RFC 1918, or a unique local address of IPv6 (fc00::/7,
/// RFC 4193), its counterpart there.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address.to_bits()),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// Whether an IPv4 address is publicly routable.
pub fn is_public_v4(address: Ipv4Addr) -> bool {
    let address = address.to_bits();
    let holds = |block: &&Block<u32>| (address ^ block.base).leading_zeros() >= block.length;
    let longest = V4_BLOCKS.iter().filter(holds).max_by_key(|block| block.length);
    longest.is_none_or(|block| block.reachable)
}

/// Whether an IPv6 address is publicly routable.
pub fn is_public_v6(address: Ipv6Addr) -> bool {
    let address = address.to_bits();
    let holds = |block: &&Block<u128>| (address ^ block.base).leading_zeros() >= block.length;
    let longest = V6_BLOCKS.iter().filter(holds).max_by_key(|block| block.length);
    longest.is_some_and(|block| block.reachable)
}

/// Whether an address is publicly routable; every other address is reserved.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses() {
        let public = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.0.9",
            "192.31.196.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2600:1f18::1",
            "64:ff9b::808:808",
            "2001:1::1",
            "2001:20::1",
            "2400::",
        ];
        let reserved = [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.255.255",
            "198.19.255.255",
            "224.0.0.251",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002::1",
            "3fff::1",
            "4000::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in public {
            assert!(is_public(text.parse().expect(text)), "{text}");
        }
        for text in reserved {
            assert!(!is_public(text.parse().expect(text)), "{text}");
        }
    }

    #[test]
    fn blocks_begin_where_their_length_says() {
        for block in V4_BLOCKS {
            assert_eq!(block.base & u32::MAX.checked_shr(block.length).unwrap_or(0), 0);
        }
        for block in V6_BLOCKS {
            assert_eq!(block.base & u128::MAX.checked_shr(block.length).unwrap_or(0), 0);
        }
    }

    #[test]
    fn private_addresses_are_reserved_ones() {
        for (text, private) in [
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("172.16.0.0", true),
            ("172.32.0.0", false),
            ("192.168.0.1", true),
            ("192.169.0.0", false),
            ("169.254.0.1", false),
            ("fd12::1", true),
            ("fe80::1", false),
        ] {
            let address = text.parse().expect(text);
            assert_eq!(is_private(address), private, "{text}");
            assert!(!(private && is_public(address)), "{text}");
        }
    }
}
