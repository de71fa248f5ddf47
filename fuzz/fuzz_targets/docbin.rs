//! Any msgpack as a DocBin: it is refused, or its documents can be read to the end.
#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut file = ZlibEncoder::new(Vec::new(), Compression::none());
    file.write_all(data).unwrap();
    let file = file.finish().unwrap();
    if let Ok(docs) = nlp_io::docbin::read(&file, 1 << 20) {
        for doc in docs {
            assert_eq!(doc.check(), Ok(()));
            assert_eq!(doc.token_texts().count(), doc.tokens.len());
        }
    }
    // What is no zlib at all is an error and nothing else.
    let _ = nlp_io::docbin::read(data, 1 << 16);
});
