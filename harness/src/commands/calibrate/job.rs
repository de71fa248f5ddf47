//! The job: judges simulated programs, runs and judges real ones, plants leaks, and concludes.

use super::summary::{Alarm, CalibrationSummary, Healthy, Options, SCHEMA_VERSION, count_shape};
use super::{power, real, report, verdict};
use crate::commands::calibrate::options::CalibrateOptions;
use crate::commands::epilogue;
use crate::engine::console::{Failure, listen_for_signals, tell};
use crate::engine::progress::Progress;
use crate::engine::{environment, place};
use harness_judge::simulation::judges::Judge;
use harness_judge::simulation::nulls::{Null, simulate};
use harness_judge::simulation::random::Random;
use harness_model::Shape;
use harness_model::units::count;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How much of everything there is.
struct Size {
    simulated: u64,
    real: u64,
    /// Leaks planted at each rate in exact counts.
    trials: u64,
    /// Promises put to the test, of each kind.
    pairs: u64,
}

const WHOLE: Size = Size {
    simulated: 1_000,
    real: 50,
    trials: 100,
    pairs: 200,
};
const QUICK: Size = Size {
    simulated: 240,
    real: 6,
    trials: 20,
    pairs: 30,
};
/// Lengths of the simulated runs, in iterations.
const LENGTHS: [usize; 4] = [60, 200, 1_000, 4_000];

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &CalibrateOptions) -> ExitCode {
    let json = options.report.json;
    epilogue::end(try_run(options), json, |summary| summary.verdict.exit_code)
}

fn try_run(options: &CalibrateOptions) -> Result<CalibrationSummary, Failure> {
    let begun = Instant::now();
    let started_at = environment::now();
    let size = if options.quick { QUICK } else { WHOLE };
    let size = Size {
        simulated: options.simulated.unwrap_or(size.simulated),
        real: options.real.unwrap_or(size.real),
        ..size
    };
    let out = place::choose(&options.report, "calibrate-", &started_at);
    let interrupted = listen_for_signals()?;
    place::make_way(&out, &[])?;
    let announcement = format!(
        "Judges {} simulated and {} real programs that keep nothing for ever; then plants leaks, and sees which are found.",
        count(size.simulated),
        count(size.real)
    );
    tell(options.report.json, announcement);

    let (judge, seed) = (options.judge, options.seed);
    let mut healthy = simulated(size.simulated, seed, judge, &interrupted);
    let real = real::run(size.real, seed, judge, &out, &interrupted)?;
    healthy.extend(real.healthy);
    let planted = planted(&size, seed, judge, &real.resident_sets, &interrupted);

    let interrupted = interrupted.load(Ordering::Relaxed);
    let mut doubts: Vec<String> = real.broken.iter().map(|how| format!("{how}.")).collect();
    if interrupted {
        doubts.push("It was stopped before its end.".to_owned());
    }
    let false_alarms = verdict::false_alarms(&healthy);
    let summary = CalibrationSummary {
        schema_version: SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        options: Options {
            command: std::env::args().collect(),
            simulated: size.simulated,
            real: size.real,
            quick: options.quick,
            judge,
            seed,
        },
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        interrupted,
        verdict: verdict::judge(&healthy, false_alarms, &planted.0, &planted.1, doubts),
        healthy,
        false_alarms,
        detection: planted.0,
        promises: planted.1,
    };
    let written = report::write(&summary, &out);
    let text = report::terminal(&summary);
    epilogue::present(written, &text, &out, options.report.json)?;
    Ok(summary)
}

/// Judges simulated programs: as many of every kind, over runs of several lengths.
fn simulated(programs: u64, seed: u64, judge: Judge, interrupted: &AtomicBool) -> Vec<Healthy> {
    let mut random = Random::new(seed);
    let mut rows: Vec<Healthy> = Null::ALL.iter().map(|null| empty(*null)).collect();
    let progress = Progress::begin("Simulated", programs, "programs");
    for number in 0..programs {
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        let kind = (number % rows.len() as u64) as usize;
        let iterations = LENGTHS[random.below(LENGTHS.len() as u64) as usize];
        let series = simulate(Null::ALL[kind], iterations, &mut random);
        let shape = judge.shape(&series.values, series.kind);
        let row = &mut rows[kind];
        count_shape(&mut row.shapes, shape);
        if shape == Shape::Growing {
            row.alarms.push(Alarm {
                program: row.programs,
                series: "memory".to_owned(),
                iterations: iterations as u64,
            });
        }
        row.programs += 1;
        row.series += 1;
        progress.step();
    }
    progress.end(outcome(interrupted));
    rows
}

fn empty(null: Null) -> Healthy {
    Healthy {
        kind: null.name().to_owned(),
        real: false,
        programs: 0,
        series: 0,
        shapes: Default::default(),
        alarms: Vec::new(),
    }
}

type Planted = (Vec<super::summary::Detection>, Vec<super::summary::Promise>);

/// Plants leaks, and puts to the test what is promised.
fn planted(
    size: &Size,
    seed: u64,
    judge: Judge,
    resident_sets: &[Vec<u64>],
    interrupted: &AtomicBool,
) -> Planted {
    if interrupted.load(Ordering::Relaxed) {
        return (Vec::new(), Vec::new());
    }
    // Not the numbers that the healthy programs were made of.
    let mut random = Random::new(!seed);
    let progress = Progress::begin("Planted", power::STEPS + 2 * size.pairs, "series of leaks");
    let mut detection = power::counters(size.trials, judge, &mut random, || progress.step());
    detection.extend(power::resident_sets(resident_sets, judge, || {
        progress.step()
    }));
    let promises = power::promises(size.pairs, judge, &mut random, || progress.step());
    progress.end(outcome(interrupted));
    (detection, promises)
}

fn outcome(interrupted: &AtomicBool) -> &'static str {
    if interrupted.load(Ordering::Relaxed) {
        "stopped"
    } else {
        "done"
    }
}
