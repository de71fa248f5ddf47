//! The conclusion as a person would say it.

use crate::cause::is_too_short;
use crate::evidence::Evidence;
use harness_model::condition::{behind, under};
use harness_model::units::{figure, plural, words};
use harness_model::{
    Cause, CauseOfGrowth, Finding, FindingKind, Outcome, Probe, Run, Shape, StoreGrowth,
};

/// Shares of growth below this are not worth a name.
const WORTH_NAMING: f64 = 0.02;

/// One sentence.
pub fn sentence(
    evidence: &Evidence<'_>,
    findings: &[Finding],
    causes: &[CauseOfGrowth],
    doubts: &[String],
    outcome: Outcome,
) -> String {
    let mut clauses = Vec::new();
    if outcome == Outcome::Inconclusive {
        clauses.push(format!("inconclusive, because {}", doubts.join(", and ")));
    }
    let is_lost = |finding: &&Finding| finding.kind == FindingKind::Lost;
    let lost: Vec<&Finding> = findings.iter().filter(is_lost).collect();
    clauses.extend(losses(evidence, &lost));
    for (run, cause) in evidence.runs.iter().zip(causes) {
        let clause = if run.iterations == 0 {
            "the loop was not measured".to_owned()
        } else if evidence.is_flat(&run.condition) {
            where_flat(run, findings, !lost.is_empty())
        } else {
            growth(run, cause.cause)
        };
        clauses.push(under(&run.condition, &clause));
    }
    if lost.is_empty() {
        clauses.push(match evidence.reachability() {
            None => "whether anything is lost was not asked".to_owned(),
            Some(stacks) => {
                let title = stacks.instrument.title();
                match &stacks.result {
                    Probe::Ran(_) => format!("{title} saw nothing lost"),
                    Probe::NotRun { reason, .. } => {
                        format!("whether anything is lost is not known ({title}: {reason})")
                    }
                    Probe::Failed { .. } => {
                        format!("whether anything is lost is not known ({title} failed)")
                    }
                }
            }
        });
    }
    sentence_of(&clauses)
}

/// The worst loss under each condition; one that all have is said once.
fn losses(evidence: &Evidence<'_>, lost: &[&Finding]) -> Vec<String> {
    let worst = evidence.conditions.iter().filter_map(|condition| {
        let mut lost = lost.iter();
        lost.find(|finding| finding.condition == condition.name)
    });
    let worst: Vec<&Finding> = worst.copied().collect();
    let one_function = worst
        .windows(2)
        .all(|two| two[0].place.function == two[1].place.function);
    if let [first, _, ..] = worst[..]
        && one_function
        && worst.len() == evidence.conditions.len()
    {
        let loops = if worst.len() == 2 {
            "in both loops"
        } else {
            "in all loops"
        };
        let message = first.message.strip_suffix(&behind(&first.condition));
        let message = message.unwrap_or(&first.message);
        return vec![format!("a leak: {message} {loops}")];
    }
    let told = worst
        .iter()
        .map(|finding| format!("a leak: {}", finding.message));
    told.collect()
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

/// Where stores may grow: by how much live memory grows, and where it is.
fn growth(run: &Run, cause: Cause) -> String {
    let growth = run.live_bytes.per_iteration;
    if cause == Cause::Unknown && growth > 0.0 || is_too_short(run) {
        return too_short(run);
    }
    if growth <= 0.0 {
        return "live memory does not grow".to_owned();
    }
    if cause == Cause::Nothing {
        let gained = run.live_bytes.last.saturating_sub(run.live_bytes.first);
        return format!(
            "live memory rose by {} and then no more",
            plural(gained as f64, "byte")
        );
    }
    let held: f64 = run
        .stores
        .iter()
        .map(|store| store.bytes_per_iteration)
        .sum();
    let grows = format!(
        "live memory grows by {} an iteration",
        plural(growth, "byte")
    );
    if run.stores.is_empty() {
        return grows;
    }
    if held < growth / 2.0 {
        return format!("{grows}, {} of them in its stores", figure(held));
    }
    let mut grown: Vec<&StoreGrowth> = run
        .stores
        .iter()
        .filter(|store| store.bytes_per_iteration > growth * WORTH_NAMING)
        .collect();
    grown.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    // Names of stores are identifiers; a sentence has words.
    let names: Vec<String> = grown.iter().map(|store| words(&store.name)).collect();
    let share = held / growth;
    let where_to = if run.unaccounted.shape != Shape::Growing || share > 0.9995 {
        format!("all of it in the stores {}", list(&names))
    } else {
        let percent = (share * 100.0).floor();
        format!(
            "{percent}% of it in the stores {}, the rest in none",
            list(&names)
        )
    };
    format!("{grows}, {where_to}")
}

/// What can be said of a loop that is too short to tell.
fn too_short(run: &Run) -> String {
    let (first, last) = (run.live_bytes.first, run.live_bytes.last);
    let changed = match last.checked_sub(first) {
        Some(0) => "ended where it began".to_owned(),
        Some(rose) => format!("rose by {}", plural(rose as f64, "byte")),
        None => format!("fell by {}", plural((first - last) as f64, "byte")),
    };
    format!(
        "live memory {changed} in {}, too few to tell whether it grows",
        plural(run.iterations as f64, "iteration")
    )
}

fn inconclusive(run: &Run) -> bool {
    run.live_bytes.shape.graver(run.live_blocks.shape).is_open()
}

/// `named` says that the function behind the growth has been named already.
fn where_flat(run: &Run, findings: &[Finding], named: bool) -> String {
    let found = findings.iter().find(|finding| {
        finding.condition == run.condition
            && matches!(finding.kind, FindingKind::Growth | FindingKind::OneOff)
    });
    match found {
        Some(finding) if finding.kind == FindingKind::Growth && named => format!(
            "live memory grows by {} an iteration",
            plural(finding.bytes_per_iteration, "byte")
        ),
        Some(finding) => {
            let clause = finding.message.strip_prefix(&run.condition);
            clause.unwrap_or(&finding.message).trim_start().to_owned()
        }
        None if is_too_short(run) || inconclusive(run) => too_short(run),
        None if run.live_bytes.max == run.live_bytes.min => {
            "live memory is flat to the byte".to_owned()
        }
        None => format!(
            "live memory ends {} it began, to the byte",
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
    use harness_model::testing::{WITH, WITHOUT};
    use harness_model::{GrowingSite, LeakKind};

    fn says(runs: &[Run], off: Vec<GrowingSite>, on: Vec<GrowingSite>) -> String {
        verdict(runs, &valgrind(off, on)).sentence
    }

    /// What is said of a loop without zones that gains 100 bytes an iteration.
    fn of_stores(stores: &[(&str, f64)], unaccounted: Shape) -> String {
        let mut grows = run(WITHOUT, |i| 100 * i, |_| 0);
        grows.stores = stores
            .iter()
            .map(|(name, bytes)| store(name, *bytes))
            .collect();
        grows.unaccounted.shape = unaccounted;
        growth(&grows, Cause::InStore)
    }

    #[test]
    fn a_loss_is_told_with_the_loop_that_has_it_and_once_where_both_have() {
        let lost = |function| vec![of_function(function, LeakKind::DefinitelyLost, 64.0)];
        let loops = [vocabulary(), flat()];
        let vocabulary = "without zones live memory grows by 412 bytes an iteration, all of it in the stores lexemes and \
                          strings; with zones live memory is flat to the byte.";
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
        let grows = [run(WITH, |i| 80 * i, |_| 0)];
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
             (activations.rs:93); valgrind saw nothing lost."
        );
        // A rise that stopped is told as it is, whatever else is lost.
        let once = [run(WITH, |i| if i > 5 { 4096 } else { 0 }, |_| 0)];
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
            let mut teeth = run(WITH, tooth, |_| 0);
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
            "live memory grows by 100 bytes an iteration, all of it in the stores strings and morph table"
        );
    }

    #[test]
    fn what_no_store_holds_is_told_as_a_share() {
        let some = of_stores(&[("strings", 99.9)], Shape::Growing);
        assert!(
            some.ends_with(", 99% of it in the stores strings, the rest in none"),
            "{some}"
        );
        let least = of_stores(&[("strings", 99.95)], Shape::Growing);
        assert!(least.ends_with("the rest in none"), "{least}");
        let none = of_stores(&[("strings", 99.96)], Shape::Growing);
        assert!(
            none.ends_with(", all of it in the stores strings"),
            "{none}"
        );
        let steps = of_stores(&[("strings", 90.0)], Shape::OneOff);
        assert!(
            steps.ends_with(", all of it in the stores strings"),
            "{steps}"
        );
    }

    #[test]
    fn growth_of_which_the_stores_hold_less_than_half_is_not_called_theirs() {
        let half = of_stores(&[("strings", 50.0)], Shape::Growing);
        assert!(
            half.contains(
                "live memory grows by 100 bytes an iteration, 50% of it in the stores strings"
            ),
            "{half}"
        );
        assert_eq!(
            of_stores(&[("strings", 40.0)], Shape::Growing),
            "live memory grows by 100 bytes an iteration, 40 of them in its stores"
        );
    }

    #[test]
    fn memory_that_shrinks_does_not_grow() {
        let shrinks = run(WITHOUT, |i| 400 - 10 * i, |_| 0);
        assert_eq!(
            growth(&shrinks, Cause::Nothing),
            "live memory does not grow"
        );
    }
}
