//! Draws a chart: lines or stacked areas over iterations or words.

use plotters::coord::Shift;
use plotters::element::{Polygon, Rectangle, Text};
use plotters::prelude::*;
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::picture::{self, Draw, DrawingFailed, failed};
use super::ticks::{decimals, tick};
use super::units;

/// The size of a drawing, in the SVG's pixels, and what is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    width: u32,
    height: u32,
    header: Header,
    x_labels: usize,
}

/// What is drawn above a chart; the rest stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// Title, subtitle and legend.
    Full,
    /// The title.
    Title,
    /// Nothing.
    None,
}

impl Header {
    fn height(self) -> f64 {
        match self {
            Header::Full => 104.0,
            Header::Title => 40.0,
            Header::None => 10.0,
        }
    }
}

impl Look {
    /// Width and height, in the SVG's pixels.
    pub(super) fn size(self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// A picture by itself.
pub(crate) const PICTURE: Look = Look {
    width: 960,
    height: 480,
    header: Header::Full,
    x_labels: 8,
};
/// For a page on a desk.
pub(crate) const WIDE: Look = Look {
    width: 960,
    height: 340,
    header: Header::None,
    x_labels: 8,
};
/// For a page on a phone.
pub(crate) const NARROW: Look = Look {
    width: 380,
    height: 280,
    header: Header::None,
    x_labels: 4,
};
/// One of several charts in a picture.
pub(crate) const PANEL: Look = Look {
    width: 480,
    height: 240,
    header: Header::Title,
    x_labels: 4,
};

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

/// The chart as a document of SVG.
pub(crate) fn svg(chart: &Chart, look: Look) -> Result<String, DrawingFailed> {
    picture::svg(&Looking { chart, look })
}

/// The chart as a file of PNG.
pub(crate) fn png(chart: &Chart) -> Result<Vec<u8>, DrawingFailed> {
    let look = PICTURE;
    picture::png(&Looking { chart, look })
}

/// A chart in one of its looks.
struct Looking<'a> {
    chart: &'a Chart,
    look: Look,
}

impl Draw for Looking<'_> {
    fn size(&self) -> (u32, u32) {
        self.look.size()
    }

    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), DrawingFailed> {
        let (chart, look) = (self.chart, self.look);
        Drawing { chart, look, scale }.draw(root)?;
        root.present().map_err(failed)
    }
}

/// Draws a chart on an area, which may be a part of a larger one.
pub(super) struct Drawing<'a> {
    pub(super) chart: &'a Chart,
    pub(super) look: Look,
    /// Pixels per unit.
    pub(super) scale: f64,
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

    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
    ) -> Result<(), DrawingFailed> {
        root.fill(&PAPER).map_err(failed)?;
        let chart = self.chart;
        self.header(root)?;
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
            .margin_top(self.px(self.look.header.height()))
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
            let (x, y) = from(root, context.backend_coord(&(0.0, high)));
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
            from(
                root,
                context.backend_coord(&(point.0, point.1 / unit.bytes)),
            )
        })
    }

    /// Title, subtitle and legend, as far as the look has them.
    fn header<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
    ) -> Result<(), DrawingFailed> {
        let text = |words: &str, (x, y), size, style, colour| {
            let font = self.font(size, style, colour);
            let font = font.pos(Pos::new(HPos::Left, VPos::Top));
            root.draw(&Text::new(words.to_owned(), (self.px(x), self.px(y)), font))
                .map_err(failed)
        };
        match self.look.header {
            Header::Full => {
                text(&self.chart.title, (24.0, 18.0), 21.0, FontStyle::Bold, INK)?;
                let subtitle = &self.chart.subtitle;
                text(subtitle, (24.0, 47.0), 14.0, FontStyle::Normal, FAINT_INK)?;
                self.legend(root, 24.0, 74.0)
            }
            Header::Title => text(&self.chart.title, (24.0, 12.0), 15.0, FontStyle::Bold, INK),
            Header::None => Ok(()),
        }
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

/// A place on the whole drawing as one on the part that `area` is.
fn from<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, (x, y): (i32, i32)) -> (i32, i32) {
    let (columns, rows) = area.get_pixel_range();
    (x - columns.start, y - rows.start)
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
}
