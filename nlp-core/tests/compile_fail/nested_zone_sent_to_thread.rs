//! A zone inside another reads the outer one's words, so it stays in its thread.
fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let outer = nlp.zone();
    let inner = outer.zone();
    std::thread::scope(|threads| {
        threads.spawn(move || inner.parse("from another thread").unwrap().len());
    });
}
