//! What the measured process of `harness zones` is told, and what it tells.

use crate::workload::{Fault, Model};
use harness_model::JemallocSample;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// What gets a memory zone of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ZoneMode {
    /// A zone for each document, which holds all of a zone's words
    PerDocument,
    /// A zone for each batch of sentences that are parsed together
    PerBatch,
    /// A zone out of a pool for each request of four documents, as a service runs
    PerRequest,
    /// No zones: the positive control, in which memory grows
    Off,
}

impl ZoneMode {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            ZoneMode::PerDocument => "per-document",
            ZoneMode::PerBatch => "per-batch",
            ZoneMode::PerRequest => "per-request",
            ZoneMode::Off => "off",
        }
    }

    /// As a person would say it: "a zone for each batch".
    pub fn phrase(self) -> &'static str {
        match self {
            ZoneMode::PerDocument => "a zone for each document",
            ZoneMode::PerBatch => "a zone for each batch",
            ZoneMode::PerRequest => "a zone out of a pool for each request",
            ZoneMode::Off => "no zones",
        }
    }

    /// Whether there are zones at all.
    pub fn has_zones(self) -> bool {
        self != ZoneMode::Off
    }
}

/// How much of the pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// The whole pipeline, on every word
    Parse,
    /// The whole pipeline in every tenth zone, the tokenizer and the vocabulary alone in the others
    Mixed,
    /// The tokenizer and the vocabulary alone
    Tokenize,
}

/// With [`Work::Mixed`], one zone in so many runs the whole pipeline.
pub const PARSED_OF_MIXED: u64 = 10;

impl Work {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Work::Parse => "parse",
            Work::Mixed => "mixed",
            Work::Tokenize => "tokenize",
        }
    }

    /// Whether the zone of a round, counted from 0, runs the whole pipeline.
    pub fn parses(self, round: u64) -> bool {
        match self {
            Work::Parse => true,
            Work::Mixed => round.is_multiple_of(PARSED_OF_MIXED),
            Work::Tokenize => false,
        }
    }

    /// As a person would say it.
    pub fn phrase(self) -> String {
        match self {
            Work::Parse => "the whole pipeline".to_owned(),
            Work::Mixed => format!(
                "the whole pipeline in one zone of {PARSED_OF_MIXED}, the tokenizer and the vocabulary in the others"
            ),
            Work::Tokenize => "the tokenizer and the vocabulary".to_owned(),
        }
    }
}

/// Which words a zone is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// Others in every zone, that came in none before.
    Novel,
    /// The same in every zone of a thread.
    Repeated,
}

/// What becomes of pages that hold nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// The allocator keeps them.
    Kept,
    /// They are given back to the system, at each measurement at the latest.
    Returned,
}

impl Memory {
    /// Environment variables that make jemalloc do so in a process.
    pub fn environment(self) -> Vec<(&'static str, OsString)> {
        match self {
            Memory::Kept => vec![(
                "_RJEM_MALLOC_CONF",
                "dirty_decay_ms:-1,muzzy_decay_ms:-1".into(),
            )],
            Memory::Returned => Vec::new(),
        }
    }
}

/// Everything that decides what the measured process does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    /// What gets a zone.
    pub zones: ZoneMode,
    /// How much of the pipeline runs.
    pub work: Work,
    /// Which words.
    pub words: Words,
    /// New words in a zone, or in the same amount of work without one.
    pub words_per_zone: u64,
    /// Threads.
    pub threads: u64,
    /// Zones of each thread.
    pub rounds: u64,
    /// How often memory is measured.
    pub samples: u64,
    /// What becomes of pages that hold nothing.
    pub memory: Memory,
    /// The seed of everything random.
    pub seed: u64,
    /// A corpus in place of the shipped one.
    pub corpus: Option<PathBuf>,
    /// A pipeline in place of the embedded one.
    pub model: Option<Model>,
    /// A fault to plant.
    pub inject: Option<Fault>,
}

impl Orders {
    /// Words of all threads in one round.
    pub fn words_per_round(&self) -> u64 {
        self.words_per_zone * self.threads
    }

    /// Whether memory is measured after this many rounds: after the first, after the last, and evenly between.
    pub fn is_measured(&self, rounds_done: u64) -> bool {
        let points = self.samples.max(1);
        // The round in which the n-th of so many equal parts of the run ends.
        let part = |rounds: u64| u128::from(rounds) * u128::from(points) / u128::from(self.rounds);
        rounds_done == 1 || part(rounds_done) != part(rounds_done.saturating_sub(1))
    }
}

/// What was measured while every thread stood between two zones. One line of `samples.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ZonesSample {
    /// Zones that each thread has closed; 0 is the state before the first.
    pub round: u64,
    /// New words streamed by all threads so far. Where words are repeated, each time counts.
    pub words: u64,
    /// Documents made so far.
    pub documents: u64,
    /// Tokens in them.
    pub tokens: u64,
    /// Texts that a document did not give back as they were.
    pub wrong_texts: u64,
    /// Documents that ended in an error.
    pub errors: u64,
    /// Zones that ended in a panic.
    pub panics: u64,
    /// What the first of those was, as a sentence.
    pub trouble: Option<String>,
    /// Memory is nearly used up, so this was the last round.
    pub ran_low: bool,
    /// Seconds since the first round began.
    pub seconds: f64,
    /// Live heap bytes, exactly.
    pub live_bytes: u64,
    /// Live heap blocks, exactly.
    pub live_blocks: u64,
    /// Bytes allocated since the process began, freed or not.
    pub total_bytes: u64,
    /// Blocks allocated since the process began, freed or not.
    pub total_blocks: u64,
    /// jemalloc's figures.
    pub jemalloc: Option<JemallocSample>,
    /// The resident set, where the system tells it.
    pub rss_bytes: Option<u64>,
    /// The resident set a moment later, when jemalloc has given back every page that holds nothing; none where such pages
    /// are kept.
    pub rss_purged_bytes: Option<u64>,
    /// Bytes that the stores of the first thread's zone held just before it closed, in this round; 0 without zones.
    pub zone_bytes: u64,
    /// Every store that the pipeline and the pool of zones report.
    pub stores: Vec<StoreState>,
}

impl ZonesSample {
    /// The resident set, without the pages that hold nothing unless those are kept for good.
    pub fn resident(&self) -> Option<u64> {
        self.rss_purged_bytes.or(self.rss_bytes)
    }
}

/// One store at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StoreState {
    /// What it belongs to: `pipeline`, `vocabulary` or `pool`.
    pub owner: String,
    /// Its name: `strings`.
    pub name: String,
    /// How many entries it has.
    pub entries: u64,
    /// How many entries fit before its table grows; 0 for a store without a table.
    pub capacity: u64,
    /// How many bytes of heap it holds.
    pub bytes: u64,
    /// What the closing of a zone does to it: `frozen`, `stays`, `freed` or `kept`.
    pub on_close: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(rounds: u64, samples: u64) -> Orders {
        Orders {
            zones: ZoneMode::PerBatch,
            work: Work::Mixed,
            words: Words::Novel,
            words_per_zone: 500,
            threads: 2,
            rounds,
            samples,
            memory: Memory::Returned,
            seed: 1,
            corpus: None,
            model: None,
            inject: None,
        }
    }

    #[test]
    fn memory_is_measured_after_the_first_round_after_the_last_and_as_often_as_asked() {
        for (rounds, samples, at_least, at_most) in [
            (10_000, 200, 200, 201),
            (1, 200, 1, 1),
            (7, 4, 4, 5),
            (300, 200, 200, 201),
        ] {
            let orders = orders(rounds, samples);
            let measured: Vec<u64> = (1..=rounds).filter(|r| orders.is_measured(*r)).collect();
            assert!(
                (at_least..=at_most).contains(&measured.len()),
                "{measured:?}"
            );
            assert_eq!((measured[0], measured[measured.len() - 1]), (1, rounds));
        }
    }
}
