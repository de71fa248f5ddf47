//! Runs the command again with the settings that were suggested: whether they help is a measurement.

use super::counted::{sum, without_own};
use super::launch::How;
use super::measure::Setup;
use super::one_run::OneRun;
use super::options::RunOptions;
use super::service::{self, Purpose};
use crate::engine::console::Failure;
use crate::engine::progress::Progress;
use harness_model::program::{Explained, Service, Tried, TriedFigures};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs with each setting and without one, in turns, where a run is short.
const RUNS: usize = 3;
/// Seconds up to which it is.
const SHORT: f64 = 10.0;
/// Seconds of requests to a service with each.
const SERVED: f64 = 10.0;
/// Settings that are tried.
const MOST: usize = 6;

/// Tries the settings of what was explained, those of the largest first, with the greatest count.
pub(super) fn try_settings(
    setup: &Setup,
    runs: &[OneRun],
    explained: &[Explained],
) -> Result<Vec<Tried>, Failure> {
    let settings = settings(explained);
    let well = runs
        .iter()
        .filter(|run| matches!(run.ended.how, How::Exited(_)));
    let Some(greatest) = well.max_by_key(|run| run.iterations) else {
        return Ok(Vec::new());
    };
    if settings.is_empty() {
        return Ok(Vec::new());
    }
    let times = if greatest.ended.seconds <= SHORT {
        RUNS
    } else {
        1
    };
    let all: Vec<Option<&str>> = std::iter::once(None)
        .chain(settings.iter().map(|one| Some(*one)))
        .collect();
    let progress = Progress::begin("Trying settings", (all.len() * times) as u64, "runs");
    let mut figures: Vec<Vec<TriedFigures>> = vec![Vec::new(); all.len()];
    let mut ended: Vec<Option<String>> = vec![None; all.len()];
    let mut number = 0;
    let mut stopped = false;
    'turns: for _ in 0..times {
        for (at, setting) in all.iter().enumerate() {
            number += 1;
            let run = setup.try_out(greatest.iterations, number, *setting)?;
            progress.step();
            if run.ended.how == How::Interrupted {
                stopped = true;
                break 'turns;
            }
            if run.ended.how != greatest.ended.how {
                ended[at] = Some(run.ended.how.clause());
            }
            figures[at].push(figures_of(&run));
        }
    }
    progress.end(if stopped { "stopped" } else { "done" });
    let before = median(&figures[0]);
    let tried = settings.iter().zip(figures.iter().zip(&ended).skip(1));
    let tried = tried.filter(|(_, (figures, _))| !figures.is_empty());
    Ok(tried
        .map(|(setting, (figures, ended))| Tried {
            setting: (*setting).to_owned(),
            iterations: greatest.iterations,
            before,
            after: median(figures),
            ended: ended.clone(),
        })
        .collect())
}

/// Tries them on a service: it is started anew without any and with each, and gets as many requests as fit into a part of
/// the time.
pub(super) fn try_on_service(
    setup: &Setup,
    options: &RunOptions,
    served: &Service,
    explained: &[Explained],
    interrupted: &AtomicBool,
) -> Result<Vec<Tried>, Failure> {
    let settings = settings(explained);
    let last = served.marks.last().map_or(0, |mark| mark.requests);
    let requests = last.min((served.rate * SERVED) as u64);
    if settings.is_empty() || requests == 0 {
        return Ok(Vec::new());
    }
    let mut options = options.clone();
    options.service.requests = Some(requests);
    let serve = |setting, number| -> Result<(TriedFigures, Option<String>), Failure> {
        let purpose = Purpose::Try(setting, number);
        let served = service::serve(setup, &options, purpose, interrupted)?;
        let marks = served.service.marks.iter();
        let figures = TriedFigures {
            resident_end_bytes: marks.clone().last().map(|mark| mark.resident_bytes),
            resident_peak_bytes: marks.map(|mark| mark.resident_bytes).max(),
            seconds: served.service.seconds,
        };
        Ok((figures, served.doubts.into_iter().next()))
    };
    let (before, _) = serve(None, 0)?;
    let mut tried = Vec::new();
    for (number, setting) in settings.iter().enumerate() {
        let (after, ended) = serve(Some(*setting), number + 1)?;
        tried.push(Tried {
            setting: (*setting).to_owned(),
            iterations: requests,
            before,
            after,
            ended,
        });
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(tried)
}

/// Each setting once, in the order in which they are suggested.
fn settings(explained: &[Explained]) -> Vec<&str> {
    let mut settings: Vec<&str> = Vec::new();
    for setting in explained.iter().flat_map(|one| &one.settings) {
        if !settings.contains(&setting.as_str()) {
            settings.push(setting);
        }
    }
    settings.truncate(MOST);
    settings
}

fn figures_of(run: &OneRun) -> TriedFigures {
    TriedFigures {
        resident_end_bytes: sum(run, |one| without_own(one, one.at_end.resident)),
        resident_peak_bytes: sum(run, |one| without_own(one, one.at_end.resident_peak)),
        seconds: run.ended.seconds,
    }
}

/// The median of each figure.
fn median(all: &[TriedFigures]) -> TriedFigures {
    let bytes = |of: fn(&TriedFigures) -> Option<u64>| {
        let mut known: Vec<u64> = all.iter().filter_map(of).collect();
        known.sort_unstable();
        known.get(known.len() / 2).copied()
    };
    let mut seconds: Vec<f64> = all.iter().map(|one| one.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    TriedFigures {
        resident_end_bytes: bytes(|one| one.resident_end_bytes),
        resident_peak_bytes: bytes(|one| one.resident_peak_bytes),
        seconds: seconds.get(seconds.len() / 2).copied().unwrap_or(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::program::ExplainedKind;

    #[test]
    fn a_setting_that_is_suggested_twice_is_tried_once_and_the_largest_first() {
        let explained = |settings: &[&str]| Explained {
            kind: ExplainedKind::DirtyPages,
            bytes: 1,
            site: None,
            note: String::new(),
            settings: settings.iter().map(|one| (*one).to_owned()).collect(),
        };
        let all = [
            explained(&["B=1"]),
            explained(&[]),
            explained(&["A=1", "B=1"]),
        ];
        assert_eq!(settings(&all), ["B=1", "A=1"]);
    }

    #[test]
    fn of_several_runs_the_median_is_told() {
        let figures = |bytes: u64, seconds| TriedFigures {
            resident_end_bytes: Some(bytes),
            resident_peak_bytes: None,
            seconds,
        };
        let median = median(&[figures(9, 0.1), figures(5, 0.3), figures(7, 0.2)]);
        assert_eq!(median, figures(7, 0.2));
    }
}
