//! Tokens cannot be collected over several zones.
use nlp_core::Token;

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let mut verbs: Vec<Token<'_>> = Vec::new();
    nlp.memory_zone(|zone| {
        let doc = zone.parse("Words come and go.").unwrap();
        verbs.extend(doc.tokens().filter(|token| token.tag() == "VBP"));
    });
    println!("{verbs:?}");
}
