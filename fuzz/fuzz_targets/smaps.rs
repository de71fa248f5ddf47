//! The kernel's table of mappings: whatever stands in it, it is read, and what is summed is no more than there are lines.
#![no_main]

use harness::probe::smaps;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let smaps = smaps::read(data).expect("reading from memory does not fail");
    let lines = data.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    assert!(smaps.mappings + smaps.odd_lines <= lines);
});
