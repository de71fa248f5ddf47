//! What a leak test finds.

use crate::series::Judged;
use crate::settings::LeakTest;
use crate::sites::Site;
use harness_model::{Series, Shape};
use std::error::Error;

/// What was measured.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) judged: Judged,
    pub(crate) warmup: u64,
    pub(crate) cycle: u64,
    pub(crate) whole_process: bool,
    pub(crate) too_short: bool,
    notes: Vec<Note>,
}

/// What a report tells beside its figures.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// It grows by no more than was tolerated: see [`LeakTest::tolerate_bytes`].
    Tolerated {
        /// Bytes an iteration.
        per_iteration: f64,
    },
    /// What was expected to grow does: see [`LeakTest::expect_growth_in`]. The figures are of the rest.
    Expected {
        /// Bytes an iteration.
        per_iteration: f64,
    },
    /// Other threads freed what this one allocated. The figures are without that.
    HandedOver {
        /// Bytes an iteration.
        per_iteration: f64,
    },
}

impl Report {
    pub(crate) fn new(test: &LeakTest, judged: Judged, notes: Vec<Note>) -> Report {
        Report {
            judged,
            warmup: test.warmup_iterations(),
            cycle: test.cycle_length(),
            whole_process: test.whole_process,
            too_short: test.is_too_short(),
            notes,
        }
    }

    /// Live bytes after each iteration, reduced to how they grow. Only differences mean something: the series is shifted
    /// so that its least value is 0.
    pub fn bytes(&self) -> &Series {
        &self.judged.bytes
    }

    /// The same of live blocks.
    pub fn blocks(&self) -> &Series {
        &self.judged.blocks
    }

    /// How bytes and blocks go on: the graver shape of the two.
    pub fn shape(&self) -> Shape {
        self.judged.shape()
    }

    /// Iterations that were judged.
    pub fn iterations(&self) -> u64 {
        self.judged.iterations
    }

    /// Iterations before them.
    pub fn warmup(&self) -> u64 {
        self.warmup
    }

    /// What there is to know beside the figures.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// What grows, or may, and where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Findings {
    /// What was measured, the search for the call sites included.
    pub report: Report,
    /// The call sites that keep memory, the largest first.
    pub sites: Vec<Site>,
    /// Iterations in which call sites were searched for.
    pub searched: u64,
    pub(crate) is_named: bool,
}

/// Why a leak test fails. Its text is the whole report.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// Memory is kept again and again.
    Growing(Box<Findings>),
    /// Memory was kept, and the run is too short to say whether that goes on; or it is too short to say anything.
    Inconclusive(Box<Findings>),
    /// The test binary's global allocator is not a [`Counting`](crate::Counting) one.
    NotCounting,
    /// Threads that have nothing to do with the work allocated while the whole process was counted.
    OthersAllocated {
        /// How often.
        times: u64,
    },
    /// A leak test runs within the work of another, on the same thread.
    Nested,
}

impl Failure {
    /// What grows, or may; none if nothing was measured.
    pub fn findings(&self) -> Option<&Findings> {
        match self {
            Failure::Growing(findings) | Failure::Inconclusive(findings) => Some(findings),
            _ => None,
        }
    }
}

impl Error for Failure {}
