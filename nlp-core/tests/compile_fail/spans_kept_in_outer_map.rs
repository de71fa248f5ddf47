//! Spans cannot be kept by name beyond their zone; their text as a `String` can.
use std::collections::HashMap;

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let mut people = HashMap::new();
    nlp.memory_zone(|zone| {
        let doc = zone.parse("Ada Lovelace was born in London.").unwrap();
        for ent in doc.ents() {
            people.insert(ent.text().to_owned(), ent);
        }
    });
    println!("{people:?}");
}
