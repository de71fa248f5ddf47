//! A test binary that forgot the allocator is told what to add.

use leak_test::{Failure, LeakTest};

#[test]
fn a_missing_allocator_is_no_pass() {
    let failure = LeakTest::new().run(|| ()).unwrap_err();
    assert!(matches!(failure, Failure::NotCounting));
    let text = failure.to_string();
    assert!(text.contains("#[global_allocator]"), "{text}");
    assert!(text.contains("leak_test::Counting::system()"), "{text}");
}
