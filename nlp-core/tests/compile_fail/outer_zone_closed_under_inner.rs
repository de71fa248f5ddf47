//! An outer zone cannot be closed while there is a zone in it.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let outer = nlp.zone();
    let inner = outer.zone();
    drop(outer);
    println!("{:?}", inner.parse("Nothing to stand on"));
}
