// Strings and vectors as Rust programs make them. Usage: strings [ALLOCATIONS, about]
use std::collections::HashMap;

#[inline(never)]
fn sentence(i: u64) -> String {
    let words: Vec<String> = (0..8).map(|w| format!("word{}", (i * 31 + w * 7) % 997)).collect();
    words.join(" ")
}

#[inline(never)]
fn count(texts: &[String]) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for text in texts {
        for word in text.split(' ') {
            *counts.entry(word.to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

fn main() {
    let many: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(2_900_000);
    let mut sum = 0;
    for batch in 0..many / 1900 {
        let texts: Vec<String> = (0..100).map(|i| sentence(batch * 100 + i)).collect();
        sum += count(&texts).values().map(|n| u64::from(*n)).sum::<u64>();
    }
    println!("{sum}");
}
