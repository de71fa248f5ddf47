//! The growing sites of a run, in the terms by which a baseline and a comparison know them.

use super::attribution::fingerprint::{fingerprint, name, of_stack};
use harness_model::program::{ProgramGrowth, ProgramSite, ProgramSummary, Resource};
use harness_model::{GrowingSite, Instrument, Place, Summary};
use serde::{Deserialize, Serialize};

/// How the blocks of a site are held, as far as its instrument can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Nothing can reach them.
    Lost,
    /// Something points to them, or into them.
    Kept,
    /// They are live; the instrument does not know more.
    Live,
}

impl Held {
    /// The word for it: `lost`.
    pub fn name(self) -> &'static str {
        match self {
            Held::Lost => "lost",
            Held::Kept => "kept",
            Held::Live => "live",
        }
    }
}

/// What makes a site of one run the same as a site of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SiteKey {
    /// The instrument that saw it: `sites`, `dhat` or `valgrind`; `run` for a command.
    pub seen_by: String,
    /// The condition under which it grows; for a command, what grows, and in whose process.
    pub condition: String,
    /// How its blocks are held.
    pub held: Held,
    /// Its name: see [`fingerprint`].
    pub fingerprint: String,
}

/// A growing site, and all others of the same key added to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// What it is known by.
    pub key: SiteKey,
    /// The call that answers for it: that of the stack that gains most.
    pub place: Place,
    /// Bytes gained per iteration.
    pub bytes_per_iteration: f64,
    /// Blocks gained per iteration.
    pub blocks_per_iteration: f64,
}

/// Every growing site of a run, most bytes first.
pub fn of(summary: &Summary) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for stacks in &summary.stacks {
        for pair in stacks.result.ran().map_or(&[][..], |report| &report.pairs) {
            for growing in &pair.growing {
                add(&mut sites, growing, stacks.instrument, &pair.condition);
            }
        }
    }
    most_first(sites)
}

/// The name of the instrument that sees the call sites of a command.
pub const RUN: &str = "run";

/// Every growing call site of a command, most bytes first.
///
/// Why its blocks stay is no part of its key: one word that a register happens to hold makes one block of thousands held
/// and not lost, and the same growth would be another one in the next run.
pub fn of_program(summary: &ProgramSummary) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for growth in &summary.verdict.growth {
        for site in &growth.sites {
            let key = SiteKey {
                seen_by: RUN.to_owned(),
                condition: condition_of(growth),
                held: Held::Live,
                fingerprint: program_fingerprint(site),
            };
            let (bytes, blocks) = (site.bytes_per_iteration, site.blocks_per_iteration);
            add_up(&mut sites, key, &site.place, bytes, blocks);
        }
    }
    most_first(sites)
}

/// What grows of a command, and where: `in the heap of the main process`.
pub fn condition_of(growth: &ProgramGrowth) -> String {
    let what = match growth.resource {
        Resource::Heap => "the heap",
        Resource::Mapping => "mappings",
        Resource::FileDescriptor => "descriptors",
        Resource::Thread => "threads",
        Resource::ChildProcess => "children",
        Resource::SharedMemory => "shared memory",
        Resource::Kernel => "the kernel's buffers",
        Resource::HugePages => "huge pages",
    };
    format!("in {what} of the {} process", growth.process.name())
}

/// The name of a command's call site that outlives edits of the source around it.
pub fn program_fingerprint(site: &ProgramSite) -> String {
    // What starts a program is the C library's, and another one in the next.
    let first = site.stack.iter().position(|frame| {
        matches!(
            name(&frame.place.function).as_str(),
            "main" | "start_thread"
        )
    });
    let own = first.map_or(&site.stack[..], |at| &site.stack[..=at]);
    of_stack(&site.place, own)
}

fn most_first(mut sites: Vec<Site>) -> Vec<Site> {
    sites.sort_by(|a, b| {
        b.bytes_per_iteration
            .total_cmp(&a.bytes_per_iteration)
            .then_with(|| a.key.cmp(&b.key))
    });
    sites
}

fn add_up(sites: &mut Vec<Site>, key: SiteKey, place: &Place, bytes: f64, blocks: f64) {
    match sites.iter_mut().find(|site| site.key == key) {
        Some(site) => {
            site.bytes_per_iteration += bytes;
            site.blocks_per_iteration += blocks;
        }
        None => sites.push(Site {
            key,
            place: place.clone(),
            bytes_per_iteration: bytes,
            blocks_per_iteration: blocks,
        }),
    }
}

fn add(sites: &mut Vec<Site>, growing: &GrowingSite, instrument: Instrument, condition: &str) {
    let key = SiteKey {
        seen_by: instrument.name().to_owned(),
        condition: condition.to_owned(),
        held: match growing.leak_kind {
            None => Held::Live,
            Some(kind) if kind.is_lost() => Held::Lost,
            Some(_) => Held::Kept,
        },
        fingerprint: fingerprint(growing),
    };
    let (bytes, blocks) = (growing.bytes_per_iteration, growing.blocks_per_iteration);
    add_up(sites, key, &growing.place, bytes, blocks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::program::{ProcessRole, ProgramCause};
    use harness_model::testing;
    use harness_model::testing::WITH;
    use harness_model::{Frame, LeakKind};

    #[test]
    fn sites_that_share_a_key_are_added_up() {
        let mut summary = testing::summary("words");
        let (mut a, mut b) = (testing::site("take", 24.0), testing::site("take", 8.0));
        (a.place.line, b.place.line) = (Some(3), Some(9));
        testing::set_growing(&mut summary, Instrument::Dhat, WITH, vec![a, b]);
        let sites = of(&summary);
        assert_eq!(sites.len(), 1);
        assert_eq!(sites[0].bytes_per_iteration, 32.0);
        assert_eq!(
            (sites[0].key.held, sites[0].place.line),
            (Held::Live, Some(3))
        );
    }

    #[test]
    fn what_is_lost_is_another_site_than_what_is_kept() {
        let mut summary = testing::summary("words");
        let mut lost = testing::site("take", 24.0);
        lost.leak_kind = Some(LeakKind::DefinitelyLost);
        let mut kept = testing::site("take", 8.0);
        kept.leak_kind = Some(LeakKind::StillReachable);
        testing::set_growing(&mut summary, Instrument::Valgrind, WITH, vec![lost, kept]);
        let held: Vec<Held> = of(&summary).iter().map(|site| site.key.held).collect();
        assert_eq!(held, [Held::Lost, Held::Kept]);
    }

    fn growth(cause: ProgramCause, bytes: f64, callers: &[&str]) -> ProgramGrowth {
        let mut growth = testing::program_growth(Resource::Heap, "take", bytes);
        let site = &mut growth.sites[0];
        let call = |function: &&str| {
            Frame::from(Place {
                function: (*function).to_owned(),
                ..site.place.clone()
            })
        };
        site.stack = callers.iter().map(call).collect();
        ProgramGrowth { cause, ..growth }
    }

    #[test]
    fn a_commands_site_is_one_whatever_holds_its_blocks_and_whatever_starts_the_program() {
        let mut summary = testing::program();
        summary.verdict.growth = vec![
            growth(
                ProgramCause::Unreachable,
                47.0,
                &["take", "main", "start_of_one_library"],
            ),
            growth(
                ProgramCause::Held,
                1.0,
                &["take", "main", "start_of_another"],
            ),
        ];
        let sites = of_program(&summary);
        assert_eq!(sites.len(), 1);
        assert_eq!(sites[0].bytes_per_iteration, 48.0);
        assert_eq!(sites[0].key.condition, "in the heap of the main process");
        summary.verdict.growth[1].process = ProcessRole::Child;
        assert_eq!(of_program(&summary).len(), 2);
        summary.verdict.growth[1] = growth(ProgramCause::Held, 1.0, &["take", "serve", "main"]);
        assert_eq!(of_program(&summary).len(), 2, "another caller");
    }
}
