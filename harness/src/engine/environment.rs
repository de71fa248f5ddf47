//! Where and when the job runs.

use crate::probe::{jemalloc, rss};
use harness_model::{Environment, Tool};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// This program.
pub fn tool() -> Tool {
    Tool {
        name: "harness".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        profile: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
    }
}

/// This machine.
pub fn environment() -> Environment {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    Environment {
        os: std::env::consts::OS.to_owned(),
        kernel: kernel.map(|release| release.trim().to_owned()),
        arch: std::env::consts::ARCH.to_owned(),
        cpus: cpus(),
        page_bytes: rss::page_bytes(),
        jemalloc: jemalloc::version(),
        valgrind: valgrind_version(),
    }
}

/// How many processors this process may use.
pub fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// valgrind's version, `3.19.0`, or None where it cannot be run.
pub fn valgrind_version() -> Option<String> {
    let output = Command::new("valgrind")
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.trim().strip_prefix("valgrind-")?;
    output.status.success().then(|| version.to_owned())
}

/// Now, in UTC, to the second: `2025-11-21T08:33:00Z`.
pub fn now() -> String {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    rfc_3339(since_1970.map_or(0, |time| time.as_secs()))
}

/// A moment so many seconds after 1970, in UTC.
pub(crate) fn rfc_3339(seconds: u64) -> String {
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The Gregorian date of a day counted from 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years are counted from March, so that the leap day is the last of its year, in eras of 400 years.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(rfc_3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc_3339(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(rfc_3339(4_107_542_399), "2100-02-28T23:59:59Z");
        assert_eq!(rfc_3339(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
