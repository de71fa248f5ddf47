//! Makes files of drawings, as SVG and as PNG.
//!
//! The same drawing code serves both. The PNG is drawn at four times the size and averaged down to twice, which gives
//! smooth edges at the pixel density of today's screens. Letters come from the font in `assets/`, so the machine needs
//! none; the SVG names the generic family `sans-serif`, which every browser has.

use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

/// The PNG's pixels per unit, and how much finer it is drawn before it is averaged down.
const PNG_SCALE: u32 = 2;
const OVERSAMPLING: u32 = 2;

/// Something that can be drawn.
pub(crate) trait Draw {
    /// Its width and height, in the SVG's pixels.
    fn size(&self) -> (u32, u32);

    /// Draws it, `scale` pixels to each of the SVG's.
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), DrawingFailed>;
}

/// Why a chart could not be drawn. The drawing goes to memory, so only a defect of the font could cause it.
#[derive(Debug)]
pub(crate) struct DrawingFailed(String);

impl std::fmt::Display for DrawingFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the plot could not be drawn: {}", self.0)
    }
}

impl std::error::Error for DrawingFailed {}

pub(crate) fn failed(error: impl std::fmt::Display) -> DrawingFailed {
    DrawingFailed(error.to_string())
}

/// A drawing as a document of SVG.
pub(crate) fn svg(drawing: &impl Draw) -> Result<String, DrawingFailed> {
    register_fonts();
    let mut text = String::new();
    let root = SVGBackend::with_string(&mut text, drawing.size()).into_drawing_area();
    drawing.draw(&root, 1.0)?;
    drop(root);
    // Nothing of it needs to be changed here, unless somebody drew a text without a pen.
    Ok(printable::block(&text).into_owned())
}

/// A drawing as a file of PNG.
pub(crate) fn png(drawing: &impl Draw) -> Result<Vec<u8>, DrawingFailed> {
    register_fonts();
    let (width, height) = drawing.size();
    let (width, height) = (width * PNG_SCALE, height * PNG_SCALE);
    let (fine_width, fine_height) = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut fine = vec![0; (fine_width * fine_height * 3) as usize];
    let root = BitMapBackend::with_buffer(&mut fine, (fine_width, fine_height)).into_drawing_area();
    drawing.draw(&root, f64::from(PNG_SCALE * OVERSAMPLING))?;
    drop(root);

    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer
        .write_image_data(&averaged(&fine, width as usize, height as usize))
        .map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

/// The mean of each square of [`OVERSAMPLING`] x [`OVERSAMPLING`] pixels, three colours a pixel.
fn averaged(fine: &[u8], width: usize, height: usize) -> Vec<u8> {
    let n = OVERSAMPLING as usize;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for colour in 0..3 {
                let square = (0..n * n).map(|i| {
                    usize::from(fine[((y * n + i / n) * width * n + x * n + i % n) * 3 + colour])
                });
                pixels.push((square.sum::<usize>() / (n * n)) as u8);
            }
        }
    }
    pixels
}

/// Letters come from the repository, whatever the machine has.
pub(super) fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let fonts: [(FontStyle, &'static [u8]); 2] = [
            (
                FontStyle::Normal,
                include_bytes!("../../assets/Roboto-Regular.ttf"),
            ),
            (
                FontStyle::Bold,
                include_bytes!("../../assets/Roboto-Bold.ttf"),
            ),
        ];
        for (style, bytes) in fonts {
            // A font that cannot be read shows as an error of the first text that is drawn.
            let _ = register_font("sans-serif", style, bytes);
        }
    });
}
