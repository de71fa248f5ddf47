//! What memory tools wrote, as a stranger, a killed tool or a full disk leaves it: logs and XML of valgrind, dhat, massif,
//! LeakSanitizer, heaptrack_print, heap profiles and pprof. It is refused with a sentence, or read; and what is read of a
//! beginning is no more than there was.
#![no_main]

use harness::capture::fuzzing::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(seen) = read(data) else {
        return;
    };
    // Each record stands in the file, in a few bytes at least.
    assert!(seen.records <= data.len());
    for end in [data.len() / 2, data.len().saturating_sub(3)] {
        let _ = read(&data[..end]);
    }
});
