//! The live blocks by address, and from any address the block that it points into.
//!
//! A block begins in a cell of the map of blocks, and at most one does. So one bit for each cell and the number of the
//! blocks before each group of 64 cells give the block of an address without a search.

use super::array::Array;
use crate::blocks::{self, Cell};

/// A live block.
#[derive(Clone, Copy)]
pub struct Block {
    /// Where it begins.
    pub address: usize,
    /// Its size and site.
    cell: Cell,
}

impl Block {
    /// Where it ends.
    pub fn end(&self) -> usize {
        self.address.saturating_add(self.bytes())
    }

    /// Bytes that were asked for.
    pub fn bytes(&self) -> usize {
        self.cell.bytes() as usize
    }

    /// The number of its site.
    pub fn site(&self) -> u32 {
        self.cell.site()
    }
}

/// 64 cells.
#[derive(Clone, Copy)]
struct Group {
    /// In which of them a block begins.
    begins: u64,
    /// How many blocks begin before them.
    before: u64,
}

/// Addresses of a region: as in the map of blocks.
const REGION_BITS: u32 = 25;
const REGIONS: usize = 1 << (47 - REGION_BITS);
/// In a region's entry: no block begins there, but this one reaches into it or beyond.
const SPANNED: u32 = 1 << 31;

/// See above.
pub struct Index {
    /// The live blocks, by address.
    pub blocks: Array<Block>,
    low: usize,
    span: usize,
    cell_bits: u32,
    /// For each region: 0 where there is nothing, a block with [`SPANNED`], or the number of its groups from 1.
    regions: Array<u32>,
    groups: Array<Group>,
}

impl Index {
    /// Of all live blocks, of which one begins in `1 << cell_bits` bytes; `None` without memory.
    pub fn new(cell_bits: u32) -> Option<Index> {
        let blocks = collect()?;
        let mut index = Index {
            low: blocks.first().map_or(0, |first| first.address),
            span: 0,
            blocks,
            cell_bits,
            regions: Array::zeroed(REGIONS)?,
            groups: Array::new(),
        };
        if index.blocks.len() >= SPANNED as usize {
            return None;
        }
        let mut begin = 0;
        while let Some(first) = index.blocks.get(begin) {
            let region = first.address >> REGION_BITS;
            let rest = index.blocks.get(begin..).unwrap_or_default();
            let count = rest.partition_point(|block| block.address >> REGION_BITS == region);
            index.note(region, begin, begin + count)?;
            begin += count;
        }
        Some(index)
    }

    /// Notes the blocks that begin in a region: those from `begin` to `end`.
    fn note(&mut self, region: usize, begin: usize, end: usize) -> Option<()> {
        let groups_of_region = 1_usize << (REGION_BITS - self.cell_bits - 6);
        let first = self.groups.extend_zeroed(groups_of_region)?;
        let groups = self.groups.get_mut(first..)?;
        let within = (1 << REGION_BITS) - 1;
        for block in self.blocks.get(begin..end)? {
            let cell = (block.address & within) >> self.cell_bits;
            groups.get_mut(cell >> 6)?.begins |= 1 << (cell & 63);
            self.span = self.span.max(block.end().max(block.address + 1) - self.low);
        }
        let mut before = begin as u64;
        for group in groups {
            group.before = before;
            before += u64::from(group.begins.count_ones());
        }
        *self.regions.get_mut(region)? = (first / groups_of_region + 1) as u32;
        // Only the last one can reach beyond the region.
        let last = self.blocks.get(end - 1)?;
        let reach = last.end().saturating_sub(1) >> REGION_BITS;
        for later in region + 1..=reach {
            *self.regions.get_mut(later)? = SPANNED | (end - 1) as u32;
        }
        Some(())
    }

    /// The number of the block that an address points into; one of no bytes is only pointed to at its begin.
    #[inline]
    pub fn find(&self, address: usize) -> Option<usize> {
        if address.wrapping_sub(self.low) >= self.span {
            return None;
        }
        let region = *self.regions.get(address >> REGION_BITS)?;
        if region == 0 {
            return None;
        }
        let found = if region & SPANNED != 0 {
            (region & !SPANNED) as usize
        } else {
            let group_bits = self.cell_bits + 6;
            let within = (address & ((1 << REGION_BITS) - 1)) >> group_bits;
            let first = ((region - 1) as usize) << (REGION_BITS - group_bits);
            let group = self.groups.get(first + within)?;
            let cell = (address >> self.cell_bits) & 63;
            let up_to = group.begins & (u64::MAX >> (63 - cell));
            let found = (group.before as usize + up_to.count_ones() as usize).checked_sub(1)?;
            // One that begins in the same cell, but further on.
            if self.blocks.get(found)?.address > address {
                found.checked_sub(1)?
            } else {
                found
            }
        };
        let block = self.blocks.get(found)?;
        (address - block.address < block.bytes().max(1)).then_some(found)
    }

    /// The number of the first block that ends after an address.
    pub fn first_after(&self, address: usize) -> usize {
        self.blocks.partition_point(|block| block.end() <= address)
    }
}

/// A part of the blocks that is in order.
#[derive(Clone, Copy)]
struct Run {
    address: usize,
    begin: usize,
    end: usize,
}

/// All live blocks by address: the map hands them on by region, and the regions in the order in which they came.
fn collect() -> Option<Array<Block>> {
    let mut found = Array::new();
    let mut runs: Array<Run> = Array::new();
    let mut last = usize::MAX;
    let mut memory = true;
    blocks::each(|address, cell| {
        if address < last || address >> REGION_BITS != last >> REGION_BITS {
            let begin = found.len();
            if let Some(run) = runs.last_mut() {
                run.end = begin;
            }
            let run = Run {
                address,
                begin,
                end: begin,
            };
            memory &= runs.push(run).is_some();
        }
        last = address;
        memory &= found.push(Block { address, cell }).is_some();
    });
    if !memory {
        return None;
    }
    let all = found.len();
    if let Some(run) = runs.last_mut() {
        run.end = all;
    }
    if runs.is_sorted_by_key(|run| run.address) {
        return Some(found);
    }
    runs.sort_unstable_by_key(|run| run.address);
    let mut sorted = Array::new();
    for run in runs.iter() {
        for block in found.get(run.begin..run.end)? {
            sorted.push(*block)?;
        }
    }
    Some(sorted)
}
