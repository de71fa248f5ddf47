//! What tools that know stacks saw: dhat, valgrind, and the allocator's own records.

use crate::frame::Frame;
use crate::instrument::Instrument;
use crate::place::Place;
use crate::probe::Probe;
use crate::units::{count, plural};
use serde::{Deserialize, Serialize};

/// What one instrument that knows stacks saw, or why it saw nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stacks {
    /// The instrument.
    pub instrument: Instrument,
    /// What came of it.
    #[serde(flatten)]
    pub result: Probe<SiteReport>,
}

/// What a tool that knows stacks saw: each loop run for n and for 10n iterations, and the blocks matched by stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteReport {
    /// One entry a loop.
    pub pairs: Vec<SitePair>,
}

impl SiteReport {
    /// The runs under a condition.
    pub fn pair(&self, condition: &str) -> Option<&SitePair> {
        self.pairs.iter().find(|pair| pair.condition == condition)
    }

    /// What suppressions hid of each loop.
    pub fn hidden(&self) -> impl Iterator<Item = (&str, &Hidden)> {
        self.pairs.iter().flat_map(|pair| {
            pair.hidden
                .iter()
                .map(|hidden| (pair.condition.as_str(), hidden))
        })
    }
}

/// One loop run for n and for 10n iterations under a tool that knows stacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SitePair {
    /// The name of the condition.
    pub condition: String,
    /// The shorter and the longer run.
    pub short: SiteRun,
    /// The longer run: ten times the iterations.
    pub long: SiteRun,
    /// How the tool proved that it saw the heap: the planted block that it reported. None for dhat, which is the
    /// allocator itself.
    pub proof: Option<Proof>,
    /// The stacks whose live or lost blocks grow with the iterations, most bytes first.
    pub growing: Vec<GrowingSite>,
    /// What suppressions hid, and `growing` therefore has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<Hidden>,
}

impl SitePair {
    /// Bytes that an iteration loses: what grows, and nothing can free.
    pub fn lost_per_iteration(&self) -> f64 {
        let lost = |site: &&GrowingSite| site.leak_kind.is_some_and(LeakKind::is_lost);
        let lost = self.growing.iter().filter(lost);
        lost.map(|site| site.bytes_per_iteration).sum()
    }
}

/// What an entry of a suppressions file hid of a loop under valgrind, or of what the scan saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hidden {
    /// The entry's name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The line on which it begins.
    pub line: u32,
    /// Why it is there, where it says so.
    pub reason: Option<String>,
    /// The last day on which it holds, where it says so: `2027-01-31`.
    pub expires: Option<String>,
    /// Bytes gained per iteration that it hid.
    pub bytes_per_iteration: f64,
    /// Blocks gained per iteration that it hid.
    pub blocks_per_iteration: f64,
    /// Bytes that it hid at the end of the longer run.
    pub long_bytes: u64,
    /// Blocks that it hid at the end of the longer run.
    pub long_blocks: u64,
}

impl Hidden {
    /// What it hides, how long, and why.
    pub fn describe(&self) -> String {
        let reason = self.reason.as_deref().unwrap_or("no reason is given");
        let until = match &self.expires {
            Some(day) => format!("until {day}"),
            None => "without an end".to_owned(),
        };
        format!(
            "{} in {} an iteration, {} bytes at the end of the longer run; {until}: {reason}",
            plural(self.bytes_per_iteration, "byte"),
            plural(self.blocks_per_iteration, "block"),
            count(self.long_bytes),
        )
    }
}

/// One run under a tool that knows stacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteRun {
    /// Iterations completed.
    pub iterations: u64,
    /// How long it took, in seconds, with the loading.
    pub seconds: f64,
    /// Bytes that its loop gained, from before the first iteration to after the last, by the counters of the same
    /// process.
    pub counted_bytes: i64,
    /// Blocks that its loop gained, by the same counters.
    pub counted_blocks: i64,
    /// Bytes that the tool saw live or lost at its end.
    pub seen_bytes: u64,
    /// Blocks that the tool saw live or lost at its end.
    pub seen_blocks: u64,
    /// The files that the tool wrote, relative to the document; the first is its report.
    pub files: Vec<String>,
}

/// How valgrind proved that it saw the heap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proof {
    /// The function that leaked a block on purpose.
    pub function: String,
    /// The bytes of that block.
    pub bytes: u64,
}

/// How a block was held at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeakKind {
    /// No pointer to it is left.
    DefinitelyLost,
    /// Only lost blocks point to it.
    IndirectlyLost,
    /// Only pointers into its middle are left.
    PossiblyLost,
    /// A pointer to it is left.
    StillReachable,
}

impl LeakKind {
    /// Whether nothing can free the block any more. A block that is only possibly lost is not counted: a hash table is
    /// held by a pointer into its middle.
    pub fn is_lost(self) -> bool {
        matches!(self, LeakKind::DefinitelyLost | LeakKind::IndirectlyLost)
    }
}

/// What a call site held after so many iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeldAt {
    /// The count of iterations.
    pub iterations: u64,
    /// Bytes that lived.
    pub bytes: u64,
    /// Blocks, or what the resource counts.
    pub blocks: u64,
}

/// A stack whose blocks grow with the iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GrowingSite {
    /// How its blocks were held; None where the tool (dhat) cannot know.
    pub leak_kind: Option<LeakKind>,
    /// Bytes gained per iteration: (long - short) / (iterations between).
    pub bytes_per_iteration: f64,
    /// Blocks gained per iteration.
    pub blocks_per_iteration: f64,
    /// Bytes at the end of the shorter run.
    pub short_bytes: u64,
    /// Blocks at the end of the shorter run.
    pub short_blocks: u64,
    /// Bytes at the end of the longer run.
    pub long_bytes: u64,
    /// Blocks at the end of the longer run.
    pub long_blocks: u64,
    /// The call that is answerable: the innermost that is neither an allocator's nor the standard library's.
    #[serde(flatten)]
    pub place: Place,
    /// The part of the pipeline that was at work, where that is known: a component's name, `tokenizer`, `vocabulary`,
    /// or `rest`.
    #[serde(default)]
    pub part: Option<String>,
    /// The whole stack, innermost first.
    pub frames: Vec<Frame>,
    /// What it held now and then over the longer run, where the instrument looked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldAt>,
}

impl GrowingSite {
    /// Whether both are of the same calls in the source.
    pub fn has_calls_of(&self, other: &GrowingSite) -> bool {
        let own = self.frames.iter().map(|frame| &frame.place);
        own.eq(other.frames.iter().map(|frame| &frame.place))
    }
}
