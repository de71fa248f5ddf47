//! What rises say, on rises that are written down one by one.

use super::*;
use crate::simulation::random::Random;

/// The rises of a series that is raised by so much at each of these places.
fn rises(last: usize, at: &[(usize, f64)]) -> Rises {
    let mut path = vec![0.0; last + 1];
    for &(at, height) in at {
        for value in &mut path[at..] {
            *value += height;
        }
    }
    Rises::of(&path)
}

#[test]
fn the_last_iteration_of_a_quarter_belongs_to_it() {
    for (at, quarter) in [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (7, 3), (8, 3)] {
        let mut expected = [false; 4];
        expected[quarter] = true;
        assert_eq!(rises(8, &[(at, 1.0)]).quarters(), expected, "{at}");
    }
}

#[test]
fn only_what_is_more_than_three_times_as_high_as_usual_stands_out() {
    let mut at: Vec<(usize, f64)> = (1..=20).map(|at| (at, 2.0)).collect();
    at[4].1 = 6.0;
    assert_eq!(rises(20, &at).standing_out(16), []);
    at[4].1 = 6.5;
    assert_eq!(rises(20, &at).standing_out(16), [(5, 6.5)]);
}

#[test]
fn the_middle_of_a_cache_that_fills_is_where_half_of_the_exponential_lies() {
    // As by numerical integration of t exp(-t/c) over that of exp(-t/c), from 0 to 1.
    for (constant, middle) in [(0.5, 0.343_482), (1.0, 0.418_023), (1.4, 0.440_976)] {
        assert!(
            (middle_of_filling(constant) - middle).abs() < 1e-6,
            "{constant}"
        );
    }
}

#[test]
fn eight_alike_rises_are_regular_and_seven_or_ever_rarer_ones_are_not() {
    let every = |gap: usize, count: usize| -> Vec<(usize, f64)> {
        (1..=count).map(|at| (gap * at, 64.0)).collect()
    };
    assert!(rises(85, &every(10, 8)).are_regular());
    assert!(!rises(75, &every(10, 7)).are_regular());
    // They ended.
    assert!(!rises(120, &every(10, 8)).are_regular());
    // 1 and 2 are as close to each other as whole numbers can be, and yet the later ones take longer.
    let rarer = [1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 17].map(|at| (at, 64.0));
    assert!(!rises(18, &rarer).are_regular());
    // Beside many small ones.
    let mut beside = every(10, 8);
    beside.extend(
        (1..85)
            .filter(|at| at % 10 != 0)
            .map(|at| (at, 1.0 + (at % 7) as f64)),
    );
    assert!(rises(85, &beside).are_regular());
}

/// As many rises as places, one after every so many iterations.
fn every(gap: usize, heights: &[f64]) -> Vec<(usize, f64)> {
    let places = (1..).map(|at| gap * at);
    places.zip(heights.iter().copied()).collect()
}

#[test]
fn rises_that_stand_out_do_not_count_if_they_are_a_quarter_of_all_or_fewer() {
    let recur = |out: usize| {
        let mut heights = [2.0; 24];
        heights[..out].fill(100.0);
        rises(24, &every(1, &heights)).recur(6)
    };
    assert!(recur(0) && recur(6));
    assert!(!recur(7));
}

#[test]
fn what_stands_out_hides_a_rise_only_where_the_others_are_much_the_same() {
    let recur = |other: f64| {
        let mut heights = [20.0, other].repeat(12);
        heights[18..].fill(1_000.0);
        rises(24, &every(1, &heights)).recur(6)
    };
    assert!(recur(20.0) && recur(40.0));
    // Nothing but what stands out came in the last quarter.
    assert!(!recur(41.0));
}

#[test]
fn what_fades_a_little_at_the_end_of_a_run_may_be_a_cache_that_fills_slowly() {
    let rising = |slope: f64| {
        let heights: Vec<f64> = (0..640)
            .map(|at| 1.0 + slope * (0.5 - f64::from(at) / 640.0))
            .collect();
        rises(640, &every(1, &heights)).go_on(0.5)
    };
    // The middle lies at 1/2 - slope / 12; that of a cache which cannot be told from growth, here, at 0.47.
    assert!(rising(0.0) && rising(0.24));
    assert!(!rising(0.48));
}

#[test]
fn what_stands_out_and_is_many_counts_for_three_usual_ones() {
    let mut heights = [100.0; 24];
    heights[12..14].fill(1_000.0);
    heights[18..].fill(1_000.0);
    // 600, 600, 1,000 and 1,800.
    assert!(!rises(24, &every(1, &heights)).recur(6));
}

#[test]
fn alike_rises_go_on_whatever_stood_out_at_first() {
    let mut at = every(1, &[10.0; 40]);
    for (_, height) in &mut at[..9] {
        *height = 1_000.0;
    }
    // Not the same in every stretch: otherwise nothing more would be asked.
    at.remove(24);
    assert!(rises(40, &at).recur(10));
}

#[test]
fn uneven_rises_recur_beside_one_that_stands_out() {
    let mut at = every(2, &[2.0, 3.0].repeat(12));
    at.push((31, 1_000.0));
    at.sort_by_key(|rise| rise.0);
    assert!(rises(48, &at).recur(12));
}

#[test]
fn four_alike_rises_recur_and_three_do_not() {
    assert!(rises(40, &every(10, &[5.0; 4])).recur(10));
    assert!(!rises(40, &every(13, &[5.0; 3])).recur(10));
}

#[test]
fn a_few_rises_recur_if_every_stretch_gains_the_same() {
    let at = |places: [usize; 6]| places.map(|at| (at, 5.0));
    assert!(rises(30, &at([1, 2, 11, 12, 21, 22])).recur(10));
    assert!(!rises(40, &at([1, 2, 3, 11, 21, 31])).recur(10));
}

#[test]
fn many_rises_recur_if_no_stretch_gains_more_than_twice_what_another_does() {
    let recur = |first: f64| {
        let mut heights = [1.0; 40];
        heights[30..].fill(first);
        rises(40, &every(1, &heights)).recur(10)
    };
    assert!(recur(2.0) && !recur(2.1));
}

#[test]
fn eight_rises_are_many_and_need_not_be_alike() {
    let heights = [1.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 1.0];
    assert!(rises(40, &every(5, &heights)).recur(10));
    assert!(!rises(35, &every(5, &heights[..7])).recur(10));
}

#[test]
fn rises_keep_pace_if_the_later_take_no_more_than_a_tenth_longer() {
    let regular = |late: usize| {
        let mut at = 0;
        let gaps = [20, 20, 20, 20, 20, late, late, late];
        let all = gaps.map(|gap| {
            at += gap;
            (at, 64.0)
        });
        rises(at + 20, &all).are_regular()
    };
    assert!(regular(21) && regular(22) && !regular(23));
}

#[test]
fn the_end_of_a_run_has_to_exclude_a_cache_that_fills_over_half_of_the_run() {
    let places = [
        4, 16, 21, 40, 52, 75, 80, 101, 123, 131, 150, 166, 190, 195, 217, 233, 240, 262, 280, 301,
        307, 330, 352, 361, 379, 402, 420, 425, 450, 461, 480, 498,
    ];
    let end = rises(500, &places.map(|at| (at, 8.0)));
    let (middle, error) = end.middle_of_all();
    assert!(middle > 0.48 && (0.25..0.4).contains(&(middle - SURELY * error)));
    // As the whole of a run it would have to exclude one that is full much earlier.
    assert!(!end.go_on(0.5));
}

#[test]
fn about_the_same_in_every_stretch_is_no_growth_where_the_rises_come_early() {
    // The rate of a cache that fills, on whole numbers: 19, 16, 13 and 10 in the four quarters.
    let mut at = Vec::new();
    for (quarter, count) in [(0, 19), (1, 16), (2, 13), (3, 10)] {
        at.extend((1..=count).map(|rise| (20 * quarter + rise, 1.0)));
    }
    let early = rises(80, &at);
    assert!(early.middle_of_all().0 < 0.421 && !early.recur(20));
}

#[test]
fn the_high_rises_of_a_cache_s_beginning_count_though_they_stand_out() {
    let mut at = every(1, &[1.0, 2.0].repeat(40));
    assert!(rises(80, &at).recur(20));
    // Without them the rest comes evenly.
    for rise in at.iter_mut().take(18) {
        rise.1 = 8.0;
    }
    let early = rises(80, &at);
    assert!(early.middle_of_all().0 < 0.421 && !early.recur(20));
    // The same in every pass, however early in it.
    let pass = |pass: usize| [(20 * pass + 1, 1.0), (20 * pass + 2, 2.0)];
    let passes: Vec<(usize, f64)> = (0..4).flat_map(pass).collect();
    assert!(rises(80, &passes).recur(20));
}

#[test]
fn gaps_and_heights_are_alike_within_a_tenth_or_one_iteration() {
    let alike = |gaps: &[usize], heights: &[f64]| {
        let mut at = 0;
        let places = gaps.iter().map(|gap| {
            at += gap;
            at
        });
        let all: Vec<(usize, f64)> = places.zip(heights.iter().copied()).collect();
        let last = all[all.len() - 1].0;
        let rises = rises(last + gaps[0], &all);
        rises.alike(&rises.all)
    };
    assert!(alike(&[20, 22, 20, 22], &[64.0; 4]) && !alike(&[20, 23, 20, 23], &[64.0; 4]));
    assert!(alike(&[3, 4, 3, 4], &[64.0; 4]) && !alike(&[3, 5, 3, 5], &[64.0; 4]));
    assert!(!alike(&[5, 5, 20, 5, 5], &[64.0; 5]));
    assert!(
        alike(&[9; 4], &[64.0, 70.0, 64.0, 66.0]) && !alike(&[9; 4], &[64.0, 71.0, 64.0, 66.0])
    );
}

#[test]
fn the_middle_of_regular_rises_is_known_and_that_of_a_cluster_is_not() {
    assert_eq!(rises(64, &every(1, &[7.0; 64])).middle_of_all(), (0.5, 0.0));
    let (middle, error) = rises(64, &[(32, 7.0), (33, 7.0)]).middle_of_all();
    assert_eq!(middle, 0.5);
    // Two bins of 64 that differ from the rest: (2 (1 - 1/32)^2 + 62 / 32^2) / 12, of which the root is halved.
    assert!(
        (error - ((2.0 * 0.96875_f64.powi(2) + 62.0 / 1024.0) / 12.0).sqrt() / 2.0).abs() < 1e-12
    );
}

#[test]
fn rises_at_random_go_on_if_they_are_many_and_their_rate_does_not_fall() {
    let mut random = Random::new(11);
    let mut at_random = |rate: &dyn Fn(f64) -> f64| -> Rises {
        let all = (1..=1000).filter(|at| random.unit() < rate(f64::from(*at) / 1000.0));
        let all: Vec<(usize, f64)> = all.map(|at| (at as usize, 8.0)).collect();
        rises(1000, &all)
    };
    let many = at_random(&|_| 0.4);
    let few = [40, 130, 210, 300, 330, 460, 520, 610, 700, 740, 860, 950].map(|at| (at, 8.0));
    let few = rises(1000, &few);
    let filling = at_random(&|time| (-2.0 * time).exp());
    assert!(many.go_on(1.0) && !filling.go_on(1.0));
    let (middle, error) = few.middle_of_all();
    assert!(middle > 0.44 && error > 0.05 && !few.quarters().contains(&false));
    assert!(!few.go_on(1.0) && !few.go_on(0.5));
    assert!(filling.fade() && !many.fade());
    assert!(filling.are_likelier_to_fade(1.0) && !many.are_likelier_to_fade(1.0));
}

#[test]
fn what_ended_before_the_last_quarter_does_not_go_on() {
    assert!(!rises(1000, &every(1, &[8.0; 700])).go_on(1.0));
}

/// Whether steps at these places, so high, are those of a table that doubles, in a run of so many iterations. Small
/// rises come beside them.
fn double(last: usize, steps: [(usize, f64); 3]) -> bool {
    let small = (1..last).step_by(7).filter(|at| at % 50 != 0);
    let mut all: Vec<(usize, f64)> = small
        .map(|at| (at, if at % 2 == 0 { 10.0 } else { 20.0 }))
        .collect();
    all.extend(steps);
    rises(last, &all).double()
}

#[test]
fn a_table_that_doubles_is_told_beside_small_rises() {
    let steps = [(400, 640.0), (500, 1280.0), (700, 2560.0)];
    assert!(double(900, steps));
    assert!(!double(900, [(400, 640.0), (500, 960.0), (700, 1440.0)]));
    assert!(!double(900, [(400, 640.0), (500, 1920.0), (700, 5760.0)]));
    assert!(!double(900, [(400, 640.0), (600, 1280.0), (700, 2560.0)]));
}

#[test]
fn a_table_whose_next_doubling_is_overdue_has_stopped() {
    let steps = [(800, 640.0), (850, 1280.0), (950, 2560.0)];
    assert!(double(1200, steps));
    assert!(!double(1250, steps) && !double(1800, steps));
}

#[test]
fn a_table_that_doubled_by_the_middle_of_the_run_may_have_stopped() {
    let steps = [(50, 640.0), (150, 1280.0), (350, 2560.0)];
    assert!(double(699, steps) && !double(700, steps));
}

#[test]
fn of_eight_rises_only_those_that_stand_out_are_a_table_s() {
    let mut all = vec![(100, 640.0), (200, 1280.0), (400, 2560.0)];
    assert!(rises(600, &all).double());
    all.extend([10, 30, 60, 300, 450].map(|at| (at, 10.0)));
    assert!(rises(600, &all).double());
}

#[test]
fn a_table_that_is_made_once_does_not_hide_bytes_that_are_kept_at_even_distances() {
    // One byte in 12.5 iterations: some quarters gain two of them, some three.
    for table in 1..=100 {
        let mut at: Vec<(usize, f64)> = (0..8_usize)
            .map(|n| (4 + (25 * n).div_ceil(2), 1.0))
            .collect();
        at.push((table, 65_536.0));
        assert!(rises(100, &at).recur(25), "{table}");
    }
}

#[test]
fn eight_rises_need_not_be_alike_where_each_stretch_gains_about_the_same() {
    let at = [3, 14, 28, 39, 53, 66, 78, 91].map(|at| (at, 1.0));
    assert!(rises(100, &at).recur(25));
    assert!(!rises(100, &at[..7]).recur(25));
}

#[test]
fn the_later_half_may_take_a_tenth_longer() {
    let take = |later: [usize; 4]| {
        let at = [0, 5, 10, 15, 20].into_iter().chain(later);
        keep_pace(&at.map(|at| (at, 1.0)).collect::<Vec<_>>())
    };
    assert!(take([25, 30, 36, 42]) && !take([25, 30, 36, 43]));
}

/// Rises at these places of a run of 1,000, of heights that change with their number.
fn at_random(places: impl Iterator<Item = usize>, height: impl Fn(usize) -> f64) -> Rises {
    let all: Vec<(usize, f64)> = places.zip(0..).map(|(at, n)| (at, height(n))).collect();
    rises(1_000, &all)
}

#[test]
fn what_comes_at_random_is_counted_where_it_does_not_become_less() {
    let places = || (1..=32).map(|n| n * 31);
    let uneven = at_random(places(), |n| [1.0, 5.0, 2.0, 0.5][n % 4]);
    let counted = uneven.counted().unwrap();
    assert_eq!((counted[30], counted[31], counted[1_000]), (0.0, 1.0, 32.0));
    let lower = |share: f64| at_random(places(), move |n| if n < 16 { 1.0 } else { share });
    assert!(lower(0.65).counted().is_some() && lower(0.55).counted().is_none());
    // The last quarter alone.
    let ends = |share: f64| at_random(places(), move |n| if n < 24 { 1.0 } else { share });
    assert!(ends(0.5).counted().is_some() && ends(0.4).counted().is_none());
    assert!(at_random(places().take(7), |_| 1.0).counted().is_none());
    // In nearly every iteration something is kept: it is how much that tells.
    assert!(at_random(1..=750, |_| 1.0).counted().is_some());
    assert!(at_random(1..=751, |_| 1.0).counted().is_none());
}

#[test]
fn what_comes_at_random_keeps_coming_until_it_is_silent_or_rarer_than_chance_has_it() {
    let every = |from: usize, to: usize, step: usize| (from..=to).step_by(step);
    assert!(at_random(every(40, 960, 40), |_| 1.0).keep_coming());
    assert!(
        !at_random(every(40, 920, 40), |_| 1.0).keep_coming(),
        "23 are too few"
    );
    // 40 of them until then: a usual gap is 25.
    let until = |end: usize| at_random((1..=40).map(move |n| n * end / 40), |_| 1.0);
    assert!(until(930).keep_coming() && !until(920).keep_coming());
    // Twice as many in the first half as in the second, and a third more.
    let halves = |early: usize, late: usize| {
        let first = (0..early).map(move |n| 1 + n * 500 / early);
        at_random(
            first.chain((0..late).map(move |n| 501 + n * 499 / late)),
            |_| 1.0,
        )
    };
    assert!(!halves(100, 50).keep_coming() && halves(100, 75).keep_coming());
    // The second half has what it should, and all of it early.
    let gone = (0..50)
        .map(|n| n * 10)
        .chain((0..40).map(|n| 501 + n * 6))
        .chain([800, 990]);
    assert!(!at_random(gone, |_| 1.0).keep_coming());
}
