//! How much memory is left, for a process that is told to grow: it should stop before the kernel ends it, or something
//! else.

use std::fs;
use std::path::Path;

/// Less than this share of the memory is no room to go on in.
const LITTLE: f64 = 0.05;

/// Whether the memory that this process may use is nearly used up: the machine's, or its control group's. False where
/// the system does not tell. What it allocates is freed again.
pub fn is_nearly_used_up() -> bool {
    let machine = read("/proc/meminfo").and_then(|info| left_of_machine(&info));
    [machine, left_of_group()]
        .into_iter()
        .flatten()
        .any(|left| left < LITTLE)
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// The share of the machine's memory that is available (proc(5)).
fn left_of_machine(info: &str) -> Option<f64> {
    let field = |name| figure(info, name);
    share(field("MemAvailable:")?, field("MemTotal:")?)
}

/// The share of its limit that the control group of this process has left, if it has a limit (cgroups(7), version 2).
fn left_of_group() -> Option<f64> {
    let groups = read("/proc/self/cgroup")?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let directory = Path::new("/sys/fs/cgroup").join(group);
    left_of_limit(
        &read(directory.join("memory.max"))?,
        &read(directory.join("memory.stat"))?,
    )
}

/// What a limit leaves beside the memory that cannot be written back to a file.
fn left_of_limit(limit: &str, stat: &str) -> Option<f64> {
    // A group without a limit says "max".
    let limit: u64 = limit.trim().parse().ok()?;
    share(limit.saturating_sub(figure(stat, "anon")?), limit)
}

/// The number after a name at the beginning of a line.
fn figure(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_ascii_whitespace);
    lines.find_map(|mut words| (words.next()? == name).then(|| words.next()?.parse().ok())?)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_share_is_what_is_available_of_all() {
        let info =
            "MemTotal:       24684872 kB\nMemFree:          10 kB\nMemAvailable:   6171218 kB\n";
        assert_eq!(left_of_machine(info), Some(0.25));
        assert_eq!(left_of_machine("MemTotal: 5 kB\n"), None);
        assert_eq!(
            left_of_machine("MemTotal: 0 kB\nMemAvailable: 0 kB\n"),
            None
        );
    }

    #[test]
    fn a_group_without_a_limit_has_no_share() {
        let stat = "anon 750\nfile 200\nanon_thp 5\n";
        assert_eq!(left_of_limit("1000\n", stat), Some(0.25));
        assert_eq!(left_of_limit("max\n", stat), None);
        assert_eq!(left_of_limit("500\n", stat), Some(0.0));
    }
}
