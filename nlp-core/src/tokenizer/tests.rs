//! What spaCy's tokenizer makes of texts, made here. The expected tokens are spaCy's.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The tokenizer of the English pipeline.
static ENGLISH: LazyLock<Tokenizer> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en_ewt_sm/tokenizer");
    let bytes = std::fs::read(path).expect("the English pipeline is there");
    Tokenizer::from_bytes(&bytes).expect("its tokenizer can be read")
});

/// A cache that remembers everything.
#[derive(Default)]
struct Everything {
    known: HashMap<String, Vec<Cut>>,
    hits: usize,
}

impl SplitCache for Everything {
    fn get(&mut self, chunk: &str) -> Option<&[Cut]> {
        let cuts = self.known.get(chunk)?;
        self.hits += 1;
        Some(cuts)
    }

    fn insert(&mut self, chunk: &str, cuts: &[Cut]) {
        self.known.insert(chunk.to_owned(), cuts.to_owned());
    }
}

fn pieces(tokenizer: &Tokenizer, text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    tokenizer.tokenize(text, &mut NoCache, &mut out).unwrap();
    out
}

fn words<'t>(tokenizer: &Tokenizer, text: &'t str) -> Vec<&'t str> {
    let words = pieces(tokenizer, text).into_iter();
    words
        .map(|p| &text[p.start as usize..p.end as usize])
        .collect()
}

/// MessagePack, written by hand.
mod pack {
    pub fn text(s: &str) -> Vec<u8> {
        let mut out = vec![0xdb];
        out.extend((s.len() as u32).to_be_bytes());
        out.extend(s.as_bytes());
        out
    }

    pub fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let mut out = vec![0xdf];
        out.extend((entries.len() as u32).to_be_bytes());
        entries
            .iter()
            .for_each(|(k, v)| out.extend(k.iter().chain(v)));
        out
    }

    pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
        let mut out = vec![0xdd];
        out.extend((items.len() as u32).to_be_bytes());
        items.iter().for_each(|item| out.extend(item));
        out
    }

    /// A special case: its text and its tokens with their norms.
    pub fn case(case: &str, tokens: &[(&str, &str)]) -> (Vec<u8>, Vec<u8>) {
        let tokens: Vec<_> = tokens
            .iter()
            .map(|(orth, norm)| map(&[(vec![65], text(orth)), (text("NORM"), text(norm))]))
            .collect();
        (text(case), list(&tokens))
    }
}

/// A tokenizer file with these patterns and special cases.
fn file(patterns: &[(&str, &str)], cases: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut entries: Vec<_> = patterns
        .iter()
        .map(|(name, pattern)| (pack::text(name), pack::text(pattern)))
        .collect();
    entries.push((pack::text("exceptions"), pack::map(cases)));
    pack::map(&entries)
}

fn tokenizer(patterns: &[(&str, &str)], cases: &[(Vec<u8>, Vec<u8>)]) -> Tokenizer {
    Tokenizer::from_bytes(&file(patterns, cases)).unwrap()
}

#[test]
fn english_contractions_and_punctuation_come_apart() {
    assert_eq!(
        words(&ENGLISH, "\"I can't,\" he said (in the U.S.)."),
        [
            "\"", "I", "ca", "n't", ",", "\"", "he", "said", "(", "in", "the", "U.S.", ")", "."
        ]
    );
    assert_eq!(
        words(&ENGLISH, "y'all'd've :-) $5.00/day 10km"),
        ["y'all'd've", ":-)", "$", "5.00", "/", "day", "10", "km"]
    );
}

#[test]
fn urls_and_addresses_stay_whole() {
    assert_eq!(
        words(&ENGLISH, "(see https://a.b.co.uk:8080/x_y?z=1#q, me@x.org)"),
        [
            "(",
            "see",
            "https://a.b.co.uk:8080/x_y?z=1#q",
            ",",
            "me@x.org",
            ")"
        ]
    );
}

#[test]
fn patterns_may_refer_to_their_groups() {
    let split = |name, pattern| {
        let text = "Really?!! No... aabb/cdd x(x) (x)";
        words(&tokenizer(&[(name, pattern)], &[]), text).join(" ")
    };
    assert_eq!(
        split("suffix_search", r"([!?.])\1+$|[!?.,]$"),
        "Really ? !! No ... aabb/cdd x(x) (x)"
    );
    assert_eq!(
        split("suffix_search", r"(\()?x(?(1)\))$"),
        "Really?!! No... aabb/cdd x (x) (x)"
    );
    assert_eq!(
        split("infix_finditer", r"(?<=(\w))/(?!\1)"),
        "Really?!! No... aabb / cdd x(x) (x)"
    );
    assert_eq!(
        split("prefix_search", r"^(?P<a>\w)(?P=a)"),
        "Really?!! No... aa bb /cdd x(x) (x)"
    );
}

#[test]
fn special_cases_that_lost_an_affix_are_put_together_again() {
    let cases = [
        pack::case("(a)", &[("(a)", "")]),
        pack::case("b c", &[("b c", "")]),
    ];
    let patterns = [
        ("prefix_search", r"^\("),
        ("suffix_search", r"\)$"),
        ("infix_finditer", r"-|\(|\)"),
    ];
    assert_eq!(
        words(&tokenizer(&patterns, &cases), "x-(a) (a)-b (a )"),
        ["x", "-", "(a)", "(a)", "-", "b", "(", "a", ")"]
    );
}

#[test]
fn the_norms_of_special_cases_are_given() {
    let text = "can't";
    let norms: Vec<_> = pieces(&ENGLISH, text)
        .iter()
        .map(|p| p.norm.map(|n| ENGLISH.norms()[n.index()].as_str()))
        .collect();
    assert_eq!(norms, [Some("can"), Some("not")]);
}

#[test]
fn white_space_other_than_one_space_is_tokens() {
    assert_eq!(
        words(&ENGLISH, " a  b\n\nc\u{a0}d "),
        [" ", "a", " ", "b", "\n\n", "c", "\u{a0}", "d"]
    );
    assert!(words(&ENGLISH, "").is_empty());
    assert_eq!(words(&ENGLISH, "   "), ["   "]);
}

#[test]
fn a_tokenizer_without_patterns_cuts_at_white_space() {
    let plain = Tokenizer::from_bytes(&pack::map(&[])).unwrap();
    assert_eq!(words(&plain, "a-b, c"), ["a-b,", "c"]);
}

#[test]
fn a_prefix_found_elsewhere_still_takes_its_length_from_the_start() {
    let odd = tokenizer(&[("prefix_search", "é")], &[]);
    assert_eq!(words(&odd, "abéc"), ["a", "b", "é", "c"]);
    let odd = tokenizer(&[("suffix_search", "é")], &[]);
    assert_eq!(words(&odd, "éabc"), ["é", "a", "b", "c"]);
}

#[test]
fn infixes_may_be_empty_but_count_for_nothing_at_the_start() {
    let camel = tokenizer(&[("infix_finditer", "(?<=[a-z])(?=[A-Z])|-")], &[]);
    assert_eq!(words(&camel, "-aBcD-e"), ["-a", "Bc", "D", "-", "e"]);
}

#[test]
fn token_match_keeps_a_word_from_being_cut() {
    let keep = tokenizer(
        &[
            ("token_match", "^a-b$"),
            ("infix_finditer", "-"),
            ("suffix_search", r"\.$"),
        ],
        &[],
    );
    assert_eq!(
        words(&keep, "a-b a-c a-b."),
        ["a-b", "a", "-", "c", "a-b", "."]
    );
}

#[test]
fn a_special_case_may_hold_spaces() {
    let cases = [pack::case("New York", &[("New York", "NY")])];
    let spaced = tokenizer(&[("suffix_search", ",$")], &cases);
    assert_eq!(
        words(&spaced, "in New York, New  York"),
        ["in", "New York", ",", "New", " ", "York"]
    );
    let norm = pieces(&spaced, "New York")[0].norm.unwrap();
    assert_eq!(spaced.norms()[norm.index()], "NY");
}

#[test]
fn the_second_pass_is_left_out_for_cases_without_affixes_unless_told_otherwise() {
    let cases = [pack::case("ab", &[("a", ""), ("b", "")])];
    let mut entries = vec![
        (pack::text("url_match"), pack::text("ab$")),
        (pack::text("exceptions"), pack::map(&cases)),
    ];
    let fast = Tokenizer::from_bytes(&pack::map(&entries)).unwrap();
    entries.push((pack::text("faster_heuristics"), vec![0xc2]));
    let thorough = Tokenizer::from_bytes(&pack::map(&entries)).unwrap();
    assert!(fast.phrases.is_empty());
    assert!(!thorough.phrases.is_empty());
    assert_eq!(words(&thorough, "ab"), ["a", "b"]);
}

#[test]
fn what_the_last_special_case_left_in_the_cache_counts() {
    // spaCy cuts "(bb" while it loads "z (bb", without regard to special cases, and remembers it
    let prefix = [("prefix_search", r"^\(")];
    let cases = [
        pack::case("bb", &[("b", ""), ("b", "")]),
        pack::case("z (bb", &[("z (bb", "")]),
    ];
    let last = tokenizer(&prefix, &cases);
    assert_eq!(words(&last, "(bb ((bb"), ["(", "bb", "(", "(", "b", "b"]);
    let not_last = [&cases[..], &[pack::case("zz", &[("zz", "")])]].concat();
    let not_last = tokenizer(&prefix, &not_last);
    assert_eq!(words(&not_last, "(bb"), ["(", "b", "b"]);
}

#[test]
fn faults_of_a_file_are_named() {
    let fault = |bytes: &[u8]| Tokenizer::from_bytes(bytes).unwrap_err().to_string();
    assert!(fault(&[0x01]).contains("not a map"));
    let pattern = file(&[("suffix_search", "(a")], &[]);
    assert!(fault(&pattern).starts_with("suffix_search: "));
    let case = file(&[], &[pack::case("ab", &[("a", ""), ("c", "")])]);
    let message = fault(&case);
    assert!(
        message.contains("\"ab\"") && message.contains("do not add up"),
        "{message}"
    );
    let lemma = pack::map(&[(vec![65], pack::text("a")), (vec![73], pack::text("a"))]);
    let case = file(&[], &[(pack::text("a"), pack::list(&[lemma]))]);
    assert!(fault(&case).contains("ORTH and NORM only"));
}

#[test]
fn special_cases_can_be_listed() {
    let case = ENGLISH.special_cases().find(|case| case.text == "can't");
    let ends: Vec<_> = case.unwrap().cuts.iter().map(|cut| cut.end).collect();
    assert_eq!(ends, [2, 5]);
}

#[test]
fn long_words_made_to_be_hard_are_tokenized_or_refused() {
    let n = 20_000;
    for unit in [
        "x",
        "(",
        ")",
        ".",
        "-",
        "'",
        "a.",
        "a-",
        ":@",
        "1.",
        "http://a.b/",
        "é",
        ".)",
        "x@:.",
        "a1",
    ] {
        let text = unit.repeat(n / unit.len());
        let mut out = Vec::new();
        if ENGLISH.tokenize(&text, &mut NoCache, &mut out).is_ok() {
            assert_eq!(out.last().unwrap().end as usize, text.len(), "{unit}");
        }
    }
}

#[test]
fn a_tokenizer_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&*ENGLISH);
}

fn assert_adds_up(text: &str, pieces: &[Piece]) {
    let mut at = 0;
    for piece in pieces {
        assert_eq!(piece.start as usize, at);
        assert!(piece.end > piece.start, "no token is empty");
        at = piece.end as usize;
        if piece.space {
            assert_eq!(&text[at..at + 1], " ");
            at += 1;
        }
    }
    assert_eq!(at, text.len());
}

/// A tokenizer that takes off every `(`, and whose special cases are so many of them.
fn brackets(counts: impl Iterator<Item = usize>) -> Tokenizer {
    let texts: Vec<String> = counts.map(|count| "(".repeat(count)).collect();
    let cases: Vec<_> = texts
        .iter()
        .map(|text| pack::case(text, &[(text, "")]))
        .collect();
    Tokenizer::from_bytes(&file(&[("prefix_search", r"^\(")], &cases)).unwrap()
}

#[test]
fn special_cases_that_begin_alike_are_found_longest_first_however_many_there_are() {
    let tokenizer = brackets(1..=400);
    // Each of the text's parts is longer than any case, so that it is cut up before it is looked up.
    let text = "(".repeat(1001);
    let cut = pieces(&tokenizer, &text);
    assert_adds_up(&text, &cut);
    let lengths: Vec<u32> = cut.iter().map(|piece| piece.end - piece.start).collect();
    // The last 400 are a case when that much is left of the first pass. Of the others the first 400 are the longest case
    // there is; those that overlap it keep the rest from shorter ones, as in spaCy.
    assert_eq!(
        (lengths[0], lengths[1], lengths.last()),
        (400, 1, Some(&400))
    );
}

#[test]
fn a_text_that_follows_long_special_cases_everywhere_is_too_hard_and_not_slow() {
    let tokenizer = brackets(std::iter::once(20_000));
    let text = "(((( x ".repeat(8_000);
    assert!(
        tokenizer
            .tokenize(&text, &mut NoCache, &mut Vec::new())
            .is_ok()
    );
    let text = "(".repeat(19_999);
    let refused = tokenizer.tokenize(&text, &mut NoCache, &mut Vec::new());
    assert!(
        matches!(refused, Err(TokenizeError::TooHard { chars: 1.., .. })),
        "{refused:?}"
    );
}

proptest! {
    #[test]
    fn tokens_and_their_spaces_add_up_to_the_text(text in r"([a-zA-Z0-9 .,:;()'’\n-]|\PC|\s|can't|http://a.b/c|:-\)|U\.S\.){0,60}") {
        assert_adds_up(&text, &pieces(&ENGLISH, &text));
    }

    #[test]
    fn a_cache_changes_nothing(texts in prop::collection::vec(r"([a-d.' \n-]|n't|'s|:\)|U\.S\.){0,30}", 1..8)) {
        let mut cache = Everything::default();
        let mut out = Vec::new();
        for text in texts.iter().chain(&texts) {
            ENGLISH.tokenize(text, &mut cache, &mut out).unwrap();
            prop_assert_eq!(&out, &pieces(&ENGLISH, text));
        }
        prop_assert!(cache.hits > 0 || texts.iter().all(String::is_empty));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Tokenizer::from_bytes(&bytes);
    }

    #[test]
    fn any_pattern_and_any_case_makes_a_tokenizer_or_an_error(
        prefix in r"[\^(|)a-c.*+?$\[\]]{0,8}",
        infix in r"[\^(|)a-c.*+?$\[\]]{0,8}",
        case in "[a-c.]{1,4}",
        cut in 1..4usize,
        text in "[a-c. ]{0,20}",
    ) {
        let cut = cut.min(case.len());
        let (a, b) = case.split_at(cut);
        let tokens: Vec<_> = [(a, "n"), (b, "")].into_iter().filter(|(orth, _)| !orth.is_empty()).collect();
        let bytes = file(
            &[("prefix_search", &prefix), ("suffix_search", &infix), ("infix_finditer", &infix)],
            &[pack::case(&case, &tokens)],
        );
        if let Ok(tokenizer) = Tokenizer::from_bytes(&bytes) {
            assert_adds_up(&text, &pieces(&tokenizer, &text));
        }
    }

    #[test]
    fn a_damaged_file_does_not_make_the_reader_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), length in any::<prop::sample::Index>()) {
        let mut bytes = file(
            &[("prefix_search", "^[(a]"), ("token_match", "(?i)a+b*$")],
            &[pack::case("a.", &[("a", "x"), (".", "")]), pack::case("b c", &[("b c", "")])],
        );
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Tokenizer::from_bytes(&bytes);
        let _ = Tokenizer::from_bytes(&bytes[..length.index(bytes.len())]);
    }
}
