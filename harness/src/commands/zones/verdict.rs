//! Concludes from a run.
//!
//! With zones the exact counters decide: what is live after the last zone has to be what was live after the first, to
//! the byte. The resident set is supporting evidence with a budget of its own: where it grows beyond that although
//! nothing live does, the allocator keeps pages or something is mapped outside the heap, and the sentence says so.
//! Without zones growth is what was asked to be shown; what has to hold is that the stores account for it.

use super::summary::{Check, CheckKind, Options, StoreChange, StreamRun, ZonesVerdict};
use crate::child::zones::orders::{Work, ZoneMode};
use harness_judge::sentence::{list, sentence_of};
use harness_model::Outcome;
use harness_model::units::{bytes, count, figure, gain, plural, words};

/// How far the stores' account of growth may be from the truth, in percent.
const TOLERANCE: f64 = 5.0;

/// How the resident set grows while nothing live does, and nothing is wrong: a pool takes its zones' memory whole.
const FIRST_USE: &str = ", by memory that was live before and is used for the first time";

/// Concludes.
pub(crate) fn judge(run: &StreamRun, options: &Options, interrupted: bool) -> ZonesVerdict {
    let budget = options.max_rss_growth;
    let checks = checks(run, options.zones, Some(budget));
    let doubts = doubts(run, options, interrupted);
    let fails = checks.iter().any(|check| !check.holds);
    let outcome = match (interrupted, fails, doubts.is_empty()) {
        (false, true, _) => Outcome::Leak,
        (false, false, true) => Outcome::Pass,
        _ => Outcome::Inconclusive,
    };
    ZonesVerdict {
        outcome,
        exit_code: outcome.exit_code(),
        sentence: sentence(run, options, &checks, &doubts, outcome),
        checks,
        blind_spots: blind_spots(run, options),
    }
}

/// Everything that is checked, in the order in which it is told. The resident set is, where it has a budget.
pub(crate) fn checks(run: &StreamRun, zones: ZoneMode, rss_budget: Option<u64>) -> Vec<Check> {
    if !is_compared(run) {
        return vec![read_back(run), errors(run)];
    }
    let mut checks = if zones.has_zones() {
        vec![live_memory(run), capacities(run), permanent_strings(run)]
    } else {
        vec![accounting(run)]
    };
    if let Some(budget) = rss_budget.filter(|_| zones.has_zones()) {
        checks.extend(resident_set(run, budget));
    }
    checks.push(read_back(run));
    checks.push(errors(run));
    checks
}

/// Whether there was a second round, to compare with the first: one by itself says nothing of growth.
fn is_compared(run: &StreamRun) -> bool {
    run.rounds >= 2
}

/// With zones: not a byte more than after the first round.
fn live_memory(run: &StreamRun) -> Check {
    let growth = &run.growth;
    let grown = growth.live_bytes > 0 || growth.live_blocks > 0;
    let message = if grown {
        format!(
            "live memory grows with zones: {}, {}",
            grown_by(run),
            whence(run)
        )
    } else if growth.live_bytes == 0 && growth.live_blocks == 0 {
        format!(
            "live memory is flat to the byte, {} bytes in {} blocks after the first zones and after the last",
            count(run.live_bytes.last),
            count(run.live_blocks.last)
        )
    } else {
        format!(
            "live memory ends below where it was after the first zones, by {} bytes in {} blocks",
            count(growth.live_bytes.unsigned_abs()),
            growth.live_blocks.unsigned_abs()
        )
    };
    Check {
        kind: CheckKind::LiveMemory,
        holds: !grown,
        message,
    }
}

/// "31.4 bytes a new word (+1.50 MiB in 50,000 blocks)".
fn grown_by(run: &StreamRun) -> String {
    format!(
        "{} bytes a new word ({} in {} blocks)",
        figure(run.growth.bytes_per_word),
        gain(run.growth.live_bytes as f64),
        count(run.growth.live_blocks.unsigned_abs())
    )
}

/// Where growth is: in which stores, or in none.
fn whence(run: &StreamRun) -> String {
    let grown = grown_stores(run);
    let growth = &run.growth;
    let unknown = growth.unaccounted as f64 / (growth.live_bytes as f64).max(1.0);
    let names: Vec<String> = grown.iter().map(|store| words(&store.name)).collect();
    if grown.is_empty() {
        "which no registered store accounts for".to_owned()
    } else if unknown * 100.0 > TOLERANCE {
        format!(
            "of which {} are in {}, and {} bytes a new word in no registered store",
            bytes(growth.store_bytes as f64),
            list(&names),
            figure(growth.bytes_per_word - growth.store_bytes_per_word)
        )
    } else {
        format!("all of it {}", list(&names))
    }
}

/// The stores that gained, most first.
pub(crate) fn grown_stores(run: &StreamRun) -> Vec<&StoreChange> {
    let mut grown: Vec<&StoreChange> = run.stores.iter().filter(|s| s.gained() > 0).collect();
    grown.sort_by_key(|store| std::cmp::Reverse(store.gained()));
    grown
}

fn capacities(run: &StreamRun) -> Check {
    let changed = |store: &&StoreChange| store.capacity.first != store.capacity.last;
    let changed: Vec<String> = run
        .stores
        .iter()
        .filter(changed)
        .map(|store| {
            format!(
                "{} of the {} from {} to {} entries",
                words(&store.name),
                store.owner,
                count(store.capacity.first),
                count(store.capacity.last)
            )
        })
        .collect();
    Check {
        kind: CheckKind::Capacities,
        holds: changed.is_empty(),
        message: if changed.is_empty() {
            let tables = run.stores.iter().filter(|store| store.capacity.last > 0);
            format!(
                "the {} tables that outlive a zone kept their capacity",
                tables.count()
            )
        } else {
            format!("tables changed their capacity: {}", list(&changed))
        },
    }
}

fn permanent_strings(run: &StreamRun) -> Check {
    Check {
        kind: CheckKind::PermanentStrings,
        holds: run.permanent_added == 0,
        message: format!(
            "permanent strings and lexemes added: {}",
            run.permanent_added
        ),
    }
}

fn resident_set(run: &StreamRun, budget: u64) -> Option<Check> {
    let rss = run.rss?;
    let unexplained = rss.growth - rss.untouched as i64;
    let within = unexplained <= budget as i64;
    let figures = format!(
        "resident memory {} from {} to {} after the first {} words",
        match rss.growth {
            0 => "stayed".to_owned(),
            growth if growth > 0 => format!("grew by {}", bytes(growth as f64)),
            growth => format!("shrank by {}", bytes(growth.unsigned_abs() as f64)),
        },
        bytes(rss.settled as f64),
        bytes(rss.last as f64),
        count(rss.settled_at)
    );
    let beyond = if within && rss.growth > budget as i64 {
        FIRST_USE.to_owned()
    } else if within {
        String::new()
    } else if run.growth.live_bytes > 0 {
        format!(", more than {}", bytes(budget as f64))
    } else {
        format!(
            ", more than {}, though live memory did not grow: the allocator retains it, or it is mapped outside the heap",
            bytes(budget as f64)
        )
    };
    Some(Check {
        kind: CheckKind::ResidentSet,
        holds: within,
        message: figures + &beyond,
    })
}

/// Without zones: the stores say what grew, within 5% of what the counters say.
fn accounting(run: &StreamRun) -> Check {
    let growth = &run.growth;
    let holds = |percent: f64| percent.abs() <= TOLERANCE;
    let message = match growth.difference_percent {
        None => "live memory did not grow".to_owned(),
        Some(difference) => {
            let rest = figure((growth.bytes_per_word - growth.store_bytes_per_word).abs());
            let beyond = match difference {
                within if holds(within) => String::new(),
                ..0.0 => format!("; {rest} bytes a new word are in no registered store"),
                _ => format!("; the stores claim {rest} bytes a new word that are not there"),
            };
            format!(
                "live memory grows by {} bytes a new word by the exact counters, the stores by {} by their own account: {} apart{beyond}",
                figure(growth.bytes_per_word),
                figure(growth.store_bytes_per_word),
                percent(difference.abs()),
            )
        }
    };
    Check {
        kind: CheckKind::Accounting,
        holds: growth.difference_percent.is_none_or(holds),
        message,
    }
}

fn read_back(run: &StreamRun) -> Check {
    let what = if run.zones > 0 {
        "inside their zone"
    } else {
        "at once"
    };
    let trouble = example(run, run.wrong_texts);
    Check {
        kind: CheckKind::ReadBack,
        holds: run.wrong_texts == 0,
        message: format!(
            "{} documents were read back {what}; wrong texts: {}{trouble}",
            count(run.documents),
            count(run.wrong_texts)
        ),
    }
}

fn errors(run: &StreamRun) -> Check {
    let trouble = example(run, run.errors + run.panics);
    Check {
        kind: CheckKind::Errors,
        holds: run.errors + run.panics == 0,
        message: format!(
            "errors: {}, panics: {}{trouble}",
            count(run.errors),
            count(run.panics)
        ),
    }
}

/// The first thing that went wrong, where something did.
fn example(run: &StreamRun, times: u64) -> String {
    match &run.trouble {
        Some(trouble) if times > 0 => format!(" ({trouble})"),
        _ => String::new(),
    }
}

/// What keeps a run from being a pass, one clause each.
fn doubts(run: &StreamRun, options: &Options, interrupted: bool) -> Vec<String> {
    let mut doubts = Vec::new();
    if interrupted {
        doubts.push("the run was stopped before its end".to_owned());
    } else if let Some(failure) = &run.failure {
        doubts.push(format!("the measured process {failure}"));
    }
    if run.ran_low && options.zones.has_zones() {
        doubts.push("the machine's memory was nearly used up before its end".to_owned());
    }
    if !is_compared(run) {
        doubts.push("one round has nothing to be compared with".to_owned());
    }
    doubts
}

fn sentence(
    run: &StreamRun,
    options: &Options,
    checks: &[Check],
    doubts: &[String],
    outcome: Outcome,
) -> String {
    let mut clauses = Vec::new();
    if outcome == Outcome::Inconclusive {
        clauses.push(format!("inconclusive, because {}", doubts.join(", and ")));
    }
    clauses.push(streamed(run, options));
    if run.ran_low && !options.zones.has_zones() {
        clauses.push(format!(
            "it ended there, short of {}, because the machine's memory was nearly used up",
            count(options.distinct_words)
        ));
    }
    clauses.extend(
        checks
            .iter()
            .filter(|check| !check.holds)
            .map(|check| check.message.clone()),
    );
    let holds = |kind| checks.iter().any(|check| check.kind == kind && check.holds);
    match options.zones {
        _ if !is_compared(run) => {}
        ZoneMode::Off => clauses.push(without_zones(run)),
        _ if holds(CheckKind::LiveMemory) => {
            let message = checks
                .iter()
                .find(|check| check.kind == CheckKind::LiveMemory);
            clauses.extend(message.map(|check| check.message.clone()));
        }
        _ => {}
    }
    if holds(CheckKind::ResidentSet) {
        clauses.push(match run.rss.map_or(0, |rss| rss.growth) {
            ..=0 => "resident memory did not grow".to_owned(),
            growth if growth > options.max_rss_growth as i64 => {
                format!(
                    "resident memory grew by {}{FIRST_USE}",
                    bytes(growth as f64)
                )
            }
            growth => format!("resident memory grew by {}", bytes(growth as f64)),
        });
    }
    sentence_of(&clauses)
}

/// "10,000,000 new words went through 20,000 zones".
fn streamed(run: &StreamRun, options: &Options) -> String {
    let words = count(run.words);
    match options.zones {
        ZoneMode::Off => format!("{words} new words came without zones"),
        _ => format!("{words} new words went through {} zones", count(run.zones)),
    }
}

/// "memory grows: strings and lexemes by 312 bytes a new word, ...".
fn without_zones(run: &StreamRun) -> String {
    let growth = &run.growth;
    if growth.live_bytes <= 0 {
        return "live memory does not grow".to_owned();
    }
    let each: Vec<String> = grown_stores(run)
        .iter()
        .filter(|store| store.bytes_per_word > growth.bytes_per_word / 100.0)
        .map(|store| {
            let amount = figure(store.bytes_per_word);
            format!("{} by {amount} bytes a new word", words(&store.name))
        })
        .collect();
    let accounted = growth.store_bytes as f64 / growth.live_bytes as f64 * 100.0;
    format!(
        "memory grows without zones, by {} bytes a new word: {}; the stores account for {} of it",
        figure(growth.bytes_per_word),
        list(&each),
        percent(accounted)
    )
}

/// A share with one decimal: "99.7%", "100%".
fn percent(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded}%")
}

fn blind_spots(run: &StreamRun, options: &Options) -> Vec<String> {
    let mut spots = vec![format!(
        "The sentences are shaped after those of the corpus, and no document has more than {} new words.",
        count(options.words_per_zone)
    )];
    if options.zones.has_zones() {
        spots.push(
            "What is kept of a word and let go of again within the run shows at the measurements between alone, if at all."
                .to_owned(),
        );
        spots.push(
            "Memory mapped outside the allocator shows in the resident set alone.".to_owned(),
        );
    }
    match options.work {
        Work::Parse => {}
        Work::Mixed | Work::Tokenize => spots.push(format!(
            "Not every word was parsed: {} ran. --work parse runs all of it on every word.",
            options.work.phrase()
        )),
    }
    if !options.zones.has_zones() && run.growth.words > 0 {
        spots.push(format!(
            "Tables double when they are full, so {} a word depends on where the run ends.",
            plural(run.growth.bytes_per_word.round(), "byte")
        ));
    }
    spots
}
