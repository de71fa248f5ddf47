//! An iterator cannot hand documents out of the zone that it opened, as a generator in spaCy can.
use nlp_core::{Doc, Language};

fn parsed<'a>(nlp: &'a Language, texts: &'a [&str]) -> impl Iterator<Item = Doc<'a>> {
    let zone = nlp.zone();
    texts.iter().map(move |text| zone.parse(text).unwrap())
}

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    println!("{}", parsed(&nlp, &["one", "two"]).count());
}
