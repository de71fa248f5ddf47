//! What the kernel says of the threads of this process.

use super::kernel;
use crate::sys;

/// Hands on all of them; `false` where they cannot all be listed.
pub fn each(mut thread: impl FnMut(u32)) -> bool {
    let folder = sys::open(b"/proc/self/task\0", sys::READ_ONLY);
    if folder < 0 {
        return false;
    }
    let mut buffer = [0_u8; 1024];
    let whole = loop {
        let bytes = kernel::entries(folder, &mut buffer);
        if bytes <= 0 {
            break bytes == 0;
        }
        let mut rest = buffer.get(..bytes as usize).unwrap_or_default();
        // `struct linux_dirent64`: the length of the entry at 16, its name from 19.
        while let (Some(&[low, high]), Some(name)) = (rest.get(16..18), rest.get(19..)) {
            if let Some(number) = decimal(name) {
                thread(number);
            }
            let length = usize::from(u16::from_le_bytes([low, high]));
            rest = rest.get(length.max(19)..).unwrap_or_default();
        }
    };
    sys::close(folder);
    whole
}

/// A number that is ended by a zero byte.
fn decimal(text: &[u8]) -> Option<u32> {
    let end = text.iter().position(|byte| *byte == 0)?;
    let digits = text.get(..end).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = (*digit as char).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Reads a file of the kernel's about a thread of this process; how much of it.
fn read_of(thread: u32, name: &[u8], into: &mut [u8]) -> usize {
    const FOLDER: &[u8] = b"/proc/self/task/";
    let mut digits = [0_u8; 10];
    let mut first = digits.len();
    let mut number = thread;
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let digits = digits.get(first..).unwrap_or_default();
    let mut path = [0_u8; 48];
    let text = FOLDER.iter().chain(digits).chain(b"/").chain(name);
    for (place, byte) in path.iter_mut().zip(text) {
        *place = *byte;
    }
    sys::read_file(&path, into)
}

/// The letter of a thread's state.
fn state(thread: u32) -> Option<u8> {
    let mut text = [0_u8; 512];
    let filled = read_of(thread, b"stat", &mut text);
    let text = text.get(..filled)?;
    let name = text.iter().rposition(|byte| *byte == b')')?;
    text.get(name + 2).copied()
}

/// Whether a thread is over and only its entry is left: the first thread's stays until the process ends.
pub fn has_ended(thread: u32) -> bool {
    matches!(state(thread), Some(b'Z' | b'X'))
}

/// Whether a thread would run if the machine let it.
pub fn can_run(thread: u32) -> bool {
    state(thread) == Some(b'R')
}

/// The stack pointer of a thread that waits in the kernel, if the frame of a signal has no room on its stack: a program
/// without handlers may have made it too small for any, and the kernel would end the process. Of one that runs it cannot
/// be known.
pub fn stack_without_room(thread: u32) -> Option<usize> {
    // What a frame and the handler take beside the processor's registers.
    const REST: usize = 2560;
    let registers = core::arch::x86_64::__cpuid_count(0xD, 0).ebx as usize;
    let mut text = [0_u8; 256];
    let filled = read_of(thread, b"syscall", &mut text);
    // The number of the call, its arguments, the stack pointer, the code; `running` of one that runs.
    let text = text.get(..filled)?;
    let stack = text.split(|byte| *byte == b' ').rev().nth(1)?;
    let digits = stack.strip_prefix(b"0x")?;
    let stack = digits.iter().fold(0_usize, |address, digit| {
        address << 4 | (*digit as char).to_digit(16).unwrap_or(0) as usize
    });
    let first_stack = crate::host::first_stack();
    // The first thread's grows as it is needed.
    if stack < 1 << 20 || stack < first_stack && first_stack - stack < 1 << 30 {
        return None;
    }
    let need = (registers + REST).next_multiple_of(1024);
    let room = (1024..=need)
        .step_by(1024)
        .all(|below| sys::read_memory(stack - below, &mut [0]));
    (!room).then_some(stack)
}
