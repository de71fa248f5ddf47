//! The measured process: it runs the loop and tells its parent, a line at a time, what it measures.
//!
//! A child is this same program started with a hidden subcommand, its allocator chosen by the environment and its
//! orders in one JSON argument. Everything it has to say goes through a pipe as it happens, so what was measured before a
//! crash or a kill is the parent's already.

pub mod planted;
mod records;
mod sampler;
pub mod zones;

use crate::allocator;
use crate::engine::console;
use crate::engine::protocol::{self, Message, SUBCOMMAND, say};
use crate::probe::proof;
use crate::workload;
use crate::workload::Zones;
use crate::workload::{Spec, Workload};
use harness_model::Sample;
use harness_tally::counters;
use sampler::Sampler;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

/// What a child is to do: the form of [`crate::engine::process::Launch::orders`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Run a loop, and measure after each iteration.
    Loop(Orders),
    /// Stream words through zones, and measure now and then.
    Zones(zones::orders::Orders),
}

impl Task {
    /// The task as a child's orders.
    pub fn orders(&self) -> String {
        serde_json::to_string(self).expect("a task is plain data")
    }
}

/// Orders for a loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    /// The work.
    pub workload: Spec,
    /// With or without zones.
    pub zones: Zones,
    /// Iterations before the measured ones.
    pub warmup: u64,
    /// Measured iterations.
    pub iterations: u64,
    /// Where dhat's report goes, if this child is dhat's.
    pub dhat_file: Option<PathBuf>,
    /// Leak a known block, by which an outside tool shows that it sees the heap.
    pub plant_proof: bool,
    /// Write down what the allocator knows, if it keeps records.
    pub records: Option<Records>,
}

/// Orders for the allocator's own records, which are taken twice: the second time after the last iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Where they go.
    pub file: PathBuf,
    /// Measured iterations after which they are taken first.
    pub first_after: u64,
}

/// What the loop worked on. It has to stay reachable until the process is gone: what it holds is held, not lost.
static ALIVE: Mutex<Option<Box<dyn Workload + Send>>> = Mutex::new(None);

/// Carries out the orders in `orders`, a JSON document, and tells the parent so.
pub fn run(orders: String) -> ExitCode {
    if let Err(error) = protocol::connect() {
        return is_not_ours(error);
    }
    let parsed = serde_json::from_str(&orders);
    // Not kept: runs that differ in their orders alone should hold the same.
    drop(orders);
    let orders = match parsed {
        Ok(Task::Loop(orders)) => orders,
        Ok(Task::Zones(orders)) => return ended(zones::run(&orders)),
        Err(error) => return is_not_ours(format_args!("its orders cannot be read: {error}")),
    };
    // Before anything that is to be seen is allocated.
    let profiler = orders.dhat_file.as_ref().map(|file| {
        dhat::Profiler::builder()
            .file_name(file)
            .trim_backtraces(Some(DHAT_FRAMES))
            .build()
    });
    if orders.plant_proof {
        proof::plant_heap_proof();
    }
    let result = run_loop(&orders);
    // dhat's report is written here, while the workload is alive.
    drop(profiler);
    ended(result)
}

/// Says that this child was started by somebody else.
fn is_not_ours(why: impl Display) -> ExitCode {
    console::complain(format_args!(
        "{SUBCOMMAND} is how harness starts itself; {why}"
    ));
    ExitCode::from(2)
}

fn ended(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say(&Message::<Sample>::Refused { message });
            ExitCode::from(2)
        }
    }
}

/// Frames of each stack that dhat keeps: deep enough to reach from an allocation in the pipeline to the loop.
const DHAT_FRAMES: usize = 40;

fn run_loop(orders: &Orders) -> Result<(), String> {
    let mut workload = workload::build(&orders.workload)?;
    say(&Message::<Sample>::Ready {
        allocator: allocator::mode().name().to_owned(),
        description: workload.description(),
    });
    let sampler = Sampler::new();
    let before = if orders.warmup == 0 {
        sampler.sample_whole(0, true, 0, &*workload)
    } else {
        sampler.sample(0, true, 0, &*workload)
    };
    let (bytes_before, blocks_before) = (before.live_bytes, before.live_blocks);
    say(&Message::Sample(before));
    let mut recorder =
        (orders.records.as_ref()).map(|records| records::Recorder::new(records, orders.iterations));
    for iteration in 0..orders.warmup + orders.iterations {
        let work = workload.iterate(iteration, orders.zones)?;
        let warmup = iteration < orders.warmup;
        let done = iteration + 1;
        // Mappings take long to ask for: where the measured iterations begin, and where they end.
        let is_end = done == orders.warmup || done == orders.warmup + orders.iterations;
        let sample = if is_end {
            sampler.sample_whole(done, warmup, work.words, &*workload)
        } else {
            sampler.sample(done, warmup, work.words, &*workload)
        };
        say(&Message::Sample(sample));
        if let Some(recorder) = &mut recorder
            && done >= orders.warmup
        {
            recorder.after(done - orders.warmup);
        }
    }
    if let Some(recorder) = recorder {
        recorder.finish(orders.iterations)?;
    }
    let end = counters::read();
    *ALIVE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(workload);
    say(&Message::<Sample>::Finished {
        gained_bytes: end.live_bytes as i64 - bytes_before as i64,
        gained_blocks: end.live_blocks as i64 - blocks_before as i64,
    });
    Ok(())
}
