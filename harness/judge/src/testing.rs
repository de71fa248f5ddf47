//! Measurements made up for the tests of the verdict.

use super::series::reduce;
use super::shape::Kind;
use crate::evidence::Evidence;
use crate::verdict::judge;
use harness_model::testing::conditions;
use harness_model::{
    Condition, FindingKind, Frame, GrowingSite, Instrument, LeakKind, Place, Probe, Run, Shape,
    SitePair, SiteReport, SiteRun, Stacks, StoreGrowth, Verdict,
};
use std::sync::LazyLock;

pub(super) use harness_model::testing::{WITH, WITHOUT};

/// A loop of 40 iterations whose live bytes are `base` plus what `gained` says after each.
pub(super) fn run(
    condition: &str,
    gained: impl Fn(u64) -> u64,
    in_stores: impl Fn(u64) -> u64,
) -> Run {
    let values = |of: &dyn Fn(u64) -> u64| {
        let values: Vec<u64> = (0..=40).map(of).collect();
        reduce(&values, Kind::Exact { cycle: 10 }).unwrap()
    };
    let per_iteration = in_stores(40) as f64 / 40.0;
    let store = |name: &str, share: f64| StoreGrowth {
        name: name.to_owned(),
        entries_first: 10,
        entries_last: 50,
        bytes_first: 100,
        bytes_last: 100 + (in_stores(40) as f64 * share) as u64,
        entries_per_iteration: 1.0,
        bytes_per_iteration: per_iteration * share,
        shape: if per_iteration > 0.0 {
            Shape::Growing
        } else {
            Shape::Flat
        },
        entries: None,
        bytes: None,
    };
    Run {
        condition: condition.to_owned(),
        warmup: 10,
        iterations: 40,
        completed: true,
        failure: None,
        seconds: 1.0,
        words: 4000,
        samples_file: "samples.jsonl".to_owned(),
        live_bytes: values(&|i| 1_000 + gained(i)),
        live_blocks: values(&|i| 100 + gained(i).div_ceil(64)),
        jemalloc: None,
        rss_bytes: None,
        anonymous_peak_bytes: None,
        resident_parts: None,
        stores: vec![store("strings", 0.25), store("lexemes", 0.75)],
        unaccounted: values(&|i| 1_000 + gained(i) - in_stores(i)),
    }
}

pub(super) fn flat() -> Run {
    run(WITH, |_| 0, |_| 0)
}

pub(super) fn vocabulary() -> Run {
    run(WITHOUT, |i| 412 * i, |i| 412 * i)
}

pub(super) fn not_run() -> Probe<SiteReport> {
    Probe::NotRun {
        reason: "valgrind is not installed".to_owned(),
        remedy: None,
    }
}

pub(super) fn pair(condition: &str, growing: Vec<GrowingSite>) -> SitePair {
    let run = |iterations| SiteRun {
        iterations,
        seconds: 1.0,
        counted_bytes: 0,
        counted_blocks: 0,
        seen_bytes: 0,
        seen_blocks: 0,
        files: Vec::new(),
    };
    SitePair {
        condition: condition.to_owned(),
        short: run(2),
        long: run(20),
        proof: None,
        growing,
        hidden: Vec::new(),
    }
}

pub(super) fn site(kind: LeakKind, line: u32, bytes: f64) -> GrowingSite {
    GrowingSite {
        leak_kind: Some(kind),
        bytes_per_iteration: bytes,
        blocks_per_iteration: 1.0,
        short_bytes: 0,
        short_blocks: 0,
        long_bytes: 18 * bytes as u64,
        long_blocks: 18,
        place: Place {
            function: "resize_activations".to_owned(),
            file: Some("activations.rs".to_owned()),
            line: Some(line),
        },
        part: None,
        frames: Vec::new(),
        held: Vec::new(),
    }
}

/// A site of another function, with one frame.
pub(super) fn of_function(function: &str, kind: LeakKind, bytes: f64) -> GrowingSite {
    let mut site = site(kind, 7, bytes);
    site.place.function = function.to_owned();
    site.frames = vec![Frame::from(Place {
        function: function.to_owned(),
        ..Place::default()
    })];
    site
}

/// A store that gains entries and so many bytes an iteration.
pub(super) fn store(name: &str, bytes: f64) -> StoreGrowth {
    StoreGrowth {
        name: name.to_owned(),
        entries_first: 10,
        entries_last: 50,
        bytes_first: 10_000,
        bytes_last: (10_000.0 + 40.0 * bytes) as u64,
        entries_per_iteration: 1.0,
        bytes_per_iteration: bytes,
        shape: Shape::Growing,
        entries: None,
        bytes: None,
    }
}

pub(super) fn valgrind(off: Vec<GrowingSite>, on: Vec<GrowingSite>) -> Probe<SiteReport> {
    Probe::Ran(SiteReport {
        pairs: vec![pair(WITHOUT, off), pair(WITH, on)],
    })
}

/// What one instrument saw.
pub(super) fn seen_by(instrument: Instrument, result: &Probe<SiteReport>) -> Stacks {
    Stacks {
        instrument,
        result: result.clone(),
    }
}

/// The verdict on nothing but what `change` puts into the evidence.
pub(super) fn judged<'e>(change: impl FnOnce(&mut Evidence<'e>)) -> Verdict {
    static CONDITIONS: LazyLock<Vec<Condition>> = LazyLock::new(conditions);
    static STACKS: LazyLock<Vec<Stacks>> = LazyLock::new(|| {
        let silent = |instrument| seen_by(instrument, &not_run());
        [Instrument::Sites, Instrument::Dhat, Instrument::Valgrind]
            .map(silent)
            .into()
    });
    let mut evidence = Evidence {
        conditions: &CONDITIONS,
        runs: &[],
        stacks: &STACKS,
        ledgers: &[],
        missing: Vec::new(),
        unmeasured: Vec::new(),
        interrupted: false,
        cycle: 10,
    };
    change(&mut evidence);
    judge(&evidence)
}

/// The verdict on measured loops and on what valgrind saw.
pub(super) fn verdict(runs: &[Run], valgrind: &Probe<SiteReport>) -> Verdict {
    let stacks = [seen_by(Instrument::Valgrind, valgrind)];
    judged(|evidence| {
        evidence.runs = runs;
        evidence.stacks = &stacks;
    })
}

pub(super) fn kinds(verdict: &Verdict) -> Vec<FindingKind> {
    verdict
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect()
}
