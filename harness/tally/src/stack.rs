//! The stack of the thread that calls, by its frame pointers.

use std::cell::Cell;

/// Calls of a stack that are kept, innermost first.
pub const DEPTH: usize = 32;

/// Whether stacks can be walked on this kind of machine.
pub const SUPPORTED: bool = cfg!(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
));

thread_local! {
    /// The end of this thread's stack; 0 before it was asked for. Const and without a destructor: reading it never
    /// allocates.
    static END: Cell<usize> = const { Cell::new(0) };
}

/// Writes the return addresses of the calls that led here to `frames`, innermost first, and says how many there are.
#[inline(always)]
pub fn walk(frames: &mut [usize; DEPTH]) -> usize {
    let mut frame = frame_pointer();
    let end = stack_end();
    let mut depth = 0;
    // A frame is a pointer to the caller's frame and, behind it, the address that the call returns to. Callers' frames
    // lie further up; whatever does not look like that is the end of what can be walked.
    while depth < DEPTH
        && frame.is_multiple_of(size_of::<usize>())
        && frame.saturating_add(16) <= end
    {
        // SAFETY: the address is aligned and lies in this thread's stack: it is at or above the frame of this very
        // function, as each step goes up, and below the end of the stack.
        let (next, returns_to) = unsafe {
            let frame = frame as *const usize;
            (frame.read(), frame.add(1).read())
        };
        if returns_to < 4096 {
            break;
        }
        frames[depth] = returns_to;
        depth += 1;
        if next <= frame {
            break;
        }
        frame = next;
    }
    depth
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[inline(always)]
fn frame_pointer() -> usize {
    let frame: usize;
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack, preserves_flags))
    };
    // A caller without frame pointers uses the register for something else: then it may point anywhere.
    let here = std::hint::black_box(&raw const frame) as usize;
    if frame < here { 0 } else { frame }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
#[inline(always)]
fn frame_pointer() -> usize {
    let frame: usize;
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, x29", out(reg) frame, options(nomem, nostack, preserves_flags))
    };
    // As above.
    let here = std::hint::black_box(&raw const frame) as usize;
    if frame < here { 0 } else { frame }
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
fn frame_pointer() -> usize {
    0
}

#[inline]
fn stack_end() -> usize {
    match END.get() {
        0 => ask_for_end(),
        end => end,
    }
}

/// Asks the system where this thread's stack ends. It may allocate with the system's own allocator, never with Rust's.
#[cfg(target_os = "linux")]
#[cold]
fn ask_for_end() -> usize {
    // SAFETY: the attributes are initialised by the first call, read by the second if that succeeded, and destroyed.
    let end = unsafe {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return 0;
        }
        let (mut lowest, mut size) = (std::ptr::null_mut(), 0);
        libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        lowest as usize + size
    };
    END.set(end);
    end
}

#[cfg(not(target_os = "linux"))]
fn ask_for_end() -> usize {
    0
}
