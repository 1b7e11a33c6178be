//! Charts as pictures: drawn once as SVG, and from it PNG and HTML.

pub mod bars;
pub mod heatmap;
pub mod html;
pub mod network;
pub mod pie;
pub mod png;
pub mod series;
pub mod sheet;
pub mod theme;

pub use sheet::Picture;
