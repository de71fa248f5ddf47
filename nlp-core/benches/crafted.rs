//! What words cost whose ids were chosen to meet in the tables, beside plain words of the same lengths: once those that
//! all have one id, once those whose ids share the bits that a table would take for a place.
//!
//! `cargo bench -p nlp-core --bench crafted`. After `--`: `--words N` [40,000], `--rounds N` [5]. Every round takes all
//! four lists in turn; the ratios are of medians. Making the words takes longer than reading them.

#[path = "../tests/collide/mod.rs"]
mod collide;

use std::time::{Duration, Instant};

use nlp_core::{Language, Limits, models};

fn option(name: &str, default: usize) -> usize {
    let mut args = std::env::args().skip_while(|arg| arg != name);
    args.nth(1)
        .map_or(default, |value| value.parse().expect("a number"))
}

/// Words of letters that nobody crafted, as long as these.
fn plain(words: &[String]) -> Vec<String> {
    let mut state = 88_172_645_463_325_252u64;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state >> 33) as u8 % 26)
    };
    words
        .iter()
        .map(|word| word.chars().map(|_| letter()).collect())
        .collect()
}

/// How long it takes to split the words into tokens, and to annotate them.
fn time(nlp: &Language, words: &[String]) -> [Duration; 2] {
    let text = words.join(" ");
    let zone = nlp.zone();
    let begin = Instant::now();
    zone.tokenize(&text).expect("within the limits");
    let tokenized = begin.elapsed();
    let zone = nlp.zone();
    let begin = Instant::now();
    zone.parse(&text).expect("within the limits");
    [tokenized, begin.elapsed()]
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn main() {
    let (count, rounds) = (option("--words", 40_000), option("--rounds", 5));
    let mut nlp = models::english().expect("the embedded pipeline");
    nlp.set_limits(Limits {
        chars: usize::MAX,
        ..Limits::default()
    });
    let crafted = [
        ("one id", collide::family(count)),
        ("like ids", collide::crowd(count)),
    ];
    for (name, words) in &crafted {
        let plain = plain(words);
        let (mut these, mut those) = ([vec![], vec![]], [vec![], vec![]]);
        for _ in 0..rounds {
            for (words, times) in [(words, &mut these), (&plain, &mut those)] {
                let [tokenized, parsed] = time(&nlp, words);
                times[0].push(tokenized);
                times[1].push(parsed);
            }
        }
        for (what, (these, those)) in ["tokenizer", "pipeline"]
            .iter()
            .zip(these.into_iter().zip(those))
        {
            let (these, those) = (median(these), median(those));
            println!(
                "{count} words of {name:8}  {what:9}  {these:.3} s, plain ones {those:.3} s: {:.2} times",
                these / those
            );
        }
    }
}
