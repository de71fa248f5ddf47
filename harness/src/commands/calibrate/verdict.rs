//! Concludes: no false alarm and every promise kept, or not.

use super::summary::{CalibrationVerdict, Detection, FalseAlarms, Healthy, PlantedIn, Promise};
use harness_judge::simulation::bound;
use harness_model::Outcome;
use harness_model::units::{count, figure};

/// A promise counts as broken where so few were kept that chance alone would do it less often than this.
const CHANCE: f64 = 0.01;
/// The length of runs that the conclusion speaks of.
pub const LENGTH: u64 = 1_000;

/// How many programs had an alarm, and what that proves.
pub fn false_alarms(healthy: &[Healthy]) -> FalseAlarms {
    let programs = healthy.iter().map(|row| row.programs).sum();
    let alarmed = healthy
        .iter()
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
}

/// Concludes. `doubts` are sentences on what went wrong with the runs themselves.
pub fn judge(
    healthy: &[Healthy],
    alarms: FalseAlarms,
    detection: &[Detection],
    promises: &[Promise],
    doubts: Vec<String>,
) -> CalibrationVerdict {
    let mut failed = Vec::new();
    for row in healthy.iter().filter(|row| !row.alarms.is_empty()) {
        let mut names: Vec<&str> = row.alarms.iter().map(|alarm| &*alarm.series).collect();
        names.sort_unstable();
        names.dedup();
        failed.push(format!(
            "Called growing, though healthy: {} of {} series of {} ({}).",
            count(row.alarms.len() as u64),
            count(row.series),
            row.kind,
            names.join(", ")
        ));
    }
    for promise in promises.iter().filter(|promise| broken(promise)) {
        failed.push(format!(
            "Promised in {}% of runs and kept in {} of {}: {}.",
            figure(promise.share * 100.0),
            count(promise.kept),
            count(promise.tried),
            promise.claim
        ));
    }
    for row in detection {
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
        sentence: sentence(alarms, detection, promises),
        failed,
        doubts,
    }
}

/// Whether a promise was kept less often than it says, beyond chance.
pub fn broken(promise: &Promise) -> bool {
    let missed = promise.tried - promise.kept;
    missed > 0 && 1.0 - bound::at_most(missed - 1, promise.tried, 1.0 - promise.share) < CHANCE
}

fn sentence(alarms: FalseAlarms, detection: &[Detection], promises: &[Promise]) -> String {
    let mut parts = vec![bound_said(alarms)];
    let at = |noise| {
        detection
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
    if let Some(broken) = promises.iter().find(|promise| broken(promise)) {
        said.push_str(&format!("; but it does not hold that {}", broken.claim));
    }
    said.push('.');
    said
}

/// Which programs those are: see [`harness_judge::simulation::nulls`].
const TRIED: &str = "simulated noise, teeth, bursts, caches that fill, five steps at most, drifts that stop by the middle \
                     of the run; and real runs";

/// "0 of 1,050 healthy programs called growing (…): … below 0.29% at 95% confidence".
pub fn bound_said(alarms: FalseAlarms) -> String {
    format!(
        "{} of {} healthy programs called growing ({TRIED}): the rate of false alarms among such programs is below {}% at \
         95% confidence",
        count(alarms.alarmed),
        count(alarms.programs),
        // Rounded up: it is a bound.
        figure((alarms.bound * 10_000.0).ceil() / 100.0)
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
            real: false,
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
        let detection = [
            found(PlantedIn::Counters, surely),
            found(PlantedIn::ResidentSet, Some(2048.0)),
        ];
        let doubts = doubts.iter().map(|doubt| (*doubt).to_owned()).collect();
        judge(
            &healthy,
            false_alarms(&healthy),
            &detection,
            &[promise(kept)],
            doubts,
        )
    }

    #[test]
    fn no_alarm_and_every_promise_kept_is_a_pass_that_says_its_figures() {
        let verdict = verdict(&[], Some(0.004), 200, &[]);
        assert_eq!(verdict.exit_code, 0);
        assert_eq!(
            verdict.sentence,
            "0 of 1,050 healthy programs called growing (simulated noise, teeth, bursts, caches that fill, five steps at \
             most, drifts that stop by the middle of the run; and real runs): the rate of false alarms among such programs \
             is below 0.29% at 95% confidence; over 1,000 iterations 99 of 100 leaks are found from 1 byte every 250 iterations on by the exact counters; \
             from 2,048 bytes an iteration on in the resident set of this machine."
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
