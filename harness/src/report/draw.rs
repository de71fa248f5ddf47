//! Draws charts.

use plotters::coord::Shift;
use plotters::element::{Circle, Polygon, Rectangle, Text};
use plotters::prelude::*;
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::chart::{Chart, Curve, FAINT_INK, GRID, INK, PAPER, SHADE};
use super::pen::{LEGEND_ROW, Pen, legend_rows};
use super::picture;
use super::picture::{Draw, DrawingFailed, failed};
use super::ticks::{decimals, marks, tick};
use harness_model::units;

/// The size of a drawing, in the SVG's pixels, and what is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    width: u32,
    height: u32,
    header: Header,
    x_labels: usize,
    /// Whether layers are named at their ends. Where there is little room, the legend has to do.
    layer_ends: bool,
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

/// A picture by itself.
pub(crate) const PICTURE: Look = Look {
    width: 960,
    height: 480,
    header: Header::Full,
    x_labels: 8,
    layer_ends: true,
};
/// For a page on a desk.
pub(crate) const WIDE: Look = Look {
    width: 960,
    height: 340,
    header: Header::None,
    x_labels: 8,
    layer_ends: true,
};
/// For a page on a phone.
pub(crate) const NARROW: Look = Look {
    width: 380,
    height: 280,
    header: Header::None,
    x_labels: 4,
    layer_ends: false,
};
/// One of several charts in a picture.
pub(crate) const PANEL: Look = Look {
    width: 480,
    height: 240,
    header: Header::Title,
    x_labels: 4,
    layer_ends: true,
};

/// The room around the curves, in the SVG's pixels.
const LEFT: f64 = 12.0;
const BOTTOM: f64 = 8.0;
const X_LABELS: f64 = 46.0;
const Y_LABELS: f64 = 66.0;
/// Where titles and legends begin and how far from the right edge they end.
const MARGIN: f64 = 24.0;
/// A line of so many points shows each as a dot: a single one could not be seen otherwise.
const MOST_DOTS: usize = 40;
/// How high the stroke of a mark is, as a share of the chart.
const MARK_HEIGHT: f64 = 0.05;

impl Look {
    /// Width and height, in the SVG's pixels, but for the rows of a long legend.
    pub(super) fn size(self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// How much of the width and height lies between the curves and the edges: above, right, below, left, each from 0
    /// to 1.
    pub(crate) fn insets(self, chart: &Chart) -> [f64; 4] {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        [
            self.top() / height,
            self.right(chart) / width,
            (BOTTOM + X_LABELS) / height,
            (LEFT + Y_LABELS) / width,
        ]
    }

    fn top(self) -> f64 {
        match self.header {
            Header::Full => 104.0,
            Header::Title => 40.0,
            Header::None => 10.0,
        }
    }

    fn right(self, chart: &Chart) -> f64 {
        if !self.names_ends(chart) {
            return MARGIN;
        }
        let ends = chart
            .curves
            .iter()
            .map(|curve| printable::line(&curve.end).chars().count());
        (ends.max().unwrap_or(0) as f64 * 7.5 + 18.0).max(MARGIN)
    }

    fn names_ends(self, chart: &Chart) -> bool {
        !chart.stacked || self.layer_ends
    }
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

impl Looking<'_> {
    /// The room that the legend takes beyond its first row.
    fn more_legend(&self) -> f64 {
        if self.look.header != Header::Full {
            return 0.0;
        }
        let labels = self.chart.curves.iter().map(|curve| curve.label.as_str());
        let labels: Vec<&str> = labels.collect();
        let width = f64::from(self.look.width) - 2.0 * MARGIN;
        // A font that cannot be read shows as an error of the first text that is drawn.
        let rows = legend_rows(&labels, width).unwrap_or(1);
        rows.saturating_sub(1) as f64 * LEGEND_ROW
    }
}

impl Draw for Looking<'_> {
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.look.size();
        (width, height + self.more_legend() as u32)
    }

    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        scale: f64,
    ) -> Result<(), DrawingFailed> {
        let drawing = Drawing {
            chart: self.chart,
            look: self.look,
            pen: Pen { scale },
            more_above: self.more_legend(),
        };
        drawing.draw(root)?;
        root.present().map_err(failed)
    }
}

/// Draws a chart on an area, which may be a part of a larger one.
pub(super) struct Drawing<'a> {
    pub(super) chart: &'a Chart,
    pub(super) look: Look,
    pub(super) pen: Pen,
    /// Units that are kept free above the curves, beyond those of the look.
    pub(super) more_above: f64,
}

impl Drawing<'_> {
    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
    ) -> Result<(), DrawingFailed> {
        root.fill(&PAPER).map_err(failed)?;
        let (chart, pen) = (self.chart, self.pen);
        self.header(root)?;
        let most = chart.range.0.abs().max(chart.range.1.abs());
        let unit = chart.values.unit(most);
        let (low, high) = (chart.range.0 / unit.bytes, chart.range.1 / unit.bytes);
        let (begin, end) = chart.across.ends();
        let mut context = ChartBuilder::on(root)
            .margin_top(pen.px(self.look.top() + self.more_above))
            .margin_right(pen.px(self.look.right(chart)))
            .margin_left(pen.px(LEFT))
            .margin_bottom(pen.px(BOTTOM))
            .x_label_area_size(pen.px(X_LABELS))
            .y_label_area_size(pen.px(Y_LABELS))
            .build_cartesian_2d(begin..end, low..high)
            .map_err(failed)?;
        let warmup = chart.across.warmup.min(end);
        if warmup > 0.0 {
            let area = Rectangle::new([(begin, low), (warmup, high)], SHADE.filled());
            context.draw_series(std::iter::once(area)).map_err(failed)?;
        }
        let decimals = decimals(high - low);
        let font = |size| pen.font(size, FontStyle::Normal, FAINT_INK);
        context
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID.stroke_width(pen.stroke(1.0)))
            .light_line_style(TRANSPARENT)
            .axis_style(FAINT_INK.stroke_width(pen.stroke(1.0)))
            // The box of a label counts the room above its capitals: without this they stand above their line.
            .y_label_offset(pen.px(2.5))
            .x_labels(marks(end - begin, self.look.x_labels))
            .y_labels(6)
            .x_desc(chart.across.name)
            .y_desc(unit.name)
            .axis_desc_style(font(14.0))
            .x_label_style(font(14.0))
            .y_label_style(font(14.0))
            .x_label_formatter(&|x| units::count(x.round().max(0.0) as u64))
            .y_label_formatter(&|y| tick(*y, decimals))
            .set_all_tick_mark_size(pen.px(4.0))
            .draw()
            .map_err(failed)?;
        if warmup > 0.0 {
            let style = font(13.0).pos(Pos::new(HPos::Left, VPos::Top));
            let (x, y) = from(root, context.backend_coord(&(begin, high)));
            let place = (x + pen.px(6.0), y + pen.px(5.0));
            root.draw(&Text::new(chart.across.shaded, place, style))
                .map_err(failed)?;
        }
        let strokes = chart.across.marks.iter().map(|at| {
            let place = vec![(*at, low), (*at, low + (high - low) * MARK_HEIGHT)];
            PathElement::new(place, FAINT_INK.stroke_width(pen.stroke(1.0)))
        });
        context.draw_series(strokes).map_err(failed)?;
        let lines = chart.drawn();
        let mut under: Option<&Vec<(f64, f64)>> = None;
        for (curve, line) in chart.curves.iter().zip(&lines) {
            let shown = |line: &[(f64, f64)]| -> Vec<(f64, f64)> {
                let inside = clipped(line, chart.range).into_iter();
                inside.map(|(x, y)| (x, y / unit.bytes)).collect()
            };
            let edge = shown(line);
            if chart.stacked {
                let below = under.map_or_else(
                    || edge.iter().map(|(x, _)| (*x, 0.0)).collect(),
                    |line| shown(line),
                );
                let outline: Vec<(f64, f64)> =
                    edge.into_iter().chain(below.into_iter().rev()).collect();
                let area = Polygon::new(outline, curve.colour.mix(0.85).filled());
                context.draw_series(std::iter::once(area)).map_err(failed)?;
                under = Some(line);
            } else {
                if line.len() <= MOST_DOTS {
                    let dots = shown_points(line, chart.range).map(|(x, y)| {
                        let place = (x, y / unit.bytes);
                        Circle::new(place, pen.px(3.2), curve.colour.filled())
                    });
                    context.draw_series(dots).map_err(failed)?;
                }
                let style = curve.colour.stroke_width(pen.stroke(2.5));
                context
                    .draw_series(LineSeries::new(edge, style))
                    .map_err(failed)?;
            }
        }
        if !self.look.names_ends(chart) {
            return Ok(());
        }
        self.ends(root, &lines, |(x, y)| {
            from(root, context.backend_coord(&(x, y / unit.bytes)))
        })
    }

    /// Title, subtitle and legend, as far as the look has them.
    fn header<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
    ) -> Result<(), DrawingFailed> {
        let (chart, pen) = (self.chart, self.pen);
        let width = f64::from(self.look.width) - 2.0 * MARGIN;
        let bold = |size| (size, FontStyle::Bold, INK);
        match self.look.header {
            Header::Full => {
                pen.write(root, &chart.title, (MARGIN, 18.0), width, bold(21.0))?;
                let faint = (14.0, FontStyle::Normal, FAINT_INK);
                pen.write(root, &chart.subtitle, (MARGIN, 47.0), width, faint)?;
                let curves = chart.curves.iter();
                let entries: Vec<(&str, RGBColor)> = curves
                    .map(|curve| (curve.label.as_str(), curve.colour))
                    .collect();
                pen.legend(root, &entries, (MARGIN, 72.0), width)
            }
            Header::Title => pen.write(root, &chart.title, (MARGIN, 12.0), width, bold(15.0)),
            Header::None => Ok(()),
        }
    }

    /// What stands at the ends of the curves, moved apart where they meet.
    fn ends<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        lines: &[Vec<(f64, f64)>],
        place: impl Fn((f64, f64)) -> (i32, i32),
    ) -> Result<(), DrawingFailed> {
        let (chart, pen) = (self.chart, self.pen);
        let (low, high) = chart.range;
        let mut ends: Vec<(i32, i32, &Curve)> = Vec::new();
        let mut under = 0.0;
        for (curve, line) in chart.curves.iter().zip(lines) {
            let Some(&(x, top)) = line.last() else {
                continue;
            };
            let y = if chart.stacked {
                (top + under) / 2.0
            } else {
                top
            };
            under = top;
            let (x, y) = place((x, y.clamp(low, high)));
            ends.push((x, y, curve));
        }
        ends.sort_by_key(|(_, y, _)| *y);
        let apart = pen.px(17.0);
        for at in 1..ends.len() {
            ends[at].1 = ends[at].1.max(ends[at - 1].1 + apart);
        }
        // Those that were moved below the axis move up again, and push the others.
        let (_, bottom) = place((chart.across.first, low));
        for at in (0..ends.len()).rev() {
            let limit = if at + 1 < ends.len() {
                ends[at + 1].1 - apart
            } else {
                bottom
            };
            ends[at].1 = ends[at].1.min(limit);
        }
        for (x, y, curve) in ends {
            let colour = if chart.stacked { INK } else { curve.colour };
            let style = pen
                .font(14.0, FontStyle::Bold, colour)
                .pos(Pos::new(HPos::Left, VPos::Center));
            root.draw(&Text::new(
                printable::line(&curve.end),
                (x + pen.px(8.0), y),
                style,
            ))
            .map_err(failed)?;
        }
        Ok(())
    }
}

/// The points inside `range`.
fn shown_points(
    points: &[(f64, f64)],
    (low, high): (f64, f64),
) -> impl Iterator<Item = (f64, f64)> {
    let inside = move |(_, y): &(f64, f64)| (low..=high).contains(y);
    points.iter().copied().filter(inside)
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
