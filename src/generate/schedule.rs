//! When records happen: minutes of a daily shape, each with its share of the records.

/// Traffic of each hour of the day, UTC, relative to the others: a quiet night, two busy spells.
const HOURS: [u64; 24] = [
    38, 32, 28, 26, 27, 32, 42, 58, 78, 95, 104, 108, 102, 104, 110, 112, 106, 96, 88, 84, 78, 68,
    56, 46,
];

/// Seconds of one capture window.
pub const WINDOW_SECONDS: i64 = 60;

/// The longest stretch of generated time: ten years.
const MOST_HOURS: f64 = 87_660.0;
/// The latest time to start at: the end of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// One minute of traffic.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Counted from 0.
    pub index: u64,
    /// Unix seconds at which it begins.
    pub start: i64,
    /// How many seconds of it are wanted: 60 but for the last.
    pub seconds: u32,
    /// How many records there are when it ends, counted from the first window.
    pub target: u64,
}

/// All windows of a stretch of time; the targets rise to the number of records.
#[derive(Clone, Debug)]
pub struct Schedule {
    start: i64,
    seconds: i64,
    records: u64,
    total: u128,
    passed: u128,
    next: u64,
}

impl Schedule {
    /// `start`: Unix seconds, taken from 1970 to 9999. `hours`: at least a minute and at most ten years are taken.
    pub fn new(start: i64, hours: f64, records: u64) -> Schedule {
        let hours = if hours.is_finite() { hours.clamp(0.0, MOST_HOURS) } else { 0.0 };
        let seconds = ((hours * 3600.0).round() as i64).max(WINDOW_SECONDS);
        let start = start.clamp(0, LATEST);
        let mut schedule = Schedule { start, seconds, records, total: 0, passed: 0, next: 0 };
        schedule.total = (0..schedule.windows()).map(|index| schedule.weight(index)).sum();
        schedule
    }

    /// How many windows there are, at least 1.
    pub fn windows(&self) -> u64 {
        (self.seconds as u64).div_ceil(WINDOW_SECONDS as u64)
    }

    /// Unix seconds at which the first window begins.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// Unix seconds after which no record ends: a minute behind the last window.
    pub fn end(&self) -> i64 {
        self.begin(self.windows()) + WINDOW_SECONDS
    }

    /// Records in a window of average traffic.
    pub fn average(&self) -> u64 {
        self.records / self.windows()
    }

    fn begin(&self, index: u64) -> i64 {
        self.start + index as i64 * WINDOW_SECONDS
    }

    /// The traffic of a window, between those of its hour and the next.
    fn weight(&self, index: u64) -> u128 {
        let second = self.begin(index).rem_euclid(86_400) as u64;
        let (hour, past) = ((second / 3600) as usize, second % 3600);
        let (this, next) = (HOURS[hour % 24], HOURS[(hour + 1) % 24]);
        u128::from(this * (3600 - past) + next * past)
    }
}

impl Iterator for Schedule {
    type Item = Window;

    fn next(&mut self) -> Option<Window> {
        if self.next >= self.windows() {
            return None;
        }
        let index = self.next;
        self.next += 1;
        self.passed += self.weight(index);
        let left = self.seconds - index as i64 * WINDOW_SECONDS;
        Some(Window {
            index,
            start: self.begin(index),
            seconds: left.min(WINDOW_SECONDS) as u32,
            target: (u128::from(self.records) * self.passed / self.total) as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_gets_its_minute() {
        for (hours, records) in [(24.0, 1_000_000), (0.0, 7), (1.51, 3), (f64::NAN, 1), (48.0, 0)] {
            let schedule = Schedule::new(1_714_521_600, hours, records);
            let windows: Vec<Window> = schedule.clone().collect();
            assert_eq!(windows.len() as u64, schedule.windows());
            assert!(windows.is_sorted_by_key(|window| window.target));
            assert_eq!(windows.last().map(|window| window.target), Some(records));
        }
    }

    #[test]
    fn nights_are_quiet() {
        let windows: Vec<Window> = Schedule::new(0, 24.0, 1_000_000).collect();
        let records = |hour: usize| windows[hour * 60 + 60].target - windows[hour * 60].target;
        assert!(records(14) > 3 * records(3));
    }
}
