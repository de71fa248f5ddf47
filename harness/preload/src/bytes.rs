//! What compilers call to copy, set and compare bytes, for this library alone. The process has functions of these names, and
//! whoever stands before them, as a sanitizer does, would take the library's use of its own tables for the program's.
//!
//! Nothing that is called often comes here: what is short is copied where it stands.

use core::arch::global_asm;

macro_rules! hidden {
    ($name:literal, $($line:literal),+ $(,)?) => {
        global_asm!(
            concat!(".pushsection .text.", $name, ",\"ax\",@progbits"),
            concat!(".globl ", $name),
            concat!(".hidden ", $name),
            concat!(".type ", $name, ",@function"),
            concat!($name, ":"),
            ".cfi_startproc",
            $($line,)+
            ".cfi_endproc",
            concat!(".size ", $name, ", . - ", $name),
            ".popsection",
        );
    };
}

hidden!("memcpy", "mov rax, rdi", "mov rcx, rdx", "rep movsb", "ret");

hidden!(
    "memmove",
    "mov rax, rdi",
    "mov rcx, rdx",
    "mov r8, rdi",
    "sub r8, rsi",
    "cmp r8, rdx",
    "jb 2f",
    "rep movsb",
    "ret",
    // The target begins within the source: from the end, the bytes beyond the last whole word first.
    "2:",
    "std",
    "lea rdi, [rdi + rdx - 1]",
    "lea rsi, [rsi + rdx - 1]",
    "and ecx, 7",
    "rep movsb",
    "sub rdi, 7",
    "sub rsi, 7",
    "mov rcx, rdx",
    "shr rcx, 3",
    "rep movsq",
    "cld",
    "ret",
);

hidden!(
    "memset",
    "mov r8, rdi",
    "mov eax, esi",
    "mov rcx, rdx",
    "rep stosb",
    "mov rax, r8",
    "ret",
);

hidden!(
    "bcmp",
    "xor eax, eax",
    "2:",
    "test rdx, rdx",
    "jz 3f",
    "movzx eax, byte ptr [rdi]",
    "movzx ecx, byte ptr [rsi]",
    "inc rdi",
    "inc rsi",
    "dec rdx",
    "sub eax, ecx",
    "jz 2b",
    "3:",
    "ret",
);

hidden!(
    "strlen",
    "mov rax, rdi",
    "2:",
    "cmp byte ptr [rax], 0",
    "je 3f",
    "inc rax",
    "jmp 2b",
    "3:",
    "sub rax, rdi",
    "ret",
);

#[cfg(test)]
mod tests {
    use core::ffi::{CStr, c_int};

    unsafe extern "C" {
        fn memcpy(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8;
        fn memmove(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8;
        fn memset(to: *mut u8, byte: c_int, bytes: usize) -> *mut u8;
        fn bcmp(one: *const u8, other: *const u8, bytes: usize) -> c_int;
    }

    fn numbered() -> [u8; 64] {
        core::array::from_fn(|index| index as u8)
    }

    #[test]
    fn bytes_move_as_if_by_a_copy_however_the_ranges_overlap() {
        for (from, to) in [(0, 0), (0, 1), (0, 9), (1, 0), (20, 3), (0, 30), (5, 8)] {
            for count in 0..=30 {
                let (mut moved, mut wanted) = (numbered(), numbered());
                for index in 0..count {
                    wanted[to + index] = (from + index) as u8;
                }
                let start = moved.as_mut_ptr();
                // SAFETY: both ranges lie within the list.
                let result = unsafe { memmove(start.add(to), start.add(from), count) };
                assert_eq!(moved, wanted, "{count} from {from} to {to}");
                assert_eq!(result as usize, start as usize + to);
            }
        }
    }

    #[test]
    fn bytes_are_copied_set_and_compared() {
        let (source, mut target) = (numbered(), [7_u8; 64]);
        // SAFETY: all of it lies within the lists.
        unsafe {
            assert_eq!(bcmp(source.as_ptr(), target.as_ptr(), 0), 0);
            memcpy(target.as_mut_ptr(), source.as_ptr(), 63);
            assert_eq!(target[63], 7);
            assert_eq!(bcmp(source.as_ptr(), target.as_ptr(), 63), 0);
            assert_ne!(bcmp(source.as_ptr(), target.as_ptr(), 64), 0);
            memset(target.as_mut_ptr().add(1), 0x1FF, 3);
        }
        assert_eq!(target[..6], [0, 255, 255, 255, 4, 5]);
        assert_eq!(
            CStr::from_bytes_until_nul(b"four\0").unwrap().count_bytes(),
            4
        );
    }
}
