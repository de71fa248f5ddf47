//! What was found.

use crate::attribution::functions::place;
use crate::evidence::Evidence;
use harness_model::{
    Evidence as Instrument, Finding, FindingKind, GrowingSite, LeakKind, Probe, Run, Shape,
    SitePair, SiteReport, Zones,
};

/// Everything that was found: what fails the run first, then what loses most.
pub fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings = lost(evidence.valgrind);
    for run in evidence.runs {
        match run.zones {
            Zones::On => findings.extend(in_zones(run, evidence)),
            Zones::Off => findings.extend(without_zones(run, evidence, &findings)),
        }
    }
    // Without measured loops the tools' own runs have to say what grows in zones.
    if evidence.run(Zones::On).is_none() {
        for (probe, instrument) in [
            (evidence.sites, Instrument::Sites),
            (evidence.dhat, Instrument::Dhat),
            (evidence.valgrind, Instrument::Valgrind),
        ] {
            let pair = pair(probe, Zones::On);
            findings.extend(pair.and_then(|pair| grown_under_tool(pair, instrument)));
        }
    }
    let weight = |finding: &Finding| (finding.fails, finding.bytes_per_iteration);
    findings.sort_by(|a, b| {
        weight(b)
            .partial_cmp(&weight(a))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    findings
}

/// Whether a loop's live memory rose in its last quarter.
pub fn rose_at_the_end(run: &Run) -> bool {
    [&run.live_bytes, &run.live_blocks]
        .iter()
        .any(|series| series.rose_last)
}

fn pair(probe: &Probe<SiteReport>, zones: Zones) -> Option<&SitePair> {
    probe.ran()?.pair(zones)
}

/// One finding for each function that loses more blocks with every iteration.
fn lost(valgrind: &Probe<SiteReport>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let pairs = valgrind.ran().map_or(&[][..], |report| &report.pairs);
    for pair in pairs {
        let is_lost = |site: &&GrowingSite| site.leak_kind.is_some_and(LeakKind::is_lost);
        let lost: Vec<&GrowingSite> = pair.growing.iter().filter(is_lost).collect();
        // A number somewhere that looks like a pointer makes some blocks of a stack that loses look held.
        let of_a_losing_stack =
            |site: &&GrowingSite| lost.iter().any(|lost| lost.frames == site.frames);
        for (place, sites) in by_function(pair.growing.iter().filter(of_a_losing_stack)) {
            let (bytes, blocks) = total(&sites);
            findings.push(Finding {
                message: format!(
                    "{} loses {} {}",
                    place.describe(&sites),
                    amount(bytes, blocks),
                    pair.zones.phrase()
                ),
                ..place.finding(&sites, FindingKind::Lost, Instrument::Valgrind, pair.zones)
            });
        }
    }
    findings
}

/// With zones: any growth of live memory.
fn in_zones(run: &Run, evidence: &Evidence<'_>) -> Option<Finding> {
    let kind = match run.live_bytes.shape.graver(run.live_blocks.shape) {
        Shape::Growing => FindingKind::GrowthInZones,
        Shape::OneOff | Shape::Saturating => FindingKind::OneOff,
        Shape::Flat | Shape::Sawtooth | Shape::Inconclusive => return None,
    };
    let (bytes, blocks) = (run.live_bytes.per_iteration, run.live_blocks.per_iteration);
    let base = Finding {
        kind,
        fails: kind == FindingKind::GrowthInZones,
        zones: Zones::On,
        evidence: Instrument::Counters,
        message: String::new(),
        function: None,
        file: None,
        line: None,
        bytes_per_iteration: bytes,
        blocks_per_iteration: Some(blocks),
        frames: Vec::new(),
    };
    if kind == FindingKind::OneOff {
        let gained = run.live_bytes.last.saturating_sub(run.live_bytes.first);
        return Some(Finding {
            message: format!(
                "with zones live memory rose by {}{}",
                bytes_of(gained as f64),
                if rose_at_the_end(run) {
                    ""
                } else {
                    " and then no more"
                }
            ),
            ..base
        });
    }
    // The stack comes from a tool that knows stacks: what it saw grow in zones.
    let culprit = culprit(evidence, Zones::On);
    let by = culprit.as_ref().map_or(String::new(), |(place, sites)| {
        // The tool ran over other texts, so that its figure need not be the loop's.
        let share = total(sites).0 / bytes;
        let all = if (share - 1.0).abs() < 0.01 {
            "all"
        } else {
            "most"
        };
        format!(", {all} of it from {}", place.describe(sites))
    });
    let message = format!(
        "with zones live memory grows by {}{by}",
        amount(bytes, blocks)
    );
    Some(match culprit {
        Some((place, sites)) => Finding {
            function: Some(place.function.clone()),
            file: place.file.clone(),
            line: place.line,
            frames: sites[0].frames.clone(),
            message,
            ..base
        },
        None => Finding { message, ..base },
    })
}

/// Without zones: what the stores gained, and what no store accounts for.
fn without_zones(run: &Run, evidence: &Evidence<'_>, found: &[Finding]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let base = |kind, bytes| Finding {
        kind,
        fails: false,
        zones: Zones::Off,
        evidence: Instrument::Counters,
        message: String::new(),
        function: None,
        file: None,
        line: None,
        bytes_per_iteration: bytes,
        blocks_per_iteration: None,
        frames: Vec::new(),
    };
    let mut stores: Vec<_> = run
        .stores
        .iter()
        .filter(|s| s.bytes_per_iteration > 0.0)
        .collect();
    stores.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    let gained: f64 = stores.iter().map(|store| store.bytes_per_iteration).sum();
    if gained > 0.0 {
        let names: Vec<String> = stores
            .iter()
            .map(|store| format!("{} {}", store.name, number(store.bytes_per_iteration)))
            .collect();
        findings.push(Finding {
            message: format!(
                "without zones the vocabulary keeps {} bytes an iteration: {}",
                number(gained),
                names.join(", ")
            ),
            ..base(FindingKind::StoreGrowth, gained)
        });
    }
    let bytes = run.unaccounted.per_iteration;
    if run.unaccounted.shape == Shape::Growing {
        // Lost blocks are among what no store holds: valgrind has named those, and what it calls held is held.
        let lost = found
            .iter()
            .any(|f| f.kind == FindingKind::Lost && f.zones == Zones::Off);
        let told_apart = pair(evidence.valgrind, Zones::Off).is_some();
        let culprit = culprit(evidence, Zones::Off);
        let by = culprit.as_ref().map_or(String::new(), |(place, sites)| {
            format!("; most grows in {}", place.describe(sites))
        });
        let mut finding = Finding {
            message: format!(
                "without zones {} bytes an iteration are kept that no store of the vocabulary accounts for{by}",
                number(bytes)
            ),
            fails: !told_apart,
            ..base(FindingKind::Unaccounted, bytes)
        };
        if let Some((place, sites)) = culprit {
            finding.function = Some(place.function);
            finding.file = place.file;
            finding.line = place.line;
            finding.frames = sites[0].frames.clone();
        }
        if !lost {
            findings.push(finding);
        }
    }
    findings
}

/// Growth in zones as a tool's own pair of runs shows it.
fn grown_under_tool(pair: &SitePair, instrument: Instrument) -> Option<Finding> {
    // What is lost is a finding already.
    let held = pair.growing.iter();
    let held = held.filter(|site| !site.leak_kind.is_some_and(LeakKind::is_lost));
    let (place, sites) = by_function(held).into_iter().next()?;
    let (bytes, blocks) = total(&sites);
    Some(Finding {
        message: format!(
            "with zones {} keeps {}",
            place.describe(&sites),
            amount(bytes, blocks)
        ),
        ..place.finding(&sites, FindingKind::GrowthInZones, instrument, Zones::On)
    })
}

/// The function behind most of what grows, by valgrind if it ran and saw it grow, else by the allocator's records, else
/// by dhat.
fn culprit<'e>(evidence: &Evidence<'e>, zones: Zones) -> Option<(Place, Vec<&'e GrowingSite>)> {
    [evidence.valgrind, evidence.sites, evidence.dhat]
        .into_iter()
        .find_map(|probe| {
            let sites = &pair(probe, zones)?.growing;
            by_function(sites.iter()).into_iter().next()
        })
}

/// The place that answers for some sites.
#[derive(Clone, PartialEq)]
struct Place {
    function: String,
    file: Option<String>,
    line: Option<u32>,
}

/// Groups sites by the function and file that answer for them, most bytes first. A place has the line of the site that
/// gains most.
fn by_function<'e>(
    sites: impl Iterator<Item = &'e GrowingSite>,
) -> Vec<(Place, Vec<&'e GrowingSite>)> {
    let mut groups: Vec<(Place, Vec<&GrowingSite>)> = Vec::new();
    for site in sites {
        let same = |(place, _): &&mut (Place, Vec<&GrowingSite>)| {
            place.function == site.function && place.file == site.file
        };
        match groups.iter_mut().find(same) {
            Some((_, sites)) => sites.push(site),
            None => {
                let place = Place {
                    function: site.function.clone(),
                    file: site.file.clone(),
                    line: site.line,
                };
                groups.push((place, vec![site]));
            }
        }
    }
    for (place, sites) in &mut groups {
        sites.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
        place.line = sites[0].line;
    }
    groups.sort_by(|(_, a), (_, b)| total(b).0.total_cmp(&total(a).0));
    groups
}

fn total(sites: &[&GrowingSite]) -> (f64, f64) {
    let sum = |of: fn(&GrowingSite) -> f64| sites.iter().map(|site| of(site)).sum();
    (
        sum(|site| site.bytes_per_iteration),
        sum(|site| site.blocks_per_iteration),
    )
}

impl Place {
    /// `resize_activations (activations.rs:93-95)`.
    fn describe(&self, sites: &[&GrowingSite]) -> String {
        let mut lines: Vec<u32> = sites.iter().filter_map(|site| site.line).collect();
        lines.sort_unstable();
        lines.dedup();
        place(&self.function, self.file.as_deref(), &lines)
    }

    /// A finding without its message.
    fn finding(
        &self,
        sites: &[&GrowingSite],
        kind: FindingKind,
        evidence: Instrument,
        zones: Zones,
    ) -> Finding {
        let (bytes, blocks) = total(sites);
        Finding {
            kind,
            fails: true,
            zones,
            evidence,
            message: String::new(),
            function: Some(self.function.clone()),
            file: self.file.clone(),
            line: self.line,
            bytes_per_iteration: bytes,
            blocks_per_iteration: Some(blocks),
            frames: sites.first().map_or(Vec::new(), |site| site.frames.clone()),
        }
    }
}

/// `81,920 bytes in 80 blocks an iteration`.
pub fn amount(bytes: f64, blocks: f64) -> String {
    let blocks = match number(blocks) {
        one if one == "1" => "1 block".to_owned(),
        many => format!("{many} blocks"),
    };
    format!("{} in {blocks} an iteration", bytes_of(bytes))
}

/// A count of bytes in words: `1,024 bytes`.
fn bytes_of(bytes: f64) -> String {
    match number(bytes) {
        one if one == "1" => "1 byte".to_owned(),
        many => format!("{many} bytes"),
    }
}

/// A number to three figures, or whole where that takes more, with its thousands marked.
pub fn number(value: f64) -> String {
    let size = value.abs();
    // No rate of a run is so small that its thirteenth place matters.
    let places = 2_i32
        .saturating_sub(size.log10().floor() as i32)
        .clamp(0, 12) as usize;
    let text = format!("{size:.places$}");
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let places = places.trim_end_matches('0');
    let mut marked = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            marked.push(',');
        }
        marked.push(digit);
    }
    if !places.is_empty() {
        marked.push('.');
        marked.push_str(places);
    }
    let sign = if value.is_sign_negative() && marked != "0" {
        "-"
    } else {
        ""
    };
    format!("{sign}{marked}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        for (value, text) in [
            (0.0, "0"),
            (412.0, "412"),
            (412.04, "412"),
            (999.96, "1,000"),
            (1000.4, "1,000"),
            (81_920.0, "81,920"),
            (1_234_567.4, "1,234,567"),
            (12.34, "12.3"),
            (10.0, "10"),
            (9.999, "10"),
            (9.876, "9.88"),
            (1.0, "1"),
            (1.5, "1.5"),
            (-0.125, "-0.125"),
            (-0.5, "-0.5"),
            (0.002_668, "0.00267"),
            (0.001, "0.001"),
            (-1e-20, "0"),
        ] {
            assert_eq!(number(value), text, "{value}");
        }
        assert_eq!(amount(1.0, 1.0), "1 byte in 1 block an iteration");
        assert_eq!(amount(64.0, 0.5), "64 bytes in 0.5 blocks an iteration");
    }
}
