//! Judges what was measured by the configuration and the baseline. It sees values alone: measurements that are missing,
//! empty or broken are values too, and never lead to a pass.

use super::baseline::{Baseline, Known, KnownSite, limit};
use super::config::{Budget, Config, Tolerance, Workload};
use super::outcome::{Check, CheckKind, Sensitivity, Status};
use crate::commands::main::tools;
use crate::workload::Zones;
use harness_judge::figures;
use harness_judge::figures::{Figure, Unit};
use harness_judge::growing;
use harness_judge::growing::Site;
use harness_model::Instrument;
use harness_model::condition::behind;
use harness_model::units::{bytes, plural};
use harness_model::{
    Expectation, Finding, FindingKind, Outcome, Place, Probe, Shape, SiteReport, Stacks, Summary,
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
        tolerance: config.tolerance,
        checks: Vec::new(),
    };
    judge.soundness();
    let known = baseline.known(&workload.name);
    match known {
        None => judge.inconclusive(
            CheckKind::Baseline,
            "baseline",
            "the baseline does not know this workload: look at its report, and take it in with --accept --reason TEXT"
                .to_owned(),
        ),
        Some(known) if known.settings != workload.settings => judge.inconclusive(
            CheckKind::Baseline,
            "baseline",
            format!(
                "the baseline was taken with other options ({}, now {}): take it anew with --accept --reason TEXT",
                shown(&known.settings),
                shown(&workload.settings)
            ),
        ),
        Some(known) => {
            judge.figures(known);
            judge.sites(known);
        }
    }
    judge.findings(known);
    judge.hidden();
    judge.budget(&workload.budget);
    judge.checks
}

fn shown(settings: &str) -> &str {
    if settings.is_empty() {
        "none"
    } else {
        settings
    }
}

struct Judge<'j> {
    workload: &'j Workload,
    summary: &'j Summary,
    tolerance: Tolerance,
    checks: Vec<Check>,
}

impl Judge<'_> {
    fn add(&mut self, kind: CheckKind, name: &str, status: Status, message: String) -> &mut Check {
        let check = Check::new(kind, &self.workload.name, name, status);
        self.checks.push(Check { message, ..check });
        let last = self.checks.len() - 1;
        &mut self.checks[last]
    }

    fn inconclusive(&mut self, kind: CheckKind, name: &str, message: String) {
        self.add(kind, name, Status::Inconclusive, message);
    }

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
                    "the loop {phrase} ended after {} of {} iterations",
                    run.iterations, spec.iters
                ));
            }
            if run.live_bytes.max == 0 || run.live_blocks.max == 0 {
                doubts.push(format!("the counters counted nothing at all {phrase}"));
            }
            if run.live_bytes.shape == Shape::Inconclusive {
                doubts.push(format!(
                    "{} iterations {phrase} are too few to judge",
                    run.iterations
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
            self.add(
                CheckKind::Measured,
                "measured",
                Status::Pass,
                names.join(", "),
            );
        } else {
            self.inconclusive(CheckKind::Measured, "measured", doubts.join("; "));
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
            self.add(CheckKind::Verdict, "verdict", Status::Fail, sentence);
            return;
        }
        if fails.is_empty() {
            self.add(
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
            let check = self.add(CheckKind::Verdict, "verdict", status, message);
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
            let check = self.add(CheckKind::Hidden, &name, Status::Hidden, hidden.describe());
            check.measured = Some(hidden.bytes_per_iteration);
            check.place = Place::of_line(&hidden.file, hidden.line);
        }
    }

    fn figures(&mut self, known: &Known) {
        let seen = figures::of(self.summary);
        for now in &seen {
            let Some(best) = known.figures.iter().find(|best| best.name == now.name) else {
                if now.value > 0.0 {
                    let message = format!("{}, which the baseline does not know", worth(now));
                    self.add(CheckKind::Figure, &now.name, Status::Fail, message)
                        .measured = Some(now.value);
                }
                continue;
            };
            let most = limit(best.best, self.tolerance(now.unit));
            let above = now.value > most;
            let message = if above {
                format!(
                    "{}, and the best was {} on {}",
                    worth(now),
                    worth_of(best.best, now.unit),
                    best.date
                )
            } else {
                worth(now)
            };
            let status = if above { Status::Fail } else { Status::Pass };
            let check = self.add(CheckKind::Figure, &now.name, status, message);
            (check.measured, check.limit) = (Some(now.value), Some(most));
        }
        for best in &known.figures {
            if !seen.iter().any(|now| now.name == best.name) {
                let message = "the baseline knows it, and this run has not measured it".to_owned();
                self.inconclusive(CheckKind::Figure, &best.name, message);
            }
        }
    }

    fn sites(&mut self, known: &Known) {
        let seen = growing::of(self.summary);
        let mut kept = 0;
        for site in &seen {
            let before = known.sites.iter().find(|known| known.key() == site.key);
            let grows = site_grows(site);
            let Some(before) = before else {
                let message = format!("{} {grows}: the baseline does not know it", site.place);
                self.add_site(site, CheckKind::NewSite, "new site", message);
                continue;
            };
            let most = limit(before.bytes_per_iteration, self.tolerance.exact);
            let blocks = limit(before.blocks_per_iteration, self.tolerance.exact);
            if site.bytes_per_iteration > most || site.blocks_per_iteration > blocks {
                let message = format!(
                    "{} {grows}, and the best was {} in {} on {}",
                    site.place,
                    plural(before.bytes_per_iteration, "byte"),
                    plural(before.blocks_per_iteration, "block"),
                    before.date
                );
                self.add_site(site, CheckKind::GrownSite, "grown site", message)
                    .limit = Some(most);
            } else {
                kept += 1;
            }
        }
        if kept == seen.len() {
            let message = match kept {
                0 => "none grows".to_owned(),
                1 => "1 known site, no higher than its baseline".to_owned(),
                _ => format!("{kept} known sites, none higher than its baseline"),
            };
            self.add(CheckKind::Sites, "sites", Status::Pass, message);
        }
    }

    fn add_site(
        &mut self,
        site: &Site,
        kind: CheckKind,
        name: &str,
        message: String,
    ) -> &mut Check {
        let check = self.add(kind, name, Status::Fail, message);
        check.measured = Some(site.bytes_per_iteration);
        check.place = site.place.clone().into();
        check.fingerprint = Some(site.key.fingerprint.clone());
        check.seen = Some(format!(
            "{} by {} {}",
            site.key.held.name(),
            site.key.seen_by,
            site.key.condition
        ));
        check
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
            self.within(&name, of(&name), limit, Unit::Rate);
        }
        for (store, &limit) in &budget.without_zones {
            let name = store_figure(store);
            self.within(&name, of(&name), limit, Unit::Rate);
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
            self.within(
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
            self.within("resident growth with zones", certain, limit, Unit::Rate);
        }
    }

    fn within(&mut self, name: &str, value: Option<f64>, limit: f64, unit: Unit) {
        let name = format!("budget: {name}");
        let Some(value) = value else {
            self.inconclusive(
                CheckKind::Budget,
                &name,
                "there is a budget for it, and it was not measured".to_owned(),
            );
            return;
        };
        let status = if value > limit {
            Status::Fail
        } else {
            Status::Pass
        };
        let message = format!(
            "{}, at most {}",
            worth_of(value, unit),
            worth_of(limit, unit)
        );
        let check = self.add(CheckKind::Budget, &name, status, message);
        (check.measured, check.limit) = (Some(value), Some(limit));
    }

    fn tolerance(&self, unit: Unit) -> f64 {
        tolerance_of(self.tolerance, unit)
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

fn tolerance_of(tolerance: Tolerance, unit: Unit) -> f64 {
    match unit {
        Unit::Rate | Unit::Live => tolerance.exact,
        Unit::Resident => tolerance.rss,
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

fn worth(figure: &Figure) -> String {
    worth_of(figure.value, figure.unit)
}

fn worth_of(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Rate => format!("{} an iteration", plural(value, "byte")),
        Unit::Live | Unit::Resident => bytes(value),
    }
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
