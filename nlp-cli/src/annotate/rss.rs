//! The memory of this process, as the system counts it.

/// The most memory that this process had, in bytes of RSS.
pub fn peak_rss() -> Option<u64> {
    of_status("VmHWM:")
}

/// The memory that this process has, in bytes of RSS.
pub fn rss() -> Option<u64> {
    of_status("VmRSS:")
}

/// A field of this process's status, in bytes.
fn of_status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}
