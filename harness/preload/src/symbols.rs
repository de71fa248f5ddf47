//! What a module that is loaded defines for others, by its own table: no lock of the loader is taken, and what was opened
//! for itself alone is found too.

use core::ffi::CStr;
use core::ops::Range;

/// What a module defines under a name.
#[derive(Clone, Copy)]
pub struct Symbol {
    /// Where it is in memory.
    pub address: usize,
    /// How many bytes it has; 0 where the table does not tell.
    pub bytes: usize,
    /// Whether it is code.
    pub is_function: bool,
}

/// An entry of the table (`<elf.h>`).
#[repr(C)]
struct Entry {
    name: u32,
    info: u8,
    other: u8,
    section: u16,
    value: usize,
    bytes: usize,
}

impl Entry {
    /// What others may use of it: a function or data.
    fn symbol(&self, bias: usize) -> Option<Symbol> {
        const DATA: u8 = 1;
        const FUNCTION: u8 = 2;
        let (binding, kind, visibility) = (self.info >> 4, self.info & 15, self.other & 3);
        let is_public = self.section != 0
            && matches!(kind, DATA | FUNCTION)
            && matches!(binding, 1 | 2)
            && matches!(visibility, 0 | 3);
        is_public.then(|| Symbol {
            address: bias.wrapping_add(self.value),
            bytes: self.bytes,
            is_function: kind == FUNCTION,
        })
    }
}

/// A module's table of symbols, and what finds them in it.
pub struct Table {
    bias: usize,
    strings: usize,
    symbols: usize,
    /// Where each way of finding them begins; 0 for one that the module does not have.
    hash: usize,
    gnu_hash: usize,
}

impl Table {
    /// That of a module; `None` where it has none. `dynamic` is where its dynamic section lies, `range` where the module
    /// does.
    ///
    /// # Safety
    ///
    /// The module stays loaded while the table is used.
    pub unsafe fn new(dynamic: usize, bias: usize, range: &Range<usize>) -> Option<Table> {
        const END: usize = 0;
        const HASH: usize = 4;
        const STRINGS: usize = 5;
        const SYMBOLS: usize = 6;
        const GNU_HASH: usize = 0x6FFF_FEF5;
        let mut table = Table {
            bias,
            strings: 0,
            symbols: 0,
            hash: 0,
            gnu_hash: 0,
        };
        let mut entry = dynamic as *const [usize; 2];
        // SAFETY: the section ends with an entry of zero.
        while let [tag, mut at] = unsafe { *entry }
            && tag != END
        {
            // Where the section can be written to, the loader has made addresses of it.
            if !range.contains(&at) {
                at = at.wrapping_add(bias);
            }
            let place = match tag {
                HASH => Some(&mut table.hash),
                STRINGS => Some(&mut table.strings),
                SYMBOLS => Some(&mut table.symbols),
                GNU_HASH => Some(&mut table.gnu_hash),
                _ => None,
            };
            if let Some(place) = place.filter(|_| range.contains(&at)) {
                *place = at;
            }
            // SAFETY: not the last one yet.
            entry = unsafe { entry.add(1) };
        }
        (table.strings != 0 && table.symbols != 0).then_some(table)
    }

    /// An entry by its number, and its name.
    ///
    /// # Safety
    ///
    /// There are so many, and the module is loaded.
    unsafe fn entry(&self, number: u32) -> (&Entry, &[u8]) {
        // SAFETY: the tables lie within the module, and names end with a zero byte.
        unsafe {
            let entry = &*(self.symbols as *const Entry).add(number as usize);
            let name = CStr::from_ptr((self.strings + entry.name as usize) as *const _);
            (entry, name.to_bytes())
        }
    }

    /// What the module defines under a name.
    ///
    /// # Safety
    ///
    /// The module is loaded.
    pub unsafe fn defined(&self, name: &[u8]) -> Option<Symbol> {
        // SAFETY: the tables are those of a module that is loaded.
        unsafe {
            let is_it = |number: u32| {
                let (entry, its_name) = self.entry(number);
                entry.symbol(self.bias).filter(|_| its_name == name)
            };
            if self.gnu_hash == 0 {
                return (1..self.counted()).find_map(is_it);
            }
            let [buckets, first, filters, _] = *(self.gnu_hash as *const [u32; 4]);
            let table = (self.gnu_hash + 16 + filters as usize * 8) as *const u32;
            if buckets == 0 {
                return None;
            }
            let wanted = name.iter().fold(5381_u32, |hash, byte| {
                hash.wrapping_mul(33).wrapping_add(u32::from(*byte))
            });
            let chains = table.add(buckets as usize);
            let mut number = *table.add((wanted % buckets) as usize);
            while number >= first && number != 0 {
                let link = *chains.add((number - first) as usize);
                if link | 1 == wanted | 1
                    && let Some(found) = is_it(number)
                {
                    return Some(found);
                }
                if link & 1 != 0 {
                    break;
                }
                number += 1;
            }
            None
        }
    }

    /// Whether the module wants a function from others that `is_it` says yes to.
    ///
    /// # Safety
    ///
    /// The module is loaded.
    pub unsafe fn wants(&self, is_it: fn(&[u8]) -> bool) -> bool {
        // SAFETY: the tables are those of a module that is loaded.
        unsafe {
            // What the module does not define itself comes before what is found by a hash.
            let count = match self.gnu_hash {
                0 => self.counted(),
                at => (*(at as *const [u32; 4]))[1],
            };
            (1..count).any(|number| {
                let (entry, name) = self.entry(number);
                entry.section == 0 && is_it(name)
            })
        }
    }

    /// How many entries the older way of finding them says there are; 0 without it.
    ///
    /// # Safety
    ///
    /// The module is loaded.
    unsafe fn counted(&self) -> u32 {
        match self.hash {
            0 => 0,
            // SAFETY: the table is that of a module that is loaded.
            at => unsafe { (*(at as *const [u32; 2]))[1] },
        }
    }
}
