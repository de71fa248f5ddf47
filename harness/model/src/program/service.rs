//! A service that was driven by requests: what it served, how fast, and what it held after so many.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is repeated, as sentences call it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// An iteration of a command that is run with several counts.
    #[default]
    Iterations,
    /// A request to a service, which runs once.
    Requests,
}

impl Work {
    /// One of it, with its article: `an iteration`.
    pub fn each(self) -> &'static str {
        match self {
            Work::Iterations => "an iteration",
            Work::Requests => "a request",
        }
    }

    /// Several of it: `iterations`.
    pub fn several(self) -> &'static str {
        match self {
            Work::Iterations => "iterations",
            Work::Requests => "requests",
        }
    }
}

/// How a service was asked, as the options say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceOptions {
    /// The URL that tells whether it is ready.
    pub ready_url: Option<String>,
    /// The seconds that it had for that.
    pub ready_timeout_seconds: f64,
    /// The files of requests, with their weights.
    pub requests: Vec<RequestFile>,
    /// Requests that were asked for; none where the time decides.
    pub total: Option<u64>,
    /// Requests between two marks; none where they were chosen.
    pub mark: Option<u64>,
    /// Connections at once.
    pub connections: u64,
    /// Requests a second, where they were limited.
    pub rate: Option<f64>,
    /// Seconds after which an answer is given up.
    pub request_timeout_seconds: f64,
    /// Whether a connection was used for more than one request.
    pub keep_alive: bool,
    /// The signal that asks it to end, where one was named.
    pub stop_signal: Option<String>,
}

/// A file of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RequestFile {
    /// The file.
    pub path: String,
    /// How often its requests come, beside those of other files.
    pub weight: u32,
}

/// What a service did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Service {
    /// Seconds until it was ready.
    pub ready_seconds: f64,
    /// Requests that were sent in all.
    pub requests: u64,
    /// Seconds in which they were; pauses are left out.
    pub seconds: f64,
    /// Answers a second in that time.
    pub rate: f64,
    /// How long answers took.
    pub latency: Latency,
    /// Answers, by their status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without an answer, by what happened: `refused`, `reset`, `timed_out`, `no_answer`, `other`.
    pub errors: BTreeMap<String, u64>,
    /// The same for each request of the files.
    pub by_request: Vec<RequestServed>,
    /// Requests between two of the first marks.
    pub mark: u64,
    /// What it held after so many requests, while none was on its way.
    pub marks: Vec<Mark>,
    /// What was done after the last mark, to tell causes.
    pub phases: Vec<Phase>,
    /// How it was ended, and how it ended, as a sentence.
    pub ended: String,
}

/// Times within which a share of answers came, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latency {
    /// Half of them.
    pub p50_ms: f64,
    /// 90 of a hundred.
    pub p90_ms: f64,
    /// 99 of a hundred.
    pub p99_ms: f64,
    /// 999 of a thousand.
    pub p999_ms: f64,
    /// All of them.
    pub max_ms: f64,
}

/// What became of one of the requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RequestServed {
    /// What it is: `POST /predict`.
    pub name: String,
    /// How often it was sent.
    pub requests: u64,
    /// Those that were not answered with 2xx or 3xx.
    pub failed: u64,
    /// How long answers took.
    pub latency: Latency,
}

/// What all processes of a service held at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mark {
    /// Requests so far.
    pub requests: u64,
    /// Seconds since it was ready.
    pub seconds: f64,
    /// Whether call sites were looked at here, and not only sums.
    pub judged: bool,
    /// Bytes of live blocks.
    pub live_bytes: u64,
    /// Live blocks.
    pub live_blocks: u64,
    /// Resident memory, added up, without what the recording takes; as far as it is known.
    pub resident_bytes: u64,
    /// The same with shared pages divided among those who share them (PSS), where that is known.
    pub proportional_bytes: Option<u64>,
    /// Processes.
    pub processes: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// Answers a second since the mark before.
    pub rate: f64,
    /// Half of the answers since then took no longer, in milliseconds.
    pub p50_ms: f64,
    /// 99 of a hundred took no longer.
    pub p99_ms: f64,
}

/// What was done with a service to tell causes apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Phase {
    /// What was done.
    pub kind: PhaseKind,
    /// Requests that were sent in it.
    pub requests: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What live blocks gained in it, in bytes.
    pub live_bytes: i64,
    /// Blocks.
    pub live_blocks: i64,
}

/// Kinds of phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    /// Requests that it had had before, with the same numbers.
    SameAgain,
    /// None at all.
    Idle,
}
