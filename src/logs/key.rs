//! Keys of deliveries to S3: what the name of a file tells of the records in it.

use std::collections::HashMap;
use std::path::Path;

use crate::data::time::{self, TimeRange, Timestamp};

const MINUTE: i64 = 60_000;

/// How long before its end a record may start, in milliseconds: the longest interval of aggregation is
/// ten minutes, and four more make up for times that are off.
const LONGEST_RECORD: i64 = 14 * MINUTE;

/// From when on stamps are sure to be the start of a window: the year 2023. The guide of 2018 has them
/// as its end.
const STAMPS_START: Timestamp = 1_672_531_200_000;

/// What the name of a delivered file tells.
///
/// Source: Amazon VPC User Guide, "Flow log files":
/// `<account>_vpcflowlogs_<region>_<flow log>_<yyyymmdd>T<hhmm>Z_<hash>.log.gz`, where the time is
/// the start of the five minutes in which the records end: 1620Z has ends from 16:20:00 to 16:24:59.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The account that owns the flow log.
    pub account: String,
    /// The region of the flow log.
    pub region: String,
    /// The ID of the flow log.
    pub flow_log: String,
    /// The start of the window.
    pub window: Timestamp,
}

impl Key {
    /// The earliest time at which its records may end.
    fn first_end(&self) -> Timestamp {
        let earlier = if self.window < STAMPS_START { 5 * MINUTE } else { 0 };
        self.window.saturating_sub(earlier)
    }

    /// What the name of a file tells, where it is one of a delivery.
    pub fn of(path: &Path) -> Option<Key> {
        let name = path.file_name()?.to_str()?;
        let mut parts = name.split('_');
        let (account, service, region, flow_log, stamp, _hash) = (
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
        );
        let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || service != "vpcflowlogs" || !flow_log.starts_with("fl-") {
            return None;
        }
        let window = window(stamp)?;
        let own = |text: &str| text.to_owned();
        Some(Key { account: own(account), region: own(region), flow_log: own(flow_log), window })
    }
}

/// The time that a stamp tells, `20240501T1205Z`.
fn window(stamp: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = stamp.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    if stamp.len() != 14 || stamp.get(8..9) != Some("T") || !stamp.ends_with('Z') {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    time::of_parts((year, number(4, 6)?, number(6, 8)?), (number(9, 11)?, number(11, 13)?, 0))
}

/// The times that the records of each file may have by its key, `None` where it has none.
///
/// Records of a file end between its window and the next one of the same flow log, so that files which
/// hold several windows are known by the first. The last may hold anything behind it.
pub fn coverage(keys: &[Option<Key>]) -> Vec<Option<TimeRange>> {
    let series = |key: &Key| (key.account.clone(), key.region.clone(), key.flow_log.clone());
    let mut windows: HashMap<_, Vec<Timestamp>> = HashMap::new();
    for key in keys.iter().flatten() {
        windows.entry(series(key)).or_default().push(key.window);
    }
    windows.values_mut().for_each(|windows| windows.sort_unstable());
    let range = |key: &Key| {
        let windows = windows.get(&series(key))?;
        let next = windows.get(windows.partition_point(|window| *window <= key.window));
        Some(TimeRange {
            start: key.first_end().saturating_sub(LONGEST_RECORD),
            end: next.map_or(i64::MAX, |next| next.saturating_sub(1)),
        })
    };
    keys.iter().map(|key| key.as_ref().and_then(range)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "AWSLogs/123456789012/vpcflowlogs/us-east-1/2024/05/01/\
                        123456789012_vpcflowlogs_us-east-1_fl-0a1_20240501T1205Z_5f3a.log.gz";

    #[test]
    fn names_of_deliveries_tell_their_window() {
        let key = Key::of(Path::new(NAME)).expect("is a key");
        assert_eq!((key.account.as_str(), key.region.as_str()), ("123456789012", "us-east-1"));
        assert_eq!(key.flow_log, "fl-0a1");
        assert_eq!(Some(key.window), time::parse("2024-05-01T12:05:00Z"));
        for (from, to) in [("_5f3a", ""), ("fl-0a1", "0a1"), ("1205Z", "2505Z"), ("vpcflow", "x")] {
            assert_eq!(Key::of(Path::new(&NAME.replace(from, to))), None, "{to}");
        }
        assert_eq!(Key::of(Path::new("-")), None);
    }

    #[test]
    fn a_file_covers_what_lies_before_the_next_window() {
        let key = |window: i64, flow_log: &str| {
            let name = NAME.replace("fl-0a1", flow_log);
            Key::of(Path::new(&name)).map(|key| Key { window: window * MINUTE, ..key })
        };
        let keys = [key(60, "fl-a"), key(65, "fl-a"), None, key(60, "fl-b"), key(60, "fl-a")];
        let minutes = |range: Option<TimeRange>| {
            range.map(|range| {
                let end = range.end.checked_add(1).unwrap_or_default();
                (range.start / MINUTE, end / MINUTE)
            })
        };
        let covered: Vec<_> = coverage(&keys).into_iter().map(minutes).collect();
        assert_eq!(covered, [Some((41, 65)), Some((46, 0)), None, Some((41, 0)), Some((41, 65))]);
        let now = STAMPS_START / MINUTE;
        let covered = coverage(&[key(now, "fl-a"), key(now - 5, "fl-b")]).into_iter().map(minutes);
        assert!(covered.eq([Some((now - 14, 0)), Some((now - 24, 0))]));
    }
}
