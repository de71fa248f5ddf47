//! What every workload is held against, loop or command: the baseline, and budgets.

use super::baseline::{Baseline, Known, limit};
use super::config::Tolerance;
use super::outcome::{Check, CheckKind, Status};
use harness_judge::figures::{Figure, Unit};
use harness_judge::growing::Site;
use harness_model::units::{bytes, figure, plural};

/// The checks of one workload.
pub struct Bench<'b> {
    of: &'b str,
    tolerance: Tolerance,
    /// Those that were made.
    pub checks: Vec<Check>,
}

impl<'b> Bench<'b> {
    /// None yet, of the workload of this name.
    pub fn new(of: &'b str, tolerance: Tolerance) -> Bench<'b> {
        Bench {
            of,
            tolerance,
            checks: Vec::new(),
        }
    }

    /// Holds what was seen against what is known of the workload, which it returns. `grows` tells in a clause how a site
    /// grows.
    pub fn against<'k>(
        &mut self,
        baseline: &'k Baseline,
        settings: &str,
        figures: &[Figure],
        sites: &[Site],
        grows: impl Fn(&Site) -> String,
    ) -> Option<&'k Known> {
        let known = baseline.known(self.of);
        match known {
            None => self.inconclusive(
                CheckKind::Baseline,
                "baseline",
                "the baseline does not know this workload: look at its report, and take it in with --accept --reason TEXT"
                    .to_owned(),
            ),
            Some(known) if known.settings != settings => self.inconclusive(
                CheckKind::Baseline,
                "baseline",
                format!(
                    "the baseline was taken with other options ({}, now {}): take it anew with --accept --reason TEXT",
                    shown(&known.settings),
                    shown(settings)
                ),
            ),
            Some(known) => {
                self.figures(known, figures);
                self.sites(known, sites, grows);
            }
        }
        known
    }

    /// Adds a check.
    pub fn add(
        &mut self,
        kind: CheckKind,
        name: &str,
        status: Status,
        message: String,
    ) -> &mut Check {
        let check = Check::new(kind, self.of, name, status);
        self.checks.push(Check { message, ..check });
        let last = self.checks.len() - 1;
        &mut self.checks[last]
    }

    /// Adds a check that could not be made.
    pub fn inconclusive(&mut self, kind: CheckKind, name: &str, message: String) {
        self.add(kind, name, Status::Inconclusive, message);
    }

    fn figures(&mut self, known: &Known, seen: &[Figure]) {
        for now in seen {
            let Some(best) = known.figures.iter().find(|best| best.name == now.name) else {
                if now.value > 0.0 {
                    let message = format!("{}, which the baseline does not know", worth(now));
                    self.add(CheckKind::Figure, &now.name, Status::Fail, message)
                        .measured = Some(now.value);
                }
                continue;
            };
            let most = limit(best.best, tolerance_of(self.tolerance, now.unit));
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

    fn sites(&mut self, known: &Known, seen: &[Site], grows: impl Fn(&Site) -> String) {
        let mut kept = 0;
        for site in seen {
            let before = known.sites.iter().find(|known| known.key() == site.key);
            let grows = grows(site);
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

    /// Holds a figure against its budget.
    pub fn within(&mut self, name: &str, value: Option<f64>, limit: f64, unit: Unit) {
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
}

fn shown(settings: &str) -> &str {
    if settings.is_empty() {
        "none"
    } else {
        settings
    }
}

fn worth(now: &Figure) -> String {
    worth_of(now.value, now.unit)
}

fn worth_of(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Rate | Unit::ResidentRate => format!("{} an iteration", plural(value, "byte")),
        Unit::Count => format!("{} an iteration", figure(value)),
        Unit::Live | Unit::Resident => bytes(value),
    }
}

fn tolerance_of(tolerance: Tolerance, unit: Unit) -> f64 {
    match unit {
        Unit::Rate | Unit::Count | Unit::Live => tolerance.exact,
        Unit::Resident | Unit::ResidentRate => tolerance.rss,
    }
}
