//! A thread that may outlive the zone cannot be given a document; an owned copy it can.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    let doc = zone.parse("Off to another thread").unwrap();
    std::thread::spawn(move || println!("{}", doc.text()));
}
