//! Address ranges of both families, found by the longest prefix that holds an address.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;

/// Ranges, each with the number of its record.
#[derive(Debug, Default)]
pub struct Ranges {
    v4: PrefixMap<Ipv4Net, u32>,
    v6: PrefixMap<Ipv6Net, u32>,
}

impl Ranges {
    /// Adds a range, `10.0.0.0/8`, or a lone address; of two equal ones the first counts. `false`
    /// where the text is neither.
    pub fn insert(&mut self, text: &str, row: u32) -> bool {
        let text = text.trim();
        let range: Option<IpNet> =
            text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        match range.map(|range| range.trunc()) {
            Some(IpNet::V4(range)) => {
                if self.v4.get(&range).is_none() {
                    self.v4.insert(range, row);
                }
            }
            Some(IpNet::V6(range)) => {
                if self.v6.get(&range).is_none() {
                    self.v6.insert(range, row);
                }
            }
            None => return false,
        }
        true
    }

    /// The record of the longest range that holds an address.
    pub fn find(&self, address: IpAddr) -> Option<u32> {
        match address {
            IpAddr::V4(address) => {
                let found = self.v4.get_lpm(&Ipv4Net::from(address));
                found.map(|(_, row)| *row)
            }
            IpAddr::V6(address) => {
                let found = self.v6.get_lpm(&Ipv6Net::from(address));
                found.map(|(_, row)| *row)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_range_counts_whatever_the_order() {
        let mut ranges = Ranges::default();
        for (row, text) in
            ["10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", "10.9.9.9/8", "2001:db8::/32", "::/0"]
                .iter()
                .enumerate()
        {
            assert!(ranges.insert(text, row as u32), "{text}");
        }
        assert!(!ranges.insert("10.0.0.0/33", 9) && !ranges.insert("eni-1", 9));
        for (address, row) in [
            ("10.1.2.3", Some(2)),
            ("10.1.2.4", Some(0)),
            ("10.2.0.0", Some(1)),
            ("11.0.0.0", None),
            ("2001:db8::1", Some(4)),
            ("fe80::1", Some(5)),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(ranges.find(address), row, "{address}");
        }
    }
}
