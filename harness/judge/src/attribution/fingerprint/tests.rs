//! What a fingerprint outlives, and what it tells apart.

use super::*;
use harness_model::Place;
use harness_model::testing::site;
use proptest::prelude::*;

fn place(function: &str, file: &str, line: u32) -> Place {
    Place {
        function: function.to_owned(),
        file: Some(file.to_owned()),
        line: Some(line),
    }
}

fn with_frames(frames: Vec<(String, String, u32)>) -> GrowingSite {
    let (function, file, line) = frames[0].clone();
    let mut site = site(&function, 1.0);
    site.place = place(&function, &file, line);
    site.frames = frames
        .into_iter()
        .map(|(function, file, line)| Frame::from(place(&function, &file, line)))
        .collect();
    site
}

#[test]
fn a_name_is_left_without_path_arguments_hash_and_closure() {
    for same in [
        "remember",
        "demo::Pool::remember",
        "<demo::Pool<alloc::string::String>>::remember",
        "<demo::Pool<T> as demo::Keep<fn(u8) -> T>>::remember",
        "demo::Pool<T>::remember::<u8, [u8; 3]>",
        "demo::Pool::remember::{{closure}}",
        "demo::Pool::remember::{closure#3}::{closure#0}",
        "demo::Pool::remember::h0123456789abcdef",
        "a closure in remember",
        "remember<&str, {closure_env#0}>",
    ] {
        assert_eq!(name(same), "remember", "{same}");
    }
    assert_eq!(name("{closure#1}"), "{closure}");
    assert_ne!(name("demo::forget"), name("demo::remember"));
}

#[test]
fn arrows_close_nothing_and_signs_of_operators_open_nothing() {
    assert_eq!(name("demo::apply<fn(u8) -> u8>::run"), "run");
    assert_eq!(name("demo::run<fn(u8) -> u8>"), "run");
    assert_eq!(name("demo::run::{shim:vtable#0}"), "run");
    assert_eq!(name("demo::operator<"), "operator less");
    assert_eq!(name("<demo::Pool<T>>"), "Pool");
    assert_eq!(name(">demo"), "demo");
    // 16 digits after an h make a hash, and no fewer.
    assert_eq!(name("demo::h0123456789abcde"), "h0123456789abcde");
    assert_eq!(name("demo::h0123456789abcdeg"), "h0123456789abcdeg");
    assert_eq!(name("demo::x0123456789abcdef"), "x0123456789abcdef");
}

#[test]
fn what_looks_like_a_version_and_is_none_stays() {
    let of = |part: &str| file(Some(&format!("{part}/src/raw.rs")));
    assert_eq!(
        of("hashbrown-0.17.1-rc1"),
        "hashbrown-0.17.1-rc1/src/raw.rs"
    );
    for (part, kept) in [
        ("hashbrown-0.17.1", "hashbrown"),
        ("demo-0.1.0alpha", "demo"),
        ("nlp-core", "nlp-core"),
        ("demo-2", "demo-2"),
        ("demo-1..2", "demo-1..2"),
        ("demo-v1.2", "demo-v1.2"),
        ("demo-1.2+3", "demo-1.2+3"),
    ] {
        assert_eq!(of(part), format!("{kept}/src/raw.rs"));
    }
}

#[test]
fn a_name_in_a_baseline_of_today_is_the_name_of_tomorrow() {
    assert_eq!(digest(["take", "demo/src/pool.rs"]), "65e1070c08a46fe8");
    assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
}

#[test]
fn three_callers_tell_sites_apart_and_a_fourth_does_not() {
    let stack = |outermost: &[&str]| {
        let names = ["take"].iter().chain(outermost);
        let frames = names.map(|name| ((*name).to_owned(), "demo/src/pool.rs".to_owned(), 1));
        fingerprint(&with_frames(frames.collect()))
    };
    assert_ne!(stack(&["a", "b", "c"]), stack(&["a", "b", "x"]));
    assert_eq!(stack(&["a", "b", "c", "d"]), stack(&["a", "b", "c", "x"]));
    assert_ne!(stack(&["a", "b"]), stack(&["a", "b", "c"]));
}

/// A stack, innermost first, of which a function with its line is said to answer for the site.
fn depth(frames: &[(&str, &str, u32)], function: &str, file: &str, line: u32) -> usize {
    let owned = |(function, file, line): &(&str, &str, u32)| {
        ((*function).to_owned(), (*file).to_owned(), *line)
    };
    let mut site = with_frames(frames.iter().map(owned).collect());
    site.place = place(function, file, line);
    answerable_depth(&site)
}

#[test]
fn the_call_that_answers_has_its_line_and_name_or_its_name_or_its_line() {
    let pool = "demo/src/pool.rs";
    let frames = [
        ("alloc", "alloc/src/alloc.rs", 5),
        ("take", pool, 3),
        ("take", pool, 7),
        ("serve", "demo/src/main.rs", 9),
    ];
    assert_eq!(depth(&frames, "take", pool, 7), 2);
    assert_eq!(depth(&frames, "take", pool, 8), 1);
    assert_eq!(depth(&frames, "serve", pool, 8), 3);
    // The line in its own file alone: 9 of pool.rs is another place.
    assert_eq!(depth(&frames, "inlined", pool, 7), 2);
    assert_eq!(depth(&frames, "inlined", pool, 9), 0);
    assert_eq!(depth(&frames, "inlined", "demo/src/main.rs", 9), 3);
}

#[test]
fn the_call_that_answers_is_not_its_own_caller_whatever_it_is_called() {
    let serve = ("serve".to_owned(), "demo/src/main.rs".to_owned(), 9);
    let innermost = |name: &str| (name.to_owned(), "demo/src/pool.rs".to_owned(), 7);
    let named = with_frames(vec![innermost("take"), serve.clone()]);
    let mut inlined = with_frames(vec![innermost("outer"), serve]);
    inlined.place.function = "take".to_owned();
    assert_eq!(fingerprint(&inlined), fingerprint(&named));
}

#[test]
fn the_standard_library_is_plumbing_by_its_file_or_by_its_name() {
    let is = |function: &str, file: &str| is_plumbing(&Frame::from(place(function, file, 1)));
    assert!(is("push", "alloc/src/vec/mod.rs") && is("insert", "hashbrown-0.17.1/src/map.rs"));
    assert!(is("<alloc::vec::Vec<u8>>::push", "mod.rs") && is("core::ptr::read", ""));
    assert!(!is("push", "demo/src/vec.rs") && !is("demo::core::push", "demo/core/vec.rs"));
}

#[test]
fn a_file_is_left_without_version_and_machine() {
    assert_eq!(
        file(Some(
            "/home/me/.cargo/registry/src/index-1949/hashbrown-0.17.1/src/raw.rs"
        )),
        "hashbrown/src/raw.rs"
    );
    assert_eq!(
        file(Some("nlp-core/src/vocab/layer.rs")),
        "src/vocab/layer.rs"
    );
    assert_eq!(file(Some("src/vocab/layer.rs")), "src/vocab/layer.rs");
    assert_eq!(file(None), "");
}

#[test]
fn another_function_file_or_caller_is_another_site() {
    let frames = |a: &str, b: &str, file: &str| {
        fingerprint(&with_frames(vec![
            (a.into(), file.into(), 1),
            (b.into(), "demo/src/main.rs".into(), 2),
        ]))
    };
    let one = frames("take", "serve", "demo/src/pool.rs");
    assert_ne!(one, frames("give", "serve", "demo/src/pool.rs"));
    assert_ne!(one, frames("take", "train", "demo/src/pool.rs"));
    assert_ne!(one, frames("take", "serve", "demo/src/cache.rs"));
}

#[test]
fn plumbing_and_the_depth_of_recursion_change_nothing() {
    let own = |f: &str| (f.to_owned(), "demo/src/tree.rs".to_owned(), 7);
    let std = ("push<u8>".to_owned(), "alloc/src/vec/mod.rs".to_owned(), 9);
    let direct = with_frames(vec![own("grow"), own("walk"), own("main")]);
    let winding = with_frames(vec![
        own("grow"),
        std.clone(),
        own("walk"),
        std,
        own("walk"),
        own("walk"),
        own("main"),
    ]);
    assert_eq!(fingerprint(&direct), fingerprint(&winding));
}

proptest! {
    #[test]
    fn a_fingerprint_survives_moved_lines_and_renamed_generics(
        names in prop::collection::vec("[a-z]{3,9}", 1..8),
        lines in prop::collection::vec(1_u32..9999, 8),
        moved in prop::collection::vec(1_u32..9999, 8),
        generic in "[A-Z][a-z]{0,5}",
        renamed in "(&mut )?[a-z]{1,4}::[A-Z][a-z]{0,5}(<u8, \\[T; 4\\]>)?",
        hash in "h[0-9a-f]{16}",
    ) {
        let stack = |lines: &[u32], of: &str, tail: &str| with_frames(
            names.iter().zip(lines).map(|(name, &line)| {
                (format!("demo::Pool<{of}>::{name}::<{of}>{tail}"), "demo/src/pool.rs".to_owned(), line)
            }).collect(),
        );
        let before = fingerprint(&stack(&lines, &generic, ""));
        prop_assert_eq!(&before, &fingerprint(&stack(&moved, &generic, "")));
        prop_assert_eq!(&before, &fingerprint(&stack(&lines, &renamed, "")));
        prop_assert_eq!(&before, &fingerprint(&stack(&moved, &renamed, &format!("::{hash}"))));
        prop_assert_eq!(before.len(), 16);
    }

    #[test]
    fn no_stack_panics(function in "\\PC{0,40}", shaped in "[<>(){}\\[\\]:a-z#&* -]{0,40}", path in "\\PC{0,30}") {
        fingerprint(&with_frames(vec![(function, path.clone(), 1), (shaped, path, 2)]));
    }
}
