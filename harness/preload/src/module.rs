//! Which module an address belongs to, as the loader tells it.

use crate::next;
use core::ffi::{c_char, c_int, c_void};
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
                name: link.name,
            })
        }
        None => whole(address),
    }
}

/// A program header (`<elf.h>`).
#[repr(C)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: usize,
    address: usize,
    physical: usize,
    file_bytes: usize,
    bytes: usize,
    align: usize,
}

/// The beginning of `struct dl_phdr_info` (`<link.h>`).
#[repr(C)]
struct Headers {
    bias: usize,
    name: *const c_char,
    headers: *const ProgramHeader,
    count: u16,
}

struct Search {
    address: usize,
    found: Option<Module>,
}

unsafe extern "C" {
    fn dl_iterate_phdr(
        each: unsafe extern "C" fn(*const Headers, usize, *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
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
    const LOAD: u32 = 1;
    const EH_FRAME: u32 = 0x6474_E550;
    // SAFETY: the loader gives the one, `whole` the other.
    let (headers, search) = unsafe { (&*headers, &mut *data.cast::<Search>()) };
    // SAFETY: so many headers are there.
    let list = unsafe { core::slice::from_raw_parts(headers.headers, usize::from(headers.count)) };
    let loaded = list.iter().filter(|header| header.kind == LOAD);
    let start = loaded
        .clone()
        .map(|header| header.address)
        .min()
        .unwrap_or(0)
        + headers.bias;
    let end = loaded
        .map(|header| header.address + header.bytes)
        .max()
        .unwrap_or(0)
        + headers.bias;
    if !(start..end).contains(&search.address) {
        return 0;
    }
    let frames = list.iter().find(|header| header.kind == EH_FRAME);
    let frames = frames.map_or(0, |header| header.address + headers.bias);
    search.found = Some(Module {
        start,
        end,
        bias: headers.bias,
        frames,
        name: headers.name,
    });
    1
}
