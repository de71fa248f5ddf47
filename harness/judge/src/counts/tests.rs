//! What the judgement over counts claims.

use super::plan::{CLEAN, Limits, Next, Ran, Stop, next};
use super::trend::{Point, Trend, steps, trend};
use super::*;
use harness_model::program::{ExplainedKind, ProcessRole, ProgramCause, Resource};
use harness_model::{Outcome, Place};
use proptest::prelude::*;

const TENS: [u64; 5] = [10, 100, 1_000, 10_000, 100_000];

fn points(counts: &[u64], value: impl Fn(u64) -> f64) -> Vec<Point> {
    counts
        .iter()
        .map(|&iterations| Point {
            iterations,
            value: value(iterations),
        })
        .collect()
}

fn figures(iterations: u64, taken: u64, blocks: u64, size: u64) -> Figures {
    let end = Amount {
        bytes: blocks * size,
        blocks,
    };
    Figures {
        iterations,
        taken,
        end,
        peak: end,
        trust: Trust::Scanned,
        ..Figures::default()
    }
}

/// What a site holds at each count, in blocks of `size`, of which it takes one an iteration.
fn held(counts: &[u64], size: u64, blocks: impl Fn(u64) -> u64) -> Vec<Figures> {
    counts
        .iter()
        .map(|&n| figures(n, n, blocks(n), size))
        .collect()
}

fn lost(counts: &[u64], size: u64, blocks: impl Fn(u64) -> u64) -> Vec<Figures> {
    let mut all = held(counts, size, blocks);
    all.iter_mut().for_each(|one| one.lost = one.end);
    all
}

fn rate_of(figures: &[Figures]) -> Option<Growth> {
    match course(figures) {
        Course::Grows(growth) => Some(growth),
        _ => None,
    }
}

#[test]
fn a_byte_an_iteration_is_found_to_the_byte() {
    let growth = rate_of(&lost(&TENS[..3], 1, |n| n + 7)).unwrap();
    assert_eq!((growth.rate.bytes, growth.rate.blocks), (1.0, 1.0));
    assert!(growth.line.exact && growth.line.sure);
    assert_eq!(growth.parts, [(Kept::Lost, growth.rate)]);
}

#[test]
fn a_drip_of_48_bytes_in_a_thousand_iterations_is_found_once_there_are_enough() {
    let drip = |counts: &[u64]| rate_of(&lost(counts, 48, |n| n / 1_000));
    assert_eq!(drip(&TENS[..3]), None, "one block may be the only one");
    let growth = drip(&TENS).unwrap();
    assert!((growth.rate.bytes - 0.048).abs() < 0.0005, "{growth:?}");
}

#[test]
fn a_cache_bounded_at_512_is_no_leak_at_any_counts() {
    for counts in [
        &TENS[..3],
        &TENS[..4],
        &TENS[..],
        &[10, 10, 100, 1_000, 5_000],
        &[100, 1_000, 10_000],
    ] {
        let course = course(&held(counts, 64, |n| n.min(512)));
        assert!(
            matches!(course, Course::Bounded { .. }),
            "{counts:?}: {course:?}"
        );
    }
}

#[test]
fn a_cache_is_not_yet_full_at_its_bound_and_is_said_to_grow_only_as_far_as_was_seen() {
    let growth = rate_of(&held(&TENS[..4], 64, |n| n.min(50_000))).unwrap();
    assert_eq!(growth.line.up_to, 10_000);
    assert_eq!(growth.parts[0].0, Kept::Held);
}

#[test]
fn two_counts_never_tell() {
    assert!(matches!(
        course(&lost(&TENS[..2], 48, |n| n)),
        Course::Unsure { .. }
    ));
}

#[test]
fn what_is_taken_once_is_a_one_off_however_large_and_whenever() {
    let once = held(&TENS, 1 << 20, |_| 1);
    assert_eq!(
        course(&once),
        Course::OneOff {
            bytes: 1 << 20,
            sized_by_count: false
        }
    );
    let late = held(&TENS, 100, |n| u64::from(n > 5_000));
    assert!(matches!(
        course(&late),
        Course::OneOff { .. } | Course::Bounded { .. }
    ));
    let at_the_very_end = held(&TENS, 100, |n| u64::from(n > 50_000));
    assert!(matches!(course(&at_the_very_end), Course::OneOff { .. }));
}

#[test]
fn what_is_taken_when_it_is_first_needed_is_no_cache() {
    let late: Vec<Figures> = TENS
        .iter()
        .map(|&n| figures(n, u64::from(n > 39), u64::from(n > 39), 300_000))
        .collect();
    assert!(matches!(
        course(&late),
        Course::OneOff { bytes: 300_000, .. }
    ));
}

#[test]
fn one_block_that_is_as_long_as_the_count_is_no_growth() {
    let results: Vec<Figures> = TENS.iter().map(|&n| figures(n, 1, 1, 8 * n)).collect();
    assert!(matches!(
        course(&results),
        Course::OneOff {
            sized_by_count: true,
            ..
        }
    ));
}

#[test]
fn a_table_that_doubles_grows_by_what_an_entry_takes() {
    let table = |counts: &[u64]| -> Vec<Figures> {
        let size = |n: u64| n.next_power_of_two().max(4) * 8;
        counts
            .iter()
            .map(|&n| figures(n, n.ilog2().into(), 1, size(n)))
            .collect()
    };
    let growth = rate_of(&table(&TENS)).unwrap();
    assert!(growth.amortised);
    assert!((7.9..8.5).contains(&growth.rate.bytes), "{growth:?}");
    assert!(
        matches!(course(&table(&TENS[..3])), Course::Unsure { .. }),
        "it may be the table of a bounded cache"
    );
}

#[test]
fn an_arena_whose_pieces_grow_by_half_grows_by_what_an_iteration_needs() {
    // Pieces until there is room for 416 bytes an iteration; all of them are freed when the arena goes.
    let arena = |n: u64| {
        let (mut pieces, mut room, mut piece) = (0, 0, 4096);
        while room < n * 416 {
            (pieces, room, piece) = (pieces + 1, room + piece, piece * 3 / 2);
        }
        let mut one = figures(n, pieces, 0, 0);
        one.peak = Amount {
            bytes: room,
            blocks: pieces,
        };
        one
    };
    let growth = rate_of(&TENS.map(arena)).unwrap();
    assert!(growth.amortised && growth.freed_at_end, "{growth:?}");
    assert!((400.0..700.0).contains(&growth.rate.bytes), "{growth:?}");
}

#[test]
fn blocks_of_no_bytes_are_lost_or_held_by_their_number() {
    let mut blocks = lost(&TENS, 0, |n| n);
    blocks.iter_mut().for_each(|one| one.lost.blocks -= 1);
    let growth = rate_of(&blocks).unwrap();
    assert_eq!(growth.parts.len(), 1, "{growth:?}");
    assert_eq!(growth.parts[0].0, Kept::Lost);
}

#[test]
fn the_table_of_a_bounded_cache_is_none_that_grows() {
    let size = |n: u64| (n.min(512) * 8 / 7).next_power_of_two() * 24;
    for counts in [&TENS[..4], &TENS[..]] {
        let table: Vec<Figures> = counts
            .iter()
            .map(|&n| figures(n, n.min(512).ilog2().into(), 1, size(n)))
            .collect();
        assert_eq!(rate_of(&table), None, "{counts:?}");
    }
}

#[test]
fn a_buffer_of_the_largest_message_is_a_high_water_mark() {
    let largest = |n: u64| if n >= 500 { 24_000_000 } else { 2_000 + n };
    let buffer: Vec<Figures> = TENS
        .iter()
        .map(|&n| figures(n, 2 + n.ilog10() as u64, 1, largest(n)))
        .collect();
    assert!(
        matches!(
            course(&buffer),
            Course::HighWater { .. } | Course::Bounded { .. }
        ),
        "{:?}",
        course(&buffer)
    );
}

#[test]
fn a_buffer_that_reached_its_size_before_the_least_count_is_one_too() {
    // Three blocks were taken, and the largest is left.
    let buffer: Vec<Figures> = TENS.iter().map(|&n| figures(n, 3, 1, 24_000_000)).collect();
    assert_eq!(course(&buffer), Course::HighWater { bytes: 24_000_000 });
}

#[test]
fn what_is_emptied_now_and_then_is_a_sawtooth() {
    let emptied: Vec<Figures> = TENS
        .iter()
        .map(|&n| {
            let end = Amount {
                bytes: 32 * (n % 64),
                blocks: n % 64,
            };
            let most = n.min(64);
            Figures {
                peak: Amount {
                    bytes: 32 * most,
                    blocks: most,
                },
                ..Figures {
                    end,
                    ..figures(n, n, 0, 0)
                }
            }
        })
        .collect();
    let course = course(&emptied);
    assert!(
        matches!(course, Course::Sawtooth { .. } | Course::Bounded { .. }),
        "{course:?}"
    );
}

#[test]
fn a_queue_that_is_freed_at_the_end_grew_while_the_program_lived() {
    let queue: Vec<Figures> = TENS[..4]
        .iter()
        .map(|&n| Figures {
            end: Amount::default(),
            ..figures(n, 3 * n, 2 * n, 300)
        })
        .collect();
    let growth = rate_of(&queue).unwrap();
    assert!(growth.freed_at_end);
    assert_eq!((growth.rate.bytes, growth.parts[0].0), (600.0, Kept::Held));
}

#[test]
fn lost_and_held_are_told_apart_and_one_stale_pointer_changes_nothing() {
    let mut stale = lost(&TENS, 48, |n| n);
    stale.iter_mut().for_each(|one| {
        one.lost.bytes -= 48;
        one.lost.blocks -= 1;
    });
    assert_eq!(rate_of(&stale).unwrap().parts.len(), 1);
    let mut half = held(&TENS, 48, |n| 2 * n);
    half.iter_mut().for_each(|one| {
        one.lost = Amount {
            bytes: 48 * one.iterations,
            blocks: one.iterations,
        }
    });
    let kinds: Vec<Kept> = rate_of(&half)
        .unwrap()
        .parts
        .iter()
        .map(|part| part.0)
        .collect();
    assert!(kinds.contains(&Kept::Lost) && kinds.contains(&Kept::Held));
}

#[test]
fn so_many_pointers_to_the_inside_as_iterations_are_no_chance_and_hold() {
    let mut inside = held(&TENS, 48, |n| n);
    inside.iter_mut().for_each(|one| one.possible = one.end);
    let growth = rate_of(&inside).unwrap();
    assert_eq!(
        (growth.parts[0].0, growth.parts.len(), growth.inside),
        (Kept::Held, 1, true)
    );
    inside[3].trust = Trust::Doubtful;
    assert_eq!(rate_of(&inside).unwrap().parts[0].0, Kept::PossiblyLost);
}

#[test]
fn without_a_scan_that_can_be_trusted_nothing_is_called_lost() {
    for (trust, expected) in [
        (Trust::Unknown, Kept::Unknown),
        (Trust::Doubtful, Kept::PossiblyLost),
    ] {
        let mut leak = lost(&TENS, 48, |n| n);
        leak[2].trust = trust;
        assert_eq!(rate_of(&leak).unwrap().parts[0].0, expected);
    }
}

#[test]
fn a_leak_beside_a_cache_that_fills_is_found_behind_it() {
    let both = rate_of(&held(&TENS, 10, |n| n.min(512) + n)).unwrap();
    assert_eq!((both.rate.blocks, both.line.from), (1.0, 1_000));
}

#[test]
fn a_chance_of_three_in_ten_is_a_line_with_noise() {
    // Drawn once, by a fair hand.
    let drawn = [(10, 2), (10, 4), (100, 27), (1_000, 312), (10_000, 2_961)];
    let figures: Vec<Figures> = drawn
        .iter()
        .map(|&(n, blocks)| figures(n, n, blocks, 64))
        .collect();
    let growth = rate_of(&figures).unwrap();
    assert!(
        (0.28..0.32).contains(&growth.rate.blocks) && !growth.line.exact,
        "{growth:?}"
    );
}

#[test]
fn what_varies_without_a_trend_is_nothing() {
    for drawn in [
        [(10, 40), (10, 7), (100, 22), (1_000, 35), (10_000, 12)],
        [(10, 12), (10, 15), (100, 13), (1_000, 18), (10_000, 16)],
        [(10, 100), (10, 90), (100, 110), (1_000, 80), (10_000, 120)],
    ] {
        let figures: Vec<Figures> = drawn
            .iter()
            .map(|&(n, blocks)| figures(n, n, blocks, 64))
            .collect();
        assert_eq!(rate_of(&figures), None, "{drawn:?}");
    }
}

proptest! {
    #[test]
    fn every_exact_line_is_found_with_its_slope(base in 0u64..10_000, per in 1u64..1_000, size in 1u64..5_000, to in 3usize..=5) {
        let growth = rate_of(&lost(&TENS[..to], size, |n| base + per * n)).unwrap();
        prop_assert!((growth.rate.bytes - (per * size) as f64).abs() < 1e-6 * growth.rate.bytes);
        prop_assert_eq!(growth.parts, vec![(Kept::Lost, growth.rate)]);
    }

    #[test]
    fn every_drip_is_found_by_a_hundred_times_its_period(period in 2u64..1_000, phase in 0u64..1_000, base in 0u64..50) {
        let growth = rate_of(&lost(&TENS, 48, |n| base + (n + phase % period) / period)).unwrap();
        let rate = 1.0 / period as f64;
        prop_assert!((growth.rate.blocks - rate).abs() < 0.05 * rate, "{:?}", growth);
    }

    #[test]
    fn no_bound_that_was_passed_twice_over_is_growth(bound in 1u64..90_000, size in 1u64..2_000) {
        let reached = held(&TENS, size, |n| n.min(bound));
        prop_assert_eq!(rate_of(&reached), None);
    }

    #[test]
    fn noise_of_any_height_is_no_growth(values in prop::collection::vec(0u64..1_000, 7)) {
        let counts = [10, 10, 100, 100, 1_000, 10_000, 100_000];
        let figures: Vec<Figures> = counts.iter().zip(&values).map(|(&n, &blocks)| figures(n, n, blocks, 64)).collect();
        let found = rate_of(&figures);
        // Chance may look like a line of no more than the height of the noise; never like one block in ten iterations.
        prop_assert!(found.as_ref().is_none_or(|growth| growth.rate.blocks * 100_000.0 < 1_100.0), "{:?}", found);
    }
}

#[test]
fn a_line_needs_its_middle() {
    let (first, middle, last) = (10.0, 600.0, 1_000.0);
    let bent = [(10, first), (100, middle), (1_000, last)];
    let bent: Vec<Point> = bent
        .map(|(iterations, value)| Point { iterations, value })
        .into();
    assert!(trend(&bent, 1.0).line().is_none());
    assert!(matches!(
        trend(&points(&TENS, |n| (n * n) as f64), 1.0),
        Trend::Faster(_)
    ));
    assert!(matches!(
        trend(&points(&TENS, |n| (n as f64).sqrt().floor()), 1.0),
        Trend::Fading { .. } | Trend::Unsure
    ));
    assert_eq!(steps(&points(&TENS[..3], |n| n as f64)), None);
}

#[test]
fn words_that_become_rarer_are_not_said_to_have_stopped() {
    let words = held(&TENS, 40, |n| (n as f64).sqrt() as u64 * 20);
    assert!(
        matches!(course(&words), Course::Unsure { .. }),
        "{:?}",
        course(&words)
    );
}

#[test]
fn a_cache_that_is_full_just_before_the_last_count_is_bounded() {
    for bound in [20_000, 50_000, 90_000] {
        let cache = held(&TENS, 64, |n| n.min(bound));
        assert!(
            matches!(course(&cache), Course::Bounded { .. }),
            "{bound}: {:?}",
            course(&cache)
        );
        // One that takes no more once it is full.
        let once: Vec<Figures> = TENS
            .iter()
            .map(|&n| figures(n, n.min(bound), n.min(bound), 64))
            .collect();
        assert!(
            matches!(course(&once), Course::Bounded { .. }),
            "{bound}: {:?}",
            course(&once)
        );
    }
}

mod whole {
    use super::*;

    fn place(function: &str) -> Place {
        Place {
            function: function.to_owned(),
            file: Some("work.c".to_owned()),
            line: Some(12),
        }
    }

    fn site(function: &str, figures: Vec<Figures>) -> SiteHistory {
        let place = place(function);
        let stack = vec![place.clone().into()];
        SiteHistory {
            process: 0,
            resource: Resource::Heap,
            place,
            language: Some("C".to_owned()),
            stack,
            figures,
            objects: Vec::new(),
            held_by: Vec::new(),
        }
    }

    fn evidence(sites: Vec<SiteHistory>, counts: &[u64]) -> Evidence {
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
}

mod planner {
    use super::*;

    const LIMITS: Limits = Limits {
        budget: 60.0,
        memory: 1 << 30,
    };

    /// All the counts that are run of a program that takes so long, and so much memory.
    fn counts(
        start: f64,
        each: f64,
        memory: u64,
        certainty: impl Fn(&[Ran]) -> Certainty,
    ) -> (Vec<u64>, Stop, f64) {
        let mut ran: Vec<Ran> = Vec::new();
        loop {
            match next(&ran, certainty(&ran), LIMITS) {
                Next::Run(iterations) => ran.push(Ran {
                    iterations,
                    seconds: start + each * iterations as f64,
                    memory: (1 << 20) + memory * iterations,
                }),
                Next::Stop(why) => {
                    let spent = ran.iter().map(|run| run.seconds).sum();
                    return (ran.iter().map(|run| run.iterations).collect(), why, spent);
                }
            }
            assert!(ran.len() < 30, "{ran:?}");
        }
    }

    #[test]
    fn a_quick_program_that_keeps_nothing_is_run_to_a_hundred_thousand() {
        let (ran, why, _) = counts(0.01, 1e-6, 0, |_| Certainty::More);
        assert_eq!(
            (ran, why),
            (vec![10, 10, 100, 1_000, 10_000, CLEAN], Stop::Enough)
        );
    }

    #[test]
    fn a_sure_leak_is_looked_at_no_longer_than_is_cheap() {
        let sure = |ran: &[Ran]| {
            if ran.len() >= 4 {
                Certainty::Sure
            } else {
                Certainty::More
            }
        };
        let (ran, why, spent) = counts(0.01, 0.01, 48, sure);
        assert_eq!((ran, why), (vec![10, 10, 100, 1_000], Stop::Sure));
        assert!(spent < 15.0);
    }

    #[test]
    fn a_slow_program_gets_three_small_counts() {
        let (ran, _, spent) = counts(0.5, 4.0, 0, |_| Certainty::More);
        let mut distinct = ran.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() >= 3, "{ran:?}");
        assert!(spent < 90.0, "{ran:?}: {spent}");
    }

    #[test]
    fn a_fast_leak_does_not_fill_the_machine() {
        let (ran, why, _) = counts(0.01, 1e-6, 1 << 20, |_| Certainty::More);
        assert!(
            ran.iter().all(|count| count * (1 << 20) <= 1 << 30),
            "{ran:?}"
        );
        assert_eq!(why, Stop::Memory);
    }

    proptest! {
        #[test]
        fn every_program_gets_three_counts_and_its_budget_is_kept_where_three_fit(start in 0.001f64..2.0, each in 1e-7f64..3.0) {
            let (ran, _, spent) = counts(start, each, 0, |_| Certainty::More);
            let mut distinct = ran.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert!(distinct.len() >= 3, "{:?}", ran);
            let first = start + each * 10.0;
            prop_assert!(spent <= LIMITS.budget.max(2.5 * first + 10.0 * start), "{:?}: {} s", ran, spent);
        }
    }
}
