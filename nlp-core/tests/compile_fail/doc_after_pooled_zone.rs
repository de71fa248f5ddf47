//! A pooled zone goes back to its pool empty: its documents go first.
use nlp_core::{PoolConfig, ZonePool};

fn main() {
    let nlp = nlp_core::models::english().unwrap();
    let pool = ZonePool::new(&nlp, PoolConfig::default());
    let zone = pool.zone();
    let doc = zone.parse("Back to the pool").unwrap();
    drop(zone);
    println!("{}", doc.text());
}
