//! The table of faults. A fault is its own code, and its row here: what it is, its name, how it is planted, and what the
//! harness has to find where it is.

use super::documents::{Keeper, Tensors};
use super::service::Kept;
use super::{Strike, caches, kept, lost, pages};
use crate::workload::Spec;
use harness_model::{Cause, Shape};
use nlp_core::faults;
use serde::{Deserialize, Serialize};

/// How a fault is planted.
pub(super) enum Place {
    /// nlp-core has it, compiled in: the pipeline plants it when it is set up.
    Pipeline(faults::Fault),
    /// It keeps something of every document.
    Documents(fn() -> Keeper),
    /// The service keeps something of its clients.
    Service(Kept),
    /// The workload "words" has it in itself.
    Words,
    /// It strikes once in every iteration, beside the workload's own work.
    Beside(fn(&Spec) -> Box<dyn Strike + Send>),
}

/// What the harness has to find where a fault is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The loop that shows it.
    pub shown_by: Loop,
    /// Why memory grows.
    pub cause: Cause,
    /// The shape of the growth.
    pub shape: Shape,
    /// Bytes per iteration, where they are the same in every cycle of the texts.
    pub bytes_per_iteration: Option<f64>,
    /// Blocks per iteration, likewise.
    pub blocks_per_iteration: Option<f64>,
    /// The function that takes the memory, where live memory grows.
    pub function: Option<&'static str>,
}

impl Expected {
    /// Growth without a rate or a function that is known beforehand.
    fn new(shown_by: Loop, cause: Cause, shape: Shape) -> Expected {
        Expected {
            shown_by,
            cause,
            shape,
            bytes_per_iteration: None,
            blocks_per_iteration: None,
            function: None,
        }
    }

    /// Live memory that grows, taken in `function`.
    fn growth(shown_by: Loop, cause: Cause, function: &'static str) -> Expected {
        Expected {
            function: Some(function),
            ..Expected::new(shown_by, cause, Shape::Growing)
        }
    }

    fn bytes(self, an_iteration: f64) -> Expected {
        Expected {
            bytes_per_iteration: Some(an_iteration),
            ..self
        }
    }

    fn blocks(self, an_iteration: f64) -> Expected {
        Expected {
            blocks_per_iteration: Some(an_iteration),
            ..self
        }
    }
}

/// The loops that show faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// A pipeline, with a tenth of new words.
    Parse,
    /// A pipeline, with many new words, for faults that live on them.
    NewWords,
    /// Words are counted.
    Words,
    /// The same, for faults that show in pages.
    Pages,
    /// The same for very many iterations, for faults that are rare.
    Long,
}

macro_rules! faults {
    ($(#[doc = $help:literal] $Name:ident = $name:tt, $place:expr, $expected:expr;)*) => {
        /// A fault that can be planted, to see that it is found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum Fault {
            $(
                #[doc = $help]
                #[serde(rename = $name)]
                #[value(name = $name)]
                $Name,
            )*
        }

        impl Fault {
            /// All there are.
            pub const ALL: &[Fault] = &[$(Fault::$Name),*];

            /// Its name on the command line and in the summary.
            pub fn name(self) -> &'static str {
                match self {
                    $(Fault::$Name => $name,)*
                }
            }

            /// How it is planted.
            pub(super) fn place(self) -> Place {
                match self {
                    $(Fault::$Name => $place,)*
                }
            }

            /// What the harness has to find; None for what only controls and tests use.
            pub fn expected(self) -> Option<Expected> {
                match self {
                    $(Fault::$Name => $expected,)*
                }
            }
        }
    };
}

use Place::{Beside, Documents, Pipeline, Service, Words};

faults! {
    /// The parser's activation arrays are allocated anew on resize and never freed (spaCy #3618)
    ActivationLeak = "activation-leak",
        Pipeline(faults::Fault::ActivationLeak),
        Some(Expected::growth(Loop::Parse, Cause::Unreachable, "resize_activations").blocks(10.0));

    /// Each new word is kept once more, in a cache that no zone empties and no report of memory lists
    UnregisteredCache = "unregistered-cache",
        Pipeline(faults::Fault::UnregisteredCache),
        Some(Expected::growth(Loop::NewWords, Cause::InNoStore, "see_new_word"));

    /// The strings of each zone are kept in the vocabulary's own store
    KeptStrings = "kept-strings",
        Documents(|| Keeper::Strings),
        Some(Expected::growth(Loop::NewWords, Cause::InStore, "keep_string"));

    /// A table whose emptied cells are never used again, so that it has no entries and grows
    KeptCapacity = "kept-capacity",
        Beside(|spec| Box::new(caches::Cells::new(spec.twin))),
        Some(Expected::growth(Loop::Words, Cause::Slack, "fill_cells").bytes(8192.0).blocks(0.0));

    /// A list keeps a copy of the tensor of every document
    KeptTensors = "kept-tensors",
        Documents(|| Keeper::Tensors(Tensors::default())),
        Some(Expected::growth(Loop::Parse, Cause::InNoStore, "copy_tensor").blocks(2.0));

    /// Each thread's scratch memory is kept after the thread has ended
    ThreadScratch = "thread-scratch",
        Beside(|spec| Box::new(kept::ThreadScratch { freed: spec.twin })),
        Some(Expected::growth(Loop::Words, Cause::InNoStore, "make_scratch").bytes(65536.0).blocks(1.0));

    /// Two values that own each other, in every iteration
    RcCycle = "rc-cycle",
        Beside(|spec| Box::new(lost::RcCycle { freed: spec.twin })),
        Some(Expected::growth(Loop::Words, Cause::Unreachable, "tie_cycle").bytes(4064.0).blocks(2.0));

    /// A table that is built when it is first needed, and kept
    OneOff = "one-off",
        Beside(|spec| Box::new(caches::Lazy::new(spec.cycle, spec.twin))),
        Some(Expected::new(Loop::Words, Cause::Nothing, Shape::OneOff));

    /// A cache that fills, empties itself, and fills again
    Sawtooth = "sawtooth",
        Beside(|spec| Box::new(caches::SelfEmptying::new(spec.twin))),
        Some(Expected::new(Loop::Words, Cause::Nothing, Shape::Sawtooth));

    /// Bursts of small blocks of which a few survive: their pages stay, though nearly all of each is free
    Fragmentation = "fragmentation",
        Beside(|spec| Box::new(pages::Bursts::new(spec.twin))),
        Some(Expected::new(Loop::Pages, Cause::Allocator, Shape::Growing));

    /// Memory mapped past the allocator, and never unmapped
    Mapping = "mapping",
        Beside(|spec| Box::new(pages::Mapping { freed: spec.twin })),
        Some(Expected::new(Loop::Pages, Cause::OutsideTheHeap, Shape::Growing).bytes(262_144.0));

    /// Threads that are begun and never end
    ParkedThreads = "parked-threads",
        Beside(|spec| Box::new(kept::ParkedThreads { freed: spec.twin })),
        Some(Expected::new(Loop::Pages, Cause::OutsideTheHeap, Shape::Growing));

    /// What was allocated before an error is not freed after it
    ErrorPath = "error-path",
        Beside(|spec| Box::new(lost::ErrorPath { freed: spec.twin })),
        Some(Expected::growth(Loop::Words, Cause::Unreachable, "read_record").bytes(4096.0).blocks(0.25));

    /// One byte every thousand iterations
    Creep = "creep",
        Beside(|spec| Box::new(lost::Creep { freed: spec.twin })),
        Some(Expected::growth(Loop::Long, Cause::Unreachable, "lose_a_byte").bytes(0.001).blocks(0.001));

    /// A service keeps the texts of every request
    KeptTexts = "kept-texts",
        Service(Kept::Texts), None;

    /// A service keeps a buffer of every connection
    KeptBuffers = "kept-buffers",
        Service(Kept::Buffers), None;

    /// A service's thread keeps its scratch memory of every piece of work
    KeptScratch = "kept-scratch",
        Service(Kept::Scratch), None;

    /// Each iteration of the workload "words" takes a block of 24 bytes that nobody keeps
    LostBlock = "lost-block", Words, None;

    /// The twin of lost-block: the same block, given back
    FreedBlock = "freed-block", Words, None;
}

impl Fault {
    /// The fault of nlp-core's that it is, if it is one.
    pub fn of_the_pipeline(self) -> Option<faults::Fault> {
        match self.place() {
            Pipeline(fault) => Some(fault),
            _ => None,
        }
    }

    /// What keeps something of every document for it, if it is of this kind.
    pub(in crate::workload) fn keeper(self) -> Option<Keeper> {
        match self.place() {
            Documents(make) => Some(make()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;
    use clap::ValueEnum;

    #[test]
    fn every_fault_has_one_name_on_the_command_line_and_in_the_summary() {
        for fault in Fault::ALL {
            let value = fault.to_possible_value().unwrap();
            assert_eq!(value.get_name(), fault.name());
            assert!(value.get_help().is_some(), "{}", fault.name());
            assert_eq!(
                serde_json::to_string(fault).unwrap(),
                format!("\"{}\"", fault.name())
            );
        }
    }
}
