//! Where in a run growth begins.

use super::blocks::Blocks;

/// Places that are tried.
const PLACES: usize = 48;
/// Before this share of the run nobody asks.
const WORTH_SAYING: f64 = 0.08;
/// What a line that begins later has to leave unexplained at most, of what one through the whole run does.
const BETTER: f64 = 0.25;
/// What was gained until then at most, of all that is.
const LEVEL: f64 = 0.03;

/// The index from which a series that grows does so, where it was level before for a good part of the run: the break of
/// the line that is level and then rises, by least squares (D. J. Hudson, "Fitting segmented curves whose join points
/// have to be estimated", JASA 61, 1966).
pub fn begins(gains: &[f64]) -> Option<u64> {
    let blocks = Blocks::of(gains, PLACES);
    let levels = &blocks.medians;
    let left = |from: usize| residual(levels, |at| at.saturating_sub(from) as f64);
    let whole = left(0);
    let places = 1..levels.len().saturating_sub(2);
    let (from, least) = places
        .map(|from| (from, left(from)))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let index = blocks.skipped + from * blocks.width;
    let is_worth_saying = index as f64 >= WORTH_SAYING * gains.len() as f64;
    let gained = |to: usize| levels[to] - levels[0];
    let was_level = gained(from).abs() <= LEVEL * gained(levels.len() - 1);
    (is_worth_saying && was_level && least <= BETTER * whole).then_some(index as u64)
}

/// The squares that are left of levels beside `of` each place, times a rate, from a level on.
fn residual(levels: &[f64], of: impl Fn(usize) -> f64) -> f64 {
    let count = levels.len() as f64;
    let mean = |values: &dyn Fn(usize) -> f64| (0..levels.len()).map(values).sum::<f64>() / count;
    let (x, y) = (mean(&of), mean(&|at| levels[at]));
    let (mut spread, mut both, mut all) = (0.0, 0.0, 0.0);
    for (at, level) in levels.iter().enumerate() {
        let (dx, dy) = (of(at) - x, level - y);
        spread += dx * dx;
        both += dx * dy;
        all += dy * dy;
    }
    if spread > 0.0 {
        all - both * both / spread
    } else {
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(start: usize) -> Vec<f64> {
        (0..=960)
            .map(|at: usize| 16.0 * at.saturating_sub(start) as f64)
            .collect()
    }

    #[test]
    fn growth_from_the_start_begins_nowhere_else() {
        assert_eq!((begins(&from(0)), begins(&from(40))), (None, None));
        assert_eq!((begins(&[]), begins(&[1.0, 2.0])), (None, None));
    }

    #[test]
    fn growth_from_the_middle_on_is_told_to_within_a_block() {
        for start in [200, 480, 700] {
            let told = begins(&from(start)).unwrap();
            assert!(told.abs_diff(start as u64) <= 21, "{start}: {told}");
        }
    }

    #[test]
    fn what_grows_faster_and_faster_began_at_once() {
        let square: Vec<f64> = (0..=960).map(|at| f64::from(at * at)).collect();
        assert_eq!(begins(&square), None);
    }
}
