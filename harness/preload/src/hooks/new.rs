//! C++'s `operator new`, in every form. The standard library's own calls `malloc` and could be left alone; standing before
//! it spares a frame of each walk, and notes what was asked for and not what it was rounded up to.
//!
//! Failure is the next one's business: it asks the program's handler for memory and throws. It is jumped to, so that an
//! exception never meets a frame of this library. A program that brings an `operator new` of its own comes first and is
//! never met here; a library that does is handed everything. An allocator's own, as jemalloc's and tcmalloc's, does not call
//! `malloc`: it is called, and what it returns is noted.
//!
//! Which one is the next depends on the caller where no `operator new` is visible everywhere: a program in C that opens
//! plug-ins in C++ has one with each of them.

use super::heap;
use crate::next::{NEXT, dlsym};
use crate::{blocks, caller, definers, module, next, tally, thread};
use core::arch::naked_asm;
use core::ffi::CStr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// What an entry does next: return the block; without one jump on; or with [`CALL`] call the next and note its block.
#[repr(C)]
struct Answer {
    block: usize,
    next: usize,
}

const CALL: usize = 1;

/// The next functions of a form: addresses, and in the lowest bits their nature; 0 before they are looked up.
pub struct Form {
    name: &'static CStr,
    /// What is visible everywhere; [`NOWHERE`] where nothing is.
    everywhere: AtomicUsize,
    /// By the module that calls: where it begins and ends, and the next function for it, which is written last.
    callers: [[AtomicUsize; 3]; CALLERS],
}

/// Nature of a next function: somebody's own.
const OTHER: usize = 0;
/// The standard library's, which calls `malloc` and `free`.
pub const STANDARD: usize = 1;
/// That of the allocator whose `malloc` is the next one, and which is not the libc.
const ALLOCATORS: usize = 2;
const NATURE_BITS: u32 = 2;

const NOWHERE: usize = 1;
/// Modules that are remembered; for others it is looked up each time.
const CALLERS: usize = 32;

impl Form {
    /// Of a name.
    pub const fn new(name: &'static CStr) -> Form {
        Form {
            name,
            everywhere: AtomicUsize::new(0),
            callers: [const { [const { AtomicUsize::new(0) }; 3] }; CALLERS],
        }
    }

    /// The next function for code at `caller`, and its nature.
    #[inline]
    pub fn next(&self, caller: usize) -> (usize, usize) {
        let known = match self.everywhere.load(Ordering::Relaxed) {
            0 | NOWHERE => self.next_for(caller),
            known => known,
        };
        (known >> NATURE_BITS, known & ((1 << NATURE_BITS) - 1))
    }

    #[cold]
    fn next_for(&self, caller: usize) -> usize {
        if self.everywhere.load(Ordering::Relaxed) == 0 {
            // SAFETY: the name is a string.
            let address = unsafe { dlsym(NEXT, self.name.as_ptr()) } as usize;
            let known = if address == 0 {
                NOWHERE
            } else {
                with_nature(address)
            };
            self.everywhere.store(known, Ordering::Relaxed);
            if known != NOWHERE {
                return known;
            }
        }
        for [start, end, next] in &self.callers {
            let known = next.load(Ordering::Acquire);
            if known != 0
                && (start.load(Ordering::Relaxed)..end.load(Ordering::Relaxed)).contains(&caller)
                && next.load(Ordering::Acquire) == known
            {
                return known;
            }
        }
        let known = match definers::of(self.name, caller) {
            // Nobody has one: then this one has to do, and nobody is there to be asked for memory.
            0 => (no_memory as *const () as usize) << NATURE_BITS | STANDARD,
            address => with_nature(address),
        };
        if let Some(module) = module::whole(caller) {
            caller::busy(|| {
                let _held = crate::COLD.hold();
                let free = |place: &&[AtomicUsize; 3]| place[2].load(Ordering::Relaxed) == 0;
                if let Some([start, end, next]) = self.callers.iter().find(free) {
                    start.store(module.start, Ordering::Relaxed);
                    end.store(module.end, Ordering::Relaxed);
                    next.store(known, Ordering::Release);
                }
            });
        }
        known
    }

    /// Forgets what was looked up.
    pub fn forget(&self) {
        self.everywhere.store(0, Ordering::Relaxed);
        for [_, _, next] in &self.callers {
            next.store(0, Ordering::Release);
        }
    }
}

fn with_nature(address: usize) -> usize {
    let nature = if is_standard(address) {
        STANDARD
    } else if is_allocators(address) {
        ALLOCATORS
    } else {
        OTHER
    };
    address << NATURE_BITS | nature
}

/// Only of such an allocator may blocks come that are not `malloc`'s: the map is prepared for their smallest.
fn is_allocators(address: usize) -> bool {
    let module = |address| module::at(address).map(|module| module.name);
    !next::is_libc()
        && module(address).is_some_and(|name| Some(name) == module(next::malloc() as usize))
}

/// Notes what an allocator's own `operator new` returned, unless it came from `malloc` and was noted there.
///
/// # Safety
///
/// `slot` is where the entry's caller has its return address.
unsafe extern "C" fn noted(bytes: usize, block: usize, slot: usize, bp: usize) {
    caller::busy(|| match blocks::take(block) {
        Some(cell) => blocks::put_back(block, cell),
        // SAFETY: this thread's own words, and the caller's frame is live.
        None => unsafe { tally::allocated(thread::words(), block, bytes, slot, bp) },
    });
}

unsafe extern "C" fn no_memory() -> ! {
    crate::sys::write(
        2,
        b"harness: no memory for an object of a program without a C++ library\n",
    );
    crate::sys::end(134)
}

fn is_standard(address: usize) -> bool {
    let Some(found) = module::at(address) else {
        return false;
    };
    // SAFETY: the loader's own string.
    let path = unsafe { CStr::from_ptr(found.name) }.to_bytes();
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    [&b"libstdc++.so"[..], b"libc++.so", b"libc++abi.so"]
        .iter()
        .any(|start| name.starts_with(start))
}

macro_rules! new {
    ($($(#[$doc:meta])* $name:ident $text:literal $hook:ident $place:ident $alignment:expr;)*) => { $(
        static $place: Form = Form::new($text);

        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// As the C++ function.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            naked_asm!(
                // Where the frame is said to be, for whoever unwinds through it.
                ".cfi_startproc",
                "push rdi",
                "push rsi",
                "sub rsp, 8",
                ".cfi_adjust_cfa_offset 24",
                "lea rdx, [rsp + 24]",
                "mov rcx, rbp",
                "call {hook}",
                "add rsp, 8",
                "pop rsi",
                "pop rdi",
                ".cfi_adjust_cfa_offset -24",
                "test rax, rax",
                "jz 2f",
                "cmp rax, 1",
                "je 3f",
                "ret",
                "2:",
                "jmp rdx",
                // An exception passes through here by the frame's description.
                "3:",
                "push rdi",
                ".cfi_adjust_cfa_offset 8",
                "call rdx",
                "pop rdi",
                ".cfi_adjust_cfa_offset -8",
                "test rax, rax",
                "jz 4f",
                "push rax",
                ".cfi_adjust_cfa_offset 8",
                "mov rsi, rax",
                "lea rdx, [rsp + 8]",
                "mov rcx, rbp",
                "call {noted}",
                "pop rax",
                ".cfi_adjust_cfa_offset -8",
                "4:",
                "ret",
                ".cfi_endproc",
                hook = sym $hook,
                noted = sym noted,
            )
        }

        unsafe extern "C" fn $hook(bytes: usize, second: usize, slot: usize, bp: usize) -> Answer {
            // SAFETY: the return address of the entry.
            let (next, nature) = $place.next(unsafe { *(slot as *const usize) });
            let alignment: fn(usize) -> usize = $alignment;
            let block = match nature {
                // SAFETY: the entry's.
                STANDARD => unsafe { heap::new(bytes, alignment(second), slot, bp) },
                ALLOCATORS => CALL,
                _ => 0,
            };
            Answer { block, next }
        }
    )*

        /// Modules were unloaded: what was looked up may lie in one.
        pub fn forget() {
            let _held = crate::COLD.hold();
            $( $place.forget(); )*
        }
    };
}

new! {
    /// Allocates an object.
    _Znwm c"_Znwm" new_hook NEW |_| 0;
    /// Allocates an array.
    _Znam c"_Znam" new_array_hook NEW_ARRAY |_| 0;
    /// Allocates an object, or answers null.
    _ZnwmRKSt9nothrow_t c"_ZnwmRKSt9nothrow_t" new_or_null_hook NEW_OR_NULL |_| 0;
    /// Allocates an array, or answers null.
    _ZnamRKSt9nothrow_t c"_ZnamRKSt9nothrow_t" new_array_or_null_hook NEW_ARRAY_OR_NULL |_| 0;
    /// Allocates an object at an alignment.
    _ZnwmSt11align_val_t c"_ZnwmSt11align_val_t" new_aligned_hook NEW_ALIGNED |alignment| alignment;
    /// Allocates an array at an alignment.
    _ZnamSt11align_val_t c"_ZnamSt11align_val_t" new_array_aligned_hook NEW_ARRAY_ALIGNED |alignment| alignment;
    /// Allocates an object at an alignment, or answers null.
    _ZnwmSt11align_val_tRKSt9nothrow_t c"_ZnwmSt11align_val_tRKSt9nothrow_t" new_aligned_or_null_hook NEW_ALIGNED_OR_NULL |alignment| alignment;
    /// Allocates an array at an alignment, or answers null.
    _ZnamSt11align_val_tRKSt9nothrow_t c"_ZnamSt11align_val_tRKSt9nothrow_t" new_array_aligned_or_null_hook NEW_ARRAY_ALIGNED_OR_NULL |alignment| alignment;
}
