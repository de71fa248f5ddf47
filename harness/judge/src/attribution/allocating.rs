//! Which frame of a stack of any program is the call that allocates, as its author would point at it.
//!
//! For a program that is not known beforehand the line that asks for the memory is wanted, also where it stands in a
//! constructor. Whose code a frame is, its object says with its file: a library of the system, with its debug
//! information or without, is not the program.

use super::answering::{Answerable, shown_file};
use super::origin::{
    Origin, is_allocator, is_entry_of_allocator, is_entry_point, is_standard_name, origin,
};
use super::scripts::{ScriptOrigin, Side, script_origin, shown_script};
use super::sources::Sources;
use super::stack::{Frame, last_component};
use harness_model::Place;

/// Libraries that every program of a language has, by the beginning of their names, and the one that records.
const RUNTIMES: [&str; 17] = [
    "libc.so",
    "libc-2.",
    "ld-linux",
    "ld-musl",
    "ld-2.",
    "libm.so",
    "libdl.so",
    "libpthread",
    "librt.so",
    "libresolv",
    "libnss_",
    "libstdc++",
    "libgcc_s",
    "libc++",
    "libunwind",
    "[vdso]",
    "libharness_preload.so",
];
/// Folders of modules that an interpreter loads.
const PACKAGES: [&str; 4] = [
    "/site-packages/",
    "/dist-packages/",
    "/node_modules/",
    "/lib-dynload/",
];
/// Folders of what was installed with the system.
const INSTALLED: [&str; 7] = [
    "/usr/",
    "/lib/",
    "/lib64/",
    "/lib32/",
    "/nix/store/",
    "/gnu/store/",
    "/snap/",
];

/// How much a frame says to somebody who looks for the cause, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The user's own code, of which the source is known.
    OwnWithSource,
    /// The user's own code.
    Own,
    /// A module that a package brought: it says more than the interpreter that loaded it.
    Package,
    /// The executable, where it was installed with the system.
    Program,
    /// A library that was installed with the system, or that the program was built with.
    Library,
    /// What belongs to a language or to the system.
    Plumbing,
    /// What hands out memory for others.
    Allocator,
}

/// Who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The allocator, for a block.
    Allocator,
    /// The system, for anything else: a program's own allocator is then the one that asks.
    System,
}

/// A call, and what carries it out.
#[derive(Debug, Clone, Copy)]
pub struct Call<'f> {
    /// The call.
    pub frame: &'f Frame,
    /// What carries it out.
    pub side: Side,
}

impl<'f> From<&'f Frame> for Call<'f> {
    /// One of machine code.
    fn from(frame: &'f Frame) -> Call<'f> {
        Call {
            frame,
            side: Side::Machine,
        }
    }
}

/// The call that allocates: the innermost in the program's own code of which the source is known; where there is none,
/// the innermost of its own code, of a package, of an installed program, of a library, anything but an allocator, or simply
/// the innermost. `program` is the path of the executable. The function has its path, without arguments: `ns::Pool::take`.
///
/// Where there are lines of scripts in the stack, what only serves their interpreter is passed over, and the user's own
/// compiled code is as good as a line of his, with its source or without.
pub fn allocating(
    frames: &[Call<'_>],
    tree: &dyn Sources,
    program: &str,
    asked: Asked,
) -> Option<Answerable> {
    // What runs inside the call of Rust's global allocator is that allocator, whatever it calls its functions.
    let entry = frames
        .iter()
        .rposition(|call| call.side == Side::Machine && is_entry_of_allocator(call.frame))
        .filter(|_| asked == Asked::Allocator);
    let has_script = frames.iter().any(|call| call.side == Side::Script);
    let rank = |depth: usize| match frames[depth] {
        _ if entry.is_some_and(|entry| depth <= entry) => Rank::Allocator,
        Call {
            side: Side::Script,
            frame,
        } => rank_of_script(frame, tree),
        Call {
            side: Side::Interpreter,
            ..
        } if has_script => Rank::Plumbing,
        Call { frame, .. } => match rank(frame, tree, program, asked) {
            Rank::Own if has_script => Rank::OwnWithSource,
            rank => rank,
        },
    };
    let depth = (0..frames.len()).min_by_key(|depth| rank(*depth))?;
    let Call { frame, side } = frames[depth];
    let place = match side {
        // Its names are in no need of being cleaned.
        Side::Script => Place {
            function: frame.place.function.clone().unwrap_or_default(),
            file: frame
                .place
                .file
                .as_deref()
                .map(|file| shown_script(file, tree)),
            line: frame.place.line,
        },
        _ => Place {
            function: name_of(frames, depth),
            file: shown_file(frame, tree),
            line: frame.place.line,
        },
    };
    Some(Answerable { place, depth })
}

/// How much a line of a script says.
fn rank_of_script(frame: &Frame, tree: &dyn Sources) -> Rank {
    match script_origin(frame.place.file.as_deref().unwrap_or(""), tree) {
        ScriptOrigin::Own => Rank::OwnWithSource,
        ScriptOrigin::Made => Rank::Own,
        ScriptOrigin::Package => Rank::Package,
        ScriptOrigin::Installed => Rank::Program,
        ScriptOrigin::Standard => Rank::Library,
    }
}

/// How much a frame says, in a program of which the executable is known.
fn rank(frame: &Frame, tree: &dyn Sources, program: &str, asked: Asked) -> Rank {
    let function = frame.place.function.as_deref().unwrap_or("");
    if is_allocator(function) && asked == Asked::Allocator {
        return Rank::Allocator;
    }
    let object = frame.linked.object.as_deref().unwrap_or("");
    let is_program = object == program && !program.is_empty();
    let name = last_component(object);
    if !is_program {
        if RUNTIMES.iter().any(|runtime| name.starts_with(runtime)) {
            return Rank::Plumbing;
        }
        if PACKAGES.iter().any(|folder| object.contains(folder)) {
            return Rank::Package;
        }
        if is_installed(object) {
            return Rank::Library;
        }
    }
    if frame.place.file.is_some() {
        // Templates and generics of the standard library are in the program, and their source is not.
        return match origin(frame, tree) {
            Origin::Own => Rank::OwnWithSource,
            Origin::Dependency => Rank::Library,
            Origin::Standard | Origin::System => Rank::Plumbing,
            Origin::Allocator if asked == Asked::System => Rank::OwnWithSource,
            Origin::Allocator => Rank::Allocator,
        };
    }
    if is_standard_name(function) || is_entry_point(function) || object.is_empty() {
        Rank::Plumbing
    } else if is_installed(object) {
        Rank::Program
    } else {
        Rank::Own
    }
}

/// Whether a file came with the system, by its path.
fn is_installed(object: &str) -> bool {
    let local = object.starts_with("/usr/local/") || object.starts_with("/usr/src/");
    !local && INSTALLED.iter().any(|folder| object.starts_with(folder))
}

/// The function's path. A closure is named by what it stands in; where its own name does not tell, by the next function
/// outwards in the same file.
fn name_of(frames: &[Call<'_>], depth: usize) -> String {
    let name = frames[depth].frame.qualified_function();
    if name != "a closure" {
        return name;
    }
    let file = &frames[depth].frame.place.file;
    let around = frames[depth + 1..]
        .iter()
        .map(|call| call.frame)
        .filter(|outer| outer.place.file == *file)
        .map(|outer| outer.qualified_function())
        .find(|outer| !outer.starts_with("a closure"));
    around.map_or(name, |around| format!("a closure in {around}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::sources::NoSources;
    use harness_model::Linked;

    const PROGRAM: &str = "/home/me/demo";
    const LIBC: &str = "/usr/lib/x86_64-linux-gnu/libc.so.6";

    fn frame(function: &str, file: &str, object: &str) -> Frame {
        Frame {
            place: Place {
                function: (!function.is_empty()).then(|| function.to_owned()),
                file: (!file.is_empty()).then(|| file.to_owned()),
                line: (!file.is_empty()).then_some(7),
            },
            linked: Linked {
                symbol: None,
                object: Some(object.to_owned()),
            },
            address: Some(16),
        }
    }

    /// The function that allocates in a stack of (function, file, object), innermost first.
    fn of(program: &str, stack: &[(&str, &str, &str)]) -> String {
        let frames: Vec<Frame> = stack
            .iter()
            .map(|(function, file, object)| frame(function, file, object))
            .collect();
        let frames: Vec<Call> = frames.iter().map(Call::from).collect();
        allocating(&frames, &NoSources, program, Asked::Allocator)
            .unwrap()
            .place
            .function
    }

    #[test]
    fn a_call_of_the_c_library_is_answered_for_by_its_caller() {
        for file in [
            "",
            "/build/glibc-2.36/inet/getaddrinfo.c",
            "./malloc/malloc.c",
        ] {
            let stack = [
                ("gaih_inet", file, LIBC),
                ("getaddrinfo", file, LIBC),
                ("send_message", "/home/me/addrinfo.c", PROGRAM),
                ("main", "/home/me/addrinfo.c", PROGRAM),
                ("__libc_start_main", file, LIBC),
            ];
            assert_eq!(of(PROGRAM, &stack), "send_message", "{file}");
        }
    }

    #[test]
    fn templates_and_generics_of_the_library_are_passed_over_with_and_without_files() {
        for folder in [
            "/usr/include/c++/12/bits",
            "/opt/gcc-14/include/c++/14.1.0/bits",
        ] {
            let file = format!("{folder}/vector.tcc");
            let stack = [
                (
                    "std::vector<char, std::allocator<char> >::_M_default_append",
                    file.as_str(),
                    PROGRAM,
                ),
                (
                    "std::vector<char, std::allocator<char> >::resize",
                    &file,
                    PROGRAM,
                ),
                ("receive", "/home/me/messages.cpp", PROGRAM),
            ];
            assert_eq!(of(PROGRAM, &stack), "receive");
        }
        let stack = [
            ("__gnu_cxx::new_allocator<char>::allocate", "", PROGRAM),
            (
                "std::vector<char, std::allocator<char> >::resize",
                "",
                PROGRAM,
            ),
            ("receive", "", PROGRAM),
        ];
        assert_eq!(of(PROGRAM, &stack), "receive");
        let stack = [
            (
                "<alloc::raw_vec::RawVecInner>::finish_grow",
                "/rustc/1/library/alloc/src/raw_vec/mod.rs",
                PROGRAM,
            ),
            ("hashbrown::raw::RawTable<u8>::reserve_rehash", "", PROGRAM),
            ("<demo::Pool<u8>>::new", "/home/me/src/main.rs", PROGRAM),
            ("demo::main", "/home/me/src/main.rs", PROGRAM),
        ];
        assert_eq!(
            of(PROGRAM, &stack),
            "demo::Pool::new",
            "the line that allocates"
        );
    }

    #[test]
    fn a_program_of_the_system_answers_for_itself() {
        let git = "/usr/bin/git";
        let stack = [
            ("xmalloc", "", git),
            ("inflateInit_", "", "/usr/lib/x86_64-linux-gnu/libz.so.1"),
            ("unpack_entry", "", git),
            ("main", "", git),
            ("__libc_start_main", "", LIBC),
            ("_start", "", git),
        ];
        assert_eq!(of(git, &stack), "unpack_entry");
        assert_eq!(of(git, &stack[..2]), "inflateInit_");
        assert_eq!(of(git, &[("", "", git), stack[4]]), "an unnamed function");
    }

    #[test]
    fn a_module_with_source_is_preferred_to_the_interpreter_and_to_what_was_installed() {
        let python = "/usr/bin/python3.11";
        let numpy = "/home/me/venv/lib/python3.11/site-packages/numpy/core.so";
        let stack = [
            ("PyDict_New", "", python),
            ("array_new", "/numpy/array.c", numpy),
            ("encode", "/home/me/counts.c", "/home/me/counts.so"),
            ("_PyEval_EvalFrameDefault", "", python),
        ];
        assert_eq!(of(python, &stack), "encode");
        assert_eq!(of(python, &stack[..2]), "array_new");
        assert_eq!(of(python, &[stack[0], stack[3]]), "PyDict_New");
        let without = [stack[0], ("encode", "", "/home/me/counts.so"), stack[3]];
        assert_eq!(of(python, &without), "encode");
    }

    #[test]
    fn a_closure_is_named_by_what_it_stands_in() {
        let file = "/home/me/demo.cpp";
        let stack = [
            ("read_all::{lambda(int)#1}::operator()", file, PROGRAM),
            ("read_all", file, PROGRAM),
        ];
        assert_eq!(of(PROGRAM, &stack), "a closure in read_all");
        let stack = [("{closure#0}", file, PROGRAM), ("demo::run", file, PROGRAM)];
        assert_eq!(of(PROGRAM, &stack), "a closure in demo::run");
    }

    #[test]
    fn no_frames_have_no_answer() {
        assert_eq!(allocating(&[], &NoSources, PROGRAM, Asked::System), None);
    }

    #[test]
    fn an_allocator_of_the_program_is_who_asks_the_system() {
        let file = "/home/me/demo/src/bump.rs";
        let stack = [
            frame("bump::piece", file, PROGRAM),
            frame("__rust_alloc", "", PROGRAM),
            frame("bump::work", file, PROGRAM),
        ];
        let frames: Vec<Call> = stack.iter().map(Call::from).collect();
        let asks = |asked| {
            allocating(&frames, &NoSources, PROGRAM, asked)
                .unwrap()
                .depth
        };
        assert_eq!((asks(Asked::System), asks(Asked::Allocator)), (0, 2));
    }

    /// The function that allocates in a stack of (function, file, object, side), innermost first.
    fn of_sides(stack: &[(&str, &str, &str, Side)]) -> String {
        let frames: Vec<Frame> = stack
            .iter()
            .map(|(function, file, object, _)| frame(function, file, object))
            .collect();
        let sides = stack.iter().map(|(.., side)| *side);
        let frames: Vec<Call> = frames
            .iter()
            .zip(sides)
            .map(|(frame, side)| Call { frame, side })
            .collect();
        let found = allocating(&frames, &NoSources, "/usr/bin/python3.11", Asked::Allocator);
        found.unwrap().place.function
    }

    #[test]
    fn a_line_of_a_script_answers_for_its_interpreter() {
        const PYTHON: &str = "/usr/bin/python3.11";
        const STANDARD: &str = "/usr/lib/python3.11/json/decoder.py";
        let stack = [
            ("PyObject_Malloc", "", PYTHON, Side::Interpreter),
            (
                "PyByteArray_Resize",
                "Objects/bytearrayobject.c",
                PYTHON,
                Side::Interpreter,
            ),
            ("loads", STANDARD, "", Side::Script),
            (
                "main.<locals>.<lambda>",
                "/home/me/job.py",
                "",
                Side::Script,
            ),
            ("<module>", "/home/me/job.py", "", Side::Script),
            (
                "main",
                "./Programs/python.c",
                "/home/me/python",
                Side::Interpreter,
            ),
        ];
        assert_eq!(of_sides(&stack), "main.<locals>.<lambda>");
        assert_eq!(of_sides(&stack[..3]), "loads", "nobody else is there");
        assert_eq!(of_sides(&stack[..2]), "PyByteArray_Resize", "nor a script");
        let mut made = stack;
        made[3].1 = "<string>";
        made[4].1 = "<string>";
        assert_eq!(of_sides(&made), "main.<locals>.<lambda>");
    }

    #[test]
    fn an_extension_of_the_users_answers_before_the_line_that_calls_it_and_one_of_a_package_does_not()
     {
        const PYTHON: &str = "/usr/bin/python3.11";
        let stack = |file, object| {
            of_sides(&[
                ("PyObject_Str", "", PYTHON, Side::Interpreter),
                ("encode", file, object, Side::Machine),
                ("work", "/home/me/job.py", "", Side::Script),
                ("main", "", PYTHON, Side::Interpreter),
            ])
        };
        assert_eq!(stack("/home/me/counts.c", "/home/me/counts.so"), "encode");
        assert_eq!(stack("", "/home/me/counts.so"), "encode");
        assert_eq!(
            stack(
                "/numpy/array.c",
                "/home/me/lib/python3.11/site-packages/numpy/core.so"
            ),
            "work"
        );
        assert_eq!(stack("", "/usr/lib/x86_64-linux-gnu/libxml2.so.2"), "work");
    }
}
