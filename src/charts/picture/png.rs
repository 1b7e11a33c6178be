//! PNG: the SVG of a picture drawn into pixels, with the font that is built in.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::sheet::{FONT, Picture};
use crate::charts::shape::NoChart;

/// Pixels for each of the picture, so that it is sharp on fine screens.
const SCALE: f32 = 2.0;

/// A picture as PNG.
///
/// # Errors
/// What the drawing fails with.
pub fn encode(picture: &Picture) -> Result<Vec<u8>, NoChart> {
    let failed = |reason: String| {
        NoChart::new(format!("the picture could not be drawn: {reason}"), "write it as .svg")
    };
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(FONT.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    let tree = Tree::from_str(&picture.svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE) as u32, (size.height() * SCALE) as u32);
    let mut pixels =
        Pixmap::new(width, height).ok_or_else(|| failed(format!("{width} by {height} pixels")))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}
