//! A pipeline cannot be changed while a zone of it is open.
fn main() {
    let mut nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    nlp.set_max_length(10);
    println!("{:?}", zone.parse("Which limit?"));
}
