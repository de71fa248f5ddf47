//! The conclusion as a person would say it.

use super::findings::number;
use crate::evidence::Evidence;
use harness_model::{Finding, FindingKind, Outcome, Probe, Run, Shape, StoreGrowth, Zones};

/// Shares of growth below this are not worth a name.
const WORTH_NAMING: f64 = 0.02;

/// One sentence.
pub fn sentence(
    evidence: &Evidence<'_>,
    findings: &[Finding],
    doubts: &[String],
    outcome: Outcome,
) -> String {
    let mut clauses = Vec::new();
    if outcome == Outcome::Inconclusive {
        clauses.push(format!("inconclusive, because {}", doubts.join(", and ")));
    }
    let lost: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::Lost)
        .collect();
    let worst_of = |zones| lost.iter().find(|finding| finding.zones == zones);
    match (worst_of(Zones::Off), worst_of(Zones::On)) {
        // The same loss in both loops is said once.
        (Some(off), Some(on)) if off.function == on.function => {
            clauses.push(format!("a leak: {}", in_both(on)));
        }
        (off, on) => {
            let lost = off.into_iter().chain(on);
            clauses.extend(lost.map(|finding| format!("a leak: {}", finding.message)));
        }
    }
    for run in evidence.runs {
        match run.zones {
            Zones::Off => clauses.push(without_zones(run)),
            Zones::On => clauses.push(with_zones(run, findings, !lost.is_empty())),
        }
    }
    if lost.is_empty() {
        clauses.push(match evidence.valgrind {
            Probe::Ran(_) => "nothing is lost".to_owned(),
            Probe::NotRun { reason, .. } => {
                format!("whether anything is lost is not known (valgrind: {reason})")
            }
            Probe::Failed { .. } => {
                "whether anything is lost is not known (valgrind failed)".to_owned()
            }
        });
    }
    sentence_of(&clauses)
}

/// Clauses put together to one sentence, with its capital and its full stop.
pub fn sentence_of(clauses: &[String]) -> String {
    let text = clauses.join("; ");
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// A loss that both loops have, without naming one of them.
fn in_both(finding: &Finding) -> String {
    let phrase = format!(" {}", finding.zones.phrase());
    let message = finding
        .message
        .strip_suffix(&phrase)
        .unwrap_or(&finding.message);
    format!("{message} in both loops")
}

fn without_zones(run: &Run) -> String {
    let growth = run.live_bytes.per_iteration;
    if growth <= 0.0 {
        return "without zones live memory does not grow".to_owned();
    }
    let mut grown: Vec<&StoreGrowth> = run
        .stores
        .iter()
        .filter(|store| store.bytes_per_iteration > growth * WORTH_NAMING)
        .collect();
    grown.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    let held: f64 = run
        .stores
        .iter()
        .map(|store| store.bytes_per_iteration)
        .sum();
    if held < growth / 2.0 {
        return format!(
            "without zones live memory grows by {} bytes an iteration, {} of them in the vocabulary",
            number(growth),
            number(held)
        );
    }
    // Names of stores are identifiers; a sentence has words.
    let names: Vec<String> = grown
        .iter()
        .map(|store| store.name.replace('_', " "))
        .collect();
    let share = held / growth;
    let where_to = if run.unaccounted.shape != Shape::Growing || share > 0.9995 {
        format!("all of it {}", list(&names))
    } else {
        let percent = (share * 100.0).floor();
        format!("{percent}% of it {}, the rest in no store", list(&names))
    };
    format!(
        "without zones the vocabulary grows by {} bytes an iteration, {where_to}",
        number(growth)
    )
}

/// `named` says that the function behind the growth has been named already.
fn with_zones(run: &Run, findings: &[Finding], named: bool) -> String {
    let found = findings.iter().find(|finding| {
        finding.zones == Zones::On
            && matches!(
                finding.kind,
                FindingKind::GrowthInZones | FindingKind::OneOff
            )
    });
    match found {
        Some(finding) if finding.kind == FindingKind::GrowthInZones && named => format!(
            "with zones live memory grows by {} bytes an iteration",
            number(finding.bytes_per_iteration)
        ),
        Some(finding) => finding.message.clone(),
        None if run.live_bytes.max == run.live_bytes.min => {
            "with zones live memory is flat to the byte".to_owned()
        }
        None => format!(
            "with zones live memory ends {} it began, to the byte",
            match run.live_bytes.last.cmp(&run.live_bytes.first) {
                std::cmp::Ordering::Less => "below where",
                std::cmp::Ordering::Equal => "where",
                std::cmp::Ordering::Greater => "above where",
            }
        ),
    }
}

/// `strings, lexemes and shapes`.
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{
        flat, not_run, of_function, run, site, store, valgrind, verdict, vocabulary,
    };
    use harness_model::{GrowingSite, LeakKind};

    fn says(runs: &[Run], off: Vec<GrowingSite>, on: Vec<GrowingSite>) -> String {
        verdict(runs, &valgrind(off, on)).sentence
    }

    /// What is said of a loop without zones that gains 100 bytes an iteration.
    fn of_stores(stores: &[(&str, f64)], unaccounted: Shape) -> String {
        let mut grows = run(Zones::Off, |i| 100 * i, |_| 0);
        grows.stores = stores
            .iter()
            .map(|(name, bytes)| store(name, *bytes))
            .collect();
        grows.unaccounted.shape = unaccounted;
        without_zones(&grows)
    }

    #[test]
    fn a_loss_is_told_with_the_loop_that_has_it_and_once_where_both_have() {
        let lost = |function| vec![of_function(function, LeakKind::DefinitelyLost, 64.0)];
        let loops = [vocabulary(), flat()];
        let vocabulary = "without zones the vocabulary grows by 412 bytes an iteration, all of it lexemes and strings; with \
                          zones live memory is flat to the byte.";
        let each = |function: &str, zones: &str| {
            format!(
                "a leak: {function} (activations.rs:7) loses 64 bytes in 1 block an iteration {zones}; "
            )
        };
        let sentence =
            |clauses: String| sentence_of(&[format!("{clauses}{vocabulary}")]).replace("..", ".");
        assert_eq!(
            says(&loops, lost("a"), vec![]),
            sentence(each("a", "without zones"))
        );
        assert_eq!(
            says(&loops, vec![], lost("a")),
            sentence(each("a", "with zones"))
        );
        assert_eq!(
            says(&loops, lost("a"), lost("a")),
            sentence(each("a", "in both loops"))
        );
        assert_eq!(
            says(&loops, lost("a"), lost("b")),
            sentence(each("a", "without zones") + &each("b", "with zones"))
        );
    }

    #[test]
    fn growth_with_zones_is_named_once() {
        let grows = [run(Zones::On, |i| 80 * i, |_| 0)];
        let lost = says(
            &grows,
            vec![],
            vec![site(LeakKind::DefinitelyLost, 93, 80.0)],
        );
        assert!(
            lost.ends_with("; with zones live memory grows by 80 bytes an iteration."),
            "{lost}"
        );
        let held = says(
            &grows,
            vec![],
            vec![site(LeakKind::StillReachable, 93, 80.0)],
        );
        assert_eq!(
            held,
            "With zones live memory grows by 80 bytes in 1.25 blocks an iteration, all of it from resize_activations \
             (activations.rs:93); nothing is lost."
        );
        // A rise that stopped is told as it is, whatever else is lost.
        let once = [run(Zones::On, |i| if i > 5 { 4096 } else { 0 }, |_| 0)];
        let both = says(
            &once,
            vec![site(LeakKind::DefinitelyLost, 93, 80.0)],
            vec![],
        );
        assert!(
            both.ends_with("; with zones live memory rose by 4,096 bytes and then no more."),
            "{both}"
        );
    }

    #[test]
    fn memory_that_comes_and_goes_is_told_by_where_it_ends() {
        let ends = |last: u64| {
            let tooth = move |i| match i {
                40 => last,
                i => 1_000 + 100 * (i % 10),
            };
            let mut teeth = run(Zones::On, tooth, |_| 0);
            teeth.live_bytes.shape = Shape::Sawtooth;
            teeth.live_blocks.shape = Shape::Sawtooth;
            verdict(&[teeth], &not_run()).sentence
        };
        assert!(
            ends(1_000).contains("live memory ends where it began, to the byte"),
            "{}",
            ends(1_000)
        );
        assert!(
            ends(900).contains("ends below where it began"),
            "{}",
            ends(900)
        );
        assert!(
            ends(1_050).contains("ends above where it began"),
            "{}",
            ends(1_050)
        );
    }

    #[test]
    fn stores_are_named_from_a_fiftieth_of_the_growth_on_the_largest_first() {
        let says = of_stores(
            &[("morph_table", 3.0), ("shapes", 2.0), ("strings", 95.0)],
            Shape::Flat,
        );
        assert_eq!(
            says,
            "without zones the vocabulary grows by 100 bytes an iteration, all of it strings and morph table"
        );
    }

    #[test]
    fn what_no_store_holds_is_told_as_a_share() {
        let some = of_stores(&[("strings", 99.9)], Shape::Growing);
        assert!(
            some.ends_with(", 99% of it strings, the rest in no store"),
            "{some}"
        );
        let least = of_stores(&[("strings", 99.95)], Shape::Growing);
        assert!(least.ends_with("the rest in no store"), "{least}");
        let none = of_stores(&[("strings", 99.96)], Shape::Growing);
        assert!(none.ends_with(", all of it strings"), "{none}");
        let steps = of_stores(&[("strings", 90.0)], Shape::OneOff);
        assert!(steps.ends_with(", all of it strings"), "{steps}");
    }

    #[test]
    fn growth_of_which_the_stores_hold_less_than_half_is_not_called_the_vocabulary_s() {
        let half = of_stores(&[("strings", 50.0)], Shape::Growing);
        assert!(
            half.contains("the vocabulary grows by 100 bytes an iteration, 50% of it strings"),
            "{half}"
        );
        assert_eq!(
            of_stores(&[("strings", 40.0)], Shape::Growing),
            "without zones live memory grows by 100 bytes an iteration, 40 of them in the vocabulary"
        );
    }

    #[test]
    fn memory_that_shrinks_does_not_grow() {
        let shrinks = run(Zones::Off, |i| 400 - 10 * i, |_| 0);
        assert_eq!(
            without_zones(&shrinks),
            "without zones live memory does not grow"
        );
    }
}
