//! Which live blocks are looked at: some of each of the sites that hold the most.

use crate::record::{Kind, Site};
use crate::scan::mappings::Pages;
use crate::{blocks, stacks, sys};
use core::sync::atomic::Ordering;

/// Sites that hold the most bytes that are looked at, and as many that hold the most blocks.
const SITES: usize = 64;
/// Blocks of each that are looked at.
pub const OF_EACH: usize = 9;

/// Some live blocks of a site.
#[derive(Clone, Copy)]
pub struct Sample {
    /// The node of the site's stack.
    pub node: u32,
    /// Of how many blocks one is taken.
    step: u64,
    seen: u64,
    count: usize,
    /// Addresses and sizes.
    blocks: [(usize, usize); OF_EACH],
}

impl Sample {
    const NONE: Sample = Sample {
        node: 0,
        step: 1,
        seen: 0,
        count: 0,
        blocks: [(0, 0); OF_EACH],
    };

    /// Addresses and sizes of its blocks.
    pub fn blocks(&self) -> &[(usize, usize)] {
        self.blocks.get(..self.count).unwrap_or_default()
    }

    fn meet(&mut self, address: usize, bytes: usize) {
        // From the middle of each stretch: they are spread over the heap, and so over time as far as that can be.
        if self.seen % self.step == self.step / 2
            && let Some(place) = self.blocks.get_mut(self.count)
        {
            *place = (address, bytes);
            self.count += 1;
        }
        self.seen += 1;
    }
}

/// The samples of a process.
pub struct Samples {
    all: [Sample; 2 * SITES],
    count: usize,
}

impl Samples {
    /// None yet.
    pub const fn new() -> Samples {
        Samples {
            all: [Sample::NONE; 2 * SITES],
            count: 0,
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Sample] {
        self.all.get(..self.count).unwrap_or_default()
    }

    /// Chooses sites by what they held at the last snapshot, and looks for their blocks; `None` without memory.
    pub fn take(&mut self) -> Option<()> {
        let sites = stacks::header().sites.load(Ordering::Acquire);
        // The place of each site's sample, from 1.
        let places = sys::reserve(sites as usize)?;
        // SAFETY: new memory, zeroed, of so many bytes.
        let places = unsafe { core::slice::from_raw_parts_mut(places, sites as usize) };
        let measures: [fn(&Site) -> i64; 2] = [
            |site| site.end_bytes.load(Ordering::Relaxed),
            |site| site.end_blocks.load(Ordering::Relaxed),
        ];
        for most in measures.map(|of| most(sites, of)) {
            for site in most {
                let place = places.get_mut(site as usize)?;
                if site >= Kind::COUNT && *place == 0 {
                    let chosen = stacks::site(site);
                    let blocks = chosen.end_blocks.load(Ordering::Relaxed);
                    *self.all.get_mut(self.count)? = Sample {
                        node: chosen.node,
                        step: (blocks.max(0) as u64).div_ceil(OF_EACH as u64).max(1),
                        ..Sample::NONE
                    };
                    self.count += 1;
                    *place = self.count as u8;
                }
            }
        }
        let mut pages = Pages::new();
        blocks::each(
            |range, part| pages.each(range, part),
            |address, cell| {
                let place = places.get(cell.site() as usize).copied().unwrap_or(0);
                let sample = usize::from(place).checked_sub(1);
                if let Some(sample) = sample.and_then(|at| self.all.get_mut(at)) {
                    sample.meet(address, cell.bytes() as usize);
                }
            },
        );
        pages.close();
        Some(())
    }
}

/// The sites of blocks that have the most by some measure, those with none left out (as site 0).
fn most(sites: u32, of: impl Fn(&Site) -> i64) -> [u32; SITES] {
    let mut most = [(0_i64, 0_u32); SITES];
    for number in Kind::COUNT..sites {
        let site = stacks::site(number);
        let measure = of(site);
        let last = most.last().map_or(0, |last| last.0);
        if u32::from(site.kind) != Kind::HEAP || measure <= last {
            continue;
        }
        let at = most.partition_point(|(larger, _)| *larger >= measure);
        if let Some(rest) = most.get_mut(at..) {
            rest.rotate_right(1);
            rest[0] = (measure, number);
        }
    }
    most.map(|(_, number)| number)
}
