//! A zone belongs to one thread at a time: another thread opens its own.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    std::thread::scope(|threads| {
        threads.spawn(|| zone.parse("from another thread").unwrap().len());
    });
}
