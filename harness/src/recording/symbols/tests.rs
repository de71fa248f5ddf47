//! Names of calls in this program, in programs built for the purpose, and in files that are gone.

use super::*;
use crate::recording::Kind;
use crate::recording::testing::Writer;
use crate::recording::{RecordedSite, read};
use harness_judge::attribution::sources::NoSources;
use harness_preload::record::Kind as K;
use std::process::Command;

/// A C program that prints the addresses that calls in it return to: of `here` in `inner`, which is inlined into `middle`,
/// and of the comparison that the C library's `qsort` calls.
const C: &str = "\
#include <stdio.h>
#include <stdlib.h>
#define RETURNS __builtin_extract_return_addr(__builtin_return_address(0))
__attribute__((noinline)) void here(void) { printf(\"%lx\\n\", (unsigned long)RETURNS); }
static inline __attribute__((always_inline)) void inner(void) {
    here();
    __asm__ volatile(\"\");
}
__attribute__((noinline)) static void middle(void) {
    inner();
    __asm__ volatile(\"\");
}
int main(void) {
    middle();
    return 0;
}
";

/// The same in C++, in templates of the standard library and of a class of its own.
const CPP: &str = "\
#include <cstdio>
#include <functional>
#include <vector>
__attribute__((noinline)) void here() { std::printf(\"%lx\\n\", (unsigned long)__builtin_return_address(0)); }
struct Loud {
    int x = 0;
    __attribute__((noinline)) Loud() { here(); }
};
namespace ns {
template <typename T> struct Pool {
    std::vector<T> all;
    __attribute__((noinline)) void remember(int n);
};
template <typename T> void Pool<T>::remember(int n) {
    here();
    all.resize(n);
}
}
int main() {
    ns::Pool<Loud> pool;
    pool.remember(1);
    std::function<void(int)> f = [](int) { here(); };
    f(1);
    return 0;
}
";

/// Builds a program, runs it, and says where it is and what it printed.
fn built(folder: &Path, compiler: &str, text: &str, options: &[&str]) -> (PathBuf, Vec<u64>) {
    let source = folder.join(match compiler {
        "cc" => "demo.c",
        _ => "demo.cpp",
    });
    let program = folder.join("demo");
    fs::write(&source, text).unwrap();
    // At fixed addresses: what is printed is an address in the file.
    let done = Command::new(compiler)
        .args(["-O1", "-no-pie", "-fno-pie", "-o"])
        .arg(&program)
        .args(options)
        .arg(&source)
        .output()
        .unwrap_or_else(|error| panic!("{compiler}: {error}"));
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let said = Command::new(&program).output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    let addresses = said
        .lines()
        .map(|line| u64::from_str_radix(line, 16).unwrap());
    (program, addresses.collect())
}

/// A recording of a program in which each of the addresses is a stack of one call.
fn recording(folder: &Path, program: &Path, addresses: &[u64]) -> Recording {
    let path = folder.join("1-0.record");
    // The record is to be younger than the program.
    let _ = fs::remove_file(&path);
    let mut writer = Writer::begin(&path);
    writer.command(program, &["demo"]);
    let module = writer.module(Path::new(""), 0, 0, u64::MAX);
    for address in addresses {
        let node = writer.node(0, module, *address);
        writer.site(node, K::HEAP, 1, 1);
    }
    read(&path).unwrap()
}

/// Functions, lines and whether they were inlined, innermost first, of each stack.
fn named(symbolizer: &mut Symbolizer, recording: &Recording) -> Vec<Vec<(String, u32, bool)>> {
    let of = |site: &RecordedSite| {
        let frames = symbolizer.frames(recording, site.stack);
        let shown = |frame: NamedFrame| {
            let line = frame.call.place.line.unwrap_or(0);
            (frame.to_string(), line, frame.inlined)
        };
        frames.into_iter().map(shown).collect()
    };
    recording.sites.iter().map(of).collect()
}

fn frame(name: &str, line: u32, inlined: bool) -> (String, u32, bool) {
    (name.to_owned(), line, inlined)
}

#[test]
fn inlined_calls_of_c_are_named_with_their_lines() {
    for compress in ["-gz=none", "-gz=zlib"] {
        let folder = tempfile::tempdir().unwrap();
        let (program, addresses) = built(folder.path(), "cc", C, &["-g", compress]);
        let recording = recording(folder.path(), &program, &addresses);
        let mut symbolizer = Symbolizer::new();
        assert_eq!(
            named(&mut symbolizer, &recording),
            [[frame("inner", 6, true), frame("middle", 10, false)]]
        );
        let frames = symbolizer.frames(&recording, recording.sites[0].stack);
        assert!(
            frames
                .iter()
                .all(|frame| frame.language == Some(Language::C))
        );
        assert!(
            frames[0]
                .call
                .place
                .file
                .as_deref()
                .unwrap()
                .ends_with("/demo.c")
        );
        let object = frames[0].call.linked.object.as_deref();
        assert_eq!(object, program.to_str());
    }
}

#[test]
fn templates_of_cpp_are_named_and_the_call_site_is_in_the_programs_own_code() {
    let folder = tempfile::tempdir().unwrap();
    let (program, addresses) = built(folder.path(), "c++", CPP, &["-g", "-std=c++17"]);
    let recording = recording(folder.path(), &program, &addresses);
    let mut symbolizer = Symbolizer::new();
    let mut sites = Vec::new();
    for site in &recording.sites {
        let (found, _) = symbolizer
            .call_site(&recording, site.stack, Kind::Heap, &NoSources)
            .unwrap();
        assert_eq!(found.language, Some(Language::Cpp));
        sites.push((found.place.function, found.place.line));
    }
    let expected = [
        ("ns::Pool::remember", 15),
        ("Loud::Loud", 7),
        ("a closure", 22),
    ];
    assert_eq!(
        sites,
        expected.map(|(name, line)| (name.to_owned(), Some(line)))
    );
}

#[test]
fn code_without_debug_information_has_the_names_of_its_symbols() {
    let folder = tempfile::tempdir().unwrap();
    let (program, addresses) = built(folder.path(), "cc", C, &[]);
    let stack = recording(folder.path(), &program, &addresses);
    let mut symbolizer = Symbolizer::new();
    assert_eq!(
        named(&mut symbolizer, &stack),
        [[frame("middle", 0, false)]]
    );
    // What is stripped has none, but for what is dynamic.
    let (program, addresses) = built(folder.path(), "cc", C, &["-s"]);
    let stack = recording(folder.path(), &program, &addresses);
    let address = format!("demo+{:#x}", addresses[0]);
    assert_eq!(
        named(&mut Symbolizer::new(), &stack),
        [[frame(&address, 0, false)]]
    );
}

/// Moves the debug information of a program to a file.
fn split(program: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let objcopy = |arguments: &[&Path]| {
        let done = Command::new("objcopy").args(arguments).output().unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    objcopy(&[Path::new("--only-keep-debug"), program, to]);
    let link = format!("--add-gnu-debuglink={}", to.to_str().unwrap());
    objcopy(&[Path::new("--strip-all"), program]);
    objcopy(&[Path::new(&link), program]);
}

#[test]
fn debug_information_in_a_file_of_its_own_is_found_by_build_id_or_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("debug");
    let below_root = root.join(folder.path().strip_prefix("/").unwrap());
    let id = "-Wl,--build-id=0xab01cdef";
    let none = "-Wl,--build-id=none";
    for (option, place) in [
        (id, root.join(".build-id/ab/01cdef.debug")),
        (id, folder.path().join(".debug/demo.debug")),
        (none, folder.path().join("demo.debug")),
        (none, folder.path().join(".debug/demo.debug")),
        (none, below_root.join("demo.debug")),
    ] {
        let (program, addresses) = built(folder.path(), "cc", C, &["-g", option]);
        split(&program, &place);
        let stack = recording(folder.path(), &program, &addresses);
        let names = |stack| {
            let mut symbolizer = Symbolizer {
                root: Some(root.clone()),
                ..Symbolizer::default()
            };
            named(&mut symbolizer, stack)
        };
        let whole = [[frame("inner", 6, true), frame("middle", 10, false)]];
        assert_eq!(names(&stack), whole, "{option} {}", printable::path(&place));
        // That of another build says nothing of this one.
        let (other, _) = built(
            folder.path(),
            "cc",
            &C.replace("inner", "other"),
            &["-g", "-Wl,--build-id=0x77000000"],
        );
        fs::copy(&other, &place).unwrap();
        let (program, addresses) = built(folder.path(), "cc", C, &["-g", option]);
        let scratch = folder.path().join("scratch/demo.debug");
        split(&program, &scratch);
        let stack = recording(folder.path(), &program, &addresses);
        let address = format!("demo+{:#x}", addresses[0]);
        assert_eq!(names(&stack), [[frame(&address, 0, false)]]);
        fs::remove_file(&place).unwrap();
    }
}

#[test]
fn a_file_that_is_gone_or_was_written_since_gives_no_names() {
    let folder = tempfile::tempdir().unwrap();
    let (program, addresses) = built(folder.path(), "cc", C, &["-g"]);
    let mut recording = recording(folder.path(), &program, &addresses);
    let address = format!("demo+{:#x}", addresses[0]);
    let nameless = [[frame(&address, 0, false)]];
    let written = fs::metadata(&program).unwrap().modified().unwrap();
    recording.begun = written.checked_sub(std::time::Duration::from_secs(1));
    assert_eq!(named(&mut Symbolizer::new(), &recording), nameless);
    recording.begun = Some(written);
    let mut symbolizer = Symbolizer::new();
    assert_ne!(named(&mut symbolizer, &recording), nameless);
    fs::remove_file(&program).unwrap();
    assert_ne!(
        named(&mut symbolizer, &recording),
        nameless,
        "it is known already"
    );
    assert_eq!(named(&mut Symbolizer::new(), &recording), nameless);
    fs::write(&program, "no program").unwrap();
    recording.begun = None;
    assert_eq!(named(&mut Symbolizer::new(), &recording), nameless);
}

#[test]
fn an_address_outside_the_files_code_has_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let (program, _) = built(folder.path(), "cc", C, &["-g"]);
    let recording = recording(folder.path(), &program, &[0, 8, u64::MAX]);
    let names = named(&mut Symbolizer::new(), &recording);
    assert!(
        names.iter().all(|stack| stack[0].0.starts_with("demo+0x")),
        "{names:?}"
    );
}

/// The return addresses of the calls that lead here, innermost first.
#[inline(never)]
fn own_stack() -> Vec<u64> {
    let mut addresses = Vec::new();
    backtrace::trace(|frame| {
        addresses.push(frame.ip() as u64);
        true
    });
    addresses
}

#[test]
fn this_program_names_its_own_stack_wherever_it_was_loaded() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let own = std::env::current_exe().unwrap();
    // The first mapping of a program that can be anywhere begins where its addresses do.
    let line = maps
        .lines()
        .find(|line| line.ends_with(own.to_str().unwrap()));
    let start = line.and_then(|line| line.split('-').next()).unwrap();
    let bias = u64::from_str_radix(start, 16).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1-0.record");
    let mut writer = Writer::begin(&path);
    writer.command(&own, &["tests"]);
    let module = writer.module(&own, bias, bias, u64::MAX);
    let mut node = 0;
    for address in own_stack().into_iter().rev() {
        node = writer.node(node, module, address);
    }
    writer.site(node, K::HEAP, 1, 1);
    let recording = read(&path).unwrap();
    let (site, frames) = Symbolizer::new()
        .call_site(&recording, recording.sites[0].stack, Kind::Heap, &NoSources)
        .unwrap();
    let names: Vec<String> = frames.iter().map(ToString::to_string).collect();
    let own = |name: &String| name.ends_with("::own_stack");
    let at = names
        .iter()
        .position(own)
        .unwrap_or_else(|| panic!("{names:#?}"));
    // Between the two there may be what the compiler put into the call.
    let callers = &names[at + 1..];
    // A call that was put into another's has its last name alone.
    let test = "this_program_names_its_own_stack_wherever_it_was_loaded";
    let found = callers.iter().take(3).any(|name| name.ends_with(test));
    assert!(found, "{names:#?}");
    assert_eq!(frames[at].language, Some(Language::Rust));
    // What captures the stack is a crate of the registry.
    let expected = "harness::recording::symbols::tests::own_stack";
    assert_eq!(site.place.function, expected, "{names:#?}");
    assert!(
        site.place
            .file
            .is_some_and(|file| file.ends_with("symbols/tests.rs"))
    );
}
