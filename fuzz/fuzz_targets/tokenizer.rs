//! Any bytes as a `tokenizer` file, and any text through the English one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::tokenizer::{NoCache, Tokenizer};
use std::sync::LazyLock;

static ENGLISH: LazyLock<Tokenizer> = LazyLock::new(|| {
    let bytes = include_bytes!("../../nlp-core/models/en_ewt_sm/tokenizer");
    Tokenizer::from_bytes(bytes).expect("the English tokenizer")
});

const TEXT: &str = " Don't (visit) http://a.bc/d?e=f, U.K.!!  10km\tüber-\u{301}x 👩‍👩‍👧\n";

fuzz_target!(|data: &[u8]| {
    let mut pieces = Vec::new();
    if let Ok(tokenizer) = Tokenizer::from_bytes(data) {
        let _ = tokenizer.tokenize(TEXT, &mut NoCache, &mut pieces);
    }
    if let Ok(text) = std::str::from_utf8(data)
        && ENGLISH.tokenize(text, &mut NoCache, &mut pieces).is_ok()
    {
        // The tokens and their spaces are the text, nothing less and nothing twice.
        let mut at = 0;
        for piece in &pieces {
            assert_eq!(piece.start as usize, at);
            at = piece.end as usize + usize::from(piece.space);
        }
        assert_eq!(at, text.len());
    }
});
