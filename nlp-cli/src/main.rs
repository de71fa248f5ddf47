//! The program `nlp`.
fn main() {}
