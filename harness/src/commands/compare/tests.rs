//! What is new, gone, grown and shrunk.

use super::*;
use crate::commands::gate::testing::{set_growing, site, summary};
use crate::workload::Zones;
use harness_model::Instrument;

fn with(sites: &[(&str, f64)]) -> Summary {
    let mut summary = summary("parse");
    let growing = sites
        .iter()
        .map(|(name, bytes)| site(name, *bytes))
        .collect();
    set_growing(&mut summary, Instrument::Dhat, Zones::Off.phrase(), growing);
    summary
}

#[test]
fn a_run_beside_itself_leaks_no_more() {
    let run = with(&[("take", 24.0)]);
    let comparison = compare(&run, &run);
    assert_eq!((comparison.exit_code, comparison.worse), (0, false));
    assert!(
        comparison
            .sites
            .iter()
            .all(|site| site.change == Change::Same)
    );
}

#[test]
fn sites_are_new_gone_grown_shrunk_or_the_same() {
    let a = with(&[
        ("gone", 1.0),
        ("grows", 2.0),
        ("shrinks", 3.0),
        ("stays", 4.0),
    ]);
    let b = with(&[
        ("new", 5.0),
        ("grows", 2.5),
        ("shrinks", 2.0),
        ("stays", 4.0),
    ]);
    let comparison = compare(&a, &b);
    let changes: Vec<(Change, &str)> = comparison
        .sites
        .iter()
        .map(|site| (site.change, site.place.split(' ').next().unwrap()))
        .collect();
    assert_eq!(
        changes,
        [
            (Change::New, "new"),
            (Change::Grown, "grows"),
            (Change::Shrunk, "shrinks"),
            (Change::Gone, "gone"),
            (Change::Same, "stays")
        ]
    );
    assert_eq!(comparison.exit_code, 1);
    assert!(
        comparison.sentence.contains("2 sites gain more"),
        "{}",
        comparison.sentence
    );
}

#[test]
fn less_is_no_failure_and_a_store_that_takes_more_is() {
    let (more, less) = (with(&[("take", 24.0)]), with(&[("take", 8.0)]));
    assert_eq!(compare(&more, &less).exit_code, 0);
    assert_eq!(compare(&less, &more).exit_code, 1);
    let mut stores = less.clone();
    stores.runs[0].stores[0].bytes_per_iteration += 1.0;
    let comparison = compare(&less, &stores);
    assert_eq!(comparison.exit_code, 1);
    assert!(
        comparison.sentence.contains("in strings"),
        "{}",
        comparison.sentence
    );
}

#[test]
fn a_larger_resident_set_or_a_slower_run_alone_fails_nothing() {
    let a = with(&[]);
    let mut b = a.clone();
    b.runs[1].seconds *= 2.0;
    b.runs[1].rss_bytes.as_mut().unwrap().max *= 2;
    *b.runs[1].anonymous_peak_bytes.as_mut().unwrap() *= 2;
    assert_eq!(compare(&a, &b).exit_code, 0);
}

#[test]
fn other_work_is_not_comparable() {
    let a = with(&[]);
    let mut b = a.clone();
    b.options.iterations += 1;
    let comparison = compare(&a, &b);
    assert_eq!(comparison.exit_code, 3);
    assert!(
        comparison
            .sentence
            .contains("number of iterations is 24 in A and 25 in B")
    );
}
