//! Which leaks are found: planted at known rates, in exact counts and in resident sets.

use super::summary::{Detection, PlantedIn, Point, Promise};
use harness_judge::shape;
use harness_judge::shape::{Kind, QUARTERS};
use harness_judge::simulation::judges::Judge;
use harness_judge::simulation::noise::{Noise, PAGE};
use harness_judge::simulation::programs;
use harness_judge::simulation::random::Random;

/// Lengths of runs whose counters are tried.
const COUNTED: [u64; 3] = [100, 1_000, 10_000];
/// Bytes kept in a run, one by one.
const KEPT: [u64; 15] = [1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64, 96, 128, 256];
/// Lengths of runs whose resident sets are tried: the first parts of the long ones.
const RESIDENT: [u64; 3] = [100, 300, 1_000];
/// Rates tried in resident sets, in bytes per iteration: powers of the square root of 2 from the first to the last.
const RATES: (f64, f64) = (32.0, 1_048_576.0);
/// What a statistical judgement promises: see `minimum_detectable_effect`.
const STATISTICAL: f64 = 0.99;
/// A kind of noise, so high.
type Make = fn(f64, &mut Random) -> Noise;
/// The kinds of noise that promises are put to the test in.
const NOISES: [(&str, Make); 6] = [
    ("independent noise", |size, _| Noise::independent(size)),
    ("noise that wanders", Noise::wandering),
    ("pages that come and go", Noise::pages),
    ("spikes", Noise::spikes),
    ("purges of an allocator", Noise::purges),
    ("changes of the level", Noise::shifts),
];
/// Promises that are put to the test.
pub const PROMISED: u64 = 1 + NOISES.len() as u64;
/// Curves of detection that are measured.
pub const STEPS: u64 = (COUNTED.len() + 1 + RESIDENT.len()) as u64;

/// Plants bytes in exact counts, some of which follow a pattern that comes round or have a step in them.
pub fn counters(
    trials: u64,
    judge: Judge,
    random: &mut Random,
    mut step: impl FnMut(),
) -> Vec<Detection> {
    let mut found = Vec::new();
    let evenly = COUNTED.map(|iterations| (PlantedIn::Counters, iterations));
    for (planted_in, iterations) in evenly
        .into_iter()
        .chain([(PlantedIn::CountersAtRandom, 1_000)])
    {
        let points = KEPT
            .iter()
            .filter(|kept| **kept <= iterations)
            .map(|&kept| {
                let mut point = Point {
                    rate: kept as f64 / iterations as f64,
                    planted: trials,
                    found: 0,
                };
                for _ in 0..trials {
                    let (mut values, cycle) = quiet(iterations, random);
                    keep(&mut values, kept, planted_in, random);
                    point.found += u64::from(judge.alarms(&values, Kind::Exact { cycle }));
                }
                point
            });
        found.push(detection(planted_in, iterations, points.collect()));
        step();
    }
    found
}

/// Counts of a program that keeps nothing but, perhaps, a table that it makes once.
fn quiet(iterations: u64, random: &mut Random) -> (Vec<u64>, u64) {
    let cycle = 1 + random.below(iterations / 4);
    let moves = random.unit() < 0.5;
    let pattern: Vec<u64> = (0..cycle).map(|_| random.below(100_000)).collect();
    let table = random.below(2 * iterations);
    let at = |i: u64| {
        let passing = if moves {
            pattern[(i % cycle) as usize]
        } else {
            0
        };
        // Half of the tables are made after the run's end, and so never.
        1_000_000 + passing + if i >= table { 65_536 } else { 0 }
    };
    ((0..=iterations).map(at).collect(), cycle)
}

/// Keeps so many bytes over the run: at even distances from a random beginning, or at random.
fn keep(values: &mut [u64], kept: u64, planted_in: PlantedIn, random: &mut Random) {
    let iterations = values.len() as f64 - 1.0;
    let offset = random.unit();
    let mut so_far = 0;
    for (at, value) in values.iter_mut().enumerate() {
        match planted_in {
            PlantedIn::CountersAtRandom => {
                so_far += u64::from(at > 0 && random.unit() < kept as f64 / iterations);
            }
            PlantedIn::Counters | PlantedIn::ResidentSet => {
                so_far = (at as f64 * kept as f64 / iterations + offset).floor() as u64;
            }
        }
        *value += so_far;
    }
}

/// Plants slopes in the resident sets of real runs: each as it is, upside down, backwards, and both.
pub fn resident_sets(sets: &[Vec<u64>], judge: Judge, mut step: impl FnMut()) -> Vec<Detection> {
    let mut found = Vec::new();
    for iterations in RESIDENT {
        let length = iterations as usize + 1;
        let noises: Vec<Vec<f64>> = sets
            .iter()
            .filter_map(|set| set.get(..length))
            .flat_map(variants)
            .collect();
        let mut points: Vec<Point> = Vec::new();
        let mut rate = RATES.0;
        while rate <= RATES.1 && !noises.is_empty() {
            // What is found throughout at three rates is found at higher ones.
            let all = points.len() >= 3
                && points[points.len() - 3..]
                    .iter()
                    .all(|p| p.found == p.planted);
            let hits = || {
                noises
                    .iter()
                    .filter(|noise| judge.alarms(&sloped(noise, rate), Kind::Noisy))
            };
            points.push(Point {
                rate,
                planted: noises.len() as u64,
                found: if all { noises.len() } else { hits().count() } as u64,
            });
            rate *= std::f64::consts::SQRT_2;
        }
        found.push(detection(PlantedIn::ResidentSet, iterations, points));
        step();
    }
    found
}

/// A series, and the same upside down, backwards, and both: noise has no direction.
fn variants(values: &[u64]) -> Vec<Vec<f64>> {
    let forth: Vec<f64> = values.iter().map(|value| *value as f64).collect();
    let turned = |values: &[f64]| -> Vec<f64> {
        let (low, high) = values
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
                (low.min(*value), high.max(*value))
            });
        values.iter().map(|value| low + high - value).collect()
    };
    let back: Vec<f64> = forth.iter().rev().copied().collect();
    vec![turned(&forth), turned(&back), forth, back]
}

/// A series with a slope added, in whole pages.
fn sloped(noise: &[f64], rate: f64) -> Vec<u64> {
    let add =
        |(value, at): (&f64, usize)| (value + (rate * at as f64 / PAGE).floor() * PAGE) as u64;
    noise.iter().zip(0..).map(add).collect()
}

fn detection(planted_in: PlantedIn, iterations: u64, points: Vec<Point>) -> Detection {
    let from = |share: f64| {
        let last_below = points.iter().rposition(|point| point.share() < share);
        let first = last_below.map_or(0, |at| at + 1);
        points.get(first).map(|point| point.rate)
    };
    Detection {
        half: from(0.5),
        surely: from(0.99),
        planted_in,
        iterations,
        points,
    }
}

/// Puts to the test what judgements say that they would have found: by exact counts in the same series, for certain; by
/// noisy ones in another series of the same kind.
pub fn promises(
    pairs: u64,
    judge: Judge,
    random: &mut Random,
    mut step: impl FnMut(),
) -> Vec<Promise> {
    let mut exact = Promise {
        claim: "a byte that is kept as often as exact counts say that they would show, or up to 32 times \
                as often, is found"
            .to_owned(),
        share: 1.0,
        tried: 0,
        kept: 0,
    };
    for _ in 0..pairs {
        let iterations = 40 + random.below(2_000);
        let (mut values, cycle) = quiet(iterations, random);
        let kind = Kind::Exact { cycle };
        step();
        let Some(slope) = shape::examine(&values, kind).minimum_detectable_effect else {
            continue;
        };
        let least = (slope * iterations as f64).ceil().max(QUARTERS as f64);
        let kept = (least * random.magnitude(1.0, 32.0)) as u64;
        keep(&mut values, kept, PlantedIn::Counters, random);
        exact.tried += 1;
        exact.kept += u64::from(judge.alarms(&values, kind));
    }
    let mut promises = vec![exact];
    for (name, make) in NOISES {
        let mut noisy = Promise {
            claim: format!(
                "a slope that one noisy run says it would have told from zero is found in another, in {name}"
            ),
            share: STATISTICAL,
            tried: 0,
            kept: 0,
        };
        for _ in 0..pairs {
            let size = random.magnitude(64.0 * 1024.0, 16.0 * 1024.0 * 1024.0);
            let noise = make(size, random);
            let iterations = [40, 200, 1_000][random.below(3) as usize];
            let [one, other] = programs::twins(&noise, iterations, random);
            step();
            let slope = shape::examine(&one, Kind::Noisy).minimum_detectable_effect;
            let Some(slope) = slope else { continue };
            let other: Vec<f64> = other.iter().map(|value| *value as f64).collect();
            noisy.tried += 1;
            noisy.kept += u64::from(judge.alarms(&sloped(&other, slope), Kind::Noisy));
        }
        promises.push(noisy);
    }
    promises
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_bytes_are_kept_as_were_asked_for() {
        let mut random = Random::new(4);
        for kept in KEPT {
            let mut values = vec![7; 1_001];
            keep(&mut values, kept, PlantedIn::Counters, &mut random);
            assert_eq!(values[1_000] - values[0], kept);
            assert!(values.is_sorted());
        }
    }

    #[test]
    fn the_rate_of_half_and_of_99_in_100_is_the_one_from_which_on_no_share_is_less() {
        let point = |rate, found| Point {
            rate,
            planted: 100,
            found,
        };
        let points = vec![
            point(1.0, 0),
            point(2.0, 60),
            point(4.0, 40),
            point(8.0, 98),
            point(16.0, 99),
        ];
        let detection = detection(PlantedIn::Counters, 10, points.clone());
        assert_eq!((detection.half, detection.surely), (Some(8.0), Some(16.0)));
        assert_eq!(
            super::detection(PlantedIn::Counters, 10, points[..4].to_vec()).surely,
            None
        );
        assert_eq!(
            super::detection(PlantedIn::Counters, 10, Vec::new()).half,
            None
        );
    }

    #[test]
    fn a_turned_series_has_the_same_range() {
        let turned = &variants(&[1, 5, 2])[0];
        assert_eq!(turned, &[5.0, 1.0, 4.0]);
        assert_eq!(variants(&[1, 5, 2])[3], [2.0, 5.0, 1.0]);
    }
}
