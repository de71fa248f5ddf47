//! A document cannot be used after the zone that it was made in.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    let doc = zone.parse("A document lives as long as its zone.").unwrap();
    drop(zone);
    println!("{}", doc.text());
}
