//! Allocations that fail on purpose, one a process, so that somebody sees what a program does then.
//!
//! Only the command's own process has one, told by its parent: what it starts goes on as ever.

mod crash;

use crate::record::{Kind, Wish};
use crate::thread::Words;
use crate::{host, own_record, stacks, sys, tally};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// `errno` of an allocation that fails.
pub const NO_MEMORY: i32 = 12;

/// Whether this is such a process.
static WANTED: AtomicBool = AtomicBool::new(false);
/// Which allocation fails, counted from 1; of [`SITE`], or of all where that is [`ANY`].
static NUMBER: AtomicU64 = AtomicU64::new(0);
static SITE: AtomicU32 = AtomicU32::new(ANY);
/// How many of these there were so far.
static SEEN: AtomicU64 = AtomicU64::new(0);

const ANY: u32 = u32::MAX;

/// Whether an allocation of this process is to fail, or was.
#[inline(always)]
pub fn wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}

/// Reads what was wished for.
pub fn begin() {
    let wish = host::wishes()
        .split(|byte| *byte == b',')
        .find_map(|word| word.strip_prefix(Wish::FAIL.as_bytes()));
    let Some([number, site, parent, program]) = wish.and_then(numbers) else {
        return;
    };
    let is_it = number == 0 || program == u64::from(own_record::number());
    if parent != u64::from(sys::parent()) || !is_it {
        return;
    }
    NUMBER.store(number, Ordering::Relaxed);
    let site = u32::try_from(site).ok().filter(|site| *site != 0);
    SITE.store(site.unwrap_or(ANY), Ordering::Relaxed);
    WANTED.store(true, Ordering::Relaxed);
    crash::watch();
}

/// In a child made by `fork`.
pub fn end() {
    WANTED.store(false, Ordering::Relaxed);
}

/// The numbers of `1:2:3:4`.
fn numbers(text: &[u8]) -> Option<[u64; 4]> {
    let mut parts = text.split(|byte| *byte == b':').map(|digits| {
        digits.iter().try_fold(0_u64, |number, digit| {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
            number.checked_mul(10)?.checked_add(u64::from(digit))
        })
    });
    let mut next = || parts.next().flatten();
    Some([next()?, next()?, next()?, next()?])
}

/// Whether the allocation fails that is asked for by the frame whose return address lies at `slot`. It is noted where it
/// does.
///
/// # Safety
///
/// As for [`tally::site_of`].
#[cold]
#[inline(never)]
pub unsafe fn fails(words: *mut Words, slot: usize, bp: usize) -> bool {
    // SAFETY: as the caller promises.
    let site = || unsafe { tally::site_of(words, slot, bp, Kind::HEAP) };
    let wanted = SITE.load(Ordering::Relaxed);
    if wanted != ANY && wanted != site() {
        return false;
    }
    if SEEN.fetch_add(1, Ordering::Relaxed) + 1 != NUMBER.load(Ordering::Relaxed) {
        return false;
    }
    stacks::header()
        .failed_site
        .store(site(), Ordering::Relaxed);
    true
}
