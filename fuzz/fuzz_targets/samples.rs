//! samples.jsonl, as a killed run or a full disk leaves it: all lines but the last are samples or an error with a number.
#![no_main]

use harness::report::parse_samples;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
    match parse_samples(data, "samples.jsonl") {
        Ok(samples) => assert!(samples.len() <= lines),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
