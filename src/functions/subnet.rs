//! Subnets in CIDR notation, of both IP versions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses: every address whose leading bits are those of the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subnet {
    /// Of IPv4.
    V4 {
        /// The first address.
        base: u32,
        /// The bits that count.
        mask: u32,
    },
    /// Of IPv6.
    V6 {
        /// The first address.
        base: u128,
        /// The bits that count.
        mask: u128,
    },
}

impl Subnet {
    /// The subnet a text such as `192.0.2.0/24` names. Host bits are cleared: `192.0.2.7/24` is
    /// the same subnet.
    ///
    /// # Errors
    /// Why the text names none, with an example.
    pub fn parse(text: &str) -> Result<Subnet, String> {
        let Some((address, length)) = text.split_once('/') else {
            let example = match text.parse::<IpAddr>() {
                Ok(IpAddr::V4(_)) => format!("{text}/32"),
                Ok(IpAddr::V6(_)) => format!("{text}/128"),
                Err(_) => "10.0.0.0/8".to_owned(),
            };
            return Err(format!("`{text}` has no prefix length; write for example \"{example}\""));
        };
        let address: IpAddr = address.parse().map_err(|_| {
            format!("`{address}` is no IP address; write for example \"10.0.0.0/8\"")
        })?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        match length.parse::<u32>() {
            Ok(length) if digits && length <= most => Ok(Subnet::new(address, length)),
            _ => Err(format!(
                "`/{length}` is no prefix length: a whole number from 0 to {most}, as in \
                 \"{address}/{}\"",
                if most == 32 { 24 } else { 64 }
            )),
        }
    }

    /// The subnet of an address; `length` is at most the number of its bits.
    fn new(address: IpAddr, length: u32) -> Subnet {
        match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
                Subnet::V4 { base: address.to_bits() & mask, mask }
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
                Subnet::V6 { base: address.to_bits() & mask, mask }
            }
        }
    }

    /// Whether an IPv4 address lies in it.
    #[inline]
    pub fn holds_v4(self, address: Ipv4Addr) -> bool {
        matches!(self, Subnet::V4 { base, mask } if address.to_bits() & mask == base)
    }

    /// Whether an IPv6 address lies in it.
    pub fn holds_v6(self, address: Ipv6Addr) -> bool {
        matches!(self, Subnet::V6 { base, mask } if address.to_bits() & mask == base)
    }

    /// Whether an address lies in it.
    pub fn holds(self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.holds_v4(address),
            IpAddr::V6(address) => self.holds_v6(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_of_subnets() {
        let cases = [
            ("192.0.2.0/24", "192.0.2.0", true),
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7/24", "192.0.2.200", true),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("10.0.0.1/32", "10.0.0.1", true),
            ("10.0.0.1/32", "10.0.0.2", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("::/0", "2001:db8::", true),
            ("::/0", "10.0.0.1", false),
            ("::1/128", "::1", true),
        ];
        for (subnet, address, inside) in cases {
            let subnet = Subnet::parse(subnet).expect(subnet);
            assert_eq!(subnet.holds(address.parse().expect(address)), inside, "{address}");
        }
    }

    #[test]
    fn what_is_no_subnet_is_explained() {
        let cases = [
            ("10.0.0.1", "write for example \"10.0.0.1/32\""),
            ("10.0.0", "has no prefix length"),
            ("10.0.0/8", "`10.0.0` is no IP address"),
            ("10.0.0.0/33", "from 0 to 32"),
            ("2001:db8::/129", "from 0 to 128"),
            ("10.0.0.0/", "`/` is no prefix length"),
            ("10.0.0.0/+8", "`/+8` is no prefix length"),
            ("10.0.0.0/255.0.0.0", "is no prefix length"),
            ("010.0.0.0/8", "is no IP address"),
        ];
        for (text, reason) in cases {
            let why = Subnet::parse(text).expect_err(text);
            assert!(why.contains(reason), "{text}: {why}");
        }
    }
}
