//! Whether the process has addresses to spare. Recording reserves far more of them than it uses memory, which costs nothing
//! unless they are limited (`ulimit -v`, `ulimit -d`): then the program could lack them.

use crate::record::BYTES;
use crate::sys;

/// What recording reserves of the addresses: the record, the map of regions, and the cells of a few regions.
const RESERVED: u64 = BYTES as u64 + (64 << 20);
/// Of which are private and writable, as the limit of data counts them.
const PRIVATE: u64 = 64 << 20;
/// Of what is left, the part that may be reserved. What recording adds later grows with the program's heap and threads,
/// to a quarter of the heap.
const PART: u64 = 8;
const PAGE: u64 = 4096;

/// Whether the limits leave too few.
pub fn are_scarce() -> bool {
    const DATA: usize = 2;
    const ADDRESSES: usize = 9;
    let (addresses, data) = (sys::limit(ADDRESSES), sys::limit(DATA));
    if addresses == u64::MAX && data == u64::MAX {
        return false;
    }
    // Pages of: all, resident, shared, code, nothing, data and stack.
    let mut text = [0; 256];
    let filled = sys::read_file(b"/proc/thread-self/statm\0", &mut text);
    let mut used = [0_u64; 6];
    let words = text[..filled].split(|byte| *byte == b' ');
    for (place, word) in used.iter_mut().zip(words) {
        *place = word
            .iter()
            .filter(|byte| byte.is_ascii_digit())
            .fold(0, |number: u64, digit| {
                number
                    .wrapping_mul(10)
                    .wrapping_add(u64::from(digit - b'0'))
            })
            .saturating_mul(PAGE);
    }
    let lacks = |limit: u64, used: u64, reserved| limit.saturating_sub(used) / PART < reserved;
    lacks(addresses, used[0], RESERVED) || lacks(data, used[5], PRIVATE)
}
