//! Which call of a stack a person wants to see: the line of the program that allocates.

use harness_judge::attribution::allocating::{Asked, Call, allocating};
use harness_judge::attribution::scripts::Side;
use harness_judge::attribution::sources::Sources;
use harness_model::Place;

use std::path::Path;

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
        let calls: Vec<Call> = frames
            .iter()
            .map(|frame| Call {
                frame: &frame.call,
                side: side(program, frame),
            })
            .collect();
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

/// What carries out a call of this program.
fn side(program: &Recording, frame: &NamedFrame) -> Side {
    match frame.language {
        Some(Language::Python) => Side::Script,
        _ if serves_interpreter(program, frame) => Side::Interpreter,
        _ => Side::Machine,
    }
}

/// Whether a call of this program is one of machine code that only serves an interpreter: its own, or one of the modules of
/// its own library.
pub fn serves_interpreter(program: &Recording, frame: &NamedFrame) -> bool {
    let Some(python) = program
        .python
        .filter(|_| frame.language != Some(Language::Python))
    else {
        return false;
    };
    let object = frame.call.linked.object.as_deref().unwrap_or("");
    let interpreter = python.module.and_then(|at| {
        let module = program.modules.get(at as usize)?;
        module.path.to_str()
    });
    // An interpreter may be a library, and the program then only starts it.
    let starts_it = Path::new(object) == program.executable
        && program
            .executable
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"python"));
    // The modules of its own library that are compiled lie in a folder of theirs.
    Some(object) == interpreter || starts_it || object.contains("/lib-dynload/")
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
