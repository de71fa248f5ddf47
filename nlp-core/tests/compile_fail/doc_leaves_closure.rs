//! A document cannot be returned from the closure that its zone was opened for.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let doc = nlp.memory_zone(|zone| zone.parse("Out of here!").unwrap());
    println!("{}", doc.text());
}
