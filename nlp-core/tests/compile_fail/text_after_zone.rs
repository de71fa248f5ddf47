//! The text of a lexeme is kept in its zone.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    let text: &str = zone.lexeme("frabjous").text();
    drop(zone);
    println!("{text}");
}
