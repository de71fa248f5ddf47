//! The functions that the hooks stand before: those of the next library that has them.

use crate::{definers, module};
use core::ffi::{c_char, c_int, c_void};
use core::mem::transmute;
use core::sync::atomic::{AtomicUsize, Ordering};

unsafe extern "C" {
    /// The loader's look-up. (`<dlfcn.h>`)
    pub fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    /// glibc's own names of its allocator, which nothing stands before: for what is called before the look-ups are done.
    fn __libc_malloc(bytes: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, bytes: usize) -> *mut c_void;
    fn __libc_realloc(block: *mut c_void, bytes: usize) -> *mut c_void;
    fn __libc_free(block: *mut c_void);
    fn __libc_memalign(alignment: usize, bytes: usize) -> *mut c_void;
}

/// What comes after this library. (`RTLD_NEXT`)
pub const NEXT: *mut c_void = usize::MAX as *mut c_void;
/// Whatever has the name first. (`RTLD_DEFAULT`)
pub const DEFAULT: *mut c_void = core::ptr::null_mut();

/// A function that is looked up when it is first called. For what is seldom called: the look-up may be repeated by two
/// threads at once, and comes to the same.
pub struct Next {
    name: &'static core::ffi::CStr,
    found: AtomicUsize,
}

impl Next {
    /// The function of a name.
    pub const fn new(name: &'static core::ffi::CStr) -> Next {
        Next {
            name,
            found: AtomicUsize::new(0),
        }
    }

    /// Its address; 0 where nobody has it.
    #[inline]
    pub fn address(&self) -> usize {
        match self.found.load(Ordering::Relaxed) {
            0 => self.look_up(),
            found => found,
        }
    }

    #[cold]
    fn look_up(&self) -> usize {
        // SAFETY: the name is a string; the loader finds or does not find it.
        let mut found = unsafe { dlsym(NEXT, self.name.as_ptr()) } as usize;
        if found == 0 {
            found = definers::of(self.name, 0);
        }
        self.found.store(found, Ordering::Relaxed);
        found
    }
}

/// Calls the next function of a name with the type that is given: `next!(c"close" as fn(c_int) -> c_int)(descriptor)`.
macro_rules! next {
    ($name:literal as fn($($argument:ty),* $(,)?) -> $result:ty) => {{
        static NEXT: $crate::next::Next = $crate::next::Next::new($name);
        // SAFETY: the function of that name has that type; where nobody has it, the hook would not have been called.
        #[allow(unused_unsafe, reason = "it is often used where something else is unsafe already")]
        let next = unsafe {
            core::mem::transmute::<usize, unsafe extern "C" fn($($argument),*) -> $result>(NEXT.address())
        };
        next
    }};
}
pub(crate) use next;

type Malloc = unsafe extern "C" fn(usize) -> *mut c_void;
type Calloc = unsafe extern "C" fn(usize, usize) -> *mut c_void;
type Realloc = unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void);
type Memalign = unsafe extern "C" fn(usize, usize) -> *mut c_void;
type FindObject = unsafe extern "C" fn(*const c_void, *mut c_void) -> c_int;

static MALLOC: AtomicUsize = AtomicUsize::new(0);
static CALLOC: AtomicUsize = AtomicUsize::new(0);
static REALLOC: AtomicUsize = AtomicUsize::new(0);
static FREE: AtomicUsize = AtomicUsize::new(0);
static MEMALIGN: AtomicUsize = AtomicUsize::new(0);
static FIND_OBJECT: AtomicUsize = AtomicUsize::new(0);
static LIBC: AtomicUsize = AtomicUsize::new(0);

macro_rules! allocator {
    ($(#[$doc:meta])* $name:ident, $static:ident, $type:ty, $own:path) => {
        $(#[$doc])*
        #[inline]
        pub fn $name() -> $type {
            match $static.load(Ordering::Relaxed) {
                0 => $own,
                // SAFETY: looked up by that name.
                found => unsafe { transmute::<usize, $type>(found) },
            }
        }
    };
}

allocator!(/// The allocator's own.
    malloc, MALLOC, Malloc, __libc_malloc);
allocator!(/// The allocator's own.
    calloc, CALLOC, Calloc, __libc_calloc);
allocator!(/// The allocator's own.
    realloc, REALLOC, Realloc, __libc_realloc);
allocator!(/// The allocator's own.
    free, FREE, Free, __libc_free);
allocator!(/// The allocator's own.
    memalign, MEMALIGN, Memalign, __libc_memalign);

/// The loader's search for the module of an address (glibc 2.35).
#[inline]
pub fn find_object() -> Option<FindObject> {
    match FIND_OBJECT.load(Ordering::Relaxed) {
        0 => None,
        // SAFETY: looked up by that name.
        found => Some(unsafe { transmute::<usize, FindObject>(found) }),
    }
}

/// Looks up the allocator. `true` if it is the libc's own, whose blocks lie 32 bytes apart at least.
///
/// A look-up that succeeds allocates nothing. While it runs, the libc's own names serve; they are the same functions,
/// unless another allocator was preloaded behind this library, and then the look-ups are over before it is first used.
pub fn resolve() -> bool {
    let find = |handle, name: &core::ffi::CStr| {
        // SAFETY: the name is a string.
        unsafe { dlsym(handle, name.as_ptr()) as usize }
    };
    for (place, name) in [
        (&MALLOC, c"malloc"),
        (&CALLOC, c"calloc"),
        (&REALLOC, c"realloc"),
        (&FREE, c"free"),
        (&MEMALIGN, c"memalign"),
    ] {
        place.store(find(NEXT, name), Ordering::Relaxed);
    }
    FIND_OBJECT.store(find(DEFAULT, c"_dl_find_object"), Ordering::Relaxed);
    LIBC.store(find(DEFAULT, c"gnu_get_libc_version"), Ordering::Relaxed);
    is_libc()
}

/// Has other functions allocate from now on: in a copy of the process, which has a single thread.
pub fn allocate_by(
    malloc: Malloc,
    calloc: Calloc,
    realloc: Realloc,
    free: Free,
    memalign: Memalign,
) {
    MALLOC.store(malloc as usize, Ordering::Relaxed);
    CALLOC.store(calloc as usize, Ordering::Relaxed);
    REALLOC.store(realloc as usize, Ordering::Relaxed);
    FREE.store(free as usize, Ordering::Relaxed);
    MEMALIGN.store(memalign as usize, Ordering::Relaxed);
}

/// Whether the allocator is the libc's own. After [`resolve`]. (Others have the libc's own names too.)
pub fn is_libc() -> bool {
    module::at(libc_address())
        .is_some_and(|libc| (libc.start..libc.end).contains(&MALLOC.load(Ordering::Relaxed)))
}

/// An address in the libc. After [`resolve`].
pub fn libc_address() -> usize {
    LIBC.load(Ordering::Relaxed)
}
