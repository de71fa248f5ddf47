//! How fast the pipeline runs over a text file, on one thread: words per second, allocations per document, peak RSS.
//!
//! `cargo bench -p nlp-core` runs the English pipeline over UD English EWT's test part. After `--`:
//! `--texts FILE` (one document a line), `--model DIR`, `--repeat N`, `--batch N`, `--zones` (one zone a batch),
//! `--json` (one JSON object, with the keys of `tools/` scripts that pair this with spaCy).

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use nlp_core::{Doc, Error, Language, models};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(ptr, layout, new_size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Options {
    texts: Option<String>,
    model: Option<String>,
    repeat: usize,
    batch: usize,
    zones: bool,
    json: bool,
}

impl Options {
    fn parse() -> Options {
        let mut options = Options {
            texts: None,
            model: None,
            repeat: 5,
            batch: 64,
            zones: false,
            json: false,
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
            match arg.as_str() {
                "--texts" => options.texts = Some(value()),
                "--model" => options.model = Some(value()),
                "--repeat" => options.repeat = value().parse().expect("--repeat takes a number"),
                "--batch" => options.batch = value().parse().expect("--batch takes a number"),
                "--zones" => options.zones = true,
                "--json" => options.json = true,
                // What cargo passes to every benchmark and test.
                "--bench" | "--test" => {}
                other => panic!("{other} is no option of this benchmark"),
            }
        }
        options
    }
}

fn count(docs: Vec<Result<Doc<'_>, Error>>) -> usize {
    docs.into_iter()
        .map(|doc| doc.expect("every text of the benchmark parses").len())
        .sum()
}

fn pass(nlp: &Language, texts: &[&str], options: &Options) -> usize {
    let batches = texts.chunks(options.batch.max(1));
    match options.zones {
        true => batches
            .map(|batch| nlp.memory_zone(|zone| count(zone.parse_batch(batch))))
            .sum(),
        false => batches.map(|batch| count(nlp.parse_batch(batch))).sum(),
    }
}

/// The most memory that was ever resident, in MiB; 0 where the system does not say.
fn peak_rss_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn main() {
    let options = Options::parse();
    let text = match &options.texts {
        Some(file) => {
            std::fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {file}: {e}"))
        }
        None => include_str!("data/ewt-test.txt").to_owned(),
    };
    let texts: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
    let started = Instant::now();
    let nlp = match &options.model {
        Some(dir) => Language::load(dir).unwrap_or_else(|e| panic!("{e}")),
        None => models::english().expect("the embedded pipeline loads"),
    };
    let load_seconds = started.elapsed().as_secs_f64();

    let words = pass(&nlp, &texts, &options);
    let mut seconds = Vec::new();
    let mut allocations = 0;
    for _ in 0..options.repeat.max(1) {
        let (before, started) = (ALLOCATIONS.load(Relaxed), Instant::now());
        assert_eq!(pass(&nlp, &texts, &options), words);
        seconds.push(started.elapsed().as_secs_f64());
        allocations = ALLOCATIONS.load(Relaxed) - before;
    }
    let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let (speed, per_doc) = (words as f64 / best, allocations as f64 / texts.len() as f64);
    let rss = peak_rss_mib();
    if options.json {
        println!(
            "{{\"tokens\": {words}, \"documents\": {}, \"seconds\": {seconds:.4?}, \"words_per_second\": {speed:.0}, \
             \"allocations_per_document\": {per_doc:.1}, \"load_seconds\": {load_seconds:.4}, \
             \"peak_rss_mib\": {rss:.1}}}",
            texts.len()
        );
    } else {
        println!(
            "{} documents, {words} words, best of {} passes on one thread",
            texts.len(),
            seconds.len()
        );
        println!("  words per second          {speed:>12.0}");
        println!("  allocations per document  {per_doc:>12.1}");
        println!("  seconds to load           {load_seconds:>12.3}");
        println!("  peak RSS, MiB             {rss:>12.1}");
    }
}
