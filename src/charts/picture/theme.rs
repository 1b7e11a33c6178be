//! The colours of a picture, light and dark.

use plotters::style::RGBColor;

/// The colours of everything but the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Behind everything.
    pub paper: RGBColor,
    /// Titles and labels.
    pub ink: RGBColor,
    /// What is said less loud.
    pub muted: RGBColor,
    /// Lines of the grid.
    pub grid: RGBColor,
}

/// For white pages.
pub const LIGHT: Theme = Theme {
    paper: RGBColor(0xff, 0xff, 0xff),
    ink: RGBColor(0x1f, 0x23, 0x28),
    muted: RGBColor(0x65, 0x6d, 0x76),
    grid: RGBColor(0xe1, 0xe4, 0xe8),
};

/// For dark pages.
pub const DARK: Theme = Theme {
    paper: RGBColor(0x0d, 0x11, 0x17),
    ink: RGBColor(0xe6, 0xed, 0xf3),
    muted: RGBColor(0x8d, 0x96, 0xa0),
    grid: RGBColor(0x2a, 0x30, 0x38),
};

/// The name that each colour of a theme has in a style sheet.
pub fn names(theme: &Theme) -> [(&'static str, RGBColor); 4] {
    [
        ("--paper", theme.paper),
        ("--ink", theme.ink),
        ("--muted", theme.muted),
        ("--grid", theme.grid),
    ]
}

/// A colour as style sheets write it.
pub fn hex(color: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2)
}
