//! The lexeme of a token is its zone's.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    let doc = zone.parse("A frabjous day").unwrap();
    let lexeme = doc.token(1).lexeme();
    drop(zone);
    println!("{}", lexeme.text());
}
