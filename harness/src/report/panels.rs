//! Small multiples: charts of one kind side by side in one picture, on the same scale.

use plotters::coord::Shift;
use plotters::element::{Rectangle, Text};
use plotters::prelude::*;
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::chart::{self, Chart, Drawing, FAINT_INK, INK, PANEL, PAPER};
use super::picture::{self, Draw, DrawingFailed, failed};

/// The room for title, subtitle and legend, in the SVG's pixels.
const HEADER: u32 = 104;

/// Charts in rows and columns.
pub(crate) struct Panels {
    /// The file's name without its ending.
    pub(crate) name: &'static str,
    /// One line that says what is seen.
    pub(crate) title: String,
    /// One line that says what was measured, in which unit.
    pub(crate) subtitle: String,
    /// The lines that every chart has: a name and its colour.
    pub(crate) legend: Vec<(String, RGBColor)>,
    /// How many stand side by side.
    pub(crate) columns: usize,
    /// The charts, row by row.
    pub(crate) charts: Vec<Chart>,
}

impl Panels {
    /// As a document of SVG.
    pub(crate) fn svg(&self) -> Result<String, DrawingFailed> {
        picture::svg(self)
    }

    /// As a file of PNG.
    pub(crate) fn png(&self) -> Result<Vec<u8>, DrawingFailed> {
        picture::png(self)
    }

    fn rows(&self) -> usize {
        self.charts.len().div_ceil(self.columns.max(1))
    }
}

impl Draw for Panels {
    fn size(&self) -> (u32, u32) {
        let (width, height) = chart::PANEL.size();
        (
            width * self.columns as u32,
            HEADER + height * self.rows() as u32,
        )
    }

    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), DrawingFailed> {
        let px = |units: f64| (units * scale).round() as i32;
        root.fill(&PAPER).map_err(failed)?;
        let (header, panels) = root.split_vertically(px(f64::from(HEADER)));
        let text = |words: &str, (x, y): (f64, f64), size: f64, style, colour: RGBColor| {
            let mut font = TextStyle::from(("sans-serif", size * scale, style).into_font());
            font.color = colour.to_backend_color();
            let font = font.pos(Pos::new(HPos::Left, VPos::Top));
            header
                .draw(&Text::new(words.to_owned(), (px(x), px(y)), font))
                .map_err(failed)
        };
        text(&self.title, (24.0, 18.0), 21.0, FontStyle::Bold, INK)?;
        let subtitle = &self.subtitle;
        text(subtitle, (24.0, 47.0), 14.0, FontStyle::Normal, FAINT_INK)?;
        for (at, (name, colour)) in self.legend.iter().enumerate() {
            let x = 24.0 + 180.0 * at as f64;
            let corners = [(px(x), px(73.0)), (px(x + 20.0), px(81.0))];
            let swatch = Rectangle::new(corners, colour.filled());
            header.draw(&swatch).map_err(failed)?;
            text(name, (x + 28.0, 71.0), 14.0, FontStyle::Normal, INK)?;
        }
        let areas = panels.split_evenly((self.rows(), self.columns));
        for (area, chart) in areas.iter().zip(&self.charts) {
            let look = PANEL;
            Drawing { chart, look, scale }.draw(area)?;
        }
        root.present().map_err(failed)
    }
}
