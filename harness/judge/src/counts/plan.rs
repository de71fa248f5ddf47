//! Which count of iterations to measure next: small ones first, each about ten times the one before, until the verdict
//! is sure or the time is spent.

use super::conclude::Certainty;

/// The first count.
const FIRST: u64 = 10;
/// By how much counts go up, the most first.
const FACTORS: [u64; 4] = [10, 5, 3, 2];
/// A program that keeps nothing is believed after so many iterations.
pub const CLEAN: u64 = 100_000;
/// Counts without which nothing is said.
const FEWEST: usize = 3;
/// Runs of one count at the most.
const MOST_REPEATS: usize = 3;
/// The share of the budget that the first count may take to be measured twice.
const CHEAP: f64 = 0.05;
/// What is left of a leak that is sure is looked for up to a count that takes at most this share of the budget.
const LOOK_FURTHER: f64 = 0.04;
/// The share of the time left that a run may be foretold to take: it may take longer.
const MARGIN: f64 = 0.8;

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ran {
    /// The count.
    pub iterations: u64,
    /// Seconds.
    pub seconds: f64,
    /// The most memory that it took, in bytes; 0 where it is not known.
    pub memory: u64,
}

/// What the runs may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Seconds, for all runs together.
    pub budget: f64,
    /// Bytes, for one run.
    pub memory: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Run the command with this count.
    Run(u64),
    /// Stop.
    Stop(Stop),
}

/// Why no more is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The verdict is sure.
    Sure,
    /// It was looked at for as many iterations as a program that keeps nothing has to show.
    Enough,
    /// A greater count would take longer than there is time.
    Time,
    /// A greater count would take more memory than there is.
    Memory,
}

/// What to do after these runs, of which so much is known.
pub fn next(ran: &[Ran], certainty: Certainty, limits: Limits) -> Next {
    let Some(greatest) = ran.iter().map(|run| run.iterations).max() else {
        return Next::Run(FIRST);
    };
    let left = limits.budget - ran.iter().map(|run| run.seconds).sum::<f64>();
    let distinct = distinct(ran);
    let times = |count: u64| ran.iter().filter(|run| run.iterations == count).count();
    // How much figures vary is measured where it costs nothing.
    if ran.len() == 1 && ran[0].seconds <= CHEAP * limits.budget {
        return Next::Run(ran[0].iterations);
    }
    if distinct.len() >= FEWEST {
        if certainty == Certainty::Again
            && times(greatest) < MOST_REPEATS
            && seconds_of(ran, greatest) <= left * MARGIN
        {
            return Next::Run(greatest);
        }
        if greatest >= CLEAN {
            return Next::Stop(if certainty == Certainty::Sure {
                Stop::Sure
            } else {
                Stop::Enough
            });
        }
    }
    let affordable = match certainty {
        Certainty::Sure if distinct.len() >= FEWEST => limits.budget * LOOK_FURTHER,
        _ => left * MARGIN,
    };
    let fits = |count: u64| seconds_of(ran, count) <= affordable;
    let has_room = |count: u64| memory_of(ran, count) <= limits.memory as f64;
    let upwards = FACTORS.map(|factor| greatest.saturating_mul(factor).min(CLEAN.max(greatest)));
    let found = upwards
        .into_iter()
        .filter(|count| *count > greatest)
        .find(|count| {
            // Two further counts have to fit while there are too few.
            let missing = FEWEST.saturating_sub(distinct.len() + 1) as f64;
            has_room(*count)
                && seconds_of(ran, *count) * (1.0 + missing * 2.0) <= affordable.max(0.0)
        });
    match found {
        Some(count) => Next::Run(count),
        None if distinct.len() < FEWEST => Next::Run(between(&distinct)),
        None if certainty == Certainty::Sure => Next::Stop(Stop::Sure),
        None if upwards
            .iter()
            .any(|count| fits(*count) && !has_room(*count)) =>
        {
            Next::Stop(Stop::Memory)
        }
        None => Next::Stop(Stop::Time),
    }
}

/// A count that was not measured, no greater than those that were where there is one: slow programs get small ones.
fn between(distinct: &[u64]) -> u64 {
    let least = distinct[0];
    let candidates = [least / 5, least / 2, 1];
    let below = candidates
        .into_iter()
        .find(|count| *count >= 1 && *count < least);
    below.unwrap_or_else(|| (2..).find(|count| !distinct.contains(count)).unwrap_or(2))
}

fn distinct(ran: &[Ran]) -> Vec<u64> {
    let mut counts: Vec<u64> = ran.iter().map(|run| run.iterations).collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// How long a run of this count will take: along a line through the least and the greatest, or in proportion where that
/// says more.
pub fn seconds_of(ran: &[Ran], count: u64) -> f64 {
    foretell(ran, count, |run| run.seconds, 0.02)
}

/// How much memory a run of this count will take.
pub fn memory_of(ran: &[Ran], count: u64) -> f64 {
    foretell(ran, count, |run| run.memory as f64, 0.0)
}

/// `least` is what differs by chance.
fn foretell(ran: &[Ran], count: u64, of: impl Fn(&Ran) -> f64, least: f64) -> f64 {
    let mut sorted: Vec<&Ran> = ran.iter().collect();
    sorted.sort_by_key(|run| run.iterations);
    let Some(last) = sorted.last() else {
        return 0.0;
    };
    let before = sorted
        .iter()
        .rev()
        .find(|run| run.iterations < last.iterations);
    let Some(before) = before else {
        // One count: how much of it is the start, nobody knows. The start of most is the most of a short run.
        let share = if of(last) < 1.0 { 0.5 } else { 1.0 };
        let each = of(last) * share / last.iterations.max(1) as f64;
        return of(last) * (1.0 - share) + each * count as f64;
    };
    let gained = (of(last) - of(before) - least).max(0.0);
    let each = gained / (last.iterations - before.iterations) as f64;
    let more = count as f64 - last.iterations as f64;
    // What is done in proportion to the square shows by the last two: then a line says too little.
    let steeper = match sorted
        .iter()
        .rev()
        .find(|run| run.iterations < before.iterations)
    {
        Some(first) => {
            let slope =
                (of(before) - of(first)).max(0.0) / (before.iterations - first.iterations) as f64;
            if slope > 0.0 && each > 3.0 * slope {
                each / slope
            } else {
                1.0
            }
        }
        None => 1.0,
    };
    (of(last) + each * steeper * more).max(0.0)
}
