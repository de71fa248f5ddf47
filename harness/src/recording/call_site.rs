//! Which call of a stack a person wants to see: the line of the program that allocates.

use harness_judge::attribution::allocating::{Asked, allocating};
use harness_judge::attribution::sources::Sources;
use harness_judge::attribution::stack::Frame;
use harness_model::Place;

use super::recorded::{Kind, Recording};
use super::stacks::StackId;
use super::symbols::{Language, NamedFrame, Symbolizer};

/// The call that a stack is shown by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// The function by its path without arguments (`backlog::produce`), or `libdemo.so+0x1234` where it has no name; the
    /// file relative to the user's sources where it is in there, else from its crate downwards; the line.
    pub place: Place,
    /// The language, where it is known.
    pub language: Option<Language>,
    /// Where the call stands among the frames, counted from the innermost.
    pub depth: usize,
}

impl CallSite {
    /// The call site among the frames of a stack of this program that took something of a kind; `None` where there are no
    /// frames.
    pub fn new(
        program: &Recording,
        frames: &[NamedFrame],
        kind: Kind,
        sources: &dyn Sources,
    ) -> Option<CallSite> {
        let calls: Vec<&Frame> = frames.iter().map(|frame| &frame.call).collect();
        let program = program.executable.to_string_lossy();
        let asked = match kind {
            Kind::Heap => Asked::Allocator,
            _ => Asked::System,
        };
        let found = allocating(&calls, sources, &program, asked)?;
        let frame = &frames[found.depth];
        let mut place = found.place;
        if frame.call.place.function.is_none() && frame.call.place.file.is_none() {
            place.function = frame.to_string();
        }
        Some(CallSite {
            place,
            language: frame.language,
            depth: found.depth,
        })
    }
}

impl Symbolizer {
    /// The call site of a stack, with its frames; see [`CallSite::new`].
    pub fn call_site(
        &mut self,
        recording: &Recording,
        stack: StackId,
        kind: Kind,
        sources: &dyn Sources,
    ) -> Option<(CallSite, Vec<NamedFrame>)> {
        let frames = self.frames(recording, stack);
        let site = CallSite::new(recording, &frames, kind, sources)?;
        Some((site, frames))
    }
}
