//! Nothing leaves an inner zone for the outer one.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    nlp.memory_zone(|outer| {
        let doc = outer.memory_zone(|inner| inner.parse("Only one step out").unwrap());
        println!("{}", doc.text());
    });
}
