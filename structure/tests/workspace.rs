//! No crate of this workspace has modules that use each other in a circle.

use std::path::Path;

use structure::Circle;

/// Says which circles the crate in `folder` has, if any, a line each.
fn check(folder: &str, counts: fn(&Circle) -> bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut circles = structure::circles(&root.join(folder).join("src")).unwrap();
    circles.retain(counts);
    let lines: Vec<String> = circles.iter().map(ToString::to_string).collect();
    assert!(
        lines.is_empty(),
        "modules of {folder} use each other in a circle:\n{}",
        lines.join("\n")
    );
}

#[test]
fn modules_of_nlp_core_use_each_other_in_no_circle() {
    check("nlp-core", |_| true);
}

#[test]
fn modules_of_nlp_io_and_nlp_cli_use_each_other_in_no_circle() {
    check("nlp-io", |_| true);
    check("nlp-cli", |_| true);
}

#[test]
fn modules_of_printable_use_each_other_in_no_circle() {
    check("printable", |_| true);
}

#[test]
fn modules_of_structure_use_each_other_in_no_circle() {
    check("structure", |_| true);
}

#[test]
fn modules_of_the_model_the_judge_and_the_tally_use_each_other_in_no_circle() {
    for folder in [
        "harness/model",
        "harness/judge",
        "harness/tally",
        "harness/leak-test",
        "harness/marks",
    ] {
        check(folder, |_| true);
    }
}

#[test]
fn modules_of_the_harness_use_their_siblings_in_no_circle() {
    check("harness", |circle| !circle.through_own_file);
}
