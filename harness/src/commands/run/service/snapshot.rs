//! What a service is at a moment: the records of its processes that live, and what the kernel says of them.

use super::super::leftovers;
use super::super::watch::{files_of, pid_of};
use super::kernel;
use crate::files;
use crate::recording::{self, Kind, Recording, Resources, State, Totals};
use harness_model::program::Mark;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long it may take to come to rest when no request is on its way.
const REST: Duration = Duration::from_millis(400);
/// How often it is looked at meanwhile.
const OFTEN: Duration = Duration::from_millis(20);
/// Processor time between two looks by which nothing is done, in nanoseconds: a timer may go off.
const STILL: u64 = 300_000;

/// Where a service is looked at.
pub(super) struct View<'v> {
    /// Its own process.
    pub pid: u32,
    /// Its records.
    pub records: &'v Path,
    /// How often in a row it did not come to rest: some never do.
    pub restless: u32,
}

impl View<'_> {
    /// Waits until it does nothing any more, for a moment at the most.
    pub(super) fn rest(&mut self) {
        let begun = Instant::now();
        let mut before = self.worked();
        while begun.elapsed() < REST / (1 << self.restless.min(4)) {
            std::thread::sleep(OFTEN);
            let now = self.worked();
            if now.abs_diff(before) < STILL {
                self.restless = 0;
                return;
            }
            before = now;
        }
        self.restless += 1;
    }

    /// The processor time of all its processes, in nanoseconds.
    fn worked(&self) -> u64 {
        let recorded = files_of(self.records).into_iter();
        let mut pids: Vec<u32> = recorded.filter_map(|path| pid_of(&path)).collect();
        pids.push(self.pid);
        pids.sort_unstable();
        pids.dedup();
        pids.into_iter().map(kernel::processor_time).sum()
    }

    /// Its sums.
    pub(super) fn mark(&self) -> Mark {
        let (pids, (live_bytes, live_blocks)) = self.live();
        let mut mark = Mark {
            live_bytes,
            live_blocks,
            ..Mark::default()
        };
        let mut shares = Vec::new();
        for (_, one) in self.resources(&pids) {
            let less =
                |figure: Option<u64>| figure.unwrap_or(0).saturating_sub(one.own.unwrap_or(0));
            mark.processes += 1;
            mark.resident_bytes += less(one.resident);
            shares.extend(one.proportional.map(|_| less(one.proportional)));
            mark.descriptors += one.descriptors.unwrap_or(0);
            mark.threads += one.threads.unwrap_or(0);
        }
        mark.proportional_bytes = (!shares.is_empty()).then(|| shares.iter().sum());
        mark
    }

    /// Its records without their stacks, with what the kernel says as their last figures. High-water marks are those of this moment: what a
    /// request takes while it is on its way is no growth.
    pub(super) fn recordings(&self) -> Vec<Recording> {
        let (mut all, _) = recording::read_sites_of_folder(self.records);
        // Who became another program has two records, of which the last is that of the process.
        all.retain(|one| one.state == State::Running);
        let pids: Vec<u32> = all.iter().map(|one| one.pid).collect();
        let resources = self.resources(&pids);
        all.retain(|one| resources.contains_key(&one.pid));
        for one in &mut all {
            one.at_end = resources[&one.pid];
            one.sites.retain(|site| !site.live.is_zero());
            for site in &mut one.sites {
                site.peak = site.live;
            }
        }
        all
    }

    /// What the kernel says of its own process, where there is no record of it.
    pub(super) fn own(&self) -> Resources {
        kernel::resources(self.pid, self.records).unwrap_or_default()
    }

    /// What the kernel says of these processes, of its own, and of others of its group, as far as they live.
    fn resources(&self, pids: &[u32]) -> BTreeMap<u32, Resources> {
        let others = leftovers::left_by(self.pid as i32, self.records);
        let others = others.into_iter().map(|left| left.pid as u32);
        let all = others.chain(pids.iter().copied()).chain([self.pid]);
        let known = all.filter_map(|pid| Some((pid, kernel::resources(pid, self.records)?)));
        known.collect()
    }

    /// Processes that have a record and run, and the bytes and blocks that live in their heaps.
    fn live(&self) -> (Vec<u32>, (u64, u64)) {
        let (mut pids, mut bytes, mut blocks) = (Vec::new(), 0_u64, 0_u64);
        for path in files_of(self.records) {
            let Some(pid) = pid_of(&path) else { continue };
            // One that has ended has no executable, waited for or not.
            let is_there = std::fs::read_link(format!("/proc/{pid}/exe")).is_ok();
            let file = is_there.then(|| files::open(&path).ok()).flatten();
            let totals = file.and_then(|file| Totals::read(&file.into_inner()).ok()?);
            let Some(totals) = totals.filter(|totals| totals.state == State::Running) else {
                continue;
            };
            let heap = totals.of(Kind::Heap);
            pids.push(pid);
            bytes = bytes.saturating_add(heap.bytes);
            blocks = blocks.saturating_add(heap.blocks);
        }
        (pids, (bytes, blocks))
    }
}
