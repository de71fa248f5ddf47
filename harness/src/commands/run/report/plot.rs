//! One curve as a chart.

use crate::report::chart::{Across, Chart, Curve, Values};
use crate::report::lines::range;
use harness_model::units::bytes;
use plotters::style::RGBColor;

/// The least span of a plot of bytes: less is a line.
const LEAST_SPAN: f64 = 1024.0;
/// The same of milliseconds, and of what is counted.
const LEAST_TIME: f64 = 1.0;

/// A chart of one curve: its name, its title and the line below that.
pub(crate) fn plot(
    (name, title, subtitle): (&str, &str, &str),
    points: Vec<(f64, f64)>,
    colour: RGBColor,
    across: Across,
    values: Values,
) -> Chart {
    let last = points.last().map_or(0.0, |point| point.1);
    let (said, least) = match values {
        Values::Milliseconds | Values::Count(_) => (values.said(last), LEAST_TIME),
        Values::Bytes | Values::Gains => (bytes(last), LEAST_SPAN),
    };
    let curves = vec![Curve {
        name: name.to_owned(),
        label: said.clone(),
        end: said,
        colour,
        points,
    }];
    Chart {
        name: name.to_owned(),
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        range: range(&curves, 0.0, least, None),
        curves,
        stacked: false,
        values,
        across,
    }
}
