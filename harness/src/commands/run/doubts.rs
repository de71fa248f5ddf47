//! What keeps a command from a conclusion: runs that ended badly, a count that is ignored, processes that nobody saw.

use super::examine::Examined;
use super::launch::{How, ITERS_VARIABLE};
use super::measure::{Measured, is_told_the_count};
use super::one_run::{OneRun, as_the_first, blocks_taken};
use super::options::RunOptions;
use super::sight::{out_of_sight, own_records, recorded_nothing};
use crate::recording::State;
use harness_judge::counts::Evidence;
use harness_model::units::count;

/// What keeps the command from a conclusion.
pub(super) fn doubts(
    options: &RunOptions,
    examined: &Examined,
    measured: &Measured,
    interrupted: bool,
    is_seen_by_valgrind: bool,
    evidence: &mut Evidence,
) {
    let runs = &measured.runs;
    let first = &runs[0];
    evidence.broken = runs
        .iter()
        .all(|run| !matches!(run.ended.how, How::Exited(_)));
    if interrupted {
        evidence
            .doubts
            .push("It was stopped before its end.".to_owned());
    }
    let ended_badly = |run: &&OneRun| !matches!(run.ended.how, How::Exited(_) | How::Interrupted);
    if let Some(bad) = runs.iter().find(ended_badly) {
        evidence.doubts.push(format!(
            "With {} iterations the command {}.",
            count(bad.iterations),
            bad.ended.how.clause()
        ));
    } else if let Some(other) = runs
        .iter()
        .find(|run| !as_the_first(run, first) && run.ended.how != How::Interrupted)
    {
        evidence.doubts.push(format!(
            "With {} iterations the command {}, and with {} it {}.",
            count(other.iterations),
            other.ended.how.clause(),
            count(first.iterations),
            first.ended.how.clause()
        ));
    } else if let How::Exited(code @ (126 | 127)) = first.ended.how {
        evidence.doubts.push(format!(
            "The command ended with exit code {code}, as a shell does that cannot run what it is told: see tools/."
        ));
    } else if let How::Exited(code) = first.ended.how
        && code != 0
    {
        let sentence = format!("The command ended with exit code {code} at every count");
        match fails_before_its_work(runs) {
            true => evidence.doubts.push(format!(
                "{sentence}, and took as much with the greatest as with the least: it seems to fail before its work. See tools/."
            )),
            false => evidence.blind_spots.push(format!("{sentence}.")),
        }
    }
    if measured.ignores_count {
        evidence.doubts.push(match is_told_the_count(options) {
            true => "The command seems to ignore the count: what it takes, what it writes and how long it runs do not depend on it."
                .to_owned(),
            false => format!(
                "There is no {{iters}} in the command, and it does not seem to read {ITERS_VARIABLE}: what it takes, what \
                 it writes and how long it runs do not depend on the count."
            ),
        });
    }
    if let Some(left) = runs.iter().flat_map(|run| &run.ended.left).next() {
        evidence.doubts.push(format!(
            "The command ended and left a process running ({}), which was ended: have it stay in the foreground.",
            printable::Line(&left.command)
        ));
    }
    let is_seen = runs
        .iter()
        .any(|run| run.recordings.iter().any(|one| one.pid == run.ended.pid));
    if let Some(why) = examined.unseen.as_ref().filter(|_| is_seen_by_valgrind) {
        evidence.blind_spots.insert(0, format!(
            "The library cannot be loaded into the command: {why}. valgrind looked at its heap and its descriptors, with the \
             smaller counts; what is freed before its end, mappings, threads and children were not seen."
        ));
    } else if let Some(why) = &examined.unseen {
        let sentence = format!(
            "The library cannot be loaded into the command: {why}. Only its resident memory was seen, which tells no call \
             sites, and nothing below about {} an iteration.",
            harness_model::units::bytes(least_of_resident(runs))
        );
        // Resident memory is enough to say that much, where it could be looked at.
        match runs
            .iter()
            .filter(|run| run.ended.seen.anonymous > 0)
            .count()
            >= 3
        {
            true => evidence.blind_spots.insert(0, sentence),
            false => evidence.doubts.push(sentence),
        }
    } else if !is_seen {
        evidence.doubts.push(
            "The command's own process left no record: the library was not loaded into it, or could not write its record."
                .to_owned(),
        );
    } else if runs.iter().flat_map(own_records).any(recorded_nothing) {
        evidence.doubts.push(
            "Nothing of the command's own process was recorded, for want of room: see the troubles of the processes."
                .to_owned(),
        );
    }
    for run in runs {
        out_of_sight(run, evidence);
    }
    evidence.doubts.dedup();
    evidence.blind_spots.dedup();
    for run in runs {
        let silent = run.recordings.iter().any(|one| {
            one.pid == run.ended.pid && one.state == State::Leaving && blocks_taken(one) == 0
        });
        if silent && is_seen {
            evidence.blind_spots.push(
                "The command's own process never called malloc: it has an allocator of its own, or takes no memory from one."
                    .to_owned(),
            );
            break;
        }
    }
}

/// Whether what a command takes, which ends badly at every count, hardly depends on the count.
fn fails_before_its_work(runs: &[OneRun]) -> bool {
    const HARDLY: f64 = 0.02;
    let taken = |run: &OneRun| run.recordings.iter().map(blocks_taken).sum::<u64>() as f64;
    let (least, most) = (
        runs.iter().min_by_key(|run| run.iterations),
        runs.iter().max_by_key(|run| run.iterations),
    );
    least.zip(most).is_some_and(|(least, most)| {
        least.iterations < most.iterations
            && (taken(most) - taken(least)).abs() <= HARDLY * taken(least)
    })
}

/// The least growth an iteration that shows in resident memory: it has to come to a MiB.
fn least_of_resident(runs: &[OneRun]) -> f64 {
    let most = runs.iter().map(|run| run.iterations).max().unwrap_or(1);
    f64::from(1 << 20) / most as f64
}
