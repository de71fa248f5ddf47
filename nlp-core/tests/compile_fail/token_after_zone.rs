//! A token reads its document, and through it the zone: it cannot be used after either.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let token = {
        let zone = nlp.zone();
        let doc = zone.parse("Tokens go with their document.").unwrap();
        doc.token(0)
    };
    println!("{}", token.text());
}
