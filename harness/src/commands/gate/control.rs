//! The control: a known small leak that every run of the gate has to catch, and its twin that it has to clear. A gate
//! whose instruments are dead passes everything, and so proves nothing.

use super::config::Workload;
use super::outcome::{Check, Status};
use crate::commands::main::spec::{LoopSpec, ZonesChoice};
use crate::commands::main::tools;
use crate::probe::{jemalloc, rss};
use crate::workload::Zones;
use crate::workload::control::{BLOCK_BYTES, TAKEN_IN};
use crate::workload::{Fault, Kind};
use harness_judge::figures;
use harness_model::Instrument;
use harness_model::units::bytes;
use harness_model::{Outcome, Probe, SiteReport, Summary};
use std::hint::black_box;

/// What the gate's report calls it.
pub const NAME: &str = "control";

/// The loop with the leak, or with its twin: small, in zones, with every instrument that a workload of the gate uses.
pub fn spec(fault: Fault, workloads: &[Workload]) -> LoopSpec {
    let uses = |instrument: &Instrument| {
        let mut specs = workloads.iter().map(|workload| &workload.spec);
        specs.any(|spec| spec.wants(*instrument))
    };
    let stacks = tools::STACKS.iter().map(|(instrument, _)| *instrument);
    let probes = std::iter::once(Instrument::Heap).chain(stacks.filter(uses));
    LoopSpec {
        iters: 40,
        texts: 2,
        zones: ZonesChoice::On,
        probes: probes.collect(),
        workload: Kind::Words,
        inject: Some(fault),
        dhat_iters: Some(4),
        valgrind_iters: Some(2),
        scan_iters: Some(2),
        ..LoopSpec::default()
    }
}

/// Whether the leak was caught by everything that was to catch it, and the twin cleared. `instruments` are those that
/// the gate's workloads rest on.
pub fn judge(leak: &Summary, twin: &Summary, instruments: &[Instrument]) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |what: &str, result: Result<String, String>| {
        let (status, message) = match result {
            Ok(message) => (Status::Pass, message),
            Err(message) => (Status::Inconclusive, message),
        };
        checks.push(Check {
            message,
            ..Check::control(NAME, what, status)
        });
    };
    add("counters: the planted leak", caught_by_counters(leak));
    add("counters: its twin", cleared_by_counters(twin));
    for (instrument, _) in tools::STACKS {
        if instruments.contains(&instrument) {
            let name = instrument.name();
            let [of_leak, of_twin] = [leak, twin].map(|summary| summary.stacks(instrument));
            let caught = of_leak.map_or_else(not_there, caught_by_tool);
            let cleared = of_twin.map_or_else(not_there, cleared_by_tool);
            add(&format!("{name}: the planted leak"), caught);
            add(&format!("{name}: its twin"), cleared);
        }
    }
    add(
        "verdict: the planted leak",
        has_outcome(leak, Outcome::Leak),
    );
    add("verdict: its twin", has_outcome(twin, Outcome::Pass));
    checks
}

/// Bytes of the pages by which the resident set is tried: many times what the kernel leaves uncounted for a while.
const TOUCHED_BYTES: u64 = 16 << 20;

/// The resident set before pages are touched, while they are held, and after they were given back.
pub type Resident = [Option<u64>; 3];

/// Touches pages in this process and gives them back. A leak of 24 bytes does not show in the resident set.
pub fn touch_pages() -> Resident {
    jemalloc::give_back();
    let before = rss::resident_bytes();
    let pages = black_box(vec![1_u8; TOUCHED_BYTES as usize]);
    let held = rss::resident_bytes();
    drop(pages);
    jemalloc::empty_thread_cache();
    jemalloc::give_back();
    [before, held, rss::resident_bytes()]
}

/// Whether the pages were seen to come and to go.
pub fn judge_resident([before, held, after]: Resident) -> [Check; 2] {
    let check = |what: &str, low: Option<u64>, high: Option<u64>| {
        let seen = high.zip(low).map(|(high, low)| high.saturating_sub(low));
        let touched = bytes(TOUCHED_BYTES as f64);
        let (status, message) = match seen {
            Some(seen) if seen >= TOUCHED_BYTES / 8 * 7 => {
                (Status::Pass, format!("{} of {touched}", bytes(seen as f64)))
            }
            Some(seen) => (
                Status::Inconclusive,
                format!(
                    "{touched} were {what}, and {} were seen",
                    bytes(seen as f64)
                ),
            ),
            None => (Status::Inconclusive, "it could not be read".to_owned()),
        };
        Check {
            message,
            ..Check::control(
                NAME,
                &format!("resident set: pages that are {what}"),
                status,
            )
        }
    };
    [
        check("touched", before, held),
        check("given back", after, held),
    ]
}

fn not_there() -> Result<String, String> {
    Err("it is not in the report".to_owned())
}

fn counted(summary: &Summary) -> Result<(f64, f64), String> {
    let run = summary.run(Zones::On.phrase());
    let run = run.ok_or("its loop was not measured")?;
    if !run.completed || run.iterations == 0 {
        return Err("its loop did not come to its end".to_owned());
    }
    if run.live_bytes.max == 0 || run.live_blocks.max == 0 {
        return Err("the counters counted nothing at all".to_owned());
    }
    Ok((
        figures::growth(&run.live_bytes),
        figures::growth(&run.live_blocks),
    ))
}

fn caught_by_counters(leak: &Summary) -> Result<String, String> {
    let (bytes, blocks) = counted(leak)?;
    if (bytes, blocks) == (BLOCK_BYTES as f64, 1.0) {
        Ok(format!(
            "caught: {BLOCK_BYTES} bytes in 1 block an iteration"
        ))
    } else {
        Err(format!(
            "{BLOCK_BYTES} bytes in 1 block an iteration were planted, and {bytes} bytes in {blocks} blocks were counted"
        ))
    }
}

fn cleared_by_counters(twin: &Summary) -> Result<String, String> {
    match counted(twin)? {
        (0.0, 0.0) => Ok("cleared: flat to the byte".to_owned()),
        (bytes, blocks) => Err(format!(
            "nothing is kept, and {bytes} bytes in {blocks} blocks an iteration were counted"
        )),
    }
}

fn ran(probe: &Probe<SiteReport>) -> Result<&SiteReport, String> {
    match probe {
        Probe::Ran(report) if report.pairs.is_empty() => Err("it reported no run".to_owned()),
        Probe::Ran(report) => Ok(report),
        Probe::NotRun { reason, .. } | Probe::Failed { reason, .. } => Err(reason.clone()),
    }
}

fn caught_by_tool(probe: &Probe<SiteReport>) -> Result<String, String> {
    let pairs = &ran(probe)?.pairs;
    let sites = pairs.iter().flat_map(|pair| &pair.growing);
    let sites: Vec<_> = sites
        .filter(|site| site.place.function.contains(TAKEN_IN))
        .collect();
    let bytes: f64 = sites.iter().map(|site| site.bytes_per_iteration).sum();
    if sites.is_empty() {
        Err(format!("it does not name {TAKEN_IN}, which leaks"))
    } else if bytes == BLOCK_BYTES as f64 {
        Ok(format!(
            "caught: {BLOCK_BYTES} bytes an iteration in {TAKEN_IN}"
        ))
    } else {
        Err(format!(
            "{BLOCK_BYTES} bytes an iteration were planted in {TAKEN_IN}, and it says {bytes}"
        ))
    }
}

fn cleared_by_tool(probe: &Probe<SiteReport>) -> Result<String, String> {
    let report = ran(probe)?;
    match report.pairs.iter().flat_map(|pair| &pair.growing).next() {
        None => Ok("cleared: nothing grows".to_owned()),
        Some(site) => Err(format!(
            "nothing is kept, and it says that {} grows",
            site.place.function
        )),
    }
}

fn has_outcome(summary: &Summary, outcome: Outcome) -> Result<String, String> {
    if summary.verdict.outcome == outcome {
        Ok(match outcome {
            Outcome::Leak => "a leak, as it is".to_owned(),
            _ => "a pass, as it should".to_owned(),
        })
    } else {
        Err(format!("the verdict was: {}", summary.verdict.sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::gate::testing;
    use harness_model::Shape;

    const BOTH: [Instrument; 2] = [Instrument::Dhat, Instrument::Valgrind];

    fn failed(leak: &Summary, twin: &Summary) -> Vec<String> {
        let checks = judge(leak, twin, &BOTH);
        assert_eq!(checks.len(), 8);
        let failed = checks
            .into_iter()
            .filter(|check| check.status != Status::Pass);
        failed.map(|check| check.name).collect()
    }

    #[test]
    fn a_leak_that_is_caught_and_a_twin_that_is_cleared_by_everything_pass() {
        let (leak, twin) = testing::control();
        assert_eq!(failed(&leak, &twin), [""; 0]);
    }

    #[test]
    fn a_sampler_that_measures_nothing_fails_the_control() {
        for disable in [
            (|s: &mut Summary| s.runs.clear()) as fn(&mut Summary),
            |s| s.runs[0].iterations = 0,
            |s| s.runs[0].completed = false,
            |s| {
                (s.runs[0].live_bytes.max, s.runs[0].live_blocks.max) = (0, 0);
                s.runs[0].live_bytes.shape = Shape::Flat;
            },
        ] {
            let (mut leak, mut twin) = testing::control();
            disable(&mut leak);
            disable(&mut twin);
            let failed = failed(&leak, &twin);
            assert!(
                failed.contains(&"counters: the planted leak".to_owned()),
                "{failed:?}"
            );
            assert!(
                failed.contains(&"counters: its twin".to_owned()),
                "{failed:?}"
            );
        }
    }

    #[test]
    fn counters_that_stand_still_or_count_too_much_fail_the_control() {
        let (mut leak, twin) = testing::control();
        leak.runs[0].live_bytes.shape = Shape::Flat;
        assert_eq!(failed(&leak, &twin), ["counters: the planted leak"]);
        let (leak, mut twin) = testing::control();
        twin.runs[0].live_blocks.shape = Shape::Growing;
        twin.runs[0].live_blocks.per_iteration = 1.0;
        assert_eq!(failed(&leak, &twin), ["counters: its twin"]);
    }

    #[test]
    fn a_tool_that_sees_nothing_or_is_missing_fails_the_control() {
        let (mut leak, twin) = testing::control();
        testing::pairs(testing::stacks(&mut leak, Instrument::Valgrind))
            .iter_mut()
            .for_each(|pair| pair.growing.clear());
        assert_eq!(failed(&leak, &twin), ["valgrind: the planted leak"]);

        let (mut leak, mut twin) = testing::control();
        for summary in [&mut leak, &mut twin] {
            testing::pairs(testing::stacks(summary, Instrument::Dhat)).clear();
            *testing::stacks(summary, Instrument::Valgrind) = Probe::NotRun {
                reason: "valgrind is not installed".to_owned(),
                remedy: None,
            };
        }
        let all = [
            "dhat: the planted leak",
            "dhat: its twin",
            "valgrind: the planted leak",
            "valgrind: its twin",
        ];
        assert_eq!(failed(&leak, &twin), all);
    }

    #[test]
    fn a_tool_that_names_another_place_or_figure_fails_the_control() {
        let (mut leak, twin) = testing::control();
        testing::pairs(testing::stacks(&mut leak, Instrument::Dhat))[0].growing[0]
            .place
            .function = "elsewhere".to_owned();
        testing::pairs(testing::stacks(&mut leak, Instrument::Valgrind))[0].growing[0]
            .bytes_per_iteration = 23.0;
        assert_eq!(
            failed(&leak, &twin),
            ["dhat: the planted leak", "valgrind: the planted leak"]
        );
    }

    #[test]
    fn a_control_says_what_it_saw_or_what_it_missed() {
        let said = |leak: &Summary, twin: &Summary| {
            let checks = judge(leak, twin, &BOTH).into_iter();
            checks.map(|check| check.message).collect::<Vec<_>>()
        };
        let (mut leak, twin) = testing::control();
        let messages = said(&leak, &twin);
        assert!(messages.iter().all(|message| !message.is_empty()));
        assert_eq!(messages[6..], ["a leak, as it is", "a pass, as it should"]);
        leak.runs[0].live_blocks.max = 0;
        let messages = said(&leak, &twin);
        assert_eq!(messages[0], "the counters counted nothing at all");
    }

    #[test]
    fn pages_that_this_process_touches_and_gives_back_are_seen() {
        // Other tests of this process allocate meanwhile: a few tries.
        let mut tries = std::iter::repeat_with(|| judge_resident(touch_pages())).take(20);
        let seen = tries.find(|checks| checks.iter().all(|check| check.status == Status::Pass));
        let [touched, _] = seen.expect("one of them passes");
        assert!(
            touched.message.ends_with("of 16 MiB"),
            "{}",
            touched.message
        );
    }

    #[test]
    fn a_resident_set_that_does_not_rise_and_fall_with_its_pages_fails_the_control() {
        let status = |resident| judge_resident(resident).map(|check| check.status);
        let (low, high) = (Some(40 << 20), Some((40 << 20) + TOUCHED_BYTES));
        use Status::{Inconclusive, Pass};
        assert_eq!(status([low, high, low]), [Pass, Pass]);
        assert_eq!(
            status([low, low, low]),
            [Inconclusive, Inconclusive],
            "constant"
        );
        assert_eq!(status([low, high, high]), [Pass, Inconclusive]);
        assert_eq!(status([high, low, high]), [Inconclusive, Inconclusive]);
        assert_eq!(status([None, None, None]), [Inconclusive, Inconclusive]);
        // What the kernel has not counted yet.
        let nearly = high.map(|high| high - (1 << 20));
        assert_eq!(status([low, nearly, low]), [Pass, Pass]);
        let half = high.map(|high| high - TOUCHED_BYTES / 2);
        assert_eq!(status([low, half, low]), [Inconclusive, Inconclusive]);
    }

    #[test]
    fn a_verdict_that_passes_everything_or_nothing_fails_the_control() {
        let (mut leak, mut twin) = testing::control();
        leak.verdict.outcome = Outcome::Pass;
        twin.verdict.outcome = Outcome::Leak;
        assert_eq!(
            failed(&leak, &twin),
            ["verdict: the planted leak", "verdict: its twin"]
        );
    }
}
