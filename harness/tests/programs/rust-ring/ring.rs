// Build: rustc --edition 2021 -g -C opt-level=1 -o ring ring.rs
// Usage: ring N [--twin]
// The last 64 lines of a log, in a ring that drops the oldest.
use std::collections::VecDeque;

#[inline(never)]
fn line(i: usize) -> String {
    format!("{i:0200}") /*@site*/
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let mut lines = VecDeque::new();
    for i in 0..n {
        if lines.len() == if twin { 1 } else { 64 } {
            lines.pop_front();
        }
        lines.push_back(line(i));
    }
    println!("{}", lines.iter().map(String::len).sum::<usize>());
}
