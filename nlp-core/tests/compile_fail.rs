//! What must not compile: every way for a document to outlive the memory it reads.

use std::process::Command;

/// The compiler whose messages the `.stderr` files hold. Others say the same in other words.
const GOLDEN_COMPILER: &str = "rustc 1.95.";

#[test]
fn a_document_cannot_outlive_its_zone() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(GOLDEN_COMPILER) {
        // The doc tests marked `compile_fail` claim the same for every compiler, without looking at its words.
        eprintln!(
            "SKIPPED: the expected messages are those of {GOLDEN_COMPILER}x, and this is {version}"
        );
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
