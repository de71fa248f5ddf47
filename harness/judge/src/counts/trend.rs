//! How one figure goes with the count of iterations: along a line, up to a bound, once, or not at all.
//!
//! There are few points, so that statistics of many do not serve; but most figures are exact, and the counts lie far
//! apart. What is asked of a line is asked at every count: three that lie on one line, over a wide span, are no chance.
//! Two can never tell a line from a cache that fills.

/// Rises of at least so many units are told from one that came once.
const CLEAR_RISE: f64 = 3.0;
/// What is not exact has to rise by so many units.
const CLEAR_NOISY_RISE: f64 = 8.0;
/// How far from the line, as a share of the rise that it gives, a figure that is not exact may be.
const BEND: f64 = 0.15;
/// What rises by chance varies as its square root: by so many of them at the most.
const DEVIATIONS: f64 = 4.0;
/// Of the rise that the counts before foretell, what has stopped rises by less than this.
const STOPPED: f64 = 0.05;
/// A slope that fell below this share of the one before is falling.
const FADING: f64 = 0.75;
/// Rises at the last count alone that are one-offs: a few that are taken when first needed.
const FEW: f64 = 5.0;
/// A table that grows by doubling has between this and its inverse of what it had, for an entry, at another size.
const DOUBLING: f64 = 2.2;

/// A figure after so many iterations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The iterations.
    pub iterations: u64,
    /// The figure.
    pub value: f64,
}

/// How a figure goes with the count of iterations.
#[derive(Clone, Debug, PartialEq)]
pub enum Trend {
    /// It is zero throughout, or falls.
    Nothing,
    /// It is the same at every count.
    Constant,
    /// It differs from run to run and goes nowhere.
    Varies,
    /// It rises along a line.
    Line(Line),
    /// It rises in the steps of a table that doubles, which is full of more and more.
    Steps(Line),
    /// It rises faster and faster.
    Faster(Line),
    /// It stopped rising.
    Bounded {
        /// Where.
        level: f64,
        /// The least count at which it had done so.
        by: u64,
    },
    /// It rose by a few between the last two counts, and never before.
    Late {
        /// By how much.
        rise: f64,
    },
    /// It rises less and less.
    Fading {
        /// The last slope as a share of the one before.
        share: f64,
        /// It lay on a line, to the unit, at all counts but the last.
        broke: bool,
    },
    /// It rises, and that is all that can be said.
    Unsure,
}

/// A figure that rises for certain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// By how much, an iteration.
    pub slope: f64,
    /// The count from which on it does.
    pub from: u64,
    /// The greatest count: nothing is known beyond it.
    pub up_to: u64,
    /// At how many counts it lies on the line.
    pub points: usize,
    /// Whether it lies there to the unit.
    pub exact: bool,
    /// Whether its rise is clear in two stretches: a line, for certain, as far as it was seen.
    pub sure: bool,
}

impl Trend {
    /// The line along which it rises, of whatever kind.
    pub fn line(&self) -> Option<&Line> {
        match self {
            Trend::Line(line) | Trend::Steps(line) | Trend::Faster(line) => Some(line),
            _ => None,
        }
    }
}

/// A count with what was measured at it.
#[derive(Clone, Copy)]
struct Level {
    n: f64,
    value: f64,
}

/// How a figure goes with the count. `unit` is what it rises by at once: 1 for blocks, the size of a block for bytes.
/// Points of equal counts tell how much it varies by itself.
pub fn trend(points: &[Point], unit: f64) -> Trend {
    let unit = unit.max(1.0);
    let (levels, spread, repeated) = levels(points);
    let (Some(first), Some(last)) = (levels.first(), levels.last()) else {
        return Trend::Nothing;
    };
    if points.iter().all(|point| point.value <= 0.0) {
        return Trend::Nothing;
    }
    let falls = levels.windows(2).map(|pair| pair[0].value - pair[1].value);
    let noise = falls.fold(spread, f64::max);
    if noise <= 0.0 && last.value == first.value {
        return Trend::Constant;
    }
    if last.value - first.value <= 2.0 * noise {
        return if last.value < first.value
            && spread == 0.0
            && levels.is_sorted_by(|a, b| a.value >= b.value)
        {
            Trend::Nothing
        } else {
            Trend::Varies
        };
    }
    if levels.len() < 3 {
        return Trend::Unsure;
    }
    let measured = Measured {
        unit,
        noise,
        repeated,
    };
    if let Some(share) = measured.broken(&levels) {
        return Trend::Fading { share, broke: true };
    }
    for from in 0..=levels.len() - 3 {
        if let Some(line) = measured.line(&levels[from..]) {
            return Trend::Line(line);
        }
    }
    measured.bent(&levels)
}

/// Whether bytes, of blocks that do not multiply, grow as tables do that double and go on filling. Less than four counts
/// cannot tell that from a table that will not grow again.
pub fn steps(points: &[Point]) -> Option<Line> {
    let (levels, spread, _) = levels(points);
    if levels.len() < 4 || spread > 0.0 {
        return None;
    }
    // A table has a least size: the smallest counts may be below it.
    let begins = (0..=levels.len() - 4).find(|&from| {
        let densities = levels[from..].iter().map(|level| level.value / level.n);
        let (low, high) = densities.fold((f64::INFINITY, 0.0_f64), |(low, high), density| {
            (low.min(density), high.max(density))
        });
        let rises = levels[from..]
            .windows(2)
            .all(|pair| pair[1].value > pair[0].value);
        rises && low > 0.0 && high <= low * DOUBLING
    })?;
    let levels = &levels[begins..];
    // The table has room for all entries, so that none takes more than it has for each at any count; at the least room
    // it is nearly full, and that is nearest to what an entry takes.
    let slope = levels
        .iter()
        .map(|level| level.value / level.n)
        .fold(f64::INFINITY, f64::min);
    let last = levels[levels.len() - 1].n;
    Some(Line {
        slope,
        from: levels[0].n as u64,
        // Its last size has room for twice what is in it.
        up_to: (last / 2.0) as u64,
        points: levels.len(),
        exact: false,
        sure: levels.len() >= 4 && last >= 100.0 * levels[0].n,
    })
}

/// The middle of what was measured at each count, in order; the most that two runs of one count differed by; and whether
/// any count was measured twice.
fn levels(points: &[Point]) -> (Vec<Level>, f64, bool) {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| (a.iterations.cmp(&b.iterations)).then(a.value.total_cmp(&b.value)));
    let (mut levels, mut spread, mut repeated) = (Vec::new(), 0.0_f64, false);
    for equal in sorted.chunk_by(|a, b| a.iterations == b.iterations) {
        spread = spread.max(equal[equal.len() - 1].value - equal[0].value);
        repeated |= equal.len() > 1;
        let middle = (equal[(equal.len() - 1) / 2].value + equal[equal.len() / 2].value) / 2.0;
        levels.push(Level {
            n: equal[0].iterations as f64,
            value: middle,
        });
    }
    (levels, spread, repeated)
}

struct Measured {
    unit: f64,
    noise: f64,
    repeated: bool,
}

impl Measured {
    /// The line on which these lie, all of them.
    fn line(&self, levels: &[Level]) -> Option<Line> {
        let (first, last) = (levels[0], levels[levels.len() - 1]);
        let slope = (last.value - first.value) / (last.n - first.n);
        let line = |exact, sure| {
            Some(Line {
                slope,
                from: first.n as u64,
                up_to: last.n as u64,
                points: levels.len(),
                exact,
                sure,
            })
        };
        let span = last.n / first.n.max(1.0);
        let rises = || levels.windows(2).map(|pair| pair[1].value - pair[0].value);
        let clear = rises()
            .filter(|rise| *rise >= CLEAR_RISE * self.unit)
            .count();
        let last_rise = rises().next_back().unwrap_or(0.0);
        let off = |level: &Level| (level.value - first.value - slope * (level.n - first.n)).abs();
        let most_off = levels.iter().map(off).fold(0.0, f64::max);
        // What is exact, or rises by whole units that come once in so many iterations.
        let hair = 1e-9 * last.value.abs();
        if most_off <= hair && rises().all(|rise| rise > 0.0) {
            return line(true, span >= 10.0);
        }
        let rose = rises().filter(|rise| *rise >= self.unit - hair).count();
        if most_off <= self.unit + hair && last_rise >= CLEAR_RISE * self.unit && rose >= 2 {
            return line(true, clear >= 2 && span >= 10.0);
        }
        // What varies: every stretch has to have its share, and two have to be beyond what chance gives.
        let chance = |by: f64| {
            (DEVIATIONS * (by * self.unit).sqrt())
                .max(self.unit)
                .max(2.0 * self.noise)
        };
        let mut beyond = 0;
        for pair in levels.windows(2) {
            let foretold = slope * (pair[1].n - pair[0].n);
            let rise = pair[1].value - pair[0].value;
            if (rise - foretold).abs() > chance(foretold).max(BEND * foretold) {
                return None;
            }
            if foretold >= 1.25 * chance(foretold) && rise >= CLEAR_RISE * self.unit {
                beyond += 1;
            }
        }
        let risen = last.value - first.value;
        let is_clear = risen >= (CLEAR_NOISY_RISE * self.unit).max(4.0 * self.noise);
        // Nobody measured how much it varies: then it has to be in proportion to the count, base and all.
        let in_proportion = last.value >= 0.3 * span * first.value;
        if beyond < 2 || !is_clear || !(self.repeated || in_proportion) {
            return None;
        }
        line(false, self.repeated && span >= 10.0)
    }

    /// Where all counts but the last lie on a line exactly, and that is below it: the last slope as a share of theirs. What
    /// is exact does not fall behind by chance.
    fn broken(&self, levels: &[Level]) -> Option<f64> {
        let (last, before) = levels.split_last()?;
        if before.len() < 3 || self.noise > 0.0 {
            return None;
        }
        let line = self.line(before).filter(|line| line.exact)?;
        let end = before[before.len() - 1];
        let foretold = line.slope * (last.n - end.n);
        let rise = last.value - end.value;
        let still = rise <= (STOPPED * foretold).max(self.unit);
        // What comes once in so many iterations is a unit early or late at each end of the line.
        let early_or_late = 2.0 * self.unit * (last.n - end.n) / (end.n - before[0].n);
        let behind = foretold - rise;
        (!still && behind > (STOPPED * foretold).max(self.unit + early_or_late))
            .then(|| rise / foretold)
    }

    /// What lies on no line.
    fn bent(&self, levels: &[Level]) -> Trend {
        let count = levels.len();
        let slope = |from: usize, to: usize| {
            (levels[to].value - levels[from].value) / (levels[to].n - levels[from].n)
        };
        let last_rise = levels[count - 1].value - levels[count - 2].value;
        let before = levels[count - 2].value - levels[0].value;
        if before <= self.noise.max(self.unit * 0.5) {
            return if last_rise <= FEW * self.unit {
                Trend::Late { rise: last_rise }
            } else {
                Trend::Unsure
            };
        }
        let foretold = slope(0, count - 2) * (levels[count - 1].n - levels[count - 2].n);
        let still = if foretold >= 4.0 * self.unit {
            self.unit
        } else {
            0.0
        };
        if last_rise <= self.noise.max(STOPPED * foretold).max(still) {
            let level = levels.iter().map(|level| level.value).fold(0.0, f64::max);
            let reached = levels
                .iter()
                .find(|one| one.value >= level - self.noise.max(STOPPED * foretold).max(still));
            let by = reached.map_or(levels[count - 2].n, |one| one.n) as u64;
            return Trend::Bounded { level, by };
        }
        let share = slope(count - 2, count - 1) / slope(0, count - 2);
        if share < FADING {
            return Trend::Fading {
                share,
                broke: count == 3,
            };
        }
        let two_clear = levels[count - 3..].windows(2).all(|pair| {
            pair[1].value - pair[0].value >= CLEAR_RISE.max(FEW) * self.unit + 2.0 * self.noise
        });
        if share > 1.0 && two_clear {
            return Trend::Faster(Line {
                slope: slope(count - 2, count - 1),
                from: levels[count - 3].n as u64,
                up_to: levels[count - 1].n as u64,
                points: 3,
                exact: false,
                sure: self.repeated && count >= 4,
            });
        }
        Trend::Unsure
    }
}
