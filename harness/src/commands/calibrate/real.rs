//! Healthy programs that really run: children of this program that keep nothing for ever.
//!
//! With zones, a pipeline parses texts with ever new words. Without zones it parses texts of which it has seen every word
//! in the warm-up; or, without a warm-up, texts whose words it learns in the first pass, and nothing after: a cache that
//! fills. The same with a workload that is a hundred times faster.

use super::summary::{Alarm, Healthy, count_shape};
use crate::allocator::Mode;
use crate::child::{Orders, Task};
use crate::engine::console::Failure;
use crate::engine::place;
use crate::engine::process;
use crate::engine::process::{End, Launch};
use crate::engine::progress::Progress;
use crate::engine::protocol::Message;
use crate::workload;
use crate::workload::Spec;
use crate::workload::Zones;
use harness_judge::shape::Kind;
use harness_judge::simulation::judges::Judge;
use harness_model::Sample;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A kind of healthy program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    LongInZones,
    InZones,
    LearntBefore,
    Learning,
    CountingInZones,
    CountingLearning,
}

/// Which program is run how often among 25, in an order that mixes them.
const MIX: [Program; 25] = {
    use Program::{CountingInZones as E, CountingLearning as F, InZones as B, Learning as D};
    use Program::{LearntBefore as C, LongInZones as A};
    [
        A, B, C, D, E, F, A, B, C, D, A, B, E, A, C, D, B, F, A, C, D, E, A, B, F,
    ]
};
/// A run that takes longer than this hangs.
const TIMEOUT: Duration = Duration::from_secs(300);

impl Program {
    fn name(self) -> &'static str {
        match self {
            Program::LongInZones => "parsing in zones, 1,000 iterations",
            Program::InZones => "parsing in zones, more texts at a time",
            Program::LearntBefore => "parsing without zones what is known",
            Program::Learning => "parsing without zones, learning at first",
            Program::CountingInZones => "counting words in zones",
            Program::CountingLearning => "counting words, learning at first",
        }
    }

    fn orders(self, seed: u64) -> Orders {
        // Kind, texts, cycle, share of new words, zones, warm-up, iterations.
        use workload::Kind::{Parse, Words};
        let (kind, texts, cycle, novel, zones, warmup, iterations) = match self {
            Program::LongInZones => (Parse, 2, 250, 0.02, Zones::On, 250, 1000),
            Program::InZones => (Parse, 8, 50, 0.05, Zones::On, 50, 200),
            Program::LearntBefore => (Parse, 4, 60, 0.0, Zones::Off, 60, 240),
            Program::Learning => (Parse, 4, 60, 0.0, Zones::Off, 0, 300),
            Program::CountingInZones => (Words, 8, 250, 0.02, Zones::On, 250, 1000),
            Program::CountingLearning => (Words, 8, 200, 0.0, Zones::Off, 0, 1000),
        };
        Orders {
            workload: Spec {
                kind,
                texts,
                cycle,
                seed,
                novel_words: novel,
                corpus: None,
                model: None,
                inject: None,
                twin: false,
            },
            zones,
            warmup,
            iterations,
            dhat_file: None,
            plant_proof: false,
            records: None,
        }
    }
}

/// What the real runs gave.
#[derive(Default)]
pub struct Real {
    /// A row for each kind of program.
    pub healthy: Vec<Healthy>,
    /// The resident sets of the long runs.
    pub resident_sets: Vec<Vec<u64>>,
    /// Runs that did not come to their end, one clause each.
    pub broken: Vec<String>,
}

/// Runs `count` programs, one after the other, and judges every series of theirs.
///
/// # Errors
/// A child cannot be started.
pub fn run(
    count: u64,
    seed: u64,
    judge: Judge,
    out: &Path,
    interrupted: &AtomicBool,
) -> Result<Real, Failure> {
    let mut real = Real::default();
    let progress = Progress::begin("Real runs", count, "programs");
    let mut worst = End::Done;
    for number in 0..count {
        let program = MIX[number as usize % MIX.len()];
        let orders = program.orders(seed.wrapping_mul(10_007).wrapping_add(number));
        let cycle = orders.workload.cycle;
        let (samples, end) = sample(orders, out, number, interrupted)?;
        match end {
            End::Done => {}
            End::Interrupted => {
                worst = end;
                break;
            }
            End::Failed(ref how) | End::Refused(ref how) => {
                real.broken
                    .push(format!("a run of {} {how}", program.name()));
                worst = end;
                continue;
            }
        }
        let row = row_of(&mut real.healthy, program.name());
        judge_all(row, &samples, cycle, judge);
        if program == Program::LongInZones {
            let resident: Option<Vec<u64>> =
                samples.iter().map(|sample| sample.rss_bytes).collect();
            real.resident_sets.extend(resident);
        }
        progress.step();
    }
    progress.end(End::worst([&worst]));
    Ok(real)
}

/// The measured samples of one run: from the end of its warm-up on.
fn sample(
    orders: Orders,
    out: &Path,
    number: u64,
    interrupted: &AtomicBool,
) -> Result<(Vec<Sample>, End), Failure> {
    let launch = Launch {
        orders: Task::Loop(orders).orders(),
        mode: Mode::Counting,
        under: Vec::new(),
        environment: Vec::new(),
        timeout: Some(TIMEOUT),
        log: place::tool_file(out, &format!("real-{number}"), "err"),
    };
    let mut samples: Vec<Sample> = Vec::new();
    let end = process::run(&launch, interrupted, |message: Message| {
        if let Message::Sample(sample) = message {
            if sample.warmup {
                samples.clear();
            }
            samples.push(sample);
        }
    });
    Ok((samples, end.map_err(Failure::Broken)?))
}

/// The row of a kind, which is made if it is missing.
fn row_of<'r>(rows: &'r mut Vec<Healthy>, kind: &str) -> &'r mut Healthy {
    let at = rows.iter().position(|row| row.kind == kind);
    let at = at.unwrap_or_else(|| {
        rows.push(Healthy {
            kind: kind.to_owned(),
            real: true,
            late: false,
            programs: 0,
            series: 0,
            shapes: Default::default(),
            alarms: Vec::new(),
            bound: 1.0,
        });
        rows.len() - 1
    });
    &mut rows[at]
}

/// Judges every series of one run.
fn judge_all(row: &mut Healthy, samples: &[Sample], cycle: u64, judge: Judge) {
    let exact = Kind::Exact { cycle };
    let mut one = |name: &str, kind, field: &dyn Fn(&Sample) -> Option<u64>| {
        let values: Option<Vec<u64>> = samples.iter().map(field).collect();
        let Some(values) = values else { return };
        let shape = judge.shape(&values, kind);
        row.series += 1;
        count_shape(&mut row.shapes, shape);
        if shape == harness_model::Shape::Growing {
            row.alarms.push(Alarm {
                program: row.programs,
                series: name.to_owned(),
                iterations: values.len() as u64 - 1,
            });
        }
    };
    one("live bytes", exact, &|sample| Some(sample.live_bytes));
    one("live blocks", exact, &|sample| Some(sample.live_blocks));
    one("resident set", Kind::Noisy, &|sample| sample.rss_bytes);
    let jemalloc = |field: fn(&harness_model::JemallocSample) -> u64| {
        move |sample: &Sample| sample.jemalloc.as_ref().map(field)
    };
    one(
        "jemalloc allocated",
        Kind::Noisy,
        &jemalloc(|j| j.allocated),
    );
    one("jemalloc active", Kind::Noisy, &jemalloc(|j| j.active));
    one("jemalloc resident", Kind::Noisy, &jemalloc(|j| j.resident));
    one("jemalloc retained", Kind::Noisy, &jemalloc(|j| j.retained));
    let stores = samples.last().map_or(0, |sample| sample.stores.len());
    for at in 0..stores {
        let name = &samples[samples.len() - 1].stores[at].name;
        one(name, exact, &|sample| Some(sample.stores.get(at)?.bytes));
        one(name, exact, &|sample| Some(sample.stores.get(at)?.entries));
    }
    row.programs += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_is_among_the_first_six_and_half_of_the_others() {
        let of = |runs: &[Program], program| runs.iter().filter(|run| **run == program).count();
        for program in MIX {
            assert_eq!(of(&MIX[..6], program), 1, "{}", program.name());
            assert!(of(&MIX, program) >= 3);
        }
    }

    #[test]
    fn every_program_goes_through_its_texts_four_times_or_more() {
        for program in MIX {
            let orders = program.orders(1);
            assert!(orders.iterations >= 4 * orders.workload.cycle);
            assert!(orders.warmup == 0 || orders.warmup >= orders.workload.cycle);
        }
    }
}
