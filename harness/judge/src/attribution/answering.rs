//! Which frame of a stack answers for an allocation.

use super::origin::{Origin, is_entry_of_allocator, listed, origin};
use super::sources::Sources;
use super::stack::Frame;
use harness_model::Place;

/// The call that answers for a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answerable {
    /// The function by its short name; the file relative to the user's project where it is in there, else from its crate
    /// downwards.
    pub place: Place,
    /// Where the frame stands in the stack.
    pub depth: usize,
}

/// Functions that make a value and hand it to their caller: they say nothing of who keeps it.
const CONSTRUCTORS: &str = "new new_in zeros zeroed with_capacity default clone from from_elem from_iter from_vec from_slice to_vec \
    to_owned to_string collect alloc allocate";
/// The frame that answers for what a stack allocated: the innermost of the user's own that is no mere constructor;
/// where there is none, the innermost of the user's own, of a dependency, of anything but an allocator.
pub fn answerable(frames: &[Frame], tree: &dyn Sources) -> Option<Answerable> {
    let mut origins: Vec<Origin> = frames.iter().map(|frame| origin(frame, tree)).collect();
    // What runs inside the call of Rust's global allocator is that allocator, whatever it calls its functions.
    if let Some(entry) = frames.iter().rposition(is_entry_of_allocator) {
        origins[..=entry].fill(Origin::Allocator);
    }
    let own = || (0..frames.len()).filter(|&depth| origins[depth] == Origin::Own);
    let depth = own()
        .find(|&depth| {
            let frame = &frames[depth];
            let answers = match own_name(frame, tree) {
                Some(name) => !is_constructor(&name),
                None => frame.place.function.is_some(),
            };
            answers && !is_entry_shim(frame)
        })
        .or_else(|| own().find(|&depth| !is_entry_shim(&frames[depth])))
        .or_else(|| {
            origins
                .iter()
                .position(|origin| *origin == Origin::Dependency)
        })
        .or_else(|| own().next())
        .or_else(|| {
            origins
                .iter()
                .position(|origin| *origin != Origin::Allocator)
        })
        .or_else(|| (!frames.is_empty()).then_some(0))?;
    let frame = &frames[depth];
    Some(Answerable {
        place: Place {
            function: name_of(frames, depth, tree),
            file: shown_file(frame, tree),
            line: frame.place.line,
        },
        depth,
    })
}

/// Where the program's own calls begin in a stack, or a library's that it uses: behind the allocator and the standard
/// library, through which all of them go.
pub fn program_begins(frames: &[&Frame], tree: &dyn Sources) -> usize {
    let entry = frames
        .iter()
        .rposition(|frame| is_entry_of_allocator(frame));
    let behind = entry.map_or(0, |entry| entry + 1);
    let of_program =
        |frame: &&Frame| matches!(origin(frame, tree), Origin::Own | Origin::Dependency);
    let found = frames[behind..].iter().position(of_program);
    behind + found.unwrap_or(0)
}

/// The file of a frame as it is shown: from the root of the user's sources, else from its crate down.
pub(super) fn shown_file(frame: &Frame, tree: &dyn Sources) -> Option<String> {
    let found = frame.place.file.as_deref().and_then(|file| tree.find(file));
    match found {
        Some(file) => Some(tree.relative(file).to_string_lossy().into_owned()),
        None => frame.short_file().map(str::to_owned),
    }
}

fn is_constructor(name: &str) -> bool {
    listed(CONSTRUCTORS, name.rsplit("::").next().unwrap_or(name))
}

/// The C `main` that a Rust program starts with, which has no source.
fn is_entry_shim(frame: &Frame) -> bool {
    frame.place.file.is_none() && frame.place.function.as_deref() == Some("main")
}

/// The short name that the tool gives, or, where it has none or only "a closure", that the source gives.
fn own_name(frame: &Frame, tree: &dyn Sources) -> Option<String> {
    let short = frame.short_function();
    if frame.place.function.is_some() && short != "a closure" {
        return Some(short.into_owned());
    }
    let file = tree.find(frame.place.file.as_deref()?)?;
    let around = tree.function_at(file, frame.place.line?)?;
    Some(if frame.place.function.is_some() {
        format!("a closure in {around}")
    } else {
        around
    })
}

/// The short name of the function of `frames[depth]`. Where neither the tool nor the source has one, the next frame
/// outwards in the same file lends its own.
fn name_of(frames: &[Frame], depth: usize, tree: &dyn Sources) -> String {
    let frame = &frames[depth];
    if let Some(name) = own_name(frame, tree) {
        return name;
    }
    let outer = frames[depth + 1..]
        .iter()
        .filter(|outer| outer.place.file == frame.place.file);
    let around = outer
        .filter_map(|outer| own_name(outer, tree))
        .find(|name| !name.starts_with("a closure"));
    match around {
        Some(name) if frame.place.function.is_some() => format!("a closure in {name}"),
        Some(name) => name,
        None => frame.short_function().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stack::clean_function;
    use super::*;
    use crate::attribution::sources::NoSources;

    fn frame(function: &str, file: &str, line: u32) -> Frame {
        Frame {
            place: Place {
                function: clean_function(function),
                file: (!file.is_empty()).then(|| file.to_owned()),
                line: (line > 0).then_some(line),
            },
            ..Frame::default()
        }
    }

    #[test]
    fn a_closure_is_named_by_the_function_around_it() {
        let stack = [
            frame("{closure#1}", "demo/src/main.rs", 52),
            frame("demo::main", "demo/src/main.rs", 59),
        ];
        assert_eq!(
            answerable(&stack, &NoSources).unwrap().place.function,
            "a closure in main"
        );
    }

    #[test]
    fn the_innermost_own_function_answers_and_a_constructor_hands_on() {
        let stack = [
            frame("malloc", "", 0),
            frame(
                "alloc::alloc::alloc",
                "/rustc/1/library/alloc/src/alloc.rs",
                95,
            ),
            frame("zeroed<f32>", "/home/user/demo/src/matrix.rs", 9),
            frame(
                "demo::moves::resize_activations",
                "/home/user/demo/src/moves.rs",
                8,
            ),
            frame("demo::main", "/home/user/demo/src/main.rs", 60),
        ];
        let place = answerable(&stack, &NoSources).unwrap().place;
        assert_eq!(
            (place.function.as_str(), place.file.as_deref(), place.line),
            ("resize_activations", Some("demo/src/moves.rs"), Some(8))
        );
    }

    #[test]
    fn a_stack_without_own_code_still_has_an_answer() {
        let stack = [
            frame("malloc", "", 0),
            frame("pack", "/x/registry/src/i/gemm-0.1.0/src/a.rs", 7),
            frame("_start", "", 0),
        ];
        assert_eq!(
            answerable(&stack, &NoSources).unwrap().place.function,
            "pack"
        );
        assert_eq!(
            answerable(&stack[..1], &NoSources).unwrap().place.function,
            "malloc"
        );
        assert_eq!(answerable(&[], &NoSources), None);
    }

    #[test]
    fn the_programs_own_allocator_does_not_answer_for_what_it_is_asked_for() {
        let stack = [
            frame("calloc", "", 0),
            frame("alloc_zeroed", "/home/me/tool/src/allocator/mod.rs", 118),
            frame(
                "__rustc::__rust_alloc_zeroed",
                "/home/me/tool/src/main.rs",
                7,
            ),
            frame(
                "alloc::vec::from_elem",
                "/rustc/5980/library/alloc/src/vec/mod.rs",
                9,
            ),
            frame("tool::resize", "/home/me/tool/src/buffers.rs", 66),
        ];
        let place = answerable(&stack, &NoSources).unwrap().place;
        assert_eq!((place.function.as_str(), place.line), ("resize", Some(66)));
    }

    #[test]
    fn the_programs_calls_begin_behind_the_allocator_and_the_library_they_go_through() {
        let stack = [
            frame("dhat::Alloc::alloc", "dhat-0.3.3/src/lib.rs", 1),
            frame("__rust_alloc", "", 0),
            frame("try_allocate_in", "src/raw_vec/mod.rs", 466),
            frame("zeroed<f32>", "/home/user/demo/src/matrix.rs", 9),
            frame("demo::main", "/home/user/demo/src/main.rs", 60),
        ];
        let all: Vec<&Frame> = stack.iter().collect();
        assert_eq!(program_begins(&all, &NoSources), 3);
        // Where nothing of the program was kept, what stands behind the allocator.
        assert_eq!(program_begins(&all[..3], &NoSources), 2);
        assert_eq!(program_begins(&[], &NoSources), 0);
    }
}
