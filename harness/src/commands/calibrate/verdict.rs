//! Concludes: no false alarm and every promise kept, or not.

use super::summary::{
    CalibrationVerdict, Detection, FalseAlarms, Healthy, Leaks, PlantedIn, Power, Promise,
};
use harness_judge::simulation::bound;
use harness_model::Outcome;
use harness_model::units::{count, figure};

/// A promise counts as broken where so few were kept that chance alone would do it less often than this.
const CHANCE: f64 = 0.01;
/// Healthy series that may be called growing, of those that come to their end in the first three quarters of the run: in
/// all, and of any kind.
const IN_ALL: f64 = 0.0003;
const OF_A_KIND: f64 = 0.002;
/// The same of those that come to it later.
const THAT_END_LATE: f64 = 0.02;
/// Leaks of any kind that may be given a healthy name,
const CALLED_HEALTHY: f64 = 0.012;
/// and leaks that are found, of those that are to be.
const FOUND: f64 = 0.95;
/// The length of runs that the conclusion speaks of.
pub const LENGTH: u64 = 1_000;

/// Leaks, and what was promised of them.
#[derive(Default)]
pub struct Planted {
    /// Simulated leaks, by kind.
    pub leaks: Vec<Leaks>,
    /// The share of them found, by strength.
    pub power: Vec<Power>,
    /// The least rates found.
    pub detection: Vec<Detection>,
    /// What judgements say of themselves, put to the test.
    pub promises: Vec<Promise>,
}

/// How many programs had an alarm, and what that proves: of those that came to their end early, with the real ones, and of
/// those that did late.
pub fn false_alarms(healthy: &[Healthy]) -> [FalseAlarms; 2] {
    [false, true].map(|late| {
        let rows = || healthy.iter().filter(|row| row.late == late);
        let programs = rows().map(|row| row.programs).sum();
        let alarmed = rows()
            .map(|row| {
                let mut alarmed: Vec<u64> = row.alarms.iter().map(|alarm| alarm.program).collect();
                alarmed.dedup();
                alarmed.len() as u64
            })
            .sum();
        FalseAlarms {
            programs,
            alarmed,
            bound: bound::upper(alarmed, programs),
        }
    })
}

/// Whether so many events in so many trials are more than a rate allows, beyond chance.
fn exceeds(events: u64, trials: u64, rate: f64) -> bool {
    events > 0 && 1.0 - bound::at_most(events - 1, trials, rate) < CHANCE
}

/// Concludes. `doubts` are sentences on what went wrong with the runs themselves.
pub fn judge(
    healthy: &[Healthy],
    [early, late]: [FalseAlarms; 2],
    planted: &Planted,
    doubts: Vec<String>,
) -> CalibrationVerdict {
    let mut failed = alarms_failed(healthy, early, late);
    failed.extend(leaks_failed(&planted.leaks));
    for promise in planted.promises.iter().filter(|promise| broken(promise)) {
        failed.push(format!(
            "Promised in {}% of runs and kept in {} of {}: {}.",
            figure(promise.share * 100.0),
            count(promise.kept),
            count(promise.tried),
            promise.claim
        ));
    }
    for row in &planted.detection {
        if row.surely.is_none()
            && !row.points.is_empty()
            && row.planted_in != PlantedIn::CountersAtRandom
        {
            failed.push(format!(
                "Over {} iterations no leak of any rate that was tried is found in 99 of 100 runs {}.",
                count(row.iterations),
                place(row.planted_in)
            ));
        }
    }
    let outcome = if !failed.is_empty() {
        Outcome::Leak
    } else if !doubts.is_empty() {
        Outcome::Inconclusive
    } else {
        Outcome::Pass
    };
    CalibrationVerdict {
        outcome,
        exit_code: outcome.exit_code(),
        sentence: sentence([early, late], planted),
        failed,
        doubts,
    }
}

/// What is wrong with what healthy programs were called: a real one may not be called growing, and simulated ones no more
/// often than is promised.
fn alarms_failed(healthy: &[Healthy], early: FalseAlarms, late: FalseAlarms) -> Vec<String> {
    let mut failed = Vec::new();
    let simulated = |row: &&Healthy| !row.real;
    for row in healthy {
        let alarms = row.alarms.len() as u64;
        let allowed = match (row.real, row.late) {
            (true, _) => 0.0,
            (false, false) => OF_A_KIND,
            // Some of these cannot be told from a leak: they count together.
            (false, true) => continue,
        };
        if (row.real && alarms > 0) || exceeds(alarms, row.series, allowed) {
            let mut names: Vec<&str> = row.alarms.iter().map(|alarm| &*alarm.series).collect();
            names.sort_unstable();
            names.dedup();
            failed.push(format!(
                "Called growing, though healthy: {} of {} series of {} ({}).",
                count(alarms),
                count(row.series),
                row.kind,
                names.join(", ")
            ));
        }
    }
    let alarmed: u64 = healthy
        .iter()
        .filter(simulated)
        .filter(|row| !row.late)
        .map(|row| row.alarms.len() as u64)
        .sum();
    if failed.is_empty() && exceeds(alarmed, early.programs, IN_ALL) {
        failed.push(format!(
            "Called growing, though healthy: {} of {} programs, of which at most {}% may be.",
            count(alarmed),
            count(early.programs),
            figure(IN_ALL * 100.0)
        ));
    }
    if exceeds(late.alarmed, late.programs, THAT_END_LATE) {
        failed.push(format!(
            "Called growing, though they came to an end in the last quarter of the run: {} of {} programs, of which at \
             most {}% may be.",
            count(late.alarmed),
            count(late.programs),
            figure(THAT_END_LATE * 100.0)
        ));
    }
    failed
}

/// What is wrong with what leaks were taken for.
fn leaks_failed(leaks: &[Leaks]) -> Vec<String> {
    let mut failed = Vec::new();
    for row in leaks {
        if exceeds(row.wrong, row.leaks, CALLED_HEALTHY) {
            failed.push(format!(
                "Given a healthy name, though leaking: {} of {} leaks {}.",
                count(row.wrong),
                count(row.leaks),
                row.kind
            ));
        }
    }
    let of = |of: fn(&Leaks) -> u64| {
        leaks
            .iter()
            .filter(|row| row.to_be_found)
            .map(of)
            .sum::<u64>()
    };
    let (all, found) = (of(|row| row.leaks), of(|row| row.found));
    if exceeds(all - found, all, 1.0 - FOUND) {
        failed.push(format!(
            "Found {} of {} leaks that are to be found, and not {}%.",
            count(found),
            count(all),
            figure(FOUND * 100.0)
        ));
    }
    failed
}

/// Whether a promise was kept less often than it says, beyond chance.
pub fn broken(promise: &Promise) -> bool {
    let missed = promise.tried - promise.kept;
    missed > 0 && 1.0 - bound::at_most(missed - 1, promise.tried, 1.0 - promise.share) < CHANCE
}

fn sentence([early, late]: [FalseAlarms; 2], planted: &Planted) -> String {
    let mut parts = vec![bound_said(early)];
    if late.programs > 0 {
        parts.push(format!(
            "of those that end later, {} in {}",
            count(late.alarmed),
            count(late.programs)
        ));
    }
    let of = |of: fn(&Leaks) -> u64| planted.leaks.iter().map(of).sum::<u64>();
    let percent =
        |part: u64, all: u64| figure((part as f64 / all.max(1) as f64 * 1_000.0).round() / 10.0);
    let rows = || planted.leaks.iter().filter(|row| row.to_be_found);
    let (asked, found) = (
        rows().map(|row| row.leaks).sum(),
        rows().map(|row| row.found).sum(),
    );
    if asked > 0 {
        parts.push(format!(
            "of leaks that keep a rate and gain 64 bytes, or 30 deviations of their noise, {}% are found, and of leaks of \
             every kind {}% are given a healthy name",
            percent(found, asked),
            percent(of(|row| row.wrong), of(|row| row.leaks))
        ));
    }
    let at = |noise| {
        planted
            .detection
            .iter()
            .find(|row| row.planted_in == noise && row.iterations == LENGTH)
    };
    let surely = |noise| at(noise).and_then(|row: &Detection| row.surely);
    if let Some(rate) = surely(PlantedIn::Counters) {
        parts.push(format!(
            "over {} iterations 99 of 100 leaks are found from 1 byte every {} iterations on by the exact counters",
            count(LENGTH),
            count((1.0 / rate).round() as u64)
        ));
    }
    if let Some(rate) = surely(PlantedIn::ResidentSet) {
        parts.push(format!(
            "from {} bytes an iteration on in the resident set of this machine",
            count(rate.round() as u64)
        ));
    }
    let mut said = parts.join("; ");
    if let Some(broken) = planted.promises.iter().find(|promise| broken(promise)) {
        said.push_str(&format!("; but it does not hold that {}", broken.claim));
    }
    said.push('.');
    said
}

/// Which programs those are: see [`harness_judge::simulation::programs`].
const TRIED: &str = "simulated ones that come to their end in the first three quarters of the run, over 40 to 5,000 \
                     iterations, and real runs";

/// "0 of 1,050 healthy programs called growing (…): … below 0.29% at 95% confidence".
pub fn bound_said(alarms: FalseAlarms) -> String {
    format!(
        "{} of {} healthy programs called growing ({TRIED}): the rate of false alarms among such programs is below {}% at \
         95% confidence",
        count(alarms.alarmed),
        count(alarms.programs),
        // Rounded up: it is a bound.
        figure((alarms.bound * 100_000.0).ceil() / 1_000.0)
    )
}

/// Where a leak is planted, in words.
pub fn place(noise: PlantedIn) -> &'static str {
    match noise {
        PlantedIn::Counters => "by the exact counters",
        PlantedIn::CountersAtRandom => "by the exact counters, bytes kept at random",
        PlantedIn::ResidentSet => "in the resident set",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::calibrate::summary::{Alarm, Point};

    fn healthy(alarmed: &[u64]) -> Vec<Healthy> {
        let alarm = |program: &u64| Alarm {
            program: *program,
            series: "live bytes".to_owned(),
            iterations: 100,
        };
        vec![Healthy {
            kind: "one step".to_owned(),
            real: true,
            late: false,
            bound: 0.0,
            programs: 1_050,
            series: 1_050,
            shapes: Default::default(),
            alarms: alarmed.iter().map(alarm).collect(),
        }]
    }

    fn found(planted_in: PlantedIn, surely: Option<f64>) -> Detection {
        Detection {
            planted_in,
            iterations: LENGTH,
            points: vec![Point {
                rate: 0.004,
                planted: 10,
                found: 10,
            }],
            half: surely,
            surely,
        }
    }

    fn promise(kept: u64) -> Promise {
        Promise {
            claim: "it is found".to_owned(),
            share: 0.99,
            tried: 200,
            kept,
        }
    }

    fn verdict(
        alarmed: &[u64],
        surely: Option<f64>,
        kept: u64,
        doubts: &[&str],
    ) -> CalibrationVerdict {
        let healthy = healthy(alarmed);
        let planted = Planted {
            detection: vec![
                found(PlantedIn::Counters, surely),
                found(PlantedIn::ResidentSet, Some(2048.0)),
            ],
            promises: vec![promise(kept)],
            ..Planted::default()
        };
        let doubts = doubts.iter().map(|doubt| (*doubt).to_owned()).collect();
        judge(&healthy, false_alarms(&healthy), &planted, doubts)
    }

    fn leaks(found: u64, wrong: u64) -> CalibrationVerdict {
        let row = Leaks {
            kind: "at random".to_owned(),
            leaks: 1_000,
            found,
            open: 1_000 - found - wrong,
            wrong,
            to_be_found: true,
        };
        let planted = Planted {
            leaks: vec![row],
            ..Planted::default()
        };
        let healthy = healthy(&[]);
        judge(&healthy, false_alarms(&healthy), &planted, Vec::new())
    }

    #[test]
    fn leaks_that_are_missed_or_called_healthy_too_often_fail_it() {
        assert_eq!(leaks(955, 2).exit_code, 0);
        assert_eq!(
            leaks(900, 2).failed,
            ["Found 900 of 1,000 leaks that are to be found, and not 95%."]
        );
        assert_eq!(
            leaks(960, 30).failed,
            ["Given a healthy name, though leaking: 30 of 1,000 leaks at random."]
        );
        assert!(
            leaks(955, 2)
                .sentence
                .contains("95.5% are found, and of leaks of every kind 0.2% are given")
        );
    }

    #[test]
    fn simulated_programs_may_be_called_growing_as_often_as_is_said_and_late_ones_more_often() {
        let alarmed = |late: bool, alarms: &[u64]| {
            let mut rows = healthy(alarms);
            rows[0].real = false;
            rows[0].late = late;
            judge(&rows, false_alarms(&rows), &Planted::default(), Vec::new()).exit_code
        };
        assert_eq!(
            (alarmed(false, &[1]), alarmed(false, &[1, 2, 3, 4, 5, 6, 7])),
            (0, 1)
        );
        let many: Vec<u64> = (0..20).collect();
        let more: Vec<u64> = (0..60).collect();
        assert_eq!((alarmed(true, &many), alarmed(true, &more)), (0, 1));
    }

    #[test]
    fn no_alarm_and_every_promise_kept_is_a_pass_that_says_its_figures() {
        let verdict = verdict(&[], Some(0.004), 200, &[]);
        assert_eq!(verdict.exit_code, 0);
        assert_eq!(
            verdict.sentence,
            "0 of 1,050 healthy programs called growing (simulated ones that come to their end in the first three quarters \
             of the run, over 40 to 5,000 iterations, and real runs): the rate of false alarms among such programs is below \
             0.285% at 95% confidence; over 1,000 iterations 99 of 100 leaks are found from 1 byte every 250 iterations on \
             by the exact counters; from 2,048 bytes an iteration on in the resident set of this machine."
        );
    }

    #[test]
    fn one_false_alarm_fails_it_and_a_program_is_counted_once() {
        let verdict = verdict(&[7, 7], Some(0.004), 200, &[]);
        assert_eq!((verdict.exit_code, verdict.outcome), (1, Outcome::Leak));
        assert!(
            verdict.sentence.starts_with("1 of 1,050"),
            "{}",
            verdict.sentence
        );
        assert_eq!(verdict.failed.len(), 1);
    }

    #[test]
    fn leaks_that_are_not_found_fail_it() {
        assert_eq!(verdict(&[], None, 200, &[]).exit_code, 1);
    }

    #[test]
    fn a_promise_is_broken_where_chance_does_not_explain_what_was_missed() {
        // Two of 200 are expected to be missed.
        assert_eq!(verdict(&[], Some(0.004), 195, &[]).exit_code, 0);
        let broken = verdict(&[], Some(0.004), 192, &[]);
        assert_eq!(broken.exit_code, 1);
        assert!(broken.sentence.contains("does not hold that it is found"));
    }

    #[test]
    fn a_run_that_died_leaves_it_inconclusive_but_a_failure_stays_one() {
        assert_eq!(verdict(&[], Some(0.004), 200, &["a run died"]).exit_code, 3);
        assert_eq!(
            verdict(&[1], Some(0.004), 200, &["a run died"]).exit_code,
            1
        );
    }
}
