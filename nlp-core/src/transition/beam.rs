//! Keeping several states of each document, the best at every step, and taking the best in the end (`beam_parse` in
//! `pipeline/transition_parser.pyx`, `_parser_internals/_beam_utils.pyx`, and `Beam` in thinc's `extra/search.pyx`).

use super::activations::{Activations, Placed, Single, Sizes, predict_states};
use super::precomputed::Precomputed;
use super::system::{State, TransitionSystem};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::{TokenRows, TransitionModel};
use crate::sizes::sum;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// How a beam is searched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beam {
    /// The most states that are kept of a document.
    pub(super) width: usize,
    /// States are dropped whose probability is less than this share of that of the best; 0 drops none.
    pub(super) density: f32,
}

frozen!(Beam { width, density });

impl Beam {
    /// A beam of at least one state, whose density is from 0 to 1.
    pub(crate) fn new(width: usize, density: f32) -> Self {
        assert!(width > 0 && (0.0..=1.0).contains(&density));
        Beam { width, density }
    }
}

/// Brings `states`, one for each document, to their ends, as [`super::greedy::run`] does. Each document is searched alone:
/// spaCy searches a batch together, and then scores can come out for the wrong document (see [`Search::advance`]).
pub(super) fn run<S: State + Clone, T: TransitionSystem<S>>(
    system: &T,
    model: &TransitionModel,
    tokvecs: &mut dyn TokenRows,
    lens: &[usize],
    states: Vec<S>,
    beam: Beam,
    budget: Budget,
) -> Result<Vec<S>, OutOfTime> {
    assert_eq!(lens.len(), states.len());
    assert_eq!(tokvecs.count(), sum(lens));
    assert!(tokvecs.count() == 0 || tokvecs.width() == model.linear.inputs());
    assert!(system.action_count() >= model.classes());
    let mut end = 0;
    let mut finished = Vec::with_capacity(lens.len());
    for (&len, state) in lens.iter().zip(states) {
        let tokens = end..end + len;
        end = tokens.end;
        let mut search = Search::new(state, beam, system.action_count());
        if !search.is_done() {
            let precomputed = Precomputed::new(model, tokvecs, tokens, budget)?;
            search.run(system, model, precomputed, budget)?;
        }
        finished.push(search.into_best());
    }
    Ok(finished)
}

/// A way to go on: with the state at `from` in the beam, by an action.
#[derive(Debug, Clone, Copy)]
struct Step {
    score: f32,
    /// The state's place times the number of actions, and the action. Of equal scores, the larger comes first.
    key: usize,
}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        // What is no number comes last.
        let scores = self.score.partial_cmp(&other.score);
        scores
            .unwrap_or_else(|| other.score.is_nan().cmp(&self.score.is_nan()))
            .then(self.key.cmp(&other.key))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Step {}

/// The search in one document.
struct Search<S> {
    beam: Beam,
    classes: usize,
    /// The states that are kept, the best first.
    states: Vec<Placed<S>>,
    /// The sum of the scores of the actions that led to each.
    scores: Vec<f32>,
    /// Which places are held to be done, and which were a step ago. thinc keeps two arrays of states in turn, and a
    /// place is done from then on that was done when its state fell out of the beam: a state that comes to stand there
    /// is done too, though it is not at its end.
    done: Vec<bool>,
    done_before: Vec<bool>,
    /// How many steps were taken.
    steps: usize,
}

impl<S: State + Clone> Search<S> {
    fn new(state: S, beam: Beam, classes: usize) -> Self {
        Search {
            beam,
            classes,
            done: vec![state.is_final()],
            done_before: vec![false],
            states: vec![Placed { state, offset: 0 }],
            scores: vec![0.0],
            steps: 0,
        }
    }

    fn is_done(&self) -> bool {
        self.done[..self.states.len()].iter().all(|done| *done)
    }

    fn into_best(self) -> S {
        let mut states = self.states.into_iter();
        states.next().expect("a beam is never empty").state
    }

    fn run<T: TransitionSystem<S>>(
        &mut self,
        system: &T,
        model: &TransitionModel,
        mut precomputed: Precomputed<'_>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mut activations = Activations::default();
        let mut sizes = Sizes {
            states: 1,
            classes: self.classes,
            hiddens: model.lower.outputs(),
            pieces: model.lower.pieces(),
            features: model.lower.features(),
        };
        while !self.is_done() {
            budget.check()?;
            let unfinished: Vec<u32> = (0..self.states.len() as u32)
                .filter(|&at| !self.states[at as usize].state.is_final())
                .collect();
            sizes.states = unfinished.len();
            predict_states(
                &mut activations,
                &self.states,
                &unfinished,
                model,
                &mut precomputed,
                sizes,
                Single::Rectified,
            )?;
            if !self.advance(system, &mut activations) {
                // No state allows any action. spaCy gives the document up.
                self.states.truncate(1);
                self.states[0].state.force_final();
                break;
            }
        }
        Ok(())
    }

    /// Takes the best steps from all states; says whether there was any. All states were scored that are not at their
    /// ends, be they held to be done or not. In a batch of spaCy's, the scores of the latter are left over when all states
    /// of a document are held to be done, and the next document takes them for its own.
    fn advance<T: TransitionSystem<S>>(
        &mut self,
        system: &T,
        activations: &mut Activations,
    ) -> bool {
        let classes = self.classes;
        let mut steps = Vec::new();
        let mut rows = activations
            .scores
            .chunks_exact(classes)
            .zip(activations.is_valid.chunks_exact_mut(classes));
        for (at, Placed { state, .. }) in self.states.iter().enumerate() {
            let row = if state.is_final() { None } else { rows.next() };
            let (so_far, key) = (self.scores[at], at * classes);
            match row {
                Some((scores, valid)) if !self.done[at] => {
                    system.set_valid(state, valid);
                    let scored = scores.iter().zip(&*valid).enumerate();
                    steps.extend(scored.filter(|(_, (_, valid))| **valid).map(
                        |(action, (score, _))| Step {
                            score: so_far + score,
                            key: key + action,
                        },
                    ));
                }
                // A path that ended gains its mean score, as if it went on: longer ones are not ahead of it for that.
                _ => steps.push(Step {
                    score: so_far + so_far / self.steps as f32,
                    key,
                }),
            }
        }
        let mut queue = BinaryHeap::from(dense(steps, self.beam.density));
        let mut next = Vec::with_capacity(self.beam.width.min(queue.len()));
        let mut scores = Vec::with_capacity(next.capacity());
        std::mem::swap(&mut self.done, &mut self.done_before);
        while next.len() < self.beam.width
            && let Some(Step { score, key }) = queue.pop()
        {
            let (from, action) = (key / classes, key % classes);
            let place = next.len();
            if self.done.len() == place {
                self.done.push(false);
            }
            let mut state = self.states[from].state.clone();
            if self.done_before[from] {
                (self.done[place], self.done_before[from]) = (true, false);
            } else {
                system.apply(&mut state, action);
            }
            next.push(Placed { state, offset: 0 });
            scores.push(score);
        }
        if next.is_empty() {
            return false;
        }
        (self.states, self.scores) = (next, scores);
        self.steps += 1;
        for (done, placed) in self.done.iter_mut().zip(&self.states) {
            *done = *done || placed.state.is_final();
        }
        true
    }
}

/// Those steps that are probable enough, next to the most probable.
fn dense(steps: Vec<Step>, density: f32) -> Vec<Step> {
    if density == 0.0 {
        return steps;
    }
    let largest = steps.iter().map(|step| f64::from(step.score));
    let largest = largest.fold(f64::NEG_INFINITY, |a, b| if b > a { b } else { a });
    let weight = |step: &Step| (f64::from(step.score) - largest).exp();
    let all: f64 = steps.iter().map(weight).sum();
    let cutoff = 1.0 / all * f64::from(density);
    let is_dense = |step: &Step| weight(step) / all >= cutoff;
    steps.into_iter().filter(is_dense).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(scores: &[f32]) -> Vec<Step> {
        let step = |(key, &score): (usize, &f32)| Step { score, key };
        scores.iter().enumerate().map(step).collect()
    }

    fn order(scores: &[f32]) -> Vec<usize> {
        let mut queue = BinaryHeap::from(steps(scores));
        std::iter::from_fn(|| queue.pop().map(|step| step.key)).collect()
    }

    #[test]
    fn of_equal_scores_the_last_comes_first_and_what_is_no_number_comes_last() {
        assert_eq!(
            order(&[1.0, 3.0, f32::NAN, 3.0, -0.0, 0.0]),
            [3, 1, 0, 5, 4, 2]
        );
    }

    #[test]
    fn steps_are_dropped_that_are_improbable_beside_the_best() {
        let keys = |density: f32| -> Vec<usize> {
            let left = dense(steps(&[0.0, -1.0, -5.0]), density);
            left.iter().map(|step| step.key).collect()
        };
        assert_eq!(keys(0.0), [0, 1, 2]);
        assert_eq!(keys(0.01), [0, 1]);
        assert_eq!(keys(0.5), [0]);
        assert_eq!(keys(1.0), [0]);
    }

    /// A state that counts its actions and ends after some.
    #[derive(Debug, Clone)]
    struct Counter {
        taken: Vec<usize>,
        ends_after: usize,
    }

    impl State for Counter {
        fn context_tokens(&self, ids: &mut [i32]) {
            ids.fill(-1);
        }

        fn is_final(&self) -> bool {
            self.taken.len() >= self.ends_after
        }

        fn force_final(&mut self) {
            self.ends_after = 0;
        }
    }

    /// Action 0 goes on, action 1 ends at once.
    struct EndOrGoOn;

    impl TransitionSystem<Counter> for EndOrGoOn {
        fn action_count(&self) -> usize {
            2
        }

        fn set_valid(&self, state: &Counter, valid: &mut [bool]) {
            valid.copy_from_slice(&[true, state.taken.len() > 1]);
        }

        fn apply(&self, state: &mut Counter, action: usize) {
            state.taken.push(action);
            if action == 1 {
                state.ends_after = 0;
            }
        }
    }

    /// Steps a search whose actions always have these scores.
    fn step(search: &mut Search<Counter>, scores: [f32; 2]) {
        let unfinished = search.states.iter().filter(|s| !s.state.is_final()).count();
        let mut activations = Activations::default();
        activations.scores = scores.repeat(unfinished);
        activations.is_valid = vec![false; 2 * unfinished];
        assert!(search.advance(&EndOrGoOn, &mut activations));
    }

    #[test]
    fn a_path_that_ended_gains_its_mean_score_at_every_step() {
        let start = Counter {
            taken: Vec::new(),
            ends_after: 5,
        };
        let mut search = Search::new(start, Beam::new(2, 0.0), 2);
        step(&mut search, [1.0, 4.0]);
        assert_eq!((search.states.len(), search.scores[0]), (1, 1.0));
        step(&mut search, [1.0, 4.0]);
        assert_eq!(search.scores, [2.0]);
        step(&mut search, [1.0, 4.0]);
        assert_eq!(
            (&search.scores[..], &search.done[..2]),
            (&[6.0, 3.0][..], &[true, false][..])
        );
        step(&mut search, [1.0, 4.0]);
        // 6 and a third of it; 3 and 4.
        assert_eq!(search.scores, [8.0, 7.0]);
        assert!(search.is_done());
        assert_eq!(search.into_best().taken, [0, 0, 1]);
    }
}
