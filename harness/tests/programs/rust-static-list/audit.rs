// Build: rustc --edition 2021 -g -C opt-level=1 -o audit audit.rs
// Usage: audit N [--twin]
// A static list of audit lines behind a lock, which nobody empties: its lines grow steadily, its table by doubling.
use std::collections::VecDeque;
use std::sync::Mutex;

static LINES: Mutex<VecDeque<Box<[u8]>>> = Mutex::new(VecDeque::new());

#[inline(never)]
fn record(i: usize, twin: bool) -> usize {
    let line = vec![i as u8; 500].into_boxed_slice(); /*@site*/
    let mut lines = LINES.lock().unwrap();
    lines.push_back(line); /*@site2*/
    if twin {
        lines.pop_front();
    }
    lines.len()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let most = (0..n).map(|i| record(i, twin)).max();
    println!("{most:?}");
}
