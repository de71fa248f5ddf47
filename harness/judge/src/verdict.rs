//! Concludes from the measurements: pass, leak or inconclusive, with what was found and what could not have been seen.
//!
//! Exact counters decide first. Where memory is expected to be flat, live memory after the warm-up has to be flat to the
//! byte. Where stores may grow, that is measured and named, and fails nothing; what fails is a block that nothing can
//! reach any more. The resident set is supporting evidence.

use crate::cause::is_too_short;
use crate::evidence::Evidence;
use crate::{agreement, cause, findings, sentence};
use harness_model::condition::{behind, under};
use harness_model::units::{figure, plural};
use harness_model::{
    Basis, CauseOfGrowth, Finding, FindingKind, Instrument, Outcome, Probe, Run, Verdict,
};

/// Concludes.
pub fn judge(evidence: &Evidence<'_>) -> Verdict {
    let findings = findings::find(evidence);
    let doubts = doubts(evidence, &findings);
    let causes = causes(evidence);
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
        exit_code: outcome.exit_code(),
        sentence: sentence::sentence(evidence, &findings, &causes, &doubts, outcome),
        agreement: agreement::agreement(evidence),
        blind_spots: blind_spots(evidence),
        causes,
        findings,
    }
}

/// Why memory grows in each loop.
fn causes(evidence: &Evidence<'_>) -> Vec<CauseOfGrowth> {
    let decide = |run: &Run| {
        let mut ledgers = evidence.ledgers.iter();
        let ledger = ledgers.find(|one| one.condition == run.condition);
        let pair = evidence.reachability_of(&run.condition);
        cause::decide(run, ledger, pair)
    };
    evidence.runs.iter().map(decide).collect()
}

/// What keeps a run without a leak from being a pass, one clause each.
fn doubts(evidence: &Evidence<'_>, findings: &[Finding]) -> Vec<String> {
    let mut doubts = Vec::new();
    if evidence.interrupted {
        doubts.push("the run was stopped before its end".to_owned());
    }
    for run in evidence.runs {
        doubts.extend(doubts_of(run, evidence));
    }
    for stacks in evidence.stacks {
        if let Probe::Failed { reason, .. } = &stacks.result {
            let title = stacks.instrument.title();
            doubts.push(format!("{title} came to no result: {reason}"));
        }
    }
    for missing in &evidence.missing {
        doubts.push(format!("{missing} is required and gave no result"));
    }
    for finding in findings {
        if finding.kind == FindingKind::OneOff && finding.evidence == Instrument::Counters {
            let run = evidence.run(&finding.condition);
            if run.is_some_and(findings::rose_at_the_end) {
                doubts.push(format!(
                    "{}, too late to see whether it comes again",
                    finding.message
                ));
            }
        }
    }
    let silent = evidence
        .stacks
        .iter()
        .all(|stacks| stacks.result.ran().is_none());
    if evidence.runs.is_empty() && silent {
        doubts.push("nothing was measured".to_owned());
    }
    doubts
}

fn doubts_of(run: &Run, evidence: &Evidence<'_>) -> Vec<String> {
    let mut doubts = Vec::new();
    let under_it = behind(&run.condition);
    if let Some(failure) = run.failure.as_ref().filter(|_| !evidence.interrupted) {
        doubts.push(format!("the loop{under_it} {failure}"));
    }
    let live = run.live_bytes.shape.graver(run.live_blocks.shape);
    if run.iterations == 0 {
        doubts.push(format!("no iteration{under_it} was measured"));
    } else if is_too_short(run) {
        let iterations = plural(run.iterations as f64, "iteration");
        doubts.push(format!(
            "{iterations}{under_it} cannot tell whether memory grows"
        ));
    } else if evidence.is_flat(&run.condition) && live.is_open() {
        doubts.push(format!(
            "live memory rose{under_it}, and {} iterations are too few to tell growth from buffers that are grown once",
            run.iterations
        ));
    }
    doubts
}

/// What the run could not have seen.
fn blind_spots(evidence: &Evidence<'_>) -> Vec<String> {
    let mut spots = Vec::new();
    let measured = || evidence.runs.iter().filter(|run| run.iterations > 0);
    let flat = measured().filter(|run| evidence.is_flat(&run.condition));
    spots.extend(flat.filter_map(where_flat));
    if let Some(stacks) = evidence.reachability() {
        let title = stacks.instrument.title();
        match &stacks.result {
            Probe::Ran(report) => {
                if let Some(pair) = report.pairs.first() {
                    spots.push(format!(
                        "{title} saw {} iterations over the texts of the first {}: what only other texts lead to it \
                         could not see.",
                        pair.long.iterations, pair.short.iterations
                    ));
                }
            }
            Probe::NotRun { reason, .. } | Probe::Failed { reason, .. } => spots.push(format!(
                "Blocks that nothing can reach are not told from blocks that are held, for want of {title} ({reason})."
            )),
        }
    }
    for condition in &evidence.unmeasured {
        spots.push(format!("Nothing was measured{}.", behind(condition)));
    }
    spots.extend(measured().map(outside_the_heap));
    spots.push(format!(
        "Each loop went through the same {} iterations of texts again and again: other texts, errors and threads were \
         not tried.",
        evidence.cycle
    ));
    spots
}

/// What the exact counters would have seen where memory should be flat, if they are exact: fewer than one byte in every
/// quarter of the run looks like a buffer that is grown once.
fn where_flat(run: &Run) -> Option<String> {
    let live = &run.live_bytes;
    let least = live.minimum_detectable_effect?;
    let clause = match live.basis {
        Basis::Exact => format!(
            "it would have seen growth down to 1 byte in {} iterations; what is kept less often than that looks like a \
             buffer that is grown once",
            figure((1.0 / least).round())
        ),
        Basis::Statistical => format!(
            "live memory comes and goes: growth by less than {} bytes an iteration is not told from that",
            figure(least)
        ),
    };
    Some(sentence::sentence_of(&[under(&run.condition, &clause)]))
}

/// What the resident set says of memory that the counters do not see: mappings and the allocator's own.
fn outside_the_heap(run: &Run) -> String {
    let under_it = behind(&run.condition);
    let rss = run.rss_bytes.as_ref();
    let Some((rss, least)) = rss.and_then(|rss| Some((rss, rss.minimum_detectable_effect?))) else {
        return format!("Memory mapped outside the allocator was not looked for{under_it}.");
    };
    let interval = rss.slope_interval.map_or(String::new(), |interval| {
        format!(
            " (95% confidence: {} to {})",
            figure(interval.low),
            figure(interval.high)
        )
    });
    format!(
        "Memory outside the heap shows in the resident set alone, whose slope was {} bytes an iteration{under_it}\
         {interval}: the smallest slope that it could have told from zero is {}.",
        figure(rss.slope),
        figure(least)
    )
}
