//! An entity cannot be used after the zone of its document.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    let doc = zone.parse("Ada Lovelace was born in London.").unwrap();
    let ent = doc.ents()[0];
    drop(doc);
    drop(zone);
    println!("{}", ent.label());
}
