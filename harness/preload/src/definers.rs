//! Who else defines a function, where `RTLD_NEXT` knows nobody: it looks only at what is visible everywhere. A library that
//! was opened for itself alone meets this library's function all the same, before that of its own dependencies.

use crate::module::{self, Headers, ProgramHeader};
use core::ffi::{CStr, c_int, c_void};
use core::ops::Range;

struct Search<'n> {
    name: &'n [u8],
    /// This library, which is not what is looked for.
    own: usize,
    caller: usize,
    caller_met: bool,
    first: usize,
    /// Of the caller itself, or of the first module behind it: the loader's list has what a library needs behind it.
    best: usize,
}

/// The function of a name that code at `caller` would call if this library were not there, as far as can be told; 0 if
/// nobody has it. Takes the loader's lock.
pub fn of(name: &CStr, caller: usize) -> usize {
    let mut search = Search {
        name: name.to_bytes(),
        own: of as *const () as usize,
        caller,
        caller_met: false,
        first: 0,
        best: 0,
    };
    // SAFETY: the search outlives the call.
    unsafe { module::each(look, (&raw mut search).cast()) };
    if search.best != 0 {
        search.best
    } else {
        search.first
    }
}

unsafe extern "C" fn look(headers: *const Headers, _size: usize, data: *mut c_void) -> c_int {
    const DYNAMIC: u32 = 2;
    // SAFETY: the loader gives the one, `of` the other.
    let (headers, search) = unsafe { (&*headers, &mut *data.cast::<Search<'_>>()) };
    let range = headers.range();
    if range.contains(&search.own) {
        return 0;
    }
    search.caller_met |= range.contains(&search.caller);
    let dynamic = headers.list().iter().find(|header| header.kind == DYNAMIC);
    let found = dynamic.map_or(0, |dynamic| {
        // SAFETY: a module that is loaded, under the loader's lock.
        unsafe { defined(headers.bias, dynamic, &range, search.name) }
    });
    if found == 0 {
        return 0;
    }
    if search.first == 0 {
        search.first = found;
    }
    if search.caller_met {
        search.best = found;
    }
    c_int::from(search.caller_met)
}

/// A symbol (`<elf.h>`).
#[repr(C)]
struct Symbol {
    name: u32,
    info: u8,
    other: u8,
    section: u16,
    value: usize,
    bytes: usize,
}

impl Symbol {
    /// A function that others may call.
    fn is_function(&self) -> bool {
        const FUNCTION: u8 = 2;
        let (binding, kind, visibility) = (self.info >> 4, self.info & 15, self.other & 3);
        self.section != 0
            && kind == FUNCTION
            && matches!(binding, 1 | 2)
            && matches!(visibility, 0 | 3)
    }
}

/// The address of a module's function; 0 if it has none of that name.
///
/// # Safety
///
/// The module stays loaded meanwhile.
unsafe fn defined(
    bias: usize,
    dynamic: &ProgramHeader,
    range: &Range<usize>,
    name: &[u8],
) -> usize {
    const END: usize = 0;
    const HASH: usize = 4;
    const STRINGS: usize = 5;
    const SYMBOLS: usize = 6;
    const GNU_HASH: usize = 0x6FFF_FEF5;
    let (mut hash, mut strings, mut symbols, mut gnu_hash) = (0, 0, 0, 0);
    let mut entry = (bias + dynamic.address) as *const [usize; 2];
    // SAFETY: the section ends with an entry of zero, and its tables lie within the module, as is looked at here.
    unsafe {
        while (*entry)[0] != END {
            let [tag, mut at] = *entry;
            // Where the section can be written to, the loader has made addresses of it.
            if !range.contains(&at) {
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
            return 0;
        }
        let is_it = |number: u32| {
            let symbol = &*(symbols as *const Symbol).add(number as usize);
            let its_name = CStr::from_ptr((strings + symbol.name as usize) as *const _);
            (symbol.is_function() && its_name.to_bytes() == name).then(|| bias + symbol.value)
        };
        if range.contains(&gnu_hash) {
            let [buckets, first, filters, _] = *(gnu_hash as *const [u32; 4]);
            let table = (gnu_hash + 16 + filters as usize * 8) as *const u32;
            if buckets == 0 {
                return 0;
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
                    return found;
                }
                if link & 1 != 0 {
                    break;
                }
                number += 1;
            }
        } else if range.contains(&hash) {
            let [_, count] = *(hash as *const [u32; 2]);
            return (1..count).find_map(is_it).unwrap_or(0);
        }
    }
    0
}
