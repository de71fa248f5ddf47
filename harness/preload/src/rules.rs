//! The rules of the addresses that were met, in a table that is read without a lock.

use crate::cfi;
use crate::module;
use crate::rule::Rule;
use crate::sys;
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

/// The first one has no rules, and room for none.
static TABLE: AtomicPtr<Table> = AtomicPtr::new((&raw const EMPTY).cast_mut().cast());

static EMPTY: Empty = Empty {
    shift: 63,
    used: 1,
    entries: [const {
        Entry {
            pc: AtomicU64::new(0),
            rule: AtomicU64::new(0),
        }
    }; 2],
};

/// A [`Table`] with room behind it.
#[repr(C)]
struct Empty {
    shift: u32,
    used: u32,
    entries: [Entry; 2],
}

#[inline]
fn index(pc: u64, shift: u32) -> usize {
    (pc.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
}

/// The rule of an address, from the table or, the first time, from the module's own.
#[inline]
pub fn of(pc: u64) -> Rule {
    // SAFETY: a published table is never given back: late readers may still be in it.
    let table = unsafe { &*TABLE.load(Ordering::Acquire) };
    let at = index(pc, table.shift);
    // SAFETY: an index is below the length, which is a power of two.
    let entry = unsafe { &*table.entries.as_ptr().add(at) };
    if entry.pc.load(Ordering::Acquire) == pc {
        return Rule::from_word(entry.rule.load(Ordering::Relaxed));
    }
    further_on(table, at, pc)
}

/// The rule of an address that is not in its first place, where another one may be.
#[inline(never)]
fn further_on(table: &Table, mut at: usize, pc: u64) -> Rule {
    let entries = table.entries();
    // SAFETY: the index is kept below the length.
    while unsafe { entries.get_unchecked(at) }
        .pc
        .load(Ordering::Relaxed)
        != 0
    {
        at = (at + 1) & (entries.len() - 1);
        // SAFETY: as above.
        let entry = unsafe { entries.get_unchecked(at) };
        if entry.pc.load(Ordering::Acquire) == pc {
            return Rule::from_word(entry.rule.load(Ordering::Relaxed));
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
    let known = unsafe { &*table };
    if known.used as usize * 2 >= known.entries().len() {
        match grown(known) {
            Some(larger) => {
                table = larger;
                TABLE.store(table, Ordering::Release);
            }
            None => return rule,
        }
    }
    // SAFETY: not the first one, which is full, and written under the lock alone.
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

fn grown(old: &Table) -> Option<*mut Table> {
    let bits = (64 - old.shift + 1).max(FIRST_BITS);
    let new = sys::reserve(Table::size(bits))?.cast::<Table>();
    // SAFETY: the memory is new, zeroed and large enough; zero is an empty entry.
    unsafe {
        (*new).shift = 64 - bits;
        for entry in old.entries() {
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
    let table = unsafe { &*TABLE.load(Ordering::Acquire) };
    let gone = table.entries().iter().filter(|entry| {
        let pc = entry.pc.load(Ordering::Relaxed);
        pc > GONE && is_gone(pc)
    });
    gone.for_each(|entry| entry.pc.store(GONE, Ordering::Relaxed));
}
