//! Periods: lengths of time as queries write them, `5m`, `1h`, `2w`.

use std::fmt;

/// A unit of time of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `ms`, `msec`
    Millisecond,
    /// `s`, `sec`
    Second,
    /// `m`, `min`
    Minute,
    /// `h`, `hr`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
    /// `mo`, `mon`
    Month,
    /// `q`, `qtr`
    Quarter,
    /// `y`, `yr`
    Year,
}

/// A unit's names, its documented cap, and its length where it is fixed.
///
/// Source: CloudWatch Logs User Guide, "Supported operations and functions", `bin`: units,
/// abbreviations, and the caps 1000 ms, 60 s, 60 m, 24 h.
pub struct UnitRow {
    /// The unit.
    pub unit: Unit,
    /// Shortest abbreviation first; the full name last. More than one letter may take an `s`.
    pub names: &'static [&'static str],
    /// The largest count AWS honours; larger ones act as this one.
    pub cap: Option<u64>,
    /// Milliseconds, where every such unit is equally long.
    pub milliseconds: Option<i64>,
}

/// All units.
pub const UNITS: &[UnitRow] = &[
    row(Unit::Millisecond, &["ms", "msec", "millisecond"], Some(1000), Some(1)),
    row(Unit::Second, &["s", "sec", "second"], Some(60), Some(1_000)),
    row(Unit::Minute, &["m", "min", "minute"], Some(60), Some(60_000)),
    row(Unit::Hour, &["h", "hr", "hour"], Some(24), Some(3_600_000)),
    row(Unit::Day, &["d", "day"], None, Some(86_400_000)),
    row(Unit::Week, &["w", "week"], None, Some(604_800_000)),
    row(Unit::Month, &["mo", "mon", "month"], None, None),
    row(Unit::Quarter, &["q", "qtr", "quarter"], None, None),
    row(Unit::Year, &["y", "yr", "year"], None, None),
];

const fn row(
    unit: Unit,
    names: &'static [&'static str],
    cap: Option<u64>,
    milliseconds: Option<i64>,
) -> UnitRow {
    UnitRow { unit, names, cap, milliseconds }
}

impl Unit {
    /// The unit a word means, in any case, abbreviated or not, singular or plural.
    pub fn find(word: &str) -> Option<Unit> {
        let word = word.to_ascii_lowercase();
        let singular = word.strip_suffix('s').filter(|stem| stem.len() > 1);
        UNITS
            .iter()
            .find(|row| row.names.iter().any(|name| *name == word || Some(*name) == singular))
            .map(|row| row.unit)
    }

    /// The row of this unit.
    pub fn row(self) -> &'static UnitRow {
        UNITS.iter().find(|row| row.unit == self).expect("every unit has a row")
    }
}

/// A count of units; at least 1 after reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// How many units.
    pub count: u64,
    /// Which unit.
    pub unit: Unit,
}

impl Period {
    /// The period AWS uses: a count above the unit's cap acts as the cap.
    #[must_use]
    pub fn clamped(self) -> Period {
        Period { count: self.count.min(self.unit.row().cap.unwrap_or(u64::MAX)), unit: self.unit }
    }

    /// Its length in milliseconds; `None` for calendar units and for lengths beyond 64 bits.
    pub fn milliseconds(self) -> Option<i64> {
        i64::try_from(self.count).ok()?.checked_mul(self.unit.row().milliseconds?)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.row().names[0])
    }
}
