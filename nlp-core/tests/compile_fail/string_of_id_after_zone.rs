//! A string that was looked up by its id is the zone's; the id alone may leave, and then finds nothing.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let (id, text) = nlp.memory_zone(|zone| {
        let id = zone.lexeme("frabjous").orth();
        (id, zone.string(id))
    });
    println!("{id}: {text:?}");
}
