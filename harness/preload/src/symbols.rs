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

/// What a module defines under a name. `dynamic` is where its dynamic section lies, `range` where the module does.
///
/// # Safety
///
/// The module stays loaded meanwhile.
pub unsafe fn defined(
    dynamic: usize,
    bias: usize,
    range: &Range<usize>,
    name: &[u8],
) -> Option<Symbol> {
    const END: usize = 0;
    const HASH: usize = 4;
    const STRINGS: usize = 5;
    const SYMBOLS: usize = 6;
    const GNU_HASH: usize = 0x6FFF_FEF5;
    let (mut hash, mut strings, mut symbols, mut gnu_hash) = (0, 0, 0, 0);
    let mut entry = dynamic as *const [usize; 2];
    // SAFETY: the section ends with an entry of zero, and its tables lie within the module, as is looked at here.
    unsafe {
        while (*entry)[0] != END {
            let [tag, mut at] = *entry;
            // Where the section can be written to, the loader has made addresses of it.
            if at < bias {
                at = at.wrapping_add(bias);
            }
            match tag {
                HASH => hash = at,
                STRINGS => strings = at,
                SYMBOLS => symbols = at,
                GNU_HASH => gnu_hash = at,
                _ => {}
            }
            entry = entry.add(1);
        }
        if !range.contains(&strings) || !range.contains(&symbols) {
            return None;
        }
        let is_it = |number: u32| {
            let entry = &*(symbols as *const Entry).add(number as usize);
            let its_name = CStr::from_ptr((strings + entry.name as usize) as *const _);
            entry.symbol(bias).filter(|_| its_name.to_bytes() == name)
        };
        if range.contains(&gnu_hash) {
            let [buckets, first, filters, _] = *(gnu_hash as *const [u32; 4]);
            let table = (gnu_hash + 16 + filters as usize * 8) as *const u32;
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
        } else if range.contains(&hash) {
            let [_, count] = *(hash as *const [u32; 2]);
            return (1..count).find_map(is_it);
        }
    }
    None
}
