//! The preloaded library over a child on the system's allocator: its scan tells what is lost from what is held, where
//! valgrind is not installed or nobody wants to wait for it.

use super::planted::take_out_planted;
use super::valgrind::suppressions;
use super::{Tool, ToolRun, run_pairs};
use crate::allocator::Mode;
use crate::child::{Orders, Task};
use crate::commands::main::Failure;
use crate::commands::main::plan::Plan;
use crate::engine::environment;
use crate::engine::process::Launch;
use crate::files;
use crate::preloaded;
use crate::recording;
use crate::recording::{Amount, Kind, RecordedSite, Recording, ScanKind, State, Symbolizer};
use crate::suppressions::hide::Suppressions;
use harness_judge::attribution::sites::{Observation, Record};
use harness_judge::attribution::stack::Frame;
use harness_model::{Hidden, Instrument, LeakKind, Probe, SitePair, SiteReport, Workload};
use harness_preload::record::{FOLDER_VARIABLE, WISHES_VARIABLE, Wish};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Runs the loops with the preloaded library.
pub fn scan(
    plan: &Plan,
    interrupted: &AtomicBool,
    workload: &mut Workload,
) -> Result<Probe<SiteReport>, Failure> {
    if !scan_is_wanted(plan) {
        return Ok(Probe::NotRun {
            reason: "not asked for".to_owned(),
            remedy: Some("Ask for it with --probes scan.".to_owned()),
        });
    }
    if !preloaded::is_supported() {
        return Ok(Probe::NotRun {
            reason: "the library is made for Linux on x86-64 alone".to_owned(),
            remedy: None,
        });
    }
    let library = preloaded::write_into(&plan.tools())
        .and_then(fs::canonicalize)
        .map_err(|error| Failure::Broken(format!("cannot write the library: {error}")))?;
    let tool = Scan {
        library,
        suppressions: suppressions(plan)?,
        plan,
    };
    let probe = run_pairs(&tool, plan.spec.scan_n(), plan, interrupted, workload)?;
    Ok(match probe {
        // Nobody asked for it: what it came to is no worse than that valgrind is missing.
        Probe::Failed { reason, .. } if !plan.wants(Instrument::Scan) => Probe::NotRun {
            reason,
            remedy: None,
        },
        probe => probe,
    })
}

/// Whether it is asked for, or stands in for a valgrind that is.
pub fn scan_is_wanted(plan: &Plan) -> bool {
    plan.wants(Instrument::Scan)
        || (plan.wants(Instrument::Valgrind) && environment::valgrind_version().is_none())
}

struct Scan<'p> {
    library: PathBuf,
    suppressions: Suppressions,
    plan: &'p Plan,
}

impl Tool for Scan<'_> {
    fn name(&self) -> &'static str {
        Instrument::Scan.name()
    }

    fn launch(&self, mut orders: Orders, stem: &str) -> Result<ToolRun, String> {
        let name = format!("{stem}-records");
        files::own_directory(&self.plan.tools(), &name)
            .map_err(|error| format!("cannot write to {error}"))?;
        let folder = self.plan.tools().join(name);
        let absolute = fs::canonicalize(&folder)
            .map_err(|error| format!("cannot find {}: {error}", printable::path(&folder)))?;
        // An earlier run's would be taken for this one's.
        for earlier in fs::read_dir(&folder).into_iter().flatten().flatten() {
            files::remove(&earlier.path()).map_err(|error| format!("cannot write {error}"))?;
        }
        orders.plant_proof = true;
        Ok(ToolRun {
            zones: orders.zones,
            iterations: orders.iterations,
            launch: Launch {
                orders: Task::Loop(orders).orders(),
                mode: Mode::System,
                under: Vec::new(),
                environment: vec![
                    ("LD_PRELOAD", self.library.clone().into()),
                    (FOLDER_VARIABLE, absolute.into()),
                    (WISHES_VARIABLE, Wish::SCAN.into()),
                ],
                timeout: Some(Duration::from_secs(self.plan.spec.tool_timeout)),
                log: self.plan.log(stem),
            },
            files: Vec::new(),
            folder: Some(folder),
        })
    }

    fn observe(&self, report: &Path, iterations: u64) -> Result<Observation, String> {
        if report.is_dir() {
            return Err(
                "the child left no record: the library was not loaded into it, or could not write there"
                    .to_owned(),
            );
        }
        let recording = recording::read(report).map_err(|error| error.to_string())?;
        observation(&recording, iterations)
    }

    fn check(
        &self,
        pair: &mut SitePair,
        short: &mut Observation,
        long: &mut Observation,
    ) -> Result<(), String> {
        pair.proof = Some(take_out_planted(Instrument::Scan.title(), short, long)?);
        Ok(())
    }

    fn hide(&self, short: &mut Observation, long: &mut Observation) -> Vec<Hidden> {
        self.suppressions.hide(short, long)
    }
}

/// What lived at the end of a recorded process, by stack and by how it is held.
fn observation(recording: &Recording, iterations: u64) -> Result<Observation, String> {
    is_whole(recording)?;
    let mut names = Symbolizer::new();
    let mut records = Vec::new();
    for site in recording
        .sites
        .iter()
        .filter(|site| site.kind == Kind::Heap)
    {
        let parts = by_kind(site);
        if parts.iter().all(|(_, amount)| amount.is_zero()) {
            continue;
        }
        let calls = names.frames(recording, site.stack);
        let frames: Vec<Frame> = calls.into_iter().map(|named| named.call).collect();
        let told = parts.into_iter().filter(|(_, amount)| !amount.is_zero());
        records.extend(told.map(|(kind, amount)| Record {
            kind: Some(kind),
            part: None,
            bytes: amount.bytes,
            blocks: amount.blocks,
            frames: frames.clone(),
            held: Vec::new(),
        }));
    }
    Ok(Observation {
        iterations,
        records,
    })
}

/// Whether the record says all that is asked of it; else a sentence.
fn is_whole(recording: &Recording) -> Result<(), String> {
    let why = if recording.state != State::Leaving {
        "the child did not come to its last snapshot".to_owned()
    } else if !recording.damage.is_empty() {
        format!("the record is damaged: {}", recording.damage.join("; "))
    } else if !recording.trouble.is_empty() || recording.unrecorded > 0 {
        "not every allocation could be recorded".to_owned()
    } else {
        match recording.scan.kind {
            ScanKind::Done => return Ok(()),
            ScanKind::Doubtful { unstopped } => format!(
                "{unstopped} threads could not be stopped, so that nothing can be said to be lost"
            ),
            ScanKind::None => "no scan was begun".to_owned(),
            ScanKind::Refused => "no copy of the process could be made for the scan".to_owned(),
            ScanKind::Broken => "the scan did not come to its end".to_owned(),
        }
    };
    Err(why)
}

/// What a site held at the end, by how it is held, as memcheck tells it.
fn by_kind(site: &RecordedSite) -> [(LeakKind, Amount); 4] {
    let told = [site.definite, site.indirect, site.possible];
    let less = |of: fn(&Amount) -> u64| {
        let told = told.iter().map(of).fold(0, u64::saturating_add);
        of(&site.end).saturating_sub(told)
    };
    let reachable = Amount {
        bytes: less(|amount| amount.bytes),
        blocks: less(|amount| amount.blocks),
    };
    [
        (LeakKind::DefinitelyLost, site.definite),
        (LeakKind::IndirectlyLost, site.indirect),
        (LeakKind::PossiblyLost, site.possible),
        (LeakKind::StillReachable, reachable),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::StackId;

    fn amount(bytes: u64, blocks: u64) -> Amount {
        Amount { bytes, blocks }
    }

    #[test]
    fn what_is_not_lost_at_the_end_is_reachable() {
        let site = RecordedSite {
            number: 0,
            kind: Kind::Heap,
            stack: StackId::UNKNOWN,
            taken: 9,
            live: amount(0, 0),
            peak: amount(900, 9),
            end: amount(700, 7),
            definite: amount(100, 1),
            indirect: amount(200, 2),
            possible: amount(50, 1),
        };
        let parts = by_kind(&site).map(|(_, amount)| (amount.bytes, amount.blocks));
        assert_eq!(parts, [(100, 1), (200, 2), (50, 1), (350, 3)]);
    }
}
