//! The last snapshot: what lives when the program has done its work and before anything is torn down.

use crate::record::{Header, Resources};
use crate::{stacks, sys};
use core::sync::atomic::{AtomicU64, Ordering};

/// Takes it.
pub fn take() {
    let header = stacks::header();
    header.left.store(sys::clock(1), Ordering::Relaxed);
    for number in 0..header.sites.load(Ordering::Acquire) {
        let site = stacks::site(number);
        let live = site
            .taken
            .load(Ordering::Relaxed)
            .wrapping_sub(site.freed.load(Ordering::Relaxed));
        site.end_blocks.store(live as i64, Ordering::Relaxed);
        site.end_bytes
            .store(site.live_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    resources(header);
}

fn resources(header: &Header) {
    let into = &header.at_end;
    let Resources {
        resident,
        resident_peak,
        mapped,
        threads,
        ..
    } = into;
    let mut text = [0; 4096];
    let filled = sys::read_file(b"/proc/self/status\0", &mut text);
    let status = &text[..filled];
    for (name, place, unit) in [
        (&b"VmRSS:"[..], resident, 1024),
        (b"VmHWM:", resident_peak, 1024),
        (b"VmSize:", mapped, 1024),
        (b"Threads:", threads, 1),
    ] {
        set(status, name, place, unit);
    }
    let filled = sys::read_file(b"/proc/self/smaps_rollup\0", &mut text);
    let rollup = &text[..filled];
    for (name, place) in [
        (&b"Pss:"[..], &into.proportional),
        (b"Anonymous:", &into.anonymous),
        (b"AnonHugePages:", &into.huge_pages),
    ] {
        set(rollup, name, place, 1024);
    }
}

/// The number behind a name at the beginning of a line.
fn set(text: &[u8], name: &[u8], place: &AtomicU64, unit: u64) {
    let line = text
        .split(|byte| *byte == b'\n')
        .find(|line| line.starts_with(name));
    let Some(line) = line else { return };
    let digits = line[name.len()..]
        .iter()
        .filter(|byte| byte.is_ascii_digit());
    let number = digits.fold(0_u64, |number, digit| {
        number.saturating_mul(10) + u64::from(digit - b'0')
    });
    place.store(number.saturating_mul(unit), Ordering::Relaxed);
}
