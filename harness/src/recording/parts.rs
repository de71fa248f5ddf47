//! Sites that several threads counted in parts, as one.

use std::collections::HashMap;
use std::mem::offset_of;

use harness_preload::record::Header;

use super::head::Head;
use super::recorded::{Kind, RecordedSite};
use super::stacks::StackId;

/// Something that was counted of a stack.
pub(super) trait Part {
    /// Of which stack, and what it took.
    fn whole(&self) -> (StackId, Kind);
    /// Adds what another part of the same counted.
    fn add(&mut self, other: &Self);
    /// All are added.
    fn settle(&mut self);
}

/// Adds up what is of one stack and one kind, in the place and under the number of the first of it. Where a record has no
/// parts that costs next to nothing.
pub(super) fn add_up<P: Part>(head: &Head, all: &mut Vec<P>) {
    if head.u32(offset_of!(Header, parts)) != 0 {
        join(all);
    }
    all.iter_mut().for_each(P::settle);
}

fn join<P: Part>(all: &mut Vec<P>) {
    let mut first: HashMap<(StackId, Kind), usize> = HashMap::new();
    let mut whole: Vec<P> = Vec::with_capacity(all.len());
    for part in all.drain(..) {
        match first.get(&part.whole()) {
            Some(at) => whole[*at].add(&part),
            None => {
                first.insert(part.whole(), whole.len());
                whole.push(part);
            }
        }
    }
    *all = whole;
}

impl Part for RecordedSite {
    fn whole(&self) -> (StackId, Kind) {
        (self.stack, self.kind)
    }

    fn add(&mut self, other: &RecordedSite) {
        self.taken = self.taken.saturating_add(other.taken);
        self.live.add_part(other.live);
        self.peak.add(other.peak);
        self.end.add_part(other.end);
        self.definite.add(other.definite);
        self.indirect.add(other.indirect);
        self.possible.add(other.possible);
    }

    fn settle(&mut self) {
        self.live.settle();
        self.end.settle();
    }
}
