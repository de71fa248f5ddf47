//! The figures of a run that a gate watches beside its sites.

use harness_model::{Run, Series, Shape, Summary, Zones};

/// A figure: less of it is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What the baseline knows it by: `kept with zones`.
    pub name: String,
    /// Its value: bytes, or bytes per iteration.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes per iteration, counted exactly.
    Rate,
    /// Live bytes, counted exactly.
    Live,
    /// Resident bytes.
    Resident,
}

/// Bytes that an iteration with zones keeps.
pub const KEPT_WITH_ZONES: &str = "kept with zones";
/// Bytes that an iteration without zones keeps and no store holds.
pub const UNACCOUNTED: &str = "without zones, in no store";

/// The name of what an iteration without zones adds to a store.
pub fn store(name: &str) -> String {
    format!("without zones, in {name}")
}

/// The figures of a run.
pub fn of(summary: &Summary) -> Vec<Figure> {
    let mut figures = Vec::new();
    for run in &summary.runs {
        of_run(run, &mut figures);
    }
    figures
}

fn of_run(run: &Run, figures: &mut Vec<Figure>) {
    let mut add = |name: String, value: f64, unit| figures.push(Figure { name, value, unit });
    let phrase = run.zones.phrase();
    match run.zones {
        Zones::On => add(
            KEPT_WITH_ZONES.to_owned(),
            growth(&run.live_bytes),
            Unit::Rate,
        ),
        Zones::Off => {
            for grown in &run.stores {
                add(
                    store(&grown.name),
                    grown.bytes_per_iteration.max(0.0),
                    Unit::Rate,
                );
            }
            add(UNACCOUNTED.to_owned(), growth(&run.unaccounted), Unit::Rate);
        }
    }
    add(
        format!("live at the end {phrase}"),
        run.live_bytes.last as f64,
        Unit::Live,
    );
    if let Some(rss) = &run.rss_bytes {
        add(
            format!("resident at most {phrase}"),
            rss.max as f64,
            Unit::Resident,
        );
    }
}

/// What a series gains with every iteration: nothing where it rose once, or fell.
pub fn growth(series: &Series) -> f64 {
    match series.shape {
        Shape::Growing => series.per_iteration.max(0.0),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::testing;

    #[test]
    fn what_was_gained_once_is_no_rate() {
        let mut summary = testing::summary("words");
        let run = &mut summary.runs[1];
        (run.live_bytes.shape, run.live_bytes.per_iteration) = (Shape::OneOff, 40.0);
        let kept = |summary: &Summary| {
            let figures = of(summary);
            figures
                .iter()
                .find(|f| f.name == KEPT_WITH_ZONES)
                .unwrap()
                .value
        };
        assert_eq!(kept(&summary), 0.0);
        summary.runs[1].live_bytes.shape = Shape::Growing;
        assert_eq!(kept(&summary), 40.0);
    }
}
