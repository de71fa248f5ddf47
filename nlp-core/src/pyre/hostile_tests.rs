//! Patterns that are made to take long or much: each few bytes of them stand for a great deal.

use super::{Exhausted, Pattern, Scratch, Seen};

fn fault(pattern: &str) -> String {
    match Pattern::new(pattern) {
        Ok(_) => panic!("a pattern of {} bytes was accepted", pattern.len()),
        Err(fault) => fault.reason,
    }
}

/// The steps that `work` takes of those that a chunk may.
fn steps(work: impl FnOnce(&mut Scratch) -> Result<(), Exhausted>) -> u64 {
    const ALLOWED: u64 = 1 << 28;
    let mut scratch = Scratch::default();
    scratch.allow(ALLOWED);
    work(&mut scratch).expect("few steps");
    ALLOWED - scratch.left()
}

fn plenty() -> Scratch {
    let mut scratch = Scratch::default();
    scratch.allow(1 << 28);
    scratch
}

#[test]
fn groups_with_long_literals_are_not_written_out_for_ever() {
    let long = "abcdefghij".repeat(1_000);
    assert!(fault(&format!("(?:{long}){{100000}}")).contains("written out, are too long"));
    // The whole would be 10^12 bytes.
    assert!(fault("(?:(?:(?:abcdefghij){10000}){10000}){10000}").contains("regular expression"));
    let pattern = format!("(?:{long}){{3}}");
    assert!(Pattern::new(&pattern).is_ok());
}

#[test]
fn parts_that_are_repeated_no_times_are_not_visited_for_ever() {
    let nothing = "(?:xy){0}".repeat(100_000);
    assert!(fault(&format!("(?:{nothing}z?){{200000}}")).contains("written out, are too long"));
    assert!(Pattern::new("(?:(?:){4000000000}){4000000000}").is_ok());
}

#[test]
fn repeats_of_repeats_are_refused_by_their_steps() {
    let nested = |depth: usize| {
        let (open, close) = ("(?:".repeat(depth), "x?){9}".repeat(depth));
        format!("{open}a{close}")
    };
    assert!(Pattern::new(&nested(3)).is_ok());
    assert!(fault(&nested(30)).contains("steps"));
}

#[test]
fn a_category_that_is_named_again_and_again_is_one_set() {
    for unit in [r"\w?", r"\w+", r"\w\d?", r"[\w]?", r"(?i)\w"] {
        let pattern = unit.repeat(30_000);
        assert!(Pattern::new(&pattern).is_ok(), "{unit}");
    }
    let class = format!("[{}]", r"\w\D".repeat(100_000));
    assert!(Pattern::new(&class).is_ok());
    for unit in [r"|\w", r"|\w$", r"|\w+\d$", r"|\da|\wb"] {
        let pattern = unit.repeat(30_000);
        assert!(Pattern::new(&pattern[1..]).is_ok(), "{unit}");
    }
}

#[test]
fn classes_of_a_few_characters_that_stand_for_many_are_bounded_together() {
    let classes: String = (0x4e00..0x4e00 + 20_000)
        .map(|c| format!("[\\d{}]", char::from_u32(c).unwrap()))
        .collect();
    assert!(fault(&classes).contains("more characters than can be kept"));
    let few: String = classes.chars().take(5 * 1_000).collect();
    assert!(Pattern::new(&few).is_ok());
}

#[test]
fn letters_without_case_are_told_from_those_with_it() {
    let all: String = (0..=0x10ffff)
        .filter_map(char::from_u32)
        .filter(|c| c.is_alphanumeric())
        .collect();
    assert!(Pattern::new(&format!("(?i){all}")).is_ok());
    assert!(Pattern::new(&format!("(?ai){all}")).is_ok());
}

#[test]
fn groups_nested_beyond_any_reason_are_refused_and_need_no_stack() {
    for open in ["(", "(?:", "(?=", "(?>", "(?i:", "(?(1)", "(?<!"] {
        assert!(
            fault(&open.repeat(100_000)).contains("nested deeper"),
            "{open}"
        );
    }
}

#[test]
fn a_search_for_what_ends_the_text_takes_no_steps_for_what_comes_before() {
    let pattern = Pattern::new(r"\)$|,$|(?<=[a-z])\.$").unwrap();
    for n in [1_000, 100_000] {
        let text = ")".repeat(n);
        let taken = steps(|scratch| pattern.search(&text, scratch).map(drop));
        assert!(taken < 50, "{taken} steps for {n} characters");
    }
}

#[test]
fn a_text_that_loses_its_ends_is_searched_once_for_what_all_matches_have() {
    let pattern = Pattern::new("[a-z]+[#-][a-z]+").unwrap();
    let taken = |text: &str, prefix: usize, suffix: usize| {
        let mut seen = Seen::default();
        steps(|scratch| {
            let (mut start, mut end) = (0, text.len());
            while start < end {
                let found = pattern.matches_start_of(text, start..end, &mut seen, scratch)?;
                assert_eq!(
                    found,
                    pattern.matches_start(&text[start..end], &mut plenty())?
                );
                (start, end) = (start + prefix, end - suffix);
            }
            Ok(())
        })
    };
    let one = format!("a{}", "!".repeat(5_000));
    let some = "a!#-".repeat(500);
    let last = format!("{}#a", "!".repeat(2_000));
    for (prefix, suffix) in [(1, 0), (0, 1), (1, 1), (3, 1)] {
        for text in [&one, &some, &last] {
            let taken = taken(text, prefix, suffix);
            assert!(
                taken < 6 * text.len() as u64,
                "{taken} steps for {:?}",
                &text[..9]
            );
        }
    }
}

#[test]
fn runs_that_start_at_every_other_character_take_steps_in_proportion_to_the_text() {
    let pattern = Pattern::new(r"(?:\w+://)?(?:\S+(?::\S*)?@)?[a-z]+\.com$").unwrap();
    let taken = |n: usize| {
        let text = "ab:".repeat(n);
        steps(|scratch| pattern.matches_start(&text, scratch).map(drop))
    };
    let (few, many) = (taken(20_000), taken(80_000));
    assert!(many < 5 * few, "{few} and {many} steps");
    // What there is to be found is found all the same.
    let mut scratch = Scratch::default();
    scratch.note_from_the_start();
    scratch.allow(1 << 28);
    let text = format!("{}@x.com", "a:b".repeat(10_000));
    assert_eq!(pattern.matches_start(&text, &mut scratch), Ok(true));
    assert_eq!(
        pattern.matches_start(&format!("{text}:x"), &mut scratch),
        Ok(false)
    );
}
