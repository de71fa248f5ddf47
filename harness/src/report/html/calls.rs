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

/// The same without calls of the standard library between them, the innermost first; all of them where nothing is known
/// of whose they are.
pub(super) fn theirs<'f>(frames: &'f [Frame], place: &Place) -> Vec<&'f Frame> {
    let (range, _) = own(frames, place);
    let all = &frames[range];
    let theirs: Vec<&Frame> = all.iter().filter(|frame| !is_runtime(frame)).collect();
    match theirs.is_empty() {
        true => all.iter().collect(),
        false => theirs,
    }
}

/// What the C library and the compilers call the beginning of a program or a thread.
const STARTS: [&str; 6] = [
    "_start",
    "__libc_start_main",
    "__libc_start_main_impl",
    "__libc_start_call_main",
    "start_thread",
    "clone3",
];

/// Whether a frame is of what starts a program or a thread: nothing that the reader can change.
fn is_runtime(frame: &Frame) -> bool {
    let standard = |file: &str| {
        ["core/src/", "std/src/", "alloc/src/"]
            .iter()
            .any(|start| file.starts_with(start))
    };
    if STARTS.contains(&frame.place.function.as_str()) {
        return true;
    }
    let source = frame
        .place
        .file
        .as_deref()
        .filter(|file| file.ends_with(".rs"));
    source.map_or(frame.place.line.is_none(), standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_starts_a_program_and_the_standard_library_are_not_the_readers() {
        let frame = |function: &str, file: &str, line: Option<u32>| {
            Frame::from(Place {
                function: function.to_owned(),
                file: Some(file.to_owned()),
                line,
            })
        };
        let stack = [
            frame("malloc", "malloc.c", None),
            frame("take", "src/take.c", Some(3)),
            frame("call_once", "core/src/ops/function.rs", Some(250)),
            frame("main", "src/main.c", Some(9)),
            frame("__libc_start_call_main", "sysdeps/nptl/start.h", Some(58)),
            frame("_start", "start.S", None),
        ];
        let names = |frames: &[Frame], place: &Place| -> Vec<String> {
            let theirs = theirs(frames, place);
            let names = theirs.iter().map(|frame| frame.place.function.clone());
            names.collect()
        };
        assert_eq!(names(&stack, &stack[1].place), ["take", "main"]);
        assert_eq!(names(&stack[..1], &stack[0].place), ["malloc"]);
    }
}
