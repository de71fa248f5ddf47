//! Work that keeps nothing again and again passes.

use leak_test::{Shape, leak_test};
use std::collections::{HashMap, VecDeque};
use std::hint::black_box;
use std::sync::OnceLock;

#[global_allocator]
static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();

#[test]
fn work_that_frees_what_it_allocates_is_flat() {
    let report = leak_test(|| black_box(vec![String::from("some"), "text".repeat(20)]));
    assert_eq!(report.shape(), Shape::Flat);
    assert_eq!((report.iterations(), report.warmup()), (100, 20));
    assert_eq!(report.bytes().minimum_detectable_effect, Some(1.0 / 25.0));
    assert!(
        report
            .to_string()
            .starts_with("no growth in 100 iterations after a warm-up of 20."),
        "{report}"
    );
}

#[test]
fn a_cache_that_fills_up_and_stops_passes() {
    let (mut cache, mut request) = (HashMap::new(), 0_u64);
    leak_test(|| {
        request += 1;
        cache
            .entry(request * request % 17)
            .or_insert_with(|| vec![0; 100]);
    });
    assert!(cache.len() < 17);
}

#[test]
fn a_cache_that_fills_after_the_warm_up_passes() {
    let (mut cache, mut request) = (HashMap::new(), 0_u64);
    let report = leak_test(|| {
        request += 1;
        cache.entry(request.min(50)).or_insert_with(|| vec![0; 100]);
    });
    assert!(report.bytes().last > report.bytes().first);
    assert!(report.to_string().starts_with("no growth in "), "{report}");
}

#[test]
fn what_is_made_once_passes_and_is_told() {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    let mut iteration = 0;
    let report = leak_test(|| {
        iteration += 1;
        if iteration > 57 {
            TABLE.get_or_init(|| vec![0; 1_000]);
        }
    });
    assert_eq!(report.shape(), Shape::OneOff);
    let text = report.to_string();
    assert!(
        text.contains(": 1,000 B kept once, at iteration 38."),
        "{text}"
    );
}

#[test]
fn a_buffer_that_is_emptied_now_and_then_passes() {
    let mut pending = Vec::new();
    let report = leak_test(|| {
        pending.push(black_box(vec![0_u8; 64]));
        if pending.len() == 9 {
            pending = Vec::new();
        }
    });
    assert_eq!(report.shape(), Shape::Sawtooth);
}

#[test]
fn entries_that_replace_older_ones_pass() {
    let mut recent: VecDeque<_> = (0..1_000).map(|_| black_box(vec![0_u8; 50])).collect();
    let report = leak_test(|| {
        recent.pop_front();
        recent.push_back(vec![0; 50]);
    });
    assert_eq!(report.shape(), Shape::Flat);
}

#[test]
fn work_that_gives_back_what_it_had_passes() {
    let mut had: Vec<_> = (0..200).map(|_| black_box(vec![0_u8; 50])).collect();
    let report = leak_test(|| drop(had.pop()));
    assert_eq!(report.shape(), Shape::Flat);
    assert!(
        report.to_string().contains(": 5,000 B were freed."),
        "{report}"
    );
}

#[test]
fn a_cache_that_grows_all_through_the_first_iterations_and_then_stops_passes() {
    let (mut cache, mut request) = (HashMap::new(), 0_u64);
    let report = leak_test(|| {
        request += 1;
        cache.entry(request % 150).or_insert_with(|| vec![0; 100]);
    });
    assert_eq!(cache.len(), 150);
    assert_eq!(report.iterations(), 400);
}

#[test]
fn an_allocator_of_the_programs_own_can_be_counted_too() {
    static WRAPPED: leak_test::Counting<std::alloc::System> =
        leak_test::Counting::over(std::alloc::System);
    let layout = std::alloc::Layout::new::<[u64; 4]>();
    let report = leak_test(|| {
        use std::alloc::GlobalAlloc;
        // SAFETY: the layout has a size, and the block goes back to the allocator that made it.
        unsafe { WRAPPED.dealloc(WRAPPED.alloc(layout), layout) }
    });
    assert_eq!(report.shape(), Shape::Flat);
}
