//! A zone reads its pipeline: one cannot be returned without the other.
use nlp_core::{Zone, models};

fn open() -> Zone<'static> {
    let nlp = models::english().unwrap();
    nlp.zone()
}

fn main() {
    println!("{:?}", open().parse("Whose words?"));
}
