//! Exact counts, by shape, and what holds of measurements as well.

use super::super::{Kind, examine};
use super::{exact, noisy, shape_of, wandering};
use crate::simulation::random::Random;
use harness_model::{Basis, Shape};

#[test]
fn what_never_rises_is_flat() {
    let flat = exact([100; 41], 10);
    assert_eq!((flat.shape, flat.basis), (Shape::Flat, Basis::Exact));
    assert_eq!(shape_of((0..41).map(|i| 100 - i)), Shape::Flat);
}

#[test]
fn what_falls_is_flat_though_it_leaps_up_now_and_then() {
    let leaps = |i: u64| {
        [20, 45, 80]
            .iter()
            .filter(|at| i >= **at)
            .map(|at| 20 * at)
            .sum::<u64>()
    };
    for last in [52, 100, 400] {
        assert_eq!(
            shape_of((0..=last).map(|i| 97 * (last - i) + leaps(i))),
            Shape::Flat,
            "{last}"
        );
    }
}

#[test]
fn one_byte_an_iteration_grows() {
    assert_eq!(shape_of(100..141), Shape::Growing);
}

#[test]
fn one_byte_in_every_quarter_of_the_run_grows_wherever_the_first_falls() {
    for cycle in [1, 5, 10] {
        for first in 1..=10 {
            let grows = exact((0..41).map(|i| 100 + (i + 10 - first) / 10), cycle);
            assert_eq!(
                (grows.shape, grows.basis),
                (Shape::Growing, Basis::Exact),
                "{first}"
            );
        }
    }
}

#[test]
fn one_byte_every_thousand_iterations_grows_and_one_byte_once_does_not() {
    let leaks = exact((0..10_001).map(|i| 5_000 + i / 1000), 250);
    assert_eq!(leaks.shape, Shape::Growing);
    assert!((leaks.slope - 0.001).abs() < 1e-12);
    let once = exact((0..10_001).map(|i| 5_000 + i / 6000), 250);
    assert_eq!(once.shape, Shape::OneOff);
    assert_eq!((once.steps[0].iteration, once.steps[0].height), (6000, 1.0));
}

#[test]
fn growth_shows_beside_what_comes_and_goes_within_a_pass() {
    let pass = [0, 700, 30, 5_000, 12, 0, 90, 4];
    let values = |every: u64| (0..81).map(move |i| 1_000 + pass[i as usize % 8] + i / every);
    assert_eq!(exact(values(100), 8).shape, Shape::Flat);
    for every in 1..=20 {
        let judgement = exact(values(every), 8);
        assert_eq!(judgement.shape, Shape::Growing, "{every}");
        assert!(
            (judgement.slope - 1.0 / every as f64).abs() < 0.02,
            "{every}: {}",
            judgement.slope
        );
    }
    let once = exact(values(41), 8);
    assert_eq!((once.shape, once.steps[0].iteration), (Shape::OneOff, 41));
}

#[test]
fn growth_shows_beside_something_large_that_is_made_once() {
    let values = (0..1001).map(|i| i + if i > 300 { 1 << 20 } else { 0 });
    let grows = exact(values, 250);
    assert_eq!(grows.shape, Shape::Growing);
    assert_eq!(grows.steps[0].iteration, 301);
}

#[test]
fn a_single_step_is_a_one_off_wherever_it_is() {
    for step in 1..40 {
        assert_eq!(
            shape_of((0..41).map(|i| 100 + u64::from(i >= step))),
            Shape::OneOff
        );
    }
}

#[test]
fn a_few_steps_unlike_each_other_are_not_growth() {
    for steps in [[3, 8, 40, 700], [120, 400, 500, 990], [100, 260, 770, 990]] {
        let values = (0..1001).map(|i| {
            steps
                .iter()
                .filter(|step| i >= **step)
                .map(|step| step * 64)
                .sum()
        });
        assert_ne!(shape_of(values), Shape::Growing, "{steps:?}");
    }
}

#[test]
fn what_rises_for_a_part_of_the_run_and_then_no_more_saturates() {
    let stopped = exact((0..41).map(|i| 100 + i.min(25)), 1);
    assert_eq!(
        (stopped.shape, stopped.level),
        (Shape::Saturating, Some(125.0))
    );
}

#[test]
fn a_cache_that_fills_saturates_and_its_level_shows_before_it_is_reached() {
    for share in [0.05, 0.1, 0.3] {
        let filling = |i: u64| 1e6 * (1.0 - (-(i as f64) / (1000.0 * share)).exp());
        let exact = exact((0..1001).map(|i| filling(i) as u64), 1);
        assert_eq!(exact.shape, Shape::Saturating, "{share}");
        let level = exact.level.unwrap();
        assert!((level - 1e6).abs() < 5e4, "{share}: {level}");
        if share < 0.3 {
            let mut random = Random::new(1);
            let noisy = noisy((0..1001).map(|i| filling(i) + 10_000.0 * random.normal()));
            assert_eq!(noisy.shape, Shape::Saturating, "{share}");
        }
    }
}

#[test]
fn what_rises_ever_less_is_slowing_where_its_level_cannot_be_named() {
    let filling = |i: u64| 1e6 * (1.0 - (-(i as f64) / 600.0).exp());
    let logarithm = |i: u64| 1e5 * (1.0 + i as f64).ln();
    for course in [&filling as &dyn Fn(u64) -> f64, &logarithm] {
        let counted = exact((0..1001).map(|i| course(i) as u64), 1);
        assert_eq!((counted.shape, counted.level), (Shape::Slowing, None));
        let mut random = Random::new(2);
        let measured = noisy((0..1001).map(|i| course(i) + 3_000.0 * random.normal()));
        assert_eq!((measured.shape, measured.level), (Shape::Slowing, None));
    }
}

#[test]
fn a_counter_that_restarts_is_told_where_and_what_is_between_is_no_proof() {
    let counter = |restart: u64| {
        let since = move |i: u64| if i < restart { i } else { i - restart };
        exact((0..401).map(move |i| 5_000 + 24 * since(i)), 1)
    };
    for restart in [150, 200, 300] {
        let judgement = counter(restart);
        assert_eq!(judgement.shape, Shape::Inconclusive, "{restart}");
        assert_eq!(judgement.restarts, [restart]);
    }
    assert_eq!(counter(500).restarts, [0_u64; 0]);
}

#[test]
fn a_rise_that_was_over_just_before_the_end_is_not_growth() {
    for end in [0.76, 0.85, 0.93] {
        let drift = |i: u64| 1e6 * (i as f64 / 1000.0).min(end);
        let curve = |i: u64| 1e6 / (1.0 + (-(i as f64 / 1000.0 - 0.6 * end) / (0.1 * end)).exp());
        for course in [&drift as &dyn Fn(u64) -> f64, &curve] {
            assert_ne!(
                shape_of((0..1001).map(|i| course(i) as u64)),
                Shape::Growing,
                "{end}"
            );
            let mut random = Random::new(3);
            let measured = noisy((0..1001).map(|i| course(i) + 2_000.0 * random.normal()));
            assert_ne!(measured.shape, Shape::Growing, "{end}");
        }
    }
}

#[test]
fn a_leak_that_begins_in_the_middle_or_comes_at_random_grows() {
    let mut random = Random::new(4);
    let begins =
        noisy((0..1001).map(|i| 1e4 * (f64::from(i) - 550.0).max(0.0) + 5e4 * random.normal()));
    assert_eq!(begins.shape, Shape::Growing);
    let (mut kept, mut random) = (0.0, Random::new(6));
    let comes = noisy((0..1001).map(|_| {
        kept += if random.unit() < 0.1 { 1e5 } else { 0.0 };
        kept + 2e4 * random.normal()
    }));
    assert_eq!(comes.shape, Shape::Growing);
}

#[test]
fn a_leak_beside_a_cache_that_fills_grows() {
    let mut random = Random::new(5);
    let filling = |i: f64| 3e6 * (1.0 - (-i / 150.0).exp());
    let measured = noisy(
        (0..1001).map(|i| filling(f64::from(i)) + 3e3 * f64::from(i) + 2e4 * random.normal()),
    );
    assert_eq!(measured.shape, Shape::Growing);
    let counted = exact((0..1001).map(|i| (filling(i as f64)) as u64 + 3_000 * i), 1);
    assert_eq!(counted.shape, Shape::Growing);
}

#[test]
fn what_was_missed_is_no_more_than_what_is_said_to_have_been_missed() {
    for gain in [5e4, 1e5, 2e5, 4e5] {
        let judgement = noisy(
            wandering(7, 401)
                .into_iter()
                .zip(0..)
                .map(|(value, i)| value + gain * f64::from(i) / 400.0),
        );
        let least = judgement.minimum_detectable_effect.unwrap();
        assert!(
            judgement.shape == Shape::Growing || least > gain / 400.0,
            "{gain}: {least}"
        );
    }
}

#[test]
fn counts_that_have_not_come_to_an_end_could_hide_anything() {
    let logarithm: Vec<u64> = (0..1001)
        .map(|i| (1e5 * (1.0 + f64::from(i)).ln()) as u64)
        .collect();
    let slowing = examine(&logarithm, Kind::Exact { cycle: 1 });
    assert_eq!(slowing.minimum_detectable_effect, None);
    let once = examine(
        &(0..401)
            .map(|i| u64::from(i > 100) * 64)
            .collect::<Vec<u64>>(),
        Kind::Exact { cycle: 1 },
    );
    assert_eq!(once.shape, Shape::OneOff);
    assert!(
        once.minimum_detectable_effect
            .is_some_and(|least| least < 1.0)
    );
}

#[test]
fn a_table_that_doubles_grows_while_it_goes_on_filling() {
    let room = |entries: u64| 48 * entries.max(10).next_power_of_two();
    assert_eq!(shape_of((0..601).map(|i| room(i + 20))), Shape::Growing);
    // The next time is not due yet.
    assert_eq!(
        shape_of((0..901).map(|i| room(i + 20))),
        Shape::Inconclusive
    );
    // The last entry came at 400.
    assert_eq!(
        shape_of((0..901).map(|i| room(i.min(400) + 20))),
        Shape::OneOff
    );
}

#[test]
fn a_cache_that_empties_itself_is_a_sawtooth_with_its_period_and_amplitude() {
    for period in [7, 10, 33, 100] {
        let saw = exact((0..401).map(|i| 100 + i % period), 50);
        assert_eq!(saw.shape, Shape::Sawtooth, "{period}");
        let teeth = saw.sawtooth.unwrap();
        assert_eq!(
            (teeth.period, teeth.amplitude),
            (period as f64, (period - 1) as f64)
        );
        assert_eq!(teeth.trough_slope, 0.0);
    }
    // Cut off on its way up.
    assert_eq!(shape_of((0..46).map(|i| 100 + i % 10)), Shape::Sawtooth);
}

#[test]
fn a_sawtooth_whose_troughs_rise_grows() {
    let saw = exact((0..401).map(|i| 100 + i % 33 + 2 * (i / 33)), 50);
    assert_eq!(saw.shape, Shape::Growing);
    assert!((saw.sawtooth.unwrap().trough_slope - 2.0 / 33.0).abs() < 1e-9);
}

#[test]
fn a_sawtooth_whose_period_is_no_whole_number_of_iterations_does_not_grow() {
    for period in [9.03, 11.1, 32.97, 92.09, 101.05] {
        let fill = 100_000.0 / period;
        let values: Vec<u64> = (0..1001_u32)
            .map(|i| (f64::from(i) % period * fill) as u64)
            .collect();
        let still = examine(&values, Kind::Exact { cycle: 50 });
        assert_eq!(still.shape, Shape::Sawtooth, "{period}");
        // It says that it would have missed as much as one iteration's work over the whole run.
        let seen = still.minimum_detectable_effect.unwrap();
        assert!((fill / 1100.0..fill).contains(&seen), "{period}: {seen}");
    }
}

#[test]
fn growth_shows_beside_a_cache_when_that_is_full() {
    let filling = |i: u64| (1e5 * (1.0 - (-(i as f64) / 150.0).exp())) as u64;
    let filled = exact((0..1001).map(filling), 1);
    assert_eq!(filled.shape, Shape::Saturating);
    for (every, bytes) in [(1, 24), (1, 100), (7, 700)] {
        let leaks = exact((0..1001).map(|i| filling(i) + i / every * bytes), 1);
        assert_eq!(leaks.shape, Shape::Growing, "{bytes} every {every}");
    }
    // Regular, but rarer than statistics could tell: the cache fills until 300, and a byte is kept every 50 iterations.
    let rare = exact((0..1001).map(|i| 64 * i.min(300) + i / 50), 1);
    assert_eq!(rare.shape, Shape::Growing);
}

#[test]
fn what_still_rises_after_a_cache_is_full_is_not_said_to_saturate() {
    let late = [520, 561, 640, 655, 730, 802, 815, 888, 960, 990];
    let values = |kept: &[u64]| {
        let kept = kept.to_vec();
        let at =
            move |i: u64| 64 * (i.min(300) + kept.iter().filter(|at| **at <= i).count() as u64);
        exact((0..1001).map(at), 1).shape
    };
    assert_eq!(values(&[]), Shape::Saturating);
    assert_ne!(values(&late), Shape::Saturating);
}

#[test]
fn three_iterations_that_rise_are_too_few_to_tell() {
    assert_eq!(shape_of([1, 2, 3, 4]), Shape::Inconclusive);
    assert_eq!(shape_of([1, 1, 1, 1]), Shape::Flat);
    assert_eq!(shape_of([]), Shape::Flat);
}
