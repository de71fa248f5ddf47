//! Work that keeps memory fails, with the function and the line that keep it.

use leak_test::{Failure, Findings, LeakTest, Shape, leak_test};
use std::collections::HashMap;
use std::hint::black_box;
use std::panic::catch_unwind;

#[global_allocator]
static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();

fn growth<R>(test: &LeakTest, work: impl FnMut() -> R) -> Findings {
    match test.run(work) {
        Err(Failure::Growing(findings)) => *findings,
        Err(other) => panic!("not growing: {other}"),
        Ok(report) => panic!("it passed: {report}"),
    }
}

const LOSES: u32 = line!() + 3;
#[inline(never)]
fn lose(bytes: usize) {
    std::mem::forget(black_box(vec![7_u8; bytes]));
}

#[test]
fn a_leak_is_found_with_its_function_and_line() {
    let findings = growth(&LeakTest::new(), || {
        drop(black_box(String::from("comes and goes")));
        lose(24);
    });
    assert_eq!(findings.report.bytes().slope, 24.0);
    assert_eq!(findings.report.blocks().slope, 1.0);
    let [site] = findings.sites.as_slice() else {
        panic!("one site, not {:?}", findings.sites);
    };
    assert_eq!(site.place.function, "lose");
    assert_eq!(site.place.line, Some(LOSES));
    assert!(
        site.place
            .file
            .as_deref()
            .unwrap()
            .ends_with("tests/growth.rs")
    );
    assert_eq!(
        (site.bytes_per_iteration, site.blocks_per_iteration),
        (24.0, 1.0)
    );
}

#[test]
fn the_panic_tells_all_a_person_needs() {
    let panic = catch_unwind(|| leak_test(|| lose(24))).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(!text.contains("leak-test/src"), "{text}");
    for part in [
        "memory grows: 24 B an iteration, in 1 block",
        "kept: 4,992 B in 208 blocks over 208 iterations (the last 8 to find where)",
        "at the same rate all along",
        &format!("lose at leak-test/tests/growth.rs:{LOSES}"),
        "called by a closure",
        "after a warm-up of 20",
        "Not seen: other threads",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn one_byte_an_iteration_is_found() {
    let findings = growth(&LeakTest::new(), || lose(1));
    assert_eq!(findings.report.bytes().slope, 1.0);
    assert_eq!(findings.sites[0].place.line, Some(LOSES));
}

#[test]
fn a_leak_in_every_seventh_iteration_is_found() {
    let mut iteration = 0;
    let findings = growth(&LeakTest::new(), || {
        iteration += 1;
        if iteration % 7 == 0 {
            lose(10);
        }
    });
    assert_eq!(findings.sites[0].place.function, "lose");
    assert!((findings.report.bytes().slope - 10.0 / 7.0).abs() < 0.1);
}

/// Entries that are never evicted.
struct Cache(HashMap<u64, Box<[u8]>>);

impl Cache {
    #[inline(never)]
    fn remember(&mut self, key: u64) {
        self.0.insert(key, vec![0; 100].into());
    }
}

#[test]
fn a_cache_without_bounds_is_found_where_it_is_filled() {
    let mut cache = Cache(HashMap::new());
    let mut key = 0;
    let findings = growth(&LeakTest::new(), || {
        key += 1;
        cache.remember(key);
    });
    let function = &findings.sites[0].place.function;
    assert!(function.ends_with("remember"), "{function}");
}

#[test]
fn a_vector_that_is_made_larger_and_larger_is_found_where_it_is_pushed_to() {
    // It doubles after 1,024 times, and whether it will again is known from then on for a while.
    let mut kept = Vec::new();
    let findings = growth(&LeakTest::new().iterations(1_100), || push(&mut kept));
    assert_eq!(findings.sites[0].place.function, "push");
}

#[inline(never)]
fn push(kept: &mut Vec<[u8; 24]>) {
    kept.push([1; 24]);
}

#[test]
fn a_buffer_that_is_extended_by_as_much_each_time_is_found() {
    let mut buffer: Vec<u8> = vec![0; 4_096];
    let findings = growth(&LeakTest::new(), || {
        buffer.reserve_exact(8);
        buffer.resize(buffer.len() + 8, 0);
    });
    assert_eq!(findings.report.bytes().slope, 8.0);
    assert_eq!(findings.report.blocks().slope, 0.0);
    assert_eq!(findings.sites.len(), 1);
}

#[test]
fn what_turns_over_beside_a_leak_is_not_blamed() {
    let mut recent: Vec<Vec<u8>> = (0..30).map(|_| vec![0; 50]).collect();
    let mut next = 0;
    let findings = growth(&LeakTest::new(), || {
        next = (next + 1) % recent.len();
        recent[next] = black_box(vec![0; 50]);
        lose(3);
    });
    assert_eq!(findings.report.bytes().slope, 3.0);
    assert_eq!(findings.sites.len(), 1, "{:?}", findings.sites);
    assert_eq!(findings.sites[0].place.function, "lose");
}

#[test]
fn a_leak_that_came_too_seldom_is_found_in_the_iterations_that_search_for_it() {
    let mut iteration = 0;
    let findings = growth(&LeakTest::new(), || {
        iteration += 1;
        if iteration % 40 == 0 {
            lose(10);
        }
    });
    assert_eq!(findings.report.shape(), Shape::Growing);
    assert_eq!(findings.sites[0].place.function, "lose");
}

#[test]
fn all_that_a_leak_grows_by_is_looked_for() {
    let mut kept = Vec::new();
    let findings = growth(&LeakTest::new(), || kept.push(vec![0_u8; 8]));
    // The buffers, and the vector that holds them.
    let found: f64 = findings
        .sites
        .iter()
        .map(|site| site.bytes_per_iteration)
        .sum();
    assert!(found > 20.0, "{:?}", findings.sites);
}

#[test]
fn a_block_that_cannot_be_made_larger_is_still_known() {
    let findings = growth(&LeakTest::new(), || {
        let mut block = black_box(vec![0_u8; 10]);
        assert!(block.try_reserve_exact(1 << 50).is_err());
        std::mem::forget(block);
    });
    assert_eq!(findings.sites[0].bytes_per_iteration, 10.0);
}

#[test]
fn blocks_that_are_made_larger_and_smaller_count_with_what_they_gain() {
    let mut blocks = vec![vec![0_u8; 1_000]; 300].into_iter();
    let findings = growth(&LeakTest::new(), || {
        let mut block = blocks.next().unwrap_or_else(|| vec![0; 1_000]);
        block.truncate(100);
        block.shrink_to(500);
        block.reserve_exact(907);
        std::mem::forget(block);
        black_box(vec![0_u8; 64]).shrink_to(32);
    });
    assert_eq!(findings.sites[0].bytes_per_iteration, 7.0);
}

#[test]
#[allow(clippy::disallowed_macros, reason = "printing is what is tested")]
fn printing_is_growth_and_is_told_to_be_the_test_runners() {
    let result = LeakTest::new().run(|| println!("This is kept if the test runner captures it."));
    if let Err(failure) = result {
        assert!(failure.to_string().contains("--nocapture"), "{failure}");
    }
}
