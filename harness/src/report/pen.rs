//! Writes on drawings: letters of a size, and legends that break into rows.

use plotters::coord::Shift;
use plotters::element::{Rectangle, Text};
use plotters::prelude::*;
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::picture::{DrawingFailed, failed};

/// The height of a row of a legend, in the SVG's pixels.
pub(crate) const LEGEND_ROW: f64 = 20.0;
/// The size of its letters, its swatches, and the room after a name.
const LEGEND_SIZE: f64 = 14.0;
const SWATCH: f64 = 20.0;
const AFTER_SWATCH: f64 = 8.0;
const AFTER_NAME: f64 = 26.0;
/// Letters become this much smaller at most before a text is cut.
const SMALLEST: f64 = 0.75;

/// Draws at a scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    /// Pixels per unit, which is a pixel of the SVG.
    pub(crate) scale: f64,
}

impl Pen {
    /// Units as pixels.
    pub(crate) fn px(self, units: f64) -> i32 {
        (units * self.scale).round() as i32
    }

    /// Units as the width of a line.
    pub(crate) fn stroke(self, units: f64) -> u32 {
        self.px(units).max(1) as u32
    }

    /// Letters.
    pub(crate) fn font(self, size: f64, style: FontStyle, colour: RGBColor) -> TextStyle<'static> {
        let mut text = TextStyle::from(("sans-serif", size * self.scale, style).into_font());
        text.color = colour.to_backend_color();
        text
    }

    /// A line of text from its upper left corner on. One that is wider than `width` gets smaller letters; one that is
    /// far too wide is cut, which an ellipsis shows.
    pub(crate) fn write<DB: DrawingBackend>(
        self,
        area: &DrawingArea<DB, Shift>,
        words: &str,
        (x, y): (f64, f64),
        width: f64,
        letters: (f64, FontStyle, RGBColor),
    ) -> Result<(), DrawingFailed> {
        let (size, style, colour) = letters;
        let (words, size) = fitting(&printable::line(words), size, style, width)?;
        let font = self
            .font(size, style, colour)
            .pos(Pos::new(HPos::Left, VPos::Top));
        area.draw(&Text::new(words, (self.px(x), self.px(y)), font))
            .map_err(failed)
    }

    /// Swatches and names from `(x, y)` on, in rows of at most `width`.
    pub(crate) fn legend<DB: DrawingBackend>(
        self,
        area: &DrawingArea<DB, Shift>,
        entries: &[(&str, RGBColor)],
        (x, y): (f64, f64),
        width: f64,
    ) -> Result<(), DrawingFailed> {
        let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
        for ((name, colour), (right, row)) in entries.iter().zip(places(&names, width)?) {
            let (x, y) = (x + right, y + row as f64 * LEGEND_ROW);
            let corners = [
                (self.px(x), self.px(y + 1.5)),
                (self.px(x + SWATCH), self.px(y + 9.5)),
            ];
            area.draw(&Rectangle::new(corners, colour.filled()))
                .map_err(failed)?;
            let letters = (LEGEND_SIZE, FontStyle::Normal, super::chart::INK);
            let start = SWATCH + AFTER_SWATCH;
            self.write(area, name, (x + start, y), width - start, letters)?;
        }
        Ok(())
    }
}

/// How many rows a legend takes.
pub(crate) fn legend_rows(names: &[&str], width: f64) -> Result<usize, DrawingFailed> {
    let places = places(names, width)?;
    Ok(places.last().map_or(0, |(_, row)| row + 1))
}

/// Where each entry begins, and in which row: as many stand side by side as there is room for.
fn places(names: &[&str], width: f64) -> Result<Vec<(f64, usize)>, DrawingFailed> {
    let (mut x, mut row) = (0.0, 0);
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        let own = SWATCH + AFTER_SWATCH + text_width(name, LEGEND_SIZE, FontStyle::Normal)?;
        if x > 0.0 && x + own > width {
            (x, row) = (0.0, row + 1);
        }
        places.push((x, row));
        x += own + AFTER_NAME;
    }
    Ok(places)
}

/// The width of a text in units.
pub(crate) fn text_width(text: &str, size: f64, style: FontStyle) -> Result<f64, DrawingFailed> {
    // Measured large: the font gives whole pixels.
    let font = ("sans-serif", size * 8.0, style).into_font();
    let (width, _) = font.box_size(&printable::line(text)).map_err(failed)?;
    Ok(f64::from(width) / 8.0)
}

/// The text and the size at which it is no wider than `width`.
fn fitting(
    words: &str,
    size: f64,
    style: FontStyle,
    width: f64,
) -> Result<(String, f64), DrawingFailed> {
    let own = text_width(words, size, style)?;
    if own <= width {
        return Ok((words.to_owned(), size));
    }
    if own * SMALLEST <= width {
        return Ok((words.to_owned(), size * width / own));
    }
    let size = size * SMALLEST;
    let mut letters: Vec<char> = words.chars().collect();
    // From what it would be if all letters were as wide as their mean; then letter by letter.
    letters.truncate((letters.len() as f64 * width / (own * SMALLEST)) as usize + 1);
    loop {
        letters.pop();
        let cut: String = letters.iter().chain(&['\u{2026}']).collect();
        if letters.is_empty() || text_width(&cut, size, style)? <= width {
            return Ok((cut, size));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::picture::register_fonts;

    #[test]
    fn a_legend_breaks_into_rows_and_none_of_it_is_lost() {
        register_fonts();
        let names = ["a name of some length, with its figure: 12.3 KiB"; 5];
        let places = places(&names, 800.0).unwrap();
        assert_eq!(legend_rows(&names, 800.0).unwrap(), 3);
        let rows: Vec<usize> = places.iter().map(|(_, row)| *row).collect();
        assert_eq!(rows, [0, 0, 1, 1, 2]);
        assert_eq!((places[0].0, places[2].0), (0.0, 0.0));
        assert_eq!(legend_rows(&[], 800.0).unwrap(), 0);
    }

    #[test]
    fn a_text_too_wide_gets_smaller_letters_and_is_cut_at_last() {
        register_fonts();
        let style = FontStyle::Bold;
        let words = "what grew without zones: all of it lexemes and strings";
        let own = text_width(words, 21.0, style).unwrap();
        let at = |width: f64| fitting(words, 21.0, style, width).unwrap();
        assert_eq!(at(own + 1.0), (words.to_owned(), 21.0));
        let (whole, size) = at(own * 0.9);
        assert!(whole == words && size < 21.0);
        let (cut, size) = at(own * 0.5);
        assert!(cut.ends_with('\u{2026}') && words.starts_with(cut.trim_end_matches('\u{2026}')));
        assert!(text_width(&cut, size, style).unwrap() <= own * 0.5);
    }
}
