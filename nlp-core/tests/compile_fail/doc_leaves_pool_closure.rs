//! Nothing leaves the closure that a pooled zone was taken out for.
use nlp_core::{PoolConfig, ZonePool};

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let doc = pool.memory_zone(|zone| zone.parse("Out of the pool").unwrap());
    println!("{}", doc.text());
}
