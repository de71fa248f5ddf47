//! Noisy measurements, by shape.

use super::super::judge;
use super::{noisy, wandering};
use crate::simulation::programs::{EARLY, Healthy, healthy};
use crate::simulation::random::Random;
use harness_model::{Basis, Shape};

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
