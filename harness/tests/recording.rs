//! What the preloaded library writes of a real program is read, and its call sites are named as their author would.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::preloaded;
use harness::recording::{Kind, StackKeys, State, Symbolizer, read_folder};
use harness_judge::attribution::sources::NoSources;
use harness_preload::record::{FOLDER_VARIABLE, WISHES_VARIABLE, Wish};

const C: &str = "\
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
static struct addrinfo *ask(void) {
    struct addrinfo hints, *found = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    getaddrinfo(\"127.0.0.1\", \"9\", &hints, &found);
    return found;
}
int main(int argc, char **argv) {
    for (int i = 0; i < atoi(argv[1]); i++)
        ask();
    return 7;
}
";

const CPP: &str = "\
#include <cstdlib>
#include <vector>
static std::vector<std::vector<char>> kept;
__attribute__((noinline)) static void receive() {
    std::vector<char> buffer;
    buffer.resize(1000);
    kept.push_back(std::move(buffer));
}
int main(int argc, char **argv) {
    for (int i = 0; i < std::atoi(argv[1]); i++)
        receive();
    return 7;
}
";

const RUST: &str = "\
use std::sync::mpsc::{Sender, channel};
#[inline(never)]
fn produce(to: &Sender<Vec<u8>>) {
    to.send(vec![1; 1000]).unwrap();
}
fn main() {
    let (to, _from) = channel();
    let n = std::env::args().nth(1).unwrap().parse().unwrap();
    for _ in 0..n {
        produce(&to);
    }
    std::process::exit(7);
}
";

/// Builds a program.
fn built(folder: &Path, file: &str, text: &str, compiler: &[&str]) -> PathBuf {
    let source = folder.join(file);
    fs::write(&source, text).unwrap();
    let program = folder.join("demo");
    let done = Command::new(compiler[0])
        .args(&compiler[1..])
        .arg("-o")
        .args([&program, &source])
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", compiler[0]));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    program
}

/// The call site of the most bytes at the end of each run, the bytes, and whether the two sites have one key.
fn grown(folder: &Path, program: &Path) -> Vec<(String, u32, u64)> {
    let library = preloaded::write_into(folder).unwrap();
    let mut symbolizer = Symbolizer::new();
    let (mut sites, mut keys) = (Vec::new(), Vec::new());
    for count in ["10", "100"] {
        let records = folder.join(count);
        fs::create_dir(&records).unwrap();
        let status = Command::new(program)
            .arg(count)
            .env("LD_PRELOAD", &library)
            .env(FOLDER_VARIABLE, &records)
            .env(WISHES_VARIABLE, Wish::SCAN)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(7));
        let (recordings, complaints) = read_folder(&records);
        assert_eq!(complaints, [] as [String; 0]);
        let [recording] = recordings.as_slice() else {
            panic!("{} records", recordings.len());
        };
        assert_eq!(
            (recording.state, recording.exit_code),
            (State::Leaving, Some(7))
        );
        assert_eq!(recording.executable, program);
        assert_eq!(recording.command[1..], [count]);
        let heap = recording
            .sites
            .iter()
            .filter(|site| site.kind == Kind::Heap);
        let most = heap.max_by_key(|site| site.end.blocks).unwrap();
        keys.push(StackKeys::new(recording).of(most.stack));
        let (found, _) = symbolizer
            .call_site(recording, most.stack, Kind::Heap, &NoSources)
            .unwrap();
        let line = found.place.line.unwrap_or(0);
        sites.push((found.place.function, line, most.end.blocks));
    }
    assert_eq!(
        keys[0], keys[1],
        "one stack, wherever the program was loaded"
    );
    sites
}

fn check(file: &str, text: &str, compiler: &[&str], function: &str, line: u32) {
    if !preloaded::is_supported() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The library tells the path without links.
    let folder = fs::canonicalize(folder.path()).unwrap();
    let program = built(&folder, file, text, compiler);
    let sites = grown(&folder, &program);
    let expected = [10, 100].map(|blocks| (function.to_owned(), line, blocks));
    assert_eq!(sites, expected);
}

#[test]
fn what_the_c_library_takes_is_shown_at_the_call_into_it() {
    check("demo.c", C, &["cc", "-g", "-O1"], "ask", 11);
}

#[test]
fn what_a_vector_takes_is_shown_where_it_is_told_to_grow() {
    check(
        "demo.cpp",
        CPP,
        &["c++", "-g", "-O1", "-std=c++17"],
        "receive",
        6,
    );
}

#[test]
fn what_a_queue_of_rust_holds_at_the_end_is_shown_where_it_was_made() {
    let rustc = ["rustc", "--edition", "2021", "-g", "-C", "opt-level=1"];
    check("demo.rs", RUST, &rustc, "demo::produce", 4);
}
