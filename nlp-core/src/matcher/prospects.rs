//! Which ways of reading a pattern can still end, by looking ahead once instead of following each.

use std::ops::Range;

use super::conditions::Reader;
use super::step::{Step, Times};
use crate::limits::{Budget, OutOfTime};

/// For each step of a pattern, before which tokens a thread may be there and still end.
pub(super) struct Prospects {
    /// One bit for each step, before each token from `first` on and at the end, token by token.
    bits: Vec<u64>,
    steps: usize,
    first: usize,
}

/// Tokens that are looked at before the clock is.
const BLOCK: usize = 256;

impl Prospects {
    /// Looks from the end of `tokens` to their start: one look at each token for each step.
    pub fn new(
        steps: &[Step],
        tokens: Range<usize>,
        reader: &mut Reader<'_, '_>,
        budget: Budget,
    ) -> Result<Prospects, OutOfTime> {
        let count = (tokens.len() + 1).saturating_mul(steps.len());
        let mut prospects = Prospects {
            bits: vec![0; count.div_ceil(64)],
            steps: steps.len(),
            first: tokens.start,
        };
        prospects.mark_the_end(steps, tokens.end);
        for token in tokens.rev() {
            if token % BLOCK == 0 {
                budget.check()?;
            }
            // From the last step on: some go on to the next at the same token.
            for (i, step) in steps.iter().enumerate().rev() {
                let next = |at: usize| !step.last && prospects.has(i + 1, at);
                let ends = match step.times {
                    Times::One => {
                        (step.last || next(token + 1)) && reader.is(token, step.wanted)?
                    }
                    _ if step.last || next(token) => true,
                    Times::Optional => next(token + 1) && reader.is(token, step.wanted)?,
                    Times::Any => prospects.has(i, token + 1) && reader.is(token, step.wanted)?,
                };
                if ends {
                    prospects.set(i, token);
                }
            }
        }
        Ok(prospects)
    }

    /// At the end of the text, those end that need no more tokens.
    fn mark_the_end(&mut self, steps: &[Step], end: usize) {
        for (i, step) in steps.iter().enumerate().rev() {
            if step.times == Times::One {
                return;
            }
            self.set(i, end);
        }
    }

    fn place(&self, step: usize, token: usize) -> (usize, u32) {
        let bit = (token - self.first) * self.steps + step;
        (bit / 64, (bit % 64) as u32)
    }

    fn set(&mut self, step: usize, token: usize) {
        let (word, bit) = self.place(step, token);
        self.bits[word] |= 1 << bit;
    }

    /// Whether a thread that is in `step` before `token` can end.
    pub fn has(&self, step: usize, token: usize) -> bool {
        let (word, bit) = self.place(step, token);
        self.bits[word] >> bit & 1 == 1
    }
}
