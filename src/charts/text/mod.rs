//! Charts as text, for terminals of any width.

pub mod bars;
pub mod canvas;
pub mod grid;
pub mod pen;
pub mod series;
pub mod sparkline;
