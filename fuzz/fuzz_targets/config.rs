//! Any text as a `config.cfg`, and what reads JSON beside it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::format::config::Config;
use nlp_core::format::vectors::Settings;
use nlp_core::format::{self, strings};

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(config) = Config::parse(text)
    {
        // A tree that was read can be walked and written, however it came about.
        let _ = config.root().to_string();
        let _ = config.get("components.parser.model.tok2vec");
    }
    let _ = format::json(data);
    let mut count = 0;
    let _ = strings::read(data, |_| count += 1);
    assert!(count <= strings::most(data));
    let _ = Settings::read(data);
});
