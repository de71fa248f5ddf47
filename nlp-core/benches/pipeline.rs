//! How fast the pipeline runs over a text file: words per second, allocations per document, peak RSS.
//!
//! `cargo bench -p nlp-core` runs the English pipeline over UD English EWT's test part. After `--`:
//! `--texts FILE` (one document a line), `--model DIR`, `--only NAME,NAME` (of its components), `--repeat N`, `--batch N`,
//! `--zones` (one zone a batch), `--threads N` (of a pipe), `--alone` (texts one by one, and how long each takes),
//! `--warm FILE` (texts that are parsed before, instead of FILE itself), `--json` (one JSON object, which
//! `tools/speed_table.py` pairs with spaCy's).

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
    only: Option<String>,
    warm: Option<String>,
    threads: usize,
    alone: bool,
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
            only: None,
            warm: None,
            threads: 1,
            alone: false,
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
                "--only" => options.only = Some(value()),
                "--warm" => options.warm = Some(value()),
                "--threads" => options.threads = value().parse().expect("--threads takes a number"),
                "--alone" => options.alone = true,
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
    if options.threads > 1 {
        return std::thread::scope(|scope| {
            let docs = nlp.pipe(texts).batch_size(options.batch);
            let docs = docs.threads(scope, options.threads);
            docs.map(|doc| doc.expect("every text of the benchmark parses").len())
                .sum()
        });
    }
    let batches = texts.chunks(options.batch.max(1));
    match options.zones {
        true => batches
            .map(|batch| nlp.memory_zone(|zone| count(zone.parse_batch(batch))))
            .sum(),
        false => batches.map(|batch| count(nlp.parse_batch(batch))).sum(),
    }
}

/// Seconds that each text takes by itself.
fn alone(nlp: &Language, texts: &[&str]) -> Vec<f64> {
    let one = |text: &&str| {
        let started = Instant::now();
        let doc = nlp.parse(text);
        let seconds = started.elapsed().as_secs_f64();
        doc.expect("every text of the benchmark parses");
        seconds
    };
    texts.iter().map(one).collect()
}

/// The number below which a share of some numbers lies.
fn quantile(numbers: &mut [f64], share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().saturating_sub(1);
    numbers
        .get((last as f64 * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

fn json_number(number: f64) -> String {
    match number.is_finite() {
        true => format!("{number:.4}"),
        false => "null".to_owned(),
    }
}

fn read(file: &str) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {file}: {e}"))
}

fn lines(text: &str) -> Vec<&str> {
    text.split('\n').filter(|line| !line.is_empty()).collect()
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
        Some(file) => read(file),
        None => include_str!("data/ewt-test.txt").to_owned(),
    };
    let texts = lines(&text);
    let started = Instant::now();
    let mut nlp = match &options.model {
        Some(dir) => Language::load(dir).unwrap_or_else(|e| panic!("{e}")),
        None => models::english().expect("the embedded pipeline loads"),
    };
    let load_seconds = started.elapsed().as_secs_f64();

    let only = options.only.as_ref();
    let only: Option<Vec<&str>> = only.map(|names| names.split(',').collect());
    let names: Vec<String> = nlp.pipeline().map(|(name, _)| name.to_owned()).collect();
    for name in &names {
        if only
            .as_ref()
            .is_some_and(|only| !only.contains(&name.as_str()))
        {
            nlp.disable_pipe(name).unwrap_or_else(|e| panic!("{e}"));
        }
    }

    match &options.warm {
        None => _ = pass(&nlp, &texts, &options),
        Some(file) => _ = pass(&nlp, &lines(&read(file)), &options),
    }
    let mut words = None;
    let mut seconds = Vec::new();
    let mut allocations = 0;
    for _ in 0..options.repeat.max(1) {
        let (before, started) = (ALLOCATIONS.load(Relaxed), Instant::now());
        let made = pass(&nlp, &texts, &options);
        assert_eq!(*words.get_or_insert(made), made);
        seconds.push(started.elapsed().as_secs_f64());
        allocations = ALLOCATIONS.load(Relaxed) - before;
    }
    let words = words.unwrap_or(0);
    let mut each = match options.alone {
        true => alone(&nlp, &texts),
        false => Vec::new(),
    };
    let (median, p99) = (quantile(&mut each, 0.5), quantile(&mut each, 0.99));
    let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let (speed, per_doc) = (words as f64 / best, allocations as f64 / texts.len() as f64);
    let rss = peak_rss_mib();
    if options.json {
        println!(
            "{{\"tokens\": {words}, \"documents\": {}, \"seconds\": {seconds:.4?}, \"words_per_second\": {speed:.0}, \
             \"allocations_per_document\": {per_doc:.1}, \"load_seconds\": {load_seconds:.4}, \
             \"peak_rss_mib\": {rss:.1}, \"alone_ms\": [{}, {}]}}",
            texts.len(),
            json_number(1000.0 * median),
            json_number(1000.0 * p99),
        );
    } else {
        println!(
            "{} documents, {words} words, best of {} passes on {} thread(s)",
            texts.len(),
            seconds.len(),
            options.threads
        );
        println!("  words per second          {speed:>12.0}");
        println!("  allocations per document  {per_doc:>12.1}");
        println!("  seconds to load           {load_seconds:>12.3}");
        println!("  peak RSS, MiB             {rss:>12.1}");
        if options.alone {
            println!("  ms for a text alone       {:>12.3}", 1000.0 * median);
            println!("  of a hundred, the slowest {:>12.3}", 1000.0 * p99);
        }
    }
}
