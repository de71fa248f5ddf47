//! What Python 3.11's `re` finds, found here. The expected values are Python's.

use super::{Exhausted, Pattern, Scratch};
use proptest::prelude::*;

fn scratch() -> Scratch {
    let mut scratch = Scratch::default();
    scratch.allow(1 << 28);
    scratch
}

/// The texts that `re.finditer` finds.
fn all<'t>(pattern: &str, text: &'t str) -> Vec<&'t str> {
    let mut found = Vec::new();
    let compiled = Pattern::new(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    compiled
        .find_all(text, &mut scratch(), &mut found)
        .unwrap_or_else(|Exhausted| panic!("{pattern} took too long"));
    found
        .into_iter()
        .map(|(from, to)| &text[from..to])
        .collect()
}

/// What `re.search` finds: where it starts and its text.
fn search<'t>(pattern: &str, text: &'t str) -> Option<(usize, &'t str)> {
    let found = Pattern::new(pattern).unwrap().search(text, &mut scratch());
    found.unwrap().map(|(from, to)| (from, &text[from..to]))
}

/// Whether `re.match` finds something.
fn starts(pattern: &str, text: &str) -> bool {
    let compiled = Pattern::new(pattern).unwrap();
    compiled.matches_start(text, &mut scratch()).unwrap()
}

fn fault(pattern: &str) -> String {
    Pattern::new(pattern).expect_err(pattern).to_string()
}

#[test]
fn the_first_alternative_that_leads_to_a_match_wins() {
    assert_eq!(search("a|ab", "xab"), Some((1, "a")));
    assert_eq!(search("(?:a|ab)c", "xabc"), Some((1, "abc")));
    assert_eq!(search("b|xa|x", "xab"), Some((0, "xa")));
}

#[test]
fn a_dollar_also_matches_before_a_final_newline() {
    assert_eq!(search("a$", "a\n"), Some((0, "a")));
    assert_eq!(search("a$", "a\n\n"), None);
    assert_eq!(search(r"a\Z", "a\n"), None);
    assert_eq!(search("(?m)a$", "a\nb"), Some((0, "a")));
    assert_eq!(search("a$|b$", "ab\n"), Some((1, "b")));
}

#[test]
fn the_longest_suffix_is_found_whether_or_not_its_length_is_bounded() {
    assert_eq!(
        search(r"\.$|\.\.+$|(?<=[0-9])km$", "a...."),
        Some((1, "...."))
    );
    assert_eq!(search(r"\.$|\.\.+$|(?<=[0-9])km$", "12km"), Some((2, "km")));
    assert_eq!(search(r"\.$|\.\.+$|(?<=[0-9])km$", "bookm"), None);
    assert_eq!(search("(?:é|xé)$", "axé"), Some((1, "xé")));
    // alternatives that need not end with the text count from the left all the same
    assert_eq!(search("b|c$", "abc"), Some((1, "b")));
    assert_eq!(search("x|a+c$", "aac"), Some((0, "aac")));
    assert_eq!(search("b*$", "ab"), Some((1, "b")));
    assert_eq!(search("b*$|x$", "a"), Some((1, "")));
}

#[test]
fn empty_matches_come_beside_others_as_finditer_gives_them() {
    assert_eq!(all("a|", "baac"), ["", "a", "a", "", ""]);
    assert_eq!(all("|a", "baac"), ["", "", "a", "", "a", "", ""]);
    assert_eq!(all(r"\b", "ab cd").len(), 4);
}

#[test]
fn white_space_digits_and_words_are_pythons() {
    assert_eq!(all(r"\s", "a\u{1c}\u{85}\u{a0}\u{200b}\u{2028}").len(), 4);
    assert_eq!(all(r"\d", "1٢²½"), ["1", "٢"]);
    assert_eq!(all(r"\w", "a_²½一\u{300}-"), ["a", "_", "²", "½", "一"]);
    assert_eq!(all(r"(?a)\w", "aé²_"), ["a", "_"]);
    assert_eq!(all(r"[^\W\d]", "a1é"), ["a", "é"]);
    assert_eq!(all(".", "a\r\u{85}\n").len(), 3);
}

#[test]
fn case_is_ignored_as_python_does_it() {
    assert_eq!(all("(?i)s", "sSſ"), ["s", "S", "ſ"]);
    assert_eq!(all("(?i)k", "kK\u{212a}").len(), 3);
    assert_eq!(all("(?i)i", "iIİı").len(), 4);
    assert_eq!(all("(?i)[α-ω]", "ΣσςΩ").len(), 4);
    assert_eq!(all("(?i)ß", "ßẞ"), ["ß", "ẞ"]);
    assert_eq!(all("(?i)[^k]", "kK\u{212a}x"), ["x"]);
    assert_eq!(all("(?ai)k", "kK\u{212a}"), ["k", "K"]);
    assert_eq!(all("a(?i:b)c", "abcaBcaBC"), ["abc", "aBc"]);
}

#[test]
fn flags_within_a_pattern_hold_for_all_of_it() {
    assert_eq!(all("a(?i)b", "AB"), ["AB"]);
    assert_eq!(all("(?x) a b # a comment\n [ ]", "ab "), ["ab "]);
    assert_eq!(all("(?s:.).", "\n\n\n"), Vec::<&str>::new());
    assert_eq!(all("(?i)a(?-i:b)", "AbAB"), ["Ab"]);
}

#[test]
fn signs_of_other_syntaxes_stand_for_themselves_in_a_class() {
    assert_eq!(all("[[a]", "[a]"), ["[", "a"]);
    assert_eq!(all("[]a]", "[a]"), ["a", "]"]);
    assert_eq!(all("[--.]", "ab&~-"), ["-"]);
    assert_eq!(all("[a&&b~~.]", "ab&~-"), ["a", "b", "&", "~"]);
    assert_eq!(all(r"[\b\]\-a-]", "\u{8}]-a"), ["\u{8}", "]", "-", "a"]);
    assert_eq!(all(r"[\u0041\x42\103\U00000044]", "ABCD").len(), 4);
}

#[test]
fn a_brace_that_is_no_quantifier_stands_for_itself() {
    assert_eq!(all("a{,2}b", "aab"), ["aab"]);
    assert_eq!(all("a{b}", "a{b}"), ["a{b}"]);
    assert_eq!(all("a{1,x}", "a{1,x}"), ["a{1,x}"]);
    assert_eq!(all("x{}", "x{}"), ["x{}"]);
}

#[test]
fn looking_around_consumes_nothing() {
    assert_eq!(all("(?<=[a-z])-(?=[a-z])", "a-b-1-c"), ["-"]);
    assert_eq!(all("(?<!a)b(?!c)", "ab bc b"), ["b"]);
    assert_eq!(search(r"(?<=\d{2}(?:km|mi))x", "12kmx"), Some((4, "x")));
    assert_eq!(search("(?=(?:ab)+c)a", "abababc"), Some((0, "a")));
}

#[test]
fn possessive_and_atomic_groups_give_nothing_back() {
    assert_eq!(search("a++a", "aaa"), None);
    assert_eq!(search("(?>a|ab)c", "abc"), None);
    assert_eq!(search("(?:ab|a){2}+", "aba"), Some((0, "aba")));
    assert_eq!(search("a+?a", "aaa"), Some((0, "aa")));
}

#[test]
fn a_loop_over_nothing_ends() {
    assert_eq!(all("(?:a*)*b", "aab"), ["aab"]);
    assert_eq!(search("(?:a*|b)*", "ab"), Some((0, "a")));
    assert_eq!(all("(?:a|)+?", "aa"), ["a", "a", ""]);
    assert_eq!(all("(?:(?:a|b*)*c)*", "abcc"), ["abcc", ""]);
}

#[test]
fn a_match_may_need_no_more_than_the_start() {
    assert!(starts("ab", "abc"));
    assert!(!starts("b", "abc"));
    assert!(starts("", ""));
    assert!(starts(r"(?:[a-z]+\.)+com", "www.example.com/x"));
    assert!(!starts(r"(?:[a-z]+\.)+com", "www.example.org"));
}

#[test]
fn in_an_empty_text_there_is_no_boundary_and_no_place_without_one() {
    assert_eq!(search(r"\b", ""), None);
    assert_eq!(search(r"\B", ""), None);
    assert_eq!(search(r"\B", "."), Some((0, "")));
}

#[test]
fn what_python_refuses_is_refused_with_its_place() {
    for pattern in [
        "a)",
        "(a",
        "[a",
        "a**",
        "*a",
        "^*",
        r"\q",
        r"[\8]",
        "a{2,1}",
        "[b-a]",
        r"[\w-a]",
        "(?<=a+)b",
        "(?z)",
        "(?P<a",
        r"\x4",
        "(?<a>b)",
        "\\",
        "(?",
        "(?i",
        "(?i-",
        r"\U00110000",
        r"[\777]",
        "(?au)a",
    ] {
        let message = fault(pattern);
        assert!(message.contains(" at character "), "{pattern}: {message}");
    }
}

#[test]
fn what_is_not_supported_says_so() {
    assert!(fault(r"\N{DASH}").contains("not supported"));
}

#[test]
fn a_pattern_cannot_exhaust_the_stack_or_the_memory() {
    let deep = |n: usize| "(".repeat(n) + &")".repeat(n);
    assert!(Pattern::new(&deep(100)).is_ok());
    assert!(fault(&deep(100_000)).contains("nested deeper"));
    assert!(fault(&"(?:".repeat(100_000)).contains("nested deeper"));
    assert!(fault("(?:(?:(?:ab){1000}){1000}){1000}").contains("steps"));
    assert!(fault("(?:){4294967295}").contains("too many"));
    let wide: Vec<String> = (0..3000)
        .map(|i| format!("[\\x00-\\U{:08x}]", 0x100 + i))
        .collect();
    assert_eq!(search(&wide.join("|"), "\u{a00}"), Some((0, "\u{a00}")));
}

#[test]
fn a_text_made_for_it_cannot_keep_the_matcher_busy_forever() {
    let text = "a".repeat(2_000);
    for pattern in [
        "(?:a*)*b",
        "(?:a|a)*b",
        "(?:a+)+$b",
        r"(?=(?:a|aa)+$b)a",
        r"(?:\w*\w*\w*)-",
    ] {
        let found = Pattern::new(pattern).unwrap().search(&text, &mut scratch());
        assert_ne!(found, Ok(Some((0, 0))), "{pattern}");
    }
    // what was noted does not hide a match
    let pattern = Pattern::new("(?:a|aa|a?)*b").unwrap();
    let with_end = text.clone() + "b";
    assert_eq!(
        pattern.search(&with_end, &mut scratch()),
        Ok(Some((0, 2_001)))
    );
}

#[test]
fn white_space_is_the_table_of_white_space() {
    for c in '\0'..=char::MAX {
        let table = super::unicode::SPACE
            .iter()
            .any(|r| (r.0..=r.1).contains(&u32::from(c)));
        assert_eq!(super::is_space(c), table, "{c:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_pattern_or_an_error(pattern in r"([(\[|)\]*+?{}^$\\.,0-9a-cxi:<=!>-]|\PC){0,40}", text in "[a-c0-9.-]{0,20}") {
        if let Ok(compiled) = Pattern::new(&pattern) {
            let mut found = Vec::new();
            if compiled.find_all(&text, &mut scratch(), &mut found).is_ok() {
                prop_assert!(found.windows(2).all(|pair| pair[0].1 <= pair[1].0));
                prop_assert!(found.iter().all(|&(from, to)| from <= to && text.get(from..to).is_some()));
            }
        }
    }

    #[test]
    fn notes_of_where_the_search_has_been_change_no_match(
        pattern in r"((a|b|\(\?:a\|b\*\)|\(\?:ab\|a\|b\)|\(\?=a\*b\)|\(\?>a\+b\)|a\?|\[ab\]|\(\?:a\*\|b\)\*|\.)(\*|\+\?|\{0,2\})?){1,5}",
        text in "[abc]{0,16}",
    ) {
        // a repeat of a repeat is no pattern
        if let Ok(compiled) = Pattern::new(&pattern) {
            let (mut plain, mut noting) = (Vec::new(), Vec::new());
            let mut s = scratch();
            compiled.find_all(&text, &mut s, &mut plain).unwrap();
            s.note_from_the_start();
            compiled.find_all(&text, &mut s, &mut noting).unwrap();
            prop_assert_eq!(plain, noting);
        }
    }
}
