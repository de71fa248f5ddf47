//! What a run lost in which an allocation failed, beside a run in which none did.

use crate::recording::{Kind, Recording, ScanKind, StackId, StackKey, StackKeys};
use std::collections::{BTreeMap, HashMap};

/// Bytes and blocks by stack.
type ByStack = HashMap<(Kind, StackKey), (u64, u64, StackId)>;

/// What a process without a failed allocation leaves.
pub(super) struct Baseline {
    lost: ByStack,
    left: ByStack,
    counts: BTreeMap<Kind, u64>,
}

/// Something that is left where an allocation fails, and is not where none does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct More {
    /// What it is.
    pub kind: Kind,
    /// Who took it.
    pub stack: StackId,
    /// Bytes more than where none fails.
    pub bytes: u64,
    /// Blocks more.
    pub blocks: u64,
}

impl Baseline {
    /// Of the record of such a process.
    pub(super) fn new(recording: &Recording) -> Baseline {
        let left = left(recording);
        Baseline {
            lost: lost(recording),
            counts: counts(&left),
            left,
        }
    }

    /// Blocks that nothing points to at the end of `recording`, beyond those that are lost without a failure too.
    pub(super) fn lost_beyond(&self, recording: &Recording) -> Vec<More> {
        beyond(&self.lost, lost(recording))
    }

    /// Resources beside the heap that are still there at the end of `recording`. What another call took in the place of
    /// the one that takes it without a failure is not more: there have to be more of the kind.
    pub(super) fn left_beyond(&self, recording: &Recording) -> Vec<More> {
        let left = left(recording);
        let counts = counts(&left);
        let mut more = beyond(&self.left, left);
        more.retain(|one| {
            let before = self.counts.get(&one.kind).copied().unwrap_or(0);
            counts[&one.kind] > before
        });
        more
    }
}

fn beyond(before: &ByStack, now: ByStack) -> Vec<More> {
    let mut more: Vec<More> = now
        .into_iter()
        .filter_map(|(key, (bytes, blocks, stack))| {
            let known = before.get(&key);
            let (known_bytes, known_blocks) = known.map_or((0, 0), |known| (known.0, known.1));
            let blocks = blocks.checked_sub(known_blocks).filter(|more| *more > 0)?;
            Some(More {
                kind: key.0,
                stack,
                bytes: bytes.saturating_sub(known_bytes),
                blocks,
            })
        })
        .collect();
    more.sort_by_key(|one| (one.kind, one.stack));
    more
}

/// Blocks that nothing points to, and what only they point to.
fn lost(recording: &Recording) -> ByStack {
    // Where the scan is not to be trusted, nothing is sure to be lost.
    if recording.scan.kind != ScanKind::Done {
        return ByStack::new();
    }
    sums(recording, |site| {
        let mut lost = site.definite;
        lost.add(site.indirect);
        (site.kind == Kind::Heap).then_some(lost)
    })
}

fn left(recording: &Recording) -> ByStack {
    sums(recording, |site| {
        (site.kind != Kind::Heap).then_some(site.end)
    })
}

fn counts(left: &ByStack) -> BTreeMap<Kind, u64> {
    let mut counts = BTreeMap::new();
    for ((kind, _), (_, blocks, _)) in left {
        *counts.entry(*kind).or_default() += blocks;
    }
    counts
}

fn sums(
    recording: &Recording,
    of: impl Fn(&crate::recording::RecordedSite) -> Option<crate::recording::Amount>,
) -> ByStack {
    let keys = StackKeys::new(recording);
    let mut sums = ByStack::new();
    for site in &recording.sites {
        if let Some(amount) = of(site).filter(|amount| amount.blocks > 0) {
            let sum = sums
                .entry((site.kind, keys.of(site.stack)))
                .or_insert((0, 0, site.stack));
            sum.0 += amount.bytes;
            sum.1 += amount.blocks;
        }
    }
    sums
}
