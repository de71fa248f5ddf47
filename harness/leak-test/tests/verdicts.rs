//! Many kinds of work, leaky and healthy, each with the verdict that it has to have.

use leak_test::{Failure, LeakTest};
use std::collections::{HashMap, VecDeque};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();

/// Numbers that look drawn at random, the same in every run (xorshift).
struct Draws(u64);

impl Draws {
    fn new(seed: u64) -> Draws {
        Draws(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

fn lose(bytes: usize) {
    std::mem::forget(black_box(vec![1_u8; bytes]));
}

#[test]
fn a_byte_kept_every_so_many_iterations_is_growth_wherever_it_begins() {
    for period in 1..=40 {
        for phase in 0..period {
            let mut iteration = phase;
            let result = LeakTest::new().run(|| {
                iteration += 1;
                if iteration % period == 0 {
                    lose(1);
                }
            });
            assert!(
                matches!(result, Err(Failure::Growing(_))),
                "every {period} from {phase}: {result:?}"
            );
        }
    }
}

#[test]
fn what_is_kept_at_random_never_passes_where_it_comes_once_in_ten_iterations_or_more_often() {
    for bound in [2, 3, 5, 8, 10] {
        for seed in 1..=50 {
            let mut draws = Draws::new(seed);
            let result = LeakTest::new().run(|| {
                if draws.below(bound) == 0 {
                    lose(8);
                }
            });
            assert!(result.is_err(), "once in {bound}, seed {seed}: {result:?}");
        }
    }
}

/// Whether none of some works of one kind is called growing.
fn never_grows(kind: &str, work: impl Fn(u64) -> Box<dyn FnMut()>) {
    for seed in 1..=20 {
        let mut work = work(seed);
        let result = LeakTest::new().run(&mut work);
        assert!(
            !matches!(result, Err(Failure::Growing(_))),
            "{kind}, seed {seed}: {result:?}"
        );
    }
}

#[test]
fn caches_of_up_to_two_hundred_entries_never_grow() {
    for size in [5, 20, 50, 100, 200] {
        never_grows("filled at random", |seed| {
            let (mut draws, mut cache) = (Draws::new(seed), HashMap::new());
            Box::new(move || {
                let make = || vec![0_u8; 40];
                cache.entry(draws.below(size)).or_insert_with(make);
            })
        });
        never_grows("filled in order", |seed| {
            let (mut next, mut cache) = (seed, HashMap::new());
            Box::new(move || {
                next += 1;
                cache.entry(next % size).or_insert_with(|| vec![0_u8; 40]);
            })
        });
        never_grows("the newest, of all sizes", |seed| {
            let (mut draws, mut newest) = (Draws::new(seed), VecDeque::new());
            Box::new(move || {
                newest.push_back(vec![0_u8; 1 + draws.below(100) as usize]);
                if newest.len() as u64 > size {
                    newest.pop_front();
                }
            })
        });
    }
}

#[test]
fn buffers_never_grow() {
    for size in [5, 20, 50, 100, 200] {
        never_grows("as large as the largest so far", |seed| {
            let (mut draws, mut buffer) = (Draws::new(seed), Vec::new());
            Box::new(move || {
                buffer.clear();
                buffer.resize(1 + draws.below(1_000) as usize, 0_u8);
            })
        });
        never_grows("emptied when full", |seed| {
            let (mut draws, mut buffer) = (Draws::new(seed), Vec::new());
            Box::new(move || {
                buffer.push(vec![0_u8; 10 + draws.below(20) as usize]);
                if buffer.len() as u64 >= size {
                    buffer.clear();
                }
            })
        });
    }
}
