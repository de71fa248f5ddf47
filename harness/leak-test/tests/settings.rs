//! What a test can be told, and what it refuses.

use leak_test::{Failure, LeakTest, Note, leak_test};
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[global_allocator]
static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();

#[inline(never)]
fn lose(bytes: usize) {
    std::mem::forget(black_box(vec![7_u8; bytes]));
}

#[inline(never)]
fn remember(cache: &mut Vec<Box<[u8]>>) {
    cache.push(vec![0; 50].into());
}

#[test]
fn growth_within_what_is_tolerated_passes_and_is_told() {
    let tolerant = LeakTest::new().tolerate_bytes(24.0);
    let report = tolerant.run(|| lose(24)).unwrap();
    assert_eq!(
        report.notes(),
        [Note::Tolerated {
            per_iteration: 24.0
        }]
    );
    assert!(matches!(
        tolerant.run(|| lose(25)),
        Err(Failure::Growing(_))
    ));
}

#[test]
fn growth_where_it_is_expected_passes_and_is_told() {
    let mut cache = Vec::with_capacity(1_000);
    let test = LeakTest::new().expect_growth_in("settings::remember");
    let report = test.run(|| remember(&mut cache)).unwrap();
    assert_eq!(
        report.notes(),
        [Note::Expected {
            per_iteration: 50.0
        }]
    );
    assert_eq!(report.bytes().slope, 0.0);
}

#[test]
fn growth_beside_what_is_expected_fails_be_it_seldom() {
    let (mut cache, mut iteration) = (Vec::with_capacity(1_000), 0);
    let result = LeakTest::new().expect_growth_in("remember").run(|| {
        remember(&mut cache);
        iteration += 1;
        if iteration % 9 == 0 {
            lose(1);
        }
    });
    let failure = result.unwrap_err();
    let findings = failure.findings().unwrap();
    assert_eq!(findings.sites.len(), 1, "{failure}");
    assert_eq!(findings.sites[0].place.function, "lose");
}

#[test]
fn what_is_tolerated_is_what_grows_beside_what_is_expected() {
    let mut cache = Vec::with_capacity(2_000);
    let test = LeakTest::new().expect_growth_in("remember");
    let mut work = || {
        remember(&mut cache);
        lose(2);
    };
    let report = test.clone().tolerate_bytes(2.0).run(&mut work).unwrap();
    assert_eq!(report.notes().len(), 2, "{report}");
    assert!(test.tolerate_bytes(1.0).run(&mut work).is_err());
}

#[test]
fn blocks_that_grow_in_number_alone_are_growth() {
    // As many bytes, in more and more blocks.
    let mut held: Vec<Box<[u8]>> = Vec::with_capacity(2_000);
    held.push(vec![0; 10_000].into());
    let result = LeakTest::new().run(|| {
        let bytes = held[0].len();
        held[0] = vec![0; bytes - 5].into();
        held.push(vec![0; 5].into());
    });
    assert!(matches!(result, Err(Failure::Growing(_))), "{result:?}");
}

#[test]
fn inputs_that_come_round_are_compared_with_themselves() {
    let sizes = [10, 2_000, 30, 400];
    let (mut held, mut at) = (Vec::new(), 0);
    let mut work = || {
        held = vec![0_u8; sizes[at % 4]];
        at += 1;
    };
    let report = LeakTest::new().cycle(4).run(&mut work).unwrap();
    assert_eq!(report.bytes().minimum_detectable_effect, Some(1.0 / 24.0));
    let failure = LeakTest::new().cycle(4).run(|| {
        work();
        lose(1);
    });
    assert!(matches!(failure, Err(Failure::Growing(_))));
}

#[test]
fn a_long_cycle_brings_its_own_number_of_iterations() {
    let report = LeakTest::new().cycle(30).run(|| ()).unwrap();
    assert_eq!((report.warmup(), report.iterations()), (30, 300));
}

#[test]
fn too_few_iterations_are_no_pass() {
    for short in [
        LeakTest::new().iterations(3),
        LeakTest::new().cycle(30).iterations(100),
    ] {
        let failure = short.run(|| ()).unwrap_err();
        assert!(matches!(failure, Failure::Inconclusive(_)));
        assert!(
            failure.to_string().contains("too short to tell"),
            "{failure}"
        );
    }
}

#[test]
fn what_comes_again_without_a_rule_is_inconclusive() {
    let mut iteration = 0;
    let failure = LeakTest::new().run(|| {
        iteration += 1;
        if [50, 60, 117, 200, 203, 260, 410, 470, 480, 800].contains(&iteration) {
            lose(iteration);
        }
    });
    let failure = failure.unwrap_err();
    assert!(matches!(failure, Failure::Inconclusive(_)), "{failure}");
    assert!(failure.to_string().contains("Run longer"), "{failure}");
}

#[test]
fn a_panic_in_the_work_is_passed_on_and_the_next_test_runs() {
    let panic = catch_unwind(|| leak_test(|| panic!("of the work's own"))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"of the work's own"));
    // And while stacks are captured.
    let mut iteration = 0;
    let panic = catch_unwind(AssertUnwindSafe(|| {
        leak_test(|| {
            lose(8);
            iteration += 1;
            assert!(iteration < 123, "later");
        })
    }));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"later"));
    leak_test(|| black_box(vec![0; 10]));
    assert!(LeakTest::new().run(|| lose(8)).is_err());
}

#[test]
fn a_test_within_a_test_is_refused() {
    let mut inner = None;
    leak_test(|| inner = LeakTest::new().run(|| ()).err());
    assert!(matches!(inner, Some(Failure::Nested)));
}
