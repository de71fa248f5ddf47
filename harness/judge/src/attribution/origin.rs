//! Whose code a frame is.

use super::sources::Sources;
use super::stack::{Frame, last_component};

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
pub(super) fn listed(list: &str, name: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::sources::NoSources;
    use harness_model::Place;

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
}
