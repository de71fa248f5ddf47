//! Any JSON as a document that left its zone: it is refused, or can be read to the end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::OwnedDoc;

fuzz_target!(|data: &[u8]| {
    if let Ok(mut doc) = serde_json::from_slice::<OwnedDoc>(data) {
        assert_eq!(doc.check(), Ok(()));
        assert_eq!(doc.token_texts().count(), doc.tokens.len());
        assert!((0..doc.tokens.len()).all(|i| doc.token_text(i).is_some()));
        let ents = doc.ents.iter().flatten();
        assert!(
            ents.clone()
                .all(|ent| doc.text_between(ent.start, ent.end).is_some())
        );
        assert!(doc.sent_texts().count() <= doc.tokens.len());
        // Fractions may come back changed in their last digit.
        doc.user_data.clear();
        doc.other.clear();
        let json = serde_json::to_string(&doc).unwrap();
        assert_eq!(serde_json::from_str::<OwnedDoc>(&json).unwrap(), doc);
    }
});
