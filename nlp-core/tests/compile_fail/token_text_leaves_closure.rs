//! Not even the text of a token can leave: it is kept in the zone.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let mut words: Vec<&str> = Vec::new();
    nlp.memory_zone(|zone| {
        let doc = zone.parse("Words stay in their zone.").unwrap();
        words.extend(doc.tokens().map(|token| token.text()));
    });
    println!("{words:?}");
}
