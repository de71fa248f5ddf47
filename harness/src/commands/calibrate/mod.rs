//! `harness calibrate`: holds the judgement of shapes against programs whose truth is known.
//!
//! A verdict is worth as much as two figures that leak tools do not give: how often it calls a healthy program leaking,
//! and how small a leak it finds. Both are measured here, on the machine that asks:
//!
//! - **False alarms.** Series of healthy programs, simulated in many kinds ([`harness_judge::simulation::programs`]), and
//!   real runs of real work that keeps nothing for ever ([`real`]), are judged as the main job judges its own. Those that
//!   come to their end late are counted by themselves. What so many in n prove is the bound of Clopper and Pearson ([`harness_judge::simulation::bound`]).
//! - **Leaks.** Simulated ones of many kinds are found, left open, or given a healthy name ([`simulated`]).
//! - **Detection.** Leaks of known rates are planted in quiet counters, and in the resident sets of the real runs
//!   ([`power`]): the share that is found, by rate and by the length of the run. And what a judgement says of itself,
//!   the smallest slope that it would have told from zero, is put to the test on other series of the same kind.
//!
//! Everything random is drawn from one seed. A judge of another make can be put in place of the shipped one, to see that
//! the calibration can fail ([`harness_judge::simulation::judges`]).

mod job;
pub mod options;
mod power;
mod real;
mod report;
mod simulated;
pub mod summary;
mod verdict;

pub use job::run;
