//! The rules of the addresses that were met, in a table that is read without a lock.

use crate::cfi;
use crate::module;
use crate::rule::Rule;
use crate::sys;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

#[repr(C)]
struct Entry {
    pc: AtomicU64,
    rule: AtomicU64,
}

#[repr(C)]
struct Table {
    /// 64 less the number of bits of an index.
    shift: u32,
    used: u32,
    entries: [Entry; 0],
}

impl Table {
    fn size(bits: u32) -> usize {
        size_of::<Table>() + (size_of::<Entry>() << bits)
    }

    fn entries(&self) -> &[Entry] {
        // SAFETY: a table is made with room for so many entries behind it.
        unsafe { core::slice::from_raw_parts(self.entries.as_ptr(), 1 << (64 - self.shift)) }
    }
}

/// Starts small: a table sized for the largest program puts each entry on a page of its own.
const FIRST_BITS: u32 = 9;

static TABLE: AtomicPtr<Table> = AtomicPtr::new(null_mut());

#[inline]
fn index(pc: u64, shift: u32) -> usize {
    (pc.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
}

/// The rule of an address, from the table or, the first time, from the module's own.
#[inline]
pub fn of(pc: u64) -> Rule {
    let table = TABLE.load(Ordering::Acquire);
    // SAFETY: a published table is never given back: late readers may still be in it.
    if let Some(table) = unsafe { table.as_ref() } {
        let entries = table.entries();
        let mut at = index(pc, table.shift);
        loop {
            // SAFETY: the index is kept below the length, a power of two.
            let entry = unsafe { entries.get_unchecked(at) };
            let found = entry.pc.load(Ordering::Acquire);
            if found == pc {
                return Rule::from_word(entry.rule.load(Ordering::Relaxed));
            }
            if found == 0 {
                break;
            }
            at = (at + 1) & (entries.len() - 1);
        }
    }
    learn(pc)
}

/// Looks an address up in its module's tables and keeps the answer.
#[cold]
#[inline(never)]
fn learn(pc: u64) -> Rule {
    let rule = from_module(pc);
    let _held = crate::COLD.hold();
    let mut table = TABLE.load(Ordering::Acquire);
    // SAFETY: as in `of`; `used` is only touched under the lock.
    let full = unsafe { table.as_ref() }
        .is_none_or(|table| table.used as usize * 2 >= table.entries().len());
    if full {
        match grown(table) {
            Some(larger) => {
                table = larger;
                TABLE.store(table, Ordering::Release);
            }
            None => return rule,
        }
    }
    // SAFETY: not null now, and written under the lock alone.
    unsafe { insert(&mut *table, pc, rule) };
    rule
}

/// In the place of an address that holds no more. (No code lies there.)
const GONE: u64 = 1;

fn insert(table: &mut Table, pc: u64, rule: Rule) {
    let shift = table.shift;
    let entries = table.entries();
    let mut at = index(pc, shift);
    let mut place = None;
    loop {
        match entries[at].pc.load(Ordering::Relaxed) {
            0 => break,
            GONE => place = place.or(Some(at)),
            found if found == pc => return,
            _ => {}
        }
        at = (at + 1) & (entries.len() - 1);
    }
    // A place that was used before counts already.
    let fresh = place.is_none();
    let entry = &entries[place.unwrap_or(at)];
    entry.rule.store(rule.word(), Ordering::Relaxed);
    entry.pc.store(pc, Ordering::Release);
    table.used += u32::from(fresh);
}

fn grown(old: *mut Table) -> Option<*mut Table> {
    // SAFETY: null or a table.
    let old = unsafe { old.as_ref() };
    let bits = old.map_or(FIRST_BITS, |old| 64 - old.shift + 1);
    let new = sys::reserve(Table::size(bits))?.cast::<Table>();
    // SAFETY: the memory is new, zeroed and large enough; zero is an empty entry.
    unsafe {
        (*new).shift = 64 - bits;
        for entry in old.map_or(&[][..], Table::entries) {
            let pc = entry.pc.load(Ordering::Relaxed);
            if pc > GONE {
                insert(
                    &mut *new,
                    pc,
                    Rule::from_word(entry.rule.load(Ordering::Relaxed)),
                );
            }
        }
    }
    Some(new)
}

/// The rule as the module's tables give it.
pub fn from_module(pc: u64) -> Rule {
    match module::at(pc as usize) {
        Some(found) if found.frames != 0 => {
            // Some glibc give one segment of a module for all of it, and the tables lie in another.
            let apart = !(found.start..found.end).contains(&found.frames);
            let Some(whole) = (if apart {
                module::whole(pc as usize)
            } else {
                Some(found)
            }) else {
                return Rule::UNKNOWN;
            };
            // SAFETY: the loader says that the module is mapped there, and its code is running.
            let memory = unsafe { cfi::Memory::new(whole.start, whole.end) };
            cfi::rule(memory, found.frames, pc as usize)
        }
        _ => Rule::UNKNOWN,
    }
}

/// Forgets the addresses of modules that were unloaded: they may come to mean something else.
pub fn forget(is_gone: impl Fn(u64) -> bool) {
    let _held = crate::COLD.hold();
    // SAFETY: as in `of`.
    if let Some(table) = unsafe { TABLE.load(Ordering::Acquire).as_ref() } {
        let known = table.entries().iter();
        let gone = known.filter(|entry| {
            let pc = entry.pc.load(Ordering::Relaxed);
            pc > GONE && is_gone(pc)
        });
        gone.for_each(|entry| entry.pc.store(GONE, Ordering::Relaxed));
    }
}
