//! What was found.

use crate::evidence::Evidence;
use harness_model::condition::{behind, under};
use harness_model::units::{self, figure, plural};
use harness_model::{
    Finding, FindingKind, GrowingSite, Instrument, LeakKind, Place, Run, Shape, SitePair,
};

/// Everything that was found: what fails the run first, then what loses most.
pub fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings = lost(evidence);
    for run in evidence.runs.iter().filter(|run| run.iterations > 0) {
        if evidence.is_flat(&run.condition) {
            findings.extend(growth_where_flat(run, evidence));
        } else {
            findings.extend(growth(run, evidence, &findings));
        }
    }
    // Without a measured loop the instruments' own runs have to say what grows where memory should be flat.
    for condition in evidence.conditions {
        if evidence.is_flat(&condition.name) && evidence.run(&condition.name).is_none() {
            for stacks in evidence.stacks {
                let report = stacks.result.ran();
                let pair = report.and_then(|report| report.pair(&condition.name));
                findings.extend(pair.and_then(|pair| grown_under(pair, stacks.instrument)));
            }
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

/// One finding for each function that loses more blocks with every iteration.
fn lost(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let Some(stacks) = evidence.reachability() else {
        return findings;
    };
    let pairs = stacks.result.ran().map_or(&[][..], |report| &report.pairs);
    for pair in pairs {
        let is_lost = |site: &&GrowingSite| site.leak_kind.is_some_and(LeakKind::is_lost);
        let lost: Vec<&GrowingSite> = pair.growing.iter().filter(is_lost).collect();
        // A number somewhere that looks like a pointer makes some blocks of a stack that loses look held.
        let of_a_losing_stack =
            |site: &&GrowingSite| lost.iter().any(|lost| lost.has_calls_of(site));
        for (place, sites) in by_function(pair.growing.iter().filter(of_a_losing_stack)) {
            let (bytes, blocks) = total(&sites);
            findings.push(Finding {
                message: format!(
                    "{} loses {}{}",
                    described(&place, &sites),
                    amount(bytes, blocks),
                    behind(&pair.condition)
                ),
                ..of_place(
                    &place,
                    &sites,
                    FindingKind::Lost,
                    stacks.instrument,
                    &pair.condition,
                )
            });
        }
    }
    findings
}

/// A finding of the counters, without its message.
fn counted(run: &Run, kind: FindingKind, bytes: f64) -> Finding {
    Finding {
        kind,
        fails: false,
        condition: run.condition.clone(),
        evidence: Instrument::Counters,
        message: String::new(),
        place: Place::default(),
        bytes_per_iteration: bytes,
        blocks_per_iteration: None,
        frames: Vec::new(),
    }
}

/// Where memory should be flat: any growth of live memory.
fn growth_where_flat(run: &Run, evidence: &Evidence<'_>) -> Option<Finding> {
    let kind = match run.live_bytes.shape.graver(run.live_blocks.shape) {
        Shape::Growing => FindingKind::Growth,
        Shape::OneOff | Shape::Saturating => FindingKind::OneOff,
        Shape::Flat | Shape::Sawtooth | Shape::Slowing | Shape::Inconclusive => return None,
    };
    let (bytes, blocks) = (run.live_bytes.per_iteration, run.live_blocks.per_iteration);
    let base = Finding {
        fails: kind == FindingKind::Growth,
        blocks_per_iteration: Some(blocks),
        ..counted(run, kind, bytes)
    };
    if kind == FindingKind::OneOff {
        let gained = run.live_bytes.last.saturating_sub(run.live_bytes.first);
        let clause = format!(
            "live memory rose by {}{}",
            plural(gained as f64, "byte"),
            if rose_at_the_end(run) {
                ""
            } else {
                " and then no more"
            }
        );
        return Some(Finding {
            message: under(&run.condition, &clause),
            ..base
        });
    }
    // The stack comes from an instrument that knows stacks: what it saw grow under the same condition.
    let culprit = culprit(evidence, &run.condition);
    let by = culprit.as_ref().map_or(String::new(), |(place, sites)| {
        // The instrument ran over other texts, so that its figure need not be the loop's.
        let share = total(sites).0 / bytes;
        let all = if (share - 1.0).abs() < 0.01 {
            "all"
        } else {
            "most"
        };
        format!(", {all} of it from {}", described(place, sites))
    });
    let clause = format!("live memory grows by {}{by}", amount(bytes, blocks));
    let message = under(&run.condition, &clause);
    Some(match culprit {
        Some((place, sites)) => Finding {
            place: place.into(),
            frames: sites[0].frames.clone(),
            message,
            ..base
        },
        None => Finding { message, ..base },
    })
}

/// Where stores may grow: what they gained, and what no store accounts for.
fn growth(run: &Run, evidence: &Evidence<'_>, found: &[Finding]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let changed = |bytes: f64| bytes != 0.0;
    let mut stores: Vec<_> = run
        .stores
        .iter()
        .filter(|store| changed(store.bytes_per_iteration))
        .collect();
    stores.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    // What one gives back another may have taken: the sum is what they hold more than before.
    let gained: f64 = stores.iter().map(|store| store.bytes_per_iteration).sum();
    if gained > 0.0 {
        let names: Vec<String> = stores
            .iter()
            .map(|store| {
                let name = units::words(&store.name);
                format!("{name} {}", figure(store.bytes_per_iteration))
            })
            .collect();
        let clause = format!(
            "the stores gain {} an iteration: {}",
            plural(gained, "byte"),
            names.join(", ")
        );
        findings.push(Finding {
            message: under(&run.condition, &clause),
            ..counted(run, FindingKind::StoreGrowth, gained)
        });
    }
    // Lost blocks are among what no store holds: they have been named, and what is called held is held.
    let is_lost =
        |finding: &Finding| finding.kind == FindingKind::Lost && finding.condition == run.condition;
    if run.unaccounted.shape == Shape::Growing && !found.iter().any(is_lost) {
        findings.push(in_no_store(run, evidence));
    }
    findings
}

fn in_no_store(run: &Run, evidence: &Evidence<'_>) -> Finding {
    let bytes = run.unaccounted.per_iteration;
    let culprit = culprit(evidence, &run.condition);
    let by = culprit.as_ref().map_or(String::new(), |(place, sites)| {
        format!("; most grows in {}", described(place, sites))
    });
    let clause = format!(
        "{} an iteration are kept that no store accounts for{by}",
        plural(bytes, "byte")
    );
    let mut finding = Finding {
        message: under(&run.condition, &clause),
        fails: evidence.reachability_of(&run.condition).is_none(),
        ..counted(run, FindingKind::Unaccounted, bytes)
    };
    if let Some((place, sites)) = culprit {
        finding.place = place.into();
        finding.frames = sites[0].frames.clone();
    }
    finding
}

/// Growth where memory should be flat, as an instrument's own pair of runs shows it.
fn grown_under(pair: &SitePair, instrument: Instrument) -> Option<Finding> {
    // What is lost is a finding already.
    let held = pair.growing.iter();
    let held = held.filter(|site| !site.leak_kind.is_some_and(LeakKind::is_lost));
    let (place, sites) = by_function(held).into_iter().next()?;
    let (bytes, blocks) = total(&sites);
    let clause = format!(
        "{} keeps {}",
        described(&place, &sites),
        amount(bytes, blocks)
    );
    Some(Finding {
        message: under(&pair.condition, &clause),
        ..of_place(
            &place,
            &sites,
            FindingKind::Growth,
            instrument,
            &pair.condition,
        )
    })
}

/// The function behind most of what grows, by the first instrument that saw it grow.
fn culprit<'e>(evidence: &Evidence<'e>, condition: &str) -> Option<(Place, Vec<&'e GrowingSite>)> {
    let pairs = evidence.pairs_of(condition).into_iter();
    pairs
        .filter_map(|(_, pair)| by_function(pair.growing.iter()).into_iter().next())
        .next()
}

/// Groups sites by the function and file that answer for them, most bytes first. A place has the line of the site that
/// gains most.
fn by_function<'e>(
    sites: impl Iterator<Item = &'e GrowingSite>,
) -> Vec<(Place, Vec<&'e GrowingSite>)> {
    let mut groups: Vec<(Place, Vec<&GrowingSite>)> = Vec::new();
    for site in sites {
        let same = |(place, _): &&mut (Place, Vec<&GrowingSite>)| place.is_in(&site.place);
        match groups.iter_mut().find(same) {
            Some((_, sites)) => sites.push(site),
            None => groups.push((site.place.clone(), vec![site])),
        }
    }
    for (place, sites) in &mut groups {
        sites.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
        place.line = sites[0].place.line;
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

/// `resize_activations (activations.rs:93-95)`: a place with the lines of its sites.
fn described(place: &Place, sites: &[&GrowingSite]) -> String {
    let mut lines: Vec<u32> = sites.iter().filter_map(|site| site.place.line).collect();
    lines.sort_unstable();
    lines.dedup();
    place.with_lines(&lines)
}

/// A finding of a place's sites, without its message.
fn of_place(
    place: &Place,
    sites: &[&GrowingSite],
    kind: FindingKind,
    evidence: Instrument,
    condition: &str,
) -> Finding {
    let (bytes, blocks) = total(sites);
    Finding {
        kind,
        fails: true,
        condition: condition.to_owned(),
        evidence,
        message: String::new(),
        place: place.clone().into(),
        bytes_per_iteration: bytes,
        blocks_per_iteration: Some(blocks),
        frames: sites.first().map_or(Vec::new(), |site| site.frames.clone()),
    }
}

/// `81,920 bytes in 80 blocks an iteration`.
pub fn amount(bytes: f64, blocks: f64) -> String {
    format!(
        "{} in {} an iteration",
        plural(bytes, "byte"),
        plural(blocks, "block")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_its_bytes_and_its_blocks() {
        assert_eq!(amount(1.0, 1.0), "1 byte in 1 block an iteration");
        assert_eq!(amount(64.0, 0.5), "64 bytes in 0.5 blocks an iteration");
    }
}
