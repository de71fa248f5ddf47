//! Small multiples: charts of one kind side by side in one picture, on the same scale.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::FontStyle;

use super::chart::{Chart, FAINT_INK, INK, PAPER};
use super::draw::{Drawing, PANEL};
use super::pen::Pen;
use super::picture;
use super::picture::{Draw, DrawingFailed, failed};

/// The room for title, subtitle and legend, in the SVG's pixels.
const HEADER: u32 = 104;
/// Where they begin and how far from the right edge they end.
const MARGIN: f64 = 24.0;

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
        let (width, height) = PANEL.size();
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
        let pen = Pen { scale };
        root.fill(&PAPER).map_err(failed)?;
        let (header, panels) = root.split_vertically(pen.px(f64::from(HEADER)));
        let width = f64::from(self.size().0) - 2.0 * MARGIN;
        let bold = (21.0, FontStyle::Bold, INK);
        pen.write(&header, &self.title, (MARGIN, 18.0), width, bold)?;
        let faint = (14.0, FontStyle::Normal, FAINT_INK);
        pen.write(&header, &self.subtitle, (MARGIN, 47.0), width, faint)?;
        let legend = self.legend.iter();
        let legend: Vec<(&str, RGBColor)> = legend
            .map(|(name, colour)| (name.as_str(), *colour))
            .collect();
        pen.legend(&header, &legend, (MARGIN, 71.0), width)?;
        let areas = panels.split_evenly((self.rows(), self.columns));
        for (area, chart) in areas.iter().zip(&self.charts) {
            let drawing = Drawing {
                chart,
                look: PANEL,
                pen,
                more_above: 0.0,
            };
            drawing.draw(area)?;
        }
        root.present().map_err(failed)
    }
}
