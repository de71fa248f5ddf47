//! One thread: zone after zone, each over texts of its own, every document read back before its zone closes.

use super::orders::{Memory, Orders, Words, ZoneMode};
use super::stream::Stream;
use crate::probe::jemalloc;
use nlp_core::doc::Doc;
use nlp_core::{Error, Language, Zone, ZonePool};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Barrier, Mutex, PoisonError};

/// Documents in one request.
const REQUEST_DOCUMENTS: u64 = 4;

/// What the threads share.
pub(super) struct Crew<'p> {
    pub(super) orders: &'p Orders,
    pub(super) nlp: &'p Language,
    pub(super) pool: &'p ZonePool<&'p Language>,
    pub(super) totals: Totals,
    /// Where all threads meet with their zones open, in the rounds that are measured.
    pub(super) meeting: Barrier,
    /// Where they wait between zones, twice: until all have come, and until memory has been measured.
    pub(super) pause: Barrier,
    /// Set while all of them wait: no further round.
    pub(super) stop: AtomicBool,
}

/// What all threads have done so far.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) documents: AtomicU64,
    pub(super) tokens: AtomicU64,
    pub(super) wrong_texts: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) panics: AtomicU64,
    pub(super) zone_bytes: AtomicU64,
    /// The first thing that went wrong.
    pub(super) trouble: Mutex<Option<String>>,
}

impl Totals {
    fn went_wrong(&self, count: &AtomicU64, what: impl FnOnce() -> String) {
        count.fetch_add(1, Relaxed);
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.get_or_insert_with(what);
    }
}

/// Where documents are made: a zone, or the pipeline itself.
trait Scope {
    fn parse(&self, text: &str) -> Result<Doc<'_>, Error>;
    fn parse_batch(&self, texts: &[String]) -> Vec<Result<Doc<'_>, Error>>;
    fn tokenize(&self, text: &str) -> Result<Doc<'_>, Error>;
}

impl Scope for Language {
    fn parse(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.parse(text)
    }

    fn parse_batch(&self, texts: &[String]) -> Vec<Result<Doc<'_>, Error>> {
        self.parse_batch(texts)
    }

    fn tokenize(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.tokenize(text)
    }
}

impl Scope for Zone<'_> {
    fn parse(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.parse(text)
    }

    fn parse_batch(&self, texts: &[String]) -> Vec<Result<Doc<'_>, Error>> {
        self.parse_batch(texts)
    }

    fn tokenize(&self, text: &str) -> Result<Doc<'_>, Error> {
        self.tokenize(text)
    }
}

impl Crew<'_> {
    /// Does all the rounds of one thread.
    pub(super) fn work(&self, thread: u64, mut stream: Stream) {
        for round in 0..self.orders.rounds {
            let texts = match self.orders.words {
                Words::Novel => self.texts(&mut stream),
                // From a copy, which starts at the same word each time.
                Words::Repeated => self.texts(&mut stream.clone()),
            };
            let measured = self.orders.is_measured(round + 1);
            self.round(thread, round, measured, &texts);
            drop(texts);
            if measured {
                if self.orders.memory == Memory::Returned {
                    jemalloc::empty_thread_cache();
                }
                self.pause.wait();
                self.pause.wait();
                if self.stop.load(Relaxed) {
                    return;
                }
            }
        }
    }

    /// The texts of one zone.
    fn texts(&self, stream: &mut Stream) -> Vec<String> {
        let words = self.orders.words_per_zone;
        match self.orders.zones {
            ZoneMode::PerDocument => stream.documents(1, words),
            ZoneMode::PerRequest => stream.documents(REQUEST_DOCUMENTS.min(words), words),
            ZoneMode::PerBatch | ZoneMode::Off => stream.sentences(words),
        }
    }

    /// One zone. A panic in it is counted, and the thread goes on: what a zone held has to be gone all the same.
    fn round(&self, thread: u64, round: u64, measured: bool, texts: &[String]) {
        let met = Cell::new(false);
        let meet = || {
            if measured && !met.replace(true) {
                self.meeting.wait();
            }
        };
        let in_zone = |zone: &Zone<'_>| {
            meet();
            self.annotate(zone, round, texts);
            if measured && thread == 0 {
                let held = zone.memory_report().total_bytes() as u64;
                self.totals.zone_bytes.store(held, Relaxed);
            }
        };
        // Nothing that a panic could leave half changed is looked at afterwards: the counts are single additions.
        let result = catch_unwind(AssertUnwindSafe(|| match self.orders.zones {
            ZoneMode::PerDocument | ZoneMode::PerBatch => self.nlp.memory_zone(in_zone),
            ZoneMode::PerRequest => self.pool.memory_zone(in_zone),
            ZoneMode::Off => {
                meet();
                self.annotate(self.nlp, round, texts);
            }
        }));
        if let Err(panic) = result {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
            self.totals.went_wrong(&self.totals.panics, || {
                format!("a zone panicked: {}", said.unwrap_or("without a word"))
            });
        }
        // The others wait for this thread, also if its zone never opened.
        meet();
    }

    fn annotate<S: Scope>(&self, scope: &S, round: u64, texts: &[String]) {
        let together = matches!(self.orders.zones, ZoneMode::PerBatch | ZoneMode::Off);
        if !self.orders.work.parses(round) {
            for text in texts {
                self.read_back(scope.tokenize(text), text);
            }
        } else if together {
            for (doc, text) in scope.parse_batch(texts).into_iter().zip(texts) {
                self.read_back(doc, text);
            }
        } else {
            for text in texts {
                self.read_back(scope.parse(text), text);
            }
        }
    }

    /// Compares a document with the text that it was made of, by the strings that its words are kept as.
    fn read_back(&self, doc: Result<Doc<'_>, Error>, text: &str) {
        let totals = &self.totals;
        totals.documents.fetch_add(1, Relaxed);
        match doc {
            Ok(doc) => {
                totals.tokens.fetch_add(doc.len() as u64, Relaxed);
                if !gives_back(&doc, text) {
                    totals.went_wrong(&totals.wrong_texts, || {
                        let came = text_of(&doc);
                        format!("the text {} came back as {}", quoted(text), quoted(&came))
                    });
                }
            }
            Err(error) => totals.went_wrong(&totals.errors, || {
                format!("the text {} cannot be parsed: {error}", quoted(text))
            }),
        }
    }
}

/// Whether the words of a document, as the vocabulary keeps them, are the text.
fn gives_back(doc: &Doc<'_>, text: &str) -> bool {
    let mut rest = text;
    for token in doc.tokens() {
        let after = rest.strip_prefix(token.lexeme().text());
        let after = after.filter(|_| token.text() == token.lexeme().text());
        match after.and_then(|after| after.strip_prefix(token.whitespace())) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// The beginning of a text, in quotes.
fn quoted(text: &str) -> String {
    const ENOUGH: usize = 200;
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn text_of(doc: &Doc<'_>) -> String {
    let pieces = doc
        .tokens()
        .flat_map(|token| [token.lexeme().text(), token.whitespace()]);
    pieces.collect()
}
