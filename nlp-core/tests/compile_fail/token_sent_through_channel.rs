//! A receiver that outlives the zone cannot be sent tokens of it.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    nlp.memory_zone(|zone| {
        let doc = zone.parse("Words on their way").unwrap();
        for token in doc.tokens() {
            sender.send(token.text()).unwrap();
        }
    });
    println!("{:?}", receiver.recv());
}
