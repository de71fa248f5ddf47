//! Faults that can be planted in a workload, each with a twin that takes the same memory and frees it.
//!
//! Two of them are in nlp-core itself ([`nlp_core::faults`]); two keep what they get of parsed documents ([`documents`]);
//! the others strike once in every iteration, beside the workload's own work. What a fault holds is held in blocks and
//! lists of its own, so that each iteration costs the same number of bytes, exactly, where that is possible.

mod caches;
pub(super) mod documents;
mod kept;
mod lost;
mod pages;

use super::{Description, Spec, Work, Workload};
use crate::workload::Zones;
use harness_model::StoreSample;
use serde::{Deserialize, Serialize};

/// A fault that can be planted, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[value(rename_all = "kebab-case")]
pub enum Fault {
    /// The parser's activation arrays are allocated anew on resize and never freed (spaCy #3618)
    ActivationLeak,
    /// Each new word is kept once more, in a cache that no zone empties and no report of memory lists
    UnregisteredCache,
    /// The strings of each zone are kept in the vocabulary's own store
    KeptStrings,
    /// A table whose emptied cells are never used again, so that it has no entries and grows
    KeptCapacity,
    /// A list keeps a copy of the tensor of every document
    KeptTensors,
    /// Each thread's scratch memory is kept after the thread has ended
    ThreadScratch,
    /// Two values that own each other, in every iteration
    RcCycle,
    /// A table that is built when it is first needed, and kept
    OneOff,
    /// A cache that fills, empties itself, and fills again
    Sawtooth,
    /// Bursts of small blocks of which a few survive: their pages stay, though nearly all of each is free
    Fragmentation,
    /// Memory mapped past the allocator, and never unmapped
    Mapping,
    /// Threads that are begun and never end
    ParkedThreads,
    /// What was allocated before an error is not freed after it
    ErrorPath,
    /// One byte every thousand iterations
    Creep,
    /// Each iteration of the workload "words" takes a block of 24 bytes that nobody keeps
    LostBlock,
    /// The twin of lost-block: the same block, given back
    FreedBlock,
}

impl Fault {
    /// Its name on the command line and in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Fault::ActivationLeak => "activation-leak",
            Fault::UnregisteredCache => "unregistered-cache",
            Fault::KeptStrings => "kept-strings",
            Fault::KeptCapacity => "kept-capacity",
            Fault::KeptTensors => "kept-tensors",
            Fault::ThreadScratch => "thread-scratch",
            Fault::RcCycle => "rc-cycle",
            Fault::OneOff => "one-off",
            Fault::Sawtooth => "sawtooth",
            Fault::Fragmentation => "fragmentation",
            Fault::Mapping => "mapping",
            Fault::ParkedThreads => "parked-threads",
            Fault::ErrorPath => "error-path",
            Fault::Creep => "creep",
            Fault::LostBlock => "lost-block",
            Fault::FreedBlock => "freed-block",
        }
    }

    /// Whether it is nlp-core that has it, compiled in.
    pub fn is_in_the_pipeline(self) -> bool {
        matches!(self, Fault::ActivationLeak | Fault::UnregisteredCache)
    }
}

/// A fault that strikes beside a workload's own work.
trait Strike {
    /// Does the wrong thing once, or what its twin does instead.
    ///
    /// # Errors
    ///
    /// A sentence for the user: what could not be done, and why. A fault that is not there must not be looked for.
    fn strike(&mut self, iteration: u64) -> Result<(), String>;

    /// The stores that it has registered.
    fn stores(&self) -> Vec<StoreSample> {
        Vec::new()
    }
}

/// A workload with a fault beside it.
struct Faulty {
    inner: Box<dyn Workload + Send>,
    fault: Box<dyn Strike + Send>,
    name: &'static str,
}

impl Workload for Faulty {
    fn description(&self) -> Description {
        self.inner.description()
    }

    fn iterate(&mut self, iteration: u64, zones: Zones) -> Result<Work, String> {
        let work = self.inner.iterate(iteration, zones)?;
        let planted = self.fault.strike(iteration);
        planted.map_err(|why| {
            format!(
                "the fault {} could not be planted in iteration {iteration}: {why}",
                self.name
            )
        })?;
        Ok(work)
    }

    fn stores(&self) -> Vec<StoreSample> {
        let mut stores = self.inner.stores();
        stores.extend(self.fault.stores());
        stores
    }
}

/// Plants the fault that `spec` asks for beside the workload, unless the workload has it in itself.
///
/// # Errors
///
/// A sentence for the user: the fault is of documents, and this workload has none.
pub(super) fn plant(
    spec: &Spec,
    inner: Box<dyn Workload + Send>,
) -> Result<Box<dyn Workload + Send>, String> {
    let Some(fault) = spec.inject else {
        return Ok(inner);
    };
    let freed = spec.twin;
    let name = fault.name();
    let fault: Box<dyn Strike + Send> = match fault {
        // The pipeline's: it has planted them when it was set up, or refused to.
        Fault::ActivationLeak
        | Fault::UnregisteredCache
        | Fault::KeptStrings
        | Fault::KeptTensors => {
            return match spec.kind {
                super::Kind::Parse => Ok(inner),
                super::Kind::Words => Err(format!(
                    "the workload \"words\" has no fault {name}: it has no pipeline"
                )),
            };
        }
        // The workload "words" has these in itself.
        Fault::LostBlock | Fault::FreedBlock => {
            return match spec.kind {
                super::Kind::Words => Ok(inner),
                super::Kind::Parse => Err(format!(
                    "the fault {name} is one of the workload \"words\": ask for --workload words"
                )),
            };
        }
        Fault::KeptCapacity => Box::new(caches::Cells::new(freed)),
        Fault::ThreadScratch => Box::new(kept::ThreadScratch { freed }),
        Fault::RcCycle => Box::new(lost::RcCycle { freed }),
        Fault::OneOff => Box::new(caches::Lazy::new(spec.cycle, freed)),
        Fault::Sawtooth => Box::new(caches::SelfEmptying::new(freed)),
        Fault::Fragmentation => Box::new(pages::Bursts::new(freed)),
        Fault::Mapping => Box::new(pages::Mapping { freed }),
        Fault::ParkedThreads => Box::new(kept::ParkedThreads { freed }),
        Fault::ErrorPath => Box::new(lost::ErrorPath { freed }),
        Fault::Creep => Box::new(lost::Creep { freed }),
    };
    Ok(Box::new(Faulty { inner, fault, name }))
}

#[cfg(test)]
mod tests {
    use crate::workload::faults::Fault;
    use clap::ValueEnum;

    #[test]
    fn every_fault_has_one_name_on_the_command_line_and_in_the_summary() {
        for fault in Fault::value_variants() {
            let value = fault.to_possible_value().unwrap();
            assert_eq!(value.get_name(), fault.name());
            assert_eq!(
                serde_json::to_string(fault).unwrap(),
                format!("\"{}\"", fault.name())
            );
        }
    }
}
