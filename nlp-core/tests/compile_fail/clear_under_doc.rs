//! A zone cannot be cleared while a document of it is alive.
use nlp_core::Keep;

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let mut zone = nlp.zone();
    let doc = zone.parse("Not while I am here").unwrap();
    zone.clear(Keep::default());
    println!("{}", doc.text());
}
