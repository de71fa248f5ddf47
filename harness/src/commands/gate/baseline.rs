//! The committed baseline: what is known to grow, and the least that was ever seen of every figure. A ratchet: it goes
//! down by itself where somebody asks for it, and up only where somebody gives a reason.
//!
//! A run is held against the best that was ever seen and not against the run before. Whoever compares with the run
//! before lets any growth pass that comes in small enough steps.

use crate::files::Named;
use crate::report::document;
use crate::workload::Zones;
use harness_judge::figures::{Figure, Unit};
use harness_judge::growing::{Site, SiteKey};
use serde::{Deserialize, Deserializer, Serialize};
use std::io::ErrorKind;
use std::path::Path;

/// The version of the file's form.
const VERSION: u32 = 1;

/// The file `leak-baseline.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of the file's form.
    pub version: u32,
    /// What is known of each workload.
    pub workloads: Vec<Known>,
}

/// What is known of a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its name in the configuration.
    pub name: String,
    /// The options that it ran with: figures of other options are not comparable.
    pub settings: String,
    /// The least that was ever seen of each figure.
    pub figures: Vec<Best>,
    /// The sites that are known to grow.
    pub sites: Vec<KnownSite>,
}

/// The least that was ever seen of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// The figure.
    pub name: String,
    /// Bytes, or bytes per iteration.
    pub best: f64,
    /// Why it was let in at this height.
    pub reason: String,
    /// The day on which it was last changed.
    pub date: String,
}

/// A site that is known to grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownSite {
    /// The instrument that sees it.
    pub seen_by: String,
    /// The condition under which it grows.
    #[serde(alias = "zones", deserialize_with = "condition")]
    pub condition: String,
    /// How its blocks are held.
    pub held: harness_judge::growing::Held,
    /// Its name, which outlives moved lines.
    pub fingerprint: String,
    /// The function, for people.
    pub function: String,
    /// Its file.
    pub file: Option<String>,
    /// The least bytes per iteration that were ever seen of it.
    pub bytes_per_iteration: f64,
    /// The least blocks per iteration.
    pub blocks_per_iteration: f64,
    /// Why it was let in.
    pub reason: String,
    /// The day on which it was last changed.
    pub date: String,
}

/// A condition's name. Baselines of before conditions had names say `on` for zones, and `off` for none.
fn condition<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    Ok(match name.as_str() {
        "on" => Zones::On.phrase().to_owned(),
        "off" => Zones::Off.phrase().to_owned(),
        _ => name,
    })
}

impl KnownSite {
    /// What it is known by.
    pub fn key(&self) -> SiteKey {
        SiteKey {
            seen_by: self.seen_by.clone(),
            condition: self.condition.clone(),
            held: self.held,
            fingerprint: self.fingerprint.clone(),
        }
    }
}

/// What a run showed of a workload: what a baseline is held against, and made of.
pub struct Seen<'s> {
    /// The workload's name.
    pub name: &'s str,
    /// The options that it ran with.
    pub settings: &'s str,
    /// Its figures.
    pub figures: &'s [Figure],
    /// Its growing sites.
    pub sites: &'s [Site],
}

/// Whether a value is less than what was known by more than rounding. The resident set varies, and is better only where
/// it is better by a twentieth.
pub fn is_better(value: f64, known: f64, unit: Unit) -> bool {
    let noise = match unit {
        Unit::Rate => 1e-9,
        // How long a path or an environment is may show here.
        Unit::Live => 0.001,
        Unit::Resident => 0.05,
    };
    value < known * (1.0 - noise)
}

/// The most that a value may be.
pub fn limit(known: f64, tolerance: f64) -> f64 {
    // A part in 10^9 is what sums of fractions come apart by.
    known * (1.0 + tolerance + 1e-9)
}

impl Baseline {
    /// One that knows nothing.
    pub fn empty() -> Baseline {
        Baseline {
            version: VERSION,
            workloads: Vec::new(),
        }
    }

    /// Reads a file; None where there is none.
    ///
    /// # Errors
    ///
    /// A sentence for the user: it cannot be read, or is no baseline.
    pub fn read(path: &Path) -> Result<Option<Baseline>, String> {
        let shown = printable::path(&path);
        let text = match crate::files::read_text(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot read the baseline {shown}: {error}")),
        };
        Baseline::parse(&text)
            .map(Some)
            .map_err(|why| format!("the baseline {shown} cannot be used: {why}"))
    }

    /// Reads a baseline's text.
    ///
    /// # Errors
    ///
    /// A clause for the user: it is no baseline.
    pub fn parse(text: &str) -> Result<Baseline, String> {
        let baseline: Baseline = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if baseline.version != VERSION {
            return Err(format!(
                "it is of version {}, and this program knows version {VERSION}",
                baseline.version
            ));
        }
        let known = baseline.workloads.iter();
        let mut values = known.flat_map(|known| {
            let bests = known.figures.iter().map(|figure| figure.best);
            let sites = known.sites.iter();
            bests
                .chain(sites.flat_map(|site| [site.bytes_per_iteration, site.blocks_per_iteration]))
        });
        if values.any(|value| value < 0.0) {
            return Err("it has a figure below 0".to_owned());
        }
        Ok(baseline)
    }

    /// Writes the file, whole or not at all. One that is there keeps its mode, and may be a link.
    ///
    /// # Errors
    ///
    /// A sentence for the user.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let json = document(self).map_err(|error| error.to_string())?;
        Named::new(path, None)
            .replace(&json)
            .map_err(|error| format!("cannot write the baseline: {error}"))
    }

    /// What is known of a workload.
    pub fn known(&self, name: &str) -> Option<&Known> {
        self.workloads.iter().find(|known| known.name == name)
    }

    /// Takes over what got better and drops what is gone; nothing goes up, and nothing comes in. Says what was changed,
    /// a line each.
    pub fn lower(&mut self, seen: &Seen<'_>, date: &str) -> Vec<String> {
        let mut changes = Vec::new();
        let Some(known) = self
            .workloads
            .iter_mut()
            .find(|known| known.name == seen.name)
        else {
            return changes;
        };
        for best in &mut known.figures {
            let now = seen.figures.iter().find(|figure| figure.name == best.name);
            if let Some(now) = now.filter(|now| is_better(now.value, best.best, now.unit)) {
                changes.push(change(seen.name, &best.name, best.best, now.value));
                (best.best, best.date) = (now.value, date.to_owned());
            }
        }
        known.sites.retain_mut(|site| {
            let now = seen.sites.iter().find(|now| now.key == site.key());
            let (bytes, blocks) = now.map_or((0.0, 0.0), |now| {
                (now.bytes_per_iteration, now.blocks_per_iteration)
            });
            let better = is_better(bytes, site.bytes_per_iteration, Unit::Rate);
            if better || now.is_none() {
                let name = format!(
                    "{} ({} by {})",
                    site.function,
                    site.held.name(),
                    site.seen_by
                );
                changes.push(change(seen.name, &name, site.bytes_per_iteration, bytes));
                site.date = date.to_owned();
            }
            site.bytes_per_iteration = site.bytes_per_iteration.min(bytes);
            site.blocks_per_iteration = site.blocks_per_iteration.min(blocks);
            now.is_some()
        });
        changes
    }

    /// Takes a run as it is for what is known, with a reason for everything that is new or higher.
    pub fn accept(&mut self, seen: &Seen<'_>, reason: &str, date: &str) {
        let old = self.known(seen.name).cloned().unwrap_or_default();
        let figures = seen.figures.iter().map(|figure| {
            let same = old.figures.iter().find(|best| best.name == figure.name);
            match same.filter(|best| best.best == figure.value) {
                Some(best) => best.clone(),
                None => Best {
                    name: figure.name.clone(),
                    best: figure.value,
                    reason: reason.to_owned(),
                    date: date.to_owned(),
                },
            }
        });
        let sites = seen.sites.iter().map(|site| {
            let same = old.sites.iter().find(|known| known.key() == site.key);
            match same.filter(|known| known.bytes_per_iteration == site.bytes_per_iteration) {
                Some(known) => known.clone(),
                None => KnownSite {
                    seen_by: site.key.seen_by.clone(),
                    condition: site.key.condition.clone(),
                    held: site.key.held,
                    fingerprint: site.key.fingerprint.clone(),
                    function: site.function.clone(),
                    file: site.file.clone(),
                    bytes_per_iteration: site.bytes_per_iteration,
                    blocks_per_iteration: site.blocks_per_iteration,
                    reason: reason.to_owned(),
                    date: date.to_owned(),
                },
            }
        });
        let known = Known {
            name: seen.name.to_owned(),
            settings: seen.settings.to_owned(),
            figures: figures.collect(),
            sites: sites.collect(),
        };
        match self
            .workloads
            .iter_mut()
            .find(|known| known.name == seen.name)
        {
            Some(place) => *place = known,
            None => self.workloads.push(known),
        }
    }
}

fn change(workload: &str, name: &str, from: f64, to: f64) -> String {
    use harness_model::units::figure;
    format!(
        "{workload}: {name}: {} bytes, was {}",
        figure(to),
        figure(from)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(value: f64) -> Vec<Figure> {
        vec![Figure {
            name: "in strings".to_owned(),
            value,
            unit: Unit::Rate,
        }]
    }

    fn seen(figures: &[Figure]) -> Seen<'_> {
        Seen {
            name: "parse",
            settings: "",
            figures,
            sites: &[],
        }
    }

    fn best(baseline: &Baseline) -> f64 {
        baseline.known("parse").unwrap().figures[0].best
    }

    /// Runs one commit after another with the baseline lowered after each, as far as the first that is above the limit.
    fn caught_at(figures: impl IntoIterator<Item = f64>, tolerance: f64) -> Option<usize> {
        let mut baseline = Baseline::empty();
        for (commit, value) in figures.into_iter().enumerate() {
            let figures = rate(value);
            if commit == 0 {
                baseline.accept(&seen(&figures), "first", "2026-01-01");
            }
            if value > limit(best(&baseline), tolerance) {
                return Some(commit);
            }
            baseline.lower(&seen(&figures), "2026-01-02");
        }
        None
    }

    #[test]
    fn creep_of_3_percent_a_commit_over_10_commits_is_caught() {
        let creep = |commit: i32| 100.0 * 1.03_f64.powi(commit);
        assert_eq!(caught_at((0..=10).map(creep), 0.02), Some(1));
        assert_eq!(caught_at((0..=10).map(creep), 0.1), Some(4));
        assert_eq!(caught_at((0..=10).map(creep), 0.3), Some(9));
    }

    #[test]
    fn creep_that_now_and_then_steps_back_is_caught_too() {
        let two_forward_one_back = [100.0, 103.0, 101.0, 106.0, 104.0, 109.0, 107.0, 112.0];
        assert_eq!(caught_at(two_forward_one_back, 0.1), Some(7));
    }

    #[test]
    fn an_improvement_is_the_new_measure() {
        let figures = [100.0, 50.0, 54.0, 60.0];
        assert_eq!(caught_at(figures, 0.1), Some(3));
    }

    #[test]
    fn nothing_may_grow_where_nothing_grew() {
        assert_eq!(caught_at([0.0, 0.0, 0.001], 0.5), Some(2));
    }

    #[test]
    fn a_site_that_is_gone_leaves_the_baseline() {
        let mut summary = crate::commands::gate::testing::summary("parse");
        let growing = vec![crate::commands::gate::testing::site("take", 24.0)];
        crate::commands::gate::testing::set_growing(
            &mut summary,
            harness_model::Instrument::Dhat,
            Zones::Off.phrase(),
            growing,
        );
        let sites = harness_judge::growing::of(&summary);
        let mut baseline = Baseline::empty();
        let with_site = Seen {
            sites: &sites,
            ..seen(&[])
        };
        baseline.accept(&with_site, "known since 2019", "2026-01-01");
        assert!(baseline.lower(&with_site, "2026-01-02").is_empty());
        // What is as it was keeps its reason and its day, and what is not has new ones.
        let told = |baseline: &Baseline| {
            let site = &baseline.known("parse").unwrap().sites[0];
            (site.reason.clone(), site.date.clone())
        };
        let first = ("known since 2019".to_owned(), "2026-01-01".to_owned());
        baseline.accept(&with_site, "as it was", "2026-01-02");
        assert_eq!(told(&baseline), first);
        let mut half = sites.clone();
        half[0].bytes_per_iteration = 12.0;
        let with_half = Seen {
            sites: &half,
            ..seen(&[])
        };
        let mut lowered = baseline.clone();
        let changes = lowered.lower(&with_half, "2026-01-02");
        assert_eq!(changes, ["parse: take (live by dhat): 12 bytes, was 24"]);
        assert_eq!(lowered.known("parse").unwrap().sites[0].date, "2026-01-02");
        let mut accepted = baseline.clone();
        accepted.accept(&with_half, "better", "2026-01-02");
        assert_eq!(
            told(&accepted),
            ("better".to_owned(), "2026-01-02".to_owned())
        );
        let changes = baseline.lower(&seen(&[]), "2026-01-03");
        assert_eq!(changes, ["parse: take (live by dhat): 0 bytes, was 24"]);
        assert!(baseline.known("parse").unwrap().sites.is_empty());
    }

    #[test]
    fn better_is_less_by_more_than_the_figure_varies_by() {
        let better = |value, unit| is_better(value, 1_000.0, unit);
        assert!(better(999.9, Unit::Rate) && !better(1_000.0, Unit::Rate));
        assert!(better(998.9, Unit::Live) && !better(999.1, Unit::Live));
        assert!(better(949.0, Unit::Resident) && !better(951.0, Unit::Resident));
        assert!(!is_better(0.0, 0.0, Unit::Rate));
    }

    #[test]
    fn the_most_that_a_figure_may_be_leaves_room_for_rounding() {
        assert!(limit(3.0, 0.0) > 3.0 && limit(3.0, 0.0) < 3.000_001);
        assert!(limit(100.0, 0.02) >= 102.0);
        assert_eq!(limit(0.0, 0.5), 0.0);
    }

    #[test]
    fn a_baseline_that_is_not_there_is_none_and_one_that_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("baseline.json");
        assert_eq!(Baseline::read(&file), Ok(None));
        let mut baseline = Baseline::empty();
        baseline.accept(&seen(&rate(0.1 + 0.2)), "first", "2026-01-01");
        baseline.write(&file).unwrap();
        assert_eq!(Baseline::read(&file), Ok(Some(baseline)));
        let error = Baseline::read(folder.path()).unwrap_err();
        assert!(error.starts_with("cannot read the baseline"), "{error}");
        std::fs::write(&file, "{").unwrap();
        let error = Baseline::read(&file).unwrap_err();
        assert!(error.contains("cannot be used"), "{error}");
    }

    #[test]
    fn only_what_changed_has_a_new_reason_and_day() {
        let two = |first, second| {
            let mut figures = rate(first);
            figures.push(Figure {
                name: "in lexemes".to_owned(),
                ..rate(second)[0].clone()
            });
            figures
        };
        let mut baseline = Baseline::empty();
        baseline.accept(&seen(&two(1.0, 2.0)), "first", "2026-01-01");
        let words = Seen {
            name: "words",
            ..seen(&[])
        };
        baseline.accept(&words, "second", "2026-01-02");
        baseline.accept(&seen(&two(1.0, 3.0)), "third", "2026-01-03");
        let known = baseline.known("parse").unwrap();
        let told = known
            .figures
            .iter()
            .map(|best| (best.best, best.reason.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), [(1.0, "first"), (3.0, "third")]);
        assert!(baseline.known("words").unwrap().figures.is_empty());
    }

    #[test]
    fn a_file_with_unknown_fields_another_version_or_a_figure_below_0_is_refused() {
        let whole = serde_json::to_string(&Baseline::empty()).unwrap();
        assert!(Baseline::parse(&whole).is_ok());
        let mut nothing_grows = Baseline::empty();
        nothing_grows.accept(&seen(&rate(0.0)), "first", "2026-01-01");
        let written = serde_json::to_string(&nothing_grows).unwrap();
        assert_eq!(Baseline::parse(&written), Ok(nothing_grows));
        for (from, to, says) in [
            ("\"version\":1", "\"version\":9", "version 9"),
            ("\"version\":1", "\"version\":1,\"more\":0", "more"),
            (
                "\"workloads\":[]",
                r#""workloads":[{"name":"a","settings":"","sites":[],"figures":[{"name":"f","best":-1,"reason":"","date":""}]}]"#,
                "below 0",
            ),
        ] {
            let error = Baseline::parse(&whole.replace(from, to)).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    proptest! {
        #[test]
        fn lowering_never_raises(values in prop::collection::vec(0.0..1e6_f64, 1..12)) {
            let mut baseline = Baseline::empty();
            baseline.accept(&seen(&rate(values[0])), "first", "");
            let mut before = best(&baseline);
            for value in &values {
                baseline.lower(&seen(&rate(*value)), "");
                prop_assert!(best(&baseline) <= before);
                before = best(&baseline);
            }
        }

        #[test]
        fn what_is_written_is_read_back(sixteenths in 0..1_000_000_000_u32, name in "\\PC{0,12}") {
            let mut baseline = Baseline::empty();
            let figures = rate(f64::from(sixteenths) / 16.0);
            baseline.accept(&Seen { settings: &name, ..seen(&figures) }, &name, "2026-01-01");
            let json = serde_json::to_string(&baseline).unwrap();
            prop_assert_eq!(Baseline::parse(&json).unwrap(), baseline);
        }
    }
}
