// Build: rustc --edition 2021 -g -C opt-level=1 -o counts counts.rs
// Usage: counts N [--twin]
// Counts visits in a map whose key is a text with a number that never comes again. The map is dropped at main's end.
use std::collections::BTreeMap;

#[inline(never)]
fn key(i: usize) -> String {
    let mut key = String::with_capacity(40); /*@site*/
    std::fmt::Write::write_fmt(&mut key, format_args!("visitor number {i:010} from far away")).unwrap();
    key
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for i in 0..n {
        *counts.entry(key(if twin { i % 10 } else { i })).or_default() += 1;
    }
    println!("{}", counts.len());
}
