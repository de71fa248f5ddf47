//! What one call site does is told by its figures.

use super::*;
use crate::counts::trend::{Trend, steps, trend};
use proptest::prelude::*;

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

/// What it held at its most, of which nothing is left at the end.
fn freed(figures: Vec<Figures>) -> Vec<Figures> {
    let without_end = |one| Figures {
        end: Amount::default(),
        ..one
    };
    figures.into_iter().map(without_end).collect()
}

#[test]
fn what_filled_is_a_cache_although_it_is_freed_before_the_end() {
    let ring = freed(held(&TENS[..4], 200, |n| n.min(64)));
    assert_eq!(
        course(&ring),
        Course::Bounded {
            bytes: 64 * 200,
            by: 100
        }
    );
    let shortest = freed(held(&TENS[..3], 200, |n| n.min(64)));
    assert!(matches!(
        course(&shortest),
        Course::Bounded { bytes: 12_800, .. }
    ));
}

#[test]
fn a_buffer_that_met_its_largest_is_a_high_water_mark_although_it_is_freed_before_the_end() {
    let buffer = TENS[..4]
        .iter()
        .map(|&n| figures(n, n, 1, 1_000 * n.min(700)));
    assert_eq!(
        course(&freed(buffer.collect())),
        Course::HighWater { bytes: 700_000 }
    );
}

#[test]
fn a_few_blocks_more_that_lived_at_once_are_chance() {
    let mut few = freed(held(&[10, 100, 1_000], 32, |n| 1 + n / 200));
    assert_eq!(rate_of(&few), None);
    // The end has as many at every count.
    few.iter_mut().for_each(|one| {
        one.end = Amount {
            bytes: 32,
            blocks: 1,
        };
    });
    assert_eq!(rate_of(&few), None);
    let many = freed(held(&[10, 100, 1_000], 32, |n| 1 + n / 20));
    assert!(rate_of(&many).is_some());
}

#[test]
fn what_is_freed_as_soon_as_it_is_taken_is_nothing() {
    let passing = freed(held(&TENS, 4_096, |_| 3));
    assert_eq!(course(&passing), Course::Nothing);
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
