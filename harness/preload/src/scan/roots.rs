//! What holds blocks: registers, stacks as far as they are in use, and all other memory that can be written and is
//! neither the allocator's nor this library's.

use super::array::Array;
use super::heap::{self, Part};
use super::index::Index;
use super::known::{Known, RED_ZONE};
use super::mappings::{self, DEVICE, FILE, Mapping, Pages, READ, WRITE};
use super::mark::{Marker, Trust};
use super::threads::{GONE, STOPPED, Slot};
use crate::control_block::stack_of;
use crate::{reserves, stacks, sys, unseen};
use core::ops::Range;
use core::sync::atomic::Ordering;

/// Marks all that the roots hold; `None` without memory.
pub fn mark(
    marker: &mut Marker<'_>,
    mappings: &[Mapping],
    index: &Index,
    slots: &[Slot],
    known: &Known,
) -> Option<()> {
    let mut holes: Array<Part> = Array::new();
    let mut memory = true;
    let mut leave_out = |holes: &mut Array<Part>, range: Range<usize>| {
        memory &= holes.push(range.into()).is_some();
    };
    sys::each_own(|range| leave_out(&mut holes, range));
    leave_out(&mut holes, sys::set_aside());
    for range in [&known.library, &known.record] {
        leave_out(&mut holes, range.clone());
    }
    let mut heaps: Array<Part> = Array::new();
    let mut strays: Array<Part> = Array::new();
    if known.of_glibc {
        heap::of_glibc(mappings, index, &mut heaps)?;
        let merged = merge(&mut heaps);
        heaps.truncate(merged);
    } else {
        leave_out(&mut holes, known.allocator.clone());
        reserves::each(|range| leave_out(&mut heaps, range));
        heap::strays(index, &heaps, &mut strays)?;
    }
    for heap in heaps.iter().chain(strays.iter()) {
        holes.push(*heap)?;
    }
    let merged = merge(&mut holes);
    holes.truncate(merged);
    // Stacks: those of threads that run are not in use below their stack pointers, those of threads that ended and whose
    // memory waits for the next one are not below their control blocks.
    let stopped = |slot: &&Slot| slot.state.load(Ordering::Acquire) == STOPPED;
    let mut cuts: Array<Part> = Array::new();
    for slot in slots.iter().filter(stopped) {
        let bottom = slot.stack().saturating_sub(RED_ZONE);
        let stack = match mappings::at(mappings, known.first_stack) {
            Some(mapping) if (mapping.start..mapping.end).contains(&bottom) => {
                Some(mapping.start..mapping.end)
            }
            _ => stack_of(slot.pointer as usize).map(|stack| stack.range),
        };
        if let Some(stack) = stack.filter(|stack| stack.contains(&bottom)) {
            cuts.push((stack.start..bottom).into())?;
        }
    }
    let all_known = slots
        .iter()
        .all(|slot| matches!(slot.state.load(Ordering::Acquire), STOPPED | GONE));
    if all_known && known.whole {
        let living = |pointer: usize| slots.iter().any(|slot| slot.pointer as usize == pointer);
        ended_stacks(mappings, &holes, &mut cuts, living)?;
    }
    for cut in cuts.iter() {
        memory &= holes.push(*cut).is_some();
    }
    let merged = merge(&mut holes);
    holes.truncate(merged);
    if !memory {
        return None;
    }

    if !known.allocator.is_empty() {
        own_blocks(marker, index, &known.allocator);
    }
    for slot in slots.iter().filter(|slot| slot.stack() != 0) {
        marker.root(slot.stack(), Trust::Full);
        own_stack(marker, mappings, index, &holes, slot);
    }
    for slot in slots.iter().filter(stopped) {
        for word in slot.registers.iter().chain(&slot.vectors) {
            marker.root(*word as usize, Trust::Full);
        }
        if slot.inside != 0 {
            in_flight(marker, mappings, slot, |mapping, address| {
                if known.of_glibc {
                    chunk(mapping, address)
                } else {
                    up_to_block(index, &heaps, address)
                }
            });
        }
    }
    for mapping in mappings {
        if !mapping.may_hold() {
            continue;
        }
        let trust = if known.libc.contains(&mapping.start) && mapping.has(FILE) {
            Trust::BeginsOnly
        } else if !mapping.has(FILE) && is_met_by(&strays, mapping) {
            // The other allocator's free memory and lists, or the program's own: nobody knows.
            continue;
        } else {
            Trust::Full
        };
        outside(mapping.start..mapping.end, &holes, |part| {
            marker.scan_root(part, trust);
        });
    }
    marker.drain();
    for mapping in mappings {
        let both = mapping.has(READ | WRITE) && !mapping.has(DEVICE) && !mapping.has(FILE);
        if both && is_met_by(&strays, mapping) {
            outside(mapping.start..mapping.end, &holes, |part| {
                marker.scan_root(part, Trust::Doubtful);
            });
        }
    }
    marker.drain();
    // Blocks that are in no list lie among what is free, and may hold others.
    let mut hidden: Array<Part> = Array::new();
    if known.unrecorded {
        for heap in heaps.iter() {
            hidden.push(*heap)?;
        }
    } else {
        let mut memory = true;
        unseen::each(|block| memory &= hidden.push(block.into()).is_some());
        memory.then_some(())?;
    }
    for part in hidden.iter() {
        between(index, part.start..part.end, |part| {
            marker.scan_root(part, Trust::Doubtful);
        });
    }
    marker.drain();
    (!marker.failed).then_some(())
}

/// What the allocator took through its own front door is held by its own data, which is no root.
fn own_blocks(marker: &mut Marker<'_>, index: &Index, allocator: &Range<usize>) {
    let sites = stacks::header().sites.load(Ordering::Acquire);
    for block in index.blocks.iter().filter(|block| block.site() < sites) {
        // SAFETY: a site's node was written before the site was.
        let pc = unsafe { (*stacks::node(stacks::site(block.site()).node)).pc };
        if allocator.contains(&(pc as usize)) {
            marker.root(block.address, Trust::Full);
        }
    }
}

/// Hands on what of a range lies between the blocks.
fn between(index: &Index, range: Range<usize>, mut part: impl FnMut(Range<usize>)) {
    let mut from = range.start;
    for block in index.blocks.iter().skip(index.first_after(range.start)) {
        if block.address >= range.end {
            break;
        }
        if block.address > from {
            part(from..block.address);
        }
        from = from.max(block.end());
    }
    if from < range.end {
        part(from..range.end);
    }
}

/// Whether one of some parts, which are in order, lies in a mapping, as far as it does.
fn is_met_by(parts: &[Part], mapping: &Mapping) -> bool {
    let first = parts.get(parts.partition_point(|part| part.end <= mapping.start));
    first.is_some_and(|part| part.start < mapping.end)
}

/// Sorts ranges and joins those that touch; how many are left at the front.
fn merge(parts: &mut [Part]) -> usize {
    parts.sort_unstable_by_key(|part| part.start);
    let mut kept = 0_usize;
    for index in 0..parts.len() {
        let Some(part) = parts
            .get(index)
            .copied()
            .filter(|part| part.start < part.end)
        else {
            continue;
        };
        match parts.get_mut(kept.wrapping_sub(1)) {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => {
                if let Some(place) = parts.get_mut(kept) {
                    *place = part;
                }
                kept += 1;
            }
        }
    }
    kept
}

/// Hands on what of a range lies outside of the holes, which are in order.
fn outside(range: Range<usize>, holes: &[Part], mut part: impl FnMut(Range<usize>)) {
    let mut from = range.start;
    let first = holes.partition_point(|hole| hole.end <= range.start);
    for hole in holes.iter().skip(first) {
        if hole.start >= range.end {
            break;
        }
        if hole.start > from {
            part(from..hole.start);
        }
        from = from.max(hole.end);
    }
    if from < range.end {
        part(from..range.end);
    }
}

/// A thread on a stack that lies in memory which is no root: in a block, say. What is in use of it holds blocks.
fn own_stack(
    marker: &mut Marker<'_>,
    mappings: &[Mapping],
    index: &Index,
    holes: &[Part],
    slot: &Slot,
) {
    let bottom = slot.stack().saturating_sub(RED_ZONE);
    let after = holes.partition_point(|hole| hole.start <= bottom);
    let Some(hole) = holes
        .get(after.wrapping_sub(1))
        .filter(|hole| bottom < hole.end)
    else {
        return;
    };
    let Some(mapping) = mappings::at(mappings, bottom) else {
        return;
    };
    let block = index.blocks.get(index.first_after(bottom));
    let end = match block.filter(|block| block.address <= bottom) {
        Some(block) => block.end(),
        None => hole.end,
    };
    marker.scan_root(bottom..end.min(mapping.end), Trust::Full);
}

/// A thread was stopped inside this library, perhaps while the allocator changed the size of a block: the block is then
/// in no list, but the thread knows it. So all that may be a block, from what the thread knows, is a root: as much of it
/// as `extent` says.
fn in_flight(
    marker: &mut Marker<'_>,
    mappings: &[Mapping],
    slot: &Slot,
    extent: impl Fn(&Mapping, usize) -> Option<Range<usize>>,
) {
    /// The frames of the library and the allocator lie in so many bytes.
    const FRAMES: usize = 2048;
    let mut words = [0_u64; FRAMES / 8];
    let bottom = slot.stack().saturating_sub(RED_ZONE) & !7;
    // SAFETY: the list's own bytes.
    let bytes = unsafe {
        core::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), size_of_val(&words))
    };
    let end = mappings::at(mappings, bottom).map_or(bottom, |mapping| mapping.end);
    let used = FRAMES.min(end - bottom);
    let read = bytes
        .get_mut(..used)
        .is_some_and(|bytes| sys::read_memory(bottom, bytes));
    let stack = if read { used / 8 } else { 0 };
    for word in words.iter().take(stack).chain(&slot.registers) {
        let address = *word as usize;
        let mapping = mappings::at(mappings, address);
        let mapping = mapping.filter(|mapping| mapping.has(READ | WRITE) && !mapping.has(FILE));
        if let Some(range) = mapping.and_then(|mapping| extent(mapping, address)) {
            marker.scan_root(range, Trust::Full);
        }
    }
}

/// What may be a block of glibc's at an address, by the size that stands before it: of the chunk, from its head to the
/// next one's, whose first word is the block's last.
fn chunk(mapping: &Mapping, address: usize) -> Option<Range<usize>> {
    let size = heap::load(address.wrapping_sub(8))? & !7;
    let fits = address.is_multiple_of(16)
        && size >= 32
        && size.is_multiple_of(16)
        && size <= mapping.end - address + 16;
    fits.then(|| address..(address + size - 8).min(mapping.end))
}

/// From an address in what another allocator took to the next live block: what lies there may be a block whose size
/// nobody knows.
fn up_to_block(index: &Index, heaps: &[Part], address: usize) -> Option<Range<usize>> {
    let heap = heaps.get(heaps.partition_point(|heap| heap.end <= address))?;
    let next = index.blocks.get(index.first_after(address));
    let end = next.map_or(heap.end, |next| next.address.min(heap.end));
    let is_free = address.is_multiple_of(8) && heap.start <= address && address < end;
    is_free.then_some(address..end)
}

/// Leaves out the stacks of threads that ended, which the libc keeps for the next ones: below the control block, which
/// still has what the next thread will use. Only what the libc mapped itself is known to be no longer in use.
fn ended_stacks(
    mappings: &[Mapping],
    holes: &[Part],
    into: &mut Array<Part>,
    living: impl Fn(usize) -> bool,
) -> Option<()> {
    /// Control blocks lie at multiples of this.
    const ALIGNED: usize = 64;
    const BYTES: usize = 16 << 10;
    let mut pages = Pages::new();
    let mut buffer = Array::<u8>::zeroed(BYTES)?;
    let mut memory = true;
    for mapping in mappings {
        if !mapping.has(READ | WRITE) || mapping.has(FILE) || mapping.has(DEVICE) {
            continue;
        }
        outside(mapping.start..mapping.end, holes, |part| {
            pages.each(part, |part| {
                let mut at = part.start;
                while at < part.end {
                    let bytes = BYTES.min(part.end - at);
                    let Some(copy) = buffer.get_mut(..bytes) else {
                        return;
                    };
                    if sys::read_memory(at, copy) {
                        let begin = (ALIGNED - at % ALIGNED) % ALIGNED;
                        for (index, words) in copy
                            .get(begin..)
                            .unwrap_or_default()
                            .chunks(ALIGNED)
                            .enumerate()
                        {
                            let address = at + begin + index * ALIGNED;
                            let own = words.first_chunk().map(|word| usize::from_le_bytes(*word));
                            if own != Some(address) || living(address) {
                                continue;
                            }
                            if let Some(stack) = stack_of(address).filter(|stack| {
                                let guard = mappings::at(mappings, stack.range.start);
                                stack.guard > 0 && guard.is_none_or(|guard| !guard.has(READ))
                            }) {
                                memory &= into.push((stack.range.start..address).into()).is_some();
                            }
                        }
                    }
                    at += bytes;
                }
            });
        });
    }
    memory.then_some(())
}
