//! How a chart is to look: its room, its colours, its time zone.

use super::model::MOST_GROUPS;
use crate::data::zone::Zone;

/// How a chart is to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What stands above it; the names of its columns otherwise.
    pub title: Option<String>,
    /// Groups that are drawn one by one.
    pub groups: usize,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether escape codes may be written.
    pub color: bool,
    /// Whether only ASCII characters may be written.
    pub ascii: bool,
    /// Whether a picture has a dark background.
    pub dark: bool,
    /// The zone in which times are shown.
    pub zone: Zone,
}

impl Default for Look {
    fn default() -> Look {
        Look {
            title: None,
            groups: MOST_GROUPS,
            width: 80,
            color: false,
            ascii: false,
            dark: false,
            zone: Zone::UTC,
        }
    }
}

/// Colours that people with any kind of colour vision tell apart, on white and on black; the last
/// is for what is left.
///
/// Source: Paul Tol, "Colour schemes" (2021), the scheme "bright".
pub const PALETTE: [(u8, u8, u8); 7] = [
    (0x44, 0x77, 0xaa),
    (0xee, 0x66, 0x77),
    (0x22, 0x88, 0x33),
    (0xcc, 0xbb, 0x44),
    (0x66, 0xcc, 0xee),
    (0xaa, 0x33, 0x77),
    (0x99, 0x99, 0x99),
];

/// The colour of a series by its number.
pub fn color(series: usize) -> (u8, u8, u8) {
    PALETTE[series % PALETTE.len()]
}

/// A point of a scale from 0 to 1, light to dark, in which equal steps look equal.
///
/// Source: matplotlib's "viridis", five of its 256 colours, reversed.
pub fn scale(share: f64) -> (u8, u8, u8) {
    const STOPS: [(f64, f64, f64); 5] = [
        (253.0, 231.0, 37.0),
        (93.0, 201.0, 99.0),
        (33.0, 145.0, 140.0),
        (59.0, 82.0, 139.0),
        (68.0, 1.0, 84.0),
    ];
    let at = share.clamp(0.0, 1.0) * 4.0;
    let low = (at.floor() as usize).min(3);
    let (a, b, part) = (STOPS[low], STOPS[low + 1], at - low as f64);
    let mix = |a: f64, b: f64| (a + (b - a) * part).round() as u8;
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
