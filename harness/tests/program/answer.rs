//! What stands on the terminal first, and what else where it is asked for.

use crate::place::Place;

const LOOPS: &str = "--workload words --probes rss,heap --iters 40";

#[test]
fn the_answer_comes_before_the_tables_and_the_page_last() {
    let ended = Place::new().run(LOOPS);
    let at = |text: &str| {
        let found = ended.stdout.find(text);
        found.unwrap_or_else(|| panic!("{text}: {ended:?}"))
    };
    assert!(at("PASS  ") < at("words per second"));
    assert!(at("words per second") < at("All tables: --details"));
    assert!(at("All tables: --details") < at("Report: "));
    assert!(!ended.stdout.contains("Cause of growth"), "{ended:?}");
}

#[test]
fn details_are_printed_where_they_are_asked_for() {
    let ended = Place::new().run(&format!("{LOOPS} --details"));
    for text in [
        "PASS  ",
        "Cause of growth with zones: nothing",
        "Not seen: ",
    ] {
        assert!(ended.stdout.contains(text), "{text}: {ended:?}");
    }
}

#[test]
fn quiet_leaves_the_answer_and_the_page() {
    for quiet in ["--quiet", "-q"] {
        let ended = Place::new().run(&format!("{LOOPS} {quiet}"));
        let lines: Vec<&str> = ended.stdout.lines().collect();
        assert_eq!(lines.len(), 2, "{ended:?}");
        assert!(lines[0].starts_with("PASS  "), "{ended:?}");
        assert!(lines[1].starts_with("Report: "), "{ended:?}");
        assert_eq!(ended.stderr, "", "no word of how far it is");
    }
    let both = Place::new().run(&format!("{LOOPS} --quiet --details"));
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let plain = Place::new().run(LOOPS);
    assert!(!plain.stdout.contains('\u{1b}'), "{plain:?}");
    let coloured = Place::new().run(&format!("{LOOPS} --color always"));
    assert!(
        coloured.stdout.contains("\u{1b}[1;32mPASS\u{1b}[0m  "),
        "{coloured:?}"
    );
    let never = Place::new().run(&format!("{LOOPS} --color never"));
    assert!(!never.stdout.contains('\u{1b}'), "{never:?}");
    let wrong = Place::new().run(&format!("{LOOPS} --color sometimes"));
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}
