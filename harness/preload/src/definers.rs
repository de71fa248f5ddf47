//! Who defines a function, and who wants one.
//!
//! Who else defines one is asked where `RTLD_NEXT` knows nobody: it looks only at what is visible everywhere. A library that
//! was opened for itself alone meets this library's function all the same, before that of its own dependencies.

use crate::module::{self, Headers};
use crate::symbols::Table;
use core::ffi::{CStr, c_int, c_void};

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
    let table = dynamic(headers).and_then(|at| unsafe { Table::new(at, headers.bias, &range) });
    // SAFETY: as above.
    let symbol = table.and_then(|table| unsafe { table.defined(search.name) });
    let found = symbol
        .filter(|symbol| symbol.is_function)
        .map_or(0, |symbol| symbol.address);
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
    let table = dynamic(headers).and_then(|at| unsafe { Table::new(at, headers.bias, &range) });
    // SAFETY: as above.
    wanted.found |= table.is_some_and(|table| unsafe { table.wants(wanted.is_it) });
    c_int::from(wanted.found)
}

/// Where a module's dynamic section lies.
fn dynamic(headers: &Headers) -> Option<usize> {
    const DYNAMIC: u32 = 2;
    let mut list = headers.list().iter();
    list.find(|header| header.kind == DYNAMIC)
        .map(|dynamic| headers.bias + dynamic.address)
}
