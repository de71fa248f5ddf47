//! What a service is told before it starts.

use std::sync::Arc;
use std::time::Duration;

use nlp_core::Language;

use super::heap::{self, Heap};
use super::token::Token;

/// How a [`Service`](super::Service) works.
pub struct Options {
    /// The pipelines by name. Requests that name none get the first.
    pub pipelines: Vec<(String, Arc<Language>)>,
    /// Threads that parse; at least one.
    pub threads: usize,
    /// Whether each piece of work is done in a zone out of the pipeline's pool. Without, the vocabulary keeps every new
    /// word, and memory grows with the words that are seen: for measuring what zones do.
    pub zones: bool,
    /// Entries of the tokenizer's cache of each zone, which stays warm from one request to the next; 0 keeps no text of a
    /// request during later ones.
    pub tokenizer_cache: usize,
    /// What a request may take.
    pub limits: Limits,
    /// The token that requests have to bear, if they have to.
    pub token: Option<Token>,
    /// Is told what is done.
    pub observer: Option<Arc<dyn Observer>>,
    /// What the allocator of this process holds.
    pub heap: fn() -> Option<Heap>,
}

impl Options {
    /// A service of these pipelines with the usual limits, a thread for each processor, and zones.
    pub fn new(pipelines: Vec<(String, Arc<Language>)>) -> Options {
        Options {
            pipelines,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            zones: true,
            tokenizer_cache: nlp_core::PoolConfig::default().tokenizer_cache,
            limits: Limits::default(),
            token: None,
            observer: None,
            heap: heap::of_the_system,
        }
    }
}

/// What requests and connections may take. What takes more gets an answer that says which limit it met.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Texts of a request.
    pub texts: usize,
    /// Code points of all texts of a request together.
    pub chars: usize,
    /// How long one text may take; for as long as the request may, where there is no such time.
    pub text_time: Option<Duration>,
    /// How long a request may take from its head to its answer.
    pub request_time: Duration,
    /// How long the head of a request may take to arrive, and how long a connection may wait for its next one.
    pub head_time: Duration,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long a client may take nothing of an answer before it is given up.
    pub write_time: Duration,
    /// Connections at once.
    pub connections: usize,
    /// Requests that wait for a thread.
    pub queue: usize,
    /// Bytes of all bodies that are being read or wait, together.
    pub held_bytes: usize,
    /// Texts that are parsed at once, of one request or of several small ones.
    pub batch_texts: usize,
    /// How long small requests wait for others to be parsed with, when more than one is there already and every thread is
    /// at work.
    pub batch_wait: Duration,
    /// How long a service that was told to stop finishes what it accepted.
    pub stop_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 2 << 20,
            texts: 1_000,
            chars: nlp_core::MAX_LENGTH,
            text_time: Some(Duration::from_secs(10)),
            request_time: Duration::from_secs(30),
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            connections: 4_096,
            queue: 256,
            held_bytes: 64 << 20,
            batch_texts: 64,
            batch_wait: Duration::from_millis(2),
            stop_time: Duration::from_secs(30),
        }
    }
}

/// Is told what a service does, as it does it: each method is called in the thread that does it.
pub trait Observer: Send + Sync {
    /// A connection was accepted.
    fn connected(&self) {}

    /// Texts of one request are about to be parsed.
    fn texts(&self, _texts: &[String]) {}

    /// A thread has done a piece of work, of one request or of several.
    fn worked(&self) {}
}
