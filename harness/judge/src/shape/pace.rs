//! Whether a series still climbs at its end as it did before.
//!
//! A rise that is over looks like growth until its end has lasted. So growth needs that the last stretch climbs as the
//! others did: it gains a good part of what is usual, and no less than half of the least that any stretch before it gained,
//! whatever its length. What slows down fails it too: in the second half the line through what is gained from level to
//! level falls, by a test of its slope.
//!
//! The series is looked at as the levels of equal blocks. A level that is made at once says nothing of what goes on, so no
//! gain counts for more than three usual ones.

use super::blocks::{Blocks, median};

/// Levels of a series.
pub const LEVELS: usize = 32;
/// Fewer levels than this say nothing of a pace.
pub const FEWEST: usize = 8;
/// No gain counts for more than so many usual ones.
const OUTLIER: f64 = 3.0;
/// A last stretch that gains less than this share of what is usual does not go on,
const USUAL: f64 = 0.25;
/// nor does one that gains less than this share of the least before it,
const LEAST: f64 = 0.5;
/// where those before it do not differ: so many deviations of theirs less.
const ALLOWED: f64 = 0.6;
/// The last quarter has to gain so many times what noise makes of it,
const SURELY: f64 = 2.5;
/// and the last eighth.
const LIKELY: f64 = 1.5;
/// Where few falls show the noise, it may yet be this share of what is gained from level to level.
const UNSEEN: f64 = 0.3;
/// A slope is no matter of chance where it is so many times its error: one in a hundred.
const BENT: f64 = 2.5;
/// What is gained at the end, beside what is gained on average, where a series slows down.
const SLOWER: f64 = 0.75;
/// What noise may add to a gain that is next to nothing, in deviations.
const NOISE: f64 = 1.3;
/// What a quarter gains, beside the one before it, where a level is in sight,
const HALVED: f64 = 0.48;
/// and beside all that the series spans.
const LITTLE: f64 = 0.1;
/// What counts of a gain, in usual rises, where all are to be of a height.
const EVENED: f64 = 1.0;
/// What an eighth keeps of the one before may be so much more than that kept of its own.
const KEPT: f64 = 1.1;
/// Both the floor and the ceiling of the second half are higher by this share of all.
const SHIFTED: f64 = 0.2;

/// Levels of a series, at even distances.
#[derive(Clone, Debug)]
pub struct Pace {
    levels: Vec<f64>,
    /// What falls say of the noise of a gain.
    noise: f64,
}

impl Pace {
    /// The pace of measurements.
    pub fn of(values: &[f64]) -> Pace {
        Pace::of_levels(Blocks::of(values, LEVELS).medians)
    }

    /// The pace of levels of measurements.
    pub fn of_levels(levels: Vec<f64>) -> Pace {
        let noise = falls(&levels);
        Pace { levels, noise }
    }

    /// The pace of counts without noise, which never fall.
    pub fn of_path(path: &[f64]) -> Pace {
        Pace {
            levels: ends(path, LEVELS, 1),
            noise: 0.0,
        }
    }

    /// Whether it still climbs at its end as it did before. True for too few levels to tell.
    pub fn goes_on(&self) -> bool {
        if self.levels.len() < FEWEST {
            return true;
        }
        let last = self.levels.len() - 1;
        let half = last / 2;
        let levels = lowered(&self.levels);
        let gain = |from: usize, to: usize| levels[to] - levels[from];
        let usual = gain(half, last) / (last - half) as f64;
        if usual <= 0.0 {
            return false;
        }
        let (quarter, eighth) = ((last / 4).max(1), (last / 8).max(1));
        let is_worth = |stretch: usize, surely: f64| {
            let end = gain(last - stretch, last);
            end >= surely * self.noise_over(stretch, usual) && end >= USUAL * stretch as f64 * usual
        };
        let keeps_up = |stretch: usize| {
            let earlier: Vec<f64> = (half..=last - 2 * stretch)
                .map(|at| gain(at, at + stretch))
                .collect();
            let least = earlier.iter().copied().reduce(f64::min);
            let end = gain(last - stretch, last);
            least.is_none_or(|least| end >= LEAST * least - ALLOWED * deviation(&earlier))
        };
        is_worth(quarter, SURELY)
            && is_worth(eighth, LIKELY)
            && [quarter, eighth, 3, 2, 1].into_iter().all(keeps_up)
            && !slows(&levels[half..])
    }

    /// The same where no gain, up or down, is more than a usual rise: what comes at random is of all heights, and how high
    /// the last were says less of whether it goes on than that they came.
    pub fn evened(&self) -> Pace {
        let gains = || self.levels.windows(2).map(|pair| pair[1] - pair[0]);
        let mut rises: Vec<f64> = gains().filter(|gain| *gain > 0.0).collect();
        let most = EVENED * median(&mut rises);
        let mut levels = vec![0.0];
        for gain in gains() {
            let evened = if gain < -2.0 * most {
                gain
            } else {
                gain.clamp(-most, most)
            };
            levels.push(levels[levels.len() - 1] + evened);
        }
        Pace::of_levels(levels)
    }

    /// Whether what it gains becomes less and less in its second half.
    pub fn slows(&self) -> bool {
        slows(&lowered(&self.levels)[self.levels.len() / 2..])
    }

    /// Whether the last quarter surely gains no more than a share of all that the series spans. True for too few levels to
    /// tell.
    pub fn is_quiet(&self, share: f64) -> bool {
        let last = self.levels.len().saturating_sub(1);
        let stretch = last / 4;
        if stretch < 2 {
            return true;
        }
        let (lowest, highest) = bounds(&self.levels);
        // From the middle of its first half to the middle of its second is half of the quarter.
        let quarter = &self.levels[last - stretch..];
        let middle = |part: &[f64]| median(&mut part.to_vec());
        let (early, late) = quarter.split_at(quarter.len() / 2);
        let end = 2.0 * (middle(late) - middle(early));
        let walk = bends(&self.levels, 1) * (stretch as f64).sqrt();
        let noise = bends(&self.levels, stretch / 2).min(walk);
        end + NOISE * noise <= share * (highest - lowest)
    }

    /// Whether counts gain less than half in the last quarter of what they did in the one before, little of all, and from
    /// eighth to eighth no more of it: then the rest comes to no more than that again. A logarithm keeps 70 of 100, 1 / x
    /// more than half, and what goes on beside a cache that fills keeps more and more. False for measurements.
    pub fn levels_off(&self) -> bool {
        let last = self.levels.len().saturating_sub(1);
        let eighth = last / 8;
        if eighth == 0 || self.noise > 0.0 {
            return false;
        }
        let gain = |eighths: usize| {
            self.levels[last - (eighths - 1) * eighth] - self.levels[last - eighths * eighth]
        };
        let [earlier, early, late, end] = [gain(4), gain(3), gain(2), gain(1)];
        let (lowest, highest) = bounds(&self.levels);
        // What two eighths of so many levels are, in quarters of the run.
        let quarters = 8.0 * eighth as f64 / last as f64;
        late + end <= HALVED.powf(quarters) * (earlier + early)
            && late + end <= LITTLE * (highest - lowest)
            && end * early <= KEPT * late * late
    }

    /// Whether both the lowest and the highest that it comes to are higher in its second half by a good part of all.
    pub fn shifts_up(&self) -> bool {
        let levels = lowered(&self.levels);
        let (early, late) = levels.split_at(levels.len() / 2);
        let ((lowest, highest), early, late) = (bounds(&levels), bounds(early), bounds(late));
        let shift = SHIFTED * (highest - lowest);
        late.0 - early.0 > shift && late.1 - early.1 > shift
    }

    /// How far noise alone moves the gain over so many levels, where so much is gained from one to the next. Falls show
    /// it, and so do gains that differ from stretch to stretch; the less of both counts.
    fn noise_over(&self, stretch: usize, usual: f64) -> f64 {
        if self.noise == 0.0 {
            return 0.0;
        }
        let walk = self.noise.max(UNSEEN * usual) * (stretch as f64).sqrt();
        walk.min(bends(&self.levels, stretch))
    }
}

/// The same levels where no gain is beyond three usual ones.
pub fn lowered(levels: &[f64]) -> Vec<f64> {
    let gains = || levels.windows(2).map(|pair| pair[1] - pair[0]);
    let mut rises: Vec<f64> = gains().filter(|gain| *gain > 0.0).collect();
    let most = OUTLIER * median(&mut rises);
    let mut lowered = vec![0.0];
    for gain in gains() {
        lowered.push(lowered[lowered.len() - 1] + gain.min(most));
    }
    lowered
}

/// The deviation of a gain that falls speak for, as if rises by chance were as many and as high.
pub fn falls(levels: &[f64]) -> f64 {
    let squares: f64 = levels
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).min(0.0).powi(2))
        .sum();
    (2.0 * squares / (levels.len().max(2) - 1) as f64).sqrt()
}

/// The values of a path at the ends of so many equal stretches or fewer, each a multiple of `least` long.
pub fn ends(path: &[f64], count: usize, least: usize) -> Vec<f64> {
    let last = path.len().saturating_sub(1);
    let width = last.div_ceil(count).max(1).next_multiple_of(least.max(1));
    (last % width..=last)
        .step_by(width)
        .map(|at| path[at])
        .collect()
}

/// A straight line through what is gained from level to level.
struct Bend {
    /// What is gained on average.
    mean: f64,
    /// What the line has at its end.
    end: f64,
    /// By how much it rises from one gain to the next, and the error of that.
    slope: f64,
    error: f64,
    /// Gains from the middle to the end.
    middle: f64,
}

impl Bend {
    fn of(levels: &[f64]) -> Bend {
        let gains: Vec<f64> = levels.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let count = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / count;
        let middle = (count - 1.0) / 2.0;
        let points = || {
            gains
                .iter()
                .enumerate()
                .map(|(at, gain)| (at as f64 - middle, gain - mean))
        };
        let spread: f64 = points().map(|(x, _)| x * x).sum();
        let slope = points().map(|(x, y)| x * y).sum::<f64>() / spread;
        let left: f64 = points().map(|(x, y)| (y - slope * x).powi(2)).sum();
        Bend {
            mean,
            end: mean + slope * middle,
            slope,
            error: (left / (count - 2.0).max(1.0) / spread).sqrt(),
            middle,
        }
    }
}

/// Whether what is gained from level to level becomes less and less. False for too few levels to tell.
pub fn slows(levels: &[f64]) -> bool {
    if levels.len() < FEWEST - 1 {
        return false;
    }
    let bend = Bend::of(levels);
    bend.slope < -BENT * bend.error && bend.end < SLOWER * bend.mean
}

/// Whether the rate at the end is surely no less than a share of the mean.
pub fn is_steady(levels: &[f64], share: f64) -> bool {
    let bend = Bend::of(levels);
    bend.end - 2.0 * bend.error * bend.middle > share * bend.mean
}

/// How far the gains over so many levels differ from one stretch to the next, as the deviation of one of them: robust, and
/// between what it would be for levels that depend on nothing and for a walk.
fn bends(levels: &[f64], stretch: usize) -> f64 {
    let Some(count) = levels.len().checked_sub(2 * stretch) else {
        return f64::INFINITY;
    };
    let bend = |at: usize| levels[at + 2 * stretch] - 2.0 * levels[at + stretch] + levels[at];
    let mut bends: Vec<f64> = (0..count).map(|at| bend(at).abs()).collect();
    1.4826 * median(&mut bends) / 2.4_f64.sqrt()
}

/// The standard deviation of a sample.
pub fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (count - 1.0).max(1.0)).sqrt()
}

/// The least and the greatest.
pub fn bounds(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 321 counts, which are 32 stretches of ten.
    fn path(of: impl Fn(f64) -> f64) -> Pace {
        Pace::of_path(
            &(0..=320)
                .map(|at| of(f64::from(at) / 320.0).round())
                .collect::<Vec<f64>>(),
        )
    }

    #[test]
    fn a_line_goes_on_and_one_that_ended_a_thirtieth_before_the_end_does_not() {
        assert!(path(|at| 1e6 * at).goes_on());
        for end in [0.97, 0.95, 0.9, 0.8, 0.5, 0.3] {
            assert!(!path(|at| 1e6 * at.min(end)).goes_on(), "{end}");
        }
    }

    #[test]
    fn what_began_in_the_middle_or_pauses_goes_on() {
        assert!(path(|at| 1e6 * (at - 0.6).max(0.0)).goes_on());
        let pausing = |at: f64| (at * 10.0).floor() + (at * 10.0).fract().min(0.5) * 2.0;
        assert!(path(|at| 1e5 * pausing(at)).goes_on());
    }

    #[test]
    fn what_slows_down_does_not_go_on_and_a_square_root_is_not_slow_enough() {
        let filling = path(|at| 1e6 * (1.0 - (-at / 0.5).exp()));
        let logarithm = path(|at| 1e6 * (1.0 + 100.0 * at).ln());
        for slow in [&filling, &logarithm] {
            assert!(slow.slows() && !slow.goes_on());
        }
        assert!(path(|at| 1e6 * at.sqrt()).goes_on());
    }

    #[test]
    fn a_table_made_at_once_does_not_hide_what_goes_on() {
        assert!(path(|at| 1e6 * at + if at > 0.7 { 1e8 } else { 0.0 }).goes_on());
        assert!(!path(|at| if at > 0.7 { 1e8 } else { 0.0 }).goes_on());
    }

    #[test]
    fn steps_go_on_while_the_next_one_is_not_overdue() {
        let steps = |end: f64| path(move |at| 1e4 * (at.min(end) * 12.0).floor());
        assert!(steps(1.0).goes_on() && !steps(0.85).goes_on());
    }

    #[test]
    fn noise_that_falls_as_far_as_it_climbs_goes_nowhere() {
        let zigzag: Vec<f64> = (0..320)
            .map(|at| f64::from(at / 10 % 2) * 100.0 + f64::from(at) * 0.5)
            .collect();
        assert!(!Pace::of(&zigzag).goes_on());
        let line: Vec<f64> = (0..320)
            .map(|at| f64::from(at / 10 % 2) * 10.0 + f64::from(at) * 5.0)
            .collect();
        assert!(Pace::of(&line).goes_on());
    }

    #[test]
    fn where_all_rises_count_alike_high_ones_before_do_not_make_the_last_look_low() {
        // A rise in every stretch, and those from the middle to just before the end three times as high.
        let high = |at: usize| if (16..27).contains(&at) { 3.0 } else { 1.0 };
        let uneven = |rises: usize| {
            let mut levels = vec![0.0];
            for at in 0..31 {
                let gain = if at < rises { high(at) } else { 0.0 };
                levels.push(levels[at] + gain);
            }
            Pace::of_levels(levels)
        };
        assert!(!uneven(31).goes_on() && uneven(31).evened().goes_on());
        assert!(!uneven(26).evened().goes_on());
    }

    #[test]
    fn a_deep_fall_is_not_evened() {
        let fall = Pace::of_levels(vec![0.0, 1.0, 2.0, 1.5, 2.5, -40.0, -39.0]);
        assert_eq!(
            fall.evened().levels,
            [0.0, 1.0, 2.0, 1.5, 2.5, -40.0, -39.0]
        );
        let high = Pace::of_levels(vec![0.0, 1.0, 2.0, 9.0, 10.0]);
        assert_eq!(high.evened().levels, [0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn a_quiet_end_gains_next_to_nothing() {
        assert!(path(|at| 1e6 * at.min(0.74)).is_quiet(0.03));
        assert!(
            !path(|at| 1e6 * at.min(0.9)).is_quiet(0.03) && !path(|at| 1e6 * at).is_quiet(0.08)
        );
        // A logarithm gains a twentieth in its last quarter, and as much in the next run.
        assert!(!path(|at| 1e6 * (1.0 + 1_000.0 * at).ln()).is_quiet(0.03));
    }

    #[test]
    fn a_level_is_in_sight_where_each_quarter_gains_half_of_the_one_before() {
        let filling = |constant: f64| path(move |at| 1e6 * (1.0 - (-at / constant).exp()));
        assert!(filling(0.3).levels_off() && !filling(0.4).levels_off());
        let ever_slower = path(|at| 1e6 * at / (at + 0.03));
        let logarithm = path(|at| 1e6 * (1.0 + 1_000.0 * at).ln());
        assert!(!ever_slower.levels_off() && !logarithm.levels_off());
    }

    #[test]
    fn a_series_shifts_up_where_its_floor_and_its_ceiling_do() {
        assert!(path(|at| 1e6 * at).shifts_up());
        assert!(!path(|at| if (0.55..0.6).contains(&at) { 1e6 } else { 0.0 }).shifts_up());
    }

    #[test]
    fn gains_are_lowered_to_three_usual_ones() {
        assert_eq!(
            lowered(&[0.0, 1.0, 2.0, 102.0, 103.0]),
            [0.0, 1.0, 2.0, 5.0, 6.0]
        );
        assert_eq!(lowered(&[5.0, 3.0]), [0.0, -2.0]);
    }

    #[test]
    fn ends_are_whole_stretches_from_the_last_value_back() {
        let path: Vec<f64> = (0..=10).map(f64::from).collect();
        assert_eq!(ends(&path, 5, 1), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ends(&path, 5, 3), [1.0, 4.0, 7.0, 10.0]);
        assert_eq!(ends(&path, 100, 1).len(), 11);
    }

    #[test]
    fn falls_speak_for_a_walk_of_steps_as_high() {
        // One of two steps falls by 3.
        assert_eq!(falls(&[0.0, 5.0, 2.0]), 3.0);
        assert_eq!(falls(&[0.0, 5.0, 9.0]), 0.0);
    }

    #[test]
    fn a_steady_rate_is_told_from_one_that_falls() {
        let line: Vec<f64> = (0..17).map(f64::from).collect();
        let falling: Vec<f64> = (0..17)
            .map(|at| f64::from(at) * 20.0 - f64::from(at * at) * 0.5)
            .collect();
        assert!(is_steady(&line, 0.9) && !is_steady(&falling, 0.6));
    }
}
