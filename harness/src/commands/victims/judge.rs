//! Holds what was found against the truth.

use super::catalogue::Truth;
use super::matrix::Matrix;
use super::summary::{Case, Found};
use harness_judge::root_causes::last_name;
use harness_model::Cause;
use harness_model::units::figure;
use harness_model::{Outcome, Shape};

/// How far a rate that is not exact may be off: memory that is not live is counted in pages, in batches.
const OUTSIDE_TOLERANCE: f64 = 0.05;

/// Every shape, in the order of a table.
const SHAPES: [Shape; 7] = [
    Shape::Flat,
    Shape::OneOff,
    Shape::Saturating,
    Shape::Slowing,
    Shape::Sawtooth,
    Shape::Growing,
    Shape::Inconclusive,
];

/// In what a finding differs from the truth, a clause each.
pub fn wrong(truth: &Truth, found: &Found) -> Vec<String> {
    let mut wrong = Vec::new();
    let growth = &found.growth;
    if growth.cause != truth.cause {
        wrong.push(format!(
            "the cause is {}, not {}",
            truth.cause.phrase(),
            growth.cause.phrase()
        ));
    }
    if growth.shape != truth.shape {
        wrong.push(format!(
            "the shape is {}, not {}",
            hyphened(truth.shape.name()),
            hyphened(growth.shape.name())
        ));
    }
    let tolerance = match truth.cause {
        Cause::OutsideTheHeap | Cause::Allocator => OUTSIDE_TOLERANCE,
        _ => 1e-9,
    };
    let rates = [
        (
            "bytes",
            truth.bytes_per_iteration,
            Some(growth.bytes_per_iteration),
        ),
        (
            "blocks",
            truth.blocks_per_iteration,
            growth.blocks_per_iteration,
        ),
    ];
    for (unit, truth, found) in rates {
        let Some(truth) = truth else { continue };
        if !found.is_some_and(|found| (found - truth).abs() <= truth.abs() * tolerance) {
            let found = found.map_or_else(|| "unknown".to_owned(), figure);
            wrong.push(format!(
                "{} {unit} an iteration, not {found}",
                figure(truth)
            ));
        }
    }
    if let Some(function) = &truth.function
        && !found.calls.iter().any(|call| last_name(call) == function)
    {
        wrong.push(format!(
            "the function is {function}, not {}",
            found.place.function.as_deref().unwrap_or("known")
        ));
    }
    wrong
}

/// A shape's name as people write it: `one-off`.
pub(super) fn hyphened(name: &str) -> String {
    name.replace('_', "-")
}

/// The matrices of causes and of shapes.
pub fn matrices(cases: &[Case]) -> (Matrix, Matrix) {
    let causes = cases.iter().map(|case| {
        let found = case.found.as_ref().map(|found| found.growth.cause.phrase());
        (case.truth.cause.phrase(), found)
    });
    let shapes = cases.iter().map(|case| {
        let found = case.found.as_ref().map(|found| found.growth.shape.name());
        (case.truth.shape.name(), found)
    });
    (
        Matrix::count(&Cause::ALL.map(Cause::phrase), causes),
        Matrix::count(&SHAPES.map(Shape::name), shapes),
    )
}

/// The outcome, and a sentence.
pub fn conclude(cases: &[Case], interrupted: bool) -> (Outcome, String) {
    let names = |cases: Vec<&Case>| {
        let names: Vec<String> = cases.into_iter().map(Case::name).collect();
        names.join(", ")
    };
    let silent: Vec<&Case> = cases.iter().filter(|case| case.found.is_none()).collect();
    let wrong: Vec<&Case> = cases.iter().filter(|case| !case.wrong.is_empty()).collect();
    let twins = cases.iter().filter(|case| case.twin).count();
    if interrupted {
        let sentence = "Inconclusive: the run was stopped before its end.";
        (Outcome::Inconclusive, sentence.to_owned())
    } else if !wrong.is_empty() {
        let told = match wrong.len() {
            1 => "is not told as it is",
            _ => "are not told as they are",
        };
        let (wrong_ones, all) = (wrong.len(), cases.len());
        let sentence = format!("{wrong_ones} of {all} cases {told}: {}.", names(wrong));
        (Outcome::Leak, sentence)
    } else if !silent.is_empty() {
        let sentence = format!("Inconclusive: {} came to no result.", names(silent));
        (Outcome::Inconclusive, sentence)
    } else {
        let sentence = match cases.len() - twins {
            1 => "The victim is named with its cause and its shape, and its twin is clean."
                .to_owned(),
            victims => format!(
                "All {victims} victims are named with their cause and their shape, and all {twins} twins are clean."
            ),
        };
        (Outcome::Pass, sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::CauseOfGrowth;
    use harness_model::Place;

    fn found(cause: Cause, shape: Shape, bytes: f64) -> Found {
        Found {
            growth: CauseOfGrowth {
                condition: crate::workload::Zones::On.phrase().to_owned(),
                cause,
                shape,
                bytes_per_iteration: bytes,
                blocks_per_iteration: Some(0.0),
            },
            place: Place::default(),
            calls: vec!["harness::Table::fill".to_owned()],
        }
    }

    #[test]
    fn a_twin_that_gains_a_byte_is_not_clean() {
        let clean = found(Cause::Nothing, Shape::Flat, 0.0);
        assert!(wrong(&Truth::clean(), &clean).is_empty());
        let gains = found(Cause::InNoStore, Shape::Growing, 1.0);
        assert_eq!(wrong(&Truth::clean(), &gains).len(), 3);
    }

    #[test]
    fn the_planted_function_has_to_be_among_the_calls() {
        let truth = |name: &str| Truth {
            cause: Cause::Slack,
            shape: Shape::Growing,
            bytes_per_iteration: None,
            blocks_per_iteration: None,
            function: Some(name.to_owned()),
        };
        let found = found(Cause::Slack, Shape::Growing, 8.0);
        assert!(wrong(&truth("fill"), &found).is_empty());
        assert_eq!(wrong(&truth("empty"), &found).len(), 1);
    }
}
