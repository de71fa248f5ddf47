//! Curves of shares over rates that span magnitudes: panels side by side, each with an axis by powers of ten.

use plotters::coord::Shift;
use plotters::element::Circle;
use plotters::prelude::*;
use plotters::style::FontStyle;

use super::chart::{FAINT_INK, GRID, INK, PAPER};
use super::hover;
use super::hover::{Column, Spot};
use super::pen::{LEGEND_ROW, Pen, legend_rows};
use super::picture;
use super::picture::{Draw, DrawingFailed, failed};
use harness_model::units;

/// The size of a panel, in the SVG's pixels, and the room above it for its title, without the legend.
const WIDTH: u32 = 480;
const HEIGHT: u32 = 320;
const PANEL_HEADER: u32 = 46;
/// Where titles and legends begin and how far from the right edge they end.
const MARGIN: f64 = 24.0;
/// The room around the curves.
const TOP: f64 = 10.0;
const RIGHT: f64 = 24.0;
const BOTTOM: f64 = 8.0;
const LEFT: f64 = 12.0;
const X_LABELS: f64 = 46.0;
const Y_LABELS: f64 = 52.0;
/// The shares from the bottom to the top.
const SHARES: (f64, f64) = (-0.02, 1.04);
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
    /// What is along the axis.
    pub(crate) unit: &'static str,
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

    /// The room above the panels for their titles and the longest of their legends.
    fn panel_header(&self) -> u32 {
        let rows = self.panels.iter().map(|panel| {
            let labels: Vec<&str> = panel.curves.iter().map(|curve| &*curve.label).collect();
            // A font that cannot be read shows as an error of the first text that is drawn.
            legend_rows(&labels, f64::from(WIDTH) - 2.0 * MARGIN).unwrap_or(1)
        });
        PANEL_HEADER + rows.max().unwrap_or(0) as u32 * LEGEND_ROW as u32
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
            .margin_top(pen.px(TOP))
            .margin_right(pen.px(RIGHT))
            .margin_left(pen.px(LEFT))
            .margin_bottom(pen.px(BOTTOM))
            .x_label_area_size(pen.px(X_LABELS))
            .y_label_area_size(pen.px(Y_LABELS))
            .build_cartesian_2d(low..high, SHARES.0..SHARES.1)
            .map_err(failed)?;
        let label = pen.font(14.0, FontStyle::Normal, FAINT_INK);
        context
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID.stroke_width(pen.stroke(1.0)))
            .light_line_style(TRANSPARENT)
            .axis_style(FAINT_INK.stroke_width(pen.stroke(1.0)))
            .y_label_offset(pen.px(2.5))
            // A label at each power of ten.
            .x_labels((high - low).round() as usize + 1)
            .y_labels(6)
            .x_desc(self.unit)
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
            let style = curve.colour.stroke_width(pen.stroke(2.5));
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
    /// How much of the width and height lies between the curves and the edges: above, right, below, left.
    pub(crate) fn insets(&self) -> [f64; 4] {
        let (width, height) = (f64::from(WIDTH), f64::from(HEIGHT));
        [
            TOP / height,
            RIGHT / width,
            (BOTTOM + X_LABELS) / height,
            (LEFT + Y_LABELS) / width,
        ]
    }

    /// What a pointer is shown.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let (low, high) = self.magnitudes();
        let spots = |curve: &RateCurve| -> Vec<Spot> {
            let points = curve.points.iter();
            points
                .map(|&(rate, share)| Spot {
                    x: rate,
                    across: (rate.log10() - low) / (high - low),
                    value: share,
                    down: (SHARES.1 - share) / (SHARES.1 - SHARES.0),
                })
                .collect()
        };
        let curves: Vec<Vec<Spot>> = self.curves.iter().map(spots).collect();
        let or_range = |first: String, last: String| match first == last {
            true => first,
            false => format!("{first} to {last}"),
        };
        hover::columns(
            &curves,
            hover::MOST_IN_PANEL,
            |first, last| {
                let rates = or_range(units::figure(first), units::figure(last));
                format!("{rates} {}", self.unit)
            },
            |least, greatest| or_range(percent(least), percent(greatest)),
        )
    }

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
            HEADER + self.panel_header() + HEIGHT,
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
        let bold = |size| (size, FontStyle::Bold, INK);
        pen.write(&header, &self.title, (MARGIN, 18.0), width, bold(21.0))?;
        let faint = (14.0, FontStyle::Normal, FAINT_INK);
        pen.write(&header, &self.subtitle, (MARGIN, 47.0), width, faint)?;
        let width = f64::from(WIDTH) - 2.0 * MARGIN;
        let areas = panels.split_evenly((1, self.panels.len().max(1)));
        for (area, panel) in areas.iter().zip(&self.panels) {
            let (above, area) = area.split_vertically(pen.px(f64::from(self.panel_header())));
            pen.write(&above, &panel.title, (MARGIN, 8.0), width, bold(15.0))?;
            let curves = panel.curves.iter();
            let entries: Vec<(&str, RGBColor)> = curves
                .map(|curve| (curve.label.as_str(), curve.colour))
                .collect();
            pen.legend(&above, &entries, (MARGIN, 34.0), width)?;
            panel.draw(&area, scale)?;
        }
        root.present().map_err(failed)
    }
}

/// A share, to a tenth of a percent.
fn percent(share: f64) -> String {
    format!("{}%", (share * 1000.0).round() / 10.0)
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
    fn a_pointer_is_shown_each_rate_with_its_share() {
        let curve = |points: &[(f64, f64)]| RateCurve {
            label: String::new(),
            colour: INK,
            points: points.to_vec(),
        };
        let panel = Panel {
            title: String::new(),
            unit: "bytes kept an iteration",
            curves: vec![curve(&[(0.1, 0.0), (1.0, 0.985)]), curve(&[(10.0, 1.0)])],
        };
        let columns = panel.columns();
        let told: Vec<(&str, usize, &str)> = columns
            .iter()
            .map(|column| {
                let row = &column.rows[0];
                (&*column.title, row.curve, &*row.value)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("0.1 bytes kept an iteration", 0, "0%"),
                ("1 bytes kept an iteration", 0, "98.5%"),
                ("10 bytes kept an iteration", 1, "100%"),
            ]
        );
        assert_eq!(columns[1].at, 0.5);
    }

    #[test]
    fn an_axis_reaches_from_one_power_of_ten_to_another() {
        let panel = |points: &[(f64, f64)]| Panel {
            title: String::new(),
            unit: "bytes kept an iteration",
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
