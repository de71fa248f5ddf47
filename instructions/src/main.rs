//! Work whose instructions `ci/instructions.sh` counts: `instructions CASE N [PIPELINE]` does that of a case N times.
//!
//! What is done once (starting, loading, warming up) is the same for every N, so the difference between two numbers is the
//! work's alone. Nothing here depends on the clock, on how many processors there are, or on the system's allocator: where
//! that is underneath, in the cases of the harness's allocators, a stack of blocks takes its place.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::hint::black_box;

use harness_tally::counters;
use harness_tally::sites::Attributed;
use nlp_core::{Language, PoolConfig, ZonePool};

/// Texts of a few words each, in German like the pipeline: some come again, some have words that are new.
const TEXTS: [&str; 8] = [
    "Der Hund sieht die Katze .",
    "Die kleine Katze schläft heute im Garten , und niemand stört sie .",
    "Anna fährt nach Berlin .",
    "\"Wann kommt ihr?\", fragte z.B. Peter um 10:30 Uhr.",
    "Der Hund sieht die Katze .",
    "Das kostet 1.200,50 Euro (ohne MwSt.) bei www.beispiel.de!",
    "Wir haben's gestern Dr. Müller gesagt ...",
    "Morgen regnet es , sagt Anna .",
];

/// Hands out the same few blocks again and again, the last one put back first.
struct Stack(UnsafeCell<[Option<*mut u8>; 4]>);

// SAFETY: this program has one thread.
unsafe impl Sync for Stack {}

// SAFETY: a block is in use or lies here, never both, and all have the one layout that is asked for.
unsafe impl GlobalAlloc for Stack {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: nobody else looks at the cell while this runs.
        let free = unsafe { &mut *self.0.get() };
        let block = free.iter_mut().find_map(Option::take);
        // SAFETY: the caller's layout has a size.
        block.unwrap_or_else(|| unsafe { std::alloc::System.alloc(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: as in alloc.
        let free = unsafe { &mut *self.0.get() };
        if let Some(place) = free.iter_mut().find(|place| place.is_none()) {
            *place = Some(block);
        }
    }
}

static SITES: Attributed<Stack> = Attributed(Stack(UnsafeCell::new([None; 4])));

/// Allocates and frees a block of 64 bytes.
#[inline(never)]
fn turn_over(allocator: &impl GlobalAlloc) {
    let layout = Layout::new::<[u64; 8]>();
    // SAFETY: the layout has a size, and the block is freed with it.
    unsafe {
        let block = black_box(allocator.alloc(layout));
        allocator.dealloc(block, layout);
    }
}

/// What a block costs to count, without what makes it.
#[inline(never)]
fn count() {
    counters::allocated(black_box(64));
    counters::freed(black_box(64));
}

/// Closes zones: the one function of that case in which instructions are counted.
#[inline(never)]
fn close_zones<Z>(zones: Vec<Z>) {
    drop(black_box(zones));
}

fn main() {
    let mut args = std::env::args().skip(1);
    let case = args.next().expect("a case");
    let n: usize = args.next().and_then(|n| n.parse().ok()).expect("a number");
    let load = |path: Option<String>| Language::load(path.expect("a pipeline")).expect("it loads");
    match case.as_str() {
        "counting" => (0..n).for_each(|_| count()),
        "sites" => (0..n).for_each(|_| turn_over(&SITES)),
        // Under the preloaded library, and without it.
        "blocks" => (0..n).for_each(|i| drop(black_box(vec![0_u8; 64 + i % 2]))),
        "tokenize" => {
            let nlp = load(args.next());
            let zone = nlp.zone();
            for i in 0..n + TEXTS.len() {
                // A word that was not there before in every text, so that the cache cannot know it.
                let text = format!("{} Wort{i}", TEXTS[i % TEXTS.len()]);
                black_box(zone.tokenize(&text).expect("it is short"));
            }
        }
        "parse" => {
            let nlp = load(args.next());
            let zone = nlp.zone();
            for _ in 0..n + 1 {
                black_box(zone.parse_batch(&TEXTS));
            }
        }
        "zones" => {
            let nlp = load(args.next());
            let pool = ZonePool::new(
                &nlp,
                PoolConfig {
                    max_idle: usize::MAX,
                    ..PoolConfig::default()
                },
            );
            let zones: Vec<_> = (0..n + 1).map(|_| pool.zone()).collect();
            for zone in &zones {
                for text in TEXTS {
                    black_box(zone.tokenize(text).expect("it is short"));
                }
            }
            close_zones(zones);
        }
        other => panic!("{other} is no case"),
    }
    // What was loaded is not taken apart again.
    std::process::exit(0);
}
