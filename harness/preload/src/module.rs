//! Which module an address belongs to, as the loader tells it.

use crate::next;
use core::ffi::{c_char, c_int, c_void};
use core::ops::Range;
use core::ptr::null;

/// A module that is loaded, or the segment of it that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// Where it begins in memory.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What is added to an address in its file.
    pub bias: usize,
    /// Where its `.eh_frame_hdr` lies; 0 if it has none.
    pub frames: usize,
    /// Where its dynamic section lies; 0 if it has none.
    pub dynamic: usize,
    /// Its path, as the loader has it; empty for the executable.
    pub name: *const c_char,
}

/// `struct dl_find_object` of glibc 2.35 and later, for x86-64 (`<dlfcn.h>`).
#[repr(C)]
struct Found {
    flags: u64,
    start: *const c_void,
    end: *const c_void,
    link: *const Link,
    frames: *const c_void,
    reserved: [u64; 7],
}

/// The public beginning of `struct link_map` (`<link.h>`).
#[repr(C)]
struct Link {
    bias: usize,
    name: *const c_char,
    dynamic: usize,
}

/// The module that has an address.
pub fn at(address: usize) -> Option<Module> {
    match next::find_object() {
        Some(find) => {
            let mut found = Found {
                flags: 0,
                start: null(),
                end: null(),
                link: null(),
                frames: null(),
                reserved: [0; 7],
            };
            // SAFETY: it takes no lock, allocates nothing, and fills in the structure.
            if unsafe { find(address as *const c_void, (&raw mut found).cast()) } != 0
                || found.link.is_null()
            {
                return None;
            }
            // SAFETY: the loader's own entry of a module that is loaded.
            let link = unsafe { &*found.link };
            Some(Module {
                start: found.start as usize,
                end: found.end as usize,
                bias: link.bias,
                frames: found.frames as usize,
                dynamic: link.dynamic,
                name: link.name,
            })
        }
        None => whole(address),
    }
}

/// A program header (`<elf.h>`).
#[repr(C)]
pub struct ProgramHeader {
    /// `p_type`.
    pub kind: u32,
    flags: u32,
    offset: usize,
    /// Where the segment lies, before the bias.
    pub address: usize,
    physical: usize,
    file_bytes: usize,
    bytes: usize,
    align: usize,
}

/// The beginning of `struct dl_phdr_info` (`<link.h>`).
#[repr(C)]
pub struct Headers {
    /// What is added to an address in the file.
    pub bias: usize,
    name: *const c_char,
    headers: *const ProgramHeader,
    count: u16,
}

impl Headers {
    /// All of them.
    pub fn list(&self) -> &[ProgramHeader] {
        // SAFETY: so many headers are there.
        unsafe { core::slice::from_raw_parts(self.headers, usize::from(self.count)) }
    }

    /// From the first segment to the last.
    pub fn range(&self) -> Range<usize> {
        const LOAD: u32 = 1;
        let loaded = self.list().iter().filter(|header| header.kind == LOAD);
        let start = loaded.clone().map(|header| header.address).min();
        let end = loaded.map(|header| header.address + header.bytes).max();
        start.unwrap_or(0) + self.bias..end.unwrap_or(0) + self.bias
    }
}

struct Search {
    address: usize,
    found: Option<Module>,
}

type Look = unsafe extern "C" fn(*const Headers, usize, *mut c_void) -> c_int;

unsafe extern "C" {
    fn dl_iterate_phdr(each: Look, data: *mut c_void) -> c_int;
}

/// Looks at each module in the loader's list, under the loader's lock, until `look` answers other than 0.
///
/// # Safety
///
/// `data` is what `look` takes it for.
pub unsafe fn each(look: Look, data: *mut c_void) {
    // SAFETY: as the caller promises.
    unsafe { dl_iterate_phdr(look, data) };
}

/// The module that has an address, from its first segment to its last: by the loader's list, under the loader's lock. Not
/// to be called with a lock of the library's held.
pub fn whole(address: usize) -> Option<Module> {
    let mut search = Search {
        address,
        found: None,
    };
    // SAFETY: the search outlives the call.
    unsafe { dl_iterate_phdr(look, (&raw mut search).cast()) };
    search.found
}

unsafe extern "C" fn look(headers: *const Headers, _size: usize, data: *mut c_void) -> c_int {
    const EH_FRAME: u32 = 0x6474_E550;
    const DYNAMIC: u32 = 2;
    // SAFETY: the loader gives the one, `whole` the other.
    let (headers, search) = unsafe { (&*headers, &mut *data.cast::<Search>()) };
    let range = headers.range();
    if !range.contains(&search.address) {
        return 0;
    }
    let place_of = |kind| {
        let header = headers.list().iter().find(|header| header.kind == kind);
        header.map_or(0, |header| header.address + headers.bias)
    };
    search.found = Some(Module {
        start: range.start,
        end: range.end,
        bias: headers.bias,
        frames: place_of(EH_FRAME),
        dynamic: place_of(DYNAMIC),
        name: headers.name,
    });
    1
}
