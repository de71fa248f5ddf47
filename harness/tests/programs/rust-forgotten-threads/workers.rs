// Build: rustc --edition 2021 -g -C opt-level=1 -o workers workers.rs
// Usage: workers N [--twin]
// A thread that is spawned and not joined is detached by Rust, and each waits on a channel that is never closed. The
// twin closes it and joins.
use std::sync::mpsc::{RecvError, Sender, channel};
use std::thread::{Builder, JoinHandle};

#[inline(never)]
fn start(i: usize) -> (Sender<usize>, JoinHandle<Result<usize, RecvError>>) {
    let (to, from) = channel::<usize>();
    let (ready, wait) = channel::<()>();
    let thread = Builder::new()
        .stack_size(65536)
        .spawn(move || { /*@site*/
            ready.send(()).unwrap();
            from.recv().map(|got| got + i)
        })
        .unwrap();
    wait.recv().unwrap();
    (to, thread)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let mut senders = Vec::new();
    for i in 0..n {
        let (sender, thread) = start(i);
        if twin {
            drop(sender);
            assert!(thread.join().unwrap().is_err());
        } else {
            senders.push(sender);
        }
    }
    println!("{} workers", senders.len());
    std::process::exit(0);
}
