//! After how many requests a service is looked at.

/// Requests between two of the first marks, where it is quick enough.
const MARK: u64 = 100;
/// Marks that are wanted at least, where there is a choice.
const FEWEST: u64 = 10;
/// The most requests, where nobody said.
pub(super) const MOST: u64 = 100_000;

/// When it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// Requests between two of the first marks.
    pub step: u64,
    /// Requests in all, at the most.
    pub total: u64,
}

impl Marks {
    /// Those that were asked for, or what fits: `affordable` requests can be sent in the time there is.
    pub(super) fn new(step: Option<u64>, total: Option<u64>, affordable: f64) -> Marks {
        let total_or_most = total.unwrap_or(MOST);
        let likely = total_or_most.min(affordable.max(1.0) as u64);
        let chosen = [MARK, MARK / 10]
            .into_iter()
            .find(|step| likely >= step * FEWEST)
            .unwrap_or(likely / FEWEST);
        Marks {
            step: step.unwrap_or(chosen).max(1),
            total: total_or_most,
        }
    }

    /// The mark behind so many requests: ten by ten, with ten times the distance each time.
    pub(super) fn next(&self, so_far: u64) -> u64 {
        let mut step = self.step;
        while so_far / step >= 10 {
            step = step.saturating_mul(10);
        }
        ((so_far / step + 1).saturating_mul(step)).min(self.total)
    }

    /// Whether call sites are looked at there: at 1, 2, 5, 10, 20, 50 and so on, and at the end.
    pub(super) fn is_judged(&self, requests: u64) -> bool {
        let mut steps = requests / self.step;
        while steps >= 10 && steps.is_multiple_of(10) {
            steps /= 10;
        }
        let is_even = requests.is_multiple_of(self.step) && matches!(steps, 1 | 2 | 5);
        is_even || requests >= self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(marks: Marks) -> Vec<u64> {
        let next = |at: &u64| Some(marks.next(*at)).filter(|next| next > at);
        std::iter::successors(Some(marks.next(0)), next).collect()
    }

    #[test]
    fn marks_are_dense_at_first_and_ten_to_each_ten_times() {
        let marks = Marks::new(None, Some(2_500), 1e9);
        assert_eq!(
            all(marks),
            [
                100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 2_000, 2_500
            ]
        );
        let judged: Vec<u64> = all(marks)
            .into_iter()
            .filter(|at| marks.is_judged(*at))
            .collect();
        assert_eq!(judged, [100, 200, 500, 1_000, 2_000, 2_500]);
        assert_eq!(marks.next(10), 100);
        assert_eq!(all(Marks::new(Some(7), Some(20), 1e9)), [7, 14, 20]);
    }

    #[test]
    fn a_slow_service_is_looked_at_more_often() {
        let step = |total, affordable| Marks::new(None, total, affordable).step;
        assert_eq!(step(None, 50_000.0), 100);
        assert_eq!(step(None, 500.0), 10);
        assert_eq!(step(None, 40.0), 4);
        assert_eq!(step(None, 0.2), 1);
        assert_eq!(step(Some(30), 1e9), 3);
        assert_eq!(Marks::new(Some(1_000), None, 1.0).step, 1_000);
    }
}
