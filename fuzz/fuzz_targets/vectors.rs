//! Any bytes as the files of word vectors: the table, the rows of keys, the settings. What loads is looked up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nlp_core::Vectors;
use nlp_core::format::key_rows::KeyRows;
use nlp_core::format::npy::Table;
use nlp_core::format::vectors::Settings;

fuzz_target!(|data: &[u8]| {
    // Two bytes say how long the first two files are.
    let [a, b, rest @ ..] = data else {
        return;
    };
    let (settings, rest) = rest.split_at(rest.len().min(usize::from(*a)));
    let (keys, table) = rest.split_at(rest.len().min(usize::from(*b)));
    let table = Table::read(table.to_vec().into());
    let rows = table.as_ref().map_or(100, Table::rows);
    let keys = KeyRows::read(keys, rows);
    let settings = Settings::read(settings);
    let (Ok(table), Ok(keys), Ok(settings)) = (table, keys, settings) else {
        return;
    };
    if let Ok(vectors) = Vectors::new(table, keys, settings) {
        for word in ["", "a", "Wörter"] {
            let vector = vectors.get(word);
            assert!(vector.is_none_or(|vector| vector.len() == vectors.width()));
        }
    }
});
