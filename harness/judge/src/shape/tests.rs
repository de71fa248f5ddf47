//! What every shape is told by, and what no change of scale or place may change.

use super::{Judgement, Kind, examine, judge};
use crate::simulation::programs::{EARLY, Healthy, healthy};
use crate::simulation::random::Random;
use harness_model::{Basis, Shape};
use proptest::prelude::*;

fn exact(values: impl IntoIterator<Item = u64>, cycle: u64) -> Judgement {
    judge(
        &values.into_iter().collect::<Vec<_>>(),
        Kind::Exact { cycle },
    )
}

fn shape_of(values: impl IntoIterator<Item = u64>) -> Shape {
    exact(values, 1).shape
}

fn noisy(values: impl IntoIterator<Item = f64>) -> Judgement {
    let values = values.into_iter().map(|value| (1e8 + value) as u64);
    examine(&values.collect::<Vec<_>>(), Kind::Noisy)
}

/// Noise as a resident set has: it wanders, and is pulled back.
fn wandering(seed: u64, count: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut at = 0.0;
    let step = |_| {
        at = 0.9 * at + 4096.0 * random.normal();
        at
    };
    (0..count).map(step).collect()
}

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

#[test]
fn noise_without_a_trend_is_flat_and_its_interval_holds_zero() {
    let judgement = noisy(wandering(1, 1001));
    assert_eq!(
        (judgement.shape, judgement.basis),
        (Shape::Flat, Basis::Statistical)
    );
    let interval = judgement.slope_interval.unwrap();
    assert!(interval.low < 0.0 && interval.high > 0.0, "{interval:?}");
}

#[test]
fn a_slope_that_the_run_could_have_told_from_zero_is_told_from_zero() {
    let quiet = noisy(wandering(2, 1001));
    let slope = quiet.minimum_detectable_effect.unwrap();
    let rising = wandering(2, 1001)
        .into_iter()
        .zip(0..)
        .map(|(value, i)| value + slope * f64::from(i));
    let judgement = noisy(rising);
    assert_eq!(judgement.shape, Shape::Growing);
    let interval = judgement.slope_interval.unwrap();
    assert!(
        interval.low < slope && slope < interval.high,
        "{slope} {interval:?}"
    );
}

#[test]
fn growth_shows_in_a_quiet_series_beside_a_step_whatever_its_rate() {
    for rate in [700.0, 1024.0, 4096.0, 5000.0, 65_536.0] {
        let judgement = noisy((0..1001).map(|i| {
            let grown = (rate * f64::from(i) / 4096.0).floor() * 4096.0;
            grown + if i > 620 { -0.2 * rate * 1000.0 } else { 0.0 }
        }));
        assert_eq!(judgement.shape, Shape::Growing, "{rate}");
    }
}

#[test]
fn a_cache_that_was_emptied_once_in_the_run_does_not_grow() {
    for emptied in [300, 500, 700] {
        let judgement = noisy((0..1001).map(|i| {
            let filled = if i < emptied { i } else { i - emptied };
            f64::from(filled) * 10_000.0
        }));
        assert_ne!(judgement.shape, Shape::Growing, "{emptied}");
    }
}

#[test]
fn a_slow_start_and_a_drift_that_stops_are_not_growth() {
    let slow = |i: f64| 1e6 * (i / 300.0).min(1.0).powf(0.5);
    let drift = |i: f64| 2_000.0 * i.min(500.0);
    for course in [&slow as &dyn Fn(f64) -> f64, &drift] {
        let values = wandering(3, 1001).into_iter().zip(0..);
        let judgement = noisy(values.map(|(value, i)| value / 3.0 + course(f64::from(i))));
        assert_eq!(judgement.shape, Shape::Saturating);
        assert!((judgement.level.unwrap() - 1e8 - 1e6).abs() < 5e4);
    }
}

#[test]
fn a_step_in_noise_is_a_one_off_and_is_found_where_it_is() {
    let values = wandering(4, 1001).into_iter().zip(0..);
    let judgement = noisy(values.map(|(value, i)| value + if i < 400 { 0.0 } else { 1e6 }));
    assert_eq!(judgement.shape, Shape::OneOff);
    let step = judgement.steps[0];
    assert!(
        step.iteration.abs_diff(400) <= 21 && (step.height - 1e6).abs() < 5e4,
        "{step:?}"
    );
}

#[test]
fn a_hundred_thousand_points_are_judged_as_a_thousand_are() {
    let judgement = noisy(
        wandering(5, 100_001)
            .into_iter()
            .zip(0..)
            .map(|(v, i)| v + 10.0 * f64::from(i)),
    );
    assert_eq!(judgement.shape, Shape::Growing);
    assert!((judgement.slope - 10.0).abs() < 0.2);
}

#[test]
fn no_healthy_program_of_any_kind_grows() {
    let mut random = Random::new(99);
    for what in Healthy::ALL {
        for iterations in [60, 300, 1000] {
            for number in 0..8 {
                let series = healthy(what, iterations, number % 2 == 0, EARLY, &mut random);
                let shape = judge(&series.values, series.kind).shape;
                assert_ne!(shape, Shape::Growing, "{} over {iterations}", what.name());
            }
        }
    }
}

#[test]
fn growth_shows_in_the_troughs_of_a_noisy_sawtooth_if_they_are_many() {
    let mut random = Random::new(8);
    let mut shape = |count: u32| {
        let at = |i: u32| f64::from(i % 20) * 1e6 + 2e3 * f64::from(i) + 2e4 * random.normal();
        noisy((0..count).map(at)).shape
    };
    assert_eq!((shape(1001), shape(101)), (Shape::Growing, Shape::Sawtooth));
}

#[test]
fn thirty_two_values_can_be_judged_and_thirty_one_cannot() {
    let line = |count: u32| noisy((0..count).map(|i| 1e4 * f64::from(i)));
    let (few, enough) = (line(31), line(32));
    assert_eq!(
        (few.slope_interval, few.minimum_detectable_effect),
        (None, None)
    );
    assert_eq!(few.shape, Shape::Inconclusive);
    assert!(enough.slope_interval.is_some() && enough.minimum_detectable_effect.is_some());
    assert_eq!(enough.shape, Shape::Growing);
}

#[test]
fn what_could_be_seen_is_a_matter_of_the_noise_and_not_of_the_growth_in_it() {
    let seen = |slope: f64| {
        let values = wandering(6, 1001).into_iter().zip(0..);
        let judgement = noisy(values.map(|(value, i)| value + slope * f64::from(i)));
        judgement.minimum_detectable_effect.unwrap()
    };
    let quiet = seen(0.0);
    assert!((quiet / 1.5..quiet * 1.5).contains(&seen(10.0 * quiet)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn adding_a_constant_changes_nothing(seed: u64, constant in 0..1_u64 << 40) {
        let values: Vec<u64> = wandering(seed, 201).into_iter().map(|value| (1e6 + value) as u64).collect();
        let moved: Vec<u64> = values.iter().map(|value| value + constant).collect();
        for kind in [Kind::Noisy, Kind::Exact { cycle: 10 }] {
            let (here, there) = (judge(&values, kind), judge(&moved, kind));
            prop_assert_eq!(here.shape, there.shape);
            prop_assert_eq!(here.slope, there.slope);
            prop_assert_eq!(here.slope_interval, there.slope_interval);
        }
    }

    #[test]
    fn scaling_scales_the_slope_and_what_could_be_seen(seed: u64, power in 1..20) {
        let values: Vec<u64> = wandering(seed, 201).into_iter().map(|value| (1e6 + value) as u64).collect();
        let scaled: Vec<u64> = values.iter().map(|value| value << power).collect();
        let (here, there) = (examine(&values, Kind::Noisy), examine(&scaled, Kind::Noisy));
        let scale = f64::from(1 << power);
        prop_assert_eq!(here.shape, there.shape);
        prop_assert!((there.slope - here.slope * scale).abs() <= 1e-9 * scale);
        let seen = |judgement: &Judgement| judgement.minimum_detectable_effect.unwrap();
        prop_assert!((seen(&there) / seen(&here) / scale - 1.0).abs() < 1e-9);
    }

    #[test]
    fn adding_a_line_moves_the_slope_by_its_own(seed: u64, slope in 0..100_000_u64) {
        // As many points as need no thinning: medians of blocks of a line and noise are not those of the noise alone.
        let values: Vec<u64> = wandering(seed, 201).into_iter().map(|value| (1e6 + value) as u64).collect();
        let tilted: Vec<u64> = values.iter().zip(0..).map(|(value, i)| value + slope * i).collect();
        let (here, there) = (judge(&values, Kind::Noisy), judge(&tilted, Kind::Noisy));
        prop_assert!((there.slope - here.slope - slope as f64).abs() < 1e-6);
    }

    #[test]
    fn shuffled_noise_never_grows(seed: u64, count in 40_usize..600) {
        let mut values = wandering(seed, count);
        let mut random = Random::new(seed);
        for last in (1..values.len()).rev() {
            values.swap(last, random.below(last as u64 + 1) as usize);
        }
        prop_assert_ne!(noisy(values.iter().copied()).shape, Shape::Growing);
        let counts = values.iter().map(|value| (1e8 + value) as u64);
        prop_assert_ne!(exact(counts, 10).shape, Shape::Growing);
    }

    #[test]
    fn any_leak_that_comes_round_with_the_texts_is_found(
        pass in prop::collection::vec(0_u64..3, 1..30),
        passes in 4_u64..9,
    ) {
        let cycle = pass.len() as u64;
        let each: u64 = pass.iter().sum();
        let mut live = 1_000;
        let mut values = vec![live];
        for i in 0..cycle * passes {
            live += pass[(i % cycle) as usize];
            values.push(live);
        }
        let judgement = exact(values, cycle);
        let expected = if each == 0 { Shape::Flat } else { Shape::Growing };
        prop_assert_eq!(judgement.shape, expected);
        prop_assert!((judgement.slope - each as f64 / cycle as f64).abs() < 1e-9);
    }

    #[test]
    fn what_falls_by_as_much_as_it_rose_never_grows(values in prop::collection::vec(0_u64..1_000_000, 0..200)) {
        let back: Vec<u64> = values.iter().chain(values.iter().rev()).copied().collect();
        for kind in [Kind::Noisy, Kind::Exact { cycle: 7 }] {
            prop_assert_ne!(judge(&back, kind).shape, Shape::Growing);
        }
    }

    #[test]
    fn no_series_of_whatever_numbers_panics(
        values in prop::collection::vec(any::<u64>(), 0..80),
        cycle: u64,
    ) {
        judge(&values, Kind::Noisy);
        judge(&values, Kind::Exact { cycle });
        judge(&values, Kind::Exact { cycle: cycle % 9 });
    }
}
