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
    /// Bytes, or bytes or a count per iteration.
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
        Unit::Rate | Unit::Count => 1e-9,
        // How long a path or an environment is may show here.
        Unit::Live => 0.001,
        Unit::Resident | Unit::ResidentRate => 0.05,
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
                let told = |value| told(value, now.unit != Unit::Count);
                changes.push(change(
                    seen.name,
                    &best.name,
                    told(best.best),
                    told(now.value),
                ));
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
                // What has no bytes is counted: descriptors, children.
                let has_bytes = site.bytes_per_iteration > 0.0;
                let told = |bytes, blocks| told(if has_bytes { bytes } else { blocks }, has_bytes);
                let before = told(site.bytes_per_iteration, site.blocks_per_iteration);
                changes.push(change(seen.name, &name, before, told(bytes, blocks)));
                site.date = date.to_owned();
            }
            site.bytes_per_iteration = site.bytes_per_iteration.min(bytes);
            site.blocks_per_iteration = site.blocks_per_iteration.min(blocks);
            now.is_some()
        });
        changes
    }

    /// Whether a command is known to grow: its figures are rates, all of them.
    pub fn knows_growth(&self) -> bool {
        let grows = |known: &Known| {
            !known.sites.is_empty() || known.figures.iter().any(|figure| figure.best > 0.0)
        };
        self.workloads.iter().any(grows)
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
                    function: site.place.function.clone(),
                    file: site.place.file.clone(),
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

fn told(value: f64, is_bytes: bool) -> String {
    let unit = if is_bytes { " bytes" } else { "" };
    format!("{}{unit}", harness_model::units::figure(value))
}

fn change(workload: &str, name: &str, from: String, to: String) -> String {
    format!(
        "{workload}: {name}: {to}, was {}",
        from.trim_end_matches(" bytes")
    )
}

#[cfg(test)]
mod tests;
