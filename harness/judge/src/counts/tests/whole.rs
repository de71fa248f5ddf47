//! The verdict on a program as a whole.

use super::*;
use harness_model::program::{ExplainedKind, ProcessRole, ProgramCause, Resource};
use harness_model::{Outcome, Place};

fn place(function: &str) -> Place {
    Place {
        function: function.to_owned(),
        file: Some("work.c".to_owned()),
        line: Some(12),
    }
}

pub(super) fn site(function: &str, figures: Vec<Figures>) -> SiteHistory {
    let place = place(function);
    let stack = vec![place.clone().into()];
    SiteHistory {
        process: 0,
        resource: Resource::Heap,
        place,
        language: Some("C".to_owned()),
        stack,
        figures,
        after: Vec::new(),
        at_end: None,
        objects: Vec::new(),
        held_by: Vec::new(),
        through: None,
    }
}

pub(super) fn evidence(sites: Vec<SiteHistory>, counts: &[u64]) -> Evidence {
    let process = |role, forked| ProcessHistory {
        role,
        command: vec!["./work".to_owned()],
        forked,
        figures: counts
            .iter()
            .map(|&iterations| ProcessFigures {
                iterations,
                ..Default::default()
            })
            .collect(),
        collector: None,
    };
    Evidence {
        runs: counts
            .iter()
            .map(|&iterations| RunFacts {
                iterations,
                failed: None,
            })
            .collect(),
        processes: vec![
            process(ProcessRole::Main, false),
            process(ProcessRole::Child, true),
        ],
        sites,
        ..Evidence::default()
    }
}

#[test]
fn a_leak_is_named_with_its_line_and_a_cache_beside_it_is_explained() {
    let sites = vec![
        site("lose", lost(&TENS, 48, |n| n)),
        site("remember", held(&TENS, 64, |n| n.min(512))),
        site("start", held(&TENS, 4_096, |_| 1)),
    ];
    let Conclusion { verdict, certainty } = conclude(&evidence(sites, &TENS));
    assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Leak, 1));
    let [growth] = &verdict.growth[..] else {
        panic!("{verdict:?}")
    };
    assert_eq!(
        (
            growth.cause,
            growth.bytes_per_iteration,
            growth.count_per_iteration
        ),
        (ProgramCause::Unreachable, 48.0, 1.0)
    );
    assert_eq!(growth.sites[0].place, place("lose"));
    assert_eq!(
        verdict.sentence,
        "Leak: 48 B an iteration (1 block), lost: nothing points to it any more, taken by lose (work.c:12), up to 100,000 iterations."
    );
    let kinds: Vec<_> = verdict
        .explained
        .iter()
        .map(|one| (one.kind, one.bytes))
        .collect();
    assert_eq!(
        kinds,
        [
            (ExplainedKind::BoundedCache, 512 * 64),
            (ExplainedKind::OneOff, 4_096)
        ]
    );
    assert_eq!(certainty, Certainty::Sure);
}

#[test]
fn what_holds_objects_of_an_interpreter_is_told_with_its_name() {
    let sentence = |held_by: &[&str]| {
        let mut figures = held(&TENS, 48, |n| n);
        // Only behind the two words of the collector's is an object pointed to.
        figures.iter_mut().for_each(|one| one.possible = one.end);
        let mut site = site("keep", figures);
        site.held_by = held_by.iter().map(|one| (*one).to_owned()).collect();
        let verdict = conclude(&evidence(vec![site], &TENS)).verdict;
        assert_eq!(verdict.growth[0].sites[0].held_by, held_by);
        let about_inside = verdict.blind_spots.iter().any(|one| one.contains("inside"));
        assert_eq!(about_inside, held_by.is_empty());
        verdict.sentence
    };
    let told = |held_by: &[&str], as_what: &str| {
        let sentence = sentence(held_by);
        assert!(sentence.contains(as_what), "{sentence}");
    };
    told(
        &["dict", "list", "list jobs.KEPT", "module jobs"],
        "(1 block), held by list jobs.KEPT, taken by keep",
    );
    const CACHE: &str = "functools._lru_cache_wrapper clients.Client.total";
    told(
        &["bytearray", "clients.Client.page", CACHE, "module clients"],
        "held by functools._lru_cache_wrapper clients.Client.total, taken by",
    );
    told(
        &[
            "bytearray",
            "jobs.Node.blob",
            "a cycle that only the collector frees",
        ],
        "held by a cycle that only the collector frees, taken by",
    );
    told(&[], "held: something still points to it");
    told(
        &["str", "unreferenced by Python"],
        "held: something still points to it",
    );
}

#[test]
fn several_stacks_of_one_line_are_told_as_that_line() {
    let unrolled = (0..3).map(|copy| {
        let mut one = site(
            "produce",
            lost(&TENS, 300, |n| n / 3 + u64::from(n % 3 > copy)),
        );
        one.stack.push(place(&format!("copy{copy}")).into());
        one
    });
    let verdict = conclude(&evidence(unrolled.collect(), &TENS)).verdict;
    let [only] = &verdict.growth[0].sites[..] else {
        panic!("{verdict:?}")
    };
    assert!((only.bytes_per_iteration - 300.0).abs() < 3.0);
}

#[test]
fn pages_that_no_live_block_fills_are_fragmentation() {
    let mut evidence = evidence(vec![site("keep", held(&TENS, 200, |_| 1_500))], &TENS);
    for one in &mut evidence.processes[0].figures {
        (one.anonymous, one.live, one.calls) = (Some(14 << 20), 300_000, 60_000);
    }
    let verdict = conclude(&evidence).verdict;
    assert_eq!(verdict.explained[0].kind, ExplainedKind::Fragmentation);
    assert_eq!(verdict.outcome, Outcome::Pass);
}

#[test]
fn a_program_that_keeps_nothing_passes_and_two_counts_are_inconclusive() {
    let clean = conclude(&evidence(
        vec![site("start", held(&TENS, 4_096, |_| 1))],
        &TENS,
    ))
    .verdict;
    assert_eq!(clean.outcome, Outcome::Pass);
    let short = conclude(&evidence(Vec::new(), &TENS[..2])).verdict;
    assert_eq!((short.outcome, short.exit_code), (Outcome::Inconclusive, 3));
}

#[test]
fn what_is_spread_by_chance_over_many_stacks_of_one_place_is_found_together() {
    // Each of a hundred stacks gets what falls to it.
    let spread = (0..100u64).map(|stack| {
        let mut one = site(
            "visit",
            lost(&TENS, 32, |n| {
                (n + stack * 977 % 100) / 100 + (n / 10 + stack) % 3
            }),
        );
        one.stack.push(place(&format!("depth{stack}")).into());
        one
    });
    let verdict = conclude(&evidence(spread.collect(), &TENS)).verdict;
    assert_eq!(verdict.outcome, Outcome::Leak);
    let total: f64 = verdict
        .growth
        .iter()
        .map(|one| one.bytes_per_iteration)
        .sum();
    assert!((total - 32.0).abs() < 1.0, "{total}");
}

#[test]
fn what_a_forked_child_inherits_grows_in_its_parent_alone() {
    let mut child = site("lose", lost(&TENS, 48, |n| n));
    child.process = 1;
    let verdict = conclude(&evidence(
        vec![site("lose", lost(&TENS, 48, |n| n)), child],
        &TENS,
    ))
    .verdict;
    assert_eq!(verdict.growth.len(), 1);
    assert_eq!(verdict.growth[0].process, ProcessRole::Main);
}

#[test]
fn descriptors_that_stay_open_are_not_memory_and_fail_all_the_same() {
    let mut open = site("open_log", held(&TENS[..3], 0, |n| n));
    open.resource = Resource::FileDescriptor;
    let verdict = conclude(&evidence(vec![open], &TENS[..3])).verdict;
    let growth = &verdict.growth[0];
    assert_eq!(
        (growth.cause, growth.count_per_iteration),
        (ProgramCause::NotReleased, 1.0)
    );
    assert!(
        verdict
            .sentence
            .contains("1 descriptor an iteration, never closed"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn of_runs_that_all_broke_off_growth_is_told_and_nothing_concluded() {
    let sites = vec![site("lose", lost(&TENS, 48, |n| n))];
    let doubts = vec!["With 10 iterations the command was killed by signal 11.".to_owned()];
    let verdict = conclude(&Evidence {
        broken: true,
        doubts,
        ..evidence(sites, &TENS)
    })
    .verdict;
    assert_eq!(
        (verdict.outcome, verdict.growth.len()),
        (Outcome::Inconclusive, 1)
    );
    assert!(
        verdict.sentence.contains("killed by signal 11"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn a_command_that_is_one_iteration_leaks_what_is_lost_at_its_end() {
    let runs = [1, 1, 1];
    let sites = vec![
        site("lose", lost(&runs, 48, |_| 3)),
        site("start", held(&runs, 4_096, |_| 1)),
    ];
    let verdict = conclude(&Evidence {
        repeat: true,
        ..evidence(sites, &runs)
    })
    .verdict;
    assert_eq!(verdict.growth.len(), 1);
    assert_eq!(verdict.growth[0].bytes_per_iteration, 144.0);
}

#[test]
fn the_heads_of_blocks_are_part_of_what_call_sites_account_for() {
    // 8 bytes for the head and 8 to round up with each block of 64, and 8 with each of 24.
    for (size, takes) in [(64, 80), (24, 32), (8, 32)] {
        let mut evidence = evidence(vec![site("lose", lost(&TENS, size, |n| n))], &TENS);
        for one in &mut evidence.processes[0].figures {
            one.anonymous = Some(3_000_000 + takes * one.iterations * 10);
            one.iterations *= 10;
        }
        for one in &mut evidence.sites[0].figures {
            one.iterations *= 10;
            one.end.blocks *= 10;
            one.end.bytes *= 10;
            one.lost = one.end;
            one.peak = one.end;
            one.taken *= 10;
        }
        let verdict = conclude(&evidence).verdict;
        let coverage = verdict.coverage.unwrap();
        assert!(coverage > 0.99, "{size}: {coverage}");
    }
}

#[test]
fn the_buffer_of_a_stream_is_not_told() {
    let mut buffer = site("main", held(&TENS, 4_096, |_| 1));
    buffer.stack[0].place.function = "__GI__IO_file_doallocate".to_owned();
    let sites = vec![buffer, site("table", held(&TENS, 4_096, |_| 1))];
    let explained = conclude(&evidence(sites, &TENS)).verdict.explained;
    assert_eq!(explained.len(), 1);
    assert_eq!(explained[0].site.as_ref().unwrap().function, "table");
}

#[test]
fn a_little_that_is_taken_once_is_not_told_of_a_large_program() {
    let sites = vec![
        site("little", held(&TENS, 4_096, |_| 1)),
        site("table", held(&TENS, 700_000, |_| 1)),
    ];
    let mut evidence = evidence(sites, &TENS);
    for one in &mut evidence.processes[0].figures {
        one.anonymous = Some(2 << 20);
    }
    let explained = conclude(&evidence).verdict.explained;
    let bytes: Vec<u64> = explained.iter().map(|one| one.bytes).collect();
    assert_eq!(bytes, [700_000]);
}

#[test]
fn resident_memory_that_no_call_accounts_for_is_growth_all_the_same() {
    let mut evidence = evidence(Vec::new(), &TENS);
    for one in &mut evidence.processes[0].figures {
        one.anonymous = Some(3_000_000 + 4_096 * one.iterations);
    }
    let verdict = conclude(&evidence).verdict;
    assert_eq!(verdict.coverage, Some(0.0));
    assert!(verdict.growth[0].sites.is_empty());
    assert!((verdict.growth[0].bytes_per_iteration - 4_096.0).abs() < 1.0);
}

#[test]
fn what_is_held_for_a_few_iterations_may_be_a_cache_that_fills() {
    let judge = |counts: &[u64], cut_short, lost: bool| {
        let figures = match lost {
            true => super::lost(counts, 48, |n| n),
            false => held(counts, 48, |n| n),
        };
        let mut evidence = evidence(vec![site("keep", figures)], counts);
        evidence.cut_short = cut_short;
        conclude(&evidence).verdict
    };
    let verdict = judge(&[1, 2, 10], true, false);
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
    assert!(verdict.growth.is_empty());
    assert!(
        verdict.sentence.contains("10 iterations are too few"),
        "{}",
        verdict.sentence
    );
    // Who chose the counts, or what is lost, or more of them: then it grows.
    for verdict in [
        judge(&[1, 2, 10], false, false),
        judge(&[1, 2, 10], true, true),
        judge(&[1, 10, 100], true, false),
    ] {
        assert_eq!(verdict.outcome, Outcome::Leak);
    }
}
