//! What a baseline takes in, and what it lets through.

use super::*;
use proptest::prelude::*;

fn rate(value: f64) -> Vec<Figure> {
    vec![Figure {
        name: "in strings".to_owned(),
        value,
        unit: Unit::Rate,
    }]
}

fn seen(figures: &[Figure]) -> Seen<'_> {
    Seen {
        name: "parse",
        settings: "",
        figures,
        sites: &[],
    }
}

fn best(baseline: &Baseline) -> f64 {
    baseline.known("parse").unwrap().figures[0].best
}

/// Runs one commit after another with the baseline lowered after each, as far as the first that is above the limit.
fn caught_at(figures: impl IntoIterator<Item = f64>, tolerance: f64) -> Option<usize> {
    let mut baseline = Baseline::empty();
    for (commit, value) in figures.into_iter().enumerate() {
        let figures = rate(value);
        if commit == 0 {
            baseline.accept(&seen(&figures), "first", "2026-01-01");
        }
        if value > limit(best(&baseline), tolerance) {
            return Some(commit);
        }
        baseline.lower(&seen(&figures), "2026-01-02");
    }
    None
}

#[test]
fn creep_of_3_percent_a_commit_over_10_commits_is_caught() {
    let creep = |commit: i32| 100.0 * 1.03_f64.powi(commit);
    assert_eq!(caught_at((0..=10).map(creep), 0.02), Some(1));
    assert_eq!(caught_at((0..=10).map(creep), 0.1), Some(4));
    assert_eq!(caught_at((0..=10).map(creep), 0.3), Some(9));
}

#[test]
fn creep_that_now_and_then_steps_back_is_caught_too() {
    let two_forward_one_back = [100.0, 103.0, 101.0, 106.0, 104.0, 109.0, 107.0, 112.0];
    assert_eq!(caught_at(two_forward_one_back, 0.1), Some(7));
}

#[test]
fn an_improvement_is_the_new_measure() {
    let figures = [100.0, 50.0, 54.0, 60.0];
    assert_eq!(caught_at(figures, 0.1), Some(3));
}

#[test]
fn nothing_may_grow_where_nothing_grew() {
    assert_eq!(caught_at([0.0, 0.0, 0.001], 0.5), Some(2));
}

#[test]
fn a_site_that_is_gone_leaves_the_baseline() {
    let mut summary = crate::commands::gate::testing::summary("parse");
    let growing = vec![crate::commands::gate::testing::site("take", 24.0)];
    crate::commands::gate::testing::set_growing(
        &mut summary,
        harness_model::Instrument::Dhat,
        Zones::Off.phrase(),
        growing,
    );
    let sites = harness_judge::growing::of(&summary);
    let mut baseline = Baseline::empty();
    let with_site = Seen {
        sites: &sites,
        ..seen(&[])
    };
    baseline.accept(&with_site, "known since 2019", "2026-01-01");
    assert!(baseline.lower(&with_site, "2026-01-02").is_empty());
    // What is as it was keeps its reason and its day, and what is not has new ones.
    let told = |baseline: &Baseline| {
        let site = &baseline.known("parse").unwrap().sites[0];
        (site.reason.clone(), site.date.clone())
    };
    let first = ("known since 2019".to_owned(), "2026-01-01".to_owned());
    baseline.accept(&with_site, "as it was", "2026-01-02");
    assert_eq!(told(&baseline), first);
    let mut half = sites.clone();
    half[0].bytes_per_iteration = 12.0;
    let with_half = Seen {
        sites: &half,
        ..seen(&[])
    };
    let mut lowered = baseline.clone();
    let changes = lowered.lower(&with_half, "2026-01-02");
    assert_eq!(changes, ["parse: take (live by dhat): 12 bytes, was 24"]);
    assert_eq!(lowered.known("parse").unwrap().sites[0].date, "2026-01-02");
    let mut accepted = baseline.clone();
    accepted.accept(&with_half, "better", "2026-01-02");
    assert_eq!(
        told(&accepted),
        ("better".to_owned(), "2026-01-02".to_owned())
    );
    let changes = baseline.lower(&seen(&[]), "2026-01-03");
    assert_eq!(changes, ["parse: take (live by dhat): 0 bytes, was 24"]);
    assert!(baseline.known("parse").unwrap().sites.is_empty());
}

#[test]
fn better_is_less_by_more_than_the_figure_varies_by() {
    let better = |value, unit| is_better(value, 1_000.0, unit);
    assert!(better(999.9, Unit::Rate) && !better(1_000.0, Unit::Rate));
    assert!(better(998.9, Unit::Live) && !better(999.1, Unit::Live));
    assert!(better(949.0, Unit::Resident) && !better(951.0, Unit::Resident));
    assert!(!is_better(0.0, 0.0, Unit::Rate));
}

#[test]
fn the_most_that_a_figure_may_be_leaves_room_for_rounding() {
    assert!(limit(3.0, 0.0) > 3.0 && limit(3.0, 0.0) < 3.000_001);
    assert!(limit(100.0, 0.02) >= 102.0);
    assert_eq!(limit(0.0, 0.5), 0.0);
}

#[test]
fn a_baseline_that_is_not_there_is_none_and_one_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baseline.json");
    assert_eq!(Baseline::read(&file), Ok(None));
    let mut baseline = Baseline::empty();
    baseline.accept(&seen(&rate(0.1 + 0.2)), "first", "2026-01-01");
    baseline.write(&file).unwrap();
    assert_eq!(Baseline::read(&file), Ok(Some(baseline)));
    let error = Baseline::read(folder.path()).unwrap_err();
    assert!(error.starts_with("cannot read the baseline"), "{error}");
    std::fs::write(&file, "{").unwrap();
    let error = Baseline::read(&file).unwrap_err();
    assert!(error.contains("cannot be used"), "{error}");
}

#[test]
fn only_what_changed_has_a_new_reason_and_day() {
    let two = |first, second| {
        let mut figures = rate(first);
        figures.push(Figure {
            name: "in lexemes".to_owned(),
            ..rate(second)[0].clone()
        });
        figures
    };
    let mut baseline = Baseline::empty();
    baseline.accept(&seen(&two(1.0, 2.0)), "first", "2026-01-01");
    let words = Seen {
        name: "words",
        ..seen(&[])
    };
    baseline.accept(&words, "second", "2026-01-02");
    baseline.accept(&seen(&two(1.0, 3.0)), "third", "2026-01-03");
    let known = baseline.known("parse").unwrap();
    let told = known
        .figures
        .iter()
        .map(|best| (best.best, best.reason.as_str()));
    assert_eq!(told.collect::<Vec<_>>(), [(1.0, "first"), (3.0, "third")]);
    assert!(baseline.known("words").unwrap().figures.is_empty());
}

#[test]
fn a_file_with_unknown_fields_another_version_or_a_figure_below_0_is_refused() {
    let whole = serde_json::to_string(&Baseline::empty()).unwrap();
    assert!(Baseline::parse(&whole).is_ok());
    let mut nothing_grows = Baseline::empty();
    nothing_grows.accept(&seen(&rate(0.0)), "first", "2026-01-01");
    let written = serde_json::to_string(&nothing_grows).unwrap();
    assert_eq!(Baseline::parse(&written), Ok(nothing_grows));
    for (from, to, says) in [
        ("\"version\":1", "\"version\":9", "version 9"),
        ("\"version\":1", "\"version\":1,\"more\":0", "more"),
        (
            "\"workloads\":[]",
            r#""workloads":[{"name":"a","settings":"","sites":[],"figures":[{"name":"f","best":-1,"reason":"","date":""}]}]"#,
            "below 0",
        ),
    ] {
        let error = Baseline::parse(&whole.replace(from, to)).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

proptest! {
    #[test]
    fn lowering_never_raises(values in prop::collection::vec(0.0..1e6_f64, 1..12)) {
        let mut baseline = Baseline::empty();
        baseline.accept(&seen(&rate(values[0])), "first", "");
        let mut before = best(&baseline);
        for value in &values {
            baseline.lower(&seen(&rate(*value)), "");
            prop_assert!(best(&baseline) <= before);
            before = best(&baseline);
        }
    }

    #[test]
    fn what_is_written_is_read_back(sixteenths in 0..1_000_000_000_u32, name in "\\PC{0,12}") {
        let mut baseline = Baseline::empty();
        let figures = rate(f64::from(sixteenths) / 16.0);
        baseline.accept(&Seen { settings: &name, ..seen(&figures) }, &name, "2026-01-01");
        let json = serde_json::to_string(&baseline).unwrap();
        prop_assert_eq!(Baseline::parse(&json).unwrap(), baseline);
    }
}
