//! Where stacks begin and end.

use crate::{sys, thread};

/// The stack of the calling thread: its lowest address and its end.
#[cold]
pub fn own_bounds() -> (usize, usize) {
    crate::host::stack_of_this_thread(thread::pointer())
}

/// The mapping that has an address, by what the kernel says of this thread. (Of the process it says nothing once its first
/// thread has ended.)
#[cold]
pub fn mapping_of(address: usize) -> Option<(usize, usize)> {
    let file = sys::open(b"/proc/thread-self/maps\0", sys::READ_ONLY);
    if file < 0 {
        return None;
    }
    let mut buffer = [0_u8; 1024];
    let mut range = [0_usize; 2];
    // Which of the two numbers is being read; 2 for the rest of the line.
    let mut part = 0;
    let mut found = None;
    'file: loop {
        let read = sys::read(file, &mut buffer);
        if read <= 0 {
            break;
        }
        for &byte in &buffer[..read as usize] {
            match (byte, part) {
                (b'\n', _) => {
                    part = 0;
                    range = [0; 2];
                }
                (_, 2) => {}
                (b'-', 0) => part = 1,
                (b' ', 1) => {
                    part = 2;
                    if range[0] <= address && address < range[1] {
                        found = Some((range[0], range[1]));
                        break 'file;
                    }
                }
                (digit, part) => {
                    let digit = (digit as char).to_digit(16).unwrap_or(0) as usize;
                    range[part] = range[part] << 4 | digit;
                }
            }
        }
    }
    sys::close(file);
    found
}
