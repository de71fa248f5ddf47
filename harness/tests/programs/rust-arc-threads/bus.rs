// Build: rustc --edition 2021 -g -C opt-level=1 -o bus bus.rs
// Usage: bus N [--twin]
// A listener is registered with a bus and holds the bus: a cycle of Arc through a lock, made in one thread and dropped in
// another.
use std::sync::{Arc, Mutex};

struct Bus {
    listeners: Mutex<Vec<Listener>>,
    name: [u8; 104],
}

struct Listener {
    _bus: Arc<Bus>,
}

#[inline(never)]
fn bus(i: usize) -> Arc<Bus> {
    Arc::new(Bus { listeners: Mutex::new(Vec::with_capacity(2)), name: [i as u8; 104] }) /*@site*/
}

#[inline(never)]
fn ride(i: usize, twin: bool) -> usize {
    let bus = bus(i);
    bus.listeners.lock().unwrap().push(Listener { _bus: bus.clone() });
    std::thread::spawn(move || {
        if twin {
            bus.listeners.lock().unwrap().clear();
        }
        usize::from(bus.name[7])
    })
    .join()
    .unwrap()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let n: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let twin = args.next().as_deref() == Some("--twin");
    let sum: usize = (0..n).map(|i| ride(i, twin)).sum();
    println!("{sum}");
}
