//! A document of an inner zone goes with that zone, whatever becomes of the outer one.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let outer = nlp.zone();
    let inner = outer.zone();
    let doc = inner.parse("Inside the inside").unwrap();
    drop(inner);
    println!("{} {:?}", doc.text(), outer.parse("Still open"));
}
