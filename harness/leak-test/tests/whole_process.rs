//! Counting the whole process. One test, since others would allocate meanwhile.

use leak_test::{Failure, LeakTest};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

#[global_allocator]
static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();

#[inline(never)]
fn lose(bytes: usize) {
    std::mem::forget(black_box(vec![7_u8; bytes]));
}

#[test]
fn all_threads_are_counted_and_others_are_noticed() {
    let test = LeakTest::new().whole_process();

    let report = test
        .run(|| thread::spawn(|| black_box(vec![0; 100]).len()).join())
        .unwrap();
    assert_eq!(report.bytes().slope, 0.0, "{report}");

    let failure = test.run(|| thread::spawn(|| lose(24)).join()).unwrap_err();
    let findings = failure.findings().unwrap();
    assert_eq!(findings.report.bytes().slope, 24.0);
    assert_eq!(findings.sites[0].place.function, "lose", "{failure}");

    // A thread that was there before the test allocates while it runs.
    let stop = AtomicBool::new(false);
    let begun = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Relaxed) {
                drop(black_box(Box::new(1)));
                begun.store(true, Relaxed);
            }
        });
        while !begun.load(Relaxed) {
            thread::yield_now();
        }
        // Each iteration waits for it.
        let result = test.run(|| {
            begun.store(false, Relaxed);
            while !begun.load(Relaxed) {
                thread::yield_now();
            }
        });
        stop.store(true, Relaxed);
        assert!(
            matches!(result, Err(Failure::OthersAllocated { .. })),
            "{result:?}"
        );
    });
}
