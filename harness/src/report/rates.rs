//! Curves of shares over rates that span magnitudes: panels side by side, each with an axis by powers of ten.

use plotters::coord::Shift;
use plotters::element::{Circle, Rectangle, Text};
use plotters::prelude::*;
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::chart::{FAINT_INK, GRID, INK, PAPER};
use super::picture::{self, Draw, DrawingFailed, failed};
use super::units;

/// The size of a panel, in the SVG's pixels, and the room above it for its title and legend.
const WIDTH: u32 = 480;
const HEIGHT: u32 = 320;
const PANEL_HEADER: u32 = 66;
/// The room for the picture's title and subtitle.
const HEADER: u32 = 84;

/// Panels with a title.
pub(crate) struct Rates {
    /// One line that says what is seen.
    pub(crate) title: String,
    /// One line that says what was measured.
    pub(crate) subtitle: String,
    /// From left to right.
    pub(crate) panels: Vec<Panel>,
}

/// Curves on one pair of axes.
pub(crate) struct Panel {
    /// What they have in common.
    pub(crate) title: String,
    /// The curves, drawn in order.
    pub(crate) curves: Vec<RateCurve>,
}

/// A share over a rate.
pub(crate) struct RateCurve {
    /// Its name in the legend: the iterations of its runs.
    pub(crate) label: String,
    /// Its colour.
    pub(crate) colour: RGBColor,
    /// Bytes per iteration, above zero, and the share, from 0 to 1, by the former.
    pub(crate) points: Vec<(f64, f64)>,
}

impl Rates {
    /// As a document of SVG.
    pub(crate) fn svg(&self) -> Result<String, DrawingFailed> {
        picture::svg(self)
    }

    /// As a file of PNG.
    pub(crate) fn png(&self) -> Result<Vec<u8>, DrawingFailed> {
        picture::png(self)
    }
}

impl Panel {
    /// The axes and curves alone, as a document of SVG.
    pub(crate) fn svg(&self) -> Result<String, DrawingFailed> {
        picture::svg(self)
    }
}

impl Draw for Panel {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), DrawingFailed> {
        let pen = Pen { scale };
        root.fill(&PAPER).map_err(failed)?;
        let (low, high) = self.magnitudes();
        let mut context = ChartBuilder::on(root)
            .margin_top(pen.px(10.0))
            .margin_right(pen.px(24.0))
            .margin_left(pen.px(12.0))
            .margin_bottom(pen.px(8.0))
            .x_label_area_size(pen.px(46.0))
            .y_label_area_size(pen.px(52.0))
            .build_cartesian_2d(low..high, -0.02..1.04)
            .map_err(failed)?;
        let label = pen.font(14.0, FontStyle::Normal, FAINT_INK);
        context
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID.stroke_width(pen.px(1.0).max(1) as u32))
            .light_line_style(TRANSPARENT)
            .axis_style(FAINT_INK.stroke_width(pen.px(1.0).max(1) as u32))
            .y_label_offset(pen.px(2.5))
            // A label at each power of ten.
            .x_labels((high - low).round() as usize + 1)
            .y_labels(6)
            .x_desc("bytes kept an iteration")
            .axis_desc_style(label.clone())
            .x_label_style(label.clone())
            .y_label_style(label)
            .x_label_formatter(&|x| power(*x))
            .y_label_formatter(&|share| format!("{:.0}%", share * 100.0))
            .set_all_tick_mark_size(pen.px(4.0))
            .draw()
            .map_err(failed)?;
        for curve in &self.curves {
            let points = || {
                curve
                    .points
                    .iter()
                    .map(|(rate, share)| (rate.log10(), *share))
            };
            let style = curve.colour.stroke_width(pen.px(2.5).max(1) as u32);
            context
                .draw_series(LineSeries::new(points(), style))
                .map_err(failed)?;
            let dots = points().map(|point| Circle::new(point, pen.px(2.8), curve.colour.filled()));
            context.draw_series(dots).map_err(failed)?;
        }
        Ok(())
    }
}

impl Panel {
    /// The powers of ten between which all rates lie.
    fn magnitudes(&self) -> (f64, f64) {
        let rates = self.curves.iter().flat_map(|curve| &curve.points);
        let (low, high) = rates.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point.0.log10()), high.max(point.0.log10()))
        });
        if low > high {
            return (0.0, 1.0);
        }
        (low.floor(), high.ceil().max(low.floor() + 1.0))
    }
}

impl Draw for Rates {
    fn size(&self) -> (u32, u32) {
        (
            WIDTH * self.panels.len().max(1) as u32,
            HEADER + PANEL_HEADER + HEIGHT,
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
        pen.write(
            &header,
            &self.title,
            (24.0, 18.0),
            21.0,
            FontStyle::Bold,
            INK,
        )?;
        pen.write(
            &header,
            &self.subtitle,
            (24.0, 47.0),
            14.0,
            FontStyle::Normal,
            FAINT_INK,
        )?;
        let areas = panels.split_evenly((1, self.panels.len().max(1)));
        for (area, panel) in areas.iter().zip(&self.panels) {
            let (above, area) = area.split_vertically(pen.px(f64::from(PANEL_HEADER)));
            pen.write(
                &above,
                &panel.title,
                (24.0, 8.0),
                15.0,
                FontStyle::Bold,
                INK,
            )?;
            pen.legend(&above, &panel.curves)?;
            panel.draw(&area, scale)?;
        }
        root.present().map_err(failed)
    }
}

/// Draws at a scale.
struct Pen {
    /// Pixels per unit.
    scale: f64,
}

impl Pen {
    fn px(&self, units: f64) -> i32 {
        (units * self.scale).round() as i32
    }

    fn font(&self, size: f64, style: FontStyle, colour: RGBColor) -> TextStyle<'static> {
        let mut text = TextStyle::from(("sans-serif", size * self.scale, style).into_font());
        text.color = colour.to_backend_color();
        text
    }

    fn write<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        words: &str,
        (x, y): (f64, f64),
        size: f64,
        style: FontStyle,
        colour: RGBColor,
    ) -> Result<(), DrawingFailed> {
        let font = self
            .font(size, style, colour)
            .pos(Pos::new(HPos::Left, VPos::Top));
        area.draw(&Text::new(words.to_owned(), (self.px(x), self.px(y)), font))
            .map_err(failed)
    }

    /// Swatches and names in one row.
    fn legend<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        curves: &[RateCurve],
    ) -> Result<(), DrawingFailed> {
        let (mut x, y) = (24.0, 36.0);
        for RateCurve { label, colour, .. } in curves {
            let corners = [
                (self.px(x), self.px(y - 1.0)),
                (self.px(x + 18.0), self.px(y + 7.0)),
            ];
            area.draw(&Rectangle::new(corners, colour.filled()))
                .map_err(failed)?;
            x += 24.0;
            self.write(area, label, (x, y), 14.0, FontStyle::Normal, INK)?;
            let font = self.font(14.0, FontStyle::Normal, INK);
            let (width, _) = area.estimate_text_size(label, &font).map_err(failed)?;
            x += f64::from(width) / self.scale + 16.0;
        }
        Ok(())
    }
}

/// A power of ten as people write it: `0.001`, `1`, `10,000`, `1M`.
fn power(exponent: f64) -> String {
    let exponent = exponent.round() as i32;
    match exponent {
        ..0 => format!("0.{}1", "0".repeat((-exponent - 1) as usize)),
        0..6 => units::count(10_u64.pow(exponent as u32)),
        _ => format!("{}M", units::count(10_u64.pow(exponent as u32 - 6))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_written_out() {
        assert_eq!(
            [-4.0, -1.0, 0.0, 3.0, 6.0, 7.0].map(power),
            ["0.0001", "0.1", "1", "1,000", "1M", "10M"]
        );
    }

    #[test]
    fn an_axis_reaches_from_one_power_of_ten_to_another() {
        let panel = |points: &[(f64, f64)]| Panel {
            title: String::new(),
            curves: vec![RateCurve {
                label: String::new(),
                colour: INK,
                points: points.to_vec(),
            }],
        };
        assert_eq!(
            panel(&[(0.02, 0.0), (300.0, 1.0)]).magnitudes(),
            (-2.0, 3.0)
        );
        assert_eq!(panel(&[(1.0, 0.0)]).magnitudes(), (0.0, 1.0));
        assert_eq!(panel(&[]).magnitudes(), (0.0, 1.0));
    }
}
