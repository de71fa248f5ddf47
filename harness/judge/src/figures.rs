//! The figures of a run that a gate watches beside its sites.

use harness_model::condition::behind;
use harness_model::{Expectation, Run, Series, Shape, Summary};

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

/// The name of what an iteration keeps where memory should be flat.
pub fn kept(condition: &str) -> String {
    format!("kept{}", behind(condition))
}

/// The name of what an iteration adds to a store, where stores may grow.
pub fn store(condition: &str, name: &str) -> String {
    listed(condition, &format!("in {name}"))
}

/// The name of what an iteration keeps and no store holds, where stores may grow.
pub fn in_no_store(condition: &str) -> String {
    listed(condition, "in no store")
}

fn listed(condition: &str, what: &str) -> String {
    match condition {
        "" => what.to_owned(),
        name => format!("{name}, {what}"),
    }
}

/// The figures of a run.
pub fn of(summary: &Summary) -> Vec<Figure> {
    let mut figures = Vec::new();
    for run in summary.runs.iter().filter(|run| run.iterations > 0) {
        let is_flat = summary.expects(&run.condition) == Expectation::Flat;
        of_run(run, is_flat, &mut figures);
    }
    figures
}

fn of_run(run: &Run, is_flat: bool, figures: &mut Vec<Figure>) {
    let mut add = |name: String, value: f64, unit| figures.push(Figure { name, value, unit });
    let condition = run.condition.as_str();
    if is_flat {
        add(kept(condition), growth(&run.live_bytes), Unit::Rate);
    } else {
        for grown in &run.stores {
            let gained = grown.bytes_per_iteration.max(0.0);
            add(store(condition, &grown.name), gained, Unit::Rate);
        }
        add(in_no_store(condition), growth(&run.unaccounted), Unit::Rate);
    }
    add(
        format!("live at the end{}", behind(condition)),
        run.live_bytes.last as f64,
        Unit::Live,
    );
    if let Some(rss) = &run.rss_bytes {
        add(
            format!("resident at most{}", behind(condition)),
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
                .find(|f| f.name == kept(testing::WITH))
                .unwrap()
                .value
        };
        assert_eq!(kept(&summary), 0.0);
        summary.runs[1].live_bytes.shape = Shape::Growing;
        assert_eq!(kept(&summary), 40.0);
    }
}
