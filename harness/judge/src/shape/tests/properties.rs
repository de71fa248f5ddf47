//! What no change of scale or place may change.

use super::super::{Judgement, Kind, examine, judge};
use super::{exact, noisy, wandering};
use crate::simulation::random::Random;
use harness_model::Shape;
use proptest::prelude::*;

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
