//! What exact counts kept: without what comes and goes within a pass of the work.

use super::judgement::QUARTERS;
use super::rises::Rises;

/// So much in every pass is no matter of chance where it is always about the same.
const ENOUGH_KEPT: u64 = 8;
/// How far the most that a pass keeps may be from the least.
const ALIKE: f64 = 1.15;

/// What not every pass keeps tells whether it goes on where it is this share of all,
const UNEVEN: f64 = 0.1;
/// and comes so many times.
const ENOUGH_RISES: usize = 8;

/// What was kept since the first value.
pub struct Kept<'a> {
    values: &'a [u64],
    cycle: usize,
    /// How much after each iteration.
    pub path: Vec<f64>,
    /// The length of the stretches within which the path may have taken another course.
    pub stretch: usize,
    /// The part of it that not every pass kept, where there is enough of it to tell whether it goes on.
    pub uneven: Option<Vec<f64>>,
    /// Where the path rises.
    pub rises: Rises,
}

impl Kept<'_> {
    /// What was kept in `values`, none of which is less than the one `cycle` before.
    pub fn of(values: &[u64], cycle: usize) -> Kept<'_> {
        let Path {
            path,
            stretch,
            uneven,
        } = Path::of(values, cycle);
        Kept {
            values,
            cycle,
            rises: Rises::of(&path),
            path,
            stretch,
            uneven,
        }
    }

    /// The rises of the last share of the run.
    pub fn end(&self, share: f64) -> Rises {
        let begins = self.path.len() - 1 - (self.rises.last as f64 * share) as usize;
        Rises::of(&self.path[begins..])
    }

    /// Whether every pass that ends in the last quarter of the run kept as much as every other, wherever in the work it
    /// begins; or every pass of all, be it ever so little.
    pub fn repeats(&self) -> bool {
        let last = self.values.len() - 1;
        if self.cycle > last / QUARTERS {
            return false;
        }
        let kept = |at: usize| self.values[at] - self.values[at - self.cycle];
        let first = kept(self.cycle);
        if first > 0 && (self.cycle..=last).all(|at| kept(at) == first) {
            return true;
        }
        let ends = last - last / QUARTERS..=last;
        let (least, most) = ends.map(kept).fold((u64::MAX, 0), |(least, most), kept| {
            (least.min(kept), most.max(kept))
        });
        least >= ENOUGH_KEPT && most as f64 <= ALIKE * least as f64
    }
}

/// What was kept since the first value, without what comes and goes within a pass.
///
/// Where the counts never fall, that is all they rose. Else what they move by at each place of a pass is taken to be
/// the least that they moved by there in any pass, and the rest is kept. What is moved in every pass must come to
/// nothing over a pass; if it comes to more, that is kept in every pass too, and who knows where in it: see [`spread`].
struct Path {
    path: Vec<f64>,
    /// The length of the stretches within which it may have taken another course.
    stretch: usize,
    /// The rest by itself, where something is kept in every pass too.
    uneven: Option<Vec<f64>>,
}

impl Path {
    fn of(values: &[u64], cycle: usize) -> Path {
        let values = floats(values);
        if values.is_sorted() {
            return Path::known(values, 1);
        }
        let moves: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mut usual = moves[..cycle].to_vec();
        for (at, by) in moves.iter().enumerate().skip(cycle) {
            usual[at % cycle] = usual[at % cycle].min(*by);
        }
        let kept: f64 = usual.iter().sum();
        let passes = moves.len() / cycle;
        if kept < 0.0 || (kept > 0.0 && passes < QUARTERS) {
            // What comes and goes does so at other places from pass to pass, or there are too few passes to say: the
            // least value of each remains.
            let least = |pass: &[f64]| pass.iter().copied().fold(f64::INFINITY, f64::min);
            let floor: Vec<f64> = values.windows(cycle).map(least).collect();
            return Path::known(floor.iter().map(|value| value - floor[0]).collect(), cycle);
        }
        let mut rest = moves;
        for (at, by) in rest.iter_mut().enumerate() {
            *by -= usual[at % cycle];
        }
        let each = spread(kept, cycle, &rest);
        let both = rest.iter().zip(each.iter().cycle());
        let path = sums(both.map(|(by, each)| by + each));
        let uneven = sums(rest.iter().copied());
        let share = uneven[uneven.len() - 1] / path[path.len() - 1];
        let rises = uneven.windows(2).filter(|pair| pair[1] > pair[0]).count();
        let is_enough = share > UNEVEN && rises >= ENOUGH_RISES;
        Path {
            path,
            stretch: if kept > 0.0 { cycle } else { 1 },
            uneven: (kept > 0.0 && is_enough).then_some(uneven),
        }
    }

    fn known(path: Vec<f64>, stretch: usize) -> Path {
        Path {
            path,
            stretch,
            uneven: None,
        }
    }
}

/// The sums from nothing on.
fn sums(gains: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all = vec![0.0];
    for gain in gains {
        all.push(all[all.len() - 1] + gain);
    }
    all
}

/// What is `kept` in every pass, at even distances over it, the last at its end, in pieces as large as those that come
/// `beside` it usually are: they are compared.
fn spread(kept: f64, cycle: usize, beside: &[f64]) -> Vec<f64> {
    if kept == 0.0 {
        return vec![0.0; cycle];
    }
    // The lower of two in the middle: a table that is made once is not what comes usually.
    let mut pieces: Vec<f64> = beside.iter().copied().filter(|by| *by > 0.0).collect();
    pieces.sort_by(f64::total_cmp);
    let usual = pieces.get(pieces.len().saturating_sub(1) / 2);
    let piece = usual.map_or(kept, |usual| usual.min(kept));
    let so_far = |at: usize| piece * (at as f64 * (kept / piece).floor() / cycle as f64).floor();
    let mut each: Vec<f64> = (0..cycle).map(|at| so_far(at + 1) - so_far(at)).collect();
    if let Some(end) = each.last_mut() {
        *end += kept - so_far(cycle);
    }
    each
}

/// Differences from the first value.
pub fn floats(values: &[u64]) -> Vec<f64> {
    let base = i128::from(values.first().copied().unwrap_or(0));
    values
        .iter()
        .map(|value| (i128::from(*value) - base) as f64)
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What comes and goes within a pass of ten, and so much more in each.
    pub(in crate::shape) fn passes(last: u64, each: u64) -> Vec<u64> {
        let pass = [90, 700, 30, 500, 12, 20, 0, 4, 300, 60];
        let value = |i: u64| 1_000 + pass[i as usize % 10] + i / 10 * each;
        (0..=last).map(value).collect()
    }

    #[test]
    fn what_every_pass_keeps_is_spread_over_it_in_the_pieces_that_others_come_in() {
        assert_eq!(spread(0.0, 3, &[5.0]), [0.0; 3]);
        assert_eq!(spread(7.0, 3, &[]), [0.0, 0.0, 7.0]);
        // Four pieces of 2 over five places; the odd byte comes at the end.
        let beside = [0.0, 2.0, -1.0, 900.0];
        assert_eq!(spread(9.0, 5, &beside), [0.0, 2.0, 2.0, 2.0, 3.0]);
        assert_eq!(spread(2.0, 2, &[8.0]), [0.0, 2.0]);
        assert_eq!(spread(6.0, 2, &[1.0, 2.0, 3.0]), [2.0, 4.0]);
    }

    #[test]
    fn what_is_kept_in_every_pass_may_have_come_anywhere_in_it() {
        let stretch = |values: &[u64]| Path::of(values, 10).stretch;
        assert_eq!(stretch(&passes(40, 10)), 10);
        assert_eq!(stretch(&passes(40, 0)), 1);
        assert_eq!(stretch(&(0..40).collect::<Vec<u64>>()), 1);
    }

    #[test]
    fn what_stops_within_the_last_pass_is_seen_in_what_not_every_pass_keeps() {
        // So much in each iteration until the end, beside passes of 40 that come and go.
        let values = |end: u64| -> Vec<u64> {
            (0..=160)
                .map(|at| 1_000 + at % 40 * 7_919 % 10_007 + 100 * at.min(end))
                .collect()
        };
        let whole = values(160);
        assert!(Kept::of(&whole, 40).uneven.is_none());
        let stopped = values(145);
        let uneven = Kept::of(&stopped, 40).uneven.unwrap();
        assert_eq!(
            (uneven[105], uneven[120], uneven[160]),
            (3_000.0, 4_500.0, 4_500.0)
        );
        // A few that come once are no course.
        let mut table = values(160);
        table[100..].iter_mut().for_each(|value| *value += 65_536);
        assert!(Kept::of(&table, 40).uneven.is_none());
    }

    #[test]
    fn passes_that_keep_the_same_repeat_and_those_that_keep_less_do_not() {
        let repeats = |values: &[u64]| Kept::of(values, 10).repeats();
        assert!(repeats(&passes(40, 10)) && repeats(&passes(40, 1)) && !repeats(&passes(40, 0)));
        assert!(!repeats(&passes(39, 10)), "a pass longer than a quarter");
        let ended: Vec<u64> = (0..=40).map(|i| 100 * i.min(35)).collect();
        assert!(!repeats(&ended));
    }
}
