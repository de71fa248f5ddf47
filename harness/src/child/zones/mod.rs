//! The measured process of `harness zones`: sends the threads off, and measures whenever all of them stand between two
//! zones.
//!
//! What is live then is what the program keeps. Everything that the harness itself needs in this process, the threads,
//! the words' letters and the counts, is there before the first round begins and stays as it is.

pub mod orders;
pub(crate) mod stream;
pub(crate) mod worker;

use crate::allocator;
use crate::engine::protocol::{Message, say};
use crate::probe::{jemalloc, room, rss};
use crate::workload::{Description, corpus::Corpus, pipeline};
use harness_tally::counters;
use nlp_core::{Language, PoolConfig, Store, ZonePool};
use orders::{Memory, Orders, StoreState, ZonesSample};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Barrier, PoisonError};
use std::thread;
use std::time::Instant;
use stream::Stream;
use worker::{Crew, Totals};

/// Carries out the orders.
///
/// # Errors
///
/// A sentence for the user: the corpus or the pipeline cannot be used, or the threads cannot be started.
pub(crate) fn run(orders: &Orders) -> Result<(), String> {
    let corpus = match &orders.corpus {
        Some(path) => Corpus::read(path)?,
        None => Corpus::shipped(),
    };
    let stream = Stream::new(&corpus, orders.seed)?;
    drop(corpus);
    let (nlp, subject) = pipeline::load(orders.model.as_ref())?;
    say(&Message::<ZonesSample>::Ready {
        allocator: allocator::mode().name().to_owned(),
        description: Description {
            subject,
            iteration: orders.zones.phrase().to_owned(),
        },
    });
    let threads = orders.threads;
    warm_up(&nlp, stream.part(threads, threads + 1));
    // Only now: what a fault does to the warm-up is not what is measured.
    if let Some(fault) = orders.inject {
        pipeline::plant(fault, false, &nlp)?;
    }
    let config = PoolConfig {
        max_idle: threads as usize,
        ..PoolConfig::default()
    };
    let pool = ZonePool::new(&nlp, config);
    let crew = Crew {
        orders,
        nlp: &nlp,
        pool: &pool,
        totals: Totals::default(),
        meeting: Barrier::new(threads as usize),
        pause: Barrier::new(threads as usize + 1),
        stop: AtomicBool::new(false),
    };
    let start = Barrier::new(threads as usize + 1);
    thread::scope(|scope| {
        for thread in 0..threads {
            let stream = stream.part(thread, threads + 1);
            let (crew, start) = (&crew, &start);
            let spawned = thread::Builder::new().spawn_scoped(scope, move || {
                start.wait();
                // Measured in between, with the threads there and idle.
                start.wait();
                crew.work(thread, stream);
            });
            if let Err(error) = spawned {
                // The threads that were started wait for ever; this process ends with the message.
                let message = format!("cannot start {threads} threads: {error}");
                say(&Message::<ZonesSample>::Refused { message });
                std::process::exit(2);
            }
        }
        start.wait();
        let begun = Instant::now();
        let before = sample(&crew, 0, begun);
        let (bytes, blocks) = (before.live_bytes, before.live_blocks);
        say(&Message::Sample(before));
        start.wait();
        let mut last = (bytes, blocks);
        for round in (1..=orders.rounds).filter(|round| orders.is_measured(*round)) {
            crew.pause.wait();
            let sample = sample(&crew, round, begun);
            let ran_low = sample.ran_low;
            last = (sample.live_bytes, sample.live_blocks);
            say(&Message::Sample(sample));
            crew.stop.store(ran_low, Relaxed);
            crew.pause.wait();
            if ran_low {
                break;
            }
        }
        say(&Message::<ZonesSample>::Finished {
            gained_bytes: last.0 as i64 - bytes as i64,
            gained_blocks: last.1 as i64 - blocks as i64,
        });
    });
    Ok(())
}

/// Tokenizes every sentence of the corpus once, in a zone: what is made once, when it is first needed, is there.
fn warm_up(nlp: &Language, stream: Stream) {
    nlp.memory_zone(|zone| {
        for text in stream.whole_corpus() {
            // A text that cannot be read is counted when it comes again.
            let _ = zone.tokenize(&text);
        }
    });
}

/// Measures, while no thread is in a zone. The counters are read first: what the rest of this allocates is freed again
/// before the threads go on.
fn sample(crew: &Crew<'_>, round: u64, begun: Instant) -> ZonesSample {
    let counted = counters::read();
    let (figures, rss_bytes) = (jemalloc::sample(), rss::resident_bytes());
    let returned = crew.orders.memory == Memory::Returned;
    if returned {
        jemalloc::give_back();
    }
    let totals = &crew.totals;
    let trouble = totals
        .trouble
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let mut stores: Vec<StoreState> = Vec::new();
    for report in [crew.nlp.memory_report(), crew.pool.memory_report()] {
        stores.extend(report.stores.iter().map(state));
    }
    ZonesSample {
        round,
        words: round * crew.orders.words_per_round(),
        documents: totals.documents.load(Relaxed),
        tokens: totals.tokens.load(Relaxed),
        wrong_texts: totals.wrong_texts.load(Relaxed),
        errors: totals.errors.load(Relaxed),
        panics: totals.panics.load(Relaxed),
        trouble: trouble.clone(),
        ran_low: round > 0 && room::is_nearly_used_up(),
        seconds: begun.elapsed().as_secs_f64(),
        live_bytes: counted.live_bytes,
        live_blocks: counted.live_blocks,
        total_bytes: counted.total_bytes,
        total_blocks: counted.total_blocks,
        jemalloc: figures,
        rss_bytes,
        rss_purged_bytes: returned.then(rss::resident_bytes).flatten(),
        zone_bytes: totals.zone_bytes.load(Relaxed),
        stores,
    }
}

fn state(store: &Store) -> StoreState {
    StoreState {
        owner: store.owner.name().to_owned(),
        name: store.name.to_string(),
        entries: store.entries as u64,
        capacity: store.capacity as u64,
        bytes: store.bytes as u64,
        on_close: store.on_close.name().to_owned(),
    }
}
