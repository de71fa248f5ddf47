//! Any bytes as the file of a knowledge base; what is read is looked up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::format::kb::KnowledgeBase;

fuzz_target!(|data: &[u8]| {
    // The last eight bytes are a name to look up: one that is there, where the fuzzer finds it.
    let Some((data, name)) = data.split_last_chunk() else {
        return;
    };
    if let Ok(kb) = KnowledgeBase::read(data.to_vec().into()) {
        assert_eq!(kb.entities().len(), kb.len());
        for candidate in kb.candidates(u64::from_le_bytes(*name)) {
            assert_eq!(kb.vector(candidate.vector).count(), kb.width());
        }
    }
});
