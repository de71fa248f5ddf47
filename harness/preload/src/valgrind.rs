//! What valgrind is told where the program runs in it: its tools for threads know the libc's locks and none of this
//! library's, and would report each use of its tables as a race of the program's.

use core::arch::asm;
use core::ops::Range;

/// helgrind passes over a range. (`_VG_USERREQ__HG_ARANGE_MAKE_UNTRACKED`)
const UNTRACKED: u64 = 0x4847_0127;
/// drd does. (`VG_USERREQ__DRD_START_SUPPRESSION`)
const SUPPRESSED: u64 = 0x4452_0002;

/// Has them pass over memory of this library's own. Outside of valgrind it does nothing.
pub fn leave_alone(range: Range<usize>) {
    for request in [UNTRACKED, SUPPRESSED] {
        let words = [request, range.start as u64, range.len() as u64, 0, 0, 0];
        // SAFETY: four turns of a register that come to a whole one, and an exchange of one with itself: valgrind takes
        // them for a request, whose words lie at `rax`, and the processor for nothing.
        unsafe {
            asm!(
                "rol rdi, 3",
                "rol rdi, 13",
                "rol rdi, 61",
                "rol rdi, 51",
                "xchg rbx, rbx",
                in("rax") words.as_ptr(),
                inout("rdx") 0_u64 => _,
                options(nostack),
            );
        }
    }
}
