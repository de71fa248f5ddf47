//! What is hidden and what is not, and that no form of it is left.

use super::*;
use std::ffi::OsString;

/// What must never reach a terminal or a page, by kind.
const HIDDEN: [(&str, &str); 17] = [
    ("a sequence that moves the cursor", "\u{1b}[2J"),
    ("the same in one character", "\u{9b}31m"),
    (
        "a hyperlink",
        "\u{1b}]8;;http://a/\u{1b}\\here\u{1b}]8;;\u{1b}\\",
    ),
    ("the clipboard", "\u{1b}]52;c;cm0gLXJm\u{7}"),
    ("a bell", "\u{7}"),
    ("a backspace", "rm\u{8}\u{8}ls"),
    ("a carriage return", "FAIL\rpass"),
    ("delete", "a\u{7f}"),
    ("the next line", "a\u{85}b"),
    ("separators", "a\u{2028}b\u{2029}c"),
    ("an override of direction", "\u{202e}fdp.exe"),
    ("an isolate", "\u{2066}a\u{2069}"),
    ("marks of direction", "\u{61c}\u{200e}\u{200f}"),
    ("annotations", "\u{fff9}a\u{fffa}b\u{fffb}"),
    ("tags", "a\u{e0001}\u{e0061}\u{e007f}"),
    ("a byte order mark", "\u{feff}a"),
    ("what cannot be seen", "a\u{200b}b\u{2060}c\u{3164}\u{ffff}"),
];

#[test]
fn of_no_kind_of_hidden_character_anything_is_left() {
    for (kind, text) in HIDDEN {
        for shown in [
            line(text),
            block(text),
            path(text),
            Cow::Owned(Line(text).to_string()),
        ] {
            assert!(!shown.contains(is_hidden), "{kind}: {shown}");
            assert_ne!(shown, text, "{kind}");
        }
    }
}

#[test]
fn what_languages_need_stays_and_is_borrowed() {
    for text in [
        "e\u{301}",
        "می\u{200c}خواهم",
        "क\u{94d}\u{200d}ष",
        "👩\u{200d}🚀 ❤\u{fe0f}",
        "葛\u{e0100}",
        "ᠮᠣᠩᠭᠣᠯ\u{180e}ᠠ",
        "שלום عربى",
        "Silben\u{ad}trennung",
        "a\u{a0}b\u{3000}c",
        "\u{e0b0}",
        "C:\\new",
    ] {
        assert!(
            matches!(line(text), Cow::Borrowed(same) if same == text),
            "{text}"
        );
        assert!(matches!(json(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn line_feeds_and_tabs_stay_in_a_block_alone() {
    assert_eq!(line("a\n\tb\r"), "a\\n\\tb\\r");
    assert_eq!(block("a\n\tb\r"), "a\n\tb\\r");
}

#[test]
fn no_character_but_those_of_a_kind_is_hidden() {
    let hidden: Vec<u32> = (0..=0x10ffff)
        .filter(|&code| char::from_u32(code).is_some_and(is_hidden))
        .collect();
    let nonprivate_end = hidden.iter().filter(|code| **code >= 0xf0000).count();
    assert_eq!(
        nonprivate_end, 4,
        "of the private planes only what is no character"
    );
    assert!(hidden.iter().all(|code| !(0xe000..0xf900).contains(code)));
    // C0, DEL, C1.
    assert!(
        (0..0x20)
            .chain(0x7f..0xa0)
            .all(|code| hidden.contains(&code))
    );
}

#[test]
fn bytes_of_a_path_that_are_no_text_are_told_by_their_numbers() {
    use std::os::unix::ffi::OsStringExt;
    let odd = OsString::from_vec(b"a\xff\n\x9bb\xe2\x80".to_vec());
    assert_eq!(path(&odd), "a\\xff\\n\\x9bb\\xe2\\x80");
    assert_eq!(path(std::path::Path::new("/tmp/ä b")), "/tmp/ä b");
}

#[test]
fn json_keeps_its_blanks_and_takes_surrogates_for_what_is_beyond_16_bits() {
    let document = "{\n\t\"a\": \"\u{7f}\u{e0061}\u{202e}é\"\r\n}";
    assert_eq!(
        json(document),
        "{\n\t\"a\": \"\\u007f\\udb40\\udc61\\u202eé\"\r\n}"
    );
}

#[test]
fn a_line_feed_in_a_value_begins_no_line_of_a_text() {
    let mut text = Text::of_line("name: a\nLEAK: none");
    text.block("x\u{1b}");
    text.block("");
    assert_eq!(text.to_string(), "name: a\\nLEAK: none\nx\\u{1b}\n");
    assert_eq!(String::from(text.clone()), text.as_str());
}

#[test]
fn the_first_hidden_character_is_found_wherever_it_stands() {
    for filling in ["a", "\u{e9}", "\u{4e2d}", "\u{1f469}", "ab\u{e9}cd", ""] {
        for before in 0..150 {
            for hidden in ["\u{7}", "\u{9b}", "\u{200b}", ""] {
                let text = format!(
                    "{}{}{hidden}end",
                    filling.repeat(before),
                    "x".repeat(before % 5)
                );
                assert_eq!(first(&text, is_hidden), text.find(is_hidden), "{text:?}");
            }
        }
    }
}
