//! From the samples of one process to the figures that are judged.

use super::summary::{FirstLast, Growth, Level, Rss, StoreChange, StreamRun};
use crate::child::zones::orders::{StoreState, ZonesSample};
use crate::engine::place::SAMPLES_FILE;
use crate::engine::process::End;

/// Growth of the resident set counts from the first measurement after this part of the words.
const SETTLED_AFTER: u64 = 100;

/// Reduces the samples of one process, which was to stream `words`; without zones, none are counted. None if not even
/// the first round came to its end.
pub(crate) fn reduce(
    samples: &[ZonesSample],
    words: u64,
    threads: u64,
    has_zones: bool,
    end: &End,
) -> Option<StreamRun> {
    let (before, after) = samples.split_first()?;
    let (first, last) = (after.first()?, after.last()?);
    let growth = growth(first, last);
    Some(StreamRun {
        completed: *end == End::Done,
        failure: match end {
            End::Failed(how) => Some(how.clone()),
            End::Interrupted => Some("was stopped".to_owned()),
            End::Done | End::Refused(_) => None,
        },
        ran_low: last.ran_low,
        samples_file: SAMPLES_FILE.to_owned(),
        seconds: last.seconds - before.seconds,
        rounds: last.round,
        zones: if has_zones { last.round * threads } else { 0 },
        words: last.words,
        documents: last.documents,
        tokens: last.tokens,
        wrong_texts: last.wrong_texts,
        errors: last.errors,
        panics: last.panics,
        trouble: last.trouble.clone(),
        live_bytes: level(before, after, |sample| sample.live_bytes),
        live_blocks: level(before, after, |sample| sample.live_blocks),
        rss: rss(before, after, words),
        kept_by_allocator: last
            .jemalloc
            .map(|figures| figures.resident.saturating_sub(figures.allocated)),
        zone_bytes: FirstLast {
            first: first.zone_bytes,
            last: last.zone_bytes,
        },
        permanent_added: permanent(last) - permanent(before),
        growth,
        stores: last
            .stores
            .iter()
            .map(|store| change(first, store, growth.words))
            .collect(),
    })
}

fn level(before: &ZonesSample, after: &[ZonesSample], value: fn(&ZonesSample) -> u64) -> Level {
    let values = || after.iter().map(value);
    Level {
        before: value(before),
        first: values().next().unwrap_or_default(),
        last: values().next_back().unwrap_or_default(),
        min: values().min().unwrap_or_default(),
        max: values().max().unwrap_or_default(),
    }
}

fn rss(before: &ZonesSample, after: &[ZonesSample], words: u64) -> Option<Rss> {
    let is_settled = |sample: &ZonesSample| sample.words * SETTLED_AFTER >= words;
    // A run that was stopped early has nothing but its last moment.
    let settled = after.iter().position(is_settled).unwrap_or(after.len() - 1);
    let from = &after[settled];
    let last = after.last()?.resident()?;
    let settled_bytes = from.resident()?;
    let since = after[settled..].iter().filter_map(ZonesSample::resident);
    Some(Rss {
        first: after.first()?.resident()?,
        settled: settled_bytes,
        settled_at: from.words,
        last,
        max: since.max().unwrap_or(last),
        growth: last as i64 - settled_bytes as i64,
        untouched: untouched(before, from)?,
        unpurged_settled: from.rss_bytes?,
        unpurged_last: after.last()?.rss_bytes?,
    })
}

/// Live bytes taken since before the first round that are not resident yet.
fn untouched(before: &ZonesSample, settled: &ZonesSample) -> Option<u64> {
    let taken = settled.live_bytes.saturating_sub(before.live_bytes);
    let resident = settled.resident()?.saturating_sub(before.resident()?);
    Some(taken.saturating_sub(resident))
}

/// Strings and lexemes in the vocabulary that outlives every zone.
fn permanent(sample: &ZonesSample) -> i64 {
    let kept = sample.stores.iter().filter(|store| {
        store.owner == "vocabulary" && matches!(&*store.name, "strings" | "lexemes")
    });
    kept.map(|store| store.entries as i64).sum()
}

fn growth(first: &ZonesSample, last: &ZonesSample) -> Growth {
    let held = |sample: &ZonesSample| -> i64 {
        sample.stores.iter().map(|store| store.bytes as i64).sum()
    };
    let words = last.words - first.words;
    let documents = last.documents - first.documents;
    let live_bytes = last.live_bytes as i64 - first.live_bytes as i64;
    let store_bytes = held(last) - held(first);
    Growth {
        words,
        documents,
        live_bytes,
        live_blocks: last.live_blocks as i64 - first.live_blocks as i64,
        bytes_per_word: each(live_bytes, words),
        bytes_per_document: each(live_bytes, documents),
        store_bytes,
        store_bytes_per_word: each(store_bytes, words),
        difference_percent: (live_bytes != 0)
            .then(|| (store_bytes - live_bytes) as f64 / live_bytes as f64 * 100.0),
        unaccounted: live_bytes - store_bytes,
    }
}

fn each(bytes: i64, of: u64) -> f64 {
    if of == 0 {
        0.0
    } else {
        bytes as f64 / of as f64
    }
}

fn change(first: &ZonesSample, store: &StoreState, words: u64) -> StoreChange {
    let same =
        |earlier: &&StoreState| (&earlier.owner, &earlier.name) == (&store.owner, &store.name);
    let earlier = first.stores.iter().find(same);
    let pair = |value: fn(&StoreState) -> u64| FirstLast {
        first: earlier.map_or(0, value),
        last: value(store),
    };
    let bytes = pair(|store| store.bytes);
    StoreChange {
        owner: store.owner.clone(),
        name: store.name.clone(),
        on_close: store.on_close.clone(),
        entries: pair(|store| store.entries),
        capacity: pair(|store| store.capacity),
        bytes,
        bytes_per_word: each(bytes.last as i64 - bytes.first as i64, words),
    }
}
