//! What is concluded of a command.

use crate::frame::Frame;
use crate::place::Place;
use crate::program::Work;
use crate::sites::{HeldAt, Hidden};
use crate::verdict::Outcome;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What `harness run` concludes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgramVerdict {
    /// Pass, leak or inconclusive.
    pub outcome: Outcome,
    /// The exit code: 0 pass, 1 leak, 3 inconclusive.
    pub exit_code: u8,
    /// The conclusion as a person would say it.
    pub sentence: String,
    /// What grows with the iterations, the most bytes first.
    pub growth: Vec<ProgramGrowth>,
    /// What is large or changes and is no growth, the most bytes first.
    pub explained: Vec<Explained>,
    /// What grows in the heap and suppressions hide, by their entries.
    #[serde(default)]
    pub hidden: Vec<Hidden>,
    /// The share, from 0 to 1, of the growth of anonymous memory that call sites account for; none where it does not
    /// grow, or is not known.
    pub coverage: Option<f64>,
    /// What this run could not have seen, one sentence each.
    pub blind_spots: Vec<String>,
    /// Whether independent figures agree, one sentence a comparison.
    pub agreement: Vec<String>,
}

impl ProgramVerdict {
    /// Of what nobody has judged.
    pub fn not_judged() -> ProgramVerdict {
        ProgramVerdict {
            outcome: Outcome::Inconclusive,
            exit_code: Outcome::Inconclusive.exit_code(),
            sentence: String::new(),
            growth: Vec::new(),
            explained: Vec::new(),
            hidden: Vec::new(),
            coverage: None,
            blind_spots: Vec::new(),
            agreement: Vec::new(),
        }
    }
}

/// Something of which there is more with every iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgramGrowth {
    /// What it is.
    pub resource: Resource,
    /// Why it stays.
    pub cause: ProgramCause,
    /// Whose it is.
    pub process: ProcessRole,
    /// The command line of that process.
    pub command: Vec<String>,
    /// Bytes an iteration. Of mappings these are addresses, and memory only as far as they are used.
    pub bytes_per_iteration: f64,
    /// Blocks, mappings, descriptors, threads or children an iteration.
    pub count_per_iteration: f64,
    /// Whether it was freed after the end of the work: it grew while the program lived, and a tool that looks at its end
    /// sees nothing.
    #[serde(default)]
    pub freed_at_end: bool,
    /// The count of iterations up to which it was seen to grow.
    pub seen_up_to: u64,
    /// Of a service whose growth goes with time, and not with requests: how often what comes with a request comes in a
    /// second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations_per_second: Option<f64>,
    /// What its cause is, as far as the evidence goes, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The call sites that take it, the most bytes first. Empty where only the sum is known.
    pub sites: Vec<ProgramSite>,
}

impl ProgramGrowth {
    /// How often what an iteration gains comes in what it is told by, and what that is: `an iteration`, `a request` or,
    /// where it grows with time, `a second`.
    pub fn pace(&self, work: Work) -> (f64, &'static str) {
        match self.iterations_per_second {
            Some(often) => (often, "a second"),
            None => (1.0, work.each()),
        }
    }

    /// Its call sites by function, in the order of the first of each: several lines of one function are one root cause.
    pub fn functions(&self) -> Vec<Function<'_>> {
        let mut functions: Vec<Function<'_>> = Vec::new();
        for site in &self.sites {
            let same = functions
                .iter_mut()
                .find(|all| all.sites[0].place.is_in(&site.place));
            match same {
                Some(all) => all.sites.push(site),
                None => functions.push(Function { sites: vec![site] }),
            }
        }
        functions
    }
}

/// The call sites of one function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function<'g> {
    /// They, one or more.
    pub sites: Vec<&'g ProgramSite>,
}

impl Function<'_> {
    /// The lines of its call sites, each once, from the first.
    pub fn lines(&self) -> Vec<u32> {
        let lines = self.sites.iter().filter_map(|site| site.place.line);
        let mut lines: Vec<u32> = lines.collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }
}

/// `resize (net.c:6-10)`.
impl fmt::Display for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sites[0].place.with_lines(&self.lines()))
    }
}

/// A call site that takes what grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgramSite {
    /// The call that is answerable: function, file and line.
    #[serde(flatten)]
    pub place: Place,
    /// The language of that code, where it is known: `C`, `C++`, `Rust`, `Python`.
    pub language: Option<String>,
    /// Bytes an iteration.
    pub bytes_per_iteration: f64,
    /// Blocks an iteration, or what the resource counts.
    pub blocks_per_iteration: f64,
    /// The stack, innermost first.
    pub stack: Vec<Frame>,
    /// What its objects are in an interpreter, the most of one type first; empty where that is not known.
    #[serde(default)]
    pub objects: Vec<ObjectType>,
    /// What holds most of these objects, innermost first: such an object, and one by one what holds it, to a module, a class
    /// or a local variable. Empty where that is not known.
    #[serde(default)]
    pub held_by: Vec<String>,
    /// By which calls of compiled code a line of a script takes it, the most bytes first; empty where the line does so
    /// itself.
    #[serde(default)]
    pub through: Vec<Through>,
    /// What it held at the end of each run, by the count of iterations; of a service at each mark. Only the sites of a growth
    /// that take most have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldAt>,
}

/// A call of compiled code by which a line of a script takes memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Through {
    /// The function, `spacy.vocab.Vocab._new_lexeme` where Cython made it.
    pub function: String,
    /// Bytes an iteration.
    pub bytes_per_iteration: f64,
    /// Blocks an iteration.
    pub blocks_per_iteration: f64,
}

/// A type of objects of an interpreter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectType {
    /// Its name, with that of its module: `bytearray`, `clients.Client`.
    pub name: String,
    /// The share, from 0 to 1, of the objects that were looked at.
    pub share: f64,
}

/// Something that is large, or varies, and does not grow with the iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explained {
    /// What it is.
    pub kind: ExplainedKind,
    /// How large it is.
    pub bytes: u64,
    /// Who takes it, where one call site does.
    pub site: Option<Place>,
    /// The evidence, and what can be done, in a sentence or two.
    pub note: String,
    /// Variables of the environment that may lessen it, each as `NAME=value`.
    #[serde(default)]
    pub settings: Vec<String>,
}

/// Kinds of what grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Blocks of the heap.
    Heap,
    /// Mappings of memory.
    Mapping,
    /// Open descriptors.
    FileDescriptor,
    /// Threads that are neither joined nor detached.
    Thread,
    /// Children that were not waited for.
    ChildProcess,
    /// Shared memory that has a name, and segments of System V.
    SharedMemory,
    /// What the kernel holds for the program: data in pipes and sockets.
    Kernel,
    /// Memory in huge pages.
    HugePages,
}

impl Resource {
    /// Every resource, in the order of a table.
    pub const ALL: [Resource; 8] = [
        Resource::Heap,
        Resource::Mapping,
        Resource::FileDescriptor,
        Resource::Thread,
        Resource::ChildProcess,
        Resource::SharedMemory,
        Resource::Kernel,
        Resource::HugePages,
    ];

    /// Its name as in the document.
    pub fn name(self) -> &'static str {
        match self {
            Resource::Heap => "heap",
            Resource::Mapping => "mapping",
            Resource::FileDescriptor => "file_descriptor",
            Resource::Thread => "thread",
            Resource::ChildProcess => "child_process",
            Resource::SharedMemory => "shared_memory",
            Resource::Kernel => "kernel",
            Resource::HugePages => "huge_pages",
        }
    }

    /// What one of it is called.
    pub fn unit(self) -> &'static str {
        match self {
            Resource::Heap => "block",
            Resource::Mapping => "mapping",
            Resource::FileDescriptor => "descriptor",
            Resource::Thread => "thread",
            Resource::ChildProcess => "child process",
            Resource::SharedMemory => "shared segment",
            Resource::Kernel => "buffer",
            Resource::HugePages => "huge page",
        }
    }
}

/// Why something stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProgramCause {
    /// Nothing points to it any more, or only what is lost itself: a leak.
    Unreachable,
    /// Nothing seems to point to it, but not everything could be looked at: probably a leak.
    PossiblyLost,
    /// Something still points to it: a cache, a queue or a list that grows.
    Held,
    /// There was no scan that could be trusted.
    HeldOrLost,
    /// What is no memory of the heap was not given back: not closed, unmapped, joined or waited for.
    NotReleased,
}

impl ProgramCause {
    /// Its name as in the document.
    pub fn name(self) -> &'static str {
        match self {
            ProgramCause::Unreachable => "unreachable",
            ProgramCause::PossiblyLost => "possibly_lost",
            ProgramCause::Held => "held",
            ProgramCause::HeldOrLost => "held_or_lost",
            ProgramCause::NotReleased => "not_released",
        }
    }
}

/// Whose process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProcessRole {
    /// The command's own, and what it became by `exec`.
    Main,
    /// One that it started.
    Child,
}

impl ProcessRole {
    /// Its name as in the document.
    pub fn name(self) -> &'static str {
        match self {
            ProcessRole::Main => "main",
            ProcessRole::Child => "child",
        }
    }
}

/// What explains memory that is no growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExplainedKind {
    /// A buffer that grew to the largest of what it met, and kept that room.
    HighWater,
    /// Memory of the allocator that free blocks between live ones take.
    Fragmentation,
    /// Memory that the arenas of several threads keep.
    Arenas,
    /// Free pages that the allocator keeps at its top.
    DirtyPages,
    /// Taken once, however many iterations there are.
    OneOff,
    /// A cache that stops growing at a bound.
    BoundedCache,
    /// It fills and is emptied again and again.
    Sawtooth,
}

impl ExplainedKind {
    /// Its name as in the document.
    pub fn name(self) -> &'static str {
        match self {
            ExplainedKind::HighWater => "high_water",
            ExplainedKind::Fragmentation => "fragmentation",
            ExplainedKind::Arenas => "arenas",
            ExplainedKind::DirtyPages => "dirty_pages",
            ExplainedKind::OneOff => "one_off",
            ExplainedKind::BoundedCache => "bounded_cache",
            ExplainedKind::Sawtooth => "sawtooth",
        }
    }
}
