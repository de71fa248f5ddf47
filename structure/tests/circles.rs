//! Circles that were planted are found and named; what only looks like one is not.

use std::fs;
use std::path::{Path, PathBuf};

/// A crate's sources in a folder of their own, gone when it is dropped.
struct Sources(PathBuf);

impl Sources {
    fn new(name: &str, files: &[(&str, &str)]) -> Sources {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        for (file, text) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Sources(root)
    }

    /// The circles, as people read them.
    fn circles(&self) -> Vec<String> {
        let circles = structure::circles(&self.0).unwrap();
        circles.iter().map(ToString::to_string).collect()
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_circle_of_siblings_is_named_with_the_lines_that_make_it() {
    let sources = Sources::new(
        "siblings",
        &[
            ("lib.rs", "mod vocab;\nmod zone;\nmod doc;\n"),
            (
                "vocab/mod.rs",
                "//! Words.\nuse crate::zone::Zone;\npub struct Vocab(Zone);\n",
            ),
            (
                "zone.rs",
                "pub struct Zone;\nfn f() {\n    crate::vocab::Vocab::new();\n}\n",
            ),
            ("doc.rs", "use crate::vocab::Vocab;\n"),
        ],
    );
    assert_eq!(
        sources.circles(),
        [
            "vocab -> zone (vocab/mod.rs:2: use crate::zone::Zone) -> vocab (zone.rs:3: crate::vocab::Vocab::new())"
        ]
    );
}

#[test]
fn a_circle_of_three_below_the_root_is_found() {
    let sources = Sources::new(
        "below",
        &[
            ("main.rs", "mod a;\nfn main() {}\n"),
            ("a/mod.rs", "mod x;\nmod y;\nmod z;\n"),
            ("a/x.rs", "use super::y::Y;\npub struct X;\n"),
            ("a/y.rs", "use crate::a::z;\npub struct Y;\n"),
            ("a/z.rs", "pub fn f() -> super::x::X { todo!() }\n"),
        ],
    );
    let circles = sources.circles();
    assert_eq!(circles.len(), 1);
    assert!(circles[0].starts_with("a::x -> a::y (a/x.rs:1: use super::y::Y) -> a::z"));
}

#[test]
fn a_diamond_is_no_circle() {
    let sources = Sources::new(
        "diamond",
        &[
            ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
            ("a.rs", "use crate::{b::B, c::C};\n"),
            ("b.rs", "use crate::d::D;\npub struct B;\n"),
            ("c.rs", "use crate::d::D;\npub struct C;\n"),
            ("d.rs", "pub struct D;\n"),
        ],
    );
    assert_eq!(sources.circles(), [""; 0]);
}

#[test]
fn a_re_export_leads_to_the_module_that_defines() {
    let sources = Sources::new(
        "re_exports",
        &[
            ("lib.rs", "mod a;\npub use a::*;\n"),
            ("a/mod.rs", "mod x;\nmod y;\npub use x::X;\npub use y::*;\n"),
            ("a/x.rs", "use super::Y;\npub struct X;\n"),
            ("a/y.rs", "use crate::X;\npub struct Y;\n"),
        ],
    );
    assert_eq!(
        sources.circles(),
        ["a::x -> a::y (a/x.rs:1: use super::Y) -> a::x (a/y.rs:1: use crate::X)"]
    );
}

#[test]
fn a_circle_through_the_own_file_of_a_folder_is_marked() {
    let sources = Sources::new(
        "own_file",
        &[
            ("lib.rs", "mod a;\n"),
            (
                "a/mod.rs",
                "mod x;\npub trait T {}\npub fn all() { x::f() }\n",
            ),
            ("a/x.rs", "use super::T;\npub fn f() {}\n"),
        ],
    );
    let circles = structure::circles(&sources.0).unwrap();
    assert_eq!(circles.len(), 1);
    assert!(circles[0].through_own_file);
    assert!(
        circles[0]
            .to_string()
            .starts_with("a::self -> a::x (a/mod.rs:3:")
    );
}

#[test]
fn comments_strings_tests_and_bare_re_exports_make_no_circle() {
    let test = "#[cfg(test)]\nmod inner {\n    use crate::b::B;\n}\n#[cfg(all(test, loom))]\nuse crate::b::B;\n";
    let a = format!(
        "//! See crate::b::B.\nmod tests;\n{test}const S: &str = \"crate::b::B\";\npub struct A;\n"
    );
    let sources = Sources::new(
        "no_uses",
        &[
            ("lib.rs", "mod a;\nmod b;\npub use b::B;\n"),
            ("a.rs", &a),
            ("b.rs", "use crate::a::A;\npub struct B;\n"),
        ],
    );
    assert_eq!(sources.circles(), [""; 0]);
}

#[test]
fn a_folder_without_a_crate_is_an_error() {
    let sources = Sources::new("nothing", &[("a.rs", "")]);
    assert!(structure::circles(&sources.0).is_err());
}
