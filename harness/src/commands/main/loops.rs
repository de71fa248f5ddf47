//! The measured loops: one child each, every sample written down as it comes.

use super::plan::Plan;
use crate::allocator::Mode;
use crate::child::Task;
use crate::engine::console::Failure;
use crate::engine::place::SAMPLES_FILE;
use crate::engine::process;
use crate::engine::process::{End, Launch};
use crate::engine::protocol::Message;
use crate::files;
use crate::workload::Zones;
use harness_judge::series::{reduce, resident_parts};
use harness_judge::shape::Kind;
use harness_model::Instrument;
use harness_model::condition::slug;
use harness_model::{JemallocSample, Sample, StoreSample};
use harness_model::{JemallocSeries, Run, Series, StoreGrowth, Workload};
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

/// What the loops gave.
pub struct Loops {
    /// Each loop, reduced.
    pub runs: Vec<Run>,
    /// Every sample of every loop, in order.
    pub samples: Vec<Sample>,
    /// Why the file of the samples is not whole, if it is not.
    pub unwritten: Option<io::Error>,
}

/// Runs the loops one after the other. Fills in what the child says of the workload.
pub fn run(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Loops, Failure> {
    let mut loops = Loops {
        runs: Vec::new(),
        samples: Vec::new(),
        unwritten: None,
    };
    if !plan.measures_loops() {
        return Ok(loops);
    }
    let path = plan.out.join(SAMPLES_FILE);
    let cannot_write = |error| Failure::Broken(format!("cannot write {error}"));
    let mut file = files::begin(&path).map_err(cannot_write)?;
    for &zones in &plan.loops {
        let begins = loops.samples.len();
        let end = run_one(plan, zones, interrupted, workload, |sample| {
            let written = serde_json::to_string(&sample)
                .map_err(io::Error::other)
                // Line by line, not buffered: what was measured is on disk when the next iteration begins.
                .and_then(|json| {
                    file.write_all(format!("{}\n", printable::json(&json)).as_bytes())
                });
            if let Err(error) = written {
                // A full disk is no reason to stop: what is measured is in memory, and is judged.
                loops.unwritten.get_or_insert(files::named(&error, &path));
            }
            loops.samples.push(sample);
        })?;
        if let End::Refused(message) = end {
            return Err(Failure::WrongUse(message));
        }
        let samples = &loops.samples[begins..];
        if let Some(run) = summarise(zones, samples, plan.cycle, &end) {
            loops.runs.push(run);
        } else if let End::Failed(how) = end {
            return Err(Failure::Broken(format!(
                "the loop {} {how} before its first iteration: see {}",
                zones.phrase(),
                printable::path(&plan.log(&slug(zones.phrase())))
            )));
        }
        if end == End::Interrupted {
            break;
        }
    }
    Ok(loops)
}

fn run_one(
    plan: &Plan,
    zones: Zones,
    interrupted: &AtomicBool,
    workload: &mut Workload,
    mut keep: impl FnMut(Sample),
) -> Result<End, Failure> {
    let orders = plan.measured(zones);
    let progress = plan.progress(
        format!("Loop {}", zones.phrase()),
        orders.warmup + orders.iterations,
    );
    let launch = Launch {
        orders: Task::Loop(orders).orders(),
        mode: Mode::Counting,
        under: Vec::new(),
        environment: Vec::new(),
        timeout: None,
        log: plan.log(&slug(zones.phrase())),
    };
    let end = process::run(&launch, interrupted, |message: Message| match message {
        Message::Ready { description, .. } => {
            workload.subject = description.subject;
            workload.description = description.iteration;
        }
        Message::Sample(mut sample) => {
            sample.condition = zones.phrase().to_owned();
            if sample.iteration > 0 {
                progress.step();
            }
            if !plan.wants(Instrument::Rss) {
                sample.rss_bytes = None;
            }
            if !plan.wants(Instrument::Heap) {
                sample.jemalloc = None;
            }
            keep(sample);
        }
        Message::Finished { .. } | Message::Refused { .. } => {}
    });
    let end = end.map_err(Failure::Broken)?;
    progress.end(End::worst([&end]));
    Ok(end)
}

/// Reduces the samples of one loop. None if not even the first came.
fn summarise(zones: Zones, samples: &[Sample], cycle: u64, end: &End) -> Option<Run> {
    // The state after the last iteration of the warm-up is where the measured iterations begin. A loop that did not
    // get that far has no measured iterations, and begins where it ended.
    let warm = samples.iter().rposition(|sample| sample.warmup)?;
    let measured = &samples[warm..];
    let (first, last) = (measured.first()?, measured.last()?);
    let iterations = last.iteration - first.iteration;
    let exact = Kind::Exact { cycle };
    let stores = last.stores.iter();
    let stores = stores.filter_map(|store| growth_of(&store.name, measured, exact));
    Some(Run {
        condition: zones.phrase().to_owned(),
        warmup: first.iteration,
        iterations,
        completed: *end == End::Done,
        failure: match end {
            End::Failed(how) => Some(how.clone()),
            End::Interrupted => Some("was stopped".to_owned()),
            End::Done | End::Refused(_) => None,
        },
        seconds: last.seconds - first.seconds,
        words: measured[1..].iter().map(|sample| sample.words).sum(),
        samples_file: SAMPLES_FILE.to_owned(),
        live_bytes: series(measured, exact, |sample| Some(sample.live_bytes))?,
        live_blocks: series(measured, exact, |sample| Some(sample.live_blocks))?,
        jemalloc: jemalloc(measured),
        resident_parts: resident_parts(measured),
        rss_bytes: series(measured, Kind::Noisy, |sample| sample.rss_bytes),
        anonymous_peak_bytes: measured
            .iter()
            .filter_map(|sample| sample.rss_bytes?.checked_sub(sample.file_bytes?))
            .max(),
        unaccounted: series(measured, exact, |sample| Some(unaccounted(sample)))?,
        stores: stores.collect(),
    })
}

/// The live bytes that no store holds.
fn unaccounted(sample: &Sample) -> u64 {
    let held: u64 = sample.stores.iter().map(|store| store.bytes).sum();
    sample.live_bytes.saturating_sub(held)
}

fn jemalloc(samples: &[Sample]) -> Option<JemallocSeries> {
    let of = |field: fn(&JemallocSample) -> u64| {
        series(samples, Kind::Noisy, |s| s.jemalloc.as_ref().map(field))
    };
    Some(JemallocSeries {
        allocated: of(|figures| figures.allocated)?,
        active: of(|figures| figures.active)?,
        resident: of(|figures| figures.resident)?,
        retained: of(|figures| figures.retained)?,
    })
}

fn series(
    samples: &[Sample],
    kind: Kind,
    field: impl Fn(&Sample) -> Option<u64>,
) -> Option<Series> {
    let values: Option<Vec<u64>> = samples.iter().map(field).collect();
    reduce(&values?, kind)
}

/// What the store of this name grew by. One that is not there yet is empty.
fn growth_of(name: &str, samples: &[Sample], kind: Kind) -> Option<StoreGrowth> {
    let store = |sample: &Sample| sample.stores.iter().position(|store| store.name == name);
    let figure = |of: fn(&StoreSample) -> u64| {
        series(samples, kind, |sample| {
            Some(store(sample).map_or(0, |at| of(&sample.stores[at])))
        })
    };
    let (entries, bytes) = (figure(|store| store.entries)?, figure(|store| store.bytes)?);
    Some(StoreGrowth {
        name: name.to_owned(),
        entries_first: entries.first,
        entries_last: entries.last,
        bytes_first: bytes.first,
        bytes_last: bytes.last,
        entries_per_iteration: entries.per_iteration,
        bytes_per_iteration: bytes.per_iteration,
        shape: entries.shape.graver(bytes.shape),
        entries: Some(entries),
        bytes: Some(bytes),
    })
}
