//! The stacks of captures, each kept once: a file of gigabytes tells the same few thousand again and again.

use crate::recording::FilesOfCode;
use harness_judge::attribution::stack::Frame;
use std::collections::HashMap;

/// More calls than a real stack has that a tool prints.
const MAX_FRAMES: usize = 1_000;

/// A stack of a [`StackTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId(u32);

/// A call of a [`StackTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(u32);

/// The stacks of several captures. Two stacks are one where all their calls are the same by [`Frame::key`], with recursion
/// folded: how deep it went differs from run to run.
#[derive(Default)]
pub struct StackTable {
    frames: Vec<Frame>,
    by_call: HashMap<Frame, FrameId>,
    by_text: HashMap<String, FrameId>,
    stacks: Vec<Box<[FrameId]>>,
    by_frames: HashMap<Box<[FrameId]>, StackId>,
    /// Names calls that a capture has the addresses of.
    pub(super) files: FilesOfCode,
}

impl StackTable {
    /// The call that a tool wrote as `text`, which is read by `read` the first time that it is met.
    pub(super) fn frame_of_text(
        &mut self,
        text: &str,
        read: impl FnOnce(&str) -> Frame,
    ) -> FrameId {
        if let Some(known) = self.by_text.get(text) {
            return *known;
        }
        let id = self.frame(read(text));
        self.by_text.insert(text.to_owned(), id);
        id
    }

    /// The call.
    pub(super) fn frame(&mut self, frame: Frame) -> FrameId {
        let mut key = frame.clone();
        if key.place.function.is_some() || key.place.file.is_some() {
            // The address differs from run to run, and the source does not.
            key.address = None;
            key.linked = Default::default();
        } else {
            key.linked.symbol = None;
        }
        if let Some(known) = self.by_call.get(&key) {
            return *known;
        }
        let id = FrameId(u32::try_from(self.frames.len()).unwrap_or(u32::MAX));
        self.frames.push(frame);
        self.by_call.insert(key, id);
        id
    }

    /// The stack of these calls, innermost first.
    pub(super) fn stack(&mut self, calls: &[FrameId]) -> StackId {
        let calls = &calls[..calls.len().min(MAX_FRAMES)];
        // From outside inwards: what stands between a call and the next of the same function is dropped.
        let mut folded: Vec<FrameId> = Vec::with_capacity(calls.len());
        for call in calls.iter().rev() {
            match folded.iter().position(|known| known == call) {
                Some(at) => folded.truncate(at + 1),
                None => folded.push(*call),
            }
        }
        folded.reverse();
        if let Some(known) = self.by_frames.get(folded.as_slice()) {
            return *known;
        }
        let id = StackId(u32::try_from(self.stacks.len()).unwrap_or(u32::MAX));
        self.stacks.push(folded.clone().into_boxed_slice());
        self.by_frames.insert(folded.into_boxed_slice(), id);
        id
    }

    /// The calls of a stack, innermost first.
    pub fn calls(&self, stack: StackId) -> impl DoubleEndedIterator<Item = &Frame> + Clone {
        let calls = self.stacks.get(stack.0 as usize);
        let calls = calls.map(|calls| &calls[..]).unwrap_or_default();
        calls
            .iter()
            .filter_map(|call| self.frames.get(call.0 as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Place;

    fn call(function: &str, address: u64) -> Frame {
        Frame {
            place: Place {
                function: (!function.is_empty()).then(|| function.to_owned()),
                ..Place::default()
            },
            address: Some(address),
            ..Frame::default()
        }
    }

    #[test]
    fn a_stack_is_the_same_at_other_addresses_and_with_a_deeper_recursion() {
        let mut table = StackTable::default();
        let [take, walk, main] =
            [("take", 1), ("walk", 2), ("main", 3)].map(|(name, at)| table.frame(call(name, at)));
        let moved = table.frame(call("walk", 77));
        assert_eq!(walk, moved);
        let once = table.stack(&[take, walk, main]);
        let twice = table.stack(&[take, walk, walk, main]);
        assert_eq!(once, twice);
        let names: Vec<_> = table.calls(once).map(ToString::to_string).collect();
        assert_eq!(names, ["take", "walk", "main"]);
    }

    #[test]
    fn code_without_names_is_told_apart_by_its_address() {
        let mut table = StackTable::default();
        assert_ne!(table.frame(call("", 1)), table.frame(call("", 2)));
        assert_eq!(table.frame(call("", 1)), table.frame(call("", 1)));
    }
}
