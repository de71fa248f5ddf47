//! A planted fault behind four comparisons. Bytes that are drawn at random find it once in four billion tries; a fuzzer that
//! is told which branches an input reached finds it in a second. `ci/fuzz.sh` wants it found before it believes anything.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if data.first() == Some(&b'l')
        && data.get(1) == Some(&b'e')
        && data.get(2) == Some(&b'a')
        && data.get(3) == Some(&b'k')
    {
        panic!("the planted fault");
    }
});
