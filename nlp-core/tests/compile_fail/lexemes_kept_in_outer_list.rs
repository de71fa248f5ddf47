//! Lexemes cannot be gathered over several zones: each zone has its own.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let mut seen = Vec::new();
    for text in ["one", "two"] {
        let zone = nlp.zone();
        let doc = zone.parse(text).unwrap();
        seen.push(doc.token(0).lexeme());
    }
    println!("{}", seen.len());
}
