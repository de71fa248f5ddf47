//! The pool's list under every order of threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::idle::Idle;
use crate::interleavings::{Seen, every_order};
use crate::sync::{Mutex, lock};

/// What stands for a layer: it notices a second owner, and counts how many of its kind there are.
struct Layer {
    owned: AtomicBool,
    alive: Arc<AtomicUsize>,
}

impl Layer {
    fn new(alive: &Arc<AtomicUsize>) -> Layer {
        alive.fetch_add(1, Ordering::Relaxed);
        Layer {
            owned: AtomicBool::new(false),
            alive: Arc::clone(alive),
        }
    }

    fn own(&self) {
        assert!(
            !self.owned.swap(true, Ordering::Relaxed),
            "a layer has two owners"
        );
    }

    fn disown(&self) {
        assert!(
            self.owned.swap(false, Ordering::Relaxed),
            "a layer came back twice"
        );
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        assert!(
            !self.owned.load(Ordering::Relaxed),
            "a layer is dropped while it is used"
        );
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a request does with the pool's list. Between the two locks any other thread may run.
fn request(idle: &Idle<Layer>, alive: &Arc<AtomicUsize>) {
    let layer = idle.take().unwrap_or_else(|| Layer::new(alive));
    layer.own();
    layer.disown();
    idle.put(layer);
}

/// `threads` threads with `requests` each, over a list that keeps `most`; what is idle in the end, over all orders.
fn requests(threads: usize, requests: usize, most: usize) -> (usize, Vec<usize>) {
    let ends = Seen::default();
    let seen = ends.clone();
    let orders = every_order(move || {
        let idle = Arc::new(Idle::new(most));
        let alive = Arc::new(AtomicUsize::new(0));
        let work = |looks: bool| {
            let (idle, alive) = (Arc::clone(&idle), Arc::clone(&alive));
            move || {
                for _ in 0..requests {
                    request(&idle, &alive);
                    // One thread looks: every lock taken multiplies the orders.
                    assert!(
                        !looks || idle.look(Vec::len) <= most,
                        "more are kept than may be"
                    );
                }
            }
        };
        let others: Vec<_> = (1..threads)
            .map(|_| loom::thread::spawn(work(false)))
            .collect();
        work(true)();
        others.into_iter().for_each(|thread| thread.join().unwrap());
        let kept = idle.look(Vec::len);
        assert_eq!(alive.load(Ordering::Relaxed), kept, "a layer is lost");
        seen.add(kept);
    });
    (orders, ends.all())
}

#[test]
fn two_threads_never_own_one_layer_and_lose_none() {
    let (orders, ends) = requests(2, 2, 4);
    println!("{orders} orders");
    // Both ways it can end were met: one layer that went from hand to hand, and one for each thread.
    assert_eq!(ends, [1, 2]);
}

#[test]
fn three_threads_never_own_one_layer_and_lose_none() {
    let (orders, ends) = requests(3, 1, 4);
    println!("{orders} orders");
    assert_eq!(ends, [1, 2, 3]);
}

#[test]
fn no_order_makes_a_list_keep_more_than_it_may() {
    let (orders, ends) = requests(3, 1, 1);
    println!("{orders} orders");
    assert_eq!(ends, [1]);
    let (orders, ends) = requests(2, 2, 0);
    println!("{orders} orders");
    assert_eq!(ends, [0]);
}

/// A thing whose end needs the list that it is put into.
struct LooksWhenDropped(std::sync::Weak<Idle<LooksWhenDropped>>);

impl Drop for LooksWhenDropped {
    fn drop(&mut self) {
        if let Some(idle) = self.0.upgrade() {
            idle.look(Vec::len);
        }
    }
}

#[test]
fn what_a_full_list_does_not_keep_is_dropped_outside_its_lock() {
    let orders = every_order(|| {
        let idle = Arc::new(Idle::new(1));
        let put =
            |idle: &Arc<Idle<LooksWhenDropped>>| idle.put(LooksWhenDropped(Arc::downgrade(idle)));
        let other = Arc::clone(&idle);
        let thread = loom::thread::spawn(move || put(&other));
        put(&idle);
        put(&idle);
        thread.join().unwrap();
        assert_eq!(idle.look(Vec::len), 1);
    });
    println!("{orders} orders");
}

/// The same list with a fault: room is looked for under one lock, and used under another.
#[test]
#[should_panic(expected = "more are kept than may be")]
fn a_planted_race_is_found() {
    every_order(|| {
        let list = Arc::new(Mutex::new(Vec::new()));
        let put = |list: &Mutex<Vec<u8>>| {
            let has_room = lock(list).is_empty();
            if has_room {
                lock(list).push(1);
            }
        };
        let other = Arc::clone(&list);
        let thread = loom::thread::spawn(move || put(&other));
        put(&list);
        thread.join().unwrap();
        assert!(lock(&list).len() <= 1, "more are kept than may be");
    });
}
