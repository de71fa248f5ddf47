//! Readers of files take no more memory than a small multiple of what they are given, whatever it claims.

use nlp_core::format::config::Config;
use nlp_core::format::key_rows::KeyRows;
use nlp_core::format::lookups::Lookups;
use nlp_core::format::npy::Table;
use nlp_core::format::thinc_model::ThincModel;
use nlp_core::format::{self, array::Array, msgpack, strings, vectors};
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts the bytes that this thread holds, and the most it ever held.
struct Counting;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

fn count(more: usize, less: usize) {
    // The counters are gone while a thread ends.
    let _ = NOW.try_with(|now| {
        now.set(now.get().saturating_add(more).saturating_sub(less));
        let _ = MOST.try_with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: everything is left to the system's allocator, which keeps the contract; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new may exist at the same time.
        count(size, 0);
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that `f` held beyond what was held before it.
fn most(f: impl FnOnce()) -> usize {
    let before = NOW.get();
    MOST.set(before);
    f();
    MOST.get() - before
}

/// What a reader reads, and the reader.
type Reader = (&'static str, fn(&[u8]));

/// Gives the bytes to every reader and checks what each took.
fn check(bytes: &[u8]) {
    let readers: [Reader; 9] = [
        ("msgpack", |b| {
            if let Ok(value) = msgpack::read(b)
                && let Ok(array) = Array::decode(&value)
            {
                let _ = (array.to_f32(), array.to_i64());
            }
        }),
        ("model", |b| {
            if let Ok(model) = ThincModel::read(b) {
                for node in model.nodes() {
                    let _ = (node.attr("columns"), node.param("W"), node.param("E"));
                }
            }
        }),
        ("lookups", |b| drop(Lookups::read(b))),
        ("key2row", |b| drop(KeyRows::read(b, 10))),
        ("vectors", |b| drop(Table::read(b.to_vec().into()))),
        ("vectors.cfg", |b| drop(vectors::Settings::read(b))),
        ("strings", |b| drop(strings::read(b, |_| {}))),
        ("json", |b| drop(format::json(b))),
        ("config", |b| {
            if let Ok(text) = std::str::from_utf8(b) {
                let _ = Config::parse(text);
            }
        }),
    ];
    for (name, read) in readers {
        let taken = most(|| read(bytes));
        let bound = 100 * bytes.len() + 200_000;
        assert!(
            taken <= bound,
            "{name} took {taken} bytes for {}",
            bytes.len()
        );
    }
}

#[test]
fn claims_of_four_gigabytes_take_nothing() {
    for marker in [0xc6, 0xc9, 0xdb, 0xdd, 0xdf] {
        check(&[marker, 0xff, 0xff, 0xff, 0xff, 0x80, 0x80, 0x80, 0x80, 0x80]);
    }
    check(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'shape': (999999999, 999999999)}");
    let header = b"\x93NUMPY\x01\x00\x45\x00{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999), }  \n";
    check(header);
}

#[test]
fn containers_in_containers_take_no_more_than_their_bytes_allow() {
    // Lists that each claim all the bytes that are left.
    let mut bytes = Vec::new();
    for i in 0..60_u16 {
        bytes.extend([0xdc]);
        bytes.extend((60_000 - 3 * i).to_be_bytes());
    }
    bytes.resize(60_000, 0xc0);
    check(&bytes);
    bytes[..].fill(0x91);
    check(&bytes);
    bytes[..].fill(0x90);
    bytes[0] = 0xdc;
    check(&bytes);
}

#[test]
fn references_in_a_configuration_take_no_more_than_their_bound() {
    let mut text = String::from("[a]\nx0 = \"0123456789\"\n");
    let mut sections = String::from("[a]\nx = 1\n[b0]\ny = ${a}\n");
    for i in 1..12 {
        let prior = format!("${{x{}}}", i - 1).repeat(12);
        text.push_str(&format!("x{i} = \"{prior}\"\n"));
        let prior = vec![format!("${{b{}}}", i - 1); 12].join(", ");
        sections.push_str(&format!("[b{i}]\ny = [{prior}]\n"));
    }
    check(text.as_bytes());
    check(sections.as_bytes());
    check(format!("[a]\nx = {}", "[".repeat(50_000)).as_bytes());
    check("[*.*]\n".repeat(5_000).as_bytes());
}

/// A file of the English pipeline.
fn english(path: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/models/en_ewt_sm/{path}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_take_little(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check(&bytes);
    }

    #[test]
    fn files_with_some_bytes_changed_take_little(
        which in 0..4_usize,
        end in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut bytes = english(["tagger/model", "config.cfg", "meta.json", "tokenizer"][which]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes);
        bytes.truncate(end.index(bytes.len()));
        check(&bytes);
    }
}
