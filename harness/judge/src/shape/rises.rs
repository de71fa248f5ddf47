//! The rises of a series that never gives anything back: when each came, how high it was, and whether they go on.

#[cfg(test)]
mod tests;

/// Heights beyond this many times the middle one stand out: a table that is made once beside a byte that is kept again
/// and again must not hide it.
const OUTLIER: f64 = 3.0;
/// If they are one in so many or fewer, they do not count.
const RARE: usize = 4;
/// So many rises can be judged by their spread alone; fewer have to be alike.
const MANY: usize = 8;
/// Later rises are as high as earlier ones where they are so high beside them.
const AS_HIGH: f64 = 0.6;
/// So many come at random often enough to know how often,
const MANY_AT_RANDOM: usize = 24;
/// give or take so many deviations,
const OFTEN: f64 = 2.0;
/// and by chance they are silent for no more than so many usual gaps: one time in twenty.
const SILENT: f64 = 3.0;
/// Fewer than this are no recurrence, however alike.
const FEWEST: usize = 4;
/// How far the greatest of a few gaps or heights may be from the least.
const ALIKE: f64 = 1.1;
/// How far the gain of one window may be from that of another.
const EVEN: f64 = 2.0;
/// Parts that scattered rises are counted in: what comes at once is one event, however many rises it has.
const BINS: usize = 64;
/// The longest time constant, in parts of the run, of a cache that fills and must not be called growing: scattered
/// rises have to exclude it.
const LONGEST_FILLING: f64 = 0.5;
/// A time constant so long, likewise, cannot be told from growth.
const AS_GOOD_AS_GROWTH: f64 = 1.4;
/// How surely, in standard deviations: one in two thousand.
const SURELY: f64 = 3.29;

/// The rises of a series of steps that never falls.
#[derive(Clone, Debug, PartialEq)]
pub struct Rises {
    /// The index after which the series was higher, and by how much.
    pub all: Vec<(usize, f64)>,
    /// The last index of the series.
    pub last: usize,
    /// The middle height.
    usual: f64,
}

impl Rises {
    /// The rises of `path`, which never falls.
    pub fn of(path: &[f64]) -> Rises {
        let pairs = path.windows(2).zip(1..);
        let all: Vec<(usize, f64)> = pairs
            .filter(|(pair, _)| pair[1] > pair[0])
            .map(|(pair, at)| (at, pair[1] - pair[0]))
            .collect();
        let mut heights: Vec<f64> = all.iter().map(|rise| rise.1).collect();
        Rises {
            last: path.len().saturating_sub(1),
            usual: super::blocks::median(&mut heights),
            all,
        }
    }

    /// The rises with no height beyond `most`.
    fn up_to(&self, most: f64) -> Vec<(usize, f64)> {
        let lowered = |&(at, height): &(usize, f64)| (at, height.min(most));
        self.all.iter().map(lowered).collect()
    }

    /// The path that they make where none is higher than usual: how high they are says less of whether they go on than
    /// when they come.
    pub fn none_unusual(&self) -> Vec<f64> {
        let mut path = vec![0.0; self.last + 1];
        for (at, height) in self.up_to(self.usual) {
            path[at] = height;
        }
        for at in 1..path.len() {
            path[at] += path[at - 1];
        }
        path
    }

    /// How many of them there were, by iteration, where those that came later are as high as those before: then what
    /// matters is when they come. None for a few, or where they become less and less.
    pub fn counted(&self) -> Option<Vec<f64>> {
        let (early, late) = self.all.split_at(self.all.len() / 2);
        let mean = |part: &[(usize, f64)]| {
            let heights = part.iter().map(|rise| rise.1.min(OUTLIER * self.usual));
            heights.sum::<f64>() / part.len() as f64
        };
        let end = &self.all[self.all.len() - self.all.len() / 4..];
        if self.all.len() < MANY
            || 4 * self.all.len() > 3 * self.last
            || mean(late) < AS_HIGH * mean(early)
            || mean(end) < 0.5 * mean(&self.all)
        {
            return None;
        }
        let mut path = vec![0.0; self.last + 1];
        for &(at, _) in &self.all {
            path[at] = 1.0;
        }
        for at in 1..path.len() {
            path[at] += path[at - 1];
        }
        Some(path)
    }

    /// Whether they come at random as often at the end as before: as often as chance allows, and it has not been silent for
    /// longer than it allows.
    pub fn keep_coming(&self) -> bool {
        let count = self.all.len() as f64;
        let since = |share: f64| {
            let from = (1.0 - share) * self.last as f64;
            let expected = share * count;
            let came = self.all.iter().filter(|rise| rise.0 as f64 > from).count() as f64;
            came >= expected - OFTEN * expected.sqrt()
        };
        let silent = self.all.last().map_or(self.last, |rise| self.last - rise.0) as f64;
        self.all.len() >= MANY_AT_RANDOM
            && silent * count <= SILENT * self.last as f64
            && [0.5, 0.25, 0.125].into_iter().all(since)
    }

    fn stands_out(&self, height: f64) -> bool {
        height > OUTLIER * self.usual
    }

    /// Which quarters have a rise.
    pub fn quarters(&self) -> [bool; 4] {
        let mut quarters = [false; 4];
        for &(at, _) in &self.all {
            quarters[((at - 1) * 4 / self.last.max(1)).min(3)] = true;
        }
        quarters
    }

    /// Those that stand out by their height, or all if they are few, the greatest first.
    pub fn standing_out(&self, most: usize) -> Vec<(usize, f64)> {
        let few = self.all.len() <= most;
        let stands_out = |rise: &&(usize, f64)| few || self.stands_out(rise.1);
        let mut out: Vec<(usize, f64)> = self.all.iter().filter(stands_out).copied().collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        out.truncate(most);
        out
    }

    /// Whether every stretch of `window` iterations gained about the same. This is what a leak does whose cause comes
    /// round again: it needs no statistics.
    ///
    /// A few rises that stand out are taken away first; or, where the others are much the same, lowered to the highest of
    /// them: one of those may have come in the same iteration.
    pub fn recur(&self, window: usize) -> bool {
        let out = self
            .all
            .iter()
            .filter(|rise| self.stands_out(rise.1))
            .count();
        if out == 0 || out * RARE > self.all.len() {
            return self.even(&self.up_to(OUTLIER * self.usual), window);
        }
        let others = self.all.iter().filter(|rise| !self.stands_out(rise.1));
        let others: Vec<(usize, f64)> = others.copied().collect();
        let (lowest, highest) = bounds(others.iter().map(|rise| rise.1));
        let lowered = highest <= EVEN * lowest && self.even(&self.up_to(highest), window);
        lowered || self.even(&others, window)
    }

    fn even(&self, rises: &[(usize, f64)], window: usize) -> bool {
        if rises.len() < FEWEST {
            return false;
        }
        // There are rises, so that the greatest gain is above zero.
        let (least, greatest) = self.gains(rises, window);
        if rises.len() < MANY {
            return least == greatest || self.alike(rises);
        }
        let even = greatest <= EVEN * least;
        // The same in every stretch is no chance; about the same can be a cache that fills slowly. One that takes in
        // several entries at a time has rises of many heights, and its highest come first: they have to count.
        let (lowest, highest) = bounds(rises.iter().map(|rise| rise.1));
        let middle = if highest <= ALIKE * lowest {
            self.middle(rises)
        } else {
            self.middle_of_all()
        };
        even && (least == greatest || !likelier_to_fade(middle, 1.0))
    }

    /// The least and the greatest gain over all stretches of `window` iterations.
    fn gains(&self, rises: &[(usize, f64)], window: usize) -> (f64, f64) {
        let mut sums = vec![0.0; self.last + 1];
        for &(at, height) in rises {
            sums[at] = height;
        }
        for at in 1..sums.len() {
            sums[at] += sums[at - 1];
        }
        let ends = &sums[window.min(self.last)..];
        bounds(sums.iter().zip(ends).map(|(from, to)| to - from))
    }

    /// Whether all gaps are alike, those at both ends no longer than the others, and all heights are.
    fn alike(&self, rises: &[(usize, f64)]) -> bool {
        let gaps = rises.windows(2).map(|pair| (pair[1].0 - pair[0].0) as f64);
        let (shortest, longest) = bounds(gaps);
        let (lowest, highest) = bounds(rises.iter().map(|rise| rise.1));
        // A distance that is no whole number of iterations comes out as two that are.
        let far = (ALIKE * shortest).max(shortest + 1.0);
        let first = rises.first().map_or(0, |rise| rise.0);
        let last = rises.last().map_or(0, |rise| rise.0);
        let ends = first.max(self.last - last) as f64;
        longest <= far && ends <= far && highest <= ALIKE * lowest
    }

    /// Where the middle of the rises lies, from 0 to 1, and how far that may be off by chance.
    ///
    /// The test for a trend in the times of events that is named after Laplace (D. R. Cox and P. A. W. Lewis, "The
    /// Statistical Analysis of Series of Events", 1966): under a constant rate the middle is at 1/2. What comes in
    /// clusters is less certain than what comes one by one, and what comes regularly is more certain: times are counted
    /// in bins, and how much the bins differ says how far off the middle may be.
    fn middle(&self, rises: &[(usize, f64)]) -> (f64, f64) {
        let mut bins = [0.0; BINS];
        let (mut sum, mut moment) = (0.0, 0.0);
        for &(at, height) in rises {
            let time = (at as f64 - 0.5) / self.last as f64;
            bins[(time * BINS as f64) as usize] += height;
            sum += height;
            moment += height * time;
        }
        let mean = sum / BINS as f64;
        let squares: f64 = bins.iter().map(|bin| (bin - mean).powi(2)).sum();
        (moment / sum, (squares / 12.0).sqrt() / sum)
    }

    /// The middle of all rises, where none counts for more than some usual ones.
    fn middle_of_all(&self) -> (f64, f64) {
        self.middle(&self.up_to(OUTLIER * self.usual))
    }

    /// Whether rises that come at random go on: there are some in every quarter, their rate does not fall, and they
    /// are enough to say so. These rises are those of the last `share` of a run.
    pub fn go_on(&self, share: f64) -> bool {
        if self.quarters().contains(&false) {
            return false;
        }
        let (middle, error) = self.middle_of_all();
        middle >= middle_of_filling(AS_GOOD_AS_GROWTH / share)
            && middle - SURELY * error >= middle_of_filling(LONGEST_FILLING / share)
    }

    /// Whether a few of them come at even distances, all of about the same height but for those that stand out: what comes
    /// next is known.
    pub fn are_even(&self) -> bool {
        let usual = self.all.iter().filter(|rise| !self.stands_out(rise.1));
        let usual: Vec<(usize, f64)> = usual.copied().collect();
        let (lowest, highest) = bounds(usual.iter().map(|rise| rise.1));
        // What stands out may have come in the same iteration as another.
        let lowered = self.up_to(highest);
        let few = FEWEST..4 * MANY;
        highest <= ALIKE * lowest
            && [usual, lowered]
                .iter()
                .any(|rises| few.contains(&rises.len()) && self.alike(rises))
    }

    /// Whether they, or those that stand out, are many, all alike, and as close to each other at the end as at first: so
    /// nothing comes to an end.
    pub fn are_regular(&self) -> bool {
        let out = self.all.iter().filter(|rise| self.stands_out(rise.1));
        let out: Vec<(usize, f64)> = out.copied().collect();
        let regular =
            |rises: &[(usize, f64)]| rises.len() >= MANY && self.alike(rises) && keep_pace(rises);
        regular(&self.all) || regular(&out)
    }

    /// Whether the next rise is overdue: it has been silent for longer than it ever was between two of them; for half as
    /// long again where they come unevenly.
    pub fn is_overdue(&self) -> bool {
        let gaps = || {
            self.all
                .windows(2)
                .map(|pair| (pair[1].0 - pair[0].0) as f64)
        };
        let (shortest, longest) = bounds(gaps());
        let Some(last) = self.all.last().filter(|_| self.all.len() > 1) else {
            return false;
        };
        let silent = (self.last - last.0) as f64;
        let even = longest <= (ALIKE * shortest).max(shortest + 1.0);
        silent > if even { longest } else { 1.5 * longest }
    }

    /// Whether the rate of the rises falls, as far as can be seen.
    pub fn fade(&self) -> bool {
        let (middle, error) = self.middle_of_all();
        middle + error <= middle_of_filling(AS_GOOD_AS_GROWTH)
    }

    /// Whether a cache that fills explains them better than rises that go on do. These are the last `share` of a run.
    pub fn are_likelier_to_fade(&self, share: f64) -> bool {
        self.all.is_empty() || likelier_to_fade(self.middle_of_all(), share)
    }

    /// Whether the last of them came after this share of the run.
    pub fn rose_since(&self, share: f64) -> bool {
        self.all
            .last()
            .is_some_and(|rise| rise.0 as f64 > share * self.last as f64)
    }

    /// Whether they are those of a table that doubles whenever it is full and goes on filling: every step is twice as
    /// high as the one before and comes twice as long after it, the last in the second half of the run, and the next is
    /// not overdue. A table that stopped filling by the middle of the run has no such step.
    pub fn double(&self) -> bool {
        let out = self.all.iter().copied();
        let out: Vec<(usize, f64)> = out.filter(|rise| rise.1 >= OUTLIER * self.usual).collect();
        self.end_in_doubling(&self.all) || (self.all.len() >= MANY && self.end_in_doubling(&out))
    }

    fn end_in_doubling(&self, steps: &[(usize, f64)]) -> bool {
        let Some(tail) = steps.len().checked_sub(3) else {
            return false;
        };
        let [a, b, c] = [steps[tail], steps[tail + 1], steps[tail + 2]];
        let gap = |from: (usize, f64), to: (usize, f64)| (to.0 - from.0) as f64;
        let doubled = |ratio: f64, by: f64| (2.0 / by..=2.0 * by).contains(&ratio);
        doubled(b.1 / a.1, 1.03)
            && doubled(c.1 / b.1, 1.03)
            && doubled(gap(b, c) / gap(a, b), 1.3)
            && 2 * c.0 > self.last
            && (self.last - c.0) as f64 <= 1.3 * 2.0 * gap(b, c)
    }
}

/// Whether the later half of some rises takes no longer than the earlier one.
fn keep_pace(rises: &[(usize, f64)]) -> bool {
    let half = rises.len() / 2;
    let (early, late) = (&rises[..=half], &rises[rises.len() - 1 - half..]);
    let takes = |part: &[(usize, f64)]| (part[half].0 - part[0].0) as f64;
    takes(late) <= ALIKE * takes(early)
}

/// Whether a middle lies nearer to that of a cache that fills than to that of growth, in the last `share` of a run.
fn likelier_to_fade((middle, _): (f64, f64), share: f64) -> bool {
    middle <= f64::midpoint(middle_of_filling(LONGEST_FILLING / share), 0.5)
}

/// Where the middle lies of what a cache takes in that fills with this time constant, in parts of the time in which it
/// is looked at. What goes on for ever has it at 1/2.
fn middle_of_filling(constant: f64) -> f64 {
    constant - 1.0 / (1.0 / constant).exp_m1()
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}
