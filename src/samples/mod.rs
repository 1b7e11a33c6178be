//! Sample queries, ready to run: those that AWS publishes for VPC flow logs, and packs for the work
//! of flow analysts.

use crate::registry::Named;

/// A sample query.
#[derive(Debug)]
pub struct Sample {
    /// What to call it by: the name of its file, without the ending.
    pub name: &'static str,
    /// The text of its `.query` file.
    pub text: &'static str,
}

impl Named for Sample {
    fn name(&self) -> &'static str {
        self.name
    }
}

/// The sample of the file with this name.
macro_rules! sample {
    ($name:literal) => {
        Sample { name: $name, text: include_str!(concat!($name, ".query")) }
    };
}

/// All samples: what the console offers, what AWS's documentation shows, the NAT gateway; then the
/// packs: basics, security, cost, health.
pub const SAMPLES: &[Sample] = &[
    sample!("top-10-byte-transfers"),
    sample!("top-20-rejected-sources"),
    sample!("byte-transfers-by-source-and-destination"),
    sample!("udp-sources"),
    sample!("top-15-packet-transfers"),
    sample!("top-15-byte-transfers-from-subnet"),
    sample!("skipped-records-per-hour"),
    sample!("one-record-per-connection"),
    sample!("average-bytes-by-destination"),
    sample!("average-and-maximum-bytes-by-destination"),
    sample!("parse-network-interface"),
    sample!("nat-gateway-top-senders"),
    sample!("nat-gateway-instance-traffic"),
    sample!("nat-gateway-uploads"),
    sample!("nat-gateway-downloads"),
    sample!("basics-top-talkers"),
    sample!("basics-conversations"),
    sample!("basics-rejected-by-port"),
    sample!("basics-host-story"),
    sample!("basics-traffic-per-hour"),
    sample!("security-port-scans"),
    sample!("security-host-sweeps"),
    sample!("security-remote-login-from-outside"),
    sample!("security-uploads-to-outside"),
    sample!("security-beacons"),
    sample!("security-new-peers"),
    sample!("cost-top-external"),
    sample!("cost-through-nat-gateway"),
    sample!("cost-cross-zone"),
    sample!("health-skipped-records"),
    sample!("health-without-traffic"),
    sample!("health-silent-interfaces"),
    sample!("health-gaps"),
];

/// Sample queries that belong together.
#[derive(Debug)]
pub struct Pack {
    /// What to call it by.
    pub name: &'static str,
    /// Its queries, in order.
    pub samples: &'static [Sample],
}

impl Named for Pack {
    fn name(&self) -> &'static str {
        self.name
    }
}

/// All packs; the first is for whoever names none.
pub const PACKS: &[Pack] = &[Pack { name: "aws", samples: SAMPLES }];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{FIRST_ENI, NAT_ADDRESS};
    use crate::query_file::QueryFile;
    use crate::registry;

    #[test]
    fn every_sample_is_a_query_file_with_a_title() {
        for sample in SAMPLES {
            let file = QueryFile::parse(sample.text).expect(sample.name);
            assert!(file.title.is_some_and(|title| !title.ends_with('.')), "{}", sample.name);
            assert!(file.description.ends_with('.'), "{}", sample.name);
            assert!(sample.text.ends_with('\n') && !sample.text.ends_with("\n\n"));
            let found = registry::find(SAMPLES, sample.name).map(|found| found.text);
            assert_eq!(found, Some(sample.text), "{}", sample.name);
        }
    }

    #[test]
    fn every_sample_runs_without_parameters() {
        for sample in SAMPLES {
            let file = QueryFile::parse(sample.text).expect(sample.name);
            assert!(file.bind(&[]).is_ok_and(|text| !text.contains("{{")), "{}", sample.name);
        }
    }

    #[test]
    fn samples_ask_for_what_the_sample_logs_have() {
        let has = |name, text: &str| {
            registry::find(SAMPLES, name).is_some_and(|sample| sample.text.contains(text))
        };
        assert!(has("one-record-per-connection", &format!("'{FIRST_ENI}'")));
        assert!(has("nat-gateway-uploads", &format!("'{NAT_ADDRESS}'")));
        assert!(has("cost-through-nat-gateway", &format!("'{NAT_ADDRESS}'")));
    }
}
