//! The main job on the real pipeline, small: what is told of a healthy program, and of the leak of spaCy #3618.

use crate::place::{Place, valgrind_is_there};
use harness::workload::Zones;
use harness_model::{FindingKind, Instrument, LeakKind, Outcome, Shape};

#[test]
fn the_pipeline_grows_by_its_vocabulary_without_zones_and_is_flat_to_the_byte_with_them() {
    let place = Place::new();
    let ended = place.run("--iters 80 --probes rss,heap --novel-words 0.1");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let summary = place.summary();
    let [off, on] = &summary.runs[..] else {
        panic!("two runs")
    };
    assert_eq!(
        (on.live_bytes.min, on.live_blocks.min),
        (on.live_bytes.max, on.live_blocks.max)
    );
    assert!(off.live_bytes.per_iteration > 0.0);
    assert_ne!(off.unaccounted.shape, Shape::Growing);
    let strings = off
        .stores
        .iter()
        .find(|store| store.name == "strings")
        .unwrap();
    assert!(strings.entries_per_iteration > 1.0);
    assert!(
        summary.workload.subject.starts_with("en_ewt_sm"),
        "{}",
        summary.workload.subject
    );
    assert!(off.words > 5_000);
}

#[test]
fn the_planted_leak_is_found_without_valgrind_and_named_by_dhat() {
    let place = Place::new();
    let ended = place.run("--iters 12 --probes heap,dhat --dhat-iters 2 --inject activation-leak");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stdout.contains("resize_activations"),
        "{}",
        ended.stdout
    );
    let summary = place.summary();
    assert_eq!(summary.verdict.outcome, Outcome::Leak);
    let finding = &summary
        .verdict
        .findings
        .iter()
        .find(|f| f.kind == FindingKind::Growth);
    let finding = finding.expect("growth in zones");
    assert_eq!(finding.evidence, Instrument::Counters);
    assert_eq!(
        finding.place.function.as_deref(),
        Some("resize_activations")
    );
    assert!(
        finding
            .place
            .file
            .as_ref()
            .unwrap()
            .ends_with("activations.rs")
    );
    assert!(finding.place.line.is_some());
    // Two components, five arrays each, once a batch: dhat and the loop's counters say the same.
    assert_eq!(finding.blocks_per_iteration, Some(10.0));
    let with_zones = summary
        .pairs(Instrument::Dhat)
        .iter()
        .find(|pair| pair.condition == Zones::On.phrase());
    let sites = &with_zones.unwrap().growing;
    let sum = |of: fn(&harness_model::GrowingSite) -> f64| sites.iter().map(of).sum::<f64>();
    assert_eq!(sum(|site| site.blocks_per_iteration), 10.0);
    assert_eq!(
        sum(|site| site.bytes_per_iteration),
        finding.bytes_per_iteration
    );
}

#[test]
fn the_allocators_records_name_the_planted_leak_and_the_components_it_is_in() {
    let place = Place::new();
    let ended = place.run("--iters 12 --zones on --probes sites,groups --inject activation-leak");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let summary = place.summary();
    let growing = &summary.pairs(Instrument::Sites)[0].growing;
    let mut parts: Vec<_> = growing
        .iter()
        .filter_map(|site| site.part.clone())
        .collect();
    parts.sort();
    parts.dedup();
    assert_eq!(parts, ["ner", "parser"]);
    assert!(
        growing
            .iter()
            .all(|site| site.place.function == "resize_activations")
    );
    let blocks: f64 = growing.iter().map(|site| site.blocks_per_iteration).sum();
    assert_eq!(blocks, 10.0);
    // One look an iteration of so few: each holds one more block, of the same size.
    for site in growing {
        let rises: Vec<u64> = site
            .held
            .windows(2)
            .map(|two| two[1].blocks - two[0].blocks)
            .collect();
        assert_eq!(rises.len(), 12, "{:?}", site.held);
        let each = site.blocks_per_iteration as u64;
        assert!(rises.iter().all(|rise| *rise == each), "{rises:?}");
    }
    // The groups say the same of each part, whatever the rest does.
    for part in &summary.parts.ran().expect("the parts were told apart").runs[0].parts {
        let leaks = part.part == "ner" || part.part == "parser";
        // A slope of whole numbers, to the rounding.
        let expected = if leaks { 5.0 } else { 0.0 };
        let off = (part.live_blocks - expected).abs();
        assert!(off < 1e-9, "{}: {}", part.part, part.live_blocks);
    }
}

#[test]
fn the_planted_leak_is_definitely_lost_by_valgrind_and_every_instrument_agrees_on_it() {
    if !valgrind_is_there() {
        return;
    }
    let place = Place::new();
    let ended = place.run(
        "--iters 12 --zones on --probes heap,valgrind --valgrind-iters 1 --inject activation-leak --require valgrind",
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let summary = place.summary();
    let lost = summary
        .verdict
        .findings
        .iter()
        .find(|f| f.kind == FindingKind::Lost);
    let lost = lost.expect("something lost");
    assert_eq!(lost.place.function.as_deref(), Some("resize_activations"));
    assert!(
        lost.place
            .file
            .as_ref()
            .unwrap()
            .ends_with("activations.rs")
    );
    assert_eq!(lost.blocks_per_iteration, Some(10.0));
    assert_eq!(
        lost.bytes_per_iteration,
        summary.runs[0].live_bytes.per_iteration
    );
    let pair = &summary
        .stacks(Instrument::Valgrind)
        .unwrap()
        .ran()
        .unwrap()
        .pairs[0];
    let definitely =
        |site: &&harness_model::GrowingSite| site.leak_kind == Some(LeakKind::DefinitelyLost);
    assert!(pair.growing.iter().filter(definitely).count() >= 5);
    let agree = |sentence: &String| {
        sentence.starts_with("valgrind and") && sentence.contains("agree with zones")
    };
    assert!(
        summary.verdict.agreement.iter().any(agree),
        "{:?}",
        summary.verdict.agreement
    );
}

#[test]
fn a_pipeline_that_cannot_be_loaded_is_wrong_use_and_leaves_no_report_behind() {
    let place = Place::new();
    let ended = place.run("--model nowhere");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("nowhere"), "{}", ended.stderr);
    assert!(!place.path("out").exists());
}
