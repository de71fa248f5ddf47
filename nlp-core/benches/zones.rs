//! What zones cost: throughput without zones, with a zone for every document, and with one out of a pool, in one run;
//! and what closing a zone costs, by how much is in it.
//!
//! `cargo bench -p nlp-core --bench zones` runs over UD English EWT's test part. After `--`: `--texts FILE` (one
//! document a line), `--model DIR`, `--rounds N`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use nlp_core::{Doc, Error, Keep, Language, PoolConfig, Zone, ZonePool, models};

fn len(doc: Result<Doc<'_>, Error>) -> usize {
    doc.expect("every text of the benchmark parses").len()
}

/// A way to run texts one by one. Returns the number of tokens.
type Way<'a> = Box<dyn Fn(&[&str]) -> usize + 'a>;

/// Documents that one way runs before it is the next one's turn.
const TURN: usize = 32;

/// Words per second of each way. They take turns every few documents, each turn begun by another, so that whatever else
/// the machine does meanwhile slows all of them alike.
fn paired(texts: &[&str], rounds: usize, ways: &[(&str, Way<'_>)]) {
    let mut spent = vec![Duration::ZERO; ways.len()];
    let mut words = 0;
    for round in 0..=rounds {
        for (turn, texts) in texts.chunks(TURN).enumerate() {
            for i in 0..ways.len() {
                let way = (i + turn) % ways.len();
                let started = Instant::now();
                let tokens = (ways[way].1)(texts);
                // The first round warms up.
                if round > 0 {
                    spent[way] += started.elapsed();
                    words += if way == 0 { tokens } else { 0 };
                }
            }
        }
    }
    for ((name, _), time) in ways.iter().zip(&spent) {
        println!(
            "  {name:<46} {:>12.0} words/s {:>7.1}%",
            words as f64 / time.as_secs_f64(),
            100.0 * spent[0].as_secs_f64() / time.as_secs_f64()
        );
    }
}

/// How long it takes to close a zone that `documents` documents went through.
fn closing(pool: &ZonePool<&Language>, texts: &[&str], documents: usize) -> (Duration, usize) {
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let zone = pool.zone();
            for i in 0..documents {
                len(zone.tokenize(texts[i % texts.len()]));
            }
            let started = Instant::now();
            drop(zone);
            started.elapsed()
        })
        .collect();
    times.sort();
    let bytes = pool.memory_zone(|zone| {
        for i in 0..documents {
            len(zone.tokenize(texts[i % texts.len()]));
        }
        zone.memory_report().total_bytes()
    });
    (times[times.len() / 2], bytes)
}

fn ways<'a>(
    nlp: &'a Language,
    pool: &'a ZonePool<&'a Language>,
    warm: &'a ZonePool<&'a Language>,
    without: impl Fn(&str) -> usize + 'a,
    within: impl Fn(&Zone<'_>, &str) -> usize + Copy + 'a,
) -> [(&'static str, Way<'a>); 4] {
    let each = |work: &dyn Fn(&str) -> usize, texts: &[&str]| texts.iter().map(|t| work(t)).sum();
    [
        (
            "without zones",
            Box::new(move |texts| each(&without, texts)),
        ),
        (
            "a new zone for every document",
            Box::new(move |texts| each(&|t| nlp.memory_zone(|zone| within(zone, t)), texts)),
        ),
        (
            "a pooled zone for every document",
            Box::new(move |texts| each(&|t| pool.memory_zone(|zone| within(zone, t)), texts)),
        ),
        (
            "a pooled zone that keeps 4 MiB of words warm",
            Box::new(move |texts| each(&|t| warm.memory_zone(|zone| within(zone, t)), texts)),
        ),
    ]
}

fn main() {
    let (mut file, mut model, mut rounds) = (None, None, 5);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--texts" => file = Some(value()),
            "--model" => model = Some(value()),
            "--rounds" => rounds = value().parse().expect("--rounds takes a number"),
            // What cargo passes to every benchmark and test.
            "--bench" | "--test" => {}
            other => panic!("{other} is no option of this benchmark"),
        }
    }
    let text = match &file {
        Some(file) => {
            std::fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {file}: {e}"))
        }
        None => include_str!("data/ewt-test.txt").to_owned(),
    };
    let texts: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
    let nlp = match &model {
        Some(dir) => Language::load(dir).unwrap_or_else(|e| panic!("{e}")),
        None => models::english().expect("the embedded pipeline loads"),
    };
    let pool = ZonePool::new(&nlp, PoolConfig::default());

    let warm = ZonePool::new(
        &nlp,
        PoolConfig {
            warm_words: true,
            keep: Keep {
                arena: 4 << 20,
                table: 512 << 10,
            },
            ..PoolConfig::default()
        },
    );
    let parse = |zone: &Zone<'_>, text: &str| len(zone.parse(text));
    let tokenize = |zone: &Zone<'_>, text: &str| len(zone.tokenize(text));
    println!("parsing {} documents, one by one, one thread", texts.len());
    paired(
        &texts,
        rounds.max(1),
        &ways(&nlp, &pool, &warm, |text| len(nlp.parse(text)), parse),
    );
    println!("splitting them into tokens alone");
    paired(
        &texts,
        50 * rounds.max(1),
        &ways(&nlp, &pool, &warm, |text| len(nlp.tokenize(text)), tokenize),
    );

    println!("closing a pooled zone");
    for documents in [10, 100, 1_000, 10_000] {
        let (time, bytes) = closing(&pool, &texts, black_box(documents));
        println!(
            "  after {documents:>6} documents {:>10.1} us, {:>6} KiB in the zone",
            time.as_secs_f64() * 1e6,
            bytes >> 10
        );
    }
}
