//! Any text as CoNLL-U: it is refused with its line, or its documents can be read to the end.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for doc in nlp_io::conllu::read(data, 1 << 12) {
        let Ok(doc) = doc else { break };
        assert_eq!(doc.check(), Ok(()));
        assert!(doc.token_texts().all(|token| !token.is_empty()));
        assert!(doc.sent_texts().count() <= doc.tokens.len());
    }
});
