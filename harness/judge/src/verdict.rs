//! Concludes from the measurements: pass, leak or inconclusive, with what was found and what could not have been seen.
//!
//! Exact counters decide first. With zones, every iteration ends with all it made dropped, so live memory after the
//! warm-up has to be flat to the byte. Without zones a vocabulary grows: that is measured and named, and fails nothing;
//! what fails is a block that nothing can reach any more. The resident set is supporting evidence.

use crate::evidence::Evidence;
use crate::{agreement, cause, findings, sentence};
use harness_model::units::figure as number;
use harness_model::{
    Basis, CauseOfGrowth, Evidence as Instrument, Finding, FindingKind, Outcome, Probe, Run, Shape,
    SiteReport, Verdict, Zones,
};

/// Concludes.
pub fn judge(evidence: &Evidence<'_>) -> Verdict {
    let findings = findings::find(evidence);
    let doubts = doubts(evidence, &findings);
    let outcome = if evidence.interrupted {
        Outcome::Inconclusive
    } else if findings.iter().any(|finding| finding.fails) {
        Outcome::Leak
    } else if doubts.is_empty() {
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    };
    Verdict {
        outcome,
        exit_code: match outcome {
            Outcome::Pass => 0,
            Outcome::Leak => 1,
            Outcome::Inconclusive => 3,
        },
        sentence: sentence::sentence(evidence, &findings, &doubts, outcome),
        agreement: agreement::agreement(evidence),
        blind_spots: blind_spots(evidence),
        causes: causes(evidence),
        findings,
    }
}

/// Why memory grows in each loop.
fn causes(evidence: &Evidence<'_>) -> Vec<CauseOfGrowth> {
    let runs = evidence.runs.iter();
    let decide = |run: &Run| {
        let ledger = evidence.ledgers.iter().find(|one| one.zones == run.zones);
        let valgrind = evidence.valgrind.ran();
        let pair = valgrind.and_then(|report| report.pair(run.zones));
        cause::decide(run, evidence.samples, ledger, pair)
    };
    runs.map(decide).collect()
}

/// What keeps a run without a leak from being a pass, one clause each.
fn doubts(evidence: &Evidence<'_>, findings: &[Finding]) -> Vec<String> {
    let mut doubts = Vec::new();
    if evidence.interrupted {
        doubts.push("the run was stopped before its end".to_owned());
    }
    for run in evidence.runs {
        if let Some(failure) = run.failure.as_ref().filter(|_| !evidence.interrupted) {
            doubts.push(format!("the loop {} {failure}", run.zones.phrase()));
        }
        let live = run.live_bytes.shape.graver(run.live_blocks.shape);
        if run.zones == Zones::On && live == Shape::Inconclusive {
            doubts.push(format!(
                "live memory rose with zones, and {} iterations are too few to tell growth from buffers that are grown \
                 once",
                run.iterations
            ));
        }
    }
    for (name, probe) in evidence.tools() {
        if let Probe::Failed { reason, .. } = probe {
            doubts.push(format!("{name} came to no result: {reason}"));
        }
    }
    for missing in &evidence.missing {
        doubts.push(format!("{missing} is required and gave no result"));
    }
    for finding in findings {
        if finding.kind == FindingKind::OneOff && finding.evidence == Instrument::Counters {
            let run = evidence.run(finding.zones);
            if run.is_some_and(findings::rose_at_the_end) {
                doubts.push(format!(
                    "{}, too late to see whether it comes again",
                    finding.message
                ));
            }
        }
    }
    let silent = |(_, probe): (_, &Probe<SiteReport>)| probe.ran().is_none();
    if evidence.runs.is_empty() && evidence.tools().into_iter().all(silent) {
        doubts.push("nothing was measured".to_owned());
    }
    doubts
}

/// What the run could not have seen.
fn blind_spots(evidence: &Evidence<'_>) -> Vec<String> {
    let mut spots = Vec::new();
    for run in evidence.runs.iter().filter(|run| run.zones == Zones::On) {
        spots.extend(within_zones(run));
    }
    match evidence.valgrind {
        Probe::Ran(report) => {
            if let Some(pair) = report.pairs.first() {
                spots.push(format!(
                    "valgrind saw {} iterations over the texts of the first {}: what only other texts lead to it could \
                     not see.",
                    pair.long.iterations, pair.short.iterations
                ));
            }
        }
        Probe::NotRun { reason, .. } | Probe::Failed { reason, .. } => spots.push(format!(
            "Blocks that nothing can reach are not told from blocks that are held, for want of valgrind ({reason})."
        )),
    }
    if evidence.run(Zones::On).is_none() {
        spots.push("Nothing was measured with zones.".to_owned());
    }
    if evidence.run(Zones::Off).is_none() {
        spots.push("Nothing was measured without zones.".to_owned());
    }
    spots.extend(evidence.runs.iter().map(outside_the_heap));
    spots.push(format!(
        "Each loop went through the same {} iterations of texts again and again: other texts, errors and threads were \
         not tried.",
        evidence.cycle
    ));
    spots
}

/// What the exact counters would have seen with zones, where they are exact: fewer than one byte in every quarter of the
/// run looks like a buffer that is grown once.
fn within_zones(run: &Run) -> Option<String> {
    let live = &run.live_bytes;
    let slope = live.detectable_slope?;
    Some(match live.basis {
        Basis::Exact => format!(
            "With zones it would have seen a single byte that is kept every {} iterations; what is kept less often than \
             that looks like a buffer that is grown once.",
            number((1.0 / slope).round())
        ),
        Basis::Statistical => format!(
            "Live memory comes and goes with zones: growth by less than {} bytes an iteration is not told from that.",
            number(slope)
        ),
    })
}

/// What the resident set says of memory that the counters do not see: mappings and the allocator's own.
fn outside_the_heap(run: &Run) -> String {
    let zones = run.zones.phrase();
    let rss = run.rss_bytes.as_ref();
    let Some((rss, seen)) = rss.and_then(|rss| Some((rss, rss.detectable_slope?))) else {
        return format!("Memory mapped outside the allocator was not looked for {zones}.");
    };
    let interval = rss.slope_interval.map_or(String::new(), |interval| {
        format!(
            " (95% confidence: {} to {})",
            number(interval.low),
            number(interval.high)
        )
    });
    format!(
        "Memory outside the heap shows in the resident set alone, whose slope was {} bytes an iteration {zones}\
         {interval}: the smallest slope that it could have told from zero is {}.",
        number(rss.slope),
        number(seen)
    )
}
