//! Texts of one kind of character, or of a few in turn: tokens are found in time in proportion to the length, and no
//! part of such a text is too hard.

use nlp_core::models;

const CHARS: usize = 1_000_000;

#[test]
fn a_million_characters_of_any_kind_are_split_into_tokens_that_add_up_to_them() {
    let nlp = models::english().unwrap();
    let units = [
        "a",
        "7",
        ")",
        "(",
        ".",
        ",",
        ":",
        "-",
        "'",
        "\"",
        "/",
        "@",
        "~",
        "*",
        "_",
        "$",
        "€",
        "😀",
        "中",
        "\u{301}",
        "\u{200d}",
        "\u{a0}",
        " ",
        "\n",
        "\t",
        "\r\n",
        "a.",
        "a-",
        "a,b",
        "a.A",
        "(a",
        "a)",
        "a@",
        "a'",
        "1.",
        "1,",
        "9km",
        "a  ",
        "word ",
        "http://a.b/",
        "a:b@",
        "http://a.bc/d ",
        "://",
        "a..",
        "😀a",
        "中.",
        "can't",
        "cannot ",
        "'s",
    ];
    for unit in units {
        let text = unit.repeat(CHARS / unit.chars().count());
        // A zone takes back what the text leaves in the vocabulary.
        nlp.memory_zone(|zone| {
            let doc = zone
                .tokenize(&text)
                .unwrap_or_else(|error| panic!("{unit:?}: {error}"));
            let last = doc.tokens().last().unwrap();
            assert_eq!(
                last.idx() + last.text_with_ws().chars().count(),
                text.chars().count(),
                "{unit:?}"
            );
        });
    }
}
