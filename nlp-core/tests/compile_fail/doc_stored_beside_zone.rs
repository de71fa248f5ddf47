//! A zone that a structure owns cannot be moved there while a document of it is alive.
use nlp_core::{Doc, Zone};

struct Request<'nlp> {
    zone: Zone<'nlp>,
    doc: Doc<'nlp>,
}

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let zone = nlp.zone();
    let doc = zone.parse("Zone and document in one").unwrap();
    let request = Request { zone, doc };
    println!("{} {:?}", request.doc.text(), request.zone);
}
