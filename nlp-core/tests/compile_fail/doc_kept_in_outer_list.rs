//! A document cannot be put into a list that outlives its zone.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let mut kept = Vec::new();
    for text in ["one", "two"] {
        let zone = nlp.zone();
        kept.push(zone.parse(text).unwrap());
    }
    println!("{}", kept.len());
}
