//! Whose code a frame is, and which frame of a stack answers for an allocation.

use super::sources::Sources;
use super::stack::{Frame, last_component};
use harness_model::Place;

/// Whose code a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An allocator, or a tool that stands in for one.
    Allocator,
    /// Rust's standard library and the collections it is made of.
    Standard,
    /// The C library, the dynamic linker and what else belongs to the system.
    System,
    /// A library that the user's program depends on.
    Dependency,
    /// The user's own.
    Own,
}

/// The call that answers for a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answerable {
    /// The function by its short name; the file relative to the user's project where it is in there, else from its crate
    /// downwards.
    pub place: Place,
    /// Where the frame stands in the stack.
    pub depth: usize,
}

/// Functions that hand out memory in C, C++ and Rust, and the usual wrappers that end the program where none is left.
const ALLOCATORS: &str = "malloc calloc realloc reallocarray free memalign aligned_alloc posix_memalign valloc pvalloc strdup \
    strndup __strdup asprintf vasprintf mmap xmalloc xcalloc xrealloc xstrdup g_malloc g_malloc0 g_realloc \
    g_strdup mallocx rallocx mi_malloc je_malloc je_calloc _rjem_malloc _rjem_calloc _rjem_mallocx \
    PyMem_Malloc PyObject_Malloc";
/// The same by the beginning of the name.
const ALLOCATOR_PREFIXES: [&str; 10] = [
    "__rust_alloc",
    "__rust_realloc",
    "__rustc::__rust_",
    "__rdl_",
    "__rg_",
    "operator new",
    "dhat::",
    "tikv_jemalloc",
    "jemallocator",
    "_rjem_",
];
/// Functions that make a value and hand it to their caller: they say nothing of who keeps it.
const CONSTRUCTORS: &str = "new new_in zeros zeroed with_capacity default clone from from_elem from_iter from_vec from_slice to_vec \
    to_owned to_string collect alloc allocate";
/// Top modules of Rust's library, to know `src/raw_vec/mod.rs` by: dhat keeps three components of a path.
const STANDARD_MODULES: &str = "alloc array backtrace borrow boxed cell char collections ffi fmt fs hash io iter mem net num ops option \
    os panic path process ptr raw raw_vec rc result slice str string sync sys thread vec";

/// What a program or a thread of it is entered by.
const ENTRY_POINTS: &str = "_start clone clone3 start_thread";

/// Whose code `frame` is.
pub fn origin(frame: &Frame, tree: &dyn Sources) -> Origin {
    let function = frame.place.function.as_deref().unwrap_or("");
    if is_allocator(function) {
        return Origin::Allocator;
    }
    let Some(file) = frame.place.file.as_deref() else {
        return origin_without_file(frame, function);
    };
    let absolute = file.starts_with('/') && !file.contains("/./") && !file.contains("/../");
    if !absolute && is_standard_name(function) {
        return Origin::Standard;
    }
    if let Some(found) = tree.find(file) {
        return if tree.wraps_allocators(found) {
            Origin::Allocator
        } else {
            Origin::Own
        };
    }
    match origin_of_path(file, absolute) {
        // Where the user's sources are at hand, a path that is not among them is a dependency's, cut short.
        Origin::Own if !absolute && !tree.is_empty() => Origin::Dependency,
        origin => origin,
    }
}

fn origin_of_path(file: &str, absolute: bool) -> Origin {
    let parts: Vec<&str> = file
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .collect();
    let has = |wanted: &[&str]| parts.windows(wanted.len()).any(|window| window == wanted);
    // `dhat-0.3.3/src/lib.rs`: the directory that a registry's crate unpacks to.
    let package = parts.iter().filter_map(|part| package_name(part)).next();
    if package.is_some_and(|name| {
        name == "dhat" || name.contains("jemalloc") || name == "tracking-allocator"
    }) {
        return Origin::Allocator;
    }
    if package.is_some_and(|name| matches!(name, "hashbrown" | "backtrace" | "allocator-api2"))
        || parts.first() == Some(&"rustc")
        || has(&["rust", "deps"])
        || has(&["include", "c++"])
        || has(&["lib", "rustlib"])
        || [
            "alloc",
            "core",
            "std",
            "proc_macro",
            "test",
            "panic_unwind",
            "hashbrown",
        ]
        .iter()
        .any(|name| has(&["library", name]) || (!absolute && parts.starts_with(&[name, "src"])))
    {
        return Origin::Standard;
    }
    if package.is_some()
        || has(&["registry", "src"])
        || has(&["git", "checkouts"])
        || has(&["vendor"])
        || has(&["_deps"])
        || has(&["vcpkg_installed"])
    {
        return Origin::Dependency;
    }
    if file.starts_with("./")
        || file.starts_with("../")
        || !absolute && parts.first() == Some(&"sysdeps")
        || has(&["lib", "gcc"])
        || has(&["lib", "clang"])
        || in_system(&parts)
    {
        return Origin::System;
    }
    if absolute {
        return Origin::Own;
    }
    let below = if parts.first() == Some(&"src") {
        &parts[1..]
    } else {
        &parts[..]
    };
    let standard = below.len() > 1
        && below
            .first()
            .is_some_and(|module| listed(STANDARD_MODULES, module));
    if standard && file.ends_with(".rs") {
        Origin::Standard
    } else {
        Origin::Own
    }
}

/// Whether a path leads below `/usr`, but for where people build what is theirs: `/usr/src/app`, `/usr/local/src/app`.
fn in_system(parts: &[&str]) -> bool {
    match parts {
        ["usr", "src", "debug", ..] => true,
        ["usr", "src", ..] | ["usr", "local", "src", ..] => false,
        ["usr", ..] => true,
        _ => false,
    }
}

fn origin_without_file(frame: &Frame, function: &str) -> Origin {
    let object = frame.linked.object.as_deref().unwrap_or("");
    let in_system = ["/usr/", "/lib"].iter().any(|dir| object.starts_with(dir))
        || last_component(object).starts_with("vgpreload")
        || is_entry_point(function)
        || matches!(function, "" | "(below main)");
    if is_standard_name(function) {
        Origin::Standard
    } else if in_system {
        Origin::System
    } else {
        Origin::Own
    }
}

/// Whether this is what a program or a thread begins with.
pub(super) fn is_entry_point(function: &str) -> bool {
    listed(ENTRY_POINTS, function) || function.starts_with("__libc_start")
}

/// Whether `name` is one of a list's words.
fn listed(list: &str, name: &str) -> bool {
    list.split(' ').any(|word| word == name)
}

/// Whether this function allocates for others, by its name.
pub(super) fn is_allocator(function: &str) -> bool {
    listed(ALLOCATORS, function)
        || ALLOCATOR_PREFIXES
            .iter()
            .any(|prefix| function.starts_with(prefix))
        || function.contains(" as core::alloc::global::GlobalAlloc>::")
        || function.contains(" as core::alloc::GlobalAlloc>::")
}

/// Whether this frame is the call by which a Rust program asks its global allocator.
pub(super) fn is_entry_of_allocator(frame: &Frame) -> bool {
    let function = frame.place.function.as_deref().unwrap_or("");
    let name = function.strip_prefix("__rustc::").unwrap_or(function);
    ["__rust_alloc", "__rust_realloc"]
        .iter()
        .any(|entry| name.starts_with(entry))
}

/// Whether this is a name of the standard library of Rust or C++, be it a method (`<alloc::vec::Vec<u8>>::push`). An
/// implementation of the user's trait for a type of the library is not.
pub(super) fn is_standard_name(function: &str) -> bool {
    let inner = function.trim_start_matches('<');
    let standard = |name: &str| {
        [
            "alloc::",
            "core::",
            "std::",
            "hashbrown::",
            "__gnu_cxx::",
            "__cxxabiv1::",
        ]
        .iter()
        .any(|krate| name.trim_start_matches('&').starts_with(krate))
    };
    standard(inner)
        && function
            .split_once(" as ")
            .is_none_or(|(_, of)| standard(of))
}

/// The name in `dhat-0.3.3`.
fn package_name(component: &str) -> Option<&str> {
    let (name, version) = component.rsplit_once('-')?;
    let digits = version
        .split('.')
        .take(3)
        .filter(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        .count();
    (digits == 3 && !name.is_empty()).then_some(name)
}

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
    use super::*;
    use crate::attribution::sources::NoSources;

    fn frame(function: &str, file: &str, line: u32) -> Frame {
        Frame {
            place: Place {
                function: clean(function),
                file: (!file.is_empty()).then(|| file.to_owned()),
                line: (line > 0).then_some(line),
            },
            ..Frame::default()
        }
    }

    fn clean(function: &str) -> Option<String> {
        super::super::stack::clean_function(function)
    }

    fn of(function: &str, file: &str) -> Origin {
        origin(&frame(function, file, 1), &NoSources)
    }

    #[test]
    fn plumbing_is_known_by_its_path_whole_or_cut_short() {
        assert_eq!(
            of(
                "with_capacity_in<u32, alloc::alloc::Global>",
                "/rustc/5980/library/alloc/src/raw_vec/mod.rs"
            ),
            Origin::Standard
        );
        assert_eq!(
            of(
                "try_allocate_in<alloc::alloc::Global>",
                "src/raw_vec/mod.rs"
            ),
            Origin::Standard
        );
        assert_eq!(
            of(
                "collect<core::iter::adapters::map::Map<A, B>>",
                "iter/traits/iterator.rs"
            ),
            Origin::Standard
        );
        assert_eq!(of("{closure#0}", "alloc/src/fmt.rs"), Origin::Standard);
        assert_eq!(
            of("insert<u8>", "/rust/deps/hashbrown-0.15.2/src/raw/mod.rs"),
            Origin::Standard
        );
        assert_eq!(
            of("new_backtrace_inner", "dhat-0.3.3/src/lib.rs"),
            Origin::Allocator
        );
        assert_eq!(of("malloc", ""), Origin::Allocator);
        assert_eq!(
            of("__libc_start_main_impl", "../csu/libc-start.c"),
            Origin::System
        );
        assert_eq!(
            of(
                "gemm",
                "/home/me/.cargo/registry/src/registry-1949/matrixmultiply-0.3.10/src/gemm.rs"
            ),
            Origin::Dependency
        );
    }

    #[test]
    fn the_users_code_is_own_wherever_it_was_built() {
        assert_eq!(of("demo::main", "/home/user/demo/src/main.rs"), Origin::Own);
        assert_eq!(of("lose_cycle", "demo/src/main.rs"), Origin::Own);
        assert_eq!(of("main", "leaks.c"), Origin::Own);
        assert_eq!(
            of(
                "<alloc::vec::Vec<u8> as demo::Grow>::grow",
                "demo/src/grow.rs"
            ),
            Origin::Own
        );
        assert_eq!(
            of("demo::work", ""),
            Origin::Own,
            "without debug information the name still counts"
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
}
