//! What two counts tell, of files that were written elsewhere.

use super::super::pair::pair;
use super::*;

const TWO: [u64; 2] = [10, 100];

fn grows(figures: &[Figures]) -> bool {
    matches!(pair(figures), Course::Grows(_))
}

/// What a tool saw that samples, or rounds.
fn grained(grain: Grain, bytes: [u64; 2]) -> Vec<Figures> {
    let mut all = held(&TWO, 1, |n| if n == 10 { bytes[0] } else { bytes[1] });
    all.iter_mut().for_each(|one| one.grain = grain);
    all
}

#[test]
fn what_is_lost_more_with_more_iterations_grows_however_little() {
    // A block of 48 bytes in a thousand iterations.
    assert!(grows(&lost(&[1_000, 2_000], 48, |n| n / 1_000)));
    assert!(grows(&lost(&TWO, 48, |n| 5 + n / 2)));
    let Course::Grows(growth) = pair(&lost(&TWO, 48, |n| n)) else {
        panic!("a leak")
    };
    assert_eq!((growth.rate.bytes, growth.rate.blocks), (48.0, 1.0));
    assert_eq!(growth.parts, [(Kept::Lost, growth.rate)]);
}

#[test]
fn what_is_held_grows_where_it_is_in_proportion_or_comes_with_each_iteration() {
    assert!(grows(&held(&TWO, 32, |n| n)));
    // One in ten.
    assert!(grows(&held(&TWO, 32, |n| n / 10)));
    // Beside what was taken once by the same calls.
    assert!(grows(&held(&TWO, 32, |n| 40 + n)));
    assert!(grows(&held(&TWO, 32, |n| 7 + 2 * n)));
}

#[test]
fn a_cache_that_is_full_or_still_fills_does_not_grow_for_certain() {
    assert!(matches!(
        pair(&held(&TWO, 32, |n| n.min(8))),
        Course::OneOff { bytes: 256, .. }
    ));
    for capacity in [11, 64, 90] {
        let course = pair(&held(&TWO, 32, |n| n.min(capacity)));
        assert!(
            matches!(course, Course::Unsure { .. }),
            "{capacity}: {course:?}"
        );
    }
}

#[test]
fn a_one_off_that_comes_late_and_a_block_that_only_seems_lost_are_no_growth() {
    assert!(matches!(
        pair(&held(&TWO, 32, |n| n / 100)),
        Course::Unsure { .. }
    ));
    let mut stray = held(&TWO, 32, |_| 9);
    stray[1].lost = Amount {
        bytes: 32,
        blocks: 1,
    };
    assert!(matches!(pair(&stray), Course::OneOff { .. }));
    assert!(matches!(pair(&held(&TWO, 32, |_| 0)), Course::Nothing));
}

#[test]
fn what_is_sampled_has_to_be_beyond_chance_and_what_is_rounded_beyond_the_last_digit() {
    let sampled = Grain::Sampled {
        bytes: 524_288,
        blocks: 512,
    };
    // Two samples and four.
    assert!(!grows(&grained(sampled, [1 << 20, 2 << 20])));
    // Forty, and four hundred.
    assert!(grows(&grained(sampled, [20 << 20, 200 << 20])));
    // A cache that was full, as samples tell it.
    assert!(!grows(&grained(sampled, [190 << 20, 200 << 20])));
    let rounded = Grain::Rounded { bytes: 10_000 };
    assert!(!grows(&grained(rounded, [1_230_000, 1_240_000])));
    assert!(grows(&grained(rounded, [480_000, 4_800_000])));
}

#[test]
fn what_is_freed_at_the_end_grew_by_the_most_that_there_was() {
    let freed = |most: fn(u64) -> u64| {
        let mut all = held(&TWO, 48, most);
        all.iter_mut().for_each(|one| one.end = Amount::default());
        all
    };
    let Course::Grows(growth) = pair(&freed(|n| 10 * n)) else {
        panic!("it grew while the program lived")
    };
    assert!(growth.freed_at_end);
    assert_eq!(growth.rate.bytes, 480.0);
    assert!(!grows(&freed(|n| n.min(20))));
}

#[test]
fn the_verdict_says_what_two_counts_and_one_cannot_tell() {
    let evidence = |counts: &[u64]| {
        let site = SiteHistory {
            process: 0,
            resource: harness_model::program::Resource::Heap,
            place: harness_model::Place::unknown(),
            language: None,
            stack: Vec::new(),
            figures: held(counts, 32, |n| n),
            after: Vec::new(),
            at_end: None,
            objects: Vec::new(),
            held_by: Vec::new(),
            through: None,
        };
        let process = ProcessHistory {
            role: harness_model::program::ProcessRole::Main,
            command: Vec::new(),
            forked: false,
            figures: Vec::new(),
            collector: None,
        };
        let run = |n: &u64| RunFacts {
            iterations: *n,
            failed: None,
        };
        Evidence {
            runs: counts.iter().map(run).collect(),
            processes: vec![process],
            sites: vec![site],
            captured: true,
            ..Evidence::default()
        }
    };
    let verdict = |counts: &[u64]| conclude(&evidence(counts)).verdict;
    let two = verdict(&TWO);
    assert_eq!(two.outcome, harness_model::Outcome::Leak);
    assert!(
        two.blind_spots
            .iter()
            .any(|spot| spot.contains("Two counts cannot tell"))
    );
    let three = verdict(&[10, 100, 1_000]);
    assert!(
        !three
            .blind_spots
            .iter()
            .any(|spot| spot.contains("Two counts"))
    );
    let one = verdict(&[100]);
    assert_eq!(one.outcome, harness_model::Outcome::Inconclusive);
    assert!(one.sentence.contains("cannot be told from one capture"));
    assert!(one.explained.is_empty());
}
