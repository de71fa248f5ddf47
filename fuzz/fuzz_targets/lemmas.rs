//! Any bytes as the tables of every language's lemmatizer or as a dictionary's automaton, and any word looked up in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::format::dawg::{Dawg, Substitute};
use nlp_core::lemmas::{Word, load};
use nlp_core::pos::Pos;

const MODES: [(&str, &str); 14] = [
    ("en", "rule"),
    ("ca", "rule"),
    ("el", "rule"),
    ("es", "rule"),
    ("fr", "rule"),
    ("ht", "rule"),
    ("mk", "rule"),
    ("nl", "rule"),
    ("sv", "rule"),
    ("ga", "pos_lookup"),
    ("it", "pos_lookup"),
    ("pl", "pos_lookup"),
    ("nl", "lookup"),
    ("xx", "lookup"),
];
const MORPHS: [Option<&str>; 6] = [
    None,
    Some("_"),
    Some("Number=Plur"),
    Some("PronType=Prs|VerbForm=Inf"),
    Some("Form=HPref|VerbForm=Vnoun"),
    Some("Tense=Pres|VerbForm=Fin"),
];

fuzz_target!(|data: &[u8]| {
    let [kind, length, rest @ ..] = data else {
        return;
    };
    let Some((text, bytes)) = rest.split_at_checked(usize::from(*length)) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Some((lang, mode)) = MODES.get(usize::from(*kind)) else {
        if let Ok(dawg) = Dawg::read(bytes.to_vec().into()) {
            let substitute = Substitute {
                written: 'a',
                meant: 'b',
            };
            let _ = dawg.number(text.as_bytes());
            let _ = dawg.spellings::<4>(text, None);
            let _ = dawg.spellings::<8>(text, Some(substitute));
        }
        return;
    };
    let Some(Ok(lemmas)) = load(lang, mode, bytes) else {
        return;
    };
    for pos in Pos::ALL {
        for morph in MORPHS {
            for starts_sentence in [false, true] {
                let _ = lemmas.lemma(Word {
                    text,
                    pos,
                    morph,
                    starts_sentence,
                });
            }
        }
    }
});
