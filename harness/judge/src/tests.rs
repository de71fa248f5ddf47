//! What the verdict makes of measurements of every kind.

use super::testing::{
    flat, judged, kinds, not_run, of_function, pair, run, seen_by, site, store, valgrind, verdict,
    vocabulary,
};
use crate::evidence::Evidence;
use harness_model::Cause;
use harness_model::testing::{WITH, WITHOUT};
use harness_model::{
    FindingKind, Instrument, Interval, LeakKind, Outcome, Probe, Run, Shape, SiteReport,
};
use harness_model::{Ledger, Row, RowKind};

#[test]
fn a_vocabulary_that_grows_without_zones_and_is_flat_with_them_passes_in_one_plain_sentence() {
    let verdict = verdict(&[vocabulary(), flat()], &valgrind(vec![], vec![]));
    assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Pass, 0));
    assert_eq!(
        verdict.sentence,
        "Without zones live memory grows by 412 bytes an iteration, all of it in the stores lexemes and strings; with \
         zones live memory is flat to the byte; valgrind saw nothing lost."
    );
}

#[test]
fn growth_with_zones_fails_and_names_the_function_that_valgrind_saw() {
    let sites = || {
        vec![
            site(LeakKind::DefinitelyLost, 93, 64.0),
            site(LeakKind::DefinitelyLost, 95, 16.0),
        ]
    };
    let grows = run(WITH, |i| 80 * i, |_| 0);
    let verdict = verdict(&[grows], &valgrind(sites(), sites()));
    assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Leak, 1));
    assert!(kinds(&verdict).contains(&FindingKind::Growth));
    assert!(kinds(&verdict).contains(&FindingKind::Lost));
    for finding in &verdict.findings {
        assert_eq!(
            finding.place.function.as_deref(),
            Some("resize_activations")
        );
        assert_eq!(finding.place.line, Some(93));
        assert_eq!(finding.bytes_per_iteration, 80.0);
    }
    let says = "resize_activations (activations.rs:93, 95) loses 80 bytes in 2 blocks an iteration in both loops";
    assert!(verdict.sentence.contains(says), "{}", verdict.sentence);
}

#[test]
fn what_is_lost_fails_without_zones_too() {
    let lost = vec![site(LeakKind::IndirectlyLost, 93, 64.0)];
    let verdict = verdict(&[vocabulary(), flat()], &valgrind(lost, vec![]));
    assert_eq!(verdict.outcome, Outcome::Leak);
}

#[test]
fn held_blocks_that_grow_without_zones_do_not_fail() {
    // A hash table is held by a pointer into its middle: valgrind calls it possibly lost.
    for kind in [LeakKind::StillReachable, LeakKind::PossiblyLost] {
        let verdict = verdict(
            &[vocabulary(), flat()],
            &valgrind(vec![site(kind, 1, 412.0)], vec![]),
        );
        assert_eq!(verdict.outcome, Outcome::Pass);
    }
}

#[test]
fn growth_in_no_store_fails_unless_valgrind_says_that_it_is_held() {
    let unaccounted = || run(WITHOUT, |i| 500 * i, |i| 400 * i);
    let without = verdict(&[unaccounted()], &not_run());
    assert_eq!(without.outcome, Outcome::Leak);
    assert_eq!(without.findings[0].kind, FindingKind::Unaccounted);
    let with = verdict(&[unaccounted()], &valgrind(vec![], vec![]));
    assert_eq!(with.outcome, Outcome::Pass);
    assert!(
        with.sentence
            .contains("80% of it in the stores lexemes and strings"),
        "{}",
        with.sentence
    );
}

#[test]
fn a_buffer_grown_once_passes_unless_it_is_too_late_to_tell() {
    let grown_at = |at: u64| run(WITH, move |i| if i >= at { 4096 } else { 0 }, |_| 0);
    let early = verdict(&[grown_at(5)], &not_run());
    assert_eq!(early.outcome, Outcome::Pass);
    assert_eq!(kinds(&early), [FindingKind::OneOff]);
    let late = verdict(&[grown_at(38)], &not_run());
    assert_eq!((late.outcome, late.exit_code), (Outcome::Inconclusive, 3));
}

#[test]
fn a_stopped_run_and_a_missing_requirement_are_inconclusive() {
    let runs = [flat()];
    let of = |missing: Vec<String>, interrupted| {
        judged(|evidence| {
            evidence.runs = &runs;
            evidence.missing = missing;
            evidence.interrupted = interrupted;
        })
    };
    assert_eq!(of(vec![], false).exit_code, 0);
    assert_eq!(of(vec![], true).exit_code, 3);
    let required = of(vec!["valgrind".to_owned()], false);
    assert_eq!(required.exit_code, 3);
    assert!(
        required.sentence.contains("valgrind is required"),
        "{}",
        required.sentence
    );
}

#[test]
fn every_verdict_says_what_it_could_not_have_seen() {
    let runs = [flat()];
    let verdict = judged(|evidence| {
        evidence.runs = &runs;
        evidence.unmeasured = vec![WITHOUT.to_owned()];
    });
    let says = |text: &str| verdict.blind_spots.iter().any(|spot| spot.contains(text));
    assert!(says(
        "With zones it would have seen growth down to 1 byte in 10 iterations"
    ));
    assert!(says("for want of valgrind"));
    assert!(says("Nothing was measured without zones."));
}

#[test]
fn a_loop_that_died_is_inconclusive_and_its_end_is_told() {
    let dead = [Run {
        failure: Some("was killed by signal 9".to_owned()),
        ..flat()
    }];
    let of = |interrupted| {
        judged(|evidence| {
            evidence.runs = &dead;
            evidence.interrupted = interrupted;
        })
    };
    let died = of(false);
    assert_eq!(died.exit_code, 3);
    assert!(
        died.sentence
            .contains("the loop with zones was killed by signal 9"),
        "{}",
        died.sentence
    );
    // Who stops a run kills its children: that is no news.
    let stopped = of(true).sentence;
    assert!(
        stopped.contains("stopped before its end") && !stopped.contains("signal"),
        "{stopped}"
    );
}

#[test]
fn too_few_iterations_are_a_doubt_with_zones_alone() {
    let of = |run: Run| {
        let mut run = run;
        run.live_bytes.shape = Shape::Inconclusive;
        verdict(&[run], &not_run())
    };
    let with = of(flat());
    assert_eq!((with.outcome, with.exit_code), (Outcome::Inconclusive, 3));
    assert!(
        with.sentence.contains("40 iterations are too few"),
        "{}",
        with.sentence
    );
    assert_eq!(of(vocabulary()).outcome, Outcome::Pass);
    let mut certain = [flat()];
    certain[0].live_bytes.shape = Shape::Inconclusive;
    certain[0].live_blocks.shape = Shape::Growing;
    assert_eq!(verdict(&certain, &not_run()).outcome, Outcome::Leak);
}

#[test]
fn a_tool_that_failed_is_a_doubt_and_no_measurement_at_all_is_one() {
    let failed: Probe<SiteReport> = Probe::Failed {
        reason: "it died".to_owned(),
        files: Vec::new(),
    };
    let runs = [flat()];
    let died = verdict(&runs, &failed);
    assert_eq!(died.exit_code, 3);
    assert!(
        died.sentence
            .contains("valgrind came to no result: it died"),
        "{}",
        died.sentence
    );
    let nothing = judged(|_| ());
    assert_eq!(nothing.exit_code, 3);
    assert!(
        nothing.sentence.contains("nothing was measured"),
        "{}",
        nothing.sentence
    );
}

#[test]
fn each_loop_has_its_cause_by_its_own_ledger_and_its_own_stacks() {
    let runs = [
        run(WITHOUT, |i| 80 * i, |_| 0),
        run(WITH, |i| 80 * i, |_| 0),
    ];
    let ledger = |condition: &str, iterations| Ledger {
        condition: condition.to_owned(),
        iterations,
        total: 8 << 20,
        rows: vec![Row {
            kind: RowKind::OtherMappings,
            name: "other".to_owned(),
            bytes: 8 << 20,
        }],
    };
    let stacks = valgrind(
        vec![site(LeakKind::DefinitelyLost, 1, 80.0)],
        vec![site(LeakKind::StillReachable, 1, 80.0)],
    );
    let causes = verdict(&runs, &stacks).causes;
    let told: Vec<_> = causes
        .iter()
        .map(|cause| (cause.condition.as_str(), cause.cause))
        .collect();
    assert_eq!(
        told,
        [(WITHOUT, Cause::Unreachable), (WITH, Cause::InNoStore)]
    );
    // A ledger that gained, without the series that says whether it goes on: of the other loop it says nothing.
    let ledgers = [ledger(WITH, 40)];
    let quiet = [run(WITHOUT, |_| 0, |_| 0), flat()];
    let causes = judged(|evidence| {
        evidence.runs = &quiet;
        evidence.ledgers = &ledgers;
    })
    .causes;
    let told: Vec<_> = causes
        .iter()
        .map(|cause| (cause.condition.as_str(), cause.cause))
        .collect();
    assert_eq!(told, [(WITHOUT, Cause::Nothing), (WITH, Cause::Unknown)]);
}

#[test]
fn what_the_resident_set_would_have_shown_is_told_with_its_interval() {
    let mut loops = [flat()];
    let says = |loops: &[Run], text: &str| {
        let spots = verdict(loops, &not_run()).blind_spots;
        assert!(spots.iter().any(|spot| spot.contains(text)), "{spots:?}");
    };
    says(
        &loops,
        "Memory mapped outside the allocator was not looked for with zones.",
    );
    let mut rss = loops[0].live_bytes.clone();
    rss.slope = 12.5;
    rss.slope_interval = Some(Interval {
        low: -3.0,
        high: 1_234.0,
    });
    rss.minimum_detectable_effect = Some(4_096.0);
    loops[0].rss_bytes = Some(rss);
    says(
        &loops,
        "whose slope was 12.5 bytes an iteration with zones (95% confidence: -3 to 1,234): the smallest slope that it \
         could have told from zero is 4,096.",
    );
}

#[test]
fn growth_in_zones_is_named_by_the_stacks_of_the_loop_with_zones() {
    let stacks = valgrind(
        vec![of_function("loads", LeakKind::StillReachable, 500.0)],
        vec![of_function("caches", LeakKind::StillReachable, 80.0)],
    );
    let told = |gains: u64| {
        let grows = run(WITH, move |i| gains * i, |_| 0);
        verdict(&[grows], &stacks).findings.remove(0)
    };
    let finding = told(80);
    assert_eq!(finding.place.function.as_deref(), Some("caches"));
    assert_eq!(finding.place.file.as_deref(), Some("activations.rs"));
    assert_eq!(finding.place.line, Some(7));
    assert_eq!(finding.frames.len(), 1);
    assert_eq!(
        finding.message,
        "with zones live memory grows by 80 bytes in 1.25 blocks an iteration, all of it from caches (activations.rs:7)"
    );
    for others in [40, 160] {
        assert!(told(others).message.contains("most of it from caches"));
    }
    let unnamed = verdict(&[run(WITH, |i| 80 * i, |_| 0)], &not_run());
    assert_eq!(
        unnamed.findings[0].message,
        "with zones live memory grows by 80 bytes in 1.25 blocks an iteration"
    );
}

#[test]
fn a_rise_is_told_with_its_bytes_and_whether_it_came_early() {
    let rises = |at: u64| run(WITH, move |i| if i >= at { 4096 } else { 0 }, |_| 0);
    let message = |at| {
        verdict(&[rises(at)], &not_run()).findings[0]
            .message
            .clone()
    };
    assert_eq!(
        message(5),
        "with zones live memory rose by 4,096 bytes and then no more"
    );
    assert_eq!(message(38), "with zones live memory rose by 4,096 bytes");
}

#[test]
fn what_the_stores_gain_is_their_sum_and_each_that_changed_is_named() {
    let stores = |stores: &[(&str, f64)]| {
        let mut grows = vocabulary();
        grows.stores = stores
            .iter()
            .map(|(name, bytes)| store(name, *bytes))
            .collect();
        verdict(&[grows, flat()], &not_run()).findings
    };
    let found = stores(&[
        ("strings", 100.0),
        ("morphs", -50.0),
        ("shapes", 0.0),
        ("lexemes", 312.0),
    ]);
    assert_eq!(
        found[0].message,
        "without zones the stores gain 362 bytes an iteration: lexemes 312, strings 100, morphs -50"
    );
    assert!(stores(&[("strings", 0.0), ("lexemes", -1.0)]).is_empty());
}

#[test]
fn blocks_in_no_store_are_told_unless_they_are_those_that_are_lost() {
    let unaccounted = [run(WITHOUT, |i| 500 * i, |i| 400 * i)];
    let held = || vec![of_function("caches", LeakKind::StillReachable, 100.0)];
    let lost = || vec![site(LeakKind::DefinitelyLost, 9, 100.0)];
    let of = |off, on| {
        let found = verdict(&unaccounted, &valgrind(off, on)).findings;
        found
            .into_iter()
            .find(|one| one.kind == FindingKind::Unaccounted)
    };
    let finding = of(held(), vec![]).unwrap();
    assert_eq!(
        finding.message,
        "without zones 100 bytes an iteration are kept that no store accounts for; most grows in \
         caches (activations.rs:7)"
    );
    assert_eq!(finding.place.function.as_deref(), Some("caches"));
    assert!(of(lost(), vec![]).is_none());
    assert!(of(held(), lost()).is_some());
}

#[test]
fn without_measured_loops_the_tools_own_runs_say_what_grows_in_zones() {
    let of = |sites| {
        let stacks = [seen_by(Instrument::Dhat, &valgrind(vec![], sites))];
        judged(|evidence| evidence.stacks = &stacks)
    };
    let held = of(vec![of_function("caches", LeakKind::StillReachable, 80.0)]);
    assert_eq!(held.outcome, Outcome::Leak);
    assert_eq!(
        held.findings[0].message,
        "with zones caches (activations.rs:7) keeps 80 bytes in 1 block an iteration"
    );
    // What is lost is valgrind's to tell, and is told once.
    let lost = valgrind(vec![], vec![site(LeakKind::DefinitelyLost, 9, 80.0)]);
    let stacks = [seen_by(Instrument::Valgrind, &lost)];
    let lost = judged(|evidence| evidence.stacks = &stacks);
    assert_eq!(kinds(&lost), [FindingKind::Lost]);
}

#[test]
fn functions_of_one_name_in_two_files_are_two_places() {
    let elsewhere = {
        let mut site = site(LeakKind::DefinitelyLost, 40, 16.0);
        site.place.file = Some("other.rs".to_owned());
        site
    };
    let sites = vec![site(LeakKind::DefinitelyLost, 93, 64.0), elsewhere];
    let stacks = [seen_by(Instrument::Valgrind, &valgrind(sites, vec![]))];
    let found = judged(|evidence| evidence.stacks = &stacks).findings;
    let places: Vec<_> = found
        .iter()
        .map(|one| (one.place.file.as_deref(), one.bytes_per_iteration))
        .collect();
    assert_eq!(
        places,
        [(Some("activations.rs"), 64.0), (Some("other.rs"), 16.0)]
    );
}

#[test]
fn what_an_iteration_loses_is_what_grows_and_nothing_can_free() {
    let growing = vec![
        site(LeakKind::DefinitelyLost, 1, 16.0),
        site(LeakKind::IndirectlyLost, 2, 2.0),
        site(LeakKind::PossiblyLost, 3, 32.0),
        site(LeakKind::StillReachable, 4, 64.0),
    ];
    assert_eq!(pair(WITH, growing).lost_per_iteration(), 18.0);
    assert_eq!(pair(WITH, Vec::new()).lost_per_iteration(), 0.0);
}

#[test]
fn a_verdict_can_be_come_to_again_from_a_report_alone() {
    let summary = harness_model::testing::example();
    let again = crate::verdict::judge(&Evidence::from_summary(&summary));
    assert_eq!(again.outcome, summary.verdict.outcome);
    let of = |verdict: &harness_model::Verdict| {
        let findings = verdict.findings.iter().filter(|finding| finding.fails);
        let told = findings.map(|one| {
            (
                one.kind,
                one.place.function.clone(),
                one.bytes_per_iteration,
            )
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(of(&again), of(&summary.verdict));
}

#[test]
fn a_required_instrument_that_gave_no_result_is_missing_in_the_report_too() {
    let mut summary = harness_model::testing::example();
    summary.options.require = vec!["dhat".to_owned(), "groups".to_owned(), "rss".to_owned()];
    *harness_model::testing::stacks(&mut summary, Instrument::Dhat) = not_run();
    summary.parts = Probe::NotRun {
        reason: "not asked for".to_owned(),
        remedy: None,
    };
    assert_eq!(Evidence::from_summary(&summary).missing, ["dhat", "groups"]);
}
