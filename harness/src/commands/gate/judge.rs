//! Judges what was measured by the configuration and the baseline. It sees values alone: measurements that are missing,
//! empty or broken are values too, and never lead to a pass.

use super::baseline::{Baseline, Known, KnownSite, limit};
use super::bench::Bench;
use super::config::{Budget, Config, Workload};
use super::outcome::{Check, CheckKind, Sensitivity, Status};
use crate::commands::main::tools;
use crate::workload::Zones;
use harness_judge::figures;
use harness_judge::figures::Unit;
use harness_judge::growing;
use harness_judge::growing::Site;
use harness_model::Instrument;
use harness_model::condition::behind;
use harness_model::units::{plural, several};
use harness_model::{
    Expectation, Finding, FindingKind, Outcome, Place, Probe, SiteReport, Stacks, Summary,
};

/// What was measured of a workload, and what it is judged by.
pub struct Measured<'m> {
    /// Its part of the configuration.
    pub workload: &'m Workload,
    /// Its run.
    pub summary: &'m Summary,
}

/// Judges a workload.
pub fn judge(measured: &Measured<'_>, config: &Config, baseline: &Baseline) -> Vec<Check> {
    let Measured { workload, summary } = measured;
    let mut judge = Judge {
        workload,
        summary,
        bench: Bench::new(&workload.name, config.tolerance),
    };
    judge.soundness();
    let known = judge.bench.against(
        baseline,
        &workload.settings,
        &figures::of(summary),
        &growing::of(summary),
        site_grows,
    );
    judge.findings(known);
    judge.hidden();
    judge.budget(&workload.budget);
    judge.bench.checks
}

struct Judge<'j> {
    workload: &'j Workload,
    summary: &'j Summary,
    bench: Bench<'j>,
}

impl Judge<'_> {
    /// Whether everything that was to be measured was.
    fn soundness(&mut self) {
        let mut doubts = Vec::new();
        let spec = &self.workload.spec;
        let wants = |instrument| spec.wants(instrument);
        let loops = spec.zones.loops();
        for &zones in loops {
            let phrase = zones.phrase();
            let Some(run) = self.summary.run(phrase) else {
                doubts.push(format!("the loop {phrase} was not measured"));
                continue;
            };
            if !run.completed || run.iterations < spec.iters {
                doubts.push(format!(
                    "the loop {phrase} ended after {} of {}",
                    run.iterations,
                    several(spec.iters, "iteration")
                ));
            }
            if run.live_bytes.max == 0 || run.live_blocks.max == 0 {
                doubts.push(format!("the counters counted nothing at all {phrase}"));
            }
            if run.live_bytes.shape.is_open() {
                doubts.push(format!(
                    "{} {phrase}: too few to judge",
                    several(run.iterations, "iteration")
                ));
            }
            if wants(Instrument::Rss) && run.rss_bytes.as_ref().is_none_or(|rss| rss.max == 0) {
                doubts.push(format!("the resident set was not measured {phrase}"));
            }
        }
        for Stacks { instrument, result } in &self.summary.stacks {
            let name = instrument.name();
            match result {
                Probe::Ran(report) => {
                    for &zones in loops {
                        let pair = report.pair(zones.phrase());
                        // A live program holds something: a tool that saw nothing saw nothing of it.
                        if pair.is_none_or(|pair| pair.long.seen_bytes == 0) {
                            doubts.push(format!("{name} saw nothing {}", zones.phrase()));
                        }
                    }
                }
                Probe::NotRun { reason, .. } | Probe::Failed { reason, .. }
                    if wants(*instrument) =>
                {
                    doubts.push(format!("{name} gave no result: {reason}"));
                }
                Probe::NotRun { .. } | Probe::Failed { .. } => {}
            }
        }
        for asked in Instrument::ALL {
            let knows_stacks = tools::STACKS.iter().any(|(known, _)| *known == asked);
            if knows_stacks && wants(asked) && self.summary.stacks(asked).is_none() {
                doubts.push(format!("{} is not in the report", asked.name()));
            }
        }
        if self.summary.verdict.outcome == Outcome::Inconclusive {
            doubts.push(self.summary.verdict.sentence.clone());
        }
        if doubts.is_empty() {
            let instruments = &spec.probes;
            let names: Vec<&str> = instruments.iter().map(|probe| probe.name()).collect();
            self.bench.add(
                CheckKind::Measured,
                "measured",
                Status::Pass,
                names.join(", "),
            );
        } else {
            self.bench
                .inconclusive(CheckKind::Measured, "measured", doubts.join("; "));
        }
    }

    /// What the main job's verdict fails, but for what the baseline knows.
    fn findings(&mut self, known: Option<&Known>) {
        let fails: Vec<&Finding> = self
            .summary
            .verdict
            .findings
            .iter()
            .filter(|f| f.fails)
            .collect();
        if fails.is_empty() && self.summary.verdict.outcome == Outcome::Leak {
            // Never met; but a verdict without a finding is no pass.
            let sentence = self.summary.verdict.sentence.clone();
            self.bench
                .add(CheckKind::Verdict, "verdict", Status::Fail, sentence);
            return;
        }
        if fails.is_empty() {
            self.bench.add(
                CheckKind::Verdict,
                "verdict",
                Status::Pass,
                "nothing is lost, nothing grows in zones".to_owned(),
            );
            return;
        }
        for finding in fails {
            let covered = known.and_then(|known| covering(known, finding));
            let (status, message) = match covered {
                Some(site) => (
                    Status::Pass,
                    format!(
                        "{}: known since {}, {}",
                        finding.message, site.date, site.reason
                    ),
                ),
                None => (Status::Fail, finding.message.clone()),
            };
            let check = self
                .bench
                .add(CheckKind::Verdict, "verdict", status, message);
            check.measured = Some(finding.bytes_per_iteration);
            check.seen = Some(format!("{} {}", what(finding.kind), finding.condition));
            check.place = finding.place.clone();
        }
    }

    /// What suppressions hid from valgrind's part: no failure, and no secret either.
    fn hidden(&mut self) {
        let summary = self.summary;
        let reports = summary.stacks.iter().filter_map(|one| one.result.ran());
        for (condition, hidden) in reports.flat_map(SiteReport::hidden) {
            let name = format!("hidden{}: {}", behind(condition), hidden.name);
            let check = self
                .bench
                .add(CheckKind::Hidden, &name, Status::Hidden, hidden.describe());
            check.measured = Some(hidden.bytes_per_iteration);
            check.place = Place::of_line(&hidden.file, hidden.line);
        }
    }

    fn budget(&mut self, budget: &Budget) {
        let seen = figures::of(self.summary);
        let of = |name: &str| {
            seen.iter()
                .find(|figure| figure.name == name)
                .map(|f| f.value)
        };
        if let Some(limit) = budget.with_zones {
            let name = figures::kept(Zones::On.phrase());
            self.bench.within(&name, of(&name), limit, Unit::Rate);
        }
        for (store, &limit) in &budget.without_zones {
            let name = store_figure(store);
            self.bench.within(&name, of(&name), limit, Unit::Rate);
        }
        let rss = || {
            self.summary
                .runs
                .iter()
                .filter_map(|run| Some((run.condition.as_str(), run.rss_bytes.as_ref()?)))
        };
        if let Some(limit) = budget.rss_mib {
            let most = rss().map(|(_, series)| series.max).max();
            let limit = limit * 1024.0 * 1024.0;
            self.bench.within(
                "resident at most",
                most.map(|most| most as f64),
                limit,
                Unit::Resident,
            );
        }
        if let Some(limit) = budget.rss_per_iteration {
            let with_zones = rss().find(|(condition, _)| *condition == Zones::On.phrase());
            // What is certain of the growth; a slope without a margin says nothing.
            let certain = with_zones.and_then(|(_, series)| Some(series.slope_interval?.low));
            self.bench
                .within("resident growth with zones", certain, limit, Unit::Rate);
        }
    }
}

fn what(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Lost => "lost",
        FindingKind::Growth | FindingKind::StoreGrowth => "grows",
        FindingKind::Unaccounted => "in no store",
        FindingKind::OneOff => "once",
    }
}

fn store_figure(store: &str) -> String {
    let without = Zones::Off.phrase();
    match store {
        "unaccounted" => figures::in_no_store(without),
        name => figures::store(without, name),
    }
}

fn site_grows(site: &Site) -> String {
    format!(
        "gains {} in {} an iteration {} ({} by {})",
        plural(site.bytes_per_iteration, "byte"),
        plural(site.blocks_per_iteration, "block"),
        site.key.condition,
        site.key.held.name(),
        site.key.seen_by
    )
}

/// The known site that a finding is about: of the same function, file and loop, and lost if the finding is.
fn covering<'k>(known: &'k Known, finding: &Finding) -> Option<&'k KnownSite> {
    let function = finding.place.function.as_ref()?;
    let lost = finding.kind == FindingKind::Lost;
    known.sites.iter().find(|site| {
        site.function == *function
            && site.file == finding.place.file
            && site.condition == finding.condition
            && (site.held == growing::Held::Lost || !lost)
    })
}

/// The least growth of each loop that these checks would have failed.
pub fn sensitivity(
    measured: &Measured<'_>,
    config: &Config,
    baseline: &Baseline,
) -> Vec<Sensitivity> {
    let Measured { workload, summary } = measured;
    let seen = figures::of(summary);
    let known = baseline.known(&workload.name);
    let mut told = Vec::new();
    for run in &summary.runs {
        let is_flat = summary.expects(&run.condition) == Expectation::Flat;
        let (name, budget, series) = if is_flat {
            let name = figures::kept(&run.condition);
            (name, workload.budget.with_zones, &run.live_bytes)
        } else {
            let name = figures::in_no_store(&run.condition);
            let budget = workload.budget.without_zones.get("unaccounted");
            (name, budget.copied(), &run.unaccounted)
        };
        let best = known.and_then(|known| known.figures.iter().find(|best| best.name == name));
        let by_baseline = best.map(|best| limit(best.best, config.tolerance.exact));
        let value = seen
            .iter()
            .find(|figure| figure.name == name)
            .map(|f| f.value);
        let lowest = [budget, by_baseline]
            .into_iter()
            .flatten()
            .min_by(f64::total_cmp);
        let (Some(value), Some(lowest)) = (value, lowest) else {
            continue;
        };
        // Less than what the series could have shown it cannot have caught, whatever the limit.
        let Some(visible) = series.minimum_detectable_effect else {
            continue;
        };
        told.push(Sensitivity {
            of: workload.name.clone(),
            condition: run.condition.clone(),
            bytes_per_iteration: (lowest - value).max(visible),
        });
    }
    told
}
