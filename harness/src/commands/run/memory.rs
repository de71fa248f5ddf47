//! How much memory there is, and how much a run took.

use super::one_run::OneRun;
use std::fs;

/// The most memory of a run: that of its largest process, by what was seen of it.
pub(super) fn memory(run: &OneRun) -> u64 {
    let recorded = run
        .recordings
        .iter()
        .filter_map(|one| one.at_end.resident_peak)
        .max()
        .unwrap_or(0);
    recorded.max(run.ended.seen.resident_peak)
}

/// Memory that this process could take, in bytes: the machine's, or its control group's where that is less.
pub(crate) fn free_memory() -> u64 {
    let text = |path: &str| fs::read_to_string(path).ok();
    let number = |path: &str| text(path)?.trim().parse::<u64>().ok();
    let machine = text("/proc/meminfo").and_then(|info| {
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:").map(str::to_owned))?;
        line.trim()
            .trim_end_matches(" kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    let machine = machine.map_or(4 << 30, |kib| kib * 1024);
    let group = number("/sys/fs/cgroup/memory.max")
        .zip(number("/sys/fs/cgroup/memory.current"))
        .map(|(most, now)| most.saturating_sub(now));
    group
        .map_or(machine, |group| group.min(machine))
        .max(64 << 20)
}
