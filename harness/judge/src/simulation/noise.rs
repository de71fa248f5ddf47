//! Noise of the kinds that a resident set has.

use super::random::Random;

/// A page of memory, in bytes.
pub const PAGE: f64 = 4096.0;

/// A kind of noise, with its numbers. Sizes are bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Noise {
    /// Each value is independent of the others: normal, with this standard deviation.
    Independent {
        /// The standard deviation.
        deviation: f64,
    },
    /// Neighbours are alike: an autoregressive process of order 1.
    Wandering {
        /// The standard deviation.
        deviation: f64,
        /// The correlation of neighbours, below 1.
        alike: f64,
    },
    /// Chunks of pages that are taken and given back.
    Pages {
        /// How many chunks.
        chunks: u64,
        /// The size of each.
        chunk: f64,
        /// Iterations that a chunk stays as it is, on average.
        stay: f64,
    },
    /// Independent, but for spikes up to a hundred times as high, one value in so many.
    Spikes {
        /// The standard deviation of the rest.
        deviation: f64,
        /// Values from one spike to the next, on average.
        every: f64,
    },
    /// What an allocator gives back now and then: it climbs by chance, and falls at once.
    Purges {
        /// The standard deviation, roughly.
        deviation: f64,
        /// Values from one purge to the next, on average.
        every: f64,
    },
    /// Independent, with levels that change at once, up or down, so many times in the run.
    Shifts {
        /// The standard deviation at each level.
        deviation: f64,
        /// The standard deviation of the changes.
        height: f64,
        /// How many changes.
        count: u64,
    },
    /// None at all.
    None,
}

impl Noise {
    /// Independent noise.
    pub fn independent(deviation: f64) -> Noise {
        Noise::Independent { deviation }
    }

    /// Noise that wanders, over anything from one to fifty iterations.
    pub fn wandering(deviation: f64, random: &mut Random) -> Noise {
        Noise::Wandering {
            deviation,
            alike: 1.0 - random.magnitude(0.02, 1.0),
        }
    }

    /// Up to 32 chunks of pages.
    pub fn pages(deviation: f64, random: &mut Random) -> Noise {
        let chunks = 1 + random.below(32);
        let chunk = deviation / (chunks as f64).sqrt();
        Noise::Pages {
            chunks,
            chunk: (chunk / PAGE).ceil() * PAGE,
            stay: random.magnitude(1.0, 50.0),
        }
    }

    /// Spikes that are given back at once.
    pub fn spikes(deviation: f64, random: &mut Random) -> Noise {
        Noise::Spikes {
            deviation,
            every: random.magnitude(10.0, 100.0),
        }
    }

    /// Memory that is kept for a while and given back.
    pub fn purges(deviation: f64, random: &mut Random) -> Noise {
        Noise::Purges {
            deviation,
            every: random.magnitude(2.0, 20.0),
        }
    }

    /// One to five changes of the level.
    pub fn shifts(deviation: f64, random: &mut Random) -> Noise {
        Noise::Shifts {
            deviation: deviation * random.magnitude(0.02, 0.5),
            height: deviation,
            count: 1 + random.below(5),
        }
    }

    /// One of the kinds that are noise indeed.
    pub fn some(deviation: f64, random: &mut Random) -> Noise {
        match random.below(5) {
            0 => Noise::independent(deviation),
            1 => Noise::wandering(deviation, random),
            2 => Noise::pages(deviation, random),
            3 => Noise::spikes(deviation, random),
            _ => Noise::purges(deviation, random),
        }
    }

    /// One of the kinds.
    pub fn any(deviation: f64, random: &mut Random) -> Noise {
        match random.below(4) {
            0 => Noise::independent(deviation),
            1 => Noise::wandering(deviation, random),
            2 => Noise::pages(deviation, random),
            _ => Noise::None,
        }
    }

    /// Adds it to a course.
    pub fn add(&self, course: &mut [f64], random: &mut Random) {
        match *self {
            Noise::None => {}
            Noise::Independent { deviation } => {
                for value in course {
                    *value += deviation * random.normal();
                }
            }
            Noise::Wandering { deviation, alike } => {
                let fresh = (1.0 - alike * alike).sqrt();
                let mut state = random.normal();
                for value in course {
                    *value += deviation * state;
                    state = alike * state + fresh * random.normal();
                }
            }
            Noise::Spikes { deviation, every } => {
                for value in course {
                    *value += deviation * random.normal();
                    if random.unit() < 1.0 / every {
                        *value += deviation * random.magnitude(3.0, 100.0);
                    }
                }
            }
            Noise::Shifts {
                deviation,
                height,
                count,
            } => {
                let length = course.len() as f64;
                let shifts: Vec<(f64, f64)> = (0..count)
                    .map(|_| (random.unit() * length, height * random.normal()))
                    .collect();
                for (at, value) in course.iter_mut().enumerate() {
                    let shifted = shifts.iter().filter(|shift| shift.0 < at as f64);
                    *value += shifted.map(|shift| shift.1).sum::<f64>();
                    *value += deviation * random.normal();
                }
            }
            Noise::Purges { deviation, every } => {
                let step = deviation / every.sqrt();
                let mut kept = 0.0;
                for value in course {
                    kept += step * random.normal().abs();
                    if random.unit() < 1.0 / every {
                        kept = 0.0;
                    }
                    *value += kept;
                }
            }
            Noise::Pages {
                chunks,
                chunk,
                stay,
            } => {
                let mut taken: Vec<bool> = (0..chunks).map(|_| random.unit() < 0.5).collect();
                for value in course {
                    for taken in &mut taken {
                        if random.unit() < 1.0 / stay {
                            *taken = random.unit() < 0.5;
                        }
                    }
                    let taken = taken.iter().filter(|taken| **taken).count();
                    *value += taken as f64 * chunk;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(noise: &Noise) -> Vec<f64> {
        let mut values = vec![0.0; 20_000];
        noise.add(&mut values, &mut Random::new(5));
        values
    }

    fn deviation(values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (squares / values.len() as f64).sqrt()
    }

    #[test]
    fn noise_has_the_deviation_that_was_asked_for() {
        let wandering = Noise::Wandering {
            deviation: 100.0,
            alike: 0.9,
        };
        for noise in [Noise::independent(100.0), wandering] {
            let deviation = deviation(&values(&noise));
            assert!((90.0..110.0).contains(&deviation), "{noise:?}: {deviation}");
        }
    }

    #[test]
    fn neighbours_are_as_alike_as_was_asked_for() {
        let values = values(&Noise::Wandering {
            deviation: 1.0,
            alike: 0.9,
        });
        let products: f64 = values.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let alike = products / values.iter().map(|value| value * value).sum::<f64>();
        assert!((0.87..0.93).contains(&alike), "{alike}");
    }

    #[test]
    fn pages_come_and_go_whole() {
        let noise = Noise::pages(50_000.0, &mut Random::new(2));
        assert!(values(&noise).iter().all(|value| value % PAGE == 0.0));
        assert_eq!(deviation(&values(&Noise::None)), 0.0);
    }
}
