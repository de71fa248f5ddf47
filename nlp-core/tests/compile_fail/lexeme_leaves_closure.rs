//! A lexeme of a zone cannot be returned from it.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let lexeme = nlp.memory_zone(|zone| zone.lexeme("frabjous"));
    println!("{}", lexeme.text());
}
