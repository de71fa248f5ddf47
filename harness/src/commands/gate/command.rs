//! Judges what the runs of a command showed, by the configuration and the baseline. Like the judge of loops it sees values
//! alone.

use super::baseline::{Baseline, limit};
use super::bench::Bench;
use super::config::Config;
use super::config::command::Watched;
use super::outcome::{Check, CheckKind, Sensitivity, Status};
use crate::commands::run::gain;
use harness_judge::figures::{Unit, growth_of, of_program, unit_of};
use harness_judge::growing::{self, Site, condition_of};
use harness_model::Outcome;
use harness_model::program::{ProgramSummary, Resource};
use harness_model::units::{several, words};

/// What was measured of a command, and what it is judged by.
pub struct Ran<'m> {
    /// Its part of the configuration.
    pub command: &'m Watched,
    /// Its runs; the files as they are written from the directory of the run.
    pub summary: &'m ProgramSummary,
}

/// The bytes of the blocks by which it is told what would have been caught.
const EXAMPLE_BYTES: f64 = 24.0;
/// Blocks that have to come between two counts, to be told from what is taken once.
const CLEAR_RISE: f64 = 3.0;

/// Judges a command.
pub fn judge(ran: &Ran<'_>, config: &Config, baseline: &Baseline) -> Vec<Check> {
    let Ran { command, summary } = ran;
    let mut bench = Bench::new(&command.name, config.tolerance);
    soundness(summary, &mut bench);
    bench.against(
        baseline,
        &command.settings,
        &of_program(summary),
        &growing::of_program(summary),
        |site| site_grows(summary, site),
    );
    if summary.verdict.outcome == Outcome::Leak && summary.verdict.growth.is_empty() {
        // Never met; but a verdict without its growth is no pass.
        let sentence = summary.verdict.sentence.clone();
        bench.add(CheckKind::Verdict, "verdict", Status::Fail, sentence);
    }
    budget(ran, &mut bench);
    bench.checks
}

/// Whether everything that was to be measured was.
fn soundness(summary: &ProgramSummary, bench: &mut Bench<'_>) {
    let mut doubts = Vec::new();
    if summary.counts.is_empty() {
        doubts.push("the command was not run".to_owned());
    }
    if summary.interrupted {
        doubts.push("it was stopped before its end".to_owned());
    }
    if summary.verdict.outcome == Outcome::Inconclusive {
        doubts.push(summary.verdict.sentence.clone());
    }
    if !doubts.is_empty() {
        bench.inconclusive(CheckKind::Measured, "measured", doubts.join("; "));
        return;
    }
    let counts: Vec<String> = summary
        .counts_run()
        .into_iter()
        .map(harness_model::units::count)
        .collect();
    let message = match summary.options.repeat {
        true => several(summary.counts.len() as u64, "run"),
        false => format!("with {} iterations", counts.join(", ")),
    };
    bench.add(CheckKind::Measured, "measured", Status::Pass, message);
}

fn budget(ran: &Ran<'_>, bench: &mut Bench<'_>) {
    let seen = of_program(ran.summary);
    for (&resource, &limit) in &ran.command.budget.growth {
        let name = growth_of(resource);
        let value = seen.iter().find(|figure| figure.name == name);
        bench.within(
            &name,
            value.map(|figure| figure.value),
            limit,
            unit_of(resource),
        );
    }
    if let Some(limit) = ran.command.budget.rss_mib {
        let runs = ran.summary.counts.iter();
        let most = runs.filter_map(|run| run.resident_peak_bytes).max();
        let limit = limit * 1024.0 * 1024.0;
        let most = most.map(|most| most as f64);
        bench.within("resident at most", most, limit, Unit::Resident);
    }
}

/// How a site grows, and why it stays.
fn site_grows(summary: &ProgramSummary, site: &Site) -> String {
    let of_site = summary.verdict.growth.iter().filter(|growth| {
        condition_of(growth) == site.key.condition
            && growth.sites.iter().any(|one| one.place == site.place)
    });
    let mut resource = Resource::Heap;
    let mut causes: Vec<String> = Vec::new();
    for growth in of_site {
        resource = growth.resource;
        let cause = words(growth.cause.name());
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    format!(
        "gains {} an iteration {} ({})",
        gain(
            resource,
            site.bytes_per_iteration,
            site.blocks_per_iteration
        ),
        site.key.condition,
        causes.join(", ")
    )
}

/// The least growth that these checks would have failed, in blocks of a size that is told.
pub fn sensitivity(ran: &Ran<'_>, config: &Config, baseline: &Baseline) -> Option<Sensitivity> {
    let Ran { command, summary } = ran;
    let visible = EXAMPLE_BYTES * least_visible(summary)?;
    let name = growth_of(Resource::Heap);
    let seen = of_program(summary);
    let value = seen.iter().find(|figure| figure.name == name)?.value;
    let known = baseline.known(&command.name)?;
    let best = known.figures.iter().find(|best| best.name == name)?;
    let slack = limit(best.best, config.tolerance.exact) - value;
    Some(Sensitivity {
        of: command.name.clone(),
        condition: format!("in blocks of {EXAMPLE_BYTES} bytes"),
        bytes_per_iteration: slack.max(visible),
    })
}

/// The fewest blocks an iteration that are told from what is taken once: some have to come between the two greatest
/// counts, and one before them. None where fewer than three counts were run.
fn least_visible(summary: &ProgramSummary) -> Option<f64> {
    if summary.options.repeat {
        // What is lost in every run is lost.
        return Some(1.0);
    }
    match summary.counts_run()[..] {
        [.., a, b, c] => {
            let (first, last) = ((b - a) as f64, (c - b) as f64);
            Some((CLEAR_RISE / last).max(1.0 / first))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
