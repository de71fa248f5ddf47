//! Who defines a function, and who wants one.
//!
//! Who else defines one is asked where `RTLD_NEXT` knows nobody: it looks only at what is visible everywhere. A library that
//! was opened for itself alone meets this library's function all the same, before that of its own dependencies.

use crate::module::{self, Headers};
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
    // SAFETY: the loader gives the one, `of` the other.
    let (headers, search) = unsafe { (&*headers, &mut *data.cast::<Search<'_>>()) };
    let range = headers.range();
    if range.contains(&search.own) {
        return 0;
    }
    search.caller_met |= range.contains(&search.caller);
    // SAFETY: a module that is loaded, under the loader's lock.
    let tables = unsafe { Tables::of(headers, &range) };
    // SAFETY: as above.
    let found = tables.map_or(0, |tables| unsafe { tables.defined(search.name) });
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

/// A module's tables of symbols, as its dynamic section tells where they lie; 0 for one that it does not have.
struct Tables {
    bias: usize,
    strings: usize,
    symbols: usize,
    hash: usize,
    gnu_hash: usize,
}

impl Tables {
    /// Those of a module; `None` where it has no symbols.
    ///
    /// # Safety
    ///
    /// The module stays loaded while they are looked at.
    unsafe fn of(headers: &Headers, range: &Range<usize>) -> Option<Tables> {
        const DYNAMIC: u32 = 2;
        const END: usize = 0;
        const HASH: usize = 4;
        const STRINGS: usize = 5;
        const SYMBOLS: usize = 6;
        const GNU_HASH: usize = 0x6FFF_FEF5;
        let dynamic = headers
            .list()
            .iter()
            .find(|header| header.kind == DYNAMIC)?;
        let mut tables = Tables {
            bias: headers.bias,
            strings: 0,
            symbols: 0,
            hash: 0,
            gnu_hash: 0,
        };
        let mut entry = (headers.bias + dynamic.address) as *const [usize; 2];
        // SAFETY: the section ends with an entry of zero.
        while let [tag, mut at] = unsafe { *entry }
            && tag != END
        {
            // Where the section can be written to, the loader has made addresses of it.
            if !range.contains(&at) {
                at = at.wrapping_add(headers.bias);
            }
            let place = match tag {
                HASH => Some(&mut tables.hash),
                STRINGS => Some(&mut tables.strings),
                SYMBOLS => Some(&mut tables.symbols),
                GNU_HASH => Some(&mut tables.gnu_hash),
                _ => None,
            };
            if let Some(place) = place.filter(|_| range.contains(&at)) {
                *place = at;
            }
            // SAFETY: not the last one yet.
            entry = unsafe { entry.add(1) };
        }
        (tables.strings != 0 && tables.symbols != 0).then_some(tables)
    }

    /// A symbol by its number.
    ///
    /// # Safety
    ///
    /// There are so many, and the module is loaded.
    unsafe fn symbol(&self, number: u32) -> (&Symbol, &[u8]) {
        // SAFETY: the tables lie within the module, and names end with a zero byte.
        unsafe {
            let symbol = &*(self.symbols as *const Symbol).add(number as usize);
            let name = CStr::from_ptr((self.strings + symbol.name as usize) as *const _);
            (symbol, name.to_bytes())
        }
    }

    /// The address of the module's function of a name; 0 if it has none.
    ///
    /// # Safety
    ///
    /// The module is loaded.
    unsafe fn defined(&self, name: &[u8]) -> usize {
        // SAFETY: the tables are those of a module that is loaded.
        unsafe {
            let is_it = |number: u32| {
                let (symbol, its_name) = self.symbol(number);
                (symbol.is_function() && its_name == name).then(|| self.bias + symbol.value)
            };
            if self.gnu_hash != 0 {
                let [buckets, first, filters, _] = *(self.gnu_hash as *const [u32; 4]);
                let table = (self.gnu_hash + 16 + filters as usize * 8) as *const u32;
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
            } else if self.hash != 0 {
                let [_, count] = *(self.hash as *const [u32; 2]);
                return (1..count).find_map(is_it).unwrap_or(0);
            }
        }
        0
    }

    /// Whether the module wants a function from others that `is_it` says yes to.
    ///
    /// # Safety
    ///
    /// The module is loaded.
    unsafe fn wants(&self, is_it: fn(&[u8]) -> bool) -> bool {
        // What the module does not define itself comes before what is found by a hash.
        // SAFETY: the tables are those of a module that is loaded.
        unsafe {
            let count = if self.gnu_hash != 0 {
                let [_, first, ..] = *(self.gnu_hash as *const [u32; 4]);
                first
            } else if self.hash != 0 {
                let [_, count] = *(self.hash as *const [u32; 2]);
                count
            } else {
                0
            };
            (1..count).any(|number| {
                let (symbol, name) = self.symbol(number);
                symbol.section == 0 && is_it(name)
            })
        }
    }
}

struct Wanted {
    is_it: fn(&[u8]) -> bool,
    found: bool,
}

/// Whether any module wants a function from others that `is_it` says yes to. Takes the loader's lock.
pub fn are_wanted(is_it: fn(&[u8]) -> bool) -> bool {
    let mut wanted = Wanted {
        is_it,
        found: false,
    };
    // SAFETY: it outlives the call.
    unsafe { module::each(look_for_wanted, (&raw mut wanted).cast()) };
    wanted.found
}

unsafe extern "C" fn look_for_wanted(
    headers: *const Headers,
    _size: usize,
    data: *mut c_void,
) -> c_int {
    // SAFETY: the loader gives the one, `are_wanted` the other, and it is under the loader's lock.
    let (headers, wanted) = unsafe { (&*headers, &mut *data.cast::<Wanted>()) };
    let range = headers.range();
    // SAFETY: as above.
    let tables = unsafe { Tables::of(headers, &range) };
    // SAFETY: as above.
    wanted.found |= tables.is_some_and(|tables| unsafe { tables.wants(wanted.is_it) });
    c_int::from(wanted.found)
}
