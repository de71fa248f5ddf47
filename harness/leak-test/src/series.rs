//! What was live after each iteration, and what that looks like.

use crate::capture::Amount;
use harness_judge::series::reduce;
use harness_judge::shape::{Kind, QUARTERS};
use harness_model::{Series, Shape};

/// Passes over the work's inputs that can be judged at all.
pub const FEWEST_PASSES: u64 = QUARTERS as u64;

/// Bytes and blocks, first where the measured iterations begin, then after each of them.
#[derive(Clone, Debug)]
pub struct Counts {
    pub bytes: Vec<i64>,
    pub blocks: Vec<i64>,
}

impl Counts {
    /// Room for so many iterations, so that keeping them allocates nothing.
    pub fn with_capacity(iterations: usize) -> Counts {
        Counts {
            bytes: Vec::with_capacity(iterations + 1),
            blocks: Vec::with_capacity(iterations + 1),
        }
    }

    pub fn push(&mut self, live: Amount) {
        self.bytes.push(live.bytes);
        self.blocks.push(live.blocks);
    }

    /// Adds further iterations, without what happened in between: that was not the work's.
    pub fn go_on_with(&mut self, more: &Counts) {
        let join = |to: &mut Vec<i64>, more: &[i64]| {
            let gap = to[to.len() - 1] - more[0];
            to.extend(more[1..].iter().map(|value| value + gap));
        };
        join(&mut self.bytes, &more.bytes);
        join(&mut self.blocks, &more.blocks);
    }

    /// Iterations that it tells of.
    pub fn iterations(&self) -> usize {
        self.bytes.len().saturating_sub(1)
    }

    /// How it looks if the work's inputs come round every `cycle` iterations.
    pub fn judge(&self, cycle: u64) -> Judged {
        Judged {
            bytes: judge(&self.bytes, cycle),
            blocks: judge(&self.blocks, cycle),
            iterations: self.iterations() as u64,
        }
    }

    /// The most iterations from one rise of the bytes or blocks to the next.
    pub fn longest_gap(&self) -> usize {
        let mut longest = 0;
        let mut last = 0;
        for at in 1..self.bytes.len() {
            if self.bytes[at] > self.bytes[at - 1] || self.blocks[at] > self.blocks[at - 1] {
                longest = longest.max(at - last);
                last = at;
            }
        }
        longest.max(self.bytes.len() - last)
    }
}

/// How bytes and blocks look.
#[derive(Clone, Debug)]
pub struct Judged {
    pub bytes: Series,
    pub blocks: Series,
    pub iterations: u64,
}

impl Judged {
    /// The graver shape of the two.
    pub fn shape(&self) -> Shape {
        self.bytes.shape.graver(self.blocks.shape)
    }

    /// Whether the work kept nothing again and again.
    pub fn passes(&self) -> bool {
        !(self.shape() == Shape::Growing || self.shape().is_open())
    }
}

/// Counts of one thread can be below zero; only their differences matter.
fn judge(values: &[i64], cycle: u64) -> Series {
    let least = values.iter().copied().min().unwrap_or(0);
    let mut values: Vec<u64> = values.iter().map(|value| value.abs_diff(least)).collect();
    if values.is_empty() {
        values.push(0);
    }
    reduce(&values, Kind::Exact { cycle }).expect("there is a value")
}
