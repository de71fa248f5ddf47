//! Which calls of a stack are the user's to look at.

use harness_model::{Frame, Place};
use std::ops::Range;

/// The calls from the one that answers for a place to the outermost that the user can change; and which one answers, if it
/// is known. What is outside of that is of the allocator, the standard library and the system.
pub(super) fn own(frames: &[Frame], place: &Place) -> (Range<usize>, Option<usize>) {
    // Tools cut paths differently from the site's, which is relative to the project.
    let here = frames.iter().position(|frame| {
        let files = frame.place.file.as_deref().zip(place.file.as_deref());
        frame.place.line == place.line
            && files.is_some_and(|(a, b)| a.ends_with(b) || b.ends_with(a))
    });
    let first = here.unwrap_or(0);
    let last = frames.iter().rposition(|frame| !is_runtime(frame));
    let end = last.map_or(frames.len(), |last| last + 1).max(first);
    (first..end, here)
}

/// Whether a frame is of what starts a program or a thread: nothing that the reader can change.
fn is_runtime(frame: &Frame) -> bool {
    let standard = |file: &str| {
        ["core/src/", "std/src/", "alloc/src/"]
            .iter()
            .any(|start| file.starts_with(start))
    };
    let source = frame
        .place
        .file
        .as_deref()
        .filter(|file| file.ends_with(".rs"));
    source.map_or(frame.place.line.is_none(), standard)
}
