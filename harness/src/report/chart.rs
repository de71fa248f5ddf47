//! Draws a chart: lines or stacked areas over iterations or words, as SVG and as PNG.
//!
//! The same drawing code serves both. The PNG is drawn at four times the size and averaged down to twice, which gives
//! smooth edges at the pixel density of today's screens. Letters come from the font in `assets/`, so the machine needs
//! none; the SVG names the generic family `sans-serif`, which every browser has.

use std::sync::Once;

use plotters::coord::Shift;
use plotters::element::{Polygon, Rectangle, Text};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use super::units;

/// The size of a drawing, in the SVG's pixels, and what is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    width: u32,
    height: u32,
    /// Whether title and legend are drawn, or stand beside the drawing as text of a page.
    header: bool,
    x_labels: usize,
}

/// A picture by itself.
pub(crate) const PICTURE: Look = Look {
    width: 960,
    height: 480,
    header: true,
    x_labels: 8,
};
/// For a page on a desk.
pub(crate) const WIDE: Look = Look {
    width: 960,
    height: 340,
    header: false,
    x_labels: 8,
};
/// For a page on a phone.
pub(crate) const NARROW: Look = Look {
    width: 380,
    height: 280,
    header: false,
    x_labels: 4,
};
/// The PNG's pixels per unit, and how much finer it is drawn before it is averaged down.
const PNG_SCALE: u32 = 2;
const OVERSAMPLING: u32 = 2;

/// Colours that stand apart for colour-blind eyes too (after Okabe and Ito), told apart by meaning.
pub(crate) const WITHOUT_ZONES: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// The loop in zones.
pub(crate) const WITH_ZONES: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// The layers of a stack, from the bottom up.
pub(crate) const LAYERS: [RGBColor; 7] = [
    RGBColor(0xD5, 0x5E, 0x01),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0x7A, 0x6F, 0xF0),
    RGBColor(0x99, 0x99, 0x99),
];
/// Paper, ink and the lines between: a page with a dark form replaces exactly these.
pub(crate) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
pub(crate) const INK: RGBColor = RGBColor(0x1B, 0x1F, 0x24);
pub(crate) const FAINT_INK: RGBColor = RGBColor(0x59, 0x63, 0x6E);
pub(crate) const GRID: RGBColor = RGBColor(0xE4, 0xE7, 0xEB);
pub(crate) const SHADE: RGBColor = RGBColor(0xF3, 0xF4, 0xF6);

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// The file's name without its ending.
    pub name: &'static str,
    /// One line that says what is seen.
    pub title: String,
    /// One line that says what was measured, in which unit.
    pub subtitle: String,
    /// Lines, drawn in order.
    pub curves: Vec<Curve>,
    /// Whether the curves are layers of a stack, each drawn on the one before and filled.
    pub stacked: bool,
    /// What the horizontal axis counts: "iteration".
    pub x_name: &'static str,
    /// What the shaded part at the beginning is called: "warm-up".
    pub shaded: &'static str,
    /// Where it ends; 0 for none.
    pub warmup: f64,
    /// The last of what the axis counts.
    pub last: f64,
    /// Least and greatest value shown, in bytes.
    pub range: (f64, f64),
}

/// A line or a layer.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    /// Its name in the legend, with its figure.
    pub label: String,
    /// What stands at its end.
    pub end: String,
    /// Its colour.
    pub colour: RGBColor,
    /// What the axis counts and bytes, by the former.
    pub points: Vec<(f64, f64)>,
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

fn failed(error: impl std::fmt::Display) -> DrawingFailed {
    DrawingFailed(error.to_string())
}

/// The chart as a document of SVG.
pub(crate) fn svg(chart: &Chart, look: Look) -> Result<String, DrawingFailed> {
    let mut text = String::new();
    let root = SVGBackend::with_string(&mut text, (look.width, look.height)).into_drawing_area();
    Drawing {
        chart,
        look,
        scale: 1.0,
    }
    .draw(&root)?;
    drop(root);
    Ok(text)
}

/// The chart as a file of PNG.
pub(crate) fn png(chart: &Chart) -> Result<Vec<u8>, DrawingFailed> {
    let look = PICTURE;
    let (width, height) = (look.width * PNG_SCALE, look.height * PNG_SCALE);
    let (fine_width, fine_height) = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut fine = vec![0; (fine_width * fine_height * 3) as usize];
    let root = BitMapBackend::with_buffer(&mut fine, (fine_width, fine_height)).into_drawing_area();
    Drawing {
        chart,
        look,
        scale: f64::from(PNG_SCALE * OVERSAMPLING),
    }
    .draw(&root)?;
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
fn register_fonts() {
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

struct Drawing<'a> {
    chart: &'a Chart,
    look: Look,
    /// Pixels per unit.
    scale: f64,
}

impl Drawing<'_> {
    fn px(&self, units: f64) -> i32 {
        (units * self.scale).round() as i32
    }

    fn font(&self, size: f64, style: FontStyle, colour: RGBColor) -> TextStyle<'static> {
        let mut text = TextStyle::from(("sans-serif", size * self.scale, style).into_font());
        text.color = colour.to_backend_color();
        text
    }

    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Result<(), DrawingFailed> {
        register_fonts();
        root.fill(&PAPER).map_err(failed)?;
        let chart = self.chart;
        if self.look.header {
            let left = |size, style, colour| {
                self.font(size, style, colour)
                    .pos(Pos::new(HPos::Left, VPos::Top))
            };
            let at = |x, y| (self.px(x), self.px(y));
            let title = left(21.0, FontStyle::Bold, INK);
            root.draw(&Text::new(chart.title.clone(), at(24.0, 18.0), title))
                .map_err(failed)?;
            let subtitle = left(14.0, FontStyle::Normal, FAINT_INK);
            root.draw(&Text::new(chart.subtitle.clone(), at(24.0, 47.0), subtitle))
                .map_err(failed)?;
            self.legend(root, 24.0, 74.0)?;
        }
        let unit = units::unit_of(chart.range.0.abs().max(chart.range.1.abs()));
        let (low, high) = (chart.range.0 / unit.bytes, chart.range.1 / unit.bytes);
        let ends_width = chart
            .curves
            .iter()
            .map(|curve| curve.end.chars().count())
            .max()
            .unwrap_or(0) as f64
            * 7.5
            + 18.0;
        let mut context = ChartBuilder::on(root)
            .margin_top(self.px(if self.look.header { 104.0 } else { 10.0 }))
            .margin_right(self.px(ends_width.max(24.0)))
            .margin_left(self.px(12.0))
            .margin_bottom(self.px(8.0))
            .x_label_area_size(self.px(46.0))
            .y_label_area_size(self.px(66.0))
            .build_cartesian_2d(0.0..chart.last.max(1.0), low..high)
            .map_err(failed)?;
        if chart.warmup > 0.0 {
            let area = Rectangle::new(
                [(0.0, low), (chart.warmup.min(chart.last), high)],
                SHADE.filled(),
            );
            context.draw_series(std::iter::once(area)).map_err(failed)?;
        }
        let decimals = decimals(high - low);
        context
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID.stroke_width(self.px(1.0).max(1) as u32))
            .light_line_style(TRANSPARENT)
            .axis_style(FAINT_INK.stroke_width(self.px(1.0).max(1) as u32))
            // The box of a label counts the room above its capitals: without this they stand above their line.
            .y_label_offset(self.px(2.5))
            .x_labels(self.look.x_labels)
            .y_labels(6)
            .x_desc(chart.x_name)
            .y_desc(unit.name)
            .axis_desc_style(self.font(14.0, FontStyle::Normal, FAINT_INK))
            .x_label_style(self.font(14.0, FontStyle::Normal, FAINT_INK))
            .y_label_style(self.font(14.0, FontStyle::Normal, FAINT_INK))
            .x_label_formatter(&|x| units::count(x.round().max(0.0) as u64))
            .y_label_formatter(&|y| tick(*y, decimals))
            .set_all_tick_mark_size(self.px(4.0))
            .draw()
            .map_err(failed)?;
        if chart.warmup > 0.0 {
            let style = self
                .font(13.0, FontStyle::Normal, FAINT_INK)
                .pos(Pos::new(HPos::Left, VPos::Top));
            let (x, y) = context.backend_coord(&(0.0, high));
            root.draw(&Text::new(
                chart.shaded,
                (x + self.px(6.0), y + self.px(5.0)),
                style,
            ))
            .map_err(failed)?;
        }
        let mut base: Option<&Curve> = None;
        for curve in &chart.curves {
            let line: Vec<(f64, f64)> = clipped(&curve.points, chart.range)
                .iter()
                .map(|(x, y)| (*x, y / unit.bytes))
                .collect();
            if chart.stacked {
                let below = base.map_or_else(
                    || {
                        line.iter()
                            .rev()
                            .map(|(x, _)| (*x, 0.0))
                            .collect::<Vec<_>>()
                    },
                    |base| {
                        clipped(&base.points, chart.range)
                            .iter()
                            .rev()
                            .map(|(x, y)| (*x, y / unit.bytes))
                            .collect()
                    },
                );
                let outline: Vec<(f64, f64)> = line.iter().copied().chain(below).collect();
                context
                    .draw_series(std::iter::once(Polygon::new(
                        outline,
                        curve.colour.mix(0.85).filled(),
                    )))
                    .map_err(failed)?;
                base = Some(curve);
            } else {
                let style = curve.colour.stroke_width(self.px(2.5).max(1) as u32);
                context
                    .draw_series(LineSeries::new(line, style))
                    .map_err(failed)?;
            }
        }
        self.ends(root, |point| {
            context.backend_coord(&(point.0, point.1 / unit.bytes))
        })?;
        root.present().map_err(failed)
    }

    /// Swatches and names in one row, as wide as they need.
    fn legend<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        x: f64,
        y: f64,
    ) -> Result<(), DrawingFailed> {
        let style = self
            .font(14.0, FontStyle::Normal, INK)
            .pos(Pos::new(HPos::Left, VPos::Center));
        let mut x = x;
        for curve in &self.chart.curves {
            let swatch = Rectangle::new(
                [
                    (self.px(x), self.px(y + 1.0)),
                    (self.px(x + 20.0), self.px(y + 9.0)),
                ],
                curve.colour.filled(),
            );
            root.draw(&swatch).map_err(failed)?;
            let text = Text::new(
                curve.label.clone(),
                (self.px(x + 28.0), self.px(y + 7.0)),
                style.clone(),
            );
            root.draw(&text).map_err(failed)?;
            let (width, _) = root
                .estimate_text_size(&curve.label, &style)
                .map_err(failed)?;
            x += 28.0 + f64::from(width) / self.scale + 28.0;
        }
        Ok(())
    }

    /// What stands at the ends of the curves, moved apart where they meet.
    fn ends<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        place: impl Fn((f64, f64)) -> (i32, i32),
    ) -> Result<(), DrawingFailed> {
        let mut ends: Vec<(i32, i32, &Curve)> = Vec::new();
        for (at, curve) in self.chart.curves.iter().enumerate() {
            let Some(&last) = curve.points.last() else {
                continue;
            };
            let under = if self.chart.stacked && at > 0 {
                self.chart.curves[at - 1]
                    .points
                    .last()
                    .map_or(0.0, |point| point.1)
            } else {
                0.0
            };
            let y = if self.chart.stacked {
                (last.1 + under) / 2.0
            } else {
                last.1
            };
            let (x, y) = place((last.0, y.clamp(self.chart.range.0, self.chart.range.1)));
            ends.push((x, y, curve));
        }
        ends.sort_by_key(|(_, y, _)| *y);
        let apart = self.px(17.0);
        for at in 1..ends.len() {
            ends[at].1 = ends[at].1.max(ends[at - 1].1 + apart);
        }
        // Those that were moved below the axis move up again, and push the others.
        let (_, bottom) = place((self.chart.last, self.chart.range.0));
        for at in (0..ends.len()).rev() {
            let limit = if at + 1 < ends.len() {
                ends[at + 1].1 - apart
            } else {
                bottom
            };
            ends[at].1 = ends[at].1.min(limit);
        }
        for (x, y, curve) in ends {
            let colour = if self.chart.stacked {
                INK
            } else {
                curve.colour
            };
            let style = self
                .font(14.0, FontStyle::Bold, colour)
                .pos(Pos::new(HPos::Left, VPos::Center));
            root.draw(&Text::new(curve.end.clone(), (x + self.px(8.0), y), style))
                .map_err(failed)?;
        }
        Ok(())
    }
}

/// The part of a line inside `range`; where it enters or leaves, it is cut at the edge.
fn clipped(points: &[(f64, f64)], (low, high): (f64, f64)) -> Vec<(f64, f64)> {
    let mut inside = Vec::with_capacity(points.len());
    let mut previous: Option<(f64, f64)> = None;
    for &(x, y) in points {
        let clamped = y.clamp(low, high);
        if let Some((x0, y0)) = previous {
            // The segment crosses an edge of the range: add the crossing, so that its slope stays right.
            for edge in [low, high] {
                if (y0 < edge) != (y < edge) && y != y0 {
                    inside.push((x0 + (x - x0) * (edge - y0) / (y - y0), edge));
                }
            }
        }
        if y == clamped {
            inside.push((x, y));
        }
        previous = Some((x, y));
    }
    inside
}

/// Decimals that ticks need where at most six share `span`: plotters sets them 1, 2 or 5 of a power of ten apart.
fn decimals(span: f64) -> usize {
    if span <= 0.0 || !span.is_finite() {
        return 0;
    }
    let least = span / 6.0;
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|times| times * power)
        .into_iter()
        .find(|step| *step >= least);
    (-step.unwrap_or(power).log10().floor()).clamp(0.0, 9.0) as usize
}

/// A tick's label: `-0` is `0`, and thousands are apart.
fn tick(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole
        .parse()
        .map_or_else(|_| whole.to_owned(), units::count);
    let sign = if value < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        "\u{2212}"
    } else {
        ""
    };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_leaves_the_range() {
        let points = [(0.0, -10.0), (10.0, 10.0), (20.0, 10.0), (30.0, 50.0)];
        let inside = [(5.0, 0.0), (10.0, 10.0), (20.0, 10.0), (27.5, 40.0)];
        assert_eq!(clipped(&points, (0.0, 40.0)), inside);
        assert_eq!(clipped(&[(0.0, -1.0), (1.0, -2.0)], (0.0, 40.0)), []);
    }

    #[test]
    fn ticks_have_the_decimals_that_tell_them_apart() {
        assert_eq!(
            [5.2, 0.5, 600.0, 0.07, 0.0, f64::NAN].map(decimals),
            [0, 1, 0, 2, 0, 0]
        );
        assert_eq!(tick(-0.04, 1), "0.0");
        assert_eq!(tick(-1234.5, 1), "\u{2212}1,234.5");
    }
}
