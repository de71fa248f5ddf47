//! Claims on what is gained outside the heap, and what only looks so.

use super::decide;
use crate::ledger::draw_up;
use crate::series::{reduce, resident_parts};
use crate::shape::Kind;
use harness_model::RowKind;
use harness_model::testing::WITH;
use harness_model::{Cause, CauseOfGrowth};
use harness_model::{JemallocSample, MappingsSample, Sample};
use harness_model::{Run, Series, Shape};

const MIB: u64 = 1 << 20;
/// What is mapped in an iteration, where something is.
const MAPPED: u64 = 256 << 10;
/// What the process has of files at first, and of its heap.
const FILES: u64 = 8 * MIB;
const HEAP: u64 = 4 * MIB;
const WARMUP: u64 = 10;
const ITERATIONS: u64 = 160;

/// A loop without growth of live memory, with so much mapped and so many pages of files after each iteration.
fn samples(mapped: impl Fn(u64) -> u64, files: impl Fn(u64) -> u64) -> Vec<Sample> {
    let sample = |iteration: u64| {
        let (anonymous, files) = (HEAP + mapped(iteration), files(iteration));
        let is_end = iteration == WARMUP || iteration == WARMUP + ITERATIONS;
        Sample {
            condition: WITH.to_owned(),
            iteration,
            warmup: iteration <= WARMUP,
            seconds: 0.0,
            words: 0,
            live_bytes: HEAP,
            live_blocks: 1,
            total_bytes: HEAP,
            total_blocks: 1,
            jemalloc: Some(JemallocSample {
                allocated: HEAP,
                active: HEAP,
                resident: HEAP,
                retained: 0,
            }),
            rss_bytes: Some(anonymous + files),
            file_bytes: Some(files),
            stores: Vec::new(),
            mappings: is_end.then_some(MappingsSample {
                anonymous,
                files,
                ..MappingsSample::default()
            }),
        }
    };
    (0..=WARMUP + ITERATIONS).map(sample).collect()
}

fn cause(samples: &[Sample]) -> CauseOfGrowth {
    cause_beside(samples, None)
}

/// The cause where the resident set as a whole is that.
fn cause_beside(samples: &[Sample], rss_bytes: Option<Series>) -> CauseOfGrowth {
    let still = || reduce(&[HEAP; 161], Kind::Exact { cycle: 2 }).unwrap();
    let run = Run {
        condition: WITH.to_owned(),
        warmup: WARMUP,
        iterations: ITERATIONS,
        completed: true,
        failure: None,
        seconds: 1.0,
        words: 0,
        samples_file: "samples.jsonl".to_owned(),
        live_bytes: still(),
        live_blocks: still(),
        jemalloc: None,
        rss_bytes,
        anonymous_peak_bytes: None,
        resident_parts: resident_parts(&samples[WARMUP as usize..]),
        stores: Vec::new(),
        unaccounted: still(),
    };
    let ledger = draw_up(samples, WITH, None);
    decide(&run, ledger.as_ref(), None)
}

/// From some iteration on, over so many, the kernel takes every page of a file.
fn taken_back(from: u64, over: u64) -> impl Fn(u64) -> u64 {
    move |iteration| FILES - FILES * iteration.saturating_sub(from).min(over) / over
}

#[test]
fn a_mapping_in_every_iteration_is_outside_the_heap_and_has_its_rate() {
    let found = cause(&samples(|i| MAPPED * i, |_| FILES));
    assert_eq!(
        (found.cause, found.shape),
        (Cause::OutsideTheHeap, Shape::Growing)
    );
    assert_eq!(found.bytes_per_iteration, MAPPED as f64);
}

#[test]
fn growth_shows_whenever_the_machine_takes_the_pages_of_files() {
    for from in [WARMUP, 50, 90, 130] {
        for over in [1, 30, 80] {
            let found = cause(&samples(|i| MAPPED * i, taken_back(from, over)));
            assert_eq!(found.cause, Cause::OutsideTheHeap, "{from}, {over}");
            assert_eq!(found.bytes_per_iteration, MAPPED as f64);
        }
    }
}

#[test]
fn pages_of_files_that_come_back_are_no_growth() {
    let back = |i: u64| FILES - taken_back(40, 60)(i);
    assert_eq!(cause(&samples(|_| 0, back)).cause, Cause::Nothing);
    assert_eq!(cause(&samples(|_| 0, |_| FILES)).cause, Cause::Nothing);
}

#[test]
fn a_file_of_which_ever_more_is_mapped_is_outside_the_heap() {
    let found = cause(&samples(|_| 0, |i| FILES + MAPPED * i));
    assert_eq!(found.cause, Cause::OutsideTheHeap);
    assert_eq!(found.bytes_per_iteration, MAPPED as f64);
}

#[test]
fn growth_outside_the_heap_shows_though_the_mappings_could_not_be_read() {
    let mut samples = samples(|i| MAPPED * i, |_| FILES);
    for sample in &mut samples {
        sample.mappings = None;
    }
    let ledger = draw_up(&samples, WITH, None).unwrap();
    assert_eq!(ledger.of(RowKind::Residual), ledger.total);
    let found = cause(&samples);
    assert_eq!(found.cause, Cause::OutsideTheHeap);
    assert_eq!(found.bytes_per_iteration, MAPPED as f64);
}

#[test]
fn a_part_that_nothing_is_known_of_is_no_cause_where_the_whole_is_known_to_stay() {
    // The last of three steps came so late that nobody knows whether there is another.
    let step = |i: u64, at: u64, bytes: u64| if i >= WARMUP + at { bytes } else { 0 };
    let late = |i: u64| step(i, 20, 8 * MIB) + step(i, 60, 700_000) + step(i, 135, 700_000);
    let samples = samples(late, |_| FILES);
    assert_eq!(cause(&samples).cause, Cause::Unknown);
    let whole = |of: &dyn Fn(u64) -> u64| {
        let values: Vec<u64> = (0..=ITERATIONS).map(of).collect();
        reduce(&values, Kind::Noisy)
    };
    let stays = cause_beside(&samples, whole(&|_| HEAP));
    assert_eq!((stays.cause, stays.shape), (Cause::Nothing, Shape::Flat));
    let rises = cause_beside(&samples, whole(&|i| HEAP + late(WARMUP + i)));
    assert_eq!(rises.cause, Cause::Unknown);
}
