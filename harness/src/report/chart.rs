//! A chart: lines or stacked areas over iterations, words or runs.

use harness_model::units::{self, Unit};
use harness_model::{Condition, Expectation};
use plotters::style::RGBColor;

pub(crate) use super::lines::Curve;
use super::lines::{evenly, thinned};

/// Colours that stand apart for colour-blind eyes too (after Okabe and Ito), told apart by meaning.
pub(crate) const WITHOUT_ZONES: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// The loop in zones.
pub(crate) const WITH_ZONES: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// The colour of a loop by its condition: one that should be flat, and one that need not be, stand apart at a glance.
pub(crate) fn colour(conditions: &[Condition], name: &str) -> RGBColor {
    let at = conditions
        .iter()
        .position(|condition| condition.name == name);
    match at.map(|at| (at, conditions[at].expects)) {
        Some((_, Expectation::Flat)) => WITH_ZONES,
        Some((at, _)) if at >= 2 => LAYERS[at % LAYERS.len()],
        _ => WITHOUT_ZONES,
    }
}

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

/// What is right and what is wrong.
pub(crate) const RIGHT: RGBColor = RGBColor(0x1A, 0x7F, 0x37);
pub(crate) const WRONG: RGBColor = RGBColor(0xCF, 0x22, 0x2E);

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// The file's name without its ending.
    pub name: String,
    /// One line that says what is seen.
    pub title: String,
    /// One line that says what was measured, in which unit.
    pub subtitle: String,
    /// Lines, drawn in order.
    pub curves: Vec<Curve>,
    /// Whether the curves are layers of a stack, each drawn on the one before and filled.
    pub stacked: bool,
    /// What the values are.
    pub values: Values,
    /// The horizontal axis.
    pub across: Across,
    /// Least and greatest value shown.
    pub range: (f64, f64),
}

/// What the values of a chart are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// Bytes.
    Bytes,
    /// Bytes that were gained, which are written with their sign.
    Gains,
    /// Milliseconds.
    Milliseconds,
    /// What is counted: "descriptors".
    Count(&'static str),
}

impl Values {
    /// The unit of an axis that goes so far.
    pub(crate) fn unit(self, most: f64) -> Unit {
        match self {
            Values::Bytes | Values::Gains => units::unit_of(most),
            Values::Milliseconds => Unit {
                name: "ms",
                bytes: 1.0,
            },
            Values::Count(name) => Unit { name, bytes: 1.0 },
        }
    }

    /// A value in words.
    pub(crate) fn said(self, value: f64) -> String {
        match self {
            Values::Gains if value > 0.0 => format!("+{}", units::exact(value)),
            Values::Bytes | Values::Gains => units::exact(value),
            Values::Milliseconds => format!("{} ms", units::figure(value)),
            Values::Count(what) => format!("{} {what}", units::figure(value)),
        }
    }
}

/// A horizontal axis.
#[derive(Debug, Clone)]
pub(crate) struct Across {
    /// What it counts, as it stands under the axis: "iteration".
    pub name: &'static str,
    /// What a place is called, from its number: "iteration 12".
    pub place: fn(&str) -> String,
    /// What more there is to say about the places 1, 2, 3 and so on: "commit 1f2e3d".
    pub notes: Vec<String>,
    /// Places where something happened, which are marked by a stroke.
    pub marks: Vec<f64>,
    /// What the shaded part at the beginning is called: "warm-up".
    pub shaded: &'static str,
    /// Where it ends; 0 for none.
    pub warmup: f64,
    /// Where the axis begins.
    pub first: f64,
    /// The last of what it counts.
    pub last: f64,
}

impl Across {
    /// An axis of iterations.
    pub(crate) fn iterations(warmup: f64, last: f64) -> Across {
        Across {
            name: "iteration",
            place: |number| format!("iteration {number}"),
            notes: Vec::new(),
            marks: Vec::new(),
            shaded: "warm-up",
            warmup,
            first: 0.0,
            last,
        }
    }

    /// An axis of words.
    pub(crate) fn words(name: &'static str, last: f64) -> Across {
        Across {
            name,
            place: |number| format!("after {number} words"),
            notes: Vec::new(),
            marks: Vec::new(),
            shaded: "",
            warmup: 0.0,
            first: 0.0,
            last,
        }
    }

    /// From where to where it goes: never nothing.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.first, self.last.max(self.first + 1.0))
    }
}

impl Chart {
    /// The lines, with all their points: of a stack, each layer's upper edge.
    pub(crate) fn lines(&self) -> Vec<Vec<(f64, f64)>> {
        if !self.stacked {
            let points = self.curves.iter().map(|curve| curve.points.clone());
            return points.collect();
        }
        let mut under: Vec<f64> = Vec::new();
        let mut lines = Vec::with_capacity(self.curves.len());
        for curve in &self.curves {
            under.resize(curve.points.len(), 0.0);
            let layer = curve.points.iter().zip(&mut under);
            let edge = layer.map(|((x, y), under)| {
                *under += y.max(0.0);
                (*x, *under)
            });
            lines.push(edge.collect());
        }
        lines
    }

    /// The lines with few enough points to draw.
    pub(super) fn drawn(&self) -> Vec<Vec<(f64, f64)>> {
        // A stack is thinned evenly, so that its layers keep the same points.
        let few = if self.stacked { evenly } else { thinned };
        self.lines().into_iter().map(few).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_lies_on_the_ones_before_and_never_below_them() {
        let curve = |own: [f64; 3]| Curve {
            name: String::new(),
            label: String::new(),
            end: String::new(),
            colour: LAYERS[0],
            points: (0_u32..).map(f64::from).zip(own).collect(),
        };
        let mut chart = Chart {
            name: String::new(),
            title: String::new(),
            subtitle: String::new(),
            curves: vec![curve([0.0, 10.0, 20.0]), curve([0.0, -4.0, 5.0])],
            stacked: true,
            values: Values::Gains,
            across: Across::iterations(0.0, 2.0),
            range: (0.0, 25.0),
        };
        assert_eq!(chart.lines()[1], [(0.0, 0.0), (1.0, 10.0), (2.0, 25.0)]);
        chart.stacked = false;
        assert_eq!(chart.lines()[1], chart.curves[1].points);
    }
}
