//! What is concluded of error paths.

use super::super::one_run::OneRun;
use super::findings::cause;
use crate::recording::Recording;
use harness_model::Outcome;
use harness_model::program::{
    ErrorPathFinding, ErrorPathKind, ErrorPaths, ProcessRole, ProgramGrowth, ProgramSite,
    ProgramVerdict, Resource,
};
use harness_model::units::{count, plural};

/// Of a command that does not work where nothing fails, or of which nothing was recorded.
pub(super) fn cannot_be_judged(baseline: &OneRun, is_seen: bool) -> ProgramVerdict {
    let why = match is_seen {
        true => format!(
            "the command {} where no allocation fails",
            baseline.ended.how.clause()
        ),
        false => "the library could not be loaded into the command".to_owned(),
    };
    ProgramVerdict {
        sentence: format!("Inconclusive: {why}."),
        ..ProgramVerdict::not_judged()
    }
}

/// The conclusion. `scanned` where lost could be told from held in every run that came to its end.
pub(super) fn conclude(
    paths: &ErrorPaths,
    own: &Recording,
    scanned: bool,
    interrupted: bool,
) -> ProgramVerdict {
    let outcome = match (paths.findings.is_empty(), paths.runs) {
        (false, _) => Outcome::Leak,
        (true, 0) => Outcome::Inconclusive,
        (true, _) if interrupted => Outcome::Inconclusive,
        (true, _) => Outcome::Pass,
    };
    let mut blind_spots = Vec::new();
    if !scanned {
        blind_spots.push(
            "Lost could not be told from held at the end of every run: something may be lost that is not told."
                .to_owned(),
        );
    }
    if !paths.every {
        blind_spots.push(format!(
            "Not every allocation failed: there are {}, of {}. More --budget tries more of them, fewer iterations make fewer.",
            count(paths.allocations),
            plural(paths.call_stacks as f64, "call stack")
        ));
    }
    blind_spots.push(
        "Whether it grows with the iterations was not looked at: that takes a run without --fail-allocations.".to_owned(),
    );
    ProgramVerdict {
        outcome,
        exit_code: outcome.exit_code(),
        sentence: sentence(paths, interrupted),
        growth: paths
            .findings
            .iter()
            .filter_map(|one| growth(one, paths, own))
            .collect(),
        blind_spots,
        ..ProgramVerdict::not_judged()
    }
}

fn sentence(paths: &ErrorPaths, interrupted: bool) -> String {
    let of = |kind| paths.findings.iter().filter(|one| one.kind == kind).count();
    let at = |places: usize, what: &str| {
        (places > 0).then(|| format!("{what} at {}", plural(places as f64, "place")))
    };
    let found: Vec<String> = [
        at(of(ErrorPathKind::Crash), "the command crashes"),
        at(of(ErrorPathKind::Lost), "memory is lost"),
        at(of(ErrorPathKind::NotReleased), "something is not released"),
        at(of(ErrorPathKind::Hang), "the command hangs"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let how = match paths.every {
        true => format!("{} failed in turn", plural(paths.runs as f64, "allocation")),
        false => format!(
            "{} failed in turn, from {} of {}",
            plural(paths.runs as f64, "allocation"),
            count(paths.call_stacks_tried),
            plural(paths.call_stacks as f64, "call stack")
        ),
    };
    match (found.is_empty(), paths.runs) {
        (false, _) => format!(
            "Where an allocation fails, {}. ({how}, one a run.)",
            found.join(", ")
        ),
        (true, 0) => "Inconclusive: no allocation could be made to fail.".to_owned(),
        (true, _) if interrupted => {
            format!("Stopped before its end: {how}, one a run, and nothing was lost so far.")
        }
        (true, _) => format!("Pass: {how}, one a run. Nothing was lost, and nothing crashed."),
    }
}

/// What is lost as growth: with every failure there is more of it.
fn growth(
    finding: &ErrorPathFinding,
    paths: &ErrorPaths,
    own: &Recording,
) -> Option<ProgramGrowth> {
    let resource: Resource = finding.resource?;
    let (bytes, blocks) = (finding.bytes as f64, finding.count as f64);
    Some(ProgramGrowth {
        resource,
        cause: cause(finding),
        process: ProcessRole::Main,
        command: own.command.clone(),
        bytes_per_iteration: bytes,
        count_per_iteration: blocks,
        freed_at_end: false,
        seen_up_to: paths.iterations,
        iterations_per_second: None,
        notes: Vec::new(),
        sites: vec![ProgramSite {
            place: finding.place.clone(),
            language: finding.language.clone(),
            bytes_per_iteration: bytes,
            blocks_per_iteration: blocks,
            stack: finding.stack.clone(),
            objects: Vec::new(),
            held_by: Vec::new(),
            through: Vec::new(),
            held: Vec::new(),
        }],
    })
}
