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

#[test]
fn marks_beside_a_letter_are_tokens_each_however_many_there_are() {
    const MARKS: usize = 200_000;
    let nlp = models::english().unwrap();
    for mark in ["!", "?", "。", "(", ")", ",", "😀", "“"] {
        let marks = mark.repeat(MARKS);
        for text in [format!("a{marks}"), format!("{marks}a")] {
            let count = nlp.memory_zone(|zone| {
                let doc = zone.tokenize(&text);
                let doc = doc.unwrap_or_else(|error| panic!("{mark:?}: {error}"));
                doc.tokens().filter(|token| token.text() == mark).count()
            });
            assert_eq!(count, MARKS, "{mark:?}, {}", text.starts_with('a'));
        }
    }
}
