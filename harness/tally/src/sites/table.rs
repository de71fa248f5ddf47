//! The sites: a table of fixed size that is only ever added to, without locks.

use std::sync::atomic::{
    AtomicI64, AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

use crate::stack::DEPTH;

/// Sites that are told apart. Programs have some thousands.
const SITES: usize = 1 << 16;

/// Places looked at before a new site is given up, to be counted under [`NOBODY`].
const MOST_PROBES: usize = 128;

/// The number of what belongs to no site: the instrument's own allocations, and those of sites that found no place.
pub(super) const NOBODY: u32 = 0;

struct Site {
    /// 0 where the place is free.
    hash: AtomicU64,
    /// One more than the depth, once the frames are written.
    written: AtomicU32,
    part: AtomicU32,
    frames: [AtomicUsize; DEPTH],
    live_bytes: AtomicI64,
    live_blocks: AtomicI64,
}

// All zeros: it takes address space, and memory only where sites are.
static TABLE: [Site; SITES] = [const {
    Site {
        hash: AtomicU64::new(0),
        written: AtomicU32::new(0),
        part: AtomicU32::new(0),
        frames: [const { AtomicUsize::new(0) }; DEPTH],
        live_bytes: AtomicI64::new(0),
        live_blocks: AtomicI64::new(0),
    }
}; SITES];

static OVERFLOWED: AtomicU64 = AtomicU64::new(0);

/// The number of the site of this part and stack.
#[inline]
pub(super) fn site(part: u32, frames: &[usize]) -> u32 {
    let hash = hash(part, frames);
    let mut at = hash as usize % (SITES - 1) + 1;
    for _ in 0..MOST_PROBES {
        let place = &TABLE[at];
        let found = place.hash.load(Acquire);
        if found == hash {
            return at as u32;
        }
        if found == 0 {
            match place.hash.compare_exchange(0, hash, AcqRel, Acquire) {
                Ok(_) => {
                    place.write(part, frames);
                    return at as u32;
                }
                Err(other) if other == hash => return at as u32,
                Err(_) => {}
            }
        }
        at = at % (SITES - 1) + 1;
    }
    OVERFLOWED.fetch_add(1, Relaxed);
    NOBODY
}

/// Never 0. The multiplication by an odd number and the shift lose nothing, so that stacks of one depth that differ in
/// one frame never share a hash.
#[inline]
fn hash(part: u32, frames: &[usize]) -> u64 {
    let start = (u64::from(part) << 8 | frames.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = frames.iter().fold(start, |hash, &frame| {
        let hash = (hash ^ frame as u64).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^ hash >> 32
    });
    mixed.max(1)
}

impl Site {
    #[cold]
    fn write(&self, part: u32, frames: &[usize]) {
        self.part.store(part, Relaxed);
        for (kept, frame) in self.frames.iter().zip(frames) {
            kept.store(*frame, Relaxed);
        }
        self.written.store(frames.len() as u32 + 1, Release);
    }
}

#[inline]
pub(super) fn add(site: u32, bytes: usize) {
    let site = &TABLE[site as usize];
    site.live_bytes.fetch_add(bytes as i64, Relaxed);
    site.live_blocks.fetch_add(1, Relaxed);
}

#[inline]
pub(super) fn remove(site: u32, bytes: usize) {
    let site = &TABLE[site as usize];
    site.live_bytes.fetch_sub(bytes as i64, Relaxed);
    site.live_blocks.fetch_sub(1, Relaxed);
}

/// One site at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteState {
    /// Its number, the same for as long as the process lives.
    pub number: u32,
    /// The number of the part of the pipeline that was at work.
    pub part: u32,
    /// Return addresses, innermost call first.
    pub frames: Vec<usize>,
    /// Bytes allocated here and not freed.
    pub live_bytes: i64,
    /// Blocks allocated here and not freed.
    pub live_blocks: i64,
}

/// See [`super::snapshot`].
pub(super) fn read() -> Vec<SiteState> {
    let sites = TABLE.iter().enumerate().skip(1);
    let states = sites.filter_map(|(number, site)| {
        let depth = site.written.load(Acquire).checked_sub(1)? as usize;
        Some(SiteState {
            number: number as u32,
            part: site.part.load(Relaxed),
            frames: site.frames[..depth]
                .iter()
                .map(|frame| frame.load(Relaxed))
                .collect(),
            live_bytes: site.live_bytes.load(Relaxed),
            live_blocks: site.live_blocks.load(Relaxed),
        })
    });
    states.collect()
}

/// What one site holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSite {
    /// The number of [`SiteState::number`].
    pub number: u32,
    /// Bytes allocated here and not freed.
    pub bytes: i64,
    /// Blocks allocated here and not freed.
    pub blocks: i64,
}

/// See [`super::live`].
pub(super) fn live() -> Vec<LiveSite> {
    let sites = TABLE.iter().enumerate().skip(1);
    let holding = sites.filter_map(|(number, site)| {
        let bytes = site.live_bytes.load(Relaxed);
        (site.written.load(Acquire) > 0 && bytes > 0).then(|| LiveSite {
            number: number as u32,
            bytes,
            blocks: site.live_blocks.load(Relaxed),
        })
    });
    holding.collect()
}

/// Allocations whose site found no place in the table.
pub fn overflowed() -> u64 {
    OVERFLOWED.load(Relaxed)
}
