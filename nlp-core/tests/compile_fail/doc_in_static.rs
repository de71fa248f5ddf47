//! A document cannot be cached for the life of the program.
use std::sync::Mutex;

use nlp_core::Doc;

static CACHE: Mutex<Vec<Doc<'static>>> = Mutex::new(Vec::new());

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    nlp.memory_zone(|zone| CACHE.lock().unwrap().push(zone.parse("Once").unwrap()));
}
