//! Modules as numbers: each one that a stack leads through has an entry in the record.

use crate::mapped::{entry, header};
use crate::module;
use crate::record::{MODULE_LIMIT, MODULE_PATH, MODULES, Module, Trouble};
use crate::{python, sys};
use core::sync::atomic::{AtomicUsize, Ordering};

/// Modules that were asked for last: where they begin and end, and their number. Under the lock.
static LAST: [[AtomicUsize; 3]; 4] = [const { [const { AtomicUsize::new(0) }; 3] }; 4];
static NEXT_PLACE: AtomicUsize = AtomicUsize::new(0);

/// The number of the module that has an address, from 1, in the record; 0 where there is none. Under the lock.
pub fn number_at(address: usize) -> u32 {
    for [start, end, number] in &LAST {
        if start.load(Ordering::Relaxed) <= address && address < end.load(Ordering::Relaxed) {
            return number.load(Ordering::Relaxed) as u32;
        }
    }
    let Some(found) = module::at(address) else {
        return 0;
    };
    let number = number_of(&found);
    python::met(&found, number);
    let place = NEXT_PLACE.fetch_add(1, Ordering::Relaxed) % LAST.len();
    for (word, value) in LAST[place]
        .iter()
        .zip([found.start, found.end, number as usize])
    {
        word.store(value, Ordering::Relaxed);
    }
    number
}

fn number_of(found: &module::Module) -> u32 {
    let count = header().modules.load(Ordering::Relaxed);
    // One that was unloaded and is back at its old place is the same again.
    for wanted in [0, 1] {
        for number in 0..count {
            // SAFETY: written before it was counted.
            let known = unsafe { &*entry::<Module>(MODULES, number) };
            if known.bias == found.bias as u64
                && known.unloaded.load(Ordering::Relaxed) == wanted
                && (wanted == 0
                    || known.start == found.start as u64 && known.end == found.end as u64)
                && same_name(known, found)
            {
                known.unloaded.store(0, Ordering::Relaxed);
                return number + 1;
            }
        }
    }
    if count as usize >= MODULE_LIMIT {
        return 0;
    }
    // The first populated step has the first modules; later ones are asked for one by one.
    let new = entry::<Module>(MODULES, count);
    let page = (new as usize & !4095) as *mut u8;
    if sys::populate(page, 4096).is_err() {
        header()
            .trouble
            .fetch_or(Trouble::DISK_FULL, Ordering::Relaxed);
        return 0;
    }
    // SAFETY: nobody knows of the entry yet; the name is the loader's, ended by a zero byte.
    unsafe {
        (&raw mut (*new).bias).write(found.bias as u64);
        (&raw mut (*new).start).write(found.start as u64);
        (&raw mut (*new).end).write(found.end as u64);
        let mut length = 0;
        while length < MODULE_PATH && *found.name.add(length) != 0 {
            (&raw mut (*new).path)
                .cast::<u8>()
                .add(length)
                .write(*found.name.add(length) as u8);
            length += 1;
        }
        (&raw mut (*new).path_bytes).write(length as u32);
    }
    header().modules.store(count + 1, Ordering::Release);
    count + 1
}

fn all() -> impl Iterator<Item = &'static Module> {
    // SAFETY: entries that are counted were written.
    (0..header().modules.load(Ordering::Relaxed))
        .map(|number| unsafe { &*entry::<Module>(MODULES, number) })
}

/// Notes which modules were unloaded, and whether any were. Under the lock.
pub fn note_unloaded() -> bool {
    let mut any = false;
    for known in all().filter(|known| known.unloaded.load(Ordering::Relaxed) == 0) {
        let still = module::at(known.start as usize)
            .is_some_and(|found| found.bias as u64 == known.bias && same_name(known, &found));
        if !still {
            known.unloaded.store(1, Ordering::Relaxed);
            any = true;
        }
    }
    if any {
        for [start, end, _] in &LAST {
            start.store(0, Ordering::Relaxed);
            end.store(0, Ordering::Relaxed);
        }
    }
    any
}

/// Whether the module of a number was unloaded.
pub fn is_unloaded(number: u32) -> bool {
    let known = || {
        // SAFETY: numbers of modules are those of entries that were written.
        let module = unsafe { &*entry::<Module>(MODULES, number - 1) };
        module.unloaded.load(Ordering::Relaxed) != 0
    };
    number != 0 && known()
}

/// Whether an address is in no module that is still there.
pub fn is_gone(pc: u64) -> bool {
    let mut those = all()
        .filter(|known| (known.start..known.end).contains(&pc))
        .map(|known| known.unloaded.load(Ordering::Relaxed) == 0);
    !those.any(|loaded| loaded)
}

fn same_name(known: &Module, found: &module::Module) -> bool {
    let known = &known.path[..(known.path_bytes as usize).min(MODULE_PATH)];
    // SAFETY: the loader's name ends with a zero byte, where the comparison ends at the latest.
    known
        .iter()
        .enumerate()
        .all(|(at, byte)| unsafe { *found.name.add(at) } as u8 == *byte)
}
