//! Tests on threads of one process have verdicts of their own.

use leak_test::{Failure, LeakTest, Note};
use std::hint::black_box;
use std::sync::{Barrier, mpsc};
use std::thread;

#[global_allocator]
static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();

#[inline(never)]
fn lose(bytes: usize) {
    std::mem::forget(black_box(vec![7_u8; bytes]));
}

#[test]
fn tests_that_run_at_once_have_their_own_verdicts() {
    let together = Barrier::new(6);
    thread::scope(|scope| {
        let test = |bytes: usize| {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                let result = LeakTest::new().iterations(1_000).run(|| {
                    drop(black_box(vec![0_u8; 500]));
                    if bytes > 0 {
                        lose(bytes);
                    }
                });
                match result {
                    Ok(report) => report.bytes().slope,
                    Err(Failure::Growing(findings)) => {
                        assert_eq!(findings.sites.len(), 1);
                        findings.report.bytes().slope
                    }
                    Err(other) => panic!("{other}"),
                }
            })
        };
        let tests = [0, 1, 0, 24, 100, 0].map(|bytes| (bytes, test(bytes)));
        for (bytes, test) in tests {
            assert_eq!(test.join().unwrap(), bytes as f64);
        }
    });
}

#[test]
fn work_that_starts_threads_passes_and_says_what_it_did_not_see() {
    let report = LeakTest::new()
        .run(|| {
            thread::spawn(|| black_box(vec![0; 100]).len())
                .join()
                .unwrap()
        })
        .unwrap();
    assert!(
        matches!(report.notes(), [Note::HandedOver { .. }]),
        "{report}"
    );
    assert!(report.to_string().contains(".whole_process()"), "{report}");
}

#[test]
fn what_another_thread_frees_is_no_leak_and_what_stays_beside_it_is() {
    let (give, take) = mpsc::channel::<Vec<u8>>();
    let (done, freed) = mpsc::channel();
    let other = thread::spawn(move || {
        for block in take {
            drop(block);
            done.send(()).unwrap();
        }
    });
    let hand_over = || {
        give.send(vec![0; 100]).unwrap();
        freed.recv().unwrap();
    };
    let report = LeakTest::new().run(hand_over).unwrap();
    assert!(
        matches!(report.notes(), [Note::HandedOver { .. }]),
        "{report}"
    );
    let failure = LeakTest::new().run(|| {
        hand_over();
        lose(3);
    });
    let failure = failure.unwrap_err();
    let findings = failure.findings().unwrap();
    assert_eq!(findings.report.bytes().slope, 3.0);
    assert_eq!(findings.sites[0].place.function, "lose");
    assert_eq!(findings.sites[0].bytes_per_iteration, 3.0);
    drop(give);
    other.join().unwrap();
}

#[test]
fn what_this_thread_frees_for_others_does_not_hide_that_it_may_hide_something() {
    let (give, take) = mpsc::channel::<Vec<u8>>();
    let other = thread::spawn(move || {
        for _ in 0..120 {
            give.send(vec![0; 100]).unwrap();
        }
    });
    let report = LeakTest::new().run(|| {
        drop(take.recv().unwrap());
        lose(3);
    });
    let report = report.unwrap();
    assert!(
        report.to_string().contains("a leak may hide behind it"),
        "{report}"
    );
    other.join().unwrap();
}
