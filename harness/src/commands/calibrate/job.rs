//! The job: judges simulated programs, runs and judges real ones, plants leaks, and concludes.

use super::summary::{CalibrationSummary, Options, SCHEMA_VERSION};
use super::{power, real, report, simulated, verdict};
use crate::commands::calibrate::options::CalibrateOptions;
use crate::commands::epilogue::{self, Reported};
use crate::engine::console::{Failure, listen_for_signals, remark};
use crate::engine::progress::Progress;
use crate::engine::{environment, place};
use harness_judge::simulation::bound;
use harness_judge::simulation::judges::Judge;
use harness_judge::simulation::leaks::Leak;
use harness_judge::simulation::random::Random;
use harness_model::units::count;
use printable::Text;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How much of everything there is.
struct Size {
    simulated: u64,
    real: u64,
    /// Simulated leaks of each kind.
    leaks: u64,
    /// Simulated leaks at each point of a curve of power.
    power: u64,
    /// Leaks planted at each rate in exact counts.
    trials: u64,
    /// Promises put to the test, of each kind.
    pairs: u64,
}

const WHOLE: Size = Size {
    simulated: 56_000,
    real: 50,
    leaks: 1_000,
    power: 40,
    trials: 100,
    pairs: 200,
};
const QUICK: Size = Size {
    simulated: 2_800,
    real: 6,
    leaks: 80,
    power: 4,
    trials: 20,
    pairs: 30,
};

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &CalibrateOptions) -> ExitCode {
    let json = options.report.json;
    epilogue::end(try_run(options), json, |summary| summary.verdict.exit_code)
}

fn try_run(options: &CalibrateOptions) -> Result<Reported<CalibrationSummary>, Failure> {
    let begun = Instant::now();
    let started_at = environment::now();
    let size = if options.quick { QUICK } else { WHOLE };
    let size = Size {
        simulated: options.simulated.unwrap_or(size.simulated),
        real: options.real.unwrap_or(size.real),
        ..size
    };
    let out = place::take(&options.report.place, "calibrate-", &started_at)?;
    let interrupted = listen_for_signals()?;
    place::make_way(&out)?;
    let announcement = format!(
        "Judges {} simulated and {} real programs that keep nothing for ever; then plants leaks, and sees which are found.",
        count(size.simulated),
        count(size.real)
    );
    remark(options.report.json, &Text::of_line(announcement));

    let (judge, seed) = (options.judge, options.seed);
    let progress = Progress::begin("Simulated", size.simulated, "programs");
    let mut healthy = simulated::healthy(size.simulated, seed, judge, &interrupted, || {
        progress.step()
    });
    progress.end(outcome(&interrupted));
    let real = real::run(size.real, seed, judge, &out, &interrupted)?;
    healthy.extend(real.healthy);
    for row in &mut healthy {
        row.bound = bound::upper(row.alarms.len() as u64, row.series);
    }
    let planted = planted(&size, seed, judge, &real.resident_sets, &interrupted);

    let interrupted = interrupted.load(Ordering::Relaxed);
    let mut doubts: Vec<String> = real.broken.iter().map(|how| format!("{how}.")).collect();
    if interrupted {
        doubts.push("It was stopped before its end.".to_owned());
    }
    let [false_alarms, late_alarms] = verdict::false_alarms(&healthy);
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
        verdict: verdict::judge(&healthy, [false_alarms, late_alarms], &planted, doubts),
        healthy,
        false_alarms,
        late_alarms,
        leaks: planted.leaks,
        power: planted.power,
        detection: planted.detection,
        promises: planted.promises,
    };
    let written = report::write(&summary, &out);
    let text = report::terminal(&summary);
    Ok(epilogue::present(
        summary,
        written,
        |summary| (summary.verdict.outcome, &summary.verdict.sentence),
        &text,
        &out,
        options.report.json,
    ))
}

/// Plants leaks, and puts to the test what is promised.
fn planted(
    size: &Size,
    seed: u64,
    judge: Judge,
    resident_sets: &[Vec<u64>],
    interrupted: &AtomicBool,
) -> verdict::Planted {
    if interrupted.load(Ordering::Relaxed) {
        return verdict::Planted::default();
    }
    // Not the numbers that the healthy programs were made of.
    let mut random = Random::new(!seed);
    let progress = Progress::begin(
        "Planted",
        power::STEPS + power::PROMISED * size.pairs,
        "series of leaks",
    );
    let mut detection = power::counters(size.trials, judge, &mut random, || progress.step());
    detection.extend(power::resident_sets(resident_sets, judge, || {
        progress.step()
    }));
    let promises = power::promises(size.pairs, judge, &mut random, || progress.step());
    progress.end(outcome(interrupted));
    let kinds = Leak::ALL.len() as u64;
    let progress = Progress::begin("Leaks", kinds * size.leaks + simulated::CURVES, "leaks");
    let leaks = simulated::leaks(size.leaks, judge, &mut random, || progress.step());
    let power = simulated::power(size.power, judge, &mut random, || progress.step());
    progress.end(outcome(interrupted));
    verdict::Planted {
        leaks,
        power,
        detection,
        promises,
    }
}

fn outcome(interrupted: &AtomicBool) -> &'static str {
    if interrupted.load(Ordering::Relaxed) {
        "stopped"
    } else {
        "done"
    }
}
