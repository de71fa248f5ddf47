//! What grows together, or does not: what that says of the cause, where nobody recorded call sites.

use super::rates::{along, amount, capital};
use harness_model::Shape;
use harness_model::record::{Axis, Measure, SeriesOverTime, Whose};
use harness_model::units::bytes;

/// Stacks that are touched in part alone take less than this a thread, in bytes.
const LEAST_OF_A_THREAD: f64 = 4_096.0;
/// A stack takes no more than this, as systems set their limits.
const MOST_OF_A_THREAD: f64 = 16.0 * 1024.0 * 1024.0;
/// What a descriptor keeps in the program, at the most, for it to be what memory grows with.
const MOST_OF_A_DESCRIPTOR: f64 = 1024.0 * 1024.0;
/// Parts that are named.
const MOST_PARTS: usize = 4;
/// The share of growth from which on a part of it is named, and at which parts are all of it.
const WORTH_NAMING: f64 = 0.02;
const ALL: (f64, f64) = (0.97, 1.03);

/// The series of a measure of all processes, by what the axis counts.
fn of(series: &[SeriesOverTime], measure: Measure) -> Option<&SeriesOverTime> {
    let of = |one: &&SeriesOverTime| {
        one.measure == measure && one.whose == Whose::All && one.mark.is_none()
    };
    series.iter().find(of)
}

fn grows(series: &[SeriesOverTime], measure: Measure) -> Option<&SeriesOverTime> {
    of(series, measure).filter(|one| one.judged.shape == Shape::Growing)
}

fn stands_still(series: &[SeriesOverTime], measure: Measure) -> bool {
    let still = [Shape::Flat, Shape::OneOff, Shape::Sawtooth];
    of(series, measure).is_some_and(|one| still.contains(&one.judged.shape))
}

/// What other series say of memory that grows, a sentence each.
pub(super) fn beside(
    axis: Axis,
    series: &[SeriesOverTime],
    growing: &[&SeriesOverTime],
) -> Vec<String> {
    let mut told = Vec::new();
    let Some(memory) = growing.iter().find(|one| one.measure.is_bytes()) else {
        return told;
    };
    if let (Some(heap), Some(blocks)) = (
        grows(series, Measure::Heap),
        grows(series, Measure::HeapBlocks),
    ) {
        let size = heap.judged.slope / blocks.judged.slope;
        if heap.measure == memory.measure && size.is_finite() && size >= 1.0 {
            told.push(format!(
                "Live blocks grow by {}: {} a block.",
                along(axis, Measure::HeapBlocks, blocks.judged.slope),
                bytes(size)
            ));
        }
    }
    if grows(series, Measure::Heap).is_some() && stands_still(series, Measure::HeapBlocks) {
        told.push(
            "The number of blocks stays the same: it is a few blocks that become larger, as the table of a container does."
                .to_owned(),
        );
    }
    if let Some(threads) = grows(series, Measure::Threads) {
        let of_each = memory.judged.slope / threads.judged.slope;
        if (LEAST_OF_A_THREAD..=MOST_OF_A_THREAD).contains(&of_each) {
            told.push(format!(
                "Threads grow as well, by {}: {} of memory for each, as stacks take.",
                along(axis, Measure::Threads, threads.judged.slope),
                amount(memory.measure, of_each)
            ));
        }
    }
    if let Some(descriptors) = grows(series, Measure::Descriptors) {
        let of_each = memory.judged.slope / descriptors.judged.slope;
        if (1.0..=MOST_OF_A_DESCRIPTOR).contains(&of_each) {
            told.push(format!(
                "Descriptors grow as well, by {}: {} of memory for each. What is opened and not closed keeps its buffers.",
                along(axis, Measure::Descriptors, descriptors.judged.slope),
                amount(memory.measure, of_each)
            ));
        }
    }
    told.extend(in_swap(series, memory));
    told.extend(reserved_alone(axis, series, memory));
    told
}

/// Memory that leaves physical memory for swap as it grows.
fn in_swap(series: &[SeriesOverTime], memory: &SeriesOverTime) -> Option<String> {
    let resident = [Measure::Resident, Measure::Anonymous, Measure::Unique];
    let is_still = resident
        .into_iter()
        .any(|measure| stands_still(series, measure));
    (memory.measure == Measure::Swap && is_still).then(|| {
        "What is resident does not grow: the kernel writes to swap what nobody touches.".to_owned()
    })
}

/// Addresses that are reserved and not touched.
fn reserved_alone(
    axis: Axis,
    series: &[SeriesOverTime],
    memory: &SeriesOverTime,
) -> Option<String> {
    let reserved = grows(series, Measure::Virtual)?;
    let alone = memory.measure == Measure::Virtual && stands_still(series, Measure::Resident);
    let far = memory.measure != Measure::Virtual
        && reserved.judged.slope > 4.0 * memory.judged.slope.max(0.0);
    if alone {
        return Some(
            "What is resident does not grow: addresses are reserved and not touched.".to_owned(),
        );
    }
    far.then(|| {
        format!(
            "Virtual memory grows by {}, far more than that: most of what is reserved is not touched, as with stacks and \
             arenas.",
            along(axis, Measure::Virtual, reserved.judged.slope)
        )
    })
}

/// Series of bytes with names of their own that grow with it: what of it is theirs.
pub(super) fn parts_of_it(
    axis: Axis,
    series: &[SeriesOverTime],
    growing: &[&SeriesOverTime],
) -> Option<String> {
    let memory = growing
        .iter()
        .find(|one| one.measure.is_bytes() && !one.measure.is_other())?;
    let whole = memory.judged.slope;
    let mut parts: Vec<&SeriesOverTime> = series
        .iter()
        .filter(|one| one.measure == Measure::OtherBytes && one.whose == Whose::All)
        .filter(|one| one.judged.shape == Shape::Growing)
        .filter(|one| (WORTH_NAMING * whole..=1.1 * whole).contains(&one.judged.slope))
        .collect();
    parts.sort_by(|a, b| b.judged.slope.total_cmp(&a.judged.slope));
    let sum: f64 = parts.iter().map(|one| one.judged.slope).sum();
    let named: Vec<String> = parts
        .iter()
        .take(MOST_PARTS)
        .map(|one| {
            format!(
                "{} by {}",
                one.words(),
                along(axis, one.measure, one.judged.slope)
            )
        })
        .collect();
    let is_all = (ALL.0 * whole..=ALL.1 * whole).contains(&sum);
    match named.as_slice() {
        [] => None,
        [first @ .., last] => {
            let joined = match first {
                [] => last.clone(),
                first => format!("{} and {last}", first.join(", ")),
            };
            Some(match is_all {
                true => format!("{} together: that is all of it.", capital(&joined)),
                false => format!("With it grows {joined}."),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::over_time::{Evidence, Point, Track, conclude};
    use harness_model::record::{Axis, Measure, Whose};

    fn causes(tracks: &[(Measure, &dyn Fn(u64) -> u64)]) -> String {
        let track = |(measure, of): &(Measure, &dyn Fn(u64) -> u64)| {
            let noise = |at: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) * 4_096;
            let noise = move |at| if measure.is_bytes() { noise(at) } else { 0 };
            let point = |at: u64| Point {
                at: at as f64,
                value: of(at) + noise(at),
            };
            Track {
                name: measure.is_other().then(|| "cache".to_owned()),
                ..Track::new(*measure, Whose::All, (0..300).map(point).collect())
            }
        };
        let verdict = conclude(&Evidence {
            axis: Axis::Iterations,
            tracks: tracks.iter().map(track).collect(),
            ..Evidence::default()
        })
        .verdict;
        verdict.causes.join(" ")
    }

    #[test]
    fn memory_that_grows_with_threads_or_descriptors_is_said_to() {
        let threads = causes(&[
            (Measure::Resident, &|at| 50_000_000 + 65_536 * at),
            (Measure::Threads, &|at| 4 + at),
        ]);
        assert!(
            threads
                .contains("Threads grow as well, by 1 an iteration: 64.0 KiB of memory for each")
                || threads
                    .contains("Threads grow as well, by 1 an iteration: 64 KiB of memory for each"),
            "{threads}"
        );
        let descriptors = causes(&[
            (Measure::Resident, &|at| 50_000_000 + 8_192 * at),
            (Measure::Descriptors, &|at| 4 + at),
        ]);
        assert!(
            descriptors.contains("not closed keeps its buffers"),
            "{descriptors}"
        );
    }

    #[test]
    fn addresses_that_are_never_touched_are_no_memory() {
        let reserved = causes(&[(Measure::Virtual, &|at| 1_000_000_000 + 8_388_608 * at)]);
        assert_eq!(reserved, "");
        let far = causes(&[
            (Measure::Virtual, &|at| 1_000_000_000 + 8_388_608 * at),
            (Measure::Resident, &|at| 50_000_000 + 65_536 * at),
        ]);
        assert!(
            far.contains("most of what is reserved is not touched"),
            "{far}"
        );
    }

    #[test]
    fn a_column_that_accounts_for_all_growth_is_named() {
        let cache = causes(&[
            (Measure::Resident, &|at| 50_000_000 + 65_536 * at),
            (Measure::OtherBytes, &|at| 1_000_000 + 65_536 * at),
        ]);
        assert!(cache.starts_with("Cache by 64"), "{cache}");
        assert!(cache.contains("that is all of it"), "{cache}");
    }

    #[test]
    fn what_leaves_for_swap_is_told() {
        let swap = causes(&[
            (Measure::Resident, &|_| 50_000_000),
            (Measure::Swap, &|at| 65_536 * at),
        ]);
        assert!(swap.contains("the kernel writes to swap"), "{swap}");
    }
}
