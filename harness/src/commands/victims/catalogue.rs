//! The victims, and the truth of each.

use crate::commands::main::spec::{LoopSpec, ZonesChoice};
use crate::workload::{Fault, Kind, Loop};
use harness_model::Cause;
use harness_model::Shape;
use serde::{Deserialize, Serialize};

/// A fault, the loop that it is planted in, and what the harness has to find.
pub struct Victim {
    /// The fault.
    pub fault: Fault,
    /// The loop.
    pub host: Host,
    /// What is to be found.
    pub truth: Truth,
}

impl Victim {
    /// The loop with the fault, or with its twin.
    pub fn spec(&self, twin: bool) -> LoopSpec {
        let defaults = LoopSpec::default();
        LoopSpec {
            workload: self.host.workload,
            texts: self.host.texts,
            iters: self.host.iters,
            novel_words: self.host.novel_words.unwrap_or(defaults.novel_words),
            valgrind_iters: Some(self.host.valgrind_iters),
            scan_iters: Some(self.host.valgrind_iters),
            zones: ZonesChoice::On,
            inject: Some(self.fault),
            twin,
            ..defaults
        }
    }

    /// The command that runs the same loop, for whoever wants to look at it alone.
    pub fn command(&self, twin: bool) -> String {
        let host = &self.host;
        let novel_words = host
            .novel_words
            .map(|share| format!(" --novel-words {share}"));
        format!(
            "harness --workload {} --texts {} --iters {}{} --valgrind-iters {} --scan-iters {} --zones on --inject {}{}",
            host.workload.name(),
            host.texts,
            host.iters,
            novel_words.unwrap_or_default(),
            host.valgrind_iters,
            host.valgrind_iters,
            self.fault.name(),
            if twin { " --twin" } else { "" }
        )
    }
}

/// A loop that faults are planted in: what it has of its own, in zones as they all are.
#[derive(Clone, Copy)]
pub struct Host {
    workload: Kind,
    texts: u64,
    iters: u64,
    novel_words: Option<f64>,
    valgrind_iters: u64,
}

/// What is true of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Truth {
    /// Why memory grows.
    pub cause: Cause,
    /// The shape of the growth.
    pub shape: Shape,
    /// Bytes per iteration, where they are the same in every cycle of the texts.
    pub bytes_per_iteration: Option<f64>,
    /// Blocks per iteration, likewise.
    pub blocks_per_iteration: Option<f64>,
    /// The function that plants the fault: it has to be among the calls that most of what grows comes from. None where
    /// live memory does not grow.
    pub function: Option<String>,
}

impl Truth {
    /// The truth of every twin: it frees what it takes.
    pub fn clean() -> Truth {
        Truth {
            cause: Cause::Nothing,
            shape: Shape::Flat,
            bytes_per_iteration: Some(0.0),
            blocks_per_iteration: Some(0.0),
            function: None,
        }
    }
}

/// A tenth of the texts' words are new, or more where the fault lives on new words.
const PARSE: Host = Host {
    workload: Kind::Parse,
    texts: 1,
    iters: 32,
    novel_words: Some(0.1),
    valgrind_iters: 1,
};
const PARSE_NEW_WORDS: Host = Host {
    texts: 8,
    iters: 160,
    novel_words: Some(0.5),
    ..PARSE
};
const WORDS: Host = Host {
    workload: Kind::Words,
    texts: 2,
    iters: 400,
    novel_words: None,
    valgrind_iters: 4,
};
/// Pages are counted by the kernel in batches: they have to be many.
const PAGES: Host = Host {
    iters: 160,
    ..WORDS
};
const LONG: Host = Host {
    texts: 1,
    iters: 20_000,
    valgrind_iters: 100,
    ..WORDS
};

fn host(shown_by: Loop) -> Host {
    match shown_by {
        Loop::Parse => PARSE,
        Loop::NewWords => PARSE_NEW_WORDS,
        Loop::Words => WORDS,
        Loop::Pages => PAGES,
        Loop::Long => LONG,
    }
}

/// All victims: every fault of which it is known what has to be found.
pub fn victims() -> Vec<Victim> {
    let victim = |fault: &Fault| {
        let expected = fault.expected()?;
        Some(Victim {
            fault: *fault,
            host: host(expected.shown_by),
            truth: Truth {
                cause: expected.cause,
                shape: expected.shape,
                bytes_per_iteration: expected.bytes_per_iteration,
                blocks_per_iteration: expected.blocks_per_iteration,
                function: expected.function.map(str::to_owned),
            },
        })
    };
    Fault::ALL.iter().filter_map(victim).collect()
}
