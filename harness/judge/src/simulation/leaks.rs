//! Leaks: programs that keep something again and again, and no end of it.

use super::noise::Noise;
use super::programs::{Healthy, Simulated, counted, healthy_course, measured, sawtooth};
use super::random::Random;

/// What a program does that keeps something again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// The same in every iteration.
    Linear,
    /// The same from somewhere between a quarter and three fifths of the run on.
    MidRun,
    /// In steps of one height at even distances.
    Steps,
    /// In steps of one height at random.
    Poisson,
    /// Many at once, at random.
    Bursts,
    /// With pauses in which nothing is kept.
    Pauses,
    /// More and more.
    Faster,
    /// With the square root of the time: an unbounded cache.
    Root,
    /// With the logarithm of the time: keys that are ever rarer.
    Logarithm,
    /// Beside a cache that empties itself.
    OnSawtooth,
    /// Beside one that empties itself unevenly.
    OnUnevenSawtooth,
    /// Beside a cache that fills.
    OnFilling,
    /// Beside a table that is made once.
    OnStep,
    /// Beside a season.
    OnSeason,
    /// In a process that is restarted once or twice.
    Restarts,
}

impl Leak {
    /// All of them.
    pub const ALL: [Leak; 15] = [
        Leak::Linear,
        Leak::MidRun,
        Leak::Steps,
        Leak::Poisson,
        Leak::Bursts,
        Leak::Pauses,
        Leak::Faster,
        Leak::Root,
        Leak::Logarithm,
        Leak::OnSawtooth,
        Leak::OnUnevenSawtooth,
        Leak::OnFilling,
        Leak::OnStep,
        Leak::OnSeason,
        Leak::Restarts,
    ];

    /// Whether it keeps a rate from some point on that shows in the run: such leaks are to be found, the others not to be
    /// called healthy.
    pub fn is_to_be_found(self) -> bool {
        !matches!(
            self,
            Leak::Root | Leak::Logarithm | Leak::OnUnevenSawtooth | Leak::OnSeason | Leak::Restarts
        )
    }

    /// In words for a table.
    pub fn name(self) -> &'static str {
        match self {
            Leak::Linear => "linear",
            Leak::MidRun => "from mid-run on",
            Leak::Steps => "in even steps",
            Leak::Poisson => "at random",
            Leak::Bursts => "in bursts",
            Leak::Pauses => "with pauses",
            Leak::Faster => "faster and faster",
            Leak::Root => "square root",
            Leak::Logarithm => "logarithm",
            Leak::OnSawtooth => "on a sawtooth",
            Leak::OnUnevenSawtooth => "on an uneven sawtooth",
            Leak::OnFilling => "on a filling cache",
            Leak::OnStep => "beside a step",
            Leak::OnSeason => "on a season",
            Leak::Restarts => "with restarts",
        }
    }
}

/// The least that a leak gains over a run to be asked for: bytes of exact counts, deviations of noise.
pub const ASKED: (f64, f64) = (64.0, 30.0);

/// A leak over so many iterations that gains 64 bytes or more, or 30 deviations of its noise or more.
pub fn leak(what: Leak, iterations: usize, exact: bool, random: &mut Random) -> Simulated {
    let strength = match exact {
        true => random.magnitude(ASKED.0, 1e6),
        false => random.magnitude(ASKED.1, 10.0 * ASKED.1),
    };
    leak_of(what, iterations, exact, strength, random)
}

/// A leak over so many iterations that gains so many bytes, where counts are exact, or so many deviations of its noise.
pub fn leak_of(
    what: Leak,
    iterations: usize,
    exact: bool,
    strength: f64,
    random: &mut Random,
) -> Simulated {
    let course = leak_course(what, iterations, random);
    if exact {
        let kind = Healthy::Level;
        return counted(course, strength, kind, iterations, 1.0, strength, random);
    }
    let gain = random.magnitude(1e6, 64e6);
    let noise = Noise::some(gain / strength, random);
    measured(course, gain, noise, 1.0, gain, random)
}

fn leak_course(what: Leak, iterations: usize, random: &mut Random) -> Vec<f64> {
    let length = iterations as f64;
    let times = (0..=iterations).map(|at| at as f64 / length);
    let line = || (0..=iterations).map(|at| at as f64 / length);
    let beside = |course: Vec<f64>, size: f64| -> Vec<f64> {
        course
            .iter()
            .zip(line())
            .map(|(beside, at)| size * beside + at)
            .collect()
    };
    match what {
        Leak::Linear => times.collect(),
        Leak::MidRun => {
            let start = random.between(0.25, 0.6);
            times
                .map(|at| (at - start).max(0.0) / (1.0 - start))
                .collect()
        }
        Leak::Steps => {
            let count = random
                .magnitude(16.0_f64.min(length / 2.0), 64.0_f64.min(length))
                .round();
            let phase = random.unit();
            times
                .map(|at| ((at * count + phase).floor() / count).min(1.0))
                .collect()
        }
        Leak::Poisson => {
            let count = random.magnitude(24.0_f64.min(length / 2.0), 200.0);
            let rate = count / length;
            let mut kept = 0.0;
            times
                .map(|_| {
                    let mut left = rate;
                    while left > 0.0 {
                        kept += f64::from(u8::from(random.unit() < left.min(1.0)));
                        left -= 1.0;
                    }
                    kept / count
                })
                .collect()
        }
        Leak::Bursts => {
            let count = random.magnitude(24.0_f64.min(length / 2.0), 200.0_f64.min(length));
            let mut kept = 0.0;
            times
                .map(|_| {
                    if random.unit() < count / length {
                        kept -= random.unit().max(1e-12).ln();
                    }
                    kept / count
                })
                .collect()
        }
        Leak::Pauses => {
            let count = 6.0 + random.below(10) as f64;
            let on = random.between(0.4, 0.8);
            let phase = random.unit();
            let kept = |at: f64| at.floor() + (at.fract() / on).min(1.0);
            times
                .map(|at| (kept(at * count + phase) - kept(phase)) / count)
                .collect()
        }
        Leak::Faster => {
            let power = random.between(1.3, 3.0);
            times.map(|at| at.powf(power)).collect()
        }
        Leak::Root => times.map(f64::sqrt).collect(),
        Leak::Logarithm => {
            let scale = random.magnitude(5.0, 1_000.0);
            times
                .map(|at| (at * scale).ln_1p() / scale.ln_1p())
                .collect()
        }
        Leak::OnSawtooth => {
            let size = random.magnitude(0.2, 3.0);
            beside(sawtooth(iterations, false, random), size)
        }
        Leak::OnUnevenSawtooth => {
            let size = random.magnitude(0.2, 3.0);
            beside(sawtooth(iterations, true, random), size)
        }
        Leak::OnFilling => {
            let end = random.between(0.1, 0.75);
            let size = random.magnitude(0.2, 3.0);
            let kind = [Healthy::Filling, Healthy::Drift][random.below(2) as usize];
            beside(healthy_course(kind, iterations, end, random), size)
        }
        Leak::OnStep => {
            let end = random.between(0.05, 0.9);
            beside(
                healthy_course(Healthy::Step, iterations, end, random),
                random.magnitude(0.1, 10.0),
            )
        }
        Leak::OnSeason => beside(
            healthy_course(Healthy::Season, iterations, 0.0, random),
            random.magnitude(0.05, 1.0),
        ),
        Leak::Restarts => {
            let count = 1 + random.below(2);
            let mut places: Vec<f64> = (0..count).map(|_| random.between(0.15, 0.85)).collect();
            places.sort_by(f64::total_cmp);
            times
                .map(|at| {
                    at - places
                        .iter()
                        .rev()
                        .find(|place| **place <= at)
                        .unwrap_or(&0.0)
                })
                .collect()
        }
    }
}
